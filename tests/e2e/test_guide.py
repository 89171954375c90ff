"""The administrator's guide, as it is printed: every command in it, one after another, and what must come of them."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from support import AS_ROOT, TOP, as_owner

GUIDE = os.path.join(TOP, "node", "beheer.md")


def commands():
    with open(GUIDE, encoding="utf-8") as file:
        return "\n".join(re.findall(r"```sh\n(.*?)```", file.read(), re.S))


class Guide(unittest.TestCase):
    def test_every_command_in_it_works(self):
        place = tempfile.mkdtemp(prefix="kb-gids.", dir="/tmp")
        self.addCleanup(shutil.rmtree, place, True)
        for path in ("build/release/ketenbrug", "tests/region/convenant.json"):
            os.makedirs(os.path.join(place, os.path.dirname(path)), exist_ok=True)
            source = os.environ["KETENBRUG"] if path.endswith("ketenbrug") else os.path.join(TOP, path)
            shutil.copy(source, os.path.join(place, path))
        # Other ports than those of a region that someone may be running.
        base = int(os.environ["REGION_PORT"])
        script = commands()
        for port in (17543, 17544, 17545, 17999):
            script = script.replace(str(port), str(base + 450 + min(port - 17543, 9)))
        if AS_ROOT:
            subprocess.run(["chown", "-R", "nobody:nogroup", place], check=True)
        # Into files: a node that the script leaves behind would hold a pipe open, and hide why it stopped.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            child = subprocess.Popen(as_owner(["bash", "-euo", "pipefail", "-c", "set -m\n" + script]), cwd=place,
                                     stdout=out, stderr=errors, start_new_session=True)
            try:
                child.wait(600)
            finally:
                subprocess.run(["pkill", "-KILL", "-s", str(child.pid)], check=False)
                stdout, stderr = (file.seek(0) or file.read() for file in (out, errors))
        self.assertEqual(child.returncode, 0, stdout + stderr)
        for wanted in ("proef: 2 nieuw, 0 gewijzigd, 0 ongewijzigd, 1 afgewezen", "4;bsn;nummer;",
                       "ingelezen: 2 nieuw, 0 gewijzigd, 0 ongewijzigd, 0 afgewezen", "gereed\n", "gereed: ja",
                       "leerlingen.csv: ingelezen: 0 nieuw, 0 gewijzigd, 2 ongewijzigd", "reservekopie gemaakt",
                       "reservekopie klopt", "hersteld: ", "Het logboek klopt", "ketenbrug_ready 1",
                       '"sleutel":"grenzen.verbindingen","was":"4096","wordt":"1000"', '"plaats":"ketenpartners.luister"',
                       "0 bezwaren, 0 opmerkingen", "wie mag wat", "Wie beslist:      uzelf", "gegeven avg-grond betrokkene",
                       "onderzoek     melding W-2026-001", "aanvaard.json: opgenomen", "van kracht met 1 ketenpartners", "hier luistert dit knooppunt", " 0 fout\n", "aanwezig", "niets te vernietigen",
                       "regel 1 wordt vastgehouden", "regel 1 wordt niet meer vastgehouden"):
            self.assertIn(wanted, stdout, stderr)


if __name__ == "__main__":
    unittest.main()
