"""A partner's node that misbehaves: a TLS server on python3-h2, on the address of a real node that was stopped."""
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

    def __init__(self, sock, log):
        self.sock = sock
        self.log = log
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.later = []  # (moment, action)
        self.open = True

    def after(self, seconds, action):
        self.later.append((time.monotonic() + seconds, action))

    def signed(self, body):
        return body.replace(receipts.PLACEHOLDER, self.log.receipt())

    def answer(self, stream, body, status=200, media_type="application/json", length=None):
        body = self.signed(body(self) if callable(body) else body)
        self.h2.send_headers(stream, [(":status", str(status)), ("content-type", media_type)] +
                             ([("content-length", str(length))] if length is not None else []))
        for i in range(0, len(body), 8192):
            self.h2.send_data(stream, body[i:i + 8192])
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


def encoded(headers):
    """Header fields as bytes, as whichever version of h2 gives them."""
    return [tuple(part.encode() if isinstance(part, str) else part for part in header) for header in headers]


class FakePartner:
    """behaviour(connection, stream, number) is called for each whole question; number counts from 1."""

    def __init__(self, port, certificate, behaviour, log):
        self.behaviour = behaviour
        self.log = log
        self.questions = 0
        self.stopping = False
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(*certificate)
        self.context.set_alpn_protocols(["h2"])
        self.listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        self.listener.settimeout(0.1)
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping = True
        for thread in self.threads:
            thread.join(5)
        self.listener.close()

    def accept(self):
        while not self.stopping:
            try:
                raw, _ = self.listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self.serve, args=(raw,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, raw):
        try:
            raw.settimeout(5)
            with self.context.wrap_socket(raw, server_side=True) as sock:
                self.converse(Connection(sock, self.log))
        except (OSError, h2.exceptions.ProtocolError):
            raw.close()

    def converse(self, connection):
        connection.flush()
        elsewhere = set()  # streams that ask nothing about people, such as a checkpoint that comes by
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
                    connection.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.RequestReceived):
                    path = dict(encoded(event.headers))[b":path"]
                    if path != b"/v1/raadplegingen":
                        elsewhere.add(event.stream_id)
                elif isinstance(event, h2.events.StreamEnded) and event.stream_id in elsewhere:
                    connection.answer(event.stream_id, b"", status=404)
                elif isinstance(event, h2.events.StreamEnded):
                    self.questions += 1
                    self.behaviour(connection, event.stream_id, self.questions)
            connection.flush()


# ---- behaviours ----

def answers(body=GOOD, **options):
    return lambda connection, stream, number: connection.answer(stream, body, **options)


def slow(seconds, then=None):
    then = then or answers()
    return lambda connection, stream, number: connection.after(seconds, lambda: then(connection, stream, number))


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
