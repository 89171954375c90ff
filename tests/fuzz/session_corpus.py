"""The frames of the conformance tables as a corpus for fuzz_session, in the folder that is named; and some more."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance"))
import tables  # noqa: E402
from checker import OPENING  # noqa: E402
from frames import *  # noqa: E402, F403

OPEN, DRAIN, TIME, FAIL, LATE, BYTE_BY_BYTE = 1, 2, 4, 8, 16, 7 << 5


def control(flags, second=0, third=0, fourth=0):
    return bytes([flags, second, third, fourth])


def request(stream, method, path, *more, flags=END_HEADERS | END_STREAM):
    return headers(stream, block((*but(NOWHERE, method=method, path=path), *more)), flags)


def conversation():
    """Something of everything."""
    upload = request(5, "POST", "/v1/raadplegingen", flags=END_HEADERS)
    return b"".join((
        request(1, "GET", "/later/7"), request(3, "POST", "/nergens", flags=END_HEADERS), data(3, b"abc", END_STREAM),
        upload, data(5, b"d" * 300), data(5, b"e" * 301), headers(5, literal("x-slot", "1")),
        request(7, "PUT", "/klein", ("content-type", "application/json"), flags=END_HEADERS), data(7, b"x" * 30),
        window_update(0, 100000), window_update(5, 100000), ping(), settings((INITIAL_WINDOW_SIZE, 100000)),
        request(9, "POST", "/nergens", flags=END_HEADERS), rst(9), get(11), goaway()))


def inputs():
    for row in tables.all_rows():
        if row.opening != OPENING:
            yield control(0) + row.opening
        elif isinstance(row.send, bytes):
            yield control(OPEN) + row.send
    for flags, *more in ((0,), (LATE,), (BYTE_BY_BYTE,), (DRAIN | 32, 3), (TIME | 32, 0, 1), (TIME | 64, 0, 25),
                         (FAIL, 0, 0, 40), (FAIL | 32, 0, 0, 90), (FAIL | BYTE_BY_BYTE, 0, 0, 140)):
        yield control(OPEN | flags, *more) + conversation()


def main():
    for number, content in enumerate(inputs()):
        with open(os.path.join(sys.argv[1], f"{number:03d}"), "wb") as file:
            file.write(content)


main()
