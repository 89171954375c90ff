"""The end of a term: its records' content is gone from every file that the node has, the tree still stands, what is held
stays until it is lifted, and nothing of it happens unseen."""
import datetime
import json
import os
import subprocess
import unittest

import log_keys
from support import FAMILY, REASON, TOP, WAIT, Region, as_owner, eventually, new_id, run

region = Region("bewaren", REGION_COUNT=40, REGION_DRAIN_MS=1000)
CASE, HELD_CASE = "Z-7731-VERNIETIG", "Z-7732-VASTHOUDEN"
HELD_REASON = "deze reden wordt vastgehouden voor een procedure"
LATER = "+70d"  # past the end of next month, whatever day it is


def setUpModule():
    """A month for what is recorded under this purpose; keys of lookup sets are from the start."""
    with open(os.path.join(TOP, "tests", "region", "convenant.json"), encoding="utf-8") as file:
        lines = file.read().splitlines(True)
    covenant = os.path.join(os.environ["E2E_DIR"], "een-maand.json")
    with open(covenant, "w", encoding="utf-8") as file:
        file.writelines(line.replace('"bewaartermijnMaanden": 60', '"bewaartermijnMaanden": 1')
                        if '"bewaarklasse": 1,' in line else line for line in lines)
    region.environment["REGION_COVENANT"] = covenant
    region.start()


def owner(*words, check=True):
    return run(as_owner(list(words)), check=check)


def fake_time():
    library = subprocess.run("ls /usr/lib/*/faketime/libfaketimeMT.so.1", shell=True, capture_output=True, text=True,
                             check=True).stdout.strip()
    return ["env", f"LD_PRELOAD={library}", f"FAKETIME={LATER}", "DONT_FAKE_MONOTONIC=1"]


def later(org, user, *words):
    """A command of a node that does not serve, in the time to come."""
    token = [] if user == "-" else ["--bewijs", region.path(org, "bewijzen", user)]
    return run(as_owner([*fake_time(), region.path("ketenbrug"), *words, "--config",
                         region.path(org, "ketenbrug.ini"), *token]))


def later_json(org, user, *words):
    done = later(org, user, *words, "--json")
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stderr}")
    return json.loads(done.stdout)


def this_month():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m")


def classes(answer):
    return {(c["maand"], c["bewaarklasse"]): c for c in answer["klassen"]}


class Destruction(unittest.TestCase):
    """One story: recorded, held, copied, destroyed, searched, lifted, searched again. Its node ends in a time to come: no
    other test asks it."""

    ORG = "gebiedsteam"

    @classmethod
    def setUpClass(cls):
        cls.month = this_month()
        mark = region.mark(cls.ORG)
        region.consult(FAMILY, zaak=CASE)
        region.consult([FAMILY[0]], zaak=HELD_CASE, reden=HELD_REASON)
        cls.records = region.records(cls.ORG, mark)
        cls.held = next(r["volgnummer"] for r in cls.records if r.get("zaak") == HELD_CASE and "reden" in r)
        cls.secrets = [CASE, REASON, REASON[:20], *FAMILY, "g.jansen", HELD_CASE, HELD_REASON]
        cls.hold("--reden", "procedure bij de rechter", "--regel", str(cls.held))
        folder = region.path(cls.ORG, "kopieen")
        owner("mkdir", "-m", "700", folder)
        done = region.command(cls.ORG, "-", "backup", folder + "/ervoor")
        assert done.returncode == 0, done.stderr
        region.stop_one(cls.ORG)

    @classmethod
    def hold(cls, *words):
        done = region.command(cls.ORG, "privacy", "audit", "hold", *words)
        assert done.returncode == 0, done.stderr

    # ---- what someone with all files could do ----

    def databases(self):
        return [p for p in log_keys.files_in(region.path(self.ORG)) if p.endswith("knooppunt.db")]

    def opened(self):
        """What of this month's class 1 opens, in the data and in every copy of them, with anything in the key folder."""
        keys, _ = log_keys.key_candidates(region.path(self.ORG, "sleutels"))
        found = {}
        for database in self.databases():
            things = [t for t in log_keys.log_of(database) if (t.month, t.retention_class) == (int(self.month), 1)]
            self.assertGreater(len(things), 10)
            found[database] = log_keys.openable(things, keys)
        return found

    def assert_nowhere(self, strings):
        searched = 0
        for path in log_keys.files_in(region.path(self.ORG)):
            content = log_keys.read(path)
            searched += len(content)
            for word in strings:
                self.assertNotIn(word, content, path)
        self.assertGreater(searched, 100000)

    def plain(self, words):
        return [form for word in words for form in (word.encode(), word.encode("utf-16-le"), word[::-1].encode())]

    def test_the_content_is_gone_the_tree_stands_and_what_is_held_stays_until_it_is_lifted(self):
        shown = f"{self.month[:4]}-{self.month[4:]}"
        class_key = log_keys.class_keys(region.path(self.ORG, "sleutels"))[int(self.month), 1]
        things = [t for t in log_keys.log_of(region.database(self.ORG))
                  if (t.month, t.retention_class) == (int(self.month), 1)]
        record_keys = [log_keys.record_key(class_key, t.salt) for t in things]

        # The control: before it, the same search opens every one, in the data and in the copy, and finds the content.
        before = self.opened()
        self.assertEqual(len(before), 2)
        for found in before.values():
            everything = b"\n".join(found.values())
            for word in self.secrets:
                self.assertIn(word.encode(), everything)
        self.assertEqual(len(before[region.database(self.ORG)]), len(things))

        # Who may, and what is over.
        self.assertEqual(later(self.ORG, "g.jansen", "audit", "destroy", "--bevestig").returncode, 1)
        self.assertEqual(later(self.ORG, "privacy", "audit", "destroy", "--bevestig").returncode, 1)
        listed = classes(later_json(self.ORG, "-", "audit", "retention"))
        self.assertTrue(listed[shown, 1]["termijnOm"])
        self.assertEqual((listed[shown, 1]["sleutel"], listed[shown, 1]["vastgehouden"]), ("aanwezig", 1))
        self.assertFalse(listed[shown, 0]["termijnOm"])
        self.assertEqual(listed[shown, 1]["regels"], len([t for t in things if t.what == "regel"]))
        early = later(self.ORG, "-", "audit", "destroy", "--maand", shown, "--klasse", "0", "--bevestig")
        self.assertEqual(early.returncode, 1)
        self.assertIn(listed[shown, 0]["vernietigenVanaf"], early.stderr)
        self.assertEqual(later(self.ORG, "-", "audit", "destroy", "--maand", shown, "--bevestig").returncode, 2)
        self.assertEqual(later(self.ORG, "-", "audit", "destroy", "--maand", "2026-1x", "--klasse", "1").returncode, 1)

        # Without the confirmation nothing happens.
        rehearsal = later(self.ORG, "-", "audit", "destroy")
        self.assertIn(f"maand {shown}, bewaarklasse 1", rehearsal.stdout)
        self.assertIn("niets vernietigd", rehearsal.stdout)
        self.assertEqual(classes(later_json(self.ORG, "-", "audit", "retention"))[shown, 1]["sleutel"], "aanwezig")

        destroyed = later_json(self.ORG, "-", "audit", "destroy", "--bevestig")
        self.assertIn({"maand": shown, "bewaarklasse": 1}, destroyed["sleutels"])
        self.assertEqual(later_json(self.ORG, "-", "audit", "destroy", "--bevestig")["sleutels"], [])
        again = later(self.ORG, "-", "audit", "destroy", "--maand", shown, "--klasse", "1", "--bevestig")
        self.assertIn("al vernietigd", again.stderr)

        # The tree stands, and says how much of it can no longer be read.
        verified = later(self.ORG, "-", "audit", "verify")
        self.assertEqual(verified.returncode, 0, verified.stderr)
        gone = len([t for t in things if t.what == "regel"]) - 1
        self.assertIn(f"Van {gone} regels is de bewaartermijn om", verified.stdout)
        first = str(self.records[0]["volgnummer"])
        page = later_json(self.ORG, "privacy", "audit", "list", "--vanaf", first, "--aantal", "200")["regels"]
        row = page[0]
        self.assertEqual((row["leesbaar"], row["gesloten"]), (False, "sleutel-vernietigd"))
        self.assertEqual((row["handeling"], row["doel"], row["tijd"]),
                         tuple(self.records[0][name] for name in ("handeling", "doel", "tijd")))
        self.assertTrue({"bsn", "zaak", "reden", "gebruiker"}.isdisjoint(row))
        text = later(self.ORG, "privacy", "audit", "list", "--vanaf", first, "--aantal", "1").stdout
        self.assertIn("sleutel-vernietigd", text)
        said = next(r for r in page if r["handeling"] == "sleutel-vernietigd" and r["logsleutel"] == f"{self.month}-1")
        self.assertIn("termijn 1 maanden", said["reden"])
        self.assertEqual(said["gebruiker"], "knooppunt")

        # What is held is there, with its text; and nothing else opens, in the copy of before neither.
        kept = next(r for r in page if r["volgnummer"] == self.held)
        self.assertEqual((kept["leesbaar"], kept["reden"], kept["zaak"]), (True, HELD_REASON, HELD_CASE))
        done = later(self.ORG, "-", "backup", region.path(self.ORG, "kopieen", "erna"))
        self.assertEqual(done.returncode, 0, done.stderr)
        after = self.opened()
        self.assertEqual(len(after), 3)
        for found in after.values():
            self.assertEqual(set(found), {(self.held, "regel"), (self.held, "tekst")})
        held_keys = {log_keys.record_key(class_key, t.salt) for t in things if t.number == self.held}
        _, opened = log_keys.key_candidates(region.path(self.ORG, "sleutels"))
        for key in {class_key, *record_keys} - held_keys:
            self.assertFalse(any(key in plain for plain in opened))
        self.assert_nowhere([class_key, *record_keys, *self.plain(self.secrets)])

        # Lifted, that is gone too.
        self.assertEqual(later_json(self.ORG, "fg", "audit", "hold")["vasthoudingen"][0]["regel"], self.held)
        for user in ("fg", "-", "g.jansen"):
            refused = later(self.ORG, user, "audit", "hold", "--regel", str(self.held), "--opheffen", "--reden",
                            "de procedure is voorbij")
            self.assertEqual(refused.returncode, 1, user)
        lifted = later(self.ORG, "privacy", "audit", "hold", "--regel", str(self.held), "--opheffen", "--reden",
                       "de procedure is voorbij")
        self.assertEqual(lifted.returncode, 0, lifted.stderr)
        self.assertTrue(all(found == {} for found in self.opened().values()))
        page = later_json(self.ORG, "privacy", "audit", "list", "--vanaf", str(self.held), "--aantal", "1")["regels"]
        self.assertFalse(page[0]["leesbaar"])
        last = later_json(self.ORG, "privacy", "audit", "list", "--aantal", "4")["regels"]
        self.assertTrue(any(r["handeling"] == "vasthouding-opgeheven" and
                            r["reden"] == f"regel {self.held}: de procedure is voorbij" for r in last))
        late = later(self.ORG, "privacy", "audit", "hold", "--regel", str(self.held), "--reden", "toch nog bewaren")
        self.assertEqual(late.returncode, 1)
        self.assertIn("sleutel", late.stderr)
        self.assert_nowhere([class_key, *record_keys, *self.plain(self.secrets)])
        self.assertEqual(later(self.ORG, "-", "audit", "verify").returncode, 0)


class ByItself(unittest.TestCase):
    """A node that serves when a term ends."""

    ORG = "school"

    def serve(self):
        words = region.serve_words(self.ORG)
        at = words.index(region.path("ketenbrug"))
        self.log = region.path("school.log")
        with open(self.log, "wb") as log:
            node = subprocess.Popen(words[:at] + fake_time() + words[at:], stderr=log, cwd="/")
        self.addCleanup(self.stop, node)
        eventually("luistert", lambda: region.health_or_none(self.ORG))
        return node

    def stop(self, node):
        if node.poll() is None:
            subprocess.run(as_owner(["kill", "-TERM", str(node.pid)]), check=True)
            node.wait(WAIT)

    def ticked(self):
        """Returns when the node did what it does each second: what is indexed then is the first of it."""
        def search():
            return region.command_json(self.ORG, "privacy", "audit", "search", "--verzoek", new_id())
        size = search()["omvang"]
        eventually("een tik", lambda: search()["doorzoekbaar"] > size)

    def status(self):
        return region.command_json(self.ORG, "-", "status")["logboekSleutels"]

    def test_it_destroys_what_is_over_when_it_is_ready_and_says_so(self):
        region.consult(FAMILY, org=self.ORG, user="z.smit", grondslag="wpo-8", zaak="L-7731")
        region.stop_one(self.ORG)
        # The lists of revocation are out of date by then: a clock that says so is not believed.
        node = self.serve()
        self.assertEqual(region.health(self.ORG), 503)
        self.ticked()
        self.assertEqual((self.status()["termijnOm"], self.status()["vernietigd"]), (1, 0))
        self.assertIn("termijn om", region.command(self.ORG, "-", "status").stdout)
        self.stop(node)
        owner(region.path("ketenbrug"), "pki", "crl", "--map", region.path("pki", "ca"), "--dagen", "200")
        region.script("crl")
        self.serve()
        eventually("vernietigd", lambda: self.status()["vernietigd"] == 1)
        self.assertEqual(self.status()["termijnOm"], 0)
        said = region.record_of(self.ORG, 0, handeling="sleutel-vernietigd")
        self.assertEqual((said["gebruiker"], said["logsleutel"]), ("knooppunt", f"{this_month()}-1"))
        eventually("gemeld", lambda: b"logboeksleutel-vernietigd" in log_keys.read(self.log))
        self.assertNotIn((int(this_month()), 1), log_keys.class_keys(region.path(self.ORG, "sleutels")))
        self.assertEqual(region.verify(self.ORG).returncode, 0)
        self.assertEqual(region.metric(self.ORG, "ketenbrug_log_keys_destroyed"), 1)
        self.assertEqual(region.metric(self.ORG, "ketenbrug_log_keys_over"), 0)


class Findings(unittest.TestCase):
    """The key folder is not what the log says."""

    def set_keys(self, org, source):
        """Puts the log's keys of `source` (a folder; None: none) in the place of those of org, for this test."""
        keys = region.path(org, "sleutels")
        owner("cp", "-rp", keys, keys + ".heel")
        self.addCleanup(lambda: (owner("rm", "-rf", keys), owner("mv", keys + ".heel", keys)))
        owner("sh", "-c", f"rm {keys}/logsleutels-*")
        if source is not None:
            owner("sh", "-c", f"cp -p {source}/logsleutels-* {keys}/")

    def test_another_nodes_log_keys_are_refused(self):
        region.stop_one("cjg")
        self.addCleanup(region.start_one, "cjg")
        self.set_keys("cjg", region.path("uwv", "sleutels"))
        done = run(region.serve_words("cjg"), timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("een andere dan het logboek noemt", done.stderr)

    def test_damaged_log_keys_are_refused(self):
        region.stop_one("cjg")
        self.addCleanup(region.start_one, "cjg")
        self.set_keys("cjg", region.path("cjg", "sleutels.heel"))
        owner("sh", "-c", f"for file in {region.path('cjg', 'sleutels')}/logsleutels-*.bos; do printf x >>$file; done")
        done = run(region.serve_words("cjg"), timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("opent niet", done.stderr)

    def test_a_key_that_is_gone_without_a_record_is_told_and_the_node_goes_on(self):
        region.stop_one("uwv")
        self.addCleanup(region.start_one, "uwv")
        self.set_keys("uwv", None)
        # Without those of this month nothing can be recorded, and so nothing is answered; that is said, and no more lost.
        region.start_one("uwv")
        eventually("niet gereed", lambda: region.health("uwv") == 503)
        self.assertIn("logboeksleutel-ontbreekt", region.node_log("uwv"))
        self.assertIn("een logboeksleutel van deze maand is weg", region.command("uwv", "-", "status").stdout)
        refused = region.command("uwv", "privacy", "audit", "list")
        self.assertEqual(refused.returncode, 1)
        region.stop_one("uwv")
        # In a later month it goes on, and says what is lost.
        data = region.path("uwv", "gegevens")
        owner("cp", "-rp", data, data + ".heel")
        self.addCleanup(lambda: (owner("rm", "-rf", data), owner("mv", data + ".heel", data)))
        status = later("uwv", "-", "status", "--json")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertGreaterEqual(json.loads(status.stdout)["logboekSleutels"]["wijktAf"], 1)
        self.assertIn("verschillen logboek en sleutelmap", later("uwv", "-", "status").stdout)
        verified = later("uwv", "-", "audit", "verify")
        self.assertEqual(verified.returncode, 1)
        self.assertIn("zonder dat het logboek zegt", verified.stderr)
        listed = later_json("uwv", "-", "audit", "retention")["klassen"]
        self.assertIn("ontbreekt", {c["sleutel"] for c in listed})


class Holds(unittest.TestCase):
    def test_what_cannot_be_held_is_refused_and_said(self):
        org = "schuldhulp"
        number = region.mark(org) - 1
        hold = ("audit", "hold", "--reden", "een dossier van de klachtencommissie", "--regel")
        for user, wanted, words in (("fg", "rol", (str(number),)), ("-", "rol", (str(number),)),
                                    ("c.visser", "rol", (str(number),)), ("privacy", "is er niet", ("99999",))):
            with self.subTest(user=user, words=words):
                done = region.command(org, user, *hold, *words)
                self.assertEqual(done.returncode, 1)
                self.assertIn(wanted, done.stderr)
        short = region.command(org, "privacy", "audit", "hold", "--reden", "kort", "--regel", str(number))
        self.assertIn("/reden", short.stderr)
        self.assertEqual(region.command(org, "privacy", "audit", "hold", "--regel", str(number)).returncode, 2)
        self.assertEqual(region.command(org, "privacy", *hold, str(number)).returncode, 0)
        twice = region.command(org, "privacy", *hold, str(number))
        self.assertIn("al vastgehouden", twice.stderr)
        held = region.command_json(org, "fg", "audit", "hold")["vasthoudingen"]
        self.assertEqual([h["regel"] for h in held], [number])
        said = region.record_of(org, number, handeling="regel-vastgehouden")
        self.assertEqual(said["gebruiker"], "privacy")
        self.assertEqual(said["reden"], f"regel {number}: een dossier van de klachtencommissie")
        region.kill_one(org)
        region.start_one(org)
        self.assertEqual(len(region.command_json(org, "fg", "audit", "hold")["vasthoudingen"]), 1)
        lift = region.command(org, "privacy", *hold, str(number), "--opheffen")
        self.assertEqual(lift.returncode, 0, lift.stderr)
        self.assertEqual(region.command_json(org, "fg", "audit", "hold")["vasthoudingen"], [])
        self.assertEqual(region.command(org, "privacy", *hold, str(number), "--opheffen").returncode, 1)


if __name__ == "__main__":
    unittest.main()
