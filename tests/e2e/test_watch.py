"""What is out of the ordinary in an organisation's own log is found by itself, with real nodes: who looked at whom, held
against bounds that may change while the node runs; the same after a restart."""
import unittest

from moved_clock import RegionClock
from support import Region, eventually, strangers

ORG = "gebiedsteam"
MANY = 26


def setUpModule():
    global region, people
    clock = RegionClock("klok-watch")  # all looks are of one day
    region = Region("watch", REGION_WRAP=clock.wrap, REGION_DRAIN_MS=500).start()
    people = strangers(MANY + 40)


def look(user, numbers, case):
    for i in range(0, len(numbers), 13):
        region.consult(numbers[i:i + 13], org=ORG, user=user, zaak=f"Z-2026-{case}{i}")


def watch(*words):
    return region.command_json(ORG, "privacy", "audit", "watch", *words)


def caught_up():
    """What the watch says once it has seen all that is in the log: a tick may have come between."""
    return eventually("de bewaking is bij", lambda: (now := watch("--nu"))["bij"] and now)


def findings(rule):
    return region.command_json(ORG, "fg", "audit", "findings", "--regel", rule)["bevindingen"]


def set_bound(key, value):
    path = region.path(ORG, "ketenbrug.ini")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    kept = [line for line in text.split("\n") if not line.startswith(f"{key} =")]
    if "[bewaking]" not in kept:
        kept += ["[bewaking]"]
    kept.insert(kept.index("[bewaking]") + 1, f"{key} = {value}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(kept) + "\n")
    region.reload(ORG)
    eventually("andere grens", lambda: key in str(watch()) and any(
        rule["grenzen"].get(key) == value for rule in watch()["regels"]))


class Watch(unittest.TestCase):
    def test_1_who_looks_at_many_people_is_found_and_a_colleague_is_not(self):
        region.add_user(ORG, "p.mulder", "generalist")
        look("p.mulder", people[MANY:MANY + 12], "1")
        look("g.jansen", people[:MANY], "2")
        self.assertGreater(caught_up()["openBevindingen"], 0)
        found = findings("veel-mensen")
        self.assertEqual([f["gebruiker"] for f in found], ["g.jansen"])
        same = findings("zelfde-reden")
        self.assertIn("g.jansen", [f["gebruiker"] for f in same])
        shown = region.command(ORG, "privacy", "audit", "watch", "--regel", "veel-mensen")
        self.assertIn("mensen_aantal 25", shown.stdout)
        self.assertNotIn("zelfde-persoon", shown.stdout)

    def test_2_a_restart_finds_nothing_twice(self):
        before = sorted(f["id"] for f in findings("veel-mensen"))
        region.stop_one(ORG)
        region.start_one(ORG)
        caught_up()
        self.assertEqual(sorted(f["id"] for f in findings("veel-mensen")), before)

    def test_3_another_bound_holds_from_the_next_look_on(self):
        set_bound("mensen_aantal", 14)
        look("p.mulder", people[MANY + 12:MANY + 15], "3")
        caught_up()
        self.assertEqual(sorted(f["gebruiker"] for f in findings("veel-mensen")), ["g.jansen", "p.mulder"])

    def test_4_bounds_that_contradict_each_other_are_refused_by_name(self):
        path = region.path(ORG, "ketenbrug.ini")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("[bewaking]", "[bewaking]\nwerk_van = 23\nwerk_tot = 7"))
        try:
            checked = region.command(ORG, "-", "check")
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.assertNotEqual(checked.returncode, 0)
        self.assertIn("bewaking.werk_van", checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main()
