"""The control: against servers that do it wrong, the same rows must say so."""
import socket
import threading
import unittest

from checker import Wrong
from frames import *
from tables import all_rows

PATIENCE = 0.4  # seconds: these servers answer at once, or never


def honest(stream):
    return get(stream)


class Server:
    """
    sloppy    answers every request 200 and refuses nothing
    scared    ends every connection, with a code that no row allows
    resetting refuses every request, save the honest one, with a code that no row allows
    silent    closes at once without a word
    """

    def __init__(self, kind):
        self.kind = kind
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def open(self):
        sock = socket.create_connection(self.listener.getsockname(), 30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(30)
        self.listener.close()

    def serve(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            with sock:
                sock.settimeout(30)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self.converse(sock)
                except OSError:
                    pass

    def converse(self, sock):
        if self.kind == "silent":
            return
        sock.sendall(settings())
        if self.kind == "scared":
            sock.recv(100)
            sock.sendall(goaway(0, HTTP_1_1_REQUIRED))
            return
        unread, skipped, answered = b"", False, set()
        while True:
            read = sock.recv(65536)
            if not read:
                return
            unread += read
            if not skipped and len(unread) >= len(MAGIC):
                unread, skipped = unread.removeprefix(MAGIC), True
            while skipped and len(unread) >= 9:
                length = int.from_bytes(unread[:3], "big")
                if len(unread) < 9 + length:
                    break
                self.frame(sock, unread[3], unread[4], int.from_bytes(unread[5:9], "big") & LAST_STREAM,
                           unread[9:9 + length], answered)
                unread = unread[9 + length:]

    def frame(self, sock, kind, flags, stream, payload, answered):
        if kind == SETTINGS and not flags & ACK:
            sock.sendall(settings_ack())
        elif kind == PING and not flags & ACK:
            sock.sendall(ping(payload, ACK))
        elif kind == HEADERS and stream not in answered:
            answered.add(stream)
            refuses = self.kind == "resetting" and payload != get(stream)[9:]
            sock.sendall(rst(stream, HTTP_1_1_REQUIRED) if refuses else headers(stream, indexed(8)))


class Checker(unittest.TestCase):
    def verdicts(self, kind, rows):
        """The rows that this server passes."""
        server = Server(kind)
        self.addCleanup(server.close)
        passed = []
        for row in rows:
            with server.open() as sock:
                try:
                    row.wrong_unless(sock, honest, PATIENCE)
                    passed.append(f"{row.section} {row.name}")
                except Wrong:
                    pass
        return passed

    def test_a_server_that_refuses_nothing_fails_each_row_that_demands_an_error(self):
        rows = [row for row in all_rows() if row.demands_error() and not callable(row.send)]
        self.assertGreater(len(rows), 180)
        self.assertEqual(self.verdicts("sloppy", rows), [])

    def test_a_server_that_refuses_nothing_passes_what_must_be_ignored(self):
        """So the checker tells both apart, and does not fail everything."""
        rows = [row for row in all_rows() if row.section in ("4.1", "5.5") and not callable(row.send) and
                any(verdict.text == "ignored" for verdict in row.demand)]
        self.assertGreater(len(rows), 4)
        self.assertEqual(len(self.verdicts("sloppy", rows)), len(rows))

    def test_another_code_than_the_demanded_one_fails_each_row(self):
        rows = [row for row in all_rows() if not callable(row.send)]
        self.assertEqual(self.verdicts("scared", rows), [])

    def test_a_reset_with_another_code_than_the_demanded_one_fails_each_row(self):
        rows = [row for row in all_rows() if not callable(row.send) and row.demands_error()]
        self.assertEqual(self.verdicts("resetting", rows), [])

    def test_a_server_that_hangs_up_fails_all_rows_that_do_not_allow_just_that(self):
        rows = [row for row in all_rows() if all(verdict.text != "connection closed" for verdict in row.demand)]
        self.assertGreater(len(rows), 300)
        self.assertEqual(self.verdicts("silent", rows), [])

    def test_each_deviation_is_in_the_readme(self):
        with open("README.md", encoding="utf-8") as file:
            text = file.read()
        rows = [row for row in all_rows() if row.deviates]
        self.assertGreater(len(rows), 0)
        for row in rows:
            self.assertIn(f"{row.section} {row.name}", text)


if __name__ == "__main__":
    unittest.main()
