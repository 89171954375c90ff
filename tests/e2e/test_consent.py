"""Consent, authority, objection, restriction and correction on real nodes: scenarios 3 and 8 of the domain, and withdrawals
that travel."""
import json
import unittest
import urllib.request

import receipts
from dossier import Provider, command, consent, in_days, years_ago
from peer import Desk, Peer
from support import DAAN, OIN, SAMIRA, Region, eventually, new_id, strangers

ORGANISATIONS = "gebiedsteam school cjg uwv schuldhulp jeugdhulp"


def setUpModule():
    global region, numbers
    region = Region("consent", REGION_DRAIN_MS=1000, REGION_ORGANISATIONS=ORGANISATIONS).start()
    numbers = iter(strangers(40))


def outcome(person, oin, **options):
    return region.consult([person], **options)[person][oin]


def debts(person):
    return outcome(person, OIN["schuldhulp"])["uitkomst"]


class Withdrawn(unittest.TestCase):
    """Scenario 3."""

    def setUp(self):
        self.helper = Provider(region, "schuldhulp", "c.visser", SAMIRA)
        self.given = [c for c in self.helper.facts()["toestemmingen"] if c["uitkomst"] == "gegeven"]
        if not self.given:
            self.given = [{"id": self.helper.add("toestemming", consent())}]

    def test_the_next_consult_has_none(self):
        self.assertEqual(debts(SAMIRA), "betrokken")
        mark = region.mark("schuldhulp")
        for given in self.given:
            self.assertEqual(self.helper.withdraw(given["id"])["uitkomst"], "ingetrokken")
        self.assertEqual(debts(SAMIRA), "geen-betrokkenheid-gedeeld")
        kinds = [(r["handeling"], r["uitkomst"]) for r in region.records("schuldhulp", mark)]
        self.assertEqual(kinds, [("gegevens-gewijzigd", "uitgevoerd")] * len(self.given) +
                         [("raadpleging-beantwoord", "ingehouden")])

    def test_withdrawn_twice_says_so_and_changes_nothing(self):
        fact = self.given[0]["id"]
        self.helper.withdraw(fact)
        before = self.helper.facts()
        said = self.helper.withdraw(fact, code=1)
        self.assertIn(f"dit is al ingetrokken op {in_days(0)}; er verandert niets", said)
        self.assertEqual(self.helper.facts(), before)

    def test_given_again_it_opens_again(self):
        for given in self.given:
            self.helper.withdraw(given["id"])
        self.helper.add("toestemming", consent())
        self.assertEqual(debts(SAMIRA), "betrokken")

    def test_a_provider_that_is_killed_after_the_withdrawal_keeps_it(self):
        for given in self.given:
            self.helper.withdraw(given["id"])
        region.kill_one("schuldhulp")
        region.start_one("schuldhulp")
        self.assertEqual(debts(SAMIRA), "geen-betrokkenheid-gedeeld")

    def test_another_purpose_or_recipient_opens_nothing_here(self):
        for given in self.given:
            self.helper.withdraw(given["id"])
        self.helper.add("toestemming", consent(doelen=["nazorg"]))
        self.helper.add("toestemming", consent(ontvangers=["school"]))
        self.helper.add("toestemming", consent(vanaf=in_days(1)))
        self.helper.add("toestemming", consent(categorieen=["dienst"]))
        self.assertEqual(debts(SAMIRA), "geen-betrokkenheid-gedeeld")

    def test_who_may_record_it(self):
        for user in ("privacy", "fg"):
            other = Provider(region, "schuldhulp", user, SAMIRA)
            self.assertIn("uw rol staat dit niet toe", other.add("toestemming", consent(), code=1))


class OnScreen(unittest.TestCase):
    def test_the_page_says_who_what_to_whom_for_what_until_when_and_how_to_withdraw(self):
        helper = Provider(region, "schuldhulp", "c.visser", DAAN)
        fact = helper.facts()["toestemmingen"][0]["id"]
        outcome(DAAN, OIN["schuldhulp"])

        def page():
            done = region.command("schuldhulp", "c.visser", "consent", "show", "--id", fact)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout if "Gebiedsteam Noord, " in done.stdout else None
        text = eventually("de verstrekking is te vinden", page)
        for word in ("Daan Verhoeven-Test", "uzelf", "wie uw contactpersoon is", "Gebiedsteam Noord", "nooit langer dan 24",
                     "hulp op elkaar af te stemmen", "altijd intrekken", "aan de balie", "U geeft toestemming."):
            self.assertIn(word, text)
        self.assertRegex(text, r"Kreeg gegevens: +Gebiedsteam Noord, \d+ keer")
        self.assertNotIn(DAAN, text)
        self.assertLessEqual(len(text.splitlines()), 24)

    def test_the_form_reads_the_same_before_it_is_given(self):
        done = region.command("schuldhulp", "-", "consent", "form",
                              stdin=json.dumps({"bsn": DAAN, "toestemming": consent(tot=in_days(90))}))
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("uzelf", "Gebiedsteam Noord", f"tot en met {in_days(90)}", "altijd intrekken"):
            self.assertIn(word, done.stdout)
        self.assertNotIn(DAAN, done.stdout)


class Rights(unittest.TestCase):
    """Objection, restriction and correction: recorded, and in force until they are settled."""

    def setUp(self):
        self.helper = Provider(region, "schuldhulp", "c.visser", DAAN)
        self.assertEqual(debts(DAAN), "betrokken")

    def settle(self, words, user="privacy", code=0):
        return command(region, "schuldhulp", user, words, "besproken met betrokkene\n", code)

    def test_an_objection_closes_until_it_is_rejected(self):
        fact = self.helper.add("bezwaar", {"doelen": ["hulpafstemming"], "toelichting": "wil dit niet"})
        self.assertEqual(debts(DAAN), "geen-betrokkenheid-gedeeld")
        said = self.settle(f"objection settle --id {fact} --uitkomst afgewezen", "c.visser", 1)
        self.assertIn("uw rol staat dit niet toe", said)
        self.settle(f"objection settle --id {fact} --uitkomst afgewezen")
        self.assertEqual(debts(DAAN), "betrokken")
        self.assertIn("kan niet", self.settle(f"objection settle --id {fact} --uitkomst gehonoreerd", code=1))

    def test_an_objection_to_another_purpose_closes_nothing_here(self):
        fact = self.helper.add("bezwaar", {"doelen": ["nazorg"], "toelichting": "geen nazorg"})
        self.assertEqual(debts(DAAN), "betrokken")
        self.settle(f"objection settle --id {fact} --uitkomst gehonoreerd")
        self.assertEqual(debts(DAAN), "betrokken")

    def test_a_restriction_closes_until_it_is_lifted(self):
        fact = self.helper.add("beperking", {"toelichting": "wacht op een uitspraak"})
        self.assertEqual(debts(DAAN), "geen-betrokkenheid-gedeeld")
        self.settle(f"restriction lift --id {fact}")
        self.assertEqual(debts(DAAN), "betrokken")

    def test_contested_accuracy_closes_until_it_is_settled(self):
        for restricts, seen in ((False, "betrokken"), (True, "geen-betrokkenheid-gedeeld")):
            fact = self.helper.add("correctie", {"toelichting": "de datum klopt niet", "beperken": restricts})
            self.assertEqual(debts(DAAN), seen)
            self.settle(f"correction settle --id {fact} --uitkomst gehonoreerd")
            self.assertEqual(debts(DAAN), "betrokken")

    def test_who_honours_a_correction_hears_who_had_the_data(self):
        given = self.helper.facts()["toestemmingen"][0]["id"]
        eventually("de zoekindex volgt", lambda: region.command_json("schuldhulp", "c.visser", "consent", "show", "--id",
                                                                     given)["verstrekkingen"])
        fact = self.helper.add("correctie", {"toelichting": "de datum klopt", "beperken": False})
        answer = self.settle(f"correction settle --id {fact} --uitkomst afgewezen")
        self.assertNotIn("verstrekkingen", answer)
        fact = self.helper.add("correctie", {"toelichting": "de datum klopt niet", "beperken": False})
        answer = self.settle(f"correction settle --id {fact} --uitkomst gehonoreerd")
        told = next(v for v in answer["verstrekkingen"] if v["ketenpartner"] == OIN["gebiedsteam"])
        self.assertEqual((told["naam"], told["doel"]), ("Gebiedsteam Noord", "hulpafstemming"))
        self.assertGreaterEqual(told["aantal"], 1)
        self.assertTrue(answer["verstrekkingenVolledig"])
        fact = self.helper.add("correctie", {"toelichting": "nog een datum", "beperken": False})
        done = region.command("schuldhulp", "privacy", "correction", "settle", "--id", fact, "--uitkomst", "gehonoreerd",
                              stdin="hersteld\n")
        self.assertRegex(done.stdout, r"licht in wie dit eerder kreeg:\n(.*\n)*    Gebiedsteam Noord, doel hulpafstemming: \d+ keer")


class Children(unittest.TestCase):
    """Secrecy at a youth-care provider, by age, capability and authority."""

    def child(self, birth, **more):
        child = Provider(region, "jeugdhulp", "p.mulder", next(numbers)).register(birth, "Proefkind", **more)
        return child.involve("huiselijke-relaties", "ambulante jeugdhulp")

    def secrecy(self, child, code=0, **options):
        return child.add("toestemming", consent(soort="opheffen-geheimhouding", **options), code)

    def seen(self, child):
        return outcome(child.bsn, OIN["jeugdhulp"], grondslag="jeugdwet-7.4.0")["uitkomst"] == "betrokken"

    def test_a_capable_girl_of_14_decides_alone_and_a_refusing_father_does_not_close_it(self):
        child = self.child(years_ago(14))
        father = child.parent("Vader")
        self.assertFalse(self.seen(child))
        child.judged()
        self.secrecy(child)
        self.assertTrue(self.seen(child))
        self.secrecy(child, uitkomst="geweigerd", door="ouder", gezag=father)
        self.assertTrue(self.seen(child))
        self.secrecy(child, uitkomst="ingetrokken")
        self.assertFalse(self.seen(child))

    def test_separated_parents_decide_together_and_either_can_end_it(self):
        child = self.child(years_ago(8))
        mother, father = child.parent("Moeder"), child.parent("Vader")
        self.secrecy(child, door="ouder", gezag=mother)
        self.assertFalse(self.seen(child))
        given = self.secrecy(child, door="ouder", gezag=father)
        self.assertTrue(self.seen(child))
        child.withdraw(given)
        self.assertFalse(self.seen(child))
        # A court takes his authority: hers alone remains.
        child.command(f"authority end --id {father}", "beschikking\n")
        self.assertTrue(self.seen(child))
        self.assertIn("niet vastgelegd", self.secrecy(child, door="ouder", gezag=father, code=1))

    def test_a_guardian_goes_before_parents(self):
        child = self.child(years_ago(8))
        mother = child.parent("Moeder")
        self.secrecy(child, door="ouder", gezag=mother)
        self.assertTrue(self.seen(child))
        guardian = child.parent("Voogd", "voogd")
        self.assertFalse(self.seen(child))
        self.secrecy(child, door="voogd", gezag=guardian)
        self.assertTrue(self.seen(child))
        self.assertIn("voorgaat", self.secrecy(child, door="ouder", gezag=mother, code=1))

    def test_without_authority_nobody_speaks(self):
        child = self.child(years_ago(8))
        self.assertIn("gezagsrelatie", self.secrecy(child, door="ouder", code=1))
        self.assertIn("niet vastgelegd", self.secrecy(child, door="ouder", gezag=new_id(), code=1))
        self.assertIn("beslist hier een ander", self.secrecy(child, code=1))
        administrator = child.parent("Bewindvoerder", "bewindvoerder")
        for door in ("ouder", "voogd", "curator"):
            self.assertIn("niet vastgelegd", self.secrecy(child, door=door, gezag=administrator, code=1))
        self.assertFalse(self.seen(child))
        self.assertEqual(child.facts()["toestemmingen"], [])

    def test_an_unknown_age_is_read_as_strictly_as_can_be(self):
        child = self.child(None)
        mother = child.parent("Moeder")
        self.secrecy(child)
        self.secrecy(child, door="ouder", gezag=mother)
        self.assertFalse(self.seen(child))

    def test_authority_that_came_with_the_registration_counts(self):
        child = self.child(years_ago(8), gezag=[{"soort": "ouder-met-gezag", "naam": "Moeder", "bewijs": "gezagsregister",
                                                 "sinds": "2020-01-01"}])
        mother = child.facts()["gezagsrelaties"][0]["id"]
        self.secrecy(child, door="ouder", gezag=mother)
        self.assertTrue(self.seen(child))

    def test_turning_18_ends_it_unless_extended_youth_care_is_recorded(self):
        """Scenario 8."""
        almost, grown = self.child(years_ago(18, days=1)), self.child(years_ago(18))
        for child in (almost, grown):
            child.judged()
            self.secrecy(child)
        self.assertTrue(self.seen(almost))
        self.assertFalse(self.seen(grown))
        care = grown.add("verlengdeJeugdhulp", {"tot": in_days(30),
                                                "bewijs": "besluit college"})
        self.assertTrue(self.seen(grown))
        grown.command(f"extended-care end --id {care}", "traject afgesloten\n")
        self.assertFalse(self.seen(grown))
        grown.add("verlengdeJeugdhulp", {"vanaf": years_ago(1), "bewijs": "besluit college",
                                         "tot": in_days(-1)})
        self.assertFalse(self.seen(grown))

    def test_at_18_the_parents_say_ends(self):
        child = self.child(years_ago(18))
        mother = child.parent("Moeder")
        self.assertIn("beslist hier een ander", self.secrecy(child, door="ouder", gezag=mother, code=1))

    def test_at_23_extended_youth_care_is_over_whatever_was_recorded(self):
        child = self.child(years_ago(23))
        child.judged()
        self.secrecy(child)
        child.add("verlengdeJeugdhulp", {"tot": in_days(30), "bewijs": "besluit"})
        self.assertFalse(self.seen(child))


class Travelling(unittest.TestCase):
    """A withdrawal recorded where no data lie blocks there at once, and reaches the provider."""

    def setUp(self):
        self.bsn = next(numbers)
        self.provider = Provider(region, "schuldhulp", "c.visser", self.bsn).register("1980-01-01")
        self.provider.involve("financien", "budgetbeheer")
        self.provider.add("toestemming", consent())
        self.assertEqual(debts(self.bsn), "betrokken")
        self.team = Provider(region, "gebiedsteam", "g.jansen", self.bsn)

    def withdraw_here(self):
        answer = command(region, "gebiedsteam", "g.jansen", "consent add", {
            "bsn": self.bsn, "toestemming": {"soort": "avg-grond", "uitkomst": "ingetrokken", "door": "betrokkene",
                                             "ontvangers": ["gebiedsteam"], "bewijs": "aan de keukentafel"},
            "ketenpartners": [OIN["schuldhulp"]]})
        self.assertEqual([m["toestand"] for m in answer["berichten"]], ["wachtend"])
        return answer["berichten"][0]["bericht"]

    def message(self, ident):
        found = region.command_json("gebiedsteam", "g.jansen", "outbox", "list")["berichten"]
        return next(m for m in found if m["bericht"] == ident)

    def confirmed(self, ident):
        return eventually("bevestigd", lambda: self.message(ident)["toestand"] == "bevestigd")

    def test_it_closes_at_the_provider_and_is_confirmed(self):
        marks = {org: region.mark(org) for org in ("gebiedsteam", "schuldhulp")}
        ident = self.withdraw_here()
        self.confirmed(ident)
        self.assertEqual(debts(self.bsn), "geen-betrokkenheid-gedeeld")
        through = [c for c in self.provider.facts()["toestemmingen"] if "via" in c]
        self.assertEqual([(c["uitkomst"], c["via"]) for c in through], [("ingetrokken", OIN["gebiedsteam"])])
        sent = [r["handeling"] for r in region.records("gebiedsteam", marks["gebiedsteam"]) if r.get("verzoek") == ident]
        self.assertEqual(sent, ["bericht-verzonden", "bericht-bevestigd"])
        taken = region.record_of("schuldhulp", marks["schuldhulp"], handeling="bericht-aangenomen")
        self.assertEqual((taken["verzoek"], taken["uitkomst"]), (ident, "uitgevoerd"))
        for org in marks:
            self.assertEqual(region.verify(org).returncode, 0)

    def test_nothing_is_asked_there_between_the_withdrawal_and_its_confirmation(self):
        mark = region.mark("schuldhulp")
        ident = self.withdraw_here()
        self.assertNotEqual(debts(self.bsn), "betrokken")
        self.confirmed(ident)
        self.assertEqual({r["uitkomst"] for r in region.records("schuldhulp", mark)
                          if r["handeling"] == "raadpleging-beantwoord"} - {"ingehouden"}, set())

    def test_given_again_at_the_provider_it_opens_again(self):
        self.confirmed(self.withdraw_here())
        self.assertEqual(debts(self.bsn), "geen-betrokkenheid-gedeeld")
        self.provider.add("toestemming", consent())
        self.assertEqual(debts(self.bsn), "betrokken")

    def waiting(self):
        """As status says, and the numbers for monitoring."""
        def look():
            told = region.command_json("gebiedsteam", "-", "status")["berichtenWachtend"]
            with urllib.request.urlopen(f"http://127.0.0.1:{region.port('gebiedsteam', 'ops')}/metrics") as answer:
                return told, f"\nketenbrug_messages_waiting {told}\n" in answer.read().decode()
        return eventually("beide zeggen hetzelfde", lambda: (found := look())[1] and found)[0]

    def test_a_partner_that_is_down_gets_it_when_it_is_back_whoever_was_killed_in_between(self):
        region.stop_one("schuldhulp")
        ident = self.withdraw_here()
        eventually("een vergeefse poging", lambda: self.message(ident)["pogingen"] >= 1, 30)
        waiting = self.message(ident)
        self.assertEqual((waiting["toestand"], waiting["oorzaak"]), ("wachtend", "onbereikbaar"))
        held = outcome(self.bsn, OIN["schuldhulp"])
        self.assertEqual((held["uitkomst"], held["oorzaak"]), ("geen-antwoord", "afgebroken"))
        self.assertIn("intrekking", held["toelichting"])
        self.assertGreaterEqual(self.waiting(), 1)
        region.kill_one("gebiedsteam")
        region.start_one("gebiedsteam")
        self.assertEqual(self.message(ident)["toestand"], "wachtend")
        eventually("na een start geteld", lambda: self.waiting() >= 1)
        region.start_one("schuldhulp")
        self.confirmed(ident)
        eventually("niets wacht meer", lambda: self.waiting() == 0)
        self.assertEqual(debts(self.bsn), "geen-betrokkenheid-gedeeld")

    def test_killed_at_any_moment_it_arrives_once(self):
        for org in ("gebiedsteam", "schuldhulp", "gebiedsteam"):
            self.bsn = next(numbers)
            self.provider = Provider(region, "schuldhulp", "c.visser", self.bsn).register("1980-01-01")
            ident = self.withdraw_here()
            region.kill_one(org)
            region.start_one(org)
            self.confirmed(ident)
            self.assertEqual(len([c for c in self.provider.facts()["toestemmingen"] if "via" in c]), 1)

    def test_who_is_known_at_both_is_blocked_at_the_first_too(self):
        self.team.register("1980-01-01")
        ident = self.withdraw_here()
        self.assertEqual([c["uitkomst"] for c in self.team.facts()["toestemmingen"]], ["ingetrokken"])
        fact = self.team.facts()["toestemmingen"][0]["id"]
        self.confirmed(ident)
        done = region.command("gebiedsteam", "g.jansen", "consent", "show", "--id", fact)
        self.assertRegex(done.stdout, r"Doorgegeven aan: +Schuldhulp Zandland, bevestigd op 20")
        shown = region.command_json("gebiedsteam", "g.jansen", "consent", "show", "--id", fact)
        self.assertEqual([(m["ketenpartner"], m["toestand"]) for m in shown["berichten"]],
                         [(OIN["schuldhulp"], "bevestigd")])

    def test_a_consent_recorded_with_a_partner_travels_back_when_it_is_withdrawn(self):
        self.team.register("1980-01-01")
        given = self.team.add("toestemming", consent())
        answer = self.team.withdraw(given, "--ketenpartner", OIN["schuldhulp"])
        self.confirmed(answer["berichten"][0]["bericht"])
        self.assertEqual(debts(self.bsn), "geen-betrokkenheid-gedeeld")


class Received(unittest.TestCase):
    """What a partner can see of a withdrawal that it sends."""

    def send(self, bsn, ident, **changes):
        body = {"betrokkene": {"bsn": bsn}, "soort": "avg-grond", "door": "betrokkene", "ontvangers": ["gebiedsteam"],
                "doelen": [], "ontvangstbewijs": receipts.PLACEHOLDER.decode(), **changes}
        with Peer(region, "schuldhulp") as peer:
            return peer.request("POST", "/v1/intrekkingen", peer.signed(body),
                                [("content-type", "application/json"), ("request-id", ident)])

    def setUp(self):
        self.bsn = next(numbers)
        Provider(region, "schuldhulp", "c.visser", self.bsn).register(None)

    def through(self):
        facts = Provider(region, "schuldhulp", "c.visser", self.bsn).facts()
        return [c for c in facts["toestemmingen"] if "via" in c]

    def test_known_and_unknown_get_the_same_answer_and_the_same_visible_record(self):
        marks = region.mark("schuldhulp")
        known, unknown = self.send(self.bsn, new_id()), self.send(next(numbers), new_id())
        self.assertEqual((known.status, unknown.status), (200, 200))
        self.assertEqual(len(known.body), len(unknown.body))
        headers = [[h for h in answer.headers if h[0] != "date"] for answer in (known, unknown)]
        self.assertEqual(headers[0], headers[1])
        records = [r for r in region.records("schuldhulp", marks) if r["handeling"] == "bericht-aangenomen"]
        self.assertEqual([r["uitkomst"] for r in records], ["uitgevoerd", "niet-bekend"])

    def test_the_same_message_again_is_confirmed_again_and_changes_nothing(self):
        ident = new_id()
        for _ in range(3):
            self.assertEqual(self.send(self.bsn, ident).status, 200)
        self.assertEqual(len(self.through()), 1)

    def test_what_is_wrong_is_refused_with_its_place(self):
        for changes, place in (({"soort": "gunst"}, "/soort"), ({"door": "buurman"}, "/door"),
                               ({"ontvangers": ["marsmannen"]}, "/ontvangers"), ({"doelen": ["x"]}, "/doelen"),
                               ({"ontvangstbewijs": "A" * receipts.TEXT}, "/ontvangstbewijs"),
                               ({"ontvangers": ["gebiedsteam"] * 17}, "/ontvangers"), ({"reden": "x"}, "")):
            answer = self.send(self.bsn, new_id(), **changes)
            self.assertEqual(answer.status, 400, changes)
            self.assertIn(place.strip("/"), [f["plaats"].strip("/") for f in json.loads(answer.body)["fouten"]])
        self.assertEqual(self.through(), [])


class AtTheDesk(unittest.TestCase):
    def test_a_message_that_a_partner_refuses_is_shown_and_tried_again_when_a_person_says_so(self):
        with Desk(region, "gebiedsteam", region.token("gebiedsteam", "g.jansen")) as desk:
            answer = desk.call("POST", "/v1/uitgaande-berichten/herkansingen", {"bericht": new_id()})
            self.assertEqual(answer.status, 404)
        done = region.command("gebiedsteam", "fg", "outbox", "list")
        self.assertEqual(done.returncode, 1)

    def test_who_is_not_registered_here(self):
        person = Provider(region, "cjg", "p.mulder", next(numbers))
        self.assertIn("niet geregistreerd", person.add("toestemming", consent(), code=1))
        self.assertIn("niet geregistreerd", command(region, "cjg", "p.mulder", "consent list", person.bsn + "\n", 1))


if __name__ == "__main__":
    unittest.main()
