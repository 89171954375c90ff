"""RFC 9113, 6 and 7: what each type of frame demands of its receiver."""
from checker import Row, Wrong, answered, closed, connection_error, ignored, stream_error
from frames import *
from table_connection import STREAM_OR_CONNECTION, held

MISSING_LENGTH = "4.2: too small for its mandatory fields; 6.1 and 6.2: padding that is as long as the payload."


def error(section, name, sent, *codes, why=""):
    return Row(section, name, sent, connection_error(*codes), why=why)


def data_rows():
    def question(pieces):
        """An honest question, its body in these frames."""
        def send(c):
            head, body = split(c.honest(1))
            c.send(head, *pieces(body))
        return send

    def split(sent):
        """The HEADERS frame, and the payload of the DATA frame behind it."""
        at = 9 + int.from_bytes(sent[:3], "big")
        return sent[:at], sent[at + 9:]
    return [
        error("6.1", "DATA on stream 0", data(0, b"x"), PROTOCOL_ERROR),
        error("6.1", "DATA with padding as long as its payload", open_post() + data(1, padded(b"", 4, 5), PADDED),
              PROTOCOL_ERROR),
        error("6.1", "DATA with padding longer than its payload", open_post() + data(1, padded(b"ab", 1, 200), PADDED),
              PROTOCOL_ERROR),
        error("6.1", "padded DATA without the length of its padding", open_post() + data(1, b"", PADDED),
              FRAME_SIZE_ERROR, PROTOCOL_ERROR, why=MISSING_LENGTH),
        Row("6.1", "DATA with only padding", open_post() + data(1, padded(b"", 255), PADDED | END_STREAM),
            answered(400)),
        Row("6.1", "a question in one DATA frame", question(lambda body: [data(1, body, END_STREAM)]), answered(200)),
        Row("6.1", "a question in padded DATA",
            question(lambda body: [data(1, padded(body[:9], 7), PADDED),
                                   data(1, padded(body[9:], 0), PADDED | END_STREAM)]),
            answered(200)),
        Row("6.1", "a question between empty DATA frames",
            question(lambda body: [data(1), data(1, body), data(1), data(1, b"", END_STREAM)]), answered(200)),
        Row("6.1", "padding that is not zero", open_post() + data(1, b"\x02abc\xff\xff", PADDED | END_STREAM),
            answered(400), connection_error(PROTOCOL_ERROR), why="6.1: a receiver 'MAY' check it."),
    ]


def headers_rows():
    whole = block(NOWHERE)
    every = END_HEADERS | END_STREAM
    return [
        Row("6.2", "padded HEADERS", headers(1, padded(whole, 30), every | PADDED), answered(404)),
        Row("6.2", "padded HEADERS with priority",
            headers(1, padded(u32(0) + b"\x00" + whole, 3), every | PADDED | PRIORITISED), answered(404)),
        error("6.2", "HEADERS on stream 0", get(0), PROTOCOL_ERROR),
        error("6.2", "HEADERS with padding longer than its payload", headers(1, padded(whole, 0, 255), every | PADDED),
              PROTOCOL_ERROR),
        error("6.2", "HEADERS with padding as long as its payload",
              headers(1, padded(b"", 9, 10), every | PADDED), PROTOCOL_ERROR),
        error("6.2", "HEADERS with priority, too short for it", headers(1, b"\x00\x00\x00", every | PRIORITISED),
              FRAME_SIZE_ERROR, PROTOCOL_ERROR, why=MISSING_LENGTH),
        error("6.2", "padded HEADERS without the length of its padding", headers(1, b"", every | PADDED),
              FRAME_SIZE_ERROR, PROTOCOL_ERROR, why=MISSING_LENGTH),
        error("6.2", "HEADERS with padding where its priority should be",
              headers(1, padded(b"\x00\x00", 3), every | PADDED | PRIORITISED), FRAME_SIZE_ERROR, PROTOCOL_ERROR,
              why=MISSING_LENGTH),
    ]


def priority_and_reset_rows():
    def wrong_priority(name, length):
        return Row("6.3", f"PRIORITY of {length} octets{name}", open_post() + frame(PRIORITY, 0, 1, bytes(length)) +
                   data(1, b"", END_STREAM), stream_error(FRAME_SIZE_ERROR), connection_error(FRAME_SIZE_ERROR),
                   why=STREAM_OR_CONNECTION)
    return [
        error("6.3", "PRIORITY on stream 0", priority(0), PROTOCOL_ERROR),
        wrong_priority("", 4),
        wrong_priority("", 6),
        wrong_priority(" at all", 0),
        Row("6.3", "PRIORITY in the middle of a request", open_post() + priority(1, 0, 200) + data(1, b"", END_STREAM),
            answered(400)),
        error("6.4", "RST_STREAM on stream 0", rst(0), PROTOCOL_ERROR),
        error("6.4", "RST_STREAM on an idle stream", rst(3), PROTOCOL_ERROR),
        error("6.4", "RST_STREAM of 3 octets", open_post() + frame(RST_STREAM, 0, 1, bytes(3)), FRAME_SIZE_ERROR),
        error("6.4", "RST_STREAM of 5 octets", open_post() + frame(RST_STREAM, 0, 1, bytes(5)), FRAME_SIZE_ERROR),
        Row("6.4", "RST_STREAM of a question under way", open_post(1) + rst(1), ignored()),
    ]


def settings_rows():
    def served(name, *pairs, why=""):
        return Row("6.5.2", name, settings(*pairs) + get(1), answered(404), why=why)

    def acknowledged(c):
        c.send(settings(), settings((ENABLE_PUSH, 0)), settings((MAX_FRAME_SIZE, 20000)))
        c.expect("vier bevestigingen", lambda: c.acks >= 4)
        if c.acks != 4:
            raise Wrong(f"{c.acks} bevestigingen van 4")

    def small_table(c):
        """The server's encoder must say that its table is smaller now (RFC 7541, 4.2)."""
        c.send(settings((HEADER_TABLE_SIZE, 0)))
        c.expect("de bevestiging", lambda: c.acks == 2)
        c.decoder.max_allowed_table_size = 0
        c.send(get(1))

    def in_order(c):
        c.send(settings((INITIAL_WINDOW_SIZE, 0), (INITIAL_WINDOW_SIZE, 65535), (0x7777, 1)), get(1))

    def window_too_large(c):
        c.send(open_post(1), window_update(1, LAST_STREAM - 65535), settings((INITIAL_WINDOW_SIZE, 65536)))
    return [
        error("6.5", "an acknowledgement with a payload", frame(SETTINGS, ACK, 0, bytes(6)), FRAME_SIZE_ERROR),
        error("6.5", "an acknowledgement with one octet", frame(SETTINGS, ACK, 0, b"\x00"), FRAME_SIZE_ERROR),
        error("6.5", "SETTINGS on a stream", settings(stream=1), PROTOCOL_ERROR),
        error("6.5", "SETTINGS on an open stream", open_post() + settings(stream=1), PROTOCOL_ERROR),
        error("6.5", "SETTINGS of 5 octets", frame(SETTINGS, 0, 0, bytes(5)), FRAME_SIZE_ERROR),
        error("6.5", "SETTINGS of 7 octets", frame(SETTINGS, 0, 0, bytes(7)), FRAME_SIZE_ERROR),
        served("HEADER_TABLE_SIZE of 2^32-1", (HEADER_TABLE_SIZE, 2 ** 32 - 1)),
        Row("6.5.2", "HEADER_TABLE_SIZE of 0", small_table, answered(404)),
        served("ENABLE_PUSH of 0", (ENABLE_PUSH, 0)),
        served("ENABLE_PUSH of 1 from a client", (ENABLE_PUSH, 1)),
        error("6.5.2", "ENABLE_PUSH of 2", settings((ENABLE_PUSH, 2)), PROTOCOL_ERROR),
        served("MAX_CONCURRENT_STREAMS of 0", (MAX_CONCURRENT_STREAMS, 0)),
        error("6.5.2", "INITIAL_WINDOW_SIZE of 2^31", settings((INITIAL_WINDOW_SIZE, 2 ** 31)), FLOW_CONTROL_ERROR),
        served("INITIAL_WINDOW_SIZE of 2^31-1", (INITIAL_WINDOW_SIZE, 2 ** 31 - 1)),
        error("6.5.2", "MAX_FRAME_SIZE of 16383", settings((MAX_FRAME_SIZE, 16383)), PROTOCOL_ERROR),
        error("6.5.2", "MAX_FRAME_SIZE of 2^24", settings((MAX_FRAME_SIZE, 2 ** 24)), PROTOCOL_ERROR),
        served("MAX_FRAME_SIZE of 16384", (MAX_FRAME_SIZE, 16384)),
        served("MAX_FRAME_SIZE of 2^24-1", (MAX_FRAME_SIZE, 2 ** 24 - 1)),
        served("MAX_HEADER_LIST_SIZE of 0, which is advice", (MAX_HEADER_LIST_SIZE, 0)),
        served("an unknown setting", (0xffff, 2 ** 32 - 1)),
        served("a setting of 0, which no document defines", (0, 1)),
        error("6.5.2", "NO_RFC7540_PRIORITIES of 2 (RFC 9218, 2.1)", settings((NO_RFC7540_PRIORITIES, 2)),
              PROTOCOL_ERROR),
        Row("6.5.3", "each SETTINGS is acknowledged, once", acknowledged, ignored()),
        Row("6.5.3", "values are taken in their order", in_order, answered(404)),
        Row("6.5.3", "an acknowledgement that nobody waits for", settings_ack(), ignored(),
            connection_error(PROTOCOL_ERROR), why="The RFC does not speak of it."),
        error("6.9.2", "an INITIAL_WINDOW_SIZE that lifts a window above 2^31-1", window_too_large, FLOW_CONTROL_ERROR),
    ]


def push_and_ping_rows():
    def pong(c):
        c.send(ping(b"\x00\xff abcde"), ping(b"tweede!!"))
        c.expect("twee antwoorden", lambda: len(c.pongs) == 2)
        if c.pongs != [b"\x00\xff abcde", b"tweede!!"]:
            raise Wrong(f"andere inhoud: {c.pongs}")

    def no_pong(c):
        c.send(ping(b"antwoord", ACK), ping())
        c.expect("het antwoord", lambda: c.pongs)
        if c.pongs != [b"proefje!"]:
            raise Wrong(f"een antwoord is beantwoord: {c.pongs}")

    def no_push(c):
        c.send(get(1), c.honest(3))
        c.expect("beide antwoorden", lambda: {1, 3} <= c.ended)
        if any(kind == PUSH_PROMISE or (stream and stream % 2 == 0) for kind, _, stream, _ in c.frames):
            raise Wrong("de server schoof iets door")
    promise = u32(2) + block(NOWHERE)
    return [
        error("6.6", "PUSH_PROMISE from a client", open_post() + frame(PUSH_PROMISE, END_HEADERS, 1, promise),
              PROTOCOL_ERROR),
        error("8.4", "PUSH_PROMISE on an idle stream", frame(PUSH_PROMISE, END_HEADERS, 1, promise), PROTOCOL_ERROR),
        error("6.6", "PUSH_PROMISE on stream 0", frame(PUSH_PROMISE, END_HEADERS, 0, promise), PROTOCOL_ERROR),
        error("6.6", "PUSH_PROMISE of 3 octets", open_post() + frame(PUSH_PROMISE, END_HEADERS, 1, bytes(3)),
              PROTOCOL_ERROR, FRAME_SIZE_ERROR, why="Both rules are broken: 4.2 and 8.4."),
        Row("8.4", "the server pushes nothing", no_push, answered(404)),
        Row("6.7", "PING is answered with its own content, in order", pong, ignored()),
        Row("6.7", "an answer to PING is not answered", no_pong, ignored()),
        error("6.7", "PING on a stream", ping(stream=1), PROTOCOL_ERROR),
        error("6.7", "an answer to PING on a stream", ping(flags=ACK, stream=1), PROTOCOL_ERROR),
        error("6.7", "PING of 7 octets", ping(bytes(7)), FRAME_SIZE_ERROR),
        error("6.7", "PING of 9 octets", ping(bytes(9)), FRAME_SIZE_ERROR),
        error("6.7", "PING without content", ping(b""), FRAME_SIZE_ERROR),
        error("6.7", "an answer to PING of 6 octets", ping(bytes(6), ACK), FRAME_SIZE_ERROR),
    ]


def goaway_rows():
    def under_way(c):
        held(c, goaway())
        c.expect("het hele antwoord", lambda: c.answered(1, 404))

    def leaves(section, name, sent):
        return Row(section, name, sent, ignored(), closed(), why="6.8: the client says that it goes; without a request "
                   "under way the server need not wait for it. 5.4.1: 'An endpoint can end a connection at any time'.")
    return [
        error("6.8", "GOAWAY on a stream", goaway(stream=1), PROTOCOL_ERROR),
        error("6.8", "GOAWAY of 7 octets", frame(GOAWAY, 0, 0, bytes(7)), FRAME_SIZE_ERROR),
        leaves("6.8", "GOAWAY while an answer is under way", under_way),
        leaves("6.8", "GOAWAY with text, and the reserved bit", goaway(RESERVED, NO_ERROR, b"tot ziens")),
        leaves("6.8", "GOAWAY twice", goaway() + goaway()),
        Row("7", "an unknown code in RST_STREAM", open_post() + rst(1, 0xfedcba98), ignored()),
        leaves("7", "an unknown code in GOAWAY", goaway(0, 0xfedcba98)),
    ]


def window_rows():
    def closed_stream(c):
        c.send(get(1))
        c.expect("het antwoord", lambda: 1 in c.ended)
        c.send(window_update(1, LAST_STREAM), window_update(1, LAST_STREAM))
    return [
        error("6.9", "an increment of 0 for the connection", window_update(0, 0), PROTOCOL_ERROR),
        Row("6.9", "an increment of 0 for a stream", open_post() + window_update(1, 0), stream_error(PROTOCOL_ERROR),
            connection_error(PROTOCOL_ERROR), why=STREAM_OR_CONNECTION),
        error("6.9", "WINDOW_UPDATE of 3 octets", frame(WINDOW_UPDATE, 0, 0, bytes(3)), FRAME_SIZE_ERROR),
        error("6.9", "WINDOW_UPDATE of 5 octets", frame(WINDOW_UPDATE, 0, 0, bytes(5)), FRAME_SIZE_ERROR),
        error("6.9", "WINDOW_UPDATE of 5 octets on a stream", open_post() + frame(WINDOW_UPDATE, 0, 1, bytes(5)),
              FRAME_SIZE_ERROR),
        error("6.9", "WINDOW_UPDATE on an idle stream", window_update(5, 9), PROTOCOL_ERROR),
        Row("6.9", "the reserved bit of an increment", open_post() + window_update(1, RESERVED | 4) +
            window_update(0, RESERVED | 4) + data(1, b"", END_STREAM), answered(400)),
        Row("6.9", "WINDOW_UPDATE on a closed stream", closed_stream, answered(404)),
        error("6.9.1", "a window of the connection above 2^31-1", window_update(0, LAST_STREAM), FLOW_CONTROL_ERROR),
        error("6.9.1", "the same in two steps", window_update(0, 2 ** 30) + window_update(0, 2 ** 30),
              FLOW_CONTROL_ERROR),
        Row("6.9.1", "a window of the connection of 2^31-1", window_update(0, LAST_STREAM - 65535), ignored()),
        Row("6.9.1", "a window of a stream above 2^31-1", open_post(1) + window_update(1, LAST_STREAM),
            stream_error(FLOW_CONTROL_ERROR), connection_error(FLOW_CONTROL_ERROR), why=STREAM_OR_CONNECTION),
    ]


def continuation_rows():
    whole = block(NOWHERE)
    return [
        error("6.10", "CONTINUATION on stream 0", continuation(0, whole), PROTOCOL_ERROR),
        error("6.10", "CONTINUATION without HEADERS", continuation(1, whole), PROTOCOL_ERROR),
        error("6.10", "CONTINUATION behind a block that has ended", get() + continuation(1, b""), PROTOCOL_ERROR),
        error("6.10", "CONTINUATION behind DATA", open_post() + data(1, b"x") + continuation(1, b""), PROTOCOL_ERROR),
        error("6.10", "CONTINUATION on stream 0 within a block", headers(1, whole, END_STREAM) + continuation(0, b""),
              PROTOCOL_ERROR),
        Row("6.10", "undefined flags on CONTINUATION", headers(1, whole, END_STREAM) + continuation(1, b"", 0xff),
            answered(404)),
        Row("6.10", "trailers in CONTINUATION", open_post() + headers(1, literal("x-slot", "1"), END_STREAM) +
            continuation(1, literal("x-tweede", "2")), answered(400)),
    ]


ROWS = [*data_rows(), *headers_rows(), *priority_and_reset_rows(), *settings_rows(), *push_and_ping_rows(),
        *goaway_rows(), *window_rows(), *continuation_rows()]
