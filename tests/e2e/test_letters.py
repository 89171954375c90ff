"""Letters to people: drafted from the log, lines deferred or told, released, printed again in the same bytes.

What a letter tells is held against the records as `audit list` gives them, read here by code of its own.
"""
import html.parser
import json
import os
import re
import resource
import stat
import unittest

from dossier import Provider, consent, in_days, years_ago
from support import NAMES, OIN, SAMIRA, Region, eventually, new_id, strangers

ORGANISATIONS = "gebiedsteam school cjg schuldhulp opvang veilig-thuis"
ORG, OFFICER = "gebiedsteam", "privacy"
KNOWN = ("--leeftijd-gezien",)  # she is not registered at the area team
SEEN = ("--identiteit", "paspoort gezien op 3 maart")
SENTENCE = ("De wet staat toe dat regels soms (nog) niet in een overzicht staan, bijvoorbeeld om iemand te beschermen. "
            "Deze zin staat in elk overzicht.")
HARD_WORDS = ("verwerkingsactiviteit", "verwerkingsverantwoordelijke", "persoonsgegevens", "betrokkenheid", "ketenpartner",
              "conform", "teneinde", "derhalve", "raadpleging", "grondslag", "verstrekt", "convenant")


def setUpModule():
    global region, numbers
    region = Region("letters", REGION_ORGANISATIONS=ORGANISATIONS, REGION_COUNT=20, REGION_DRAIN_MS=500).start()
    numbers = iter(strangers(60))


def report(*words, org=ORG, user=OFFICER, stdin=""):
    return region.command_json(org, user, "audit", "report", *words, stdin=stdin)


def refused(*words, org=ORG, user=OFFICER, stdin=""):
    done = region.command(org, user, "audit", "report", *words, stdin=stdin)
    assert done.returncode != 0, (words, done.stdout)
    return done.stderr


def draft(bsn, *words, org=ORG, **more):
    return report("draft", *SEEN, *words, org=org, stdin=f"{bsn}\n", **more)


def letter(ident, org=ORG):
    """What the person gets."""
    return report("show", ident, "--brief", org=org)


def texts(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


def page_of(org, ident):
    """The page that the command writes, and its bytes."""
    path = region.path(org, f"brief-{new_id()[:8]}.html")
    done = region.command(org, OFFICER, "audit", "report", "show", ident, "--html", path)
    assert done.returncode == 0, done.stderr
    with open(path, "rb") as file:
        return path, file.read()


class Page(html.parser.HTMLParser):
    """Well-formed: what is opened is closed, in order; and which elements there are."""
    VOID = {"meta", "br"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.links, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href", "action", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words.append(data)


class Samira(unittest.TestCase):
    """She asks her own area team."""

    @classmethod
    def setUpClass(cls):
        cls.mark = region.mark(ORG)
        cls.case = "Z-" + new_id()[:8]
        her = Provider(region, "schuldhulp", "c.visser", SAMIRA)
        her.add("toestemming", consent())
        region.consult([SAMIRA], zaak=cls.case, reden="zij vroeg om hulp <script>alert(1)</script>")
        region.command(ORG, "g.jansen", "subject", "show", stdin=SAMIRA + "\n")
        cls.draft = draft(SAMIRA, *KNOWN)
        cls.ident = cls.draft["id"]

    def line(self, kind):
        found = [line for line in self.draft["regels"] if line["soort"] == kind]
        self.assertTrue(found, self.draft)
        return found[-1]

    def test_each_record_about_her_is_in_exactly_one_line(self):
        """Held against the log as another command finds it: the records of her before the draft, each once."""
        size = self.draft["totOmvang"]
        eventually("de zoekindex heeft alles", lambda: region.command_json(
            ORG, OFFICER, "audit", "search", "--verzoek", new_id())["doorzoekbaar"] >= size)
        named = [n for line in self.draft["regels"] for n in line["volgnummers"]]
        self.assertEqual(len(named), len(set(named)))
        self.assertEqual(sum(line["aantal"] for line in self.draft["regels"]), len(named))
        found, before = [], ()
        while True:
            page = region.command_json(ORG, OFFICER, "audit", "search", "--persoon", *before, stdin=SAMIRA + "\n")
            found += [r["volgnummer"] for r in page["regels"]]
            if "verder" not in page:
                break
            before = ("--voor", str(page["verder"]))
        self.assertEqual(sorted(named), sorted(n for n in found if n < self.draft["totOmvang"]))

    def test_the_consult_tells_who_asked_whom_for_what_and_what_came_of_it(self):
        line = self.line("raadpleging")
        self.assertIn(NAMES[ORG], line["wie"])
        self.assertIn("een generalist", line["wie"])
        self.assertNotIn("g.jansen", json.dumps(letter(self.ident)))
        self.assertIn(NAMES["schuldhulp"], line["wat"])
        self.assertIn(NAMES["schuldhulp"], line["gegevens"])
        self.assertIn("om hulp op elkaar af te stemmen", line["waarvoor"])
        self.assertIn("Wmo 2015 artikel 5.1.1", line["grondslag"])
        self.assertFalse(line["uitgesteld"])
        contacts = {one["organisatie"]: one["contact"] for one in letter(self.ident)["navragen"]}
        self.assertIn("@", contacts[NAMES["schuldhulp"]])

    def test_the_provider_tells_what_it_gave(self):
        there = draft(SAMIRA, org="schuldhulp")
        line = [one for one in there["regels"] if one["soort"] == "antwoord"][-1]
        self.assertIn("dat er hulp is", line["gegevens"])
        self.assertIn(NAMES[ORG], line["wie"])
        report("withdraw", there["id"], org="schuldhulp")

    def test_a_draft_says_so_and_a_released_letter_is_the_same_each_time(self):
        mine = draft(SAMIRA, *KNOWN)["id"]
        self.assertIn("CONCEPT, niet verstrekken", page_of(ORG, mine)[1].decode())
        self.assertEqual(report("release", mine)["toestand"], "vrijgegeven")
        path, first = page_of(ORG, mine)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        region.consult([SAMIRA])
        text = letter(mine)
        self.assertEqual(page_of(ORG, mine)[1], first)
        self.assertEqual(letter(mine), text)
        self.assertNotIn("CONCEPT", first.decode())
        seen = report("show", mine)
        self.assertTrue(seen["ongewijzigd"])
        self.assertIn("al vrijgegeven", refused("release", mine))
        self.assertIn("al vrijgegeven", refused("defer", mine, "--regel", "1", "--reden", "een reden die telt"))

    def test_the_page_is_well_formed_and_asks_for_nothing(self):
        mine = draft(SAMIRA, *KNOWN)
        line = [one for one in mine["regels"] if one["soort"] == "raadpleging"][0]
        numbers_of = [one["nr"] for one in mine["regels"] if one["soort"] == "raadpleging"]
        for number in numbers_of:
            report("admit", mine["id"], "--regel", str(number), "--reden", "zij weet dit zelf al", "--met-reden")
        self.assertEqual(line["soort"], "raadpleging")
        text = page_of(ORG, mine["id"])[1].decode()
        page = Page(text)
        self.assertNotIn("script", page.seen)
        self.assertEqual(page.links, [])
        self.assertIn('<html lang="nl">', text)
        self.assertIn("@media print", text)
        self.assertIn("&lt;script&gt;", text)  # the reason, that was admitted
        self.assertIn(SENTENCE, text)
        report("withdraw", mine["id"])

    def test_a_page_is_whole_and_for_its_owner_alone(self):
        mine = draft(SAMIRA, *KNOWN)
        path = region.path(ORG, f"brief-{new_id()[:8]}.html")
        show = ("audit", "report", "show", mine["id"], "--html")
        self.assertEqual(region.command(ORG, OFFICER, *show, path).returncode, 0)
        whole = open(path, "rb").read()
        os.chmod(path, 0o644)  # as somebody made it once
        self.assertEqual(region.command(ORG, OFFICER, *show, path).returncode, 0)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        link = path + ".elders"
        os.symlink("/dev/full", link)
        done = region.command(ORG, OFFICER, *show, link)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("geen gewoon bestand", done.stderr)
        os.unlink(link)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) // 2, before[1]))
        try:
            done = region.command(ORG, OFFICER, *show, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(open(path, "rb").read(), whole)
        self.assertEqual(region.command(ORG, OFFICER, *show, path).returncode, 0)  # what was left is in nobody's way
        report("withdraw", mine["id"])

    def test_no_reason_unless_it_was_admitted(self):
        self.assertNotIn("alert(1)", json.dumps(letter(self.ident)))

    def test_the_reason_stands_with_the_first_person_and_is_told_to_the_second_too(self):
        first, second = next(numbers), next(numbers)
        region.consult([first, second], reden="beiden vroegen samen om hulp")
        for person in (first, second):
            mine = draft(person, *KNOWN)
            number = next(line["nr"] for line in mine["regels"] if line["soort"] == "raadpleging")
            report("admit", mine["id"], "--regel", str(number), "--reden", "er staat niemand in", "--met-reden")
            self.assertEqual([line.get("reden") for line in letter(mine["id"])["regels"] if "welke organisaties"
                              in line["wat"]], ["beiden vroegen samen om hulp"])

    def test_plain_dutch(self):
        """Rules of B1 that can be counted: short sentences, no hard words, no code left. What the covenant says is its own."""
        told = letter(self.ident)
        for line in told["regels"]:
            line.pop("waarvoor", None), line.pop("grondslag", None)
        for one in told["opzoeklijsten"] + told["navragen"]:
            one.pop("waarvoor", None), one.pop("contact", None)
        told.pop("bewijs"), told.pop("kenmerk")
        words = texts(told)
        sentences = [s for text in words for s in re.split(r"[.?!:] ", text) if s.strip()]
        average = sum(len(s.split()) for s in sentences) / len(sentences)
        self.assertLessEqual(average, 20, sentences)
        for text in words:
            for hard in HARD_WORDS:
                if hard != "persoonsgegevens" or "Autoriteit Persoonsgegevens" not in text:
                    self.assertNotIn(hard, text.lower())
            self.assertNotRegex(text, r"(?<!@)\b(hulpafstemming|wmo-5|gebiedsteam|niet-bekend|ingehouden)\b")

    def test_on_screen(self):
        done = region.command(ORG, OFFICER, "audit", "report", "show", self.ident)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(self.ident, done.stdout)
        done = region.command(ORG, OFFICER, "audit", "report", "show", self.ident, "--brief")
        self.assertIn("CONCEPT", done.stdout)
        self.assertIn(self.ident, region.command(ORG, OFFICER, "audit", "report", "list").stdout)
        for words in ((), ("show",), ("show", "x"), ("verzin",), ("list", "x")):
            self.assertEqual(region.command(ORG, OFFICER, "audit", "report", *words).returncode, 2, words)

    def test_each_act_is_in_the_log_before_its_answer(self):
        mark = region.mark(ORG)
        mine = draft(SAMIRA, *KNOWN)["id"]
        letter(mine)
        report("defer", mine, "--regel", "1", "--reden", "lopend onderzoek 17")
        report("release", mine)
        found = [(r["handeling"], r.get("reden", "")) for r in region.log_page(ORG, mark, 100)]
        self.assertIn(("overzicht-opgesteld", f"overzicht {mine}: opgesteld; identiteit: {SEEN[1]}"), found)
        self.assertIn(("logboek-ingezien", f"overzicht {mine}: brief ingezien"), found)
        steps = [text for what, text in found if what == "overzicht-behandeld"]
        self.assertRegex(steps[0], rf"^overzicht {mine}: uitgesteld, regel \d+ van het logboek: lopend onderzoek 17$")
        self.assertEqual(steps[1:], [f"overzicht {mine}: vrijgegeven"])


class Deferred(unittest.TestCase):
    def test_a_line_that_the_officer_defers_leaves_no_gap(self):
        person = next(numbers)
        region.consult([person], zaak="Z-een")
        region.consult([person], zaak="Z-twee")
        region.consult([person], zaak="Z-drie")
        mine = draft(person, "--leeftijd-gezien")
        consults = [line["nr"] for line in mine["regels"] if line["soort"] == "raadpleging"]
        self.assertEqual(len(consults), 3)
        before = letter(mine["id"])
        report("defer", mine["id"], "--regel", str(consults[1]), "--reden", "lopend onderzoek 17", "--tot", in_days(30))
        after = letter(mine["id"])
        self.assertEqual([line["nr"] for line in after["regels"]], list(range(1, len(before["regels"]))))
        self.assertNotIn("onderzoek", json.dumps(after))
        self.assertEqual({**after, "regels": 0}, {**before, "regels": 0})
        kept = report("show", mine["id"])["regels"][consults[1] - 1]
        self.assertEqual((kept["uitgesteld"], kept["besluit"], kept["uitgesteldTot"]),
                         (True, "lopend onderzoek 17", in_days(30)))
        report("admit", mine["id"], "--regel", str(consults[1]), "--reden", "onderzoek is gesloten")
        self.assertEqual(letter(mine["id"]), before)
        self.assertIn("regel", refused("defer", mine["id"], "--regel", "999", "--reden", "bestaat niet eens"))
        self.assertIn("reden", refused("defer", mine["id"], "--regel", "1"))
        self.assertIn("voorbij", refused("defer", mine["id"], "--regel", "1", "--reden", "lang genoeg zo",
                                         "--tot", in_days(-1)))

    def test_what_safe_home_asked_is_not_told(self):
        """At a school: Veilig Thuis asks about a child, for an urgent purpose; the letter to the parent says nothing."""
        child = Provider(region, "school", "z.smit", next(numbers)).register(years_ago(9))
        child.involve("onderwijs-en-opvoeding")
        mother = child.parent("M. Moeder")
        done = region.command("veilig-thuis", "v.dekker", "report", "add", "--nummer", f"M-{child.bsn}", "--soort",
                              "veilig-thuis", stdin=child.bsn + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        mark = region.mark("school")
        region.consult([child.bsn], org="veilig-thuis", user="v.dekker", doel="onderzoek-veilig-thuis",
                       grondslag="wmo-5.1.6", zaak=None, melding=f"M-{child.bsn}", reden="melding over dit kind")
        region.record_of("school", mark, handeling="raadpleging-beantwoord", ketenpartner=OIN["veilig-thuis"])
        mine = draft(child.bsn, "--voor-gezag", mother, org="school")
        hidden = [line for line in mine["regels"] if line["soort"] == "antwoord"]
        self.assertTrue(hidden)
        self.assertTrue(all(line["uitgesteld"] for line in hidden), hidden)
        told = letter(mine["id"], org="school")
        self.assertNotIn("Veilig Thuis", json.dumps(told))
        self.assertEqual(told["voor"], "M. Moeder")
        self.assertEqual(told["vasteZin"], SENTENCE)

    def test_a_place_of_safety_leaves_no_trace(self):
        """Case 8: of two people that the area team asks about alike, one is known to the shelter."""
        letters = []
        for sheltered in (True, False):
            person = next(numbers)
            if sheltered:
                Provider(region, "opvang", "p.mulder", person).register(years_ago(35)).involve(
                    "huisvesting", gevoeligheid="afgeschermd")
            region.consult([person], zaak="Z-acht")
            mine = draft(person, "--leeftijd-gezien")
            letters.append(letter(mine["id"]))
        for one in letters:
            for what in ("kenmerk", "bewijs"):
                one.pop(what)
            for line in one["regels"]:
                line.pop("wanneer")
        self.assertEqual(*letters)
        self.assertNotIn("Opvang", json.dumps(letters))


class WhoMayHaveIt(unittest.TestCase):
    def person(self, years):
        return Provider(region, ORG, "g.jansen", next(numbers)).register(years_ago(years))

    def test_a_child_of_eleven_through_who_has_authority(self):
        child = self.person(11)
        mother = child.parent("M. Moeder")
        child.parent("B. Bewind", "bewindvoerder")
        self.assertIn("geen gezag genoemd", refused("draft", *SEEN, stdin=child.bsn + "\n"))
        self.assertIn("niet vastgelegd", refused("draft", *SEEN, "--voor-gezag", new_id(), stdin=child.bsn + "\n"))
        mine = draft(child.bsn, "--voor-gezag", mother)
        self.assertNotIn("vindt", json.dumps(mine["waarschuwingen"]))
        self.assertEqual(letter(mine["id"])["over"], "Proefpersoon")

    def test_of_fourteen_the_own_view_is_asked(self):
        youth = self.person(14)
        mine = draft(youth.bsn, "--voor-gezag", youth.parent("M. Moeder"))
        self.assertIn("zelf van vindt", " ".join(mine["waarschuwingen"]))

    def test_from_sixteen_the_person_alone(self):
        youth = self.person(16)
        self.assertIn("zelf", refused("draft", *SEEN, "--voor-gezag", youth.parent("M. Moeder"), stdin=youth.bsn + "\n"))
        self.assertEqual(draft(youth.bsn)["toestand"], "concept")

    def test_an_adult_or_his_curator_and_never_who_has_a_say_over_money(self):
        adult = self.person(40)
        curator, money = adult.parent("C. Curator", "curator"), adult.parent("B. Bewind", "bewindvoerder")
        self.assertEqual(letter(draft(adult.bsn, "--voor-gezag", curator)["id"])["voor"], "C. Curator")
        self.assertIn("niet vastgelegd", refused("draft", *SEEN, "--voor-gezag", money, stdin=adult.bsn + "\n"))

    def test_authority_that_ended_before_the_release(self):
        child = self.person(8)
        father = child.parent("V. Vader")
        mine = draft(child.bsn, "--voor-gezag", father)["id"]
        child.command(f"authority end --id {father}", "beschikking van de rechter\n")
        self.assertIn("gezag geldt niet meer", refused("release", mine))
        self.assertEqual(report("show", mine)["toestand"], "concept")

    def test_whom_nobody_knows_here(self):
        person = next(numbers)
        self.assertIn("leeftijd", refused("draft", *SEEN, stdin=person + "\n"))
        mine = draft(person, "--leeftijd-gezien")
        self.assertNotIn("voor", letter(mine["id"]))

    def test_only_the_officer_makes_one_and_the_fg_reads(self):
        mine = draft(next(numbers), "--leeftijd-gezien")["id"]
        self.assertIn("rol", refused("draft", *SEEN, user="fg", stdin=SAMIRA + "\n"))
        self.assertIn("rol", refused("release", mine, user="fg"))
        self.assertIn("rol", refused("draft", *SEEN, user="g.jansen", stdin=SAMIRA + "\n"))
        self.assertIn("rol", refused("show", mine, user="g.jansen"))
        self.assertEqual(report("show", mine, user="fg")["id"], mine)
        self.assertEqual(report("withdraw", mine)["toestand"], "ingetrokken")
        self.assertIn("is er niet", refused("show", mine))


if __name__ == "__main__":
    unittest.main()
