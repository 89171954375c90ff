"""What the privacy officer keeps out and looks into, at real nodes: a user in the middle of his session, a partner that still
reaches what keeps logs honest and consent withdrawn; a sample drawn by the FG and taken to its end; the list of staff."""
import json
import unittest

from dossier import Provider, command, consent
from peer import Desk, Peer, question
from support import MILAN, OIN, SAMIRA, Region, consult_words, eventually, new_id, problem_of, strangers

WHY = "onderzoek naar inzage in de avond"
AREA, DEBT = "gebiedsteam", "schuldhulp"


def setUpModule():
    global region
    region = Region("blocks", REGION_CHECKPOINT_MS=500).start()
    region.add_user(AREA, "fg2", "fg")


def officer(*words, user="privacy", org=AREA, code=0, stdin=""):
    done = region.command(org, user, *words, stdin=stdin)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def as_json(*words, user="privacy", org=AREA, stdin=""):
    return json.loads(officer(*words, "--json", user=user, org=org, stdin=stdin))


class Users(unittest.TestCase):
    def test_a_user_is_out_in_the_middle_of_his_session(self):
        region.add_user(AREA, "k.even", "generalist")
        mark = region.mark(AREA)
        with Desk(region, AREA, region.token(AREA, "k.even"), tls=True) as desk:
            self.assertEqual(desk.call("GET", "/v1/reglement").status, 200)
            officer("audit", "block", "--gebruiker", "k.even", "--reden", WHY, "--bevinding", new_id())
            problem_of(self, desk.call("GET", "/v1/reglement"), 401)  # the same connection
        self.assertIn("toegangsbewijs", officer(*consult_words(), user="k.even", code=1, stdin=MILAN + "\n"))
        record = region.record_of(AREA, mark, handeling="toegang-geblokkeerd")
        self.assertEqual(record["gebruiker"], "privacy")
        self.assertTrue(record["reden"].startswith("gebruiker k.even, bij bevinding "), record)
        self.assertIn(WHY, record["reden"])
        self.assertIn({"naam": "k.even"}, as_json("audit", "blocks")["gebruikers"])
        officer("user", "change", "--naam", "k.even", "--rol", "generalist", user="-")
        self.assertNotIn({"naam": "k.even"}, as_json("audit", "blocks")["gebruikers"])

    def test_nobody_blocks_himself_or_the_node_and_the_fg_nobody(self):
        self.assertIn("vraag uw beheerder", officer("audit", "block", "--gebruiker", "privacy", "--reden", WHY, code=1))
        self.assertIn("vraag uw beheerder", officer("audit", "block", "--gebruiker", "knooppunt", "--reden", WHY, code=1))
        for words in (("audit", "block", "--gebruiker", "g.jansen"), ("audit", "unblock", "--ketenpartner", OIN[DEBT])):
            self.assertIn("uw rol staat dit niet toe", officer(*words, "--reden", WHY, user="fg", code=1))


class Partners(unittest.TestCase):
    def setUp(self):
        self.addCleanup(region.command, AREA, "privacy", "audit", "unblock", "--ketenpartner", OIN[DEBT], "--reden", WHY)
        self.mark = region.mark(AREA)
        region.changed()  # sets may be old by now: a consult waits for a round
        self.assertEqual(region.consult([SAMIRA])[SAMIRA][OIN[DEBT]]["uitkomst"], "betrokken")
        self.asked = region.mark(DEBT)
        officer("audit", "block", "--ketenpartner", OIN[DEBT], "--reden", WHY)

    def peer(self):
        return Peer(region, AREA, region.certificate(DEBT), DEBT)

    def test_it_is_not_asked_and_is_not_shown_as_not_involved(self):
        entry = region.consult([SAMIRA])[SAMIRA][OIN[DEBT]]
        self.assertEqual((entry["uitkomst"], entry["oorzaak"], entry["toelichting"]),
                         ("geen-antwoord", "geblokkeerd", "door uw privacybeheerder geblokkeerd"))
        self.assertEqual([r for r in region.records(DEBT, self.asked) if r.get("ketenpartner") == OIN[AREA]], [])
        officer("audit", "unblock", "--ketenpartner", OIN[DEBT], "--reden", WHY)
        region.changed()
        self.assertEqual(region.consult([SAMIRA])[SAMIRA][OIN[DEBT]]["uitkomst"], "betrokken")
        record = region.record_of(AREA, self.mark, handeling="toegang-hersteld")
        self.assertEqual(record["ketenpartner"], OIN[DEBT])

    def test_it_may_not_ask_and_still_witnesses_and_proves(self):
        told = "uw organisatie is hier tijdelijk geblokkeerd; neem contact op met de privacybeheerder"
        content = [("content-type", "application/json"), ("request-id", new_id())]
        with self.peer() as peer:
            for method, path, body in (("POST", "/v1/raadplegingen", json.dumps(question()).encode()),
                                       ("POST", "/v1/blinde-evaluaties", b"{}"),
                                       ("GET", "/v1/opzoeksets/hulpafstemming", None)):
                problem = problem_of(self, peer.request(method, path, body, content), 403)
                self.assertEqual(problem["fouten"][0]["melding"], told)
            for method, path, body in (("GET", "/v1/logboek/controlepunt", None), ("GET", "/v1/convenanten", None),
                                       ("POST", "/v1/logboek/bewijzen", b'{"samenhang":{"van":1,"tot":2}}')):
                self.assertEqual(peer.request(method, path, body, content).status, 200, path)
        self.assertEqual(as_json("audit", "blocks")["ketenpartners"][0]["oin"], OIN[DEBT])

        def size():
            return as_json("status", user="-", org=DEBT)["controlepunten"]
        before = size()["regels"]
        region.mark(DEBT)  # a record, for a checkpoint of more
        eventually("een controlepunt dat alle getuigen medeondertekenden",  # the area team among them
                   lambda: (now := size())["regels"] > before and now["medeondertekend"] == now["getuigen"])

    def test_it_stays_out_over_a_start(self):
        region.stop_one(AREA)
        region.start_one(AREA)
        with self.peer() as peer:
            problem_of(self, peer.request("POST", "/v1/blinde-evaluaties", b"{}",
                                          [("content-type", "application/json")]), 403)


class Withdrawals(unittest.TestCase):
    """The debt help blocks the area team, that hears of a withdrawal."""

    def test_a_blocked_partner_still_brings_a_withdrawal(self):
        person = strangers(40)[39]
        provider = Provider(region, DEBT, "c.visser", person).register("1980-01-01")
        provider.involve("financien", "budgetbeheer")
        provider.add("toestemming", consent())
        self.assertEqual(region.consult([person])[person][OIN[DEBT]]["uitkomst"], "betrokken")
        self.addCleanup(region.command, DEBT, "privacy", "audit", "unblock", "--ketenpartner", OIN[AREA], "--reden", WHY)
        mark = region.mark(DEBT)
        officer("audit", "block", "--ketenpartner", OIN[AREA], "--reden", WHY, org=DEBT)
        refused = region.consult([person])[person][OIN[DEBT]]
        self.assertEqual((refused["uitkomst"], refused["oorzaak"], refused["status"]), ("geen-antwoord", "geweigerd", 403))
        region.record_of(DEBT, mark, handeling="geweigerd", ketenpartner=OIN[AREA])
        answer = command(region, AREA, "g.jansen", "consent add", {
            "bsn": person, "toestemming": {"soort": "avg-grond", "uitkomst": "ingetrokken", "door": "betrokkene",
                                           "ontvangers": [AREA], "bewijs": "aan de keukentafel"},
            "ketenpartners": [OIN[DEBT]]})
        ident = answer["berichten"][0]["bericht"]

        def confirmed():
            found = region.command_json(AREA, "g.jansen", "outbox", "list")["berichten"]
            return next(m for m in found if m["bericht"] == ident)["toestand"] == "bevestigd"
        eventually("de intrekking bevestigd", confirmed, 120)  # a try that failed comes again later and later
        through = [c for c in provider.facts()["toestemmingen"] if "via" in c]
        self.assertEqual([(c["uitkomst"], c["via"]) for c in through], [("ingetrokken", OIN[AREA])])


class Findings(unittest.TestCase):
    def test_the_fg_draws_a_sample_and_says_what_came_of_it(self):
        region.consult([MILAN])
        mark = region.mark(AREA)
        drawn = as_json("audit", "sample", "--aantal", "3", "--gebruiker", "g.jansen", user="fg")
        self.assertEqual(len(drawn["bevindingen"]), 3, drawn)
        record = region.record_of(AREA, mark, handeling="steekproef-getrokken")
        self.assertEqual(record["gebruiker"], "fg")
        self.assertIn(drawn["zaad"], record["reden"])
        self.assertEqual(len([r for r in region.records(AREA, mark, ticks=True)
                              if r["handeling"] == "bevinding-ontstaan" and r["reden"].startswith("steekproef ")]), 3)
        eventually("de telling in de stand", lambda: as_json("status", user="-")["bevindingenOpen"] >= 3)
        eventually("en de meting", lambda: region.metric(AREA, "ketenbrug_bevindingen_open") >= 3)
        listed = as_json("audit", "findings", "--regel", "steekproef", user="fg")["bevindingen"]
        self.assertTrue({f["id"] for f in listed} >= set(drawn["bevindingen"]))
        one, two, three = drawn["bevindingen"]
        shown = as_json("audit", "finding", one, user="fg")
        self.assertEqual([r["volgnummer"] for r in shown["regels"]], shown["volgnummers"])
        self.assertEqual(shown["gebruiker"], "g.jansen")
        self.assertIn("willekeurig gekozen op ", shown["aanleiding"])
        officer("audit", "note", one, "--gezien", user="fg")
        officer("audit", "note", one, "--tekst", "rooster gevraagd", user="fg")
        closed = as_json("audit", "close", one, "--oordeel", "onterecht", "--reden", "eigen zaak", user="fg")
        self.assertEqual((closed["stand"], closed["oordeel"]), ("gesloten", "onterecht"))
        self.assertEqual([s["stap"] for s in closed["stappen"]], ["gezien", "notitie", "sluiten"])
        self.assertEqual(as_json("audit", "reopen", one, "--reden", "nieuwe klacht", user="fg")["stand"], "open")
        self.assertIn("uitzondering", officer("audit", "close", two, "--oordeel", "terecht", "--reden", "x",
                                              "--uitzondering-tot", "2030-01-01", code=1))
        self.assertIn("steekproef", officer("audit", "findings", "--gebruiker", "g.jansen", user="fg"))
        self.assertIn("geen bevindingen", officer("audit", "findings", "--gebruiker", "niemand", user="fg"))
        officer("audit", "finding", three, user="g.jansen", code=1)
        officer("audit", "finding", new_id(), user="fg", code=1)
        officer("audit", "finding", "x", user="fg", code=2)
        steps = [r for r in region.records(AREA, mark) if r["handeling"] == "bevinding-behandeld"]
        self.assertEqual([r["gebruiker"] for r in steps], ["fg"] * 4)

    def test_an_unknown_word_is_told(self):
        self.assertIn("regel", officer("audit", "findings", "--regel", "anders", user="fg", code=1))
        self.assertIn("stand", officer("audit", "findings", "--stand", "weg", user="fg", code=1))
        officer("audit", "sample", "--aantal", "101", user="fg", code=2)
        officer("audit", "sample", "--aantal", "5", user="g.jansen", code=1)

    def test_who_works_here_is_kept_by_the_officer_and_shown_by_name(self):
        person = strangers(30)[29]
        mark = region.mark(AREA)
        officer("audit", "staff", "add", "--gebruiker", "g.jansen", stdin=person + "\n")
        officer("audit", "staff", "add", "--gebruiker", "g.jansen", stdin=person + "\n", code=1)
        listed = officer("audit", "staff", "list", "--json")
        self.assertEqual(json.loads(listed)["personeel"], ["g.jansen"])
        self.assertNotIn(person, listed)
        officer("audit", "staff", "list", user="fg", code=1)
        officer("audit", "staff", "remove", "--gebruiker", "g.jansen")
        self.assertEqual(officer("audit", "staff", "list"), "")
        officer("audit", "staff", "weg", code=2)
        kinds = [r["reden"] for r in region.records(AREA, mark) if r["handeling"] == "personeelslijst-gewijzigd"]
        self.assertEqual(kinds, ["toegevoegd: g.jansen", "verwijderd: g.jansen"])


if __name__ == "__main__":
    unittest.main()
