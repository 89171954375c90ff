"""The log's formats and its tree, written anew from the standards (RFC 6962, C2SP signed-note, tlog-checkpoint,
tlog-cosignature): shares no line with the product. Ed25519 is OpenSSL's. As root could, it also rewrites a log."""
import base64
import hashlib
import os
import sqlite3
import struct
import subprocess
import tempfile


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(leaf):
    return sha256(b"\0" + leaf)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def half(n):
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root_of(hashes):
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = half(len(hashes))
    return node_hash(root_of(hashes[:k]), root_of(hashes[k:]))


def inclusion_root(index, size, leaf, path):
    """The root that PATH(index, D[size]) of RFC 6962, 2.1.1, leads to; None when its length is wrong."""
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    k = half(size)
    if index < k:
        below = inclusion_root(index, k, leaf, path[:-1])
        return below and node_hash(below, path[-1])
    below = inclusion_root(index - k, size - k, leaf, path[:-1])
    return below and node_hash(path[-1], below)


def consistency_roots(old, new, proof, whole, old_root):
    """Both roots that SUBPROOF(old, D[new], whole) of RFC 6962, 2.1.2, leads to; (None, None) when it is none."""
    if old == new:
        if whole:
            return (old_root, old_root) if not proof else (None, None)
        return (proof[0], proof[0]) if len(proof) == 1 else (None, None)
    if not proof:
        return None, None
    k = half(new)
    if old <= k:
        older, newer = consistency_roots(old, k, proof[:-1], whole, old_root)
        return (older, node_hash(newer, proof[-1])) if older else (None, None)
    older, newer = consistency_roots(old - k, new - k, proof[:-1], False, old_root)
    return (node_hash(proof[-1], older), node_hash(proof[-1], newer)) if older else (None, None)


def consistent(old, old_root, new, new_root, proof):
    return consistency_roots(old, new, proof, True, old_root) == (old_root, new_root)


# ---- signed notes ----

class Key:
    def __init__(self, text):
        self.name, self.hex, encoded = text.split("+", 2)
        typed = base64.b64decode(encoded, validate=True)
        self.type, self.public = typed[0], typed[1:]
        assert len(self.public) == 32 and self.type in (1, 4)
        self.id = sha256(self.name.encode() + b"\n" + typed)[:4]
        assert self.id.hex() == self.hex, text

    def verifies(self, message, signature):
        der = bytes.fromhex("302a300506032b6570032100") + self.public  # RFC 8410
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("key", "signature", "message")]
            for path, content in zip(paths, (der, signature, message)):
                with open(path, "wb") as file:
                    file.write(content)
            done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin",
                                   "-sigfile", paths[1], "-in", paths[2]], capture_output=True)
        return done.returncode == 0


class Note:
    def __init__(self, data):
        text, _, lines = data.rpartition("\n\n")
        self.text = text + "\n"
        self.signatures = []
        for line in lines.splitlines():
            dash, name, encoded = line.split(" ")
            assert dash == "\u2014"
            raw = base64.b64decode(encoded, validate=True)
            self.signatures.append((name, raw[:4], raw[4:]))

    def signed_by(self, key):
        """False: not; True: a log's signature holds; a number: when a witness cosigned, in POSIX seconds."""
        for name, key_id, signature in self.signatures:
            if (name, key_id) != (key.name, key.id):
                continue
            if key.type == 1:
                return key.verifies(self.text.encode(), signature)
            when, = struct.unpack(">Q", signature[:8])
            message = f"cosignature/v1\ntime {when}\n{self.text}".encode()
            return when if key.verifies(message, signature[8:]) else False
        return False

    def checkpoint(self):
        origin, size, root, end = self.text.split("\n")
        assert end == ""
        return origin, int(size), base64.b64decode(root, validate=True)


# ---- as somebody who has the machine ----

def leaves_of(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        return [row[0] for row in db.execute("SELECT leaf FROM leaf ORDER BY seq")]


def frontier_of(hashes):
    out, at = struct.pack(">Q", len(hashes)), 0
    for level in reversed(range(64)):
        if len(hashes) >> level & 1:
            out += root_of(hashes[at:at + (1 << level)])
            at += 1 << level
    return out


def rewrite(database, change):
    """Changes the rows (leaf, note, receipt) as `change` does and makes all that the database holds agree with it."""
    db = sqlite3.connect(database)
    rows = db.execute("SELECT leaf, note, receipt FROM leaf ORDER BY seq").fetchall()
    rows = change(rows) or rows
    hashes = [leaf_hash(row[0]) for row in rows]
    db.execute("DELETE FROM leaf")
    db.executemany("INSERT INTO leaf(seq, leaf, note, receipt) VALUES(?, ?, ?, ?)",
                   [(i, *row) for i, row in enumerate(rows)])
    db.execute("DELETE FROM tile")
    for i in range(len(hashes) // 256):
        db.execute("INSERT INTO tile VALUES(1, ?, ?)", (i, root_of(hashes[256 * i:256 * i + 256])))
    db.execute("UPDATE tree SET frontier = ?", (frontier_of(hashes),))
    db.execute("DELETE FROM value WHERE name = 'controlepunt'")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
