"""The asker's side when partners fail: always shown as no answer, with the cause, never as no involvement."""
import concurrent.futures
import json
import os
import re
import signal
import socket
import threading
import time
import unittest

import fake_partner as fake
import oprf
import receipts
from fake_partner import FakePartner
from peer import Peer, question
from support import DAAN, MILAN, OIN, SAMIRA, WAIT, Region, consult_words, eventually, strangers

# A partner that is down is tried for three seconds (PEER_RESTART_MS), also when half of the time is for evaluating: with less
# than twice that, the time may be over in the middle of a try, and then it is late instead of unreachable.
ANSWER_MS = 8000
WITHIN = ANSWER_MS / 1000 + WAIT  # seconds of a whole consult
STALE_WAIT = 90  # a set is believed for half a minute, however short the ticks
NO_LAST_STREAM = 2**31 - 1  # in the first GOAWAY of a drain
BAD = "schuldhulp"  # the partner whose place the fake takes; it knows SAMIRA and DAAN
EVALUATIONS = ("/v1/blinde-evaluaties",)


def setUpModule():
    """The fake stands before two partners all the time and passes on what no test spoils."""
    global region, partners, numbers
    region = Region("bad-partners", REGION_ANSWER_MS=ANSWER_MS, REGION_CONNECT_MS=3000, REGION_DRAIN_MS=20_000,
                    REGION_VIA=f"{BAD} school", REGION_TICK_MS=300,
                    REGION_CHECKPOINT_MS=3_600_000).start()  # what a partner is asked is counted
    partners = {org: FakePartner(region, org).open() for org in (BAD, "school")}
    for partner in partners.values():
        unittest.addModuleCleanup(partner.close)
    numbers = iter(strangers(400))
    region.reload("gebiedsteam")
    region.consult([SAMIRA, DAAN, MILAN])  # who are evaluated from now on


def newcomers(count):
    """People about whom nobody asked yet."""
    return [next(numbers) for _ in range(count)]


class PartnerTest(unittest.TestCase):
    def setUp(self):
        region.reload("gebiedsteam")  # circuits start closed
        region.settle("gebiedsteam")

    def pretend(self, behaviour, *paths, org=BAD):
        return partners[org].behaving(behaviour, *paths)

    def assert_no_answer(self, cause, at_most=WITHIN, people=(SAMIRA, DAAN)):
        """A consult in which BAD fails for `cause`, and the others are as ever, about people whom it knows."""
        mark = region.mark("gebiedsteam")
        begin = time.monotonic()
        answer = region.consult([*people, MILAN])
        self.assertLess(time.monotonic() - begin, at_most)
        for person in people:
            entry = answer[person][OIN[BAD]]
            self.assertEqual((entry["uitkomst"], entry["oorzaak"]), ("geen-antwoord", cause))
            self.assertTrue(entry["toelichting"])
            self.assertNotIn("betrokkenheden", entry)
        self.assert_others(answer)
        received = [r["uitkomst"] for r in region.records("gebiedsteam", mark)
                    if r["handeling"] == "raadpleging-ontvangen" and r["ketenpartner"] == OIN[BAD]]
        self.assertEqual(received, ["geen-antwoord"] * len(people))
        return answer

    def assert_others(self, answer):
        self.assertEqual(answer[MILAN][OIN["school"]]["uitkomst"], "betrokken")
        for org in ("cjg", "uwv"):
            self.assertEqual(answer[MILAN][OIN[org]]["uitkomst"], "geen-betrokkenheid-gedeeld")

    def assert_not_evaluated(self, cause, at_most=WITHIN):
        """A consult about people whom BAD should have evaluated: whether it knows them or not, it could not be asked."""
        mark = region.mark("gebiedsteam")
        people = newcomers(2)
        begin = time.monotonic()
        answer = region.consult([*people, MILAN])
        self.assertLess(time.monotonic() - begin, at_most)
        for person in people:
            entry = answer[person][OIN[BAD]]
            self.assertEqual((entry["uitkomst"], entry["oorzaak"]), ("geen-antwoord", cause))
            self.assertTrue(entry["toelichting"])
            self.assertNotIn("betrokkenheden", entry)
        self.assertEqual(answer[MILAN][OIN[BAD]]["uitkomst"], "geen-betrokkenheid-gedeeld", "die waarde was er al")
        self.assert_others(answer)
        records = [r for r in region.records("gebiedsteam", mark) if r.get("ketenpartner") == OIN[BAD]]
        self.assertEqual([(r["handeling"], r["uitkomst"]) for r in records],
                         [("evaluatie-gevraagd", "gevraagd"), ("evaluatie-ontvangen", "geen-antwoord")])
        return answer[people[0]][OIN[BAD]]


class Unreachable(PartnerTest):
    def test_a_partner_that_is_down(self):
        with partners[BAD].away():
            self.assert_no_answer("onbereikbaar")

    def test_a_partner_that_is_down_before_it_evaluated(self):
        with partners[BAD].away():
            self.assert_not_evaluated("onbereikbaar")

    def test_on_screen_no_answer_is_told_apart_from_no_involvement(self):
        with partners[BAD].away():
            done = region.command("gebiedsteam", "g.jansen", *consult_words(), stdin=f"{DAAN}\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line for line in done.stdout.splitlines() if "Schuldhulp" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn("GEEN ANTWOORD: het knooppunt is niet bereikbaar", lines[0])
        self.assertEqual(done.stdout.count("geen betrokkenheid gedeeld"), 3)

    def test_a_partner_that_keeps_failing_is_not_asked_for_a_while(self):
        with partners[BAD].away():
            region.consult([SAMIRA, DAAN, *newcomers(20)])
            region.consult([SAMIRA, DAAN])
            # Where so much time went by that it was tried once more, that failed, and it is not asked again.
            eventually("niet gevraagd", lambda: region.consult([SAMIRA])[SAMIRA][OIN[BAD]]["oorzaak"] == "even-niet-gevraagd")
            region.reload("gebiedsteam")
            self.assert_no_answer("onbereikbaar")

    def test_a_partner_that_comes_back_is_asked_again(self):
        with partners[BAD].away():
            self.assert_no_answer("onbereikbaar")
        self.assertEqual(region.consult([SAMIRA])[SAMIRA][OIN[BAD]]["uitkomst"], "betrokken")

    def test_a_set_that_is_too_old_is_not_believed(self):
        """Then nobody can tell whether the partner knows somebody: all are shown so, also who never was in its set."""
        with partners[BAD].away():
            def stale():
                entry = region.consult([MILAN])[MILAN][OIN[BAD]]
                return entry["uitkomst"] == "geen-antwoord" and entry
            entry = eventually("de opzoekset is verouderd", stale, STALE_WAIT)
            self.assertEqual(entry["oorzaak"], "onbereikbaar")  # that is why it is too old
            self.assertTrue(entry["toelichting"])
        region.changed()
        self.assertEqual(region.consult([MILAN])[MILAN][OIN[BAD]]["uitkomst"], "geen-betrokkenheid-gedeeld")


class Slow(PartnerTest):
    def test_a_silent_partner_costs_the_answer_time_and_no_more(self):
        with self.pretend(fake.silent):
            begin = time.monotonic()
            self.assert_no_answer("te-laat")
            self.assertGreater(time.monotonic() - begin, ANSWER_MS / 1000 * 0.9)

    def test_a_partner_that_is_slower_than_the_answer_time(self):
        with self.pretend(fake.slow(ANSWER_MS / 1000 + 1)):
            self.assert_no_answer("te-laat")

    def test_a_partner_that_is_silent_when_it_should_evaluate(self):
        with self.pretend(fake.silent, EVALUATIONS):
            self.assert_not_evaluated("te-laat")

    def test_a_partner_that_takes_the_connection_and_says_nothing(self):
        with partners[BAD].away(), socket.create_server(("127.0.0.1", region.port(BAD, "via"))):
            self.assert_no_answer("te-laat")

    def test_partners_are_asked_side_by_side_about_all(self):
        """Who asks one after the other gets no answer here."""
        both = fake.together(3)
        with self.pretend(both), self.pretend(both, org="school"):
            answer = region.consult([SAMIRA, DAAN, MILAN])
        for entry in (answer[SAMIRA][OIN[BAD]], answer[DAAN][OIN[BAD]], answer[MILAN][OIN["school"]]):
            self.assertEqual(entry["uitkomst"], "geen-betrokkenheid-gedeeld")

    def test_consults_side_by_side_do_not_wait_for_each_others_slow_partner(self):
        """The first is answered when the last has been asked; two commands may start too far apart for that."""
        people = (SAMIRA, DAAN)

        def both():
            with self.pretend(fake.together(len(people))), concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
                answers = list(pool.map(lambda bsn: region.consult([bsn]), people))
            return all(answer[bsn][OIN[BAD]]["uitkomst"] == "geen-betrokkenheid-gedeeld"
                       for bsn, answer in zip(people, answers))
        eventually("beide beantwoord", both)


GARBAGE = {
    "no_json": fake.answers(b"{{{"),
    "nothing": fake.answers(b""),
    "html": fake.answers(b"<html>welkom</html>", media_type="text/html"),
    "an_unknown_field": fake.answers(fake.sized(fake.SIGNED + b'"score":9,"betrokkenheden":[],"opvulling":"')),
    "an_entry_with_an_unknown_field": fake.answers(fake.entries(b'{"bsn":"999000007"}')),
    "an_unknown_life_domain": fake.answers(fake.entries(b'{"leefgebied":"fraude"}')),
    "a_date_that_does_not_exist": fake.answers(fake.entries(b'{"leefgebied":"financien","sinds":"2025-02-30"}')),
    "33_entries": fake.answers(fake.entries(b",".join([b'{"leefgebied":"financien"}'] * 33))),
    "a_null_entry": fake.answers(fake.entries(b"null")),
    "duplicate_keys": fake.answers(fake.sized(fake.SIGNED + b'"betrokkenheden":[],"betrokkenheden":[],"opvulling":"')),
    "trailing_text": fake.answers(fake.sized(end=b'"}x')),
    "not_utf8": fake.answers(fake.GOOD.replace(b"xx", b"\xff\xfe", 1)),
    "too_large": fake.answers(fake.GOOD_START + b"x" * 50000 + b"y" * 20000 + fake.GOOD_END),
    "a_size_that_is_no_class": fake.answers(fake.SIGNED + b'"betrokkenheden":[],"opvulling":"xxx"}'),
    "no_receipt": fake.answers(fake.sized(b'{"betrokkenheden":[],"opvulling":"')),
    "a_receipt_of_another_log": fake.answers(
        lambda connection: fake.GOOD.replace(receipts.PLACEHOLDER, receipts.log_of(region.dir, "cjg").receipt())),
    "a_receipt_of_an_hour_ago": fake.answers(
        lambda connection: fake.GOOD.replace(receipts.PLACEHOLDER,
                                             connection.log.receipt(now_ms=int(time.time() * 1000) - 3_600_000))),
    "a_body_without_end": fake.endless,
    "huge_headers": fake.huge_headers,
}


def evaluated(spoil):
    """The real node's answer, with something changed in it."""
    def behave(connection, stream, number):
        told = json.loads(connection.pass_on(stream).body)
        spoil(told)
        connection.answer(stream, json.dumps(told).encode())
    return behave


def another(place, value):
    """With another value in the place of one of the eight."""
    def spoil(told):
        told["waarden"][place] = value(told["waarden"]) if callable(value) else value
    return spoil


def flipped(text):
    """One bit of it, as base64."""
    raw = bytearray(oprf.decoded(text))
    raw[1] ^= 1
    return oprf.encoded(bytes(raw))


SPOILT = {
    "a_proof_of_something_else": ("bewijs-onjuist", lambda told: told.update(bewijs=flipped(told["bewijs"]))),
    "another_value": ("bewijs-onjuist", another(0, lambda values: values[1])),
    "two_values_exchanged": ("bewijs-onjuist", lambda told: told["waarden"].reverse()),
    "the_identity": ("bewijs-onjuist", another(2, oprf.encoded(bytes(32)))),
    "no_element": ("bewijs-onjuist", another(2, oprf.encoded(b"\xff" * 32))),
    "seven_values": ("onleesbaar", lambda told: told["waarden"].pop()),
    "nine_values": ("onleesbaar", lambda told: told["waarden"].append(told["waarden"][0])),
    "another_key": ("sleutel-gewijzigd", lambda told: told.update(sleutel=oprf.encoded(oprf.element()))),
    "another_period": ("sleutel-gewijzigd", lambda told: told.update(periode=told["periode"] + 1)),
    "a_receipt_of_another_log": ("onleesbaar", lambda told: told.update(
        ontvangstbewijs=receipts.log_of(region.dir, "cjg").receipt().decode())),
    "no_receipt": ("onleesbaar", lambda told: told.pop("ontvangstbewijs")),
}


class Garbage(PartnerTest):
    def test_a_status_of_500_is_no_answer(self):
        with self.pretend(fake.answers(b"{}", status=500)):
            answer = self.assert_no_answer("geweigerd")
        self.assertEqual(answer[SAMIRA][OIN[BAD]]["status"], 500)

    def test_a_status_of_503_is_no_answer(self):
        with self.pretend(fake.answers(b"", status=503)):
            self.assert_no_answer("geweigerd")

    def test_a_redirect_is_not_followed(self):
        with self.pretend(fake.answers(b"", status=307)) as partner:
            self.assert_no_answer("geweigerd", people=(SAMIRA, DAAN))
            self.assertEqual(partner.questions, 2)

    def test_a_body_that_drips_without_end_is_too_late(self):
        with self.pretend(fake.dripping):
            self.assert_no_answer("te-laat")

    def test_streams_that_are_reset_are_tried_three_times_and_then_down(self):
        with self.pretend(fake.resets) as partner:
            self.assert_no_answer("onbereikbaar", people=(SAMIRA,))
            self.assertEqual(partner.questions, 3)

    def test_a_stream_that_is_reset_once_as_by_a_draining_node_is_asked_again(self):
        with self.pretend(fake.resets_first) as partner:
            answer = region.consult([SAMIRA])
            self.assertEqual(partner.questions, 2)
        self.assertEqual(answer[SAMIRA][OIN[BAD]]["uitkomst"], "geen-betrokkenheid-gedeeld")

    def test_a_connection_that_is_cut_is_no_answer(self):
        with self.pretend(fake.closes):
            self.assert_no_answer("onbereikbaar", people=(SAMIRA,))

    def test_bytes_that_are_no_http2_are_no_answer(self):
        with self.pretend(fake.raw_garbage):
            answer = region.consult([SAMIRA])
        self.assertEqual(answer[SAMIRA][OIN[BAD]]["uitkomst"], "geen-antwoord")
        self.assertIn(answer[SAMIRA][OIN[BAD]]["oorzaak"], ("onleesbaar", "onbereikbaar"))

    def test_half_an_answer_is_no_answer(self):
        with self.pretend(fake.half_an_answer):
            answer = region.consult([SAMIRA])
        self.assertEqual(answer[SAMIRA][OIN[BAD]]["uitkomst"], "geen-antwoord")


def add_garbage_tests():
    def make(behaviour):
        def test(self):
            with self.pretend(behaviour):
                self.assert_no_answer("onleesbaar")
        return test

    def make_evaluation(spoil, cause):
        def test(self):
            with self.pretend(evaluated(spoil), EVALUATIONS):
                self.assert_not_evaluated(cause)
        return test
    for name, behaviour in GARBAGE.items():
        setattr(Garbage, f"test_{name}_is_unreadable", make(behaviour))
    for name, (cause, spoil) in SPOILT.items():
        setattr(Garbage, f"test_an_evaluation_with_{name}_is_not_used", make_evaluation(spoil, cause))


add_garbage_tests()


PURPOSE = "hulpafstemming"
AT = {"part": 4, "zeros": 5, "epoch": 8, "newest": 12, "class": 16, "place": 20, "version": 24, "from": 32, "root": 40,
      "key": 72, "entries": 104}  # node/matching/set_wire.h


def changed(body, field, value, size=4):
    at = AT[field]
    return body[:at] + value.to_bytes(size, "big") + body[at + size:]


def number(body, field, size=4):
    return int.from_bytes(body[AT[field]:AT[field] + size], "big")


def flip(body, at):
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


def exchange(body):
    return body[:104] + body[112:120] + body[104:112] + body[120:]


# What is spoilt, in a whole set ("page") or in a step from what the asker has.
SPOILT_SETS = {
    "a_page_that_is_cut_off": ("page", lambda b: b[:-8]),
    "a_page_with_half_an_entry": ("page", lambda b: b[:-4]),
    "a_page_with_an_entry_too_many": ("page", lambda b: b + b"\xff" * 8),
    "nothing_at_all": ("page", lambda b: b""),
    "half_a_header": ("page", lambda b: b[:50]),
    "another_form": ("page", lambda b: b"KBO2" + b[4:]),
    "a_part_that_is_none": ("page", lambda b: changed(b, "part", 3, 1)),
    "something_where_zeros_belong": ("page", lambda b: changed(b, "zeros", 1, 3)),
    "entries_out_of_order": ("page", exchange),
    "an_entry_twice": ("page", lambda b: b[:112] + b[104:112] + b[120:]),
    "an_entry_that_the_root_does_not_cover": ("page", lambda b: flip(b, len(b) - 1)),
    "another_root": ("page", lambda b: flip(b, AT["root"])),
    "a_key_that_is_no_element": ("page", lambda b: b[:72] + b"\xff" * 32 + b[104:]),
    "the_identity_as_key": ("page", lambda b: b[:72] + bytes(32) + b[104:]),
    "a_class_that_is_none": ("page", lambda b: changed(b, "class", number(b, "class") - 1)),
    "a_class_that_is_too_large": ("page", lambda b: changed(b, "class", 2**24)),
    "a_class_of_nothing": ("page", lambda b: changed(b, "class", 0)),
    "a_class_below_that_which_was_given": ("page", lambda b: changed(b, "class", number(b, "class") // 2)),
    "an_older_version": ("page", lambda b: changed(b, "version", 1, 8)),
    "an_older_period": ("page", lambda b: changed(b, "epoch", number(b, "epoch") - 1)),
    "a_step_that_is_cut_off": ("step", lambda b: b[:-16]),
    "a_step_of_too_many": ("step", lambda b: changed(b, "place", 65)),
    "a_step_with_more_behind_it": ("step", lambda b: b[:-1] + b"\1"),
    "a_step_that_changes_what_is_not_there": (
        "step", lambda b: changed(b, "place", 1)[:104] + b"\0" * 7 + b"\1" + b"\xff" * 8 + b[120:]),
    "a_step_to_another_root": ("step", lambda b: flip(b, AT["root"])),
    "a_step_back": ("step", lambda b: changed(b, "version", number(b, "from", 8) - 1, 8)),
}


class Sets(PartnerTest):
    """A set that does not hold is refused, with a record for the officer; what was there before stays in use."""

    def spoilt(self, part, spoil):
        self.times = 0

        def behave(connection, stream, _):
            path = connection.path(stream)
            if f"/{PURPOSE}" not in path:
                connection.relay(stream)
                return
            asked = path.partition("?")[0] if part == "page" else None
            held = re.search(r"vanaf=(\d+)", path)
            answer = connection.pass_on(stream, asked)
            end = time.monotonic() + WAIT
            # Of the version that the asker has, it would be wrong in another way: for having changed.
            while (asked and held and answer.status == 200 and number(answer.body, "version", 8) == int(held.group(1)) and
                   time.monotonic() < end):
                time.sleep(0.05)
                answer = connection.pass_on(stream, asked)
            body = answer.body
            if answer.status == 200 and body[4] == (1 if part == "page" else 2):
                body = spoil(body)
                self.times += 1
            connection.answer(stream, body, answer.status, answer.header("content-type"))
        return behave

    def refused(self, part, spoil):
        mark = region.mark("gebiedsteam")
        with self.pretend(self.spoilt(part, spoil), ("/v1/opzoeksets/",)):
            record = region.record_of("gebiedsteam", mark, handeling="opzoekset-geweigerd", ketenpartner=OIN[BAD],
                                      doel=PURPOSE)
            self.assertTrue(record["reden"])
            eventually("driemaal dezelfde fout", lambda: self.times >= 3)
            answer = region.consult([SAMIRA, MILAN])
        self.assertEqual(answer[SAMIRA][OIN[BAD]]["uitkomst"], "betrokken")
        self.assertEqual(answer[MILAN][OIN[BAD]]["uitkomst"], "geen-betrokkenheid-gedeeld")
        told = [r for r in region.records("gebiedsteam", mark) if r["handeling"] == "opzoekset-geweigerd"]
        if part == "page":  # after a step that does not hold comes the whole set, which does
            self.assertEqual(len(told), 1, f"een keer, niet elke tik: {[r['reden'] for r in told]}")
        self.assertEqual(len({r["reden"] for r in told}), 1)

    def test_a_set_that_is_refused_is_told_again_when_it_is_wrong_in_another_way(self):
        mark = region.mark("gebiedsteam")
        for spoil in (lambda b: b[:-8], lambda b: flip(b, AT["root"])):
            with self.pretend(self.spoilt("page", spoil), ("/v1/opzoeksets/",)):
                count = len([r for r in region.records("gebiedsteam", mark) if r["handeling"] == "opzoekset-geweigerd"])
                eventually("nog een regel", lambda c=count: len(
                    [r for r in region.records("gebiedsteam", mark) if r["handeling"] == "opzoekset-geweigerd"]) > c)

    def test_another_key_in_the_same_period_is_gone_over_to_and_told(self):
        """A partner that lost its key answers to nothing that was evaluated with it: "not involved" would be untrue."""
        self.assertEqual(region.consult([SAMIRA])[SAMIRA][OIN[BAD]]["uitkomst"], "betrokken")
        mark = region.mark("gebiedsteam")
        key = oprf.element()
        with self.pretend(self.spoilt("page", lambda b: b[:72] + key + b[104:]), ("/v1/opzoeksets/",)):
            region.record_of("gebiedsteam", mark, handeling="koppeling-opvallend", ketenpartner=OIN[BAD], doel=PURPOSE)
            entry = region.consult([SAMIRA])[SAMIRA][OIN[BAD]]  # evaluated anew, with another key than the set names
            self.assertEqual((entry["uitkomst"], entry["oorzaak"]), ("geen-antwoord", "sleutel-gewijzigd"))

        def again():  # all that others in this file ask about, whose values went with the key
            return region.consult([SAMIRA, DAAN, MILAN])[SAMIRA][OIN[BAD]]["uitkomst"] == "betrokken"
        eventually("de eigen sleutel van de ketenpartner", again)

    def test_a_set_that_was_given_before_is_not_taken_back(self):
        """The partner's own words of an earlier moment, whole and in order."""
        kept = {}

        def keep(connection, stream, number):
            answer = connection.pass_on(stream)
            if f"/{PURPOSE}" in connection.path(stream) and answer.status == 200:
                kept.setdefault("whole", connection.pass_on(stream, f"/v1/opzoeksets/{PURPOSE}"))
            connection.answer(stream, answer.body, answer.status, answer.header("content-type"))
        with self.pretend(keep, ("/v1/opzoeksets/",)):
            eventually("een set", lambda: kept)
            region.changed()
            region.settle("gebiedsteam")
        self.refused("page", lambda body: kept["whole"].body)


def add_set_tests():
    def make(part, spoil):
        return lambda self: self.refused(part, spoil)
    for name, (part, spoil) in SPOILT_SETS.items():
        setattr(Sets, f"test_{name}_is_refused", make(part, spoil))


add_set_tests()


class Impostors(PartnerTest):
    """No question may reach who is not the partner."""

    def assert_not_asked(self, cause, certificate):
        with partners[BAD].away(certificate) as partner, partner.behaving(fake.answers(), ("/",)):
            self.assert_no_answer(cause)
            self.assert_not_evaluated(cause)
            self.assertEqual(partner.questions, 0)

    def test_another_organisations_certificate(self):
        host = "schuldhulp.localhost"
        self.assert_not_asked("andere-organisatie", region.issue("nep-oin", "00000099000000009000", host=host))

    def test_a_certificate_without_oin(self):
        certificate = region.issue("nep-zonder", host="schuldhulp.localhost")
        with partners[BAD].away(certificate) as partner, partner.behaving(fake.answers(), ("/",)):
            answer = region.consult([SAMIRA])
            self.assertEqual(partner.questions, 0)
        self.assertIn(answer[SAMIRA][OIN[BAD]]["oorzaak"], ("andere-organisatie", "tls-geweigerd"))

    def test_another_hosts_certificate(self):
        self.assert_not_asked("tls-geweigerd", region.issue("nep-naam", OIN[BAD], host="elders.localhost"))

    def test_a_revoked_certificate(self):
        certificate = region.issue("nep-ingetrokken", OIN[BAD], host="schuldhulp.localhost")
        region.revoke(certificate[0])
        region.reload("gebiedsteam")
        region.settle("gebiedsteam")
        self.assert_not_asked("tls-geweigerd", certificate)

    def test_an_expired_certificate(self):
        certificate = region.issue("nep-verlopen", OIN[BAD], host="schuldhulp.localhost", vanaf=-20, dagen=-1)
        self.assert_not_asked("tls-geweigerd", certificate)

    def test_a_certificate_of_another_authority(self):
        region.script("pki", "ca", "--map", region.path("pki", "nep"), "--naam", "Nepautoriteit")
        self.assert_not_asked("tls-geweigerd",
                              region.issue("nep-ca", OIN[BAD], host="schuldhulp.localhost", ca="nep"))


class Drain(unittest.TestCase):
    """SIGTERM under load: what was taken is answered; what is not taken is told so."""

    def test_every_question_that_a_draining_node_takes_is_answered(self):
        self.addCleanup(region.start_one, "school")
        self.addCleanup(region.stop_one, "school")
        with Peer(region, "school") as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            streams = [peer.ask(question()) for _ in range(60)]
            os.kill(region.pid("school"), signal.SIGTERM)
            while peer.goaway in (None, NO_LAST_STREAM) and len(streams) < 100:
                streams.append(peer.ask(question()))
                peer.take()
            peer.until_closed()
        self.assertNotIn(peer.goaway, (None, NO_LAST_STREAM))
        taken = [peer.answers[stream] for stream in streams if stream <= peer.goaway]
        self.assertGreaterEqual(len(taken), 60)
        self.assertEqual([a for a in taken if a.status != 200 or not a.ended], [])

    def test_consults_while_a_partner_restarts_never_tell_that_it_knows_nobody(self):
        outcomes, stop = [], False

        def consult_on():
            while not stop:
                outcomes.append(region.consult([MILAN])[MILAN][OIN["school"]]["uitkomst"])

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            workers = [pool.submit(consult_on) for _ in range(2)]
            eventually("antwoorden", lambda: len(outcomes) > 3)
            region.stop_one("school")
            region.start_one("school")
            region.reload("gebiedsteam")
            seen = len(outcomes)
            eventually("weer antwoorden", lambda: "betrokken" in outcomes[seen + 2:])
            stop = True
            for worker in workers:
                worker.result()
        self.assertLessEqual(set(outcomes), {"betrokken", "geen-antwoord"})

    def test_the_asker_answers_its_own_client_when_it_is_stopped_meanwhile(self):
        region.settle("gebiedsteam")
        stopping = threading.Event()
        try:
            with partners[BAD].behaving(fake.once(stopping)) as partner, concurrent.futures.ThreadPoolExecutor(1) as pool:
                asked = pool.submit(region.consult, [MILAN, SAMIRA])
                try:
                    eventually("gevraagd", lambda: partner.questions)
                    os.kill(region.pid("gebiedsteam"), signal.SIGTERM)
                    eventually("het stopt", lambda: '"gebeurtenis":"stopt"' in region.node_log("gebiedsteam"))
                finally:
                    stopping.set()
                answer = asked.result()
        finally:
            region.stop_one("gebiedsteam")
            region.start_one("gebiedsteam")
        self.assertEqual(answer[MILAN][OIN["school"]]["uitkomst"], "betrokken")


class Afterwards(unittest.TestCase):
    def test_nothing_a_partner_sent_stands_in_the_operational_log_and_the_log_verifies(self):
        text = region.node_log("gebiedsteam")
        for word in (SAMIRA, DAAN, MILAN, "welkom", "fraude", "Verhoeven"):
            self.assertNotIn(word, text)
        for line in text.splitlines():
            json.loads(line)
        self.assertEqual(region.verify("gebiedsteam").returncode, 0)


def load_tests(loader, tests, pattern):
    """Afterwards comes last."""
    last = loader.loadTestsFromTestCase(Afterwards)
    flat = [test for case in tests for test in case if not isinstance(test, Afterwards)]
    return unittest.TestSuite([*flat, *last])


if __name__ == "__main__":
    unittest.main()
