"""Signals by the day: they expire, an epoch turns while they live, and a partner's quota keeps some from being tested."""
import datetime
import os
import unittest

from moved_clock import RegionClock
from support import TOP, Region, eventually, strangers

AREA, UWV = "gebiedsteam", "uwv"
SEES = {AREA: "g.jansen", UWV: "p.mulder"}
BASIS = {AREA: "wmo-5.1.1", UWV: "suwi-54"}
MONTH = 35  # past the end of any month, and an epoch
WAIT = 120


def setUpModule():
    global region, clock, people
    with open(os.path.join(TOP, "tests", "region", "convenant.json"), encoding="utf-8") as file:
        text = file.read()
    (line,) = [line for line in text.splitlines() if '{"code": "zorgsignaal"' in line and '"quota"' in line]
    head = line.partition('"quota"')[0]
    comma = "," if line.endswith(",") else ""
    # Five batches a day.
    text = text.replace(line, f'{head}"quota": {{"perDag": 40, "perPeriode": 4000, "perJaar": 40000}}}}{comma}')
    covenant = os.path.join(os.environ["E2E_DIR"], "zorgsignalen.json")
    with open(covenant, "w", encoding="utf-8") as file:
        file.write(text)
    clock = RegionClock("klok-zorgsignalen")
    region = Region("signals-clock", REGION_COVENANT=covenant, REGION_ORGANISATIONS=f"{AREA} {UWV}",
                    REGION_WRAP=clock.wrap, REGION_COUNT=20, REGION_DRAIN_MS=1000, REGION_CHECKPOINT_MS=1000).start()
    region.script("pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "120")
    region.script("crl")
    for org in SEES:
        region.reload(org)
    people = iter(strangers(60))


def publish(org, user, bsn, *words, contact="Contact"):
    return region.command_json(org, user, "signal", "publish", "--grondslag", BASIS[org], "--verteld", "ja", "--contact",
                               contact, "--telefoon", "0990555100", "--geboortedatum", "1995-03-04", "--gemeente", "9901",
                               *words, stdin=bsn + "\n")["zorgsignaal"]


def own(org, ident):
    (one,) = [s for s in region.command_json(org, SEES[org], "signal", "list")["zorgsignalen"] if s["zorgsignaal"] == ident]
    return one


def matches(org):
    return {m["match"]: m for m in region.command_json(org, SEES[org], "signal", "lead")["matches"]}


def shown(org, match):
    return region.command_json(org, SEES[org], "signal", "lead", "--id", match)


def met(org, before):
    (one,) = eventually(f"een match bij {org}", lambda: [m for m in matches(org) if m not in before], WAIT)
    return one


def believes(org):
    """It heard from its partner that it is that late."""
    return region.command(org, SEES[org], "inbox").returncode == 0


class A_ByTheDay(unittest.TestCase):
    def test_what_expires_ends_at_both_and_what_lives_goes_on_in_the_next_epoch(self):
        alone, shared = next(people), next(people)
        soon = (clock.today() + datetime.timedelta(days=1)).isoformat()
        before = {org: set(matches(org)) for org in SEES}
        # Of one both signals expire; of the other a colleague's lives on.
        short = [publish(AREA, "g.jansen", alone, "--tot", soon), publish(UWV, "p.mulder", alone, "--tot", soon)]
        over = met(UWV, before[UWV])
        eventually("bij beide", lambda: over in matches(AREA), WAIT)
        before = {org: set(matches(org)) for org in SEES}
        first = publish(AREA, "g.jansen", shared, "--tot", soon, contact="Eerste")
        publish(UWV, "p.mulder", shared)
        older = met(UWV, before[UWV])
        eventually("bij beide", lambda: older in matches(AREA), WAIT)
        second = publish(AREA, "r.bakker", shared, contact="Tweede")
        within = next(iter(set(matches(AREA)) - before[AREA] - {older}))  # of the two colleagues
        before = {org: set(matches(org)) for org in SEES}
        clock.turn(MONTH)
        for org in SEES:
            eventually(f"{org} gelooft zijn klok", lambda o=org: believes(o), WAIT)
        for org, ident in ((AREA, short[0]), (UWV, short[1]), (AREA, first)):
            eventually("verlopen", lambda o=org, i=ident: own(o, i)["stand"] == "verlopen", WAIT)
        self.assertEqual(own(AREA, second)["stand"], "loopt")
        for org in SEES:
            eventually(f"gesloten bij {org}", lambda o=org: shown(o, over)["stand"] == "gesloten", WAIT)
            self.assertNotIn("contact", shown(org, over)["andereKant"])
        newer = met(UWV, before[UWV])
        self.assertEqual(matches(UWV)[newer]["andereKant"]["contact"]["naam"], "Tweede")
        eventually("bij beide", lambda: newer in matches(AREA), WAIT)
        for org in SEES:
            eventually(f"de oude is gesloten bij {org}", lambda o=org: shown(o, older)["stand"] == "gesloten", WAIT)
            eventually("een geschiedenis", lambda: shown(AREA, older)["gebeurtenissen"] ==
                       shown(UWV, older)["gebeurtenissen"], WAIT)
        self.assertTrue([e for e in shown(AREA, within)["gebeurtenissen"] if e["stap"] == "signaal-einde"])


class B_Quota(unittest.TestCase):
    def test_what_the_quota_kept_from_being_tested_is_tested_the_next_day(self):
        clock.turn(1)  # a quota of its own
        for org in SEES:
            eventually(f"{org} gelooft zijn klok", lambda o=org: believes(o), WAIT)
        for org in SEES:
            self.use_up(org)
        bsn = next(people)
        before = set(matches(UWV))
        late = {org: publish(org, SEES[org], bsn) for org in SEES}
        region.settle(AREA)
        region.settle(UWV)
        for org, ident in late.items():
            self.assertEqual(own(org, ident)["nogNietGetoetst"], 1)
        self.assertEqual(set(matches(UWV)), before)
        clock.turn(1)
        for org in SEES:  # who rests after a refusal begins anew
            region.stop_one(org)
        for org in SEES:
            region.start_one(org)
        newer = met(UWV, before)
        eventually("bij beide", lambda: newer in matches(AREA), WAIT)
        for org, ident in late.items():
            eventually("getoetst", lambda o=org, i=ident: own(o, i)["nogNietGetoetst"] == 0, WAIT)

    def use_up(self, org):
        """Until one is refused; each of them alone is a batch."""
        for _ in range(8):
            mark = region.mark(org)
            ident = publish(org, SEES[org], next(people))
            told = eventually("getoetst of geweigerd", lambda i=ident, m=mark: self.came_to(org, i, m), WAIT)
            if told == "geweigerd":
                self.assertEqual(own(org, ident)["nogNietGetoetst"], 1)
                return
        self.fail(f"{org} werd nooit geweigerd")

    def came_to(self, org, ident, mark):
        refused = [r for r in region.records(org, mark)
                   if r["handeling"] == "evaluatie-ontvangen" and r["uitkomst"] == "geen-antwoord"]
        if refused:
            return "geweigerd"
        return "getoetst" if own(org, ident)["nogNietGetoetst"] == 0 else None


if __name__ == "__main__":
    unittest.main()
