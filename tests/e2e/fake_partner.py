"""A partner's node that misbehaves: a TLS server on python3-h2, where the partners of a real node connect (REGION_VIA).

It passes on what they ask to the real node, as them, and what that answers; and does what a test wants with questions, or
with whatever path the test names. So its lookup sets and evaluations are good ones.
"""
import contextlib
import select
import socket
import ssl
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

import receipts
from peer import Http2, tls_socket
from support import OIN, WAIT

SIGNED = b'{"ontvangstbewijs":"' + receipts.PLACEHOLDER + b'",'
GOOD_START, GOOD_END = SIGNED + b'"betrokkenheden":[],"opvulling":"', b'"}'


def sized(start=GOOD_START, end=GOOD_END, size=1536):
    """A body of the size class that an honest answer has."""
    return start + b"x" * (size - len(start) - len(end)) + end


def entries(text):
    return sized(SIGNED + b'"betrokkenheden":[' + text + b'],"opvulling":"')


GOOD = sized()


class Connection:
    """What a behaviour works with."""

    def __init__(self, sock, log, caller, onward):
        self.sock = sock
        self.log = log
        self.caller = caller
        self.onward = onward  # makes a client of the real node, as the caller
        self.real = None
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.later = []  # (moment, action)
        self.requests = {}  # stream -> (header fields, body)
        self.open = True

    def pass_on(self, stream, path=None):
        """The real node's answer, to a question for another path when one is given; None when it is down."""
        fields, body = self.requests[stream]
        if path is not None:
            fields = [(name, path if name == ":path" else value) for name, value in fields]
        pseudo = {name: value for name, value in fields if name.startswith(":")}
        try:
            if self.real is None or self.real.closed or self.real.goaway is not None:
                self.real = self.onward()
            return self.real.request(pseudo[":method"], pseudo[":path"], body or None,
                                     [field for field in fields if not field[0].startswith(":")])
        except OSError:
            self.real = None
            return None

    def path(self, stream):
        return dict(self.requests[stream][0])[":path"]

    def relay(self, stream):
        answer = self.pass_on(stream)
        if answer is None or answer.status is None:
            self.h2.reset_stream(stream, 2)
            return
        self.h2.send_headers(stream, [(":status", str(answer.status)), *answer.headers])
        self.send(stream, answer.body)

    def after(self, seconds, action):
        self.later.append((time.monotonic() + seconds, action))

    def signed(self, body):
        return body.replace(receipts.PLACEHOLDER, self.log.receipt())

    def answer(self, stream, body, status=200, media_type="application/json", length=None):
        body = self.signed(body(self) if callable(body) else body)
        self.h2.send_headers(stream, [(":status", str(status)), ("content-type", media_type)] +
                             ([("content-length", str(length))] if length is not None else []))
        self.send(stream, body)

    def send(self, stream, body):
        """As the caller's window takes it."""
        room = min(self.h2.local_flow_control_window(stream), 65536)
        for i in range(0, min(room, len(body)), 8192):
            self.h2.send_data(stream, body[i:min(i + 8192, room)])
        if room < len(body):
            self.after(0.005, lambda: self.send(stream, body[room:]))
        else:
            self.h2.end_stream(stream)

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def run_due(self):
        now = time.monotonic()
        due = [action for moment, action in self.later if moment <= now]
        self.later = [(moment, action) for moment, action in self.later if moment > now]
        for action in due:
            try:
                action()
            except (h2.exceptions.ProtocolError, KeyError):
                pass  # the asker gave the stream up
        self.flush()


def decoded(headers):
    """Header fields as text, as whichever version of h2 gives them."""
    return [tuple(part.decode() if isinstance(part, bytes) else part for part in header) for header in headers]


class FakePartner:
    """In the place of `org`, for all its partners. A behaviour(connection, stream, number) is called for each whole request
    of `asker` on one of `paths`; number counts from 1."""

    def __init__(self, region, org, asker="gebiedsteam"):
        self.region, self.org, self.asker = region, org, asker
        self.log = receipts.log_of(region.dir, org)
        self.connections = set()
        self.stopping = False
        self.listener = None
        self.threads = []
        self.behave(None)

    def behave(self, behaviour, paths=("/v1/raadplegingen",)):
        self.behaviour, self.paths, self.questions = behaviour, paths, 0

    def open(self, certificate=None):
        """Listens; with another certificate than that of the organisation when one is given."""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(*certificate or self.region.certificate(self.org))
        self.context.load_verify_locations(self.region.path("pki", "ca.pem"))
        self.context.verify_mode = ssl.CERT_OPTIONAL  # to know in whose name to pass on
        self.context.set_alpn_protocols(["h2"])
        self.stopping = False
        self.listener = socket.create_server(("127.0.0.1", self.region.port(self.org, "via")), reuse_port=False)
        self.listener.settimeout(0.1)
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()
        return self

    def close(self):
        """As a node that is gone: no connection stays."""
        self.stopping = True
        self.listener.close()
        for thread in self.threads:
            thread.join(2 * WAIT)

    @contextlib.contextmanager
    def behaving(self, behaviour, paths=("/v1/raadplegingen",)):
        self.behave(behaviour, paths)
        try:
            yield self
        finally:
            self.behave(None)

    @contextlib.contextmanager
    def away(self, certificate=None):
        """Nobody listens meanwhile; with a certificate: who has that one does."""
        self.close()
        if certificate:
            self.open(certificate)
        try:
            yield self
        finally:
            if certificate:
                self.close()
            self.open()

    def accept(self):
        while not self.stopping:
            try:
                raw, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return  # closed
            thread = threading.Thread(target=self.serve, args=(raw,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def connection(self, sock):
        subject = {key: value for part in (sock.getpeercert() or {}).get("subject", ()) for key, value in part}
        caller = next(org for org, oin in OIN.items() if oin == subject["serialNumber"])
        return Connection(sock, self.log, caller,
                          lambda: Http2(tls_socket(self.region.port(self.org), self.region.certificate(caller))))

    def serve(self, raw):
        try:
            raw.settimeout(20)
            with self.context.wrap_socket(raw, server_side=True) as sock:
                self.converse(self.connection(sock))
        except (OSError, h2.exceptions.ProtocolError):
            raw.close()

    def converse(self, connection):
        connection.flush()
        while connection.open and not self.stopping:
            connection.run_due()
            ready, _, _ = select.select([connection.sock], [], [], 0.005 if connection.later else 0.05)
            if not ready and not connection.sock.pending():
                continue
            data = connection.sock.recv(65536)
            if not data:
                return
            for event in connection.h2.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    fields, body = connection.requests[event.stream_id]
                    connection.requests[event.stream_id] = (fields, body + event.data)
                    connection.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.RequestReceived):
                    connection.requests[event.stream_id] = (decoded(event.headers), b"")
                elif isinstance(event, h2.events.StreamEnded):
                    self.take(connection, event.stream_id)
            connection.flush()

    def take(self, connection, stream):
        path = connection.path(stream).partition("?")[0]
        try:
            if self.behaviour is not None and connection.caller == self.asker and path.startswith(self.paths):
                self.questions += 1
                self.behaviour(connection, stream, self.questions)
            else:
                connection.relay(stream)
        except (h2.exceptions.ProtocolError, KeyError):
            pass  # the asker gave the stream up


# ---- behaviours ----

def answers(body=GOOD, **options):
    return lambda connection, stream, number: connection.answer(stream, body, **options)


def slow(seconds, then=None):
    then = then or answers()
    return lambda connection, stream, number: connection.after(seconds, lambda: then(connection, stream, number))


def once(event):
    """Answers when that happened."""
    def behave(connection, stream, number):
        def look():
            if event.is_set():
                connection.answer(stream, GOOD)
            else:
                connection.after(0.01, look)
        look()
    return behave


def together(count):
    """Answers when so many questions are in hand, of all that behave so."""
    asked = []

    def behave(connection, stream, number):
        def look():
            if len(asked) >= count:
                connection.answer(stream, GOOD)
            else:
                connection.after(0.01, look)
        asked.append(stream)
        look()
    return behave


def silent(connection, stream, number):
    pass


def endless(connection, stream, number):
    """As much as the asker's window takes, for ever."""
    connection.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/json")])
    connection.h2.send_data(stream, connection.signed(GOOD_START))

    def more():
        room = min(connection.h2.local_flow_control_window(stream), 16384)
        if room > 0:
            connection.h2.send_data(stream, b"x" * room)
        connection.after(0.005, more)
    more()


def dripping(connection, stream, number):
    """A body without end, a byte at a time: never too large, never done."""
    connection.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/json")])
    connection.h2.send_data(stream, connection.signed(GOOD_START))

    def more():
        connection.h2.send_data(stream, b"x")
        connection.after(0.05, more)
    more()


def resets(connection, stream, number):
    connection.h2.reset_stream(stream, 2)


def resets_first(connection, stream, number):
    """What a draining node does: the first try is refused, the next answered."""
    if number == 1:
        connection.h2.reset_stream(stream, 7)
    else:
        connection.answer(stream, GOOD)


def closes(connection, stream, number):
    connection.open = False


def raw_garbage(connection, stream, number):
    connection.flush()
    connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" * 50)
    connection.open = False


def huge_headers(connection, stream, number):
    connection.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/json")] +
                               [(f"x-{i}", "a" * 1000) for i in range(40)])
    connection.h2.send_data(stream, connection.signed(GOOD), end_stream=True)


def half_an_answer(connection, stream, number):
    """Announces more than it sends."""
    connection.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/json"),
                                        ("content-length", "1536")])
    connection.h2.send_data(stream, connection.signed(GOOD)[:700], end_stream=True)
