"""The log cannot be rewritten: what partners cosigned or hold a receipt for, they can prove. Scenario 12."""
import json
import os
import re
import time
import unittest

import log_check
from faults import ENOSPC, EROFS, BadDisk
from log_check import Key, Note
from peer import Peer, question
from receipts import Receipt, bytes_of
from support import (FAMILY, MILAN, ORGANISATIONS, OIN, SAMIRA, WAIT, Region, as_owner, eventually, new_id, problem_of, run,
                     strangers)

BAD = "schuldhulp"
UNASKED = ("de partner geeft geen controlepunt", "de partner kon niet worden gevraagd", "de partner kon niet verder worden gevraagd")


def setUpModule():
    global region, keys
    region = Region("witness", REGION_CHECKPOINT_MS=500, REGION_DRAIN_MS=500).start()
    region.consult(FAMILY)  # whose values are kept from then on
    region.hold_still()
    for org in ORGANISATIONS[1:]:
        ask(FAMILY, org)
    with open(region.path("school", "convenant.json"), encoding="utf-8") as file:
        parties = json.load(file)["partijen"]
    keys = {org: {name: Key(party["logboek"][name]) for name in ("sleutel", "getuige")}
            for org in ORGANISATIONS for party in parties if party["oin"] == OIN[org]}


def get(org, path, asker="gebiedsteam"):
    with Peer(region, org, region.certificate(asker if asker != org else "uwv")) as peer:
        return peer.request("GET", path)


def checkpoint(org, asker="gebiedsteam"):
    return Note(get(org, "/v1/logboek/controlepunt", asker).body.decode())


def cosigned_now(org, count=4):
    """Its checkpoint over all that it has now, with `count` cosignatures."""
    def look():
        answer = get(org, "/v1/logboek/controlepunt")
        if answer.status != 200:
            return None
        note = Note(answer.body.decode())
        size = region.command_json(org, "-", "status")["logboekRegels"]
        return note if note.checkpoint()[1] >= size and len(note.signatures) == 1 + count else None
    try:
        return eventually(f"een controlepunt van {org} met {count} getuigen", look)
    except AssertionError:
        answer = get(org, "/v1/logboek/controlepunt")
        raise AssertionError(f"{answer.status} {answer.body.decode()[:1500]}\n{region.node_log(org)[-1500:]}\n"
                             f"{region.command_json(org, '-', 'status')['logboekRegels']}") from None


def ask(people, org=BAD):
    """A consult that org answers: who saw it away, time and again while it restarted, does not ask it for ten seconds."""
    def answer():
        told = region.consult(people)
        return told if all(told[one][OIN[org]]["uitkomst"] != "geen-antwoord" for one in people) else None
    return eventually(f"{org} antwoordt", answer)


def check(org, asker="gebiedsteam"):
    """Of a partner that can be asked; see there."""
    def verified():
        done = region.command(asker, "-", "audit", "verify", "--ketenpartner", OIN[org], "--json")
        answer = json.loads(done.stdout)
        return None if any(word in findings(answer) for word in UNASKED) else (done.returncode, answer)
    return eventually(f"{org} is na te gaan", verified)


def findings(answer):
    return " | ".join(f["bevinding"] for f in answer["bevindingen"])


def prove(org, body, asker="gebiedsteam"):
    with Peer(region, org, region.certificate(asker)) as peer:
        return peer.request("POST", "/v1/logboek/bewijzen", json.dumps(body).encode(),
                            [("content-type", "application/json")])


def proof_of(answer):
    return [log_check.base64.b64decode(text) for text in json.loads(answer.body)["bewijs"]]


class Promises(unittest.TestCase):
    """Honest nodes, looked at with other eyes than their own."""

    @classmethod
    def setUpClass(cls):
        ask(FAMILY)

    def test_every_log_is_cosigned_by_the_four_others(self):
        for org in ORGANISATIONS:
            note = cosigned_now(org)
            self.assertIs(note.signed_by(keys[org]["sleutel"]), True)
            for witness in ORGANISATIONS:
                when = note.signed_by(keys[witness]["getuige"])
                if witness == org:
                    self.assertIs(when, False)
                else:
                    self.assertLess(abs(when - time.time()), 10 * WAIT)

    def test_the_root_is_that_of_the_leaves_on_disk(self):
        for org in ("gebiedsteam", BAD):
            origin, size, root = cosigned_now(org).checkpoint()
            self.assertEqual(origin, f"{org}.localhost/logboek")
            leaves = log_check.leaves_of(region.database(org))
            self.assertEqual(log_check.root_of([log_check.leaf_hash(leaf) for leaf in leaves[:size]]), root)

    def test_proofs_of_every_size_hold_by_another_implementation(self):
        _, size, root = cosigned_now(BAD).checkpoint()
        hashes = [log_check.leaf_hash(leaf) for leaf in log_check.leaves_of(region.database(BAD))[:size]]
        with Peer(region, BAD) as peer:
            for first in range(1, size + 1, 50):
                streams = [(old, peer.send("POST", "/v1/logboek/bewijzen",
                                           json.dumps({"samenhang": {"van": old, "tot": size}}).encode(),
                                           [("content-type", "application/json")]))
                           for old in range(first, min(first + 50, size + 1))]
                for old, stream in streams:
                    proof = proof_of(peer.wait(stream))
                    self.assertTrue(log_check.consistent(old, log_check.root_of(hashes[:old]), size, root, proof), old)

    def test_a_receipt_leads_to_its_record_and_no_further(self):
        with Peer(region, BAD) as peer:
            request = new_id()
            answer = peer.consult(question(SAMIRA), request)
            text = json.loads(answer.body)["ontvangstbewijs"]
        receipt = Receipt(bytes_of(text))
        self.assertTrue(receipt.holds(keys[BAD]["sleutel"].public, f"{BAD}.localhost/logboek"))
        _, size, root = cosigned_now(BAD).checkpoint()
        body = {"insluiting": {"ontvangstbewijs": text, "omvang": size}}
        proven = json.loads(prove(BAD, body).body)
        leaf = log_check.base64.b64decode(proven["blad"])
        self.assertEqual(log_check.leaf_hash(leaf), receipt.leaf_hash)
        self.assertEqual(leaf[16:32].hex(), request)
        path = [log_check.base64.b64decode(hash) for hash in proven["bewijs"]]
        self.assertEqual(log_check.inclusion_root(proven["regel"], size, receipt.leaf_hash, path), root)
        problem_of(self, prove(BAD, body, "school"), 404)  # not about the school
        problem_of(self, prove("cjg", body), 404)          # another log's

    def test_the_own_check_of_a_log_and_that_of_a_partner(self):
        cosigned_now("gebiedsteam")
        cosigned_now(BAD)
        done = region.verify("gebiedsteam")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\d+ ontvangstbewijzen van ketenpartners kloppen")
        self.assertIn("medeondertekend door 4 van 4 getuigen", done.stdout)
        code, answer = check(BAD)
        self.assertEqual((code, answer["klopt"], answer["samenhang"]), (0, True, "bewezen"), answer)
        self.assertGreaterEqual(answer["bewezen"], 3)  # it evaluated once, and knows two of them
        self.assertEqual(answer["bewezen"], answer["ontvangstbewijzen"])
        region.record_of("gebiedsteam", 0, handeling="logboek-van-partner-gecontroleerd", ketenpartner=OIN[BAD])

    def test_two_checks_at_once_while_it_serves(self):
        with Peer(region, "gebiedsteam", region.certificate("school")):
            words = [*as_owner([region.path("ketenbrug"), "audit", "verify", "--config",
                                region.path("gebiedsteam", "ketenbrug.ini")])]
            import subprocess
            both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
            region.consult([MILAN])
            for one in both:
                out, err = one.communicate(timeout=5 * WAIT)
                self.assertEqual(one.returncode, 0, err)
                self.assertIn(b"Het logboek klopt", out)


class Witness(unittest.TestCase):
    """What a witness answers to bad checkpoints (C2SP tlog-witness)."""

    def add(self, body, witness="school", asker=BAD):
        with Peer(region, witness, region.certificate(asker)) as peer:
            return peer.request("POST", "/v1/getuige/add-checkpoint", body if isinstance(body, bytes) else body.encode(),
                                [("content-type", "text/plain")])

    def note(self):
        return get(BAD, "/v1/logboek/controlepunt").body.decode()

    def test_nonsense_is_400(self):
        for body in ("", "old x\n\n", "old 1\n", f"old 5\nAAAA\n\n{self.note()}", f"old 0\n\n{self.note()[:-1]}",
                     "old 0\n" + "A" * 43 + "=\n" * 1 + ("A" * 43 + "=\n") * 63 + "\n" + self.note()):
            problem_of(self, self.add(body), 400)

    def test_too_large_is_413(self):
        problem_of(self, self.add(b"old 0\n\n" + b"x" * 20000), 413)

    def test_somebody_elses_log_is_404(self):
        problem_of(self, self.add(f"old 0\n\n{self.note()}", asker="uwv"), 404)
        changed = self.note().replace("schuldhulp.localhost/logboek\n", "vreemd.localhost/logboek\n", 1)
        problem_of(self, self.add(f"old 0\n\n{changed}"), 404)

    def test_forged_is_403(self):
        cosigned_now(BAD)
        head, size, rest = self.note().split("\n", 2)
        forged = f"{head}\n{int(size) + 1}\n{rest}"
        problem_of(self, self.add(f"old {size}\n\n{forged}"), 403)
        unsigned = re.sub(r"\u2014 schuldhulp.localhost/logboek [^\n]*\n", "", self.note())
        problem_of(self, self.add(f"old {size}\n\n{unsigned}"), 403)

    def test_older_is_409_with_the_size_it_holds(self):
        note = cosigned_now(BAD)
        size = note.checkpoint()[1]
        answer = self.add(f"old 1\n\n{self.note()}")
        self.assertEqual((answer.status, answer.header("content-type")), (409, "text/x.tlog.size"))
        self.assertGreaterEqual(int(answer.body), size)

    def test_old_past_the_checkpoint_is_400(self):
        note = cosigned_now(BAD)
        problem_of(self, self.add(f"old {note.checkpoint()[1] + 1}\n\n{self.text(note)}"), 400)

    def test_a_wrong_proof_is_422(self):
        ask([SAMIRA])
        note = cosigned_now(BAD)
        region.stop_one("school")  # it sees no more than this
        ask([SAMIRA])
        newer = cosigned_now(BAD, 3)
        body = f"old {note.checkpoint()[1]}\n{'A' * 43}=\n\n{self.text(newer)}"
        region.start_one("school")
        answer = self.add(body)
        self.assertIn(answer.status, (422, 409), answer)  # 409: it caught up meanwhile
        if answer.status == 422:
            problem_of(self, answer, 422)

    def text(self, note):
        return note.text + "\n" + "".join(
            f"\u2014 {name} {log_check.base64.b64encode(key + signature).decode()}\n"
            for name, key, signature in note.signatures)

    def test_a_witness_that_was_away_cosigns_again(self):
        region.stop_one("uwv")
        for _ in range(5):  # a week of it: test_witness_week.py
            ask([SAMIRA])
            cosigned_now(BAD, 3)
        region.start_one("uwv")
        ask([SAMIRA])
        cosigned_now(BAD, 4)


class BadDisks(unittest.TestCase):
    """A disk that takes nothing: a witness cosigns nothing that it cannot keep, and a log goes on when there is room."""

    def cosigned_by(self, org, witness):
        note = checkpoint(org)
        return note.checkpoint()[1], note.signed_by(keys[witness]["getuige"]) is not False

    def test_of_a_witness(self):
        witness = "uwv"
        with BadDisk(region, witness) as disk:
            ask([SAMIRA])
            held = cosigned_now(BAD, 4).checkpoint()[1]
            for error in (ENOSPC, EROFS):
                with self.subTest(error=error):
                    disk.rule("write", "knooppunt.db-wal", error)
                    ask([SAMIRA])
                    size, signed = eventually("het logboek gaat door met drie", lambda: (
                        found := self.cosigned_by(BAD, witness)) and found[0] > held and not found[1] and found)
                    self.assertFalse(signed)
                    with Peer(region, witness, region.certificate(BAD)) as peer:
                        text = get(BAD, "/v1/logboek/controlepunt").body
                        proof = json.loads(prove(BAD, {"samenhang": {"van": held, "tot": Note(text.decode()).checkpoint()[1]}}
                                                 ).body)["bewijs"]
                        body = "\n".join([f"old {held}", *proof]).encode() + b"\n\n" + text
                        problem_of(self, peer.request("POST", "/v1/getuige/add-checkpoint", body,
                                                      [("content-type", "text/plain")]), 503)
                    disk.rule()
                    ask([SAMIRA])
                    held = cosigned_now(BAD, 4).checkpoint()[1]
                    self.assertGreater(held, size)

    def test_of_the_log(self):
        with BadDisk(region, BAD) as disk:
            ask([SAMIRA])
            before = cosigned_now(BAD, 4).checkpoint()
            for error in (ENOSPC, EROFS):
                with self.subTest(error=error):
                    disk.rule("write", "knooppunt.db-wal", error)
                    entry = region.consult([SAMIRA])[SAMIRA][OIN[BAD]]
                    self.assertEqual((entry["uitkomst"], entry["status"]), ("geen-antwoord", 503))
                    self.assertEqual(checkpoint(BAD).checkpoint(), before)  # what it had is still shown
                    disk.rule()
                    eventually("gereed", lambda: region.health(BAD) == 200)
                    ask([SAMIRA])
                    after = cosigned_now(BAD, 4).checkpoint()
                    self.assertGreater(after[1], before[1])
                    before = after
        cosigned_now(BAD)  # since its restart
        self.assertEqual(region.verify(BAD).returncode, 0)
        self.assertEqual(check(BAD)[0], 0)


class Rewritten(unittest.TestCase):
    """Somebody with root at one partner changes its log and makes its database agree; the partners prove it."""

    @classmethod
    def setUpClass(cls):
        for _ in range(2):
            ask(FAMILY)
        cosigned_now(BAD)
        code, answer = check(BAD)
        assert code == 0, answer

    def setUp(self):
        """Each test changes a copy of the same honest log."""
        region.stop_one(BAD)
        self.database = region.database(BAD)
        run(as_owner(["cp", "-p", self.database, self.database + ".eerlijk"]), check=True)

    def tearDown(self):
        region.stop_one(BAD)
        folder = os.path.dirname(self.database)
        run(as_owner(["sh", "-c", f"rm -f {self.database} {self.database}-wal {self.database}-shm; "
                      f"mv {self.database}.eerlijk {self.database}; ls {folder}"]), check=True)
        region.start_one(BAD)
        cosigned_now(BAD)
        code, answer = check(BAD)
        self.assertEqual(code, 0, answer)

    def rewrite(self, change):
        path = self.database
        log_check.rewrite(path, change)
        run(["chown", "--reference", path + ".eerlijk", path], check=True)
        region.start_one(BAD)
        eventually("een controlepunt", lambda: get(BAD, "/v1/logboek/controlepunt").status == 200)

    def exchanges(self, rows):
        """Numbers of the records of answers to the area team."""
        return [i for i, row in enumerate(rows) if row[0][1] == 2 and row[0][32:52].decode() == OIN["gebiedsteam"]]

    def edited(self):
        return self.exchanges([(leaf,) for leaf in log_check.leaves_of(self.database)])[-3]

    def assert_proven(self, *words):
        code, answer = check(BAD)
        self.assertEqual((code, answer["klopt"]), (1, False), answer)
        for word in words:
            self.assertIn(word, findings(answer))
        return answer

    def assert_no_cosignature(self):
        """No witness signs what it cannot join to what it signed before."""
        time.sleep(1.2)
        answer = get(BAD, "/v1/logboek/controlepunt")
        if answer.status == 200:
            note = Note(answer.body.decode())
            self.assertEqual(len(note.signatures), 1, note.text)

    def test_an_edited_record(self):
        def edit(rows):
            i = self.exchanges(rows)[-3]
            leaf = bytearray(rows[i][0])
            leaf[200] ^= 1
            rows[i] = (bytes(leaf), *rows[i][1:])
        request = region.sql(BAD, f"SELECT lower(hex(substr(leaf, 17, 16))) FROM leaf WHERE seq = {self.edited()}")
        found = region.command_json("gebiedsteam", "privacy", "audit", "search", "--verzoek", request)["regels"]
        received = next(str(r["volgnummer"]) for r in found if r["handeling"] == "raadpleging-ontvangen")
        self.rewrite(edit)
        self.assert_proven("is een andere dan die waarvoor de partner tekende")
        self.assert_no_cosignature()
        # Who looks at one exchange of it sees that, too.
        shown = region.command_json("gebiedsteam", "privacy", "audit", "show", received, "--andere-kant")
        self.assertEqual(shown["andereKant"]["stand"], "klopt-niet")

    def test_a_deleted_record(self):
        self.rewrite(lambda rows: rows.pop(self.exchanges(rows)[-3]) and None)
        self.assert_proven("herschreven")
        self.assert_no_cosignature()

    def test_two_records_in_another_order(self):
        def swap(rows):
            a, b = self.exchanges(rows)[-4], self.exchanges(rows)[-2]
            rows[a], rows[b] = rows[b], rows[a]
        self.rewrite(swap)
        self.assert_proven("is een andere dan die waarvoor de partner tekende")
        self.assert_no_cosignature()

    def test_the_newest_records_cut_off(self):
        self.rewrite(lambda rows: rows[:self.exchanges(rows)[-2]])
        self.assert_proven("korter dan eerder is gezien")
        self.assert_no_cosignature()
        eventually("een getuige zegt het", lambda: "korter-dan-een-getuige-zag" in region.node_log(BAD))

    def test_a_cut_log_gives_no_answers_about_people(self):
        self.rewrite(lambda rows: rows[:self.exchanges(rows)[-2]])
        eventually("geen antwoorden", lambda: self.status_of_a_question() == 503)

    def status_of_a_question(self):
        with Peer(region, BAD, region.certificate("school")) as peer:
            return peer.consult(question(SAMIRA, grondslag="wpo-8", rol="partnerprofessional")).status

    def test_an_old_log_omitted_from_the_start(self):
        """All anew, with records of the same kind and number: no receipt and no checkpoint fits."""
        def anew(rows):
            # But for the last, which must open: else the node does not start.
            return [(os.urandom(len(leaf)), note, receipt) for leaf, note, receipt in rows[:-1]] + rows[-1:]
        self.rewrite(anew)
        self.assert_proven("twee gezichten")
        self.assert_no_cosignature()

    def test_a_record_changed_under_a_running_node(self):
        region.start_one(BAD)
        cosigned_now(BAD)
        rows = [(leaf,) for leaf in log_check.leaves_of(self.database)]
        number = self.exchanges(rows)[-3]
        run(as_owner(["sqlite3", self.database, ".timeout 60000", "UPDATE leaf SET leaf = CAST(substr(leaf, 1, 299) || "
                      f"x'00ff' || substr(leaf, 302) AS BLOB) WHERE seq = {number}"]), check=True)
        self.assert_proven("is een andere dan die waarvoor de partner tekende")
        done = region.verify(BAD)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"regel {number} ", done.stderr)

    def test_a_receipt_taken_away(self):
        """The other side's receipt is named by the leaf: without it the own check fails."""
        number = region.sql(BAD, "SELECT max(seq) FROM leaf WHERE receipt IS NOT NULL")
        region.sql(BAD, f"UPDATE leaf SET receipt = NULL WHERE seq = {number}")
        done = region.verify(BAD)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"regel {number} mist het ontvangstbewijs", done.stderr)


class Restored(unittest.TestCase):
    """A backup put back begins a new generation in the open; what was lost is named."""

    def test_a_restored_log_goes_on_under_a_new_name_and_says_what_was_lost(self):
        org = "cjg"
        copy = region.path(org, "kopie")
        ask(FAMILY, org)
        self.assertEqual(region.command(org, "-", "backup", copy).returncode, 0)
        ask(strangers(2), org)  # whom it knows as little, but evaluates
        cosigned_now(org)
        region.stop_one(org)
        data = region.path(org, "gegevens")
        run(as_owner(["mv", data, data + ".oud"]), check=True)
        done = region.command(org, "-", "restore", copy)
        self.assertEqual(done.returncode, 0, done.stderr)
        region.start_one(org)
        origin, _, _ = cosigned_now(org).checkpoint()
        self.assertRegex(origin, r"^cjg\.localhost/logboek/\d{10}$")
        code, answer = check(org)
        self.assertEqual(code, 1, answer)
        self.assertIn("ging verloren toen de partner een reservekopie terugzette", findings(answer))
        region.record_of(org, 0, handeling="reservekopie-hersteld")
        # As a witness it first learns what the others saw; then it signs again.
        eventually("de herstelde getuige is bijgewerkt", lambda: "getuige-is-bijgewerkt" in region.node_log(org))
        region.consult([SAMIRA])
        cosigned_now("gebiedsteam", 4)


class TwoFaces(unittest.TestCase):
    """A log goes on from an older copy of itself, to the same size or more: both checkpoints are signed."""

    ORG = "cjg"

    def answers(self):
        with Peer(region, self.ORG, region.certificate("school")) as peer:
            return peer.consult(question(SAMIRA, grondslag="wpo-8", rol="partnerprofessional")).status == 200

    def test_partners_find_both_and_keep_them(self):
        org, others = self.ORG, [name for name in ORGANISATIONS if name != self.ORG]
        self.assertTrue(self.answers())  # from then on a question is one record
        cosigned_now(org)
        region.stop_one(org)
        database = region.database(org)
        run(as_owner(["cp", "-p", database, database + ".eerder"]), check=True)
        region.start_one(org)
        ask(strangers(4)[2:], org)
        size = cosigned_now(org).checkpoint()[1]
        region.stop_one(org)
        run(as_owner(["sh", "-c", f"rm -f {database}-wal {database}-shm; mv {database}.eerder {database}"]), check=True)
        for other in others:
            region.stop_one(other)  # nobody tells the node that it is behind while it makes its other face
        region.start_one(org)
        while region.command_json(org, "-", "status")["logboekRegels"] < size:
            self.assertTrue(self.answers())
        region.script("start")
        eventually("een partner vindt twee gezichten",
                   lambda: any("twee-gezichten" in region.node_log(other) for other in others))
        finder = next(other for other in others if "twee-gezichten" in region.node_log(other))
        region.record_of(finder, 0, handeling="logboek-met-twee-gezichten", ketenpartner=OIN[org])
        code, answer = check(org)
        self.assertEqual(code, 1)
        self.assertEqual(answer["samenhang"], "niet-bewezen", answer)


if __name__ == "__main__":
    unittest.main()
