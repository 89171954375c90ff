"""A large region: a covenant of the country's 340 municipalities, and a node with far more clients than the others.

Of 20,000 rows here; E2E_LARGE=1 makes it 1,500,000, which takes about six minutes more. What must not grow with the rows
is checked by counting bytes and turns, not by the clock."""
import json
import os
import subprocess
import unittest

from support import OIN, SAMIRA, TOP, Region, as_owner, eventually, program, run, strangers

ROWS = 1500000 if os.environ.get("E2E_LARGE") == "1" else 20000
LONG = 1200  # seconds for a command over all rows
# Caches of SQLite (read, write), a bit for each row, and what any node needs; not the mapped file, which is the kernel's.
MEMORY_KB = 300 * 1024
MUNICIPALITIES, LOCAL = 340, 3

os.makedirs(os.path.join(os.environ["E2E_DIR"], "land"), exist_ok=True)
COVENANT = os.path.join(os.environ["E2E_DIR"], "land", "convenant.json")
region = Region("large", REGION_COUNT=40, REGION_COVENANT=COVENANT)


def setUpModule():
    with open(os.path.join(TOP, "tests", "region", "convenant.json"), "rb") as sample, open(COVENANT, "wb") as country:
        subprocess.run([program("region-people"), "--covenant", str(MUNICIPALITIES), "--local", str(LOCAL)],
                       stdin=sample, stdout=country, check=True)
    os.chmod(COVENANT, 0o644)
    os.chmod(os.path.dirname(COVENANT), 0o755)
    region.start()


def status_kb(org, name):
    with open(f"/proc/{region.pid(org)}/status", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith(name)))


class ACountry(unittest.TestCase):
    def test_a_consult_asks_the_region_and_the_nationwide(self):
        since = region.mark("gebiedsteam")
        answers = region.consult([SAMIRA])[SAMIRA]
        self.assertEqual(set(answers), {OIN[org] for org in ("school", "cjg", "uwv", "schuldhulp")})
        self.assertEqual(answers[OIN["schuldhulp"]]["uitkomst"], "betrokken")
        records = region.records("gebiedsteam", since)
        self.assertEqual(len([r for r in records if r["handeling"] == "evaluatie-gevraagd"]), 4)
        self.assertEqual([r["ketenpartner"] for r in records if r["handeling"] == "raadpleging-gevraagd"],
                         [OIN["schuldhulp"]])

    def test_thirty_two_people_in_one_consult(self):
        people = [SAMIRA, *strangers(31)]
        answers = region.consult(people)
        self.assertEqual({len(partners) for partners in answers.values()}, {4})

    def test_check_status_and_reload(self):
        done = region.command("gebiedsteam", "-", "check")
        self.assertEqual(done.returncode, 0, done.stderr)
        partners = region.command_json("gebiedsteam", "-", "status")["ketenpartners"]
        self.assertEqual(len(partners), 4 + MUNICIPALITIES * LOCAL + 27 + 3)
        region.reload("gebiedsteam")
        self.assertEqual(len(region.consult([SAMIRA])[SAMIRA]), 4)


class ALargeNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = region.path("uwv", "groot")
        run(as_owner(["mkdir", "-p", "-m", "700", cls.folder]), check=True)
        cls.path = os.path.join(cls.folder, "uwv.csv")
        make = f'"$1" --bench --organisation uwv --people {ROWS * 12 + 1000} 2>/dev/null | head -n {ROWS + 1} >"$2"'
        generator = region.path(".hulp", "region-people")
        generator = generator if os.path.exists(generator) else program("region-people")
        run(as_owner(["sh", "-c", make, "sh", generator, cls.path]), check=True, timeout=LONG)
        cls.idle_kb = status_kb("uwv", "RssAnon")
        cls.first = cls.bring_in()

    @classmethod
    def ketenbrug(cls, *words, stdin=""):
        return run(as_owner([region.path("ketenbrug"), *words, "--config", region.path("uwv", "ketenbrug.ini")]),
                   stdin, timeout=LONG)

    @classmethod
    def bring_in(cls, *options):
        done = cls.ketenbrug("import", "--adapter", "csv", "--bron", "groot", "--json", *options, cls.path)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def client(self, line=-1):
        return run(as_owner(["sed", "-n", f"{ROWS + 1 if line < 0 else line}p", self.path]), check=True).stdout.split(";")[0]

    def test_1_all_rows_came_and_memory_stayed(self):
        self.assertEqual((self.first["nieuw"], self.first["afgewezen"]), (ROWS, 0))
        self.assertLess(status_kb("uwv", "RssAnon"), MEMORY_KB)
        again = self.bring_in()
        self.assertEqual((again["nieuw"], again["gewijzigd"], again["ongewijzigd"]), (0, 0, ROWS))
        self.assertLess(status_kb("uwv", "RssAnon"), MEMORY_KB)

    def test_2_first_and_last_are_found_and_released(self):
        for line in (2, -1):
            person = self.client(line)
            shown = region.command_json("uwv", "p.mulder", "subject", "show", stdin=person + "\n")
            self.assertTrue(shown["betrokkenheden"])
            self.assertEqual(set(region.consult([person])[person]), {OIN[o] for o in
                                                                    ("school", "cjg", "uwv", "schuldhulp")})

    def test_3_reload_metrics_and_users(self):
        region.reload("uwv")
        self.assertEqual(region.health("uwv"), 200)
        self.assertEqual(region.health("uwv", "/metrics"), 200)
        self.assertEqual(region.command("uwv", "-", "user", "list").returncode, 0)

    def test_4_a_full_export_ends_the_half_and_others_are_answered_meanwhile(self):
        half = os.path.join(self.folder, "half.csv")
        run(as_owner(["sh", "-c", f'head -n {ROWS // 2 + 1} "$1" >"$2"', "sh", self.path, half]), check=True)
        words = as_owner([region.path("ketenbrug"), "import", "--adapter", "csv", "--bron", "groot", "--json",
                          "--volledig", "--veel-beeindigen", half, "--config", region.path("uwv", "ketenbrug.ini")])
        child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        answered = 0
        while child.poll() is None:
            self.assertEqual(region.consult([SAMIRA])[SAMIRA][OIN["uwv"]]["uitkomst"], "geen-betrokkenheid-gedeeld")
            answered += 1
        out, errors = child.communicate()
        self.assertEqual(child.returncode, 0, errors)
        counts = json.loads(out)
        self.assertEqual(counts["ongewijzigd"], ROWS // 2)
        # One in ten had ended before.
        self.assertGreater(counts["beeindigd"], ROWS // 2 * 8 // 10)
        self.assertLess(counts["beeindigd"], ROWS // 2)
        self.assertGreater(answered, 0)
        self.assertLess(status_kb("uwv", "RssAnon"), MEMORY_KB)
        ended = self.client()
        self.assertEqual(region.consult([ended])[ended][OIN["uwv"]]["uitkomst"], "geen-betrokkenheid-gedeeld")

    def test_5_backup_restore_and_verify(self):
        copy = os.path.join(self.folder, "kopie")
        done = self.ketenbrug("backup", copy)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.ketenbrug("backup", copy, "--controleer").returncode, 0)
        done = self.ketenbrug("audit", "verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        region.stop_one("uwv")
        run(as_owner(["sh", "-c", 'rm -f "$1"/knooppunt.db*', "sh", region.path("uwv", "gegevens")]), check=True)
        done = self.ketenbrug("restore", copy)
        self.assertEqual(done.returncode, 0, done.stderr)
        region.start_one("uwv")
        eventually("gereed", lambda: region.health_or_none("uwv") == 200)
        person = self.client(2)
        self.assertTrue(region.command_json("uwv", "p.mulder", "subject", "show", stdin=person + "\n")["betrokkenheden"])


if __name__ == "__main__":
    unittest.main()
