"""Private matching on real nodes: who stands in whose set, when that shows and when it ends; against a client that shares
no line with the product (asking.py, oprf.py), and against a model."""
import json
import os
import random
import time
import unittest

import asking
import oprf
from asking import Held, Part, evaluation, path_of, put, read_set, scope_of
from dossier import Provider, consent
from late import Late, as_often_as_late
from peer import Peer, person, question
from receipts import without
from support import (DAAN, LONG_WAIT, MILAN, OIN, SAMIRA, TOP, Region, eventually, new_id, problem_of, strangers)

TICK, REMOVAL = 300, 1500  # ms
PROMISED = 10  # seconds in which, with a tick, who comes is in the set
REMOVED = (REMOVAL + 4 * TICK) / 1000 + 5  # seconds in which who goes is out of it
PURPOSE = "hulpafstemming"
LIMITED, MANY = "zorgsignaal", 24  # that purpose has so many values a day here
URGENT, URGENT_MANY = "onderzoek-veilig-thuis", 16


def setUpModule():
    global region, numbers, evaluated
    with open(os.path.join(TOP, "tests", "region", "convenant.json"), encoding="utf-8") as file:
        text = file.read()
    for code, many in ((LIMITED, MANY), (URGENT, URGENT_MANY)):
        (line,) = [line for line in text.splitlines() if f'{{"code": "{code}"' in line and '"quota"' in line]
        head = line.partition('"quota"')[0]
        comma = "," if line.endswith(",") else ""
        text = text.replace(line, f'{head}"quota": {{"perDag": {many}, "perPeriode": {10 * many}, "perJaar": {100 * many}}}}}{comma}')
    covenant = os.path.join(os.environ["E2E_DIR"], "koppeling.json")
    with open(covenant, "w", encoding="utf-8") as file:
        file.write(text)
    region = Region("matching", REGION_COVENANT=covenant, REGION_TICK_MS=TICK, REGION_REMOVAL_MS=REMOVAL, REGION_DRAIN_MS=500,
                    REGION_ORGANISATIONS="gebiedsteam school cjg uwv schuldhulp veilig-thuis").start()
    numbers = iter(strangers(400))
    evaluated = {}  # (provider, asker, purpose, key) -> {number: fingerprint}


def peer(provider="schuldhulp", asker="gebiedsteam"):
    return Peer(region, provider, region.certificate(asker))


def pupil(bsn=None, **more):
    """At the school: whom the team may know of, without anybody's consent."""
    who = Provider(region, "school", "z.smit", bsn or next(numbers)).register("2012-02-03", **more)
    who.involve("onderwijs-en-opvoeding")
    return who


def client(bsn=None):
    """At debt help: whom the team may know of by consent."""
    who = Provider(region, "schuldhulp", "c.visser", bsn or next(numbers)).register("1980-02-03")
    who.involve("financien")
    who.given = who.add("toestemming", consent())
    return who


def change(who, **changes):
    (held,) = who.command("subject show", who.bsn + "\n")["betrokkenheden"]
    who.command("involvement change --id " + held["id"],
                {"betrokkene": who.ident, "betrokkenheid": {**held["betrokkenheid"], **changes}})


def end(who):
    change(who, tot="2026-01-06")


def shield(who):
    change(who, gevoeligheid="afgeschermd")


def in_set(provider, people, asker="gebiedsteam", doel=PURPOSE):
    """Whom of these the asker finds at home. Each is evaluated once under one key: who is looked for again and again would
    use up what there is in a day, on a quick machine sooner than on a slow one."""
    region.published(provider)
    with peer(provider, asker) as one:
        held = read_set(one, doel)
        known = evaluated.setdefault((provider, asker, doel, held.key), {})
        new = [bsn for bsn in people if bsn not in known]
        for begin in range(0, len(new), oprf.BATCH):
            found = asking.evaluate(one, doel, held, new[begin:begin + oprf.BATCH])
            known.update({bsn: match.fingerprint for bsn, match in found.items()})
        return {bsn for bsn in people if known[bsn] in held.entries}


def followed(one, held):
    """(the set as it is now, [(who goes, who comes)], whether a step told so). Who looked too long ago is given the whole."""
    answer = one.request("GET", path_of(PURPOSE, periode=held.epoch, vanaf=held.version))
    assert answer.status == 200, answer
    part = Part(answer.body)
    if part.part == 2:
        return held.step(part), part.swaps(), len(answer.body)
    now = read_set(one, PURPOSE, held.epoch)
    goes, comes = (sorted(set(a.entries) - set(b.entries)) for a, b in ((held, now), (now, held)))
    assert len(goes) == len(comes)
    return now, list(zip(goes, comes)), None


def fingerprint_of(provider, bsn, asker="gebiedsteam", doel=PURPOSE):
    with peer(provider, asker) as one:
        held = read_set(one, doel)
        return asking.evaluate(one, doel, held, [bsn])[bsn].fingerprint


class Change(unittest.TestCase):
    """What is registered at a provider, and what shows of it at who may know."""

    def seen(self, bsn, provider):
        return region.consult([bsn])[bsn][OIN[provider]]["uitkomst"]

    def asked(self, mark, provider):
        return [r for r in region.records(provider, mark) if r["handeling"] == "raadpleging-beantwoord"]

    @as_often_as_late
    def test_who_comes_is_in_the_set_at_the_next_tick_and_not_before_he_may_be_known(self):
        who = Provider(region, "schuldhulp", "c.visser", next(numbers)).register("1980-02-03").involve("financien")
        self.assertEqual(in_set("schuldhulp", [who.bsn]), set())
        who.add("toestemming", consent())
        begin = time.monotonic()
        eventually("in de set", lambda: in_set("schuldhulp", [who.bsn]))
        self.assertEqual(self.seen(who.bsn, "schuldhulp"), "betrokken")
        took = time.monotonic() - begin
        self.assertEqual(in_set("schuldhulp", [who.bsn], "school"), set(), "en bij niemand anders")
        if took >= PROMISED:
            raise Late

    def test_who_goes_is_refused_at_once_and_leaves_the_set_in_time(self):
        who = client()
        self.assertEqual(self.seen(who.bsn, "schuldhulp"), "betrokken")
        mark = region.mark("schuldhulp")
        who.withdraw(who.given)
        with peer() as one:
            answer, other = one.consult(question(who.bsn)), one.consult(question(next(numbers)))
        self.assertEqual((answer.status, without(answer.body)), (other.status, without(other.body)))
        self.assertEqual(json.loads(answer.body)["betrokkenheden"], [])
        self.assertEqual([r["uitkomst"] for r in self.asked(mark, "schuldhulp")], ["ingehouden", "niet-bekend"])
        eventually("uit de set", lambda: not in_set("schuldhulp", [who.bsn]))
        mark = region.mark("schuldhulp")
        region.changed()
        self.assertEqual(self.seen(who.bsn, "schuldhulp"), "geen-betrokkenheid-gedeeld")
        self.assertEqual(self.asked(mark, "schuldhulp"), [])

    @as_often_as_late
    def test_whatever_ends_it_one_entry_is_changed_for_another_and_no_more_is_seen(self):
        causes = {"beeindigd": end, "ingetrokken": lambda who: who.withdraw(who.given), "afgeschermd": shield,
                  "beperkt": lambda who: who.add("beperking", {"toelichting": "wacht op een uitspraak"})}
        people = {cause: client() for cause in causes}
        self.assertEqual(in_set("schuldhulp", [who.bsn for who in people.values()]), {who.bsn for who in people.values()})
        with peer() as one:
            held = read_set(one, PURPOSE)
            prints = {match.fingerprint: cause for cause, who in people.items() for match in
                      asking.evaluate(one, PURPOSE, held, [who.bsn]).values()}
            self.assertEqual(len(prints), len(causes))
            begin = time.monotonic()
            for cause, act in causes.items():
                act(people[cause])
            acted = time.monotonic()
            gone, other, sizes = {}, [], set()
            while (len(gone) < len(causes) or not sizes) and time.monotonic() < acted + 2 * LONG_WAIT:
                held, swaps, size = followed(one, held)
                sizes |= {size} - {None}
                for goes, comes in swaps:
                    if goes in prints:
                        gone[prints[goes]] = time.monotonic() - begin
                    else:
                        other.append((goes, comes))
                time.sleep(0.05)
        self.assertEqual(set(gone), set(causes))
        self.assertEqual(other, [], "er gaat en komt niemand anders")
        self.assertEqual(len(sizes), 1)
        if max(gone.values()) >= acted - begin + REMOVED:
            raise Late

    def test_against_a_model_in_random_order(self):
        """Whom the team finds at home, at two providers, after each of many steps; with restarts in between."""
        seed = int(os.environ.get("E2E_SEED", "20260701"))
        chance = random.Random(seed)
        pupils, clients = {}, {}  # number -> (who, may be known)
        for step in range(int(os.environ.get("E2E_STEPS", "24"))):
            what = chance.choice(("pupil", "client", "end", "shield", "withdraw", "give", "restart", "kill"))
            if what == "pupil":
                who = pupil()
                pupils[who.bsn] = (who, True)
            elif what == "client":
                who = client()
                clients[who.bsn] = (who, True)
            elif what in ("end", "shield"):
                kind = chance.choice([group for group in (pupils, clients) if any(on for _, on in group.values())] or [{}])
                on = [bsn for bsn, (_, known) in kind.items() if known]
                if on:
                    who = kind[chance.choice(on)][0]
                    (end if what == "end" else shield)(who)
                    kind[who.bsn] = (who, False)
                    who.given = None  # nothing brings it back
            elif what == "withdraw":
                on = [who for who, known in clients.values() if known]
                if on:
                    who = chance.choice(on)
                    who.withdraw(who.given)
                    clients[who.bsn] = (who, False)
            elif what == "give":
                off = [who for who, known in clients.values() if not known and who.given]
                if off:
                    who = chance.choice(off)
                    who.given = who.add("toestemming", consent())
                    clients[who.bsn] = (who, True)
            else:
                org = chance.choice(("school", "schuldhulp"))
                (region.stop_one if what == "restart" else region.kill_one)(org)
                region.start_one(org)
            if step % 4 == 3:
                self.compare((seed, step), pupils, clients)
        self.compare((seed, "eind"), pupils, clients)
        people = [*pupils, *clients][:32]
        answer = region.consult(people)
        for bsn in people:
            for group, org in ((pupils, "school"), (clients, "schuldhulp")):
                known = bsn in group and group[bsn][1]
                self.assertEqual(answer[bsn][OIN[org]]["uitkomst"],
                                 "betrokken" if known else "geen-betrokkenheid-gedeeld", (seed, bsn, org))

    def compare(self, where, pupils, clients):
        for group, org in ((pupils, "school"), (clients, "schuldhulp")):
            wanted = {bsn for bsn, (_, known) in group.items() if known}
            self.assertLessEqual(wanted, in_set(org, group), where)  # who comes: at once
            eventually(f"wie ging is weg {where}", lambda o=org, g=group, w=wanted: in_set(o, g) == w)


class Restart(unittest.TestCase):
    def test_a_provider_that_starts_again_goes_on_where_it_was(self):
        who = client()
        region.published("schuldhulp")
        for stop in (region.stop_one, region.kill_one):
            with peer() as one:
                before = read_set(one, PURPOSE)
            mark = region.mark("gebiedsteam")
            stop("schuldhulp")
            region.start_one("schuldhulp")
            with peer() as one:
                after = eventually("weer een set", lambda o=one: o.request("GET", path_of(PURPOSE)).status == 200) and \
                    read_set(one, PURPOSE)
            self.assertEqual((after.epoch, after.key), (before.epoch, before.key))
            self.assertGreaterEqual(after.version, before.version)
            self.assertLessEqual(len(set(before.entries) ^ set(after.entries)), 8, "wat er stond staat er nog")
            self.assertEqual(region.consult([who.bsn])[who.bsn][OIN["schuldhulp"]]["uitkomst"], "betrokken")
            self.assertEqual([r for r in region.records("gebiedsteam", mark) if r["handeling"] == "opzoekset-geweigerd"], [])

    def test_an_asker_that_starts_again_has_its_sets_and_values(self):
        case = "Z-" + new_id()[:8]
        self.assertEqual(region.consult([SAMIRA], zaak=case)[SAMIRA][OIN["schuldhulp"]]["uitkomst"], "betrokken")
        mark = region.mark("schuldhulp")
        region.kill_one("gebiedsteam")
        region.start_one("gebiedsteam")
        self.assertEqual(region.consult([SAMIRA], zaak=case)[SAMIRA][OIN["schuldhulp"]]["uitkomst"], "betrokken")
        self.assertEqual([r["handeling"] for r in region.records("schuldhulp", mark)], ["raadpleging-beantwoord"])


class Consult(unittest.TestCase):
    def test_who_is_asked_about_again_in_a_case_is_not_evaluated_again(self):
        case, bsn = "Z-" + new_id()[:8], next(numbers)
        kinds = []
        for _ in range(2):
            mark = region.mark("cjg")
            region.consult([bsn], zaak=case)
            kinds.append([r["handeling"] for r in region.records("cjg", mark)])
        self.assertEqual(kinds, [["evaluatie-gegeven"], []])

    def test_who_came_into_a_set_since_is_evaluated_once_more_before_the_first_question(self):
        """A question without one would tell the school that it was asked before the pupil was in its set."""
        case, bsn = "Z-" + new_id()[:8], next(numbers)
        self.assertEqual(region.consult([bsn], zaak=case)[bsn][OIN["school"]]["uitkomst"], "geen-betrokkenheid-gedeeld")
        pupil(bsn)
        kinds = []
        for _ in range(2):
            region.settle("gebiedsteam")
            mark = region.mark("school")
            self.assertEqual(region.consult([bsn], zaak=case)[bsn][OIN["school"]]["uitkomst"], "betrokken")
            kinds.append([r["handeling"] for r in region.records("school", mark)])
        self.assertEqual(kinds, [["evaluatie-gegeven", "raadpleging-beantwoord"], ["raadpleging-beantwoord"]])

    def test_each_test_of_a_person_is_recorded_with_what_came_of_it(self):
        bsn = next(numbers)
        mark = region.mark("gebiedsteam")
        region.consult([SAMIRA, bsn], zaak="Z-" + new_id()[:8])
        self.assertEqual(region.tests_of("gebiedsteam", mark), [("******" + SAMIRA[6:], 1), ("******" + bsn[6:], 0)])

    def test_a_partner_that_is_down_is_shown_as_one_that_could_not_be_asked_for_all(self):
        people = [DAAN, MILAN, next(numbers)]
        region.consult([MILAN])
        self.addCleanup(region.start_one, "school")
        region.kill_one("school")
        answer = region.consult(people, zaak="Z-" + new_id()[:8])
        for bsn in people:
            if bsn != DAAN:
                self.assertEqual(answer[bsn][OIN["school"]]["uitkomst"], "geen-antwoord", bsn)
        self.assertEqual(answer[DAAN][OIN["schuldhulp"]]["uitkomst"], "betrokken")
        region.start_one("school")
        self.assertEqual(region.consult([MILAN])[MILAN][OIN["school"]]["uitkomst"], "betrokken")


class Useless(unittest.TestCase):
    """What was evaluated for one requester, purpose or person is nothing to another."""
    SCOPES = (("gebiedsteam", PURPOSE), ("gebiedsteam", "opdracht"), ("gebiedsteam", "nazorg"), ("school", PURPOSE))

    def test_an_ask_key_of_another_requester_or_purpose_opens_nothing(self):
        region.published("schuldhulp")
        own, *others = (asking.match_of(region, asker, "schuldhulp", doel, SAMIRA)[0] for asker, doel in self.SCOPES)
        for other in others:
            self.assertNotEqual(own.key, other.key)
            with peer() as one:
                answers = [one.consult(question(betrokkene=match.subject)) for match in (own, other)]
            found = [len(json.loads(answer.body)["betrokkenheden"]) for answer in answers]
            self.assertGreater(found[0], 0)
            self.assertEqual(found[1], 0)

    def test_fingerprints_of_two_requesters_or_purposes_have_nothing_in_common(self):
        sets = []
        for asker, doel in self.SCOPES:
            with peer("schuldhulp", asker) as one:
                sets.append(read_set(one, doel))
        for i, held in enumerate(sets):
            for other in sets[i + 1:]:
                self.assertEqual(set(held.entries) & set(other.entries), set())
                self.assertNotEqual(held.key, other.key)

    def test_a_set_has_its_class_whoever_is_in_it(self):
        for provider in ("school", "schuldhulp", "cjg", "uwv"):
            with peer(provider) as one:
                held = read_set(one, PURPOSE)
            self.assertEqual(len(held.entries) & (len(held.entries) - 1), 0)
            self.assertGreaterEqual(len(held.entries), 64)


class Quota(unittest.TestCase):
    def batch(self, one, doel):
        held = read_set(one, doel)
        batch = oprf.Batch(scope_of(one, doel, held.epoch), [next(numbers) for _ in range(oprf.BATCH)])
        return put(one, evaluation(batch))

    def use_up(self, one):
        """And twice more."""
        answers = [self.batch(one, LIMITED) for _ in range(MANY // oprf.BATCH + 2)]
        return answers[-1], [answer.status for answer in answers]

    def test_1_past_it_nothing_is_evaluated_and_it_says_when_again(self):
        with peer("school") as one:
            answer, statuses = self.use_up(one)
            self.assertEqual(statuses[-2:], [429, 429])
            self.assertLessEqual(statuses.count(200), MANY // oprf.BATCH)
            problem_of(self, answer, 429)
            self.assertGreaterEqual(int(answer.header("retry-after")), 1)
            self.assertLessEqual(int(answer.header("retry-after")), 25 * 3600)
            self.assertEqual(self.batch(one, PURPOSE).status, 200, "een ander doel gaat door")

    def test_2_a_user_sees_that_the_partner_could_not_be_asked(self):
        bsn = next(numbers)
        with peer("school") as one:
            self.use_up(one)  # a day may have begun
        entry = region.consult([bsn], doel=LIMITED)[bsn][OIN["school"]]
        self.assertEqual(entry["uitkomst"], "geen-antwoord")
        self.assertTrue(entry["toelichting"])
        self.assertEqual(entry.get("status"), 429)

    def test_3_an_urgent_purpose_goes_on_and_the_officer_sees_it(self):
        mark = region.mark("school")
        with peer("school", "veilig-thuis") as one:
            statuses = [self.batch(one, URGENT).status for _ in range(URGENT_MANY // oprf.BATCH + 2)]
        self.assertEqual(set(statuses), {200})
        found = [r for r in region.records("school", mark) if r["handeling"] == "koppeling-opvallend"]
        self.assertEqual([(r["ketenpartner"], r["doel"]) for r in found], [(OIN["veilig-thuis"], URGENT)])


def spoilt(batch, place, value):
    values = list(batch.values)
    values[place] = value
    return values


WRONG_ELEMENTS = {
    "the_identity": bytes(32), "not_canonical": b"\xed" + b"\xff" * 30 + b"\x7f", "no_point": b"\1" * 32,
    "negative": b"\1" + bytes(31), "all_ones": b"\xff" * 32, "31_bytes": bytes(31), "33_bytes": bytes(33), "nothing": b"",
}


class BadInput(unittest.TestCase):
    """On the wire; each leaves one record of a refusal, and nothing of it is evaluated."""

    def setUp(self):
        self.one = self.enterContext(peer())
        self.held = read_set(self.one, PURPOSE)
        self.batch = oprf.Batch(scope_of(self.one, PURPOSE, self.held.epoch), [SAMIRA])

    def refused(self, statuses, place, **changes):
        mark, request = region.mark("schuldhulp"), new_id()
        answer = put(self.one, evaluation(self.batch, **changes), request)
        self.assertIn(answer.status, statuses, answer)
        problem = problem_of(self, answer, answer.status)
        self.assertTrue(any(fault["plaats"].startswith(place) for fault in problem["fouten"]), problem)
        record = region.record_of("schuldhulp", mark, handeling="geweigerd")
        self.assertEqual(record["ketenpartner"], OIN["gebiedsteam"])
        self.assertEqual([r for r in region.records("schuldhulp", mark) if r["handeling"] == "evaluatie-gegeven"], [])
        self.assertEqual(put(self.one, evaluation(self.batch)).status, 200, "dezelfde verbinding werkt nog")

    def test_a_batch_of_another_size(self):
        values = self.batch.values
        for wrong in ([], values[:7], values + values[:1], values * 8):
            self.refused((400, 422), "/waarden", waarden=wrong)

    def test_what_is_no_list_of_texts(self):
        for wrong in ("x", {}, [1] * 8, [None] * 8):
            self.refused((400,), "/waarden", waarden=wrong)
        for text in ("geen base64!" + "x" * 32, self.batch.values[0][:-1], " " + self.batch.values[0]):
            self.refused((400, 422), "/waarden/5", waarden=spoilt(self.batch, 5, text))

    def test_another_period(self):
        for period in (self.held.epoch - 1, self.held.epoch + 1, 0, 2**32 - 1):
            self.refused((422,), "/periode", periode=period)
        for wrong in (-1, 2**32, "1", 1.5, None):
            self.refused((400, 422), "/periode" if wrong is not None else "/", periode=wrong)

    def test_a_purpose_without_a_set(self):
        for doel in ("leerplicht", "toezicht", "onbekend"):
            self.refused((400, 403), "/doel", doel=doel)

    def test_without_a_receipt_that_holds(self):
        for wrong in ("A" * 424, "kort", None):
            self.refused((400, 422), "", ontvangstbewijs=wrong)

    def test_what_is_not_in_the_description(self):
        self.refused((400,), "", betrokkene=person(SAMIRA) | {"periode": 1})

    def test_a_set_that_is_not_there(self):
        for doel, status in (("leerplicht", 403), ("toezicht", 403), ("onbekend", 403)):
            problem_of(self, self.one.request("GET", path_of(doel)), status)
        for query, status in (({"periode": self.held.epoch - 1}, 422), ({"periode": self.held.epoch + 1}, 422),
                              ({"periode": "x"}, 400), ({"periode": -1}, 400), ({"vanaf": "x"}, 400),
                              ({"periode": self.held.epoch, "versie": self.held.version + 1000, "plaats": 0}, 409),
                              ({"periode": self.held.epoch, "versie": 1}, 400)):
            answer = self.one.request("GET", path_of(PURPOSE, **query))
            problem_of(self, answer, status)
        answer = self.one.request("GET", path_of(PURPOSE, periode=self.held.epoch, vanaf=self.held.version + 1000))
        self.assertEqual((answer.status, Part(answer.body).part), (200, 1), "een versie die er niet is: het geheel")

    def test_who_is_no_party(self):
        with Peer(region, "schuldhulp", region.issue("vreemd", "00000099000000077000"), asker="gebiedsteam") as stranger:
            problem_of(self, stranger.request("GET", path_of(PURPOSE)), 403)
            problem_of(self, put(stranger, evaluation(self.batch)), 403)

    def test_steps_lead_to_the_set_that_is_published(self):
        for _ in range(5):  # who has a version of too many ticks ago is given the whole
            who = Provider(region, "schuldhulp", "c.visser", next(numbers)).register("1980-02-03").involve("financien")
            held = read_set(self.one, PURPOSE)
            who.add("toestemming", consent())
            region.published("schuldhulp")
            answer = self.one.request("GET", path_of(PURPOSE, periode=held.epoch, vanaf=held.version))
            self.assertEqual(answer.status, 200)
            part = Part(answer.body)
            if part.version - held.version < 32:  # SET_STEPS_KEPT
                break
        self.assertEqual((part.part, part.since), (2, held.version))
        self.assertEqual(answer.header("etag"), f'"{part.epoch}-{part.version}"')
        stepped = held.step(part)
        self.assertIsInstance(stepped, Held)
        self.assertNotEqual(stepped.entries, held.entries)


def add_elements():
    def make(raw):
        def test(self):
            self.refused((400, 422), "/waarden/3", waarden=spoilt(self.batch, 3, oprf.encoded(raw)))
        return test
    for name, raw in WRONG_ELEMENTS.items():
        setattr(BadInput, f"test_an_element_that_is_{name}", make(raw))


add_elements()

if __name__ == "__main__":
    unittest.main()
