"""A partner's node that dies or changes in the middle of a question: shown as no answer, with the cause; both logs agree."""
import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import unittest

from faults import LONG, BadDisk, await_end, is_gone, owned_file
from peer import Peer, question
from support import MILAN, OIN, WAIT, Region, as_owner, eventually, new_id, run

ORG = "school"
TIMES = 25  # that a moment is arranged anew when the node's own work came in between
# A question waits for what a test does meanwhile, such as the start of a node.
region = Region("fault-partners", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_CONNECT_MS=20000, REGION_ANSWER_MS=40000)


def setUpModule():
    region.start()


class PartnerTest(unittest.TestCase):
    def setUp(self):
        region.reload("gebiedsteam")  # circuits start closed
        self.assertEqual(self.entry()["uitkomst"], "betrokken")  # whom it evaluated, and nothing waits
        self.marks = {org: region.mark(org) for org in ("gebiedsteam", ORG)}

    def entry(self):
        return region.consult([MILAN])[MILAN][OIN[ORG]]

    def in_background(self, people=(MILAN,)):
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        return pool.submit(region.consult, list(people))

    def assert_no_answer(self, entry, *causes):
        self.assertEqual(entry["uitkomst"], "geen-antwoord", entry)
        self.assertIn(entry["oorzaak"], causes)
        self.assertTrue(entry["toelichting"])
        self.assertNotIn("betrokkenheden", entry)

    def own(self, operation):
        return {r["verzoek"]: r["uitkomst"] for r in region.records("gebiedsteam", self.marks["gebiedsteam"])
                if r["handeling"] == operation and r["ketenpartner"] == OIN[ORG]}

    def partners(self):
        return [r["verzoek"] for r in region.records(ORG, self.marks[ORG]) if r["handeling"] == "raadpleging-beantwoord"]

    def assert_reconciled(self):
        """Each question was recorded before it left, has one end; what the asker says it heard, the partner said; and
        what the partner answered, the asker asked."""
        asked, received = self.own("raadpleging-gevraagd"), self.own("raadpleging-ontvangen")
        self.assertEqual(set(asked), set(received))
        answered = set(self.partners())
        self.assertLessEqual({request for request, outcome in received.items() if outcome != "geen-antwoord"}, answered)
        self.assertLessEqual(answered, set(asked))
        for org in ("gebiedsteam", ORG):
            self.assertEqual(region.verify(org).returncode, 0)


class Restarts(PartnerTest):
    def test_killed_between_question_and_answer(self):
        """It stands still with the question in hand, and dies."""
        self.assertEqual(self.entry()["uitkomst"], "betrokken")  # the connection is there
        before = set(self.own("raadpleging-gevraagd"))
        os.kill(region.pid(ORG), signal.SIGSTOP)
        asked = self.in_background()
        eventually("gevraagd", lambda: set(self.own("raadpleging-gevraagd")) - before)
        region.kill_one(ORG)
        answer = asked.result()[MILAN]
        self.assert_no_answer(answer[OIN[ORG]], "onbereikbaar")
        region.start_one(ORG)
        region.reload("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")
        self.assert_reconciled()

    def test_killed_during_the_handshake(self):
        """The connection is there, nothing is said on it, and it is cut; each try meets the same, and so do others that
        connect meanwhile for the rounds of checkpoints."""
        region.stop_one(ORG)
        listener = socket.create_server(("127.0.0.1", region.port(ORG)))
        hellos = []

        def cut():
            try:
                while True:
                    with listener.accept()[0] as one:
                        one.settimeout(WAIT)
                        with contextlib.suppress(ConnectionError):  # who called is gone
                            hellos.append(one.recv(5))  # the beginning of a ClientHello
            except OSError:
                pass
        cutter = threading.Thread(target=cut, daemon=True)
        cutter.start()
        try:
            entry = self.entry()
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
            cutter.join(WAIT)
            listener.close()
            region.start_one(ORG)
        self.assertEqual({hello[:2] for hello in hellos if hello}, {b"\x16\x03"})
        self.assert_no_answer(entry, "onbereikbaar")
        told = [json.loads(line) for line in region.node_log("gebiedsteam").splitlines() if entry["verzoek"] in line]
        self.assertGreaterEqual(told[-1]["pogingen"], 3)
        self.assertGreaterEqual(len(hellos), told[-1]["pogingen"])
        region.reload("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")
        self.assert_reconciled()

    def test_killed_with_its_record_on_disk_and_the_answer_not_gone(self):
        """The next sync ends it: the record of the answer is written, nothing is said. Its log may then say that it
        answered; the asker never says that it heard. What syncs next may be work of its own, before the question came:
        then all over again."""
        with BadDisk(region, ORG) as disk:
            for _ in range(TIMES):
                region.reload("gebiedsteam")
                self.assertEqual(self.entry()["uitkomst"], "betrokken")  # its keys of this month are there
                disk.rule("fsync", "knooppunt.db-wal", "KILL")
                entry = self.entry()
                self.assert_no_answer(entry, "onbereikbaar")
                await_end(region, ORG)
                disk.rule()
                region.start_one(ORG)
                self.assertEqual(self.own("raadpleging-ontvangen")[entry["verzoek"]], "geen-antwoord")
                self.assert_reconciled()
                if entry["verzoek"] in self.partners():
                    break
        self.assertIn(entry["verzoek"], self.partners())
        region.reload("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")
        self.assert_reconciled()

    def test_the_same_question_again_under_the_same_request_id(self):
        """As after an answer that was lost: answered again, recorded again, the same answer."""
        request = new_id()
        with Peer(region, ORG) as peer:
            first = peer.consult(question(), request)
        region.kill_one(ORG)
        region.start_one(ORG)
        with Peer(region, ORG) as peer:
            second = peer.consult(question(), request)
        self.assertEqual((first.status, second.status), (200, 200))
        self.assertEqual(len(first.body), len(second.body))
        self.assertEqual(self.partners().count(request), 2)

    def test_questions_while_it_dies_and_comes_back_again_and_again(self):
        outcomes, stop = [], threading.Event()

        def consult_on():
            while not stop.is_set():
                outcomes.append(self.entry())

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            workers = [pool.submit(consult_on) for _ in range(2)]
            try:
                for _ in range(12 if LONG else 3):
                    seen = len(outcomes)
                    eventually("antwoorden", lambda s=seen: len(outcomes) > s + 2)
                    region.kill_one(ORG)
                    region.start_one(ORG)
                    region.reload("gebiedsteam")
            finally:
                stop.set()
            for worker in workers:
                worker.result()
        self.assertLessEqual({entry["uitkomst"] for entry in outcomes}, {"betrokken", "geen-antwoord"})
        region.reload("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")
        self.assert_reconciled()

    def test_down_and_up_within_the_time_of_one_question(self):
        """It takes the connection and the question, is replaced, and answers the next try under the same request id."""
        region.stop_one(ORG)
        listener = socket.create_server(("127.0.0.1", region.port(ORG)))
        listener.settimeout(10)

        def hold():
            one, _ = listener.accept()
            listener.close()  # from here on nobody is there, until the node is
            region.start_one(ORG)
            one.close()
        holder = threading.Thread(target=hold)
        holder.start()
        try:
            entry = self.entry()
        finally:
            holder.join()
        self.assertEqual(entry["uitkomst"], "betrokken")
        self.assertEqual(self.partners(), [entry["verzoek"]])
        self.assert_reconciled()


class Replaced(PartnerTest):
    def test_its_certificate_is_another_after_a_restart(self):
        """Of the same organisation: all goes on. Of another: not asked, and shown so."""
        paths = region.certificate(ORG)
        was = []
        for path in paths:
            with open(path, encoding="ascii") as file:
                was.append(file.read())
        try:
            renewed = region.issue("vernieuwd", OIN[ORG], organisation="Vernieuwd", host=f"{ORG}.localhost")
            self.replace(paths, renewed)
            region.kill_one(ORG)
            region.start_one(ORG)
            self.assertEqual(self.entry()["uitkomst"], "betrokken")
            region.stop_one(ORG)
            stranger = region.issue("vreemd", "00000099000000009000", host=f"{ORG}.localhost")
            # A node with a certificate that is no party's does not start; another program may stand there.
            self.replace(paths, stranger)
            done = run(region.serve_words(ORG), timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn("geen partij", done.stderr)
            server = subprocess.Popen(as_owner(
                ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{region.port(ORG)}", "-cert", stranger[0],
                 "-key", stranger[1], "-alpn", "h2", "-tls1_3"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            try:
                eventually("luistert", lambda: self.listens(region.port(ORG)))
                self.assert_no_answer(self.entry(), "andere-organisatie")
            finally:
                server.kill()
                heard, _ = server.communicate()
            self.assertNotIn(MILAN.encode(), heard)
        finally:
            for path, text in zip(paths, was):
                owned_file(path, text)
            region.start_one(ORG)
        region.reload("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")

    @staticmethod
    def listens(port):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    @staticmethod
    def replace(paths, others):
        for path, other in zip(paths, others):
            run(as_owner(["cp", "-p", other, path]), check=True)

    def test_its_database_is_emptied(self):
        """It does not start as a node that knows nobody; who asks, sees that it gives no answer."""
        folder = region.path(ORG, "gegevens")
        region.kill_one(ORG)
        run(as_owner(["mv", folder, folder + ".weg"]), check=True)
        try:
            run(as_owner(["mkdir", "-m", "700", folder]), check=True)
            done = run(region.serve_words(ORG), timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn("de opslag is leeg", done.stderr)
            self.assert_no_answer(self.entry(), "onbereikbaar")
        finally:
            run(as_owner(["sh", "-c", 'rm -rf "$1" && mv "$1.weg" "$1"', "sh", folder]), check=True)
            region.start_one(ORG)
        region.reload("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")
        self.assert_reconciled()

    def test_the_asker_dies_with_its_question_out(self):
        """Its log has the question without an end; the partner's log may have the answer. After a restart all goes on."""
        os.kill(region.pid(ORG), signal.SIGSTOP)
        try:
            asked = subprocess.Popen(as_owner(
                [region.path("ketenbrug"), "consult", "--doel", "hulpafstemming", "--grondslag", "wmo-5.1.1", "--zaak",
                 "Z-2026-0012", "--reden", "gezin meldt zich met schulden", "--config",
                 region.path("gebiedsteam", "ketenbrug.ini"), "--bewijs", region.path("gebiedsteam", "bewijzen",
                                                                                      "g.jansen")]),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            asked.stdin.write(f"{MILAN}\n")
            asked.stdin.close()
            eventually("gevraagd", lambda: self.own("raadpleging-gevraagd"))
            region.kill_one("gebiedsteam")
        finally:
            os.kill(region.pid(ORG), signal.SIGCONT)
        self.assertEqual(asked.wait(WAIT), 1)
        self.assertEqual(asked.stdout.read(), "")
        asked.stdout.close()
        asked.stderr.close()
        region.start_one("gebiedsteam")
        self.assertEqual(self.entry()["uitkomst"], "betrokken")
        asked_ids, received = self.own("raadpleging-gevraagd"), self.own("raadpleging-ontvangen")
        self.assertEqual(len(set(asked_ids) - set(received)), 1)
        self.assertLessEqual(set(self.partners()), set(asked_ids))
        self.assertEqual(region.verify("gebiedsteam").returncode, 0)
        self.assertFalse(is_gone(region, ORG))


if __name__ == "__main__":
    unittest.main()
