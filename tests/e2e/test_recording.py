"""Everything that goes over the wire between the nodes of a region while people are asked about, decrypted and read as
somebody would who has a list of all people: nobody is named, not by number, name or hash, and no value reaches two partners."""
import base64
import hashlib
import hmac
import json
import struct
import unittest

from dossier import Provider, command
from recorder import Recorder, hidden, strings_of
from support import (DAAN, FAMILY, MILAN, OIN, ORGANISATIONS, SAMIRA, SHIELDED, Region, eventually, exported, program, run,
                     strangers)

WINDOW = 8  # bytes of a hash that are sought: a shortened one is found too
SHARED = 12  # bytes that two partners may not both have been told
ABOUT_PEOPLE = ("/v1/raadplegingen", "/v1/blinde-evaluaties", "/v1/opzoeksets/")
HASHES = ("sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512")


def setUpModule():
    global region, recorder, newcomer
    region = Region("recording", REGION_VIA=" ".join(ORGANISATIONS), REGION_CHECKPOINT_MS=3_600_000, REGION_DRAIN_MS=500)
    region.start()
    recorder = unittest.enterModuleContext(Recorder(region, ORGANISATIONS))
    for org in ORGANISATIONS:
        region.reload(org)  # whoever was not there yet is asked again
    for org in ORGANISATIONS:
        eventually(f"{org} heeft alle opzoeksets", lambda o=org: holds_all(o))
    newcomer = strangers(1)[0]
    scenarios()


def holds_all(org):
    """Nobody listened where partners connect when they started: by now all gave it their sets."""
    held = region.command_json(org, "-", "matching", "status")["setsVanKetenpartners"]
    return {s["toestand"] for s in held} == {"actueel"}


def scenarios():
    """1 and 2 of the domain, and what changes between them: somebody comes, a consent ends, a node starts again."""
    region.consult(FAMILY)
    for bsn in (DAAN, SHIELDED):
        region.consult([bsn], org="school", user="z.smit", grondslag="wpo-8", zaak="L-1")
    region.consult([MILAN, SHIELDED], org="schuldhulp", user="c.visser", doel="wgs-schuldhulp", grondslag="wgs-8")
    person = Provider(region, "school", "z.smit", newcomer).register("2012-02-03", "Nieuwkomer-Proefnaam")
    person.involve("onderwijs-en-opvoeding")
    helper = Provider(region, "schuldhulp", "c.visser", DAAN)
    for given in helper.facts()["toestemmingen"]:
        helper.withdraw(given["id"])
    region.stop_one("cjg")
    region.start_one("cjg")
    region.consult([newcomer, *FAMILY])
    region.consult([SAMIRA], zaak="Z-2026-0013", user="r.bakker")


def names():
    """Of all who are registered anywhere, long enough to be no accident, and of no contact person."""
    told, contacts = set(), set()
    for org in ORGANISATIONS:
        table = run([program("region-people"), "--seed", "2026", "--people", "200", "--organisation", org], check=True)
        for line in table.stdout.splitlines()[1:]:
            cells = line.split(";")
            told |= {cells[2], f"{cells[1]} {cells[2]}"}
            contacts |= {cells[12], cells[15]}
    told |= {"Nieuwkomer-Proefnaam"}
    return {name for name in told if len(name) >= 9 and not any(name in contact for contact in contacts)}


def people():
    """All numbers of the region, of those who were asked about and of others."""
    return sorted(set().union(*(exported(org) for org in ORGANISATIONS)) | {*FAMILY, SHIELDED, newcomer})


def fingerprints_of(bsn):
    """The first bytes of everything plain that could be made of a number."""
    for text in (bsn, "bsn:" + bsn, str(int(bsn))):
        for name in HASHES:
            yield hashlib.new(name, text.encode()).digest()[:WINDOW]
            yield hmac.new(b"", text.encode(), name).digest()[:WINDOW]
    yield struct.pack(">Q", int(bsn))
    yield struct.pack("<Q", int(bsn))


def windows(content, size):
    return {content[at:at + size] for at in range(len(content) - size + 1)}


def found_in(pieces, numbers, words):
    """Who is named in any of them, and how."""
    needles = {needle: bsn for bsn in numbers for needle in fingerprints_of(bsn)}
    texts = [(word.encode(), word) for word in (*numbers, *words)]
    texts += [(base64.b64encode(bsn.encode()), bsn) for bsn in numbers]
    found = set()
    for piece in pieces:
        found |= {(word, "als tekst") for needle, word in texts if needle in piece}
        found |= {(needles[w], "als hash") for w in windows(piece, WINDOW) & needles.keys()}
    return found


class Recording(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.exchanges = [one for one in recorder.exchanges() if one.path.startswith(ABOUT_PEOPLE) and one.is_answered]

    def count(self, path, **wanted):
        return len([one for one in self.exchanges if one.path.startswith(path) and
                    all(getattr(one, name) == value for name, value in wanted.items())])

    def test_1_the_recording_has_everything(self):
        self.assertEqual(recorder.faults, [])
        for org in ORGANISATIONS:
            self.assertGreater(self.count("/v1/opzoeksets/", provider=org, status=200), 3, org)
        for org in ("school", "cjg", "uwv", "schuldhulp"):
            self.assertGreaterEqual(self.count("/v1/blinde-evaluaties", caller="gebiedsteam", provider=org, status=200), 1)
        self.assertGreaterEqual(self.count("/v1/raadplegingen", caller="gebiedsteam", provider="schuldhulp", status=200), 3)
        self.assertGreaterEqual(self.count("/v1/raadplegingen", caller="gebiedsteam", provider="school", status=200), 2)

    def test_2_who_is_not_in_a_set_is_not_asked_about(self):
        self.assertEqual(self.count("/v1/raadplegingen", caller="gebiedsteam", provider="uwv"), 0)
        self.assertEqual(self.count("/v1/raadplegingen", caller="gebiedsteam", provider="cjg"), 0)
        self.assertEqual(self.count("/v1/raadplegingen", caller="school", provider="schuldhulp"), 0)

    def test_3_nobody_is_named_by_number_name_or_hash(self):
        self.assertEqual(found_in(recorder.bytes(), people(), names()), set())

    def test_4_no_value_reaches_two_partners(self):
        """Of one asker: what two of its partners, laying their heads together, could know a person or a question by."""
        for caller in ORGANISATIONS:
            got = {}
            for one in self.exchanges:
                if one.caller == caller:
                    got.setdefault(one.provider, set()).update(self.values_of(one))
            providers = sorted(got)
            for i, provider in enumerate(providers):
                for other in providers[i + 1:]:
                    common = got[provider] & got[other]
                    self.assertEqual({w for w in common if not any(w in word for word in self.vocabulary())}, set(),
                                     (caller, provider, other))

    @staticmethod
    def values_of(exchange):
        """All that a provider is told, in every stretch of SHARED bytes, decoded where it is encoded."""
        told = set()
        for name, value in exchange.request:
            if name not in (":path", ":authority", "user-agent"):
                told |= windows(value.encode(), SHARED)
        if exchange.body:
            for string in strings_of(json.loads(exchange.body)):
                told |= windows(string.encode(), SHARED)
            for piece in hidden(exchange.body):
                told |= windows(piece, SHARED)
        return told

    @staticmethod
    def vocabulary():
        """Words of covenant and protocol, that say nothing of whom or in which case."""
        with open(region.path("gebiedsteam", "convenant.json"), encoding="utf-8") as file:
            document = json.load(file)
        words = [one["code"] for part in ("doelen", "grondslagen", "rollen") for one in document[part]]
        return [word.encode() for word in (*words, "application/json", "application/octet-stream",
                                           "application/json, application/problem+json")]

    def test_5_two_askers_are_given_other_fingerprints_and_keys_by_one_partner(self):
        for provider in ORGANISATIONS:
            given = {}
            for one in self.exchanges:
                if one.provider == provider and one.path.startswith("/v1/opzoeksets/") and one.status == 200:
                    scope = (one.caller, one.path)
                    entries = {one.answer[at:at + 8] for at in range(104, len(one.answer), 8)} - {bytes(8)}
                    given.setdefault(scope, set()).update(entries | {one.answer[72:104]})
            scopes = sorted(given)
            self.assertGreaterEqual(len({caller for caller, _ in scopes}), 1, provider)
            for i, scope in enumerate(scopes):
                for other in scopes[i + 1:]:
                    self.assertEqual(given[scope] & given[other], set(), (provider, scope, other))

    def test_6_an_evaluation_is_as_long_for_one_person_as_for_eight(self):
        for part, pick in (("body", lambda one: one.body), ("answer", lambda one: one.answer)):
            sizes = {(one.provider, json.loads(one.body)["doel"], len(pick(one))) for one in self.exchanges
                     if one.path == "/v1/blinde-evaluaties" and one.status == 200}
            purposes = {scope[:2] for scope in sizes}
            self.assertEqual(len(sizes), len(purposes), part)

    def test_7_what_would_be_there_is_found(self):
        """The search, on the same bytes with something planted; and on what does name a person, a withdrawal."""
        pieces = list(recorder.bytes())
        digest = hashlib.sha3_256(SAMIRA.encode()).digest()
        for planted in (b"x" + SAMIRA.encode(), b"Samira Verhoeven-Test", digest, b"yz" + digest[:WINDOW]):
            self.assertTrue(found_in([*pieces[:3], planted], people(), names()), planted)
        for text in (digest.hex(), base64.b64encode(digest).decode(), base64.urlsafe_b64encode(digest).decode().strip("=")):
            body = json.dumps({"iets": [{"anders": text}]}).encode()
            self.assertIn((SAMIRA, "als hash"), found_in(hidden(body), people(), names()))
        command(region, "gebiedsteam", "g.jansen", "consent add", {
            "bsn": SAMIRA, "toestemming": {"soort": "avg-grond", "uitkomst": "ingetrokken", "door": "betrokkene",
                                           "ontvangers": ["gebiedsteam"], "bewijs": "aan de keukentafel"},
            "ketenpartners": [OIN["schuldhulp"]]})
        eventually("de intrekking is verzonden",
                   lambda: [one for one in recorder.exchanges() if one.path == "/v1/intrekkingen" and one.status == 200])
        self.assertIn((SAMIRA, "als tekst"), found_in(recorder.bytes(), people(), names()))


if __name__ == "__main__":
    unittest.main()
