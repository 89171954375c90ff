"""Steering figures of made months, held against a reckoning that shares no line with theirs.

For each month: what is told is what was counted; no zero is hidden; what has too few persons behind it is; and from all
that is told, in exact rationals, the least and the most that each hidden figure can be (linear programming over the lines
of both tables, a hidden figure being 1 or more): none is determined, and none is held within less than was promised.
So that a check that sees nothing does not pass: the same months with only the small figures hidden must be found out.

  figures_bounds.py PROGRAM [MONTHS]     prints one line of JSON with what it saw
"""
import collections
import json
import random
import subprocess
import sys
from fractions import Fraction

DOMAINS = ["financien", "werk-en-dagbesteding", "huisvesting", "huiselijke-relaties", "geestelijke-gezondheid",
           "lichamelijke-gezondheid", "verslaving", "dagelijks-leven", "sociaal-netwerk", "maatschappelijke-participatie",
           "justitie", "onderwijs-en-opvoeding", "veiligheid"]


def domain_word(mask):
    bits = [word for at, word in enumerate(DOMAINS) if mask >> at & 1]
    return "onbekend" if not bits else bits[0] if len(bits) == 1 else "meerdere"


# ---- made months ----

def made_month(rng):
    """Looks as (purpose, who, mask, way, person): few or many, even or with a few large cells, people by id and number."""
    purposes = [f"doel-{at}" for at in range(rng.randint(1, 4))]
    partners = [f"{at + 1:020d}" for at in range(rng.randint(1, 5))]
    masks = rng.sample([1 << at for at in range(13)] + [0, 3, 5], rng.randint(1, 4))
    crowd = rng.choice((12, 40, 200))
    looks = []
    for purpose in purposes:
        for partner in partners:
            if rng.random() < 0.25:
                continue
            size = rng.choice((1, 2, 5, 9, 10, 11, 14, 30, 60))
            for _ in range(size):
                looks.append((purpose, partner, rng.choice(masks), rng.choice("iiin"), rng.randint(1, crowd)))
    rng.shuffle(looks)
    return looks


class Tables:
    """What was counted, as {(table, row, column): (looks, persons)}; "*" is a total."""

    def __init__(self, looks):
        counts, persons = collections.Counter(), collections.defaultdict(lambda: {"i": set(), "n": set()})
        for purpose, partner, mask, way, person in looks:
            for table, column in (("partner", partner), ("domain", domain_word(mask))):
                for row in (purpose, "*"):
                    for col in (column, "*"):
                        counts[table, row, col] += 1
                        persons[table, row, col][way].add(person)
        self.counts = counts
        self.persons = {at: max(len(ways["i"]), len(ways["n"])) for at, ways in persons.items()}

    def small(self, least):
        return {at for at, count in self.counts.items() if count and self.persons[at] < least}

    def lines(self):
        """Each: the names that add up to 0, with their signs. Names of what both tables have are one."""
        found = []
        for table in ("partner", "domain"):
            mine = [at for at in self.counts if at[0] == table]
            for row in {at[1] for at in mine}:
                found.append([(name(at), 1) for at in mine if at[1] == row and at[2] != "*"]
                             + [(name((table, row, "*")), -1)])
            for col in {at[2] for at in mine}:
                found.append([(name(at), 1) for at in mine if at[2] == col and at[1] != "*"]
                             + [(name((table, "*", col)), -1)])
        return found


def name(at):
    return ("total", at[1], "*") if at[2] == "*" else at


# ---- bounds, by simplex ----

def exact(value, by):
    """Stays a whole number as long as it is one."""
    return value * by if by in (1, -1) else Fraction(value) / by


class Bounds:
    """Over x >= 0 with A x = b, where one solution is known."""

    def __init__(self, rows, right, known):
        self.rows = [list(row) + [value] for row, value in zip(rows, right)]
        self.width = len(known)
        self.basis = []
        self.start(known)

    def pivot(self, at, column):
        row = self.rows[at]
        by = row[column]
        row[:] = [exact(value, by) for value in row] if by != 1 else row
        for other in self.rows:
            factor = other[column]
            if other is not row and factor:
                other[:] = [a - factor * b for a, b in zip(other, row)]

    def start(self, known):
        """A basis by phase one: Bland's rule on artificial columns."""
        count = len(self.rows)
        for at, row in enumerate(self.rows):
            if row[-1] < 0:
                row[:] = [-value for value in row]
            row[self.width:self.width] = [int(at == other) for other in range(count)]
        self.basis = [self.width + at for at in range(count)]
        cost = [0] * self.width + [1] * count
        assert self.optimise(cost) == 0
        keep = []
        for at in range(count):
            if self.basis[at] >= self.width:
                column = next((c for c in range(self.width) if self.rows[at][c]), None)
                if column is None:
                    continue
                self.pivot(at, column)
                self.basis[at] = column
            keep.append(at)
        self.rows = [self.rows[at][:self.width] + self.rows[at][-1:] for at in keep]
        self.basis = [self.basis[at] for at in keep]
        assert all(value >= 0 for value in known)

    def optimise(self, cost):
        """The least of cost.x, from the basis of now; None: no bound."""
        width = len(self.rows[0]) - 1 if self.rows else self.width
        while True:
            reduced = list(cost[:width])
            for at, column in enumerate(self.basis):
                if cost[column]:
                    reduced = [a - cost[column] * b for a, b in zip(reduced, self.rows[at])]
            entering = next((c for c in range(width) if reduced[c] < 0), None)
            if entering is None:
                return sum(cost[column] * self.rows[at][-1] for at, column in enumerate(self.basis))
            leaving = None
            for at, row in enumerate(self.rows):
                if row[entering] > 0:
                    ratio = (Fraction(row[-1]) / row[entering], self.basis[at])
                    if leaving is None or ratio < leaving[0]:
                        leaving = (ratio, at)
            if leaving is None:
                return None
            self.pivot(leaving[1], entering)
            self.basis[leaving[1]] = entering


def widths(tables, hidden):
    """{hidden name: how far apart the most and the least it can be are}; None: no upper bound."""
    names = sorted({name(at) for at in hidden})
    values = {name(at): count for at, count in tables.counts.items()}
    rows, right = [], []
    for line in tables.lines():
        if any(at in names for at, _ in line):
            rows.append([sum(sign for at, sign in line if at == column) for column in names])
            told = sum(sign * values[at] for at, sign in line if at not in names)
            right.append(-told - sum(rows[-1]))  # counted from 1
    bounds = Bounds(rows, right, [values[at] - 1 for at in names])
    found = {}
    for at, column in enumerate(names):
        most = bounds.optimise([-int(other == at) for other in range(len(names))])
        least = bounds.optimise([int(other == at) for other in range(len(names))])
        found[column] = None if most is None else -most - least
    return found


# ---- one month ----

def asked(program, looks, least):
    for look in looks:
        program.stdin.write("look {} {} {} {}{}\n".format(*look))
    program.stdin.write(f"least {least}\n")
    program.stdin.flush()
    answer = {}
    for line in program.stdout:
        if line == "end\n":
            return answer
        table, row, column, count = line.split()
        answer[table, row, column] = None if count == "-" else int(count)
    raise AssertionError("the program ended")


def check(tables, answer, least):
    """The names that are hidden, when all is well."""
    assert set(tables.counts) <= set(answer)
    hidden = {at for at, count in answer.items() if count is None}
    for at, count in answer.items():
        assert count is None or count == tables.counts.get(at, 0), (at, count)
        assert count is not None or tables.counts.get(at, 0) > 0, f"a zero was hidden: {at}"
    assert tables.small(least) <= hidden, tables.small(least) - hidden
    assert {name(at) for at in hidden} == {name(at) for at in answer if name(at) in {name(h) for h in hidden}}
    for at in answer:  # what both tables tell they tell alike
        if at[2] == "*":
            assert answer["partner", at[1], "*"] == answer["domain", at[1], "*"], at
    return hidden


def too_narrow(tables, hidden, least):
    return [at for at, width in widths(tables, hidden).items() if width is not None and width < least] if hidden else []


def main():
    program = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    months = int(sys.argv[2]) if len(sys.argv) > 2 else 520
    rng = random.Random(2026)
    seen = collections.Counter()
    narrowest = None
    for number in range(months):
        looks, least = made_month(rng), rng.choice((5, 10, 10, 25))
        if not looks:
            continue
        tables = Tables(looks)
        hidden = check(tables, asked(program, looks, least), least)
        seen["figures"] += len({name(at) for at in tables.counts})
        seen["small"] += len({name(at) for at in tables.small(least)})
        seen["hidden"] += len({name(at) for at in hidden})
        if hidden:
            found = widths(tables, hidden)
            wrong = {at: str(width) for at, width in found.items() if width is not None and width < least}
            assert not wrong, f"month {number}, least {least}: {wrong}"
            margins = [width / Fraction(least) for width in found.values() if width is not None]
            narrowest = min([narrowest, *margins], key=lambda m: (m is None, m)) if margins else narrowest
            seen["bounded"] += len(margins)
        small = tables.small(least)
        seen["months"] += 1
        seen["with_small"] += bool(small)
        seen["found_out_with_only_small_hidden"] += bool(too_narrow(tables, small, least))
    program.stdin.close()
    assert program.wait() == 0
    print(json.dumps({**seen, "narrowest_to_promised": None if narrowest is None else float(narrowest)}))
    # Hiding the small ones alone gives them away in most months: a check that did not see it would be no check.
    assert seen["found_out_with_only_small_hidden"] * 2 > seen["with_small"] > months // 2


main()
