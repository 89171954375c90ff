"""A witness that is away for a week while all clocks go on, and then comes back: the others carry the logs meanwhile."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from support import OIN, ORGANISATIONS, SAMIRA, Region, consult_words, eventually

AWAY, LOG, ASKER = "uwv", "schuldhulp", "gebiedsteam"
FEW = "te weinig getuigen hebben dit controlepunt kortgeleden medeondertekend"


class Clocks:
    """faketime, which reads the offset of all nodes from one file."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ketenbrug-klok-")
        os.chmod(self.folder, 0o755)
        self.file = os.path.join(self.folder, "verschil")
        self.hours(0)

    def hours(self, count):
        with open(self.file + ".nieuw", "w", encoding="ascii") as file:
            file.write(f"+{count * 3600}\n")
        os.chmod(self.file + ".nieuw", 0o644)
        os.rename(self.file + ".nieuw", self.file)

    def wrap(self):
        library = subprocess.run("ls /usr/lib/*/faketime/libfaketimeMT.so.1", shell=True, capture_output=True,
                                 text=True, check=True).stdout.strip()
        return f"env LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={self.file} FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1"


def setUpModule():
    global region, clocks
    clocks = Clocks()
    region = Region("week", REGION_COUNT=40, REGION_CHECKPOINT_MS=500, REGION_DRAIN_MS=20_000,
                    REGION_WRAP=clocks.wrap()).start()


def tearDownModule():
    shutil.rmtree(clocks.folder)


def standing(org):
    return region.command_json(org, "-", "status")["controlepunten"]


def check(org, asker=ASKER):
    done = region.command(asker, "-", "audit", "verify", "--ketenpartner", OIN[org], "--json")
    answer = json.loads(done.stdout)
    return done.returncode, " | ".join(found["bevinding"] for found in answer["bevindingen"])


def ready(orgs):
    for org in orgs:
        eventually(f"{org} gereed", lambda org=org: region.health(org) == 200)


def relied_on(org, asker=ASKER):
    """Until its checkpoint over what was asked last is there; a check looks at the newest receipts."""
    eventually(f"{org} klopt", lambda: check(org, asker) == (0, ""))


class Week(unittest.TestCase):
    def outcome(self, org):
        """None: no answers at all, because a clock is not confirmed yet."""
        done = region.command(ASKER, "g.jansen", *consult_words(), "--json", stdin=SAMIRA + "\n")
        if done.returncode != 0:
            self.assertIn("klok", done.stderr)
            return None
        partners = json.loads(done.stdout)["betrokkenen"][0]["ketenpartners"]
        return next(partner["uitkomst"] for partner in partners if partner["oin"] == OIN[org])

    def cosigned(self, org, count):
        """All that it has now."""
        size = region.command_json(org, "-", "status")["logboekRegels"]
        eventually(f"{org}: {size} regels {count} keer medeondertekend",
                   lambda: standing(org)["regels"] >= size and standing(org)["medeondertekend"] == count)
        self.assertEqual(standing(org)["nodig"], 3)

    def test_a_week_away_and_back(self):
        others = [org for org in ORGANISATIONS if org != AWAY]
        ready(ORGANISATIONS)
        self.cosigned(LOG, 4)
        before = eventually("een antwoord", lambda: (told := self.outcome(AWAY)) != "geen-antwoord" and told)
        region.stop_one(AWAY)
        for day in range(1, 8):
            clocks.hours(24 * day)
            # A jump of a day counts once the witnesses that are there confirm it; until then nobody answers.
            eventually("antwoord", lambda: self.outcome(LOG) == "betrokken")
            ready(others)
            self.assertEqual(eventually("antwoord", lambda: self.outcome(AWAY)), "geen-antwoord")
            for org in others:
                self.cosigned(org, 3)
            relied_on(LOG)
        code, found = check(AWAY)
        self.assertEqual(code, 1)
        self.assertIn("de partner geeft geen controlepunt", found)

        region.start_one(AWAY)
        ready(ORGANISATIONS)
        eventually("antwoord", lambda: self.outcome(AWAY) == before)
        for org in ORGANISATIONS:
            self.cosigned(org, 4)
        for org in ORGANISATIONS:
            if org != ASKER:
                relied_on(org)
            if org != AWAY:
                relied_on(org, AWAY)

    def test_two_of_four_away_is_relied_on_for_a_day_and_no_longer(self):
        at = 24 * 7
        clocks.hours(at)
        eventually("antwoord", lambda: self.outcome(LOG) == "betrokken")
        ready(ORGANISATIONS)
        self.cosigned(LOG, 4)
        relied_on(LOG)
        region.stop_one(AWAY)
        region.stop_one("cjg")
        clocks.hours(at + 23)
        relied_on(LOG)
        clocks.hours(at + 25)
        eventually("te weinig getuigen", lambda: check(LOG) == (1, FEW))
        region.start_one(AWAY)
        region.start_one("cjg")
        ready(ORGANISATIONS)
        self.cosigned(LOG, 4)
        relied_on(LOG)


if __name__ == "__main__":
    unittest.main()
