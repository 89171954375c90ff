"""What was acknowledged is there after kill -9, SIGTERM or a full disk; what was not logged was not answered."""
import os
import subprocess
import time
import unittest

from faults import Load
from held import assert_held
from late import Late, as_often_as_late
from peer import Peer, question
from support import MILAN, NOOR, OIN, WAIT, Region, as_owner, eventually, problem_of, run

ROUNDS, CLIENTS = 3, 4


def setUpModule():
    global region
    region = Region("durability", REGION_DRAIN_MS=1000, REGION_ANSWER_MS=30000).start()


class Kill(unittest.TestCase):
    def test_after_kill_9_under_load_the_log_verifies_and_no_answered_question_is_missing(self):
        for number in range(ROUNDS):
            with self.subTest(round=number):
                mark = region.mark("school")
                loads = [Load(region, "school") for _ in range(CLIENTS)]
                for load in loads:
                    load.start()
                eventually("antwoorden", lambda: sum(len(load.answered) for load in loads) > 100 * (number + 1))
                region.kill_one("school")
                for load in loads:
                    load.join(WAIT)
                region.start_one("school")
                done = region.verify("school")
                self.assertEqual(done.returncode, 0, done.stderr)
                logged = {r["verzoek"] for r in region.records("school", mark)
                          if r["handeling"] == "raadpleging-beantwoord"}
                answered = {request for load in loads for request in load.answered}
                self.assertEqual(answered - logged, set())
                self.assertEqual([answer for load in loads for answer in load.wrong], [])
                receipts = [text for load in loads for text in load.receipts]
                self.assertEqual(len(receipts), len(answered))
                assert_held(self, region, "school", receipts)
                with Peer(region, "school") as peer:
                    self.assertEqual(peer.consult(question()).status, 200)

    def test_a_registration_that_was_acknowledged_survives_kill_9(self):
        name = "voor.de.klap"
        region.add_user("school", name, "generalist")
        region.kill_one("school")
        region.start_one("school")
        listed = region.command_json("school", "-", "user", "list")["gebruikers"]
        self.assertIn(name, [user["naam"] for user in listed])


class Stop(unittest.TestCase):
    @as_often_as_late
    def test_sigterm_ends_within_its_time_with_exit_code_0_and_leaves_no_socket(self):
        region.stop_one("uwv")
        self.addCleanup(region.start_one, "uwv")
        with open(region.path("uwv.log"), "wb") as log:
            node = subprocess.Popen(region.serve_words("uwv"), stderr=log, cwd="/")
            eventually("gereed", lambda: region.health_or_none("uwv") == 200)
            self.assertTrue(os.path.exists(region.path("uwv", "contactpunt")))
            begin = time.monotonic()
            # The process that runs as another user is node itself: setpriv replaces itself.
            node.terminate()
            self.assertEqual(node.wait(WAIT), 0)
        took = time.monotonic() - begin
        self.assertFalse(os.path.exists(region.path("uwv", "contactpunt")))
        if took >= 9:
            raise Late

    def test_sigterm_under_load_answers_what_was_taken_and_the_log_holds_it(self):
        mark = region.mark("school")
        load = Load(region, "school")
        load.start()
        eventually("antwoorden", lambda: len(load.answered) > 50)
        region.stop_one("school")
        load.stopping = True
        load.join(WAIT)
        region.start_one("school")
        logged = {r["verzoek"] for r in region.records("school", mark) if "verzoek" in r}
        self.assertEqual(set(load.answered) - logged, set())


class Commands(unittest.TestCase):
    def test_commands_work_through_the_socket_while_it_serves_and_through_the_lock_while_not(self):
        def work(name):
            self.assertEqual(region.verify("uwv").returncode, 0)
            region.add_user("uwv", name, "generalist")
            return [u["naam"] for u in region.command_json("uwv", "-", "user", "list")["gebruikers"]]
        self.assertIn("tijdens", work("tijdens"))
        region.stop_one("uwv")
        self.addCleanup(region.start_one, "uwv")
        self.assertLessEqual({"tijdens", "ervoor"}, set(work("ervoor")))

    def test_a_consult_with_the_node_down_asks_and_logs_as_ever(self):
        region.settle("gebiedsteam")  # the sets of partners as the node fetched them last serve its commands too
        region.stop_one("gebiedsteam")
        self.addCleanup(region.start_one, "gebiedsteam")
        entry = region.consult([MILAN])[MILAN][OIN["school"]]
        self.assertEqual(entry["uitkomst"], "betrokken", entry)
        self.assertEqual(region.verify("gebiedsteam").returncode, 0)

    def test_a_command_tells_that_the_configuration_is_not_there(self):
        done = run([region.path("ketenbrug"), "audit", "verify", "--config", "/bestaat/niet.ini"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("/bestaat/niet.ini", done.stderr)

    def test_init_never_overwrites_keys(self):
        done = region.command("uwv", "-", "init")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bestaat al", done.stderr)


class FullDisk(unittest.TestCase):
    """A disk that takes no more, by a limit on the size of the node's files."""

    def limit(self, size):
        run(as_owner(["prlimit", "--pid", str(region.pid("cjg")), f"--fsize={size}:"]), check=True)

    def test_what_cannot_be_logged_is_not_answered_and_with_room_all_goes_on(self):
        region.settle("gebiedsteam")  # while there is room
        with Peer(region, "cjg") as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            before = region.mark("cjg")
            self.limit(8192)
            for _ in range(3):
                answer = peer.consult(question())
                problem_of(self, answer, 503)
                self.assertTrue(answer.header("retry-after"))
            eventually("niet gereed", lambda: region.health("cjg") == 503)
            self.assertEqual(region.health("cjg", "/health/live"), 200)
            # About whom it was never asked to evaluate: of others, the area team sees without it that they are in no set.
            entry = region.consult([NOOR])[NOOR][OIN["cjg"]]
            self.assertEqual((entry["uitkomst"], entry.get("status")), ("geen-antwoord", 503), entry)
            self.limit("unlimited")
            self.assertEqual(peer.consult(question()).status, 200)
        eventually("weer gereed", lambda: region.health("cjg") == 200)
        answered = [r for r in region.records("cjg", before) if r["handeling"] == "raadpleging-beantwoord"]
        self.assertEqual(len(answered), 1)
        self.assertEqual(region.verify("cjg").returncode, 0)


class Reload(unittest.TestCase):
    def test_reloads_under_load_drop_no_connection_and_no_answer(self):
        loads = [Load(region, "school") for _ in range(2)]
        for load in loads:
            load.start()
        # A connection whose handshake is under way is not kept: it would be judged by the old lists.
        eventually("antwoorden", lambda: all(load.answered for load in loads))
        for _ in range(8):
            region.reload("school")
        eventually("meer antwoorden", lambda: all(len(load.answered) > 10 for load in loads))
        for load in loads:
            load.stopping = True
            load.join(WAIT)
            self.assertFalse(load.is_alive())
            self.assertEqual((load.wrong, load.lost), ([], None))
            self.assertGreater(len(load.answered), 10)


if __name__ == "__main__":
    unittest.main()
