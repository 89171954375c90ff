"""Where the program's own log goes may be turned over as administrators do: no line is lost and no answer waits."""
import fcntl
import json
import os
import signal
import socket
import subprocess
import unittest

from peer import Peer, question
from support import WAIT, Region, as_owner, eventually, run

region = Region("rotation", REGION_COUNT=40, REGION_DRAIN_MS=1000)
F_SETPIPE_SZ = 1031


def setUpModule():
    region.start()


class Rotation(unittest.TestCase):
    """The node of the CJG, run with its stderr somewhere; each SIGHUP is one line, by which lines are counted."""

    def setUp(self):
        region.stop_one("cjg")
        self.addCleanup(region.start_one, "cjg")

    def start(self, stderr):
        self.node = subprocess.Popen(region.serve_words("cjg"), stderr=stderr, cwd="/")
        self.addCleanup(self.stop)
        eventually("gereed", lambda: region.health_or_none("cjg") == 200)

    def stop(self):
        if self.node.poll() is None:
            self.node.send_signal(signal.SIGTERM)
            self.assertEqual(self.node.wait(WAIT), 0)

    def hang_up(self):
        self.node.send_signal(signal.SIGHUP)

    def answers(self):
        with Peer(region, "cjg") as peer:
            self.assertEqual(peer.consult(question()).status, 200)

    @staticmethod
    def reloads(text):
        """How many; every line must be whole."""
        return sum(json.loads(line)["gebeurtenis"] == "herladen" for line in text.splitlines())

    def log_file(self):
        path = region.path("cjg", "eigen.log")
        run(as_owner(["rm", "-f", path, path + ".1"]), check=True)
        self.addCleanup(run, as_owner(["rm", "-f", path, path + ".1"]), "", True)
        return path

    @staticmethod
    def content(path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_a_file_that_is_moved_away_keeps_its_lines(self):
        path = self.log_file()
        with open(path, "ab") as out:
            self.start(out)
        self.hang_up()
        eventually("een regel", lambda: self.reloads(self.content(path)) == 1)
        os.rename(path, path + ".1")
        self.hang_up()
        self.answers()
        eventually("nog een", lambda: self.reloads(self.content(path + ".1")) == 2)
        self.assertFalse(os.path.exists(path))

    def test_a_file_that_is_copied_and_truncated_goes_on_from_its_start(self):
        path = self.log_file()
        with open(path, "ab") as out:  # as 2>> does: without O_APPEND a hole would come before the next line
            self.start(out)
        for turn in range(5):
            self.hang_up()
            eventually("een regel", lambda: self.reloads(self.content(path)) == 1)
            with open(path + ".1", "ab") as copy:
                copy.write(self.content(path).encode())
            os.truncate(path, 0)
        self.answers()
        self.hang_up()
        eventually("een regel", lambda: self.reloads(self.content(path)) == 1)
        self.assertEqual(self.reloads(self.content(path + ".1")), 5)

    def test_a_program_behind_a_pipe_that_turns_its_files_over_loses_nothing(self):
        self.log_file()
        # As multilog, svlogd and rotatelogs do: lines from a pipe, another file every few of them.
        script = 'i=0; while IFS= read -r line; do i=$((i+1)); printf "%s\\n" "$line" >>"$1.$((i / 3))"; done'
        folder = region.path("cjg", "regels")
        run(as_owner(["mkdir", "-p", folder]), check=True)
        self.addCleanup(run, as_owner(["rm", "-rf", folder]), "", True)
        reader = subprocess.Popen(as_owner(["sh", "-c", script, "sh", os.path.join(folder, "log")]),
                                  stdin=subprocess.PIPE)
        self.start(reader.stdin)
        reader.stdin.close()

        def all_lines():
            return "".join(self.content(os.path.join(folder, name)) for name in os.listdir(folder))
        for turn in range(12):
            self.hang_up()
            eventually("een regel", lambda: self.reloads(all_lines()) == turn + 1)
        self.stop()
        self.assertEqual(reader.wait(WAIT), 0)
        self.assertGreater(len(os.listdir(folder)), 3)
        self.assertNotIn("logregels-vervallen", all_lines())

    def test_a_socket_as_that_of_the_journal(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours:
            with theirs:
                self.start(theirs)
            self.hang_up()
            got = b""
            ours.settimeout(WAIT)
            while b'"herladen"' not in got:
                more = ours.recv(65536)
                self.assertTrue(more, "het knooppunt eindigde")
                got += more
            self.assertEqual(self.reloads(got.decode()), 1)
            self.stop()

    def test_a_reader_that_stopped_stalls_nothing_and_lines_that_fell_are_counted(self):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, F_SETPIPE_SZ, 4096)
        self.start(writing)
        os.close(writing)
        ini = region.path("cjg", "ketenbrug.ini")
        os.rename(ini, ini + ".weg")  # each reload is then refused with a longer line
        try:
            for _ in range(60):
                self.hang_up()
                self.answers()
        finally:
            os.rename(ini + ".weg", ini)
        os.set_blocking(reading, False)
        got = b""

        def told():
            nonlocal got
            self.hang_up()
            try:
                got += os.read(reading, 1048576)
            except BlockingIOError:
                pass
            return b"logregels-vervallen" in got
        eventually("verteld", told)
        for line in got.decode().splitlines()[:-1]:
            json.loads(line)
        self.stop()
        os.close(reading)


if __name__ == "__main__":
    unittest.main()
