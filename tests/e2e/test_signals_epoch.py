"""Scenario 6 of the design across the turn of a matching epoch: a signal of one epoch meets one of the next, with a node that
was down, a link that was cut or an answer that was lost when the epoch turned, or a node killed there. Each side has exactly
one match, the same; nobody else hears of it; what is withdrawn after the turn is gone at the other."""
import unittest

import links
import test_cooperation as work
from moved_clock import RegionClock
from proxy import Proxy
from support import ORGANISATIONS, Region, eventually, strangers

AREA, SCHOOL, CJG, UWV, DEBT = ORGS = ORGANISATIONS
BOTH = (SCHOOL, CJG)
OVERLAP_S = 48 * 3600  # before its begin an epoch is made ready, and after its end it still serves, so long
HOUR = 3600
WAIT = work.LONG_WAIT


def setUpModule():
    global region, clock, proxy, people
    clock = RegionClock("klok-signals-epoch")
    region = Region("signals-epoch", REGION_VIA=" ".join(ORGS), REGION_WRAP=clock.wrap,
                    REGION_COUNT=40, REGION_CHECKPOINT_MS=1000, REGION_DRAIN_MS=1000, REGION_CONNECT_MS=2500,
                    REGION_ANSWER_MS=4000)
    proxy = Proxy(region, ORGS)
    proxy.__enter__()
    unittest.addModuleCleanup(proxy.__exit__)
    work.region, work.clock, work.proxy = region, clock, proxy
    region.start()
    proxy.break_off()
    region.script("pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "365")
    region.script("crl")
    for org in ORGS:
        region.reload(org)
    people = iter(strangers(40))


def but(*down):
    return [org for org in ORGS if org not in down]


def believe(*orgs):
    for org in orgs:
        eventually(f"{org} gelooft zijn klok", lambda o=org: work.believes(o), WAIT)


def to_turn(offset, *up):
    """The clock at so many seconds from the turn of the epoch that is nearest ahead."""
    epoch = int(region.environment["REGION_EPOCH_MS"])
    now = clock.now_ms()
    turn = now // epoch * epoch
    while turn + offset * 1000 <= now:
        turn += epoch
    clock.forward((turn + offset * 1000 - now) // 1000 + 1)
    believe(*up)


class AcrossTheTurn(unittest.TestCase):
    def setUp(self):
        for org in ORGS:
            if region.health_or_none(org) is None:  # a test before this one failed
                region.start_one(org)
        to_turn(-10 * 24 * HOUR, *ORGS)  # one epoch alone serves
        self.pupil = next(people)
        self.before = {org: work.matches(org) for org in BOTH}
        self.marks = {org: region.mark(org) for org in ORGS}

    def signals(self, org):
        return work.worry(org, work.SEES[org], self.pupil)

    def was_tested(self, org):
        """The new signal was tested in the sets that are, in this epoch, and met nothing."""
        def all_tested():
            shown = work.desk(org, work.SEES[org], "signal", "list")["zorgsignalen"]
            return all(s.get("nogNietGetoetst", 0) == 0 for s in shown if s["stand"] == "loopt")
        eventually(f"getoetst door {org}", all_tested, WAIT)
        self.assertIsNone(work.new_match(org, self.before[org]))

    def once(self):
        """One match, the same at both, made once; nobody else heard of it."""
        ident = work.met(self, BOTH, self.before)
        for org in BOTH:
            region.settle(org)
        self.assertEqual(work.met(self, BOTH, self.before), ident)
        for org in BOTH:
            made = [r for r in region.records(org, self.marks[org]) if r["handeling"] == "match-ontstaan"]
            self.assertEqual([ident in r["reden"] for r in made], [True], made)
            self.assertEqual(work.events(org, ident), [(1, "ontmoet", False)])
        telling = {"zorgsignaal-ontvangen", "match-ontstaan", "match-behandeld", "zorgsignaal-afgegeven"}
        for org in (AREA, UWV, DEBT):
            self.assertFalse([r for r in region.records(org, self.marks[org]) if r["handeling"] in telling], org)
        return ident

    def withdrawn(self, ident, mine):
        """After the turn: gone at the other, and nothing is sent any more."""
        work.desk(SCHOOL, work.SEES[SCHOOL], "signal", "withdraw", "--id", mine)
        self.gone(ident)

    def gone(self, ident):
        def over():
            theirs = work.match(CJG, ident)["andereKant"]
            return theirs["beeindigd"] and "contact" not in theirs
        eventually("weg bij CJG", over, WAIT)
        sent = region.mark(SCHOOL)
        for org in BOTH:
            region.settle(org)
        self.assertFalse([r for r in region.records(SCHOOL, sent) if r["handeling"] == "zorgsignaal-verzonden"])
        self.assertEqual(work.same_events(self, BOTH, ident), ["ontmoet", "signaal-einde"])

    def test_published_before_and_after_it(self):
        mine = self.signals(SCHOOL)
        self.was_tested(SCHOOL)
        to_turn(OVERLAP_S + HOUR, *ORGS)
        self.signals(CJG)
        self.withdrawn(self.once(), mine)

    def test_published_while_two_epochs_serve(self):
        """The one before it began, the other just after: each may be asked with a key of either."""
        to_turn(-HOUR, *ORGS)
        mine = self.signals(SCHOOL)
        self.was_tested(SCHOOL)
        to_turn(HOUR, *ORGS)
        self.signals(CJG)
        ident = self.once()
        to_turn(OVERLAP_S + HOUR, *ORGS)  # the first of both is over
        self.assertEqual(self.once(), ident)
        self.withdrawn(ident, mine)

    def test_the_node_of_who_came_first_is_down_when_it_turns(self):
        mine = self.signals(SCHOOL)
        region.kill_one(SCHOOL)
        to_turn(OVERLAP_S + HOUR, *but(SCHOOL))
        self.signals(CJG)
        self.assertIsNone(work.new_match(CJG, self.before[CJG]))
        region.start_one(SCHOOL)
        believe(SCHOOL)
        self.withdrawn(self.once(), mine)

    def test_the_link_of_the_other_is_cut_when_it_turns(self):
        with links.Link(region, CJG, proxy) as link:
            mine = self.signals(SCHOOL)
            link.down()
            self.signals(CJG)  # its desk works: it takes a signal while nothing comes or goes
            to_turn(OVERLAP_S + HOUR, *but(CJG))
            self.assertIsNone(work.new_match(SCHOOL, self.before[SCHOOL]))
            link.up()
            believe(CJG)
            self.withdrawn(self.once(), mine)

    def test_the_answer_was_lost_and_it_turned_before_the_next_try(self):
        """The other knows of the match in one epoch, who sent it hears so in the next."""
        mine = None
        for tenths in range(4, 12):  # a machine that looks slowly takes a longer way
            mine = mine or self.met_there_alone(tenths / 10)
        self.assertTrue(mine, "de school hoorde het telkens meteen")
        region.kill_one(SCHOOL)
        proxy.heal()  # or nobody could tell the others what day it is
        to_turn(OVERLAP_S + HOUR, *but(SCHOOL))
        region.start_one(SCHOOL)
        believe(SCHOOL)
        self.withdrawn(self.once(), mine)

    def met_there_alone(self, delay):
        """The school's signal came to CJG, and no answer back: the signal. None: the answer was quicker."""
        self.addCleanup(proxy.heal)
        proxy.heal()
        self.pupil = next(people)
        self.before = {org: work.matches(org) for org in BOTH}
        self.marks = {org: region.mark(org) for org in ORGS}
        self.signals(CJG)
        region.settle(SCHOOL)
        work.joined(SCHOOL, CJG)
        proxy.rule(provider=SCHOOL, refuse=True)  # so that it is the school's that meets
        proxy.break_off(provider=SCHOOL)
        proxy.rule(provider=CJG, delay=delay)  # each way
        mine = self.signals(SCHOOL)
        eventually("CJG kent de match", lambda: work.new_match(CJG, self.before[CJG]), WAIT)
        proxy.rule(provider=CJG, refuse=True)
        proxy.break_off(provider=CJG)
        return mine if work.new_match(SCHOOL, self.before[SCHOOL]) is None else None

    def test_both_are_killed_while_it_turns(self):
        mine = self.signals(SCHOOL)
        self.was_tested(SCHOOL)
        to_turn(-HOUR, *ORGS)
        for org in BOTH:
            region.settle(org)  # the set of the next epoch is there
        region.kill_one(SCHOOL)
        self.signals(CJG)
        to_turn(HOUR, *but(SCHOOL))
        region.kill_one(CJG)
        for org in BOTH:
            region.start_one(org)
        believe(*BOTH)
        ident = self.once()
        region.kill_one(CJG)  # and withdrawn while it is down, until the first epoch is over
        work.desk(SCHOOL, work.SEES[SCHOOL], "signal", "withdraw", "--id", mine)
        to_turn(OVERLAP_S + HOUR, *but(CJG))
        region.start_one(CJG)
        believe(CJG)
        self.gone(ident)


if __name__ == "__main__":
    unittest.main()
