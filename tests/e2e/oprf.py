"""Private matching from outside: the VOPRF of RFC 9497 (ristretto255-SHA512) and what is derived from its output, without
a line of the product's. Hashing is Python's, the group is libsodium's. Bytes in, bytes out, unless it says otherwise.

What a test that asks needs:

    scope = Scope(provider_oin, requester_oin, "hulpafstemming", epoch)
    batch = Batch(scope, ["999000007", ...])         # up to BATCH people, padded; blinds fresh
    batch.values                                     # BATCH texts in base64: `waarden` of /v1/blinde-evaluaties
    found = batch.take(answer, public_key=None)      # the answer as a dict; checks the proof (Wrong when it fails), and
                                                     # that the key is public_key, when given: {bsn: Match}
    found["999000007"].fingerprint                   # int, as in the set: 8 bytes big endian
    found["999000007"].key                           # text, 32 hex digits
    found["999000007"].subject                       # {"sleutel": ..., "periode": ...}: `betrokkene` of a consult

What a fake partner needs:

    pair = derive_key(seed, scope.info)              # Pair(secret, public), as the node would derive it
    answer = evaluation(pair, request)               # dict with sleutel, waarden, bewijs, periode; no receipt
    own_match(pair, scope, bsn)                      # the Match of a person whom the partner knows

The parts, for tests that do one thing wrong: blind(input) -> (blind, blinded); evaluate(pair, blinded) -> (evaluated,
proof), lists; verify(public, blinded, evaluated, proof) -> bool; unblind(input, blind, evaluated) -> output;
match_of(scope, output) -> Match; element(text) -> some group element.

As a program: oprf.py VECTORS [HELPER]: holds itself against the published vectors of that file, and, both ways, against
the product's own, which HELPER (tests/support/voprf_lines.c) gives."""
import base64
import collections
import ctypes
import hashlib
import hmac
import secrets
import subprocess
import sys

sodium = ctypes.CDLL("libsodium.so.23")
assert sodium.sodium_init() >= 0

BATCH = 8
BASE, VERIFIABLE = 0, 1
IDENTITY = bytes(32)
Pair = collections.namedtuple("Pair", "secret public")


class Wrong(Exception):
    """A proof that does not hold, or an element or scalar that may not be."""


# --- the group --------------------------------------------------------------------------------------------------------

def _out(size=32):
    return ctypes.create_string_buffer(size)


def multiply(scalar, point):
    out = _out()
    if sodium.crypto_scalarmult_ristretto255(out, scalar, point) != 0:
        raise Wrong("no element, or the identity")
    return out.raw


def multiply_base(scalar):
    out = _out()
    if sodium.crypto_scalarmult_ristretto255_base(out, scalar) != 0:
        raise Wrong("scalar is zero")
    return out.raw


def add(a, b):
    out = _out()
    if sodium.crypto_core_ristretto255_add(out, a, b) != 0:
        raise Wrong("no element")
    return out.raw


def reduce(wide):
    out = _out()
    sodium.crypto_core_ristretto255_scalar_reduce(out, wide)
    return out.raw


def scalar_multiply(a, b):
    out = _out()
    sodium.crypto_core_ristretto255_scalar_mul(out, a, b)
    return out.raw


def scalar_subtract(a, b):
    out = _out()
    sodium.crypto_core_ristretto255_scalar_sub(out, a, b)
    return out.raw


def scalar_invert(a):
    out = _out()
    if sodium.crypto_core_ristretto255_scalar_invert(out, a) != 0:
        raise Wrong("scalar is zero")
    return out.raw


def element(text=None):
    """An element that comes of these bytes, or a random one."""
    out = _out()
    sodium.crypto_core_ristretto255_from_hash(out, hashlib.sha512(text or secrets.token_bytes(32)).digest())
    return out.raw


# --- RFC 9380, 5.3.1 and RFC 9497 -------------------------------------------------------------------------------------

def context(mode):
    return b"OPRFV1-" + bytes([mode]) + b"-ristretto255-SHA512"


def sized(*parts):
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def expand(message, tag):
    tag += bytes([len(tag)])
    first = hashlib.sha512(bytes(128) + message + b"\0\x40\0" + tag).digest()
    return hashlib.sha512(first + b"\1" + tag).digest()


def hash_to_group(message, mode=VERIFIABLE):
    out = _out()
    sodium.crypto_core_ristretto255_from_hash(out, expand(message, b"HashToGroup-" + context(mode)))
    return out.raw


def hash_to_scalar(message, mode=VERIFIABLE, label=b"HashToScalar-"):
    return reduce(expand(message, label + context(mode)))


def derive_key(seed, info, mode=VERIFIABLE):
    for counter in range(256):
        secret = hash_to_scalar(seed + sized(info) + bytes([counter]), mode, b"DeriveKeyPair")
        if secret != bytes(32):
            return Pair(secret, multiply_base(secret))
    raise Wrong("no key")


def blind(text, scalar=None, mode=VERIFIABLE):
    scalar = scalar or reduce(secrets.token_bytes(64))
    return scalar, multiply(scalar, hash_to_group(text, mode))


def composites(public, blinded, evaluated):
    seed = hashlib.sha512(sized(public, b"Seed-" + context(VERIFIABLE))).digest()
    m = z = None
    for place, (c, d) in enumerate(zip(blinded, evaluated)):
        weight = hash_to_scalar(sized(seed) + place.to_bytes(2, "big") + sized(c, d) + b"Composite")
        mine, its = multiply(weight, c), multiply(weight, d)
        m, z = (mine, its) if m is None else (add(m, mine), add(z, its))
    return m, z


def challenge(*elements):
    return hash_to_scalar(sized(*elements) + b"Challenge")


def evaluate(pair, blinded, random=None):
    evaluated = [multiply(pair.secret, value) for value in blinded]
    random = random or reduce(secrets.token_bytes(64))
    m, z = composites(pair.public, blinded, evaluated)
    c = challenge(pair.public, m, z, multiply_base(random), multiply(random, m))
    return evaluated, c + scalar_subtract(random, scalar_multiply(c, pair.secret))


def verify(public, blinded, evaluated, proof):
    c, s = proof[:32], proof[32:]
    try:
        m, z = composites(public, blinded, evaluated)
        t2 = add(multiply_base(s), multiply(c, public))
        t3 = add(multiply(s, m), multiply(c, z))
    except Wrong:
        return False
    return len(blinded) == len(evaluated) and len(proof) == 64 and challenge(public, m, z, t2, t3) == c


def output_of(text, unblinded):
    return hashlib.sha512(sized(text, unblinded) + b"Finalize").digest()


def unblind(text, scalar, evaluated):
    return output_of(text, multiply(scalar_invert(scalar), evaluated))


def own(pair, text, mode=VERIFIABLE):
    return output_of(text, multiply(pair.secret, hash_to_group(text, mode)))


# --- people, fingerprints, ask keys (node/matching/derive.h) ----------------------------------------------------------

def person(bsn):
    return b"bsn:" + bsn.encode()


class Match(collections.namedtuple("Match", "fingerprint key epoch")):
    @property
    def subject(self):
        return {"sleutel": self.key, "periode": self.epoch}


class Scope(collections.namedtuple("Scope", "provider requester purpose epoch")):
    """Whose key: OINs and purpose as text, the epoch as a number."""

    def labelled(self, label):
        return sized(label, self.requester.encode(), self.provider.encode(), self.purpose.encode(),
                     self.epoch.to_bytes(4, "big"))

    @property
    def info(self):
        return self.labelled(b"ketenbrug-sleutelpaar-v1")


def match_of(scope, output):
    fingerprint = hmac.digest(output, scope.labelled(b"ketenbrug-vingerafdruk-v1"), "sha256")[:8]
    key = hmac.digest(output, scope.labelled(b"ketenbrug-vraagsleutel-v1"), "sha256")[:16]
    return Match(int.from_bytes(fingerprint, "big") or 1, key.hex(), scope.epoch)


def own_match(pair, scope, bsn):
    return match_of(scope, own(pair, person(bsn)))


def encoded(value):
    return base64.b64encode(value).decode()


def decoded(text):
    return base64.b64decode(text, validate=True)


class Batch:
    """One question of always BATCH values; `values` may be spoilt by a test."""

    def __init__(self, scope, bsns, size=BATCH):
        assert len(bsns) <= size
        self.scope, self.bsns = scope, list(bsns)
        self.inputs = [person(bsn) for bsn in bsns] + [secrets.token_bytes(13) for _ in range(size - len(bsns))]
        self.blinds, self.blinded = zip(*(blind(text) for text in self.inputs))
        self.values = [encoded(value) for value in self.blinded]

    def take(self, answer, public_key=None):
        public, evaluated = decoded(answer["sleutel"]), [decoded(text) for text in answer["waarden"]]
        if public_key is not None and public != public_key:
            raise Wrong("another key")
        if not verify(public, self.blinded, evaluated, decoded(answer["bewijs"])):
            raise Wrong("the proof does not hold")
        return {bsn: match_of(self.scope, unblind(text, scalar, value)) for bsn, text, scalar, value in
                zip(self.bsns, self.inputs, self.blinds, evaluated)}


def evaluation(pair, request):
    evaluated, proof = evaluate(pair, [decoded(text) for text in request["waarden"]])
    return {"periode": request["periode"], "sleutel": encoded(pair.public),
            "waarden": [encoded(value) for value in evaluated], "bewijs": encoded(proof)}


# --- against the published vectors, and against the product -----------------------------------------------------------

def vectors(path):
    with open(path, encoding="ascii") as file:
        for block in file.read().split("\n\n"):
            lines = [line.split(" ", 1) for line in block.splitlines() if line and line[0] != "#"]
            if lines:
                yield {name: [bytes.fromhex(part) for part in value.split(",")] for name, value in lines}


def check_vector(v):
    mode = v["mode"][0][0]
    pair = derive_key(v["Seed"][0], v["KeyInfo"][0], mode)
    assert [pair.secret] == v["skSm"] and v.get("pkSm", [pair.public]) == [pair.public]
    made = [blind(text, scalar, mode)[1] for text, scalar in zip(v["Input"], v["Blind"])]
    assert made == v["BlindedElement"]
    evaluated = [multiply(pair.secret, value) for value in made]
    assert evaluated == v["EvaluationElement"]
    if mode == VERIFIABLE:
        assert evaluate(pair, made, v["ProofRandomScalar"][0]) == (evaluated, v["Proof"][0])
        assert verify(pair.public, made, evaluated, v["Proof"][0])
        assert not verify(pair.public, made, evaluated[::-1] if len(made) > 1 else made, v["Proof"][0])
    outputs = [unblind(*each) for each in zip(v["Input"], v["Blind"], evaluated)]
    assert outputs == v["Output"] == [own(pair, text, mode) for text in v["Input"]]


class Helper:
    """The product's own functions, a line each: a word and hex, and hex back."""

    def __init__(self, program):
        self.program = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, word, *parts):
        line = " ".join([word] + [part.hex() or "-" for part in parts])
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()
        said = self.program.stdout.readline().split()
        assert said and said[0] == "ok", (word, said)
        return [bytes.fromhex(part) for part in said[1:]]

    def close(self):
        self.program.stdin.close()
        assert self.program.wait(10) == 0
        self.program.stdout.close()


def check_helper(program):
    """The node evaluates what this blinds and the reverse, for batches of 1 to 64; then what is derived."""
    ask = Helper(program)
    for count in (1, 2, 8, 64):
        scope = Scope("00000001001234567000", "00000002009876543000", "hulpafstemming", count)
        seed, texts = secrets.token_bytes(32), [secrets.token_bytes(count % 7 + 1) for _ in range(count)]
        pair = derive_key(seed, scope.info)
        assert ask("key", seed, scope.info) == list(pair)
        assert ask("info", *scope_parts(scope)) == [scope.info]
        blinds, blinded = zip(*(blind(text) for text in texts))
        proof, *evaluated = ask("evaluate", *pair, secrets.token_bytes(64), *blinded)
        assert verify(pair.public, blinded, evaluated, proof)
        outputs = [unblind(*each) for each in zip(texts, blinds, evaluated)]
        theirs = [ask("blind", text, secrets.token_bytes(64)) for text in texts]
        evaluated, proof = evaluate(pair, [value for _, value in theirs])
        rest = [part for text, (scalar, value), done in zip(texts, theirs, evaluated)
                for part in (text, scalar, value, done)]
        assert ask("finalize", pair.public, proof, *rest) == outputs
        for output in outputs:
            fingerprint, key = ask("derive", *scope_parts(scope), output)
            assert match_of(scope, output) == (int.from_bytes(fingerprint, "big"), key.hex(), scope.epoch)
    ask.close()


def scope_parts(scope):
    return [scope.provider.encode(), scope.requester.encode(), scope.purpose.encode(), scope.epoch.to_bytes(4, "big")]


def main():
    count = 0
    for vector in vectors(sys.argv[1]):
        check_vector(vector)
        count += 1
    assert count == 5, count
    if sys.argv[2:]:
        check_helper(sys.argv[2])
    print(f"{count} vectors hold")


if __name__ == "__main__":
    main()
