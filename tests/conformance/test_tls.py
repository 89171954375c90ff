"""RFC 9113, 3.2 and 9.2 (use of TLS) and 6.8 (a server that goes)."""
import os
import signal
import ssl
import socket
import unittest

import receipts
from checker import PROBE, Connection
from frames import LAST_STREAM, NO_ERROR, get, ping
from peer import tls_socket
from support import Region, eventually
from test_conformance import consult

CERTIFICATE_REQUEST = 13  # RFC 8446, 4


def setUpModule():
    global region
    region = Region("conformance-tls", REGION_DRAIN_MS=20_000).start()


def honest(stream):
    return consult(region, stream, receipts.log_of(region.dir, "gebiedsteam"))


def context_with(alpn=("h2",)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(*region.certificate("gebiedsteam"))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def connect(context, name="school.localhost"):
    raw = socket.create_connection(("127.0.0.1", region.port("school")), 30)
    return context.wrap_socket(raw, server_hostname=name)


class Tls(unittest.TestCase):
    def tearDown(self):
        self.serves(tls_socket(region.port("school"), region.certificate("gebiedsteam")))

    def serves(self, sock):
        with sock:
            connection = Connection(sock, honest)
            connection.finish()
            self.assertTrue(connection.still_there(True), connection)
        return connection

    def refused(self, context, alert=""):
        """By the handshake; in TLS 1.3 the client may only hear of it when it reads."""
        with self.assertRaises((ssl.SSLError, ConnectionError)) as refusal:
            with connect(context) as sock:
                sock.recv(1)
                raise AssertionError("de handdruk is gelukt")
        self.assertIn(alert, str(refusal.exception).lower())

    def test_9_2_tls_1_2_is_refused(self):
        context = context_with()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.refused(context, "alert protocol version")

    def test_3_2_a_client_without_alpn_is_refused(self):
        self.refused(context_with(()))

    def test_3_2_a_client_of_http_1_1_is_refused(self):
        self.refused(context_with(("http/1.1",)), "alert no application protocol")

    def test_3_1_h2c_is_no_protocol_over_tls(self):
        self.refused(context_with(("h2c",)), "alert no application protocol")

    def test_3_2_h2_is_chosen_among_others(self):
        for offered in (("h2", "http/1.1"), ("http/1.1", "h2"), ("h3", "spdy/3.1", "h2")):
            sock = connect(context_with(offered))
            self.assertEqual(sock.selected_alpn_protocol(), "h2")
            self.serves(sock)

    def test_9_2_1_tls_1_3_without_compression(self):
        sock = connect(context_with())
        self.assertEqual(sock.version(), "TLSv1.3")
        self.assertIsNone(sock.compression())
        self.assertIn(sock.cipher()[0], ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"))
        self.serves(sock)

    def test_9_2_a_name_is_not_needed_and_any_name_is_served(self):
        for name in ("school.localhost", "elders.example", "127.0.0.1"):
            self.serves(connect(context_with(), name))

    def test_9_2_3_no_certificate_is_asked_after_the_handshake(self):
        """Not of a client that says it could, either."""
        asked, done = [], []
        context = context_with()
        context.post_handshake_auth = True

        def watch(_sock, direction, _version, _content, kind, _bytes):
            if direction == "read" and kind == CERTIFICATE_REQUEST:
                asked.append(bool(done))
        context._msg_callback = watch
        sock = connect(context)
        done.append(True)
        self.serves(sock)
        self.assertEqual(asked, [False], "een keer, in de handdruk")

    def test_3_4_clear_text_on_a_tls_port_is_refused(self):
        raw = socket.create_connection(("127.0.0.1", region.port("school")), 30)
        with raw:
            connection = Connection(raw, honest)
            connection.finish()
            self.assertTrue(connection.closed)
            self.assertFalse(connection.still_there(True))


class Goaway(unittest.TestCase):
    def test_6_8_a_node_that_stops_says_so_twice_and_finishes_what_it_accepted(self):
        with tls_socket(region.port("school"), region.certificate("gebiedsteam")) as sock:
            connection = Connection(sock, honest)
            connection.send(get(1))
            connection.expect("het antwoord", lambda: 1 in connection.ended)
            # An open request keeps the connection there until the client has seen the notice.
            start, rest = split_after_head(honest(3))
            connection.send(start, ping(PROBE))
            connection.expect("de ping", lambda: PROBE in connection.pongs)
            os.kill(region.pid("school"), signal.SIGTERM)
            connection.expect("de aankondiging", lambda: connection.goaway)
            self.assertEqual(connection.goaway, (LAST_STREAM, NO_ERROR))
            ours = [payload for kind, flags, _, payload in connection.frames if kind == 6 and not flags]
            connection.send(honest(5), rest, *[ping(payload, flags=1) for payload in ours])
            connection.expect("beide antwoorden", lambda: {3, 5} <= connection.ended)
            self.assertEqual({connection.status[3], connection.status[5]}, {200})
            self.assertNotIn(3, connection.resets)
            connection.until(lambda: False)
            self.assertTrue(connection.closed and connection.clean)
            self.assertEqual(connection.goaway, (5, NO_ERROR))
        region.stop_one("school")  # until it is gone, not only its connections
        region.start_one("school")
        eventually("de school is er weer", lambda: region.health_or_none("school") == 200)
        region.all_shown("school")


def split_after_head(sent):
    at = 9 + int.from_bytes(sent[:3], "big")
    return sent[:at], sent[at:]


if __name__ == "__main__":
    unittest.main()
