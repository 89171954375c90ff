"""Terms of tasks on clocks that turn: reminders three and one working days before the deadline, over a holiday and a weekend,
what is told when nobody answers or the deadline passed, each once, also when a clock stepped back and nodes began anew."""
import datetime
import unittest

import test_tasks as tasks
from moved_clock import RegionClock, dutch_time, until_hour, works
from support import UNHURRIED, Region, eventually

BOTH = {"gebiedsteam": ("g.jansen", "r.bakker"), "schuldhulp": ("c.visser", "r.dijk")}
DAY = datetime.timedelta(days=1)


def setUpModule():
    clock = RegionClock("klok-task-terms")
    region = Region("task-terms", REGION_ORGANISATIONS=tasks.ORGANISATIONS, REGION_WRAP=clock.wrap, REGION_COUNT=60,
                    REGION_CHECKPOINT_MS=1000, REGION_DRAIN_MS=1000, **UNHURRIED).start()
    tasks.region, tasks.clock = region, clock
    region.script("pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "365")
    region.script("crl")
    for org in tasks.ORGANISATIONS.split():
        region.reload(org)
    tasks.register(tasks.CLIENT, "Klant")


def before(day, workdays):
    while workdays:
        day -= DAY
        workdays -= works(day)
    return day


def deadline(today):
    """The next working day behind a weekend and a holiday that is no part of it, with room to begin before."""
    day = today + 12 * DAY
    while True:
        between = [before(day, 3) + n * DAY for n in range((day - before(day, 3)).days)]
        free = {d for d in between if d.weekday() < 5 and not works(d)}
        if works(day) and free and {d.weekday() for d in between} >= {5, 6}:
            return day
        day += DAY


class Morning(unittest.TestCase):
    def test_a_region_that_turns_begins_at_ten_whenever_tests_run(self):
        """Also in the last second before midnight here, and on a day that has another hour."""
        for moment in ("2026-11-27T22:59:59", "2026-11-27T23:00:00", "2026-07-01T07:59:59", "2026-07-01T08:00:00",
                       "2026-03-28T10:30:00", "2026-10-25T00:30:00"):
            now = datetime.datetime.fromisoformat(moment + "+00:00")
            begins = dutch_time(now + datetime.timedelta(seconds=until_hour(10, now)))
            self.assertIn((begins.hour, begins.minute, begins.second), ((10, 0, 0), (11, 0, 0), (9, 0, 0)), moment)
        began = datetime.datetime.fromisoformat(tasks.region.records("gebiedsteam", 0)[0]["tijd"])
        self.assertEqual(dutch_time(began).hour, 10)


class Terms(unittest.TestCase):
    """One run of days; on each day that must bring nothing another task shows that it was looked at."""

    def turn_to(self, day):
        tasks.turn((day - tasks.clock.today()).days, *BOTH)
        self.assertEqual(tasks.clock.today(), day)

    def is_told(self, task, org, *kinds, who=0):
        user = BOTH[org][who]
        eventually(f"{org} {user}: {kinds}", lambda: self.terms(task, org, user) == sorted(kinds), 30)

    def terms(self, task, org, user):
        return [kind for kind in tasks.told(org, user, task) if kind in ("herinnering", "te-laat")]

    def looked_at(self, canary):
        """What was due the day before is told late at both: then the whole list was looked at today."""
        for org in BOTH:
            eventually(f"{org} keek vandaag", lambda org=org: "te-laat" in tasks.told(org, BOTH[org][0], canary), 30)

    def everywhere(self, task, *kinds):
        for org in BOTH:
            self.is_told(task, org, *kinds)

    def accepted(self, due):
        task = tasks.give(uiterlijk=str(due))
        tasks.both(task, "ontvangen")
        tasks.step("schuldhulp", "c.visser", "accept", task)
        tasks.both(task, "aanvaard")
        return task

    def test_reminders_and_what_passed_each_once(self):
        due = deadline(tasks.clock.today())
        first, last = before(due, 3), before(due, 1)
        self.assertGreater((due - first).days, 5)  # a weekend and a holiday, beside three working days
        self.turn_to(first - 2 * DAY)
        task = self.accepted(due)
        canaries = {day: self.accepted(day - DAY) for day in (first - DAY, last - DAY, due)}
        self.turn_to(first - DAY)
        self.looked_at(canaries[first - DAY])
        self.everywhere(task)
        self.turn_to(first)
        self.everywhere(task, "herinnering")
        tasks.clock.turn(-2)
        for org, (user, _) in BOTH.items():
            eventually(f"{org} wacht op zijn klok", lambda o=org, u=user: tasks.region.command(
                o, u, "subject", "show", stdin=tasks.CLIENT + "\n").returncode != 0, 30)
        tasks.turn(2, *BOTH)
        for org in BOTH:
            tasks.region.stop_one(org)
            tasks.region.start_one(org)
        tasks.turn(0, *BOTH)
        if last - DAY != first:
            self.turn_to(last - DAY)
            self.looked_at(canaries[last - DAY])
        self.everywhere(task, "herinnering")
        self.turn_to(last)
        self.everywhere(task, "herinnering", "herinnering")
        self.turn_to(due)
        self.looked_at(canaries[due])
        self.everywhere(task, "herinnering", "herinnering")
        self.assertEqual(self.terms(task, "gebiedsteam", "r.bakker"), [])
        self.turn_to(due + DAY)
        self.everywhere(task, "herinnering", "herinnering", "te-laat")
        self.is_told(task, "gebiedsteam", "te-laat", who=1)  # and who leads there
        self.nothing_more(task, "herinnering", "herinnering", "te-laat")
        self.assertEqual(self.terms(task, "schuldhulp", "r.dijk"), [])

    def nothing_more(self, task, *kinds):
        """Another day, and nodes that begin anew."""
        canary = self.accepted(tasks.clock.today())
        self.turn_to(tasks.clock.today() + DAY)
        self.looked_at(canary)
        for org in BOTH:
            tasks.region.stop_one(org)
            tasks.region.start_one(org)
        canary = self.accepted(tasks.clock.today())
        self.turn_to(tasks.clock.today() + DAY)
        self.looked_at(canary)
        self.everywhere(task, *kinds)
        for org in BOTH:
            passed = [r for r in tasks.region.records(org) if r["handeling"] == "termijn-verstreken" and
                      task in r.get("reden", "")]
            self.assertEqual(len(passed), kinds.count("te-laat"), passed)

    def test_no_reply_is_told_once(self):
        task = tasks.give(uiterlijk=str(tasks.clock.today() + 60 * DAY))
        tasks.both(task, "ontvangen")
        until = datetime.date.fromisoformat(tasks.listed("schuldhulp", task)["reactieUiterlijk"])
        canary = self.accepted(until - DAY)
        self.turn_to(until)
        self.looked_at(canary)
        self.everywhere(task)
        self.turn_to(until + DAY)
        self.everywhere(task, "te-laat")
        self.is_told(task, "gebiedsteam", "te-laat", who=1)
        self.nothing_more(task, "te-laat")


if __name__ == "__main__":
    unittest.main()
