"""What is recorded at an organisation about a person, by its commands: registration, involvement, consent and the like."""
import datetime
import json

import receipts
from moved_clock import dutch_day


def today():
    """The day by which a node decides: the Dutch one, on the clock of its region (RegionClock)."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return dutch_day(now + datetime.timedelta(milliseconds=receipts.clock["shift_ms"]))


def in_days(days):
    return (today() + datetime.timedelta(days=days)).isoformat()


def years_ago(years, days=0):
    """The day on which somebody who turns `years` in so many days was born."""
    return birth(today() + datetime.timedelta(days=days), years, days).isoformat()


def birth(day, years, days):
    """Who turns so old on that day. On a 29 February a birth in a year without one: of today the 28th before, for who is
    that old already; of a day to come 1 March after, for who is not yet."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return datetime.date(day.year - years, *((3, 1) if days > 0 else (2, 28)))


def command(region, org, user, words, value, code=0):
    """A command that takes JSON or a line; its answer, or what it said when it was refused."""
    stdin = value if isinstance(value, str) else json.dumps(value)
    done = region.command(org, user, *words.split(), "--json", stdin=stdin)
    if done.returncode != code:
        raise AssertionError(f"{words}: {done.returncode}: {done.stdout} {done.stderr}")
    return json.loads(done.stdout) if code == 0 else done.stderr


def consent(uitkomst="gegeven", door="betrokkene", soort="avg-grond", gezag=None, **changes):
    fact = {"soort": soort, "uitkomst": uitkomst, "door": door, "ontvangers": ["gebiedsteam"],
            "categorieen": ["bestaan", "contact", "fase"], "doelen": ["hulpafstemming"], "bewijs": "formulier",
            "voorgelicht": True, **changes}
    if gezag:
        fact["gezagsrelatie"] = gezag
    return fact


class Provider:
    """What is recorded at one organisation about one person."""

    def __init__(self, region, org, user, bsn):
        self.region, self.org, self.user, self.bsn = region, org, user, bsn

    def command(self, words, value, code=0):
        return command(self.region, self.org, self.user, words, value, code)

    def register(self, birth, name="Proefpersoon", **more):
        """None: not known."""
        person = {"bsn": self.bsn, "achternaam": name, "gemeente": "9901", "geboortedatum": birth, **more}
        known = {field: value for field, value in person.items() if value is not None}
        self.ident = self.command("subject add", known)["id"]
        return self

    def involve(self, life_domain, dienst="begeleiding", **more):
        fact = {"leefgebied": life_domain, "dienst": dienst, "sinds": "2026-01-05",
                "contactpersoon": {"naam": f"Contact {self.org}", "telefoon": "0990 555 070"}, **more}
        self.command("involvement add", {"betrokkene": self.ident, "betrokkenheid": fact})
        return self

    def add(self, kind, fact, code=0, **more):
        words = {"toestemming": "consent", "gezagsrelatie": "authority", "wilsbekwaamheid": "capability",
                 "verlengdeJeugdhulp": "extended-care", "bezwaar": "objection", "beperking": "restriction",
                 "correctie": "correction"}[kind]
        answer = self.command(f"{words} add", {"bsn": self.bsn, kind: fact, **more}, code)
        return answer["id"] if code == 0 else answer

    def parent(self, name, kind="ouder-met-gezag"):
        return self.add("gezagsrelatie", {"soort": kind, "naam": name, "bewijs": "gezagsregister", "vanaf": "2020-01-01"})

    def judged(self, outcome="wilsbekwaam"):
        self.add("wilsbekwaamheid", {"uitkomst": outcome, "beoordelaar": "A. Arts", "bewijs": "gesprek"})

    def withdraw(self, fact, *options, code=0):
        return self.command(f"consent withdraw --id {fact} {' '.join(options)}", "aan de balie\n", code)

    def facts(self):
        return self.command("consent list", self.bsn + "\n")
