"""Nodes under faketime, which read their offset from a file: the clock can be moved while they run."""
import datetime
import glob
import os
import subprocess
import time
import unittest

import receipts
from support import WAIT, as_owner, changed, eventually, run


class MovedClock:
    """For a TestCase with `region` and `ORG`."""

    def setUp(self):
        self.region.stop_one(self.ORG)
        self.offset = self.region.path(self.ORG, "klok")
        self.set_offset("+0")
        library = subprocess.run("ls /usr/lib/*/faketime/libfaketimeMT.so.1", shell=True, capture_output=True,
                                 text=True, check=True).stdout.strip()
        self.fake = ["env", f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={self.offset}", "FAKETIME_NO_CACHE=1",
                     "DONT_FAKE_MONOTONIC=1"]
        self.node = None

    def set_offset(self, text):
        run(as_owner(["sh", "-c", 'printf "%s\\n" "$2" >"$1.nieuw"; mv "$1.nieuw" "$1"', "sh", self.offset, text]),
            check=True)
        changed()

    def start(self):
        words = self.region.serve_words(self.ORG)
        at = words.index(self.region.path("ketenbrug"))
        self.node = subprocess.Popen(words[:at] + self.fake + words[at:], stderr=subprocess.DEVNULL)
        eventually("luistert", lambda: self.region.health_or_none(self.ORG))

    def stop(self):
        subprocess.run(as_owner(["kill", "-TERM", str(self.node.pid)]), check=True)
        code = self.node.wait(WAIT)
        self.node = None
        return code

    def restart(self):
        self.stop()
        self.start()

    def tearDown(self):
        if self.node is not None:
            self.assertEqual(self.stop(), 0)
        self.region.start_one(self.ORG)


class RegionClock:
    """One file that all nodes of a region read (REGION_WRAP): their clocks turn together, forward alone. They begin at ten in
    the morning, whenever the tests run: the day that a test reckons with is still the nodes' when they look."""

    def __init__(self, name):
        self.file = os.path.join(os.environ["E2E_DIR"], name)
        self.seconds = 0
        unittest.addModuleCleanup(receipts.clock.__setitem__, "shift_ms", 0)
        self.forward(until_hour(10, datetime.datetime.now(datetime.timezone.utc)))
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
        self.wrap = f"env LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={self.file} FAKETIME_NO_CACHE=1 " \
                    "DONT_FAKE_MONOTONIC=1"

    def write(self):
        run(["sh", "-c", 'printf "+%s\n" "$2" >"$1.nieuw" && chmod 644 "$1.nieuw" && mv "$1.nieuw" "$1"', "sh",
             self.file, str(self.seconds)], check=True)

    def turn(self, days):
        self.forward(days * 86400)

    def forward(self, seconds):
        self.seconds += seconds
        receipts.clock["shift_ms"] = self.seconds * 1000
        self.write()
        changed()

    def now_ms(self):
        return time.time_ns() // 1_000_000 + self.seconds * 1000

    def today(self):
        """The Dutch day there."""
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.seconds)
        return dutch_day(now)


def last_sunday(year, month):
    day = datetime.datetime(year, month, 31, 1, tzinfo=datetime.timezone.utc)
    return day - datetime.timedelta(days=(day.weekday() + 1) % 7)


def dutch_time(now):
    summer = last_sunday(now.year, 3) <= now < last_sunday(now.year, 10)
    return now + datetime.timedelta(hours=2 if summer else 1)


def dutch_day(now):
    return dutch_time(now).date()


def until_hour(hour, now):
    """Seconds until a Dutch clock says so; where it changes to summer or winter in between, an hour more or less."""
    there = dutch_time(now)
    return (hour * 3600 - there.hour * 3600 - there.minute * 60 - there.second) % 86400


def easter(year):
    """By the rule of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    j, k = c // 4, c % 4
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * j - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return datetime.date(year, month, (h - m + r + month + 19) % 32)


def holidays(year):
    """Of working days alone: the King's birthday kept on the 26th is a Saturday."""
    fixed = [(1, 1), (4, 27), (5, 5), (12, 25), (12, 26)]
    return {datetime.date(year, *day) for day in fixed} | {easter(year) + datetime.timedelta(days=n) for n in (-2, 1, 39, 50)}


def works(day):
    return day.weekday() < 5 and day not in holidays(day.year)
