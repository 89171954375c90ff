"""RFC 7541: what a decoder must refuse, and what it must understand."""
from checker import Row, answered, connection_error, stream_error
from frames import *

WHOLE = block(NOWHERE)


def wrong(section, name, *pieces):
    """4.3 of RFC 9113: a decoding error is a connection error COMPRESSION_ERROR."""
    return Row(section, name, headers(1, WHOLE + b"".join(pieces)), connection_error(COMPRESSION_ERROR))


def good(section, name, *blocks, status=404):
    """Blocks of requests that follow each other on a connection."""
    streams = range(1, 2 * len(blocks), 2)
    return Row(section, name, b"".join(headers(s, b) for s, b in zip(streams, blocks)), answered(status, *streams))


def in_order(section, name, first, second):
    """A sound block, then one that is wrong because of it."""
    return Row(section, name, headers(1, first) + headers(3, second), connection_error(COMPRESSION_ERROR))


def table_rows():
    keep = literal("x-proef", "1", INDEXED)
    large = literal("x-groot", b"v" * 4090, INDEXED)
    hundred = b"".join(literal(f"x-{i}", b"v" * 60, INDEXED) for i in range(50))
    return [
        wrong("2.3.3", "an index of 0", indexed(0)),
        wrong("2.3.3", "an index behind the static table, the dynamic one empty", indexed(62)),
        wrong("2.3.3", "an index far out of range", indexed(100000)),
        wrong("2.3.3", "a name of an index out of range", literal(62, "1", INDEXED)),
        wrong("2.3.3", "the same, not indexed", literal(70, "1", PLAIN)),
        wrong("2.3.3", "the same, never indexed", literal(70, "1", NEVER)),
        good("2.3.1", "the last entry of the static table", WHOLE + indexed(61)),
        good("2.3.2", "an entry of the dynamic table, in the next block", WHOLE + keep, WHOLE + indexed(62)),
        good("2.3.2", "an entry of the dynamic table, in its own block", WHOLE + keep + indexed(62)),
        good("2.3.2", "the newest entry comes first",
             WHOLE + keep + literal("x-later", "2", INDEXED) + indexed(63)),
        in_order("2.3.2", "an entry behind the last of the dynamic table", WHOLE + keep, WHOLE + indexed(63)),
        wrong("4.2", "a table larger than SETTINGS_HEADER_TABLE_SIZE", table_size(4097)),
        Row("4.2", "the same, at the beginning of a block", headers(1, table_size(4097) + WHOLE),
            connection_error(COMPRESSION_ERROR)),
        wrong("4.2", "a change of size behind a field", table_size(100)),
        Row("4.2", "a change of size between fields", headers(1, indexed(2) + table_size(100) + WHOLE),
            connection_error(COMPRESSION_ERROR)),
        good("6.3", "a change of size at the beginning", table_size(100) + WHOLE),
        good("6.3", "a size of 0, then of 4096", table_size(0) + table_size(4096) + WHOLE),
        good("6.3", "the largest size", table_size(4096) + WHOLE + keep, WHOLE + indexed(62)),
        in_order("4.3", "an entry that a size of 0 removed", WHOLE + keep, table_size(0) + WHOLE + indexed(62)),
        in_order("4.3", "an entry that does not fit in a size of 30", WHOLE + keep,
                 table_size(30) + WHOLE + indexed(62)),
        in_order("4.4", "an entry larger than the table empties it", WHOLE + keep + large, WHOLE + indexed(62)),
        good("4.4", "an entry larger than the table is no error", WHOLE + large, WHOLE),
        in_order("4.4", "an entry that newer ones drove out", WHOLE + keep + hundred, WHOLE + indexed(62 + 50)),
        good("4.4", "an entry that newer ones left", WHOLE + keep + literal("x-later", "2", INDEXED),
             WHOLE + indexed(63)),
    ]


def primitive_rows():
    endless = b"\xff" + b"\x80" * 20 + b"\x01"
    overlong = b"\x00" + string("x-proef") + b"\x7f\x81\x80\x80\x00" + b"v" * 128
    return [
        wrong("5.1", "an index that does not fit in 64 bits", b"\xff" + b"\xff" * 12 + b"\x7f"),
        wrong("5.1", "an index that does not fit in 32 bits", b"\xff\xff\xff\xff\xff\x7f"),
        wrong("5.1", "an index of 21 octets", endless),
        wrong("5.1", "a size of 21 octets", b"\x3f" + b"\x80" * 20 + b"\x01"),
        wrong("5.1", "a length that does not fit in 64 bits", b"\x00" + string("x-proef"), b"\x7f", b"\xff" * 12,
              b"\x7f"),
        wrong("5.1", "an integer that does not end", b"\xff\x80"),
        Row("5.1", "a length with zeros in front", headers(1, WHOLE + overlong), answered(404),
            connection_error(COMPRESSION_ERROR), why="'Excessively large integer encodings, in value or octet length, "
            "MUST be treated as decoding errors'; what is excessive is the implementation's."),
        good("5.1", "1337 with a prefix of 5 bits (C.1.2)", b"\x3f\x9a\x0a" + WHOLE),
        good("5.1", "10 with a prefix of 5 bits (C.1.1)", b"\x2a" + WHOLE),
        good("5.1", "42 at an octet's boundary (C.1.3): the static entry", WHOLE + indexed(42)),
        wrong("5.2", "a string longer than its block", b"\x00\x07x-proef" + b"\x05ab"),
        wrong("5.2", "a name longer than its block", b"\x00\x7f\x00ab"),
        wrong("5.2", "a block that ends before the value", b"\x00" + string("x-proef")),
        wrong("5.2", "Huffman padding of 8 bits and more", b"\x00" + string("x-proef") + huffman(b"\x1f\xff\xff")),
        wrong("5.2", "Huffman padding of only ones, an octet long", b"\x00" + string("x-proef") + huffman(b"\xff")),
        wrong("5.2", "Huffman padding of zeros", b"\x00" + string("x-proef") + huffman(b"\x18")),
        wrong("5.2", "Huffman padding with one zero in it", b"\x00" + string("x-proef") + huffman(b"\x1d")),
        wrong("5.2", "EOS in a Huffman string", b"\x00" + string("x-proef") + huffman(b"\x1f\xff\xff\xff\xff")),
        wrong("5.2", "EOS as a whole Huffman string", b"\x00" + string("x-proef") + huffman(b"\xff\xff\xff\xff")),
        wrong("5.2", "EOS in a name", b"\x00" + huffman(b"\xff\xff\xff\xff") + string("1")),
        good("5.2", "a Huffman string: 'a' and its padding", WHOLE + b"\x00" + string("x-proef") + huffman(b"\x1f")),
        good("5.2", "an empty Huffman string", WHOLE + b"\x00" + string("x-proef") + huffman(b"")),
        Row("5.2", "a Huffman string with a line feed",
            headers(1, WHOLE + b"\x00" + string("x-proef") + huffman(b"\xff\xff\xff\xf3")),
            stream_error(PROTOCOL_ERROR)),
    ]


def representation_rows():
    static = indexed(2) + indexed(7) + literal(1, "knooppunt") + literal(4, "/nergens")

    def never_kept(c):
        """What was not to be indexed is in no table."""
        c.send(headers(1, WHOLE + literal("x-proef", "1", NEVER) + literal("x-proef", "2")))
        c.expect("het antwoord", lambda: 1 in c.ended)
        c.send(headers(3, WHOLE + indexed(62)))
    return [
        good("6.1", "indexed fields", static),
        good("6.2.1", "a literal with a new name, indexed", WHOLE + literal("x-proef", "1", INDEXED)),
        good("6.2.1", "a literal with an indexed name, indexed", WHOLE + literal(19, "text/plain", INDEXED)),
        good("6.2.2", "a literal with a new name", WHOLE + literal("x-proef", "1")),
        good("6.2.2", "a literal with an indexed name", WHOLE + literal(19, "text/plain")),
        good("6.2.3", "a literal with a new name, never indexed", WHOLE + literal("x-proef", "1", NEVER)),
        good("6.2.3", "a literal with an indexed name, never indexed", WHOLE + literal(19, "text/plain", NEVER)),
        Row("6.2.2", "what was not to be indexed is in no table", never_kept, connection_error(COMPRESSION_ERROR)),
        good("6.2", "all fields indexed, then by their index",
             b"".join(literal(name, value, INDEXED) for name, value in NOWHERE),
             indexed(65) + indexed(64) + indexed(63) + indexed(62)),
    ]


def example_rows():
    """Appendix C, with the :path of C.2.2 known to nobody; tests/unit/http/test_frames.c looks at what is decoded."""
    plain = [bytes.fromhex(text) for text in (
        "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565")]
    coded = [bytes.fromhex(text) for text in (
        "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")]
    literals = bytes.fromhex("400a637573746f6d2d6b65790d637573746f6d2d686561646572")
    without_indexing = bytes.fromhex("040c2f73616d706c652f70617468")
    never = bytes.fromhex("100870617373776f726406736563726574")
    return [
        good("C.2.1", "a literal with indexing", WHOLE + literals),
        good("C.2.2", "a literal without indexing",
             indexed(2) + indexed(7) + literal(1, "knooppunt") + without_indexing),
        good("C.2.3", "a literal never indexed", WHOLE + never),
        good("C.2.4", "an indexed field", b"\x82" + block(NOWHERE[1:])),
        good("C.3", "three requests without Huffman", *plain),
        good("C.4", "three requests with Huffman", *coded),
    ]


ROWS = [*table_rows(), *primitive_rows(), *representation_rows(), *example_rows()]
