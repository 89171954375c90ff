"""The covenant for people: shown, compared, explained, and a draft tried on what a real region did."""
import difflib
import html.parser
import json
import os
import re
import tempfile
import unittest

import log_keys
from support import FAMILY, HERE, MILAN, OIN, TOP, Region, program, run

SAMPLE = os.path.join(TOP, "tests", "region", "convenant.json")
SNAPSHOT = os.path.join(HERE, "convenant.txt")
DAY = "2026-11-26"


def setUpModule():
    global region
    region = Region("covenant-people", REGION_DRAIN_MS=500).start()


def ketenbrug(*words, code=0):
    done = run([program("ketenbrug"), *words])
    if done.returncode != code:
        raise AssertionError(f"{words}: {done.returncode}: {done.stderr}")
    return done.stdout if code == 0 else done.stderr


def sample():
    with open(SAMPLE, encoding="utf-8") as file:
        return json.load(file)


def rule_of(covenant, name):
    return next(rule for rule in covenant["regels"] if rule["id"] == name)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="kb-ontwerp.", dir="/tmp")
        self.addCleanup(self.folder.cleanup)

    def write(self, covenant, name="ontwerp.json"):
        path = os.path.join(self.folder.name, name)
        os.chmod(self.folder.name, 0o755)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(covenant, file)
        return path


# ---- shown ----

VOID = {"meta", "br"}


class Page(html.parser.HTMLParser):
    """What HTML wants of a page, and a reader with a screen reader of a table."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.headings = [], [], [], []
        self.tables, self.text, self.references = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"niet gesloten: {self.open}")

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.references += [value for name, value in given.items() if name in ("src", "href", "srcset", "action", "data")]
        if tag in ("script", "img", "link", "iframe", "object", "form"):
            self.faults.append(f"<{tag}> hoort hier niet")
        if any(name.startswith("on") or name == "style" for name in given):
            self.faults.append(f"<{tag}> met {sorted(given)}")
        if tag == "table":
            self.tables.append({"caption": False, "columns": 0, "rows": []})
        elif tag == "caption":
            self.tables[-1]["caption"] = True
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("th", "td"):
            self.tables[-1]["rows"][-1].append((tag, given.get("scope")))
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> op de verkeerde plaats, {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)
        elif "url(" in data or "@import" in data:
            self.faults.append("een stijl die iets ophaalt")


class Shown(Files):
    def test_the_text_is_as_a_reviewer_last_saw_it(self):
        """KETENBRUG_CONVENANT=schrijf makes it anew; review the difference."""
        now = [line for line in ketenbrug("covenant", "show", "--dag", DAY, SAMPLE).splitlines(keepends=True)
               if not line.startswith(("$1$1$", "Kenmerk van dit convenant"))]
        if os.environ.get("KETENBRUG_CONVENANT") == "schrijf":
            with open(SNAPSHOT, "w", encoding="utf-8") as file:
                file.writelines(now)
        with open(SNAPSHOT, encoding="utf-8") as file:
            kept = file.readlines()
        self.assertEqual("".join(difflib.unified_diff(kept, now, "convenant.txt", "nu")), "")

    def test_the_text_fits_a_terminal(self):
        for line in ketenbrug("covenant", "show", SAMPLE).splitlines():
            if not line.lstrip().startswith("$1$1$"):
                self.assertLessEqual(len(line), 80, line)

    def page(self, covenant=None):
        path = SAMPLE if covenant is None else self.write(covenant)
        text = ketenbrug("covenant", "show", "--html", "--dag", DAY, path)
        return text, Page(text)

    def test_the_page_stands_by_itself_and_can_be_read_by_everyone(self):
        text, page = self.page()
        self.assertEqual(page.faults, [])
        self.assertEqual(page.references, [])
        self.assertNotRegex(text, r"https?://")
        self.assertTrue(text.startswith('<!DOCTYPE html>\n<html lang="nl">'))
        for wanted in ('<meta charset="utf-8">', "default-src 'none'", "@media print", "<title>", "<main>"):
            self.assertIn(wanted, text)
        self.assertEqual(page.headings[0], 1)
        self.assertEqual(page.headings.count(1), 1)
        self.assertTrue(all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:])))
        self.assertGreater(len(page.tables), 10)
        for table in page.tables:
            self.assertTrue(table["caption"])
            head, *rows = table["rows"]
            self.assertEqual({cell for cell in head}, {("th", "col")})
            for row in rows:
                self.assertEqual(len(row), len(head))
                self.assertEqual(row[0], ("th", "row"))
                self.assertEqual({tag for tag, _ in row[1:]}, {"td"})

    def test_colour_tells_nothing(self):
        text, _ = self.page()
        colours = set(re.findall(r"#[0-9a-f]{3,6}\b", text.split("</style>")[0]))
        grey = [c for c in colours if len(set(c[1:])) == 1]
        self.assertEqual(sorted(colours), sorted(grey))

    def test_what_a_covenant_says_is_text_and_nothing_else(self):
        hostile = "<script>alert('x')</script> & \"<b onload=x>\""
        covenant = sample()
        covenant["naam"] = hostile
        covenant["soorten"][0]["omschrijving"] = hostile
        covenant["partijen"][0]["naam"] = hostile
        covenant["regels"][0]["toelichting"] = hostile
        text, page = self.page(covenant)
        self.assertEqual(page.faults, [])
        self.assertNotIn("<script", text)
        self.assertIn(hostile, "".join(page.text))

    def test_what_steers_a_terminal_does_not_come_through(self):
        for change in (lambda c: c.update(dpia="x\u202ey"), lambda c: c["regels"][0].update(toelichting="x\u202ey"),
                       lambda c: c["soorten"][0].update(omschrijving="x\u202ey"),
                       lambda c: c["grondslagen"][0].update(artikel="x\u202ey")):
            covenant = sample()
            change(covenant)
            for words in ([], ["--html"]):
                done = run([program("ketenbrug"), "covenant", "show", *words, self.write(covenant)])
                self.assertIn(done.returncode, (0, 1))
                self.assertNotIn("\u202e", done.stdout + done.stderr)

    def test_who_reads_no_code_finds_the_answers(self):
        """The questions of a privacy officer, each answered in a line of the text."""
        text = re.sub(r"\s+", " ", ketenbrug("covenant", "show", "--dag", DAY, SAMPLE))
        for answer in ("gebiedsteam (generalist, regisseur) krijgt van schuldhulp Wat bestaan, contact, fase",
                       "Toestemming JA, uitdrukkelijke toestemming",
                       "de jongere zelf, als die het kan overzien. Is een ouder met gezag het er niet mee eens",
                       "VERBODEN: school krijgt nooit iets van",
                       "Dit is een doel voor spoed", "STAAT UIT:", "NEE: geldt nog niet",
                       "OOK AFGESCHERMDE GEGEVENS: dan alleen een centraal nummer, nooit een plaats of naam",
                       "het crisisnummer, of iemand nu bekend is of niet",
                       "Toestemming geldt hoogstens 24 maanden."):
            self.assertIn(answer, text)

    def test_the_nodes_own_covenant_is_shown_without_a_file(self):
        done = region.command("schuldhulp", "-", "covenant", "show")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Wie doet er mee", done.stdout)

    def test_what_is_no_covenant_is_refused_with_the_place(self):
        covenant = sample()
        covenant["regels"][0]["doel"] = "bestaat-niet"
        for words in (["show"], ["show", "--html"]):
            self.assertIn("/regels/0/doel", ketenbrug("covenant", *words, self.write(covenant), code=1))
        ketenbrug("covenant", "show", "/bestaat/niet", code=1)
        ketenbrug("covenant", "show", "--dag", "morgen", SAMPLE, code=2)
        ketenbrug("covenant", "show", SAMPLE, SAMPLE, code=2)


# ---- compared ----

class Compared(Files):
    def test_the_same_is_the_same_also_in_another_order(self):
        other = sample()
        other["regels"].reverse()
        other["partijen"].reverse()
        other["grondslagen"].reverse()
        told = json.loads(ketenbrug("covenant", "diff", "--json", SAMPLE, self.write(other)))
        self.assertEqual((told["toegang"], told["feiten"], told["gelijk"]), ([], [], True))
        self.assertIn("Niemand krijgt iets erbij", ketenbrug("covenant", "diff", SAMPLE, self.write(other)))

    def test_who_gains_and_who_loses(self):
        draft = sample()
        draft["versie"] = "2027.1"
        rule_of(draft, "hulp-01")["categorieen"].append("status")
        rule_of(draft, "hulp-02")["vrager"]["rollen"].remove("regisseur")
        path = self.write(draft)
        told = json.loads(ketenbrug("covenant", "diff", "--json", SAMPLE, path))
        self.assertEqual({(c["verschil"], c["vrager"], tuple(c["rollen"]), c["gever"], tuple(c["categorieen"]))
                          for c in told["toegang"]},
                         {("erbij", "gebiedsteam", ("generalist", "regisseur"), "schuldhulp", ("status",)),
                          ("eraf", "gebiedsteam", ("regisseur",), "school", ("bestaan", "contact"))})
        self.assertEqual([(f["lijst"], f["veld"], f["na"]) for f in told["feiten"]], [("convenant", "versie", "2027.1")])
        text = ketenbrug("covenant", "diff", SAMPLE, path)
        self.assertIn("ERBIJ, doel hulpafstemming: gebiedsteam (generalist, regisseur) van", text)
        self.assertIn("ERAF, doel hulpafstemming: gebiedsteam (regisseur) van school", text)

    def test_the_largest_change_comes_out_whole_and_a_larger_one_is_refused(self):
        # DIFF_ROWS_MAX rows on either side, each on terms of its own: the most that one change can be as JSON.
        def version(rows, years):
            draft = sample()
            model = rule_of(draft, "hulp-01")
            draft["doelen"].append({**draft["doelen"][0], "code": "x" * 31})
            ground = next(g for g in draft["grondslagen"] if g["code"] == model["grondslagGeven"])
            draft["grondslagen"] += [{**ground, "code": "g" * 30 + str(i)} for i in range(9)]
            known = next(r for r in draft["regels"] if r.get("opzoekset") and r["doel"] == model["doel"]
                         and "schuldhulp" in r["gever"]["soorten"])
            draft["regels"].append({**known, "id": "weten", "doel": "x" * 31})
            for i in range(rows - 1):
                rule = json.loads(json.dumps(model))
                rule.update(id=f"{'r' * 27}{i:04d}", doel="x" * 31)
                rule["grondslagGeven"] = "g" * 30 + str(i // 60)  # of no two does one say it all
                rule["voorwaarden"]["leeftijd"] = {"van": i % 60, "tot": i % 60 + years}
                draft["regels"].append(rule)
            return draft
        rows = 512
        old, new = (self.write(version(rows, years), f"{years}.json") for years in (60, 65))
        told = json.loads(ketenbrug("covenant", "diff", "--json", old, new))
        self.assertEqual({(len(c["voor"]), len(c["na"])) for c in told["toegang"]}, {(rows - 1, rows - 1)})
        self.assertIn(f"{rows}", ketenbrug("covenant", "diff", "--json", old, self.write(version(rows + 1, 65)), code=1))

    def test_two_files_are_wanted(self):
        ketenbrug("covenant", "diff", SAMPLE, code=2)
        ketenbrug("covenant", "diff", SAMPLE, "/bestaat/niet", code=1)


# ---- explained and tried on the past ----

class Past(Files):
    """The family of the sample region, asked about by the area team, at each partner's log."""

    @classmethod
    def setUpClass(cls):
        cls.first = {org: region.mark(org) for org in ("gebiedsteam", "school", "schuldhulp")}
        cls.asked = region.consult(FAMILY)

    def answered(self, org):
        return [r for r in region.records(org, self.first[org]) if r["handeling"] == "raadpleging-beantwoord"]

    def released(self, org):
        return [r for r in self.answered(org) if r["uitkomst"] == "verstrekt"]

    def now(self, org):
        with open(region.path(org, "convenant.json"), encoding="utf-8") as file:
            return json.load(file)

    def simulate(self, org, draft, *words):
        done = region.command(org, "privacy", "covenant", "simulate", self.write(draft), "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_the_covenant_of_now_changes_nothing(self):
        for org in self.first:
            for page in self.simulate(org, self.now(org)):
                self.assertEqual((page["regels"], page["anders"]), ([], 0))

    def test_a_rule_less_names_exactly_what_it_gave(self):
        draft = self.now("school")
        rule_of(draft, "hulp-02")["leefgebieden"] = ["sociaal-netwerk"]
        wanted = {r["volgnummer"] for r in self.released("school")}
        self.assertTrue(wanted)
        pages = self.simulate("school", draft)
        found = [f for page in pages for f in page["regels"]]
        self.assertEqual({f["volgnummer"] for f in found}, wanted)
        for finding in found:
            self.assertEqual((finding["verschil"], finding["was"], finding["wordt"]), ("minder", ["bestaan", "contact"], []))
            self.assertEqual(finding["ketenpartner"], OIN["gebiedsteam"])
        self.assertNotIn(MILAN, json.dumps(pages))
        text = region.command("school", "privacy", "covenant", "simulate", self.write(draft)).stdout
        self.assertIn(f"{len(wanted)} anders", text)
        self.assertIn("Wat dit niet kan weten", text)

    def test_a_category_more_names_what_would_get_more(self):
        draft = self.now("school")
        rule_of(draft, "hulp-02")["categorieen"].append("status")
        pages = self.simulate("school", draft)
        self.assertEqual({f["volgnummer"] for page in pages for f in page["regels"]},
                         {r["volgnummer"] for r in self.released("school")})
        self.assertEqual({f["verschil"] for page in pages for f in page["regels"]}, {"meer"})

    def test_at_the_asker_it_is_whether_it_could_be_asked(self):
        draft = self.now("gebiedsteam")
        draft["regels"] = [r for r in draft["regels"] if "school" not in r["gever"]["soorten"] or r.get("verbod")]
        asked = {r["volgnummer"] for r in region.records("gebiedsteam", self.first["gebiedsteam"])
                 if r["handeling"] == "raadpleging-gevraagd" and r["ketenpartner"] == OIN["school"]}
        found = {f["volgnummer"]: f["verschil"] for page in self.simulate("gebiedsteam", draft) for f in page["regels"]
                 if f["volgnummer"] >= self.first["gebiedsteam"]}
        self.assertEqual(set(found), asked)
        self.assertEqual(set(found.values()), {"niet-te-vragen"})

    def test_a_period_bounds_it(self):
        draft = self.now("school")
        rule_of(draft, "hulp-02")["leefgebieden"] = ["sociaal-netwerk"]
        for page in self.simulate("school", draft, "--tot", "2020-01-01"):
            self.assertEqual((page["regels"], page["raadplegingen"]), ([], 0))
        done = region.command("school", "privacy", "covenant", "simulate", self.write(draft), "--van", "gisteren")
        self.assertEqual(done.returncode, 2)

    def test_who_may_not_read_the_log_tries_nothing_and_explains_nothing(self):
        path = self.write(self.now("school"))
        number = str(self.answered("school")[0]["volgnummer"])
        for user in ("z.smit", "-"):
            self.assertEqual(region.command("school", user, "covenant", "simulate", path).returncode, 1, user)
            self.assertEqual(region.command("school", user, "covenant", "explain", "--regel", number).returncode, 1, user)

    def test_a_simulation_and_an_explanation_are_records(self):
        mark = region.mark("school")
        self.simulate("school", self.now("school"))
        number = str(self.answered("school")[0]["volgnummer"])
        region.command_json("school", "privacy", "covenant", "explain", "--regel", number)
        read = [r.get("reden", "") for r in region.log_page("school", mark, 100) if r["handeling"] == "logboek-ingezien"]
        self.assertTrue(any(reason.startswith("gesimuleerd onder ontwerp $1$1$") for reason in read))
        self.assertIn("uitgelegd", read)

    def test_a_record_is_explained(self):
        number = self.released("school")[0]["volgnummer"]
        told = region.command_json("school", "privacy", "covenant", "explain", "--regel", str(number))
        self.assertTrue(told["komtOvereen"] and told["convenantVanToen"] and told["invoerVolledig"])
        self.assertEqual([d["categorieen"] for d in told["besluiten"]], [["bestaan", "contact"]])
        self.assertIn("hulp-02", [r["regel"] for r in told["besluiten"][0]["regels"]])
        text = region.command("school", "privacy", "covenant", "explain", "--regel", str(number)).stdout
        self.assertIn("regel hulp-02 (bij de vraag): geeft bestaan, contact.", text)
        self.assertIn("Dit komt overeen met wat er toen is gebeurd.", text)
        withheld = [r for r in self.answered("schuldhulp") if r["uitkomst"] == "ingehouden"]
        for record in withheld:
            told = region.command_json("schuldhulp", "privacy", "covenant", "explain", "--regel",
                                       str(record["volgnummer"]))
            self.assertTrue(told["komtOvereen"])

    def test_at_the_asker_too(self):
        asked = next(r for r in region.records("gebiedsteam", self.first["gebiedsteam"])
                     if r["handeling"] == "raadpleging-gevraagd")
        told = region.command_json("gebiedsteam", "privacy", "covenant", "explain", "--regel", str(asked["volgnummer"]))
        self.assertTrue(told["komtOvereen"])
        self.assertEqual(len(told["besluiten"]), 1)
        self.assertNotIn("leefgebied", told["besluiten"][0])

    def test_what_is_no_consult_is_not_explained(self):
        changed = next(r for r in region.records("school") if r["handeling"] == "gegevens-ingelezen")
        for number in (str(changed["volgnummer"]), "99999999"):
            done = region.command("school", "privacy", "covenant", "explain", "--regel", number)
            self.assertEqual(done.returncode, 1)

    def test_the_inputs_are_sealed_where_an_independent_reader_finds_them(self):
        keys = log_keys.class_keys(region.path("school", "sleutels"))
        sealed = {s.number: s for s in log_keys.log_of(region.database("school")) if s.what == "regel"}
        for record in self.released("school"):
            leaf = sealed[record["volgnummer"]]
            found = log_keys.inputs(leaf.open_with_class_key(keys[leaf.month, leaf.retention_class]))
            self.assertEqual(found, ({kind: set() for kind in log_keys.CONSENTS}, set()))
            shown = region.command_json("school", "privacy", "audit", "show", str(record["volgnummer"]))["besluit"]
            self.assertEqual((shown["avgGrond"], shown["ouderOneens"], shown["beperkt"]), ([], False, False))

    def test_consent_that_opened_something_is_among_them(self):
        keys = log_keys.class_keys(region.path("schuldhulp", "sleutels"))
        sealed = {s.number: s for s in log_keys.log_of(region.database("schuldhulp")) if s.what == "regel"}
        released = self.released("schuldhulp")
        self.assertTrue(released)
        for record in released:
            leaf = sealed[record["volgnummer"]]
            consents, flags = log_keys.inputs(leaf.open_with_class_key(keys[leaf.month, leaf.retention_class]))
            self.assertLessEqual(set(record["categorieen"]), consents["avg-grond"])
            self.assertEqual(flags, set())

    def test_a_draft_that_asks_another_consent_is_decided_from_what_was_sealed(self):
        draft = self.now("schuldhulp")
        for name in ("hulp-01", "set-hulp-01"):
            rule_of(draft, name)["voorwaarden"]["toestemming"] = "instemming"
        found = {f["volgnummer"]: f for page in self.simulate("schuldhulp", draft) for f in page["regels"]}
        self.assertEqual(set(found), {r["volgnummer"] for r in self.released("schuldhulp")})
        self.assertEqual({(f["verschil"], f["oorzaak"]) for f in found.values()}, {("minder", "geen-toestemming")})


class ByOption(Files):
    WORDS = ("--vrager", "gebiedsteam", "--gever", "schuldhulp", "--doel", "hulpafstemming", "--grondslag", "wmo-5.1.1",
             "--rol", "generalist", "--leefgebied", "financien", "--dag", DAY)

    def told(self, *words):
        return json.loads(ketenbrug("covenant", "explain", SAMPLE, *self.WORDS, *words, "--json"))["besluiten"]

    def test_each_fact_changes_the_answer_and_the_reason(self):
        full = ("--zaak", "--gemeente", "9901", "--toestemming", "avg-grond")
        for words, categories, cause in (
                (full, ["bestaan", "contact", "fase"], "toegestaan"),
                (full[:-1] + ("avg-grond:bestaan,contact",), ["bestaan", "contact"], "toegestaan"),
                (full[:-2], [], "geen-toestemming"),
                (full[1:], [], "geen-zaak"),
                (("--zaak", "--toestemming", "avg-grond"), [], "werkgebied"),
                (full + ("--afgeschermd",), [], "afgeschermd"),
                (full + ("--beperkt",), [], "beperkt")):
            asked, given = self.told(*words)
            self.assertEqual((given["categorieen"], given["oorzaak"]), (categories, cause), words)
            self.assertEqual(asked["oorzaak"], "geen-zaak" if "--zaak" not in words else "toegestaan")
            self.assertTrue(all(rule["zin"].startswith(f"regel {rule['regel']} (") for rule in given["regels"]))

    def test_text_for_people(self):
        text = ketenbrug("covenant", "explain", SAMPLE, *self.WORDS, "--zaak", "--gemeente", "9901")
        for line in ("Mag dit worden gevraagd?", "Wat mag worden verteld over financien?", "komt eruit: niets",
                     "De toestemming die hier nodig is, is er niet of niet meer."):
            self.assertIn(line, text)

    SIGNAL = ("--vrager", "cjg", "--gever", "school", "--doel", "zorgsignaal", "--grondslag", "jeugdwet-7.4.0", "--rol",
              "partnerprofessional", "--dag", DAY, "--zorgsignaal")

    def test_a_signal_is_explained(self):
        for words, categories, cause in ((("--gemeente", "9901"), ["bestaan", "contact"], "toegestaan"),
                                         ((), [], "werkgebied"),
                                         (("--gemeente", "9901", "--afgeschermd"), [], "afgeschermd")):
            told = ketenbrug("covenant", "explain", SAMPLE, *self.SIGNAL, *words, "--json")
            asked, given = json.loads(told)["besluiten"]
            self.assertEqual((given["categorieen"], given["oorzaak"]), (categories, cause), words)
            self.assertEqual(asked["oorzaak"], "geen-regel", "wie een signaal gaf, mag daarom nog niets vragen")
        text = ketenbrug("covenant", "explain", SAMPLE, *self.SIGNAL, "--gemeente", "9901")
        for line in ("Mag de vrager weten dat hier een zorgsignaal loopt, en wie hij belt?",
                     "komt eruit: bestaan, contact", "regel signaal-16 (bij een match): geeft contact."):
            self.assertIn(line, text)

    TASK = ("--opdracht", "schuldhulp-eerste-gesprek", "--vrager", "gebiedsteam", "--gever", "schuldhulp", "--grondslag",
            "wmo-5.1.1", "--rol", "generalist", "--leefgebied", "financien", "--dag", DAY)

    def test_a_task_is_explained(self):
        full = ("--zaak", "--gemeente", "9901")
        for words, cause, term in ((full, "toegestaan", ("dagen", 28)),
                                   (full + ("--bedreigend",), "toegestaan", ("werkdagen", 3)),
                                   (full[1:], "geen-zaak", None), (full[:1], "werkgebied", None),
                                   (full + ("--vrager", "school"), "niveau", None),
                                   (full + ("--gever", "gebiedsteam"), "zelfde-partij", None),
                                   (full + ("--opdracht", "onbekend"), "onbekende-opdracht", None)):
            told = json.loads(ketenbrug("covenant", "explain", SAMPLE, *self.TASK, *words, "--json"))
            self.assertEqual((told["toegestaan"], told["oorzaak"]), (term is not None, cause), words)
            if term is not None:
                self.assertEqual(told[term[0]], term[1])
                self.assertEqual((told["noemen"], told["grondslagUitvoeren"]), ("verzegeld", "wgs-8"))
        text = ketenbrug("covenant", "explain", SAMPLE, *self.TASK, *full)
        for line in ("Mag de opdracht schuldhulp-eerste-gesprek worden gegeven?", "wordt genoemd als: verzegeld",
                     "mag mee: naam geboortedatum telefoon toelichting bedreigende-situatie", "binnen: 28 dagen"):
            self.assertIn(line, text)
        text = ketenbrug("covenant", "explain", SAMPLE, *self.TASK, "--zaak", "--opdracht", "budgetplan", "--gever", "uwv")
        self.assertIn("Een van de twee organisaties doet niet mee op het niveau van opdrachten.", text)

    def test_wrong_words_are_named(self):
        for words, name in ((("--vrager", "niemand"), "vrager"), (("--leeftijd", "oud"), "leeftijd"),
                            (("--toestemming", "ja"), "toestemming"), (("--leefgebied", "x"), "leefgebied"),
                            (("--toestemming", "avg-grond:alles"), "toestemming")):
            self.assertIn(name, ketenbrug("covenant", "explain", SAMPLE, *self.WORDS, *words, code=2))
        self.assertIn("doel", ketenbrug("covenant", "explain", SAMPLE, "--vrager", "school", "--gever", "cjg", code=2))


if __name__ == "__main__":
    unittest.main()
