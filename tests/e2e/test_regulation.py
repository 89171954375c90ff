"""The privacy regulation at a real node: nobody consults before he accepted it; a new version gives fourteen days."""
import time
import unittest

from moved_clock import RegionClock
from support import ORGANISATIONS, SAMIRA, Region, as_owner, consult_words, eventually, run

ORG = "gebiedsteam"
region = None


def setUpModule():
    global region, clock
    clock = RegionClock("klok-regulation")
    region = Region("regulation", REGION_WRAP=clock.wrap, REGION_COUNT=40, REGION_CHECKPOINT_MS=1000,
                    REGION_DRAIN_MS=1000).start()


def consult(user):
    return region.command(ORG, user, *consult_words(), stdin=SAMIRA + "\n")


def show(user):
    return region.command_json(ORG, user, "regulation", "show")


def turn_version(was, now):
    """The covenant of all names another version, that all signed."""
    for org in ORGANISATIONS:
        run(as_owner(["sed", "-i", f's/"reglement": {{"versie": "{was}"/"reglement": {{"versie": "{now}"/',
                      region.path(org, "convenant.json")]), check=True)
    region.sign()
    for org in ORGANISATIONS:
        region.reload(org)
    eventually("van kracht", lambda: show("privacy")["versie"] == now)


def last_day(user):
    """Until when the former version does; the same once the node has written down since when the new one is in force."""
    seen = {}

    def stays():
        value = show(user)["uiterlijk"]
        return value if time.monotonic() - seen.setdefault(value, time.monotonic()) > 1.2 else None
    return eventually("staat vast", stays)


class Regulation(unittest.TestCase):
    def test_1_nobody_consults_before_he_accepted(self):
        region.add_user(ORG, "nieuw", "generalist", accepts=False)
        mark, partner = region.mark(ORG), region.mark("schuldhulp")
        done = consult("nieuw")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nog niet aanvaard", done.stderr)
        self.assertIn("ketenbrug regulation accept", done.stderr)
        refused = region.record_of(ORG, mark, handeling="geweigerd")
        self.assertEqual((refused["gebruiker"], refused["fout"]), ("nieuw", "niet-toegestaan"))
        self.assertEqual(region.records("schuldhulp", partner), [])
        shown = region.command(ORG, "nieuw", "regulation", "show").stdout
        self.assertIn("tot dan kunt u niet raadplegen", shown)
        self.assertEqual(region.command(ORG, "nieuw", "regulation", "accept", "--versie", "oud").returncode, 1)
        self.assertEqual(region.command(ORG, "nieuw", "regulation", "accept").returncode, 2)
        self.assertEqual(region.command(ORG, "-", "regulation", "accept", "--versie", "2026.1").returncode, 1)
        self.assertEqual(consult("nieuw").returncode, 1)
        region.accept_regulation(ORG, "nieuw")
        accepted = region.record_of(ORG, mark, handeling="reglement-aanvaard")
        self.assertEqual(accepted["gebruiker"], "nieuw")
        self.assertEqual(consult("nieuw").returncode, 0)

    def test_2_a_new_version_gives_fourteen_days_to_who_accepted_the_former(self):
        region.add_user(ORG, "nooit", "generalist", accepts=False)
        turn_version("2026.1", "2026.2")
        told = show("g.jansen")
        self.assertEqual((told["aanvaard"], told["eerderAanvaard"]), (False, "2026.1"))
        self.assertEqual(consult("g.jansen").returncode, 0)
        self.assertEqual(consult("nooit").returncode, 1)
        until = last_day("g.jansen")
        region.stop_one(ORG)
        region.start_one(ORG)  # the days go on over a restart
        self.assertEqual(show("g.jansen")["uiterlijk"], until)
        clock.turn(13)
        eventually("op de dertiende dag nog", lambda: consult("g.jansen").returncode == 0)
        clock.turn(1)
        eventually("daarna niet meer", lambda: "nog niet aanvaard" in consult("g.jansen").stderr)
        region.accept_regulation(ORG, "g.jansen")
        eventually("aanvaard", lambda: consult("g.jansen").returncode == 0)


if __name__ == "__main__":
    unittest.main()
