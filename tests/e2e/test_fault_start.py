"""Starting on what was damaged, exchanged, occupied or locked: told clearly, and nothing on disk is changed by it."""
import fcntl
import glob
import hashlib
import json
import os
import re
import socket
import subprocess
import time
import unittest

from faults import LONG, Load, nothing_personal, owned_file
from peer import Peer, question
from support import LONG_WAIT, MILAN, OIN, WAIT, Region, as_owner, eventually, problem_of, run

ORG, OTHER = "school", "uwv"
region = Region("fault-start", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_ANSWER_MS=30000,
                REGION_CHECKPOINT_MS=3_600_000)  # no witness sees more of a log than there is of it after it was put back


def setUpModule():
    region.start()
    region.settle("gebiedsteam")


def owner(*words):
    return run(as_owner(list(words)), check=True)


def digests(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read()
        if not name.endswith("-shm") and (content or name.endswith(".db")):  # made anew by who opens the database
            found[name] = hashlib.sha256(content).hexdigest()
    return found


class StartTest(unittest.TestCase):
    def setUp(self):
        region.stop_one(ORG)
        self.folder = region.path(ORG, "gegevens")
        self.data = region.database(ORG)
        self.keys = region.path(ORG, "sleutels")
        self.addCleanup(self.put_back)
        for folder in (self.folder, self.keys):
            owner("cp", "-a", folder, folder + ".goed")

    def put_back(self):
        region.kill_one(ORG)
        for folder in (self.folder, self.keys):
            owner("rm", "-rf", folder)
            owner("mv", folder + ".goed", folder)
        region.start_one(ORG)

    def said(self):
        done = run(region.serve_words(ORG), timeout=LONG_WAIT)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        nothing_personal(self, done.stderr)
        return done.stderr

    def assert_refuses(self, *words, untouched=True):
        before = digests(self.folder)
        said = self.said()
        for word in words:
            self.assertIn(word, said)
        if untouched:
            self.assertEqual(digests(self.folder), before)
        command = region.command(ORG, "-", "audit", "verify")  # a command by itself says the same
        self.assertEqual((command.returncode, command.stdout), (1, ""))
        self.assertIn(words[0], command.stderr)
        if untouched:
            self.assertEqual(digests(self.folder), before)

    def change(self, at, data, path=None):
        with open(path or self.data, "r+b") as file:
            file.seek(at)
            file.write(data)

    def flip(self, needle, offset=0):
        """Changes one byte of the database, `offset` after each place where these bytes stand: on a page, or on one that it was
        moved from."""
        with open(self.data, "rb") as file:
            content = file.read()
        places = [found.start() for found in re.finditer(re.escape(needle), content)]
        self.assertTrue(places, "staat niet in het bestand")
        for at in (place + offset for place in places):
            self.change(at, bytes([content[at] ^ 0x20]))

    def killed_while_it_writes(self, org):
        """It would empty its write-ahead log when it is idle."""
        load = Load(region, org)
        load.start()
        eventually("antwoorden", lambda: len(load.answered) > 20)
        region.kill_one(org)
        load.join(WAIT)
        self.assertEqual(load.wrong, [])
        self.assertGreater(os.stat(region.database(org) + "-wal").st_size, 0)

    def blob(self, sql):
        return bytes.fromhex(region.sql(ORG, sql))


class Damaged(StartTest):
    def test_a_newer_version_is_left_as_it_is(self):
        region.sql(ORG, "PRAGMA user_version=99; CREATE TABLE later(x INT) STRICT")
        self.assert_refuses("schema 99", "nieuwere versie", "niets veranderd")

    def test_a_newer_version_whose_last_writer_was_killed(self):
        """With a write-ahead log beside it that still has to be taken in: not by this program."""
        script = "import os,sqlite3,sys;d=sqlite3.connect(sys.argv[1]);d.execute('PRAGMA wal_autocheckpoint=0');" \
                 "d.execute('PRAGMA user_version=99');d.execute('CREATE TABLE later(x)');d.commit();os._exit(0)"
        owner("/usr/bin/python3", "-c", script, self.data)
        self.assertGreater(os.stat(self.data + "-wal").st_size, 0)
        self.assert_refuses("schema 99", "niets veranderd")

    def test_cut_off(self):
        size = os.stat(self.data).st_size
        for left in (size // 2, size // 2 // 8192 * 8192, 8192, 100):
            with self.subTest(left=left):
                owner("truncate", "-s", str(left), self.data)
                self.assert_refuses("opslag")
                owner("cp", "-p", self.data.replace("gegevens", "gegevens.goed"), self.data)

    def test_emptied_or_gone_it_is_not_taken_for_a_new_one(self):
        """An empty store answers that it knows nobody: wrong, when the keys say that there was one."""
        owner("truncate", "-s", "0", self.data)
        self.assert_refuses("de opslag is leeg", "restore")
        os.unlink(self.data)
        self.assert_refuses("de opslag is leeg", "restore", untouched=False)
        region.reload("gebiedsteam")  # its circuit to this node closed again
        entry = region.consult([MILAN])[MILAN][OIN[ORG]]
        self.assertEqual((entry["uitkomst"], entry["oorzaak"]), ("geen-antwoord", "onbereikbaar"))

    def test_of_another_nodes_keys(self):
        region.stop_one(OTHER)
        self.addCleanup(region.start_one, OTHER)
        owner("cp", "-p", region.database(OTHER), self.data)
        self.assert_refuses("deze sleutel hoort niet bij deze opslag")

    def test_with_the_write_ahead_log_of_another_database(self):
        """SQLite cannot tell whose it is: what it brings in is refused or found, and gone with the file."""
        self.addCleanup(region.start_one, OTHER)
        self.killed_while_it_writes(OTHER)
        owner("cp", "-p", region.database(OTHER) + "-wal", self.data + "-wal")
        before = digests(self.folder)
        try:
            region.start_one(ORG)
        except AssertionError as refused:
            self.assertIn("beschadigd", str(refused))
            self.assertEqual(digests(self.folder), before)
            os.unlink(self.data + "-wal")
        else:  # by the pages that happen to be in it, its last record can be one of ours
            found = region.verify(ORG)
            self.assertEqual((found.returncode, found.stdout), (1, ""))
            region.kill_one(ORG)
            owner("rm", "-r", self.folder)
            owner("cp", "-a", self.folder + ".goed", self.folder)
        region.start_one(ORG)
        self.assertEqual(region.verify(ORG).returncode, 0)
        shown = region.command(ORG, "z.smit", "subject", "show", stdin=f"{MILAN}\n")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertTrue(json.loads(shown.stdout)["betrokkenheden"])

    def verify_finds(self, *words):
        found = region.verify(ORG)
        self.assertEqual((found.returncode, found.stdout), (1, ""))
        for word in words:
            self.assertIn(word, found.stderr)

    def test_a_byte_of_a_record(self):
        number = int(region.sql(ORG, "SELECT count(*) FROM leaf")) // 2
        self.flip(self.blob(f"SELECT hex(substr(leaf,200,40)) FROM leaf WHERE seq={number}"))
        region.start_one(ORG)
        self.verify_finds(f"regel {number} ")

    def test_a_byte_of_the_last_record(self):
        """It tells whose log this is, and the time: looked at before anything is written after it."""
        number = int(region.sql(ORG, "SELECT count(*) FROM leaf")) - 1
        self.flip(self.blob(f"SELECT hex(substr(leaf,200,40)) FROM leaf WHERE seq={number}"))
        self.assert_refuses("logboek", "beschadigd of van een ander knooppunt", f"regel {number} opent niet")

    def test_a_byte_of_the_tree(self):
        self.flip(self.blob("SELECT hex(substr(frontier,9,32)) FROM tree"), 5)
        region.start_one(ORG)
        self.verify_finds("herschreven")

    def test_a_byte_of_the_trees_size(self):
        self.flip(self.blob("SELECT hex(frontier) FROM tree"), 7)
        self.assert_refuses("logboek", "beschadigd")

    def test_a_byte_of_what_is_known_of_a_person_is_no_answer_and_never_another_answer(self):
        for table in ("subject", "involvement"):
            with self.subTest(table=table):
                rows = int(region.sql(ORG, f"SELECT max(entry) FROM {table}"))
                for row in range(1, rows + 1):  # whichever is MILAN's: sealed rows do not say
                    payload = region.sql(ORG, f"SELECT hex(substr(payload,60,24)) FROM {table} WHERE entry={row}")
                    if payload:
                        self.flip(bytes.fromhex(payload))
                region.start_one(ORG)
                entry = region.consult([MILAN])[MILAN][OIN[ORG]]
                self.assertEqual((entry["uitkomst"], entry["oorzaak"], entry["status"]),
                                 ("geen-antwoord", "geweigerd", 503))
                with Peer(region, ORG) as peer:
                    problem = problem_of(self, peer.consult(question()), 503)
                    nothing_personal(self, str(problem), "betrokkene-")
                shown = region.command(ORG, "z.smit", "subject", "show", stdin=f"{MILAN}\n")
                self.assertEqual((shown.returncode, shown.stdout), (1, ""))
                nothing_personal(self, region.node_log(ORG))
                region.stop_one(ORG)
                owner("cp", "-p", self.data.replace("gegevens", "gegevens.goed"), self.data)

    def test_bytes_of_the_tables_themselves(self):
        """Pages that make no sense: refused at the start, or no answer where they are met; never a wrong one."""
        pages = self.pages()
        for page in pages if LONG else list(pages)[::max(1, len(pages) // 3)]:
            with self.subTest(page=page, holds=pages[page]):
                self.damage(page)

    def test_bytes_of_the_tables_from_which_sets_are_made(self):
        """At a node that was stopped before it could publish any: they are made of what is left, and one that lacks whom
        nobody could read tells that nobody knows him."""
        damaged = {page: holds for page, holds in self.pages().items()
                   if re.search(r"(^|_)(subject|involvement|fact|roster|feed)(_\w+)?$", holds)}
        self.assertGreater(len(damaged), 12)
        for page, holds in damaged.items():
            with self.subTest(page=page, holds=holds):
                region.sql(ORG, "DELETE FROM roster; DELETE FROM value WHERE name = 'koppeling'")
                self.damage(page)

    def pages(self):
        """Of the database: what each holds, by the name of its table or index."""
        size = os.stat(self.data).st_size // 8192
        holds = dict(line.split("|") for line in region.sql(ORG, "SELECT pageno - 1, name FROM dbstat").splitlines())
        return {page: holds.get(str(page), "niets") for page in range(size)}

    def ask_until_published(self):
        """And until the asker has those sets; a node that never publishes them, for a while."""
        end, begun, ready = time.monotonic() + 4, None, False
        region.still = True  # a consult waits for nothing
        try:
            while not ready:
                ready = time.monotonic() > end or (begun is not None and begun < region.metric(
                    "gebiedsteam", "ketenbrug_opzoekrondes_klaar_total"))
                if begun is None and region.metric(ORG, "ketenbrug_koppeling_wachtend") == 0:
                    begun = region.metric("gebiedsteam", "ketenbrug_opzoekrondes_begonnen_total")
                entry = region.consult([MILAN])[MILAN][OIN[ORG]]
                self.assertIn(entry["uitkomst"], ("betrokken", "geen-antwoord"))
        finally:
            region.still = False
        return entry["uitkomst"]

    def damage(self, page):
        """Whoever asks a node that starts on it all the same reads that MILAN is helped there, or that there is no answer.
        Only that page is mended: an older log than partners saw would be a reason of its own not to answer."""
        at, nonsense = page * 8192 + (100 if page == 0 else 0), b"\xff\x00\xff" * 40
        with open(self.data, "rb") as file:
            file.seek(at)
            before = file.read(len(nonsense))
        self.change(at, nonsense)
        node = subprocess.Popen(region.serve_words(ORG), stderr=subprocess.DEVNULL)
        try:
            eventually("start of weigert", lambda: node.poll() is not None or region.health_or_none(ORG) == 200, LONG_WAIT)
            if node.poll() is None:
                region.reload("gebiedsteam")  # its circuit to this node closed again
                self.ask_until_published()
                owner("kill", "-TERM", str(node.pid))
            self.assertIn(node.wait(LONG_WAIT), (0, 1))
        finally:
            node.kill()
            node.wait()
            self.mend(at, nonsense, before)

    def mend(self, at, nonsense, before):
        """Nobody wrote to a page that nobody could read; one that held nothing may be in use by now. What it was before the
        test is that too."""
        with open(self.data, "rb") as file:
            file.seek(at)
            is_damaged = file.read(len(nonsense)) == nonsense
        if is_damaged:
            self.change(at, before)
        self.assertEqual(region.sql(ORG, "PRAGMA integrity_check"), "ok")
        owner("sh", "-c", 'rm -f "$1.goed"/*; cp -a "$1/." "$1.goed"', "sh", self.folder)


class Locked(StartTest):
    def test_a_lock_that_another_process_has(self):
        with open(os.path.join(self.folder, "knooppunt.slot"), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assert_refuses("een ander proces gebruikt deze opslag")
        region.start_one(ORG)

    def test_daemons_and_commands_that_race_for_it(self):
        """One has it at a time; who has not, says so; nothing is damaged."""
        for _ in range(10 if LONG else 3):
            daemons = [subprocess.Popen(region.serve_words(ORG), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True) for _ in range(2)]
            for daemon in daemons:
                self.addCleanup(daemon.kill)  # of what a failed test leaves
            words = as_owner([region.path("ketenbrug"), "audit", "verify", "--config",
                              region.path(ORG, "ketenbrug.ini")])
            commands = [subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, text=True) for _ in range(3)]
            for command in commands:
                _, said = command.communicate(timeout=LONG_WAIT)
                if command.returncode != 0:
                    self.assertEqual(command.returncode, 1)
                    self.assertRegex(said, "een ander proces gebruikt deze opslag|knooppunt")
            running = []

            def decided():
                """Both were refused, or one was and the other is ready: who still starts has no word to end with."""
                left = sum(daemon.poll() is None for daemon in daemons)
                return left == 0 or (left == 1 and region.health_or_none(ORG) == 200)
            eventually("bezet of gereed", decided)
            for daemon in daemons:
                if daemon.poll() is None:
                    running.append(daemon)
                    owner("kill", "-TERM", str(daemon.pid))
                _, said = daemon.communicate(timeout=LONG_WAIT)
                if daemon not in running or daemon.returncode != 0:
                    self.assertEqual(daemon.returncode, 1)
                    self.assertIn("een ander proces gebruikt deze opslag", said)
            self.assertLessEqual(len([d for d in running if d.returncode == 0]), 1)
        region.start_one(ORG)
        self.assertEqual(region.verify(ORG).returncode, 0)

    def test_what_a_killed_node_left_is_in_nobodys_way(self):
        region.start_one(ORG)
        region.kill_one(ORG)
        self.assertTrue(os.path.exists(region.path(ORG, "contactpunt")))
        self.assertTrue(os.path.exists(os.path.join(self.folder, "knooppunt.slot")))
        self.assertEqual(region.verify(ORG).returncode, 0)  # a command, with the socket of a dead node
        region.start_one(ORG)
        self.assertEqual(region.verify(ORG).returncode, 0)
        self.assertEqual(region.health(ORG), 200)

    def test_after_a_clean_stop_the_database_is_one_file(self):
        """Also when the node only recovered and had nothing to commit: who copies it then has all of it."""
        region.start_one(ORG)
        self.killed_while_it_writes(ORG)
        region.start_one(ORG)
        region.stop_one(ORG)
        self.assertEqual(sorted(os.listdir(self.folder)), ["knooppunt.db", "knooppunt.slot"])

    def test_something_else_where_the_socket_should_be_stays_as_it_is(self):
        path = region.path(ORG, "contactpunt")
        owned_file(path, "van iemand anders")
        said = self.said()
        self.assertIn(path, said)
        self.assertIn("geen socket", said)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "van iemand anders")
        os.unlink(path)
        owner("mkdir", path)
        self.assertIn("geen socket", self.said())
        os.rmdir(path)
        os.symlink("/nergens", path)
        self.assertIn("geen socket", self.said())
        os.unlink(path)

    def test_a_socket_on_which_another_process_listens(self):
        path = region.path(ORG, "contactpunt")
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path)
            other.listen(1)
            os.chmod(path, 0o666)
            self.assertIn("luistert al een proces", self.said())
            self.assertTrue(os.path.exists(path))
        os.unlink(path)

    def test_a_second_node_on_the_ports_of_the_first_which_goes_on(self):
        """With a folder, keys and socket of its own: each of the three ports is in use."""
        region.start_one(ORG)
        second = region.path(ORG, "tweede.ini")
        with open(region.path(ORG, "ketenbrug.ini"), encoding="utf-8") as file:
            text = file.read()
        for old, new in (("map = gegevens", "map = tweede"), ("sleutels = sleutels", "sleutels = tweede-sleutels"),
                         ("contactpunt = contactpunt", "contactpunt = tweede-contactpunt")):
            self.assertIn(old, text)
            text = text.replace(old, new)
        owned_file(second, text)
        owner(region.path("ketenbrug"), "init", "--config", second)
        for name in ("controlepunten.key", "getuige.key"):  # the covenant names these
            owner("cp", "-p", os.path.join(self.keys, name), region.path(ORG, "tweede-sleutels", name))
        free = region.base + 490
        for which in ("peer", "desk", "ops"):
            with self.subTest(which=which):
                port = region.port(ORG, which)
                others = [region.port(ORG, name) for name in ("peer", "desk", "ops") if name != which]
                changed = text
                for i, other in enumerate(others):
                    changed = changed.replace(f":{other}\n", f":{free + i}\n")
                owned_file(second, changed)
                done = run(as_owner([region.path("ketenbrug"), "serve", "--config", second]), timeout=LONG_WAIT)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"poort {port} ", done.stderr)
                self.assertFalse(os.path.exists(region.path(ORG, "tweede-contactpunt")))
                self.assertEqual(region.health(ORG), 200)
                with Peer(region, ORG) as peer:
                    self.assertEqual(peer.consult(question()).status, 200)
        self.assertEqual(region.verify(ORG).returncode, 0)


class Keys(StartTest):
    def pki(self, name):
        path = region.path("pki", name)
        owner("cp", "-p", path, path + ".goed")
        self.addCleanup(owner, "mv", path + ".goed", path)
        return path

    def test_a_certificate_with_another_key(self):
        path = self.pki(f"{ORG}.key")
        owner("cp", "-p", region.path("pki", f"{OTHER}.key"), path)
        self.assertRegex(self.said(), rf"{ORG}\.key.*(hoort niet|past niet)")

    def test_keys_and_certificates_that_cannot_be_read(self):
        for name in (f"{ORG}.key", f"{ORG}.pem", "ca.pem"):
            path = self.pki(name)
            for content in (None, "", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"):
                with self.subTest(name=name, content=content):
                    if content is None:
                        os.chmod(path, 0)
                    else:
                        os.chmod(path, 0o600)
                        owner("sh", "-c", 'printf %s "$2" >"$1"', "sh", path, content)
                    self.assertIn(name, self.said())
            owner("cp", "-p", path + ".goed", path)

    def test_the_desks_certificate_with_another_key(self):
        config = region.path(ORG, "ketenbrug.ini")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        self.addCleanup(owned_file, config, text)
        owned_file(config, text.replace("[medewerkers]", f"[medewerkers]\ncertificaat = ../pki/{OTHER}.pem\n"
                                                         f"sleutel = ../pki/{ORG}.key"))
        self.assertRegex(self.said(), rf"{ORG}\.key.*(hoort niet|past niet)")

    def test_a_master_key_of_another_length(self):
        path = os.path.join(self.keys, "master.key")
        for size in (0, 31, 33):
            owner("truncate", "-s", str(size), path)
            self.assert_refuses("master.key", "32 bytes")
        os.unlink(path)
        owner("mkdir", "-m", "700", path)
        self.assert_refuses("master.key", "geen gewoon bestand")

    def test_another_master_key(self):
        owner("sh", "-c", 'head -c 32 /dev/urandom >"$1"', "sh", os.path.join(self.keys, "master.key"))
        self.assert_refuses("master.key", "hoort niet bij deze opslag")

    def bunches(self, kind):
        """The files with the log's keys, sealed (bos), or with what opens them (key)."""
        return sorted(glob.glob(os.path.join(self.keys, f"logsleutels-*.{kind}")))

    def test_what_opens_the_logs_keys_gone_short_or_open_to_others(self):
        path, = self.bunches("key")
        with open(path, "rb") as file:
            good = file.read()
        os.rename(path, path + "-weg")
        self.assert_refuses(os.path.basename(path), "is er niet")
        os.rename(path + "-weg", path)
        owner("truncate", "-s", "5", path)
        self.assert_refuses(os.path.basename(path), "32 bytes")
        with open(path, "wb") as file:
            file.write(good)
        os.chmod(path, 0o644)
        self.assert_refuses(os.path.basename(path), "0600")
        os.chmod(path, 0o600)
        region.start_one(ORG)
        self.assertEqual(region.verify(ORG).returncode, 0)

    def test_keys_that_are_damaged_while_it_runs_are_refused_at_the_start(self):
        region.start_one(ORG)
        with Peer(region, ORG) as peer:  # a key that is made anew writes all of them
            self.assertEqual(peer.consult(question()).status, 200)
        path, = self.bunches("bos")
        with open(path, "r+b") as file:
            good = file.read()
            file.seek(len(good) // 2)
            file.write(bytes(32))
        with Peer(region, ORG) as peer:  # it has them in memory
            self.assertEqual(peer.consult(question()).status, 200)
        region.stop_one(ORG)
        self.assert_refuses(os.path.basename(path), "opent niet")
        with open(path, "wb") as file:
            file.write(good)
        region.start_one(ORG)
        self.assertEqual(region.verify(ORG).returncode, 0)


if __name__ == "__main__":
    unittest.main()
