"""Reports and orders between real nodes: cases 6, 7, 8 (its first half) and 10 of the design, and scenario 9, on clocks that all turn together
(faketime)."""
import datetime
import json
import unittest

from moved_clock import RegionClock
from peer import Peer, question
from support import NOOR, SAMIRA, Region, consult_words, eventually, exported, strangers

ORGANISATIONS = "gebiedsteam school cjg schuldhulp opvang veilig-thuis gi ggz"
region = None


def setUpModule():
    global region, clock
    clock = RegionClock("klok-reports")
    region = Region("reports", REGION_ORGANISATIONS=ORGANISATIONS, REGION_WRAP=clock.wrap, REGION_COUNT=60,
                    REGION_CHECKPOINT_MS=1000, REGION_DRAIN_MS=1000).start()


def as_user(org, user, words, stdin="", code=0):
    done = region.command(org, user, *words.split(" "), stdin=stdin)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def add_report(number, people, received=None, kind="veilig-thuis"):
    words = f"report add --nummer {number} --soort {kind} --json" + (f" --ontvangen {received}" if received else "")
    return json.loads(as_user("veilig-thuis", "v.dekker", words, "\n".join(people) + "\n"))


def register(org, bsn, life_domain, user="p.mulder", **more):
    as_user(org, user, "subject add", json.dumps({"bsn": bsn, "achternaam": "Proefpersoon", "gemeente": "9901",
                                                  "geboortedatum": "2019-05-01"}))
    ident = json.loads(as_user(org, user, "subject show", bsn + "\n"))["id"]
    involvement = {"leefgebied": life_domain, "dienst": "gezinshulp", "fase": "loopt", "sinds": "2026-01-05",
                   "contactpersoon": {"naam": f"Contact {org}", "telefoon": "0990 555 999"}, **more}
    as_user(org, user, "involvement add", json.dumps({"betrokkene": ident, "betrokkenheid": involvement}))


def consult(org, user, bsn, **options):
    """{partner: entry}, or the words of the refusal."""
    done = region.command(org, user, *consult_words(**options), "--json", stdin=bsn + "\n")
    if done.returncode != 0:
        return done.stderr
    return {k["naam"]: k for k in json.loads(done.stdout)["betrokkenen"][0]["ketenpartners"]}


def investigation(bsn, number):
    return consult("veilig-thuis", "v.dekker", bsn, doel="onderzoek-veilig-thuis", grondslag="wmo-5.1.6", zaak=None,
                   melding=number, reden="onderzoek na een melding")


def execution(bsn, number):
    return consult("gi", "b.hoekstra", bsn, doel="uitvoering-ots", grondslag="bw-1-257", zaak=None, maatregel=number,
                   reden="uitvoering van de ondertoezichtstelling")


def answered(entries, name):
    return isinstance(entries, dict) and entries[name]["uitkomst"] == "betrokken"


def terms(org):
    return region.command_json(org, "fg", "term", "list")["termijnen"]


def raw(org, asker, bsn, **changes):
    """What a partner's node answers to a question as it stands, and its bytes."""
    with Peer(region, org, region.certificate(asker), asker) as peer:
        answer = peer.consult(question(bsn, **changes))
    assert answer.status == 200, answer
    return json.loads(answer.body)["betrokkenheden"], len(answer.body)


class A_CaseSix(unittest.TestCase):
    """Veilig Thuis asks school and JGZ about a family with a child of 7."""

    @classmethod
    def setUpClass(cls):
        cls.child, cls.other = strangers(12)[10:]
        register("school", cls.child, "onderwijs-en-opvoeding", "z.smit")
        register("cjg", cls.child, "huiselijke-relaties")
        cls.number = "VT-2026-0417"
        # Twelve days ago: more than five working days, whatever day it is.
        add_report(cls.number, [cls.child], clock.today() - datetime.timedelta(days=14))

    def test_1_past_its_term_the_report_still_protects_and_the_fg_hears(self):
        entries = investigation(self.child, self.number)
        for name, domain in (("Openbare Scholengroep De Linde", "onderwijs-en-opvoeding"),
                             ("CJG Zandland", "huiselijke-relaties")):
            with self.subTest(name):
                self.assertTrue(answered(entries, name), entries)
                shared = entries[name]["betrokkenheden"][0]
                self.assertEqual(set(shared), {"leefgebied", "sinds", "contact", "verplichting"})
                self.assertEqual(shared["leefgebied"], domain)
        alarm = region.record_of("veilig-thuis", 0, handeling="termijn-verstreken", melding=self.number)
        self.assertEqual(alarm["gebruiker"], "knooppunt")
        self.assertNotIn("betrokkene", alarm)
        decision = next(t for t in terms("veilig-thuis") if t.get("melding") == self.number)
        self.assertEqual((decision["termijn"], decision["verstreken"]), ("besluit", True))
        eventually("de stand noemt het", lambda: region.command_json("veilig-thuis", "fg", "status")["termijnen"]
                   ["verstreken"] == 1)
        self.assertEqual(region.metric("veilig-thuis", "ketenbrug_terms_passed"), 1)
        self.assertIn("VERSTREKEN: 1", region.command("veilig-thuis", "fg", "status").stdout)
        eventually("het staat in het knooppuntlogboek",
                   lambda: '"termijn-verstreken","aantal":1' in region.node_log("veilig-thuis"))
        self.assertNotIn(self.number, region.node_log("veilig-thuis"))

    def test_2_only_about_its_people_and_only_by_its_number(self):
        self.assertIn("gaat niet over deze persoon", investigation(self.other, self.number))
        self.assertIn("lopende melding", investigation(self.child, "VT-verzonnen"))

    def test_3_the_partner_answers_an_open_report_alone(self):
        claim = {"doel": "onderzoek-veilig-thuis", "grondslag": "wmo-5.1.6", "rol": "veilig-thuis", "zaak": None,
                 "melding": "0" * 32}
        known, size = raw("school", "veilig-thuis", self.child, **claim, meldingOpen=True)
        self.assertEqual(len(known), 1)
        for bsn, changes in ((self.child, claim), (self.child, {**claim, "meldingOpen": False}),
                             (self.other, {**claim, "meldingOpen": True})):
            self.assertEqual(raw("school", "veilig-thuis", bsn, **changes), ([], size))

    def test_4_closed_it_carries_nothing(self):
        mark = region.mark("school")
        as_user("veilig-thuis", "v.dekker", f"report close --nummer {self.number}")
        self.assertIn("afgesloten", investigation(self.child, self.number))
        refused = region.record_of("veilig-thuis", 0, handeling="geweigerd", melding=self.number)
        self.assertEqual(refused["gebruiker"], "v.dekker")
        self.assertEqual(region.records("school", mark), [])  # nobody was asked
        self.assertEqual(terms("veilig-thuis"), [])


class A_CaseEight(unittest.TestCase):
    """A mother in a women's shelter: nobody sees it, and Veilig Thuis a central number, never a place or a person."""

    def test_a_central_number_for_veilig_thuis_and_nothing_for_others(self):
        mother = strangers(18)[17]
        register("opvang", mother, "veiligheid", gevoeligheid="afgeschermd")
        add_report("VT-8", [mother])
        shared = investigation(mother, "VT-8")["Opvang De Luwte"]["betrokkenheden"]
        self.assertEqual([set(entry) for entry in shared], [{"leefgebied", "sinds", "centraalNummer", "verplichting"}])
        self.assertEqual(shared[0]["centraalNummer"], "0990 555 080")
        self.assertNotIn("Contact opvang", json.dumps(shared))
        words = consult_words(doel="onderzoek-veilig-thuis", grondslag="wmo-5.1.6", zaak=None, melding="VT-8")
        self.assertIn("bel centraal nummer 0990 555 080",
                      region.command("veilig-thuis", "v.dekker", *words, stdin=mother + "\n").stdout)
        entries = consult("gebiedsteam", "g.jansen", mother)
        self.assertFalse(any(entry["uitkomst"] == "betrokken" for entry in entries.values()), entries)
        as_user("veilig-thuis", "v.dekker", "report close --nummer VT-8")


class B_CaseTen(unittest.TestCase):
    """Friday 17:00 or any other moment: a suicide threat, and consent impossible."""

    def acute(self, bsn, number):
        words = consult_words(doel="acuut-gevaar", grondslag="avg-6-1-d", zaak=None, melding=number,
                              reden="man van 35 dreigt zich iets aan te doen")
        return region.command("gebiedsteam", "g.jansen", *words, "--json", stdin=bsn + "\n")

    def test_the_crisis_number_is_the_same_known_or_not_and_nothing_crosses(self):
        known, stranger = sorted(exported("ggz"))[0], strangers(14)[13]
        partners = ("cjg", "schuldhulp", "veilig-thuis", "gi", "ggz")
        marks = {org: region.mark(org) for org in partners}
        told = []
        for bsn, number in ((known, "AG-1"), (stranger, "AG-2")):
            done = self.acute(bsn, number)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            answer.pop("raadpleging"), answer.pop("tijd")
            told.append(answer)
        self.assertEqual(told[0], told[1])
        numbers = {k["naam"]: k["crisisnummer"] for k in told[0]["betrokkenen"][0]["ketenpartners"]}
        self.assertEqual(len(numbers), len(partners))
        self.assertEqual(numbers["GGZ Zandland"], "0990 555 110")
        for org, mark in marks.items():
            self.assertEqual(region.records(org, mark), [])
        shown = region.record_of("gebiedsteam", 0, handeling="crisisnummer-getoond", melding="AG-2")
        self.assertEqual((shown["doel"], shown["gebruiker"]), ("acuut-gevaar", "g.jansen"))

        due = clock.today() + datetime.timedelta(days=1)
        while due.weekday() > 4:
            due += datetime.timedelta(days=1)
        asked = {t["melding"]: t for t in terms("gebiedsteam") if t["termijn"] == "toetsing"}
        self.assertEqual(set(asked), {"AG-1", "AG-2"})
        self.assertGreaterEqual(asked["AG-1"]["uiterlijk"], due.isoformat())  # later on the eve of a holiday
        self.assertEqual(told[0]["toetsingUiterlijk"], asked["AG-1"]["uiterlijk"])
        # Who asked does not review it; a privacy officer does.
        as_user("gebiedsteam", "g.jansen", "report decide --nummer AG-1 --stap toetsing", code=1)
        for number in ("AG-1", "AG-2"):
            as_user("gebiedsteam", "privacy", f"report decide --nummer {number} --stap toetsing")
        self.assertEqual(terms("gebiedsteam"), [])

    def test_it_takes_a_report(self):
        words = consult_words(doel="acuut-gevaar", grondslag="avg-6-1-d", zaak="Z-1", reden="dreigt zich iets aan te doen")
        done = region.command("gebiedsteam", "g.jansen", *words, stdin=SAMIRA + "\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("melding", done.stderr)


class C_CaseSeven(unittest.TestCase):
    """A youth protector asks debt help about a parent, while the order is in force."""

    @classmethod
    def setUpClass(cls):
        cls.parent = SAMIRA
        today = clock.today()
        as_user("gi", "b.hoekstra", f"order add --nummer OTS-1 --soort ots --van {today} --tot "
                f"{today + datetime.timedelta(days=1)}", "\n".join((cls.parent, NOOR)) + "\n")

    CLAIM = {"doel": "uitvoering-ots", "grondslag": "bw-1-257", "rol": "jeugdbeschermer", "zaak": None}

    def test_1_in_force_debt_help_answers_though_the_parent_refuses(self):
        refusal = {"soort": "avg-grond", "uitkomst": "geweigerd", "door": "betrokkene", "vanaf": "2026-01-01",
                   "categorieen": ["bestaan", "contact", "fase"], "ontvangers": ["gi"], "doelen": ["uitvoering-ots"],
                   "bewijs": "gesprek"}
        done = region.command("schuldhulp", "c.visser", "consent", "add",
                              stdin=json.dumps({"bsn": self.parent, "toestemming": refusal}))
        self.assertEqual(done.returncode, 0, done.stderr)
        entry = execution(self.parent, "OTS-1")["Schuldhulp Zandland"]
        self.assertEqual(entry["uitkomst"], "betrokken")
        shared = entry["betrokkenheden"][0]
        self.assertEqual(set(shared) - {"vervanger"}, {"leefgebied", "sinds", "contact", "fase", "verplichting"})

    def test_2_the_partner_answers_an_order_in_force_alone(self):
        known, size = raw("schuldhulp", "gi", self.parent, **self.CLAIM, maatregel="0" * 32)
        self.assertNotEqual(known, [])
        self.assertEqual(raw("schuldhulp", "gi", self.parent, **{**self.CLAIM, "zaak": "0" * 32}), ([], size))

    def test_3_nobody_asks_by_an_order_that_is_not_recorded(self):
        self.assertIn("niet vastgelegd", execution(self.parent, "OTS-9"))
        self.assertIn("gaat niet over deze persoon", execution("999000019", "OTS-1"))

    def test_4_the_day_after_it_is_over_and_somebody_must_say_so(self):
        mark = region.mark("schuldhulp")
        clock.turn(1)
        eventually("op de laatste dag nog", lambda: answered(execution(self.parent, "OTS-1"), "Schuldhulp Zandland"))
        clock.turn(1)
        eventually("geldt niet meer", lambda: "geldt vandaag niet" in str(execution(self.parent, "OTS-1")))
        alarm = eventually("het alarm", lambda: [r for r in region.records("gi")
                                                 if r["handeling"] == "termijn-verstreken"])
        self.assertEqual(alarm[0]["zaak"], "OTS-1")
        self.assertTrue(next(t for t in terms("gi") if t.get("maatregel") == "OTS-1")["verstreken"])
        last = (clock.today() - datetime.timedelta(days=1)).isoformat()
        as_user("gi", "b.hoekstra", f"order end --nummer OTS-1 --einde {last}")
        self.assertEqual(terms("gi"), [])
        self.assertTrue(all(r["handeling"] != "geweigerd" for r in region.records("schuldhulp", mark)))


class D_ScenarioNine(unittest.TestCase):
    """The fifth working day passes without a decision: alarm, and protection goes on; the report closes: nothing."""

    def test_abuse_report(self):
        child = strangers(16)[15]
        register("school", child, "onderwijs-en-opvoeding", "z.smit")
        report = add_report("VT-9", [child])
        due = datetime.date.fromisoformat(next(t["uiterlijk"] for t in report["termijnen"] if t["termijn"] == "besluit"))
        school = "Openbare Scholengroep De Linde"
        self.assertTrue(answered(investigation(child, "VT-9"), school))
        clock.turn((due - clock.today()).days)
        eventually("op de vijfde werkdag antwoord", lambda: answered(investigation(child, "VT-9"), school))
        time_of = [r for r in region.records("veilig-thuis") if r["handeling"] == "termijn-verstreken"
                   and r["melding"] == "VT-9"]
        self.assertEqual(time_of, [])  # its last day is not over
        clock.turn(1)
        eventually("het alarm", lambda: [r for r in region.records("veilig-thuis")
                                         if r["handeling"] == "termijn-verstreken" and r["melding"] == "VT-9"])
        eventually("bescherming gaat door", lambda: answered(investigation(child, "VT-9"), school))
        region.stop_one("veilig-thuis")
        region.start_one("veilig-thuis")  # neither told again, nor forgotten
        self.assertTrue([t for t in terms("veilig-thuis") if t["verstreken"]])
        eventually("ook na een herstart", lambda: answered(investigation(child, "VT-9"), school))
        told = [r for r in region.records("veilig-thuis") if r["handeling"] == "termijn-verstreken"
                and r["melding"] == "VT-9"]
        self.assertEqual(len(told), 1)
        as_user("veilig-thuis", "v.dekker", "report decide --nummer VT-9 --stap besluit")
        self.assertFalse([t for t in terms("veilig-thuis") if t["verstreken"]])
        as_user("veilig-thuis", "v.dekker", "report close --nummer VT-9")
        self.assertIn("afgesloten", investigation(child, "VT-9"))
        self.assertEqual(region.verify("veilig-thuis").returncode, 0)


if __name__ == "__main__":
    unittest.main()
