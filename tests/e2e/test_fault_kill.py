"""kill -9 at every kind of moment: the node starts again, its log verifies, nothing that was acknowledged is missing.

E2E_LONG=1 takes every point many times over; without it a few of each kind.
"""
import json
import os
import random
import re
import signal
import subprocess
import time
import unittest
import urllib.request

from faults import LONG, BadDisk, Load, answered_in_log, await_end, import_words, is_gone, owned_file, people
from peer import Peer, question
from support import LONG_WAIT, WAIT, Region, as_owner, eventually, run

ORG = "school"
# Ticks far apart: it must be at rest for seconds.
region = Region("fault-kill", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_TICK_MS=12000)
chance = random.Random(11)
TIMES = 20  # that a moment is arranged anew when the node's own work came in between


def setUpModule():
    region.start()


def quiet(seconds=2.5):
    """Until the node has written nothing for so long: its search index and its checkpoints are done."""
    seen = [None, 0.0]

    def look():
        with urllib.request.urlopen(f"http://127.0.0.1:{region.port(ORG, 'ops')}/metrics", timeout=WAIT) as answer:
            count = re.search(r"^ketenbrug_commits_total (\d+)", answer.read().decode(), re.MULTILINE)[1]
        if count != seen[0]:
            seen[:] = [count, time.monotonic()]
        return time.monotonic() - seen[1] > seconds
    eventually("het knooppunt schrijft niets meer", look, LONG_WAIT)


class KillTest(unittest.TestCase):
    def assert_whole(self, answered=(), mark=0):
        verified = region.verify(ORG)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertEqual(set(answered) - answered_in_log(region, ORG, mark), set())
        with Peer(region, ORG) as peer:
            self.assertEqual(peer.consult(question()).status, 200)


class AtACall(KillTest):
    """The process ends at the n-th write, sync or cut of a file: before it happened, after the one before did."""

    POINTS = [("write", "knooppunt.db-wal", 4), ("fsync", "knooppunt.db-wal", 2), ("write", "knooppunt.db", 3),
              ("fsync", "knooppunt.db", 1), ("truncate", "knooppunt.db-wal", 1)]
    if LONG:
        POINTS = [(call, ending, n) for call, ending, _ in POINTS for n in (1, 2, 3, 5, 8, 13, 21, 34)]

    IMPORT = [("write", "knooppunt.db-wal", 1), ("write", "knooppunt.db-wal", 60), ("fsync", "knooppunt.db-wal", 3)]
    if LONG:
        IMPORT = [(call, "knooppunt.db-wal", n) for call in ("write", "fsync") for n in (1, 2, 3, 4, 5, 20, 80, 320)]

    def rounds(self, points, activity):
        with BadDisk(region, ORG) as disk:
            for call, ending, number in points:
                with self.subTest(call=call, ending=ending, number=number):
                    mark = region.mark(ORG)
                    answered = activity(lambda: disk.rule(call, ending, "KILL", number))
                    disk.rule()
                    if not is_gone(region, ORG):  # there were not so many calls
                        region.kill_one(ORG)
                    region.start_one(ORG)
                    self.assert_whole(answered, mark)
                    self.finish()

    def finish(self):
        """What an activity left half done."""

    def test_under_consults(self):
        def consults(arm):
            loads = [Load(region, ORG) for _ in range(2)]
            for load in loads:
                load.start()
            eventually("antwoorden", lambda: all(len(load.answered) > 20 for load in loads))
            arm()
            end = time.monotonic() + 0.3
            eventually("einde of stilte", lambda: is_gone(region, ORG) or time.monotonic() > end)
            for load in loads:
                load.stopping = True  # what is left to do is the checkpoint of an idle node
                load.join(WAIT)
                self.assertEqual(load.wrong, [])
            quiet = time.monotonic() + 4
            eventually("einde", lambda: is_gone(region, ORG) or time.monotonic() > quiet)
            return [request for load in loads for request in load.answered]
        self.rounds(self.POINTS, consults)

    def test_during_an_import_which_is_then_finished_by_the_same_file(self):
        rows = 1500
        files, whole = [], []

        def bring_in(arm):
            name = f"punt{len(files)}"
            files.append(owned_file(region.path(ORG, name), people(name, rows, 999600000 + 20000 * len(files))))
            arm()
            child = subprocess.Popen(import_words(region, ORG, files[-1]), stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            code = child.wait(LONG_WAIT)
            # It notices that the node is gone, unless that went on until all was brought in: sets follow then.
            self.assertIn(code, (0, 1))
            if code == 1:
                await_end(region, ORG)
            whole.append(code == 0)
            return ()

        def finish():
            counts = [json.loads(run(import_words(region, ORG, files[-1]), check=True).stdout) for _ in range(2)]
            self.assertEqual(counts[0]["nieuw"] + counts[0]["ongewijzigd"], rows)
            self.assertTrue(counts[0]["nieuw"] == 0 or not whole[-1], "wat is ingelezen is er")
            self.assertEqual((counts[1]["nieuw"], counts[1]["gewijzigd"], counts[1]["ongewijzigd"]), (0, 0, rows))
        self.finish = finish
        self.rounds(self.IMPORT, bring_in)


class AtAMoment(KillTest):
    def test_while_it_starts_and_recovers(self):
        mark = region.mark(ORG)
        load = Load(region, ORG)
        load.start()
        eventually("antwoorden", lambda: len(load.answered) > 100)
        region.kill_one(ORG)
        load.join(WAIT)
        for _ in range(60 if LONG else 12):
            node = subprocess.Popen(region.serve_words(ORG), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.005, 0.08))
            node.kill()
            self.assertEqual(node.wait(), -signal.SIGKILL, "hij startte niet")
        region.start_one(ORG)
        self.assert_whole(load.answered, mark)

    def test_during_reloads(self):
        for _ in range(20 if LONG else 3):
            mark = region.mark(ORG)
            load = Load(region, ORG)
            load.start()
            eventually("antwoorden", lambda: len(load.answered) > 20)
            for _ in range(3):
                os.kill(region.pid(ORG), signal.SIGHUP)
            time.sleep(chance.uniform(0, 0.02))
            region.kill_one(ORG)
            load.join(WAIT)
            region.start_one(ORG)
            self.assert_whole(load.answered, mark)

    def test_during_a_backup_no_half_copy_passes_for_a_whole_one(self):
        with BadDisk(region, ORG) as disk:
            for number in (1, 2, 9, 20) if LONG else (1, 3):
                copy = region.path(ORG, f"kopie-{number}")
                words = as_owner(["env", f"LD_PRELOAD={disk.library}", f"FAULT_IO_RULES={disk.rules}.kopie",
                                  region.path("ketenbrug"), "backup", copy, "--config",
                                  region.path(ORG, "ketenbrug.ini")])
                owned_file(disk.rules + ".kopie", f"write {copy[-7:]}/knooppunt.db {number} KILL\n")
                self.assertEqual(run(words).returncode, -signal.SIGKILL)
                checked = region.command(ORG, "-", "backup", copy, "--controleer")
                self.assertEqual((checked.returncode, checked.stdout), (1, ""))
                self.assertIn("inhoud.json", checked.stderr)
                again = region.command(ORG, "-", "backup", copy)
                self.assertEqual(again.returncode, 1)
                self.assertIn("nieuwe map", again.stderr)
                self.assertEqual(region.command(ORG, "-", "backup", copy + "-heel").returncode, 0)
            # The node dies under it: the copy may be whole, but nobody could account for it, so there is none.
            region.hold_still((ORG,))
            for number in range(TIMES):
                copy = region.path(ORG, f"kopie-node-{number}")
                done = self.backup_that_kills(disk, copy)
                if done.returncode != 0:
                    break
                # It died before, of what it wrote by itself: then the command copies by itself, and accounts for it.
                made = [r for r in region.records(ORG) if r["handeling"] == "reservekopie-gemaakt"]
                with open(os.path.join(copy, "inhoud.json"), encoding="utf-8") as file:
                    self.assertIn(json.load(file)["logboekWortel"], made[-1]["reden"])
                self.assertEqual(region.command(ORG, "-", "backup", copy, "--controleer").returncode, 0)
            self.assertEqual((done.returncode, done.stdout, os.path.exists(copy)), (1, "", False))
            region.go_on((ORG,))
            self.assert_whole()

    def backup_that_kills(self, disk, copy):
        """At the first that the node writes; it runs again afterwards."""
        quiet()
        disk.rule("write", "knooppunt.db-wal", "KILL")
        done = region.command(ORG, "-", "backup", copy)
        await_end(region, ORG)
        disk.rule()
        region.start_one(ORG)
        return done


if __name__ == "__main__":
    unittest.main()
