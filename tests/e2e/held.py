"""What a partner holds when a node is gone: every receipt must name a record that is there, as it was signed for."""
import json
import sqlite3

import log_check
from peer import Peer
from receipts import Receipt, bytes_of, log_of, public_of, text_of


def proofs_of(region, org, texts, size):
    """What the node shows for each of them: its answer's fields, or its status."""
    with Peer(region, org) as peer:
        for begin in range(0, len(texts), 64):
            part = texts[begin:begin + 64]
            streams = [peer.send("POST", "/v1/logboek/bewijzen",
                                 json.dumps({"insluiting": {"ontvangstbewijs": text, "omvang": size}}).encode(),
                                 [("content-type", "application/json")]) for text in part]
            for text, stream in zip(part, streams):
                answer = peer.wait(stream)
                yield Receipt(bytes_of(text)), json.loads(answer.body) if answer.status == 200 else answer.status


def lost_of(region, org, texts, hashes):
    """The receipts that name no record of the log whose leaves have these hashes, by the node's own proofs."""
    root = log_check.root_of(hashes)
    lost = []
    for receipt, shown in proofs_of(region, org, texts, len(hashes)):
        if isinstance(shown, dict):
            leaf = log_check.leaf_hash(log_check.base64.b64decode(shown["blad"]))
            path = [log_check.base64.b64decode(step) for step in shown["bewijs"]]
            if (leaf == receipt.leaf_hash == hashes[shown["regel"]] and
                    log_check.inclusion_root(shown["regel"], len(hashes), leaf, path) == root):
                continue
        lost.append((receipt.record_id.hex(), shown))
    return lost


def assert_held(test, region, org, texts):
    """Also that the subtree roots on disk are those of the leaves, and that a receipt for nothing is found out."""
    log = log_of(region.dir, org)
    public = public_of(log.seed)[0]
    for text in texts[::50] + texts[-1:]:
        test.assertTrue(Receipt(bytes_of(text)).holds(public, log.origin))
    with sqlite3.connect(f"file:{region.database(org)}?mode=ro", uri=True) as db:
        db.execute("BEGIN")  # both as they are at one moment
        hashes = [log_check.leaf_hash(leaf) for leaf, in db.execute("SELECT leaf FROM leaf ORDER BY seq")]
        tiles = db.execute("SELECT level, place, hash FROM tile").fetchall()
    test.assertEqual(lost_of(region, org, texts, hashes), [])
    test.assertGreaterEqual(len(tiles), len(hashes) // 256)
    for level, place, root in tiles:
        width = 256 ** level
        test.assertEqual(log_check.root_of(hashes[place * width:(place + 1) * width]), root, (level, place))
    false = text_of(log.group([(bytes(range(16)), bytes(32))])[0]).decode()
    test.assertEqual(len(lost_of(region, org, [false], hashes)), 1)
