"""region.sh with other organisations than the five: those that are asked for start, and the covenant names them alone."""
import json
import os
import unittest

from support import SCRIPT, program, run

ORGANISATIONS = ("gebiedsteam", "opvang", "verhuurder")
OINS = ["00000099000000001000", "00000099000000008000", "00000099000000012000"]


class OtherOrganisations(unittest.TestCase):
    def setUp(self):
        self.dir = os.path.join(os.environ["E2E_DIR"], "anderen")
        self.addCleanup(self.script, "stop")

    def script(self, verb, *rest, **environment):
        return run(["sh", SCRIPT, verb, self.dir, *rest], env=environment)

    def running(self, org):
        """The file with its number may outlive the node."""
        try:
            with open(os.path.join(self.dir, org, "pid"), encoding="ascii") as file, \
                    open(f"/proc/{int(file.read())}/cmdline", encoding="utf-8") as words:
                return os.path.join(self.dir, org, "ketenbrug.ini") in words.read().split("\0")
        except OSError:  # ended, also while it is looked at
            return False

    def test_they_start_and_stop_with_a_covenant_of_their_own(self):
        done = self.script("start", REGION_ORGANISATIONS=" ".join(ORGANISATIONS), REGION_COUNT="40")
        self.assertEqual(done.returncode, 0, done.stderr)
        for org in ORGANISATIONS:
            self.assertTrue(self.running(org), org)
            path = os.path.join(self.dir, org, "convenant.json")
            with open(path, encoding="utf-8") as file:
                covenant = json.load(file)
            self.assertEqual([party["oin"] for party in covenant["partijen"]], OINS)
            self.assertEqual(covenant["getuigen"], OINS[:1])  # of the sample's witnesses one is here
            # Kinds without a party are remarks; a rule between kinds that are here still holds.
            self.assertEqual(run([program("ketenbrug"), "covenant", "lint", path]).returncode, 0)
        # What is not named anew is remembered.
        self.assertEqual(self.script("as", "verhuurder", "-", "status").returncode, 0)
        self.script("stop")
        self.assertFalse(any(self.running(org) for org in ORGANISATIONS))


if __name__ == "__main__":
    unittest.main()
