"""What an administrator sees: /metrics as a real parser reads it, status, readiness with its reasons, a wrong clock."""
import json
import unittest
import urllib.error
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from moved_clock import MovedClock
from peer import Desk, Peer
from support import FAMILY, MILAN, NAMES, OIN, SAMIRA, WAIT, Region, as_owner, eventually, run, strangers

region = Region("operations", REGION_COUNT=40, REGION_CHECKPOINT_MS=3_600_000)  # only what the tests do is counted


def setUpModule():
    region.start()


def fetch(org, path):
    url = f"http://127.0.0.1:{region.port(org, 'ops')}{path}"
    try:
        with urllib.request.urlopen(url, timeout=WAIT) as answer:
            return answer.status, answer.headers["content-type"], answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers["content-type"], refused.read().decode()


def metrics(org):
    """{(name, labels): value}, as the reference parser of OpenMetrics reads it."""
    status, media, text = fetch(org, "/metrics")
    assert status == 200 and media == "application/openmetrics-text; version=1.0.0; charset=utf-8", (status, media)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value
            for family in text_string_to_metric_families(text) for s in family.samples}


def fresh(org):
    """The same as it is now: `status` looks anew, where the listener of a busy node shows what was."""
    region.command_json(org, "-", "status")
    return metrics(org)


def one(found, name, **labels):
    return found[(name, tuple(sorted(labels.items())))]


class Metrics(unittest.TestCase):
    def test_they_parse_and_count_what_happens(self):
        before = eventually("als het knooppunt tijd heeft", lambda: (found := metrics("schuldhulp")) and
                            one(found, "ketenbrug_metrics_fresh") == 1 and found)
        self.assertEqual(one(before, "ketenbrug_ready"), 1)
        for _ in range(3):
            region.consult(FAMILY)
        def counted():
            after = metrics("schuldhulp")
            return after if one(after, "ketenbrug_answer_seconds_count", **route) >= \
                one(before, "ketenbrug_answer_seconds_count", **route) + 6 else None
        route = {"listener": "ketenpartners", "method": "POST", "route": "/v1/raadplegingen"}
        after = eventually("geteld", counted)
        self.assertEqual(one(after, "ketenbrug_answer_seconds_count", **route) -
                         one(before, "ketenbrug_answer_seconds_count", **route), 6)  # it knows both parents
        self.assertGreaterEqual(one(after, "ketenbrug_requests_total", listener="ketenpartners"),
                                one(before, "ketenbrug_requests_total", listener="ketenpartners") + 6)
        others = sum(after[name] - before.get(name, 0) for name in after if name[0] == "ketenbrug_answer_seconds_count"
                     and ("listener", "ketenpartners") in name[1])  # a route that was asked for the first time, too
        self.assertEqual(sum(one(after, "ketenbrug_answers_total", listener="ketenpartners", code=code) -
                             one(before, "ketenbrug_answers_total", listener="ketenpartners", code=code)
                             for code in ("2xx", "4xx", "5xx")), others)
        self.assertGreaterEqual(one(after, "ketenbrug_log_records_total") - one(before, "ketenbrug_log_records_total"), 6)
        for name, value in before.items():
            if name[0].endswith("_total"):
                self.assertGreaterEqual(after[name], value, name)

    def test_times_partners_rows_and_refusals_are_counted(self):
        def differ(after, before, name, **labels):
            return one(after, name, **labels) - before.get((name, tuple(sorted(labels.items()))), 0)
        route = {"listener": "ketenpartners", "method": "POST", "route": "/v1/raadplegingen"}
        before, asker = fresh("schuldhulp"), fresh("gebiedsteam")
        region.consult([SAMIRA])
        with Peer(region, "schuldhulp") as peer:
            self.assertEqual(peer.request("GET", "/bestaat/niet").status, 404)
        after = eventually("geteld", lambda: (found := metrics("schuldhulp")) and differ(
            found, before, "ketenbrug_refusals_total", fault="niet-gevonden") == 1 and found)
        self.assertEqual(differ(after, before, "ketenbrug_answer_seconds_count", **route), 1)
        self.assertEqual(differ(after, before, "ketenbrug_answer_seconds_bucket", le="+Inf", **route), 1)
        self.assertGreater(differ(after, before, "ketenbrug_answer_seconds_sum", **route), 0)
        self.assertEqual(differ(after, before, "ketenbrug_answer_seconds_count", listener="ketenpartners", method="",
                                route=""), 1)
        eventually("evenveel tijden als vastleggingen", lambda: (found := metrics("schuldhulp")) and  # both go on
                   differ(found, before, "ketenbrug_commit_seconds_count") ==
                   differ(found, before, "ketenbrug_commits_total") > 0)
        self.assertEqual(one(after, "ketenbrug_log_bytes"), 512 * one(after, "ketenbrug_log_records_total"))

        def asked_once():
            found = metrics("gebiedsteam")
            label = {"oin": OIN["schuldhulp"], "outcome": "beantwoord"}
            key = ("ketenbrug_partner_questions_total", tuple(sorted(label.items())))
            return found if found.get(key, 0) - asker.get(key, 0) >= 1 else None  # sets are asked for as well
        asked = eventually("gevraagd", asked_once)
        self.assertGreaterEqual(one(asked, "process_max_fds"), one(asked, "process_open_fds"))
        for part in ("loop", "opslag", "sleutels", "klok", "klok-getuigen", "logboek", "convenant", "certificaat", "intrekkingslijsten"):
            self.assertEqual(one(after, "ketenbrug_part_ready", part=part), 1)
        imported = sum(value for (name, _), value in after.items() if name == "ketenbrug_import_rows_total")
        self.assertGreater(imported, 0)  # the region was filled by this process

    def test_sets_of_labels_are_bounded_and_buckets_ascend(self):
        found = metrics("uwv")
        self.assertLessEqual(len({labels for name, labels in found if name == "ketenbrug_answer_seconds_count"}), 256)
        self.assertEqual({dict(labels)["part"] for name, labels in found if name == "ketenbrug_part_ready"},
                         {"loop", "opslag", "sleutels", "logboeksleutels", "logboeksleutel-weg", "klok", "klok-getuigen",
                          "logboek", "convenant",
                          "certificaat", "intrekkingslijsten"})
        allowed = {"listener", "method", "route", "le", "code", "oin", "outcome", "result", "fault", "part", "version"}
        for name, labels in found:
            self.assertLessEqual({key for key, _ in labels}, allowed, name)
        buckets = {}
        for (name, labels), value in found.items():
            if name.endswith("_bucket"):
                rest = tuple(pair for pair in labels if pair[0] != "le")
                buckets.setdefault((name, rest), []).append((float(dict(labels)["le"]), value))
        self.assertTrue(buckets)
        for key, rows in buckets.items():
            self.assertEqual([v for _, v in sorted(rows)], sorted(v for _, v in rows), key)

    def test_nothing_in_them_is_about_people(self):
        _, _, text = fetch("schuldhulp", "/metrics")
        for secret in (*FAMILY, "c.visser", "Verhoeven"):
            self.assertNotIn(secret, text)

    def test_sizes_are_those_of_the_files(self):
        def same():  # it may grow between both looks
            found = metrics("uwv")
            size = int(run(as_owner(["stat", "-c", "%s", region.database("uwv")]), check=True).stdout)
            return one(found, "ketenbrug_database_bytes") == size and found
        self.assertGreater(one(eventually("de grootte van het bestand", same), "ketenbrug_free_bytes"), 0)


class Status(unittest.TestCase):
    def test_it_tells_partners_and_dates_and_people_can_read_it(self):
        region.consult(FAMILY)
        reached = {name: "bereikbaar" for org, name in NAMES.items() if org != "gebiedsteam"}

        def told():  # one that was away is reached in the next round
            found = region.command_json("gebiedsteam", "-", "status")
            return found if {p["naam"]: p["stand"] for p in found["ketenpartners"]} == reached else None
        status = eventually("alle ketenpartners zijn bereikbaar", told)
        self.assertTrue(status["gereed"])
        end = run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in",
                   region.certificate("gebiedsteam")[0]], check=True).stdout.strip().split("=")[1]
        self.assertEqual(status["certificaten"]["eigen"][:19], end.replace(" ", "T")[:19])
        # Until nothing, such as a tick, came between the two.
        eventually("evenveel regels", lambda: str(region.command_json("gebiedsteam", "-", "status")["logboekRegels"]) in
                   region.verify("gebiedsteam").stdout)
        text = region.command("gebiedsteam", "-", "status").stdout
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)

    def test_it_counts_users_and_tells_root_and_backup(self):
        before = region.command_json("cjg", "-", "status")
        self.assertNotIn("laatsteReservekopie", before)
        region.add_user("cjg", "nieuw.mens", "generalist")
        folder = region.path("cjg", "kopie")
        self.assertEqual(region.command("cjg", "-", "backup", folder).returncode, 0)
        run(as_owner(["rm", "-rf", folder]), check=True)
        self.assertEqual(region.command("cjg", "-", "user", "change", "--naam", "nieuw.mens", "--rol", "generalist",
                                        "--blokkeer").returncode, 0)
        after = region.command_json("cjg", "-", "status")
        self.assertEqual(after["gebruikers"], {"actief": before["gebruikers"]["actief"],
                                               "geblokkeerd": before["gebruikers"]["geblokkeerd"] + 1})
        self.assertEqual(after["logboekBytes"], 512 * after["logboekRegels"])
        self.assertNotEqual(after["logboekWortel"], before["logboekWortel"])
        # Sets are published meanwhile: until nothing came between the two.
        eventually("dezelfde wortel", lambda: region.command_json("cjg", "-", "status")["logboekWortel"] in
                   region.verify("cjg").stdout)
        self.assertIn("uur geleden)", region.command("cjg", "-", "status").stdout)

    def test_a_partner_that_is_down_is_shown(self):
        region.stop_one("cjg")
        try:
            region.consult(strangers(1))  # who must be evaluated there first
            status = region.command_json("gebiedsteam", "-", "status")
            self.assertEqual({p["stand"] for p in status["ketenpartners"] if p["naam"] == NAMES["cjg"]},
                             {"onbereikbaar"})
        finally:
            region.start_one("cjg")

    def test_who_has_no_such_role_sees_nothing(self):
        self.assertEqual(region.command("gebiedsteam", "g.jansen", "status").returncode, 1)


class Clock(MovedClock, unittest.TestCase):
    region, ORG = region, "school"

    def asked(self):
        return region.consult([MILAN])[MILAN]["00000099000000002000"]["uitkomst"]

    def test_back_while_it_runs_stops_answers_until_time_has_caught_up(self):
        self.start()
        eventually("gereed", lambda: region.health("school") == 200)
        self.assertNotEqual(self.asked(), "geen-antwoord")
        self.set_offset("-3600")
        eventually("niet gereed", lambda: region.health("school") == 503)
        self.assertIn("klok", fetch("school", "/health/ready")[2])
        with Desk(region, "school", region.token("school", "z.smit")) as desk:
            refused = desk.call("POST", "/v1/betrokkenen/zoekopdrachten", {"bsn": MILAN})
            self.assertEqual(refused.status, 503)
            self.assertEqual(refused.header("retry-after"), "1")
            self.assertIn("klok", json.loads(refused.body)["type"])
        self.assertEqual(region.command("school", "privacy", "audit", "list", "--aantal", "1").returncode, 0)
        self.set_offset("+0")
        eventually("weer gereed", lambda: region.health("school") == 200)

    def test_back_between_two_starts_is_seen_and_an_administrator_may_accept_it(self):
        self.set_offset("+1800")
        self.start()
        region.command("school", "privacy", "audit", "list", "--aantal", "1")  # a record of that later time
        self.set_offset("+0")
        self.restart()
        eventually("niet gereed", lambda: region.health("school") == 503)
        self.assertEqual(region.command("school", "z.smit", "clock", "reset").returncode, 1)
        mark = region.mark("school")
        self.assertEqual(region.command("school", "-", "clock", "reset").returncode, 0)
        eventually("weer gereed", lambda: region.health("school") == 200)
        region.record_of("school", mark, handeling="klok-hersteld")  # what waited for it may be recorded behind it
        self.restart()
        eventually("gereed", lambda: region.health("school") == 200)

    def test_forward_past_the_certificate_is_said(self):
        self.start()
        self.set_offset("+400d")
        eventually("niet gereed", lambda: region.health("school") == 503)
        self.assertIn("certificaat is verlopen", fetch("school", "/health/ready")[2])


class Recovery(unittest.TestCase):
    def test_unreadable_keys_are_a_reason(self):
        keys = region.path("uwv", "sleutels")
        run(as_owner(["mv", keys, keys + ".weg"]), check=True)
        try:
            eventually("niet gereed", lambda: region.health("uwv") == 503)
            self.assertIn("sleutels", fetch("uwv", "/health/ready")[2])
        finally:
            run(as_owner(["mv", keys + ".weg", keys]), check=True)
        eventually("gereed", lambda: region.health("uwv") == 200)


if __name__ == "__main__":
    unittest.main()
