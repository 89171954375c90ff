"""What an administrator does with an export: try it, read it in, read it in again, let a folder be followed."""
import datetime
import glob
import json
import os
import pty
import random
import subprocess
import time
import unittest

from support import MILAN, NOOR, Region, as_owner, consult_words, eventually, run, valid_bsn

region = Region("import", REGION_COUNT=40)

MAPPING = """[bron]
naam = leerlingen
scheiding = komma
tekens = windows-1252
datums = dd-mm-jjjj
{full}
[kolommen]
bsn = Nummer
persoonsleutel = Leerling
achternaam = Naam
sinds = Start
tot = Einde
contactpersoon = Mentor
telefoon = Tel
bronsleutel = Nr
huishouden = Gezin
huishouden_datum = Gezien
[vast]
leefgebied = onderwijs-en-opvoeding
dienst = ondersteuning
huishouden_bron = formulier
"""
HEADER = "Nr,Leerling,Nummer,Naam,Start,Einde,Mentor,Tel,Gezin,Gezien,Klas\n"
TABLES = ("subject", "household", "involvement")


def setUpModule():
    region.start()


def line(key, number="", name="Zoë Proef", start="1-9-2025", end="", mentor="A. Duinhout", home="", klas="4b"):
    return f'{key},l{key},{number},"{name}",{start},{end},{mentor},0990555020,{home},{"1-9-2025" if home else ""},{klas}\n'


def numbers(count):
    """Numbers that pass the eleven-test; far from those of the sample region."""
    return [f"{n:09d}" for n in range(999900000, 999999999) if valid_bsn(f"{n:09d}")][:count]


class Importing(unittest.TestCase):
    def setUp(self):
        self.folder = region.path("school", f"invoer-{self.id().rsplit('.', 1)[1]}")
        run(as_owner(["mkdir", "-p", "-m", "700", self.folder]), check=True)
        self.mapping(full=False)

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        if isinstance(data, str):
            data = data.encode("windows-1252")
        subprocess.run(as_owner(["sh", "-c", 'umask 077; cat >"$1"', "sh", path]), input=data, check=True)
        return path

    def mapping(self, full, **changes):
        text = MAPPING.format(full="volledig = ja" if full else "")
        for old, new in changes.items():
            text = text.replace(old, new)
        return self.write("koppeling.ini", text)

    def bring_in(self, path, *options, stdin=""):
        return region.command("school", "-", "import", "--adapter", "csv", "--mapping",
                              os.path.join(self.folder, "koppeling.ini"), path, *options, stdin=stdin)

    def counts(self, path, *options):
        done = self.bring_in(path, "--json", *options)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def rows_of(self):
        """All data rows as bytes; the node is stopped meanwhile."""
        region.stop_one("school")
        try:
            return [region.sql("school", f"SELECT entry, hex(id), hex(payload) FROM {table} ORDER BY entry")
                    for table in TABLES]
        finally:
            region.start_one("school")


class AFile(Importing):
    def test_the_same_twice_changes_nothing(self):
        people = numbers(3)
        path = self.write("a.csv", HEADER + "".join(line(f"a{i}", n, home="g1") for i, n in enumerate(people)))
        first = self.counts(path)
        self.assertEqual((first["nieuw"], first["gewijzigd"], first["ongewijzigd"], first["afgewezen"]), (3, 0, 0, 0))
        before = self.rows_of()
        again = self.counts(path)
        self.assertEqual((again["nieuw"], again["gewijzigd"], again["ongewijzigd"]), (0, 0, 3))
        self.assertEqual(self.rows_of(), before)

    def test_what_changed_is_changed_and_an_end_ends_it(self):
        path = self.write("b.csv", HEADER + line("b1", MILAN))
        self.assertEqual(self.counts(path)["nieuw"], 1)
        shown = lambda: {b["betrokkenheid"]["bronsleutel"]: b["betrokkenheid"] for b in region.command_json(
            "school", "z.smit", "subject", "show", stdin=MILAN + "\n")["betrokkenheden"]}
        self.assertNotIn("tot", shown()["b1"])
        path = self.write("b.csv", HEADER + line("b1", MILAN, end="31-10-2025", mentor="B. Hooilaar"))
        self.assertEqual(self.counts(path)["gewijzigd"], 1)
        self.assertEqual((shown()["b1"]["tot"], shown()["b1"]["contactpersoon"]["naam"]), ("2025-10-31", "B. Hooilaar"))

    def test_windows_letters_commas_and_line_ends_within_quotes(self):
        name = 'Renée "Ré", van\nKlaverhout'
        quoted = name.replace('"', '""')
        path = self.write("c.csv", (HEADER + line("c1", NOOR, name=quoted)).replace("\n", "\r\n"))
        self.assertEqual(self.counts(path)["afgewezen"], 0)
        person = region.command_json("school", "z.smit", "subject", "show", stdin=NOOR + "\n")
        self.assertEqual(person["betrokkene"]["achternaam"], 'Renée "Ré", van  Klaverhout')

    def test_a_byte_order_mark_and_a_detected_separator(self):
        text = "bsn;achternaam;leefgebied;dienst;sinds;contactpersoon;telefoon;bronsleutel\n" + \
               f"{numbers(12)[11]};Jé;financien;d;2026-01-01;A;112;x1\n"
        for separator in ";,\t":
            data = b"\xef\xbb\xbf" + text.replace(";", separator).encode()
            path = self.write("d.csv", data)
            done = region.command("school", "-", "import", "--adapter", "csv", "--bron", "los", path)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_trial_says_what_would_be_and_does_nothing(self):
        path = self.write("e.csv", HEADER + line("e1", numbers(20)[19]) + line("e2", "999999999"))
        before = self.rows_of()
        for option in ("--proef", "--dry-run"):
            counts = self.counts(path, option)
            self.assertEqual((counts["nieuw"], counts["afgewezen"]), (1, 1))
        self.assertEqual(self.rows_of(), before)

    def test_a_day_begins_at_midnight_in_amsterdam(self):
        """Half an hour after it or more, and before that of UTC."""
        tomorrow = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=1)
        seen = [tomorrow + datetime.timedelta(days=days) for days in (1, 2)]
        rows = [f'm{i},lm{i},{n},"Proef",1-9-2025,,A,112,m{i},{day.day}-{day.month}-{day.year},4b\n'
                for i, (n, day) in enumerate(zip(numbers(45)[43:], seen))]
        path = self.write("m.csv", HEADER + "".join(rows))
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
        region.stop_one("school")
        self.addCleanup(region.start_one, "school")
        done = run(as_owner(["env", f"LD_PRELOAD={library}", f"FAKETIME=@{tomorrow} 23:30:00", "DONT_FAKE_MONOTONIC=1", "TZ=UTC",
                             region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                             os.path.join(self.folder, "koppeling.ini"), path, "--proef", "--json", "--config",
                             region.path("school", "ketenbrug.ini")]))
        self.assertIn(done.returncode, (0, 1), done.stderr)
        counts = json.loads(done.stdout)
        self.assertEqual((counts["nieuw"], counts["afgewezen"]), (1, 1), done.stderr)

    def test_bad_rows_are_told_by_line_and_column_and_the_rest_is_kept(self):
        good = numbers(40)
        bad = {
            3: (line("f2", "123456789"), "bsn"),
            4: (line("f3", good[31], start="31-2-2025"), "sinds"),
            5: (line("f4", good[32], mentor="x" * 121), "contactpersoon"),
            6: ("f5,te,weinig\n", ""),
            7: (line("", good[33]), "bronsleutel"),
            8: (line("f7", good[34], end="1-8-2025"), "tot"),
            9: (line("f8", good[35]).replace("Zoë", "Zo\x81"), ""),
        }
        data = (HEADER + line("f1", good[30])).encode("windows-1252")
        for text, _ in bad.values():
            data += text.encode("windows-1252", "surrogateescape") if "\x81" not in text else \
                text.replace("\x81", "#").encode("windows-1252").replace(b"#", b"\x81")
        data += line("f9", good[36]).encode("windows-1252")
        path = self.write("f.csv", data)
        done = self.bring_in(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 nieuw, 0 gewijzigd, 0 ongewijzigd, 7 afgewezen", done.stdout)
        rejected = run(as_owner(["cat", path + ".afgewezen.csv"]), check=True).stdout
        lines = rejected.splitlines()
        self.assertEqual(lines[0], "regel;kolom;soort;reden")
        found = {int(text.split(";")[0]): text.split(";")[1] for text in lines[1:]}
        self.assertEqual(found, {number: column for number, (_, column) in bad.items()})
        for secret in [*good, "123456789", "Zo", "x" * 20, "Duinhout"]:
            self.assertNotIn(secret, rejected + done.stdout + done.stderr)
        mode = run(as_owner(["stat", "-c", "%a", path + ".afgewezen.csv"]), check=True).stdout.strip()
        self.assertEqual(mode, "600")
        self.bring_in(path)
        run(as_owner(["test", "-f", path + ".afgewezen.csv.2"]), check=True)  # the older one stays

    def test_a_progress_bar_on_a_terminal_and_nowhere_else(self):
        path = self.write("g.csv", HEADER + "".join(line(f"g{i}", home="") for i in range(1500)))
        self.assertEqual(self.bring_in(path).stderr, "")
        words = as_owner(["env", f"KETENBRUG_CONFIG={region.path('school', 'ketenbrug.ini')}",
                          region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                          os.path.join(self.folder, "koppeling.ini"), path])
        main, side = pty.openpty()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=side)
        os.close(side)
        shown = b""
        while True:
            try:
                piece = os.read(main, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(main)
        self.assertEqual(child.wait(), 0)
        self.assertIn(b"100%  1500 regels", shown)

    def test_memory_stays_the_same_whatever_the_size(self):
        peaks = []
        for count in (1000, 20000):
            path = self.write(f"h{count}.csv", HEADER + "".join(line(f"h{i}") for i in range(count)))
            words = as_owner(["env", f"KETENBRUG_CONFIG={region.path('school', 'ketenbrug.ini')}",
                              region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                              os.path.join(self.folder, "koppeling.ini"), path])
            child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, 0, child.stderr.read())
            child.stderr.close()
            peaks.append(usage.ru_maxrss)
        self.assertLess(peaks[1], peaks[0] + 8192, f"{peaks} KiB")


class AFullExport(Importing):
    def test_what_it_lacks_ends_but_not_more_than_half_nor_after_refused_rows(self):
        people = numbers(60)[50:60]
        self.mapping(full=True, **{"leerlingen": "volledig-a"})
        whole = [line(f"v{i}", n, home="v") for i, n in enumerate(people)]
        path = self.write("v.csv", HEADER + "".join(whole))
        self.assertEqual(self.counts(path)["nieuw"], 10)
        path = self.write("v.csv", HEADER + "".join(whole[:8]))
        tried = self.counts(path, "--proef")
        self.assertEqual((tried["beeindigd"], tried["ongewijzigd"]), (2, 8))
        done = self.counts(path)
        self.assertEqual((done["beeindigd"], done["ledenVerwijderd"]), (2, 2))
        self.assertEqual(self.counts(path)["beeindigd"], 0)
        few = self.write("v.csv", HEADER + "".join(whole[:3]))
        refused = self.bring_in(few)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--veel-beeindigen", refused.stderr)
        broken = self.write("v.csv", HEADER + "".join(whole[:7]) + line("v7", "1"))
        counts = self.counts(broken)
        self.assertEqual((counts["beeindigd"], counts["afgewezen"]), (0, 1))
        few = self.write("v.csv", HEADER + "".join(whole[:3]))
        self.assertEqual(self.counts(few, "--veel-beeindigen")["beeindigd"], 5)
        back = self.write("v.csv", HEADER + "".join(whole))
        self.assertEqual(self.counts(back)["gewijzigd"], 7)

    def test_a_node_that_restarted_in_between_ends_nothing(self):
        self.mapping(full=True, **{"leerlingen": "volledig-b"})
        mark = region.mark("school")
        read, write = os.pipe()
        words = as_owner(["env", f"KETENBRUG_CONFIG={region.path('school', 'ketenbrug.ini')}",
                          region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                          os.path.join(self.folder, "koppeling.ini"), "-", "--afgewezen",
                          os.path.join(self.folder, "r.csv")])
        child = subprocess.Popen(words, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(read)
        with os.fdopen(write, "w", encoding="utf-8") as pipe:
            pipe.write(HEADER + "".join(line(f"w{i}", name="Proef") for i in range(600)))
            pipe.flush()
            region.record_of("school", mark, handeling="gegevens-ingelezen")
            # A thread waited for the answer to this first group.
            eventually("het antwoord is er", lambda: len(os.listdir(f"/proc/{child.pid}/task")) == 1)
            region.kill_one("school")
            region.start_one("school")
        _, stderr = child.communicate(timeout=300)
        self.assertEqual(child.returncode, 1)
        self.assertIn("lees", stderr)
        self.assertEqual(region.verify("school").returncode, 0)


class Interrupted(Importing):
    def test_killed_half_way_the_same_file_finishes_it(self):
        self.mapping(full=False, **{"leerlingen": "afgebroken"})
        path = self.write("k.csv", HEADER + "".join(line(f"k{i}", name="Proef") for i in range(20000)))
        rounds = int(os.environ.get("E2E_KILLS", "3"))
        chance = random.Random(7)
        for _ in range(rounds):
            words = as_owner(["env", f"KETENBRUG_CONFIG={region.path('school', 'ketenbrug.ini')}",
                              region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                              os.path.join(self.folder, "koppeling.ini"), path])
            child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.05, 0.4))
            if chance.random() < 0.5:
                child.kill()
            else:
                region.kill_one("school")
            child.wait(timeout=300)
            region.start_one("school")
            self.assertEqual(region.verify("school").returncode, 0)
        counts = self.counts(path)
        self.assertEqual(counts["nieuw"] + counts["ongewijzigd"], 20000)
        self.assertEqual(self.counts(path)["ongewijzigd"], 20000)

    def test_consults_are_answered_meanwhile(self):
        path = self.write("m.csv", HEADER + "".join(line(f"m{i}", name="Proef") for i in range(8000)))
        words = as_owner(["env", f"KETENBRUG_CONFIG={region.path('school', 'ketenbrug.ini')}",
                          region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                          os.path.join(self.folder, "koppeling.ini"), path])
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        asked = 0
        while child.poll() is None or asked == 0:
            # At once: not when the sets show what was brought in, which takes as long again on a slow disk.
            done = region.script("as", "gebiedsteam", "g.jansen", *consult_words(), "--json", stdin=f"{MILAN}\n")
            told = json.loads(done.stdout)["betrokkenen"][0]["ketenpartners"]
            self.assertEqual([entry for entry in told if entry.get("oorzaak") == "onbereikbaar"], [])
            asked += 1
        self.assertEqual(child.returncode, 0)


class AFolder(Importing):
    def follow(self, *options):
        words = as_owner(["env", f"KETENBRUG_CONFIG={region.path('school', 'ketenbrug.ini')}",
                          region.path("ketenbrug"), "import", "--adapter", "csv", "--mapping",
                          os.path.join(self.folder, "koppeling.ini"), "--volg", self.box, *options])
        self.child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def setUp(self):
        super().setUp()
        self.box = os.path.join(self.folder, "bak")
        run(as_owner(["mkdir", "-m", "700", self.box]), check=True)

    def names(self, *parts):
        return sorted(run(as_owner(["ls", os.path.join(self.box, *parts)])).stdout.split())

    def stop(self):
        run(as_owner(["kill", "-TERM", str(self.child.pid)]))
        out, err = self.child.communicate(timeout=300)
        self.assertEqual(self.child.returncode, 0, err)
        return out

    def test_what_appears_is_read_in_and_put_away(self):
        self.write("bak/a.csv", HEADER + line("z1", name="Proef"))
        self.write("bak/.verborgen", HEADER)
        self.write("bak/half.csv.part", HEADER)
        self.follow()
        try:
            eventually("verwerkt", lambda: len(self.names("verwerkt")) == 1)
            # Written slowly: not before it is closed.
            slow = subprocess.Popen(as_owner(["sh", "-c", 'exec 3>"$1"; printf "%s" "$2" >&3; sleep 1; printf "%s" "$3" >&3',
                                              "sh", os.path.join(self.box, "b.csv"), HEADER, line("z2", "1", name="P")]))
            slow.wait()
            eventually("verwerkt", lambda: len(self.names("verwerkt")) == 3)  # and its refused rows
            self.write("los.csv", "zomaar een bestand\n")
            run(as_owner(["mv", os.path.join(self.folder, "los.csv"), os.path.join(self.box, "c.csv")]), check=True)
            eventually("mislukt", lambda: len(self.names("mislukt")) == 1)
        finally:
            out = self.stop()
        self.assertIn("1 nieuw", out)
        self.assertEqual(sorted(self.names()), ["half.csv.part", "mislukt", "verwerkt"])

    def test_a_command_that_the_node_refuses_leaves_the_file_and_says_so(self):
        token = os.path.join(self.folder, "bewijs")
        for name, told in (("z.smit", "Dit is niet toegestaan"), (None, "ongeldig toegangsbewijs")):
            with self.subTest(user=name):
                text = region.token("school", name) if name else "kb-" + "A" * 43
                run(as_owner(["sh", "-c", 'umask 077; cat >"$1"', "sh", token]), text, True)
                self.write("bak/e.csv", HEADER + line("z5", name="Proef"))
                self.follow("--bewijs", token)
                try:
                    self.assertIn(told, self.child.stderr.readline())
                    self.assertIn("e.csv blijft staan: dit ligt niet aan het bestand; nieuwe poging over 1 s",
                                  self.child.stderr.readline())
                    self.assertIn(told, self.child.stderr.readline())  # it was tried again, less often
                    self.assertIn("nieuwe poging over 2 s", self.child.stderr.readline())
                    self.assertEqual((self.names("mislukt"), self.names("verwerkt")), ([], []))
                    self.assertIn("e.csv", self.names())
                finally:
                    self.stop()
        self.follow()  # as the node's own account, which may
        try:
            eventually("verwerkt", lambda: len(self.names("verwerkt")) == 1)
        finally:
            self.stop()

    def started(self):
        """A follower that tries once more holds the store for a moment, and a node that starts then says so."""
        try:
            region.start_one("school")
        except AssertionError as refused:
            self.assertIn("een ander proces gebruikt deze opslag", str(refused))
            return False
        return True

    def test_a_node_that_cannot_be_reached_leaves_the_file_for_later(self):
        database = region.path("school", "sleutels")
        region.stop_one("school")
        run(as_owner(["mv", database, database + ".weg"]), check=True)
        self.write("bak/d.csv", HEADER + line("z4", name="Proef"))
        self.follow()
        try:
            eventually("een poging", lambda: self.child.poll() is None)
            time.sleep(1)
            self.assertIn("d.csv", self.names())
        finally:
            run(as_owner(["mv", database + ".weg", database]), check=True)
            eventually("gestart", self.started)
            try:
                eventually("verwerkt", lambda: len(self.names("verwerkt")) == 1)
            finally:
                self.stop()


if __name__ == "__main__":
    unittest.main()
