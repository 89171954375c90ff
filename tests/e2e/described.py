"""Holds every answer of a node against the description of its listener, and remembers which of it was seen.

A hook in peer.py hands over each whole answer, one in support.py what commands print of an answer. What is not as
described becomes a fault of the test that runs; suite.py asks for them. The validator is Debian's python3-jsonschema
(draft 2020-12, the dialect of OpenAPI 3.1), so that not both sides are ours.
"""
import datetime
import json
import os
import re
import unittest

import jsonschema

FOLDER = os.path.join(os.path.dirname(os.environ["KETENBRUG"]), "openapi")
SOURCE = "node/api/openapi"
METHODS = ("get", "post", "put", "patch", "delete")
HARD = ("500", "503")  # statuses that most routes describe and few tests bring about
GENERIC = {"content-type", "content-length", "date"}  # RFC 9110: of every answer, and none of the API's own
formats = jsonschema.FormatChecker(formats=())


@formats.checks("date", ValueError)
def is_date(text):
    return not isinstance(text, str) or bool(datetime.date.fromisoformat(text))


@formats.checks("date-time", ValueError)
def is_moment(text):
    return not isinstance(text, str) or bool(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def read_json(raw):
    def once(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError("een naam staat er tweemaal in")
        return dict(pairs)
    return json.loads(raw, object_pairs_hook=once)


def value_of(media, raw):
    """What a schema is about: a document, or a text; bytes are told as text of one character a byte."""
    if "json" in media:
        return read_json(raw)
    return raw.decode("utf-8" if media.startswith("text/") else "latin-1")


class Description:
    def __init__(self, name):
        self.name = name
        self.path = os.path.join(FOLDER, f"{name}.json")
        with open(self.path, encoding="utf-8") as file:
            self.document = json.load(file)
        self.base = self.document["servers"][0]["url"]
        self.validators = {}
        self.seen = set()  # (method, path, status)

    def resolve(self, value):
        while "$ref" in value:
            where = value["$ref"].removeprefix("#/").split("/")
            value = self.document
            for name in where:
                value = value[name]
        return value

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method, path, item[method]

    def template(self, path):
        """The described path that this one is, and what stands for its parameter; (None, None): not described."""
        if not path.startswith(self.base + "/"):
            return None, None
        path = path[len(self.base):]
        if path in self.document["paths"] and "{" not in path:
            return path, None
        for template in self.document["paths"]:
            head, brace, _ = template.partition("{")
            if brace and path.startswith(head) and path != head and "/" not in path[len(head):]:
                return template, path[len(head):]
        return None, None

    def wrong(self, schema, value, where):
        """What the schema has against the value."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema],
                     "components": self.document["components"]}
            self.validators[key] = jsonschema.Draft202012Validator(whole, format_checker=formats)
        for error in self.validators[key].iter_errors(value):
            deepest = jsonschema.exceptions.best_match([error])
            place = "/".join(str(step) for step in deepest.absolute_path)
            if deepest.validator in ("additionalProperties", "required"):
                yield f"{where} /{place}: {deepest.message}"
                continue
            yield f"{where} /{place}: {deepest.validator} {json.dumps(deepest.validator_value)[:300]}; " \
                  f"er staat {json.dumps(deepest.instance, ensure_ascii=False)[:200]}"

    # ---- an answer ----

    def answer_faults(self, method, path, answer, request=b"", headers=()):
        """All that is not as described in this answer, or in this request when the answer says that it was good."""
        method, (path, _, query) = method.lower(), path.partition("?")
        template, parameter = self.template(path)
        item = self.document["paths"].get(template, {})
        operation = item.get(method)
        responses = operation["responses"] if operation else self.document["x-overige-antwoorden"]
        what = f"{method.upper()} {template or path} -> {answer.status}"
        if str(answer.status) not in responses:
            return [f"{what}: {SOURCE}/{self.name}.json kent hier {', '.join(responses)}"]
        response = self.resolve(responses[str(answer.status)])
        faults = [*self.header_faults(response, answer.headers)]
        if method != "head":
            faults += self.body_faults(response, answer)
        if answer.status == 405 and item:
            known = {name.upper() for name in METHODS if name in item}
            if set((answer.header("allow") or "").split(", ")) != known:
                faults.append(f"allow is {answer.header('allow')}, beschreven zijn {', '.join(sorted(known))}")
        if operation:
            self.seen.add((method, template, answer.status))
            if answer.status < 300:
                faults += self.request_faults(operation, parameter, query, request, dict(headers))
        return [f"{what}: {fault} ({SOURCE}/{self.name}.json)" for fault in faults]

    def header_faults(self, response, headers):
        described = {name.lower(): self.resolve(header) for name, header in response.get("headers", {}).items()}
        names = [name for name, _ in headers]
        for name in sorted(set(names)):
            if names.count(name) > 1:
                yield f"kopregel {name} staat er tweemaal"
            if name not in described and name not in GENERIC:
                yield f"kopregel {name} is niet beschreven"
        for name, header in described.items():
            values = [value for key, value in headers if key == name]
            if not values and header.get("required"):
                yield f"kopregel {name} ontbreekt"
            for value in values:
                yield from self.wrong(header["schema"], as_type(header["schema"], value), f"kopregel {name}")

    def body_faults(self, response, answer):
        media = answer.header("content-type")
        if media not in response["content"]:
            yield f"content-type {media} is niet beschreven"
            return
        if int(answer.header("content-length") or len(answer.body)) != len(answer.body):
            yield "content-length klopt niet"
        try:
            value = value_of(media, answer.body)
        except ValueError as error:
            yield f"het antwoord is geen {media}: {error}"
            return
        yield from self.wrong(response["content"][media].get("schema", True), value, "antwoord")  # bytes have none
        if media == "application/problem+json" and value.get("status") != answer.status:
            yield f"het probleem noemt status {value.get('status')}"

    # ---- a request ----

    def request_faults(self, operation, parameter, query, body, headers):
        given = [tuple(pair.partition("=")[::2]) for pair in query.split("&")] if query else []
        described = {(p["in"], p["name"]): p for p in operation.get("parameters", [])}
        for name, _ in given:
            if ("query", name) not in described:
                yield f"parameter {name} is niet beschreven"
        for (place, name), one in described.items():
            values = {"path": [parameter], "header": [headers[name]] if name in headers else [],
                      "query": [value for key, value in given if key == name]}[place]
            if not values and one["required"]:
                yield f"verzoek zonder {name} is aangenomen"
            for value in values:
                yield from self.wrong(one["schema"], as_type(self.resolve(one["schema"]), value), f"parameter {name}")
        if "requestBody" not in operation:
            if body:
                yield "een verzoek met inhoud is aangenomen"
            return
        content = operation["requestBody"]["content"]
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in content:
            yield f"een verzoek met content-type {media} is aangenomen"
            return
        try:
            value = value_of(media, body)
        except ValueError as error:
            yield f"een verzoek dat geen {media} is, is aangenomen: {error}"
            return
        yield from self.wrong(content[media]["schema"], value, "aangenomen verzoek")

    # ---- what a command prints of an answer ----

    def printed_faults(self, method, template, status, text):
        responses = self.document["paths"].get(template, {}).get(method, {}).get("responses", {})
        if str(status) not in responses:
            yield f"{method.upper()} {template} -> {status}: {SOURCE}/{self.name}.json kent hier {', '.join(responses)}"
            return
        response = self.resolve(responses[str(status)])
        self.seen.add((method, template, status))
        for line in text.splitlines():
            try:
                faults = self.wrong(response["content"]["application/json"]["schema"], read_json(line), "uitvoer")
                yield from (f"{method.upper()} {template}: {fault} ({SOURCE}/{self.name}.json)" for fault in faults)
            except ValueError as error:
                yield f"{method.upper()} {template}: de uitvoer is geen JSON: {error}"

    def never_seen(self):
        """(operations without any answer, their other statuses that never came, but for HARD ones), as text."""
        routes = [f"{method.upper()} {path}" for method, path, _ in self.operations()
                  if not any(seen[:2] == (method, path) for seen in self.seen)]
        pairs = [f"{method.upper()} {path}: {', '.join(missing)}" for method, path, operation in self.operations()
                 if (missing := [s for s in operation["responses"]
                                 if s not in HARD and (method, path, int(s)) not in self.seen])]
        return routes, pairs


def as_type(schema, text):
    """A header or parameter is text; the schema may say that the text is a number."""
    return int(text) if schema.get("type") == "integer" and re.fullmatch("-?[0-9]+", text) else text


PEER, DESK = Description("ketenpartners"), Description("medewerkers")
# Commands that print an answer as it came, on one line: with --json, and some always.
COMMANDS = {
    ("consult",): ("post", "/raadplegingen", 200), ("status",): ("get", "/stand", 200),
    ("audit", "list"): ("get", "/logboek", 200), ("audit", "search"): ("post", "/logboek/zoekopdrachten", 200),
    ("audit", "show"): ("get", "/logboek/regels/{id}", 200),
    ("user", "add"): ("post", "/gebruikers", 201),
    ("user", "change"): ("put", "/gebruikers/{id}", 200), ("clock", "reset"): ("post", "/klok-herstellingen", 200),
    ("subject", "add"): ("post", "/betrokkenen", 201), ("household", "add"): ("post", "/huishoudens", 201),
    ("subject", "change"): ("put", "/betrokkenen/{id}", 200),
    ("subject", "show"): ("post", "/betrokkenen/zoekopdrachten", 200),
    ("involvement", "add"): ("post", "/betrokkenheden", 201),
    ("involvement", "change"): ("put", "/betrokkenheden/{id}", 200),
    ("consent", "add"): ("post", "/toestemmingen", 201),
    ("consent", "withdraw"): ("post", "/toestemmingen/intrekkingen", 200),
    ("consent", "list"): ("post", "/toestemmingen/zoekopdrachten", 200),
    ("consent", "show"): ("post", "/toestemmingen/inzagen", 200),
    ("authority", "add"): ("post", "/gezagsrelaties", 201),
    ("authority", "end"): ("post", "/gezagsrelaties/beeindigingen", 200),
    ("capability", "add"): ("post", "/wilsbekwaamheden", 201),
    ("extended-care", "add"): ("post", "/verlengde-jeugdhulp", 201),
    ("extended-care", "end"): ("post", "/verlengde-jeugdhulp/beeindigingen", 200),
    ("objection", "add"): ("post", "/bezwaren", 201),
    ("objection", "settle"): ("post", "/bezwaren/afhandelingen", 200),
    ("restriction", "add"): ("post", "/beperkingen", 201),
    ("restriction", "lift"): ("post", "/beperkingen/opheffingen", 200),
    ("correction", "add"): ("post", "/correcties", 201),
    ("correction", "settle"): ("post", "/correcties/afhandelingen", 200),
    ("outbox", "list"): ("get", "/uitgaande-berichten", 200),
    ("outbox", "retry"): ("post", "/uitgaande-berichten/herkansingen", 200),
    ("inbox",): ("get", "/postbus", 200),
    ("report", "add"): ("post", "/meldingen", 201), ("report", "list"): ("get", "/meldingen", 200),
    ("report", "decide"): ("post", "/meldingen/stappen", 200), ("report", "close"): ("post", "/meldingen/stappen", 200),
    ("order", "add"): ("post", "/maatregelen", 201), ("order", "list"): ("get", "/maatregelen", 200),
    ("order", "end"): ("post", "/maatregelen/beeindigingen", 200), ("term", "list"): ("get", "/termijnen", 200),
    ("regulation", "show"): ("get", "/reglement", 200),
    ("covenant", "explain"): ("get", "/logboek/verklaringen/{id}", 200),
    ("covenant", "simulate"): ("post", "/logboek/simulaties", 200),
    ("matching", "status"): ("get", "/koppeling", 200), ("matching", "open"): ("post", "/koppeling/inzagen", 200),
    ("figures", "make"): ("post", "/stuurcijfers", 200),
    ("regulation", "accept"): ("post", "/reglement/aanvaardingen", 201),
    ("audit", "sample"): ("post", "/logboek/steekproeven", 201), ("audit", "findings"): ("get", "/bevindingen", 200),
    ("audit", "finding"): ("get", "/bevindingen/{id}", 200), ("audit", "note"): ("post", "/bevindingen/stappen/{id}", 200),
    ("audit", "close"): ("post", "/bevindingen/stappen/{id}", 200),
    ("audit", "reopen"): ("post", "/bevindingen/stappen/{id}", 200), ("audit", "block"): ("post", "/blokkades", 201),
    ("audit", "unblock"): ("post", "/blokkades/opheffingen", 200), ("audit", "blocks"): ("get", "/blokkades", 200),
    ("audit", "staff", "add"): ("post", "/personeel", 201), ("audit", "staff", "list"): ("get", "/personeel", 200),
    ("audit", "staff", "remove"): ("post", "/personeel/verwijderingen", 200),
    ("audit", "report", "draft"): ("post", "/overzichten", 201), ("audit", "report", "list"): ("get", "/overzichten", 200),
    ("audit", "report", "show"): ("get", "/overzichten/{id}", 200),
    ("audit report brief",): ("get", "/overzichten/brieven/{id}", 200),
    **{("audit", "report", step): ("post", "/overzichten/stappen", 200)
       for step in ("defer", "admit", "release", "withdraw")},
}
ALWAYS_JSON = ("subject", "household", "involvement")
found = []  # faults that no test has taken yet


def saw_answer(description, method, path, answer, request, headers):
    found.extend(description.answer_faults(method, path, answer, request, headers))


def saw_command(args, done):
    if args[:3] == ("audit", "report", "show") and {"--brief", "--html"} & set(args):
        args = ("audit report brief", *args[3:])
    known = next((words for words in COMMANDS if args[:len(words)] == words), None)
    if known and done.returncode == 0 and ("--json" in args or args[0] in ALWAYS_JSON) and "--help" not in args:
        found.extend(DESK.printed_faults(*COMMANDS[known], done.stdout))


def take_faults():
    faults = list(dict.fromkeys(found))
    found.clear()
    return faults


class TheWholeSuite(unittest.TestCase):
    """Comes last in a run of everything."""

    def test_every_described_route_was_asked(self):
        routes = []
        for description in (PEER, DESK):
            missing, pairs = description.never_seen()
            routes += missing
            print(f"\nnooit gezien bij {description.name}, buiten {', '.join(HARD)}:", *pairs, sep="\n  ")
        self.assertEqual(routes, [], "deze routes heeft geen enkele test gevraagd")
