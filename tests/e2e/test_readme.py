"""The lines of README.md, as they are printed: a partner proves that a log was changed; a privacy officer goes from suspicion
to proof, and from a question to a letter."""
import contextlib
import os
import re
import sqlite3
import subprocess
import unittest

import export_check
from support import FAMILY, OIN, SAMIRA, TOP, UNHURRIED, Region, eventually, new_id, strangers

region = Region("readme", **UNHURRIED)


def setUpModule():
    region.start()


def printed(heading):
    """The blocks of commands under it, each as its lines."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        section = re.search(rf"^## {heading}\n(.*?)^## ", file.read(), re.S | re.M).group(1)
    return [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", section, re.S)]


def cosigned(org):
    """Waits for a checkpoint of all that is in the log now, which witnesses signed too: what is exported is of before it."""
    records = region.command_json(org, "-", "status")["logboekRegels"]
    eventually(f"medeondertekend bij {org}", lambda: (log := region.command_json(org, "-", "status")["controlepunten"])
               and log["medeondertekend"] >= log["nodig"] > 0 and "tijd" in log and log["regels"] >= records, 90)


class TheOfficer(unittest.TestCase):
    """Comes before the log is changed: classes go in the order of their names."""

    @classmethod
    def setUpClass(cls):
        for number, person in enumerate([SAMIRA] + strangers(27)):
            region.consult([person], zaak=f"Z-{number}", reden=f"gesprek {number} met deze inwoner")
        eventually("alles is bekeken", lambda: region.command_json("gebiedsteam", "privacy", "audit", "watch", "--nu")["bij"])
        cls.first, cls.second = printed("For the privacy officer")

    def line(self, text, **words):
        """As it is printed, with a word that stands for something replaced by it."""
        for word, value in words.items():
            self.assertRegex(text, rf"\b{word}\b")
            text = re.sub(rf"\b{word}\b", value, text)
        script = self.first[0].replace("/tmp/ketenbrug-regio-$(id -u)", region.dir) + "\n" + text
        done = subprocess.run(["bash", "-c", script], cwd=TOP, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_three_commands_from_suspicion_to_proof(self):
        self.assertEqual(len(self.first), 4)
        found = self.line(self.first[1])
        self.assertIn("veel-mensen", found)
        look = re.search(r"veel-mensen.*?regels (\d+)", found, re.S).group(1)
        shown = region.command_json("gebiedsteam", "privacy", "audit", "show", look)
        asked = next(one["volgnummer"] for one in shown["samenhang"] if one["handeling"] == "evaluatie-ontvangen")
        eventually("in een controlepunt", lambda: region.command_json(
            "gebiedsteam", "privacy", "audit", "show", str(asked), "--andere-kant")["andereKant"]["stand"] == "bewezen", 90)
        self.assertIn("bewezen", self.line(self.first[2], N=str(asked)))
        cosigned("gebiedsteam")
        folder = region.path("gebiedsteam", "uitvoer-" + new_id()[:8])
        self.line(self.first[3], MAP=folder)
        covenant = region.path("gebiedsteam", "convenant.json")
        self.assertGreater(export_check.check(folder, covenant, OIN["gebiedsteam"]), 0)

    def test_three_commands_from_a_question_to_a_letter(self):
        self.assertEqual(len(self.second), 3)
        ident = re.search(r"\b[0-9a-f]{32}\b", self.line(self.second[0])).group(0)
        self.line(self.second[1], ID=ident)
        path = region.path("gebiedsteam", "brief.html")
        self.line(self.second[2].split("#")[0].replace("brief.html", path), ID=ident)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        self.assertIn("Deze zin staat in elk overzicht.", page)
        self.assertNotIn("CONCEPT", page)


class TheProfessional(unittest.TestCase):
    def test_two_signals_meet_and_a_task_arrives(self):
        (lines,) = printed("Signals and tasks")
        first, *rest = "\n".join(lines).replace("\\\n", " ").split("\n")
        self.assertEqual(len(rest), 6)

        def line(text):
            done = subprocess.run(["bash", "-c", first.replace("/tmp/ketenbrug-regio-$(id -u)", region.dir) + "\n" + text],
                                  cwd=TOP, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout
        line(rest[0]), line(rest[1])
        eventually("met wie het matcht", lambda: "P. Mulder" in line(rest[2]), 40)
        line(rest[3])
        task = re.search(r"[0-9a-f]{32}", line(rest[4])).group(0)
        eventually("het bericht", lambda: task in line(rest[5]), 40)


class WhatWasChanged(unittest.TestCase):
    def test_three_commands_prove_a_rewrite(self):
        lines = printed("The log")[0]
        self.assertEqual(len(lines), 4)
        self.assertTrue(lines[0].startswith("D="))
        database = region.database("schuldhulp")

        def ours_is_newest():
            """Signals are asked about meanwhile, and the line below changes the newest answer: that to who looks."""
            region.consult(FAMILY)
            cosigned("schuldhulp")
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
                newest = db.execute("SELECT max(seq) FROM leaf WHERE receipt IS NOT NULL").fetchone()[0]
            return region.log_page("schuldhulp", newest, 1)[0].get("ketenpartner") == OIN["gebiedsteam"]
        eventually("het nieuwste antwoord is aan het gebiedsteam", ours_is_newest)

        def line(number):
            return subprocess.run(["sh", "-c", f"D={region.dir}\n{lines[number]}"], cwd=TOP, capture_output=True, text=True,
                                  timeout=300)
        before = line(1)
        self.assertEqual(before.returncode, 0, before.stdout + before.stderr)
        changed = line(2)
        self.assertEqual((changed.returncode, changed.stderr), (0, ""))
        after = line(3)
        self.assertEqual(after.returncode, 1, after.stdout + after.stderr)
        self.assertIn("een andere dan die waarvoor de partner tekende", after.stdout + after.stderr)


if __name__ == "__main__":
    unittest.main()
