"""Runs every test_*.py beside it, each in a process of its own and E2E_JOBS of them side by side; tells the slowest, and
counts. Each place has its own ports and folder, so that files share nothing."""
import ctypes
import glob
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import unittest

import described

HERE = os.path.dirname(os.path.abspath(__file__))
PORTS, PORTS_END = 1300, 32768  # of one place; from there on the kernel gives ports to whoever connects
TOLD, LINES, WIDTH = 12, 12, 240  # of what failed: how many are told at the end, with so many lines of so many characters
LONG = "1" in (os.environ.get("E2E_LONG"), os.environ.get("E2E_LARGE"))
BOUND_S = int(os.environ.get("E2E_BOUND_S", "14400" if LONG else "1800"))  # of one file
END_S = 20  # to let go of what it holds, after that
# Which take longest; they begin first.
FIRST = ("test_bad_partners", "test_cooperation", "test_witness", "test_cases", "test_matching_epochs", "test_fault_disk", "test_tasks",
         "test_fault_start", "test_covenant", "test_consent", "test_floods", "test_task_terms", "test_fault_kill", "test_check",
         "test_signals", "test_witness_week", "test_storm", "test_reload", "test_import", "test_fault_partners", "test_large")


class Result(unittest.TextTestResult):
    def __init__(self, *args):
        super().__init__(*args)
        self.seconds = []
        self.good = self.inside = 0

    def faults(self):
        return len(self.failures) + len(self.errors) + len(self.unexpectedSuccesses)

    def startTest(self, test):
        super().startTest(test)
        self.began, self.before = time.monotonic(), (self.faults(), len(self.skipped))

    def stopTest(self, test):
        super().stopTest(test)
        faults = described.take_faults()
        if faults:
            wrong = AssertionError("niet zoals beschreven:\n  " + "\n  ".join(faults[:12]))
            self.addFailure(test, (AssertionError, wrong, None))
        self.good += self.before == (self.faults(), len(self.skipped))
        self.inside += self.faults() - self.before[0]
        self.seconds.append((time.monotonic() - self.began, test.id()))

    def told(self):
        """What of it counts: tests, those that went well or were skipped, and faults before, between or after tests."""
        bad = [(test.id(), text) for test, text in self.failures + self.errors]
        bad += [(test.id(), "ging goed, en hoort te falen") for test in self.unexpectedSuccesses]
        return {"ran": self.testsRun, "good": self.good, "skipped": len(self.skipped), "outside": self.faults() - self.inside,
                "seconds": self.seconds, "bad": bad}


def tests_of(name, patterns):
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns] or None
    return loader.discover(".", f"{name}.py")


def run(tests):
    return unittest.TextTestRunner(verbosity=2, resultclass=Result).run(tests).told()


# ---- the process of one file ----

def child(path, name, *patterns):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that started all in the background had it ignored
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it does not outlive who waits for it
    told = run(tests_of(name, patterns))
    told["seen"] = {one.name: sorted(one.seen) for one in (described.PEER, described.DESK)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(told, file)


# ---- who hands them out ----

def of_session(leader):
    """All that a child started and that did not begin a session of its own; not who ended and waits to be reaped."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                state, _, _, session = file.read().rpartition(")")[2].split()[:4]
                if state != "Z" and int(session) == leader:
                    yield int(path.split("/")[2])
        except OSError:
            pass


def end_session(leader):
    """How many were left of it."""
    left = list(of_session(leader))
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(left)


class Suite:
    def __init__(self, patterns):
        self.patterns = patterns
        names = sorted(os.path.basename(path)[:-3] for path in glob.glob("test_*.py"))
        counts = {name: tests_of(name, patterns).countTestCases() for name in names}
        self.counts = {name: count for name, count in counts.items() if count != 0}
        self.todo = queue.SimpleQueue()
        for name in sorted(self.counts, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name)):
            self.todo.put(name)
        self.lock = threading.Lock()
        self.children = set()
        self.stopping = False
        self.passed = self.failed = 0
        self.seconds, self.files, self.bad = [], [], []

    def jobs(self):
        fit = (PORTS_END - int(os.environ["REGION_PORT"])) // PORTS
        wanted = int(os.environ.get("E2E_JOBS") or min(len(os.sched_getaffinity(0)), 4, fit))
        if not 1 <= wanted <= fit:
            raise SystemExit(f"e2e: vanaf REGION_PORT passen 1 tot {fit} keer {PORTS} poorten onder {PORTS_END}, geen {wanted}")
        return min(wanted, max(1, len(self.counts)))

    def run(self):
        places = [threading.Thread(target=self.work, args=(i,)) for i in range(self.jobs())]
        try:
            for place in places:
                place.start()
            for place in places:
                place.join()
        finally:  # it was interrupted
            with self.lock:
                self.stopping = True
                for process in self.children:
                    process.kill()
            for place in places:
                if place.ident is not None:
                    place.join()

    def work(self, place):
        folder = os.path.join(os.environ["E2E_DIR"], str(place))
        environment = {**os.environ, "E2E_DIR": folder,
                       "REGION_PORT": str(int(os.environ["REGION_PORT"]) + PORTS * place)}
        while not self.stopping:
            try:
                name = self.todo.get_nowait()
            except queue.Empty:
                return
            os.mkdir(folder)
            os.chmod(folder, 0o755)
            try:
                self.one(name, folder, environment)
            finally:
                subprocess.run(["sh", os.path.join(HERE, "clean.sh"), folder], check=False)

    def one(self, name, folder, environment):
        """One file; what it said is shown at once when it is all there is, else whole at its end."""
        outcome, said = folder + ".uitkomst", folder + ".uitvoer"
        with open(said, "w+", encoding="utf-8", errors="replace") as output:
            began = time.monotonic()
            with self.lock:
                if self.stopping:
                    return
                process = subprocess.Popen(
                    [sys.executable, os.path.join(HERE, "suite.py"), "--child", outcome, name, *self.patterns],
                    env=environment, stdin=subprocess.DEVNULL, stdout=None if len(self.counts) == 1 else output,
                    stderr=subprocess.STDOUT, start_new_session=True)
                self.children.add(process)
            ended = self.wait(process)
            left = end_session(process.pid)
            with self.lock:
                self.children.remove(process)
            output.seek(0)
            self.took(name, time.monotonic() - began, output.read(), ended, left, outcome)

    def wait(self, process):
        """How it ended, when not as it should."""
        try:
            code = process.wait(BOUND_S)
            return None if code == 0 else f"eindigde met {code}"
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # tells where it was
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return f"was na {BOUND_S} s niet klaar"

    def took(self, name, seconds, said, ended, left, outcome):
        told = {"ran": 0, "good": 0, "skipped": 0, "outside": 0, "seconds": [], "seen": {}, "bad": []}
        if ended is None and not os.path.exists(outcome):
            ended = "eindigde zonder uitkomst"
        if ended is None:
            with open(outcome, encoding="utf-8") as file:
                told = json.load(file)
            os.unlink(outcome)
        count = self.counts[name]
        with self.lock:
            print(f"\n==== {name}: {count} tests, {seconds:.0f} s\n{said}", end="")
            self.bad += told["bad"]
            if left:
                self.wrong(name, f"liet {left} processen achter", "")
            if ended is not None or told["ran"] != count:
                self.wrong(name, f"{ended or 'heeft niet alles gedaan'}: {told['ran']} van {count} tests",
                           said if ended is not None else "")
            sys.stdout.flush()
            self.passed += told["good"]
            # Who did not run has failed, and so has who leaves something running.
            self.failed += count - told["good"] - told["skipped"] + told["outside"] + (left != 0 and ended is None)
            self.seconds += told["seconds"]
            self.files.append((seconds, name))
            for one in (described.PEER, described.DESK):
                one.seen.update(map(tuple, told["seen"].get(one.name, ())))

    def wrong(self, name, what, said):
        print(f"{name} {what}")
        self.bad.append((f"{name} {what}", said))

    @staticmethod
    def gist(text):
        """Of a traceback the last three places and what went wrong there; of other text the end."""
        lines = [line for line in text.splitlines() if line.strip()]
        places = [i for i, line in enumerate(lines) if line.startswith('  File "')]
        return lines[places[-3:][0]:][:LINES] if places else lines[-LINES:]

    def whole(self):
        """What can be said of all of it alone."""
        sys.stdout.flush()
        told = run(unittest.TestLoader().loadTestsFromTestCase(described.TheWholeSuite))
        self.passed += told["good"]
        self.failed += told["ran"] - told["good"] + told["outside"]
        self.bad += told["bad"]

    def tell(self):
        """What failed comes last, for who reads the end of it alone."""
        print()
        for name in sorted(set(self.counts) - {name for _, name in self.files}):
            self.wrong(name, "is niet gedaan", "")
            self.failed += self.counts[name]
        for what in (self.files, self.seconds):
            for seconds, name in sorted(what, reverse=True)[:8]:
                print(f"{seconds:6.1f} s  {name}")
        for name, text in self.bad[:TOLD]:
            print(f"gefaald: {name}")
            for line in self.gist(text):
                print("    " + line[:WIDTH])
        if len(self.bad) > TOLD:
            print("gefaald, ook:", *(name for name, _ in self.bad[TOLD:4 * TOLD]), f"({len(self.bad)} in al)", sep="\n    ")
        print(f"stage-counts {self.passed} {self.failed}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    suite = Suite(sys.argv[1:])
    suite.run()
    if not sys.argv[1:] and "E2E_SUITE" not in os.environ:
        suite.whole()
    suite.tell()
    return 0 if suite.failed == 0 and suite.passed > 0 else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        sys.path.insert(0, os.getcwd())
        child(*sys.argv[2:])
    else:
        sys.exit(main())
