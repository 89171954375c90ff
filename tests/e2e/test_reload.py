"""SIGHUP and SIGTERM while partners ask: what changes, what may not, and that no honest question fails."""
import concurrent.futures
import datetime
import itertools
import json
import os
import re
import signal
import ssl
import threading
import time
import unittest

from peer import Peer, question
from support import MILAN, OIN, ORGANISATIONS, WAIT, Region, as_owner, eventually, run

LONG = os.environ.get("E2E_LONG") == "1"
SECONDS = 120 if LONG else 4
RESTARTS = 20 if LONG else 3
TRIED_S = 3  # that a partner which answered until now is tried (PEER_RESTART_MS)
COVENANT_BYTES = 4194304
PREDECESSOR_BYTES = len('"voorganger": "", ') + 91  # what signing adds


def setUpModule():
    global region
    region = Region("reload", REGION_COUNT=40, REGION_DRAIN_MS=20_000).start()


def write(path, content):
    """In one go, as the nodes' user: a reload never meets half a file."""
    run(as_owner(["sh", "-c", 'umask 077; cat >"$1.nieuw" && mv "$1.nieuw" "$1"', "sh", path]), content, True)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Kept(unittest.TestCase):
    """Files of the school that a test changes come back, and the node takes that over."""

    def setUp(self):
        self.ini = region.path("school", "ketenbrug.ini")
        self.covenant = region.path("school", "convenant.json")
        before = {path: read(path) for path in (self.ini, self.covenant, *region.certificate("school"))}

        def back():
            for path, content in before.items():
                write(path, content)
            region.sign("school")
            region.reload("school")
        self.addCleanup(back)
        self.text = before[self.ini]

    def reload(self):
        """What it said of that; of partners that are away or slow it says things too."""
        mark = len(region.node_log("school"))
        region.reload("school")
        lines = [json.loads(line) for line in region.node_log("school")[mark:].splitlines()]
        return [l for l in lines if l["gebeurtenis"].startswith(("herladen", "instelling-gewijzigd"))]

    def change(self, *pairs):
        text = self.text
        for old, new in pairs:
            self.assertIn(old, text)
            text = text.replace(old, new)
        write(self.ini, text)
        return self.reload()


class Settings(Kept):
    def test_times_and_bounds_take_effect_and_are_said(self):
        for org in set(ORGANISATIONS) - {"school"}:  # whose own connections would be counted
            region.stop_one(org)
            self.addCleanup(region.start_one, org)
        with Peer(region, "school") as peer:
            body = peer.signed(question())  # before the silence is bounded: finding out by what name to ask takes its time
        lines = self.change(("[grenzen]", "[grenzen]\nverbindingen = 2\nstil_ms = 3000"))
        self.assertEqual([(l["sleutel"], l["was"], l["wordt"]) for l in lines
                          if l["gebeurtenis"] == "instelling-gewijzigd"],
                         [("grenzen.stil_ms", "120000", "3000"), ("grenzen.verbindingen", "4096", "2")])
        with Peer(region, "school") as peer:
            self.assertEqual(peer.consult(body).status, 200)
            peer.until_closed()  # silence is now bounded by 3 s instead of two minutes
            self.assertTrue(peer.closed)
        lines = self.change(("[grenzen]", "[grenzen]\nverbindingen = 2"))
        with Peer(region, "school") as one, Peer(region, "school") as two:
            self.assertEqual([p.consult(body).status for p in (one, two)], [200, 200])
            with self.assertRaises((OSError, ssl.SSLError)):
                Peer(region, "school").consult(question())

    def test_times_towards_partners_take_effect(self):
        ini = region.path("gebiedsteam", "ketenbrug.ini")
        text = read(ini)
        self.addCleanup(lambda: (write(ini, text), region.reload("gebiedsteam")))
        write(ini, re.sub("antwoord_ms = [0-9]+", "antwoord_ms = 700", text))
        region.reload("gebiedsteam")
        os.kill(region.pid("uwv"), signal.SIGSTOP)
        try:
            entry = region.consult([MILAN])[MILAN][OIN["uwv"]]
        finally:
            os.kill(region.pid("uwv"), signal.SIGCONT)
        self.assertEqual(entry["uitkomst"], "geen-antwoord")
        told = eventually("het staat in het bedrijfslog", lambda: [
            said for said in map(json.loads, region.node_log("gebiedsteam").splitlines())
            if said.get("oin") == OIN["uwv"] and "uitkomst" in said])[-1]
        self.assertEqual(told["uitkomst"], "te-laat")
        self.assertGreaterEqual(told["ms"], 340)  # half of it is for evaluating, which comes first
        self.assertLess(told["ms"], 10000)

    def test_what_cannot_change_is_refused_by_name_and_nothing_changes(self):
        for old, new, key in ((f"luister = 127.0.0.1:{region.port('school')}\n", "luister = 127.0.0.1:9\n",
                               "ketenpartners.luister"),
                              ("map = gegevens", "map = elders", "knooppunt.map"),
                              ("contactpunt = contactpunt", "contactpunt = ander", "medewerkers.contactpunt")):
            with self.subTest(key=key):
                lines = self.change((old, new), ("[grenzen]", "[grenzen]\nstil_ms = 300"))
                self.assertEqual([l["gebeurtenis"] for l in lines], ["herladen-mislukt-oude-gegevens-blijven"])
                self.assertEqual(lines[0]["plaats"], key)
                self.assertIn(new.split(" = ")[1].strip(), lines[0]["melding"])
                with Peer(region, "school") as peer:
                    self.assertEqual(peer.consult(question()).status, 200)
                    time.sleep(0.7)  # longer than the silence that was refused, shorter than the one that holds
                    self.assertEqual(peer.consult(question()).status, 200)

    def test_a_broken_file_keeps_the_old_state(self):
        for broken in (self.text.replace("[grenzen]", "[grenzen]\nstil_ms = snel"), self.text[:-20] + "\n[open", ""):
            write(self.ini, broken)
            self.assertEqual([l["gebeurtenis"] for l in self.reload()], ["herladen-mislukt-oude-gegevens-blijven"])
            with Peer(region, "school") as peer:
                self.assertEqual(peer.consult(question()).status, 200)

    def test_other_paths_of_certificates_are_taken_over(self):
        paths = [region.path("school", name) for name in ("ander.pem", "ander.key")]
        region.script("pki", "issue", "--map", region.path("pki", "ca"), "--oin", OIN["school"], "--organisatie",
                      "Openbare Scholengroep De Linde", "--host", "school.localhost", "--certificaat", paths[0],
                      "--sleutel", paths[1])
        old = ssl.PEM_cert_to_DER_cert(read(region.certificate("school")[0]))
        self.change(("../pki/school.pem", "ander.pem"), ("../pki/school.key", "ander.key"))
        with Peer(region, "school") as peer:
            self.assertNotEqual(peer.sock.getpeercert(True), old)


class WhileReading(Kept):
    """The covenant is a pipe, so that the reload reads for as long as the test wants."""

    def test_answers_go_on_and_more_signals_are_one_more_reload(self):
        pipe = region.path("school", "pijp.json")
        run(as_owner(["mkfifo", "-m", "0666", pipe]), check=True)
        write(self.ini, self.text.replace("convenant.json", "pijp.json"))
        mark = len(region.node_log("school"))

        def told():
            return region.node_log("school")[mark:].count('"gebeurtenis":"herladen"')
        os.kill(region.pid("school"), signal.SIGHUP)

        out = eventually("gelezen", lambda: self.opened(pipe))
        os.set_blocking(out, True)
        with Peer(region, "school") as peer:
            for _ in range(20):
                self.assertEqual(peer.consult(question()).status, 200)
        self.assertEqual(told(), 0)
        for _ in range(5):
            os.kill(region.pid("school"), signal.SIGHUP)
        with Peer(region, "school") as peer:
            self.assertEqual(peer.consult(question()).status, 200)
        os.write(out, read(self.covenant).encode())
        os.close(out)
        eventually("herladen", lambda: told() == 1)
        # All that came meanwhile is one reload more, which reads again.
        with open(pipe, "wb") as again:
            again.write(read(self.covenant).encode())
        eventually("nog eens", lambda: told() == 2)
        write(self.ini, self.text)
        region.reload("school")
        self.assertEqual(told(), 3)

    def test_sigterm_in_the_middle_of_it_ends_the_node(self):
        pipe = region.path("school", "pijp.json")
        run(as_owner(["sh", "-c", 'rm -f "$1"; mkfifo -m 0666 "$1"', "sh", pipe]), check=True)
        write(self.ini, self.text.replace("convenant.json", "pijp.json"))
        os.kill(region.pid("school"), signal.SIGHUP)
        out = eventually("gelezen", lambda: self.opened(pipe))
        os.kill(region.pid("school"), signal.SIGTERM)
        os.close(out)
        write(self.ini, self.text)
        region.stop_one("school")
        region.start_one("school")
        self.assertEqual(region.verify("school").returncode, 0)

    @staticmethod
    def opened(pipe):
        """Succeeds only while somebody reads: the reload is in the middle of it."""
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None


def large_covenant(text):
    """The same covenant with as many parties as there may be."""
    covenant = json.loads(text)
    parties = covenant["partijen"]
    for i in range(4096 - len(parties)):
        party = dict(parties[-1], oin=f"000000990000{i + 10:05d}000", naam=f"Verzonnen organisatie {i}")
        party["knooppunt"] = f"https://o{i}.localhost:1"
        party["logboek"] = dict(party["logboek"], oorsprong=f"o{i}.localhost/logboek")
        parties.append(party)
    return covenant


class Load(threading.Thread):
    """A partner with one connection and several questions at a time; when told to go on, with a new connection."""

    def __init__(self, certificate=None, again=False, asker=None):
        super().__init__(daemon=True)
        self.certificate, self.again, self.asker = certificate, again, asker
        self.answered, self.wrong, self.unserved, self.failed = 0, [], 0, []
        self.lost = None
        self.stopping = False
        self.longest = 0.0

    def run(self):
        while not self.stopping:
            try:
                self.one_connection()
            except ConnectionRefusedError:
                self.unserved += 1
                time.sleep(0.02)
            except (OSError, ssl.SSLError) as lost:
                self.lost = lost
                if not self.again:
                    return

    def one_connection(self):
        try:
            peer = Peer(region, "school", self.certificate, self.asker)
        except ConnectionRefusedError:
            raise
        except (OSError, ssl.SSLError):
            self.unserved += 1  # no question had been sent yet
            if not self.again:
                raise
            return
        with peer:
            while not self.stopping and peer.goaway is None:
                begin = time.monotonic()
                streams = [peer.ask(question()) for _ in range(8)]
                for stream in streams:
                    self.judge(peer, stream)
                self.longest = max(self.longest, time.monotonic() - begin)

    def judge(self, peer, stream):
        try:
            answer = peer.wait(stream)
        except (ConnectionError, ssl.SSLError, OSError) as lost:
            # Honest when the client was told before: this stream comes behind the last one that was handled.
            if peer.goaway is not None and stream > peer.goaway:
                self.unserved += 1
                return
            if not self.again:
                raise
            self.failed.append((repr(lost), stream, peer.goaway))
            return
        if answer.status == 200:
            self.answered += 1
        elif answer.reset == 7:  # REFUSED_STREAM (RFC 9113, 8.7): not handled
            self.unserved += 1
        else:
            self.wrong.append(repr(answer))


class UnderLoad(Kept):
    def start(self, *loads):
        for load in loads:
            load.start()
        eventually("antwoorden", lambda: all(load.answered for load in loads))

    def stop(self, *loads):
        for load in loads:
            load.stopping = True
        for load in loads:
            load.join(2 * WAIT)
            self.assertFalse(load.is_alive())

    def test_reloads_with_other_values_lists_and_certificates_fail_no_honest_question(self):
        guest = [region.path("pki", name) for name in ("gast.pem", "gast.key")]
        issue = ("pki", "issue", "--map", region.path("pki", "ca"), "--oin")
        region.script(*issue, OIN["cjg"], "--organisatie", "CJG Zandland", "--host", "cjg.localhost",
                      "--certificaat", guest[0], "--sleutel", guest[1])
        pairs = itertools.cycle([[read(path) for path in region.certificate("school")]] +
                                [self.another_certificate(issue, f"school{number}") for number in (2, 3)])
        settings = itertools.cycle(["", "stil_ms = 60000\nverbindingen = 100\n"])
        # Each time where the node does not look now: the one before may still be read, and one file in the place of another
        # is all that changes at once.
        places = itertools.cycle([[region.path("pki", f"beurt{turn}.{kind}") for kind in ("pem", "key")] for turn in (1, 2)])
        loads = [Load(), Load(), Load(region.certificate("uwv"))]
        revoked = Load(guest, asker="cjg")
        self.start(*loads, revoked)
        end = time.monotonic() + SECONDS
        reloads = 0
        while time.monotonic() < end or reloads < 6:
            place = next(places)
            for path, content in zip(place, next(pairs)):
                write(path, content)
            write(self.ini, self.text.replace("../pki/school.pem", place[0]).replace("../pki/school.key", place[1])
                  .replace("[grenzen]\n", "[grenzen]\n" + next(settings)))
            if reloads == 3:
                region.script("pki", "revoke", "--map", region.path("pki", "ca"), "--certificaat", guest[0])
                region.script("crl")
            self.assertNotIn("herladen-mislukt", json.dumps(self.reload()))
            reloads += 1
            if reloads == 4:
                revoked.join(2 * WAIT)
                self.assertFalse(revoked.is_alive(), "wie is ingetrokken, verliest zijn verbinding")
            os.kill(region.pid("school"), signal.SIGHUP)  # and one that may be coalesced
        eventually("antwoorden", lambda: all(load.answered > 20 for load in loads))
        self.stop(*loads)
        for load in loads:
            self.assertEqual((load.wrong, load.lost, load.failed, load.unserved), ([], None, [], 0))
        self.assertIsNotNone(revoked.lost)
        self.assertEqual(revoked.wrong, [])
        eventually("rust", lambda: region.health("school") == 200)

    def another_certificate(self, issue, name):
        paths = [region.path("pki", f"{name}.{kind}") for kind in ("pem", "key")]
        region.script(*issue, OIN["school"], "--organisatie", "Openbare Scholengroep De Linde", "--host",
                      "school.localhost", "--host", "127.0.0.1", "--certificaat", paths[0], "--sleutel", paths[1])
        return [read(path) for path in paths]

    def test_the_largest_covenant_is_taken_over_while_questions_are_answered(self):
        text = json.dumps(large_covenant(read(self.covenant)))
        write(self.covenant, text + " " * (COVENANT_BYTES - PREDECESSOR_BYTES - len(text)))
        region.sign("school")
        loads = [Load(), Load()]
        self.start(*loads)
        for _ in range(5):
            self.assertNotIn("herladen-mislukt", json.dumps(self.reload()))
        self.stop(*loads)
        for load in loads:
            self.assertEqual((load.wrong, load.lost, load.failed, load.unserved), ([], None, [], 0))

    def test_sigterm_and_start_leave_each_question_answered_or_visibly_not_handled(self):
        loads = [Load(again=True) for _ in range(3)]
        self.start(*loads)
        for _ in range(RESTARTS):
            before = [load.answered for load in loads]
            region.stop_one("school")
            region.start_one("school")
            eventually("weer antwoorden", lambda: all(load.answered > n for load, n in zip(loads, before)))
        self.stop(*loads)
        for load in loads:
            self.assertEqual((load.wrong, load.failed), ([], []))
        self.assertEqual(region.verify("school").returncode, 0)

    def test_a_professional_sees_nothing_of_a_partner_that_restarts(self):
        """But that its sets are not made yet: it says so, and when to ask again."""
        for _ in range(RESTARTS):
            eventually("een herstart van hoogstens een seconde of twee", self.nothing_seen)

    def nothing_seen(self):
        """False: it was away for so long that it may be seen."""
        region.reload("gebiedsteam")  # a partner that failed before is not waited for
        self.assertEqual(region.consult([MILAN])[MILAN][OIN["school"]]["uitkomst"], "betrokken")
        seen, stopping = [], threading.Event()

        def ask():
            while not stopping.is_set():
                entry = region.consult([MILAN])[MILAN][OIN["school"]]
                if entry.get("status") == 503:
                    stopping.wait(1)  # its Retry-After
                else:
                    seen.append((entry["uitkomst"], entry.get("oorzaak")))
        with concurrent.futures.ThreadPoolExecutor(2) as askers:
            asked = [askers.submit(ask) for _ in range(2)]
            try:
                eventually("gevraagd", lambda: len(seen) > 2)
                region.stop_one("school")
                away = self.moment_of("stopt")
                region.start_one("school")
                away = (self.moment_of("gereed") - away).total_seconds()
                before = len(seen)
                eventually("gevraagd", lambda: len(seen) > before + 2)
            finally:
                stopping.set()
        for one in asked:
            one.result()
        self.assertLessEqual({outcome for outcome, _ in seen}, {"betrokken", "geen-antwoord"})
        if away > TRIED_S / 2:
            return False
        self.assertEqual(set(seen), {("betrokken", None)})
        return True

    @staticmethod
    def moment_of(event):
        """When it was said last."""
        said = eventually(event, lambda: [line for line in map(json.loads, region.node_log("school").splitlines())
                                          if line["gebeurtenis"] == event])
        return datetime.datetime.fromisoformat(said[-1]["tijd"].replace("Z", "+00:00"))


if __name__ == "__main__":
    unittest.main()
