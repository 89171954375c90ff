"""A question between two organisations, and what a decision about it must look like from three sides: what the asker's
user gets, what both logs hold, and why, as `covenant explain` tells from the record."""
import json
import unittest

from asking import in_set_of
from peer import CASE, Peer, question
from receipts import without
from support import OIN, consult_words

NAME_OF = {oin: name for name, oin in OIN.items()}
FIELDS = {"bestaan": {"leefgebied", "sinds"}, "contact": {"contact"}, "fase": {"fase"}, "status": {"status", "laatsteContact"},
          "centraal": {"centraalNummer"}}


class Question:
    """What a user of one organisation asks another, for which purpose, on which basis and ground."""

    def __init__(self, asker, user, role, provider, doel, grondslag, **stands_on):
        self.asker, self.user, self.role, self.provider = asker, user, role, provider
        self.words = {"doel": doel, "grondslag": grondslag, **({"zaak": "Z-1"} | stands_on)}

    def but(self, **changes):
        """The same question, with another user, role, provider, or words."""
        names = {"asker", "user", "role", "provider"}
        mine = {name: changes.get(name, getattr(self, name)) for name in names}
        return Question(**mine, **{"zaak": None, **self.words, **{k: v for k, v in changes.items() if k not in names}})

    def ask(self, region, people):
        return region.command(self.asker, self.user, *consult_words(**{"zaak": None, **self.words}), "--json",
                              stdin="\n".join(people) + "\n")

    def claims(self, **changes):
        """On the wire, where a node could say what its user may not."""
        said = {"doel": self.words["doel"], "grondslag": self.words["grondslag"], "rol": self.role, "zaak": None}
        for name in ("zaak", "melding", "maatregel"):
            if self.words.get(name):
                said[name] = CASE
        if self.words.get("melding") and self.asker == "veilig-thuis":
            said["meldingOpen"] = True
        return {**said, **changes}


class Case(unittest.TestCase):
    region = None    # set by the module that has it
    stranger = None  # the number of somebody whom nobody there knows
    shared = set()   # (asker, provider, purpose, number) of whom something was released
    maxDiff = None

    def why(self, org, record):
        """{life domain: the reason}, and which rules put the person into the asker's set."""
        told = self.region.command_json(org, "privacy", "covenant", "explain", "--regel", str(record["volgnummer"]))
        self.assertTrue(told["komtOvereen"] and told["invoerVolledig"] and told["convenantVanToen"], told)
        found = {rule["regel"] for one in told["besluiten"] for rule in one["regels"]
                 if "(opzoekset)" in rule["zin"] and rule["categorieen"]}
        return {one["leefgebied"]: one["oorzaak"] for one in told["besluiten"]}, found

    def asked(self, q, people):
        """What the asker's user sees of the provider per person, and both logs' records of each question."""
        marks = {org: self.region.mark(org) for org in (q.asker, q.provider)}
        done = q.ask(self.region, people)
        self.assertEqual(done.returncode, 0, done.stderr)
        entries = []
        for one in json.loads(done.stdout)["betrokkenen"]:
            (entry,) = [k for k in one["ketenpartners"] if NAME_OF[k["oin"]] == q.provider]
            entries.append(entry)
        logs = {org: self.region.records(org, mark) for org, mark in marks.items()}
        return entries, [{org: [r for r in logs[org] if r.get("verzoek") == e["verzoek"]] for org in logs} for e in entries]

    def stands(self, q, who, in_set):
        """Is this person in the set that the provider gives the asker, as an independent client finds? Who is let in by a rule
        is; of the others only who was before, for he leaves at a random moment within a day."""
        scope = (q.asker, q.provider, q.words["doel"])
        found = in_set_of(self.region, *scope, who.bsn)
        if in_set:
            self.assertTrue(found, in_set)
        elif found:
            self.assertIn((*scope, who.bsn), self.shared)
        return found

    def released(self, q, who, wanted, rules, in_set=None, central=False):
        """Exactly these categories per life domain, said by these rules."""
        self.shared.add((q.asker, q.provider, q.words["doel"], who.bsn))
        (entry,), (logs,) = self.asked(q, [who.bsn])
        self.assertEqual(entry["uitkomst"], "betrokken", entry)
        words = [set(categories.split()) for categories in wanted.values()]
        fields = [set().union(*(FIELDS["centraal" if central and c == "contact" else c] for c in one)) for one in words]
        got = [set(shared) - {"verplichting", "opmerking"} for shared in entry["betrokkenheden"]]
        self.assertCountEqual([sorted(f) for f in got], [sorted(f) for f in fields])
        self.assertNotIn("bedragen", json.dumps(entry))
        for shared in entry["betrokkenheden"]:
            self.assertTrue(shared["verplichting"])
        (given,) = logs[q.provider]
        self.assertEqual((given["handeling"], given["uitkomst"], given["ketenpartner"], given["doel"], given["rol"]),
                         ("raadpleging-beantwoord", "verstrekt", OIN[q.asker], q.words["doel"], q.role))
        self.assertEqual(set(given["categorieen"]), set().union(*words))
        self.assertEqual(set(given["regels"].split()), set(rules.split()))
        self.assertEqual([(r["handeling"], r["uitkomst"], r["ketenpartner"]) for r in logs[q.asker]],
                         [("raadpleging-gevraagd", "gevraagd", OIN[q.provider]),
                          ("raadpleging-ontvangen", "betrokkenheid-ontvangen", OIN[q.provider])])
        reasons, sets = self.why(q.provider, given)
        self.assertEqual({d for d, why in reasons.items() if why == "toegestaan"}, set(wanted))
        if in_set is not None:
            self.assertEqual(sets, set(in_set.split()))
        return entry["betrokkenheden"], given

    def empty(self, q, who, why, in_set=""):
        """What a stranger gets. About who is in no set nobody is asked; else the provider's log alone holds that he is known,
        and the reason."""
        (entry, other), (logs, nothing) = self.asked(q, [who.bsn, self.stranger])
        self.assertEqual(entry["betrokkenheden"], [])
        entry.pop("verzoek"), other.pop("verzoek")
        self.assertEqual(entry, other)
        self.assertEqual(nothing, {q.asker: [], q.provider: []})
        if not self.stands(q, who, in_set):
            self.assertEqual(logs, nothing)
            self.same_bytes(q, who, why, in_set)
            return
        (given,) = logs[q.provider]
        self.assertEqual((given["handeling"], given["uitkomst"], given["ketenpartner"], given["doel"], given["rol"]),
                         ("raadpleging-beantwoord", "ingehouden", OIN[q.asker], q.words["doel"], q.role))
        self.assertFalse({"categorieen", "regels"} & set(given))
        self.assertEqual([(r["handeling"], r["uitkomst"]) for r in logs[q.asker]],
                         [("raadpleging-gevraagd", "gevraagd"), ("raadpleging-ontvangen", "geen-betrokkenheid-ontvangen")])
        self.withheld(q, given, why, in_set)
        self.same_bytes(q, who, why, in_set)

    def withheld(self, q, record, why, in_set):
        reasons, sets = self.why(q.provider, record)
        self.assertEqual((set(reasons.values()), sets), ({why}, set(in_set.split())))

    def same_bytes(self, q, who, why, in_set="", **claims):
        """Empty on the wire too, whatever the asker's node would have refused to ask."""
        known = self.stands(q, who, in_set)
        mark = self.region.mark(q.provider)
        with Peer(self.region, q.provider, self.region.certificate(q.asker)) as peer:
            answers = [peer.consult(question(bsn, **q.claims(**claims))) for bsn in (who.bsn, self.stranger)]
        self.assertEqual([a.status for a in answers], [200, 200], answers)
        self.assertEqual(*(without(a.body) for a in answers))
        self.assertEqual(*([h for h in a.headers if h[0] != "date"] for a in answers))
        self.assertEqual(json.loads(answers[0].body)["betrokkenheden"], [])
        records = self.region.records(q.provider, mark)
        self.assertEqual([r["uitkomst"] for r in records], ["ingehouden" if known else "niet-bekend", "niet-bekend"])
        if known:
            self.withheld(q, records[0], why, in_set)

    def not_asked(self, q, who, words=None):
        """The asker's own node does not ask that partner: with words it refuses the question as a whole, and says why."""
        marks = {org: self.region.mark(org) for org in (q.asker, q.provider)}
        done = q.ask(self.region, [who.bsn])
        if words is None:
            self.assertEqual(done.returncode, 0, done.stderr)
            asked = {NAME_OF[k["oin"]] for k in json.loads(done.stdout)["betrokkenen"][0]["ketenpartners"]}
            self.assertNotIn(q.provider, asked)
        else:
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(words, done.stderr)
            own = self.region.records(q.asker, marks[q.asker])
            self.assertEqual([r["gebruiker"] for r in own if r["handeling"] == "geweigerd"], [q.user])
            self.assertEqual([r for r in own if r["handeling"].startswith("raadpleging")], [])
        self.assertEqual(self.region.records(q.provider, marks[q.provider]), [])
