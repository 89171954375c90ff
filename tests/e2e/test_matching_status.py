"""What the officer and the administrator see of private matching: what is published and held, what partners used, and in
whose sets a person stands and stood, with a proof that is checked here by code that shares no line with the product."""
import base64
import json
import re
import struct
import unittest

import asking
from dossier import Provider, consent
from log_check import inclusion_root, leaf_hash
from peer import Desk, Peer
from support import FAMILY, NAMES, OIN, ORGANISATIONS, Region, eventually, strangers

TEAM, DEBT, PURPOSE = "gebiedsteam", "schuldhulp", "hulpafstemming"
BATCH = 8


def setUpModule():
    global region, numbers
    region = Region("matching-status", REGION_REMOVAL_MS=1000, REGION_DRAIN_MS=500).start()
    numbers = iter(strangers(20))


def status(org):
    return region.command_json(org, "-", "matching", "status")


def opened(bsn, org=DEBT):
    return region.command_json(org, "privacy", "matching", "open", stdin=bsn + "\n")


def client():
    """At debt help: whom the team may know of by consent."""
    who = Provider(region, DEBT, "c.visser", next(numbers)).register("1980-02-03").involve("financien")
    who.given = who.add("toestemming", consent())
    region.published(DEBT)
    return who


def leaf_of(org, number):
    """A record of the log as it is hashed."""
    with Desk(region, org, region.token(org, "privacy")) as desk:
        answer = desk.call("GET", f"/v1/logboek/bladeren?vanaf={number}&aantal=1")
    found = json.loads(answer.body)["bladeren"][0]
    return base64.b64decode(found if isinstance(found, str) else found["blad"])


def hashes(path):
    return [bytes.fromhex(text) for text in path]


def set_root(place):
    """The root of the set, from a fingerprint and what proves it."""
    proof = place["bewijs"]
    inner, outer = proof["vak"], proof["vakken"]
    fingerprint = bytes.fromhex(place["vingerafdruk"])
    bucket = inclusion_root(inner["plaats"], inner["aantal"], leaf_hash(fingerprint), hashes(inner["pad"]))
    if bucket != bytes.fromhex(inner["wortel"]) or outer["aantal"] != place["omvang"] // 32:
        return None
    # In which bucket a fingerprint falls is in its highest bits.
    if int.from_bytes(fingerprint, "big") * outer["aantal"] >> 64 != outer["plaats"]:
        return None
    leaf = leaf_hash(struct.pack(">I", inner["aantal"]) + bucket)
    return inclusion_root(outer["plaats"], outer["aantal"], leaf, hashes(outer["pad"]))


def published_root(place):
    """The root over all sets of the tick."""
    proof = place["bewijs"]
    leaf = (place["ketenpartner"].encode() + struct.pack(">IQI", place["periode"], place["versie"], place["omvang"]) +
            bytes.fromhex(place["wortel"]) + place["doel"].encode())
    return inclusion_root(proof["plaats"], proof["aantal"], leaf_hash(leaf), hashes(proof["pad"]))


class Status(unittest.TestCase):
    def seen(self):
        """What each tells, and of that what is given and what is held."""
        told = {org: status(org) for org in ORGANISATIONS}
        given = {(org, s["ketenpartner"], s["doel"], s["periode"], s["klasse"])
                 for org in ORGANISATIONS for s in told[org]["verstrekteOpzoeksets"] if s["gepubliceerd"]}
        held = {(next(o for o in ORGANISATIONS if OIN[o] == s["ketenpartner"]), OIN[org], s["doel"], s["periode"],
                 s["omvang"])
                for org in ORGANISATIONS for s in told[org]["setsVanKetenpartners"] if s["toestand"] == "actueel"}
        return told, given, held

    def test_what_one_publishes_the_other_holds(self):
        for org in ORGANISATIONS:
            region.settle(org)
        told, given, held = eventually("gelijk", lambda: seen if (seen := self.seen())[1] == seen[2] else None)
        self.assertEqual(given, held)
        self.assertGreater(len(given), 10)
        for org in ORGANISATIONS:
            self.assertLessEqual({s["toestand"] for s in told[org]["setsVanKetenpartners"]}, {"actueel"})
            self.assertEqual(told[org]["wachtend"], 0)
            self.assertEqual(told[org]["periode"], told[TEAM]["periode"])

    def test_a_consult_shows_at_both_sides_and_all_that_was_evaluated_was_tested(self):
        region.settle(TEAM)
        before, used_before = status(TEAM), self.used(DEBT)
        region.consult(FAMILY)
        after = status(TEAM)
        rows = {s["ketenpartner"]: s for s in after["setsVanKetenpartners"] if s["doel"] == PURPOSE}
        for row in rows.values():
            self.assertEqual((row["geevalueerd"], row["daarvanGetoetst"], row["zonderToets"]),
                             (len(FAMILY), len(FAMILY), 0))
            self.assertGreaterEqual(row["getoetst"], len(FAMILY))
        self.assertEqual(self.used(DEBT) - used_before, BATCH)  # padded: whatever is asked looks the same
        # From the log itself, once nothing can be on its way any more.
        own = eventually("de eigen waarden zijn nageteld", lambda: self.counted(before))
        self.assertEqual(own["waarden"] - before["eigenEvaluaties"]["waarden"], len(FAMILY) * len(rows))
        self.assertEqual((own["zonderToets"], own["zonderZaak"]), (0, 0))
        # Again: the values are kept, and nothing is evaluated.
        region.consult(FAMILY)
        self.assertEqual(self.used(DEBT) - used_before, BATCH)

    def used(self, org):
        return sum(q["vandaag"] for q in status(org)["quota"]
                   if q["ketenpartner"] == OIN[TEAM] and q["doel"] == PURPOSE)

    def counted(self, before):
        own = status(TEAM)["eigenEvaluaties"]
        return own if own["waarden"] > before["eigenEvaluaties"]["waarden"] else None

    def test_what_a_person_reads_names_partners_and_nobody(self):
        region.settle(TEAM)
        shown = region.command(TEAM, "-", "matching", "status")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for org in ORGANISATIONS:
            if org != TEAM:
                self.assertIn(NAMES[org], shown.stdout)
        self.assertNotRegex(shown.stdout, r"\b\d{9}\b")
        self.assertIn("audit search --handeling koppeling-opvallend", shown.stdout)
        self.assertRegex(region.command(TEAM, "-", "status").stdout, r"opzoeksets: \d+ keer gepubliceerd, 0 wijzigingen")
        checked = region.command(TEAM, "-", "check")
        self.assertRegex(checked.stdout, r"(?m)^in orde  periodesleutels +1, en ze gaan open$")
        self.assertRegex(checked.stdout, r"(?m)^in orde  opzoeksets +van ketenpartners zijn er (\d+) actueel, van \1$")

    def test_who_may_not_see_the_log_sees_nothing(self):
        mark = region.mark(TEAM)
        refused = region.command(TEAM, "g.jansen", "matching", "status")
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        region.record_of(TEAM, mark, handeling="geweigerd", gebruiker="g.jansen")


class Opening(unittest.TestCase):
    def test_a_place_is_proven_to_the_record_of_its_publication(self):
        who = client()
        (place,) = opened(who.bsn)["staatIn"]
        self.assertEqual((place["ketenpartner"], place["doel"], place["eindigt"]), (OIN[TEAM], PURPOSE, False))
        self.assertEqual(place["naam"], NAMES[TEAM])
        # It is what the team can find of this person, by a client of our own.
        with Peer(region, DEBT, region.certificate(TEAM)) as one:
            held = asking.read_set(one, PURPOSE)
            match = asking.evaluate(one, PURPOSE, held, [who.bsn])[who.bsn]
        self.assertEqual(int(place["vingerafdruk"], 16), match.fingerprint)
        self.assertIn(match.fingerprint, held.entries)
        # The fingerprint under the set's root, the set under what that record of the log holds.
        self.assertEqual(set_root(place), bytes.fromhex(place["wortel"]))
        leaf = leaf_of(DEBT, place["bewijs"]["regel"])
        self.assertEqual(published_root(place), leaf[480:512])
        shown = region.command_json(DEBT, "privacy", "audit", "show", str(place["bewijs"]["regel"]))
        self.assertEqual(shown["regel"]["handeling"], "opzoeksets-gepubliceerd")
        # And the control: what is said of another version, purpose or fingerprint is not proven by it.
        for change in ({"versie": place["versie"] + 1}, {"doel": "nazorg"}, {"ketenpartner": OIN["school"]}):
            self.assertNotEqual(published_root({**place, **change}), leaf[480:512])
        other = f"{int(place['vingerafdruk'], 16) ^ 1:016x}"
        self.assertNotEqual(set_root({**place, "vingerafdruk": other}), bytes.fromhex(place["wortel"]))

    def test_who_went_is_told_where_he_stood(self):
        who = client()
        (place,) = opened(who.bsn)["staatIn"]
        who.withdraw(who.given)
        gone = eventually("uit de set", lambda: self.gone(who.bsn), 30)
        (past,) = gone["stondIn"]
        self.assertEqual((past["ketenpartner"], past["doel"], past["vingerafdruk"], past["sinds"]),
                         (OIN[TEAM], PURPOSE, place["vingerafdruk"], place["sinds"]))
        self.assertLessEqual(past["vanVersie"], place["versie"])
        self.assertGreater(past["totVersie"], past["vanVersie"])
        self.assertGreaterEqual(past["tot"], past["sinds"])  # in whole seconds
        # Again in it: both are told.
        who.add("toestemming", consent())
        region.published(DEBT)
        both = opened(who.bsn)
        self.assertEqual((len(both["staatIn"]), len(both["stondIn"])), (1, 1))

    def gone(self, bsn):
        answer = opened(bsn)
        return answer if not answer["staatIn"] and answer["stondIn"] else None

    def test_without_a_node_a_place_is_told_and_after_its_start_it_is_proven_again(self):
        who = client()
        region.stop_one(DEBT)
        try:
            (place,) = opened(who.bsn)["staatIn"]
            self.assertNotIn("bewijs", place)
            self.assertIn("na de volgende publicatie", self.text(who.bsn))
            self.assertTrue(status(DEBT)["verstrekteOpzoeksets"])
        finally:
            region.start_one(DEBT)
        place = eventually("bewezen", lambda: [p for p in opened(who.bsn)["staatIn"] if "bewijs" in p], 30)[0]
        self.assertEqual(set_root(place), bytes.fromhex(place["wortel"]))
        self.assertEqual(published_root(place), leaf_of(DEBT, place["bewijs"]["regel"])[480:512])
        self.assertIn("bewezen met regel", self.text(who.bsn))

    def text(self, bsn):
        done = region.command(DEBT, "privacy", "matching", "open", stdin=bsn + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(NAMES[TEAM], done.stdout)
        self.assertNotIn(bsn, done.stdout)
        return done.stdout

    def test_every_look_is_recorded_and_found_by_what_was_done(self):
        who = client()
        mark = region.mark(DEBT)
        opened(who.bsn)
        unknown = region.command(DEBT, "privacy", "matching", "open", stdin=next(numbers) + "\n")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("niet geregistreerd", unknown.stderr)
        looks = [r for r in region.records(DEBT, mark) if r["handeling"] == "opzoekset-geopend"]
        self.assertEqual([r["uitkomst"] for r in looks], ["verstrekt", "niet-bekend"])
        self.assertEqual({r["gebruiker"] for r in looks}, {"privacy"})
        wanted = {r["volgnummer"] for r in looks}

        def found():
            answer = region.command_json(DEBT, "privacy", "audit", "search", "--handeling", "opzoekset-geopend",
                                         "--aantal", "100")
            return {r["volgnummer"] for r in answer["regels"]} >= wanted
        eventually("te vinden op handeling", found, 20)
        for words, says in ((["search", "--handeling", "gegevens-ingezien"], "handeling"), (["list"], "")):
            done = region.command(DEBT, "privacy", "audit", *words)
            self.assertEqual((done.returncode, says in done.stderr), (1 if len(words) > 1 else 0, True), done.stderr)

    def test_only_who_may_read_the_log_may(self):
        for org, user in ((DEBT, "-"), (DEBT, "c.visser")):
            done = region.command(org, user, "matching", "open", stdin=FAMILY[0] + "\n")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
        wrong = region.command(DEBT, "privacy", "matching", "open", stdin="123456789\n")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertTrue(re.search("elfproef|burgerservicenummer", wrong.stderr), wrong.stderr)


if __name__ == "__main__":
    unittest.main()
