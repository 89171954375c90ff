"""Too little of something: open files, memory, room for what is told. The node stays, refuses clearly, and goes on."""
import glob
import json
import os
import re
import ssl
import subprocess
import tempfile
import unittest

from faults import import_words, is_gone, nothing_personal, owned_file, people
from peer import Peer, question, tls_socket
from support import LONG_WAIT, MILAN, OIN, Region, as_owner, consult_words, eventually, run

ORG = "school"
region = Region("fault-limits", REGION_COUNT=40, REGION_DRAIN_MS=1000)


def setUpModule():
    region.start()


class LimitTest(unittest.TestCase):
    def wrapped(self, wrap):
        region.stop_one(ORG)
        region.environment["REGION_WRAP"] = wrap
        self.addCleanup(self.unwrapped)
        region.start_one(ORG)

    def unwrapped(self):
        region.stop_one(ORG)
        region.environment.pop("REGION_WRAP", None)
        region.start_one(ORG)

    def serve(self, *before):
        """Runs the node until it is ready or ended; then it is told to end."""
        words = region.serve_words(ORG)
        at = words.index(region.path("ketenbrug"))
        with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
            node = subprocess.Popen([*words[:at], *before, *words[at:]], stdout=subprocess.DEVNULL, stderr=said, cwd="/")

            def look():
                said.seek(0)
                return node.poll() is not None or "gereed" in said.read()
            try:
                eventually("gereed of einde", look)
                if node.poll() is None:
                    node.terminate()
                code = node.wait(LONG_WAIT)
            finally:
                node.kill()
                node.wait()
            said.seek(0)
            return code, said.read()

    def assert_goes_on(self):
        eventually("gereed", lambda: region.health(ORG) == 200)
        region.reload("gebiedsteam")
        self.assertEqual(region.consult([MILAN])[MILAN][OIN[ORG]]["uitkomst"], "betrokken")
        self.assertEqual(region.verify(ORG).returncode, 0)


    def ends_or_serves(self, limit, what):
        """1 when it ended by itself and said why; 0 when it was ready until it was told to end."""
        code, said = self.serve("prlimit", limit)
        nothing_personal(self, said)
        if "gereed" in said and code == 0:
            return 0
        self.assertIn(code, (1, 127), (what, said))  # 127: not even loaded
        self.assertTrue(said.strip(), f"{what}: niets gezegd")
        return 1


class OpenFiles(LimitTest):
    def test_more_connections_than_files_leaves_those_that_are_there_alone(self):
        self.wrapped("prlimit --nofile=60:60")
        region.settle("gebiedsteam")  # while its state can still be asked
        held = []
        with Peer(region, ORG) as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            try:
                for _ in range(120):
                    try:
                        held.append(tls_socket(region.port(ORG), region.certificate("gebiedsteam"), timeout=15))
                    except (OSError, ssl.SSLError):
                        break
                self.assertLess(len(held), 60)
                self.assertGreater(len(held), 10)
                for _ in range(20):
                    self.assertEqual(peer.consult(question()).status, 200)
                entry = region.consult([MILAN])[MILAN][OIN[ORG]]
                self.assertIn(entry["uitkomst"], ("betrokken", "geen-antwoord"))
            finally:
                for one in held:
                    one.close()
            self.assertEqual(peer.consult(question()).status, 200)
        eventually("weer te bereiken", lambda: region.health_or_none(ORG) == 200)
        self.assert_goes_on()

    def test_too_few_to_start_with_is_said(self):
        region.stop_one(ORG)
        self.addCleanup(region.start_one, ORG)
        refused = 0
        for files in (8, 10, 12, 14, 16, 20):
            refused += self.ends_or_serves(f"--nofile={files}:{files}", f"{files} bestanden")
        self.assertGreater(refused, 3)


class Memory(LimitTest):
    def test_none_left_while_a_large_import_comes_in(self):
        """Nothing half: what was refused is brought in by the same file once there is memory again."""
        path = owned_file(region.path(ORG, "geheugen.csv"), people("geheugen", 4000))
        pid = region.pid(ORG)
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            kib = int(re.search(r"VmSize:\s+(\d+)", file.read()).group(1))
        run(as_owner(["prlimit", "--pid", str(pid), f"--as={kib * 1024 + (1 << 20)}:"]), check=True)
        done = run(import_words(region, ORG, path), timeout=LONG_WAIT)
        nothing_personal(self, done.stderr + region.node_log(ORG), "0990555020")
        if done.returncode != 0:
            self.assertEqual(done.returncode, 1)
            self.assertTrue(done.stderr)
        if os.path.exists(f"/proc/{pid}/status"):
            run(as_owner(["prlimit", "--pid", str(pid), "--as=unlimited:"]))
        # It may be about to end.
        eventually("antwoordt of eindigde", lambda: is_gone(region, ORG) or region.health_or_none(ORG) is not None)
        region.start_one(ORG)  # does nothing when it still runs
        counts = [json.loads(run(import_words(region, ORG, path), check=True, timeout=LONG_WAIT).stdout) for _ in range(2)]
        self.assertEqual(counts[0]["nieuw"] + counts[0]["ongewijzigd"], 4000)
        self.assertEqual((counts[1]["nieuw"], counts[1]["ongewijzigd"]), (0, 4000))
        self.assert_goes_on()

    def test_too_little_to_start_with_is_said(self):
        region.stop_one(ORG)
        self.addCleanup(region.start_one, ORG)
        refused = 0
        for mib in (20, 24, 28, 30, 32, 36, 40, 44):
            refused += self.ends_or_serves(f"--as={mib << 20}", f"{mib} MiB")
        self.assertGreater(refused, 1)


class Output(LimitTest):
    def assert_nothing_in_them(self):
        """In the lock, which the node opens first, and in the keys there are no log lines."""
        sizes = {"koppelperiode-": {os.stat(path).st_size for path in glob.glob(region.path(ORG, "sleutels", "koppelperiode-*"))},
                 "verzegelsleutel-": {72}}
        for folder, ending, size in (("gegevens", ".slot", 0), ("sleutels", ".key", 32)):
            for name in os.listdir(region.path(ORG, folder)):
                if name.endswith(ending):
                    of_kind = next((size for prefix, size in sizes.items() if name.startswith(prefix)), {size})
                    self.assertIn(os.stat(region.path(ORG, folder, name)).st_size, of_kind, name)

    def test_closed_standard_files_are_no_others(self):
        """Else the log lines would go into the first file that the node opens."""
        region.stop_one(ORG)
        self.addCleanup(region.start_one, ORG)
        self.addCleanup(region.stop_one, ORG)
        words = region.serve_words(ORG)
        at = words.index(region.path("ketenbrug"))
        node = subprocess.Popen(words[:at] + ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"] + words[at:])
        try:
            eventually("gereed", lambda: region.health_or_none(ORG) == 200)
            for _ in range(3):
                node.send_signal(1)
            with Peer(region, ORG) as peer:
                self.assertEqual(peer.consult(question()).status, 200)
            self.assertEqual(region.verify(ORG).returncode, 0)
            self.assert_nothing_in_them()
        finally:
            node.terminate()
            self.assertEqual(node.wait(LONG_WAIT), 0)
        self.assert_nothing_in_them()

    def test_nobody_takes_the_log_lines(self):
        region.stop_one(ORG)
        self.addCleanup(region.start_one, ORG)
        with open("/dev/full", "wb") as full:
            node = subprocess.Popen(region.serve_words(ORG), stderr=full)
        try:
            eventually("gereed", lambda: region.health_or_none(ORG) == 200)
            for _ in range(3):
                node.send_signal(1)
            self.assert_goes_on()
        finally:
            node.terminate()
            self.assertEqual(node.wait(LONG_WAIT), 0)

    def test_a_command_whose_answer_cannot_be_written_has_not_succeeded(self):
        words = as_owner([region.path("ketenbrug"), *consult_words(grondslag="wpo-8"), "--json", "--config",
                          region.path(ORG, "ketenbrug.ini"), "--bewijs", region.path(ORG, "bewijzen", "z.smit")])
        with open("/dev/full", "wb") as full:
            done = subprocess.run(words, input=f"{MILAN}\n", stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                                  cwd="/")
        self.assertEqual(done.returncode, 1)
        self.assertIn("uitvoer", done.stderr)


if __name__ == "__main__":
    unittest.main()
