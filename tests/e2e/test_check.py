"""`ketenbrug check`: every check's wrong side is provoked on a real node, and the advice is there."""
import datetime
import itertools
import json
import os
import re
import signal
import socket
import unittest

from support import NAMES, OIN, ORGANISATIONS, Region, as_owner, eventually, run

region = Region("check", REGION_COUNT=40, REGION_DRAIN_MS=1000, REGION_CONNECT_MS=5000)


def setUpModule():
    region.start()


def shell(text, *words):
    return run(as_owner(["sh", "-c", text, "sh", *words]), check=True).stdout


class Checking(unittest.TestCase):
    org = "cjg"
    counter = itertools.count()

    def path(self, *parts):
        return region.path(self.org, *parts)

    def check(self, *options, prefix=()):
        words = [*prefix, region.path("ketenbrug"), "check", "--json", "--config", self.path("ketenbrug.ini"), *options]
        done = run(as_owner(words))
        found = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if found["fouten"] else 0, done.stderr)
        for point in found["punten"]:
            self.assertEqual("advies" in point, point["oordeel"] != "in orde", point)
        for word, key in (("fout", "fouten"), ("let op", "letOp")):
            self.assertEqual(sum(p["oordeel"] == word for p in found["punten"]), found[key])
        return found["punten"]

    def assert_says(self, verdict, what, found, *options, prefix=()):
        points = self.check(*options, prefix=prefix)
        hits = [p for p in points if p["wat"] == what and found in p["gevonden"]]
        self.assertTrue(hits, points)
        self.assertEqual({p["oordeel"] for p in hits}, {verdict})

    def put_back(self, *paths):
        """Whatever the test does to these files, they come back as they were."""
        for path in paths:
            aside = f"{path}.opzij{next(self.counter)}"
            shell('cp -pR "$1" "$2"', path, aside)
            self.addCleanup(shell, 'rm -rf "$1"; mv "$2" "$1"', path, aside)

    def edit(self, name, *pairs):
        path = self.path(name)
        self.put_back(path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for old, new in pairs:
            self.assertRegex(text, old)
            text = re.sub(old, new, text)
        run(as_owner(["sh", "-c", 'cat >"$1"', "sh", path]), text, True)

    def issue(self, *options):
        certificate, key = (region.path("pki", f"{self.org}.{ending}") for ending in ("pem", "key"))
        self.put_back(certificate, key)
        shell('rm "$1" "$2"', certificate, key)
        words = {"--oin": OIN[self.org], "--organisatie": NAMES[self.org], "--host": f"{self.org}.localhost"}
        words.update(zip(options[::2], options[1::2]))
        region.script("pki", "issue", "--map", region.path("pki", "ca"), "--certificaat", certificate, "--sleutel", key,
                      *[word for pair in words.items() for word in pair])


class WhileItServes(Checking):
    org = "school"

    def test_all_is_well_and_every_address_is_its_own(self):
        points = self.check("--partners", prefix=("prlimit", "--nofile=20000:20000"))
        self.assertEqual([p for p in points if p["oordeel"] == "fout"], [])
        text = json.dumps(points)
        for which in ("peer", "desk", "ops"):
            self.assertIn(f"127.0.0.1:{region.port('school', which)}: hier luistert dit knooppunt", text)
        self.assertEqual(sum("bereikbaar" in p["gevonden"] for p in points), len(ORGANISATIONS) - 1)
        done = region.command("school", "-", "check")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"(?m)^in orde  certificaat ")
        self.assertRegex(done.stdout, r"(?m)^let op   reservekopie .*\n +-> maak elke dag")
        self.assertRegex(done.stdout.splitlines()[-1], r"^\d+ in orde, \d+ let op, 0 fout$")

    def test_ringing_at_partners_asks_them_nothing(self):
        marks = {org: region.mark(org) for org in ORGANISATIONS if org != "school"}
        self.check("--partners")
        for org, mark in marks.items():
            # What a test before this one agreed may still travel. Between others it may even come before the document that
            # it is about, and be refused: a record that names another partner is never of the school's ringing.
            agreeing = ("convenant-bekend", "handtekening-ontvangen")
            others = {oin for name, oin in OIN.items() if name != "school"}
            self.assertEqual([r for r in region.records(org, mark)
                              if r["handeling"] not in agreeing and r.get("ketenpartner") not in others], [])

    def test_a_partner_that_is_down_silent_or_refuses_us(self):
        region.stop_one("uwv")
        self.addCleanup(region.start_one, "uwv")
        self.assert_says("let op", "ketenpartner", "UWV Zandland: geen verbinding", "--partners")
        os.kill(region.pid("schuldhulp"), signal.SIGSTOP)
        try:
            self.assert_says("let op", "ketenpartner", "Schuldhulp Zandland: geen verbinding", "--partners")
        finally:
            os.kill(region.pid("schuldhulp"), signal.SIGCONT)

    def test_a_partner_whose_set_is_too_old_to_believe(self):
        eventually("alle sets zijn er, ook van wie een eerdere test stopte", lambda: [
            p for p in self.check() if p["wat"] == "opzoeksets" and p["oordeel"] == "in orde"])
        self.assert_says("in orde", "opzoeksets", "van ketenpartners zijn er ")
        region.stop_one("gebiedsteam")
        self.addCleanup(region.start_one, "gebiedsteam")
        eventually("de set van een partner die stil is, geldt niet meer", lambda: [
            p for p in self.check() if p["wat"] == "opzoeksets" and p["oordeel"] == "let op"], 90)  # after half a minute
        self.assert_says("let op", "opzoeksets", "van ketenpartners zijn er ")

    def test_a_partner_whose_certificate_names_another(self):
        cjg, uwv = (f"https://{org}.localhost:{region.port(org)}" for org in ("cjg", "uwv"))
        self.edit("convenant.json", (cjg, "https://wissel.localhost:1"), (uwv, cjg), ("https://wissel.localhost:1", uwv))
        for name in ("CJG Zandland", "UWV Zandland"):
            self.assert_says("fout", "ketenpartner", f"{name}: certificaat geweigerd: het certificaat noemt geen of een "
                             "andere organisatie (OIN)", "--partners")

    def test_a_partner_that_refuses_our_certificate(self):
        # A certificate that the others' list revokes: they break off behind the handshake.
        self.issue()
        region.script("pki", "revoke", "--map", region.path("pki", "ca"), "--certificaat",
                      region.path("pki", "school.pem"))
        shell('cp "$1" "$2.nieuw"; mv "$2.nieuw" "$2"', region.path("pki", "ca", "ca.crl"),
              region.path("cjg", "intrekkingen", "ca.crl"))
        region.reload("cjg")
        self.assert_says("fout", "ketenpartner", "CJG Zandland: breekt de TLS-handdruk af, of weigert", "--partners")

    def test_an_address_that_changed_needs_a_restart_and_a_taken_one_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            self.edit("ketenbrug.ini", (rf"127\.0\.0\.1:{region.port('school')}\b", f"127.0.0.1:{taken}"))
            self.assert_says("fout", "adres ketenpartners", "in gebruik door een ander programma")
        self.assert_says("let op", "adres ketenpartners", "vrij, het knooppunt luistert elders")

    def test_a_node_that_is_not_ready_says_why(self):
        self.edit("convenant.json", (r'"tot": "2029-12-31"', '"tot": "2025-06-30"'))
        region.sign("school")
        region.reload("school")
        self.addCleanup(region.reload, "school")  # runs before the file is back: once more below
        try:
            eventually("niet gereed", lambda: region.health("school") == 503)
            points = self.check()
            self.assertIn(("fout", "convenant"), [(p["oordeel"], p["wat"]) for p in points])
            self.assertTrue(any(p["wat"] == "knooppunt" and "niet van kracht" in p["gevonden"] for p in points), points)
        finally:
            self.doCleanups()
            region.sign("school")
            region.reload("school")
            eventually("weer gereed", lambda: region.health("school") == 200)

    def test_who_may_not_ask_the_node_is_told(self):
        points = self.check("--bewijs", region.path("school", "bewijzen", "z.smit"))
        self.assertTrue(any(p["wat"] == "knooppunt" and p["oordeel"] == "fout" for p in points), points)


class WhileItDoesNot(Checking):
    """The node of the CJG is stopped: check opens the store itself."""

    @classmethod
    def setUpClass(cls):
        region.stop_one("cjg")

    @classmethod
    def tearDownClass(cls):
        region.start_one("cjg")

    def test_all_is_well(self):
        points = self.check()
        self.assertEqual([p for p in points if p["oordeel"] == "fout"], [])
        says = {(p["wat"], p["gevonden"]) for p in points}
        self.assertIn(("knooppunt", "draait niet"), says)
        schema = region.sql("cjg", "PRAGMA user_version")
        self.assertIn(("opslag", f"gaat open met deze sleutels, schema {schema}"), says)
        self.assertTrue(any(p["wat"] == "klok" and p["oordeel"] == "in orde" for p in points))

    def test_keys_of_the_log_that_the_covenant_does_not_name(self):
        """A month-old copy of the keys, or the folder of another node: partners would believe nothing of it."""
        self.assert_says("in orde", "sleutels in convenant", "cjg.localhost/logboek")
        with open(self.path("convenant.json"), encoding="utf-8") as file:
            own = next(p for p in json.load(file)["partijen"] if p["oin"] == OIN["cjg"])["logboek"]
        other = region.command_json("uwv", "-", "audit", "keys", "--oorsprong", own["oorsprong"])
        for name in ("sleutel", "getuige"):
            with self.subTest(key=name):
                self.assertNotEqual(other[name], own[name])
                self.edit("convenant.json", (re.escape(own[name]), other[name]))
                self.assert_says("fout", "sleutels in convenant", "andere sleutels")
                done = run(region.serve_words("cjg"))
                self.assertEqual(done.returncode, 1)
                self.assertIn("audit keys", done.stderr)
                self.edit("convenant.json", (re.escape(other[name]), own[name]))

    def test_a_configuration_that_is_wrong(self):
        self.edit("ketenbrug.ini", (r"verbinden_ms = \d+", "verbinden_ms = snel"))
        self.assert_says("fout", "configuratie", "ketenpartners.verbinden_ms")

    def test_addresses(self):
        port = region.port("cjg")
        with socket.create_server(("127.0.0.1", port)):
            self.assert_says("fout", "adres ketenpartners", "in gebruik door een ander programma")
        self.edit("ketenbrug.ini", (rf"127\.0\.0\.1:{port}\b", f"203.0.113.9:{port}"))
        self.assert_says("fout", "adres ketenpartners", "dit adres heeft deze machine niet")

    def test_rights_of_keys_folders_and_configuration(self):
        for name, mode, what in (("sleutels", 0o755, "rechten van map"), ("gegevens", 0o750, "rechten van map"),
                                 ("sleutels/master.key", 0o644, "rechten van sleutel"),
                                 ("ketenbrug.ini", 0o666, "rechten van bestand"),
                                 ("convenant.json", 0o622, "rechten van bestand"),
                                 ("intrekkingen", 0o777, "rechten van bestand"),
                                 (".", 0o777, "map van contactpunt")):
            path = self.path(name)
            before = os.stat(path).st_mode & 0o7777
            os.chmod(path, mode)
            try:
                with self.subTest(name=name):
                    self.assert_says("fout", what, f"is {mode:04o}; toegestaan is")
            finally:
                os.chmod(path, before)
        key = region.path("pki", "cjg.key")
        os.chmod(key, 0o644)
        try:
            self.assert_says("fout", "rechten van sleutel", "cjg.key is 0644")
        finally:
            os.chmod(key, 0o600)

    @unittest.skipUnless(os.geteuid() == 0, "alleen root kan bestanden weggeven")
    def test_owners(self):
        key = self.path("sleutels", "master.key")
        owner = os.stat(key)
        os.chown(key, 0, 0)
        try:
            self.assert_says("fout", "rechten van sleutel", "is van gebruiker 0")
        finally:
            os.chown(key, owner.st_uid, owner.st_gid)

    def test_missing_things(self):
        for name, verdict, what in (("sleutels", "fout", "sleutels"), ("gegevens/knooppunt.db", "let op", "opslag"),
                                    ("convenant.json", "fout", "convenant"), ("intrekkingen", "fout", "certificaat")):
            path = self.path(name)
            os.rename(path, path + ".weg")
            try:
                with self.subTest(name=name):
                    self.assert_says(verdict, what, os.path.basename(name))
            finally:
                os.rename(path + ".weg", path)

    def test_other_keys_than_those_of_the_database(self):
        self.put_back(self.path("sleutels"))
        shell('rm -r "$2"; cp -pR "$1" "$2"', region.path("uwv", "sleutels"), self.path("sleutels"))
        self.assert_says("fout", "opslag", "sleutel")

    def test_seeds_of_private_matching(self):
        (name,) = [n for n in shell('ls "$1"', self.path("sleutels")).split() if n.startswith("koppelperiode-")]
        self.assert_says("in orde", "periodesleutels", "1, en ze gaan open")
        self.put_back(self.path("sleutels", name))
        shell('printf x | dd of="$1" bs=1 seek=40 conv=notrunc', self.path("sleutels", name))
        self.assert_says("fout", "periodesleutels", "opent niet")
        (point,) = [p for p in self.check() if p["wat"] == "periodesleutels"]
        for follows in ("kopie van de sleutelmap", "over niemand vragen", "opnieuw omzetten", "quotum"):
            self.assertIn(follows, point["advies"])
        shell('printf x >"$1"', self.path("sleutels", name))
        self.assert_says("fout", "periodesleutels", f"{name}: het sleutelbestand moet 72 bytes lang zijn")

    def test_a_newer_schema(self):
        self.addCleanup(region.sql, "cjg", "PRAGMA user_version=" + region.sql("cjg", "PRAGMA user_version"))
        region.sql("cjg", "PRAGMA user_version=99")
        self.assert_says("fout", "opslag", "schema 99")

    def test_certificates_that_end_or_name_others(self):
        with self.subTest("soon"):
            self.issue("--dagen", "10")  # to the end of that day
            self.assert_says("let op", "certificaat", "dagen geldig")
            self.doCleanups()
        with self.subTest("another host"):
            self.issue("--host", "elders.example")
            self.assert_says("fout", "adres in certificaat", "cjg.localhost")
            self.doCleanups()
        with self.subTest("no party"):
            self.issue("--oin", "00000099000000008000")
            self.assert_says("fout", "partij bij het convenant", "00000099000000008000")
            self.doCleanups()
        with self.subTest("revoked"):
            self.issue()
            region.script("pki", "revoke", "--map", region.path("pki", "ca"), "--certificaat",
                          region.path("pki", "cjg.pem"))
            self.put_back(self.path("intrekkingen"))
            shell('cp "$1" "$2"', region.path("pki", "ca", "ca.crl"), self.path("intrekkingen", "ca.crl"))
            self.assert_says("fout", "certificaatketen", "ingetrokken")
            self.doCleanups()
        with self.subTest("another key"):
            key = region.path("pki", "cjg.key")
            self.put_back(key)
            shell('cp -p "$1" "$2"', region.path("pki", "uwv.key"), key)
            self.assert_says("fout", "certificaat", "hoort niet bij het certificaat")

    def at(self, moment):
        library = shell("ls /usr/lib/*/faketime/libfaketimeMT.so.1").strip()
        return ("env", f"LD_PRELOAD={library}", f"FAKETIME={moment}", "DONT_FAKE_MONOTONIC=1")

    def test_what_was_signed_and_with_what_certificate(self):
        self.assert_says("in orde", "handtekeningen", "5; het eerste certificaat verloopt over")
        end = shell('openssl x509 -noout -enddate -dateopt iso_8601 -in "$1"',
                    region.path("ondertekenaars", "uwv.pem")).strip().split("=")[1].rstrip("Z")
        last = datetime.datetime.strptime(end, "%Y-%m-%d %H:%M:%S")
        for days, word in ((-10, "nog 10 dagen geldig"), (1, "verlopen; zij blijft gelden")):
            moment = (last + datetime.timedelta(days)).strftime("@%Y-%m-%d %H:%M:%S")
            self.assert_says("let op", "handtekeningen", f"UWV Zandland: het certificaat van de handtekening is {word}",
                             prefix=self.at(moment))

    def test_what_the_covenant_asks_of_people(self):
        self.assert_says("let op", "convenant", "dit is een voorbeeld")
        self.assert_says("in orde", "privacyreglement", "versie 2026.1")
        self.assert_says("in orde", "toestemming", "hoogstens 24 maanden")
        self.edit("convenant.json", (r'"tekst": "Voorbeeld: ik raadpleeg[^"]*"', '"tekst": "Akkoord."'),
                  ('"maandenHoogstens": 24', '"maandenHoogstens": 25'))
        self.assert_says("let op", "privacyreglement", "8 tekens")
        self.assert_says("let op", "toestemming", "hoogstens 25 maanden")
        self.assert_says("let op", "convenant", "en het bestand is versie")

    def test_what_time_does(self):
        for moment, verdict, what, found in (("+400d", "fout", "certificaat", "verlopen"),
                                             ("-400d", "fout", "certificaat", "nog niet geldig"),
                                             ("+2000d", "fout", "convenant", "niet van kracht")):
            with self.subTest(moment=moment, what=what):
                self.assert_says(verdict, what, found, prefix=self.at(moment))
        crl = shell('openssl crl -noout -nextupdate -dateopt iso_8601 -in "$1"',
                    self.path("intrekkingen", "ca.crl")).strip().split("=")[1].rstrip("Z")
        self.assert_says("fout", "intrekkingslijsten", "verlopen", prefix=self.at("@" + crl))
        self.assert_says("let op", "convenant", "laatste dag 2029-12-31", prefix=self.at("@2029-12-01 00:00:00"))
        # Its last day ends at midnight in Amsterdam, an hour before that of UTC.
        self.assert_says("let op", "convenant", "laatste dag 2029-12-31", prefix=self.at("@2029-12-31 22:59:00"))
        self.assert_says("fout", "convenant", "niet van kracht", prefix=self.at("@2029-12-31 23:00:00"))

    def test_a_clock_behind_the_log_and_an_old_backup(self):
        self.assert_says("fout", "klok", "ms achter op wat eerder is gezien", prefix=self.at("-2h"))
        self.assert_says("let op", "reservekopie", "nog geen gemaakt")
        folder = self.path("kopie")
        self.assertEqual(region.command("cjg", "-", "backup", folder).returncode, 0)
        self.addCleanup(shell, 'rm -rf "$1"', folder)
        self.assert_says("in orde", "reservekopie", "0 uur oud")
        self.assert_says("let op", "reservekopie", "uur oud", prefix=self.at("+3d"))

    def test_limits_of_the_process(self):
        self.assert_says("let op", "open bestanden", "256 toegestaan", prefix=("prlimit", "--nofile=256:256"))
        self.assert_says("in orde", "open bestanden", "20000 toegestaan", prefix=("prlimit", "--nofile=20000:20000"))
        self.assert_says("let op", "vast geheugen", "4096 bytes", prefix=("prlimit", "--memlock=4096:4096"))

    @unittest.skipUnless(os.geteuid() == 0, "alleen root kan een schijf aankoppelen")
    def test_a_disk_that_is_nearly_full(self):
        folder = self.path("klein")
        os.mkdir(folder)
        self.addCleanup(os.rmdir, folder)
        if run(["mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=20,mode=0700,uid=65534,gid=65534", "tmpfs",
                folder]).returncode != 0:
            self.skipTest("hier mag niets worden aangekoppeld")
        self.addCleanup(run, ["umount", folder], "", True)
        self.edit("ketenbrug.ini", ("map = gegevens", "map = klein"))
        self.assert_says("fout", "schijf", "MiB vrij")
        self.assert_says("let op", "inodes", "vrij")


if __name__ == "__main__":
    unittest.main()
