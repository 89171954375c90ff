"""The JSON Schema of the covenant and the node's reader agree: on the sample, and on every single change of it.

   python3 covenant_schema.py KETENBRUG SCHEMA SAMPLE

The validator is python3-jsonschema, which shares nothing with the reader. What only one of the two can refuse stands in
ONLY_READER, with the reason. The content hash is computed a second time, too.
"""
import base64
import copy
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

PROGRAM, SCHEMA, SAMPLE = sys.argv[1:4]

# Changes by hand: name, text in the sample, text in its place. Both refuse them.
BOTH = (
    ("een onbekend veld", '"voorbeeld": true', '"voorbeeld": true, "extra": 1'),
    ("ja-nee als getal", '"voorbeeld": true', '"voorbeeld": 1'),
    ("versie met schuine streep", '"versie": "2026.1"', '"versie": "2026/1"'),
    ("stuurteken in een naam", "Voorbeeldconvenant", "\\u001b[31mVoorbeeld"),
    ("tekst die de leesrichting keert", "Gebiedsteam Noord", "Gebiedsteam\\u202eNoord"),
    ("code met hoofdletter", '{"code": "consulent", ', '{"code": "Consulent", '),
    ("code die met een streepje begint", '{"code": "consulent", ', '{"code": "-consulent", '),
    ("code van 32 tekens", '{"code": "consulent", ', '{"code": "' + "c" * 32 + '", '),
    ("dag die er niet is", '"2029-12-31"', '"2029-02-30"'),
    ("dag zonder nullen", '"2029-12-31"', '"2029-1-31"'),
    ("jaar voor 1800", '"van": "2025-01-01"', '"van": "1799-12-31"'),
    ("bewaartermijn nul", '"bewaartermijnMaanden": 60', '"bewaartermijnMaanden": 0'),
    ("bewaartermijn van 241 maanden", '"bewaartermijnMaanden": 60', '"bewaartermijnMaanden": 241'),
    ("bewaartermijn met breuk", '"bewaartermijnMaanden": 60', '"bewaartermijnMaanden": 60.5'),
    ("bewaarklasse 10", '"bewaarklasse": 1', '"bewaarklasse": 10'),
    ("opsporing als doel", "Nagaan of", "oPSPoring:"),
    ("fraude als doel", '{"code": "toezicht"', '{"code": "fraude"'),
    ("handhaving als doel", "Nagaan of", "Handhaven:"),
    ("quotum nul", '"perDag": 2000', '"perDag": 0'),
    ("quotum per zaak nul", '"perZaak": 16', '"perZaak": 0'),
    ("quotum per uur", '"perDag": 2000', '"perUur": 2000'),
    ("AVG 6 lid 1 onder g", '"avg6": "e"', '"avg6": "g"'),
    ("AVG 9 lid 2 onder k", '"avg9": "g"', '"avg9": "k"'),
    ("OIN met letter", "00000099000000002000", "0000009900000000200x"),
    ("OIN van 19 cijfers", "00000099000000002000", "0000009900000000200"),
    ("niveau 5", '"niveau": 4, "bsn', '"niveau": 5, "bsn'),
    ("doel op niveau 5", '"niveau": 4, "quota"', '"niveau": 5, "quota"'),
    ("clienten nul", '"clienten": 4000', '"clienten": 0'),
    ("meer clienten dan inwoners", '"clienten": 4000', '"clienten": 20000001'),
    ("clienten als tekst", '"clienten": 4000', '"clienten": "4000"'),
    ("openZaken nul", '"openZaken": 1200', '"openZaken": 0'),
    ("openZaken boven een miljoen", '"openZaken": 1200', '"openZaken": 1000001'),
    ("gemeente van drie cijfers", '["9901", "9902"]', '["9901", "990"]'),
    ("gemeente dubbel", '["9901", "9902"]', '["9901", "9901"]'),
    ("geen gemeente", '["9901", "9902"]', "[]"),
    ("niet landelijk en geen werkgebied", '"werkgebied": ["9901", "9902"]', '"landelijk": false'),
    ("landelijk en werkgebied", '"landelijk": true', '"landelijk": true, "werkgebied": ["9901"]'),
    ("adres zonder TLS", "https://gebiedsteam", "http://gebiedsteam"),
    ("adres met pad", "https://gebiedsteam.localhost:17443", "https://gebiedsteam.localhost:17443/v1"),
    ("adres met gebruiker", "https://gebiedsteam", "https://jan@gebiedsteam"),
    ("poort met nul ervoor", "https://gebiedsteam.localhost:17443", "https://gebiedsteam.localhost:017443"),
    ("crisisnummer dat geen nummer is", '"0990 555 010"', '"bel ons"'),
    ("centraal adres in plaats van nummer", '"0990 555 080"', '"Dorpsstraat 1"'),
    ("bsnDoelen zonder bsnGrondslag", '"bsnGrondslag": "leerplichtwet-18", ', ""),
    ("naam van een logboek met spatie", '"oorsprong": "gebiedsteam.localhost/logboek"', '"oorsprong": "een logboek"'),
    ("sleutel van een getuige als logsleutel", "logboek+001f7e8f+AdQ", "logboek+001f7e8f+BdQ"),
    ("sleutel te kort", "logboek+001f7e8f+AdQ", "logboek+001f7e8f+Ad"),
    ("getuige als getal", '"getuigen": ["00000099000000001000"', '"getuigen": [7'),
    ("getuige dubbel", '"getuigen": ["00000099000000001000"', '"getuigen": ["00000099000000002000"'),
    ("regel zonder rollen", ', "rollen": ["generalist", "regisseur"]', ""),
    ("onbekend leefgebied", '["financien", "huisvesting"]', '["financien", "schulden"]'),
    ("onbekende categorie", '["bestaan", "contact", "fase"]', '["bestaan", "bedragen"]'),
    ("regel zonder categorie", '["bestaan", "contact", "fase"]', "[]"),
    ("categorie dubbel", '["bestaan", "contact", "fase"]', '["bestaan", "bestaan"]'),
    ("regel zonder grondslag om te vragen", '      "grondslagVragen": "wmo-5.1.1",\n', ""),
    ("regel zonder grondslag om te geven", '      "grondslagGeven": "wmo-5.1.1-4",\n', ""),
    ("zonder zaak of melding", '{"zaakOfMelding": true, "werkgebied": true}', '{"werkgebied": true}'),
    ("zaak en melding", '{"zaakOfMelding": true, "werkgebied": true}', '{"zaakOfMelding": true, "melding": true}'),
    ("open melding zonder melding", '{"melding": true, "meldingOpen": true}',
     '{"zaakOfMelding": true, "meldingOpen": true}'),
    ("onbekende toestemming", '"toestemming": "avg-grond"', '"toestemming": "mondeling"'),
    ("onbekend regime", '"regime": "jeugd"', '"regime": "kind"'),
    ("lege leeftijd", '"leeftijd": {"van": 4, "tot": 17}', '"leeftijd": {}'),
    ("leeftijd 131", '"leeftijd": {"van": 4, "tot": 17}', '"leeftijd": {"tot": 131}'),
    ("onbekende verplichting", '["niet-voor-handhaving", "niet-verder-verstrekken"]', '["geheim"]'),
    ("crisisregel zonder crisisnummer", '"crisisnummer": true', '"crisisnummer": false'),
    ("opzoekset met rollen", '"vrager": {"soorten": ["gebiedsteam"]}',
     '"vrager": {"soorten": ["gebiedsteam"], "rollen": ["regisseur"]}'),
    ("opzoekset die meer geeft", '"categorieen": ["bestaan"]', '"categorieen": ["bestaan", "contact"]'),
    ("opzoekset met vraagvoorwaarde", '"opzoekset": true,\n      "voorwaarden": {',
     '"opzoekset": true,\n      "voorwaarden": {"maatregel": true, '),
    ("verbod met voorwaarden", '"verbod": true', '"verbod": true, "voorwaarden": {"zaakOfMelding": true}'),
    ("verbod dat een opzoekset is", '"verbod": true', '"verbod": true, "opzoekset": true'),
    ("verbod dat geen verbod is", '"verbod": true', '"verbod": false'),
    ("bekwaam vanaf wie", '"bekwaamVanaf12": "jeugdige"', '"bekwaamVanaf12": "ouder"'),
    ("toestemming van 241 maanden", '"maandenHoogstens": 24', '"maandenHoogstens": 241'),
    ("reglement met 91 dagen", '"dagen": 14', '"dagen": 91'),
    ("namen van medewerkers als tekst", '"voorbeeld": true', '"voorbeeld": true, "inzage": {"namenMedewerkers": "ja"}'),
    ("onbekende inzage", '"voorbeeld": true', '"voorbeeld": true, "inzage": {"namen": true}'),
    ("signaalregel met een leefgebied", '"voorwaarden": {"signaal": true',
     '"leefgebieden": ["financien"], "voorwaarden": {"signaal": true'),
    ("signaalregel die om een zaak vraagt", '{"signaal": true', '{"zaakOfMelding": true, "signaal": true'),
    ("signaalregel voor wie afgeschermd is", '{"signaal": true', '{"afgeschermd": true, "signaal": true'),
    ("signaalregel die meer dan contact geeft", '"categorieen": ["contact"],\n      "grondslagVragen": "wmo-5.1.1",\n'
     '      "grondslagGeven": "wpo-8",\n      "voorwaarden": {"signaal"', '"categorieen": ["contact", "fase"],\n'
     '      "grondslagVragen": "wmo-5.1.1",\n      "grondslagGeven": "wpo-8",\n      "voorwaarden": {"signaal"'),
    ("signaal bij een ander doel", '{"werkgebied": true, "toestemming": "instemming"}',
     '{"werkgebied": true, "signaal": true}'),
    ("signaal van 731 dagen", '"dagenGeldig": 365', '"dagenGeldig": 731'),
    ("dagenGeldig bij een ander doel", '"bewaarklasse": 3', '"bewaarklasse": 3, "dagenGeldig": 7'),
    ("opdracht met onbekende inhoud", '"inhoud": ["naam", ', '"inhoud": ["diagnose", '),
    ("opdracht met naam voor wie bekend is", '"inhoud": ["toelichting"]', '"inhoud": ["naam"]'),
    ("opdracht die niet zegt hoe wordt genoemd", '      "noemen": "bekend",\n', ""),
    ("opdracht met twee termijnen", '"termijn": {"dagen": 14}', '"termijn": {"dagen": 14, "werkdagen": 9}'),
    ("opdracht zonder termijn", '"termijn": {"dagen": 14}', '"termijn": {}'),
    ("termijn van 367 dagen", '"termijn": {"dagen": 14}', '"termijn": {"dagen": 367}'),
    ("termijn bij gevaar dat niet mee mag", '"termijn": {"dagen": 14}',
     '"termijn": {"dagen": 14}, "termijnBedreigend": {"dagen": 1}'),
    ("opdracht zonder rollen", '"vragers": {"soorten": ["gebiedsteam"], "rollen": ["generalist", "regisseur"]}',
     '"vragers": {"soorten": ["gebiedsteam"]}'),
    ("opdracht zonder zaak", '"werkgebied": true},\n      "noemen"', '"zaakOfMelding": false},\n      "noemen"'),
    ("opdracht voor wie afgeschermd is", '"werkgebied": true},\n      "noemen"', '"afgeschermd": true},\n      "noemen"'),
    ("voorganger die geen hash is", '"voorbeeld": true', '"voorganger": "$1$1$abc"'),
    ("voorganger met andere soort hash", '"voorbeeld": true', '"voorganger": "$1$2$' + "A" * 86 + '"'),
    ("voorganger met bits te veel", '"voorbeeld": true', '"voorganger": "$1$1$' + "A" * 85 + 'B"'),
)

# Only the reader refuses these: a schema looks at one value at a time, and at values, not at how they are written.
ONLY_READER = (
    ("einde voor begin: twee velden naast elkaar", '"2029-12-31"', '"2024-12-31"'),
    ("grondslag die eindigt voor zij begint: idem", '"tot": "2024-12-31"', '"vanaf": "2025-01-01", "tot": "2024-12-31"'),
    ("leeftijd tot voor van: idem", '{"van": 4, "tot": 17}', '{"van": 18, "tot": 17}'),
    ("langer quotum lager dan korter: idem", '"perDag": 2000', '"perDag": 30000'),
    ("code die er twee keer is: lijst van objecten", '{"code": "school", ', '{"code": "cjg", '),
    ("OIN dat er twee keer is: idem", '"oin": "00000099000000002000"', '"oin": "00000099000000003000"'),
    ("adres dat er twee keer is: idem", "https://school.localhost:17543", "https://gebiedsteam.localhost:17443"),
    ("regel met dezelfde id: idem", '"id": "hulp-02"', '"id": "hulp-01"'),
    ("soort die niet in /soorten staat: verwijzing", '"soort": "school"', '"soort": "scholen"'),
    ("doel dat niet in /doelen staat: idem", '"doel": "hulpafstemming"', '"doel": "hulp"'),
    ("rol die niet in /rollen staat: idem", '["generalist", "regisseur"]', '["generalist", "teamleider"]'),
    ("grondslag die niet in /grondslagen staat: idem", '"grondslagVragen": "wmo-5.1.1"', '"grondslagVragen": "wmo-9"'),
    ("bsnDoel dat niet in /doelen staat: idem", '"bsnDoelen": ["leerplicht"]', '"bsnDoelen": ["leerpliht"]'),
    ("getuige die geen partij is: idem", '"getuigen": ["00000099000000001000"', '"getuigen": ["00000099000000099000"'),
    ("opdracht met dezelfde code: lijst van objecten", '"code": "wmo-onderzoek"', '"code": "budgetplan"'),
    ("opdrachten zonder het doel opdracht: verwijzing", '{"code": "opdracht",', '{"code": "opdrachten",'),
    ("heel getal met punt: voor het schema een geheel getal", '"dagen": 14', '"dagen": 14.0'),
    ("heel getal met exponent: idem", '"dagen": 14', '"dagen": 1.4e1'),
    ("naam van 120 tekens die 240 bytes is: lengte in bytes", "Gebiedsteam Noord", "é" * 120),
    ("poort boven 65535: een patroon rekent niet", "https://gebiedsteam.localhost:17443", "https://gebiedsteam.localhost:65536"),
    ("twee velden met dezelfde naam: na het lezen is er een", '"voorbeeld": true', '"voorbeeld": true, "voorbeeld": true'),
)

# There is nothing that only the schema refuses.

BATCH = 16  # documents that one command takes


def refusals(document, validator):
    return next(validator.iter_errors(document), None) is not None


def read(texts):
    """What the reader says of each: its content hash, or None when it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, f"{i}.json") for i in range(len(texts))]
        for name, text in zip(names, texts):
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([PROGRAM, "covenant", "lint", "--json", *names], capture_output=True, text=True,
                              check=False, timeout=600)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    refused = {finding["bestand"] for finding in said["bevindingen"] if finding["bezwaar"]}
    assert all("hash" in document or document["bestand"] in refused for document in said["documenten"])
    return [document.get("hash") for document in said["documenten"]]


def canonical(value):
    """RFC 8785 for a document without fractions: UTF-16 order, no space, shortest escapes."""
    def ordered(v):
        if isinstance(v, dict):
            return {name: ordered(v[name]) for name in sorted(v, key=lambda n: n.encode("utf-16-be"))}
        return [ordered(item) for item in v] if isinstance(v, list) else v
    return json.dumps(ordered(value), separators=(",", ":"), ensure_ascii=False).encode()


def content_hash(value):
    digest = hashlib.sha3_512(canonical(value)).digest()
    return "$1$1$" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def places(value, path=(), form=()):
    """One path for each form of place: of a list its first item with that form."""
    yield form, path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, path + (name,), form + (name,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, path + (index,), form + ("#",))


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changes(sample):
    """Each member and item of each form: gone, of every other kind, empty; each object with a member more."""
    seen = {}
    for form, path in places(sample):
        seen.setdefault(form, path)
    for form, path in seen.items():
        value = at(sample, path)
        name = "/" + "/".join(str(step) for step in path)
        if isinstance(value, dict):
            yield name + " + onbekend veld", path + ("onbekend",), 1
        if not path:
            continue
        for other in (None, True, -1, 1000001, "", "x y", [], {}, [None]):
            if type(other) is not type(value) or other in (-1, 1000001, "", [], {}):
                yield f"{name} = {json.dumps(other)}", path, other
        if isinstance(at(sample, path[:-1]), dict):
            yield name + " weg", path, ...


def changed(sample, path, value):
    document = copy.deepcopy(sample)
    container = at(document, path[:-1])
    if value is ...:
        del container[path[-1]]
    else:
        container[path[-1]] = value
    return document


def documents(text):
    """Name, text, and who refuses it (schema, reader); None: both or none of them."""
    sample = json.loads(text)
    yield "het voorbeeld", text, (False, False)
    yield "het voorbeeld, anders geschreven", json.dumps(dict(reversed(sample.items())), indent=1), (False, False)
    for rows, verdicts in ((BOTH, (True, True)), (ONLY_READER, (False, True))):
        for what, before, after in rows:
            assert before in text, before
            yield what, text.replace(before, after, 1), verdicts
    for what, path, value in changes(sample):
        yield what, json.dumps(changed(sample, path, value)), None


def main():
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    with open(SAMPLE, encoding="utf-8") as file:
        text = file.read()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["date"]))
    failures = []
    counts = {True: 0, False: 0}
    todo = list(documents(text))
    for start in range(0, len(todo), BATCH):
        batch = todo[start:start + BATCH]
        for (what, document_text, wanted), found in zip(batch, read([document[1] for document in batch])):
            document = json.loads(document_text)
            verdicts = (refusals(document, validator), found is None)
            counts[verdicts[1]] += 1
            if verdicts[0] != verdicts[1] if wanted is None else verdicts != wanted:
                failures.append(f"{what}: schema weigert {verdicts[0]}, lezer weigert {verdicts[1]}")
            if found is not None and found != content_hash(document):
                failures.append(f"{what}: een andere hash")
    for failure in failures:
        print("MIS:", failure)
    print(f"{counts[True]} documenten geweigerd, {counts[False]} aanvaard, {len(failures)} keer oneens")
    return 1 if failures or min(counts.values()) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
