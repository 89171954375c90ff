"""One connection, what was seen on it, and the verdicts that a row of the table may demand."""
import ssl
import time

from frames import (ACK, CODES, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, LAST_STREAM, MAGIC,
                    NO_ERROR, PADDED, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, ping, settings, settings_ack)

HONEST = 1001  # the stream of the honest request that follows each row on its own connection
PROBE = b"nog daar"
CUT_MAX = 600  # octets of a row that is also sent one by one
OPENING = MAGIC + settings()


class Wrong(AssertionError):
    """The server did not do what the row demands."""


def code_name(code):
    return CODES[code] if code < len(CODES) else hex(code)


class Connection:
    """honest: gives the frames of an honest request on a stream, to be answered 200."""

    def __init__(self, sock, honest, opening=OPENING, patience=30):
        self.sock, self.honest, self.patience = sock, honest, patience
        self.unread = b""
        import hpack  # here: whoever only reads the tables has no need of it
        self.decoder = hpack.Decoder()
        self.block = b""
        self.frames = []  # (type, flags, stream, payload), all
        self.status, self.fields, self.resets, self.body = {}, {}, {}, {}
        self.ended = set()
        self.windows = {}  # stream -> sum of increments
        self.settings = []
        self.acks = 0
        self.pongs = []
        self.goaway = None  # (last stream, code)
        self.closed = False
        self.clean = False  # with TLS's own goodbye, or TCP's end
        self.send(opening)
        if opening == OPENING:
            self.until(lambda: self.settings)

    def send(self, *frames):
        try:
            self.sock.sendall(b"".join(frames))
        except OSError:
            pass  # what the server said before it closed is still to be read

    def until(self, condition):
        end = time.monotonic() + self.patience
        while not condition() and not self.closed and time.monotonic() < end:
            self.sock.settimeout(max(0.01, end - time.monotonic()))
            try:
                read = self.sock.recv(65536)
                self.clean = read == b""
            except TimeoutError:
                break
            except (ssl.SSLError, OSError):
                read = b""
            self.closed = read == b""
            self.take(read)
        return bool(condition())

    def expect(self, what, condition):
        if not self.until(condition):
            raise Wrong(f"{what}: {self}")

    def take(self, read):
        self.unread += read
        while len(self.unread) >= 9:
            length = int.from_bytes(self.unread[:3], "big")
            if len(self.unread) < 9 + length:
                break
            kind, flags = self.unread[3], self.unread[4]
            stream = int.from_bytes(self.unread[5:9], "big") & LAST_STREAM
            payload, self.unread = self.unread[9:9 + length], self.unread[9 + length:]
            self.frames.append((kind, flags, stream, payload))
            self.note(kind, flags, stream, payload)

    def note(self, kind, flags, stream, payload):
        number = int.from_bytes(payload[:4], "big")
        if kind in (HEADERS, CONTINUATION):
            self.block += payload
            if flags & END_HEADERS:
                self.fields[stream] = self.decoder.decode(self.block)
                self.status[stream] = int(dict(self.fields[stream]).get(":status", 0))
                self.block = b""
        elif kind == DATA:
            self.body[stream] = self.body.get(stream, b"") + payload
        elif kind == RST_STREAM:
            self.resets[stream] = number
        elif kind == SETTINGS and flags & ACK:
            self.acks += 1
        elif kind == SETTINGS:
            self.settings.append(payload)
            self.send(settings_ack())
        elif kind == PING and flags & ACK:
            self.pongs.append(payload)
        elif kind == GOAWAY:
            self.goaway = (number & LAST_STREAM, int.from_bytes(payload[4:8], "big"))
        elif kind == WINDOW_UPDATE:
            self.windows[stream] = self.windows.get(stream, 0) + number
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.ended.add(stream)

    def done(self, stream):
        return stream in self.ended or stream in self.resets

    def answered(self, stream, status):
        return stream in self.ended and self.status.get(stream) == status and \
            self.resets.get(stream, NO_ERROR) == NO_ERROR

    def still_there(self, honest):
        return self.answered(HONEST, 200) if honest else PROBE in self.pongs

    def finish(self, wanted=(), honest=True):
        """Whether the connection still serves; and the end of what the row began."""
        if honest:
            self.send(self.honest(HONEST))
        else:
            self.send(ping(PROBE))
        self.until(lambda: (self.done(HONEST) if honest else PROBE in self.pongs) and
                   all(self.done(stream) for stream in wanted))
        if self.goaway and self.goaway[1] != NO_ERROR:
            self.until(lambda: False)

    def __repr__(self):
        goaway_text = f"GOAWAY({self.goaway[0]}, {code_name(self.goaway[1])})" if self.goaway else "geen GOAWAY"
        resets = {stream: code_name(code) for stream, code in self.resets.items()}
        return f"{goaway_text}, {'gesloten' if self.closed else 'open'}, antwoorden {self.status}, resets {resets}"


class Verdict:
    """text: how it reads; holds(connection, honest): whether it is what was seen; wanted: streams that it waits for."""

    def __init__(self, text, holds, error, wanted=()):
        self.text, self.holds, self.error, self.wanted = text, holds, error, wanted


def connection_error(*codes):
    """GOAWAY with this code, then the end of the connection (5.4.1)."""
    return Verdict("connection error " + "/".join(map(code_name, codes)),
                   lambda c, honest: c.goaway is not None and c.goaway[1] in codes and c.closed and c.clean and
                   not c.still_there(honest), True)


def closed():
    """The end of the connection; GOAWAY is not required."""
    return Verdict("connection closed", lambda c, honest: c.closed and c.goaway is None and not c.still_there(honest),
                   True)


def stream_error(*codes, stream=1):
    """RST_STREAM with this code and no success on the stream; all else goes on."""
    return Verdict(f"stream error {'/'.join(map(code_name, codes))} on {stream}",
                   lambda c, honest: c.resets.get(stream) in codes and c.status.get(stream, 400) >= 400 and
                   c.goaway is None and set(c.resets) == {stream} and c.still_there(honest), True, (stream,))


def answered(status, *streams):
    streams = streams or (1,)
    return Verdict(f"answered {status} on {streams}",
                   lambda c, honest: all(c.answered(stream, status) for stream in streams) and c.goaway is None and
                   c.still_there(honest), False, streams)


def ignored():
    """Nothing comes of it: no reset, no GOAWAY; the connection serves."""
    return Verdict("ignored", lambda c, honest: not c.resets and c.goaway is None and c.still_there(honest), False)


class Row:
    """
    section  of the RFC
    name     what is sent
    send     its bytes, or a function that takes the connection
    demand   verdicts, each of which the RFC allows
    why      of a demand that is a choice: what the RFC says about it
    deviates the node does other than a MUST or SHOULD, for the reason in `why`; README.md names the row
    """

    def __init__(self, section, name, send, *demand, why="", opening=OPENING, honest=True, deviates=False):
        self.section, self.name, self.send, self.demand = section, name, send, demand
        self.why, self.opening, self.honest, self.deviates = why, opening, honest, deviates
        if len(demand) != 1 and not why:
            raise ValueError(f"{name}: een keuze zonder reden")

    def can_be_cut(self):
        return not callable(self.send) and len(self.send) <= CUT_MAX

    def wrong_unless(self, sock, honest, patience=30, cut=False):
        """Runs the row on a fresh connection; raises Wrong. cut: byte by byte, each in a TLS record of its own."""
        connection = Connection(sock, honest, self.opening, patience)
        if callable(self.send):
            self.send(connection)
        elif cut:
            for i in range(len(self.send)):
                connection.send(self.send[i:i + 1])
        else:
            connection.send(self.send)
        connection.finish(self.demand[0].wanted if len(self.demand) == 1 else (), self.honest)
        if not any(verdict.holds(connection, self.honest) for verdict in self.demand):
            allowed = " of ".join(verdict.text for verdict in self.demand)
            raise Wrong(f"RFC {self.section}, {self.name}: verwacht {allowed}; gezien {connection}. {self.why}")

    def demands_error(self):
        return all(verdict.error for verdict in self.demand)

    def demands_service(self):
        return not any(verdict.error for verdict in self.demand)
