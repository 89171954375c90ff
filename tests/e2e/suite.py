"""Runs every test_*.py beside it, tells the slowest, and counts."""
import os
import sys
import time
import unittest

import described


class Result(unittest.TextTestResult):
    def __init__(self, *args):
        super().__init__(*args)
        self.seconds = []

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        faults = described.take_faults()
        if faults:
            wrong = AssertionError("niet zoals beschreven:\n  " + "\n  ".join(faults[:12]))
            self.addFailure(test, (AssertionError, wrong, None))
        self.seconds.append((time.monotonic() - self.began, test.id()))


def main():
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]]
    tests = loader.discover(".")
    if not sys.argv[1:] and "E2E_SUITE" not in os.environ:
        tests.addTest(loader.loadTestsFromTestCase(described.TheWholeSuite))
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(tests)
    sys.stdout.flush()
    for seconds, name in sorted(result.seconds, reverse=True)[:8]:
        print(f"{seconds:6.1f} s  {name}")
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    passed = result.testsRun - failed - len(result.skipped)
    print(f"stage-counts {max(passed, 0)} {failed}")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
