"""Tasks between real nodes: scenario 7 of the design, withdrawal against completion, reminders and deadlines on clocks that
turn together (faketime), what happens when consent or covenant ends, and what is refused."""
import datetime
import json
import os
import unittest

from moved_clock import RegionClock
from support import OIN, SHIELDED, Region, eventually, new_id, strangers

ORGANISATIONS = "gebiedsteam school schuldhulp"
DOER = OIN["schuldhulp"]
CLIENT, NEWCOMER, UNKNOWN, TURNED_AWAY = strangers(4)
region = None


def setUpModule():
    global region, clock
    clock = RegionClock("klok-tasks")
    region = Region("tasks", REGION_ORGANISATIONS=ORGANISATIONS, REGION_WRAP=clock.wrap, REGION_COUNT=60,
                    REGION_CHECKPOINT_MS=1000, REGION_DRAIN_MS=1000).start()
    register(CLIENT, "Klant")


def register(number, name):
    """At who gives tasks; in an area where the doer works."""
    answer = region.command("gebiedsteam", "g.jansen", "subject", "add", stdin=json.dumps(
        {"bsn": number, "achternaam": name, "gemeente": "9901", "geboortedatum": "1980-02-29"}))
    assert answer.returncode == 0, answer.stderr


def done(org, user, *words, stdin=""):
    answer = region.command(org, user, "task", *words, "--json", stdin=stdin)
    assert answer.returncode == 0, (words, answer.stderr)
    return json.loads(answer.stdout)


def refused(org, user, *words, stdin=""):
    answer = region.command(org, user, "task", *words, "--json", stdin=stdin)
    assert answer.returncode != 0, (words, answer.stdout)
    return answer.stderr


def give(people=(CLIENT,), kind="budgetplan", user="g.jansen", question="Graag een budgetplan.", **more):
    """The task's name."""
    return done("gebiedsteam", user, *give_words(kind, question, **more), stdin="\n".join(people) + "\n")["opdracht"]


def give_words(kind="budgetplan", question="Graag een budgetplan.", partner=DOER, grondslag="wmo-5.1.1",
               leefgebied="financien", flags=(), **more):
    words = ["send", "--soort", kind, "--ketenpartner", partner, "--zaak", "Z-2026-0012", "--grondslag", grondslag,
             "--leefgebied", leefgebied, *flags]
    for name, value in {"vraag": question, **more}.items():
        words += [f"--{name}", value] if value is not None else []
    return words


def show(org, task):
    user = {"gebiedsteam": "r.bakker", "schuldhulp": "r.dijk"}[org]
    return done(org, user, "show", "--id", task)


def listed(org, task):
    user = {"gebiedsteam": "r.bakker", "schuldhulp": "r.dijk"}[org]
    found = [t for t in done(org, user, "list")["opdrachten"] if t["opdracht"] == task]
    return found[0] if found else None


def reaches(org, task, state, mark=None):
    def look():
        row = listed(org, task)
        return row is not None and row["stand"] == state and (mark is None or mark in row["merken"])
    eventually(f"{task} bij {org} {state} {mark or ''}", look, 30)


def both(task, state):
    reaches("gebiedsteam", task, state)
    reaches("schuldhulp", task, state)


def settled(task):
    """Both hold one history, and nothing is on its way."""
    def look():
        ours, theirs = show("gebiedsteam", task), show("schuldhulp", task)
        return chain(ours) == chain(theirs) and "onderweg" not in ours["merken"]
    eventually("een geschiedenis", look, 30)
    return show("gebiedsteam", task), show("schuldhulp", task)


def chain(shown):
    return [(e.get("nummer"), e["stap"], e.get("vervallen", False), e.get("keten")) for e in shown["geschiedenis"]]


def steps(shown):
    return [e["stap"] + ("!" if e.get("vervallen") else "") for e in shown["geschiedenis"]]


def step(org, user, word, task, **more):
    words = [w for name, value in more.items() for w in (f"--{name}", value)]
    return done(org, user, word, "--id", task, *words)


def received(**more):
    task = give(**more)
    both(task, "ontvangen")
    return task


def raw(org):
    """All bytes of a node's database, as they lie on the disk."""
    folder = region.path(org, "gegevens")
    return b"".join(open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)
                    if os.path.isfile(os.path.join(folder, name)))


class A_ScenarioSeven(unittest.TestCase):
    def test_a_budget_plan_from_asking_to_done(self):
        mark = region.mark("gebiedsteam"), region.mark("schuldhulp")
        task = received(contact="G. Jansen", telefoon="0990 555 001")
        theirs = show("schuldhulp", task)
        self.assertEqual([p["bsn"] for p in theirs["betrokkenen"]], [CLIENT])
        self.assertEqual(theirs["vraag"], "Graag een budgetplan.")
        self.assertEqual(theirs["contact"], {"naam": "G. Jansen", "telefoon": "0990 555 001"})
        self.assertNotEqual(theirs["zaak"], "Z-2026-0012")
        step("schuldhulp", "c.visser", "accept", task)
        step("schuldhulp", "c.visser", "start", task)
        step("gebiedsteam", "g.jansen", "message", task, tekst="Kan het een week later?")
        settled(task)
        step("schuldhulp", "c.visser", "message", task, tekst="Dat kan.")
        step("schuldhulp", "c.visser", "complete", task, tekst="Het plan ligt klaar.")
        both(task, "voltooid")
        ours, theirs = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "beginnen", "bericht", "bericht", "voltooien"])
        self.assertEqual([e["nummer"] for e in ours["geschiedenis"]], [1, 2, 3, 4, 5, 6])
        self.assertTrue(all(e["bezorgdOp"] for e in theirs["geschiedenis"] if e["van"] == "ons"))
        for org, since, wanted in (("gebiedsteam", mark[0], {"opdracht-gegeven", "betrokkene-genoemd", "opdracht-stap"}),
                                   ("schuldhulp", mark[1], {"opdracht-ontvangen", "opdracht-stap"})):
            self.assertLessEqual(wanted, {r["handeling"] for r in region.records(org, since)})
        named = [r for r in region.records("gebiedsteam", mark[0]) if r["handeling"] == "betrokkene-genoemd"]
        self.assertEqual(len(named), 1)
        self.assertEqual(named[0]["ketenpartner"], DOER)

    def test_somebody_whom_neither_knew_is_registered_at_both_and_named_once(self):
        stranger = NEWCOMER
        register(stranger, "Opdrachtpersoon")
        task = received(people=(stranger,))
        self.assertNotEqual(region.command("schuldhulp", "c.visser", "subject", "show", stdin=stranger + "\n").returncode, 0)
        theirs = show("schuldhulp", task)
        self.assertEqual(theirs["betrokkenen"], [{"bsn": stranger, "naam": "Opdrachtpersoon",
                                                  "geboortedatum": "1980-02-29"}])
        step("schuldhulp", "c.visser", "accept", task)
        found = region.command_json("schuldhulp", "c.visser", "subject", "show", stdin=stranger + "\n")
        self.assertEqual(found["betrokkene"]["achternaam"], "Opdrachtpersoon")
        self.assertEqual(show("schuldhulp", task)["betrokkenen"][0]["bsn"], stranger)

    def test_the_same_key_is_one_task_and_one_step(self):
        key = new_id()
        first = done("gebiedsteam", "g.jansen", *give_words(sleutel=key), stdin=CLIENT + "\n")
        again = done("gebiedsteam", "g.jansen", *give_words(sleutel=key), stdin=CLIENT + "\n")
        self.assertEqual(first["opdracht"], again["opdracht"])
        self.assertIn("eerder iets anders", refused("gebiedsteam", "g.jansen", *give_words(sleutel=key, question="Iets anders."),
                                                    stdin=CLIENT + "\n"))
        both(first["opdracht"], "ontvangen")
        for _ in range(2):
            step("schuldhulp", "c.visser", "message", first["opdracht"], tekst="Een bericht.", sleutel=new_id() if _ > 1 else key)
        ours, _ = settled(first["opdracht"])
        self.assertEqual(steps(ours), ["ontvangen", "bericht"])

    def test_a_draft_leaves_when_it_is_sent(self):
        task = give(flags=("--concept",))
        self.assertEqual(listed("gebiedsteam", task)["stand"], "concept")
        step("gebiedsteam", "g.jansen", "dispatch", task)
        both(task, "ontvangen")
        other = give(flags=("--concept",))
        step("gebiedsteam", "g.jansen", "remove", other)
        self.assertEqual(listed("gebiedsteam", other)["stand"], "verwijderd")
        self.assertIsNone(listed("schuldhulp", other))


class B_WhoWasFirst(unittest.TestCase):
    def test_completed_first_the_withdrawal_lapses_at_both(self):
        task = received()
        step("schuldhulp", "c.visser", "accept", task)
        reaches("gebiedsteam", task, "aanvaard")
        region.stop_one("gebiedsteam")
        step("schuldhulp", "c.visser", "complete", task)
        region.stop_one("schuldhulp")
        region.start_one("gebiedsteam")
        self.assertTrue(step("gebiedsteam", "g.jansen", "withdraw", task)["onderweg"])
        region.start_one("schuldhulp")
        both(task, "voltooid")
        ours, _ = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "voltooien", "intrekken!"])

    def test_withdrawn_first_it_cannot_be_completed(self):
        task = received()
        step("schuldhulp", "c.visser", "accept", task)
        step("gebiedsteam", "g.jansen", "withdraw", task)
        both(task, "ingetrokken")
        said = refused("schuldhulp", "c.visser", "complete", "--id", task)
        self.assertIn("een opdracht die ingetrokken is kan niet voltooien; mogelijk: niets meer", said)
        ours, _ = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "intrekken"])

    def test_what_never_left_is_withdrawn_at_once(self):
        region.stop_one("schuldhulp")
        region.stop_one("gebiedsteam")
        region.start_one("gebiedsteam")
        task = give()
        shown = listed("gebiedsteam", task)
        self.assertEqual((shown["stand"], "onderweg" in shown["merken"]), ("verzonden", True))
        step("gebiedsteam", "g.jansen", "withdraw", task)
        region.start_one("schuldhulp")
        reaches("gebiedsteam", task, "ingetrokken")
        row = listed("schuldhulp", task)
        self.assertIn(row and row["stand"], (None, "ingetrokken"))  # it had been tried, or it had not

    def test_refused_before_it_was_accepted_nobody_is_named_there_any_more(self):
        stranger = TURNED_AWAY
        register(stranger, "Weigerpersoon")
        task = received(people=(stranger,))
        step("schuldhulp", "c.visser", "refuse", task, reden="niet-onze-taak")
        both(task, "geweigerd")
        self.assertEqual(show("schuldhulp", task)["betrokkenen"], [])
        self.assertNotIn("vraag", show("schuldhulp", task))
        self.assertEqual([p["bsn"] for p in show("gebiedsteam", task)["betrokkenen"]], [stranger])


class C_Away(unittest.TestCase):
    def test_the_partner_is_away_and_nothing_is_lost_or_done_twice(self):
        region.kill_one("schuldhulp")
        tasks = [give(question=f"Vraag {n}") for n in range(5)]
        region.kill_one("gebiedsteam")
        region.start_one("gebiedsteam")
        region.start_one("schuldhulp")
        for task in tasks:
            both(task, "ontvangen")
        region.kill_one("gebiedsteam")
        for task in tasks:
            step("schuldhulp", "c.visser", "accept", task)
            step("schuldhulp", "c.visser", "start", task)
            step("schuldhulp", "c.visser", "complete", task)
        region.kill_one("schuldhulp")
        region.start_one("schuldhulp")
        region.start_one("gebiedsteam")
        for task in tasks:
            both(task, "voltooid")
            ours, _ = settled(task)
            self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "beginnen", "voltooien"])

    def test_no_number_lies_in_what_was_written(self):
        for org in ("gebiedsteam", "schuldhulp"):
            found = raw(org) + region.node_log(org).encode()
            for number in (CLIENT, NEWCOMER, TURNED_AWAY):
                self.assertNotIn(number.encode(), found)
            self.assertNotIn(b"Weigerpersoon", found)


class E_Terms(unittest.TestCase):
    """The last in this file that turn the clock: reminders three and one working days before, and what passed."""

    def passed(self, org, since):
        return [r for r in region.records(org, since) if r["handeling"] == "termijn-verstreken"]

    def test_a_deadline_comes_and_passes_at_both_once(self):
        mark = {org: region.mark(org) for org in ("gebiedsteam", "schuldhulp")}
        task = received()
        due = datetime.date.fromisoformat(listed("gebiedsteam", task)["uiterlijk"])
        self.assertGreaterEqual((due - clock.today()).days, 14)
        step("schuldhulp", "c.visser", "accept", task)
        both(task, "aanvaard")
        clock.turn((due - clock.today()).days)
        for org in mark:
            self.assertNotIn("te-laat", listed(org, task)["merken"])
        clock.turn(1)
        for org in mark:
            reaches(org, task, "aanvaard", "te-laat")
            eventually("een regel dat de termijn verstreek", lambda org=org: self.passed(org, mark[org]), 30)
        clock.turn(1)
        for org in ("gebiedsteam", "schuldhulp"):
            region.stop_one(org)
            region.start_one(org)
        for org in mark:
            found = [r for r in self.passed(org, mark[org])]
            texts = [region.command_json(org, "privacy", "audit", "show", str(r["volgnummer"])).get("tekst", "")
                     for r in found]
            self.assertEqual(len([t for t in texts if task in t and "uiterlijk" in t]), 1, texts)
        step("schuldhulp", "c.visser", "complete", task)
        both(task, "voltooid")

    def test_f_it_passed_on_the_way_and_is_not_lost(self):
        region.stop_one("schuldhulp")
        task = give()
        clock.turn(40)
        region.start_one("schuldhulp")
        both(task, "ontvangen")
        reaches("schuldhulp", task, "ontvangen", "te-laat")
        reaches("gebiedsteam", task, "ontvangen", "te-laat")


class D_Refused(unittest.TestCase):
    def test_at_the_desk(self):
        today = clock.today()
        cases = [
            (dict(kind="onbekend"), CLIENT, "/soort"),
            (dict(grondslag="wgs-8"), CLIENT, "/soort"),
            (dict(leefgebied="justitie"), CLIENT, "/soort"),
            (dict(partner=OIN["school"]), CLIENT, "/soort"),
            (dict(kind="jeugdhulp-inzet", leefgebied="onderwijs-en-opvoeding"), CLIENT, "/soort"),
            (dict(question=f"Over {CLIENT}"), CLIENT, "/vraag"),
            (dict(question="a" * 2001), CLIENT, "/vraag"),
            (dict(uiterlijk="2027-02-30"), CLIENT, "geen bestaande datum"),
            (dict(uiterlijk="morgen"), CLIENT, "geen bestaande datum"),
            (dict(uiterlijk=str(today - datetime.timedelta(days=1))), CLIENT, "ligt in het verleden"),
            (dict(uiterlijk=str(today + datetime.timedelta(days=400))), CLIENT, "meer dan 366 dagen"),
            (dict(partner="00000099000000099000"), CLIENT, "/ketenpartner"),
            (dict(flags=("--bedreigend",)), CLIENT, "/soort"),
            (dict(), f"{CLIENT}\n{CLIENT}", "/betrokkenen"),
            (dict(), SHIELDED, "/soort"),
            (dict(), UNKNOWN, "/soort"),  # where he lives is not known: the strictest reading
        ]
        for words, people, where in cases:
            said = refused("gebiedsteam", "g.jansen", *give_words(**words), stdin=people + "\n")
            self.assertIn(where, said, words)
            self.assertNotIn(CLIENT, said)
        self.assertIn("rol", refused("school", "l.meester", "list"))
        self.assertIn("/soort", refused("school", "z.smit", *give_words(), stdin=CLIENT + "\n"))

    def test_steps_of_the_other_side_and_unknown_tasks(self):
        task = received()
        for word in ("accept", "start", "complete"):
            self.assertIn("mogelijk: intrekken, bericht", refused("gebiedsteam", "g.jansen", word, "--id", task))
        self.assertIn("mogelijk: aanvaarden, weigeren, bericht", refused("schuldhulp", "c.visser", "withdraw", "--id", task))
        self.assertIn("mogelijk", refused("schuldhulp", "c.visser", "complete", "--id", task))
        self.assertIn("hier niet bekend", refused("schuldhulp", "c.visser", "show", "--id", new_id()))
        self.assertIn("hier niet bekend", refused("schuldhulp", "c.visser", "accept", "--id", new_id()))
        self.assertIn("/reden", refused("schuldhulp", "c.visser", "refuse", "--id", task, "--reden", "geen-zin"))
        self.assertIn("/tekst", refused("schuldhulp", "c.visser", "message", "--id", task, "--tekst", f"bsn {CLIENT}"))
        self.assertIn("afgebroken", refused("schuldhulp", "c.visser", "break", "--id", task))
        self.assertEqual(steps(show("schuldhulp", task)), ["ontvangen"])


if __name__ == "__main__":
    unittest.main()
