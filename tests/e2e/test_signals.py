"""Signals and matches on real nodes: two doors (scenario 5), order and outage (scenario 6), and what nobody hears."""
import json
import re
import unittest

import asking
import receipts
from dossier import Provider, in_days
from peer import Peer
from support import OIN, Region, eventually, new_id, strangers

ORGANISATIONS = "gebiedsteam school cjg uwv schuldhulp"
PUBLISHERS_MAX = 32  # on one person, as in base/limits.h
RECEIPT = re.compile(rb'"ontvangstbewijs":"[^"]*"')
BASIS = {"gebiedsteam": "wmo-2.3.2", "school": "wpo-8", "cjg": "jeugdwet-2.3", "uwv": "suwi-30a"}


def setUpModule():
    global region, people
    region = Region("signals", REGION_ORGANISATIONS=ORGANISATIONS, REGION_REMOVAL_MS=1000, REGION_DRAIN_MS=1000).start()
    people = iter(strangers(90))
    with open(region.path("school", "convenant.json"), encoding="utf-8") as file:
        bases = [one["code"] for one in json.load(file)["grondslagen"]]
    for org, basis in BASIS.items():
        BASIS[org] = basis if basis in bases else bases[0]


def person():
    """Somebody whom nobody registered, of an age and a place that rules ask for."""
    return next(people)


def publish(org, user, bsn, *words, told=True):
    words = words or ("--contact", f"Contact {org}", "--telefoon", "0990555100")
    said = ("--verteld", "ja") if told else ("--niet-verteld", "onveilig")
    return region.command_json(org, user, "signal", "publish", "--grondslag", BASIS[org], *said, *words,
                               "--geboortedatum", "1995-03-04", "--gemeente", "9901", stdin=bsn + "\n")


def signals(org, user):
    return region.command_json(org, user, "signal", "list")["zorgsignalen"]


def matches(org, user, *words):
    return region.command_json(org, user, "signal", "lead", *words)["matches"]


def shown(org, user, match):
    return region.command_json(org, user, "signal", "lead", "--id", match)


def step(org, user, match, word, code=0):
    words = ["--contact", f"Beller {org}", "--telefoon", "0990555111"] if word == "regie" else []
    done = region.command(org, user, "signal", "lead", "--id", match, "--stap", word, *words)
    if done.returncode != code:
        raise AssertionError(f"{org} {word}: {done.returncode}: {done.stdout} {done.stderr}")
    return done


def met(org, user, before):
    """The one match that was not there before."""
    new = eventually(f"een match bij {org}",
                     lambda: [m for m in matches(org, user) if m["match"] not in before])
    assert len(new) == 1, new
    return new[0]


def known(org, user):
    return {m["match"] for m in matches(org, user)}


def send(peer, named, request_id=None, **changes):
    key, period = named
    body = {"ontvangstbewijs": receipts.PLACEHOLDER.decode(), "doel": "zorgsignaal",
            "betrokkene": {"sleutel": key, "periode": period}, "via": "persoon",
            "inbreng": {"spoor": new_id(), "grondslag": BASIS["cjg"], "verteld": True, "tot": in_days(60),
                        "rollen": []}, "opvulling": ""}
    body.update(changes)
    body["opvulling"] = " " * (2048 - len(json.dumps(body)))
    return peer.request("POST", "/v1/zorgsignalen", peer.signed(body),
                        [("content-type", "application/json"), ("request-id", request_id or new_id())])


class TwoDoors(unittest.TestCase):
    """Scenario 5: two signals about one person, at two organisations."""

    def test_two_signals_are_one_match_with_one_lead(self):
        bsn = person()
        before = {"uwv": known("uwv", "p.mulder"), "gebiedsteam": known("gebiedsteam", "g.jansen")}
        publish("uwv", "p.mulder", bsn)
        publish("gebiedsteam", "g.jansen", bsn)
        here = met("gebiedsteam", "g.jansen", before["gebiedsteam"])
        there = met("uwv", "p.mulder", before["uwv"])
        self.assertEqual(here["match"], there["match"])
        self.assertEqual(here["andereKant"]["contact"]["naam"], "Contact uwv")
        self.assertEqual(there["andereKant"]["contact"]["naam"], "Contact gebiedsteam")
        match = here["match"]
        step("uwv", "p.mulder", match, "regie")
        eventually("de regie is bij beide", lambda: all(
            "regie" in shown(org, user, match) for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))))
        step("gebiedsteam", "g.jansen", match, "regie", code=1)
        step("uwv", "p.mulder", match, "sluiten")
        eventually("gesloten bij beide", lambda: all(
            shown(org, user, match)["stand"] == "gesloten"
            for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))))
        histories = [shown(org, user, match)["gebeurtenissen"]
                     for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))]
        self.assertEqual(histories[0], histories[1])
        self.assertEqual([e["stap"] for e in histories[0]], ["ontmoet", "regie", "sluiten"])


    def test_a_step_of_the_other_side_and_after_the_end_is_refused(self):
        match = self.two_of("uwv", "p.mulder", "gebiedsteam", "g.jansen")
        step("gebiedsteam", "g.jansen", match, "regie")
        eventually("regie bij uwv", lambda: "regie" in shown("uwv", "p.mulder", match))
        self.assertIn("andere organisatie", step("uwv", "p.mulder", match, "sluiten", code=1).stderr)
        step("gebiedsteam", "g.jansen", match, "sluiten")
        self.assertIn("kan niet", step("gebiedsteam", "g.jansen", match, "contact", code=1).stderr)
        eventually("gesloten bij uwv", lambda: shown("uwv", "p.mulder", match)["stand"] == "gesloten")
        self.assertIn("kan niet", step("uwv", "p.mulder", match, "regie", code=1).stderr)

    def two_of(self, org, user, other, other_user):
        before = known(org, user)
        bsn = person()
        publish(org, user, bsn)
        publish(other, other_user, bsn)
        match = met(org, user, before)["match"]
        eventually("ook aan de andere kant", lambda: match in known(other, other_user))
        return match

    def test_two_leads_at_once_leave_one(self):
        match = self.two_of("uwv", "p.mulder", "gebiedsteam", "g.jansen")
        done = [region.command(org, user, "signal", "lead", "--id", match, "--stap", "regie", "--contact",
                               f"Beller {org}", "--telefoon", "0990555111")
                for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))]
        self.assertIn(0, [one.returncode for one in done])
        ends = eventually("een regie, bij beide dezelfde", lambda: self.same_lead(match))
        self.assertEqual(sum(e["stap"] == "regie" and not e.get("vervallen") for e in ends), 1)

    def same_lead(self, match):
        there, here = (shown(org, user, match) for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen")))
        same = there["gebeurtenissen"] == here["gebeurtenissen"] and "onderweg" not in there
        return here["gebeurtenissen"] if same and there.get("regie") == here.get("regie") and "regie" in here else None

    def test_two_colleagues_are_a_match_too(self):
        bsn = person()
        before = known("gebiedsteam", "g.jansen")
        publish("gebiedsteam", "g.jansen", bsn)
        self.assertEqual(known("gebiedsteam", "g.jansen"), before)
        publish("gebiedsteam", "r.bakker", bsn)
        match = met("gebiedsteam", "r.bakker", before)
        self.assertEqual(match["ketenpartner"], OIN["gebiedsteam"])
        step("gebiedsteam", "r.bakker", match["match"], "regie")
        step("gebiedsteam", "g.jansen", match["match"], "sluiten")
        self.assertEqual(shown("gebiedsteam", "g.jansen", match["match"])["stand"], "gesloten")

    def test_one_publisher_more_than_there_may_be_is_refused_and_hears_nothing_of_why(self):
        bsn = person()
        users = [f"signaal{n}" for n in range(PUBLISHERS_MAX + 1)]
        for user in users:
            region.add_user("gebiedsteam", user, "signaleerder")
            if user != users[-1]:
                publish("gebiedsteam", user, bsn)
        done = region.command("gebiedsteam", users[-1], "signal", "publish", "--grondslag", BASIS["gebiedsteam"],
                              "--verteld", "ja", "--contact", "G", "--telefoon", "1", stdin=bsn + "\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("dit kan nu niet", done.stderr)
        # Who is among them renews his own.
        self.assertEqual(publish("gebiedsteam", users[0], bsn)["zorgsignaal"],
                         signals("gebiedsteam", users[0])[0]["zorgsignaal"])

    def test_somebody_of_unknown_age_and_place_meets_nothing_until_they_are_recorded(self):
        """Who only signals is told so by what he gave, not by what is known here; a colleague who may register fills it in."""
        bsn = person()
        publish("uwv", "p.mulder", bsn)
        before = known("gebiedsteam", "g.jansen")
        words = ("signal", "publish", "--grondslag", BASIS["gebiedsteam"], "--verteld", "ja", "--contact", "G",
                 "--telefoon", "0990555100")
        said = region.command("gebiedsteam", "g.jansen", *words, stdin=bsn + "\n")
        self.assertIn("geboortedatum en gemeente", said.stdout)
        facts = {"bsn": bsn, "achternaam": "Proefpersoon", "geboortedatum": "1995-03-04", "gemeente": "9901"}
        again = region.command("gebiedsteam", "g.jansen", "subject", "add", stdin=json.dumps(facts))
        self.assertEqual(again.returncode, 1)
        self.assertIn("subject change", again.stderr)
        before.add(self.two_of("uwv", "p.mulder", "gebiedsteam", "g.jansen"))  # as long as another needs to meet
        self.assertEqual(known("gebiedsteam", "g.jansen"), before)
        held = json.loads(region.command("gebiedsteam", "g.jansen", "subject", "show", stdin=bsn + "\n").stdout)
        other = region.command("gebiedsteam", "g.jansen", "subject", "change", "--id", held["id"],
                               stdin=json.dumps({**facts, "bsn": person()}))
        self.assertEqual(other.returncode, 1)
        self.assertIn("is niet het burgerservicenummer van deze persoon", other.stderr)
        mark = region.mark("gebiedsteam")
        changed = region.command("gebiedsteam", "g.jansen", "subject", "change", "--id", held["id"], stdin=json.dumps(facts))
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.assertEqual([(r["handeling"], r["gebruiker"]) for r in region.records("gebiedsteam", mark)
                          if r["gebruiker"] == "g.jansen"], [("gegevens-gewijzigd", "g.jansen")])
        match = met("gebiedsteam", "g.jansen", before)["match"]
        eventually("ook bij uwv", lambda: match in known("uwv", "p.mulder"))
        full = region.command("gebiedsteam", "g.jansen", *words, "--geboortedatum", "1995-03-04", "--gemeente", "9901",
                              stdin=bsn + "\n")
        self.assertNotIn("geboortedatum", full.stdout)

    def test_again_by_the_same_publisher_renews_it(self):
        bsn = person()
        first = publish("gebiedsteam", "g.jansen", bsn)
        again = publish("gebiedsteam", "g.jansen", bsn)
        self.assertEqual(first, again)


class OfAHousehold(unittest.TestCase):
    """The school worries about a son; the area team helps his mother, and both recorded who lives there."""

    def home(self, org, user, members):
        people = [Provider(region, org, user, bsn).register(birth) for bsn, birth in members]
        people[0].command("household add", {"leden": [one.ident for one in people], "bron": "BRP", "datum": "2026-01-01"})
        return people

    def family(self):
        """Son and mother: their numbers, and as recorded at the school and at the area team."""
        son, mother = person(), person()
        members = ((son, "2012-02-03"), (mother, "1985-03-04"))
        here, there = self.home("school", "z.smit", members), self.home("gebiedsteam", "g.jansen", members)
        there[1].involve("dagelijks-leven")
        eventually("de moeder in de set voor de school",
                   lambda: asking.in_set_of(region, "school", "gebiedsteam", "zorgsignaal", mother))
        return son, mother, here, there

    def taken(self, mark):
        return [r for r in region.records("gebiedsteam", mark) if r["handeling"] == "zorgsignaal-ontvangen"]

    def test_the_sons_signal_meets_where_the_mother_is_helped(self):
        son = self.family()[0]
        before = {"school": known("school", "z.smit"), "gebiedsteam": known("gebiedsteam", "g.jansen")}
        own = publish("school", "z.smit", son)["zorgsignaal"]
        here = met("school", "z.smit", before["school"])
        there = met("gebiedsteam", "g.jansen", before["gebiedsteam"])
        self.assertEqual(here["match"], there["match"])
        self.assertEqual((here["via"], there["via"]), ("huishouden", "huishouden"))
        self.assertEqual(there["andereKant"]["contact"]["naam"], "Contact school")
        self.assertEqual(region.command("school", "z.smit", "signal", "withdraw", "--id", own).returncode, 0)
        seen = eventually("het einde bij het gebiedsteam", lambda: self.ended(there["match"]))
        self.assertNotIn("contact", seen["andereKant"])

    def test_without_the_household_only_the_person_himself_is_looked_for(self):
        son = self.family()[0]
        before = known("gebiedsteam", "g.jansen")
        publish("school", "z.smit", son, "--contact", "C", "--telefoon", "1", "--zonder-huishouden")
        self.only_that_of_another_family_goes(before)

    def only_that_of_another_family_goes(self, before):
        """Published later, it is met: by its end it is told from the earlier one, that would have gone before it."""
        eventually("bij allen getoetst",
                   lambda: not [s for s in signals("school", "z.smit") if s["nogNietGetoetst"]])
        own = publish("school", "z.smit", self.family()[0])["zorgsignaal"]
        match = met("gebiedsteam", "g.jansen", before)["match"]
        self.assertEqual(region.command("school", "z.smit", "signal", "withdraw", "--id", own).returncode, 0)
        eventually("het einde bij het gebiedsteam", lambda: self.ended(match))
        self.assertEqual(known("gebiedsteam", "g.jansen") - before, set())  # what is closed is not listed

    def test_a_shielded_member_at_the_sender_keeps_it_at_home(self):
        son, _, here, _ = self.family()
        here[1].involve("financien", gevoeligheid="afgeschermd")
        before = known("gebiedsteam", "g.jansen")
        publish("school", "z.smit", son)
        self.only_that_of_another_family_goes(before)

    def test_who_is_shielded_later_ends_what_met(self):
        son, _, here, _ = self.family()
        before = known("gebiedsteam", "g.jansen")
        publish("school", "z.smit", son)
        match = met("gebiedsteam", "g.jansen", before)["match"]
        here[1].involve("financien", gevoeligheid="afgeschermd")
        seen = eventually("het einde bij het gebiedsteam", lambda: self.ended(match))
        self.assertNotIn("contact", seen["andereKant"])
        self.assertEqual(self.ended(match)["via"], "huishouden")

    def ended(self, match):
        seen = shown("gebiedsteam", "g.jansen", match)
        return seen if seen["andereKant"]["beeindigd"] else None

    def test_a_shielded_member_at_the_receiver_makes_it_an_answer_about_nobody(self):
        son, mother, _, there = self.family()
        before = known("school", "z.smit"), known("gebiedsteam", "g.jansen")
        there[0].involve("financien", gevoeligheid="afgeschermd")  # the son, there
        mark = region.mark("gebiedsteam")
        publish("school", "z.smit", son)
        eventually("ontvangen", lambda: self.taken(mark))
        self.assertEqual((known("school", "z.smit"), known("gebiedsteam", "g.jansen")), before)
        mine, nobody = self.answers(mother)
        self.assertEqual(mine, nobody)

    def answers(self, mother):
        """To a partner's own words: about the mother by her household, and about nobody."""
        named = asking.ask_key(region, "school", "gebiedsteam", "zorgsignaal", mother), asking.nobody(region)
        half = {"spoor": new_id(), "grondslag": BASIS["school"], "verteld": True, "tot": in_days(60), "rollen": []}
        with Peer(region, "gebiedsteam", region.certificate("school")) as peer:
            return [(a.status, RECEIPT.sub(b"", a.body)) for a in (
                send(peer, name, via="huishouden", inbreng={**half, "spoor": new_id()}) for name in named)]

    # ---- two signals: one about the son, one about his mother ----

    SCHOOL, TEAM, UWV = ("school", "z.smit"), ("gebiedsteam", "g.jansen"), ("uwv", "p.mulder")

    def living_together(self, *places):
        members = ((person(), "1996-02-03"), (person(), "1975-03-04"))
        for org, user in places:
            self.home(org, user, members)
        return [bsn for bsn, _ in members]

    def new_at_both(self, one, other, before, count):
        """The matches that both have by now, the same; any that is more than there should be fails."""
        def seen():
            new = [known(*place) - old for place, old in zip((one, other), before)]
            self.assertLessEqual(max(len(n) for n in new), count, new)
            return new if min(len(n) for n in new) == count else None
        new = eventually(f"{count} bij beide", seen)
        self.assertEqual(new[0], new[1])
        return new[0]

    def looked_for(self, *places):
        eventually("bij allen getoetst", lambda: not [
            s for org, user in places for s in signals(org, user) if s["nogNietGetoetst"]])

    def meets_once(self, one, other, waits):
        before = known(*one), known(*other)
        son, mother = self.living_together(one, other)
        mine = publish(*one, son)["zorgsignaal"]
        if waits:
            self.looked_for(one)
        publish(*other, mother)
        match = self.new_at_both(one, other, before, 1).pop()
        for place, theirs in ((one, other), (other, one)):
            seen = shown(*place, match)
            self.assertEqual(seen["via"], "huishouden")
            self.assertEqual(seen["andereKant"]["contact"]["naam"], f"Contact {theirs[0]}")
            self.assertIn("tot", seen["andereKant"])
        # By the time that two of another family met, whatever else went of these has gone.
        another = self.living_together(one, other)
        publish(*other, another[1])
        publish(*one, another[0])
        self.assertIn(match, self.new_at_both(one, other, before, 2))
        self.looked_for(one, other)
        self.withdrawn(one, mine)
        gone = eventually("het einde bij de ander", lambda: self.ended_at(*other, match))
        self.assertNotIn("contact", gone["andereKant"])
        self.new_at_both(one, other, before, 2)
        return before, mother, match

    def withdrawn(self, place, signal):
        done = region.command(*place, "signal", "withdraw", "--id", signal)
        self.assertEqual(done.returncode, 0, done.stderr)

    def ended_at(self, org, user, match):
        seen = shown(org, user, match)
        return seen if seen["andereKant"]["beeindigd"] else None

    def test_a_signal_about_the_son_and_one_about_his_mother_meet_once(self):
        self.meets_once(self.SCHOOL, self.TEAM, True)

    def test_and_the_other_way_round(self):
        self.meets_once(self.TEAM, self.SCHOOL, True)

    def test_and_when_both_are_published_at_once(self):
        self.meets_once(self.SCHOOL, self.TEAM, False)

    def test_and_at_two_others(self):
        self.assertLess(OIN["gebiedsteam"], OIN["uwv"])
        self.meets_once(self.UWV, self.TEAM, True)
        self.meets_once(self.TEAM, self.UWV, False)

    def test_after_the_withdrawal_another_signal_meets_anew(self):
        before = known(*self.SCHOOL), known(*self.TEAM)
        son, mother = self.living_together(self.SCHOOL, self.TEAM)
        first = publish(*self.SCHOOL, son)["zorgsignaal"]
        own = publish(*self.TEAM, mother)["zorgsignaal"]
        match = self.new_at_both(self.SCHOOL, self.TEAM, before, 1).pop()
        self.withdrawn(self.SCHOOL, first)
        eventually("het einde bij het gebiedsteam", lambda: self.ended_at(*self.TEAM, match))
        publish(*self.SCHOOL, son)
        later = eventually("een nieuwe match", lambda: known(*self.SCHOOL) - before[0] - {match})
        self.assertEqual(len(later), 1)
        newer = later.pop()
        eventually("ook bij het gebiedsteam", lambda: newer in known(*self.TEAM))
        self.withdrawn(self.TEAM, own)
        eventually("het einde bij de school", lambda: self.ended_at(*self.SCHOOL, newer))

    def test_one_that_was_down_meets_once_when_it_is_back(self):
        before = known(*self.SCHOOL), known(*self.TEAM)
        son, mother = self.living_together(self.SCHOOL, self.TEAM)
        publish(*self.SCHOOL, son)
        self.addCleanup(region.script, "start")
        region.kill_one("school")
        publish(*self.TEAM, mother)
        region.start_one("school")
        self.new_at_both(self.SCHOOL, self.TEAM, before, 1)
        region.kill_one("gebiedsteam")
        region.start_one("gebiedsteam")
        another = self.living_together(self.SCHOOL, self.TEAM)
        publish(*self.SCHOOL, another[0])
        publish(*self.TEAM, another[1])
        self.new_at_both(self.SCHOOL, self.TEAM, before, 2)

    def test_who_is_shielded_at_either_ends_what_two_signals_met(self):
        for worse in (self.SCHOOL, self.TEAM):
            before = known(*self.SCHOOL), known(*self.TEAM)
            members = ((person(), "1996-02-03"), (person(), "1975-03-04"))
            homes = {place: self.home(*place, members) for place in (self.SCHOOL, self.TEAM)}
            publish(*self.SCHOOL, members[0][0])
            self.looked_for(self.SCHOOL)
            publish(*self.TEAM, members[1][0])
            match = self.new_at_both(self.SCHOOL, self.TEAM, before, 1).pop()
            own = 0 if worse == self.SCHOOL else 1
            homes[worse][1 - own].involve("financien", gevoeligheid="afgeschermd")  # who lives with whom it is about
            other = self.TEAM if worse == self.SCHOOL else self.SCHOOL
            gone = eventually("het einde bij de ander", lambda: self.ended_at(*other, match))
            self.assertNotIn("contact", gone["andereKant"])

    def test_who_is_helped_and_worried_about_is_met_once(self):
        before = known(*self.SCHOOL), known(*self.TEAM)
        son, mother = self.family()[:2]
        publish(*self.SCHOOL, son)
        match = self.new_at_both(self.SCHOOL, self.TEAM, before, 1)  # by help
        publish(*self.TEAM, mother)
        self.looked_for(self.TEAM)
        son, mother = self.family()[:2]
        publish(*self.TEAM, mother)
        self.looked_for(self.TEAM)
        publish(*self.SCHOOL, son)
        self.assertLess(match, self.new_at_both(self.SCHOOL, self.TEAM, before, 2))
        self.looked_for(self.SCHOOL, self.TEAM)
        self.new_at_both(self.SCHOOL, self.TEAM, before, 2)

    def test_a_signal_that_is_kept_to_the_person_is_not_met_by_another(self):
        before = known(*self.SCHOOL), known(*self.TEAM)
        son, mother = self.living_together(self.SCHOOL, self.TEAM)
        publish(*self.TEAM, mother, "--contact", "C", "--telefoon", "1", "--zonder-huishouden")
        eventually("de moeder in de set voor de school",
                   lambda: asking.in_set_of(region, "school", "gebiedsteam", "zorgsignaal", mother))
        mark = region.mark("gebiedsteam")
        publish(*self.SCHOOL, son)
        eventually("ontvangen", lambda: self.taken(mark))
        self.looked_for(self.SCHOOL, self.TEAM)
        self.assertEqual((known(*self.SCHOOL), known(*self.TEAM)), before)


class A_OrderAndOutage(unittest.TestCase):
    """Scenario 6: the school signals, is away, and CJG signals meanwhile. It comes first: a node that starts anew sends of older
    signals again what met nothing, and here nobody else may hear anything."""

    def tearDown(self):
        region.script("start")

    def test_when_it_is_back_both_know_exactly_once(self):
        bsn = person()
        before = {"school": known("school", "z.smit"), "cjg": known("cjg", "p.mulder")}
        marks = {org: region.mark(org) for org in ("gebiedsteam", "uwv", "schuldhulp")}
        mine = publish("school", "l.meester", bsn)["zorgsignaal"]
        region.stop_one("school")
        publish("cjg", "p.mulder", bsn)
        self.assertEqual(known("cjg", "p.mulder"), before["cjg"])
        region.start_one("school")
        here = met("school", "z.smit", before["school"])
        there = met("cjg", "p.mulder", before["cjg"])
        self.assertEqual(here["match"], there["match"])
        for org, mark in marks.items():
            kinds = {r["handeling"] for r in region.records(org, mark)}
            self.assertFalse({k for k in kinds if k.startswith(("zorgsignaal", "match"))}, org)
        self.withdrawn_reaches_the_other(mine, there["match"])

    def withdrawn_reaches_the_other(self, mine, match):
        self.assertIn("contact", shown("cjg", "p.mulder", match)["andereKant"])
        done = region.command("school", "l.meester", "signal", "withdraw", "--id", mine)
        self.assertEqual(done.returncode, 0, done.stderr)
        gone = eventually("het einde is bij cjg", lambda: self.ended(match))
        self.assertNotIn("contact", gone["andereKant"])
        self.assertEqual(gone["stand"], "open")  # the other signal goes on
        self.assertIn("al beeindigd", region.command("school", "l.meester", "signal", "withdraw", "--id",
                                                     mine).stderr)

    def ended(self, match):
        seen = shown("cjg", "p.mulder", match)
        return seen if seen["andereKant"]["beeindigd"] else None


class Ends(unittest.TestCase):
    """What may go no longer ends where it came to, and nobody there hears why."""

    def test_a_restriction_ends_it_at_the_partner_and_its_end_opens_nothing_there(self):
        bsn = person()
        before = known("cjg", "p.mulder")
        publish("school", "z.smit", bsn)
        own = publish("cjg", "p.mulder", bsn)["zorgsignaal"]
        match = met("cjg", "p.mulder", before)["match"]
        eventually("ook bij de school", lambda: match in known("school", "z.smit"))
        Provider(region, "school", "z.smit", bsn).add("beperking", {"toelichting": "wacht op een uitspraak"})
        seen = eventually("het einde bij cjg", lambda: self.ended_at("cjg", "p.mulder", match))
        self.assertNotIn("contact", seen["andereKant"])
        eventually("het einde in de geschiedenis", lambda: [e["stap"] for e in shown("cjg", "p.mulder", match)["gebeurtenissen"]]
                   == ["ontmoet", "signaal-einde"])
        eventually("bij beide dezelfde geschiedenis", lambda: shown("school", "z.smit", match)["gebeurtenissen"]
                   == shown("cjg", "p.mulder", match)["gebeurtenissen"])
        # The one at CJG goes on; with its end nobody has a signal any more.
        done = region.command("cjg", "p.mulder", "signal", "withdraw", "--id", own)
        self.assertEqual(done.returncode, 0, done.stderr)
        for org, user in (("cjg", "p.mulder"), ("school", "z.smit")):
            eventually(f"gesloten bij {org}", lambda o=org, u=user: shown(o, u, match)["stand"] == "gesloten")

    def test_of_two_own_signals_the_one_that_is_withdrawn_leaves_nothing_at_the_partner(self):
        bsn = person()
        before = known("uwv", "p.mulder")
        first = publish("gebiedsteam", "g.jansen", bsn, "--contact", "Eerste", "--telefoon", "0990555131")
        publish("uwv", "p.mulder", bsn)
        one = met("uwv", "p.mulder", before)
        self.assertEqual(one["andereKant"]["contact"]["naam"], "Eerste")
        eventually("bij het gebiedsteam", lambda: one["match"] in known("gebiedsteam", "g.jansen"))
        second = publish("gebiedsteam", "r.bakker", bsn, "--contact", "Tweede", "--telefoon", "0990555132")

        def contact():
            return shown("uwv", "p.mulder", one["match"])["andereKant"].get("contact", {}).get("naam")
        self.assertEqual(contact(), "Eerste")  # it goes on under the match that is there
        self.withdraw("gebiedsteam", "g.jansen", first)
        eventually("de ander bij uwv", lambda: contact() == "Tweede")
        seen = shown("uwv", "p.mulder", one["match"])
        self.assertEqual([e["stap"] for e in seen["gebeurtenissen"]], ["ontmoet"])
        self.assertFalse(seen["andereKant"]["beeindigd"])
        self.withdraw("gebiedsteam", "r.bakker", second)
        eventually("het einde bij uwv", lambda: self.ended_at("uwv", "p.mulder", one["match"]))
        self.assertIsNone(contact())

    def withdraw(self, org, user, signal):
        done = region.command(org, user, "signal", "withdraw", "--id", signal["zorgsignaal"])
        self.assertEqual(done.returncode, 0, done.stderr)

    def ended_at(self, org, user, match):
        seen = shown(org, user, match)
        return seen if seen["andereKant"]["beeindigd"] else None

    def test_who_is_shielded_is_told_to_nobody(self):
        bsn = person()
        mark = region.mark("cjg")
        who = Provider(region, "school", "z.smit", bsn).register("1995-03-04")
        who.involve("financien", gevoeligheid="afgeschermd")
        publish("school", "z.smit", bsn)
        publish("cjg", "p.mulder", bsn)
        eventually("bij allen getoetst", lambda: not [s for s in signals("cjg", "p.mulder") if s["nogNietGetoetst"]])
        eventually("hier ook", lambda: not [s for s in signals("school", "z.smit") if s["nogNietGetoetst"]])
        kinds = {r["handeling"] for r in region.records("cjg", mark)}
        self.assertIn("zorgsignaal-afgegeven", kinds)
        self.assertFalse(kinds & {"zorgsignaal-ontvangen", "zorgsignaal-verzonden", "match-ontstaan"})

    def test_a_signal_from_before_a_restart_meets_one_from_after(self):
        bsn = person()
        before = known("cjg", "p.mulder")
        publish("cjg", "p.mulder", bsn)
        region.kill_one("cjg")
        region.start_one("cjg")
        publish("school", "z.smit", bsn)
        match = met("cjg", "p.mulder", before)["match"]
        eventually("ook bij de school", lambda: match in known("school", "z.smit"))


class NewOnes(unittest.TestCase):
    """Of two organisations and a person one match lives; after its end a new signal is a new match."""

    def test_after_the_end_a_colleagues_signal_is_a_new_match(self):
        bsn = person()
        before = known("uwv", "p.mulder")
        publish("uwv", "p.mulder", bsn)
        publish("gebiedsteam", "g.jansen", bsn)
        first = met("uwv", "p.mulder", before)["match"]
        eventually("ook bij het gebiedsteam", lambda: first in known("gebiedsteam", "g.jansen"))
        step("gebiedsteam", "g.jansen", first, "regie")
        eventually("de regie is bij uwv", lambda: "regie" in shown("uwv", "p.mulder", first))
        step("gebiedsteam", "g.jansen", first, "sluiten")
        closed = eventually("gesloten bij uwv", lambda: self.closed("uwv", "p.mulder", first))
        self.assertNotIn("contact", closed["andereKant"])
        self.assertEqual(known("uwv", "p.mulder"), before)
        # Both first signals live; a colleague of one of them worries too.
        publish("gebiedsteam", "r.bakker", bsn, "--contact", "Collega", "--telefoon", "0990555122")
        second = met("uwv", "p.mulder", before)
        self.assertNotEqual(second["match"], first)
        self.assertEqual(second["andereKant"]["contact"]["naam"], "Collega")
        eventually("ook bij het gebiedsteam", lambda: second["match"] in known("gebiedsteam", "r.bakker"))
        self.assertTrue(self.closed("gebiedsteam", "g.jansen", first))
        # And so for the other side, by a signal that is published again.
        step("uwv", "p.mulder", second["match"], "regie")
        eventually("de regie is bij het gebiedsteam",
                   lambda: "regie" in shown("gebiedsteam", "r.bakker", second["match"]))
        step("uwv", "p.mulder", second["match"], "sluiten")
        eventually("gesloten", lambda: self.closed("gebiedsteam", "r.bakker", second["match"]))
        eventually("bij beide", lambda: self.closed("uwv", "p.mulder", second["match"]))
        publish("uwv", "p.mulder", bsn)
        third = met("uwv", "p.mulder", before)["match"]
        eventually("een derde", lambda: third in known("gebiedsteam", "g.jansen"))
        self.assertEqual(len({first, second["match"], third}), 3)

    def closed(self, org, user, match):
        seen = shown(org, user, match)
        return seen if seen["stand"] == "gesloten" else None

    def test_a_partner_that_draws_a_new_spoor_closes_the_older_match(self):
        bsn = person()
        before = known("school", "z.smit")
        publish("school", "z.smit", bsn)
        eventually("in de set voor cjg", lambda: asking.in_set_of(region, "cjg", "school", "zorgsignaal", bsn))
        named = asking.ask_key(region, "cjg", "school", "zorgsignaal", bsn)
        with Peer(region, "school", region.certificate("cjg")) as peer:
            self.assertEqual(len(json.loads(send(peer, named).body)["ontmoetingen"]), 1)
            older = met("school", "z.smit", before)["match"]
            self.assertEqual(len(json.loads(send(peer, named).body)["ontmoetingen"]), 1)
        newer = met("school", "z.smit", before)["match"]
        self.assertNotEqual(newer, older)
        self.assertTrue(self.closed("school", "z.smit", older))
        self.assertEqual(region.command("school", "z.smit", "signal", "lead", "--id", older, "--stap",
                                        "contact").returncode, 1)


class WhoHearsWhat(unittest.TestCase):
    def test_who_only_signals_hears_of_a_lead_and_of_nothing_else(self):
        bsn = person()
        before = known("cjg", "p.mulder")
        mine = publish("school", "l.meester", bsn)["zorgsignaal"]

        def own():
            return next(s for s in signals("school", "l.meester") if s["zorgsignaal"] == mine)
        alone = own()
        self.assertEqual(set(alone), {"zorgsignaal", "afgegeven", "tot", "stand", "verteld"})
        publish("cjg", "p.mulder", bsn)
        match = met("cjg", "p.mulder", before)["match"]
        eventually("ook bij de school", lambda: match in known("school", "z.smit"))
        self.assertEqual(own(), alone)
        self.assertEqual(region.command("school", "l.meester", "signal", "lead").returncode, 1)
        step("cjg", "p.mulder", match, "regie")
        led = eventually("wie er belt", lambda: own() if "uWordtGebeldDoor" in own() else None)
        self.assertEqual(led.pop("uWordtGebeldDoor"), {"naam": "Beller cjg", "organisatie": "CJG Zandland",
                                                      "telefoon": "0990555111"})
        self.assertEqual(led, alone)

    def test_who_may_not_signal_is_refused_and_that_is_recorded(self):
        mark = region.mark("gebiedsteam")
        done = region.command("gebiedsteam", "privacy", "signal", "publish", "--grondslag", "wpo-8", "--verteld", "ja",
                              "--contact", "P", "--telefoon", "1", stdin=person() + "\n")
        self.assertEqual(done.returncode, 1)
        region.record_of("gebiedsteam", mark, handeling="geweigerd")

    def test_what_is_missing_is_said(self):
        bsn = person()
        good = ["--grondslag", BASIS["gebiedsteam"], "--contact", "G", "--telefoon", "1"]
        for words, said in ((["--verteld", "ja", "--tot", "2020-01-01"], "/tot"),
                            (["--verteld", "ja", "--tot", "2027-02-30"], "/tot"),
                            (["--verteld", "ja", "--tot", "2035-01-01"], "/tot"),
                            (["--niet-verteld", "geen-zin"], "/nietVerteld"),
                            ([], "verteld")):
            done = region.command("gebiedsteam", "g.jansen", "signal", "publish", *good, *words, stdin=bsn + "\n")
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(said, done.stderr)
        done = region.command("gebiedsteam", "g.jansen", "signal", "publish", "--grondslag", "bestaat-niet", "--verteld",
                              "ja", "--contact", "G", "--telefoon", "1", stdin=bsn + "\n")
        self.assertIn("/grondslag", done.stderr)

    def test_a_partner_learns_nothing_of_who_is_not_met(self):
        """Whoever it is about, known, shielded, in the set until a moment ago or nobody: the same bytes, one record each."""
        known_one, shielded, ended = person(), person(), person()
        for bsn, more in ((known_one, {}), (shielded, {"gevoeligheid": "afgeschermd"})):
            who = Provider(region, "school", "z.smit", bsn).register("2012-02-03")
            who.involve("financien", **more)
        publish("school", "z.smit", shielded)
        own = publish("school", "z.smit", ended)["zorgsignaal"]
        eventually("in de set voor cjg", lambda: asking.in_set_of(region, "cjg", "school", "zorgsignaal", ended))
        self.assertFalse(asking.in_set_of(region, "cjg", "school", "zorgsignaal", shielded))
        keys = [asking.ask_key(region, "cjg", "school", "zorgsignaal", bsn)
                for bsn in (known_one, shielded, ended, person())]
        with Peer(region, "school", region.certificate("cjg")) as peer:
            met_one = send(peer, keys[2])
            self.assertEqual(len(json.loads(met_one.body)["ontmoetingen"]), 1)
            self.assertEqual(region.command("school", "z.smit", "signal", "withdraw", "--id", own).returncode, 0)
            eventually("dat het einde is bezorgd",
                       lambda: not region.command_json("school", "z.smit", "outbox", "list")["berichten"])
            answers, records = [], []
            for key in keys:
                mark = region.mark("school")
                answers.append(send(peer, key))
                records.append([r["handeling"] for r in region.records("school", mark)
                                if r["handeling"] != "zorgsignalen-getoetst"])
        self.assertEqual([a.status for a in answers], [200] * 4, answers)
        self.assertEqual(len({RECEIPT.sub(b"", a.body) for a in answers}), 1)
        self.assertEqual({len(a.body) for a in (*answers, met_one)}, {1536})
        self.assertEqual(records, [["zorgsignaal-ontvangen"]] * 4)

    def test_what_a_partner_sends_wrong_is_refused(self):
        named = asking.nobody(region)
        half = {"spoor": new_id(), "grondslag": BASIS["cjg"], "verteld": True, "tot": in_days(60), "rollen": []}
        with Peer(region, "school", region.certificate("cjg")) as peer:
            for changes, status in (({"doel": "hulpafstemming"}, 400), ({"via": "buurman"}, 400),
                                    ({"inbreng": {**half, "tot": in_days(900)}}, 422),
                                    ({"inbreng": {**half, "grondslag": "onzin"}}, 400),
                                    ({"inbreng": {**half, "tekst": "zij drinkt"}}, 400)):
                self.assertEqual(send(peer, named, **changes).status, status, changes)
            request = new_id()
            first = send(peer, named, request, inbreng=half)
            again = send(peer, asking.nobody(region), request, inbreng=half)
            other = send(peer, named, request, inbreng={**half, "verteld": False})
        self.assertEqual([first.status, again.status, other.status], [200, 200, 409])


if __name__ == "__main__":
    unittest.main()
