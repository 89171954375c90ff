"""A partner that floods, in many ways and over many connections, is cut; that leaves its record and shows in the metrics;
and an honest partner is answered all along. By condition, never by pace."""
import json
import socket
import ssl
import struct
import time
import unittest
import urllib.request

from hyperframe.frame import (ContinuationFrame, DataFrame, GoAwayFrame, HeadersFrame, PingFrame, PriorityFrame,
                              RstStreamFrame, SettingsFrame, WindowUpdateFrame)

from peer import Peer, question, tls_socket
from support import OIN, WAIT, Region, eventually

ENHANCE_YOUR_CALM = 11
ELSEWHERE = "127.0.0.2"  # the flooder's address
FRAMES_MAX = 200000  # past every bound, so that a test ends
PEER_CONNECTIONS, SOURCE_HANDSHAKING = 64, 64  # base/limits.h
PATH = b"/v1/raadplegingen"
CONSULT = b"\x83\x87\x04" + bytes((len(PATH),)) + PATH + b"\x41\x09localhost\x0f\x10\x10application/json"  # POST
GET = b"\x82\x87\x84\x41\x09localhost"  # GET https / (RFC 7541, A)


def setUpModule():
    global region
    # Long enough for a flooder, and an honest partner, on a machine that is busy: what is cut here is cut for another reason.
    region = Region("floods", REGION_BODY_MS=10_000, REGION_HANDSHAKE_MS=30_000).start()


def metric(name):
    with urllib.request.urlopen(f"http://127.0.0.1:{region.port('school', 'ops')}/metrics", timeout=WAIT) as answer:
        lines = answer.read().decode().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f'{name}{{listener="ketenpartners"')))


def assert_grows(name, before, by=1):
    """The metrics are of a moment ago."""
    eventually(f"{name} groeit met {by}", lambda: metric(name) >= before + by)


class Flooder:
    """HTTP/2 by hand: no library that keeps rules stands in between."""

    def __init__(self, org="uwv"):
        self.sock = tls_socket(region.port("school"), region.certificate(org), source=ELSEWHERE)
        self.received = b""
        self.frames = []  # (type, flags, stream, payload)
        self.closed = False
        self.stream = 1
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame().serialize())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def read(self, timeout):
        self.sock.settimeout(timeout)
        try:
            data = self.sock.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        except (ssl.SSLError, ConnectionError):
            data = b""
        self.closed = self.closed or not data
        self.received += data
        while len(self.received) >= 9:
            size = int.from_bytes(self.received[:3], "big")
            if len(self.received) < 9 + size:
                break
            kind, flags, stream = struct.unpack(">BBL", self.received[3:9])
            self.frames.append((kind, flags, stream, self.received[9:9 + size]))
            self.received = self.received[9 + size:]

    def send(self, data):
        if not self.closed:
            self.sock.settimeout(WAIT)
            try:
                self.sock.sendall(data)
            except (ssl.SSLError, ConnectionError, TimeoutError):
                self.sock.settimeout(0)

    def closes(self):
        self.read(0.2)
        return self.closed

    def until_closed(self):
        """Reads to the end; the codes of the GOAWAYs that came."""
        eventually("de verbinding gaat dicht", self.closes)
        return [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in self.frames if kind == 7]

    def flood(self, make, each=1):
        """Sends what `make` makes, `each` frames at a time, until there is a goodbye or the bound of this test."""
        sent = 0
        while not self.closed and not any(kind == 7 for kind, *_ in self.frames) and sent < FRAMES_MAX:
            self.send(b"".join(make(self) for _ in range(64)))
            sent += 64 * each
            self.read(0)
        return self.until_closed()

    def next_stream(self):
        self.stream += 2
        return self.stream - 2

    def headers(self, *flags, block=GET):
        return HeadersFrame(self.next_stream(), data=block, flags=flags or ("END_HEADERS",)).serialize()


def reset(flooder):
    return flooder.headers() + RstStreamFrame(flooder.stream - 2, error_code=8).serialize()


def unknown(kind):
    return bytes((0, 0, 4, kind, 0, 0, 0, 0, 0)) + b"abcd"


def bomb(flooder):
    """At first a field of 3,000 bytes for the table; then blocks that name it 8,000 times."""
    if flooder.stream == 1:
        field = b"\x40\x01x\x7f" + bytes(((3000 - 127) % 128 | 0x80, (3000 - 127) // 128)) + b"a" * 3000
        return flooder.headers("END_HEADERS", "END_STREAM", block=GET + field)
    return flooder.headers("END_HEADERS", "END_STREAM", block=GET + b"\xbe" * 8000)


WAYS = {
    "pings": lambda f: PingFrame(0, opaque_data=bytes(8), flags=["ACK"]).serialize(),
    "windows": lambda f: WindowUpdateFrame(0, window_increment=1).serialize(),
    "priorities": lambda f: PriorityFrame(f.next_stream(), stream_weight=3).serialize(),
    "unknown_types": lambda f: unknown(0xbe),
    "priority_updates": lambda f: unknown(0x10),
    "resets": reset,
    "too_many_streams": lambda f: f.headers(),
    "header_bombs": bomb,
    "refused_requests": lambda f: f.headers("END_HEADERS", "END_STREAM"),
}


class FloodTest(unittest.TestCase):
    def setUp(self):
        self.mark = region.mark("school")
        self.honest = Peer(region, "school")
        self.assertEqual(self.honest.consult(question()).status, 200)

    def tearDown(self):
        self.assertEqual(self.honest.consult(question()).status, 200, "dezelfde verbinding werkt nog")
        self.honest.sock.close()
        with Peer(region, "school") as another:
            answer = another.consult(question())
        self.assertEqual(answer.status, 200, "en een nieuwe van een eerlijke ketenpartner ook")
        self.assertEqual(len(json.loads(answer.body)["betrokkenheden"]), 2)

    def assert_recorded(self, fault="te-vaak", org="uwv"):
        """A record of its own; or, past the rate of these, the one that it was counted into."""
        def look():
            return [r for r in region.records("school", self.mark)
                    if r["handeling"] == "geweigerd" and r.get("ketenpartner") == OIN[org] and
                    (r.get("fout") == fault or "aantal" in r)]
        eventually("een regel van de weigering", look)


class Frames(FloodTest):
    def assert_cut(self, make):
        before = metric("ketenbrug_cut_connections_total")
        with Flooder() as flooder:
            self.assertIn(ENHANCE_YOUR_CALM, flooder.flood(make))
        assert_grows("ketenbrug_cut_connections_total", before)
        self.assert_recorded()

    def test_bodies_without_bytes_are_cut(self):
        """On a stream that is closed, for its request was answered: 404."""
        def make(flooder):
            return flooder.headers() if flooder.stream == 1 else DataFrame(1, data=b"").serialize()
        self.assert_cut(make)

    def test_goodbyes_without_going_are_cut(self):
        """A request is under way, so that they do not end the connection by themselves."""
        def make(flooder):
            if flooder.stream == 1:
                return flooder.headers(block=CONSULT)
            return GoAwayFrame(0, last_stream_id=0, error_code=0).serialize()
        self.assert_cut(make)

    def test_settings_are_cut(self):
        """With a goodbye, or without one when their answers could not be sent as fast as they came."""
        before = metric("ketenbrug_cut_connections_total")
        with Flooder() as flooder:
            flooder.flood(lambda f: SettingsFrame(0, settings={4: 100, 3: 1, 5: 16384}).serialize())
        assert_grows("ketenbrug_cut_connections_total", before)
        self.assert_recorded()

    def test_an_endless_header_block_is_cut(self):
        before = metric("ketenbrug_cut_connections_total")
        with Flooder() as flooder:
            flooder.send(flooder.headers("END_STREAM"))
            flooder.flood(lambda f: ContinuationFrame(1, data=b"").serialize())
        assert_grows("ketenbrug_cut_connections_total", before)
        self.assert_recorded()


for name, way in WAYS.items():
    setattr(Frames, f"test_{name}_are_cut", lambda self, way=way: self.assert_cut(way))


class Connections(FloodTest):
    def test_more_connections_give_no_new_allowance(self):
        """Who was cut is cut again at once: with far fewer frames than the allowance."""
        before = metric("ketenbrug_cut_connections_total")
        floods = sum(self.floods_until_cut_at_once() for _ in range(3))
        assert_grows("ketenbrug_cut_connections_total", before, floods + 3)

    def floods_until_cut_at_once(self):
        """The allowance comes back with time: where the machine stood still for seconds behind a flood, there is another."""
        for floods in range(1, 11):
            with Flooder() as flooder:
                flooder.flood(WAYS["pings"])
            with Flooder() as flooder:
                flooder.send(WAYS["pings"](flooder) * 1500)
                end = time.monotonic() + 5
                while time.monotonic() < end:
                    if flooder.closes():
                        return floods
        self.fail("tien keer niet meteen afgesneden")

    def test_a_partner_has_so_many_connections_and_no_more(self):
        held = []
        before = metric("ketenbrug_refused_connections_total")
        try:
            for _ in range(PEER_CONNECTIONS + 10):
                held.append(Flooder())
            assert_grows("ketenbrug_refused_connections_total", before, 10)
            self.assert_recorded()
            with Peer(region, "school", region.certificate("cjg"), source=ELSEWHERE) as other:
                self.assertEqual(other.consult(question()).status, 200, "een ander van hetzelfde adres wel")
        finally:
            for flooder in held:
                flooder.sock.close()
        def served():
            try:
                with Peer(region, "school", region.certificate("uwv"), source=ELSEWHERE) as again:
                    return again.consult(question()).status == 200
            except (ssl.SSLError, ConnectionError):
                return False
        eventually("daarna weer wel", served)

    def test_silent_connections_are_bounded_apart(self):
        before = metric("ketenbrug_refused_connections_total")
        silent = []
        try:
            for _ in range(SOURCE_HANDSHAKING + 30):
                silent.append(socket.create_connection(("127.0.0.1", region.port("school")), WAIT, (ELSEWHERE, 0)))
            assert_grows("ketenbrug_refused_connections_total", before, 30)
            for raw in silent[:30]:
                self.assertEqual(raw.recv(1), b"")
            with Peer(region, "school", region.certificate("cjg"), source=ELSEWHERE) as other:
                self.assertEqual(other.consult(question()).status, 200, "van hetzelfde adres komt men er nog in")
        finally:
            for raw in silent:
                raw.close()

    def test_a_flood_of_handshakes_is_bounded_per_address(self):
        begin = bytes.fromhex("16030100050100000100")  # too short to become anything, enough to be counted
        before = metric("ketenbrug_refused_connections_total")

        def refused():
            """More than come back in the meantime, however slowly it goes."""
            for _ in range(20):
                raws = [socket.create_connection(("127.0.0.1", region.port("school")), WAIT, ("127.0.0.3", 0))
                        for _ in range(20)]
                for raw in raws:
                    raw.sendall(begin)
                for raw in raws:
                    raw.close()
            return metric("ketenbrug_refused_connections_total") > before
        eventually("er zijn er geweigerd", refused)


class Shares(FloodTest):
    def test_answers_that_nobody_takes_leave_room_for_others(self):
        """No window for any answer (SETTINGS_INITIAL_WINDOW_SIZE 0), on as many streams as there may be."""
        held = [Flooder("cjg") for _ in range(20)]  # whose allowances no other test used
        try:
            for flooder in held:
                flooder.send(SettingsFrame(0, settings={4: 0}).serialize() +
                             b"".join(flooder.headers("END_HEADERS", "END_STREAM") for _ in range(100)))
            eventually("ze zijn gelezen", lambda: metric("ketenbrug_requests_total") >= 1000)
            self.assertEqual(self.honest.consult(question()).status, 200)
        finally:
            for flooder in held:
                flooder.sock.close()

    def test_slow_bodies_on_many_streams_leave_room_for_others(self):
        with Flooder("schuldhulp") as flooder:  # whose allowances no other test used
            flooder.send(b"".join(flooder.headers(block=CONSULT) for _ in range(100)))
            for stream in range(1, 200, 2):
                flooder.send(DataFrame(stream, data=b"{").serialize())
            self.assertEqual(self.honest.consult(question()).status, 200)
            def all_told():
                flooder.read(0.2)
                return sum(1 for kind, *_ in flooder.frames if kind == 1) == 100
            eventually("elk verzoek krijgt 408", all_told)
        self.assert_recorded("te-traag", "schuldhulp")


if __name__ == "__main__":
    unittest.main()
