"""A disk that is full, may only be read, or fails: what cannot be recorded is not answered, and nothing recorded is lost."""
import json
import os
import subprocess
import unittest
import urllib.error
import urllib.request

import log_keys
from faults import EIO, ENOSPC, EROFS, LONG, BadDisk, Load, SmallDisk, answered_in_log, import_words, \
    nothing_personal, owned_file, people, tell
from peer import Desk, Peer, question
from support import LONG_WAIT, MILAN, OIN, WAIT, Region, as_owner, eventually, new_id, problem_of, run

ORG = "school"
# Ticks far apart: it must be at rest for seconds.
region = Region("fault-disk", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_TICK_MS=5000, REGION_ANSWER_MS=30000)


def setUpModule():
    region.start()


def reasons(org=ORG):
    """What /health/ready says; empty when it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{region.port(org, 'ops')}/health/ready", timeout=WAIT):
            return ""
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


class DiskTest(unittest.TestCase):
    def assert_refused(self, answer):
        """Promise 1: a 503 that says when to come back, and nothing about anybody."""
        problem_of(self, answer, 503)
        self.assertEqual(answer.header("retry-after"), "1")
        nothing_personal(self, answer.body.decode(), "betrokkenheden", "leefgebied")

    def until_refused(self, peer, again=lambda: None):
        """Asks until the node refuses; gives the request ids that were answered before."""
        answered = []

        def attempt():
            again()
            request = new_id()
            answer = peer.consult(question(), request)
            if answer.status == 200:
                answered.append(request)
                return None
            self.assert_refused(answer)
            return answer
        was, region.still = region.still, True  # what cannot be recorded is not published: that is not waited for
        try:
            eventually("geweigerd", attempt)
        finally:
            region.still = was
        return answered

    def assert_recovers(self, answered, mark):
        """By itself: nobody asks until the node says that it is ready."""
        eventually("weer gereed", lambda: region.health(ORG) == 200)
        with Peer(region, ORG) as peer:
            self.assertEqual(peer.consult(question()).status, 200)
        self.assertEqual(region.consult([MILAN])[MILAN][OIN[ORG]]["uitkomst"], "betrokken")
        self.assertEqual(set(answered) - answered_in_log(region, ORG, mark), set())
        verified = region.verify(ORG)
        self.assertEqual(verified.returncode, 0, verified.stderr)


class Full(DiskTest):
    @staticmethod
    def unanswered():
        entry = region.consult([MILAN])[MILAN][OIN[ORG]]
        return entry if entry["uitkomst"] == "geen-antwoord" else None

    @staticmethod
    def told(what):
        return region.node_log(ORG).count(f'"opslag-{what}"')

    @staticmethod
    def not_shown():
        done = region.command(ORG, "z.smit", "subject", "show", stdin=f"{MILAN}\n")
        return done if done.returncode != 0 else None

    def test_no_answer_without_a_record_and_by_itself_all_goes_on_when_there_is_room(self):
        with SmallDisk(region, ORG) as disk:
            mark = region.mark(ORG)
            with Peer(region, ORG) as peer:
                answered = self.until_refused(peer, disk.fill)
                eventually("niet gereed", lambda: disk.fill() or "de opslag neemt niets aan" in reasons())
                self.assertEqual(region.health(ORG, "/health/live"), 200)
                # What an idle node gives back may hold one more record: then that is answered, rightly.
                entry = eventually("geen antwoord", lambda: disk.fill() or self.unanswered())
                self.assertEqual((entry["oorzaak"], entry["status"]), ("geweigerd", 503))
                done = eventually("geweigerd", lambda: disk.fill() or self.not_shown())
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("opslag", done.stderr)
            disk.free()
            self.assert_recovers(answered, mark)
            self.assertNotIn(entry["verzoek"], answered_in_log(region, ORG, mark))
            log = region.node_log(ORG)
            self.assertIn("opslag-weigert", log)
            self.assertIn("vol", log)
            eventually("evenveel keer hersteld als geweigerd", lambda: self.told("weigert") == self.told("hersteld"))

    def test_killed_on_a_full_disk_and_started_there(self):
        with SmallDisk(region, ORG) as disk:
            mark = region.mark(ORG)
            with Peer(region, ORG) as peer:
                answered = self.until_refused(peer, disk.fill)
            region.kill_one(ORG)
            disk.fill()
            # It starts when it can, and answers nobody; or it says what is wrong.
            node = subprocess.Popen(self.serve_words(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                eventually("start of weigert", lambda: node.poll() is not None or region.health_or_none(ORG) is not None)
                if node.poll() is None:
                    with Peer(region, ORG) as peer:
                        answered += self.until_refused(peer, disk.fill)
            finally:
                if node.poll() is None:
                    run(as_owner(["kill", "-KILL", str(node.pid)]), check=True)
                _, said = node.communicate(timeout=WAIT)
            self.assertIn("vol", said)
            disk.free()
            region.start_one(ORG)
            self.assert_recovers(answered, mark)

    def serve_words(self):
        words = region.serve_words(ORG)
        at = words.index(region.path("ketenbrug"))
        return words[:at] + region.environment.get("REGION_WRAP", "").split() + words[at:]

    def test_full_half_way_an_import_the_same_file_finishes_it(self):
        path = owned_file(region.path(ORG, "vol.csv"), people("vol", 6000))
        with SmallDisk(region, ORG, mib=4) as disk:
            if disk.kind == "RLIMIT_FSIZE":
                disk.limit(2 << 20)
            done = run(import_words(region, ORG, path), timeout=LONG_WAIT)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("opslag", done.stderr)
            nothing_personal(self, done.stderr + done.stdout, "0990555020")
            disk.fill()
            eventually("niet gereed", lambda: "de opslag neemt niets aan" in reasons())
            disk.free()
        # The folder is an ordinary one again, with what was in the small one.
        counts = json.loads(run(import_words(region, ORG, path), check=True, timeout=LONG_WAIT).stdout)
        self.assertEqual(counts["nieuw"] + counts["ongewijzigd"], 6000)
        self.assertGreater(counts["ongewijzigd"], 0)
        again = json.loads(run(import_words(region, ORG, path), check=True, timeout=LONG_WAIT).stdout)
        self.assertEqual((again["nieuw"], again["ongewijzigd"]), (0, 6000))
        self.assert_recovers([], region.mark(ORG))

    def test_full_during_a_backup_leaves_nothing_of_it(self):
        target = region.path(ORG, "kopieen")
        run(as_owner(["mkdir", "-m", "700", target]), check=True)
        with SmallDisk(region, ORG, "kopieen", mib=1) as disk:
            if disk.kind == "RLIMIT_FSIZE":
                return  # the command is no process that such a limit was set for
            wrap = region.environment.get("REGION_WRAP", "").split()
            for options in ((), ("--sleutels", os.path.join(target, "s"))):
                copy = os.path.join(target, "een") if not options else region.path(ORG, "kopie-elders")
                disk.fill()
                words = [region.path("ketenbrug"), "backup", copy, *options, "--config",
                         region.path(ORG, "ketenbrug.ini")]
                done = run(as_owner(wrap + words))
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(target, done.stderr)
                self.assertRegex(done.stderr, "vol|[Ss]pace")
                disk.free()
                self.assertEqual(os.listdir(disk.inside), [])
                self.assertFalse(os.path.exists(region.path(ORG, "kopie-elders")))
                if not options:
                    made = run(as_owner(wrap + words))  # a megabyte holds this node's data? then it is made
                    self.assertEqual(os.listdir(disk.inside), ["een"] if made.returncode == 0 else [])
                    run(as_owner(["rm", "-rf", os.path.join(disk.inside, "een")]), check=True)
        self.assertEqual(region.health(ORG), 200)

    def test_the_keys_folder_full_at_a_new_class_of_records(self):
        """A key of a class that no record had yet cannot be made: its records cannot be, and so not its answers."""
        with SmallDisk(region, ORG, "sleutels", mib=1) as disk:
            with Peer(region, ORG) as peer:  # other classes have their keys
                self.assertEqual(peer.consult(question()).status, 200)
            mark = region.mark(ORG)
            keys = log_keys.class_keys(disk.inside)
            self.assertFalse([key for key in keys if key[1] == 3], keys)
            disk.fill()
            wanted = question(doel="leerplicht", grondslag="leerplichtwet-18", rol="leerplichtambtenaar")
            with Peer(region, ORG) as peer:
                answer = peer.consult(wanted)
                if answer.status != 503:
                    self.fail(answer)
                self.assert_refused(answer)
                self.assertEqual(peer.consult(question()).status, 200, "andere klassen gaan door")
                self.assertEqual(log_keys.class_keys(disk.inside), keys)
                disk.free()
                self.assertEqual(peer.consult(wanted).status, 200)
            self.assertIn("sleutelbestand", region.node_log(ORG))
            self.assert_recovers([], mark)


class Failing(DiskTest):
    """Behind a library that fails the calls of SQLite's unix layer. What is in the write-ahead log is put into the database
    when a second went by without a commit: with the ticks of the tests there may be none."""

    @classmethod
    def setUpClass(cls):
        region.hold_still()
        cls.addClassCleanup(region.go_on)

    def test_a_full_disk_under_a_checkpoint_is_said_and_made_good(self):
        wal = region.database(ORG) + "-wal"
        with BadDisk(region, ORG) as disk:
            mark = region.mark(ORG)
            disk.rule("write", "knooppunt.db", ENOSPC)
            load = Load(region, ORG)
            load.start()
            eventually("bijwerken mislukt", lambda: "opslag-bijwerken" in region.node_log(ORG))
            eventually("meer dan er ruimte was", lambda: len(load.answered) > 200)  # each a record: the file has to grow
            load.stopping = True
            load.join(WAIT)
            self.assertIn("vol", region.node_log(ORG))
            size = os.stat(wal[:-4]).st_size
            self.assertEqual((load.wrong, load.lost), ([], None))  # the write-ahead log has room
            disk.rule()
            eventually("bijgewerkt", lambda: os.stat(wal[:-4]).st_size > size)
            with Peer(region, ORG) as peer:  # after a commit and a second without one, it is emptied
                self.assertEqual(peer.consult(question()).status, 200)
            eventually("geleegd", lambda: os.stat(wal).st_size == 0)
            self.assert_recovers(load.answered, mark)

    def refuses_while(self, disk, call, ending, error, word):
        mark = region.mark(ORG)
        with Peer(region, ORG) as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            disk.rule(call, ending, error)
            answered = self.until_refused(peer)
            eventually("niet gereed", lambda: "de opslag neemt niets aan" in reasons())
            with Desk(region, ORG, region.token(ORG, "z.smit")) as desk:
                self.assert_refused(desk.call("POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": MILAN}))
            self.assertIn(word, region.node_log(ORG))
            disk.rule()
        self.assert_recovers(answered, mark)

    def test_a_disk_that_became_read_only_or_does_not_write(self):
        with BadDisk(region, ORG) as disk:
            self.refuses_while(disk, "write", "knooppunt.db-wal", EROFS, "de schijf gaf een fout")
            if LONG:
                self.refuses_while(disk, "write", "knooppunt.db-wal", EIO, "de schijf gaf een fout")

    def fatal(self, ending, act):
        """A sync that fails: the node ends with code 1, answers nobody who waits, and starts again whole."""
        mark = region.mark(ORG)
        with BadDisk(region, ORG) as disk:
            with Peer(region, ORG) as peer:
                answered = [new_id() for _ in range(20)]
                for request in answered:
                    self.assertEqual(peer.consult(question(), request).status, 200)
            region.stop_one(ORG)
            words = region.serve_words(ORG)
            at = words.index(region.path("ketenbrug"))
            node = subprocess.Popen(words[:at] + region.environment["REGION_WRAP"].split() + words[at:],
                                    stderr=subprocess.PIPE, text=True)
            try:
                eventually("gereed", lambda: region.health_or_none(ORG) == 200)
                act(disk, ending)
                _, said = node.communicate(timeout=LONG_WAIT)
            finally:
                node.kill()
                node.wait()
            self.assertEqual(node.returncode, 1)
            self.assertIn("opslag-onbetrouwbaar-knooppunt-stopt", said)
            for line in said.splitlines():
                json.loads(line)
            nothing_personal(self, said)
            disk.rule()
            region.start_one(ORG)
            self.assert_recovers(answered, mark)

    def test_a_sync_that_fails_during_a_commit_ends_the_node_before_it_answers(self):
        def ask(disk, ending):
            peer = Peer(region, ORG)
            self.addCleanup(peer.sock.close)
            raw = peer.signed(question())
            disk.rule("fsync", ending, EIO)
            with self.assertRaises((ConnectionError, OSError)):  # or a tick of its own came first
                peer.wait(peer.ask(raw))
            for answer in peer.answers.values():
                self.assertEqual((answer.status, answer.body), (None, b""))
        self.fatal("knooppunt.db-wal", ask)

    def test_a_sync_that_fails_during_a_checkpoint_ends_the_node_too(self):
        def ask(disk, ending):
            peer = Peer(region, ORG)
            self.addCleanup(peer.sock.close)
            raw = peer.signed(question())
            disk.rule("fsync", ending, EIO)
            try:
                answer = peer.wait(peer.ask(raw))
            except (ConnectionError, OSError):  # what a tick of its own wrote was put into the database first
                return
            self.assertEqual(answer.status, 200)  # durable in the write-ahead log
        self.fatal("knooppunt.db", ask)

    if LONG:
        def test_a_truncate_that_fails_loses_nothing(self):
            with BadDisk(region, ORG) as disk:
                mark = region.mark(ORG)
                disk.rule("truncate", "knooppunt.db-wal", EIO)
                load = Load(region, ORG)
                load.start()
                eventually("antwoorden", lambda: len(load.answered) > 50)
                load.stopping = True
                load.join(WAIT)
                eventually("gezegd", lambda: "opslag-bijwerken" in region.node_log(ORG))
                self.assertEqual((load.wrong, load.lost), ([], None))
                disk.rule()
                self.assert_recovers(load.answered, mark)


class ReadOnly(DiskTest):
    """At the start: a file or a folder that may not be written, or not be read."""

    def assert_says(self, *words):
        done = run(region.serve_words(ORG), timeout=LONG_WAIT)
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        nothing_personal(self, done.stderr)

    def setUp(self):
        region.stop_one(ORG)
        self.addCleanup(region.start_one, ORG)
        self.data = region.database(ORG)

    def with_mode(self, path, mode, *words):
        before = os.stat(path).st_mode & 0o777
        os.chmod(path, mode)
        try:
            self.assert_says(*words)
        finally:
            os.chmod(path, before)

    def test_a_database_file_that_may_not_be_written_or_read(self):
        for mode in (0o400, 0o000):
            self.with_mode(self.data, mode, "knooppunt.db", "kan niet worden geopend")

    def test_a_folder_that_may_not_be_written(self):
        os.unlink(os.path.join(os.path.dirname(self.data), "knooppunt.slot"))
        self.with_mode(os.path.dirname(self.data), 0o500, "knooppunt.slot", "kan niet worden geopend")

    def test_a_write_ahead_log_that_may_not_be_read(self):
        run(as_owner(["sh", "-c", 'umask 077; printf x >"$1-wal"', "sh", self.data]), check=True)
        self.with_mode(self.data + "-wal", 0o000, "opslag")
        os.unlink(self.data + "-wal")

    def test_a_folder_in_the_place_of_the_database(self):
        os.rename(self.data, self.data + ".opzij")
        run(as_owner(["mkdir", self.data]), check=True)
        try:
            self.assert_says("knooppunt.db", "kan niet worden geopend")
        finally:
            os.rmdir(self.data)
            os.rename(self.data + ".opzij", self.data)

    def test_a_file_in_the_place_of_the_folder(self):
        folder = os.path.dirname(self.data)
        os.rename(folder, folder + ".opzij")
        owned_file(folder, "x")
        try:
            self.assert_says("gegevens", "kan niet worden geopend")
        finally:
            os.unlink(folder)
            os.rename(folder + ".opzij", folder)

    def test_a_file_system_that_may_only_be_read(self):
        folder = os.path.dirname(self.data)
        read_only = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
        if os.geteuid() != 0:
            tell("alleen te lezen: een eigen namespace")
            done = run(["unshare", "-rm", "sh", "-c", read_only + ' && exec "$@"', folder, *region.serve_words(ORG)],
                       timeout=LONG_WAIT)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("kan niet worden geopend", done.stderr)
            return
        tell("alleen te lezen: een aangekoppelde map")
        try:
            run(["sh", "-c", read_only, folder], check=True)
            self.assert_says("knooppunt.slot", "kan niet worden geopend")
        finally:
            run(["umount", folder], check=True)


if __name__ == "__main__":
    unittest.main()
