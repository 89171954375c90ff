"""What a node refuses to start with, told clearly; and its health while it runs."""
import os
import re
import shutil
import socket
import unittest

from peer import Peer, question
from support import DAAN, OIN, UNHURRIED, WAIT, Region, as_owner, consult_words, eventually, problem_of, run


def setUpModule():
    global region
    region = Region("start", REGION_DRAIN_MS=1000, **UNHURRIED).start()


class RefusesToStart(unittest.TestCase):
    """`serve` ends with code 1 and says why, in words that help; nothing is changed."""

    def assert_refuses(self, *words, org="cjg"):
        done = run(region.serve_words(org))
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
        # It may still be hearing of versions that another test signed at its partner.
        eventually("gereed", lambda: region.health("cjg") == 200)
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

    def test_another_nodes_log_keys(self):
        """Half of the pair; what a whole pair of another node gives stands in test_retention.py."""
        self.stopped()
        own, other = ({name[-3:]: region.path(org, "sleutels", name) for name in os.listdir(region.path(org, "sleutels"))
                       if name.startswith("logsleutels-")} for org in ("cjg", "uwv"))
        for kind in ("bos", "key"):
            with self.subTest(kind=kind):
                self.swapped(own[kind], other[kind])
                self.assert_refuses(os.path.basename(own["bos"]), "opent niet")
                self.doCleanups()
                self.stopped()

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
        for wrong, words in ((re.sub(r"verbinden_ms = \d+", "verbinden_ms = snel", text),
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


class Health(unittest.TestCase):
    def test_live_and_ready_are_200_and_nothing_else_is_there(self):
        eventually("gereed", lambda: region.health("uwv") == 200)
        self.assertEqual([region.health("uwv", path) for path in ("/health/live", "/health/ready", "/", "/metricsx")],
                         [200, 200, 404, 404])

    def test_without_a_covenant_in_force_it_lives_but_is_not_ready_and_answers_nobody(self):
        path = region.path("school", "convenant.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            with Peer(region, "school") as before:
                self.assertEqual(before.consult(question()).status, 200)
                self.sign_and_reload(path, text, "2020-01-01", "2020-12-31")
                self.assertLess(before.until_closed(), WAIT, "verbindingen van wie geen partij meer is, sluiten")
            eventually("niet gereed", lambda: region.health("school") == 503)
            self.assertEqual(region.health("school", "/health/live"), 200)
            with Peer(region, "school") as after:
                problem_of(self, after.consult(question()), 403)
            done = region.command("school", "z.smit", *consult_words(grondslag="wpo-8"), stdin=f"{DAAN}\n")
            self.assertEqual(done.returncode, 1)
        finally:
            self.sign_and_reload(path, text)
        eventually("weer gereed", lambda: region.health("school") == 200)

    def sign_and_reload(self, path, text, van="2025-01-01", tot="2029-12-31"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace('"van": "2025-01-01", "tot": "2029-12-31"', f'"van": "{van}", "tot": "{tot}"'))
        region.sign("school")
        region.reload("school")

    def refused_at_reload(self, changes, words):
        """changes: path -> bytes; the node keeps what it had, says why, and goes on answering."""
        kept = {}
        for path in changes:
            with open(path, "rb") as file:
                kept[path] = file.read()
        mark = len(region.node_log("school"))
        try:
            for path, content in changes.items():
                with open(path, "wb") as file:
                    file.write(content)
            region.reload("school")
            told = region.node_log("school")[mark:]
            self.assertIn("herladen-mislukt", told)
            self.assertIn(words, told)
            with Peer(region, "school") as peer:
                self.assertEqual(peer.consult(question()).status, 200)
        finally:
            for path, content in kept.items():
                with open(path, "wb") as file:
                    file.write(content)
            region.reload("school")

    def test_a_wrong_covenant_at_reload_keeps_the_old_one(self):
        path = region.path("school", "convenant.json")
        with open(path, "rb") as file:
            text = file.read()
        self.refused_at_reload({path: text[:-50]}, "convenant.json")
        self.refused_at_reload({path: text.replace(OIN["school"].encode(), b"00000099000000008000")},
                               "geen partij bij het convenant")

    def test_another_organisations_certificate_at_reload_keeps_the_old_one(self):
        changes = {}
        for ending in ("pem", "key"):
            with open(region.path("pki", f"cjg.{ending}"), "rb") as file:
                changes[region.path("pki", f"school.{ending}")] = file.read()
        self.refused_at_reload(changes, "een ander OIN")


if __name__ == "__main__":
    unittest.main()
