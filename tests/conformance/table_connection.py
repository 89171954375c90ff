"""RFC 9113, 3 to 5: the preface, frames, field blocks, stream states, flow control, errors, extensions."""
from checker import OPENING, Row, Wrong, answered, closed, connection_error, ignored, stream_error
from frames import *

MAY_CLOSE_WITHOUT_WORDS = "3.4: 'A GOAWAY frame MAY be omitted in this case'."
STREAM_OR_CONNECTION = "5.4.1: 'an endpoint MAY choose to treat a stream error as a connection error'."
CLOSED = ("6.1 says STREAM_CLOSED for DATA; but 5.1, closed: frames that were under way are 'minimally processed and "
          "discarded', which 'can' be done 'for all streams that are in the closed state'; a connection error "
          "STREAM_CLOSED is a MAY.")
TOO_LARGE = b"x" * (MAX_FRAME + 1)


def byte_by_byte(c):
    for i in range(len(OPENING)):
        c.send(OPENING[i:i + 1])
    c.send(get())


def preface_rows():
    def wrong_opening(name, opening):
        return Row("3.4", name, b"", closed(), connection_error(PROTOCOL_ERROR), opening=opening,
                   why=MAY_CLOSE_WITHOUT_WORDS)

    def settings_first(c):
        c.expect("het eerste frame is SETTINGS", lambda: c.frames)
        if c.frames[0][:3] != (SETTINGS, 0, 0):
            raise Wrong(f"het eerste frame is {c.frames[0][:3]}")
    return [
        Row("3.4", "the server's first frame is SETTINGS", settings_first, ignored()),
        Row("3.4", "a request right behind the preface", b"", answered(404), opening=OPENING + get()),
        Row("3.4", "the preface one byte at a time", byte_by_byte, answered(404), opening=b""),
        wrong_opening("HTTP/1.1 instead of the preface", b"GET / HTTP/1.1\r\nHost: knooppunt\r\n\r\n"),
        wrong_opening("a preface with its last byte wrong", MAGIC[:-1] + b"\r" + settings()),
        wrong_opening("no preface, frames at once", settings() + get()),
        wrong_opening("HEADERS before SETTINGS", MAGIC + get()),
        wrong_opening("PING before SETTINGS", MAGIC + ping()),
        wrong_opening("a frame of an unknown type before SETTINGS", MAGIC + frame(UNKNOWN_TYPE, 0, 0)),
        wrong_opening("only an acknowledgement as first SETTINGS", MAGIC + settings_ack()),
        Row("3.4", "the preface twice", MAGIC, connection_error(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
            why="'PRI' reads as a length above SETTINGS_MAX_FRAME_SIZE (4.2)."),
    ]


def frame_rows():
    def too_large(name, *frames):
        return Row("4.2", f"{name} of 16385 octets", b"".join(frames), connection_error(FRAME_SIZE_ERROR))

    long_field = literal("x-lang", b"v" * (MAX_FRAME - 10))
    assert len(long_field) == MAX_FRAME + 1
    filler = MAX_FRAME - len(block(NOWHERE)) - len(literal("x-vulling", b"")) - 2
    return [
        Row("4.1", "a frame of an unknown type on stream 0", frame(UNKNOWN_TYPE, 0xff, 0, b"abc"), ignored()),
        Row("4.1", "a frame of an unknown type on an idle stream", frame(UNKNOWN_TYPE, 0, 7, b"abc"), ignored()),
        Row("4.1", "a frame of an unknown type on an open stream",
            open_post() + frame(UNKNOWN_TYPE, 0xff, 1, b"abc") + data(1, b"", END_STREAM), answered(400)),
        Row("4.1", "undefined flags on HEADERS", get(flags=0xff & ~(PADDED | PRIORITISED)), answered(404)),
        Row("4.1", "undefined flags on DATA", open_post() + data(1, b"x", 0xff & ~PADDED), answered(400)),
        Row("4.1", "undefined flags on SETTINGS and PING", frame(SETTINGS, 0xfe, 0) + ping(flags=0xfe), ignored()),
        Row("4.1", "the reserved bit on a request", get(RESERVED | 1), answered(404)),
        Row("4.1", "the reserved bit on PING", ping(stream=RESERVED), ignored()),
        Row("4.2", "DATA of 16384 octets",
            open_post() + data(1, b"x" * MAX_FRAME) + data(1, b"", END_STREAM), answered(400)),
        Row("4.2", "HEADERS of 16384 octets", get(1, NOWHERE, ("x-vulling", b"v" * filler)), answered(404)),
        Row("4.2", "CONTINUATION of 16384 octets", get(flags=END_STREAM) +
            continuation(1, literal("x-lang", b"v" * (MAX_FRAME - 11))), answered(431)),
        too_large("DATA", open_post(), data(1, TOO_LARGE)),
        too_large("HEADERS", headers(1, TOO_LARGE)),
        too_large("CONTINUATION", get(flags=END_STREAM), continuation(1, long_field)),
        too_large("SETTINGS", frame(SETTINGS, 0, 0, TOO_LARGE)),
        too_large("a frame of an unknown type", frame(UNKNOWN_TYPE, 0, 0, TOO_LARGE)),
        too_large("PING", ping(TOO_LARGE)),
    ]


def block_rows():
    whole = block(NOWHERE)

    def interrupted(name, *frames):
        return Row("4.3", f"{name} in the middle of a field block",
                   headers(1, whole, END_STREAM) + b"".join(frames) + continuation(1, b""),
                   connection_error(PROTOCOL_ERROR))
    in_crumbs = headers(1, b"", END_STREAM) + b"".join(
        continuation(1, whole[i * 20:i * 20 + 20], 0) for i in range(len(whole) // 20)) + \
        continuation(1, whole[len(whole) // 20 * 20:])
    refused = headers(1, block((*NOWHERE, ("X-Fout", "1"))) + literal("x-later", "1", INDEXED))
    return [
        Row("4.3", "a field block in CONTINUATION frames, cut inside fields", in_crumbs, answered(404)),
        Row("4.3", "an empty CONTINUATION at the end",
            headers(1, whole, END_STREAM) + continuation(1, b"", 0) + continuation(1, b""), answered(404)),
        Row("4.3", "a field block that cannot be decoded", headers(1, whole + b"\x80"),
            connection_error(COMPRESSION_ERROR)),
        Row("4.3", "a field block that ends inside a field", headers(1, whole + b"\x00\x05ab"),
            connection_error(COMPRESSION_ERROR)),
        Row("4.3", "trailers that cannot be decoded", open_post() + headers(1, b"\x80"),
            connection_error(COMPRESSION_ERROR)),
        Row("4.3", "the block of a refused request still counts for compression",
            refused + headers(3, whole + indexed(62)) + get(5), stream_error(PROTOCOL_ERROR)),
        interrupted("PING", ping()),
        interrupted("SETTINGS", settings()),
        interrupted("DATA on the same stream", data(1, b"x")),
        interrupted("PRIORITY", priority(1)),
        interrupted("WINDOW_UPDATE", window_update(0, 1)),
        interrupted("RST_STREAM of the same stream", rst(1)),
        interrupted("HEADERS of another stream", get(3)),
        interrupted("HEADERS of the same stream", headers(1, b"")),
        interrupted("CONTINUATION of another stream", continuation(3, b"")),
    ]


def held(c, *frames):
    """A request on stream 1 whose answer waits for window: half-closed (remote) until the row gives window."""
    c.send(settings((INITIAL_WINDOW_SIZE, 0)), get(1))
    c.expect("de kop van het antwoord", lambda: 1 in c.status)
    c.send(*frames, settings((INITIAL_WINDOW_SIZE, 65535)))


def after_answer(c, *frames):
    c.send(get(1))
    c.expect("het antwoord", lambda: 1 in c.ended)
    c.send(*frames)


def state_rows():
    def idle(name, frames):
        return Row("5.1", f"{name} on an idle stream", frames, connection_error(PROTOCOL_ERROR))

    def half_closed(name, frames, *demand, why=STREAM_OR_CONNECTION):
        return Row("5.1", f"{name} on a half-closed (remote) stream", lambda c: held(c, frames), *demand, why=why)

    def over(name, frames, *demand, why=CLOSED, **more):
        return Row("5.1", f"{name} on a closed stream", lambda c: after_answer(c, frames), *demand, why=why, **more)

    def after_reset(name, frames, *demand, why=CLOSED, **more):
        return Row("5.1", f"{name} after our RST_STREAM", open_post() + rst(1) + frames, *demand, why=why, **more)

    def discarded(c):
        c.send(open_post(1), rst(1), *[data(1, b"x" * 16000)] * 44)
        c.expect("het venster terug", lambda: c.windows.get(0, 0) > 1048576 - 65535)
    stream_closed = (stream_error(STREAM_CLOSED), connection_error(STREAM_CLOSED))
    return [
        idle("DATA", data(1, b"x")),
        idle("RST_STREAM", rst(1)),
        idle("WINDOW_UPDATE", window_update(1, 1)),
        idle("CONTINUATION", continuation(1, b"")),
        idle("WINDOW_UPDATE above the last request", get(1) + window_update(3, 1)),
        Row("5.1", "PRIORITY on an idle stream", priority(1), ignored()),
        half_closed("DATA", data(1, b"x"), *stream_closed),
        half_closed("HEADERS", get(1), *stream_closed),
        half_closed("CONTINUATION", continuation(1, b""), connection_error(PROTOCOL_ERROR)),
        half_closed("WINDOW_UPDATE", window_update(1, 5), answered(404)),
        half_closed("PRIORITY", priority(1), answered(404)),
        half_closed("RST_STREAM", rst(1), ignored()),
        over("DATA", data(1, b"x"), *stream_closed, ignored(), deviates=True),
        over("HEADERS", get(1), *stream_closed, connection_error(PROTOCOL_ERROR), ignored()),
        over("WINDOW_UPDATE", window_update(1, 1), answered(404)),
        over("RST_STREAM", rst(1), answered(404)),
        over("PRIORITY", priority(1), answered(404)),
        after_reset("DATA", data(1, b"x"), *stream_closed, ignored(), deviates=True),
        after_reset("HEADERS", get(1), *stream_closed, ignored()),
        after_reset("WINDOW_UPDATE", window_update(1, 1), ignored()),
        after_reset("RST_STREAM", rst(1), ignored()),
        after_reset("PRIORITY", priority(1), ignored()),
        Row("5.1", "discarded DATA still counts for, and returns, the connection's window", discarded, ignored()),
    ]


def one_after_another(c):
    """More in all than may be open at once."""
    for first in range(1, 601, 100):
        streams = range(first, first + 100, 2)
        c.send(*[get(stream) for stream in streams])
        c.expect("de antwoorden", lambda: c.ended.issuperset(streams))


def identifier_rows():
    return [
        Row("5.1.1", "a request on an even stream", get(2), connection_error(PROTOCOL_ERROR)),
        Row("5.1.1", "a request on stream 0", get(0), connection_error(PROTOCOL_ERROR)),
        Row("5.1.1", "identifiers that skip", get(1) + get(9) + get(31), answered(404, 1, 9, 31)),
        Row("5.1.1", "an identifier below one that was used", get(5) + get(3), connection_error(PROTOCOL_ERROR),
            ignored(), why="5.1.1 says PROTOCOL_ERROR for 'an unexpected stream identifier'; but the first use of 5 "
            "closed 3, and 5.1 lets frames on closed streams be discarded. Trailers that cross a reset look the same.",
            deviates=True),
        Row("5.1.1", "the last identifier there is", get(LAST_STREAM), answered(404, LAST_STREAM), honest=False),
        Row("5.1.1", "nothing is left behind the last identifier",
            lambda c: c.send(get(LAST_STREAM), get(1)), connection_error(PROTOCOL_ERROR), ignored(), honest=False,
            why="As for an identifier below one that was used.", deviates=True),
        Row("5.1.2", "as many streams as were allowed",
            b"".join(map(open_post, range(1, 257, 2))) + b"".join(rst(s) for s in range(1, 257, 2)), ignored()),
        Row("5.1.2", "one stream more than was allowed", b"".join(map(open_post, range(1, 259, 2))),
            stream_error(PROTOCOL_ERROR, REFUSED_STREAM, stream=257), connection_error(PROTOCOL_ERROR),
            why=STREAM_OR_CONNECTION),
        Row("5.1.2", "closed streams do not count",
            one_after_another, answered(404, *range(1, 601, 2))),
    ]


def flow_rows():
    def size(c, stream=1):
        return len(c.body.get(stream, b""))

    def stream_window(c):
        c.send(settings((INITIAL_WINDOW_SIZE, 0)), get(1), ping(b"een 8888"))
        c.expect("de kop", lambda: 1 in c.status and b"een 8888" in c.pongs)
        for count in (1, 2, 3):
            if size(c) != count - 1:
                raise Wrong(f"{size(c)} octetten in een venster van {count - 1}")
            c.send(window_update(1, 1), ping(bytes([count]) * 8))
            c.expect("een octet erbij", lambda: size(c) >= count and bytes([count]) * 8 in c.pongs)
        c.send(settings((INITIAL_WINDOW_SIZE, 65535)))

    def below_zero(c):
        c.send(settings((INITIAL_WINDOW_SIZE, 10)), get(1))
        c.expect("tien octetten", lambda: size(c) == 10)
        c.send(settings((INITIAL_WINDOW_SIZE, 0)), window_update(1, 10), ping())
        c.expect("de ping", lambda: c.pongs)
        c.send(window_update(1, 5), ping(b"daarna!!"))
        c.expect("vijf octetten erbij", lambda: size(c) >= 15 and b"daarna!!" in c.pongs)
        if size(c) != 15:
            raise Wrong(f"{size(c)} octetten, het venster liet er 15 toe")
        c.send(settings((INITIAL_WINDOW_SIZE, 65535)))

    def connection_window(c):
        """A large answer for each of many requests, until 65535 octets in all went out."""
        streams = range(1, 201, 2)
        taken = 0
        for stream in streams:
            c.send(c.honest(stream))
            c.until(lambda: c.done(stream) or stream in c.status)
        c.send(ping(b"alles weg"[:8]))
        c.expect("de ping", lambda: c.pongs)
        taken = sum(len(body) for body in c.body.values())
        if taken != 65535:
            raise Wrong(f"{taken} octetten in een venster van 65535")
        c.send(window_update(0, 1000000))
        c.expect("de rest", lambda: all(s in c.ended for s in streams))
    return [
        Row("5.2", "an answer stays inside the stream's window", stream_window, answered(404)),
        Row("5.2", "a window below zero", below_zero, answered(404)),
        Row("5.2", "answers stay inside the connection's window", connection_window, ignored()),
    ]


def other_rows():
    def last_stream(c):
        c.send(get(1), get(7))
        c.expect("twee antwoorden", lambda: {1, 7} <= c.ended)
        c.send(ping(b"kort"))
        c.expect("GOAWAY", lambda: c.goaway)
        if c.goaway[0] != 7:
            raise Wrong(f"de laatste stroom was 7: {c}")
    in_flight = headers(1, block((*NOWHERE, ("x fout", "1"))), END_HEADERS) + data(1, b"x") + window_update(1, 1)
    return [
        Row("5.3", "a request with priority", headers(1, u32(0) + b"\x0f" + block(NOWHERE),
                                                      END_HEADERS | END_STREAM | PRIORITISED), answered(404)),
        Row("5.3", "PRIORITY for a stream that depends on itself", open_post() + priority(1, 1) + rst(1), ignored(),
            stream_error(PROTOCOL_ERROR),
            why="RFC 9113, 5.3.2 gives the fields no meaning; RFC 7540 made it an error."),
        Row("5.3", "PRIORITY_UPDATE of RFC 9218", frame(0x10, 0, 0, u32(1) + b"u=1"), ignored()),
        Row("5.4.1", "GOAWAY names the last stream that was served", last_stream, connection_error(FRAME_SIZE_ERROR)),
        Row("5.4.2", "RST_STREAM is not answered with RST_STREAM", open_post() + rst(1, PROTOCOL_ERROR), ignored()),
        Row("5.4.2", "frames under way to a stream that the server reset", in_flight, stream_error(PROTOCOL_ERROR)),
        Row("5.5", "an unknown frame in the middle of a field block",
            headers(1, block(NOWHERE), END_STREAM) + frame(UNKNOWN_TYPE, 0, 1) + continuation(1, b""),
            connection_error(PROTOCOL_ERROR)),
        Row("5.5", "an unknown setting", settings((0xabcd, 7)), ignored()),
        Row("5.5", "the settings that RFC 8701 reserves for practice", settings((0x0a0a, 1), (0xfafa, 2)), ignored()),
    ]


ROWS = [*preface_rows(), *frame_rows(), *block_rows(), *state_rows(), *identifier_rows(), *flow_rows(), *other_rows()]
