"""A copy while the node serves and is written to, checked and put back; what is wrong with a copy is said, and nothing
is touched."""
import json
import os
import subprocess
import threading
import unittest

from support import FAMILY, REASON, Region, as_owner, eventually, run

region = Region("backup", REGION_COUNT=60, REGION_ANSWER_MS=30000)
ORG = "schuldhulp"


def setUpModule():
    region.start()


def owner(*words, check=True):
    return run(as_owner(list(words)), check=check)


def other_byte(path, at, bits):
    """A shell's words that change these bits there, whatever it is."""
    old = int(owner("od", "-An", "-tu1", f"-j{at}", "-N1", path).stdout)
    return f"printf '\\{old ^ bits:03o}' | dd of={path} bs=1 seek={at} conv=notrunc status=none"


def outcomes(answer):
    return {bsn: entries["00000099000000005000"]["uitkomst"] for bsn, entries in answer.items()}


class Backup(unittest.TestCase):
    def setUp(self):
        self.copies = region.path(ORG, f"kopieen-{self.id().rsplit('.', 1)[1]}")
        owner("mkdir", "-m", "700", self.copies)
        self.copy = os.path.join(self.copies, "een")

    def made(self, *options):
        done = region.command(ORG, "-", "backup", self.copy, *options)
        self.assertEqual(done.returncode, 0, done.stderr)

    def check(self):
        return region.command(ORG, "-", "backup", self.copy, "--controleer")

    def test_made_under_load_it_holds_all_that_was_answered_before(self):
        stop = threading.Event()
        def ask():
            while not stop.is_set():
                region.consult(FAMILY)
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            before = region.command_json(ORG, "-", "status")["logboekRegels"]
            self.made()
        finally:
            stop.set()
            asking.join()
        self.assertEqual(self.check().returncode, 0)
        manifest = json.loads(owner("cat", os.path.join(self.copy, "inhoud.json")).stdout)
        self.assertGreaterEqual(manifest["logboekRegels"], before)
        said = [r["reden"] for r in region.records(ORG) if r["handeling"] == "reservekopie-gemaakt"]
        self.assertIn(manifest["logboekWortel"], said[-1])
        self.assertTrue(region.command_json(ORG, "-", "status")["laatsteReservekopie"])
        modes = owner("stat", "-c", "%a", self.copy, os.path.join(self.copy, "knooppunt.db")).stdout.split()
        self.assertEqual(modes, ["700", "600"])

    def test_put_back_the_node_answers_the_same_and_says_that_it_was_restored(self):
        before = outcomes(region.consult(FAMILY))
        self.made()
        manifest = json.loads(owner("cat", os.path.join(self.copy, "inhoud.json")).stdout)
        region.stop_one(ORG)
        data = region.path(ORG, "gegevens")
        try:
            refused = region.command(ORG, "-", "restore", self.copy)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("al gegevens", refused.stderr)
            owner("mv", data, data + ".oud")
            done = region.command(ORG, "-", "restore", self.copy)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(owner("ls", "-A", data).stdout.split(), ["knooppunt.db"])
        finally:
            region.start_one(ORG)
        self.assertEqual(outcomes(region.consult(FAMILY)), before)
        self.assertEqual(region.verify(ORG).returncode, 0)
        record = region.record_of(ORG, 0, handeling="reservekopie-hersteld")
        self.assertEqual(record["volgnummer"], manifest["logboekRegels"])
        self.assertIn(f"{manifest['logboekRegels']} regels", record["reden"])

    def test_it_holds_no_keys_and_nothing_readable_about_people(self):
        keys = region.path(ORG, "sleutels")
        # Seeds of private matching and keys to what partners sealed stay behind: what is destroyed comes back from no copy.
        stays = ("koppelperiode-", "verzegelsleutel-")
        for prefix in stays:  # some time after its start a node has them
            eventually(prefix, lambda p=prefix: p in owner("ls", "-A", keys).stdout)
        self.made("--sleutels", os.path.join(region.path(ORG), "sleutelkopie"))
        self.assertEqual(sorted(owner("ls", "-A", self.copy).stdout.split()), ["inhoud.json", "knooppunt.db"])
        bytes_of = subprocess.run(as_owner(["cat", os.path.join(self.copy, "knooppunt.db")]), capture_output=True,
                                  check=True).stdout
        for secret in (*FAMILY, "Verhoeven", "Samira", REASON):
            self.assertNotIn(secret.encode(), bytes_of)
        copied = os.path.join(region.path(ORG), "sleutelkopie")
        for prefix in stays:
            self.assertNotIn(prefix, owner("ls", "-A", copied).stdout)
        same = subprocess.run(as_owner(["diff", "-r", *(f"--exclude={prefix}*" for prefix in stays), keys, copied]))
        self.assertEqual(same.returncode, 0)
        for inside in (self.copy + "2", self.copy + "2/sleutels"):
            refused = region.command(ORG, "-", "backup", self.copy + "2", "--sleutels", inside)
            self.assertEqual(refused.returncode, 2)
        beside = region.command(ORG, "-", "backup", self.copy + "2", "--sleutels", self.copy + "2-sleutels")
        self.assertEqual(beside.returncode, 0, beside.stderr)

    def test_a_damaged_copy_is_refused_and_nothing_is_written(self):
        self.made()
        file = os.path.join(self.copy, "knooppunt.db")
        owner("cp", file, file + ".goed")
        size = int(owner("stat", "-c", "%s", file).stdout)
        damages = {
            "a bit": other_byte(file, size // 2, 1),
            "the last byte": other_byte(file, size - 1, 255),
            "cut off": f"truncate -s {size // 2} {file}",
            "empty": f"truncate -s 0 {file}",
            "a byte more": f"printf x >>{file}",
            "gone": f"rm {file}",
        }
        fresh = region.path(ORG, "fris.ini")
        text = owner("cat", region.path(ORG, "ketenbrug.ini")).stdout.replace("map = gegevens", "map = fris")
        subprocess.run(as_owner(["sh", "-c", 'cat >"$1"', "sh", fresh]), input=text, text=True, check=True)
        for name, damage in damages.items():
            with self.subTest(name):
                owner("sh", "-c", damage)
                self.assertEqual(self.check().returncode, 1)
                done = run(as_owner([region.path("ketenbrug"), "restore", self.copy, "--config", fresh]))
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertNotEqual(owner("test", "-e", region.path(ORG, "fris"), check=False).returncode, 0)
                owner("cp", file + ".goed", file)
        manifest = os.path.join(self.copy, "inhoud.json")
        for old, new, said in (('"vorm":1', '"vorm":2', "nieuwer programma"), ('"vorm":1', '"vorm":"1"', "/vorm"),
                               ('"logboekRegels":', '"logboekRegels":1', "logboek")):
            with self.subTest(new):
                owner("cp", manifest, manifest + ".goed")
                owner("sed", "-i", f"s/{old}/{new}/", manifest)
                done = self.check()
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)
                owner("mv", manifest + ".goed", manifest)
        self.assertEqual(self.check().returncode, 0)

    def test_with_another_nodes_keys_nothing_is_restored(self):
        self.made()
        text = owner("cat", region.path(ORG, "ketenbrug.ini")).stdout.replace("map = gegevens", "map = ander") \
            .replace("sleutels = sleutels", "sleutels = ../uwv/sleutels")
        other = region.path(ORG, "ander.ini")
        subprocess.run(as_owner(["sh", "-c", 'cat >"$1"', "sh", other]), input=text, text=True, check=True)
        done = run(as_owner([region.path("ketenbrug"), "restore", self.copy, "--config", other]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("sleutel", done.stderr)
        self.assertEqual(owner("ls", "-A", region.path(ORG, "ander")).stdout, "")

    def test_a_copy_is_never_made_over_another(self):
        self.made()
        self.assertEqual(region.command(ORG, "-", "backup", self.copy).returncode, 1)
        self.assertEqual(self.check().returncode, 0)

    def test_a_copy_that_fails_leaves_nothing_and_can_be_tried_again(self):
        data = region.path(ORG, "gegevens", "knooppunt.db")
        region.stop_one(ORG)
        owner("chmod", "000", data)
        try:
            self.assertEqual(region.command(ORG, "-", "backup", self.copy).returncode, 1)
        finally:
            owner("chmod", "600", data)
            region.start_one(ORG)
        self.made()

    def test_who_may_not_manage_gets_no_record_of_a_copy(self):
        done = region.command(ORG, "c.visser", "backup", self.copy)
        self.assertEqual(done.returncode, 1)
        self.assertNotEqual(owner("test", "-e", self.copy, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
