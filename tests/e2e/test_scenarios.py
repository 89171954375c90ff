"""The story of domain.md on five real nodes: who is shown, who is not, and what both logs hold."""
import json
import re
import unittest

from asking import in_set_of
from dossier import Provider
from peer import Peer, question
from receipts import without
from support import (DAAN, FAMILY, MILAN, NAMES, NOOR, OIN, SAMIRA, SHIELDED, UNHURRIED, Region, consult_words, new_id, program,
                     run, strangers)

PARTNERS = ("school", "cjg", "uwv", "schuldhulp")


def setUpModule():
    global region
    region = Region("scenarios", REGION_DRAIN_MS=1000, **UNHURRIED).start()


class KnownAndUnknown(unittest.TestCase):
    """Scenario 1."""

    @classmethod
    def setUpClass(cls):
        cls.marks = {org: region.mark(org) for org in NAMES}
        cls.answer = region.consult(FAMILY)

    def outcome(self, person, org):
        return self.answer[person][OIN[org]]["uitkomst"]

    def test_debt_help_knows_both_parents_and_nobody_else(self):
        known = {p for p in FAMILY if self.outcome(p, "schuldhulp") == "betrokken"}
        self.assertEqual(known, {SAMIRA, DAAN})

    def test_school_knows_the_son_and_nobody_else(self):
        known = {p for p in FAMILY if self.outcome(p, "school") == "betrokken"}
        self.assertEqual(known, {MILAN})

    def test_cjg_and_uwv_know_nobody(self):
        for person in FAMILY:
            for org in ("cjg", "uwv"):
                self.assertEqual(self.outcome(person, org), "geen-betrokkenheid-gedeeld")

    def test_all_four_partners_are_asked_about_all_four_people_under_their_own_names(self):
        for person in FAMILY:
            named = {k["oin"]: k["naam"] for k in self.answer[person].values()}
            self.assertEqual(named, {OIN[org]: NAMES[org] for org in PARTNERS})

    def test_the_two_partners_that_know_members_name_whom_to_call(self):
        for person, org in ((SAMIRA, "schuldhulp"), (DAAN, "schuldhulp"), (MILAN, "school")):
            for entry in self.answer[person][OIN[org]]["betrokkenheden"]:
                for who in ("contact", "vervanger"):
                    self.assertTrue(entry[who]["naam"])
                    self.assertRegex(entry[who]["telefoon"], r"^088-\d{7}$")
                    self.assertIn(f"@{org}.example", entry[who]["email"])

    def test_only_the_categories_of_the_rule_are_released(self):
        debts = self.answer[SAMIRA][OIN["schuldhulp"]]["betrokkenheden"][0]
        self.assertEqual(set(debts), {"leefgebied", "sinds", "fase", "contact", "vervanger", "verplichting"})
        self.assertEqual((debts["leefgebied"], debts["fase"]), ("financien", "uitvoering"))
        for entry in self.answer[MILAN][OIN["school"]]["betrokkenheden"]:
            self.assertEqual(set(entry), {"leefgebied", "sinds", "contact", "vervanger", "verplichting"})

    def test_cjg_and_uwv_evaluated_one_batch_and_logged_nobody(self):
        for org in ("cjg", "uwv"):
            (new,) = region.records(org, self.marks[org])
            self.assertEqual((new["handeling"], new["ketenpartner"], new["doel"]),
                             ("evaluatie-gegeven", OIN["gebiedsteam"], "hulpafstemming"))
            self.assertFalse({"bsn", "betrokkene", "gebruiker", "zaak", "melding", "rol", "grondslag"} & set(new), new)

    def test_what_was_asked_of_a_partner_and_what_was_not(self):
        own = region.records("gebiedsteam", self.marks["gebiedsteam"])
        for org in PARTNERS:
            new = region.records(org, self.marks[org])
            mine = [r for r in own if r.get("ketenpartner") == OIN[org]]
            known = {self.answer[p][OIN[org]]["verzoek"] for p in FAMILY if self.outcome(p, org) == "betrokken"}
            for operations, there, ids in (
                    (("raadpleging-gevraagd", "raadpleging-ontvangen"), "raadpleging-beantwoord", known),
                    (("evaluatie-gevraagd", "evaluatie-ontvangen"), "evaluatie-gegeven", None)):
                given = [r["verzoek"] for r in new if r["handeling"] == there]
                self.assertEqual(len(set(given)), len(given) if ids is None else len(ids))
                self.assertEqual(set(given), set(given) if ids is None else ids)
                for operation in operations:
                    self.assertEqual(sorted(r["verzoek"] for r in mine if r["handeling"] == operation), sorted(given))
            self.assertEqual(len([r for r in new if r["handeling"] == "evaluatie-gegeven"]), 1)
            self.assertEqual({r["handeling"] for r in new} - {"evaluatie-gegeven", "raadpleging-beantwoord"}, set())

    def test_each_person_was_looked_for_at_home(self):
        self.assertEqual(region.tests_of("gebiedsteam", self.marks["gebiedsteam"]),
                         [("******" + p[6:], 0 if p == NOOR else 1) for p in FAMILY])

    def test_the_reason_stays_with_the_asker(self):
        own = region.records("gebiedsteam", self.marks["gebiedsteam"])
        self.assertEqual(len([r for r in own if "reden" in r]), 1)
        for org in PARTNERS:
            self.assertFalse([r for r in region.records(org, self.marks[org]) if "reden" in r])

    def test_partners_see_pseudonyms_for_user_and_case_and_each_partner_another(self):
        seen = {}
        for org in ("school", "schuldhulp"):
            records = [r for r in region.records(org, self.marks[org]) if r["handeling"] == "raadpleging-beantwoord"]
            seen[org] = {(r["gebruiker"], r["zaak"]) for r in records}
            self.assertEqual(len(seen[org]), 1, "een gebruiker en een zaak zijn bij een partner steeds dezelfde")
            for user, case in seen[org]:
                self.assertRegex(user + case, r"^[0-9a-f]{64}$")
        words = [word for pairs in seen.values() for pair in pairs for word in pair]
        self.assertEqual(len(set(words)), len(words))

    def test_both_sides_logs_verify(self):
        for org in NAMES:
            done = region.verify(org)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"^Het logboek klopt: \d+ regels, wortel [0-9a-f]{64}")


class OnScreen(unittest.TestCase):
    def test_the_table_names_partners_and_telephone_numbers_but_no_whole_bsn(self):
        done = region.command("gebiedsteam", "g.jansen", *consult_words(), stdin="\n".join(FAMILY) + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("BETROKKEN"), 3)
        self.assertEqual(done.stdout.count("geen betrokkenheid gedeeld"), 13)
        self.assertIn("088-5550511", done.stdout)
        self.assertIn("bsn eindigt op 007", done.stdout)
        for bsn in FAMILY:
            self.assertNotIn(bsn, done.stdout + done.stderr)

    def test_input_may_hold_comments_and_empty_lines(self):
        answer = region.command_json("gebiedsteam", "g.jansen", *consult_words(),
                                     stdin=f"# gezin\n\n  {SAMIRA}  # moeder\n")
        self.assertEqual(len(answer["betrokkenen"]), 1)

    def test_json_has_the_documented_shape(self):
        answer = region.command_json("gebiedsteam", "g.jansen", *consult_words(), stdin=f"{SAMIRA}\n{NOOR}\n")
        self.assertEqual(set(answer), {"raadpleging", "tijd", "doel", "betrokkenen"})
        self.assertRegex(answer["raadpleging"], r"^[0-9a-f]{32}$")
        self.assertRegex(answer["tijd"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual([p["volgnummer"] for p in answer["betrokkenen"]], [1, 2])
        for partner in (k for p in answer["betrokkenen"] for k in p["ketenpartners"]):
            self.assertEqual(set(partner), {"oin", "naam", "verzoek", "uitkomst", "betrokkenheden"})

    def test_a_consult_within_a_report_works_and_the_report_is_logged(self):
        mark = region.mark("gebiedsteam")
        answer = region.consult([MILAN], zaak=None, melding="M-2026-77")
        self.assertEqual(answer[MILAN][OIN["school"]]["uitkomst"], "betrokken")
        self.assertEqual({r["melding"] for r in region.records("gebiedsteam", mark)}, {"M-2026-77"})

    def test_thirty_two_people_fit_in_one_consult(self):
        people = strangers(31) + [MILAN]
        answer = region.consult(people)
        self.assertEqual(len(answer), 32)
        self.assertEqual(answer[MILAN][OIN["school"]]["uitkomst"], "betrokken")

    def test_a_regisseur_may_consult_too(self):
        self.assertEqual(region.consult([DAAN], user="r.bakker")[DAAN][OIN["schuldhulp"]]["uitkomst"], "betrokken")


class Withheld(unittest.TestCase):
    """Scenario 2: what is withheld looks like what is not there. The father stands in no set of the school's; the tenant did
    until a restriction, and leaves it at some moment of the day."""

    @classmethod
    def setUpClass(cls):
        cls.stranger, cls.tenant = strangers(2)
        tenant = Provider(region, "schuldhulp", "c.visser", cls.tenant).register("1980-01-01").involve("huisvesting")
        assert in_set_of(region, "school", "schuldhulp", "hulpafstemming", cls.tenant)
        assert not in_set_of(region, "school", "schuldhulp", "hulpafstemming", DAAN)
        tenant.add("beperking", {"toelichting": "wacht op een uitspraak"})
        assert in_set_of(region, "school", "schuldhulp", "hulpafstemming", cls.tenant)
        cls.ask = {"grondslag": "wpo-8", "rol": "partnerprofessional"}
        cls.options = {"org": "school", "user": "z.smit", "grondslag": "wpo-8", "zaak": "L-1"}

    def on_screen(self, bsn):
        words = consult_words(grondslag="wpo-8", zaak="L-1")
        done = region.command("school", "z.smit", *words, stdin=f"{bsn}\n")
        text = re.sub(r"(Raadpleging )\S+(.*, )\S+\n", r"\1ID\2TIJD\n", done.stdout)
        return done.returncode, text.replace(bsn[-3:], "NNN"), done.stderr

    def test_the_school_sees_the_same_for_the_father_with_debts_as_for_a_stranger(self):
        code, text, _ = self.on_screen(DAAN)
        self.assertEqual((code, text, ""), self.on_screen(self.stranger))
        self.assertEqual((code, text, ""), self.on_screen(self.tenant))
        self.assertIn("Schuldhulp Zandland", text)
        self.assertNotIn("BETROKKEN", text)

    def test_status_headers_and_body_are_the_same_on_the_wire(self):
        with Peer(region, "schuldhulp", region.certificate("school")) as peer:
            answers = [peer.consult(question(bsn, **self.ask)) for bsn in (self.tenant, DAAN, self.stranger)]
        self.assertEqual([answer.status for answer in answers], [200] * 3)
        moments = ("date",)
        for answer in answers:
            self.assertEqual(len(answer.body), 1536)
            self.assertEqual(without(answer.body), without(answers[0].body))
            self.assertEqual([h for h in answer.headers if h[0] not in moments],
                             [h for h in answers[0].headers if h[0] not in moments])

    def test_an_answer_with_involvement_has_that_size_too(self):
        with Peer(region, "school") as peer:
            answer = peer.consult(question(MILAN))
        self.assertEqual((answer.status, len(answer.body)), (200, 1536))
        self.assertEqual(len(json.loads(answer.body)["betrokkenheden"]), 2)

    def test_the_visible_parts_of_both_records_differ_in_nothing_but_the_request(self):
        def visible(bsn):
            mark = region.mark("schuldhulp")
            with Peer(region, "schuldhulp", region.certificate("school")) as peer:
                self.assertEqual(peer.consult(question(bsn, **self.ask)).status, 200)
            (record,) = region.records("schuldhulp", mark)
            names = ("handeling", "ketenpartner", "ketenpartnerNaam", "doel", "leesbaar")
            return {name: record[name] for name in names}, record["uitkomst"]
        (tenant, withheld), (father, never), (stranger, unknown) = map(visible, (self.tenant, DAAN, self.stranger))
        self.assertEqual(tenant, stranger)
        self.assertEqual(father, stranger)
        self.assertEqual((withheld, never, unknown), ("ingehouden", "niet-bekend", "niet-bekend"))

    def test_debt_help_hears_of_no_question_about_who_is_not_in_its_set(self):
        mark = region.mark("schuldhulp")
        for bsn in (DAAN, self.stranger):
            region.consult([bsn], **self.options)
        self.assertLessEqual({r["handeling"] for r in region.records("schuldhulp", mark)}, {"evaluatie-gegeven"})
        region.consult([self.tenant], **self.options)
        self.assertEqual([r["uitkomst"] for r in region.records("schuldhulp", mark)
                          if r["handeling"] == "raadpleging-beantwoord"], ["ingehouden"])

    def test_the_leaves_of_both_records_have_the_same_length_and_visible_bytes(self):
        mark = region.mark("schuldhulp")
        with Peer(region, "schuldhulp", region.certificate("school")) as peer:
            for bsn in (self.tenant, DAAN, self.stranger):
                self.assertEqual(peer.consult(question(bsn, **self.ask)).status, 200)
        numbers = [r["volgnummer"] for r in region.records("schuldhulp", mark)]
        self.assertEqual(len(numbers), 3)
        region.stop_one("schuldhulp")
        try:
            rows = region.sql("schuldhulp", "SELECT length(leaf), hex(substr(leaf, 1, 8)), hex(substr(leaf, 33, 64)), "
                              "substr(leaf, 481) = zeroblob(32), note IS NULL, length(receipt) "
                              f"FROM leaf WHERE seq IN {tuple(numbers)}")
        finally:
            region.start_one("schuldhulp")
        first, *others = rows.splitlines()
        self.assertEqual(others, [first] * 2)
        self.assertTrue(first.startswith("512|"))

    def test_a_shielded_person_is_shown_to_nobody(self):
        for options in ({}, {"user": "r.bakker"}, self.options):
            for entry in region.consult([SHIELDED], **options)[SHIELDED].values():
                self.assertEqual((entry["uitkomst"], entry["betrokkenheden"]), ("geen-betrokkenheid-gedeeld", []))

    def test_a_shielded_person_gets_the_bytes_of_a_stranger_on_the_wire(self):
        with Peer(region, "schuldhulp") as peer:
            shielded, stranger = (peer.consult(question(bsn)) for bsn in (SHIELDED, self.stranger))
        self.assertEqual((shielded.status, without(shielded.body)), (stranger.status, without(stranger.body)))


class NoCase(unittest.TestCase):
    """Scenario 4."""

    def test_without_case_or_report_no_partner_is_asked_and_the_refusal_is_logged(self):
        marks = {org: region.mark(org) for org in NAMES}
        done = region.command("gebiedsteam", "g.jansen", *consult_words(zaak=None), stdin=f"{MILAN}\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("noem een zaak, een melding of een maatregel", done.stderr)
        self.assertEqual(done.stdout, "")
        for org in PARTNERS:
            self.assertEqual(region.records(org, marks[org]), [])
        (record,) = region.records("gebiedsteam", marks["gebiedsteam"])
        self.assertEqual((record["handeling"], record["gebruiker"], record["bsn"]),
                         ("geweigerd", "g.jansen", "******020"))


class CommandLine(unittest.TestCase):
    def test_help_of_every_command_has_an_example(self):
        listed = run([program("ketenbrug"), "--help"], check=True).stdout
        names = re.findall(r"^  ((?:[a-z]+ )?[a-z]+)  +\S", listed, re.MULTILINE)
        self.assertGreaterEqual(len(names), 19, listed)
        for name in names:
            done = run([program("ketenbrug"), *name.split(), "--help"])
            self.assertEqual(done.returncode, 0, name)
            self.assertIn("Voorbeeld", done.stdout, name)
            self.assertIn(f"ketenbrug {name}", done.stdout, name)

    def test_help_of_a_first_word_shows_what_begins_with_it(self):
        whole = run([program("ketenbrug"), "--help"], check=True).stdout
        for word in ("signal", "subject", "audit"):
            wanted = [line for line in whole.splitlines() if line.startswith(f"  {word} ")]
            self.assertGreater(len(wanted), 2)
            shown = run([program("ketenbrug"), word, "--help"], check=True).stdout
            self.assertEqual([line for line in shown.splitlines() if line.startswith("  ")], wanted)
            for words in ([word], [word, "999000020"]):
                alone = run([program("ketenbrug"), *words])
                self.assertEqual((alone.returncode, alone.stdout), (2, ""))
                self.assertIn(f"`ketenbrug {word} --help`", alone.stderr)
                self.assertNotIn("999000020", alone.stderr)
        self.assertEqual(run([program("ketenbrug"), "sign", "--help"]).returncode, 2)

    def test_exit_code_2_for_wrong_usage(self):
        for words in (["bestaat-niet"], ["consult", "--bestaat-niet"], ["consult", "woord"], [],
                      ["consult", "--doel"], ["consult"]):
            done = run([program("ketenbrug"), *words])
            self.assertEqual(done.returncode, 2, words)
            self.assertTrue(done.stderr, words)
        for words in (["audit", "list", "--aantal", "veel"], ["audit", "list", "--aantal", "201"],
                      ["involvement", "change", "--id", "kort"], ["user", "change", "--naam", "../x", "--rol", "fg"],
                      ["import", "--adapter", "onbekend", "-"]):
            self.assertEqual(region.command("gebiedsteam", "privacy", *words).returncode, 2, words)

    def test_exit_code_1_for_a_refusal_and_0_for_an_answer(self):
        self.assertEqual(region.command("gebiedsteam", "g.jansen", *consult_words(doel="onbekend"),
                                        stdin=f"{MILAN}\n").returncode, 1)
        self.assertEqual(region.command("gebiedsteam", "g.jansen", *consult_words(), stdin=f"{MILAN}\n").returncode, 0)

    def test_check_finds_nothing_wrong_in_the_region(self):
        for org in NAMES:
            done = region.command(org, "-", "check")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn(" 0 fout\n", done.stdout)


class SameRequestTwice(unittest.TestCase):
    def test_a_retry_under_one_request_id_is_answered_again_and_logged_again(self):
        mark, request = region.mark("school"), new_id()
        with Peer(region, "school") as peer:
            first, second = (peer.consult(question(), request) for _ in range(2))
        self.assertEqual(without(first.body), without(second.body))
        self.assertEqual([r["verzoek"] for r in region.records("school", mark)], [request, request])


if __name__ == "__main__":
    unittest.main()
