"""Scenarios 5, 6 and 7 of the design between real nodes, with something that breaks between them at every step: a proxy
stands where partners connect, links are cut, nodes are killed. Nothing is lost, nothing is there twice, and both sides hold
the same in the end."""
import json
import os
import signal
import unittest

import links
from faults import LONG
from moved_clock import RegionClock
from proxy import Proxy
from support import OIN, ORGANISATIONS, Region, eventually, strangers

region = clock = proxy = None
AREA, SCHOOL, CJG, UWV, DEBT = ORGANISATIONS
PEOPLE = iter(strangers(60))
SEES = {AREA: "r.bakker", SCHOOL: "z.smit", CJG: "p.mulder", UWV: "p.mulder", DEBT: "r.dijk"}
BASIS = {AREA: "wmo-5.1.1", SCHOOL: "wpo-8", CJG: "jeugdwet-7.4.0", UWV: "suwi-54"}
LONG_WAIT = 120  # more than the seconds after which what was away is tried again, on a busy machine too


def setUpModule():
    global region, clock, proxy
    clock = RegionClock("klok-cooperation")
    region = Region("cooperation", REGION_VIA=" ".join(ORGANISATIONS), REGION_WRAP=clock.wrap, REGION_COUNT=60,
                    REGION_CHECKPOINT_MS=1000, REGION_DRAIN_MS=1000, REGION_CONNECT_MS=2500, REGION_ANSWER_MS=4000)
    proxy = Proxy(region, ORGANISATIONS)
    proxy.__enter__()
    unittest.addModuleCleanup(proxy.__exit__)
    region.start()
    proxy.break_off()  # what connected before it was known which node it is
    region.script("pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "120")  # clocks turn further than thirty days
    region.script("crl")
    for org in ORGANISATIONS:
        region.reload(org)


def desk(org, user, *words, stdin="", refused=None):
    """What the command prints as JSON; with `refused`, what it says to standard error, which holds that."""
    done = region.command(org, user, *words, "--json", stdin=stdin)
    if refused is not None:
        assert done.returncode != 0 and refused in done.stderr, (words, done.stdout, done.stderr)
        return done.stderr
    assert done.returncode == 0, (org, words, done.stderr)
    return json.loads(done.stdout)


def believes(org):
    """Each has to hear from the others that it is that late, and refuses until then."""
    return region.command(org, SEES[org], "outbox", "list").returncode == 0


def turn(days):
    clock.turn(days)
    for org in ORGANISATIONS:
        eventually(f"{org} gelooft zijn klok", lambda o=org: believes(o), LONG_WAIT)


def register(org, number, user):
    done = region.command(org, user, "subject", "add", stdin=json.dumps(
        {"bsn": number, "achternaam": "Proefpersoon", "gemeente": "9901", "geboortedatum": "1995-02-27"}))
    assert done.returncode == 0, done.stderr


# ---- what breaks ----

def messages(org):
    return desk(org, SEES[org], "outbox", "list")["berichten"]


def was_tried(sender, receiver):
    """What waits has left once at least. Nothing waits on account of a signal: it is tested in the receiver's next version."""
    waiting = [m for m in messages(sender) if m["ketenpartner"] == OIN[receiver]]
    return any(m["pogingen"] > 0 for m in waiting) or not waiting


HANDSHAKE = 8000  # bytes of an answer direction by which more than a handshake went by


def joined(sender, receiver):
    """There is a connection on which answers came, and nothing waits: what is said next goes at once, over it."""
    eventually(f"{sender} met {receiver} verbonden", lambda: any(
        line.passed["down"] > HANDSHAKE for line in list(proxy.lines) if proxy.is_of(line, sender, receiver)), LONG_WAIT)
    eventually("niets wacht", lambda: not [m for m in messages(sender) if m["ketenpartner"] == OIN[receiver] and
                                           m["toestand"] == "wachtend"], LONG_WAIT)


def request_lost(sender, receiver, step, arrived):
    proxy.rule(sender, receiver, refuse=True)
    proxy.break_off(sender, receiver)
    step()
    refused = proxy.refused[sender, receiver]
    eventually("geprobeerd", lambda: proxy.refused[sender, receiver] > refused and was_tried(sender, receiver), LONG_WAIT)


def answer_lost(sender, receiver, step, arrived):
    joined(sender, receiver)
    proxy.rule(sender, receiver, stall_down=True)
    step()
    eventually("aangekomen", arrived, LONG_WAIT)
    proxy.break_off(sender, receiver)


def delayed(sender, receiver, step, arrived):
    """On the connection that there is: a new one would take two rounds, which is more than who connects waits. When it goes
    nevertheless, what was said is on its way back to be said again."""
    joined(sender, receiver)
    connected = proxy.taken[sender, receiver]
    proxy.rule(sender, receiver, delay=1.5)  # each way
    step()
    eventually("aangekomen of opnieuw verbonden", lambda: arrived() or proxy.taken[sender, receiver] != connected, LONG_WAIT)


def duplicated(sender, receiver, step, arrived):
    """It arrives, no answer comes, it is sent again, and that one's answer is lost too."""
    answer_lost(sender, receiver, step, arrived)
    came = proxy.taken[sender, receiver]
    eventually("opnieuw verbonden", lambda: proxy.taken[sender, receiver] > came, LONG_WAIT)  # its answers are held too
    proxy.break_off(sender, receiver)


def sender_killed(sender, receiver, step, arrived):
    proxy.rule(sender, receiver, refuse=True)
    proxy.break_off(sender, receiver)
    step()
    region.kill_one(sender)
    proxy.rule(sender, receiver)
    region.start_one(sender)


def receiver_killed(sender, receiver, step, arrived):
    """With the effect on its disk, and its answer not gone."""
    joined(sender, receiver)
    proxy.rule(sender, receiver, stall_down=True)
    step()
    eventually("aangekomen", arrived, LONG_WAIT)
    region.kill_one(receiver)
    proxy.rule(sender, receiver)
    region.start_one(receiver)


def receiver_killed_before(sender, receiver, step, arrived):
    """With the request in its hands, and nothing done."""
    joined(sender, receiver)
    os.kill(region.pid(receiver), signal.SIGSTOP)
    try:
        asked = proxy.asked[sender, receiver]
        step()
        eventually("geprobeerd", lambda: proxy.asked[sender, receiver] > asked and was_tried(sender, receiver), LONG_WAIT)
    finally:
        region.kill_one(receiver)
        region.start_one(receiver)


def both_restarted(sender, receiver, step, arrived):
    proxy.rule(sender, receiver, refuse=True)
    proxy.break_off(sender, receiver)
    step()
    for org in (sender, receiver):
        region.kill_one(org)
    proxy.rule(sender, receiver)
    for org in (receiver, sender):
        region.start_one(org)


FAULTS = {fault.__name__: fault for fault in (request_lost, answer_lost, delayed, duplicated, sender_killed, receiver_killed,
                                              receiver_killed_before, both_restarted)}


def through(fault, sender, receiver, step, arrived):
    """The step, with that fault on the way; afterwards the way is whole and it has arrived."""
    try:
        FAULTS[fault](sender, receiver, step, arrived)
    finally:
        proxy.heal()
    eventually(f"aangekomen na {fault}", arrived, LONG_WAIT)


def each_fault(test, faults):
    """One test for each of them."""
    def made(fault):
        def run_it(self):
            test(self, fault)
        run_it.__doc__ = fault
        return run_it
    return {f"{test.__name__}_{fault}": made(fault) for fault in faults}


def with_each_fault(cls):
    for name in [n for n in vars(cls) if n.startswith("each_")]:
        for made, function in each_fault(vars(cls)[name], getattr(cls, "FAULTS", FAULTS)).items():
            setattr(cls, "test_" + made.removeprefix("each_"), function)
    return cls


# ---- tasks ----

def give(person, **more):
    words = {"soort": "budgetplan", "ketenpartner": OIN[DEBT], "zaak": "Z-2026-0012", "grondslag": "wmo-5.1.1",
             "leefgebied": "financien", "vraag": "Graag een budgetplan.", **more}
    options = [w for name, value in words.items() for w in (f"--{name}", value)]
    return desk(AREA, "g.jansen", "task", "send", *options, stdin=person + "\n")["opdracht"]


def step_of(org, user, word, task, **more):
    options = [w for name, value in more.items() for w in (f"--{name}", value)]
    return desk(org, user, "task", word, "--id", task, *options)


def show(org, task):
    return desk(org, SEES[org], "task", "show", "--id", task)


def row(org, task):
    found = [t for t in desk(org, SEES[org], "task", "list")["opdrachten"] if t["opdracht"] == task]
    assert len(found) <= 1, found
    return found[0] if found else None


def is_at(org, task, state):
    found = row(org, task)
    return found is not None and found["stand"] == state


def chain(org, task):
    return [(e["nummer"], e["stap"], e.get("vervallen", False), e["keten"]) for e in show(org, task)["geschiedenis"]
            if "nummer" in e]


def has_step(org, task, word):
    return any(step == word for _, step, _, _ in chain(org, task))


def one_history(test, task, *steps):
    """Both hold the same, each event once, and nothing is under way."""
    def same():
        return chain(AREA, task) == chain(DEBT, task) and "onderweg" not in row(AREA, task)["merken"]
    eventually("een geschiedenis", same, LONG_WAIT)
    found = chain(AREA, task)
    test.assertEqual([n for n, _, _, _ in found], list(range(1, len(found) + 1)))
    test.assertEqual([word + ("!" if lapsed else "") for _, word, lapsed, _ in found], list(steps))


def news(org, user, about):
    """What the user was told of it, by kind."""
    return sorted(m["soort"] for m in desk(org, user, "inbox")["berichten"] if m["over"] == about)


@with_each_fault
class A_ScenarioSeven(unittest.TestCase):
    def each_budget_plan(self, fault):
        """Given, accepted, begun, a word of the giver, done: each step meets the fault."""
        person = next(PEOPLE)
        register(AREA, person, "g.jansen")
        first = give(person)  # with it the key to which people are sealed has come
        eventually("ontvangen", lambda: is_at(AREA, first, "ontvangen"), LONG_WAIT)
        given = []

        def known():
            """What the giver has sent is there at the doer, whether or not the giver heard so."""
            return bool(given) and row(DEBT, given[0]) is not None
        through(fault, AREA, DEBT, lambda: given.append(give(person)), known)
        task = given[0]
        eventually("ontvangen", lambda: is_at(AREA, task, "ontvangen"), LONG_WAIT)
        for word, state in (("accept", "aanvaard"), ("start", "in-uitvoering")):
            through(fault, DEBT, AREA, lambda w=word: step_of(DEBT, "c.visser", w, task),
                    lambda s=state: is_at(AREA, task, s))
        through(fault, AREA, DEBT, lambda: step_of(AREA, "g.jansen", "message", task, tekst="Lukt het?"),
                lambda: has_step(DEBT, task, "bericht"))
        through(fault, DEBT, AREA, lambda: step_of(DEBT, "c.visser", "complete", task), lambda: is_at(AREA, task, "voltooid"))
        one_history(self, task, "ontvangen", "aanvaarden", "beginnen", "bericht", "voltooien")
        for org in (AREA, DEBT):
            self.assertEqual(len([t for t in desk(org, SEES[org], "task", "list")["opdrachten"]
                                  if t["opdracht"] == task]), 1)
            self.assertFalse([m for m in messages(org) if m["toestand"] == "vastgelopen"])


class B_Withdrawn(unittest.TestCase):
    def accepted(self):
        person = next(PEOPLE)
        register(AREA, person, "g.jansen")
        task = give(person)
        eventually("ontvangen", lambda: is_at(AREA, task, "ontvangen") and is_at(DEBT, task, "ontvangen"), LONG_WAIT)
        step_of(DEBT, "c.visser", "accept", task)
        eventually("aanvaard", lambda: is_at(AREA, task, "aanvaard"), LONG_WAIT)
        return task

    def test_done_first(self):
        task = self.accepted()
        proxy.cut(DEBT)
        try:
            step_of(DEBT, "c.visser", "complete", task)
            step_of(AREA, "g.jansen", "withdraw", task)
            self.assertIn("onderweg", row(AREA, task)["merken"])
        finally:
            proxy.heal()
        eventually("voltooid", lambda: is_at(AREA, task, "voltooid"), LONG_WAIT)
        one_history(self, task, "ontvangen", "aanvaarden", "voltooien", "intrekken!")

    def test_withdrawn_first(self):
        task = self.accepted()
        step_of(AREA, "g.jansen", "withdraw", task)
        eventually("ingetrokken", lambda: is_at(DEBT, task, "ingetrokken"), LONG_WAIT)
        desk(DEBT, "c.visser", "task", "complete", "--id", task, refused="ingetrokken")
        one_history(self, task, "ontvangen", "aanvaarden", "intrekken")

    def test_both_at_once(self):
        """Whichever the doer's node committed first: one end, the same at both."""
        task = self.accepted()
        proxy.rule(AREA, DEBT, delay=0.2)
        try:
            step_of(AREA, "g.jansen", "withdraw", task)
            done = region.command(DEBT, "c.visser", "task", "complete", "--id", task)
        finally:
            proxy.heal()
        wanted = ["ontvangen", "aanvaarden", "voltooien", "intrekken!"] if done.returncode == 0 else \
            ["ontvangen", "aanvaarden", "intrekken"]
        one_history(self, task, *wanted)
        self.assertEqual(row(AREA, task)["stand"], row(DEBT, task)["stand"])


# ---- signals ----

def worry(org, user, person, basis=None, name=None, until=None):
    return desk(org, user, "signal", "publish", "--grondslag", basis or BASIS[org], "--verteld", "ja", "--contact",
                name or f"Contact {org}", "--telefoon", "0990555100", "--geboortedatum", "1995-02-27", "--gemeente", "9901",
                *(["--tot", until] if until else []), stdin=person + "\n")["zorgsignaal"]


def matches(org, closed=False):
    words = ["--gesloten", "ja"] if closed else []
    return {m["match"]: m for m in desk(org, SEES[org], "signal", "lead", *words)["matches"]}


def match(org, ident):
    return matches(org, closed=True).get(ident)


def new_match(org, before):
    """The one match that came since; None: none yet."""
    came = set(matches(org)) - set(before)
    assert len(came) <= 1, came
    return came.pop() if came else None


def lead(org, ident, word, **more):
    options = [w for name, value in more.items() for w in (f"--{name}", value)]
    return desk(org, SEES[org], "signal", "lead", "--id", ident, "--stap", word, *options)


def met(test, orgs, before):
    """Each of both has one new match, the same."""
    eventually("een match bij beide", lambda: all(new_match(org, before[org]) for org in orgs), LONG_WAIT)
    found = {new_match(org, before[org]) for org in orgs}
    test.assertEqual(len(found), 1, found)
    return found.pop()


def events(org, ident):
    return [(e["nummer"], e["stap"], e.get("vervallen", False))
            for e in desk(org, SEES[org], "signal", "lead", "--id", ident)["gebeurtenissen"]]


def same_events(test, orgs, ident):
    eventually("een geschiedenis", lambda: events(orgs[0], ident) == events(orgs[1], ident) and
               not any("onderweg" in (match(org, ident) or {}) for org in orgs), LONG_WAIT)
    found = events(orgs[0], ident)
    test.assertEqual([n for n, _, _ in found], list(range(1, len(found) + 1)))
    return [word + ("!" if lapsed else "") for _, word, lapsed in found]


@with_each_fault
class C_ScenarioFive(unittest.TestCase):
    """The mother phones UWV's professional about her son (31); he himself tells g.jansen."""
    def setUp(self):
        """A day has a quota of evaluations; a node that starts anew evaluates all that live again."""
        turn(1)

    def each_two_doors(self, fault):
        son = next(PEOPLE)
        orgs = (AREA, UWV)
        before = {org: matches(org) for org in orgs}
        worry(UWV, "p.mulder", son)
        region.settle(AREA)
        through(fault, AREA, UWV, lambda: worry(AREA, "g.jansen", son),
                lambda: bool(new_match(UWV, before[UWV]) or new_match(AREA, before[AREA])))
        ident = met(self, orgs, before)
        for org in orgs:
            self.assertEqual(match(org, ident)["stand"], "open")
        through(fault, UWV, AREA, lambda: lead(UWV, ident, "contact"),
                lambda: any(word == "contact" for _, word, _ in events(AREA, ident)))
        self.assertEqual(same_events(self, orgs, ident), ["ontmoet", "contact"])
        # Both take the lead at once: the writer's order decides, and the other is told.
        proxy.cut(UWV)
        try:
            for org in orgs:
                lead(org, ident, "regie", contact=f"Beller {org}", telefoon="0990555111")
        finally:
            proxy.heal()
        self.assertEqual(same_events(self, orgs, ident), ["ontmoet", "contact", "regie", "regie!"])
        self.assertEqual({match(org, ident)["regie"]["ketenpartner"] for org in orgs}, {OIN[AREA]})
        through(fault, AREA, UWV, lambda: lead(AREA, ident, "sluiten"),
                lambda: match(UWV, ident)["stand"] == "gesloten")
        self.assertEqual(same_events(self, orgs, ident), ["ontmoet", "contact", "regie", "regie!", "sluiten"])
        for org in orgs:
            self.assertEqual(match(org, ident)["stand"], "gesloten")


class D_SeenByWhoSignalled(unittest.TestCase):
    def test_the_list_of_a_signaleerder(self):
        """Before, between and after the lead: nothing of a match, then who calls, then that again."""
        pupil = next(PEOPLE)
        orgs = (SCHOOL, CJG)
        before = {org: matches(org) for org in orgs}
        mine = worry(SCHOOL, "l.meester", pupil)

        def listed():
            found = [s for s in desk(SCHOOL, "l.meester", "signal", "list")["zorgsignalen"] if s["zorgsignaal"] == mine]
            self.assertEqual(len(found), 1)
            return found[0]
        members = {"zorgsignaal", "afgegeven", "tot", "stand", "verteld"}
        self.assertEqual(set(listed()), members)
        worry(CJG, "p.mulder", pupil)
        ident = met(self, orgs, before)
        self.assertEqual(set(listed()), members)
        desk(SCHOOL, "l.meester", "signal", "lead", refused="rol")
        lead(CJG, ident, "contact")
        self.assertEqual(same_events(self, orgs, ident), ["ontmoet", "contact"])
        self.assertEqual(set(listed()), members)
        lead(CJG, ident, "regie", contact="C. de Jong", telefoon="0990555777")
        self.assertEqual(same_events(self, orgs, ident), ["ontmoet", "contact", "regie"])
        shown = listed()
        self.assertEqual(set(shown), members | {"uWordtGebeldDoor"})
        self.assertEqual(set(shown["uWordtGebeldDoor"]), {"naam", "organisatie", "telefoon"})
        self.assertEqual(shown["uWordtGebeldDoor"]["naam"], "C. de Jong")

    def test_two_doors_of_one_node(self):
        person = next(PEOPLE)
        before = matches(AREA)
        worry(AREA, "g.jansen", person)
        worry(AREA, "r.bakker", person)
        ident = eventually("een match", lambda: new_match(AREA, before), LONG_WAIT)
        lead(AREA, ident, "regie", contact="R. Bakker", telefoon="0990555112")
        lead(AREA, ident, "sluiten")
        self.assertEqual(match(AREA, ident)["stand"], "gesloten")


class E_ScenarioSix(unittest.TestCase):
    """School signals on Monday, CJG on Tuesday, something is away until Wednesday."""
    ORGS = (SCHOOL, CJG)

    def setUp(self):
        self.pupil = next(PEOPLE)
        self.before = {org: matches(org) for org in self.ORGS}
        self.marks = {org: region.mark(org) for org in (AREA, UWV, DEBT)}

    def on_wednesday(self):
        ident = met(self, self.ORGS, self.before)
        for org in self.ORGS:
            self.assertEqual(match(org, ident)["stand"], "open")
        # Others were evaluated with at most: no record of theirs tells of anybody.
        telling = {"zorgsignaal-ontvangen", "match-ontstaan", "match-behandeld", "zorgsignaal-afgegeven"}
        for org, mark in self.marks.items():
            self.assertFalse([r for r in region.records(org, mark) if r["handeling"] in telling], org)
        return ident

    def withdrawn_on_thursday(self, ident, mine):
        clock.turn(1)
        desk(SCHOOL, "z.smit", "signal", "withdraw", "--id", mine)
        eventually("weg bij CJG", lambda: "contact" not in match(CJG, ident)["andereKant"] and
                   match(CJG, ident)["andereKant"]["beeindigd"], LONG_WAIT)
        sent = region.mark(SCHOOL)
        region.settle(CJG)
        region.settle(SCHOOL)
        self.assertFalse([r for r in region.records(SCHOOL, sent) if r["handeling"] == "zorgsignaal-verzonden"])

    def test_the_node_of_who_came_first_is_away(self):
        mine = worry(SCHOOL, "z.smit", self.pupil)
        region.stop_one(SCHOOL)
        clock.turn(1)
        worry(CJG, "p.mulder", self.pupil)
        clock.turn(1)
        self.assertFalse(new_match(CJG, self.before[CJG]))
        region.start_one(SCHOOL)
        self.withdrawn_on_thursday(self.on_wednesday(), mine)

    def test_the_link_of_the_other_is_cut(self):
        """Its desk works: it takes a signal while nothing comes or goes."""
        with links.Link(region, CJG, proxy) as link:
            mine = worry(SCHOOL, "z.smit", self.pupil)
            link.down()
            clock.turn(1)
            worry(CJG, "p.mulder", self.pupil)
            clock.turn(1)
            self.assertFalse(new_match(CJG, self.before[CJG]))
            link.up()
            self.withdrawn_on_thursday(self.on_wednesday(), mine)


class F_AwayForLong(unittest.TestCase):
    def test_a_month_of_steps(self):
        """The doer is away for thirty days; what was given, said and taken back comes in order, and a deadline that passed
        on the way is no reason to refuse."""
        person = next(PEOPLE)
        register(AREA, person, "g.jansen")
        region.kill_one(DEBT)
        tasks = [give(person, vraag=f"Vraag {n}") for n in range(12 if LONG else 4)]
        clock.turn(30)
        region.start_one(DEBT)
        for task in tasks:
            eventually("ontvangen", lambda t=task: believes(AREA) and believes(DEBT) and is_at(AREA, t, "ontvangen"),
                       LONG_WAIT)
            self.assertIn("te-laat", row(DEBT, task)["merken"])
            one_history(self, task, "ontvangen")

    def test_nobody_is_named_in_what_lies_on_disk_or_was_logged(self):
        numbers = [n.encode() for n in strangers(60)]
        for org in ORGANISATIONS:
            folder = region.path(org, "gegevens")
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        raw = file.read()
                    self.assertFalse([n for n in numbers if n in raw], (org, name))
            self.assertFalse([n for n in numbers if n in region.node_log(org).encode()], org)


if __name__ == "__main__":
    unittest.main()
