"""The postbus: what users see of their own, and how the node is told to tell that there is news."""
import json
import os
import subprocess
import sys
import unittest

from moved_clock import RegionClock
from peer import Desk
from support import OIN, TOP, UNHURRIED, Region, as_owner, changed, eventually, new_id, run, strangers

ORG = "school"
DOER = "schuldhulp"
SENTENCE = "Er is nieuws voor u in Ketenbrug."
WINDOW_S = 900
CLIENT = strangers(50)[49]


def setUpModule():
    global region, clock
    clock = RegionClock("klok-postbus")
    region = Region("notices", REGION_DRAIN_MS=500, REGION_COUNT=40, REGION_WRAP=clock.wrap, REGION_CHECKPOINT_MS=1000,
                    REGION_ORGANISATIONS="gebiedsteam school schuldhulp", **UNHURRIED).start()
    region.add_user(ORG, "beheer", "beheerder")
    done = region.command("gebiedsteam", "g.jansen", "subject", "add", stdin=json.dumps(
        {"bsn": CLIENT, "achternaam": "Klant", "gemeente": "9901", "geboortedatum": "1980-02-29"}))
    assert done.returncode == 0, done.stderr


def two_windows_on():
    clock.seconds += 2 * WINDOW_S
    clock.write()
    changed()


def write(org, text):
    """Another configuration; the lines of the node's own log about it."""
    path = region.path(org, "ketenbrug.ini")
    run(as_owner(["sh", "-c", 'umask 077; cat >"$1.nieuw" && mv "$1.nieuw" "$1"', "sh", path]), text, True)
    mark = len(region.node_log(org))
    region.reload(org)
    whole = region.node_log(org)[mark:].rpartition("\n")[0]  # the last one may be half written
    return [json.loads(line) for line in whole.splitlines()]


def configured(org):
    with open(region.path(org, "ketenbrug.ini"), encoding="utf-8") as file:
        return file.read()


def call(user, method, path, body=None, status=200):
    token = region.token(ORG, user) if user else None
    with Desk(region, ORG, token, tls=user is not None) as desk:
        answer = desk.call(method, path, body)
    assert answer.status == status, answer
    return json.loads(answer.body)


class Desks(unittest.TestCase):
    def test_every_registered_user_has_one_and_nobody_else(self):
        for user in ("z.smit", "privacy", "fg", "beheer"):
            self.assertEqual(call(user, "GET", "/v1/postbus"), {"ongelezen": 0, "berichten": []})
        self.assertEqual(call(None, "GET", "/v1/postbus"), {"ongelezen": 0, "berichten": []})  # the node's own account
        with Desk(region, ORG, "kb-" + "A" * 43, tls=True) as desk:
            self.assertEqual(desk.call("GET", "/v1/postbus").status, 401)
            self.assertEqual(desk.call("POST", "/v1/postbus/gelezen", {"berichten": [new_id()]}).status, 401)

    def test_bad_questions(self):
        for query in ("na=x", f"na={new_id()}", "alle=misschien"):
            call("z.smit", "GET", "/v1/postbus?" + query, None, 400)
        call("z.smit", "GET", "/v1/postbus?alle=ja")
        for body, status in (({}, 400), ({"berichten": []}, 400), ({"berichten": ["x"]}, 400), ({"berichten": [1]}, 400),
                             ({"berichten": [new_id()] * 401}, 400), ({"berichten": [new_id()]}, 404)):
            call("z.smit", "POST", "/v1/postbus/gelezen", body, status)

    def test_a_look_leaves_no_record(self):
        mark = region.mark(ORG)
        call("z.smit", "GET", "/v1/postbus?alle=ja")
        self.assertEqual(region.records(ORG, mark), [])


class Commands(unittest.TestCase):
    def test_inbox(self):
        self.assertEqual(region.command(ORG, "z.smit", "inbox").stdout, "er is niets nieuws voor u\n")
        self.assertEqual(region.command(ORG, "z.smit", "inbox", "--alle", "--gelezen").stdout, "er is niets voor u\n")
        self.assertEqual(region.command_json(ORG, "z.smit", "inbox"), {"ongelezen": 0, "berichten": []})
        self.assertEqual(region.command(ORG, "z.smit", "inbox", "--weg").returncode, 2)

    def test_without_a_node_that_serves_it_is_the_same(self):
        region.stop_one(ORG)
        try:
            self.assertEqual(region.command_json(ORG, "z.smit", "inbox"), {"ongelezen": 0, "berichten": []})
        finally:
            region.start_one(ORG)

    def test_status_and_metrics(self):
        status = region.command_json(ORG, "-", "status")
        self.assertEqual(status["postbus"], {"ongelezen": 0, "verstuurd": 0, "mislukt": 0})
        self.assertIn("postbus: 0 berichten aan medewerkers", region.command(ORG, "-", "status").stdout)
        self.assertEqual(region.metric(ORG, "ketenbrug_postbus_ongelezen"), 0)


class Settings(unittest.TestCase):
    def test_they_are_taken_over_while_it_runs_or_refused(self):
        before = configured(ORG)
        self.addCleanup(lambda: write(ORG, before))
        said = write(ORG, before + "\n[meldingen]\nwebhook = https://haak.example/ketenbrug\n")
        self.assertEqual([(l["sleutel"], l["wordt"]) for l in said if l["gebeurtenis"] == "instelling-gewijzigd"],
                         [("meldingen.webhook", "https://haak.example/ketenbrug")])
        for wrong in ("webhook = http://haak.example/", "webhook = file:///etc/passwd", "smtp = smtps://post.example"):
            refused = write(ORG, before + f"\n[meldingen]\n{wrong}\n")
            self.assertIn("herladen-mislukt-oude-gegevens-blijven", [l["gebeurtenis"] for l in refused])


class Server:
    """Of the organisation's own; reads one line a connection."""

    def __init__(self, kind, mode, certificate):
        self.child = subprocess.Popen([sys.executable, os.path.join(TOP, "tests", "support", "post_server.py"), kind, mode,
                                       *certificate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.line())

    def line(self):
        return self.child.stdout.readline().rstrip("\n")

    def close(self):
        self.child.stdin.close()
        self.child.wait(30)
        self.child.stdout.close()


def give_task():
    words = ("task", "send", "--soort", "budgetplan", "--ketenpartner", OIN[DOER], "--zaak", "Z-2026-0012", "--grondslag",
             "wmo-5.1.1", "--leefgebied", "financien", "--vraag", "Graag een budgetplan.")

    def give():
        """None while a node holds its clock against that of a witness which had not read the new time yet."""
        given = region.command("gebiedsteam", "g.jansen", *words, "--json", stdin=CLIENT + "\n")
        assert given.returncode == 0 or "De klok van dit knooppunt" in given.stderr, given.stderr
        return json.loads(given.stdout)["opdracht"] if given.returncode == 0 else None
    return eventually("een opdracht gegeven", give, 30)


def arrived(user, task):
    """What the user of the doer is told of it."""
    def look():
        return [n for n in region.command_json(DOER, user, "inbox", "--alle")["berichten"] if n["over"] == task]
    return eventually("een bericht in de postbus", look, 30)


class News(unittest.TestCase):
    """A partner's task arrives: who may do it sees that, and the organisation hears that there is something."""

    @classmethod
    def setUpClass(cls):
        cls.certificate = region.issue("postserver")

    def server(self, kind, mode="ok"):
        server = Server(kind, mode, self.certificate)
        self.addCleanup(server.close)
        return server

    def tell_by(self, text):
        before = configured(DOER)
        self.addCleanup(lambda: write(DOER, before))
        write(DOER, before + f"\n[meldingen]\n{text}\nankers = ../pki/ca.pem\n")

    def test_1_who_has_the_role_sees_it_until_somebody_read_it(self):
        task = give_task()
        for user in ("c.visser", "r.dijk"):
            self.assertEqual([n["soort"] for n in arrived(user, task)], ["opdracht"])
        self.assertFalse([n for n in call_at(DOER, "privacy")["berichten"] if n["over"] == task])
        shown = region.command(DOER, "c.visser", "inbox", "--gelezen").stdout
        self.assertIn(task, shown)
        self.assertIn("er is een opdracht binnengekomen (voor ", shown)
        for user in ("c.visser", "r.dijk"):
            self.assertNotIn(task, region.command(DOER, user, "inbox").stdout)
            self.assertIn(task, region.command(DOER, user, "inbox", "--alle").stdout)
        self.assertEqual(region.metric(DOER, "ketenbrug_postbus_ongelezen"), 0)

    def test_2_webhook_and_mail_say_one_sentence_after_its_record(self):
        hook, mail = self.server("https"), self.server("smtps")
        self.tell_by(f"webhook = https://127.0.0.1:{hook.port}/haak\nsmtp = smtps://127.0.0.1:{mail.port}\n"
                     "van = ketenbrug@schuldhulp.example\nnaar = postbus@schuldhulp.example")
        mark = region.mark(DOER)
        for task in (give_task(), give_task()):
            arrived("c.visser", task)
        self.assertEqual([r for r in region.records(DOER, mark) if r["handeling"] == "melding-verstuurd"], [])
        two_windows_on()
        body = json.dumps({"bericht": SENTENCE}, separators=(",", ":"))
        self.assertEqual(hook.line(), f"POST /haak HTTP/1.1|Host: 127.0.0.1:{hook.port}|Accept: */*|content-type: application/json|"
                                      f"Content-Length: {len(body)}||{body}")
        said = mail.line()
        self.assertRegex(said, r"^EHLO [^|]*\|MAIL FROM:<ketenbrug@schuldhulp\.example>\|RCPT TO:<postbus@schuldhulp\.example>\|DATA\|"
                               r"Date: [^|]*\|From: ketenbrug@schuldhulp\.example\|To: postbus@schuldhulp\.example\|"
                               rf"Subject: {SENTENCE}\|Auto-Submitted: auto-generated\|MIME-Version: 1\.0\|"
                               rf"Content-Type: text/plain; charset=us-ascii\|\|{SENTENCE}\|\.\|QUIT\|$")
        told = [r for r in region.records(DOER, mark) if r["handeling"] == "melding-verstuurd"]
        self.assertEqual(len(told), 1)
        self.assertNotIn("betrokkene", told[0])
        eventually("verstuurd", lambda: region.command_json(DOER, "-", "status")["postbus"]["verstuurd"] == 2)
        self.assertEqual(region.command_json(DOER, "-", "status")["postbus"]["laatsteUitkomst"], "verstuurd")
        two_windows_on()  # nothing new: nothing is told, while other work goes on
        task = give_task()
        arrived("c.visser", task)
        self.assertEqual(len([r for r in region.records(DOER, mark) if r["handeling"] == "melding-verstuurd"]), 1)

    def test_3_a_server_that_is_not_trusted_hears_nothing_and_status_says_so(self):
        stranger = region.issue("vreemd", host="ander.localhost")
        self.certificate = stranger
        hook = self.server("https")
        self.tell_by(f"webhook = https://127.0.0.1:{hook.port}/haak")
        arrived("c.visser", give_task())
        two_windows_on()
        self.assertIn(hook.line(), ("||", "fout SSLError", "fout SSLEOFError", "fout ConnectionResetError"))
        eventually("in status", lambda: region.command_json(DOER, "-", "status")["postbus"].get("laatsteUitkomst") == "tls-geweigerd")

    def test_4_a_node_stops_while_a_server_says_nothing(self):
        hook = self.server("https", "silent")
        self.tell_by(f"webhook = https://127.0.0.1:{hook.port}/haak")
        arrived("c.visser", give_task())
        two_windows_on()
        self.assertIn("POST /haak", hook.line())
        region.stop_one(DOER)
        region.start_one(DOER)


class Letters(unittest.TestCase):
    """What a resident reads of signals and tasks, and of a signal that she was not told of."""

    def publish(self, bsn, *said):
        region.command_json("gebiedsteam", "g.jansen", "signal", "publish", "--grondslag", "wmo-5.1.1", *said, "--contact",
                            "G. Jansen", "--telefoon", "0990555100", "--geboortedatum", "1995-03-04", "--gemeente", "9901",
                            stdin=bsn + "\n")

    def drafted(self, bsn):
        """For the officer, and as the resident reads it."""
        made = region.command_json("gebiedsteam", "privacy", "audit", "report", "draft", "--identiteit",
                                   "paspoort gezien op 3 maart", "--leeftijd-gezien", stdin=bsn + "\n")
        brief = region.command("gebiedsteam", "privacy", "audit", "report", "show", made["id"], "--brief", "--json")
        self.assertEqual(brief.returncode, 0, brief.stderr)
        return made["regels"], brief.stdout

    def kinds(self, lines):
        return {(line["soort"], line["uitgesteld"]) for line in lines}

    def test_who_was_told_reads_it_and_who_was_not_does_not(self):
        told, untold, nobody = strangers(49)[46:]
        self.publish(told, "--verteld", "ja")
        self.publish(untold, "--niet-verteld", "onveilig")
        eventually("in de index", lambda: ("zorgsignaal", False) in self.kinds(self.drafted(told)[0]), 60)
        self.assertIn("Maakte zich zorgen over u", self.drafted(told)[1])
        eventually("in de index", lambda: ("zorgsignaal", True) in self.kinds(self.drafted(untold)[0]), 60)
        lines, brief = self.drafted(untold)
        self.assertEqual([line["waarom"] for line in lines if line["soort"] == "zorgsignaal"],
                         ["de betrokkene is nog niet ingelicht"])
        for word in ("signaal", "zorg", "Zorg"):
            self.assertNotIn(word, brief)
        self.assertNotIn("signaal", self.drafted(nobody)[1])

    def test_a_task_is_told(self):
        arrived("c.visser", give_task())
        eventually("in de index", lambda: ("opdracht", False) in self.kinds(self.drafted(CLIENT)[0]), 60)
        brief = self.drafted(CLIENT)[1]
        self.assertIn("Vroeg Schuldhulp Zandland om iets te doen voor u.", brief)
        self.assertIn("Vertelde aan Schuldhulp Zandland dat een opdracht over u gaat.", brief)


def call_at(org, user):
    return region.command_json(org, user, "inbox", "--alle")
