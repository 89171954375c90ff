"""What was acknowledged is there after kill -9; what was changed behind the node's back is found; what is wrong at
start is told clearly."""
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import unittest

from peer import Peer, question
from support import (DAAN, FAMILY, MILAN, NAMES, OIN, REASON, SAMIRA, Region, as_owner, consult_words, eventually,
                     new_id, problem_of, run)

ROUNDS, CLIENTS = 3, 4
CASE_NUMBER = "Z-8841-GEHEIM"


def setUpModule():
    global region
    region = Region("durability", REGION_DRAIN_MS=1000).start()


class Load(threading.Thread):
    """A partner that asks without pause, several questions at a time, and remembers what was answered."""

    def __init__(self):
        super().__init__(daemon=True)
        self.answered = []
        self.wrong = []
        self.stopping = False

    def run(self):
        try:
            with Peer(region, "school") as peer:
                while not self.stopping:
                    asked = {new_id(): None for _ in range(8)}
                    for request in asked:
                        asked[request] = peer.ask(question(), request)
                    for request, stream in asked.items():
                        answer = peer.wait(stream)
                        if answer.status == 200:
                            self.answered.append(request)
                        else:
                            self.wrong.append(answer)
        except OSError:
            pass  # the node was killed


class Kill(unittest.TestCase):
    def test_after_kill_9_under_load_the_log_verifies_and_no_answered_question_is_missing(self):
        for number in range(ROUNDS):
            with self.subTest(round=number):
                mark = region.mark("school")
                loads = [Load() for _ in range(CLIENTS)]
                for load in loads:
                    load.start()
                eventually("antwoorden", lambda: sum(len(load.answered) for load in loads) > 100 * (number + 1))
                region.kill_one("school")
                for load in loads:
                    load.join(10)
                region.start_one("school")
                done = region.verify("school")
                self.assertEqual(done.returncode, 0, done.stderr)
                logged = {r["verzoek"] for r in region.records("school", mark) if r["handeling"] == "raadpleging-beantwoord"}
                answered = {request for load in loads for request in load.answered}
                self.assertEqual(answered - logged, set())
                self.assertEqual([answer for load in loads for answer in load.wrong], [])
                with Peer(region, "school") as peer:
                    self.assertEqual(peer.consult(question()).status, 200)

    def test_a_registration_that_was_acknowledged_survives_kill_9(self):
        name = "voor.de.klap"
        region.add_user("school", name, "generalist")
        region.kill_one("school")
        region.start_one("school")
        listed = region.command_json("school", "-", "user", "list")["gebruikers"]
        self.assertIn(name, [user["naam"] for user in listed])


class Stop(unittest.TestCase):
    def test_sigterm_ends_within_its_time_with_exit_code_0_and_leaves_no_socket(self):
        region.stop_one("uwv")
        self.addCleanup(region.start_one, "uwv")
        with open(region.path("uwv.log"), "wb") as log:
            node = subprocess.Popen(serve_words("uwv"), stderr=log, cwd="/")
            eventually("gereed", lambda: region.health_or_none("uwv") == 200)
            self.assertTrue(os.path.exists(region.path("uwv", "contactpunt")))
            begin = time.monotonic()
            # The process that runs as another user is node itself: setpriv replaces itself.
            node.terminate()
            self.assertEqual(node.wait(10), 0)
        self.assertLess(time.monotonic() - begin, 4)
        self.assertFalse(os.path.exists(region.path("uwv", "contactpunt")))

    def test_sigterm_under_load_answers_what_was_taken_and_the_log_holds_it(self):
        mark = region.mark("school")
        load = Load()
        load.start()
        eventually("antwoorden", lambda: len(load.answered) > 50)
        region.stop_one("school")
        load.stopping = True
        load.join(10)
        region.start_one("school")
        logged = {r["verzoek"] for r in region.records("school", mark) if "verzoek" in r}
        self.assertEqual(set(load.answered) - logged, set())


def serve_words(org):
    return as_owner([region.path("ketenbrug"), "serve", "--config", region.path(org, "ketenbrug.ini")])


class RefusesToStart(unittest.TestCase):
    """`serve` ends with code 1 and says why, in words that help; nothing is changed."""

    def assert_refuses(self, *words, org="cjg"):
        done = run(serve_words(org), timeout=20)
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, "")

    def stopped(self, org="cjg"):
        region.stop_one(org)
        self.addCleanup(region.start_one, org)

    def swapped(self, path, other=None, mode=None):
        """Puts something else (or nothing) in the place of a file for the time of the test."""
        aside = path + ".opzij"
        os.rename(path, aside)

        def back():
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)
            os.rename(aside, path)
        self.addCleanup(back)
        if other is not None:
            run(as_owner(["cp", "-p", other if other != "aside" else aside, path]), check=True)
        if mode is not None:
            os.chmod(path, mode)

    def test_a_second_daemon_on_the_same_folder(self):
        self.assert_refuses("een ander proces gebruikt deze opslag")
        self.assertEqual(region.health("cjg"), 200)

    def test_a_port_that_is_in_use(self):
        self.stopped()
        for which in ("peer", "desk", "ops"):
            with self.subTest(which=which), socket.create_server(("127.0.0.1", region.port("cjg", which))):
                self.assert_refuses(str(region.port("cjg", which)), "poort")

    def test_another_nodes_key(self):
        self.stopped()
        self.swapped(region.path("cjg", "sleutels", "master.key"), region.path("uwv", "sleutels", "master.key"))
        self.assert_refuses("sleutel")

    def test_a_key_that_others_may_read(self):
        self.stopped()
        self.swapped(region.path("cjg", "sleutels", "master.key"), "aside", 0o644)
        self.assert_refuses("master.key", "0600")

    def test_a_key_that_cannot_be_read(self):
        self.stopped()
        self.swapped(region.path("cjg", "sleutels", "master.key"), "aside", 0o000)
        self.assert_refuses("master.key", "geopend")

    def test_missing_keys(self):
        self.stopped()
        self.swapped(region.path("cjg", "sleutels"))
        self.assert_refuses("sleutels", "sleutelmap")

    def test_a_missing_master_key(self):
        self.stopped()
        self.swapped(region.path("cjg", "sleutels", "master.key"))
        self.assert_refuses("master.key", "is er niet")

    def test_another_months_log_key(self):
        self.stopped()
        folder = region.path("cjg", "sleutels")
        name = next(name for name in sorted(os.listdir(folder)) if name.startswith("log-"))
        self.swapped(os.path.join(folder, name), region.path("uwv", "sleutels", name))
        self.assert_refuses("logboeksleutel")

    def test_a_newer_schema_which_is_left_as_it_is(self):
        self.stopped()
        self.addCleanup(region.sql, "cjg", "PRAGMA user_version=" + region.sql("cjg", "PRAGMA user_version"))
        region.sql("cjg", "PRAGMA user_version=99")
        self.assert_refuses("schema 99", "nieuwere versie")
        self.assertEqual(region.sql("cjg", "PRAGMA user_version"), "99")

    def test_another_programs_database(self):
        self.stopped()
        path = region.database("cjg")
        self.swapped(path)
        run(as_owner(["sqlite3", path, "CREATE TABLE x(y); PRAGMA user_version=1"]), check=True)
        self.assert_refuses("ander programma")

    def test_a_file_that_is_no_database(self):
        self.stopped()
        path = region.database("cjg")
        self.swapped(path)
        run(as_owner(["sh", "-c", 'head -c 20000 /dev/urandom >"$1"', "sh", path]), check=True)
        self.assert_refuses("opslag")

    def test_a_wrong_configuration_names_file_line_key_and_what_is_allowed(self):
        path = region.path("cjg", "ketenbrug.ini")
        self.stopped()
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for wrong, words in ((text.replace("verbinden_ms = 3000", "verbinden_ms = snel"),
                              ("ketenpartners.verbinden_ms", "50 tot en met 60000")),
                             (text.replace("[beheer]", "[beheer]\nonbekend = 1"), ("beheer.onbekend",)),
                             (re.sub(r"\[beheer\]\nluister = \S+", "[beheer]\nluister = 0.0.0.0:9", text),
                              ("beheer.luister", "deze machine zelf")),
                             (text.replace("map = gegevens\n", ""), ("knooppunt.map ontbreekt",)),
                             (text.replace("convenant.json", "weg.json"), ("weg.json",))):
            with open(path, "w", encoding="utf-8") as file:
                file.write(wrong)
            try:
                self.assert_refuses(*words)
            finally:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)

    def test_a_covenant_in_which_the_own_organisation_is_no_party(self):
        self.stopped()
        path = region.path("cjg", "convenant.json")
        self.swapped(path, "aside")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(OIN["cjg"], "00000099000000008000"))
        self.assert_refuses("geen partij bij het convenant")

    def test_a_broken_covenant_names_the_place(self):
        self.stopped()
        path = region.path("cjg", "convenant.json")
        self.swapped(path, "aside")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace('"versie"', '"versi"'))
        self.assert_refuses("convenant.json", "fouten")


class Commands(unittest.TestCase):
    def test_commands_work_through_the_socket_while_it_serves_and_through_the_lock_while_not(self):
        def work(name):
            self.assertEqual(region.verify("uwv").returncode, 0)
            region.add_user("uwv", name, "generalist")
            return [u["naam"] for u in region.command_json("uwv", "-", "user", "list")["gebruikers"]]
        self.assertIn("tijdens", work("tijdens"))
        region.stop_one("uwv")
        self.addCleanup(region.start_one, "uwv")
        self.assertLessEqual({"tijdens", "ervoor"}, set(work("ervoor")))

    def test_a_consult_with_the_node_down_asks_and_logs_as_ever(self):
        region.stop_one("gebiedsteam")
        self.addCleanup(region.start_one, "gebiedsteam")
        self.assertEqual(region.consult([MILAN])[MILAN][OIN["school"]]["uitkomst"], "betrokken")
        self.assertEqual(region.verify("gebiedsteam").returncode, 0)

    def test_a_command_tells_that_the_configuration_is_not_there(self):
        done = run([region.path("ketenbrug"), "audit", "verify", "--config", "/bestaat/niet.ini"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("/bestaat/niet.ini", done.stderr)

    def test_init_never_overwrites_keys(self):
        done = region.command("uwv", "-", "init")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bestaat al", done.stderr)


class AtRest(unittest.TestCase):
    def test_no_number_name_reason_or_case_in_any_file_outside_the_keys_and_exports(self):
        region.consult(FAMILY, zaak=CASE_NUMBER)
        region.command("gebiedsteam", "g.jansen", *consult_words(doel="fraude"), stdin=f"{SAMIRA}\n")
        region.consult([DAAN], org="school", user="z.smit", grondslag="wpo-8", zaak="L-GEHEIM-7")
        secret = [*FAMILY, "999000044", "Verhoeven", "Meerhorst", "Samira", "Milan", REASON, REASON[:20], CASE_NUMBER,
                  "L-GEHEIM-7", "Polderman", "088-5550511", "@schuldhulp.example", "budgetbeheer"]
        self.assert_absent(secret)
        region.script("stop")
        try:
            self.assert_absent(secret)
        finally:
            region.script("start")

    def assert_absent(self, words):
        searched = 0
        for org in NAMES:
            folder = region.path(org, "gegevens")
            for path in [os.path.join(folder, name) for name in os.listdir(folder)] + [region.path(org, "knooppunt.log")]:
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
        self.assert_found(f"INSERT INTO leaf SELECT {self.leaves}, leaf, note FROM leaf WHERE seq = 1",
                          str(self.leaves + 1))

    def test_a_record_of_another_length_is_found(self):
        number = self.leaves // 2
        self.assert_found(f"UPDATE leaf SET leaf = substr(leaf,1,511) WHERE seq = {number}", "ketenbrug:")

    def test_another_frontier_is_found(self):
        self.assert_found("UPDATE tree SET frontier = CAST(substr(frontier,1,10) || x'00' || substr(frontier,12) AS BLOB)",
                          "logboek")


class Health(unittest.TestCase):
    def test_live_and_ready_are_200_and_nothing_else_is_there(self):
        self.assertEqual([region.health("uwv", path) for path in ("/health/live", "/health/ready", "/", "/metricsx")],
                         [200, 200, 404, 404])

    def test_without_a_covenant_in_force_it_lives_but_is_not_ready_and_answers_nobody(self):
        path = region.path("school", "convenant.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            for van, tot in (("2020-01-01", "2020-12-31"), ("2098-01-01", "2099-12-31")):
                with Peer(region, "school") as before:
                    self.assertEqual(before.consult(question()).status, 200)
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(text.replace('"van": "2025-01-01", "tot": "2029-12-31"',
                                                f'"van": "{van}", "tot": "{tot}"'))
                    region.reload("school")
                    self.assertLess(before.until_closed(), 3, "verbindingen van wie geen partij meer is, sluiten")
                eventually("niet gereed", lambda: region.health("school") == 503)
                self.assertEqual(region.health("school", "/health/live"), 200)
                with Peer(region, "school") as after:
                    problem_of(self, after.consult(question()), 403)
                done = region.command("school", "z.smit", *consult_words(grondslag="wpo-8"), stdin=f"{DAAN}\n")
                self.assertEqual(done.returncode, 1)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                region.reload("school")
                eventually("weer gereed", lambda: region.health("school") == 200)
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            region.reload("school")

    def test_a_broken_covenant_at_reload_keeps_the_old_one(self):
        path = region.path("school", "convenant.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text[:-50])
            region.reload("school")
            self.assertIn("herladen-mislukt", region.node_log("school"))
            with Peer(region, "school") as peer:
                self.assertEqual(peer.consult(question()).status, 200)
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            region.reload("school")


if __name__ == "__main__":
    unittest.main()
