"""The log's sealing, written anew in Python from what the headers say (node/store/seal.h, keystore.h, audit/record.h), to
try what someone with all of a node's files could try. libsodium by ctypes for XChaCha20-Poly1305, hashlib for BLAKE2b."""
import ctypes
import ctypes.util
import hashlib
import os
import re
import sqlite3
import struct
import tempfile
import time

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
assert sodium.sodium_init() >= 0

LEAF, VISIBLE, SALT, TAG, NONCE, KEY = 512, 96, 16, 16, 24, 32
SEALED_END = 480  # behind it: the attachment


def decrypt(cipher, bound, nonce, key):
    """The plain bytes, or None."""
    plain = ctypes.create_string_buffer(max(len(cipher) - TAG, 1))
    if len(cipher) < TAG or sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, None, None, cipher, ctypes.c_ulonglong(len(cipher)), bound, ctypes.c_ulonglong(len(bound)), nonce,
            key) != 0:
        return None
    return plain.raw[:len(cipher) - TAG]


def record_key(class_key, salt):
    return hashlib.blake2b(salt, digest_size=KEY, key=class_key, person=b"kb-logregel").digest()


class Sealed:
    """One sealed thing of the log: the closed part of a leaf, or its free text."""

    def __init__(self, number, what, salt, cipher, bound, month, retention_class):
        self.number, self.what, self.salt, self.cipher, self.bound = number, what, salt, cipher, bound
        self.month, self.retention_class = month, retention_class

    def open_with_record_key(self, key):
        return decrypt(self.cipher, self.bound, self.salt + bytes(NONCE - SALT), key)

    def open_with_class_key(self, key):
        return self.open_with_record_key(record_key(key, self.salt))


def log_of(database):
    """All sealed things in a database file (with its write-ahead log beside it), read from a copy."""
    with tempfile.TemporaryDirectory(prefix="kb-bos.", dir="/tmp") as place:
        copy = os.path.join(place, "kopie.db")
        for rest in ("", "-wal"):
            if os.path.exists(database + rest):
                with open(database + rest, "rb") as source, open(copy + rest, "wb") as target:
                    target.write(source.read())
        connection = sqlite3.connect(copy)
        rows = connection.execute("SELECT seq, leaf, note FROM leaf ORDER BY seq").fetchall()
        connection.close()
    found = []
    for number, leaf, note in rows:
        month, retention_class = struct.unpack(">I", leaf[4:8])[0], leaf[2]
        salt = leaf[VISIBLE:VISIBLE + SALT]
        found.append(Sealed(number, "regel", salt, leaf[VISIBLE + SALT:SEALED_END], leaf[:VISIBLE], month,
                            retention_class))
        if note:
            found.append(Sealed(number, "tekst", note[:SALT], note[SALT:], leaf, month, retention_class))
    return found


def windows(content):
    """Every string of a key's length in it, at any offset."""
    return {content[at:at + KEY] for at in range(len(content) - KEY + 1)}


def files_in(folder):
    return [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def contents_of(folder):
    """Of its files; all over again when one was replaced by a next generation meanwhile."""
    for _ in range(50):
        try:
            return [read(path) for path in files_in(folder)]
        except FileNotFoundError:
            time.sleep(0.02)
    raise AssertionError(f"{folder} verandert sneller dan het te lezen is")


def key_candidates(key_folder):
    """Whatever could be a key: every 32 bytes of every file in the folder, and of what opens with one of those."""
    contents = contents_of(key_folder)
    names = [f"logsleutels-{number:08d}.bos".encode() for number in
             {int(n) for path in files_in(key_folder) for n in re.findall(r"logsleutels-(\d+)", path)}]
    keys = set().union(*(windows(content) for content in contents)) if contents else set()
    wrapping = set().union(*(windows(content) for content in contents if len(content) <= 64)) if contents else set()
    opened = [plain for content in contents for key in wrapping for name in names
              if len(content) > NONCE and (plain := decrypt(content[NONCE:], name, content[:NONCE], key)) is not None]
    return keys.union(*(windows(plain) for plain in opened)), opened


def class_keys(key_folder):
    """{(month, class): key}, as the node itself would read them."""
    _, opened = key_candidates(key_folder)
    found = {}
    for plain in opened:
        count = struct.unpack(">I", plain[:4])[0]
        for at in range(8, 8 + 37 * count, 37):
            found[struct.unpack(">I", plain[at:at + 4])[0], plain[at + 4]] = plain[at + 5:at + 37]
    return found


def openable(sealed, keys):
    """{(number, what): plain} of what opens with any of these, taken as a class key or as a record key."""
    found = {}
    for thing in sealed:
        for key in keys:
            plain = thing.open_with_class_key(key)
            plain = plain if plain is not None else thing.open_with_record_key(key)
            if plain is not None:
                found[thing.number, thing.what] = plain
                break
    return found


CONSENTS = ("opheffen-geheimhouding", "avg-grond", "instemming")
CATEGORIES = ("bestaan", "contact", "dienst", "fase", "status", "bedreigende-situatie", "plan")
FLAGS = {24: "ouder-oneens", 25: "beperkt", 26: "verlengde-jeugdhulp", 27: "melding-open", 28: "maatregel"}


def fields(plain):
    """{tag: bytes} of the closed part of a leaf: tag, length, bytes, until a zero."""
    found, at = {}, 0
    while at < len(plain) and plain[at] != 0:
        found[plain[at]] = plain[at + 2:at + 2 + plain[at + 1]]
        at += 2 + plain[at + 1]
    return found


def inputs(plain):
    """What field 19 says went into a decision: ({kind of consent: categories}, flags); None when it is not there."""
    value = int.from_bytes(fields(plain).get(19, b""), "big")
    if not value >> 31:
        return None
    consents = {kind: {word for bit, word in enumerate(CATEGORIES) if value >> (8 * place + bit) & 1}
                for place, kind in enumerate(CONSENTS)}
    return consents, {word for bit, word in FLAGS.items() if value >> bit & 1}
