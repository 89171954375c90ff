"""The VOPRF of private matching (RFC 9497) against an implementation by others, @noble/curves: each evaluates what the
other blinds."""
import os
import subprocess
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
HELPER = os.path.join(os.path.dirname(os.environ["REGION_PEOPLE"]), "voprf-lines")


class Voprf(unittest.TestCase):
    def test_noble_curves_both_ways(self):
        subprocess.run(["sh", os.path.join(HERE, "lint.sh")], check=True, timeout=600)  # installs what is not there
        done = subprocess.run(["node", os.path.join(HERE, "voprf.mjs"), HELPER], capture_output=True, text=True,
                              timeout=600, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "15 batches both ways\n"), done.stderr)
