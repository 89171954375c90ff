"""The own organisation's side: who may do what, what is refused before any partner hears of it, and registration."""
import json
import os
import socket
import stat
import unittest

from peer import Desk
from support import (AS_ROOT, DAAN, FAMILY, MILAN, NAMES, OIN, REASON, SAMIRA, Region, consult_words, exported,
                     as_owner, new_id, problem_of, run, strangers)

PARTNERS = ("school", "cjg", "uwv", "schuldhulp")


def setUpModule():
    global region
    region = Region("bad-desk", REGION_DRAIN_MS=1000).start()
    region.add_user("gebiedsteam", "signaal", "signaleerder")
    region.add_user("gebiedsteam", "twee.rollen", "generalist", "regisseur")
    region.add_user("gebiedsteam", "beheer", "beheerder")


def request(**changes):
    body = {"doel": "hulpafstemming", "grondslag": "wmo-5.1.1", "zaak": "Z-1", "reden": REASON,
            "betrokkenen": [{"bsn": MILAN}]}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


class DeskTest(unittest.TestCase):
    def setUp(self):
        self.marks = {org: region.mark(org) for org in NAMES}

    def assert_no_partner_heard(self):
        for org in PARTNERS:
            self.assertEqual(region.records(org, self.marks[org]), [])

    def refusals(self):
        records = region.records("gebiedsteam", self.marks["gebiedsteam"])
        self.assertEqual({r["handeling"] for r in records}, {"geweigerd"})
        return records

    def desk(self, user=None, **options):
        return Desk(region, "gebiedsteam", region.token("gebiedsteam", user) if user else None, **options)


class WhoMayConsult(DeskTest):
    def assert_may_not(self, user, fault):
        done = region.command("gebiedsteam", user, *consult_words(), stdin=f"{MILAN}\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assert_no_partner_heard()
        (record,) = self.refusals()
        self.assertEqual(record["fout"], fault)
        return done, record

    def test_a_signaleerder_may_not(self):
        done, record = self.assert_may_not("signaal", "niet-toegestaan")
        self.assertIn("uw rol staat dit niet toe", done.stderr)
        self.assertEqual(record["gebruiker"], "signaal")

    def test_a_privacy_officer_may_not(self):
        self.assertEqual(self.assert_may_not("privacy", "niet-toegestaan")[1]["gebruiker"], "privacy")

    def test_the_fg_may_not(self):
        self.assert_may_not("fg", "niet-toegestaan")

    def test_an_administrator_may_not(self):
        self.assert_may_not("beheer", "niet-toegestaan")

    def test_the_nodes_own_account_may_not(self):
        self.assert_may_not("-", "niet-toegestaan")

    def test_a_blocked_user_may_not_and_may_again_with_a_new_token(self):
        region.add_user("gebiedsteam", "even.weg", "generalist")
        done = region.command("gebiedsteam", "-", "user", "change", "--naam", "even.weg", "--rol", "generalist",
                              "--blokkeer")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.marks["gebiedsteam"] = region.mark("gebiedsteam")
        self.assert_may_not("even.weg", "niet-aangemeld")
        listed = region.command_json("gebiedsteam", "-", "user", "list")["gebruikers"]
        self.assertEqual([(u["rollen"], u["geblokkeerd"]) for u in listed if u["naam"] == "even.weg"],
                         [(["generalist"], True)])
        done = region.command("gebiedsteam", "-", "user", "change", "--naam", "even.weg", "--rol", "generalist")
        with Desk(region, "gebiedsteam", done.stdout.strip()) as desk:
            self.assertEqual(desk.call("POST", "/v1/raadplegingen", request()).status, 200)

    def test_a_token_that_is_not_registered_may_not(self):
        for token in ("kb-" + "A" * 43, "x", region.token("school", "z.smit"),
                      region.token("gebiedsteam", "g.jansen") + "x"):
            with Desk(region, "gebiedsteam", token) as desk:
                problem_of(self, desk.call("POST", "/v1/raadplegingen", request()), 401)
        self.assert_no_partner_heard()
        self.assertEqual({r["fout"] for r in self.refusals()}, {"niet-aangemeld"})

    def test_a_role_that_one_does_not_have_may_not(self):
        with self.desk("g.jansen") as desk:
            problem_of(self, desk.call("POST", "/v1/raadplegingen", request(rol="regisseur")), 403)
        self.assert_no_partner_heard()

    def test_who_has_two_roles_must_name_one(self):
        with self.desk("twee.rollen") as desk:
            problem_of(self, desk.call("POST", "/v1/raadplegingen", request()), 400)
            self.assertEqual(desk.call("POST", "/v1/raadplegingen", request(rol="regisseur")).status, 200)

    def test_only_officers_read_the_log_and_each_reading_is_logged(self):
        for user in ("g.jansen", "signaal", "beheer", "-"):
            self.assertEqual(region.command("gebiedsteam", user, "audit", "list").returncode, 1, user)
        self.assertEqual(region.command("gebiedsteam", "fg", "audit", "list").returncode, 0)
        page = region.log_page("gebiedsteam", self.marks["gebiedsteam"], 200)
        self.assertIn(("logboek-ingezien", "fg"), {(r["handeling"], r.get("gebruiker")) for r in page})


class TlsDesk(DeskTest):
    def test_without_a_token_it_is_401_and_never_the_nodes_own_account(self):
        before = region.command_json("gebiedsteam", "-", "user", "list")
        user = {"naam": "indringer", "rollen": ["privacybeheerder"]}
        with self.desk(tls=True) as desk:
            for method, path, body in (("GET", "/v1/gebruikers", None), ("POST", "/v1/gebruikers", user),
                                       ("GET", "/v1/logboek/stand", None), ("GET", "/v1/logboek/bladeren", None),
                                       ("POST", "/v1/importen", {"regels": []}), ("GET", "/v1/logboek", None),
                                       ("POST", "/v1/raadplegingen", request())):
                problem_of(self, desk.call(method, path, body), 401)
        self.assertEqual(region.command_json("gebiedsteam", "-", "user", "list"), before)
        self.assertEqual(len(self.refusals()), 7)
        self.assert_no_partner_heard()

    def test_an_empty_or_odd_authorization_is_401_too(self):
        with self.desk(tls=True) as desk:
            for value in ("", "Bearer", "Bearer ", "bearer x", "Basic a25vb3BwdW50Og==", "knooppunt"):
                answer = desk.request("GET", "/v1/gebruikers", None, [("authorization", value)])
                problem_of(self, answer, 401)

    def test_with_a_token_a_user_consults_over_tls(self):
        with self.desk("g.jansen", tls=True) as desk:
            answer = desk.call("POST", "/v1/raadplegingen", request())
        self.assertEqual(answer.status, 200)
        partners = json.loads(answer.body)["betrokkenen"][0]["ketenpartners"]
        self.assertEqual({p["oin"] for p in partners if p["uitkomst"] == "betrokken"}, {OIN["school"]})

    def test_curl_gets_401_over_tls_with_the_regions_authority(self):
        done = run(["curl", "-sS", "--http2", "--cacert", region.path("pki", "ca.pem"), "-w",
                    "%{http_version} %{http_code}", "-o", "/dev/null",
                    f"https://127.0.0.1:{region.port('gebiedsteam', 'desk')}/v1/gebruikers"], check=True)
        self.assertEqual(done.stdout, "2 401")


class Socket(DeskTest):
    def test_it_is_for_its_owner_alone(self):
        mode = os.stat(region.path("gebiedsteam", "contactpunt")).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    @unittest.skipUnless(AS_ROOT, "alleen root kan een andere gebruiker zijn")
    def test_another_user_cannot_connect(self):
        done = self.as_stranger()
        self.assertIn("PermissionError", done.stderr)

    @unittest.skipUnless(AS_ROOT, "alleen root kan een andere gebruiker zijn")
    def test_another_user_is_cut_off_even_when_the_file_modes_are_open(self):
        folder, path = region.path("gebiedsteam"), region.path("gebiedsteam", "contactpunt")
        os.chmod(folder, 0o755)
        os.chmod(path, 0o666)
        try:
            done = self.as_stranger()
        finally:
            os.chmod(path, 0o600)
            os.chmod(folder, 0o700)
        self.assertEqual((done.returncode, done.stdout), (0, "0\n"), done.stderr)

    def as_stranger(self):
        code = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.settimeout(60)\ns.connect(sys.argv[1])\n"
                "try:\n"
                " s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n'+b'\\0\\0\\0\\4\\0\\0\\0\\0\\0')\n"
                " n=len(s.recv(100))\n"
                "except ConnectionError:\n n=0\nprint(n)")
        return run(["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--", "/usr/bin/python3", "-c", code,
                    region.path("gebiedsteam", "contactpunt")])

    def test_a_client_that_sends_rubbish_does_not_stop_the_desk(self):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(region.path("gebiedsteam", "contactpunt"))
            raw.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10)
        with self.desk("g.jansen") as desk:
            self.assertEqual(desk.call("POST", "/v1/raadplegingen", request()).status, 200)


TOO_MANY = [{"bsn": bsn} for bsn in strangers(33)]
REFUSED = {
    "unknown_purpose": (request(doel="fraude"), {"/doel"}),
    "unknown_basis": (request(grondslag="onbekend"), {"/grondslag"}),
    "no_reason": (request(reden=None), {"/reden"}),
    "too_short_reason": (request(reden="zomaar"), {"/reden"}),
    "blank_reason": (request(reden=" \t" * 8), {"/reden"}),
    "too_long_reason": (request(reden="x" * 501), {"/reden"}),
    "no_case": (request(zaak=None), {""}),
    "empty_case": (request(zaak=""), {"/zaak"}),
    "blank_case": (request(zaak="   "), {""}),
    "case_and_report": (request(melding="M-1"), {""}),
    "bad_bsn": (request(betrokkenen=[{"bsn": SAMIRA}, {"bsn": "999000021"}]), {"/betrokkenen/1"}),
    "nobody": (request(betrokkenen=[]), {"/betrokkenen"}),
    "33_people": (request(betrokkenen=TOO_MANY), {"/betrokkenen"}),
    "the_same_person_twice": (request(betrokkenen=[{"bsn": MILAN}, {"bsn": MILAN}]), {"/betrokkenen/1"}),
    "everything_at_once": (request(doel="fraude", grondslag="onbekend", reden="kort", zaak=None,
                                   betrokkenen=[{"bsn": "123456789"}, {"bsn": MILAN, "naam": "M"}], extra=1),
                           {"", "/doel", "/grondslag", "/reden", "/betrokkenen/0", "/betrokkenen/1"}),
}


class RefusedConsults(DeskTest):
    """Refused before any partner is asked, with every fault at once, and logged."""

    def assert_refused(self, body, places):
        with self.desk("g.jansen") as desk:
            answer = desk.call("POST", "/v1/raadplegingen", body)
        problem = problem_of(self, answer, 400)
        self.assertLessEqual(places, {fault["plaats"] for fault in problem["fouten"]}, problem)
        for bsn in (*FAMILY, "999000021", "123456789"):
            self.assertNotIn(bsn, answer.body.decode())
        self.assert_no_partner_heard()
        (record,) = self.refusals()
        self.assertEqual((record["gebruiker"], record["fout"]), ("g.jansen", "ongeldige-invoer"))

    def test_a_purpose_for_which_no_partner_may_be_asked_is_403(self):
        with self.desk("g.jansen") as desk:
            problem = problem_of(self, desk.call("POST", "/v1/raadplegingen", request(doel="leerplicht")), 403)
        self.assertIn("geen ketenpartner mag dit worden gevraagd", problem["detail"])
        self.assert_no_partner_heard()
        self.assertEqual(self.refusals()[0]["fout"], "niet-toegestaan")

    def test_the_command_tells_every_fault_too(self):
        done = region.command("gebiedsteam", "g.jansen", *consult_words(doel="fraude", zaak=None, reden="kort"),
                              stdin=f"{MILAN}\n")
        self.assertEqual(done.returncode, 1)
        for place in ("/doel", "/reden", "een melding of een maatregel"):
            self.assertIn(place, done.stderr)

    def test_the_command_names_the_line_of_a_bad_number_and_not_the_number(self):
        for lines, where in ((f"{MILAN}\n999000021\n", "regel 2"), ("bsn\n", "regel 1"),
                             ("\n".join(p["bsn"] for p in TOO_MANY), "regel 33"), ("", "invoer"), ("\0\n", "invoer")):
            done = region.command("gebiedsteam", "g.jansen", *consult_words(), stdin=lines)
            self.assertEqual(done.returncode, 1)
            self.assertIn(where, done.stderr)
            self.assertNotIn("999000021", done.stderr)
        self.assert_no_partner_heard()

    def test_a_body_past_the_ceiling_is_413(self):
        with self.desk("g.jansen") as desk:
            problem_of(self, desk.call("POST", "/v1/raadplegingen", b" " * 16385), 413)
        # It comes after the answer, and in the next test it would be one too many.
        region.record_of("gebiedsteam", self.marks["gebiedsteam"], handeling="geweigerd", fout="te-groot")


def add_refused_tests():
    for name, (body, places) in REFUSED.items():
        setattr(RefusedConsults, f"test_{name}_is_refused",
                lambda self, body=body, places=places: self.assert_refused(body, places))


add_refused_tests()


class Users(DeskTest):
    def test_adding_the_same_user_twice_is_a_conflict_and_keeps_the_first(self):
        region.add_user("gebiedsteam", "dubbel", "generalist")
        with self.desk() as desk:
            answer = desk.call("POST", "/v1/gebruikers", {"naam": "dubbel", "rollen": ["privacybeheerder"]})
        problem_of(self, answer, 409)
        done = region.command("gebiedsteam", "-", "user", "add", "--naam", "dubbel", "--rol", "fg")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr)
        listed = region.command_json("gebiedsteam", "-", "user", "list")["gebruikers"]
        self.assertEqual([u["rollen"] for u in listed if u["naam"] == "dubbel"], [["generalist"]])
        with self.desk("dubbel") as desk:
            self.assertEqual(desk.call("POST", "/v1/raadplegingen", request()).status, 200)

    def test_bad_names_and_roles_are_refused(self):
        with self.desk() as desk:
            for name, roles in (("knooppunt", ["fg"]), ("met spatie", ["fg"]), ("a/b", ["fg"]), ("", ["fg"]),
                                ("x" * 49, ["fg"]), ("goed", ["baas"]), ("goed", []), ("goed", "fg")):
                problem_of(self, desk.call("POST", "/v1/gebruikers", {"naam": name, "rollen": roles}), 400)
            for nobody in (new_id(), "g.jansen"):  # a name is no id: it belongs in no path
                problem_of(self, desk.call("PUT", f"/v1/gebruikers/{nobody}", {"rollen": ["fg"]}), 404)
        done = region.command("gebiedsteam", "-", "user", "change", "--naam", "bestaat.niet", "--rol", "fg")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("niet geregistreerd", done.stderr)

    def test_more_users_than_fit_a_page_are_all_listed_and_can_be_changed(self):
        names = [f"velen-{number}" for number in range(505)]
        with self.desk() as desk:
            for at in range(0, len(names), 100):
                asked = [desk.send("POST", "/v1/gebruikers",
                                   json.dumps({"naam": name, "rollen": ["signaleerder"]}).encode(),
                                   [("content-type", "application/json")]) for name in names[at:at + 100]]
                for stream in asked:
                    self.assertEqual(desk.wait(stream).status, 201)
            page = json.loads(desk.call("GET", "/v1/gebruikers").body)
            self.assertEqual(len(page["gebruikers"]), 500)
            listed = page["gebruikers"]
            while "volgende" in page:
                page = json.loads(desk.call("GET", f"/v1/gebruikers?aantal=3&na={page['volgende']}").body)
                self.assertLessEqual(len(page["gebruikers"]), 3)
                listed += page["gebruikers"]
        ids = {user["id"]: user["naam"] for user in listed}
        self.assertEqual(len(ids), len(listed))
        self.assertLessEqual(set(names), set(ids.values()))
        shown = region.command("gebiedsteam", "-", "user", "list").stdout
        self.assertEqual({line.split()[0] for line in shown.splitlines()}, set(ids.values()))
        self.assertEqual(region.command_json("gebiedsteam", "-", "user", "list")["gebruikers"], listed)
        last = listed[-1]["naam"]
        done = region.command("gebiedsteam", "-", "user", "change", "--naam", last, "--rol", "fg", "--json")
        self.assertEqual(json.loads(done.stdout)["rollen"], ["fg"], done.stderr)

    def test_only_an_administrator_or_the_nodes_own_account_manages_users(self):
        for user in ("g.jansen", "privacy", "fg"):
            with self.desk(user) as desk:
                problem_of(self, desk.call("GET", "/v1/gebruikers"), 403)
                problem_of(self, desk.call("POST", "/v1/gebruikers", {"naam": "x", "rollen": ["fg"]}), 403)
        with self.desk("beheer") as desk:
            self.assertEqual(desk.call("GET", "/v1/gebruikers").status, 200)


HEADER = ("bsn;voornamen;achternaam;geboortedatum;gemeente;leefgebied;dienst;fase;status;sinds;tot;laatste_contact;"
          "contactpersoon;telefoon;email;vervanger;vervanger_telefoon;vervanger_email;gevoeligheid;huishouden;"
          "huishouden_bron;huishouden_datum;bronsleutel\n")


def row(bsn, key, domain="onderwijs-en-opvoeding", since="2026-01-05"):
    return (f"{bsn};Anna;Proefpersoon;2014-02-03;9901;{domain};huiswerkbegeleiding;uitvoering;actief;{since};;"
            f"2026-02-01;Jan Proef;088-5550299;j.proef@school.example;;;;gewoon;;;;{key}\n")


class Import(DeskTest):
    def bring_in(self, text):
        self.rejected = region.path("school", f"afgewezen-{new_id()}.csv")
        return region.command("school", "-", "import", "--adapter", "csv", "--afgewezen", self.rejected, "-",
                              stdin=text)

    def test_bad_rows_are_named_and_good_ones_are_kept(self):
        first, second, third = strangers(3)
        text = HEADER + row(first, "k-1") + row("999000021", "k-2") + row(second, "k-3", domain="onbekend") + \
            row(third, "k-4", since="2026-02-30") + row(second, "k-5") + "te;weinig;kolommen\n" + \
            row(third, "")  # without a key in the source it could not be told again
        done = self.bring_in(text)
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 nieuw, 0 gewijzigd, 0 ongewijzigd, 5 afgewezen", done.stdout)
        rejected = run(as_owner(["cat", self.rejected]), check=True).stdout
        self.assertEqual({int(line.split(";")[0]) for line in rejected.splitlines()[1:]}, {3, 4, 5, 7, 8})
        for bsn in (first, second, "999000021", "Proefpersoon"):
            self.assertNotIn(bsn, done.stderr + done.stdout + rejected)
        answer = region.consult([first, second, third])
        outcomes = [answer[bsn][OIN["school"]]["uitkomst"] for bsn in (first, second, third)]
        self.assertEqual(outcomes, ["betrokken", "betrokken", "geen-betrokkenheid-gedeeld"])

    def test_the_same_file_twice_changes_nothing(self):
        bsn = strangers(4)[3]
        text = HEADER + row(bsn, "d-1") + row(bsn, "d-2")
        self.assertIn("2 nieuw, 0 gewijzigd", self.bring_in(text).stdout)
        before = self.shown(bsn)
        again = self.bring_in(text)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("0 nieuw, 0 gewijzigd, 2 ongewijzigd", again.stdout)
        self.assertEqual(self.shown(bsn), before)
        self.assertEqual(len(before["betrokkenheden"]), 2)

    def shown(self, bsn):
        done = region.command("school", "z.smit", "subject", "show", stdin=f"{bsn}\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_whole_export_of_the_region_again_is_all_known(self):
        text = run([os.environ["REGION_PEOPLE"], "--seed", "2026", "--people", "200", "--organisation", "cjg"],
                   check=True).stdout
        done = region.command("cjg", "-", "import", "--adapter", "csv", "-", stdin=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"0 nieuw, 0 gewijzigd, {text.count(chr(10)) - 1} ongewijzigd, 0 afgewezen", done.stdout)

    def test_a_file_that_is_no_csv_of_ours_is_refused(self):
        for text in ("", "kolom\nwaarde\n", HEADER.replace("bsn;", "burger;"), "\xff" + HEADER):
            done = self.bring_in(text)
            self.assertEqual(done.returncode, 1, text)
            self.assertTrue(done.stderr)

    def test_a_user_who_may_not_import_is_refused(self):
        done = region.command("school", "z.smit", "import", "--adapter", "csv", "-", stdin=HEADER + row(MILAN, "x"))
        self.assertEqual(done.returncode, 1)


PERSON = {"voornamen": "Bea", "achternaam": "Proefpersoon", "geboortedatum": "2013-04-05", "gemeente": "9901"}
INVOLVEMENT = {"leefgebied": "onderwijs-en-opvoeding", "dienst": "huiswerkbegeleiding", "sinds": "2026-03-02",
               "contactpersoon": {"naam": "Jan Proef", "telefoon": "088-5550299"}, "gevoeligheid": "gewoon"}


class Registration(DeskTest):
    def enter(self, *words, value, expected=0, user="z.smit"):
        done = region.command("school", user, *words, stdin=json.dumps(value))
        self.assertEqual(done.returncode, expected, done.stderr)
        return json.loads(done.stdout) if expected == 0 else done.stderr

    def test_a_person_an_involvement_its_end_and_a_household_by_command(self):
        bsn, other = strangers(6)[4:]
        person = self.enter("subject", "add", value={"bsn": bsn, **PERSON})["id"]
        second = self.enter("subject", "add", value={"bsn": other, **PERSON})["id"]
        involvement = self.enter("involvement", "add", value={"betrokkene": person, "betrokkenheid": INVOLVEMENT})["id"]
        self.assertEqual(self.seen(bsn), "betrokken")
        ended = {**INVOLVEMENT, "tot": "2026-04-01"}
        self.enter("involvement", "change", "--id", involvement, value={"betrokkene": person, "betrokkenheid": ended})
        self.assertEqual(self.seen(bsn), "geen-betrokkenheid-gedeeld")
        household = {"leden": [person, second], "bron": "BRP", "datum": "2026-01-01"}
        self.assertTrue(self.enter("household", "add", value=household)["id"])
        done = region.command("school", "z.smit", "subject", "show", stdin=f"{bsn}\n")
        shown = json.loads(done.stdout)
        self.assertEqual((shown["id"], shown["betrokkene"]["achternaam"]), (person, "Proefpersoon"))
        self.assertEqual([(b["id"], b["betrokkenheid"]["tot"]) for b in shown["betrokkenheden"]],
                         [(involvement, "2026-04-01")])
        handled = [r["handeling"] for r in region.records("school", self.marks["school"]) if r.get("gebruiker") == "z.smit"]
        # Two people, an involvement, its end, and the household once for each of its two members.
        self.assertEqual(handled.count("gegevens-gewijzigd"), 6)
        self.assertEqual(handled.count("gegevens-ingezien"), 1)

    def seen(self, bsn):
        return region.consult([bsn])[bsn][OIN["school"]]["uitkomst"]

    def test_a_person_registered_twice_is_a_conflict_and_who_heard_so_is_recorded(self):
        self.assertTrue(self.enter("subject", "add", value={"bsn": MILAN, **PERSON}, expected=1))
        refused = [r for r in region.records("school", self.marks["school"]) if r["handeling"] == "geweigerd"]
        self.assertEqual([(r["gebruiker"], r["fout"], r["bsn"]) for r in refused],
                         [("z.smit", "conflict", "******020")])

    def test_bad_people_and_involvements_are_refused_with_their_places(self):
        text = self.enter("subject", "add", value={"bsn": "999000021", "achternaam": "", "gemeente": "99"}, expected=1)
        for place in ("/bsn", "/achternaam", "/gemeente"):
            self.assertIn(place, text)
        self.assertNotIn("999000021", text)
        bad = {"betrokkene": "0" * 32, "betrokkenheid": {**INVOLVEMENT, "leefgebied": "fraude", "tot": "2020-01-01"}}
        text = self.enter("involvement", "add", value=bad, expected=1)
        self.assertIn("/betrokkenheid/leefgebied", text)
        self.assertIn("/betrokkenheid/tot", text)

    def test_an_involvement_of_nobody_and_a_person_who_is_not_there_are_not_found(self):
        nobody = {"betrokkene": "0" * 32, "betrokkenheid": INVOLVEMENT}
        self.assertIn("niet geregistreerd", self.enter("involvement", "add", value=nobody, expected=1))
        text = self.enter("involvement", "change", "--id", "1" * 32, value=nobody, expected=1)
        self.assertIn("niet geregistreerd", text)
        done = region.command("school", "z.smit", "subject", "show", stdin=f"{DAAN}\n")
        self.assertEqual((done.returncode, DAAN in done.stderr), (1, False))
        self.assertNotIn(DAAN, exported("school"))

    def test_the_privacy_officer_may_not_see_care_content(self):
        self.enter("subject", "add", value={"bsn": strangers(9)[8], **PERSON}, expected=1, user="privacy")
        self.assertEqual(region.command("school", "privacy", "subject", "show", stdin=f"{MILAN}\n").returncode, 1)


if __name__ == "__main__":
    unittest.main()
