"""Exports of the log at real nodes, held against a verifier that shares no line with the product."""
import base64
import csv
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess

import unittest

import export_check
import receipts
from peer import Desk
from support import DAAN, FAMILY, OIN, SAMIRA, Region, as_owner, eventually, new_id, run, strangers

ORG, USER = "gebiedsteam", "privacy"
REASON = "aangifte van 26 november, dossier 12"
FORMS = {"json": "regels.jsonl", "ldv": "regels.otlp.jsonl", "nen7513": "regels.nen7513.csv", "csv": "regels.csv"}


def setUpModule():
    global region, case, unknown
    region = Region("export", REGION_CHECKPOINT_MS=500, REGION_DRAIN_MS=500).start()
    case, unknown = "Z-" + new_id()[:8], strangers(1)[0]
    region.consult(FAMILY, zaak=case)
    region.consult([unknown], zaak=case, reden="=cmd|' /C calc'!A1, zei \"iemand\"")
    with Desk(region, ORG, region.token(ORG, USER)) as desk:
        for _ in range(300):  # more than one whole subtree of the log, of 256 leaves
            assert desk.call("GET", "/v1/logboek?aantal=1").status == 200
    for org in (ORG, "schuldhulp"):
        proven_up_to_here(org)


def proven_up_to_here(org=ORG):
    """All that is in the log now stands in a checkpoint that enough witnesses cosigned."""
    mark = region.mark(org)

    def done():
        found = region.command(org, USER, "audit", "show", str(mark - 1), "--json")
        proof = json.loads(found.stdout)["bewijs"] if found.returncode == 0 else {"ingesloten": False}
        return proof["ingesloten"] and proof["medeondertekend"] >= proof["nodig"]
    eventually("een controlepunt", done)
    return mark


def folder_name(org=ORG):
    return region.path(org, "uitvoer-" + new_id()[:8])


def export(*words, org=ORG, user=USER, stdin=""):
    """The folder, and inhoud.json as the command printed it."""
    folder = folder_name(org)
    done = region.command(org, user, "audit", "export", "--map", folder, *words, "--json", stdin=stdin)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def check(folder, org=ORG):
    return export_check.check(folder, region.path(org, "convenant.json"), OIN[org])


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return file.read().splitlines(keepends=True)


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def spoiled(folder):
    copy = folder + "-" + new_id()[:8]
    shutil.copytree(folder, copy)
    return copy


def sign_anew(folder, org=ORG, **change):
    """As a node that lies would: what inhoud.json says fits the files, and it is signed by the log's own key."""
    with open(os.path.join(folder, "inhoud.json"), encoding="utf-8") as file:
        contents = {**json.load(file), **change}
    for entry in contents["bestanden"]:
        with open(os.path.join(folder, entry["naam"]), "rb") as file:
            data = file.read()
        entry["bytes"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    text = json.dumps(contents).encode()
    write(folder, "inhoud.json", text)
    note = f"ketenbrug/uitvoer/v1\n{contents['oorsprong']}\n{hashlib.sha256(text).hexdigest()}\n"
    key = export_check.Key(contents["sleutel"])
    signature = base64.b64encode(key.id + receipts.sign(receipts.log_of(region.dir, org).seed, note.encode())).decode()
    write(folder, "ondertekening.txt", f"{note}\n\u2014 {key.name} {signature}\n".encode())


class Forms(unittest.TestCase):
    def test_each_form_is_proven_with_keys_and_without(self):
        for form, name in FORMS.items():
            for keys in ((), ("--met-sleutels", "--reden", REASON)):
                folder, contents = export("--vorm", form, *keys)
                self.assertEqual(check(folder), contents["aantal"], form)
                self.assertEqual(contents["aantal"], contents["controlepunt"])
                self.assertEqual(contents["omvang"], contents["controlepunt"] + contents["nietInControlepunt"])
                self.assertEqual(set(os.listdir(folder)),
                                 {name, "bewijs.jsonl", "controlepunt.txt", "inhoud.json", "ondertekening.txt"})
                self.assertEqual(contents["redenBewezen"], False)

    def test_files_are_for_their_owner_alone_and_a_folder_is_used_once(self):
        folder, _ = export()
        for name in os.listdir(folder):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o600, name)
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        again = region.command(ORG, USER, "audit", "export", "--map", folder)
        self.assertEqual(again.returncode, 2)
        self.assertIn("noem een map die er nog niet is", again.stderr)

    def test_numbers_stand_in_it_with_keys_alone(self):
        plain, _ = export("--zaak", case)
        known, _ = export("--zaak", case, "--met-sleutels", "--reden", REASON)
        for people, folder in ((False, plain), (True, known)):
            text = "".join(line for name in os.listdir(folder) for line in lines(folder, name))
            for number in (*FAMILY, unknown):
                self.assertEqual(number in text, people, number)
        rows = [json.loads(line) for line in lines(plain, "regels.jsonl")]
        names = {row["betrokkene"] for row in rows if row.get("betrokkeneSoort") == "pseudoniem"}
        self.assertTrue(names)
        for name in names:
            self.assertRegex(name, "^p-[0-9a-f]{16}$")
        other, _ = export("--zaak", case)
        others = {row["betrokkene"] for row in map(json.loads, lines(other, "regels.jsonl"))
                  if row.get("betrokkeneSoort") == "pseudoniem"}
        self.assertEqual((len(others), others & names), (len(names), set()))  # no joining over exports

    def test_spans_are_as_otlp_and_the_dutch_standard_have_them(self):
        folder, contents = export("--vorm", "ldv", "--zaak", case)
        spans = [span for line in lines(folder, "regels.otlp.jsonl")
                 for resource in json.loads(line)["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
        self.assertEqual(len(spans), contents["aantal"])
        for span in spans:
            self.assertRegex(span["traceId"], "^[0-9a-f]{32}$")
            self.assertRegex(span["spanId"], "^[0-9a-f]{16}$")
            keys = {attribute["key"] for attribute in span["attributes"]}
            self.assertEqual({key for key in keys if not key.startswith("dpl.core.")}, set())
            self.assertIn("dpl.core.processing_activity_id", keys)
        ended = [span for span in spans if span["name"] == "raadpleging-ontvangen"]
        begun = {span["traceId"]: span for span in spans if span["name"] == "raadpleging-gevraagd"}
        self.assertTrue(ended)
        for span in ended:  # what lasts begins at its question
            self.assertEqual(span["startTimeUnixNano"], begun[span["traceId"]]["endTimeUnixNano"])
            attributes = {a["key"]: a["value"]["stringValue"] for a in span["attributes"]}
            self.assertEqual(attributes["dpl.core.foreign_operation.trace_id"], span["traceId"])
            self.assertEqual(attributes["dpl.core.foreign_operation.span_id"], span["parentSpanId"])
            self.assertRegex(attributes["dpl.core.foreign_operation.processor"], "^https://")

    def test_the_other_side_of_a_span_is_found_in_the_partners_export(self):
        mine, _ = export("--vorm", "ldv", "--zaak", case, "--ketenpartner", OIN["schuldhulp"])
        theirs, _ = export("--vorm", "ldv", org="schuldhulp")
        check(theirs, "schuldhulp")

        def spans(folder):
            return {span["spanId"]: span for line in lines(folder, "regels.otlp.jsonl")
                    for span in json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]}
        known = spans(theirs)
        parents = [span for span in spans(mine).values() if span["name"] == "raadpleging-ontvangen"]
        self.assertTrue(parents)
        for span in parents:
            self.assertEqual(known[span["parentSpanId"]]["name"], "raadpleging-beantwoord")
            self.assertEqual(known[span["parentSpanId"]]["traceId"], span["traceId"])

    def test_a_cell_is_no_formula(self):
        folder, _ = export("--vorm", "csv", "--zaak", case)
        with open(os.path.join(folder, "regels.csv"), encoding="utf-8", newline="") as file:
            cells = [row["reden"] for row in csv.DictReader(file, strict=True)]
        self.assertIn("'=cmd|' /C calc'!A1, zei \"iemand\"", cells)
        with open(os.path.join(folder, "regels.csv"), encoding="utf-8", newline="") as file:
            for row in csv.reader(file, strict=True):
                self.assertEqual([cell for cell in row if cell[:1] in ("=", "+", "-", "@")], [])


class Filters(unittest.TestCase):
    def test_a_person_is_found_by_number_and_the_record_tells_no_number(self):
        mark = region.mark(ORG)
        folder, contents = export("--persoon", "--zaak", case, stdin=f"{DAAN}\n")
        self.assertGreater(check(folder), 2)
        self.assertEqual(contents["filters"], {"zaak": case, "persoon": True})
        row, = [r for r in region.log_page(ORG, mark, 50) if r["handeling"] == "logboek-uitgevoerd"]
        self.assertIn(f"zaak={case}", row["reden"])
        self.assertNotIn(DAAN, row["reden"])
        self.assertTrue("bsn" in row or "betrokkene" in row)
        self.assertEqual((row["gebruiker"], row["uitkomst"]), (USER, "uitgevoerd"))
        listed = [r for r in region.records(ORG) if r.get("zaak") == case and r.get("bsn", "").endswith(DAAN[6:])]
        self.assertEqual(contents["aantal"], len(listed))

    def test_a_period_is_exact_and_gives_the_same_again(self):
        day = region.log_page(ORG, 0, 1)[0]["tijd"][:10]
        first, one = export("--van", day)
        self.assertEqual(check(first), one["controlepunt"])
        empty, none = export("--tot", "2019-12-31")
        self.assertEqual((check(empty), none["aantal"]), (0, 0))
        with Desk(region, ORG, region.token(ORG, USER)) as desk:
            answers = [desk.call("POST", "/v1/logboek/uitvoer", {"vorm": "json", "bewijs": False, "totOmvang": 5})
                       for _ in range(2)]
        rows = [re.search(rb"regels\.jsonl [0-9]+\n((?:\{.*\}\n)+)", answer.body)[1] for answer in answers]
        self.assertEqual([row.count(b"\n") for row in rows], [5, 5])
        self.assertEqual(rows[0].count(b'"volgnummer":'), 5)

    def test_an_outcome_is_a_filter_too(self):
        folder, contents = export("--zaak", case, "--uitkomst", "betrokkenheid-ontvangen")
        self.assertEqual(check(folder), contents["aantal"])
        outcomes = {json.loads(line)["uitkomst"] for line in lines(folder, "regels.jsonl")}
        self.assertEqual(outcomes, {"betrokkenheid-ontvangen"})

    def test_what_is_wrong_is_named_and_recorded(self):
        for words, told in ((["--vorm", "xml"], "kies json"), (["--uitkomst", "mooi", "--zaak", "x"], "uitkomst"),
                            (["--van", "2026-13-01"], "JJJJ-MM-DD"), (["--doel", "hulpafstemming"], "noem ook van en tot"),
                            (["--met-sleutels"], "reden"), (["--van", "2026-02-01", "--tot", "2026-01-01"], "ligt voor van")):
            folder = folder_name()
            done = region.command(ORG, USER, "audit", "export", "--map", folder, *words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(told, done.stderr)
            self.assertFalse(os.path.exists(folder) or os.path.exists(folder + ".onvolledig"))

    def test_only_who_investigates_exports(self):
        mark = region.mark(ORG)
        for user in ("fg", "g.jansen", "-"):
            done = region.command(ORG, user, "audit", "export", "--map", folder_name())
            self.assertEqual(done.returncode, 1)
            self.assertIn("niet toegestaan", done.stderr)
        def refusals():  # they may come after the answers
            return len([r for r in region.records(ORG, mark) if r["handeling"] == "geweigerd"])
        eventually("de weigeringen", lambda: refusals() >= 3)
        self.assertEqual(refusals(), 3)


class Forgery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder, _ = export("--zaak", case, "--met-sleutels", "--reden", REASON)
        cls.proven = check(cls.folder)

    def assert_wrong(self, folder, file, org=ORG):
        with self.assertRaises(export_check.Wrong) as raised:
            check(folder, org)
        self.assertEqual(raised.exception.file, file, raised.exception)

    def test_one_byte_of_any_file_and_the_file_is_named(self):
        for name in sorted(os.listdir(self.folder)):
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
            for at in (0, len(data) // 3, len(data) // 2, len(data) - 1):
                copy = spoiled(self.folder)
                write(copy, name, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
                self.assert_wrong(copy, name)

    def test_a_file_that_is_gone_or_too_many(self):
        for name in sorted(os.listdir(self.folder)):
            copy = spoiled(self.folder)
            os.remove(os.path.join(copy, name))
            self.assert_wrong(copy, name)
        copy = spoiled(self.folder)
        write(copy, "bijlage.txt", b"x")
        self.assert_wrong(copy, "bijlage.txt")

    def lie(self, change, file, name="bewijs.jsonl"):
        """A node that holds the log's key changes the rows and signs anew."""
        copy = spoiled(self.folder)
        write(copy, name, "".join(change(lines(copy, name))).encode())
        sign_anew(copy)
        self.assert_wrong(copy, file)

    def test_a_node_that_lies_is_found_out_by_its_own_proofs(self):
        sign_anew(spoiled(self.folder))  # what is signed anew without a change still holds
        copy = spoiled(self.folder)
        sign_anew(copy)
        self.assertEqual(check(copy), self.proven)
        self.lie(lambda rows: rows[:-1], "bewijs.jsonl")
        self.lie(lambda rows: rows[1:2] + rows[:1] + rows[2:], "regels.jsonl")

        def swapped(rows):
            return rows[1:2] + rows[:1] + rows[2:]
        copy = spoiled(self.folder)
        for name in ("bewijs.jsonl", "regels.jsonl"):
            write(copy, name, "".join(swapped(lines(copy, name))).encode())
        sign_anew(copy)
        self.assert_wrong(copy, "bewijs.jsonl")
        for old, new in (("g.jansen", "p.smit"), ("raadpleging-ontvangen", "raadpleging-gevraagd"), (DAAN, SAMIRA),
                         ("hulpafstemming", "fraudebestrijding")):
            self.lie(lambda rows, old=old, new=new: [row.replace(old, new) for row in rows], "regels.jsonl", "regels.jsonl")

    def test_a_missing_record_of_a_whole_log_is_noticed(self):
        folder, contents = export()
        copy = spoiled(folder)
        for name in ("bewijs.jsonl", "regels.jsonl"):
            rows = lines(copy, name)
            write(copy, name, "".join(rows[:3] + rows[4:]).encode())
        sign_anew(copy, aantal=contents["aantal"] - 1)
        self.assert_wrong(copy, "bewijs.jsonl")

    def test_a_record_of_another_log(self):
        other, _ = export("--zaak", case, "--met-sleutels", "--reden", REASON, org="schuldhulp")
        self.assert_wrong(other, "ondertekening.txt")
        alien = lines(export(org="schuldhulp")[0], "bewijs.jsonl")
        self.lie(lambda rows: rows[:-1] + [json.dumps({**json.loads(rows[-1]), "blad": json.loads(alien[-1])["blad"]}) + "\n"],
                 "bewijs.jsonl")

    def test_a_checkpoint_that_too_few_witnesses_saw(self):
        copy = spoiled(self.folder)
        rows = lines(copy, "controlepunt.txt")
        signatures = [i for i, row in enumerate(rows) if row.startswith("\u2014")]
        write(copy, "controlepunt.txt", "".join(rows[:signatures[2]]).encode())  # the log's own, and one
        sign_anew(copy)
        self.assert_wrong(copy, "controlepunt.txt")

    def test_another_key_opens_nothing(self):
        keys = [json.loads(row)["sleutel"] for row in lines(self.folder, "bewijs.jsonl")]
        self.assertEqual(len(set(keys)), len(keys))
        self.lie(lambda rows: [rows[0].replace(keys[0], keys[1])] + rows[1:], "bewijs.jsonl")


class Broken(unittest.TestCase):
    def test_a_disk_that_is_full_leaves_a_folder_that_says_so(self):
        folder = folder_name()
        with open(region.path(ORG, "bewijzen", USER), encoding="ascii") as file:
            self.assertTrue(file.read())
        words = [region.path("ketenbrug"), "audit", "export", "--config", region.path(ORG, "ketenbrug.ini"), "--bewijs",
                 region.path(ORG, "bewijzen", USER), "--map", folder]
        done = subprocess.run(as_owner(["sh", "-c", 'ulimit -f 8; trap "" XFSZ; exec "$@"', "sh", *words]),
                              capture_output=True, text=True, timeout=60, cwd="/", check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertFalse(os.path.exists(folder))
        self.assertTrue(os.path.isdir(folder + ".onvolledig"))
        self.assertNotIn("ondertekening.txt", os.listdir(folder + ".onvolledig"))

    def test_a_client_that_goes_away_costs_nothing(self):
        for _ in range(20):
            with Desk(region, ORG, region.token(ORG, USER)) as desk:
                desk.send("POST", "/v1/logboek/uitvoer", json.dumps({"vorm": "json"}).encode(),
                          [("content-type", "application/json"), ("authorization", "Bearer " + region.token(ORG, USER))])
        folder, _ = export()
        check(folder)
        self.assertEqual(region.health(ORG), 200)

    def test_the_verifier_as_a_program(self):
        folder, contents = export("--zonder-bewijs")
        self.assertEqual(contents["bewijs"], False)
        self.assertNotIn("bewijs.jsonl", os.listdir(folder))
        folder, contents = export()
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "export_check.py")
        done = run(["/usr/bin/python3", script, folder, region.path(ORG, "convenant.json"), OIN[ORG]])
        self.assertEqual((done.returncode, done.stdout), (0, f"OK: {contents['aantal']} regels bewezen\n"))
