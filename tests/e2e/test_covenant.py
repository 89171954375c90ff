"""The covenant between real nodes: signed outside them, handed on until all hold all, in force between two and no others."""
import base64
import copy
import datetime
import hashlib
import json
import os
import subprocess
import time
import unittest

from peer import Desk, Peer, question
from support import (MILAN, OIN, ORGANISATIONS, SAMIRA, TOP, Region, as_owner, eventually, problem_of, run)

region = Region("convenant", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_EXCHANGE_MS=500,
                REGION_SIGNATURES="handtekeningen")  # each node is given its own signature, and no other
STRANGER = "00000099000000099000"
counter = iter(range(1, 1000))


def setUpModule():
    region.start()
    run(as_owner(["mkdir", "-p", region.path("werk")]), check=True)
    eventually("alle handtekeningen bij allen", all_agree)


def status(org):
    return region.command_json(org, "-", "covenant", "status")


def document(org, hash_):
    return next((d for d in status(org)["convenanten"] if d["hash"] == hash_), None)


def with_whom(org, hash_):
    """The partners with which that document is in force, by name of the organisation."""
    found = document(org, hash_)
    return {name for name in ORGANISATIONS for p in (found or {"partijen": []})["partijen"]
            if p["oin"] == OIN[name] and p["vanKracht"]}


def word(org, hash_, who):
    found = document(org, hash_) or {"partijen": []}
    return next((p["stand"] for p in found["partijen"] if p["oin"] == OIN[who]), "")


def newest():
    """Of the version that holds between most."""
    return max(status("gebiedsteam")["convenanten"], key=lambda d: d["vanKrachtMet"])["hash"]


def all_agree():
    hashes = {d["hash"]: d["vanKrachtMet"] for d in status("gebiedsteam")["convenanten"]}
    best = max(hashes, key=hashes.get)
    return all(with_whom(org, best) == set(ORGANISATIONS) - {org} for org in ORGANISATIONS)


def work(name, text=None):
    path = region.path("werk", name)
    if text is not None:
        run(as_owner(["sh", "-c", 'cat >"$1"', "sh", path]), text, True)
    return path


def version(before, change=None):
    """A document that replaces `before` (None: nothing), with one change."""
    with open(region.path("gebiedsteam", "convenant.json"), encoding="utf-8") as file:
        text = json.load(file)
    text.pop("voorganger", None)
    number = next(counter)
    text["versie"] = f"proef.{number}"
    # Of two that do not replace each other, the one that began last holds.
    text["geldigheid"]["van"] = (datetime.date(2025, 1, 1) + datetime.timedelta(number)).isoformat()
    if before:
        text["voorganger"] = before
    if change:
        change(text)
    return work(f"{text['versie']}.json", json.dumps(text))


def sign(org, path, kind="accept", key=None, ok=True, **options):
    """`covenant sign` with the key of that organisation; the file and the hash."""
    out = work(f"{org}-{kind}-{next(counter)}.json")
    pair = key or (region.path("ondertekenaars", f"{org}.pem"), region.path("ondertekenaars", f"{org}.key"))
    verb = ["invite", "--genodigde", options["genodigde"]] if kind == "invite" else ["sign", "--type", kind]
    done = run(as_owner([region.path("ketenbrug"), "covenant", *verb, "--document", path, "--certificaat", pair[0],
                         "--sleutel", pair[1], "--uit", out]), check=ok)
    return out, next((line.split()[-1] for line in done.stdout.splitlines() if line.startswith("vingerafdruk")), None)


def add(org, *paths):
    return region.command(org, "-", "covenant", "add", *paths)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def agree(path, *orgs):
    """These accept it, each at its own node; the others hear of it."""
    hash_ = None
    for org in orgs:
        signature, hash_ = sign(org, path)
        done = add(org, path, signature)
        assert done.returncode == 0, done.stderr
    return hash_


def quiet():
    """Nothing is on its way: of each document, all who know it know the same words."""
    known = {}
    for org in ORGANISATIONS:
        for d in status(org)["convenanten"]:
            words = {p["oin"]: p["stand"] for p in d["partijen"]}
            if known.setdefault(d["hash"], words) != words:
                return False
    return True


def settle():
    """A version that all accepted, whatever the test before left; what a node heard last is about that one."""
    eventually("niets is onderweg", quiet)
    hash_ = agree(version(newest()), *ORGANISATIONS)
    eventually("een nieuwe versie bij allen",
               lambda: all(with_whom(o, hash_) == set(ORGANISATIONS) - {o} for o in ORGANISATIONS))
    return hash_


class Exchange(unittest.TestCase):
    def test_each_node_holds_all_and_logged_them(self):
        for org in ORGANISATIONS:
            self.assertTrue(any(len([p for p in d["partijen"] if p["stand"] == "accept"]) == 5
                                for d in status(org)["convenanten"]))
            words = [r["handeling"] for r in region.records(org)]
            self.assertIn("convenant-bekend", words)
            self.assertGreaterEqual(words.count("handtekening-ontvangen"), 5)
        self.assertEqual(region.verify("school").returncode, 0)

    def test_a_restart_forgets_nothing(self):
        hash_ = settle()
        region.kill_one("cjg")
        region.start_one("cjg")
        self.assertEqual(with_whom("cjg", hash_), set(ORGANISATIONS) - {"cjg"})

    def test_a_node_that_was_killed_hears_what_it_missed(self):
        before = settle()
        region.kill_one("uwv")
        path = version(before)
        hash_ = agree(path, "gebiedsteam", "school", "cjg", "schuldhulp")
        region.start_one("uwv")
        eventually("document en handtekeningen bij uwv", lambda: word("uwv", hash_, "cjg") == "accept")
        self.assertEqual(with_whom("uwv", hash_), set())
        self.assertEqual(with_whom("uwv", before), set(ORGANISATIONS) - {"uwv"})  # until it signs itself
        eventually("ook de school hoorde van allen", lambda: with_whom("school", hash_) == {"gebiedsteam", "cjg", "schuldhulp"})
        signature, _ = sign("uwv", path)
        self.assertEqual(add("uwv", signature).returncode, 0)
        eventually("ook met uwv", lambda: "uwv" in with_whom("school", hash_))


class Edited(unittest.TestCase):
    """Somebody with the database and without the keys."""

    def damage(self, org, where):
        region.sql(org, f"UPDATE covenant_signature SET payload = "
                        f"CAST(substr(payload, 1, 99) || zeroblob(length(payload) - 99) AS BLOB) WHERE {where}")

    def test_a_signature_that_was_edited_is_refused_and_the_others_serve(self):
        hash_ = settle()
        others = set(ORGANISATIONS) - {"school"}
        for org in others:  # who would hand it on again
            region.stop_one(org)
        region.stop_one("school")
        try:
            self.damage("school", "entry = (SELECT max(entry) FROM covenant_signature)")
            region.start_one("school")
            self.assertIn("handtekening-in-opslag-geweigerd", region.node_log("school"))
            accepted = {name for name in ORGANISATIONS if word("school", hash_, name) == "accept"}
            self.assertEqual(len(accepted), 4)
            if "school" in accepted:
                self.assertEqual(with_whom("school", hash_), accepted - {"school"})
            self.assertEqual(region.verify("school").returncode, 0)
        finally:
            for org in ORGANISATIONS:
                region.start_one(org)
        # From partners it comes anew, and in the place of the one that was damaged.
        if word("school", hash_, "school") != "accept":
            eventually("de eigen handtekening terug", lambda: word("school", hash_, "school") == "accept")
        eventually("weer van kracht", lambda: with_whom("school", hash_) == others)
        region.stop_one("school")
        region.start_one("school")
        self.assertNotIn("handtekening-in-opslag-geweigerd", region.node_log("school"))
        self.assertEqual(with_whom("school", hash_), others)

    def test_where_a_revoke_was_edited_the_yes_before_it_counts_no_more(self):
        hash_ = settle()
        path = next(p for p in (region.path("werk", n) for n in os.listdir(region.path("werk")))
                    if "proef." in p and read(p).get("versie") == document("cjg", hash_)["versie"])
        signature, _ = sign("cjg", path, "revoke")
        self.assertEqual(add("cjg", signature).returncode, 0)
        eventually("ingetrokken bij uwv", lambda: word("uwv", hash_, "cjg") == "revoke")
        for org in ORGANISATIONS:
            region.stop_one(org)
        try:
            self.damage("uwv", "entry = (SELECT max(entry) FROM covenant_signature)")
            region.start_one("uwv")
            self.assertIn("ook zijn aanvaarding telt niet", region.node_log("uwv"))
            self.assertEqual(word("uwv", hash_, "cjg"), "")
            self.assertNotIn("cjg", with_whom("uwv", hash_))
        finally:
            for org in ORGANISATIONS:
                region.start_one(org)
        eventually("de intrekking terug", lambda: word("uwv", hash_, "cjg") == "revoke")
        settle()


class Pairwise(unittest.TestCase):
    def test_the_predecessor_stays_until_both_accepted(self):
        before = settle()
        hash_ = agree(version(before), "gebiedsteam", "school")
        eventually("tussen twee", lambda: with_whom("school", hash_) == {"gebiedsteam"})
        eventually("bekend", lambda: document("cjg", hash_))
        self.assertEqual(with_whom("school", before), {"cjg", "uwv", "schuldhulp"})
        eventually("ook bij wie vraagt", lambda: with_whom("gebiedsteam", hash_) == {"school"})
        answers = region.consult([MILAN])[MILAN]
        self.assertEqual({OIN[o]: answers[OIN[o]]["uitkomst"] != "geen-antwoord" for o in ("school", "cjg", "uwv")},
                         {OIN[o]: True for o in ("school", "cjg", "uwv")})

    def test_a_version_of_later_leaves_the_one_of_now(self):
        before = settle()

        def later(text):
            text["geldigheid"] = {"van": "2098-01-01", "tot": "2099-12-31"}
        hash_ = agree(version(before, later), *ORGANISATIONS)
        eventually("bekend", lambda: all(word("cjg", hash_, o) == "accept" for o in ORGANISATIONS))
        self.assertFalse(document("cjg", hash_)["geldigVandaag"])
        self.assertEqual(with_whom("cjg", before), set(ORGANISATIONS) - {"cjg"})
        self.assertEqual(region.health("cjg"), 200)


class Shown(unittest.TestCase):
    def test_what_is_in_force_comes_from_the_book_and_not_from_the_file(self):
        hash_ = settle()
        version_now = document("cjg", hash_)["versie"]
        self.assertNotEqual(read(region.path("cjg", "convenant.json"))["versie"], version_now)
        done = region.command("cjg", "-", "covenant", "show")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = " ".join(done.stdout.split())
        self.assertIn(f"versie {version_now}: wie mag wat weten", shown)
        self.assertIn(hash_, done.stdout)
        with Desk(region, "cjg") as desk:
            for name in ("van-kracht", hash_):
                answer = desk.call("GET", f"/v1/convenanten/{name}")
                self.assertEqual((answer.status, json.loads(answer.body)["versie"]), (200, version_now))
            problem_of(self, desk.call("GET", "/v1/convenanten/iets"), 400)
            problem_of(self, desk.call("GET", "/v1/convenanten/$1$1$" + "A" * 86), 404)
        with Desk(region, "cjg", region.token("cjg", "p.mulder")) as desk:
            problem_of(self, desk.call("GET", "/v1/convenanten/van-kracht"), 403)


class Revoke(unittest.TestCase):
    def test_it_holds_at_once_travels_and_ends_only_that_part(self):
        hash_ = settle()
        path = next(p for p in map(lambda n: region.path("werk", n), os.listdir(region.path("werk")))
                    if p.endswith(".json") and "proef." in p and self.hash_of(p) == hash_)
        old, _ = sign("cjg", path)
        signature, _ = sign("cjg", path, "revoke")
        with Peer(region, "cjg", region.certificate("school"), "school") as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            # A question whose body is still to come when the revoke comes in.
            stream = peer.begin("POST", "/v1/raadplegingen", [("content-type", "application/json"),
                                                             ("request-id", "ab" * 16)], end=False)
            self.assertEqual(add("cjg", signature).returncode, 0)
            peer.data(stream, json.dumps(question()).encode())
            problem_of(self, peer.wait(stream), 403)
            problem_of(self, peer.consult(question()), 403)
        for org in set(ORGANISATIONS) - {"cjg"}:
            eventually(f"ingetrokken bij {org}", lambda o=org: word(o, hash_, "cjg") == "revoke")
            self.assertEqual(with_whom(org, hash_), set(ORGANISATIONS) - {org, "cjg"})
        eventually("cjg heeft geen partner meer", lambda: region.health("cjg") == 503)
        self.assertNotIn(OIN["cjg"], region.consult([SAMIRA])[SAMIRA])
        # Final: the old word again, at the own node and elsewhere.
        for org in ("cjg", "school"):
            done = add(org, old)
            self.assertEqual(done.returncode, 1)
            self.assertIn("voorgoed", done.stderr)
        region.stop_one("school")
        region.start_one("school")
        self.assertEqual(word("school", hash_, "cjg"), "revoke")
        settle()  # a new version, and all deal with each other again
        eventually("cjg is weer gereed", lambda: region.health("cjg") == 200)

    @staticmethod
    def hash_of(path):
        return next((d["hash"] for d in status("gebiedsteam")["convenanten"]
                     if d["versie"] == read(path).get("versie")), None)


class Invitation(unittest.TestCase):
    def test_an_unknown_document_comes_by_invitation_alone(self):
        settle()
        path = version(None)
        mark = len(region.node_log("school"))  # it says so once, and may have when the command returns
        hash_ = agree(path, "gebiedsteam")
        eventually("school nam het niet aan",
                   lambda: "geen uitnodiging" in region.node_log("school")[mark:])
        self.assertIsNone(document("school", hash_))
        invitation, same = sign("gebiedsteam", path, "invite", genodigde=OIN["uwv"])
        self.assertEqual(same, hash_)
        done = add("gebiedsteam", invitation)
        self.assertEqual(done.returncode, 0, done.stderr)
        eventually("uwv nam het wel aan", lambda: word("uwv", hash_, "gebiedsteam") == "accept")
        self.assertEqual([i["genodigde"] for i in status("uwv")["uitnodigingen"] if i["hash"] == hash_], [OIN["uwv"]])
        self.assertIsNone(document("school", hash_))
        signature, _ = sign("uwv", path)
        self.assertEqual(add("uwv", signature).returncode, 0)
        eventually("en gebiedsteam weet het", lambda: word("gebiedsteam", hash_, "uwv") == "accept")


class Newcomer(unittest.TestCase):
    """A sixth organisation joins a region that runs: its node is new, and begins with the version that names it."""
    ORG, HOLDER = "leerplicht", "00000099000000006000"

    def setUp(self):
        self.ports = [region.base + 450 + i for i in range(3)]  # none of the five listens there
        run(as_owner(["mkdir", "-p", *(region.path(self.ORG, name) for name in
                                       ("gegevens", "bewijzen", "intrekkingen", "handtekeningen"))]), check=True)
        run(as_owner(["chmod", "-R", "go=", region.path(self.ORG)]), check=True)
        run(as_owner(["cp", region.path("pki", "ca", "ca.crl"), region.path(self.ORG, "intrekkingen", "ca.crl")]), check=True)
        with open(region.path("cjg", "ketenbrug.ini"), encoding="utf-8") as file:
            text = file.read().replace("../pki/cjg.", f"../pki/{self.ORG}.")
        for which, port in zip(("peer", "ops", "desk"), self.ports):
            text = text.replace(f":{region.port('cjg', which)}", f":{port}")
        self.put("ketenbrug.ini", text)
        self.issue("pki", f"{self.ORG}.localhost")
        self.issue("ondertekenaars", f"tekent.{self.ORG}.example")
        self.addCleanup(region.stop_one, self.ORG)

    def put(self, name, text):
        run(as_owner(["sh", "-c", 'cat >"$1"', "sh", region.path(self.ORG, name)]), text, True)

    def issue(self, folder, host):
        region.script("pki", "issue", "--map", region.path("pki", "ca"), "--oin", self.HOLDER, "--organisatie",
                      "Leerplicht Zandland", "--host", host, "--host", "127.0.0.1", "--crl-url",
                      "http://crl.zandland.example/ca.crl", "--certificaat", region.path(folder, f"{self.ORG}.pem"),
                      "--sleutel", region.path(folder, f"{self.ORG}.key"))

    def naming_it(self, before):
        """The next version, in which it is a party: with the keys of the log that its node made."""
        keys = region.command_json(self.ORG, "-", "audit", "keys", "--oorsprong", f"{self.ORG}.localhost/logboek")
        with open(os.path.join(TOP, "tests", "region", "convenant.json"), encoding="utf-8") as file:
            party = next(p for p in json.load(file)["partijen"] if p["oin"] == self.HOLDER)
        party["knooppunt"] = f"https://{self.ORG}.localhost:{self.ports[0]}"
        party["logboek"].update(sleutel=keys["sleutel"], getuige=keys["getuige"])
        return version(before, lambda text: text["partijen"].append(party))

    def in_force(self, org, hash_):
        """The partners with which that document is in force there, by OIN."""
        return {p["oin"] for p in (document(org, hash_) or {"partijen": []})["partijen"] if p["vanKracht"]}

    def test_it_is_invited_starts_signs_asks_and_leaves(self):
        before = settle()
        self.assertEqual(region.command(self.ORG, "-", "init").returncode, 0)
        path = self.naming_it(before)
        self.put("convenant.json", json.dumps(read(path)))
        # An existing partner accepts the version and invites; the newcomer gets document and invitation as files, too:
        # its node, which knows nobody yet, is not to be reached before it runs.
        hash_ = agree(path, "gebiedsteam")
        invitation, same = sign("gebiedsteam", path, "invite", genodigde=self.HOLDER)
        self.assertEqual(same, hash_)
        self.assertEqual(add("gebiedsteam", invitation).returncode, 0)
        region.start_one(self.ORG)
        self.assertEqual(document(self.ORG, hash_)["voorganger"], before)
        self.assertIsNone(document(self.ORG, before))
        self.assertEqual(add(self.ORG, invitation).returncode, 0)
        self.assertEqual([(i["van"], i["bekend"]) for i in status(self.ORG)["uitnodigingen"]], [(OIN["gebiedsteam"], True)])
        eventually("hoort wie aanvaardde", lambda: word(self.ORG, hash_, "gebiedsteam") == "accept")
        self.assertEqual(self.in_force(self.ORG, hash_), set())  # not before it accepts itself
        signature, _ = sign(self.ORG, path)
        self.assertEqual(add(self.ORG, signature).returncode, 0)
        eventually("van kracht met wie uitnodigde", lambda: self.in_force("gebiedsteam", hash_) == {self.HOLDER})
        self.assertEqual(with_whom("school", before), set(ORGANISATIONS) - {"school"})  # the others go on as they did
        agree(path, *(org for org in ORGANISATIONS if org != "gebiedsteam"))
        five = [(org, OIN[org]) for org in ORGANISATIONS]
        everyone = {self.HOLDER, *(oin for _, oin in five)}
        for org, oin in (*five, (self.ORG, self.HOLDER)):
            eventually(f"paarsgewijs van kracht bij {org}", lambda o=org, own=oin: self.in_force(o, hash_) == everyone - {own})
        self.consults()
        # And it leaves again: the five go on under the same document.
        signature, _ = sign(self.ORG, path, "revoke")
        self.assertEqual(add(self.ORG, signature).returncode, 0)
        for org, oin in five:
            eventually(f"ingetrokken bij {org}",
                       lambda o=org, own=oin: self.in_force(o, hash_) == everyone - {own, self.HOLDER})
        self.assertEqual(region.verify(self.ORG).returncode, 0)

    def consults(self):
        region.add_user(self.ORG, "l.prins", "leerplichtambtenaar")
        mark = region.mark("school")

        def asked():
            return region.consult([MILAN], self.ORG, "l.prins", doel="leerplicht", grondslag="leerplichtwet-18",
                                  rol="leerplichtambtenaar", reden="verzuim gemeld door de school")[MILAN][OIN["school"]]
        # In force means that the school is to make a set for it: until that is here, it cannot be asked.
        answer = eventually("een opzoekset van de school",
                            lambda: (found := asked()).get("oorzaak") != "geen-opzoekset" and found)
        self.assertEqual(answer["uitkomst"], "betrokken", answer)
        record = region.record_of("school", mark, handeling="raadpleging-beantwoord")
        self.assertEqual((record["ketenpartner"], record["doel"]), (self.HOLDER, "leerplicht"))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Refused(unittest.TestCase):
    """As the FSC standard's suite: refused, and logged."""

    def post(self, hash_, body, status, org="school", asker="gebiedsteam", path=None):
        mark = region.mark(org)
        with Peer(region, org, region.certificate(asker), asker) as peer:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            answer = peer.request("POST", path or f"/v1/convenanten/handtekeningen/{hash_}", raw,
                                  [("content-type", "application/json")])
        problem = problem_of(self, answer, status)
        region.record_of(org, mark, handeling="geweigerd")
        return problem["fouten"][0]["melding"]

    def test_what_is_no_good_signature(self):
        hash_ = settle()
        path = version(hash_)
        other_document = agree(path, "gebiedsteam")
        eventually("bekend", lambda: document("school", other_document))
        good = read(sign("gebiedsteam", path, "reject")[0])
        header, payload, signature = good["jws"].split(".")

        def with_header(**more):
            return {**good, "jws": ".".join((b64(json.dumps({**json.loads(unb64(header)), **more}).encode()), payload,
                                             signature))}
        self.post(hash_, good, 400)  # the hash in the path is another
        self.post(other_document, {**good, "jws": "geen.jws"}, 400)
        self.post(other_document, {**good, "jws": f"{header}.{payload}"}, 400)
        self.post(other_document, {**good, "jws": f"{header}.{b64(b'{}')}.{signature}"}, 422)
        self.post(other_document, {**good, "jws": f"{b64(b'{}')}.{payload}.{signature}"}, 400)
        for more in ({"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256"}, {"crit": ["exp"]}, {"jwk": {"kty": "EC"}},
                     {"jku": "https://x.example"}, {"x5u": "https://x.example"}, {"x5t#S256": "A" * 43}):
            with self.subTest(more):
                self.post(other_document, with_header(**more), 400)
        self.post(other_document, {"jws": good["jws"]}, 400)
        self.post(other_document, b"{", 400)
        for org in ORGANISATIONS:  # and none of it counted
            self.assertNotEqual(word(org, other_document, "gebiedsteam"), "reject")

    def test_who_may_not_sign(self):
        hash_ = settle()
        path = version(hash_)
        new = agree(path, "gebiedsteam")
        eventually("bekend", lambda: document("school", new))
        no_party = region.issue("tekent-vreemd", STRANGER, host="tekent.example")
        stranger = self.forged(new, STRANGER, no_party)
        self.assertIn("geen partij", self.post(new, stranger, 403))
        # Somebody else's certificate under our name, and the key of a node.
        self.assertIn("andere organisatie", self.post(new, self.forged(new, OIN["cjg"], no_party), 403))
        self.assertIn("knooppunt zelf", self.post(new, self.forged(new, OIN["school"], region.certificate("school")), 403))
        revoked = region.issue("tekent-ingetrokken", OIN["cjg"], host="tekent.example")
        region.revoke(revoked[0])
        region.reload("school")
        self.post(new, self.forged(new, OIN["cjg"], revoked), 403)
        expired = region.issue("tekent-verlopen", OIN["cjg"], host="tekent.example", vanaf=-2, dagen=-1)
        self.post(new, self.forged(new, OIN["cjg"], expired), 403)
        later = self.forged(new, OIN["cjg"], region.issue("tekent-later", OIN["cjg"], host="tekent.example"),
                            signed_at=4102444800)
        self.assertIn("toekomst", self.post(new, later, 400))
        # Five minutes is what clocks may differ.
        tomorrow = region.issue("tekent-straks", OIN["cjg"], host="tekent.example")
        self.assertIn("toekomst", self.post(new, self.forged(new, OIN["cjg"], tomorrow, signed_at=now() + 330), 400))
        fine = self.forged(new, OIN["cjg"], tomorrow, type="reject", signed_at=now() + 270)
        with Peer(region, "school", region.certificate("gebiedsteam"), "gebiedsteam") as peer:
            answer = peer.request("POST", f"/v1/convenanten/handtekeningen/{new}", json.dumps(fine).encode(),
                                  [("content-type", "application/json")])
        self.assertIn(answer.status, (200, 201), answer)

    def test_a_party_sees_only_what_names_it(self):
        hash_ = settle()
        outsider = region.issue("geen-partij", STRANGER)
        with Peer(region, "school", outsider) as peer:
            self.assertEqual(json.loads(peer.request("GET", "/v1/convenanten").body), {"convenanten": []})
            for path in (f"/v1/convenanten/{hash_}", f"/v1/convenanten/handtekeningen/{hash_}"):
                problem_of(self, peer.request("GET", path), 404)
            problem_of(self, peer.consult(question()), 403)
            problem_of(self, peer.request("GET", "/v1/logboek/controlepunt"), 403)
        with Peer(region, "school") as peer:
            self.assertIn(hash_, [d["hash"] for d in json.loads(peer.request("GET", "/v1/convenanten").body)["convenanten"]])
            problem_of(self, peer.request("GET", f"/v1/convenanten/{hash_}?vanaf=99999999"), 400)
            problem_of(self, peer.request("GET", f"/v1/convenanten/handtekeningen/{hash_}?vanaf=-1"), 400)
            problem_of(self, peer.request("GET", "/v1/convenanten/$1$1$" + "A" * 86), 404)

    def test_an_invitation_of_another_or_for_another(self):
        settle()
        path = version(None)
        agree(path, "gebiedsteam")
        invitation = read(sign("gebiedsteam", path, "invite", genodigde=OIN["uwv"])[0])
        self.post("", invitation, 403, path="/v1/convenanten/uitnodigingen")  # for uwv, told to the school
        self.post("", invitation, 403, org="uwv", asker="cjg", path="/v1/convenanten/uitnodigingen")

    def test_what_stands_around_a_certificate_is_left_out(self):
        path = version(settle())
        new = agree(path, "gebiedsteam")
        eventually("bekend", lambda: document("school", new))
        signature = read(sign("cjg", path, "reject")[0])
        signature["certificaat"] = "\x01" * 1200 + "\n" + signature["certificaat"]  # six times as long in JSON
        with Peer(region, "school", region.certificate("gebiedsteam"), "gebiedsteam") as peer:
            answer = peer.request("POST", f"/v1/convenanten/handtekeningen/{new}", json.dumps(signature).encode(),
                                  [("content-type", "application/json")])
            self.assertEqual(int(answer.status), 201)
            answer = peer.request("GET", f"/v1/convenanten/handtekeningen/{new}")
            self.assertNotIn(b"\\u0001", answer.body)
        region.kill_one("school")
        region.start_one("school")
        self.assertEqual(word("school", new, "cjg"), "reject")

    def forged(self, hash_, oin, pair, **more):
        payload = {"contract_content_hash": hash_, "type": "accept", "signed_at": now(), "oin": oin, **more}
        return {"jws": sign_by_openssl(payload, pair), "certificaat": certificate_of(pair)}


def now():
    return int(time.time())


def certificate_of(pair):
    with open(pair[0], encoding="ascii") as file:
        return file.read()


def thumbprint(pair):
    der = run(as_owner(["openssl", "x509", "-in", pair[0], "-outform", "DER"]), text=False, check=True).stdout
    return b64(hashlib.sha256(der).digest())


def sign_by_openssl(payload, pair):
    """ES256 by the openssl program, so that anything can be said."""
    text = ".".join((b64(json.dumps({"alg": "ES256", "x5t#S256": thumbprint(pair)}).encode()),
                     b64(json.dumps(payload).encode())))
    der = subprocess.run(as_owner(["openssl", "dgst", "-sha256", "-sign", pair[1]]), input=text.encode(),
                         capture_output=True, check=True, cwd="/").stdout
    r, s = integers(der)
    return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def integers(der):
    """All INTEGERs of a flat DER SEQUENCE."""
    def length(at):
        if der[at] < 128:
            return der[at], at + 1
        count = der[at] & 127
        return int.from_bytes(der[at + 1:at + 1 + count], "big"), at + 1 + count
    _, at = length(1)
    found = []
    while at < len(der) and der[at] == 2:
        size, at = length(at + 1)
        found.append(int.from_bytes(der[at:at + size], "big"))
        at += size
    return found


def number(value, width=None):
    return b64(value.to_bytes(width or (value.bit_length() + 7) // 8, "big"))


class AnotherImplementation(unittest.TestCase):
    """Debian's jose reads what we sign and signs what we read, with RSA and with ECDSA."""

    def keys(self):
        for kind, option in (("rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                             ("ec", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])):
            key, request, certificate = (work(f"jose-{kind}.{end}") for end in ("key", "csr", "pem"))
            run(as_owner(["sh", "-c", 'umask 077; openssl genpkey "$@"', "sh", *option, "-out", key]), check=True)
            run(as_owner(["openssl", "req", "-new", "-key", key, "-out", request, "-subj",
                          f"/O=CJG Zandland/CN=tekent/serialNumber={OIN['cjg']}"]), check=True)
            names = work("jose.ext", "subjectAltName=DNS:tekent.cjg.example\nkeyUsage=digitalSignature\n")
            run(as_owner(["openssl", "x509", "-req", "-in", request, "-CA", region.path("pki", "ca", "ca.pem"), "-CAkey",
                          region.path("pki", "ca", "ca.key"), "-days", "2", "-extfile", names, "-set_serial",
                          str(1000 + len(kind)), "-out", certificate]), check=True)
            yield kind, (certificate, key)

    def jwk(self, kind, key):
        der = subprocess.run(as_owner(["openssl", "rsa", "-in", key, "-traditional", "-outform", "DER"] if kind == "rsa"
                                      else ["openssl", "ec", "-in", key, "-outform", "DER"]),
                             capture_output=True, check=True, cwd="/").stdout
        if kind == "rsa":
            names = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
            return {"kty": "RSA", **{n: number(v) for n, v in zip(names, integers(der)[1:])}}
        d, point = der[7:39], der[-64:]
        return {"kty": "EC", "crv": "P-256", "d": b64(d), "x": b64(point[:32]), "y": b64(point[32:])}

    def test_both_directions(self):
        hash_ = settle()
        for kind, pair in self.keys():
            with self.subTest(kind):
                path = version(newest())
                hash_ = agree(path, "gebiedsteam")
                jwk = work(f"{kind}.jwk", json.dumps(self.jwk(kind, pair[1])))
                # Ours, read there.
                ours = read(sign("cjg", path, key=pair)[0])["jws"]
                done = run(as_owner(["jose", "jws", "ver", "-i", work("ons.jws", ours), "-k", jwk, "-O", "-"]), check=True)
                self.assertEqual(json.loads(done.stdout)["contract_content_hash"], hash_)
                bad = ours[:-6] + ("A" if ours[-6] != "A" else "B") + ours[-5:]
                self.assertNotEqual(run(as_owner(["jose", "jws", "ver", "-i", work("fout.jws", bad), "-k", jwk])).returncode, 0)
                # Theirs, read here.
                payload = work("inhoud.json", json.dumps({"contract_content_hash": hash_, "type": "reject",
                                                          "signed_at": now(), "oin": OIN["cjg"]}))
                head = json.dumps({"protected": {"alg": "PS256" if kind == "rsa" else "ES256", "x5t#S256": thumbprint(pair)}})
                theirs = run(as_owner(["jose", "jws", "sig", "-I", payload, "-k", jwk, "-s", head, "-c", "-o", "-"]),
                             check=True).stdout.strip()
                done = add("cjg", path, work(f"jose-{kind}.json", json.dumps(
                    {"jws": theirs, "certificaat": certificate_of(pair)})))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(word("cjg", hash_, "cjg"), "reject")
                eventually("bij gebiedsteam", lambda h=hash_: word("gebiedsteam", h, "cjg") == "reject")


class Signing(unittest.TestCase):
    def test_it_needs_no_node_and_says_what_it_signs(self):
        path = version(None)
        out = work("los.json")
        pair = [region.path("ondertekenaars", f"cjg.{end}") for end in ("pem", "key")]
        words = [region.path("ketenbrug"), "covenant", "sign", "--document", path, "--type", "accept", "--certificaat",
                 pair[0], "--sleutel", pair[1], "--uit", out]
        done = run(as_owner(words), check=True)
        for expected in ("Voorbeeldconvenant", "$1$1$", "aanvaard", "CJG Zandland"):
            self.assertIn(expected, done.stdout)
        payload = json.loads(unb64(read(out)["jws"].split(".")[1]))
        self.assertEqual(set(payload), {"contract_content_hash", "type", "signed_at", "oin"})
        self.assertEqual(run(as_owner(words)).returncode, 1)  # never overwritten
        for changed, code in ((["--type", "invite"], 2), (["--type", "ja"], 2),
                              (["--sleutel", region.path("ondertekenaars", "uwv.key"), "--uit", work("los2.json")], 1),
                              (["--document", work("leeg.json", "{}"), "--uit", work("los3.json")], 1)):
            self.assertEqual(run(as_owner([*words, *changed])).returncode, code, changed)

    def test_what_cannot_be_added_changes_nothing(self):
        hash_ = settle()
        before = status("school")
        broken = copy.deepcopy(read(version(hash_)))
        del broken["regels"]

        def other_keys(text):
            for party in text["partijen"]:
                if party["oin"] == OIN["school"]:
                    party["logboek"]["oorsprong"] = "school.localhost/anders"

        def no_party(text):
            text["partijen"] = [p for p in text["partijen"] if p["oin"] != OIN["school"]]
            text["getuigen"] = [oin for oin in text["getuigen"] if oin != OIN["school"]]
        for path in (work("stuk.json", json.dumps(broken)), version(hash_, other_keys), version(hash_, no_party),
                     work("geen.json", "geen json")):
            self.assertEqual(add("school", path).returncode, 1, path)
        unknown, _ = sign("school", version(hash_))
        self.assertIn("niet bekend", add("school", unknown).stderr)
        self.assertEqual(status("school"), before)


if __name__ == "__main__":
    unittest.main()
