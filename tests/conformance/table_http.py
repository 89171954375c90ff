"""RFC 9113, 8 and 10: what makes a request malformed, and what does not."""
from checker import Row, answered, closed, connection_error, ignored, stream_error
from frames import *

SHOULD = "8.3.1 says 'SHOULD treat a request as malformed'."
MAY_ANSWER = "8.1.1: 'a server MAY send an HTTP response prior to closing or resetting the stream'."
POST = QUESTION


def malformed(section, name, sent, *more, why=""):
    """8.1.1: 'Malformed requests or responses that are detected MUST be treated as a stream error of type
    PROTOCOL_ERROR'."""
    return Row(section, name, sent, stream_error(PROTOCOL_ERROR), *more, why=why)


def field(name, value):
    return get(1, NOWHERE, (name, value))


def message_rows():
    trailer = literal("x-slot", "1")
    return [
        Row("8.1", "a body in two frames, then trailers",
            open_post() + data(1, b"a") + data(1, b"b") + headers(1, trailer), answered(400)),
        Row("8.1", "trailers without a body", open_post() + headers(1, trailer), answered(400)),
        Row("8.1", "empty trailers", open_post() + data(1, b"a") + headers(1, b""), answered(400)),
        malformed("8.1", "trailers that do not end the stream", open_post() + headers(1, trailer, END_HEADERS)),
        malformed("8.1", "trailers with a pseudo-header field",
                  open_post() + headers(1, trailer + literal(":path", "/"))),
        malformed("8.1", "trailers with a field in upper case", open_post() + headers(1, literal("X-Slot", "1"))),
        malformed("8.1", "a second request on an open stream", open_post() + get(1)),
        Row("8.1", "DATA behind trailers", open_post() + headers(1, trailer) + data(1, b"x"),
            stream_error(STREAM_CLOSED), connection_error(STREAM_CLOSED), answered(400), ignored(),
            why="5.1: a stream error as long as the stream is there; it may have been answered, and so be closed."),
        Row("8.1", "an answer before the question is complete stops it with NO_ERROR",
            headers(1, block(but(NOWHERE, method="POST")), END_HEADERS), answered(404)),
        Row("8.1.1", "a content-length that holds", headers(1, block((*POST, ("content-length", "5"))), END_HEADERS) +
            data(1, b"ab") + data(1, b"cde", END_STREAM), answered(400)),
        Row("8.1.1", "a content-length that holds without padding",
            headers(1, block((*POST, ("content-length", "2"))), END_HEADERS) +
            data(1, padded(b"ab", 40), PADDED | END_STREAM), answered(400)),
        Row("8.1.1", "a content-length of 0 without a body", field("content-length", "0"), answered(404)),
        malformed("8.1.1", "a content-length without a body", field("content-length", "5")),
        *[malformed("8.1.1", f"a content-length of {said} with a body of {len(body)}",
                    headers(1, block((*POST, ("content-length", said))), END_HEADERS) + data(1, body[:2]) +
                    data(1, body[2:], END_STREAM)) for said, body in (("3", b"abcd"), ("5", b"abcd"), ("0", b"abcd"))],
        malformed("8.1.1", "a content-length of 5 with trailers behind 4 octets",
                  headers(1, block((*POST, ("content-length", "5"))), END_HEADERS) + data(1, b"abcd") +
                  headers(1, trailer)),
        *[malformed("8.1.1", f"a content-length of '{said}'", field("content-length", said))
          for said in ("abc", "-1", "+0", "0x0", "1 0", "0,0", "", "99999999999999999999999")],
        malformed("8.1.1", "two content-lengths that differ",
                  get(1, NOWHERE, ("content-length", "0"), ("content-length", "1"))),
        Row("8.1.1", "the same content-length twice", get(1, NOWHERE, ("content-length", "0"), ("content-length", "0")),
            stream_error(PROTOCOL_ERROR), answered(404), why="RFC 9110, 8.6 allows both."),
    ]


def field_rows():
    bad_names = {"upper case": "X-Proef", "one capital": "proeF", "a space": "x proef", "a NUL": "x\0proef",
                 "a line feed": "x\nproef", "a carriage return": "x\rproef", "a tab": "x\tproef",
                 "DEL": "x\x7fproef", "an octet above 0x7f": "x\x80proef", "a colon": "x:proef",
                 "a space at its end": "x-proef ", "no octets": ""}
    bad_values = {"a NUL": "a\0b", "a line feed": "a\nb", "a carriage return": "a\rb", "CR LF": "a\r\nx-b: c",
                  "a space in front": " ab", "a space behind": "ab ", "a tab in front": "\tab", "a tab behind": "ab\t",
                  "only a space": " "}
    good_values = {"nothing": "", "a space inside": "a b", "a tab inside": "a\tb", "octets above 0x7f": "caf\xc3\xa9",
                   "obs-text": "\xff\x80"}
    return [
        *[malformed("8.2.1", f"a field name with {what}", field(name, "1")) for what, name in bad_names.items()],
        *[malformed("8.2.1", f"a field value with {what}", field("x-proef", value))
          for what, value in bad_values.items()],
        *[Row("8.2.1", f"a field value with {what}, which may be", field("x-proef", value), answered(404))
          for what, value in good_values.items()],
        malformed("8.2.1", "a request-id with a line feed", field("request-id", "a" * 31 + "\n")),
        *[malformed("8.2.2", f"the connection-specific field {name}: {value}", field(name, value)) for name, value in (
            ("connection", "close"), ("connection", "x-proef"), ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"), ("transfer-encoding", "chunked"), ("upgrade", "websocket"))],
        malformed("8.2.2", "te: gzip", field("te", "gzip")),
        malformed("8.2.2", "te: trailers, gzip", field("te", "trailers, gzip")),
        Row("8.2.2", "te: trailers", field("te", "trailers"), answered(404)),
        Row("8.2.3", "cookies in crumbs", get(1, NOWHERE, ("cookie", "a=b"), ("cookie", "c=d"), ("cookie", "e=f")),
            answered(404)),
        malformed("8.6", "an upgrade to h2c", get(1, NOWHERE, ("connection", "Upgrade, HTTP2-Settings"),
                                                  ("upgrade", "h2c"), ("http2-settings", "AAMAAABkAAQAAP__"))),
    ]


def pseudo_rows():
    def with_(name, **changes):
        return malformed("8.3.1", name, get(1, but(NOWHERE, **changes)))

    def fields(*pairs):
        return headers(1, block(pairs))
    method, scheme, authority, path = NOWHERE
    return [
        with_("no :method", method=None),
        with_("no :scheme", scheme=None),
        with_("no :path", path=None),
        with_("an empty :path", path=""),
        with_("a :path without a slash", path="nergens"),
        with_("an empty :method", method=""),
        with_("a :method with a space", method="GET /"),
        with_("a :path with a space", path="/nergens HTTP/1.1"),
        with_("a :path with a line feed", path="/nergens\nx: y"),
        with_("a :path of * with GET", path="*"),
        with_("an :authority with a line feed", authority="knoop\npunt"),
        with_("an :authority with a space", authority="knoop punt"),
        with_("a :scheme with a space", scheme="ht tps"),
        Row("8.3.1", "no :authority and a Host", fields(method, scheme, path, ("host", "knooppunt")), answered(404)),
        Row("8.3.1", "no :authority and no Host", fields(method, scheme, path), answered(404),
            stream_error(PROTOCOL_ERROR), answered(400), why="8.3.1 requires neither of a client; RFC 9110, 7.2 does."),
        Row("8.3.1", "a Host that equals :authority", field("host", "knooppunt"), answered(404)),
        Row("8.3.1", "a Host that differs from :authority", field("host", "elders"), stream_error(PROTOCOL_ERROR),
            answered(400), answered(404), why=SHOULD, deviates=True),
        Row("8.3.1", "an :authority with userinfo", get(1, but(NOWHERE, authority="ik@knooppunt")),
            stream_error(PROTOCOL_ERROR), answered(400), answered(404), why="8.3.1: a duty of the sender."),
        Row("8.3.1", "an OPTIONS of *", get(1, but(NOWHERE, method="OPTIONS", path="*")), answered(404), answered(405),
            answered(403), why="RFC 9110, 9.3.7: what it answers is the server's."),
        Row("8.3.1", "the fields in another order", fields(path, method, authority, scheme), answered(404)),
        malformed("8.3", "a pseudo-header field that nobody defined",
                  headers(1, literal(":proef", "1") + block(NOWHERE))),
        malformed("8.3", "a pseudo-header field of answers", headers(1, block(NOWHERE) + literal(":status", "200"))),
        malformed("8.3", "a pseudo-header field behind a regular one", fields(method, scheme, ("x-proef", "1"), path,
                                                                             authority)),
        *[malformed("8.3", f"{pair[0]} twice", fields(*NOWHERE, pair)) for pair in NOWHERE],
        malformed("8.3", "a pseudo-header field in capitals", fields((":Method", "GET"), scheme, authority, path)),
        malformed("8.3", "a name of only a colon", headers(1, block(NOWHERE) + literal(":", "1"))),
        malformed("8.5", "CONNECT with :scheme and :path", get(1, but(NOWHERE, method="CONNECT"))),
        malformed("8.5", "CONNECT with :path", fields((":method", "CONNECT"), authority, path)),
        malformed("8.5", "CONNECT without :authority", fields((":method", "CONNECT"))),
        Row("8.5", "CONNECT, which is no tunnel here", fields((":method", "CONNECT"), (":authority", "elders:443")),
            answered(405)),
        malformed("8.5", "CONNECT with :protocol (RFC 8441, 4), which was not offered",
                  headers(1, block(but(NOWHERE, method="CONNECT")) + literal(":protocol", "websocket"))),
        malformed("8.5", "another method with :protocol",
                  headers(1, literal(":protocol", "websocket") + block(NOWHERE))),
    ]


def hostile_rows():
    whole = block(NOWHERE)
    many = tuple((f"x-{i}", "1") for i in range(100))
    return [
        Row("10.5.1", "more fields than are kept", get(1, NOWHERE, *many), answered(431)),
        Row("10.5.1", "more octets of fields than are kept",
            headers(1, whole + literal("x-a", b"v" * 9000), END_STREAM) + continuation(1, literal("x-b", b"v" * 9000)),
            answered(431)),
        Row("10.5", "a small block that unfolds to much",
            headers(1, whole + literal("x-a", b"v" * 3000, INDEXED) + indexed(62) * 2000), answered(431),
            connection_error(ENHANCE_YOUR_CALM, COMPRESSION_ERROR, INTERNAL_ERROR, PROTOCOL_ERROR),
            stream_error(REFUSED_STREAM, ENHANCE_YOUR_CALM, INTERNAL_ERROR, PROTOCOL_ERROR),
            why="10.5.1 leaves the refusal to the server."),
        Row("10.5", "a field block that does not end", headers(1, whole, END_STREAM) + continuation(1, b"", 0) * 100,
            connection_error(ENHANCE_YOUR_CALM), closed(), why="10.5: it 'can treat' it as ENHANCE_YOUR_CALM."),
    ]


ROWS = [*message_rows(), *field_rows(), *pseudo_rows(), *hostile_rows()]
