"""Receipts of a log, made and checked without a line of the product's: the form is that of node/audit/receipt.h, the
signatures are libsodium's.

As a program: receipts.py KEYFILE ORIGIN < questions > questions, each with a receipt in the place of PLACEHOLDER;
one signature serves a group, as it does for records that were committed together (GROUP, 32).
"""
import base64
import ctypes
import hashlib
import os
import secrets
import struct
import sys
import time

DEPTH, WITHIN_MS, TEXT = 6, 600_000, 424
PLACEHOLDER = b"_" * TEXT  # of the right length and alphabet, and no receipt
clock = {"shift_ms": 0}  # of the node that is asked, when a test moves its clock: it takes receipts of its own time
sodium = ctypes.CDLL("libsodium.so.23")


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def public_of(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    sodium.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw, secret.raw


def sign(seed, message):
    out = ctypes.create_string_buffer(64)
    sodium.crypto_sign_detached(out, None, message, ctypes.c_ulonglong(len(message)), public_of(seed)[1])
    return out.raw


def holds(public, message, signature):
    return sodium.crypto_sign_verify_detached(signature, message, ctypes.c_ulonglong(len(message)), public) == 0


def statement(origin, generation, before_ms, root):
    return f"ketenbrug/ontvangstbewijs/v1\n{origin} {generation}\n{before_ms}\n{root.hex()}\n".encode()


def climb(place, node, path):
    for other in path:
        node = node_hash(other, node) if place & 1 else node_hash(node, other)
        place >>= 1
    return node


class Log:
    """A log that signs for records which it need not have: what a partner checks is the signature."""

    def __init__(self, seed, origin, generation=0):
        self.seed, self.origin, self.generation = seed, origin, generation

    def group(self, promises, now_ms=None):
        """A receipt for each (record id, leaf hash), as bytes; at most 64."""
        before = (now_ms or time.time_ns() // 1_000_000 + clock["shift_ms"]) + WITHIN_MS
        leaves = [leaf_hash(record + leaf) for record, leaf in promises]
        leaves += [secrets.token_bytes(32) for _ in range(2 ** DEPTH - len(leaves))]
        levels = [leaves]
        while len(levels[-1]) > 1:
            row = levels[-1]
            levels.append([node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)])
        signature = sign(self.seed, statement(self.origin, self.generation, before, levels[-1][0]))
        out = []
        for place, (record, leaf) in enumerate(promises):
            path = b"".join(levels[level][(place >> level) ^ 1] for level in range(DEPTH))
            out.append(b"\1" + struct.pack(">I", self.generation) + record + leaf + struct.pack(">Q", before) +
                       bytes([place]) + path + signature)
        return out

    def receipt(self, **options):
        """One receipt for a record that nobody looks at, as text."""
        return text_of(self.group([(secrets.token_bytes(16), secrets.token_bytes(32))], **options)[0])


def text_of(receipt):
    return base64.urlsafe_b64encode(receipt).rstrip(b"=")


def bytes_of(text):
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def without(answer):
    """An answer's bytes but for the receipt, which is for one record: all else must tell nothing."""
    start = b'{"ontvangstbewijs":"'
    assert answer.startswith(start) and answer[len(start) + TEXT:len(start) + TEXT + 2] == b'",', answer[:30]
    return start + answer[len(start) + TEXT:]


class Receipt:
    def __init__(self, data):
        assert len(data) == 318 and data[0] == 1, data[:5]
        self.generation, = struct.unpack(">I", data[1:5])
        self.record_id, self.leaf_hash = data[5:21], data[21:53]
        self.before_ms, = struct.unpack(">Q", data[53:61])
        path = [data[62 + 32 * i:94 + 32 * i] for i in range(DEPTH)]
        self.root = climb(data[61], leaf_hash(self.record_id + self.leaf_hash), path)
        self.signature = data[254:]

    def holds(self, public, origin):
        return holds(public, statement(origin, self.generation, self.before_ms, self.root), self.signature)


def log_of(region_dir, organisation):
    with open(os.path.join(region_dir, organisation, "sleutels", "controlepunten.key"), "rb") as file:
        return Log(file.read(), f"{organisation}.localhost/logboek")


def main():
    with open(sys.argv[1], "rb") as file:
        log = Log(file.read(), sys.argv[2])
    size = int(os.environ.get("GROUP", "32"))
    lines = sys.stdin.buffer.readlines()
    for begin in range(0, len(lines), size):
        part = lines[begin:begin + size]
        made = log.group([(secrets.token_bytes(16), secrets.token_bytes(32)) for _ in part])
        for line, receipt in zip(part, made):
            sys.stdout.buffer.write(line.replace(PLACEHOLDER, text_of(receipt)))


if __name__ == "__main__":
    main()
