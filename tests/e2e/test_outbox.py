"""What waits for partners, as a person at the desk sees it: withdrawals beside lines, filters, and what is refused."""
import json
import unittest

from dossier import command
from peer import Desk
from support import OIN, Region, eventually, new_id, problem_of, strangers

AREA, DEBT = "gebiedsteam", "schuldhulp"


def setUpModule():
    global region
    region = Region("outbox").start()


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


if __name__ == "__main__":
    unittest.main()
