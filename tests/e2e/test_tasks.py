"""Tasks between real nodes: scenario 7 of the design, withdrawal against completion, reminders and deadlines on clocks that
turn together (faketime), what happens when consent or covenant ends, and what is refused."""
import contextlib
import datetime
import hashlib
import json
import os
import signal
import unittest

import receipts
from dossier import Provider
from moved_clock import RegionClock
from peer import Desk, Peer
from support import OIN, SHIELDED, UNHURRIED, Region, as_owner, eventually, new_id, run, strangers

ORGANISATIONS = "gebiedsteam school schuldhulp jeugdhulp"
DOER = OIN["schuldhulp"]
CLIENT, NEWCOMER, UNKNOWN, TURNED_AWAY, CONSENTING, YOUTH, TWICE, DOUBTED, REGRETS, AWAY, RESTRICTED = strangers(11)
region = None


def setUpModule():
    global region, clock
    clock = RegionClock("klok-tasks")
    region = Region("tasks", REGION_ORGANISATIONS=ORGANISATIONS, REGION_WRAP=clock.wrap, REGION_COUNT=60,
                    REGION_CHECKPOINT_MS=1000, REGION_DRAIN_MS=1000, **UNHURRIED).start()
    register(CLIENT, "Klant")


def register(number, name):
    """At who gives tasks; in an area where the doer works."""
    answer = region.command("gebiedsteam", "g.jansen", "subject", "add", stdin=json.dumps(
        {"bsn": number, "achternaam": name, "gemeente": "9901", "geboortedatum": "1980-02-29"}))
    assert answer.returncode == 0, answer.stderr


def done(org, user, *words, stdin=""):
    answer = region.command(org, user, "task", *words, "--json", stdin=stdin)
    assert answer.returncode == 0, (words, answer.stderr)
    return json.loads(answer.stdout)


def refused(org, user, *words, stdin=""):
    answer = region.command(org, user, "task", *words, "--json", stdin=stdin)
    assert answer.returncode != 0, (words, answer.stdout)
    return answer.stderr


def give(people=(CLIENT,), kind="budgetplan", user="g.jansen", question="Graag een budgetplan.", **more):
    """The task's name."""
    return done("gebiedsteam", user, *give_words(kind, question, **more), stdin="\n".join(people) + "\n")["opdracht"]


def give_words(kind="budgetplan", question="Graag een budgetplan.", partner=DOER, grondslag="wmo-5.1.1",
               leefgebied="financien", flags=(), **more):
    words = ["send", "--soort", kind, "--ketenpartner", partner, "--zaak", "Z-2026-0012", "--grondslag", grondslag,
             "--leefgebied", leefgebied, *flags]
    for name, value in {"vraag": question, **more}.items():
        words += [f"--{name}", value] if value is not None else []
    return words


def show(org, task):
    user = {"gebiedsteam": "r.bakker", "schuldhulp": "r.dijk"}[org]
    return done(org, user, "show", "--id", task)


def listed(org, task):
    user = {"gebiedsteam": "r.bakker", "schuldhulp": "r.dijk"}[org]
    found = [t for t in done(org, user, "list")["opdrachten"] if t["opdracht"] == task]
    return found[0] if found else None


def reaches(org, task, state, mark=None):
    def look():
        row = listed(org, task)
        return row is not None and row["stand"] == state and (mark is None or mark in row["merken"])
    eventually(f"{task} bij {org} {state} {mark or ''}", look, 30)


def both(task, state):
    reaches("gebiedsteam", task, state)
    reaches("schuldhulp", task, state)


def settled(task):
    """Both hold one history, and nothing is on its way."""
    def look():
        ours, theirs = show("gebiedsteam", task), show("schuldhulp", task)
        return chain(ours) == chain(theirs) and "onderweg" not in ours["merken"]
    eventually("een geschiedenis", look, 30)
    return show("gebiedsteam", task), show("schuldhulp", task)


def chain(shown):
    return [(e.get("nummer"), e["stap"], e.get("vervallen", False), e.get("keten")) for e in shown["geschiedenis"]]


def steps(shown):
    return [e["stap"] + ("!" if e.get("vervallen") else "") for e in shown["geschiedenis"]]


def step(org, user, word, task, **more):
    words = [w for name, value in more.items() for w in (f"--{name}", value)]
    return done(org, user, word, "--id", task, *words)


def received(**more):
    task = give(**more)
    both(task, "ontvangen")
    return task


def run_as_owner(*words):
    return run(as_owner(words), check=True).stdout


def raw(org):
    """All bytes of a node's database, as they lie on the disk."""
    folder = region.path(org, "gegevens")
    found = b""
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError), open(os.path.join(folder, name), "rb") as file:
            found += file.read()
    return found


def turn(days, *orgs):
    """And the witnesses confirm it: until then a node answers nothing about people."""
    clock.turn(days)
    for org in orgs:
        user = {"gebiedsteam": "r.bakker", "schuldhulp": "r.dijk"}[org]
        eventually(f"de klok van {org}", lambda: region.command(org, user, "task", "list").returncode == 0, 30)


def post(org, as_org, path, body, request_id=None):
    with Peer(region, org, region.certificate(as_org), as_org) as peer:
        whole = {**body, "ontvangstbewijs": receipts.PLACEHOLDER.decode()}
        answer = peer.request("POST", path, peer.signed(whole), [("content-type", "application/json"),
                                                               ("request-id", request_id or new_id())])
    return answer.status, json.loads(answer.body)


def proposal(task, word="intrekken", **more):
    return {"opdracht": task, "voorstel": new_id(), "stap": word, **more}


@contextlib.contextmanager
def held_still(org):
    """What is sent there meanwhile, it finds all at once."""
    os.kill(region.pid(org), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(region.pid(org), signal.SIGCONT)


def send_step(desk, task, word):
    desk.region.changed()
    return desk.send("POST", f"/v1/opdrachten/stappen/{task}",
                     json.dumps({"sleutel": new_id(), "stap": word}).encode(),
                     [("authorization", f"Bearer {desk.token}"), ("content-type", "application/json")])


def messages(org, about=None):
    """What waits there for a partner; of one task."""
    user = {"gebiedsteam": "r.bakker", "schuldhulp": "r.dijk"}[org]
    return [m for m in region.command_json(org, user, "outbox", "list")["berichten"] if about in (None, m["bericht"])]


def told(org, user, task):
    """Of what he was told about it, the kinds; each notice is one."""
    return sorted(m["soort"] for m in region.command_json(org, user, "inbox")["berichten"] if m["over"] == task)


class A_ScenarioSeven(unittest.TestCase):
    def test_a_budget_plan_from_asking_to_done(self):
        mark = region.mark("gebiedsteam"), region.mark("schuldhulp")
        task = received(contact="G. Jansen", telefoon="0990 555 001")
        theirs = show("schuldhulp", task)
        self.assertEqual([p["bsn"] for p in theirs["betrokkenen"]], [CLIENT])
        self.assertEqual(theirs["vraag"], "Graag een budgetplan.")
        self.assertEqual(theirs["contact"], {"naam": "G. Jansen", "telefoon": "0990 555 001"})
        self.assertNotEqual(theirs["zaak"], "Z-2026-0012")
        step("schuldhulp", "c.visser", "accept", task)
        step("schuldhulp", "c.visser", "start", task)
        step("gebiedsteam", "g.jansen", "message", task, tekst="Kan het een week later?")
        settled(task)
        step("schuldhulp", "c.visser", "message", task, tekst="Dat kan.")
        step("schuldhulp", "c.visser", "complete", task, tekst="Het plan ligt klaar.")
        both(task, "voltooid")
        ours, theirs = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "beginnen", "bericht", "bericht", "voltooien"])
        self.assertEqual([e["nummer"] for e in ours["geschiedenis"]], [1, 2, 3, 4, 5, 6])
        self.assertTrue(all(e["bezorgdOp"] for e in theirs["geschiedenis"] if e["van"] == "ons"))
        for org, since, wanted in (("gebiedsteam", mark[0], {"opdracht-gegeven", "betrokkene-genoemd", "opdracht-stap"}),
                                   ("schuldhulp", mark[1], {"opdracht-ontvangen", "opdracht-stap"})):
            self.assertLessEqual(wanted, {r["handeling"] for r in region.records(org, since)})
        named = [r for r in region.records("gebiedsteam", mark[0]) if r["handeling"] == "betrokkene-genoemd"]
        self.assertEqual(len(named), 1)
        self.assertEqual(named[0]["ketenpartner"], DOER)

    def test_somebody_whom_neither_knew_is_registered_at_both_and_named_once(self):
        stranger = NEWCOMER
        register(stranger, "Opdrachtpersoon")
        task = received(people=(stranger,))
        self.assertNotEqual(region.command("schuldhulp", "c.visser", "subject", "show", stdin=stranger + "\n").returncode, 0)
        theirs = show("schuldhulp", task)
        self.assertEqual(theirs["betrokkenen"], [{"bsn": stranger, "naam": "Opdrachtpersoon",
                                                  "geboortedatum": "1980-02-29"}])
        step("schuldhulp", "c.visser", "accept", task)
        found = region.command_json("schuldhulp", "c.visser", "subject", "show", stdin=stranger + "\n")
        self.assertEqual(found["betrokkene"]["achternaam"], "Opdrachtpersoon")
        self.assertEqual(show("schuldhulp", task)["betrokkenen"][0]["bsn"], stranger)

    def test_tasks_about_one_unknown_person_are_accepted_at_once(self):
        """Each of them registers him, and one alone does: the others find him there."""
        register(TWICE, "Tweemaal")
        tasks = [received(people=(TWICE,), question=f"Vraag {n}") for n in range(8)]
        with Desk(region, "schuldhulp", region.token("schuldhulp", "c.visser")) as desk:
            with held_still("schuldhulp"):
                streams = [send_step(desk, task, "aanvaarden") for task in tasks]
            self.assertEqual([desk.wait(stream).status for stream in streams], [200] * len(tasks))
        for task in tasks:
            both(task, "aanvaard")
            self.assertEqual([p["bsn"] for p in show("schuldhulp", task)["betrokkenen"]], [TWICE])

    def test_the_same_key_is_one_task_and_one_step(self):
        key = new_id()
        first = done("gebiedsteam", "g.jansen", *give_words(sleutel=key), stdin=CLIENT + "\n")
        again = done("gebiedsteam", "g.jansen", *give_words(sleutel=key), stdin=CLIENT + "\n")
        self.assertEqual(first["opdracht"], again["opdracht"])
        self.assertIn("eerder iets anders", refused("gebiedsteam", "g.jansen", *give_words(sleutel=key, question="Iets anders."),
                                                    stdin=CLIENT + "\n"))
        both(first["opdracht"], "ontvangen")
        other = received()
        used = new_id()
        step("schuldhulp", "c.visser", "accept", other, sleutel=used)
        self.assertIn("eerder iets anders", refused("schuldhulp", "c.visser", "accept", "--id", first["opdracht"],
                                                    "--sleutel", used))
        step("schuldhulp", "c.visser", "refuse", other, reden="geen-ruimte")
        for _ in range(2):
            step("schuldhulp", "c.visser", "message", first["opdracht"], tekst="Een bericht.", sleutel=new_id() if _ > 1 else key)
        ours, _ = settled(first["opdracht"])
        self.assertEqual(steps(ours), ["ontvangen", "bericht"])

    def test_a_draft_leaves_when_it_is_sent(self):
        task = give(flags=("--concept",))
        self.assertEqual(listed("gebiedsteam", task)["stand"], "concept")
        step("gebiedsteam", "g.jansen", "dispatch", task)
        both(task, "ontvangen")
        other = give(flags=("--concept",))
        step("gebiedsteam", "g.jansen", "remove", other)
        self.assertEqual(listed("gebiedsteam", other)["stand"], "verwijderd")
        self.assertIsNone(listed("schuldhulp", other))


class B_WhoWasFirst(unittest.TestCase):
    def test_completed_first_the_withdrawal_lapses_at_both(self):
        task = received()
        step("schuldhulp", "c.visser", "accept", task)
        reaches("gebiedsteam", task, "aanvaard")
        region.stop_one("gebiedsteam")
        step("schuldhulp", "c.visser", "complete", task)
        region.stop_one("schuldhulp")
        region.start_one("gebiedsteam")
        self.assertTrue(step("gebiedsteam", "g.jansen", "withdraw", task)["onderweg"])
        region.start_one("schuldhulp")
        both(task, "voltooid")
        ours, _ = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "voltooien", "intrekken!"])

    def test_withdrawn_first_it_cannot_be_completed(self):
        task = received()
        step("schuldhulp", "c.visser", "accept", task)
        step("gebiedsteam", "g.jansen", "withdraw", task)
        both(task, "ingetrokken")
        said = refused("schuldhulp", "c.visser", "complete", "--id", task)
        self.assertIn("een opdracht die ingetrokken is kan niet voltooien; mogelijk: niets meer", said)
        ours, _ = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "intrekken"])

    def test_what_never_left_is_withdrawn_at_once(self):
        region.stop_one("schuldhulp")
        region.stop_one("gebiedsteam")
        region.start_one("gebiedsteam")
        task = give()
        shown = listed("gebiedsteam", task)
        self.assertEqual((shown["stand"], "onderweg" in shown["merken"]), ("verzonden", True))
        step("gebiedsteam", "g.jansen", "withdraw", task)
        region.start_one("schuldhulp")
        reaches("gebiedsteam", task, "ingetrokken")
        row = listed("schuldhulp", task)
        self.assertIn(row and row["stand"], (None, "ingetrokken"))  # it had been tried, or it had not

    def test_at_the_very_same_moment(self):
        """The doer's node stands still until both are on its doorstep: whichever it takes first, both hold one end."""
        token, ends = region.token("schuldhulp", "c.visser"), set()
        for _ in range(4):
            task = received()
            step("schuldhulp", "c.visser", "accept", task)
            both(task, "aanvaard")
            settled(task)
            with Desk(region, "schuldhulp", token) as desk:
                with held_still("schuldhulp"):
                    step("gebiedsteam", "g.jansen", "withdraw", task)
                    eventually("onderweg", lambda: any(m["pogingen"] > 0 and m["soort"] == "opdracht-voorstel"
                                                       for m in messages("gebiedsteam")), 30)
                    stream = send_step(desk, task, "voltooien")
                status = desk.wait(stream).status
            ours, theirs = settled(task)
            self.assertIn(status, (200, 409))
            wanted = ["voltooien", "intrekken!"] if status == 200 else ["intrekken"]
            self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", *wanted])
            self.assertEqual(ours["stand"], theirs["stand"])
            self.assertEqual(ours["stand"], "voltooid" if status == 200 else "ingetrokken")
            ends.add(status)
        self.assertTrue(ends)

    def test_refused_before_it_was_accepted_nobody_is_named_there_any_more(self):
        stranger = TURNED_AWAY
        register(stranger, "Weigerpersoon")
        task = received(people=(stranger,))
        step("schuldhulp", "c.visser", "refuse", task, reden="niet-onze-taak")
        both(task, "geweigerd")
        self.assertEqual(show("schuldhulp", task)["betrokkenen"], [])
        self.assertNotIn("vraag", show("schuldhulp", task))
        self.assertEqual([p["bsn"] for p in show("gebiedsteam", task)["betrokkenen"]], [stranger])


class C_Away(unittest.TestCase):
    def test_the_partner_is_away_and_nothing_is_lost_or_done_twice(self):
        region.kill_one("schuldhulp")
        tasks = [give(question=f"Vraag {n}") for n in range(5)]
        region.kill_one("gebiedsteam")
        region.start_one("gebiedsteam")
        region.start_one("schuldhulp")
        for task in tasks:
            both(task, "ontvangen")
        region.kill_one("gebiedsteam")
        for task in tasks:
            step("schuldhulp", "c.visser", "accept", task)
            step("schuldhulp", "c.visser", "start", task)
            step("schuldhulp", "c.visser", "complete", task)
        region.kill_one("schuldhulp")
        region.start_one("schuldhulp")
        region.start_one("gebiedsteam")
        for task in tasks:
            both(task, "voltooid")
            ours, _ = settled(task)
            self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "beginnen", "voltooien"])

    def test_a_partner_that_lost_its_key_is_named_to_the_new_one(self):
        received()  # so that its key is known here
        before = run_as_owner("ls", region.path("schuldhulp", "sleutels"))
        region.stop_one("schuldhulp")
        task = give()
        run_as_owner("sh", "-c", 'rm "$1"/verzegelsleutel-*', "sh", region.path("schuldhulp", "sleutels"))
        region.start_one("schuldhulp")
        both(task, "ontvangen")
        self.assertEqual([p["bsn"] for p in show("schuldhulp", task)["betrokkenen"]], [CLIENT])
        self.assertNotEqual(run_as_owner("ls", region.path("schuldhulp", "sleutels")), before)

    def test_no_number_lies_in_what_was_written(self):
        for org in ("gebiedsteam", "schuldhulp"):
            found = raw(org) + region.node_log(org).encode()
            for number in (CLIENT, NEWCOMER, TURNED_AWAY):
                self.assertNotIn(number.encode(), found)
            self.assertNotIn(b"Weigerpersoon", found)


class H_Terms(unittest.TestCase):
    """The last in this file that turn the clock: reminders three and one working days before, and what passed."""

    def passed(self, org, since):
        return [r for r in region.records(org, since) if r["handeling"] == "termijn-verstreken"]

    def terms(self, org, task):
        """Of this task, as the list of all terms has them, and whether they passed."""
        found = region.command_json(org, "fg", "term", "list")["termijnen"]
        return [(t["termijn"], t["verstreken"]) for t in found if t.get("opdracht") == task]

    def test_a_deadline_comes_and_passes_at_both_once(self):
        mark = {org: region.mark(org) for org in ("gebiedsteam", "schuldhulp")}
        task = received()
        due = datetime.date.fromisoformat(listed("gebiedsteam", task)["uiterlijk"])
        self.assertGreaterEqual((due - clock.today()).days, 14)
        for org in mark:
            self.assertEqual(self.terms(org, task), [("reactie", False), ("uitvoering", False)], org)
        step("schuldhulp", "c.visser", "accept", task)
        both(task, "aanvaard")
        for org in mark:
            self.assertEqual(self.terms(org, task), [("uitvoering", False)], org)
        turn((due - clock.today()).days, *mark)
        for org in mark:
            self.assertNotIn("te-laat", listed(org, task)["merken"])
        turn(1, *mark)
        for org in mark:
            reaches(org, task, "aanvaard", "te-laat")
            eventually("een regel dat de termijn verstreek",
                       lambda org=org: any(task in r.get("reden", "") for r in self.passed(org, mark[org])), 30)
        turn(1, *mark)
        for org in mark:
            region.stop_one(org)
            region.start_one(org)
            turn(0, org)
        for org in mark:
            found = [r for r in self.passed(org, mark[org])]
            texts = [r.get("reden", "") for r in found]
            self.assertEqual(len([t for t in texts if task in t and "uiterlijk" in t]), 1, texts)
            self.assertEqual(self.terms(org, task), [("uitvoering", True)], org)
        step("schuldhulp", "c.visser", "complete", task)
        both(task, "voltooid")
        for org in mark:
            self.assertEqual(self.terms(org, task), [], org)

    def test_it_passed_on_the_way_and_is_not_lost(self):
        region.stop_one("schuldhulp")
        task = give(uiterlijk=str(clock.today() + datetime.timedelta(days=2)))
        turn(5)
        region.start_one("schuldhulp")
        turn(0, "gebiedsteam", "schuldhulp")
        both(task, "ontvangen")
        reaches("schuldhulp", task, "ontvangen", "te-laat")
        reaches("gebiedsteam", task, "ontvangen", "te-laat")


class D_DeadLetter(unittest.TestCase):
    """An opening that the doer's node refuses for good: a person is told, and may try again or take it back."""

    def refused_opening(self, withdrawn=False):
        """Its name was used there for something else."""
        other = received()
        region.stop_one("schuldhulp")
        task = give()
        if withdrawn:
            eventually("geprobeerd", lambda: any(m["pogingen"] > 0 for m in messages("gebiedsteam", task)), 30)
            self.assertTrue(step("gebiedsteam", "g.jansen", "withdraw", task)["onderweg"])
        region.stop_one("gebiedsteam")
        region.start_one("schuldhulp")
        status, answer = post("schuldhulp", "gebiedsteam", "/v1/opdrachten/voorstellen",
                              proposal(other, "bericht", tekst="Een bericht."), request_id=task)
        self.assertEqual(status, 200, answer)
        region.start_one("gebiedsteam")
        reaches("gebiedsteam", task, "verzonden", "niet-bezorgd")
        self.assertEqual([(m["toestand"], m["status"]) for m in messages("gebiedsteam", task)], [("vastgelopen", 409)])
        eventually("gemeld", lambda: told("gebiedsteam", "g.jansen", task) == ["vastgelopen"], 30)
        self.assertIsNone(listed("schuldhulp", task))
        return task

    def retry(self, task):
        answer = region.command("gebiedsteam", "r.bakker", "outbox", "retry", "--id", task)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_tried_again_by_a_person(self):
        task = self.refused_opening()
        mark = region.mark("gebiedsteam")
        self.retry(task)
        eventually("weer geweigerd", lambda: [r for r in region.records("gebiedsteam", mark)
                                              if r["handeling"] == "bericht-bevestigd"], 30)
        reaches("gebiedsteam", task, "verzonden", "niet-bezorgd")
        self.assertEqual(told("gebiedsteam", "g.jansen", task), ["vastgelopen"])  # once
        region.stop_one("schuldhulp")
        region.sql("schuldhulp", "DELETE FROM incoming")  # that name is free there again
        region.start_one("schuldhulp")
        self.retry(task)
        both(task, "ontvangen")
        eventually("bezorgd", lambda: "niet-bezorgd" not in listed("gebiedsteam", task)["merken"], 30)
        ours, _ = settled(task)
        self.assertEqual(steps(ours), ["ontvangen"])
        self.assertEqual(messages("gebiedsteam", task), [])

    def refused_event(self, task):
        """The doer accepts, and the giver's node has that message's name from something else: the message."""
        eventually("wat daarvoor kwam is bevestigd", lambda: not [
            m for m in messages("schuldhulp") if m["toestand"] == "wachtend"])
        region.stop_one("gebiedsteam")
        step("schuldhulp", "c.visser", "accept", task)
        (message,) = [m["bericht"] for m in messages("schuldhulp")
                      if m["soort"] == "opdracht-gebeurtenis" and m["toestand"] == "wachtend"]
        region.stop_one("schuldhulp")
        region.start_one("gebiedsteam")
        known = show("gebiedsteam", task)["geschiedenis"][0]
        again = {"opdracht": task, "gebeurtenis": {**{k: known[k] for k in ("nummer", "stap", "tijd", "keten")},
                                                   "van": "schrijver"}}
        status, answer = post("gebiedsteam", "schuldhulp", "/v1/opdrachten/gebeurtenissen", again, request_id=message)
        self.assertEqual(status, 200, answer)
        region.start_one("schuldhulp")
        eventually("vastgelopen", lambda: [(m["toestand"], m["status"]) for m in messages("schuldhulp", message)] ==
                   [("vastgelopen", 409)], 30)
        return message

    def test_a_message_that_is_refused_for_good_holds_its_own_task_alone(self):
        task, other = received(), received()
        message = self.refused_event(task)
        eventually("gemeld", lambda: told("schuldhulp", "c.visser", task).count("vastgelopen") == 1, 30)
        for word in ("start", "complete"):
            step("schuldhulp", "c.visser", word, task)
        # What is said of another task passes, both ways.
        step("schuldhulp", "c.visser", "accept", other)
        both(other, "aanvaard")
        step("gebiedsteam", "g.jansen", "message", other, tekst="Lukt het?")
        settled(other)
        for org in ("gebiedsteam", "schuldhulp"):
            region.kill_one(org)
            region.start_one(org)
        step("schuldhulp", "c.visser", "complete", other)
        both(other, "voltooid")
        self.assertEqual(steps(settled(other)[0]), ["ontvangen", "aanvaarden", "bericht", "voltooien"])
        # What comes behind it in its own task waits, also after that.
        self.assertEqual(listed("gebiedsteam", task)["stand"], "ontvangen")
        self.assertEqual(listed("schuldhulp", task)["stand"], "voltooid")
        self.assertEqual(messages("schuldhulp", message)[0]["toestand"], "vastgelopen")
        self.assertEqual(told("schuldhulp", "c.visser", task).count("vastgelopen"), 1)
        region.stop_one("gebiedsteam")
        region.sql("gebiedsteam", "DELETE FROM incoming")  # that name is free there again
        region.start_one("gebiedsteam")
        self.assertEqual(region.command("schuldhulp", "r.dijk", "outbox", "retry", "--id", message).returncode, 0)
        both(task, "voltooid")
        self.assertEqual(steps(settled(task)[0]), ["ontvangen", "aanvaarden", "beginnen", "voltooien"])
        eventually("elke stap is gezegd", lambda: told("gebiedsteam", "g.jansen", task) == ["stap"] * 3, 30)
        self.assertEqual(messages("schuldhulp", message), [])
        again = region.command("schuldhulp", "r.dijk", "outbox", "retry", "--id", message)
        self.assertNotEqual(again.returncode, 0)
        self.assertEqual(steps(settled(task)[0]), ["ontvangen", "aanvaarden", "beginnen", "voltooien"])

    def test_taken_back_by_a_person(self):
        task = self.refused_opening()
        self.assertEqual(step("gebiedsteam", "g.jansen", "withdraw", task)["stand"], "ingetrokken")
        self.assertEqual(listed("gebiedsteam", task)["merken"], [])
        eventually("niets wacht", lambda: not messages("gebiedsteam"), 30)
        self.assertIsNone(listed("schuldhulp", task))

    def test_taken_back_with_a_withdrawal_that_waited_behind_it(self):
        task = self.refused_opening(withdrawn=True)
        self.assertEqual(step("gebiedsteam", "g.jansen", "withdraw", task)["stand"], "ingetrokken")
        eventually("niets wacht en niets is vastgelopen", lambda: not messages("gebiedsteam"), 30)
        self.assertEqual(listed("gebiedsteam", task)["merken"], [])
        self.assertEqual(show("gebiedsteam", task)["geschiedenis"], [])
        self.assertIsNone(listed("schuldhulp", task))


class D_Refused(unittest.TestCase):
    def test_at_the_desk(self):
        today = clock.today()
        cases = [
            (dict(kind="onbekend"), CLIENT, "/soort"),
            (dict(grondslag="wgs-8"), CLIENT, "/soort"),
            (dict(leefgebied="justitie"), CLIENT, "/soort"),
            (dict(partner=OIN["school"]), CLIENT, "/soort"),
            (dict(kind="jeugdhulp-inzet", leefgebied="onderwijs-en-opvoeding"), CLIENT, "/soort"),
            (dict(question=f"Over {CLIENT}"), CLIENT, "/vraag"),
            (dict(question="a" * 2001), CLIENT, "/vraag"),
            (dict(uiterlijk="2027-02-30"), CLIENT, "geen bestaande datum"),
            (dict(uiterlijk="morgen"), CLIENT, "geen bestaande datum"),
            (dict(uiterlijk=str(today - datetime.timedelta(days=1))), CLIENT, "ligt in het verleden"),
            (dict(uiterlijk=str(today + datetime.timedelta(days=400))), CLIENT, "meer dan 366 dagen"),
            (dict(partner="00000099000000099000"), CLIENT, "/ketenpartner"),
            (dict(flags=("--bedreigend",)), CLIENT, "/soort"),
            (dict(), f"{CLIENT}\n{CLIENT}", "/betrokkenen"),
            (dict(), SHIELDED, "/soort"),
            (dict(), UNKNOWN, "/soort"),  # where he lives is not known: the strictest reading
        ]
        for words, people, where in cases:
            said = refused("gebiedsteam", "g.jansen", *give_words(**words), stdin=people + "\n")
            self.assertIn(where, said, words)
            self.assertNotIn(CLIENT, said)
        self.assertIn("rol", refused("school", "l.meester", "list"))
        self.assertIn("/soort", refused("school", "z.smit", *give_words(), stdin=CLIENT + "\n"))

    def test_without_the_regulation_no_task_is_given(self):
        region.add_user("gebiedsteam", "n.nieuw", "generalist", accepts=False)
        for flags in ((), ("--concept",)):
            said = refused("gebiedsteam", "n.nieuw", *give_words(flags=flags), stdin=CLIENT + "\n")
            self.assertIn("privacyreglement", said)
        draft = give(flags=("--concept",))
        self.assertIn("privacyreglement", refused("gebiedsteam", "n.nieuw", "dispatch", "--id", draft))
        region.accept_regulation("gebiedsteam", "n.nieuw")
        both(give(user="n.nieuw"), "ontvangen")
        step("gebiedsteam", "n.nieuw", "dispatch", draft)
        both(draft, "ontvangen")

    def test_steps_of_the_other_side_and_unknown_tasks(self):
        task = received()
        for word in ("accept", "start", "complete"):
            self.assertIn("mogelijk: intrekken, bericht", refused("gebiedsteam", "g.jansen", word, "--id", task))
        self.assertIn("mogelijk: aanvaarden, weigeren, bericht", refused("schuldhulp", "c.visser", "withdraw", "--id", task))
        self.assertIn("mogelijk", refused("schuldhulp", "c.visser", "complete", "--id", task))
        self.assertIn("hier niet bekend", refused("schuldhulp", "c.visser", "show", "--id", new_id()))
        self.assertIn("hier niet bekend", refused("schuldhulp", "c.visser", "accept", "--id", new_id()))
        self.assertIn("/reden", refused("schuldhulp", "c.visser", "refuse", "--id", task, "--reden", "geen-zin"))
        self.assertIn("/tekst", refused("schuldhulp", "c.visser", "message", "--id", task, "--tekst", f"bsn {CLIENT}"))
        self.assertIn("afgebroken", refused("schuldhulp", "c.visser", "break", "--id", task))
        self.assertEqual(steps(show("schuldhulp", task)), ["ontvangen"])


class E_KnownThere(unittest.TestCase):
    """A type of task that names only whom the partner knows already, and may say so of: by key, without a number."""

    def test_by_the_key_of_private_matching(self):
        born = str(clock.today().replace(day=1).replace(year=clock.today().year - 17))
        words = give_words("jeugdhulp-inzet", "Graag meer uren.", OIN["jeugdhulp"], "jeugdwet-7.4.0",
                           "onderwijs-en-opvoeding")
        lifted = {"soort": "opheffen-geheimhouding", "uitkomst": "gegeven", "door": "betrokkene",
                  "categorieen": ["bestaan", "contact", "dienst", "fase", "status"], "doelen": ["opdracht"],
                  "bewijs": "formulier", "voorgelicht": True}
        ours = Provider(region, "gebiedsteam", "g.jansen", YOUTH).register(born)
        ours.judged()
        self.assertIn("/soort", refused("gebiedsteam", "g.jansen", *words, stdin=YOUTH + "\n"))
        ours.add("toestemming", {**lifted, "ontvangers": ["jeugdhulp"]})
        region.settle("gebiedsteam")
        self.assertIn("kent deze persoon niet, of niet voor dit doel",
                      refused("gebiedsteam", "g.jansen", *words, stdin=YOUTH + "\n"))
        theirs = Provider(region, "jeugdhulp", "p.mulder", YOUTH).register(born).involve("onderwijs-en-opvoeding")
        theirs.judged()
        shared = theirs.add("toestemming", {**lifted, "ontvangers": ["gebiedsteam"]})
        region.settle("gebiedsteam")
        task = done("gebiedsteam", "g.jansen", *words, stdin=YOUTH + "\n")["opdracht"]
        reaches("gebiedsteam", task, "ontvangen")
        shown = done("jeugdhulp", "p.mulder", "show", "--id", task)
        self.assertEqual([p["bsn"] for p in shown["betrokkenen"]], [YOUTH])
        done("jeugdhulp", "p.mulder", "accept", "--id", task)
        reaches("gebiedsteam", task, "aanvaard")
        done("jeugdhulp", "p.mulder", "complete", "--id", task)
        reaches("gebiedsteam", task, "voltooid")
        theirs.withdraw(shared)  # the set says so at a moment within a day; the node at once
        late = done("gebiedsteam", "g.jansen", *words, stdin=YOUTH + "\n")["opdracht"]
        reaches("gebiedsteam", late, "verzonden", "niet-bezorgd")
        self.assertNotIn(late, [t["opdracht"] for t in done("jeugdhulp", "p.mulder", "list")["opdrachten"]])


class F_Changes(unittest.TestCase):
    """What ends under a task: consent, and the right to speak with the other at all."""
    CONSENT = {"soort": "avg-grond", "uitkomst": "gegeven", "door": "betrokkene", "ontvangers": ["gebiedsteam"],
               "categorieen": ["bestaan", "contact", "dienst", "fase", "status"], "doelen": ["opdracht"],
               "bewijs": "formulier", "voorgelicht": True}
    WORDS = give_words("wmo-onderzoek", "Graag een onderzoek.", OIN["gebiedsteam"], "wmo-5.1.1-4", "financien")

    def consenting(self, number):
        """Debt help gives a task that needs consent, and the area team accepts it: the person, the fact, the task."""
        person = Provider(region, "schuldhulp", "c.visser", number).register("1980-02-29")
        fact = person.add("toestemming", self.CONSENT)
        task = done("schuldhulp", "c.visser", *self.WORDS, stdin=number + "\n")["opdracht"]
        both(task, "ontvangen")
        step("gebiedsteam", "g.jansen", "accept", task)
        both(task, "aanvaard")
        return person, fact, task

    def ended(self, task, reason, *before):
        """At both, with all that was said and who it was about, also after a start; both people were told, once."""
        both(task, "ingetrokken")
        settled(task)
        for org in ("gebiedsteam", "schuldhulp"):
            region.kill_one(org)
            region.start_one(org)
        for shown in settled(task):
            self.assertEqual(steps(shown), [*before, "intrekken"])
            self.assertEqual(shown["geschiedenis"][-1]["reden"], reason)
            self.assertEqual([e["tekst"] for e in shown["geschiedenis"] if "tekst" in e], ["Lukt het?", "Dat lukt."])
            self.assertEqual(len(shown["betrokkenen"]), 1)
        for org, user in (("schuldhulp", "c.visser"), ("gebiedsteam", "g.jansen")):
            said = refused(org, user, "message", "--id", task, "--tekst", "Nog iets.")
            self.assertIn("een opdracht die ingetrokken is kan niet", said)

    def talk(self, task, giver, doer):
        step(*giver, "message", task, tekst="Lukt het?")
        settled(task)
        step(*doer, "message", task, tekst="Dat lukt.")
        settled(task)

    def each_told(self, task, giver, doer):
        """Who gave it that it was accepted and that it is over, who has it in hand that it is over; each once."""
        for side, wanted in ((giver, 2), (doer, 1)):
            eventually(f"{side} is het gezegd", lambda s=side, n=wanted: told(*s, task).count("stap") >= n, 30)
            self.assertEqual(told(*side, task).count("stap"), wanted)

    def test_consent_that_ends_is_told_at_both_and_nothing_of_the_task_is_gone(self):
        giver, doer = ("schuldhulp", "c.visser"), ("gebiedsteam", "g.jansen")
        person, fact, task = self.consenting(REGRETS)
        self.talk(task, giver, doer)
        draft = done(*giver, *self.WORDS, "--concept", stdin=REGRETS + "\n")["opdracht"]
        person.withdraw(fact)
        self.ended(task, "toestemming-vervallen", "ontvangen", "aanvaarden", "bericht", "bericht")
        self.each_told(task, giver, doer)
        self.assertIn("een opdracht die ingetrokken is kan niet voltooien", refused(*doer, "complete", "--id", task))
        self.assertIn("toestemming", refused(*giver, "dispatch", "--id", draft))
        self.assertIn("toestemming", refused(*giver, *self.WORDS, stdin=REGRETS + "\n"))
        self.assertEqual(listed("schuldhulp", draft)["stand"], "concept")
        # Given again it opens what comes, not what ended.
        person.add("toestemming", self.CONSENT)
        step(*giver, "dispatch", draft)
        both(draft, "ontvangen")
        self.assertEqual(listed("schuldhulp", task)["stand"], "ingetrokken")

    def test_consent_that_ends_while_the_doer_is_away_or_was_quicker(self):
        giver = ("schuldhulp", "c.visser")
        person, fact, task = self.consenting(AWAY)
        quick = done(*giver, *self.WORDS, stdin=AWAY + "\n")["opdracht"]
        both(quick, "ontvangen")
        step("gebiedsteam", "g.jansen", "accept", quick)
        both(quick, "aanvaard")
        region.stop_one("schuldhulp")
        step("gebiedsteam", "g.jansen", "complete", quick)
        region.stop_one("gebiedsteam")
        region.start_one("schuldhulp")
        unsent = done(*giver, *self.WORDS, stdin=AWAY + "\n")["opdracht"]
        person.withdraw(fact)
        for one in (task, quick):
            reaches("schuldhulp", one, "aanvaard", "onderweg")
            eventually("gezegd", lambda o=one: "stap" in told(*giver, o), 30)
        region.start_one("gebiedsteam")
        both(task, "ingetrokken")
        both(quick, "voltooid")
        self.assertEqual(steps(settled(quick)[0]), ["ontvangen", "aanvaarden", "voltooien", "intrekken!"])
        reaches("schuldhulp", unsent, "ingetrokken")
        row = listed("gebiedsteam", unsent)
        self.assertIn(row and row["stand"], (None, "ingetrokken"))  # it had been tried, or it had not
        eventually("niets wacht", lambda: not [m for m in messages("schuldhulp") if m["toestand"] == "wachtend"], 30)

    def test_a_restriction_at_the_giver_takes_the_task_back(self):
        giver, doer = ("gebiedsteam", "g.jansen"), ("schuldhulp", "c.visser")
        person = Provider(region, *giver, RESTRICTED).register("1980-02-29")
        task = received(people=(RESTRICTED,))
        step(*doer, "accept", task)
        both(task, "aanvaard")
        self.talk(task, giver, doer)
        person.add("beperking", {"toelichting": "wacht op een uitspraak"})
        self.ended(task, "grondslag-vervallen", "ontvangen", "aanvaarden", "bericht", "bericht")
        self.each_told(task, giver, doer)
        self.assertIn("/soort", refused(*giver, *give_words(), stdin=RESTRICTED + "\n"))

    def test_consent_that_ends_takes_the_task_back(self):
        person = Provider(region, "schuldhulp", "c.visser", CONSENTING).register("1980-02-29")
        words = self.WORDS
        self.assertIn("toestemming", refused("schuldhulp", "c.visser", *words, stdin=CONSENTING + "\n"))
        fact = person.add("toestemming", self.CONSENT)
        task = done("schuldhulp", "c.visser", *words, stdin=CONSENTING + "\n")["opdracht"]
        both(task, "ontvangen")
        step("gebiedsteam", "g.jansen", "accept", task)
        both(task, "aanvaard")
        person.withdraw(fact)
        both(task, "ingetrokken")
        ours, _ = settled(task)
        self.assertEqual(steps(ours), ["ontvangen", "aanvaarden", "intrekken"])
        self.assertEqual(ours["geschiedenis"][-1]["reden"], "toestemming-vervallen")

    def test_rules_of_the_doer_that_turn_against_a_task(self):
        """Nobody who is shielded is named in a task: who has it in hand is told, once, and it goes on."""
        register(DOUBTED, "Twijfel")
        person = Provider(region, "schuldhulp", "c.visser", DOUBTED).register("1980-02-29")
        task = received(people=(DOUBTED,))
        step("schuldhulp", "c.visser", "accept", task)
        both(task, "aanvaard")
        fact = {"leefgebied": "financien", "dienst": "begeleiding", "sinds": "2026-01-05",
                "contactpersoon": {"naam": "Contact", "telefoon": "0990 555 070"}}
        shielded = {**fact, "gevoeligheid": "afgeschermd"}
        ident = person.command("involvement add", {"betrokkene": person.ident, "betrokkenheid": shielded})["id"]
        eventually("gemeld", lambda: "grondslag" in told("schuldhulp", "c.visser", task), 30)
        reaches("schuldhulp", task, "aanvaard", "zonder-grondslag")
        self.assertNotIn("zonder-grondslag", listed("gebiedsteam", task)["merken"])
        self.assertNotIn("grondslag", told("gebiedsteam", "g.jansen", task))
        region.stop_one("schuldhulp")
        region.start_one("schuldhulp")
        region.settle("schuldhulp")
        self.assertEqual(told("schuldhulp", "c.visser", task).count("grondslag"), 1)
        person.command(f"involvement change --id {ident}", {"betrokkene": person.ident, "betrokkenheid": fact})
        eventually("niets meer tegen", lambda: "zonder-grondslag" not in listed("schuldhulp", task)["merken"], 30)
        step("schuldhulp", "c.visser", "complete", task)
        both(task, "voltooid")

    def block(self, word):
        answer = region.command("gebiedsteam", "privacy", "audit", word, "--ketenpartner", DOER, "--reden",
                                "onderzoek naar inzage in de avond")
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_a_partner_that_is_blocked_and_let_in_again(self):
        task, other = received(), received()
        self.block("block")
        self.addCleanup(region.command, "gebiedsteam", "privacy", "audit", "unblock", "--ketenpartner", DOER, "--reden",
                        "onderzoek naar inzage in de avond")
        for one in (task, other):
            reaches("gebiedsteam", one, "ontvangen", "stil")
        self.assertIn("/ketenpartner", refused("gebiedsteam", "g.jansen", *give_words(), stdin=CLIENT + "\n"))
        self.assertIn("de opdracht ligt stil", refused("gebiedsteam", "g.jansen", "withdraw", "--id", task))
        step("schuldhulp", "c.visser", "accept", task)
        step("schuldhulp", "c.visser", "accept", other)
        step("gebiedsteam", "g.jansen", "break", other)
        self.assertIn("afgebroken", listed("gebiedsteam", other)["merken"])
        self.assertIn("hier afgebroken", refused("gebiedsteam", "g.jansen", "withdraw", "--id", other))
        self.assertEqual(listed("gebiedsteam", task)["stand"], "ontvangen")  # nothing came in meanwhile
        self.block("unblock")
        both(task, "aanvaard")
        eventually("niet stil meer", lambda: "stil" not in listed("gebiedsteam", task)["merken"], 30)
        stuck = eventually("wat niet meer aankomt", lambda: [
            m for m in region.command_json("schuldhulp", "r.dijk", "outbox", "list", "--stand", "vastgelopen")["berichten"]
        ], 30)
        self.assertEqual([(m["soort"], m["status"]) for m in stuck], [("opdracht-gebeurtenis", 410)])
        self.assertEqual(listed("gebiedsteam", other)["stand"], "ontvangen")


class G_AtThePeerListener(unittest.TestCase):
    """Partners that send what they may not: each is told why, and nothing of it is in a history."""

    post, proposal = staticmethod(post), staticmethod(proposal)

    def refused(self, status, place, *args, **options):
        got, problem = self.post(*args, **options)
        self.assertEqual((got, problem["fouten"][0]["plaats"]), (status, place), problem)
        return problem

    def event(self, task, number, chain="0" * 64, word="beginnen"):
        return {"opdracht": task, "gebeurtenis": {"nummer": number, "stap": word, "van": "schrijver",
                                                  "tijd": "2026-11-27T09:30:00Z", "keten": chain}}

    def test_events(self):
        task = received()
        step("schuldhulp", "c.visser", "accept", task)
        both(task, "aanvaard")
        before, _ = settled(task)
        path = "/v1/opdrachten/gebeurtenissen"
        self.refused(404, "/opdracht", "gebiedsteam", "schuldhulp", path, self.event(new_id(), 1))
        self.refused(404, "/opdracht", "gebiedsteam", "school", path, self.event(task, 3))
        self.refused(404, "/opdracht", "schuldhulp", "gebiedsteam", path, self.event(task, 3))  # given there, not here
        early = self.refused(425, "/gebeurtenis/nummer", "gebiedsteam", "schuldhulp", path, self.event(task, 5))
        self.assertEqual(early["verwacht"], 3)
        for number in (1, 2, 3):
            problem = self.refused(409, "/keten", "gebiedsteam", "schuldhulp", path, self.event(task, number))
            self.assertIn(f"gebeurtenis {number} is hier een andere", problem["detail"])
        found = eventually("een bevinding", lambda: region.command_json(
            "gebiedsteam", "fg", "audit", "findings", "--regel", "dubbele-keten")["bevindingen"], 30)
        self.assertEqual([(f["ketenpartner"], f["stand"]) for f in found], [(DOER, "open")])
        again = {"opdracht": task, "gebeurtenis": {**{k: v for k, v in before["geschiedenis"][1].items()
                                                      if k in ("nummer", "stap", "tijd", "keten")}, "van": "schrijver"}}
        self.assertEqual(self.post("gebiedsteam", "schuldhulp", path, again)[0], 200)
        bad = self.event(task, 3)
        bad["gebeurtenis"]["stap"] = "dansen"
        self.refused(400, "/gebeurtenis/stap", "gebiedsteam", "schuldhulp", path, bad)
        self.assertEqual(chain(show("gebiedsteam", task)), chain(before))

    def test_proposals(self):
        task = received()
        path = "/v1/opdrachten/voorstellen"
        self.refused(404, "/opdracht", "schuldhulp", "gebiedsteam", path, self.proposal(new_id()))
        self.refused(404, "/opdracht", "schuldhulp", "school", path, self.proposal(task))
        self.refused(403, "/stap", "schuldhulp", "gebiedsteam", path, self.proposal(task, "voltooien"))
        self.refused(422, "/tekst", "schuldhulp", "gebiedsteam", path, self.proposal(task, "bericht", tekst=f"bsn {CLIENT}"))
        self.refused(422, "/reden", "schuldhulp", "gebiedsteam", path,
                     {**self.proposal(task, "bericht", tekst="a"), "reden": "toestemming-vervallen"})
        self.refused(400, "/voorstel", "schuldhulp", "gebiedsteam", path,
                     {**self.proposal(task, "bericht", tekst="a"), "voorstel": "0" * 32})
        one, request_id = self.proposal(task, "bericht", tekst="een"), new_id()
        for _ in range(3):
            self.assertEqual(self.post("schuldhulp", "gebiedsteam", path, one, request_id)[0], 200)
        self.refused(409, "", "schuldhulp", "gebiedsteam", path, {**one, "tekst": "twee"}, request_id=request_id)
        self.assertEqual(self.post("schuldhulp", "gebiedsteam", path, one)[1]["nummer"], 2)  # once more, under another name
        self.assertEqual(steps(show("schuldhulp", task)), ["ontvangen", "bericht"])

    def test_openings(self):
        path = "/v1/opdrachten"
        today = clock.today()
        good = {"opdracht": new_id(), "convenant": "$1$1$" + "A" * 86, "soort": "budgetplan", "doel": "opdracht",
                "grondslag": "wmo-5.1.1", "rol": "generalist", "zaak": new_id(), "huishouden": False,
                "betrokkenen": [{"verzegeld": "A" * 136, "vastlegging": "1" * 64}], "leefgebied": "financien",
                "verzonden": f"{today}T09:00:00Z", "uiterlijk": str(today + datetime.timedelta(days=10))}
        cases = [
            (422, "/betrokkenen/0", {}),
            (422, "/uiterlijk", {"uiterlijk": str(today - datetime.timedelta(days=2))}),
            (422, "/uiterlijk", {"uiterlijk": str(today + datetime.timedelta(days=400))}),
            (400, "/uiterlijk", {"uiterlijk": "2027-02-30"}),
            (400, "/doel", {"doel": "zorgsignaal"}),
            (400, "/opdracht", {"opdracht": "0" * 32}),
            (400, "/betrokkenen", {"betrokkenen": good["betrokkenen"] * 9}),
            (422, "/vraag", {"vraag": f"over {CLIENT}"}),
            (422, "/verzonden", {"verzonden": f"{today + datetime.timedelta(days=40)}T09:00:00Z",
                                 "uiterlijk": str(today + datetime.timedelta(days=400))}),
            (422, "/convenant", {"soort": "onbekend"}),
            (422, "/convenant", {"grondslag": "wgs-8"}),
        ]
        for status, place, change in cases:
            self.refused(status, place, "schuldhulp", "gebiedsteam", path, {**good, "opdracht": new_id(), **change})
        self.refused(422, "/convenant", "schuldhulp", "school", path, good)
        task = received()
        self.refused(409, "", "schuldhulp", "gebiedsteam", path, {**good, "opdracht": task})
        self.assertIsNone(listed("schuldhulp", good["opdracht"]))


class I_AWriterWithoutManners(unittest.TestCase):
    """The doer's node orders a task's events; what it may not make of that."""
    post = staticmethod(post)
    refused = G_AtThePeerListener.refused

    def chained(self, task, head, word, side="schrijver", proposal=None, text="", reason="", when=None):
        """An event as its writer would put it behind `head` (number, chain): of whatever it says."""
        order = ["concept", "verzenden", "ontvangen", "aanvaarden", "weigeren", "beginnen", "voltooien", "intrekken", "bericht"]
        when = when or datetime.datetime.combine(clock.today(), datetime.time(9), datetime.timezone.utc)
        number, prev = head[0] + 1, bytes.fromhex(head[1])
        content = hashlib.sha256(reason.encode() + b"\0" + text.encode()).digest()
        fixed = (number.to_bytes(4, "big") + bytes([order.index(word), ["schrijver", "ander"].index(side), 0])
                 + (int(when.timestamp()) * 1000).to_bytes(8, "big"))
        link = hashlib.sha256(prev + bytes.fromhex(task) + fixed + bytes.fromhex(proposal or "0" * 32) + content).hexdigest()
        event = {"nummer": number, "stap": word, "van": side, "tijd": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "keten": link}
        event.update({k: v for k, v in (("voorstel", proposal), ("tekst", text), ("reden", reason)) if v})
        return {"opdracht": task, "gebeurtenis": event}, (number, link)

    def head(self, task):
        last = show("gebiedsteam", task)["geschiedenis"][-1]
        return last["nummer"], last["keten"]

    def test_a_writer_who_keeps_to_no_bound(self):
        task, path = received(), "/v1/opdrachten/gebeurtenissen"
        head = self.head(task)
        with Peer(region, "gebiedsteam", region.certificate("schuldhulp"), "schuldhulp") as peer:
            for n in range(62):
                body, after = self.chained(task, head, "bericht", text=f"Bericht {n}.")
                answer = peer.request("POST", path, peer.signed({**body, "ontvangstbewijs": receipts.PLACEHOLDER.decode()}),
                                      [("content-type", "application/json"), ("request-id", new_id())])
                self.assertEqual(answer.status, 200 if n < 60 else 409, (n, answer.body))
                head = after if answer.status == 200 else head
        self.assertEqual(steps(show("gebiedsteam", task)), ["ontvangen"] + 60 * ["bericht"])
        self.assertIsNotNone(listed("gebiedsteam", task))

    def test_a_writer_who_puts_words_in_the_others_mouth(self):
        task, path = received(), "/v1/opdrachten/gebeurtenissen"
        before = steps(show("gebiedsteam", task))
        forged, _ = self.chained(task, self.head(task), "intrekken", "ander")
        self.refused(409, "/voorstel", "gebiedsteam", "schuldhulp", path, forged)
        self.assertEqual(steps(show("gebiedsteam", task)), before)

        def forks():
            return [r["reden"] for r in region.records("gebiedsteam", mark) if r["handeling"] == "logboek-met-twee-gezichten"]
        mark = region.mark("gebiedsteam")
        lost, _ = self.chained(task, self.head(task), "bericht", "ander", new_id(), "Dit schreven wij niet.")
        self.assertEqual(self.post("gebiedsteam", "schuldhulp", path, lost)[0], 200)  # what a node put back from a backup lost
        eventually("een regel ervan", forks)
        self.assertEqual(forks(), [f"{task} zonder voorstel"])  # and its officer looks into

    def test_a_writer_whose_clock_is_another(self):
        task, path = received(), "/v1/opdrachten/gebeurtenissen"
        long_ago = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        body, _ = self.chained(task, self.head(task), "weigeren", reason="geen-ruimte", when=long_ago)
        self.assertEqual(self.post("gebiedsteam", "schuldhulp", path, body)[0], 200)
        self.assertEqual(listed("gebiedsteam", task)["geeindigd"][:10], str(clock.today()))
        turn(1, "gebiedsteam", "schuldhulp")  # a look at all
        self.assertEqual(listed("gebiedsteam", task)["stand"], "geweigerd")


if __name__ == "__main__":
    unittest.main()
