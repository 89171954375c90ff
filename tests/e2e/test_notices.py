"""The postbus: what users see of their own, and how the node is told to tell that there is news."""
import json
import unittest

from peer import Desk
from support import Region, as_owner, new_id, run

ORG = "school"


def setUpModule():
    global region
    region = Region("notices", REGION_DRAIN_MS=500, REGION_COUNT=40, REGION_ORGANISATIONS="gebiedsteam school").start()
    region.add_user(ORG, "beheer", "beheerder")


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
        path = region.path(ORG, "ketenbrug.ini")
        with open(path, encoding="utf-8") as file:
            before = file.read()

        def write(text):
            run(as_owner(["sh", "-c", 'umask 077; cat >"$1.nieuw" && mv "$1.nieuw" "$1"', "sh", path]), text, True)
            mark = len(region.node_log(ORG))
            region.reload(ORG)
            return [json.loads(line) for line in region.node_log(ORG)[mark:].splitlines()]

        self.addCleanup(lambda: write(before))
        changed = write(before + "\n[meldingen]\nwebhook = https://haak.example/ketenbrug\n")
        self.assertEqual([(l["sleutel"], l["wordt"]) for l in changed if l["gebeurtenis"] == "instelling-gewijzigd"],
                         [("meldingen.webhook", "https://haak.example/ketenbrug")])
        for wrong in ("webhook = http://haak.example/", "webhook = file:///etc/passwd", "smtp = smtps://post.example"):
            refused = write(before + f"\n[meldingen]\n{wrong}\n")
            self.assertIn("herladen-mislukt-oude-gegevens-blijven", [l["gebeurtenis"] for l in refused])
