"""A partner's own program for private matching, without a line of the product's: lookup sets read and checked, people
evaluated, ask keys. What the tests that put questions on the wire themselves ask with."""
import json
import re
import secrets
import struct
import time

import log_check
import oprf
import receipts
from peer import PLACE, Peer
from support import EVERY, OIN, new_id

HEADER, BUCKET = 104, 32  # bytes before a part's entries; entries of a bucket on average


def nobody(region):
    """An ask key that belongs to nobody."""
    return secrets.token_hex(16), epoch_now(region)


def epoch_now(region):
    length = int(region.environment["REGION_EPOCH_MS"])
    return (time.time_ns() // 1_000_000 + receipts.clock["shift_ms"]) // length


class Part:
    """An answer of /v1/opzoeksets: a page of a set, or a step to another version (node/matching/set_wire.h)."""

    def __init__(self, body):
        (magic, self.part, zeros, self.epoch, self.newest, self.size, self.place, self.version, self.since, self.root,
         self.key) = struct.unpack(">4sB3sIIIIQQ32s32s", body[:HEADER])
        assert (magic, zeros) == (b"KBO1", bytes(3)), body[:8]
        self.entries = [number for number, in struct.iter_unpack(">Q", body[HEADER:])]

    def swaps(self):
        return list(zip(self.entries[0::2], self.entries[1::2]))[:self.place]


def root_of(entries):
    """node/matching/set_tree.h: a tree over buckets by the highest bits, each with a tree of its own."""
    buckets = [[] for _ in range(len(entries) // BUCKET)]
    for entry in entries:
        buckets[entry * len(buckets) >> 64].append(log_check.leaf_hash(struct.pack(">Q", entry)))
    return log_check.root_of([log_check.leaf_hash(struct.pack(">I", len(bucket)) + log_check.root_of(bucket))
                              for bucket in buckets])


class Held:
    """One set, as it was given."""

    def __init__(self, first, entries):
        self.epoch, self.newest, self.version, self.key = first.epoch, first.newest, first.version, first.key
        assert len(entries) == first.size and entries == sorted(set(entries)), "de opzoekset is niet in orde"
        assert root_of(entries) == first.root, "de wortel klopt niet"
        self.entries = entries

    def step(self, part):
        entries = set(self.entries)
        for goes, comes in part.swaps():
            entries.remove(goes)
            entries.add(comes)
        return Held(part, sorted(entries))


def path_of(doel, **query):
    words = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
    return f"/v1/opzoeksets/{doel}" + (f"?{words}" if words else "")


def read_set(peer, doel, periode=None, tries=20):
    """The whole set; another version may be published between two pages, then all over again."""
    for _ in range(tries):
        answer = peer.request("GET", path_of(doel, periode=periode))
        assert answer.status == 200, answer
        first = Part(answer.body)
        entries = list(first.entries)
        while len(entries) < first.size:
            answer = peer.request("GET", path_of(doel, periode=first.epoch, versie=first.version, plaats=len(entries)))
            if answer.status == 409:
                break
            assert answer.status == 200, answer
            entries += Part(answer.body).entries
        else:
            return Held(first, entries)
    raise AssertionError("de opzoekset verandert sneller dan hij te lezen is")


def evaluation(batch, **changes):
    """The body of a request for a batch of oprf.py."""
    body = {"doel": batch.scope.purpose, "periode": batch.scope.epoch, "waarden": batch.values,
            "ontvangstbewijs": receipts.PLACEHOLDER.decode(), **changes}
    return {name: value for name, value in body.items() if value is not None}


def put(peer, body, request_id=None):
    return peer.request("POST", "/v1/blinde-evaluaties", peer.signed(body),
                        [("content-type", "application/json"), ("request-id", request_id or new_id())])


def scope_of(peer, doel, periode):
    return oprf.Scope(OIN[peer.org], OIN[peer.asker], doel, periode)


def evaluate(peer, doel, held, bsns, request_id=None):
    """{number: oprf.Match} of at most a batch of people, under the key of the set; the proof is checked."""
    batch = oprf.Batch(scope_of(peer, doel, held.epoch), bsns)
    answer = put(peer, evaluation(batch), request_id)
    assert answer.status == 200, answer
    return batch.take(json.loads(answer.body), held.key)


def known_of(peer, doel, bsns):
    """Who of these people stand in the set: what an asker finds at home."""
    held = read_set(peer, doel)
    found = {}
    for begin in range(0, len(bsns), oprf.BATCH):
        found |= evaluate(peer, doel, held, bsns[begin:begin + oprf.BATCH])
    return {bsn for bsn, match in found.items() if match.fingerprint in held.entries}


def in_set_of(region, asker, provider, doel, bsn):
    """Does this person stand in the set that the provider gives the asker? Not, when there is none."""
    from_here, _ = match_of(region, asker, provider, doel, bsn)
    if from_here is None:
        return False
    region.published(provider)
    with Peer(region, provider, region.certificate(asker)) as peer:
        return from_here.fingerprint in read_set(peer, doel, from_here.epoch).entries


def ask_key(region, asker, provider, doel, bsn):
    """(ask key, period): what a question names this person by. Of nobody, where there is no set."""
    match, other = match_of(region, asker, provider, doel, bsn)
    return (match.key, match.epoch) if match else other


def match_of(region, asker, provider, doel, bsn):
    """(what was learned of this person, once; else None, and an ask key of nobody)."""
    scope = (asker, provider, doel)
    known = region.keys.setdefault((*scope, epoch_now(region)), {})
    if bsn not in known:
        there_is_none = any(match is None for match, _ in known.values())  # no set: asked once, for that is recorded
        try:
            known[bsn] = (None if there_is_none else learn(region, scope, bsn), nobody(region))
        except OSError:  # nobody new is let in there now
            return None, nobody(region)
    return known[bsn]


def learn(region, scope, bsn):
    asker, provider, doel = scope
    request = new_id()
    region.own_requests.add(request)
    with Peer(region, provider, region.certificate(asker)) as peer:
        if peer.request("GET", path_of(doel)).status != 200:
            return None
        held = read_set(peer, doel)
        return evaluate(peer, doel, held, [bsn], request)[bsn]


def fill(region, asker, provider, raw):
    """A question, with ask keys in the place of person()."""
    doel = re.search(rb'"doel":\s*"([a-z-]*)"', raw)
    region.published(provider)

    def put_key(found):
        key, epoch = nobody(region)
        if asker in EVERY and doel:
            key, epoch = ask_key(region, asker, provider, doel.group(1).decode(), found.group(1).decode())
        return json.dumps({"sleutel": key, "periode": epoch}).encode()
    return PLACE.sub(put_key, raw)
