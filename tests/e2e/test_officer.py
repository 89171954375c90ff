"""The two stories of the privacy officer, from what is odd in the log to what is proven, and from a question to a letter.

Scenario 10: an employee looks at many people in the evening. Scenario 11: a resident asks who looked at her. The nodes'
clocks are moved together, so that it is a working day, then evening, then the next morning.
"""
import datetime
import json
import os
import re
import unittest

import export_check
from dossier import Provider, consent, years_ago
from moved_clock import RegionClock, last_sunday, works
from peer import Desk
from support import MILAN, NAMES, OIN, SAMIRA, Region, eventually, exported, new_id, strangers

ORG, OFFICER, DPO = "gebiedsteam", "privacy", "fg"
ORGANISATIONS = "gebiedsteam school schuldhulp opvang veilig-thuis"
MANY, SAME, SOME = 40, 14, 12  # people: of whom with the same reason; and of a colleague, by day
WORDS = "nog even kijken of er iets loopt"


class Clock(RegionClock):
    """Turned to hours of a Dutch day."""

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.seconds)

    def turn_to(self, day, hour, minute=0):
        moment = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=datetime.timezone.utc)
        summer = last_sunday(day.year, 3) <= moment < last_sunday(day.year, 10)
        moment -= datetime.timedelta(hours=2 if summer else 1)
        self.seconds += int((moment - self.now()).total_seconds())
        self.turn(0)


def setUpModule():
    global region, clock, day, unknown
    clock = Clock("klok-officier")
    day = clock.today() + datetime.timedelta(days=1)
    while not works(day):
        day += datetime.timedelta(days=1)
    clock.turn_to(day, 13)
    region = Region("officier", REGION_ORGANISATIONS=ORGANISATIONS, REGION_COUNT=40, REGION_CHECKPOINT_MS=500,
                    REGION_DRAIN_MS=500, REGION_WRAP=clock.wrap).start()
    unknown = iter(strangers(MANY + SOME + 20))


def audit(*words, user=OFFICER, stdin="", org=ORG):
    return region.command_json(org, user, "audit", *words, stdin=stdin)


def refused(*words, user=OFFICER, stdin=""):
    done = region.command(ORG, user, "audit", *words, stdin=stdin)
    assert done.returncode != 0, (words, done.stdout)
    return done.stderr


def findings(*words, user=OFFICER):
    return audit("findings", *words, user=user)["bevindingen"]


def records(since=0, org=ORG):
    """All of the log from there on, as the list has it."""
    found = []
    while True:
        page = region.log_page(org, since + len(found), 200)
        found += page
        if len(page) < 200:
            return found


def ready():
    for org in ORGANISATIONS.split():
        eventually(f"{org} gereed", lambda org=org: region.health_or_none(org) == 200)
    region.settle(ORG)
    region.current(ORG)


class AnEvening(unittest.TestCase):
    """Scenario 10."""

    @classmethod
    def setUpClass(cls):
        region.add_user(ORG, "k.collega", "generalist")
        for number in range(SOME):
            region.consult([next(unknown)], user="k.collega", zaak=f"Z-dag-{number}", reden=f"gesprek {number} op kantoor")
        cls.mark = region.mark(ORG)
        clock.turn_to(day, 20, 5)
        ready()
        known = sorted(exported("schuldhulp") - {SAMIRA})[:6]  # of those there is something to be told, or not
        people = known + [next(unknown) for _ in range(MANY - len(known))]
        for number, person in enumerate(people):
            reason = WORDS if number < SAME else f"avondgesprek {number} met deze inwoner"
            region.consult([person], zaak=f"Z-avond-{number}", reden=reason)
        clock.turn_to(day + datetime.timedelta(days=1), 8, 30)
        ready()
        cls.watched = eventually("de bewaking is bij", lambda: (now := audit("watch", "--nu"))["bij"] and now)
        cls.findings = findings()

    def finding(self, rule):
        found = [one for one in self.findings if one["regel"] == rule]
        self.assertEqual(len(found), 1, self.findings)
        return found[0]

    def test_the_watch_is_as_far_as_the_log(self):
        self.assertTrue(self.watched["bij"])
        self.assertGreater(self.watched["bekeken"], self.mark + MANY)

    def test_what_weighs_most_comes_first(self):
        self.assertEqual(self.findings[0]["regel"], "veel-mensen")
        weights = [one["gewicht"] for one in self.findings]
        self.assertEqual(weights, sorted(weights, reverse=True))
        for rule in ("veel-mensen", "buiten-werktijd", "zelfde-reden"):
            one = self.finding(rule)
            self.assertEqual((one["gebruiker"], one["stand"], one["dag"]), ("g.jansen", "open", day.isoformat()), rule)
            self.assertTrue(one["volgnummers"])
        self.assertIn(f"{MANY} mensen", self.finding("veel-mensen")["aanleiding"])
        self.assertIn(f"{MANY} keer", self.finding("buiten-werktijd")["aanleiding"])
        self.assertIn(f"{SAME} mensen", self.finding("zelfde-reden")["aanleiding"])
        table = region.command(ORG, OFFICER, "audit", "findings").stdout
        self.assertLess(table.index("veel-mensen"), table.index("buiten-werktijd"))

    def test_each_is_news_for_the_officer_and_for_no_colleague(self):
        def news(user):
            return {one["over"] for one in region.command_json(ORG, user, "inbox")["berichten"] if one["soort"] == "bevinding"}

        eventually("in de postbus", lambda: {one["id"] for one in self.findings} <= news(OFFICER), 20)
        self.assertEqual(news("g.jansen"), set())
        self.assertEqual(news(DPO), set())
        self.assertIn("de bewaking vond iets", region.command(ORG, OFFICER, "inbox").stdout)

    def test_a_colleague_with_twelve_people_in_a_day_is_none(self):
        self.assertEqual({one["gebruiker"] for one in self.findings}, {"g.jansen"})

    def test_each_record_of_a_finding_is_a_look_of_that_evening(self):
        listed = {row["volgnummer"]: row for row in records(self.mark)}
        for one in self.findings:
            for number in one["volgnummers"]:
                row = listed[number]
                self.assertEqual((row["handeling"], row["gebruiker"]), ("opzoekset-getoetst", "g.jansen"))
                self.assertGreaterEqual(row["tijd"][:10], day.isoformat())
            self.assertEqual(len(one["volgnummers"]) + one.get("nietGenoemd", 0),
                             SAME if one["regel"] == "zelfde-reden" else MANY)

    def test_a_finding_shows_the_reasons_that_were_given(self):
        shown = audit("finding", self.finding("zelfde-reden")["id"])
        self.assertEqual({row.get("reden") for row in shown["regels"]}, {WORDS})
        shown = audit("finding", self.finding("veel-mensen")["id"])
        self.assertIn("avondgesprek", json.dumps(shown["regels"]))

    def test_what_he_did_is_proven_by_the_other_side(self):
        number = self.finding("veel-mensen")["volgnummers"][0]
        shown = audit("show", str(number))
        self.assertEqual(shown["reden"], WORDS)
        asked = [one["volgnummer"] for one in shown["samenhang"]
                 if one["handeling"] in ("evaluatie-ontvangen", "raadpleging-ontvangen")]
        self.assertTrue(asked, shown)
        eventually("bewezen", lambda: audit("show", str(asked[0]), "--andere-kant")["andereKant"]["stand"] == "bewezen")

    def test_what_is_proven_leaves_the_node_and_holds_without_it(self):
        number = self.finding("veel-mensen")["volgnummers"][-1]
        eventually("in een controlepunt", lambda: audit("show", str(number))["bewijs"]["stand"] == "bewezen")
        folder = region.path(ORG, "uitvoer-" + new_id()[:8])
        contents = audit("export", "--gebruiker", "g.jansen", "--map", folder)
        with open(os.path.join(folder, "regels.jsonl"), encoding="utf-8") as file:
            exported_numbers = {json.loads(line)["volgnummer"] for line in file}
        self.assertLessEqual(set(self.finding("veel-mensen")["volgnummers"]), exported_numbers)
        self.assertEqual(export_check.check(folder, region.path(ORG, "convenant.json"), OIN[ORG]), contents["aantal"])

    def test_the_data_protection_officer_reads_all_and_does_nothing(self):
        one = self.finding("veel-mensen")
        self.assertEqual([f["id"] for f in findings(user=DPO)], [f["id"] for f in findings()])
        self.assertEqual(audit("finding", one["id"], user=DPO)["id"], one["id"])
        for words in (("close", one["id"], "--oordeel", "terecht", "--reden", "ik vind het wel"),
                      ("block", "--gebruiker", "g.jansen", "--reden", "ik vind het wel genoeg")):
            self.assertIn("rol", refused(*words, user=DPO))
        self.assertEqual(audit("finding", one["id"])["stand"], "open")


class WhatIsDoneAboutIt(unittest.TestCase):
    """The end of scenario 10; classes come in the order of their names."""

    def test_blocked_judged_and_all_of_it_in_the_log(self):
        mark = region.mark(ORG)
        one = findings("--regel", "veel-mensen")[0]
        with Desk(region, ORG, region.token(ORG, "g.jansen")) as desk:
            self.assertEqual(desk.call("POST", "/v1/raadplegingen", {}).status, 400)
            audit("block", "--gebruiker", "g.jansen", "--reden", "avond van gisteren", "--bevinding", one["id"])
            self.assertEqual(desk.call("POST", "/v1/raadplegingen", {}).status, 401)
        audit("note", one["id"], "--tekst", "besproken met de teamleider")
        closed = audit("close", one["id"], "--oordeel", "terecht", "--reden", "geen van deze mensen was van hem")
        self.assertEqual((closed["stand"], closed["oordeel"]), ("gesloten", "terecht"))
        self.assertNotIn(one["id"], [f["id"] for f in findings()])
        self.assertIn(one["id"], [f["id"] for f in findings("--stand", "gesloten")])
        done = [(row["handeling"], row.get("reden", "")) for row in records(mark) if row.get("gebruiker") == OFFICER]
        for what, text in (("toegang-geblokkeerd", "avond van gisteren"), ("bevinding-behandeld", "besproken met"),
                           ("bevinding-behandeld", "geen van deze mensen"), ("logboek-ingezien", "")):
            self.assertTrue([t for w, t in done if w == what and text in t], (what, text, done))


class SomebodyAsks(unittest.TestCase):
    """Scenario 11."""

    @classmethod
    def setUpClass(cls):
        ready()
        region.add_user(ORG, "n.ander", "generalist")
        Provider(region, "schuldhulp", "c.visser", SAMIRA).add("toestemming", consent())
        cls.cases = ["Z-een-" + new_id()[:6], "Z-twee-" + new_id()[:6]]
        for case in cls.cases:
            region.consult([SAMIRA], user="n.ander", zaak=case, reden=f"overleg over {case}")
        cls.draft = audit("report", "draft", "--identiteit", "paspoort gezien", "--leeftijd-gezien", stdin=SAMIRA + "\n")
        cls.letter = cls.draft["id"]

    def brief(self, ident, org=ORG):
        return audit("report", "show", ident, "--brief", org=org)

    def looks(self):
        """By the list of the log alone: of her, until the draft, by record; a look, and what a partner was asked."""
        kinds = {"opzoekset-getoetst", "raadpleging-gevraagd", "raadpleging-ontvangen", "gegevens-ingezien"}
        return {row["volgnummer"]: row for row in records()[:self.draft["totOmvang"]]
                if row.get("bsn", "").endswith(SAMIRA[6:]) and row["handeling"] in kinds}

    def test_every_look_is_in_it_once(self):
        named = [number for line in self.draft["regels"] for number in line["volgnummers"]]
        self.assertEqual(len(named), len(set(named)))
        looks = self.looks()
        self.assertTrue(looks)
        self.assertLessEqual(set(looks), set(named))
        consults = [line for line in self.draft["regels"] if line["soort"] == "raadpleging"]
        self.assertEqual(len(consults), len({row["zaak"] for row in looks.values() if "zaak" in row}))
        told = [line for line in self.brief(self.letter)["regels"] if NAMES["schuldhulp"] in line["wat"]]
        self.assertEqual(len(told), len(consults))
        for line in told:
            self.assertIn("een generalist", line["wie"])
            self.assertIn(NAMES["schuldhulp"], line["gegevens"])
            self.assertIn("Wmo 2015", line["grondslag"])
            self.assertTrue(line["waarvoor"])

    def test_deferred_released_and_printed_in_the_same_bytes(self):
        draft = audit("report", "draft", "--identiteit", "paspoort gezien", "--leeftijd-gezien", stdin=SAMIRA + "\n")
        ident = draft["id"]
        first = [line["nr"] for line in draft["regels"] if line["soort"] == "raadpleging"][0]
        mark = region.mark(ORG)
        before = self.brief(ident)
        audit("report", "defer", ident, "--regel", str(first), "--reden", "lopend onderzoek 17")
        letter = self.brief(ident)
        self.assertEqual([line["nr"] for line in letter["regels"]], list(range(1, len(before["regels"]))))
        self.assertEqual(letter["vasteZin"], before["vasteZin"])
        self.assertIn("niet in een overzicht", letter["vasteZin"])
        audit("report", "release", ident)
        pages = []
        for _ in range(2):
            path = region.path(ORG, f"brief-{new_id()[:8]}.html")
            done = region.command(ORG, OFFICER, "audit", "report", "show", ident, "--html", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, "rb") as file:
                pages.append(file.read())
            os.unlink(path)
        self.assertEqual(*pages)
        self.assertIn(letter["vasteZin"].encode(), pages[0])
        self.assertNotIn(b"onderzoek 17", pages[0])
        steps = [row for row in records(mark) if row["handeling"] == "overzicht-behandeld"]
        self.assertEqual(len(steps), 2)
        self.assertTrue(all(row["gebruiker"] == OFFICER for row in steps))

    def test_safe_home_is_not_told_and_leaves_no_gap(self):
        """At the school, which knows the son: Veilig Thuis asked about him."""
        child = Provider(region, "school", "z.smit", MILAN)
        mother = child.parent("S. Verhoeven-Test")
        done = region.command("veilig-thuis", "v.dekker", "report", "add", "--nummer", "M-elf", "--soort", "veilig-thuis",
                              stdin=MILAN + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        region.consult([MILAN], org="veilig-thuis", user="v.dekker", doel="onderzoek-veilig-thuis", grondslag="wmo-5.1.6",
                       zaak=None, melding="M-elf", reden="melding over dit kind")
        draft = audit("report", "draft", "--identiteit", "paspoort gezien", "--voor-gezag", mother, stdin=MILAN + "\n",
                      org="school")
        letter = self.brief(draft["id"], org="school")
        self.assertTrue([line for line in draft["regels"] if line["uitgesteld"]])
        self.assertNotIn("Veilig Thuis", json.dumps(letter))
        self.assertEqual([line["nr"] for line in letter["regels"]], list(range(1, len(letter["regels"]) + 1)))
        self.assertEqual(letter["voor"], "S. Verhoeven-Test")
        done = region.command("school", OFFICER, "audit", "report", "draft", "--identiteit", "paspoort gezien",
                              "--voor-gezag", new_id(), stdin=MILAN + "\n")
        self.assertEqual(done.returncode != 0 and "gezag" in done.stderr, True, done.stderr)

    def test_of_the_shelter_there_is_no_trace(self):
        """Her ex-husband's letter: of two men whom the area team asks about alike, the household of one is there."""
        letters = []
        for sheltered in (True, False):
            man = next(unknown)
            if sheltered:
                Provider(region, "opvang", "p.mulder", man).register(years_ago(35)).involve(
                    "huisvesting", gevoeligheid="afgeschermd")
            region.consult([man], user="n.ander", zaak="Z-elf")
            draft = audit("report", "draft", "--identiteit", "paspoort gezien", "--leeftijd-gezien", stdin=man + "\n")
            letter = self.brief(draft["id"])
            letter.pop("kenmerk"), letter.pop("bewijs")
            letters.append(re.sub(r'"wanneer": "[^"]*"', "", json.dumps(letter, sort_keys=True)))
        self.assertEqual(*letters)
        self.assertNotIn("Opvang", letters[0])


if __name__ == "__main__":
    unittest.main()
