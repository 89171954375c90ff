"""Searching the log by value and showing one record, at real nodes; the search index follows behind a watermark."""
import unittest

from support import FAMILY, OIN, SAMIRA, Region, eventually, new_id, run, strangers

ORG, USER = "gebiedsteam", "privacy"


def setUpModule():
    global region
    region = Region("log-search", REGION_CHECKPOINT_MS=500, REGION_DRAIN_MS=500).start()


def search(*words, org=ORG, stdin=""):
    return region.command_json(org, USER, "audit", "search", "--aantal", "100", *words, stdin=stdin)


def followed(org=ORG):
    """Waits until all that is in the log now can be found."""
    size = search("--verzoek", new_id(), org=org)["omvang"]
    eventually("de zoekindex loopt bij", lambda: search("--verzoek", new_id(), org=org)["doorzoekbaar"] >= size)


def numbers(answer):
    return [row["volgnummer"] for row in answer["regels"]]


class Search(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.case = "Z-" + new_id()[:8]
        cls.asked = region.consult(FAMILY, zaak=cls.case)
        cls.request = cls.asked[SAMIRA][OIN["schuldhulp"]]["verzoek"]
        followed()
        followed("schuldhulp")

    def all_records(self, org=ORG):
        return region.records(org)

    def test_by_case_finds_exactly_what_the_list_has(self):
        wanted = [r["volgnummer"] for r in self.all_records() if r.get("zaak") == self.case]
        # A batch at each partner, each person looked for at home, and a question about each hit; all but a look both ways.
        hits = [k for entries in self.asked.values() for k in entries.values() if k["uitkomst"] == "betrokken"]
        self.assertEqual(len(wanted), 2 * len(self.asked[SAMIRA]) + len(FAMILY) + 2 * len(hits))
        found, before = [], []
        while True:
            answer = search("--zaak", self.case, *before)
            found += numbers(answer)
            if "verder" not in answer:
                break
            before = ["--voor", str(answer["verder"])]
        self.assertEqual(found, sorted(wanted, reverse=True))
        self.assertEqual(numbers(search("--zaak", self.case[:-1])), [])

    def test_by_request_finds_both_sides(self):
        mine = search("--verzoek", self.request)["regels"]
        self.assertEqual([r["handeling"] for r in mine], ["raadpleging-ontvangen", "raadpleging-gevraagd"])
        theirs = search("--verzoek", self.request, org="schuldhulp")["regels"]
        self.assertEqual([r["handeling"] for r in theirs], ["raadpleging-beantwoord"])

    def test_by_person_from_standard_input_and_more_values_at_once(self):
        answer = search("--persoon", "--zaak", self.case, "--ketenpartner", OIN["schuldhulp"], stdin=f"{SAMIRA}\n")
        self.assertEqual({r["bsn"] for r in answer["regels"] if "bsn" in r} | {"******" + SAMIRA[6:]},
                         {"******" + SAMIRA[6:]})
        self.assertEqual({r["ketenpartner"] for r in answer["regels"]}, {OIN["schuldhulp"]})
        self.assertEqual(len(answer["regels"]), 2)
        self.assertEqual(search("--persoon", "--zaak", self.case, stdin=f"{strangers(1)[0]}\n")["regels"], [])
        # Where this person is registered, the record has the own id: found by number all the same.
        theirs = search("--persoon", org="schuldhulp", stdin=f"{SAMIRA}\n")["regels"]
        self.assertIn(self.request, [r.get("verzoek") for r in theirs])

    def test_by_user_and_period(self):
        first, last = (self.all_records()[at]["tijd"][:10] for at in (0, -1))
        mine = search("--gebruiker", "g.jansen", "--van", first, "--tot", last)["regels"]
        self.assertTrue(mine)
        self.assertEqual({r["gebruiker"] for r in mine}, {"g.jansen"})
        self.assertEqual(search("--gebruiker", "g.jansen", "--tot", "2020-01-01")["regels"], [])
        self.assertTrue(search("--doel", "hulpafstemming", "--van", first, "--tot", last)["regels"])

    def test_a_purpose_or_partner_alone_wants_a_period(self):
        for words in (["--doel", "hulpafstemming"], ["--ketenpartner", OIN["school"]]):
            done = region.command(ORG, USER, "audit", "search", *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn("noem ook van en tot", done.stderr)

    def test_wrong_words_are_named(self):
        for words, name in ((["--zaak", "x", "--vanaf", "3"], "vanaf"), (["--tot", "gisteren", "--zaak", "x"], "/tot"),
                            (["--zaak", "x", "--aantal", "101"], "aantal"),
                            (["--zaak", "x", "--voor", "veel"], "voor"), (["--persoon"], "invoer"),
                            (["--verzoek", "kort"], "/verzoek"), (["--voor", "5"], "noem ook ten minste"),
                            (["--uitkomst", "gluren", "--zaak", "x"], "geen-betrokkenheid-ontvangen"),
                            (["--uitkomst", "geweigerd"], "het hele logboek"),
                            (["--handeling", "gegevens-ingezien"], "opzoekset-geopend"),
                            (["--handeling", "gluren"], "opzoekset-geopend"), (["--raadpleging", "kort"], "/raadpleging")):
            done = region.command(ORG, USER, "audit", "search", *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(name, done.stderr)

    def test_the_list_says_what_searches(self):
        for words in (["--zaak", self.case], ["--persoon"], ["--tot", "2026-01-01"]):
            done = region.command(ORG, USER, "audit", "list", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("zoeken doet `audit search`", done.stderr)
        self.assertNotIn("--zaak", run([region.path("ketenbrug"), "audit", "list", "--help"], check=True).stdout)

    def test_outcome_operation_and_consult_narrow_it(self):
        mine = [r for r in self.all_records() if r.get("zaak") == self.case]
        for name, word in (("uitkomst", "betrokkenheid-ontvangen"), ("handeling", "opzoekset-getoetst")):
            wanted = [r["volgnummer"] for r in mine if r.get(name) == word]
            self.assertTrue(wanted)
            self.assertEqual(numbers(search("--zaak", self.case, f"--{name}", word)), sorted(wanted, reverse=True))
        received = search("--verzoek", self.request)["regels"][0]
        consult = self.shown(received["volgnummer"])["besluit"]["raadpleging"]
        found = search("--raadpleging", consult)["regels"]
        self.assertIn(received["volgnummer"], [r["volgnummer"] for r in found])
        self.assertEqual({r.get("zaak") for r in found}, {self.case})
        self.assertIn("opzoekset-getoetst", {r["handeling"] for r in found})

    def test_the_table_says_up_to_where_it_looked(self):
        done = region.command(ORG, USER, "audit", "search", "--zaak", self.case)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"Doorzoekbaar tot en met regel [0-9]+ van [0-9]+\.")
        done = region.command(ORG, USER, "audit", "search", "--zaak", self.case, "--aantal", "1")
        self.assertRegex(done.stdout, "Er kan meer zijn: zoek verder met --voor [0-9]+")

    def test_the_search_is_a_record_with_what_was_sought_and_whom(self):
        mark = region.mark(ORG)
        search("--persoon", "--zaak", self.case, stdin=f"{SAMIRA}\n")
        read = [r for r in region.log_page(ORG, mark, 50) if r["handeling"] == "logboek-ingezien" and "reden" in r]
        self.assertEqual([r["gebruiker"] for r in read], [USER])
        self.assertIn(f"zaak={self.case}", read[0]["reden"])
        self.assertIn("bsn", read[0]["reden"])
        self.assertNotIn(SAMIRA, read[0]["reden"])
        self.assertEqual(read[0].get("bsn", "******" + SAMIRA[6:]), "******" + SAMIRA[6:])
        self.assertTrue("bsn" in read[0] or "betrokkene" in read[0])

    def test_who_may_not_read_the_log_does_not_search_it(self):
        for user in ("g.jansen", "-"):
            self.assertEqual(region.command(ORG, user, "audit", "search", "--zaak", self.case).returncode, 1, user)
            self.assertEqual(region.command(ORG, user, "audit", "show", "1").returncode, 1, user)

    # ---- one record ----

    def shown(self, number, org=ORG):
        return region.command_json(org, USER, "audit", "show", str(number))

    def test_a_record_is_shown_with_what_decided_and_what_proves_it(self):
        number = search("--verzoek", self.request, org="schuldhulp")["regels"][0]["volgnummer"]

        def proven():
            answer = self.shown(number, "schuldhulp")
            proof = answer["bewijs"]
            return answer if proof["ingesloten"] and proof["medeondertekend"] >= proof["nodig"] else None
        answer = eventually("een medeondertekend controlepunt", proven)
        self.assertGreater(answer["bewijs"]["nodig"], 0)
        self.assertGreater(answer["bewijs"]["controlepunt"], number)
        self.assertEqual(answer["regel"]["volgnummer"], number)
        theirs = answer["ontvangstbewijs"]
        self.assertEqual((theirs["aanwezig"], theirs["hoortBijRegel"], theirs["ondertekend"]), (True, True, True))
        self.assertEqual(answer["bewijs"]["stand"], "bewezen")
        self.assertNotIn("reden", answer)  # that stands at the asker
        self.assertTrue(answer["uitleg"]["artikel"])
        decision = answer["besluit"]
        self.assertTrue(decision["heeftZaak"] and decision["convenantVanNu"])
        self.assertEqual(len(decision["gemeente"]), 4)
        self.assertTrue(decision["leefgebieden"])
        # The receipt names the asker's record: the parent of this one.
        asked = [r["volgnummer"] for r in search("--verzoek", self.request)["regels"]]
        parents = {self.shown(n)["bewijs"]["kenmerk"] for n in asked}
        self.assertIn(theirs["kenmerk"], parents)

    def test_the_asker_shows_the_partners_receipt_and_the_consult(self):
        received, asked = search("--verzoek", self.request)["regels"]
        answer = self.shown(received["volgnummer"])
        self.assertTrue(answer["ontvangstbewijs"]["ondertekend"])
        self.assertEqual(answer["besluit"]["raadpleging"], self.shown(asked["volgnummer"])["besluit"]["raadpleging"])
        self.assertEqual(self.shown(asked["volgnummer"])["ontvangstbewijs"], {"aanwezig": False})

    def test_the_reason_and_all_of_the_consult_are_shown_with_each_record_of_it(self):
        received = search("--verzoek", self.request)["regels"][0]
        answer = self.shown(received["volgnummer"])
        given = [r["reden"] for r in self.all_records() if r.get("zaak") == self.case and "reden" in r]
        self.assertEqual([answer["reden"]], given)
        consult = answer["besluit"]["raadpleging"]
        wanted = set(numbers(search("--raadpleging", consult))) - {received["volgnummer"]}
        self.assertEqual({r["volgnummer"] for r in answer["samenhang"]}, wanted)
        self.assertTrue(answer["samenhangVolledig"])
        self.assertEqual(answer["uitleg"]["convenantVanToen"], True)

    def test_the_other_side_proves_its_record(self):
        received, asked = search("--verzoek", self.request)["regels"]
        theirs = search("--verzoek", self.request, org="schuldhulp")["regels"][0]

        def other():
            return region.command_json(ORG, USER, "audit", "show", str(received["volgnummer"]), "--andere-kant")["andereKant"]
        found = eventually("de andere kant bewijst", lambda: (found := other())["stand"] == "bewezen" and found)
        self.assertEqual((found["handeling"], found["tijd"]), (theirs["handeling"], theirs["tijd"]))
        self.assertEqual(found["kenmerk"], self.shown(theirs["volgnummer"], "schuldhulp")["bewijs"]["kenmerk"])
        none = region.command_json(ORG, USER, "audit", "show", str(asked["volgnummer"]), "--andere-kant")
        self.assertEqual(none["andereKant"], {"stand": "geen-ontvangstbewijs"})
        done = region.command(ORG, USER, "audit", "show", str(received["volgnummer"]), "--andere-kant")
        self.assertIn("bewijst dat zijn regel in zijn logboek staat", done.stdout)
        self.assertIn("verteld, niet bewezen", done.stdout)

    def test_showing_is_a_record_about_the_same_person(self):
        number = search("--verzoek", self.request)["regels"][0]["volgnummer"]
        mark = region.mark(ORG)
        one = self.shown(number)["regel"]
        read = next(r for r in region.log_page(ORG, mark, 50) if "bsn" in r or "betrokkene" in r)
        self.assertEqual(read["handeling"], "logboek-ingezien")
        self.assertEqual((read.get("bsn"), read.get("betrokkene")), (one.get("bsn"), one.get("betrokkene")))

    def test_on_screen(self):
        number = search("--verzoek", self.request)["regels"][0]["volgnummer"]
        done = region.command(ORG, USER, "audit", "show", str(number))
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("Waaruit het besluit volgde", "Bewijs in het eigen logboek", "Ontvangstbewijs", "Doorzoekbaar"):
            self.assertIn(words, done.stdout)
        for words in ([], ["een"], ["1", "2"], ["-1"]):
            self.assertNotEqual(region.command(ORG, USER, "audit", "show", *words).returncode, 0, words)
        self.assertIn("zo'n regel", region.command(ORG, USER, "audit", "show", "99999999").stderr)

    def test_the_fields_of_the_standards_are_printed(self):
        done = run([region.path("ketenbrug"), "audit", "fields"], check=True)
        for words in ("trace_id", "regel/verzoek", "NEN7513", "besluit/leeftijd"):
            self.assertIn(words, done.stdout)


class Restart(unittest.TestCase):
    def test_after_kill_it_goes_on_at_its_watermark_and_finds_each_record_once(self):
        case = "Z-" + new_id()[:8]
        region.consult([SAMIRA], zaak=case)
        reached = search("--verzoek", new_id())["doorzoekbaar"]
        region.kill_one(ORG)
        region.start_one(ORG)
        self.assertGreaterEqual(search("--verzoek", new_id())["doorzoekbaar"], reached)
        followed()
        found = numbers(search("--zaak", case))
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(sorted(found), [r["volgnummer"] for r in region.records(ORG) if r.get("zaak") == case])


if __name__ == "__main__":
    unittest.main()
