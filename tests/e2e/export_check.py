"""Checks an export of a node's log without a line of the product's, and without the node: what an auditor would do.

As a program: export_check.py FOLDER COVENANT OIN. The covenant is what is trusted: it names the keys of each party's log
and of the witnesses. Written from RFC 6962, C2SP signed-note, tlog-checkpoint and tlog-cosignature, RFC 4180, OTLP/JSON,
and the layouts in node/audit/record.h and receipt.h; hashes are Python's, Ed25519 and XChaCha20-Poly1305 libsodium's.
What is wrong is raised as Wrong, that names the file first.
"""
import base64
import csv
import ctypes
import datetime
import hashlib
import io
import json
import os
import struct
import sys

sodium = ctypes.CDLL("libsodium.so.23")
OPERATIONS = {
    1: "raadpleging-gevraagd", 2: "raadpleging-beantwoord", 3: "raadpleging-ontvangen", 4: "geweigerd",
    5: "gegevens-gewijzigd", 6: "gegevens-ingelezen", 7: "gegevens-ingezien", 8: "logboek-ingezien",
    9: "gebruiker-gewijzigd", 10: "sleutel-gemaakt", 11: "klok-hersteld", 12: "reservekopie-gemaakt",
    13: "reservekopie-hersteld", 14: "sleutel-vernietigd", 15: "regel-vastgehouden", 16: "vasthouding-opgeheven",
    18: "logboek-met-twee-gezichten", 19: "logboek-van-partner-gecontroleerd", 20: "bevinding-ontstaan",
    21: "bevinding-behandeld", 22: "steekproef-getrokken", 23: "overzicht-opgesteld", 24: "overzicht-behandeld",
    25: "logboek-uitgevoerd", 26: "stuurcijfers-gemaakt", 27: "toegang-geblokkeerd", 28: "toegang-hersteld",
    29: "personeelslijst-gewijzigd", 30: "bericht-verzonden", 31: "bericht-aangenomen", 32: "bericht-bevestigd",
    40: "melding-vastgelegd", 41: "maatregel-vastgelegd", 42: "termijn-verstreken", 43: "crisisnummer-getoond",
    44: "reglement-aanvaard", 50: "convenant-bekend", 51: "handtekening-ontvangen", 60: "evaluatie-gevraagd",
    61: "evaluatie-gegeven", 62: "evaluatie-ontvangen", 63: "opzoekset-getoetst", 64: "opzoeksets-gepubliceerd",
    65: "periodesleutel-gemaakt", 66: "periodesleutels-vernietigd", 67: "opzoekset-geweigerd",
    68: "koppeling-opvallend", 69: "opzoekset-geopend", 70: "zorgsignaal-afgegeven", 71: "zorgsignaal-beeindigd",
    72: "zorgsignalen-getoetst", 73: "zorgsignaal-verzonden", 74: "zorgsignaal-ontvangen", 75: "match-ontstaan",
    76: "match-behandeld", 80: "opdracht-gegeven", 81: "opdracht-ontvangen", 82: "opdracht-stap",
    83: "betrokkene-genoemd", 84: "verzegelsleutel-gemaakt", 85: "melding-verstuurd"}
OUTCOMES = ("", "gevraagd", "verstrekt", "ingehouden", "niet-bekend", "geweigerd", "betrokkenheid-ontvangen",
            "geen-betrokkenheid-ontvangen", "geen-antwoord", "uitgevoerd")
# Tags of the sealed part that an export has as they are: column of the export.
SEALED = {3: "gebruiker", 4: "rol", 5: "grondslag", 6: "zaak", 7: "melding", 8: "regels", 10: "betrokkene",
          11: "betrokkene", 12: "raadpleging", 13: "convenant", 14: "gemeente"}
HEX_TAGS, TEXT_TAGS = {11, 12, 13}, {3, 4, 5, 6, 7, 8, 10, 14}
NEN = {"logbron": "kenmerk", "datum en tijdstip": "tijd", "gebeurteniscode": "handeling", "resultaat": "uitkomst",
       "organisatie": "ketenpartner", "doel": "doel", "gebruiker": "gebruiker", "rol gebruiker": "rol",
       "grondslag": "grondslag", "zaak": "zaak", "melding": "melding", "clientnummer": "betrokkene",
       "soort clientnummer": "betrokkeneSoort", "autorisatieprotocol": "regels"}


class Wrong(Exception):
    def __init__(self, file, what):
        super().__init__(f"{file}: {what}")
        self.file = file


def need(holds, file, what):
    if not holds:
        raise Wrong(file, what)


def sha256(data):
    return hashlib.sha256(data).digest()


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def half(size):
    """The largest power of two smaller than size."""
    return 1 << (size - 1).bit_length() - 1


def root_from(index, size, leaf, path):
    """RFC 6962, 2.1.1; None: the path has another length."""
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    k = half(size)
    below = root_from(index, k, leaf, path[:-1]) if index < k else root_from(index - k, size - k, leaf, path[:-1])
    if below is None:
        return None
    return node_hash(below, path[-1]) if index < k else node_hash(path[-1], below)


def signed(public, message, signature):
    return len(public) == 32 and len(signature) == 64 and sodium.crypto_sign_verify_detached(
        signature, message, ctypes.c_ulonglong(len(message)), public) == 0


def opened(key, salt, bound, sealed):
    """The plain sealed part; None: this key does not open it."""
    out = ctypes.create_string_buffer(len(sealed) - 16)
    nonce = salt + bytes(8)
    bad = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, None, None, sealed, ctypes.c_ulonglong(len(sealed)), bound, ctypes.c_ulonglong(len(bound)), nonce, key)
    return None if bad else out.raw


# ---- who is trusted ----

class Key:
    """A public key of C2SP signed-note: name+id+base64(type, key)."""

    def __init__(self, text):
        self.name, written, encoded = text.split("+", 2)
        typed = base64.b64decode(encoded, validate=True)
        self.type, self.public = typed[0], typed[1:]
        self.id = sha256(self.name.encode() + b"\n" + typed)[:4]
        assert self.id.hex() == written and self.type in (1, 4) and len(self.public) == 32, text


class Covenant:
    def __init__(self, path, oin):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        self.parties = {party["oin"]: party for party in document["partijen"]}
        self.oin = oin
        self.key = Key(self.parties[oin]["logboek"]["sleutel"])
        self.witnesses = {w: Key(self.parties[w]["logboek"]["getuige"])
                          for w in document["getuigen"] if w != oin}

    def log_of(self, oin):
        """(base name, key) of that party's log; None: the covenant names none."""
        party = self.parties.get(oin, {}).get("logboek")
        return (party["oorsprong"], Key(party["sleutel"])) if party else None


def read_note(file, data):
    """The text, and (name, key id, signature) of each line."""
    try:
        text, between, lines = data.decode("utf-8").rpartition("\n\n")
        assert between and lines.endswith("\n")
        signatures = []
        for line in lines[:-1].split("\n"):
            dash, name, encoded = line.split(" ")
            raw = base64.b64decode(encoded, validate=True)
            assert dash == "\u2014" and base64.b64encode(raw).decode() == encoded
            signatures.append((name, raw[:4], raw[4:]))
        return text + "\n", signatures
    except (ValueError, AssertionError) as err:
        raise Wrong(file, f"geen ondertekende tekst ({err})") from None


def note_holds(note, key):
    text, signatures = note
    for name, key_id, signature in signatures:
        if (name, key_id) == (key.name, key.id):
            if key.type == 1:
                return signed(key.public, text.encode(), signature)
            when = int.from_bytes(signature[:8], "big")
            return signed(key.public, f"cosignature/v1\ntime {when}\n{text}".encode(), signature[8:])
    return None  # it did not sign


# ---- the files ----

class Export:
    def __init__(self, folder, covenant):
        self.folder, self.covenant = folder, covenant

    def bytes_of(self, name):
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                return file.read()
        except OSError:
            raise Wrong(name, "ontbreekt") from None

    def check(self):
        self.check_contents()
        self.check_checkpoint()
        rows = self.read_rows()
        need(len(rows) == self.contents["aantal"], self.rows_file, "ander aantal regels dan inhoud.json noemt")
        if self.contents["bewijs"]:
            self.check_proofs(rows)
        return len(rows)

    def check_contents(self):
        contents, name = self.bytes_of("inhoud.json"), "ondertekening.txt"
        note = read_note(name, self.bytes_of(name))
        need(len(note[1]) == 1 and note_holds(note, self.covenant.key), name, "niet getekend met de sleutel van dit logboek")
        kind, origin, digest = note[0].rstrip("\n").split("\n")
        need(kind == "ketenbrug/uitvoer/v1", name, "getekend is iets anders")
        need(digest == sha256(contents).hex(), "inhoud.json", "niet wat is ondertekend")
        self.contents = json.loads(contents)
        need(self.contents["oorsprong"] == origin, "inhoud.json", "een ander logboek dan is ondertekend")
        files = self.contents["bestanden"]
        known = {entry["naam"] for entry in files} | {"inhoud.json", "ondertekening.txt"}
        for extra in sorted(set(os.listdir(self.folder)) - known):
            raise Wrong(extra, "hoort niet bij deze uitvoer")
        for entry in files:
            data = self.bytes_of(entry["naam"])
            need(len(data) == entry["bytes"] and sha256(data).hex() == entry["sha256"], entry["naam"],
                 "niet wat inhoud.json noemt")
        self.rows_file = next(entry["naam"] for entry in files if entry["naam"].startswith("regels."))

    def check_checkpoint(self):
        name = "controlepunt.txt"
        note = read_note(name, self.bytes_of(name))
        origin, size, root, end = note[0].split("\n")
        base, key = self.covenant.log_of(self.covenant.oin)
        generation = origin[len(base) + 1:]
        need(end == "" and (origin == base or (origin.startswith(base + "/") and generation.isdigit())), name,
             "van een ander logboek")
        need(note_holds(note, key), name, "niet getekend met de sleutel van dit logboek")
        witnesses = self.covenant.witnesses
        cosigned = [oin for oin, witness in witnesses.items() if note_holds(note, witness)]
        need(len(cosigned) >= (len(witnesses) // 2 + 1 if witnesses else 0), name,
             f"medeondertekend door {len(cosigned)} van de {len(witnesses)} getuigen")
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        need((origin, self.size) == (self.contents["oorsprong"], self.contents["controlepunt"]), name,
             "een ander controlepunt dan inhoud.json noemt")

    # ---- rows, each as the columns of the own form that it has ----

    def read_rows(self):
        data = self.bytes_of(self.rows_file).decode("utf-8")
        read = {"json": self.json_rows, "ldv": self.span_rows, "csv": self.csv_rows, "nen7513": self.csv_rows}
        try:
            return read[self.contents["vorm"]](data)
        except (ValueError, KeyError, TypeError) as err:
            raise Wrong(self.rows_file, f"niet te lezen: {err!r}") from None

    @staticmethod
    def json_rows(data):
        rows = []
        for line in data.splitlines():
            row = json.loads(line)
            rows.append({name: " ".join(value) if isinstance(value, list) else
                         ("ja" if value else "nee") if isinstance(value, bool) else str(value) for name, value in row.items()})
        return rows

    def csv_rows(self, data):
        table = list(csv.reader(io.StringIO(data, newline=""), strict=True))
        head = [NEN.get(name, name) if self.contents["vorm"] == "nen7513" else name for name in table[0]]
        rows = []
        for cells in table[1:]:
            need(len(cells) == len(head), self.rows_file, "een regel met een ander aantal cellen")
            plain = [cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@\t\r") else cell for cell in cells]
            rows.append({name: cell for name, cell in zip(head, plain) if cell})
        return rows

    def span_rows(self, data):
        rows = []
        for line in data.splitlines():
            for resource in json.loads(line)["resourceSpans"]:
                about = {a["key"]: a["value"]["stringValue"] for a in resource["resource"]["attributes"]}
                need(about["service.instance.id"] == self.contents["oorsprong"], self.rows_file, "van een ander logboek")
                for scope in resource["scopeSpans"]:
                    need(len(scope["spans"]) <= 64, self.rows_file, "te veel spans bijeen")
                    rows += [self.span_row(span) for span in scope["spans"]]
        return rows

    @staticmethod
    def span_row(span):
        attributes = {a["key"]: a["value"]["stringValue"] for a in span["attributes"]}
        seconds = int(span["endTimeUnixNano"]) // 10**9
        row = {"spanId": span["spanId"], "handeling": span["name"], "verzoek": span["traceId"],
               "tijd": datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
        assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        activity = attributes.get("dpl.core.processing_activity_id", "").rpartition(":doel:")
        if activity[2]:
            row["doel"] = activity[2]
        if activity[0].startswith("urn:ketenbrug:convenant:"):
            row["convenant"] = activity[0].rpartition(":")[2]
        if "dpl.core.data_subject_id" in attributes:
            row["betrokkene"] = attributes["dpl.core.data_subject_id"]
            row["betrokkeneSoort"] = attributes["dpl.core.data_subject_id_type"].rpartition(":")[2]
        return row

    # ---- what proves them ----

    def check_proofs(self, rows):
        proofs = [json.loads(line) for line in self.bytes_of("bewijs.jsonl").splitlines()]
        need(len(proofs) == len(rows), "bewijs.jsonl", "een ander aantal bewijzen dan regels")
        last = -1
        for row, proof in zip(rows, proofs):
            number = proof["volgnummer"]
            need(number > last, "bewijs.jsonl", f"regel {number} staat niet op volgorde")
            last = number
            leaf = base64.b64decode(proof["blad"], validate=True)
            path = [base64.b64decode(text, validate=True) for text in proof["pad"]]
            need(len(leaf) == 512 and number < self.size and
                 root_from(number, self.size, sha256(b"\0" + leaf), path) == self.root, "bewijs.jsonl",
                 f"regel {number} staat niet in het controlepunt")
            self.check_row(number, row, proof, self.visible(leaf))
            self.check_receipt(number, proof, leaf)
            if "sleutel" in proof:
                self.check_sealed(number, row, proof, leaf)
        filters = {name for name, value in self.contents["filters"].items() if value}
        if not filters:
            need([proof["volgnummer"] for proof in proofs] == list(range(self.contents["totOmvang"])), "bewijs.jsonl",
                 "er ontbreken regels")
        for before, after in zip(proofs, proofs[1:]) if filters <= {"van", "tot"} else ():
            need(after["volgnummer"] == before["volgnummer"] + 1, "bewijs.jsonl",
                 f"na regel {before['volgnummer']} ontbreken regels")

    @staticmethod
    def visible(leaf):
        seconds = int.from_bytes(leaf[8:16], "big") // 1000
        shown = {"handeling": OPERATIONS[leaf[1]], "ketenpartner": leaf[32:52].rstrip(b"\0").decode(),
                 "tijd": datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                 "doel": leaf[52:84].rstrip(b"\0").decode(), "verzoek": leaf[16:32].hex() if any(leaf[16:32]) else ""}
        return shown

    def check_row(self, number, row, proof, shown):
        if self.contents["vorm"] == "ldv":
            need(row["spanId"] == proof["kenmerk"][:16], self.rows_file, f"regel {number} heeft een ander kenmerk")
            shown = {**shown, "verzoek": shown["verzoek"] or proof["kenmerk"]}
            shown.pop("ketenpartner")
        else:
            need(row["kenmerk"] == proof["kenmerk"], self.rows_file, f"regel {number} heeft een ander kenmerk")
            need(row.get("volgnummer", str(number)) == str(number), self.rows_file, f"regel {number} heeft een ander nummer")
        if self.contents["vorm"] == "nen7513":
            shown.pop("verzoek")
        for name, value in shown.items():
            need(row.get(name, "") == value, self.rows_file, f"regel {number}: {name} is niet wat het blad zegt")

    def check_receipt(self, number, proof, leaf):
        if "ontvangstbewijs" not in proof:
            return
        text = proof["ontvangstbewijs"]
        receipt = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        need(sha256(receipt) == leaf[480:512], "bewijs.jsonl", f"regel {number}: een ander ontvangstbewijs")
        partner = self.covenant.log_of(leaf[32:52].decode())
        if partner is None:
            return
        generation, record_id, other = struct.unpack(">I", receipt[1:5])[0], receipt[5:21], receipt[21:53]
        before, place = int.from_bytes(receipt[53:61], "big"), receipt[61]
        node = sha256(b"\0" + record_id + other)
        for level in range(6):
            beside = receipt[62 + 32 * level:94 + 32 * level]
            node = node_hash(beside, node) if place >> level & 1 else node_hash(node, beside)
        said = f"ketenbrug/ontvangstbewijs/v1\n{partner[0]} {generation}\n{before}\n{node.hex()}\n".encode()
        need(signed(partner[1].public, said, receipt[254:]), "bewijs.jsonl",
             f"regel {number}: het ontvangstbewijs is niet van die ketenpartner")

    def check_sealed(self, number, row, proof, leaf):
        plain = opened(bytes.fromhex(proof["sleutel"]), leaf[96:112], leaf[:96], leaf[112:480])
        need(plain is not None, "bewijs.jsonl", f"regel {number}: de sleutel past niet")
        says, at = {}, 0
        while at + 2 <= len(plain) and plain[at]:
            tag, value = plain[at], plain[at + 2:at + 2 + plain[at + 1]]
            at += 2 + len(value)
            if tag == 1:
                says["uitkomst"] = OUTCOMES[value[0]]
            elif tag in HEX_TAGS:
                says[SEALED[tag]] = value.hex()
            elif tag in TEXT_TAGS:
                says[SEALED[tag]] = value.decode()
        has = {"ldv": {"betrokkene", "convenant"} & set(row), "nen7513": set(NEN.values())}
        for name in {"uitkomst", *SEALED.values()} & has.get(self.contents["vorm"], {"uitkomst", *SEALED.values()}):
            need(row.get(name, "") == says.get(name, ""), self.rows_file, f"regel {number}: {name} is niet wat is vastgelegd")


def check(folder, covenant, oin):
    """How many records are proven."""
    return Export(folder, Covenant(covenant, oin)).check()


def main():
    try:
        count = check(*sys.argv[1:4])
    except Wrong as wrong:
        print(f"KLOPT NIET: {wrong}")
        return 1
    print(f"OK: {count} regels bewezen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
