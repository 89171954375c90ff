"""Five nodes, users who work, and faults at random: connections that break, stand still, crawl or are refused, and nodes that
are killed. Afterwards all is whole again, and both sides of each task and match hold the same; nothing waits, nothing was
lost. STORM_SECONDS (25) long; the seed is printed, STORM_SEED has it again as far as clocks allow."""
import json
import os
import threading
import time
import unittest

from faults import is_gone
from proxy import Proxy, seeded
from support import OIN, ORGANISATIONS, RUN, Region, eventually, strangers

SECONDS = int(os.environ.get("STORM_SECONDS", "25"))
AREA, SCHOOL, CJG, UWV, DEBT = ORGANISATIONS
USERS = {AREA: "g.jansen", SCHOOL: "z.smit", CJG: "p.mulder", UWV: "p.mulder", DEBT: "c.visser"}
SEES = {**USERS, AREA: "r.bakker", DEBT: "r.dijk"}
BASIS = {AREA: "wmo-5.1.1", SCHOOL: "wpo-8", CJG: "jeugdwet-7.4.0", UWV: "suwi-54"}
CALM = 300  # seconds in which all must have settled afterwards
LONGER = 120  # seconds that the storm lasts on a machine on which nobody got anything done in it
region = proxy = None


def setUpModule():
    global region, proxy
    region = Region("storm", REGION_VIA=" ".join(ORGANISATIONS), REGION_COUNT=40, REGION_CHECKPOINT_MS=1000,
                    REGION_DRAIN_MS=1000, REGION_CONNECT_MS=2000, REGION_ANSWER_MS=3000)
    proxy = Proxy(region, ORGANISATIONS)
    proxy.__enter__()
    unittest.addModuleCleanup(proxy.__exit__)
    region.start()


def ask(org, user, *words, stdin=""):
    """What it prints; None: refused, or the node is down just now."""
    done = region.script("as", org, user, *words, "--json", stdin=stdin, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def told(org, *words):
    """In the calm: whatever it refuses now it tells in a moment."""
    return eventually(f"{org} {words}", lambda: ask(org, SEES[org], *words))


def start(org):
    """A command that runs while the node is down holds its store for a moment."""
    eventually(f"{org} start", lambda: region.script("start-one", org, check=False).returncode == 0)


class Worker(threading.Thread):
    """One user at one desk."""

    def __init__(self, org, chance, people, over):
        super().__init__(daemon=True)
        self.org, self.chance, self.people, self.over = org, chance, people, over
        self.given, self.own, self.made = [], [], 0
        self.fault = None

    def run(self):
        try:
            while not self.over.is_set():
                self.chance.choice([self.signal, self.match, self.task])()
        except Exception as error:  # what the test has to know
            self.fault = error

    def signal(self):
        if self.org == DEBT:
            return
        if self.own and self.chance.random() < 0.4:
            self.count(ask(self.org, USERS[self.org], "signal", "withdraw", "--id",
                           self.own.pop(self.chance.randrange(len(self.own)))))
            return
        made = ask(self.org, USERS[self.org], "signal", "publish", "--grondslag", BASIS[self.org], "--verteld", "ja",
                   "--contact", "C. Bakker", "--telefoon", "0990555100", "--geboortedatum", "1995-02-27", "--gemeente",
                   "9901", stdin=self.chance.choice(self.people) + "\n")
        if self.count(made):
            self.own.append(made["zorgsignaal"])

    def match(self):
        found = ask(self.org, SEES[self.org], "signal", "lead") if self.org != DEBT else None
        if found and found["matches"]:
            word = self.chance.choice(["contact", "regie", "regie-los", "sluiten"])
            more = ["--contact", "C. Bakker", "--telefoon", "0990555100"] if word == "regie" else []
            self.count(ask(self.org, SEES[self.org], "signal", "lead", "--id", self.chance.choice(found["matches"])["match"],
                           "--stap", word, *more))

    def task(self):
        if self.org == AREA and self.chance.random() < 0.5:
            made = ask(AREA, "g.jansen", "task", "send", "--soort", "budgetplan", "--ketenpartner", OIN[DEBT], "--zaak",
                       "Z-2026-0012", "--grondslag", "wmo-5.1.1", "--leefgebied", "financien", "--vraag", "Een plan.",
                       stdin=self.people[0] + "\n")
            if self.count(made):
                self.given.append(made["opdracht"])
        elif self.org in (AREA, DEBT):
            found = ask(self.org, SEES[self.org], "task", "list")
            steps = ["withdraw", "message"] if self.org == AREA else ["accept", "start", "message", "complete"]
            word = self.chance.choice(steps)
            if found and found["opdrachten"]:
                more = ["--tekst", "Hoe staat het?"] if word == "message" else []
                self.count(ask(self.org, USERS[self.org], "task", word, "--id",
                               self.chance.choice(found["opdrachten"])["opdracht"], *more))

    def count(self, answer):
        self.made += answer is not None
        return answer is not None


class Storm(unittest.TestCase):
    def test_a_storm_and_the_calm_after_it(self):
        chance = seeded("STORM_SEED")
        people = strangers(6)
        done = region.command(AREA, "g.jansen", "subject", "add", stdin=json.dumps(
            {"bsn": people[0], "achternaam": "Proefpersoon", "gemeente": "9901", "geboortedatum": "1995-02-27"}))
        self.assertEqual(done.returncode, 0, done.stderr)
        begun, over = time.monotonic(), threading.Event()
        workers = [Worker(org, type(chance)(chance.randrange(1 << 32)), people, over) for org in ORGANISATIONS]
        self.addCleanup(over.set)
        for worker in workers:
            worker.start()
        broken = []
        while (took := time.monotonic() - begun) < SECONDS or (took < LONGER and not any(w.made for w in workers)):
            self.break_something(chance, broken)
        over.set()
        for worker in workers:
            worker.join(RUN)
            self.assertFalse(worker.is_alive())
            self.assertIsNone(worker.fault)
        proxy.heal()
        for org in ORGANISATIONS:
            self.assertFalse(is_gone(region, org), f"{org} eindigde: {region.node_log(org)[-2000:]}")
        print(f"\n  {sum(w.made for w in workers)} stappen, {len(broken)} storingen", flush=True)
        self.assertGreater(sum(w.made for w in workers), 0)
        self.calm(broken)
        self.assertLessEqual(set(workers[0].given), {t["opdracht"] for t in self.tasks(AREA).values()})

    @staticmethod
    def break_something(chance, broken):
        if chance.random() < 0.3:
            org = chance.choice(ORGANISATIONS)
            broken.append(f"kill {org}")
            region.kill_one(org)
            start(org)
        else:
            broken.append(proxy.at_random(chance))
            time.sleep(chance.random())  # the storm goes on that long
            if chance.random() < 0.5:
                proxy.heal()

    # ---- the calm ----

    def calm(self, broken):
        try:
            for org in ORGANISATIONS:
                eventually(f"bij {org} wacht niets", lambda o=org: not self.waiting(o), CALM)
            eventually("opdrachten gelijk", lambda: self.tasks_differ() == {}, CALM)
            eventually("matches gelijk", lambda: self.matches_differ() == {}, CALM)
        except AssertionError as failed:
            state = {org: self.waiting(org) for org in ORGANISATIONS}
            raise AssertionError(f"{failed}\n{state}\n{self.tasks_differ()}\n{self.matches_differ()}\n{broken}") from None
        for org in ORGANISATIONS:
            self.assertFalse([m for m in self.messages(org) if m["toestand"] == "vastgelopen"], org)
            self.assertEqual(region.verify(org).returncode, 0, org)

    @staticmethod
    def messages(org):
        return told(org, "outbox", "list")["berichten"]

    def waiting(self, org):
        return [m for m in self.messages(org) if m["toestand"] == "wachtend"]

    @staticmethod
    def tasks(org):
        found, after = {}, []
        while True:
            page = told(org, "task", "list", *after)
            found.update({t["opdracht"]: t for t in page["opdrachten"]})
            if "volgende" not in page:
                return found
            after = ["--na", page["volgende"]]

    @staticmethod
    def chain(org, task):
        shown = told(org, "task", "show", "--id", task)
        return [(e["nummer"], e["keten"]) for e in shown["geschiedenis"] if "nummer" in e]

    def tasks_differ(self):
        """What was taken back before it ever left is at the giver alone."""
        ours, theirs = self.tasks(AREA), self.tasks(DEBT)
        wrong = {}
        for task, row in ours.items():
            other = theirs.get(task)
            if other is None:
                if row["stand"] != "ingetrokken":
                    wrong[task] = (row["stand"], None)
            elif row["stand"] != other["stand"] or "onderweg" in row["merken"] or \
                    self.chain(AREA, task) != self.chain(DEBT, task):
                wrong[task] = (row, other)
        wrong.update({task: (None, row["stand"]) for task, row in theirs.items() if task not in ours})
        return wrong

    def matches_differ(self):
        """A live match is at both, with one state; a pair has one of a person at most."""
        orgs = [org for org in ORGANISATIONS if org != DEBT]
        found = {org: {m["match"]: m for m in told(org, "signal", "lead", "--gesloten", "ja")["matches"]}
                 for org in orgs}
        name = {oin: org for org, oin in OIN.items()}
        wrong = {}
        for org in orgs:
            for ident, one in found[org].items():
                other = name[one["ketenpartner"]]
                theirs = found[other].get(ident)
                stands = (one["stand"], theirs and theirs["stand"])
                if "onderweg" in one or (one["stand"] != "gesloten" and (theirs is None or stands[0] != stands[1])):
                    wrong[f"{org} {ident}"] = (other, *stands)
        return wrong


if __name__ == "__main__":
    unittest.main()
