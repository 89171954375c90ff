"""A client of a node's listeners on python3-h2: an implementation of HTTP/2 that is not ours."""
import json
import os
import re
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events
import hyperframe.frame

import described
import receipts
from support import EVERY, MILAN, WAIT, new_id

CASE, USER = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"

PLACE = re.compile(rb'\{\s*"sleutel":\s*"bsn-(\d{9})",\s*"periode":\s*0\s*\}')


def person(bsn):
    """In a question, until Peer.signed() puts there the ask key that who asks learned of this person."""
    return {"sleutel": f"bsn-{bsn}", "periode": 0}


def question(bsn=MILAN, **changes):
    body = {"betrokkene": person(bsn), "doel": "hulpafstemming", "grondslag": "wmo-5.1.1", "rol": "generalist",
            "zaak": CASE, "gebruiker": USER, "ontvangstbewijs": receipts.PLACEHOLDER.decode()}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


class Answer:
    def __init__(self):
        self.status = None
        self.headers = []
        self.body = b""
        self.ended = False
        self.reset = None  # error code
        self.request = ("", "", [], b"")  # method, path, headers and body that it answers

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r} reset={self.reset}>"


def tls_socket(port, certificate=None, alpn=("h2",), timeout=WAIT, source=None):
    """A TLS 1.3 connection with client certificate (pem, key), from the address `source` when given. The server's
    certificate is not our subject here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if certificate:
        context.load_cert_chain(*certificate)
    raw = socket.create_connection(("127.0.0.1", port), timeout, (source, 0) if source else None)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(raw, server_hostname="localhost")


def unix_socket(path, timeout=WAIT):
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(timeout)
    raw.connect(path)
    return raw


def let_open_streams_finish(connection, on_goaway):
    """python3-h2 takes every GOAWAY for the end of all; by RFC 9113, 6.8 streams up to its last one go on."""
    def received(frame):
        on_goaway(frame.last_stream_id, frame.error_code)
        return [], []
    connection._frame_dispatch_table[hyperframe.frame.GoAwayFrame] = received


class Http2:
    description = None  # of the listener; with one, each whole answer is held against it

    def __init__(self, sock, scheme="https"):
        self.sock = sock
        self.scheme = scheme
        self.answers = {}
        self.goaway = None  # last stream id that the server will handle
        self.goaway_code = None
        self.closed = False
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        let_open_streams_finish(self.h2, self.on_goaway)
        self.h2.initiate_connection()
        self.flush()

    def on_goaway(self, last_stream, code):
        self.goaway, self.goaway_code = last_stream, code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def begin(self, method, path, headers=(), end=True):
        stream = self.h2.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", self.scheme), (":authority", "knooppunt"), (":path", path)]
        answer = self.answers[stream] = Answer()
        answer.request = (method, path, list(headers), b"")
        self.h2.send_headers(stream, fields + list(headers), end_stream=end)
        self.flush()
        return stream

    def data(self, stream, body, end=True):
        *request, before = self.answers[stream].request
        self.answers[stream].request = (*request, before + body)
        pieces = [body[i:i + 16384] for i in range(0, len(body), 16384)] or [b""]
        for i, piece in enumerate(pieces):
            self.h2.send_data(stream, piece, end_stream=end and i == len(pieces) - 1)
        self.flush()

    def send(self, method, path, body=None, headers=()):
        stream = self.begin(method, path, headers, end=body is None)
        if body is not None:
            self.data(stream, body)
        return stream

    def take(self, timeout=WAIT):
        """Reads once; False when the server closed."""
        self.sock.settimeout(timeout)
        try:
            data = self.sock.recv(65536)
        except ssl.SSLEOFError:
            data = b""
        if not data:
            self.closed = True
            return False
        for event in self.h2.receive_data(data):
            self.handle(event)
        self.flush()
        return True

    def handle(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if answer is None:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            answer.headers = [(name, value) for name, value in event.headers if not name.startswith(":")]
            answer.status = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
            self.check(answer)
        elif isinstance(event, h2.events.StreamReset):
            answer.reset = event.error_code

    def check(self, answer):
        if self.description is not None:
            method, path, headers, body = answer.request
            described.saw_answer(self.description, method, path, answer, body, headers)

    def wait(self, stream, timeout=WAIT):
        answer = self.answers[stream]
        end = time.monotonic() + timeout
        while not answer.ended and answer.reset is None:
            if not self.take(max(0.01, end - time.monotonic())):
                raise ConnectionError(f"verbinding gesloten zonder heel antwoord: {answer}")
        return answer

    def request(self, method, path, body=None, headers=(), timeout=WAIT):
        return self.wait(self.send(method, path, body, headers), timeout)

    def until_closed(self, timeout=WAIT):
        """Seconds until the server closed the connection."""
        begin = time.monotonic()
        try:
            while self.take(timeout):
                pass
        except ConnectionError:
            self.closed = True
        return time.monotonic() - begin


class Peer(Http2):
    """A partner's client on the peer listener."""
    description = described.PEER

    def __init__(self, region, org, certificate=None, asker=None, **options):
        """`asker`: whose log signs, when the certificate's file name does not say it."""
        self.certificate = certificate or region.certificate("gebiedsteam")
        named = os.path.basename(self.certificate[0]).removesuffix(".pem")
        self.region, self.org, self.asker = region, org, asker or (named if named in EVERY else "gebiedsteam")
        self.log = receipts.log_of(region.dir, self.asker)
        super().__init__(tls_socket(region.port(org), self.certificate, **options))

    def signed(self, body):
        """The question as bytes, with a receipt of the asker's log where question() left room for it, and the ask key of
        whom it is about."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if PLACE.search(raw):
            import asking  # which asks with this module
            raw = asking.fill(self.region, self.asker, self.org, raw)
        return raw.replace(receipts.PLACEHOLDER, self.log.receipt())

    def ask(self, body, request_id=None, media_type="application/json"):
        """Puts a question (dict or bytes); without waiting for the answer."""
        raw = self.signed(body)
        return self.send("POST", "/v1/raadplegingen", raw,
                         [("content-type", media_type), ("request-id", request_id or new_id())])

    def consult(self, body, request_id=None, media_type="application/json"):
        return self.wait(self.ask(body, request_id, media_type))


class Desk(Http2):
    """A client of the own organisation: over the Unix socket, or with TLS when a port is given."""
    description = described.DESK

    def __init__(self, region, org, token=None, tls=False):
        self.token = token
        self.region, self.org = region, org
        if tls:
            super().__init__(tls_socket(region.port(org, "desk")))
        else:
            super().__init__(unix_socket(region.path(org, "contactpunt")), "http")

    def call(self, method, path, body=None):
        if path == "/v1/raadplegingen":
            self.region.settle(self.org)
        elif method != "GET":
            self.region.changed()
        headers = [("authorization", f"Bearer {self.token}")] if self.token else []
        if body is not None:
            headers.append(("content-type", "application/json"))
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request(method, path, body, headers)
