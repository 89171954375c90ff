"""The descriptions: what is served, to whom, by the rules of the standard, and whether the checker sees a wrong answer.

That every answer of all tests is as described is checked by described.py; here each route is also asked once, well."""
import copy
import datetime
import json
import os
import re
import unittest

import described
from peer import Answer, Desk, Peer, question
from support import (MILAN, OIN, REASON, TOP, UNHURRIED, Region, eventually, new_id, problem_of, run, strangers)

PATH = "/v1/openapi.json"
LINT = os.path.join(TOP, "tests", "conformance", "lint.sh")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def setUpModule():
    global region
    region = Region("openapi", REGION_BODY_MS=3000, REGION_CHECKPOINT_MS=500, REGION_HANDSHAKES_PER_S=1000, **UNHURRIED).start()
    region.add_user("school", "beheer", "beheerder")
    region.add_user("school", "signaal", "signaleerder")
    with Peer(region, "school") as peer:
        eventually("een controlepunt", lambda: peer.request("GET", "/v1/logboek/controlepunt").status == 200)


def served():
    """What the running node says, by listener."""
    with Peer(region, "school") as peer, Desk(region, "school", tls=True) as desk:
        return {described.PEER: peer.request("GET", PATH), described.DESK: desk.request("GET", PATH)}


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """What the tests before these were refused and the node only counted, it records as it stops, and not among theirs."""
        region.stop_one("school")
        region.start_one("school")

    def assert_described(self, answer, description):
        self.assertEqual(answer.status, 200, answer)
        with open(description.path, "rb") as file:
            self.assertEqual(answer.body, file.read())
        document = json.loads(answer.body)
        self.assertEqual(document["info"]["version"], answer.header("api-version"))

    def test_the_desk_shows_it_without_a_token_and_with_a_wrong_one(self):
        for options in ({}, {"tls": True}, {"tls": True, "token": "kb-" + "A" * 43}):
            with Desk(region, "school", **options) as desk:
                self.assert_described(desk.call("GET", PATH), described.DESK)

    def test_a_partner_gets_that_of_the_peer_listener(self):
        with Peer(region, "school") as peer:
            self.assert_described(peer.request("GET", PATH), described.PEER)

    def test_a_valid_certificate_of_no_party_gets_it_and_nothing_else(self):
        stranger = region.issue("geen-partij", "00000099000000009000")
        body = json.dumps(question()).encode()
        content = [("content-type", "application/json"), ("request-id", new_id())]
        mark = region.mark("school")
        with Peer(region, "school", stranger) as peer:
            self.assert_described(peer.request("GET", PATH), described.PEER)
            for method, path in (("POST", "/v1/raadplegingen"), ("GET", "/v1/openapi.jso"), ("GET", PATH + "/"),
                                 ("GET", PATH + "x"), ("GET", PATH + "%00"), ("GET", PATH.upper()),
                                 ("GET", "/v1/../v1/openapi.json"), ("GET", "/openapi.json"), ("GET", "/v1/")):
                problem_of(self, peer.request(method, path, body if method == "POST" else None, content), 403)
            problem_of(self, peer.request("POST", PATH, body, content), 405)
            self.assert_described(peer.request("GET", PATH), described.PEER)

        def refusals():
            records = [r for r in region.records("school", mark) if r["handeling"] == "geweigerd"]
            return sum(r.get("aantal", 1) for r in records) == 10
        eventually("tien weigeringen in het logboek", refusals, 30)

    def test_reading_it_is_no_processing_and_leaves_no_record(self):
        mark = region.mark("school")
        served()
        self.assertEqual(region.records("school", mark), [])

    def test_many_streams_at_once_each_get_all_of_it(self):
        with Desk(region, "school", tls=True) as desk:
            streams = [desk.send("GET", PATH) for _ in range(100)]
            for stream in streams:
                self.assert_described(desk.wait(stream), described.DESK)

    def test_curl_reads_it_as_the_readme_says(self):
        done = run(["curl", "-sS", "--cacert", region.path("pki", "ca.pem"),
                    f"https://127.0.0.1:{region.port('school', 'desk')}{PATH}"], check=True)
        self.assertEqual(json.loads(done.stdout)["info"]["title"], "Ketenbrug: medewerkers")


class DesignRules(unittest.TestCase):
    """The linter of the Dutch API Design Rules, on what a running node serves."""

    def lint(self, name, document):
        path = region.path(f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return run(["sh", LINT, path], timeout=300)

    def test_both_descriptions_keep_them(self):
        for description, answer in served().items():
            done = self.lint(description.name, json.loads(answer.body))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_linter_refuses_a_description_that_breaks_them(self):
        def no_version(document):
            del document["paths"]["/raadplegingen"]["post"]["responses"]["200"]["headers"]["API-Version"]

        def other_media_type(document):
            problem = document["components"]["responses"]["Ongeldig"]["content"]
            problem["application/json"] = problem.pop("application/problem+json")

        def slash(document):
            document["paths"]["/raadplegingen/"] = document["paths"].pop("/raadplegingen")

        answer = served()[described.PEER]
        for name, spoil in (("versie", no_version), ("mediatype", other_media_type), ("streep", slash)):
            document = json.loads(answer.body)
            spoil(document)
            done = self.lint(f"kapot-{name}", document)
            self.assertNotEqual(done.returncode, 0, name)


def filled(path):
    return path.replace("{id}", new_id()).replace("{doel}", "hulpafstemming")


class Routes(unittest.TestCase):
    """Each described path knows the described methods, and no other."""

    def probe(self, connection, description):
        for path, item in description.document["paths"].items():
            whole = description.base + filled(path)
            known = [method for method in METHODS if method.lower() in item]
            for method in METHODS:
                body = None if method in ("GET", "DELETE") else b"{}"
                media = next(iter(item.get(method.lower(), {}).get("requestBody", {}).get("content", [JSON[1]])))
                answer = connection.request(method, whole, body, [("content-type", media)])
                if method not in known:
                    self.assertEqual((answer.status, answer.header("allow")), (405, ", ".join(known)), whole)
                else:
                    self.assertIn(answer.status, (200, 400, 401), f"{method} {whole}")

    def test_of_the_desk(self):
        with Desk(region, "school", tls=True) as desk:
            self.probe(desk, described.DESK)

    def test_of_the_peer_listener(self):
        with Peer(region, "school") as peer:
            self.probe(peer, described.PEER)


INVOLVEMENT = {"leefgebied": "onderwijs-en-opvoeding", "dienst": "huiswerkbegeleiding", "sinds": "2026-03-02",
               "contactpersoon": {"naam": "Jan Proef", "telefoon": "088-5550299"}}


class EveryRoute(unittest.TestCase):
    """Asked once with all that it may be asked with; described.py checks request and answer."""

    def call(self, user, method, path, body=None, status=200):
        token = region.token("school", user) if user else None
        with Desk(region, "school", token, tls=user is not None) as desk:
            answer = desk.call(method, path, body)
        self.assertEqual(answer.status, status, answer)
        return json.loads(answer.body)

    def test_registration(self):
        bsn = strangers(40)[39]
        authority = {"soort": "voogd", "naam": "V. Oogd", "bewijs": "gezagsregister 2026-03-01", "sinds": "2026-03-01",
                     "tot": "2030-01-01"}
        person = {"bsn": bsn, "voornamen": "Ada", "achternaam": "Proefpersoon", "geboortedatum": "2013-04-05",
                  "gemeente": "9901", "gezag": [authority], "bronsleutel": "p-1"}
        one = self.call("z.smit", "POST", "/v1/betrokkenen", person, 201)["id"]
        whole = {**INVOLVEMENT, "fase": "uitvoering", "status": "actief", "tot": "2030-01-01",
                 "laatsteContact": "2026-03-03", "vervanger": INVOLVEMENT["contactpersoon"], "gevoeligheid": "gewoon",
                 "bronsleutel": "b-1"}
        held = self.call("z.smit", "POST", "/v1/betrokkenheden", {"betrokkene": one, "betrokkenheid": whole}, 201)["id"]
        self.call("z.smit", "PUT", f"/v1/betrokkenheden/{held}", {"betrokkene": one, "betrokkenheid": whole})
        household = {"leden": [one], "bron": "BRP", "datum": "2026-01-01", "bronsleutel": "h-1"}
        self.call("z.smit", "POST", "/v1/huishoudens", household, 201)
        found = self.call("z.smit", "POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": bsn})
        self.assertEqual((found["betrokkene"], found["betrokkenheden"][0]["betrokkenheid"]), (person, whole))
        self.call("z.smit", "POST", "/v1/betrokkenen", person, 409)
        self.call("z.smit", "PUT", f"/v1/betrokkenen/{one}", {**person, "gemeente": "9902"})
        self.call("z.smit", "PUT", f"/v1/betrokkenen/{one}", {**person, "bsn": MILAN}, 409)
        self.call("z.smit", "PUT", f"/v1/betrokkenen/{held}", person, 404)
        self.call("z.smit", "PUT", f"/v1/betrokkenen/{one}", {**person, "gemeente": "Z"}, 400)
        full = {**person, "gemeente": "9902", "gezag": [{**authority, "naam": "V" * 120, "bewijs": "b" * 80}] * 6}
        self.call("z.smit", "PUT", f"/v1/betrokkenen/{one}", full)  # as much as there may be of a person
        self.call("z.smit", "PUT", f"/v1/betrokkenen/{one}", {**person, "gemeente": "9902"})
        moved = self.call("z.smit", "POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": bsn})
        self.assertEqual(moved["betrokkene"], {**person, "gemeente": "9902"})
        self.call("z.smit", "POST", "/v1/huishoudens", household, 409)
        again = {"betrokkene": one, "betrokkenheid": whole}
        self.call("z.smit", "POST", "/v1/betrokkenheden", again, 409)
        plain = {"betrokkene": one, "betrokkenheid": INVOLVEMENT}
        other = self.call("z.smit", "POST", "/v1/betrokkenheden", plain, 201)["id"]
        self.call("z.smit", "PUT", f"/v1/betrokkenheden/{other}", again, 409)

    def test_consults(self):
        body = {"doel": "hulpafstemming", "grondslag": "wpo-8", "rol": "partnerprofessional", "zaak": "L-7",
                "reden": REASON, "betrokkenen": [{"bsn": MILAN}]}
        answer = self.call("z.smit", "POST", "/v1/raadplegingen", body)
        self.assertEqual({k["uitkomst"] for k in answer["betrokkenen"][0]["ketenpartners"]} & {"geen-antwoord"}, set())

    def test_imports(self):
        good, bad = ({"regel": line, "betrokkene": {"bsn": bsn, "achternaam": "Proefpersoon"},
                      "betrokkenheid": {**INVOLVEMENT, "bronsleutel": f"i-{line}"},
                      "huishouden": {"bronsleutel": "hh", "bron": "BRP", "datum": "2026-01-01"}}
                     for line, bsn in ((2, strangers(2000)[1999]), (3, "999000021")))
        run_id = new_id()
        batch = {"bron": "openapi-proef", "inleesrun": run_id, "proef": False, "regels": [good, bad, 7]}
        told = self.call(None, "POST", "/v1/importen", batch)
        self.assertEqual((told["nieuw"], [row["regel"] for row in told["afgewezen"]]), (1, [3, 0]))
        closing = {"bron": "openapi-proef", "inleesrun": run_id, "proef": True, "veel": True}
        self.call(None, "POST", "/v1/importen/afsluitingen", closing)
        self.call(None, "POST", "/v1/importen/afsluitingen", {**closing, "inleesrun": new_id()}, 409)

    def test_reports_and_orders(self):
        people = [{"bsn": MILAN}]
        report = {"nummer": "M-1", "soort": "wmo", "ontvangen": "2026-01-05", "betrokkenen": people}
        self.call("z.smit", "POST", "/v1/meldingen", report, 201)
        self.call("z.smit", "POST", "/v1/meldingen", report, 409)
        self.call("z.smit", "POST", "/v1/meldingen", {**report, "nummer": "M-2", "soort": "anders"}, 400)
        self.call("beheer", "POST", "/v1/meldingen", report, 403)
        self.call("z.smit", "POST", "/v1/meldingen/stappen", {"nummer": "M-1", "stap": "onderzoek"})
        self.call("z.smit", "POST", "/v1/meldingen/stappen", {"nummer": "M-1", "stap": "besluit"}, 409)
        self.call("z.smit", "POST", "/v1/meldingen/stappen", {"nummer": "M-1", "stap": "toetsing"}, 403)
        self.call("z.smit", "POST", "/v1/meldingen/stappen", {"nummer": "M-9", "stap": "onderzoek"}, 404)
        self.call("z.smit", "POST", "/v1/meldingen/stappen", {"nummer": "M-1", "stap": "iets"}, 400)
        self.assertEqual(len(self.call("z.smit", "GET", "/v1/meldingen?aantal=1")["meldingen"]), 1)
        self.call("z.smit", "GET", "/v1/meldingen?aantal=501", None, 400)
        order = {"nummer": "O-1", "soort": "ots", "van": "2026-01-01", "tot": "2026-06-30", "betrokkenen": people}
        self.call("z.smit", "POST", "/v1/maatregelen", order, 201)
        self.call("z.smit", "POST", "/v1/maatregelen", order, 409)
        self.call("z.smit", "POST", "/v1/maatregelen", {**order, "tot": "2025-12-31"}, 400)
        self.assertEqual(self.call("privacy", "GET", "/v1/termijnen")["nietGetoond"], 0)
        with Desk(region, "school", region.token("school", "z.smit"), tls=True) as desk:
            def end():
                """Once more when the node's own look at terms, as this one passed, was just writing the order."""
                answer = desk.call("POST", "/v1/maatregelen/beeindigingen", {"nummer": "O-1", "einde": "2026-06-30"})
                return None if answer.status == 409 and "intussen veranderd".encode() in answer.body else answer
            self.assertEqual(eventually("beëindigd", end).status, 200)
        self.call("z.smit", "POST", "/v1/maatregelen/beeindigingen", {"nummer": "O-1", "einde": "2026-06-30"}, 409)
        self.call("z.smit", "POST", "/v1/maatregelen/beeindigingen", {"nummer": "O-9"}, 404)
        listed = self.call("z.smit", "GET", "/v1/maatregelen?aantal=1")
        self.assertFalse(listed["maatregelen"][0]["vanKracht"])
        self.call("beheer", "GET", "/v1/maatregelen", None, 403)
        self.call("beheer", "GET", "/v1/termijnen", None, 403)

    def test_private_matching(self):
        self.call("beheer", "GET", "/v1/koppeling")
        self.call("z.smit", "GET", "/v1/koppeling", None, 403)
        self.call("privacy", "POST", "/v1/koppeling/inzagen", {"bsn": MILAN})
        self.call("privacy", "POST", "/v1/koppeling/inzagen", {"bsn": strangers(1999)[1998]}, 404)
        self.call("privacy", "POST", "/v1/koppeling/inzagen", {"bsn": "123456789"}, 400)
        self.call("beheer", "POST", "/v1/koppeling/inzagen", {"bsn": MILAN}, 403)
        self.call("privacy", "POST", "/v1/logboek/zoekopdrachten", {"handeling": "koppeling-opvallend"})
        self.call("privacy", "POST", "/v1/logboek/zoekopdrachten", {"handeling": "gegevens-ingezien"}, 400)

    def test_figures(self):
        before = self.call("privacy", "POST", "/v1/stuurcijfers", {"maand": "2020-02"})
        self.assertEqual((before["perKetenpartner"]["rijen"], before["perLeefgebied"]["totaal"]), ([], 0))
        self.call("privacy", "POST", "/v1/stuurcijfers", {"maand": "2199-01"}, 400)
        self.call("privacy", "POST", "/v1/stuurcijfers", {"maand": "2020-13"}, 400)
        self.call("beheer", "POST", "/v1/stuurcijfers", {"maand": "2020-02"}, 403)

    def test_what_the_officer_looks_into(self):
        self.call("z.smit", "POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": MILAN})
        day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        drawn = self.call("privacy", "POST", "/v1/logboek/steekproeven",
                          {"aantal": 1, "van": day, "tot": "2199-12-31", "gebruiker": "z.smit"}, 201)
        one = drawn["bevindingen"][0]
        self.call("privacy", "POST", "/v1/logboek/steekproeven",
                  {"aantal": 1, "ketenpartner": OIN["cjg"], "doel": "hulpafstemming"}, 201)
        self.call("privacy", "POST", "/v1/logboek/steekproeven", {"aantal": 0}, 400)
        self.call("privacy", "GET", "/v1/bevindingen?regel=steekproef&stand=open&aantal=1")
        self.call("privacy", "GET", "/v1/bevindingen?na=" + one)
        self.call("privacy", "GET", "/v1/bevindingen?stand=weg", None, 400)
        self.call("privacy", "GET", "/v1/bevindingen/" + one)
        self.call("privacy", "GET", "/v1/bevindingen/" + new_id(), None, 404)
        step = "/v1/bevindingen/stappen/" + one
        self.call("privacy", "POST", step, {"stap": "gezien", "tekst": "bekeken"})
        self.call("privacy", "POST", step, {"stap": "notitie"}, 400)
        self.call("privacy", "POST", step, {"stap": "heropenen", "tekst": "nog eens"}, 409)
        self.call("privacy", "POST", step, {"stap": "sluiten", "oordeel": "onduidelijk", "tekst": "te lang geleden"})
        self.call("privacy", "POST", "/v1/bevindingen/stappen/" + new_id(), {"stap": "gezien"}, 404)
        why = {"reden": "onderzoek naar inzage"}
        self.call("privacy", "POST", "/v1/blokkades", {"ketenpartner": OIN["uwv"], "bevinding": one, **why}, 201)
        self.call("privacy", "POST", "/v1/blokkades", {"ketenpartner": OIN["uwv"], **why}, 409)
        self.call("privacy", "POST", "/v1/blokkades", {"gebruiker": "privacy", **why}, 403)
        self.call("privacy", "POST", "/v1/blokkades", {"gebruiker": "niemand", **why}, 404)
        self.call("privacy", "GET", "/v1/blokkades")
        self.call("privacy", "POST", "/v1/blokkades/opheffingen", {"ketenpartner": OIN["uwv"], **why})
        self.call("privacy", "POST", "/v1/blokkades/opheffingen", {"ketenpartner": OIN["uwv"], **why}, 404)
        self.call("privacy", "POST", "/v1/personeel", {"gebruiker": "z.smit", "bsn": MILAN}, 201)
        self.call("privacy", "POST", "/v1/personeel", {"gebruiker": "z.smit", "bsn": MILAN}, 409)
        self.assertEqual(self.call("privacy", "GET", "/v1/personeel?aantal=1")["personeel"], ["z.smit"])
        self.call("privacy", "GET", "/v1/personeel?aantal=501", None, 400)
        self.call("privacy", "POST", "/v1/personeel/verwijderingen", {"gebruiker": "z.smit"})
        self.call("privacy", "POST", "/v1/personeel/verwijderingen", {"gebruiker": "z.smit"}, 404)

    def test_letters_to_people(self):
        asked = {"bsn": strangers(1998)[1997], "identiteit": "paspoort gezien", "leeftijdGezien": True}
        drafted = self.call("privacy", "POST", "/v1/overzichten", asked, 201)
        ident = drafted["id"]
        self.call("privacy", "POST", "/v1/overzichten", {**asked, "leeftijdGezien": False}, 422)
        self.call("privacy", "POST", "/v1/overzichten", {**asked, "identiteit": "kort"}, 400)
        self.call("z.smit", "POST", "/v1/overzichten", asked, 403)
        self.call("privacy", "GET", f"/v1/overzichten/{ident}")
        self.call("privacy", "GET", "/v1/overzichten/x", None, 400)
        self.call("privacy", "GET", f"/v1/overzichten/{'0' * 32}", None, 404)
        self.assertTrue(self.call("privacy", "GET", f"/v1/overzichten/brieven/{ident}")["concept"])
        self.call("privacy", "GET", f"/v1/overzichten/brieven/{'0' * 32}", None, 404)
        self.call("z.smit", "GET", f"/v1/overzichten/brieven/{ident}", None, 403)
        self.assertIn(ident, [one["id"] for one in self.call("privacy", "GET", "/v1/overzichten")["overzichten"]])
        self.call("beheer", "GET", "/v1/overzichten", None, 403)
        for step, status in (({"stap": "iets"}, 400), ({"stap": "uitstellen", "regel": 2000, "reden": "is er niet eens"}, 400),
                             ({"stap": "vrijgeven"}, 200), ({"stap": "vrijgeven"}, 409), ({"stap": "intrekken"}, 200)):
            self.call("privacy", "POST", "/v1/overzichten/stappen", {"id": ident, **step}, status)
        self.call("privacy", "GET", f"/v1/overzichten/{ident}", None, 409)
        self.call("privacy", "POST", "/v1/overzichten/stappen", {"id": "0" * 32, "stap": "vrijgeven"}, 404)
        self.call("z.smit", "POST", "/v1/overzichten/stappen", {"id": ident, "stap": "vrijgeven"}, 403)

    def test_the_regulation(self):
        version = self.call("privacy", "GET", "/v1/reglement")["versie"]
        self.call("privacy", "POST", "/v1/reglement/aanvaardingen", {"versie": version}, 201)
        self.call("privacy", "POST", "/v1/reglement/aanvaardingen", {"versie": "oud"}, 409)
        self.call("privacy", "POST", "/v1/reglement/aanvaardingen", {}, 400)
        self.call(None, "POST", "/v1/reglement/aanvaardingen", {"versie": version}, 401)

    def test_the_inbox(self):
        self.assertEqual(self.call("signaal", "GET", "/v1/postbus?alle=nee")["ongelezen"], 0)
        self.call("signaal", "GET", "/v1/postbus?alle=soms", None, 400)
        self.call("signaal", "POST", "/v1/postbus/gelezen", {"berichten": [new_id()]}, 404)
        self.call("signaal", "POST", "/v1/postbus/gelezen", {"berichten": []}, 400)

    def test_management(self):
        user = self.call("beheer", "POST", "/v1/gebruikers", {"naam": "nieuw.hier", "rollen": ["fg", "toetser"]}, 201)
        for blocked in (True, False):
            changed = self.call("beheer", "PUT", f"/v1/gebruikers/{user['id']}",
                                {"rollen": ["fg"], "geblokkeerd": blocked})
            self.assertEqual("toegangsbewijs" in changed, not blocked)
        self.assertEqual(len(self.call("beheer", "GET", "/v1/gebruikers?aantal=1")["gebruikers"]), 1)
        self.call("beheer", "GET", "/v1/gebruikers?aantal=0", None, 400)
        self.call("beheer", "GET", "/v1/stand")
        self.call("beheer", "POST", "/v1/klok-herstellingen", {})
        self.call("beheer", "POST", "/v1/klok-herstellingen", {"tijd": "nu"}, 400)
        self.call("beheer", "POST", "/v1/reservekopieen", {"regels": 1, "wortel": "0" * 64}, 201)

    def test_the_log(self):
        self.call("privacy", "GET", "/v1/logboek?vanaf=0&aantal=200")
        self.call("privacy", "GET", "/v1/logboek?aantal=201", None, 400)
        self.call("privacy", "GET", "/v1/logboek/stand")
        self.call("privacy", "GET", "/v1/logboek/bladeren?vanaf=0&aantal=3")
        self.call("privacy", "POST", "/v1/logboek/bewijzen", {"insluiting": {"regel": 0, "omvang": 1}})
        self.call("privacy", "POST", "/v1/logboek/bewijzen", {"samenhang": {"van": 1, "tot": 2}})
        self.call("privacy", "POST", "/v1/logboek/bewijzen", {"samenhang": {"van": 1, "tot": 10 ** 9}}, 404)
        self.call("privacy", "POST", "/v1/logboek/controles", {"ketenpartner": OIN["cjg"], "aantal": 1})
        self.call("privacy", "POST", "/v1/logboek/controles", {"ketenpartner": "00000099000000009000"}, 404)
        day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        self.call("privacy", "POST", "/v1/logboek/zoekopdrachten",
                  {"verzoek": new_id(), "zaak": "L-7", "bsn": MILAN, "gebruiker": "z.smit", "ketenpartner": OIN["cjg"],
                   "doel": "hulpafstemming", "van": day, "tot": day, "voor": 10 ** 9, "aantal": 100})
        self.call("privacy", "POST", "/v1/logboek/zoekopdrachten", {"betrokkene": new_id()})
        self.call("privacy", "POST", "/v1/logboek/zoekopdrachten", {"doel": "hulpafstemming"}, 400)
        self.call("privacy", "GET", "/v1/logboek/regels/0")
        self.call("privacy", "GET", "/v1/logboek/regels/999999999", None, 404)
        self.call("privacy", "GET", "/v1/logboek/verklaringen/999999999", None, 404)
        self.call("privacy", "GET", "/v1/bewaking")
        self.call("privacy", "POST", "/v1/bewaking/rondes", {})
        with open(region.path("school", "convenant.json"), encoding="utf-8") as file:
            draft = json.load(file)
        self.call("privacy", "POST", f"/v1/logboek/simulaties?vanaf=0&van={day}&tot={day}", draft)
        self.call("privacy", "POST", "/v1/logboek/simulaties?vanaf=0", {"naam": "niets"}, 400)
        with Desk(region, "school", region.token("school", "privacy")) as desk:
            self.assertEqual(desk.call("GET", "/v1/logboek/stroom?vanaf=0&tot=3").status, 200)
            self.assertEqual(desk.call("GET", "/v1/logboek/controlepunt").status, 200)
            self.assertEqual(desk.call("POST", "/v1/logboek/uitvoer", {"vorm": "csv", "zaak": "L-7"}).status, 200)


MAY = {"raadplegingen": "z.smit", "betrokkenen": "z.smit", "huishoudens": "z.smit", "betrokkenheden": "z.smit",
       "logboek": "privacy", "overzichten": "privacy", "meldingen": "z.smit", "maatregelen": "z.smit", "termijnen": "z.smit",
       "opdrachten": "z.smit", "zorgsignalen": "z.smit", "matches": "z.smit",
       "toestemmingen": "z.smit", "gezagsrelaties": "z.smit", "wilsbekwaamheden": "z.smit",
       "verlengde-jeugdhulp": "z.smit", "bezwaren": "z.smit", "beperkingen": "z.smit", "correcties": "z.smit",
       "bezwaren/afhandelingen": "privacy", "beperkingen/opheffingen": "privacy",
       "correcties/afhandelingen": "privacy", "koppeling/inzagen": "privacy", "stuurcijfers": "privacy",
       "bevindingen": "privacy", "blokkades": "privacy", "personeel": "privacy", "bewaking": "privacy"}  # the rest: beheer
JSON = ("content-type", "application/json")


class EveryRefusal(unittest.TestCase):
    """What the description says that each route refuses, it refuses so."""

    def operations(self, description):
        """Method, path, what is described, and the headers of someone who may."""
        for method, path, operation in description.operations():
            user = "beheer" if path == "/logboek/vernietigingen" else MAY.get(path[1:], MAY.get(path.split("/")[1], "beheer"))
            named = description is described.DESK and operation.get("security") != []
            yield (method.upper(), description.base + filled(path), operation,
                   [("authorization", "Bearer " + region.token("school", user))] if named else [])

    def refusals(self, path, operation, token):
        """status -> (path, body, headers)"""
        reads = "requestBody" in operation
        content = ("content-type", next(iter(operation["requestBody"]["content"])) if reads else JSON[1])
        numbers = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        ceiling = int(re.search(r"Hoogstens (\d+) bytes", operation["requestBody"]["description"])[1]) if reads else 0
        stranger = "privacy" if "/zorgsignalen" in path else "signaal"  # who may not
        signaller = [("authorization", "Bearer " + region.token("school", stranger))]
        named = any(p["in"] == "path" for p in operation.get("parameters", []))
        bad_number = f"{path}?{numbers[-1]}=0x" if numbers else path.rsplit("/", 1)[0] + "/x" if named else path
        return {"400": (path, b"[]", [content, *token]) if reads else (bad_number, None, token),
                "401": (path, b"{}" if reads else None, [content]),
                "403": (path, b"{}" if reads else None, [content, *signaller]),
                "413": (path, None, [content, *token, ("content-length", str(ceiling + 1))]),
                "415": (path, b"{}", [("content-type", "text/html"), *token]),
                "431": (path, None, [("x-groot", "a" * 20000), *token])}

    def assert_refuses(self, description, connect, elsewhere=()):
        for method, path, operation, token in self.operations(description):
            for status, (where, body, headers) in self.refusals(path, operation, token).items():
                if status in operation["responses"] and status not in elsewhere:
                    with self.subTest(f"{method} {path} {status}"), connect() as client:
                        stream = client.begin(method, where, headers, end=body is None and status != "413")
                        if body is not None:
                            client.data(stream, body)
                        problem_of(self, client.wait(stream), int(status))

    def assert_waits_no_longer(self, description, connect):
        with connect() as client:
            waiting = {client.begin(method, path, [("content-type", next(iter(
                operation.get("requestBody", {}).get("content", [JSON[1]])))), *token], end=False): f"{method} {path}"
                       for method, path, operation, token in self.operations(description)}
            for stream, what in waiting.items():
                with self.subTest(what):
                    problem_of(self, client.wait(stream), 408)

    def desk(self):
        return Desk(region, "school", tls=True)

    def peer(self):
        return Peer(region, "school")

    def test_at_the_desk(self):
        self.assert_refuses(described.DESK, self.desk)

    def test_at_the_peer_listener(self):
        self.assert_refuses(described.PEER, self.peer, ("403",))  # Served: by a certificate of no party

    def test_a_body_that_does_not_come_is_408_at_the_desk(self):
        self.assert_waits_no_longer(described.DESK, self.desk)

    def test_a_body_that_does_not_come_is_408_at_the_peer_listener(self):
        self.assert_waits_no_longer(described.PEER, self.peer)

    def test_who_or_what_is_not_there_is_404(self):
        nobody = {"betrokkene": new_id(), "betrokkenheid": INVOLVEMENT}
        with Desk(region, "school", region.token("school", "z.smit")) as desk:
            for method, path, body in (("POST", "/v1/betrokkenheden", nobody),
                                       ("PUT", f"/v1/betrokkenheden/{new_id()}", nobody),
                                       ("POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": strangers(42)[41]})):
                problem_of(self, desk.call(method, path, body), 404)


class TheCheckerItself(unittest.TestCase):
    """Each of these is one step away from a good answer, and each must be seen."""

    HEADERS = [("api-version", "1.0.0"), ("cache-control", "no-store"), ("content-type", "application/json")]
    BUSY = [*HEADERS[:2], ("content-type", "application/problem+json"), ("retry-after", "1")]
    REQUEST = {"naam": "j.devries", "rollen": ["fg"]}
    USER = {"id": "0" * 32, "naam": "j.devries", "rollen": ["fg"], "geblokkeerd": False,
            "toegangsbewijs": "kb-" + "A" * 43}
    PROBLEM = {"type": "urn:ketenbrug:fout:druk", "title": "Druk", "status": 503, "detail": "te druk",
               "fouten": [{"plaats": "", "melding": "te druk"}]}

    def faults(self, status=201, headers=None, body=None, request=None, path="/v1/gebruikers", method="POST"):
        checker = copy.copy(described.DESK)
        checker.seen = set()
        answer = Answer()
        answer.status, answer.headers = status, self.HEADERS if headers is None else headers
        answer.body = body if isinstance(body, bytes) else json.dumps(self.USER if body is None else body).encode()
        request = request if isinstance(request, bytes) else json.dumps(request or self.REQUEST).encode()
        return checker.answer_faults(method, path, answer, request, [("content-type", "application/json")])

    def busy(self, **changes):
        return self.faults(503, self.BUSY, {**self.PROBLEM, **changes})

    def test_good_answers_have_no_fault(self):
        self.assertEqual(self.faults(), [])
        self.assertEqual(self.busy(), [])
        self.assertEqual(self.faults(200, self.HEADERS, {"gebruikers": []}, b"", "/v1/gebruikers?aantal=5", "GET"), [])

    def test_an_answer_that_is_not_as_described_is_seen(self):
        user = self.USER
        cases = {
            "a status": self.faults(202),
            "a path": self.faults(200, path="/v1/bestaat-niet"),
            "a method": self.faults(200, method="DELETE"),
            "a header more": self.faults(headers=[*self.HEADERS, ("server", "x")]),
            "a header twice": self.faults(headers=[*self.HEADERS, self.HEADERS[0]]),
            "no version": self.faults(headers=self.HEADERS[1:]),
            "another version": self.faults(headers=[("api-version", "2.0.0"), *self.HEADERS[1:]]),
            "another media type": self.faults(headers=[*self.HEADERS[:2], ("content-type", "text/plain")]),
            "a wrong length": self.faults(headers=[*self.HEADERS, ("content-length", "3")]),
            "no JSON": self.faults(body=b"{"),
            "a name twice": self.faults(body=b'{"id":1,"id":2}'),
            "a field more": self.faults(body={**user, "wachtwoord": "x"}),
            "a field less": self.faults(body={k: v for k, v in user.items() if k != "naam"}),
            "another word": self.faults(body={**user, "rollen": ["baas"]}),
            "another form": self.faults(body={**user, "id": "G" * 32}),
            "a token for who is blocked": self.faults(body={**user, "geblokkeerd": True}),
            "no token": self.faults(body={k: v for k, v in user.items() if k != "toegangsbewijs"}),
            "no retry-after": self.faults(503, self.BUSY[:3], self.PROBLEM),
            "retry-after that is no number": self.faults(503, [*self.BUSY[:3], ("retry-after", "straks")],
                                                         self.PROBLEM),
            "another status in the problem": self.busy(status=500),
            "an unknown type": self.busy(type="about:blank"),
            "no faults": self.busy(fouten=[]),
            "a wrong day": self.faults(200, self.HEADERS, {"tijd": "2026-02-30T00:00:00Z"}, {},
                                       "/v1/klok-herstellingen"),
            "allow": self.faults(405, [*self.BUSY[:3], ("allow", "GET")], {**self.PROBLEM, "status": 405},
                                 method="DELETE"),
        }
        self.assertEqual([name for name, faults in cases.items() if not faults], [])

    def test_a_good_answer_to_a_wrong_request_is_seen(self):
        listed = {"gebruikers": []}
        cases = {
            "a field more": self.faults(request={**self.REQUEST, "meer": 1}),
            "another word": self.faults(request={"naam": "x", "rollen": ["baas"]}),
            "too long": self.faults(request={"naam": "x" * 49, "rollen": ["fg"]}),
            "no JSON": self.faults(request=b"naam=x"),
            "an unknown parameter": self.faults(200, None, listed, b"", "/v1/gebruikers?naam=x", "GET"),
            "a parameter past its bound": self.faults(200, None, listed, b"", "/v1/gebruikers?aantal=501", "GET"),
            "a parameter of another form": self.faults(200, None, listed, b"", "/v1/gebruikers?na=j.devries", "GET"),
            "a name in a path": self.faults(200, None, self.USER, {"rollen": ["fg"]}, "/v1/gebruikers/j.devries",
                                            "PUT"),
            "a body where none belongs": self.faults(200, None, listed, b"{}", method="GET"),
        }
        self.assertEqual([name for name, faults in cases.items() if not faults], [])

    def test_an_answer_over_the_wire_and_one_that_a_command_prints_go_through_it(self):
        document = copy.deepcopy(described.DESK.document)
        changed = copy.copy(described.DESK)
        changed.document, changed.validators, changed.seen = document, {}, set()
        document["components"]["schemas"]["Gebruiker"]["properties"].pop("geblokkeerd")
        document["components"]["schemas"]["Stand"]["properties"].pop("versie")
        desk = Desk(region, "school")
        desk.description = changed
        with desk:
            self.assertEqual(desk.call("GET", "/v1/gebruikers").status, 200)
        faults = described.take_faults()
        self.assertTrue(faults and "geblokkeerd" in faults[0], faults)
        original, described.DESK = described.DESK, changed
        try:
            region.command_json("school", "-", "status")
        finally:
            described.DESK = original
        self.assertIn("versie", described.take_faults()[0])

    def test_a_route_that_nobody_asked_for_is_named(self):
        fresh = copy.copy(described.DESK)
        fresh.seen = {("get", "/stand", 200)}
        routes, pairs = fresh.never_seen()
        self.assertIn("POST /gebruikers", routes)
        self.assertNotIn("GET /stand", routes)
        self.assertTrue(any(pair.startswith("GET /stand: 401, ") for pair in pairs), pairs)


if __name__ == "__main__":
    unittest.main()
