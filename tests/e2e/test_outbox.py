"""What waits for partners, as a person at the desk sees it: withdrawals beside lines, filters, and what is refused."""
import json
import unittest

from dossier import command
from peer import Desk
from support import OIN, UNHURRIED, Region, eventually, new_id, problem_of, strangers

AREA, DEBT = "gebiedsteam", "schuldhulp"


def setUpModule():
    global region
    region = Region("outbox", **UNHURRIED).start()


class AtTheDesk(unittest.TestCase):
    def call(self, method, path, body=None):
        with Desk(region, AREA, region.token(AREA, "g.jansen")) as desk:
            return desk.call(method, path, body)

    def get(self, query=""):
        answer = self.call("GET", "/v1/uitgaande-berichten" + query)
        self.assertEqual(answer.status, 200, answer.body)
        return json.loads(answer.body)

    def test_filters_choose_and_bad_ones_are_named(self):
        region.stop_one(DEBT)
        try:
            answer = command(region, AREA, "g.jansen", "consent add", {
                "bsn": strangers(1)[0], "toestemming": {"soort": "avg-grond", "uitkomst": "ingetrokken",
                                                     "door": "betrokkene", "ontvangers": [AREA],
                                                     "bewijs": "aan de balie"},
                "ketenpartners": [OIN[DEBT]]})
            ident = answer["berichten"][0]["bericht"]

            def shown(*words):
                return [m["bericht"] for m in
                        region.command_json(AREA, "g.jansen", "outbox", "list", *words)["berichten"]]
            self.assertIn(ident, shown())
            self.assertIn(ident, shown("--ketenpartner", OIN[DEBT], "--stand", "wachtend"))
            self.assertNotIn(ident, shown("--ketenpartner", OIN["school"]))
            self.assertNotIn(ident, shown("--stand", "vastgelopen"))
            self.assertNotIn(ident, shown("--stand", "bevestigd"))
            self.assertEqual(self.get()["lijnen"], [])  # a withdrawal is in no line
        finally:
            region.start_one(DEBT)
        eventually("bevestigd", lambda: ident in [
            m["bericht"] for m in self.get("?stand=bevestigd")["berichten"]], 60)
        for query, place in (("?stand=x", "stand"), ("?ketenpartner=1", "ketenpartner"), ("?na=x", "na")):
            problem = problem_of(self, self.call("GET", "/v1/uitgaande-berichten" + query), 400)
            self.assertEqual(problem["fouten"][0]["plaats"], place)

    def test_again_is_one_message_or_one_partner(self):
        path = "/v1/uitgaande-berichten/herkansingen"
        for body in ({}, {"bericht": new_id(), "ketenpartner": OIN[DEBT]}, {"ketenpartner": "1" * 19 + "x"}):
            problem_of(self, self.call("POST", path, body), 400)
        problem_of(self, self.call("POST", path, {"bericht": new_id()}), 404)
        problem = problem_of(self, self.call("POST", path, {"ketenpartner": OIN[DEBT]}), 404)
        self.assertEqual(problem["fouten"][0]["plaats"], "/ketenpartner")
        done = region.command(AREA, "g.jansen", "outbox", "retry", "--ketenpartner", OIN[DEBT])
        self.assertEqual(done.returncode, 1)
        self.assertIn("wacht niets", done.stderr)

    def line(self):
        found = [line for line in region.command_json(AREA, "g.jansen", "outbox", "list", "--ketenpartner", OIN[DEBT])
                 ["lijnen"] if line["ketenpartner"] == OIN[DEBT]]
        return found[0] if found else None

    def give(self, person):
        done = region.command(AREA, "g.jansen", "task", "send", "--soort", "budgetplan", "--ketenpartner", OIN[DEBT],
                              "--zaak", "Z-2026-0100", "--grondslag", "wmo-5.1.1", "--leefgebied", "financien",
                              "--vraag", "Graag een budgetplan.", "--json", stdin=person + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["opdracht"]

    def test_what_waits_for_a_partner_that_is_down_goes_when_it_is_back_or_when_a_person_says_so(self):
        person = strangers(2)[1]
        done = region.command(AREA, "g.jansen", "subject", "add", stdin=json.dumps(
            {"bsn": person, "achternaam": "Klant", "gemeente": "9901", "geboortedatum": "1980-02-29"}))
        self.assertEqual(done.returncode, 0, done.stderr)
        region.stop_one(DEBT)
        try:
            tasks = [self.give(person) for _ in range(3)]
            line = eventually("een vergeefse poging", lambda: (found := self.line()) and "oorzaak" in found and found, 60)
            self.assertEqual((line["wachtend"], line["vastgelopen"], line["stand"]), (3, 0, "wacht"))
            shown = region.command_json(AREA, "g.jansen", "outbox", "list", "--stand", "wachtend")["berichten"]
            posts = [m for m in shown if m["soort"] == "opdracht" and m["ketenpartner"] == OIN[DEBT]]
            self.assertEqual(sorted(m["bericht"] for m in posts), sorted(tasks))
            self.assertNotIn(person, json.dumps(shown))
            told = region.command(AREA, "g.jansen", "outbox", "list").stdout
            self.assertIn("3 wachtend, waarvan 0 vastgelopen", told)
            region.kill_one(AREA)
            region.start_one(AREA)
            eventually("na een harde stop nog alle drie", lambda: (found := self.line()) and found["wachtend"] == 3, 60)
        finally:
            region.start_one(DEBT)
        # The second may find nothing any more: what came back has shown itself.
        answer = self.call("POST", "/v1/uitgaande-berichten/herkansingen", {"ketenpartner": OIN[DEBT]})
        self.assertIn(answer.status, (200, 404))
        eventually("alles bevestigd", lambda: self.line() is None, 60)
        for task in tasks:
            done = region.command(DEBT, "c.visser", "task", "show", "--id", task)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
