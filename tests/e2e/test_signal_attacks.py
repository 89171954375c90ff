"""Signals against who would misuse them: partners that fish, spoors used twice, histories filled, people who look on."""
import hashlib
import json
import unittest

import asking
import receipts
import test_signals as common
from dossier import Provider, in_days
from peer import Peer
from support import OIN, eventually, new_id


def setUpModule():
    common.setUpModule()


def signalled_at_school(*words):
    """Somebody about whom the school has a signal, and who is in its set for CJG."""
    bsn = common.person()
    signal = common.publish("school", "z.smit", bsn, *words)["zorgsignaal"]
    eventually("in de set voor cjg", lambda: asking.in_set_of(common.region, "cjg", "school", "zorgsignaal", bsn))
    return signal, asking.ask_key(common.region, "cjg", "school", "zorgsignaal", bsn)


def cjg():
    return Peer(common.region, "school", common.region.certificate("cjg"))


def half(**changes):
    return {"spoor": new_id(), "grondslag": common.BASIS["cjg"], "verteld": True, "tot": in_days(60), "rollen": [],
            **changes}


def send(peer, named, brought_in):
    key, period = named
    body = {"ontvangstbewijs": receipts.PLACEHOLDER.decode(), "doel": "zorgsignaal",
            "betrokkene": {"sleutel": key, "periode": period}, "via": "persoon", "inbreng": brought_in, "opvulling": ""}
    body["opvulling"] = " " * (2048 - len(json.dumps(body)))
    return peer.request("POST", "/v1/zorgsignalen", peer.signed(body),
                        [("content-type", "application/json"), ("request-id", new_id())])


def post(peer, path, body):
    return peer.request("POST", f"/v1/{path}", peer.signed({"ontvangstbewijs": receipts.PLACEHOLDER.decode(), **body}),
                        [("content-type", "application/json"), ("request-id", new_id())])


def meetings_in(answer):
    return len(json.loads(answer.body)["ontmoetingen"])


class Partners(unittest.TestCase):
    """Who writes as the CJG is not its node, which would say that it knows nothing of these matches: that is away."""

    @classmethod
    def setUpClass(cls):
        common.region.stop_one("cjg")
        cls.addClassCleanup(common.region.start_one, "cjg")

    def test_a_spoor_of_one_match_tells_nothing_of_another_person(self):
        """Else the conflict of two matches under one spoor told that somebody is signalled, and nobody here would know."""
        (_, one), (_, other) = signalled_at_school(), signalled_at_school()
        spoor = half()
        with cjg() as peer:
            seen = [send(peer, key, spoor) for key in (one, other, asking.nobody(common.region))]
            fresh = send(peer, other, half())
        self.assertEqual([s.status for s in seen], [200] * 3)
        self.assertEqual([meetings_in(s) for s in (*seen, fresh)], [1, 0, 0, 1])
        self.assertEqual(len({common.RECEIPT.sub(b"", s.body) for s in seen[1:]}), 1)

    def test_a_history_that_a_partner_fills_holds_no_withdrawal_back(self):
        mine, _, match = self.filled()
        done = common.region.command("school", "z.smit", "signal", "withdraw", "--id", mine)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.steps(match)[192:], ["signaal-einde"])

    def test_a_history_that_a_partner_fills_is_met_anew_like_any(self):
        _, key, match = self.filled()
        with cjg() as peer:
            newer = send(peer, key, half())
        self.assertEqual((newer.status, meetings_in(newer)), (200, 1))
        self.assertEqual(self.steps(match)[192:], ["vervangen"])

    def filled(self):
        before = common.known("school", "z.smit")
        mine, key = signalled_at_school()
        with cjg() as peer:
            send(peer, key, half())
            match = common.met("school", "z.smit", before)["match"]
            eventually("dat er een match is", lambda: "match" in self.told_of(match))
            told = self.told_of(match)
            seen = {post(peer, "matches/voorstellen", {"match": match, "voorstel": new_id(), "stap": "sluiten"}).status
                    for _ in range(201)}
        self.assertEqual(seen, {200, 409})
        self.assertEqual(self.told_of(match), told)  # of what came to nothing nobody here is told
        return mine, key, match

    def steps(self, match):
        return [one["stap"] for one in common.shown("school", "z.smit", match)["gebeurtenissen"]]

    def told_of(self, match):
        return [one["soort"] for one in common.region.command_json("school", "z.smit", "inbox", "--alle")["berichten"]
                if one["over"] == match]

    def test_an_end_of_nothing_is_no_match(self):
        """What says that a spoor is over takes no step."""
        spoor = half()["spoor"]
        oin = OIN["cjg"].encode()
        match = hashlib.sha256(b"ketenbrug/match/v1" + oin + bytes(16) + oin + bytes.fromhex(spoor)).hexdigest()[:32]
        with cjg() as peer:
            self.assertEqual(post(peer, "zorgsignalen/beeindigingen", {"spoor": spoor}).status, 200)
            seen = post(peer, "matches/voorstellen", {"match": match, "voorstel": new_id(), "stap": "sluiten"})
        self.assertEqual(seen.status, 410)


class Both(unittest.TestCase):
    def test_help_that_met_and_a_signal_later_are_one_match_at_both(self):
        bsn = common.person()
        school, team = common.known("school", "z.smit"), common.known("gebiedsteam", "g.jansen")
        Provider(common.region, "gebiedsteam", "g.jansen", bsn).register("2012-03-04").involve("dagelijks-leven")
        common.publish("school", "z.smit", bsn)
        there = common.met("school", "z.smit", school)
        later = common.publish("gebiedsteam", "g.jansen", bsn)["zorgsignaal"]
        eventually("getoetst", lambda: not [s for s in common.signals("gebiedsteam", "g.jansen")
                                            if s["zorgsignaal"] == later and s["nogNietGetoetst"]])
        mark = common.region.mark("gebiedsteam")
        eventually("een ronde verder", lambda: [r for r in common.region.records("gebiedsteam", mark)
                                                if r["handeling"] == "zorgsignalen-getoetst"])
        self.assertEqual(common.met("gebiedsteam", "g.jansen", team)["match"], there["match"])
        self.assertEqual(common.known("school", "z.smit") - school, {there["match"]})

    def test_what_is_renewed_is_renewed_at_the_partner(self):
        bsn = common.person()
        before = common.known("cjg", "p.mulder")
        first = common.publish("school", "z.smit", bsn, "--contact", "Oud", "--telefoon", "0990555100", "--tot",
                               in_days(40))
        common.publish("cjg", "p.mulder", bsn)
        match = common.met("cjg", "p.mulder", before)
        self.assertEqual(match["andereKant"]["tot"], first["tot"])
        again = common.publish("school", "z.smit", bsn, "--contact", "Nieuw", "--telefoon", "0990555101", "--tot",
                               in_days(300))
        self.assertEqual(again["zorgsignaal"], first["zorgsignaal"])
        self.assertGreater(again["tot"], first["tot"])
        eventually("de nieuwe dag is bij cjg", lambda: common.shown("cjg", "p.mulder", match["match"])["andereKant"]
                   ["tot"] == again["tot"])
        self.assertEqual(common.shown("cjg", "p.mulder", match["match"])["andereKant"]["contact"]["naam"], "Nieuw")


class Colleagues(unittest.TestCase):
    def tearDown(self):
        common.region.script("start")

    def test_two_signals_of_one_person_in_one_round(self):
        """Neither was evaluated when the partner comes back: the number goes to him once."""
        bsn = common.person()
        before = common.known("cjg", "p.mulder")
        common.region.stop_one("cjg")
        common.publish("school", "l.meester", bsn)
        common.publish("school", "z.smit", bsn)
        common.region.start_one("cjg")
        common.publish("cjg", "p.mulder", bsn)
        match = common.met("cjg", "p.mulder", before)["match"]
        eventually("ook bij de school", lambda: match in common.known("school", "z.smit"))
        eventually("alles getoetst", lambda: not [s for s in common.signals("school", "z.smit") if s["nogNietGetoetst"]])


class Signallers(unittest.TestCase):
    def told(self, user="l.meester"):
        return [(one["soort"], one["over"])
                for one in common.region.command_json("school", user, "inbox", "--alle")["berichten"]]

    def test_a_lead_is_told_to_whose_signal_it_is_and_to_no_colleague(self):
        before = self.told()
        for publisher, mine in (("z.smit", 0), ("l.meester", 1)):
            for org, user in (("cjg", "p.mulder"), ("gebiedsteam", "g.jansen")):  # who orders: the school, the other
                bsn = common.person()
                known = common.known(org, user)
                common.publish("school", publisher, bsn)
                common.publish(org, user, bsn)
                match = common.met(org, user, known)["match"]
                eventually("ook bij de school", lambda m=match: m in common.known("school", "z.smit"))
                common.step(org, user, match, "regie")
                eventually("regie", lambda m=match: "regie" in common.shown("school", "z.smit", m))
                before = mine * [("regie", match)] + before
                eventually("wie dit oppakt weet het", lambda m=match: ("regie", m) in self.told("z.smit"))
                if mine:
                    eventually("wiens signaal het is ook", lambda m=match: ("regie", m) in self.told())
                self.assertEqual(self.told(), before)


class Consults(unittest.TestCase):
    def test_who_asks_hears_of_a_signal_what_he_hears_of_nobody(self):
        bsn, nobody = common.person(), common.person()
        common.publish("school", "z.smit", bsn)
        eventually("in de set", lambda: asking.in_set_of(common.region, "gebiedsteam", "school", "zorgsignaal", bsn))
        eventually("en hier", lambda: self.told(nobody)["uitkomst"] != "geen-antwoord")
        mark = common.region.mark("school")
        self.assertEqual(self.told(bsn), self.told(nobody))
        self.assertFalse([r for r in common.region.records("school", mark) if r["handeling"] == "raadpleging-beantwoord"
                          and r["uitkomst"] != "ingehouden"])

    def told(self, bsn):
        told = common.region.consult([bsn], doel="zorgsignaal", grondslag="wmo-5.1.1")[bsn][OIN["school"]]
        self.assertRegex(told.pop("verzoek"), "^[0-9a-f]{32}$")
        return told


class Untold(unittest.TestCase):
    def drafted(self, bsn):
        made = common.region.command_json("gebiedsteam", "privacy", "audit", "report", "draft", "--identiteit",
                                          "paspoort gezien op 3 maart", "--leeftijd-gezien", stdin=bsn + "\n")
        return common.region.command("gebiedsteam", "privacy", "audit", "report", "show", made["id"], "--brief", "--json").stdout

    def test_who_was_not_told_of_a_signal_reads_of_no_match_either(self):
        """Also when a colleague looked at it, or made a step; a step of which nobody tells says so itself."""
        bsn = common.person()
        before = common.known("gebiedsteam", "g.jansen")
        common.publish("gebiedsteam", "r.bakker", bsn, told=False)
        common.publish("gebiedsteam", "g.jansen", bsn, told=False)
        match = common.met("gebiedsteam", "g.jansen", before)["match"]
        common.step("gebiedsteam", "g.jansen", match, "contact")
        common.shown("gebiedsteam", "g.jansen", match)
        Provider(common.region, "gebiedsteam", "g.jansen", bsn).facts()  # behind it in the log: read too
        brief = eventually("in de index", lambda: b if "Zocht" in (b := self.drafted(bsn)) else None, 60)
        for word in ("signaal", "zorg", "Zorg", "Sprak"):
            self.assertNotIn(word, brief)


if __name__ == "__main__":
    unittest.main()
