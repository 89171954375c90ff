"""Signals and matches on real nodes: two doors (scenario 5), order and outage (scenario 6), and what nobody hears."""
import json
import unittest

from support import OIN, Region, eventually, strangers

ORGANISATIONS = "gebiedsteam school cjg uwv schuldhulp"
BASIS = {"gebiedsteam": "wmo-2.3.2", "school": "wpo-8", "cjg": "jeugdwet-2.3", "uwv": "suwi-30a"}


def setUpModule():
    global region, people
    region = Region("signals", REGION_ORGANISATIONS=ORGANISATIONS).start()
    people = iter(strangers(40))
    with open(region.path("school", "convenant.json"), encoding="utf-8") as file:
        bases = [one["code"] for one in json.load(file)["grondslagen"]]
    for org, basis in BASIS.items():
        BASIS[org] = basis if basis in bases else bases[0]


def person():
    """Somebody whom nobody registered, of an age and a place that rules ask for."""
    return next(people)


def publish(org, user, bsn, *words, told=True):
    words = words or ("--contact", f"Contact {org}", "--telefoon", "0990555100")
    said = ("--verteld", "ja") if told else ("--niet-verteld", "onveilig")
    return region.command_json(org, user, "signal", "publish", "--grondslag", BASIS[org], *said, *words,
                               "--geboortedatum", "1995-03-04", "--gemeente", "9901", stdin=bsn + "\n")


def signals(org, user):
    return region.command_json(org, user, "signal", "list")["zorgsignalen"]


def matches(org, user, *words):
    return region.command_json(org, user, "signal", "lead", *words)["matches"]


def shown(org, user, match):
    return region.command_json(org, user, "signal", "lead", "--id", match)


def step(org, user, match, word, code=0):
    words = ["--contact", f"Beller {org}", "--telefoon", "0990555111"] if word == "regie" else []
    done = region.command(org, user, "signal", "lead", "--id", match, "--stap", word, *words)
    if done.returncode != code:
        raise AssertionError(f"{org} {word}: {done.returncode}: {done.stdout} {done.stderr}")
    return done


def met(org, user, before):
    """The one match that was not there before."""
    new = eventually(f"een match bij {org}",
                     lambda: [m for m in matches(org, user) if m["match"] not in before], 40)
    assert len(new) == 1, new
    return new[0]


def known(org, user):
    return {m["match"] for m in matches(org, user)}


class TwoDoors(unittest.TestCase):
    """Scenario 5: two signals about one person, at two organisations."""

    def test_two_signals_are_one_match_with_one_lead(self):
        bsn = person()
        before = {"uwv": known("uwv", "p.mulder"), "gebiedsteam": known("gebiedsteam", "g.jansen")}
        publish("uwv", "p.mulder", bsn)
        publish("gebiedsteam", "g.jansen", bsn)
        here = met("gebiedsteam", "g.jansen", before["gebiedsteam"])
        there = met("uwv", "p.mulder", before["uwv"])
        self.assertEqual(here["match"], there["match"])
        self.assertEqual(here["andereKant"]["contact"]["naam"], "Contact uwv")
        self.assertEqual(there["andereKant"]["contact"]["naam"], "Contact gebiedsteam")
        match = here["match"]
        step("uwv", "p.mulder", match, "regie")
        eventually("de regie is bij beide", lambda: all(
            "regie" in shown(org, user, match) for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))), 40)
        step("gebiedsteam", "g.jansen", match, "regie", code=1)
        step("uwv", "p.mulder", match, "sluiten")
        eventually("gesloten bij beide", lambda: all(
            shown(org, user, match)["stand"] == "gesloten"
            for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))), 40)
        histories = [shown(org, user, match)["gebeurtenissen"]
                     for org, user in (("uwv", "p.mulder"), ("gebiedsteam", "g.jansen"))]
        self.assertEqual(histories[0], histories[1])
        self.assertEqual([e["stap"] for e in histories[0]], ["ontmoet", "regie", "sluiten"])


if __name__ == "__main__":
    unittest.main()
