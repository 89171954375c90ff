"""suite.py itself: nothing is lost of a file that fails, dies, hangs or does not load, and nothing of it stays behind; and what
of its means has gone wrong."""
import datetime
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import dossier
import moved_clock
import proxy
from support import HERE, TOP, eventually

BASE = 20000  # nobody listens there
FILES = {
    "good": "class T(unittest.TestCase):\n    def test_a(self):\n        pass\n    def test_b(self):\n        pass\n",
    "bad": "class T(unittest.TestCase):\n    def test_a(self):\n        for i in range(3):\n            with self.subTest(i=i):\n"
           "                self.assertEqual(i, 1)\n    def test_b(self):\n        pass\n",
    "dies": "class T(unittest.TestCase):\n    def test_a(self):\n        pass\n    def test_b(self):\n        os._exit(0)\n"
            "    def test_c(self):\n        pass\n",
    "hangs": "class T(unittest.TestCase):\n    def test_a(self):\n        threading.Event().wait()\n",
    "does_not_load": "import er_is_geen_module\n",
    "has_no_region": "def setUpModule():\n    raise OSError('geen')\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n"
                     "    def test_b(self):\n        pass\n",
    "cannot_tidy": "class T(unittest.TestCase):\n    @classmethod\n    def tearDownClass(cls):\n        raise OSError('stuk')\n"
                   "    def test_a(self):\n        pass\n",
    "leaves_a_process": "class T(unittest.TestCase):\n    def test_a(self):\n        child = subprocess.Popen(['sleep', '600'])\n"
                        "        print('achtergelaten', child.pid)\n",
    "fails_much": "class T(unittest.TestCase):\n    def test_a(self):\n        for i in range(60):\n"
                  "            with self.subTest(i=i):\n                self.fail(str(i) + 'x' * 3000)\n",
    "shares_nothing": "class T(unittest.TestCase):\n    def test_a(self):\n        print('plaats', os.environ['REGION_PORT'], "
                      "os.listdir(os.environ['E2E_DIR']))\n",
}

# What stages of tests/run.sh say, each ending with 1 but the first.
STAGES = {
    "good": "100% tests passed, 0 tests failed out of 5\n",
    "units": "[  FAILED  ] test_shape\n60% tests passed, 2 tests failed out of 5\n\nThe following tests FAILED:\n"
             "\t  7 - store_test_log (Failed)\n\t 12 - http_test_h2 (Timeout)\nErrors while running CTest\n",
    "ends": "==== test_x: 3 tests\nAssertionError: 1 != 2\n\n  1.0 s  test_x\ngefaald: test_x.T.test_a\n"
            "    AssertionError: 1 != 2\nstage-counts 2 1\n",
    "fuzz": "fuzz_json: a finding\n 00 01\nfuzz_h2: 12 runs\nstage-counts 0 1\n",
    "lints": "".join(f"line {n}\n" for n in range(20)),
}
STAGES_SCRIPT = """
logs=$1; only=
. tests/stages.sh
good() { cat "$logs/good.said"; }
units() { cat "$logs/units.said"; false; }
ends() { cat "$logs/ends.said"; false; }
fuzz() { cat "$logs/fuzz.said"; false; }
lints() { cat "$logs/lints.said"; false; }
for one in good units ends fuzz lints; do stage $one $one; done
finish
"""


class Suite(unittest.TestCase):
    def run_suite(self, files, *patterns, **environment):
        """(its exit code, passed, failed, what it printed)"""
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as place:
            for name in files:
                with open(os.path.join(folder, f"test_{name}.py"), "w", encoding="utf-8") as file:
                    file.write("import os\nimport subprocess\nimport threading\nimport unittest\n\n\n" + FILES[name])
            done = subprocess.run([sys.executable, os.path.join(HERE, "suite.py"), *patterns], cwd=folder, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                                  env={**os.environ, "E2E_SUITE": folder, "E2E_DIR": place, "REGION_PORT": str(BASE),
                                       **environment})
        last = done.stdout.splitlines()[-1]
        self.assertRegex(last, r"^stage-counts \d+ \d+$", done.stdout)
        return (done.returncode, *map(int, last.split()[1:]), done.stdout)

    def test_each_way_to_fail_counts(self):
        for name, counts, word in (("good", (2, 0), "OK"), ("bad", (1, 1), "AssertionError"), ("dies", (0, 3), "0 van 3"),
                                   ("does_not_load", (0, 1), "er_is_geen_module"),
                                   ("has_no_region", (0, 3), "0 van 2"), ("cannot_tidy", (1, 1), "stuk")):
            with self.subTest(name):
                code, *got, said = self.run_suite([name])
                self.assertEqual((tuple(got), code), (counts, int(counts[1] != 0)), said)
                self.assertIn(word, said)

    def test_what_failed_is_told_last(self):
        said = self.run_suite(["bad", "dies", "cannot_tidy", "leaves_a_process"], E2E_JOBS="1")[-1]
        end = said[said.rindex(" s  test_"):]
        names = re.findall(r"^gefaald: (\S+)", end, re.M)
        self.assertEqual(sorted(names), ["tearDownClass", "test_bad.T.test_a", "test_bad.T.test_a", "test_dies",
                                         "test_leaves_a_process"], end)
        for words in ("    AssertionError: 0 != 1", "    AssertionError: 2 != 1", "0 van 3 tests", "    OSError: stuk",
                      "liet 1 processen achter"):
            self.assertIn(words, end)

    def test_what_is_told_last_is_bounded(self):
        said = self.run_suite(["fails_much"])[-1]
        end = said[said.rindex(" s  test_"):].splitlines()
        self.assertEqual(len([line for line in end if line.startswith("gefaald: ")]), 12)
        self.assertIn("gefaald, ook:", end)
        self.assertIn("    (60 in al)", end)
        self.assertLess(len(end), 12 * 13 + 45)
        self.assertLess(max(map(len, end)), 260)

    def test_stages_end_with_what_failed_a_table_and_a_count(self):
        """The closing part of tests/run.sh, by stages that only say something."""
        with tempfile.TemporaryDirectory() as logs:
            for name, text in STAGES.items():
                with open(os.path.join(logs, f"{name}.said"), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run(["sh", "-uc", STAGES_SCRIPT, "sh", logs], cwd=TOP, text=True, timeout=300,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 1, done.stdout)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], "10 passed, 8 failed")
        faults, stages = lines.index("---- what failed ----"), lines.index("---- stages ----")
        table = lines[stages + 1:-1]
        self.assertEqual([line.split()[:2] for line in table], [["good", "ok"], ["units", "FAILED"], ["ends", "FAILED"],
                                                               ["fuzz", "FAILED"], ["lints", "FAILED"]])
        self.assertEqual(lines[faults + 1:stages - 1], [
            "==== units:", "[  FAILED  ] test_shape", "ctest 7 - store_test_log (Failed)", "ctest 12 - http_test_h2 (Timeout)",
            "==== ends:", "gefaald: test_x.T.test_a", "    AssertionError: 1 != 2",
            "==== fuzz:", "fuzz_json: a finding",
            "==== lints:", *(f"line {n}" for n in range(8, 20))])

    def test_what_hangs_is_ended_and_tells_where(self):
        code, passed, failed, said = self.run_suite(["hangs", "good"], E2E_BOUND_S="30")
        self.assertEqual((code, passed, failed), (1, 2, 1), said)
        self.assertIn("was na 30 s niet klaar", said)
        self.assertIn("threading.Event().wait()", said)

    def test_together_each_has_a_place_and_is_told_whole(self):
        wanted = ["good", "bad", "dies", "shares_nothing"]
        code, passed, failed, said = self.run_suite(wanted, E2E_JOBS="2")
        self.assertEqual((code, passed, failed), (1, 4, 4), said)
        self.assertEqual(sorted(re.findall(r"^==== test_(\w+):", said, re.M)), sorted(wanted))
        port, held = re.search(r"plaats (\d+) (.*)", said).groups()
        self.assertIn(int(port), (BASE, BASE + 1300))
        self.assertEqual(held, "[]")

    def test_a_pattern_chooses_and_nothing_chosen_is_no_success(self):
        code, passed, failed, said = self.run_suite(["good", "dies"], "test_good.T.test_b")
        self.assertEqual((code, passed, failed), (0, 1, 0), said)
        self.assertNotIn("test_dies", said)
        code, passed, failed, said = self.run_suite(["good"], "bestaat_niet")
        self.assertEqual((code, passed, failed), (1, 0, 0), said)

    def test_what_is_left_running_is_ended(self):
        code, passed, failed, said = self.run_suite(["leaves_a_process"])
        self.assertEqual((code, passed, failed), (1, 1, 1), said)
        self.assertIn("liet 1 processen achter", said)
        pid = re.search(r"achtergelaten (\d+)", said).group(1)
        eventually("het is weg", lambda: gone(pid))


class WhoCalls(unittest.TestCase):
    def test_two_connections_from_one_port_are_told_apart(self):
        """The kernel gives the port of one connection to another, when that goes elsewhere."""
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other, \
                socket.socket() as to_one, socket.socket() as to_other:
            port = 0
            for client, server in ((to_one, one), (to_other, other)):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                client.bind(("127.0.0.1", port))
                client.connect(server.getsockname())
                port = client.getsockname()[1]
            ways = (proxy.inode_of, proxy.inode_in_table, *([proxy.inode_by_kernel] if proxy.kernel_tells() else []))
            for look in ways:
                self.assertIsNone(look(port, port))
                for client, server in ((to_one, one), (to_other, other)):
                    self.assertEqual(look(port, server.getsockname()[1]), os.fstat(client.fileno()).st_ino)


class Days(unittest.TestCase):
    def test_who_turns_an_age_on_29_february(self):
        """Born in a year without one: who is that old already is so on the 28th too, who is not yet never on the 29th."""
        day = datetime.date(2028, 2, 29)
        for years, days, born in ((18, 0, (2010, 2, 28)), (18, 1, (2010, 3, 1)), (12, 0, (2016, 2, 29)), (12, 1, (2016, 2, 29))):
            self.assertEqual(dossier.birth(day, years, days), datetime.date(*born))

    def test_working_days(self):
        """Easter as the calendar has it, of years far apart."""
        for year, month, day in ((2024, 3, 31), (2027, 3, 28), (2028, 4, 16), (2038, 4, 25), (2076, 4, 19)):
            self.assertEqual(moved_clock.easter(year), datetime.date(year, month, day))
        free = [datetime.date(2027, *d) for d in ((1, 1), (3, 26), (3, 29), (4, 27), (5, 5), (5, 6), (5, 17), (11, 27))]
        self.assertFalse([day for day in free if moved_clock.works(day)])
        self.assertTrue(moved_clock.works(datetime.date(2027, 4, 26)))


def gone(pid):
    """It ended, whether or not somebody reaped it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # also while it is looked at
        return True


if __name__ == "__main__":
    unittest.main()
