"""Steering figures of real nodes: a month goes by (all clocks turn), and what is told is held against the logs themselves."""
import calendar
import collections
import csv
import html.parser
import io
import json
import os
import signal
import unittest

from moved_clock import RegionClock
from support import OIN, ORGANISATIONS, Region, as_owner, eventually, exported, run, strangers

ASKER, PROVIDER = "gebiedsteam", "schuldhulp"
FEW = 3


def setUpModule():
    global region, clock, month, looks
    clock = RegionClock("klok-stuurcijfers")
    region = Region("stuurcijfers", REGION_COUNT=40, REGION_CHECKPOINT_MS=500, REGION_WRAP=clock.wrap).start()
    region.script("pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "120")  # it turns two months, from a first day
    region.script("crl")
    for org in ORGANISATIONS:
        region.reload(org)
    region.add_user(PROVIDER, "t.oets", "toetser")
    to_first_day()
    month = clock.today().strftime("%Y-%m")
    looks = make_looks()


def to_first_day():
    """Into the second day of a month: all that follows stays in it."""
    today = clock.today()
    turn(calendar.monthrange(today.year, today.month)[1] - today.day + 2)
    region.settled_at.clear()  # what was fetched before is of another period: who has no set is not asked
    region.settle(ASKER)
    region.current(ASKER)


def turn(days):
    clock.turn(days)
    for org in (ASKER, PROVIDER):
        eventually(f"{org} gereed", lambda org=org: region.health_or_none(org) == 200)


def make_looks():
    """Many people for one purpose, few for another."""
    people = [(f"Z-2026-{at // 9:04d}", bsn) for at, bsn in enumerate(sorted(exported(PROVIDER)) + strangers(12))]
    for case in sorted({case for case, _ in people}):
        region.consult([bsn for of, bsn in people if of == case], zaak=case)
    region.consult(strangers(FEW), zaak="Z-2026-9999", doel="wgs-vroegsignalering")
    return len(people) + FEW


def make(org, user, *more):
    return region.command(org, user, "figures", "make", "--maand", month, *more)


class Figures(unittest.TestCase):
    def counted(self, org):
        """(purpose, who looked) -> [looks, people], by what the log itself shows."""
        found = collections.defaultdict(lambda: [0, set()])
        for r in region.records(org):
            if r["handeling"] in ("raadpleging-beantwoord", "opzoekset-getoetst") and r["tijd"].startswith(month):
                who = r["ketenpartner"] if r["handeling"] == "raadpleging-beantwoord" else OIN[org]
                for row in (r["doel"], "*"):
                    for column in (who, "*"):
                        found[row, column][0] += 1
                        found[row, column][1].add(r.get("betrokkene") or r["bsn"])
        return {at: (times, len(people)) for at, (times, people) in found.items()}

    def told(self, org, user, name="perKetenpartner"):
        """(purpose, column) -> looks; None: not told."""
        table = json.loads(make(org, user, "--json").stdout)[name]
        columns = [c["oin"] if isinstance(c, dict) else c for c in table["kolommen"]]
        rows = [(r["doel"], r["keren"], r["totaal"]) for r in table["rijen"]]
        rows.append(("*", table["totalen"], table["totaal"]))
        return {(row, column): count for row, counts, total in rows
                for column, count in [*zip(columns, counts, strict=True), ("*", total)]}

    def test_1_a_month_that_is_not_over_has_none(self):
        done = make(ASKER, "privacy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nog niet voorbij", done.stderr)

    def test_2_what_is_told_is_what_the_log_says_and_few_people_are_not(self):
        clock.turn(32)
        for org in (ASKER, PROVIDER):
            eventually(f"cijfers van {org}", lambda org=org: make(org, "privacy").returncode == 0)
        for org in (ASKER, PROVIDER):
            with self.subTest(org):
                counted, told = self.counted(org), self.told(org, "privacy")
                self.assertTrue(counted)
                self.assertEqual({at for at, count in told.items() if count != 0}, set(counted))
                for at, count in told.items():
                    times, people = counted.get(at, (0, 0))
                    self.assertIn(count, (None, times), at)
                    if 0 < people < 10:
                        self.assertIsNone(count, at)
        asked = self.told(ASKER, "privacy")
        self.assertEqual(asked["*", OIN[ASKER]], looks)
        # Were the others told, the few would be known.
        self.assertEqual([asked[row] for row in asked if row[0] != "*"], [None] * 4)

    def test_3_every_call_and_everybody_who_may_gets_the_same(self):
        answers = {make(PROVIDER, user, "--json").stdout for user in ("privacy", "fg", "t.oets", "privacy")}
        self.assertEqual(len(answers), 1)
        self.assertEqual(json.loads(answers.pop())["kleinste"], 10)

    def test_4_it_is_recorded_and_so_is_who_may_not(self):
        mark = region.mark(PROVIDER)
        make(PROVIDER, "t.oets")
        self.assertEqual(region.record_of(PROVIDER, mark, handeling="stuurcijfers-gemaakt")["reden"],
                         f"stuurcijfers van {month}, kleinste 10")
        for user in ("c.visser", "-"):
            mark = region.mark(PROVIDER)
            done = make(PROVIDER, user)
            self.assertEqual((done.returncode, "uw rol staat dit niet toe" in done.stderr), (1, True), done.stderr)
            region.record_of(PROVIDER, mark, handeling="geweigerd")

    def test_5_as_csv_it_is_the_same(self):
        told = self.told(ASKER, "privacy", "perLeefgebied")
        rows = list(csv.DictReader(io.StringIO(make(ASKER, "privacy", "--csv").stdout)))
        self.assertEqual({row["maand"] for row in rows}, {month})
        as_told = {("*" if row["doel"] == "alle doelen" else row["doel"],
                    "*" if row["kolom"] == "alle leefgebieden" else row["kolom"]):
                   int(row["keren"]) if row["keren"] else None for row in rows if row["tabel"] == "leefgebied"}
        self.assertEqual(as_told, told)

    def test_6_as_a_page_it_stands_by_itself_and_replaces_nothing(self):
        page = region.path(ASKER, "stuurcijfers.html")
        done = make(ASKER, "privacy", "--html", page)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = run(as_owner(["cat", page]), check=True).stdout
        seen = Page()
        seen.feed(text)
        self.assertEqual(seen.open, [])
        self.assertEqual(seen.tables, 2)
        self.assertIn(str(looks), seen.cells)
        self.assertIn("-", seen.cells)
        self.assertNotIn(str(FEW), seen.cells)
        again = make(ASKER, "privacy", "--html", page)
        self.assertEqual(again.returncode, 1)
        self.assertIn(page, again.stderr)

    def test_7_as_text_and_one_form_at_a_time(self):
        done = make(ASKER, "privacy")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, rf"alle doelen +allen +{looks}\n")
        self.assertEqual(make(ASKER, "privacy", "--csv", "--json").returncode, 2)
        self.assertEqual(region.command(ASKER, "privacy", "figures", "make").returncode, 2)

    def test_8_how_many_people_is_configured_and_read_again(self):
        script = 'printf "[stuurcijfers]\\nkleinste = %s\\n" "$2" >>"$1"'
        run(as_owner(["sh", "-c", script, "sh", region.path(ASKER, "ketenbrug.ini"), "40"]), check=True)
        os.kill(region.pid(ASKER), signal.SIGHUP)
        eventually("herladen", lambda: self.told(ASKER, "privacy")["*", "*"] is None)


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.cells, self.tables = [], [], 0

    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "img", "iframe") and not any(n in ("src", "href") for n, _ in attrs)
        self.tables += tag == "table"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)
