"""A partner that leaves the covenant while tasks, matches and signals are open: he revokes, the others go on without him, or
the covenant comes to its last day. Both sides are told, nothing vanishes, what cannot go is refused with the reason, what was
on its way is seen to wait and whom it concerns hears of it; and all of it goes on when they sign together again."""
import datetime
import unittest

import test_cooperation as work
import test_covenant as covenant
from dossier import Provider
from moved_clock import RegionClock
from support import OIN, ORGANISATIONS, Region, eventually, strangers

AREA, SCHOOL, CJG, UWV, DEBT = ORGANISATIONS
SEES = work.SEES
WAIT = work.LONG_WAIT
last = {}  # the hash of the version that was agreed last
LIES_STILL = "er is geen convenant van kracht; de %s ligt stil"


def setUpModule():
    global region, clock, people
    clock = RegionClock("klok-departure")
    region = Region("departure", REGION_WRAP=clock.wrap, REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_CHECKPOINT_MS=1000,
                    REGION_EXCHANGE_MS=500, REGION_SIGNATURES="handtekeningen")
    work.region = covenant.region = region
    work.clock = clock
    covenant.setUpModule()
    last["hash"] = covenant.newest()
    region.script("pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "120")
    region.script("crl")
    for org in ORGANISATIONS:
        region.reload(org)
    people = iter(strangers(40))


def agreed(change=None, orgs=ORGANISATIONS):
    """A new version that these accept, and hold with each other: its file and hash."""
    path = covenant.version(last["hash"], change)
    hash_ = last["hash"] = covenant.agree(path, *orgs)
    for org in orgs:
        eventually(f"van kracht bij {org}", lambda o=org: covenant.with_whom(o, hash_) == set(orgs) - {o}, WAIT)
    return path, hash_


def revoke(org, path):
    done = covenant.add(org, covenant.sign(org, path, "revoke")[0])
    assert done.returncode == 0, done.stderr


def hold(org, hash_, partner):
    return partner in covenant.with_whom(org, hash_)


def told_silent(org, user, about):
    """How often."""
    return work.news(org, user, about).count("stil")


def line(org, partner):
    found = [one for one in work.desk(org, SEES[org], "outbox", "list")["lijnen"] if one["ketenpartner"] == OIN[partner]]
    return found[0] if found else None


def waiting(org, partner):
    return sorted(m["soort"] for m in work.messages(org)
                  if m["ketenpartner"] == OIN[partner] and m["toestand"] == "wachtend")


def said(org, task):
    return [e["tekst"] for e in work.show(org, task)["geschiedenis"] if "tekst" in e]


def accepted():
    """A task of the area team at debt help, about which both said something."""
    person = next(people)
    work.register(AREA, person, "g.jansen")
    task = work.give(person)
    eventually("ontvangen", lambda: work.is_at(AREA, task, "ontvangen") and work.is_at(DEBT, task, "ontvangen"), WAIT)
    work.step_of(DEBT, "c.visser", "accept", task)
    eventually("aanvaard", lambda: work.is_at(AREA, task, "aanvaard"), WAIT)
    work.step_of(AREA, "g.jansen", "message", task, tekst="Lukt het?")
    eventually("gezegd", lambda: work.has_step(DEBT, task, "bericht"), WAIT)
    work.step_of(DEBT, "c.visser", "message", task, tekst="Dat lukt.")
    eventually("geantwoord", lambda: said(AREA, task) == ["Lukt het?", "Dat lukt."], WAIT)
    return task


def match_of(test, org, other):
    """Both worry about one person: the match, and the signal of `org`."""
    person = next(people)
    before = {o: work.matches(o) for o in (org, other)}
    mine = work.worry(org, SEES[org], person)
    work.worry(other, SEES[other], person)
    return work.met(test, (org, other), before), mine


class Tries:
    """Of messages of a node, from now on: that each try had its outcome."""

    def __init__(self, org):
        self.org, self.mark = org, region.mark(org)
        self.failed = self.count()

    def count(self):
        return region.node_log(self.org).count("bericht-niet-bevestigd")

    def over(self):
        failed = self.count() - self.failed  # first: what is sent meanwhile has no outcome yet
        records = region.records(self.org, self.mark)
        sent = [r["verzoek"] for r in records if r["handeling"] == "bericht-verzonden"]
        done = [r for r in records if r["handeling"] == "bericht-bevestigd" and r["verzoek"] in sent]
        return len(sent) > 0 and len(sent) == failed + len(done)


class Departure(unittest.TestCase):
    def lies_still(self, task):
        """At both, and each of both was told, once."""
        for org, user in ((AREA, "g.jansen"), (DEBT, "c.visser")):
            eventually(f"stil bij {org}", lambda o=org: "stil" in work.row(o, task)["merken"], WAIT)
            eventually(f"{org} is het gezegd", lambda o=org, u=user: told_silent(o, u, task) == 1, WAIT)
            self.assertEqual(work.row(org, task)["stand"], "aanvaard")
            self.assertEqual(said(org, task)[:2], ["Lukt het?", "Dat lukt."])
            self.assertEqual([p["bsn"] for p in work.show(org, task)["betrokkenen"]], [self.person_of(task)])
        for org, user, word, more in ((AREA, "g.jansen", "message", ["--tekst", "Nog iets."]),
                                      (AREA, "g.jansen", "withdraw", []), (DEBT, "c.visser", "complete", [])):
            why = work.desk(org, user, "task", word, "--id", task, *more, refused="/ketenpartner")
            self.assertIn(LIES_STILL % "opdracht", why)
        why = work.desk(AREA, "g.jansen", "task", "send", "--soort", "budgetplan", "--ketenpartner", OIN[DEBT], "--zaak",
                        "Z-2026-0012", "--grondslag", "wmo-5.1.1", "--leefgebied", "financien", "--vraag", "Nog een plan.",
                        stdin=self.person_of(task) + "\n", refused="/ketenpartner")
        self.assertIn("is geen convenant van kracht", why)

    def person_of(self, task):
        return self.people[task]

    def task(self):
        self.people = getattr(self, "people", {})
        task = accepted()
        (self.people[task],) = [p["bsn"] for p in work.show(AREA, task)["betrokkenen"]]
        return task

    def goes_on(self, task):
        for org in (AREA, DEBT):
            eventually(f"niet meer stil bij {org}", lambda o=org: "stil" not in work.row(o, task)["merken"], WAIT)
        work.step_of(DEBT, "c.visser", "complete", task)
        eventually("voltooid", lambda: work.is_at(AREA, task, "voltooid"), WAIT)
        work.one_history(self, task, "ontvangen", "aanvaarden", "bericht", "bericht", "voltooien")

    def match_lies_still(self, match, *orgs):
        for org in orgs:
            eventually(f"{org} is het gezegd", lambda o=org: told_silent(o, SEES[o], match) == 1, WAIT)
            shown = work.match(org, match)
            self.assertEqual((shown["stand"], shown.get("stil")), ("contact-gelegd", True))
            self.assertTrue(shown["andereKant"]["organisatie"])
            self.assertEqual(work.events(org, match), [(1, "ontmoet", False), (2, "contact", False)])
            why = work.desk(org, SEES[org], "signal", "lead", "--id", match, "--stap", "regie", "--contact", "Beller",
                            "--telefoon", "0990555111", refused="/ketenpartner")
            self.assertIn(LIES_STILL % "match", why)

    def match_goes_on(self, match, *orgs):
        for org in orgs:
            eventually(f"niet meer stil bij {org}", lambda o=org: "stil" not in work.match(o, match), WAIT)
        work.lead(orgs[1], match, "regie", contact="Beller", telefoon="0990555111")
        self.assertEqual(work.same_events(self, orgs, match), ["ontmoet", "contact", "regie"])


class A_RevokedByOne(Departure):
    """The area team gives tasks to debt help and met the school; it revokes."""

    def test_what_is_open_lies_still_at_both_and_goes_on_when_it_comes_back(self):
        path, hash_ = agreed()
        task = self.task()
        match, mine = match_of(self, SCHOOL, AREA)
        work.lead(SCHOOL, match, "contact")
        self.assertEqual(work.same_events(self, (AREA, SCHOOL), match), ["ontmoet", "contact"])
        region.stop_one(DEBT)  # what goes there now is on its way when the area team leaves
        tries = Tries(AREA)
        late = work.give(self.person_of(task))
        work.step_of(AREA, "g.jansen", "message", task, tekst="Nog iets.")
        eventually("geprobeerd", lambda: work.was_tried(AREA, DEBT), WAIT)
        revoke(AREA, path)
        eventually("niets is nog onder weg", tries.over, WAIT)  # else it might arrive before the news does
        region.start_one(DEBT)
        eventually("gehoord", lambda: not hold(DEBT, hash_, AREA) and not hold(SCHOOL, hash_, AREA), WAIT)
        self.lies_still(task)
        self.match_lies_still(match, AREA, SCHOOL)
        # What was on its way waits where a person sees it, with its reason; nothing of it came.
        self.assertEqual(waiting(AREA, DEBT), ["opdracht", "opdracht-voorstel"])
        self.assertEqual(line(AREA, DEBT)["stand"], "stil")
        self.assertEqual(work.row(AREA, late)["stand"], "verzonden")
        self.assertIn("stil", work.row(AREA, late)["merken"])
        self.assertIsNone(work.row(DEBT, late))
        # A signal that had reached who left: its end waits as well, and the match says that it ended.
        work.desk(SCHOOL, SEES[SCHOOL], "signal", "withdraw", "--id", mine)
        self.assertIn("zorgsignaal-einde", waiting(SCHOOL, AREA))
        self.assertEqual(line(SCHOOL, AREA)["stand"], "stil")
        # A start anew tells nobody twice.
        for org in (AREA, DEBT, SCHOOL):
            region.kill_one(org)
            region.start_one(org)
        for org, user, about in ((AREA, "g.jansen", task), (DEBT, "c.visser", task), (AREA, SEES[AREA], match),
                                 (SCHOOL, SEES[SCHOOL], match)):
            eventually(f"{org} telt", lambda o=org: region.metric(o, "ketenbrug_opzoekrondes_klaar_total") is not None, WAIT)
            self.assertEqual(told_silent(org, user, about), 1)
        agreed()
        for org in (AREA, DEBT):
            eventually(f"niet meer stil bij {org}", lambda o=org: "stil" not in work.row(o, task)["merken"], WAIT)
        eventually("wat wachtte is er", lambda: work.is_at(AREA, late, "ontvangen") and work.is_at(DEBT, late, "ontvangen") and
                   said(DEBT, task)[2:] == ["Nog iets."], WAIT)
        work.one_history(self, task, "ontvangen", "aanvaarden", "bericht", "bericht", "bericht")
        work.one_history(self, late, "ontvangen")
        eventually("het einde van het signaal is er", lambda: work.match(AREA, match)["andereKant"]["beeindigd"] and
                   "contact" not in work.match(AREA, match)["andereKant"], WAIT)
        eventually("niets wacht", lambda: not waiting(AREA, DEBT) and not waiting(SCHOOL, AREA), WAIT)


class B_TheOthersGoOnWithout(Departure):
    """A version without debt help, and one without CJG, comes into force among the others, who revoke the one before."""

    def test_who_is_no_party_any_more(self):
        path, _ = agreed()
        task, closed = self.task(), self.task()
        match, _ = match_of(self, CJG, SCHOOL)
        work.lead(CJG, match, "contact")
        self.assertEqual(work.same_events(self, (SCHOOL, CJG), match), ["ontmoet", "contact"])
        gone = {OIN[DEBT], OIN[CJG]}

        def without(text):
            text["partijen"] = [p for p in text["partijen"] if p["oin"] not in gone]
            text["getuigen"] = [oin for oin in text["getuigen"] if oin not in gone]
        rest = (AREA, SCHOOL, UWV)
        _, hash_ = agreed(without, rest)
        for org in rest:
            revoke(org, path)
        for org in (DEBT, CJG):
            eventually(f"{org} is alleen", lambda o=org: not set(rest) & self.partners(o), WAIT)
        self.lies_still(task)
        self.match_lies_still(match, SCHOOL, CJG)
        self.assertEqual(work.row(AREA, task)["naam"], "geen partij meer")
        self.assertEqual(covenant.with_whom(AREA, hash_), {SCHOOL, UWV})
        # Whoever has it in hand may close it at home, each by himself; the other still has it as it was.
        work.step_of(AREA, "g.jansen", "break", closed)
        self.assertIn("afgebroken", work.row(AREA, closed)["merken"])
        work.desk(AREA, "g.jansen", "task", "message", "--id", closed, "--tekst", "Toch nog iets.", refused="hier afgebroken")
        self.assertNotIn("afgebroken", work.row(DEBT, closed)["merken"])
        self.assertEqual(said(AREA, closed), said(DEBT, closed))
        agreed(self.with_all(path))
        self.goes_on(task)
        self.match_goes_on(match, SCHOOL, CJG)

    def with_all(self, path):
        before = covenant.read(path)

        def change(text):
            text.update(partijen=before["partijen"], getuigen=before["getuigen"])
        return change

    def partners(self, org):
        return {partner for d in covenant.status(org)["convenanten"] for partner in covenant.with_whom(org, d["hash"])}


class B_Blocked(Departure):
    """A partner who is kept out for a while, by one side: that one lies still, and says that it is for this."""

    def test_a_match_with_a_partner_that_is_blocked(self):
        agreed()
        match, _ = match_of(self, AREA, SCHOOL)
        words = ["--ketenpartner", OIN[SCHOOL], "--reden", "onderzoek naar inzage in de avond"]
        self.assertEqual(region.command(AREA, "privacy", "audit", "block", *words).returncode, 0)
        self.addCleanup(region.command, AREA, "privacy", "audit", "unblock", *words)
        eventually("gezegd", lambda: told_silent(AREA, SEES[AREA], match) == 1, WAIT)
        why = work.desk(AREA, SEES[AREA], "signal", "lead", "--id", match, "--stap", "contact", refused="/ketenpartner")
        self.assertIn("hier geblokkeerd; de match ligt stil", why)
        self.assertNotIn("stil", work.match(SCHOOL, match))
        self.assertTrue(work.lead(SCHOOL, match, "contact")["onderweg"])
        self.assertEqual(work.events(AREA, match), [(1, "ontmoet", False)])
        self.assertEqual(region.command(AREA, "privacy", "audit", "unblock", *words).returncode, 0)
        self.assertEqual(work.same_events(self, (AREA, SCHOOL), match), ["ontmoet", "contact"])
        self.assertEqual(told_silent(SCHOOL, SEES[SCHOOL], match), 0)


class C_ItsLastDay(Departure):
    """The covenant comes to an end by its date: nobody did anything."""

    def test_what_waits_too_long_is_told_to_whom_it_concerns(self):
        tomorrow = clock.today() + datetime.timedelta(days=1)

        def until(text):
            text["geldigheid"]["tot"] = tomorrow.isoformat()
        agreed(until)
        task = self.task()
        match, _ = match_of(self, SCHOOL, AREA)
        work.lead(SCHOOL, match, "contact")
        self.assertEqual(work.same_events(self, (AREA, SCHOOL), match), ["ontmoet", "contact"])
        region.stop_one(DEBT)
        work.step_of(AREA, "g.jansen", "message", task, tekst="Nog iets.")
        self.turn(2)
        region.start_one(DEBT)
        self.believe(DEBT)
        self.lies_still(task)
        self.match_lies_still(match, AREA, SCHOOL)
        self.assertEqual(waiting(AREA, DEBT), ["opdracht-voorstel"])
        self.assertNotIn("vastgelopen", work.news(AREA, "g.jansen", task))
        self.turn(4)
        eventually("gezegd dat het te lang wacht", lambda: work.news(AREA, "g.jansen", task).count("vastgelopen") == 1, WAIT)
        self.assertEqual(waiting(AREA, DEBT), ["opdracht-voorstel"])
        self.assertEqual(told_silent(AREA, "g.jansen", task), 1)

    def test_a_match_whose_signals_expire_meanwhile_closes_at_both(self):
        """Also at the side that does not order: nobody tells it any more."""
        tomorrow = (clock.today() + datetime.timedelta(days=1)).isoformat()

        def until(text):
            text["geldigheid"]["tot"] = tomorrow
        agreed(until)
        person, before = next(people), {o: work.matches(o) for o in (SCHOOL, CJG)}
        for org in (SCHOOL, CJG):
            work.worry(org, SEES[org], person, until=tomorrow)
        match = work.met(self, (SCHOOL, CJG), before)
        work.lead(SCHOOL, match, "regie", contact="Beller", telefoon="0990555111")
        self.assertEqual(work.same_events(self, (SCHOOL, CJG), match), ["ontmoet", "regie"])
        helped = self.met_by_help(tomorrow)
        self.turn(35)  # partners know until when by month
        eventually("gesloten bij de school", lambda: work.match(SCHOOL, helped)["stand"] == "gesloten", WAIT)
        for org in (SCHOOL, CJG):
            eventually(f"gesloten bij {org}", lambda o=org: work.match(o, match)["stand"] == "gesloten", WAIT)
            self.assertNotIn("contact", work.match(org, match)["andereKant"])
        self.assertEqual(work.events(CJG, match), [(1, "ontmoet", False), (2, "regie", False)])

    def met_by_help(self, until):
        """The school's signal meets help of the area team, which orders, and has no day on which it ends."""
        person, before = next(people), {o: work.matches(o) for o in (AREA, SCHOOL)}
        Provider(region, AREA, "g.jansen", person).register("1995-02-27").involve("dagelijks-leven")
        work.worry(SCHOOL, SEES[SCHOOL], person, until=until)
        match = work.met(self, (AREA, SCHOOL), before)
        self.assertTrue(work.match(SCHOOL, match)["andereKant"]["betrokkenheid"])
        return match

    def turn(self, days):
        clock.turn(days)
        for org in ORGANISATIONS:
            if region.health_or_none(org) is not None:
                self.believe(org)

    def believe(self, org):
        """Without a covenant nobody confirms what day it is: the administrator does."""
        self.assertEqual(region.command(org, "-", "clock", "reset").returncode, 0)
        eventually(f"{org} gelooft zijn klok", lambda: work.believes(org), WAIT)


if __name__ == "__main__":
    unittest.main()
