"""The log and the data as they lie on disk: nothing personal to read, and no change that goes unnoticed."""
import contextlib
import os
import unittest

from support import (DAAN, FAMILY, NAMES, REASON, SAMIRA, Region, as_owner, consult_words, eventually, new_id, run)

CASE_NUMBER = "Z-8841-GEHEIM"


def setUpModule():
    global region
    region = Region("at-rest", REGION_DRAIN_MS=1000).start()


class AtRest(unittest.TestCase):
    def test_no_number_name_reason_or_case_in_any_file_outside_the_keys_and_exports(self):
        region.consult(FAMILY, zaak=CASE_NUMBER)
        region.command("gebiedsteam", "g.jansen", *consult_words(doel="fraude"), stdin=f"{SAMIRA}\n")
        region.consult([DAAN], org="school", user="z.smit", grondslag="wpo-8", zaak="L-GEHEIM-7")
        secret = [*FAMILY, "999000044", "Verhoeven", "Meerhorst", "Samira", "Milan", REASON, REASON[:20], CASE_NUMBER,
                  "L-GEHEIM-7", "Polderman", "088-5550511", "@schuldhulp.example", "budgetbeheer", "g.jansen", "z.smit"]
        for org in ("gebiedsteam", "school"):
            self.assert_indexed(org)
        self.assert_absent(secret)
        region.script("stop")
        try:
            self.assert_absent(secret)
            self.assertGreater(int(region.sql("gebiedsteam", "SELECT count(*) FROM found")), 50)
        finally:
            region.script("start")

    def assert_indexed(self, org):
        """All there is now can be found by search, so that the search index is on disk too."""
        def look():
            return region.command_json(org, "privacy", "audit", "search", "--verzoek", new_id())
        size = look()["omvang"]
        eventually("de zoekindex loopt bij", lambda: look()["doorzoekbaar"] >= size)

    def assert_absent(self, words):
        searched = 0
        for org in NAMES:
            folder = region.path(org, "gegevens")
            paths = [os.path.join(folder, name) for name in os.listdir(folder)]
            for path in [*paths, region.path(org, "knooppunt.log")]:
                with open(path, "rb") as file:
                    content = file.read()
                searched += len(content)
                for word in words:
                    for encoded in (word.encode(), word.encode("utf-16-le"), word[::-1].encode()):
                        self.assertNotIn(encoded, content, f"{word!r} in {path}")
        self.assertGreater(searched, 500000)

    def test_the_data_folder_and_the_keys_are_for_their_owner_alone(self):
        for org in NAMES:
            for folder in ("gegevens", "sleutels"):
                self.assertEqual(os.stat(region.path(org, folder)).st_mode & 0o077, 0)
                for name in os.listdir(region.path(org, folder)):
                    with contextlib.suppress(FileNotFoundError):  # a next generation took its place meanwhile
                        self.assertEqual(os.stat(region.path(org, folder, name)).st_mode & 0o077, 0, name)


class Tampering(unittest.TestCase):
    """Someone with the database in hand edits the log of a node that is stopped."""

    ORG = "schuldhulp"

    @classmethod
    def setUpClass(cls):
        region.consult(FAMILY)
        region.stop_one(cls.ORG)
        cls.whole = region.database(cls.ORG)
        run(as_owner(["sqlite3", cls.whole, "PRAGMA wal_checkpoint(TRUNCATE)"]), check=True)
        run(as_owner(["cp", "-p", cls.whole, cls.whole + "-heel"]), check=True)
        cls.leaves = int(region.sql(cls.ORG, "SELECT count(*) FROM leaf"))

    @classmethod
    def tearDownClass(cls):
        cls.restore()
        os.remove(cls.whole + "-heel")
        region.start_one(cls.ORG)

    @classmethod
    def restore(cls):
        for rest in ("-wal", "-shm"):
            if os.path.exists(cls.whole + rest):
                os.remove(cls.whole + rest)
        run(as_owner(["cp", "-p", cls.whole + "-heel", cls.whole]), check=True)

    def setUp(self):
        self.addCleanup(self.restore)
        self.assertEqual(region.verify(self.ORG).returncode, 0, "heel")

    def assert_found(self, sql, *words):
        region.sql(self.ORG, sql)
        done = region.verify(self.ORG)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for word in words:
            self.assertIn(word, done.stderr)

    @staticmethod
    def flip(number, byte):
        """One byte of a leaf, counted from 0, becomes another."""
        return (f"UPDATE leaf SET leaf = CAST(substr(leaf,1,{byte}) || CASE WHEN substr(leaf,{byte + 1},1) = x'5a' THEN"
                f" x'5b' ELSE x'5a' END || substr(leaf,{byte + 2}) AS BLOB) WHERE seq = {number}")

    def test_one_byte_of_a_record_is_found_with_its_number(self):
        number = self.leaves // 2
        for what, byte in (("operation", 1), ("time", 12), ("request id", 20), ("OIN", 40), ("purpose", 55),
                           ("salt", 100), ("sealed", 250), ("tag", 479)):
            with self.subTest(what=what):
                self.assert_found(self.flip(number, byte), f"regel {number} ")
                self.restore()

    def test_one_byte_of_what_is_not_sealed_is_found_by_the_root(self):
        self.assert_found(self.flip(self.leaves // 2, 500), "herschreven")

    def test_another_month_for_a_record_does_not_pass_for_a_destroyed_key(self):
        self.assert_found(self.flip(self.leaves // 2, 7), "regel")

    def test_the_first_and_the_last_record_are_checked_too(self):
        for number in (0, self.leaves - 1):
            with self.subTest(number=number):
                self.assert_found(self.flip(number, 250), f"regel {number} ")
                self.restore()

    def test_a_deleted_record_is_found_with_its_number(self):
        number = self.leaves // 3
        self.assert_found(f"DELETE FROM leaf WHERE seq = {number}", f"regel {number} ")

    def test_a_deleted_last_record_is_found(self):
        self.assert_found(f"DELETE FROM leaf WHERE seq = {self.leaves - 1}", str(self.leaves), str(self.leaves - 1))

    def test_a_deleted_record_with_the_rest_moved_up_is_found(self):
        number = self.leaves // 3
        self.assert_found(f"DELETE FROM leaf WHERE seq = {number}; UPDATE leaf SET seq = -seq WHERE seq > {number};"
                          "UPDATE leaf SET seq = -seq - 1 WHERE seq < 0", "logboek")

    def test_two_records_that_changed_places_are_found(self):
        a, b = self.leaves // 3, self.leaves // 3 + 1
        self.assert_found(f"UPDATE leaf SET seq = -1 WHERE seq = {a}; UPDATE leaf SET seq = {a} WHERE seq = {b};"
                          f"UPDATE leaf SET seq = {b} WHERE seq = -1", "herschreven")

    def test_a_copy_of_a_record_in_anothers_place_is_found(self):
        a, b = self.leaves // 3, self.leaves // 3 + 1
        self.assert_found(f"UPDATE leaf SET leaf = (SELECT leaf FROM leaf WHERE seq = {a}) WHERE seq = {b}",
                          "herschreven")

    def test_an_inserted_record_is_found(self):
        self.assert_found(f"INSERT INTO leaf SELECT {self.leaves}, leaf, note, receipt FROM leaf WHERE seq = 1",
                          str(self.leaves + 1))

    def test_a_record_of_another_length_is_found(self):
        number = self.leaves // 2
        self.assert_found(f"UPDATE leaf SET leaf = substr(leaf,1,511) WHERE seq = {number}", "ketenbrug:")

    def test_another_frontier_is_found(self):
        self.assert_found("UPDATE tree SET frontier = CAST(substr(frontier,1,10) || CASE WHEN substr(frontier,11,1) ="
                          " x'5a' THEN x'5b' ELSE x'5a' END || substr(frontier,12) AS BLOB)", "herschreven")


if __name__ == "__main__":
    unittest.main()
