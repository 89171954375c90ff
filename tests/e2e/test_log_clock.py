"""The clock of a log: what witnesses say of it stops answers about people, and a mistake put right leaves no silence."""
import unittest
import urllib.error
import urllib.request

from moved_clock import MovedClock
from peer import Desk
from support import MILAN, OIN, ORGANISATIONS, WAIT, Region, eventually

region = Region("klok", REGION_COUNT=40, REGION_CHECKPOINT_MS=500, REGION_DRAIN_MS=500, REGION_ANSWER_MS=30000)
ORG = "school"


def setUpModule():
    region.start()


def reasons():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{region.port(ORG, 'ops')}/health/ready", timeout=WAIT) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


def outcome():
    entry = region.consult([MILAN])[MILAN][OIN[ORG]]
    return entry["uitkomst"], entry.get("status")


def standing(org=ORG):
    return region.command_json(org, "-", "status")["controlepunten"]


class AgainstWitnesses(MovedClock, unittest.TestCase):
    region, ORG = region, ORG

    def tearDown(self):
        super().tearDown()
        region.command(ORG, "-", "clock", "reset")  # whatever a test left

    def ready(self):
        eventually("gereed", lambda: region.health(ORG) == 200)

    def silent(self, why):
        eventually(f"niet gereed: {why}", lambda: why in reasons())
        region.silent = ORG
        try:
            self.assertEqual(outcome(), ("geen-antwoord", 503))
        finally:
            region.silent = None
        with Desk(region, ORG, region.token(ORG, "z.smit")) as desk:
            refused = desk.call("POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": MILAN})
            self.assertEqual((refused.status, refused.header("retry-after")), (503, "1"))

    def others_are_right(self):
        """What one witness says of the time moves nobody's median."""
        for org in ORGANISATIONS:
            if org != ORG:
                self.assertEqual(region.health(org), 200)
                self.assertLess(abs(standing(org)["klokWijktAfMs"]), 60000)

    def cosigned_at_start(self):
        eventually("medeondertekend", lambda: standing()["medeondertekend"] >= standing()["nodig"] > 0)
        self.ready()

    def test_more_than_five_minutes_off_is_silence_until_it_is_right(self):
        self.start()
        self.cosigned_at_start()
        self.assertEqual(outcome(), ("betrokken", None))
        for offset in ("+600", "+2700"):
            self.set_offset(offset)
            self.silent("de klok wijkt af van die van de getuigen")
            self.assertGreater(standing()["klokWijktAfMs"], 300000)
            self.others_are_right()
            self.set_offset("+0")
            self.ready()
            self.assertEqual(outcome(), ("betrokken", None))

    def test_less_is_not(self):
        self.start()
        self.cosigned_at_start()
        self.set_offset("+240")
        eventually("gezien", lambda: standing()["klokWijktAfMs"] > 200000)
        self.assertEqual(region.health(ORG), 200)
        self.set_offset("+0")
        eventually("achter wat is gezien", lambda: region.health(ORG) == 503)
        self.assertEqual(region.command(ORG, "-", "clock", "reset").returncode, 0)
        self.ready()

    def test_a_long_jump_put_right_leaves_no_silence(self):
        self.start()
        self.cosigned_at_start()
        self.set_offset("+2d")
        self.silent("de klok wijkt af van die van de getuigen")
        self.others_are_right()
        region.command(ORG, "privacy", "audit", "list", "--aantal", "1")  # a record of that time
        self.set_offset("+0")
        self.ready()
        self.assertEqual(outcome(), ("betrokken", None))

    def test_nor_over_a_restart(self):
        self.start()
        self.cosigned_at_start()
        mark = region.mark(ORG)
        self.set_offset("+2d")
        self.restart()
        self.silent("de klok wijkt af van die van de getuigen")
        region.command(ORG, "privacy", "audit", "list", "--aantal", "1")
        self.set_offset("+0")
        self.restart()
        self.ready()
        self.assertEqual(outcome(), ("betrokken", None))
        self.assertNotIn("klok-hersteld", {r["handeling"] for r in region.records(ORG, mark)})

    def test_an_administrator_may_go_on_against_the_witnesses_and_it_is_recorded(self):
        self.start()
        self.cosigned_at_start()
        self.set_offset("+900")
        self.silent("de klok wijkt af van die van de getuigen")
        mark = region.mark(ORG)
        self.assertEqual(region.command(ORG, "z.smit", "clock", "reset").returncode, 1)
        self.assertEqual(region.command(ORG, "-", "clock", "reset").returncode, 0)
        self.ready()
        with Desk(region, ORG, region.token(ORG, "z.smit")) as desk:
            self.assertEqual(desk.call("POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": MILAN}).status, 200)
        # Partners take no receipt of another time: between nodes the accepted clock is still a wrong one.
        self.assertEqual(outcome(), ("geen-antwoord", 400))
        region.record_of(ORG, mark, handeling="klok-hersteld")
        self.set_offset("+0")
        self.silent("de klok staat achter op wat eerder is gezien")
        self.assertEqual(region.command(ORG, "-", "clock", "reset").returncode, 0)
        self.ready()


if __name__ == "__main__":
    unittest.main()
