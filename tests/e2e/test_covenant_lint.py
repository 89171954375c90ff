"""`covenant lint` as somebody who writes a covenant uses it: places, words, versions, exit codes. No node is needed."""
import json
import os
import tempfile
import unittest

from support import TOP, program, run

SAMPLE = os.path.join(TOP, "tests", "region", "convenant.json")


class CovenantLint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(SAMPLE, encoding="utf-8") as file:
            self.text = file.read()

    def write(self, name, *changes):
        """The sample with some words changed, each of which must be there."""
        text = self.text
        for before, after in changes:
            self.assertIn(before, text)
            text = text.replace(before, after, 1)
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def lint(self, *words):
        return run([program("ketenbrug"), "covenant", "lint", *words])

    def findings(self, *words, code=1):
        done = self.lint("--json", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_the_sample_is_clean(self):
        done = self.lint(SAMPLE)
        self.assertEqual((done.returncode, done.stdout), (0, "0 bezwaren, 0 opmerkingen\n"))
        said = self.findings(SAMPLE, code=0)
        self.assertEqual(said["bevindingen"], [])
        self.assertRegex(said["documenten"][0]["hash"], r"^\$1\$1\$[A-Za-z0-9_-]{86}$")

    def test_each_line_says_where_and_what(self):
        path = self.write("c.json", ('"dagen": 14', '"dagen": 0'), ('17443", "niveau": 4', '17443", "niveau": 9'))
        done = self.lint(path)
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 3)
        changed = open(path, encoding="utf-8").read().splitlines()
        for line, where, value in zip(lines, ("/reglement/dagen", "/partijen/0/niveau"), ("0}", "9, ")):
            file, row, column, word, pointer, _ = line.split(":", 5)
            self.assertEqual((file, word, pointer), (path, " fout", " " + where))
            self.assertTrue(changed[int(row) - 1][int(column) - 1:].startswith(value), line)
        self.assertEqual(lines[2], "2 bezwaren, 0 opmerkingen")

    def test_a_smell_is_an_objection_and_a_remark_is_none(self):
        smell = self.findings(self.write("a.json", (', "toestemming": "avg-grond"', "")))
        self.assertEqual([f["soort"] for f in smell["bevindingen"]], ["toestemming-ontbreekt"])
        self.assertTrue(smell["bevindingen"][0]["bezwaar"])
        self.assertIn("hash", smell["documenten"][0])  # it can be read; nobody should sign it
        remark = self.findings(self.write("b.json", ('"soort": "ggz"', '"soort": "gi"')), code=0)
        self.assertEqual([(f["soort"], f["bezwaar"]) for f in remark["bevindingen"]], [("soort-zonder-partij", False)])

    def test_what_is_no_covenant(self):
        for name, text, word in (("leeg", "", "JSON"), ("dubbel", '{"naam": "a", "naam": "b"}', "dezelfde naam"),
                                 ("diep", "[" * 4_000_000, "diep"), ("lijst", "[]", "object")):
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = self.lint(path)
            self.assertEqual(done.returncode, 1, name)
            self.assertRegex(done.stdout, r":[1-9]\d*:[1-9]\d*: fout: ", name)
        with open(os.path.join(self.folder, "groot"), "w", encoding="utf-8") as file:
            file.write("[" * 10_000_000)
        done = self.lint(file.name)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("4194304", done.stderr)
        self.assertEqual(self.lint(os.path.join(self.folder, "bestaat-niet")).returncode, 1)

    def test_versions_that_replace_each_other(self):
        first = self.write("1.json")
        hashes = [self.findings(first, code=0)["documenten"][0]["hash"]]
        second = self.write("2.json", ('"versie": "2026.1"', f'"versie": "2026.2",\n  "voorganger": "{hashes[0]}"'))
        hashes.append(self.findings(second, code=0)["documenten"][0]["hash"])
        third = self.write("3.json", ('"versie": "2026.1"', f'"versie": "2026.3",\n  "voorganger": "{hashes[1]}"'))
        self.assertEqual(self.findings(third, first, second, code=0)["bevindingen"], [])
        # The name of a version that came before; a version that nobody gave; two in the place of one.
        ring = self.write("4.json", ('"versie": "2026.1"', f'"versie": "2026.1",\n  "voorganger": "{hashes[1]}"'))
        for given, where in (((first, second, ring), "/versie"), ((first, third), "/voorganger"),
                             ((first, second, third, ring), "/voorganger"), ((first, first), "")):
            said = self.findings(*given)["bevindingen"]
            self.assertEqual((said[0]["soort"], said[0]["plaats"]), ("opvolging", where), given)

    def test_usage(self):
        done = self.lint()
        self.assertEqual(done.returncode, 2)
        self.assertIn("BESTAND", done.stderr)
        self.assertIn("covenant lint", self.lint("--help").stdout)


if __name__ == "__main__":
    unittest.main()
