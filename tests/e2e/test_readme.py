"""The lines of README.md's section on the log, as they are printed: a partner proves that a log was changed."""
import os
import re
import subprocess
import unittest

from support import FAMILY, TOP, Region, eventually

region = Region("readme")


def setUpModule():
    region.start()


class TheLog(unittest.TestCase):
    def test_three_commands_prove_a_rewrite(self):
        with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
            section = re.search(r"^## The log\n(.*?)^## ", file.read(), re.S | re.M).group(1)
        lines = re.search(r"```sh\n(.*?)```", section, re.S).group(1).splitlines()
        self.assertEqual(len(lines), 4)
        self.assertTrue(lines[0].startswith("D="))
        region.consult(FAMILY)
        eventually("medeondertekend, met wat net is vastgelegd",
                   lambda: (now := region.command_json("schuldhulp", "-", "status")) and (log := now["controlepunten"])
                   and log["medeondertekend"] >= log["nodig"] > 0 and log["regels"] >= now["logboekRegels"], 20)

        def line(number):
            return subprocess.run(["sh", "-c", f"D={region.dir}\n{lines[number]}"], cwd=TOP, capture_output=True, text=True,
                                  timeout=60)
        before = line(1)
        self.assertEqual(before.returncode, 0, before.stdout + before.stderr)
        changed = line(2)
        self.assertEqual((changed.returncode, changed.stderr), (0, ""))
        after = line(3)
        self.assertEqual(after.returncode, 1, after.stdout + after.stderr)
        self.assertIn("een andere dan die waarvoor de partner tekende", after.stdout + after.stderr)


if __name__ == "__main__":
    unittest.main()
