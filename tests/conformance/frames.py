"""Frames of RFC 9113 and field blocks of RFC 7541, written byte by byte: nothing here refuses to write wrong things."""

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
UNKNOWN_TYPE = 0xb7
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITISED = 0x1, 0x1, 0x4, 0x8, 0x20
RESERVED = 1 << 31  # the bit before a stream identifier, an increment, a last stream identifier

(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY,
 HTTP_1_1_REQUIRED) = range(14)
CODES = ("NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR "
         "REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY "
         "HTTP_1_1_REQUIRED").split()

(HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE,
 MAX_HEADER_LIST_SIZE) = range(1, 7)
ENABLE_CONNECT_PROTOCOL, NO_RFC7540_PRIORITIES = 0x8, 0x9

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LAST_STREAM = 2 ** 31 - 1
MAX_FRAME = 16384  # octets, as long as a server does not allow more


def u32(number):
    return number.to_bytes(4, "big")


def frame(kind, flags, stream, payload=b"", length=None):
    """length: what the header says, when that is not the truth."""
    said = len(payload) if length is None else length
    return said.to_bytes(3, "big") + bytes([kind, flags]) + u32(stream) + payload


def data(stream, payload=b"", flags=0):
    return frame(DATA, flags, stream, payload)


def headers(stream, block, flags=END_HEADERS | END_STREAM):
    return frame(HEADERS, flags, stream, block)


def continuation(stream, block, flags=END_HEADERS):
    return frame(CONTINUATION, flags, stream, block)


def settings(*pairs, flags=0, stream=0):
    return frame(SETTINGS, flags, stream, b"".join(key.to_bytes(2, "big") + u32(value) for key, value in pairs))


def settings_ack():
    return frame(SETTINGS, ACK, 0)


def ping(payload=b"proefje!", flags=0, stream=0):
    return frame(PING, flags, stream, payload)


def rst(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, u32(code))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, u32(increment))


def priority(stream, depends_on=0, weight=15):
    return frame(PRIORITY, 0, stream, u32(depends_on) + bytes([weight]))


def goaway(last=0, code=NO_ERROR, debug=b"", stream=0):
    return frame(GOAWAY, 0, stream, u32(last) + u32(code) + debug)


def padded(payload, pad=4, said=None):
    """The payload of a PADDED frame; said: the Pad Length field, when that is not the truth."""
    return bytes([pad if said is None else said]) + payload + bytes(pad)


# ---- HPACK ----

def integer(value, bits, first=0):
    """RFC 7541, 5.1: `bits` of prefix in an octet whose upper bits are `first`."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = [first | most]
    value -= most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def octets(value):
    return value.encode("latin-1") if isinstance(value, str) else value


def string(value):
    return integer(len(octets(value)), 7) + octets(value)


def huffman(encoded):
    """A string literal with these octets as its Huffman code, whatever they mean."""
    return integer(len(encoded), 7, 0x80) + encoded


PLAIN, INDEXED, NEVER = (4, 0x00), (6, 0x40), (4, 0x10)  # literal representations: 6.2.2, 6.2.1, 6.2.3


def literal(name, value, kind=PLAIN):
    """name: text, or an index."""
    bits, first = kind
    if isinstance(name, int):
        return integer(name, bits, first) + string(value)
    return integer(0, bits, first) + string(name) + string(value)


def indexed(index):
    return integer(index, 7, 0x80)


def table_size(size):
    return integer(size, 5, 0x20)


def block(pairs):
    return b"".join(literal(name, value) for name, value in pairs)


# ---- requests ----

NOWHERE = ((":method", "GET"), (":scheme", "https"), (":authority", "knooppunt"), (":path", "/nergens"))


def but(pairs, **changes):
    """The same fields with other values; None leaves one out. Pseudo-header fields by their name without the colon."""
    named = {f":{name}": value for name, value in changes.items()}
    return tuple((name, named.get(name, value)) for name, value in pairs if named.get(name, value) is not None)


def get(stream=1, pairs=NOWHERE, *more, flags=END_HEADERS | END_STREAM):
    """A request that is answered 404."""
    return headers(stream, block((*pairs, *more)), flags)


QUESTION = (*but(NOWHERE, method="POST", path="/v1/raadplegingen"), ("content-type", "application/json"))


def open_post(stream=1, *more):
    """A question of which the body is still to come: the stream stays open. It has no request-id, so that it is
    answered 400 when its body has come, and not before."""
    return headers(stream, block((*QUESTION, *more)), END_HEADERS)
