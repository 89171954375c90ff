"""Clocks that step while a node runs (faketime), and the turn of a month: answers stop where a record could not be right,
and come back by themselves or by an administrator's recorded act."""
import calendar
import glob
import json
import os
import ssl
import time
import unittest
import urllib.error
import urllib.request

import log_keys
import receipts
from faults import LONG, Load, SmallDisk, answered_in_log, nothing_personal
from peer import Desk, Peer, question
from support import MILAN, OIN, ORGANISATIONS, WAIT, Region, as_owner, eventually, problem_of, run

ORG = "school"
DAY = 86400
region = Region("fault-clock", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_ANSWER_MS=30000)
TIMES = 10  # that a moment is arranged anew on a machine that was too slow for it


def setUpModule():
    """Without witnesses: with them, see test_log_clock.py. They would also remember what a test puts back."""
    region.start()
    for org in ORGANISATIONS:
        owner("sed", "-i", 's/"getuigen": \\[[^]]*\\]/"getuigen": []/', region.path(org, "convenant.json"))
    region.sign()
    for org in ORGANISATIONS:
        region.reload(org)
    assert region.command_json(ORG, "-", "status")["controlepunten"]["nodig"] == 0


def owner(*words):
    return run(as_owner(list(words)), check=True)


def reasons():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{region.port(ORG, 'ops')}/health/ready", timeout=WAIT):
            return ""
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


class ClockTest(unittest.TestCase):
    """The node's clock follows a file; afterwards its data are what they were, with the time of then."""

    def setUp(self):
        region.stop_one(ORG)
        self.offset = region.path(ORG, "klok")
        for folder in ("gegevens", "sleutels"):
            owner("cp", "-a", region.path(ORG, folder), region.path(ORG, folder + ".goed"))
        self.addCleanup(self.put_back)
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
        region.environment["REGION_WRAP"] = \
            f"env LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={self.offset} FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1"

    def put_back(self):
        receipts.clock["shift_ms"] = 0
        region.kill_one(ORG)
        region.environment.pop("REGION_WRAP", None)
        for folder in ("gegevens", "sleutels"):
            owner("rm", "-rf", region.path(ORG, folder))
            owner("mv", region.path(ORG, folder + ".goed"), region.path(ORG, folder))
        region.start_one(ORG)

    def shift(self, seconds):
        receipts.clock["shift_ms"] = 1000 * seconds
        owner("sh", "-c", 'printf "%s\\n" "$2" >"$1.nieuw"; mv "$1.nieuw" "$1"', "sh", self.offset, f"{seconds:+d}")

    def start(self, seconds=0):
        self.shift(seconds)
        region.start_one(ORG)

    def entry(self):
        region.reload("gebiedsteam")  # the circuit closed
        return region.consult([MILAN])[MILAN][OIN[ORG]]

    def entry_of_a_silent_one(self):
        """What it has not published yet it does not publish by a wrong clock: that is not waited for."""
        region.silent = ORG
        try:
            return self.entry()
        finally:
            region.silent = None

    def assert_answers(self, peer=None, keys_gone=False):
        """keys_gone: by a clock that it believed a period of matching was over, and its keys were destroyed; partners take no
        others for that period."""
        eventually("gereed", lambda: region.health(ORG) == 200)
        if peer is not None:
            self.assertEqual(peer.consult(question()).status, 200)
        if abs(receipts.clock["shift_ms"]) < 300_000:
            entry = self.entry()
            if keys_gone and entry["uitkomst"] != "betrokken":
                self.assertEqual(entry["oorzaak"], "sleutel-gewijzigd")
            else:
                self.assertEqual(entry["uitkomst"], "betrokken", entry)
        else:  # a real partner, whose receipts are of another time, gets none
            self.assertEqual(self.entry()["uitkomst"], "geen-antwoord")
            with Peer(region, ORG) as other:
                self.assertEqual(other.consult(question()).status, 200)

    def assert_stopped(self, peer):
        """At both doors: with a partner's question and with a user's."""
        answer = peer.consult(question())
        problem = problem_of(self, answer, 503)
        self.assertIn("klok", problem["type"])
        self.assertEqual(answer.header("retry-after"), "1")
        nothing_personal(self, answer.body.decode(), MILAN)
        self.assert_desk_stopped()

    def assert_desk_stopped(self):
        with Desk(region, ORG, region.token(ORG, "z.smit")) as desk:
            refused = desk.call("POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": MILAN})
            self.assertIn("klok", problem_of(self, refused, 503)["type"])
        nothing_personal(self, refused.body.decode(), MILAN)
        eventually("niet gereed", lambda: "klok" in reasons())
        entry = self.entry_of_a_silent_one()
        self.assertEqual(entry["uitkomst"], "geen-antwoord")
        # By a day or more, the certificates and lists of who asks are not valid yet: then it does not come that far.
        self.assertIn(entry["oorzaak"], ("geweigerd", "tls-geweigerd", "onbereikbaar"))

    def reset(self):
        self.assertEqual(region.command(ORG, "-", "clock", "reset").returncode, 0)


class Steps(ClockTest):
    def test_back_a_little_is_borne_and_more_is_not_until_it_has_caught_up(self):
        self.start()
        with Peer(region, ORG) as peer:
            self.assert_answers(peer)
            self.shift(-3)
            self.assertEqual(peer.consult(question()).status, 200)
            self.shift(-120)
            self.assert_stopped(peer)
            self.assert_catches_up(peer)
            self.shift(-DAY)
            self.assert_stopped(peer)
            before = region.records(ORG)
            self.shift(0)
            self.assert_answers(peer)
            times = [calendar.timegm(time.strptime(r["tijd"][:19], "%Y-%m-%dT%H:%M:%S")) for r in before
                     if r["handeling"] == "raadpleging-beantwoord"]
            for i, at in enumerate(times):
                self.assertGreaterEqual(at + 6, max(times[:i + 1]), "een antwoord op een tijd die allang geweest was")
        self.assertEqual(region.verify(ORG).returncode, 0)

    def assert_catches_up(self, peer):
        """Twelve seconds back it answers nobody for the seven that are past what is borne; then real time has caught up."""
        for _ in range(TIMES):
            self.shift(0)
            eventually("gereed", lambda: region.health(ORG) == 200)
            self.assertEqual(peer.consult(question()).status, 200)
            self.shift(-12)
            answer = peer.consult(question())
            if answer.status != 200:
                break
        self.assertIn("klok", problem_of(self, answer, 503)["type"])
        self.assert_answers(peer)

    def test_forward_two_hours_and_back_again(self):
        """A jump forward is believed where there are no witnesses; so the way back is one back, which an administrator accepts, recorded."""
        self.start()
        mark = region.mark(ORG)
        answered = set()
        for seconds in (0, 2 * 3600):
            self.shift(seconds)
            load = Load(region, ORG)  # whose receipts are of that time
            load.start()
            eventually("antwoorden", lambda l=load: len(l.answered) > 100)
            load.stopping = True
            load.join(WAIT)
            self.assertEqual((load.wrong, load.lost), ([], None))
            answered |= set(load.answered)
        self.assertEqual(region.health(ORG), 200)
        self.shift(0)
        with Peer(region, ORG) as peer:
            self.assert_stopped(peer)
            self.reset()
            self.assert_answers(peer)
        self.assertEqual([r["handeling"] for r in region.records(ORG, mark)].count("klok-hersteld"), 1)
        self.assertEqual(answered - answered_in_log(region, ORG, mark), set())
        self.assertEqual(region.verify(ORG).returncode, 0)

    def test_to_before_the_covenant_and_the_certificates(self):
        self.start()
        with Peer(region, ORG) as peer:
            self.assert_answers(peer)
            self.shift(-3 * 365 * DAY)
            problem_of(self, peer.consult(question()), 403)  # that there is no covenant comes first
            self.assert_desk_stopped()
            eventually("redenen", lambda: "het convenant is niet van kracht" in reasons())
            with self.assertRaises((OSError, ssl.SSLError)):  # no certificate is valid then: nobody new comes in
                with Peer(region, ORG) as other:
                    other.consult(question())
            self.shift(0)
            self.assert_answers(peer)
        self.assertEqual(region.verify(ORG).returncode, 0)

    def test_the_covenant_ends_at_midnight_in_amsterdam(self):
        self.start()
        last, before = "het convenant is niet van kracht", calendar.timegm((2029, 12, 31, 22, 0, 0))
        self.shift(int(before - time.time()))
        eventually("gezien", lambda: "het eigen certificaat is verlopen" in reasons())
        self.assertNotIn(last, reasons())
        self.shift(int(before + 3600 - time.time()) + 1)
        eventually("redenen", lambda: last in reasons())

    def new_partner_is_let_in(self):
        try:
            with Peer(region, ORG) as other:
                return other.consult(question()).status == 200
        except OSError:
            return False

    def test_past_a_revocation_list_and_past_the_certificate(self):
        self.start()
        self.assertTrue(self.new_partner_is_let_in())
        steps = ((40, "een intrekkingslijst is verlopen"), (400, "het eigen certificaat is verlopen"))
        for days, word in steps if LONG else steps[:1]:
            with self.subTest(days=days):
                self.shift(days * DAY)
                eventually("niet gereed", lambda w=word: w in reasons())
                self.assertFalse(self.new_partner_is_let_in())
                entry = self.entry_of_a_silent_one()
                self.assertEqual(entry["uitkomst"], "geen-antwoord")
                self.assertIn(entry["oorzaak"], ("tls-geweigerd", "onbereikbaar"))
                self.assertEqual(region.health(ORG, "/health/live"), 200)
                self.shift(0)
                self.reset()
                eventually("weer gereed", lambda: region.health(ORG) == 200)
                # By that clock the epochs of now were over: their sets are made again, and until then nobody has an answer.
                eventually("een nieuwe partner mag weer", self.new_partner_is_let_in)
        self.assert_answers(keys_gone=True)
        self.assertEqual(region.verify(ORG).returncode, 0)


class MonthsTurn(ClockTest):
    """All is made ready minutes before the turn; then the clock goes on to just before it."""
    folder = region.path(ORG, "sleutels")
    READY = 600  # seconds before the turn

    def setUp(self):
        super().setUp()
        today = time.gmtime(time.time() + self.READY + 60)  # in the last minutes of a month: the turn of the next one
        following = (today.tm_year + today.tm_mon // 12, today.tm_mon % 12 + 1)
        self.turn, self.month = calendar.timegm((*following, 1, 0, 0, 0)), following[0] * 100 + following[1]

    def before_the_turn(self, seconds):
        """How far the clock is ahead then."""
        return int(self.turn - time.time() - seconds)

    def new_keys(self):
        return [key for key in log_keys.class_keys(self.folder) if key[0] == self.month]

    def asked_until(self, reached):
        """By a partner who asks without pause until it is so, and then some more."""
        load = Load(region, ORG)
        load.start()
        eventually("zo ver", reached)
        seen = len(load.answered)
        eventually("antwoorden", lambda: len(load.answered) > seen + 50)
        load.stopping = True
        load.join(WAIT)
        self.assertEqual((load.wrong, load.lost), ([], None))
        return set(load.answered)

    def test_under_load_each_month_has_its_keys_and_no_answer_is_lost(self):
        self.start(self.before_the_turn(self.READY))
        mark = region.mark(ORG)
        answered = self.asked_until(lambda: True)
        self.assertEqual(self.new_keys(), [])
        self.shift(self.before_the_turn(2))
        answered |= self.asked_until(self.new_keys)
        months = {r["tijd"][:7] for r in region.records(ORG, mark) if r["handeling"] == "raadpleging-beantwoord"}
        self.assertEqual(len(months), 2)
        self.assertEqual(answered - answered_in_log(region, ORG, mark), set())
        self.assertEqual(region.verify(ORG).returncode, 0)
        region.kill_one(ORG)
        region.start_one(ORG)
        self.assert_answers()
        self.assertEqual(region.verify(ORG).returncode, 0)

    def assert_stops_and_resumes(self, fail, mend):
        with Peer(region, ORG) as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            fail()
            self.shift(self.before_the_turn(1))
            refused = eventually("geweigerd", lambda: next(
                (a for a in [peer.consult(question())] if a.status != 200), None))
            problem_of(self, refused, 503)
            self.assertEqual(refused.header("retry-after"), "1")
            nothing_personal(self, refused.body.decode(), MILAN)
            eventually("niet gereed", lambda: "een sleutel van deze maand" in reasons())
            self.assertEqual(self.new_keys(), [])
            log = region.node_log(ORG)
            self.assertIn("logsleutels-", log)
            for line in log.splitlines():
                json.loads(line)
            mend()
            self.assert_answers(peer)
        self.assertTrue(self.new_keys())
        self.assertEqual(region.verify(ORG).returncode, 0)

    def test_a_keys_folder_on_a_full_disk(self):
        self.shift(self.before_the_turn(self.READY))
        wrap = region.environment["REGION_WRAP"]
        with SmallDisk(region, ORG, "sleutels", mib=1, wrap=wrap) as disk:
            self.folder = disk.inside
            self.assert_stops_and_resumes(disk.fill, disk.free)

    if LONG:
        def test_a_keys_folder_that_takes_no_new_key(self):
            self.start(self.before_the_turn(self.READY))
            keys = region.path(ORG, "sleutels")
            self.assert_stops_and_resumes(lambda: os.chmod(keys, 0o500), lambda: os.chmod(keys, 0o700))


if __name__ == "__main__":
    unittest.main()
