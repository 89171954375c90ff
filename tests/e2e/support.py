"""A region for a test file, commands as its users, its logs, and small helpers."""
import http.client
import itertools
import json
import os
import re
import secrets
import signal
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

import described

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SCRIPT = os.path.join(TOP, "tests", "region", "region.sh")
ORGANISATIONS = ("gebiedsteam", "school", "cjg", "uwv", "schuldhulp")
EVERY = (*ORGANISATIONS, "leerplicht", "jeugdhulp", "opvang", "veilig-thuis", "gi", "ggz", "verhuurder")
OIN = {name: f"000000990000000{i + 1:02}000" for i, name in enumerate(EVERY)}
NAMES = {"gebiedsteam": "Gebiedsteam Noord", "school": "Openbare Scholengroep De Linde", "cjg": "CJG Zandland",
         "uwv": "UWV Zandland", "schuldhulp": "Schuldhulp Zandland"}
SAMIRA, DAAN, MILAN, NOOR = "999000007", "999000019", "999000020", "999000032"
SHIELDED = "999000044"
FAMILY = (SAMIRA, DAAN, MILAN, NOOR)
REASON = "gezin meldt zich met schulden en een thuiszitter"
AS_ROOT = os.geteuid() == 0
WAIT = 60  # seconds that anything may take that has no limit of its own; on a busy machine
LONG_WAIT = 180  # that what must come is waited for, however busy the machine and slow its disk
RUN = 300  # of one program that is run, such as the start of a whole region
TICKS = {"opzoeksets-gepubliceerd", "periodesleutel-gemaakt", "periodesleutels-vernietigd",
         "bevinding-ontstaan", "verzegelsleutel-gemaakt"}  # come by themselves
# Longer than the product's own: what a node or a partner's client must be done in, where no test is about that.
UNHURRIED = {"REGION_CONNECT_MS": 10000, "REGION_ANSWER_MS": 30000, "REGION_HANDSHAKE_MS": 30000, "REGION_HEADERS_MS": 30000}
READING = {"consult", "audit", "status", "check", "regulation", "health", "term", "matching", "backup", "pki"}
DAY_MS = 86_400_000
moments = itertools.count(1)  # of changes
latest = {"change": 0}  # of all regions: a clock turns for whoever reads it


def program(name):
    return os.environ["KETENBRUG"] if name == "ketenbrug" else os.environ["REGION_PEOPLE"]


def exported(org):
    """The numbers that an organisation of the sample region registered."""
    done = run([program("region-people"), "--seed", "2026", "--people", "200", "--organisation", org], check=True)
    return {line.split(";")[0] for line in done.stdout.splitlines()[1:]}


def valid_bsn(digits):
    return sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits)) % 11 == 0


def strangers(count):
    """Numbers that pass the eleven-test and that nobody in the region registered."""
    known = set().union(*(exported(org) for org in ORGANISATIONS)) | set(FAMILY)
    candidates = (f"{number:09d}" for number in range(999000050, 999999999))
    return [c for c, _ in zip((c for c in candidates if valid_bsn(c) and c not in known), range(count))]


def as_owner(command):
    """The command as the user who runs the nodes."""
    if AS_ROOT:
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *command]
    return list(command)


def run(command, stdin="", check=False, env=None, timeout=RUN, text=True):
    done = subprocess.run(command, input=stdin if text else b"", capture_output=True, text=text, timeout=timeout,
                          cwd="/", env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{command[:4]}... gaf {done.returncode}: {done.stderr[-2000:]}")
    return done


def eventually(what, attempt, seconds=WAIT):
    """Calls attempt until it gives something true; for what is done after an answer, such as a record of a refusal. However
    few seconds it should take, no machine is too slow for it."""
    begin = time.monotonic()
    while True:
        late = time.monotonic() - begin > max(seconds, LONG_WAIT)
        value = attempt()
        if value:
            return value
        if late:
            raise AssertionError(f"na {max(seconds, LONG_WAIT)} s nog niet: {what}")
        time.sleep(0.05)


def changed():
    """What partners may know of each other is another thing from now on."""
    latest["change"] = next(moments)


def epoch_ms():
    """The length of an epoch of private matching: 28 days less or more some minutes, by which one began six days ago on
    whatever day the tests run. Around a turn two epochs serve at once; what is so then, test_matching_epochs.py shows."""
    whole = time.time_ns() // 1_000_000 - 6 * DAY_MS
    return whole // round(whole / (28 * DAY_MS))


def new_id():
    return secrets.token_hex(16)


class Region:
    def __init__(self, name, **environment):
        """environment: REGION_HEADERS_MS=... and the like; they hold for the life of the region."""
        self.dir = os.path.join(os.environ["E2E_DIR"], name)
        self.base = int(os.environ["REGION_PORT"])
        # Signatures lie ready for all; what else partners bring each other comes at a start, not in the middle of a test.
        self.environment = {"REGION_EXCHANGE_MS": "3600000", "REGION_EPOCH_MS": str(epoch_ms()), **{key: str(value) for key, value in environment.items()}}
        changed()
        self.settled_at, self.published_at = {}, {}  # organisation -> the last change that its sets show
        self.settling = threading.Lock()
        self.still = False  # see hold_still()
        self.silent = None  # the organisation of which a test knows that it publishes nothing, as its clock is wrong
        self.keys = {}  # see asking.py; under which request ids it evaluated:
        self.own_requests = set()

    def script(self, *args, stdin="", check=True):
        verb, rest = args[0], args[1:]
        return run(["sh", SCRIPT, verb, self.dir, *rest], stdin, check, self.environment)

    def start(self):
        """Returns when all have published their sets: before that a provider answers every question with 503."""
        unittest.addModuleCleanup(self.script, "stop")  # of those that did start, too
        self.script("start")
        with open(self.path("organisaties"), encoding="utf-8") as file:
            for org in file.read().split():
                self.all_shown(org)
        return self

    def start_one(self, org):
        self.changed()
        self.script("start-one", org)

    def stop_one(self, org):
        self.script("stop-one", org)

    def kill_one(self, org):
        self.script("kill-one", org)

    def port(self, org, which="peer"):
        """via: where partners connect when it is named in REGION_VIA."""
        return self.base + 100 * EVERY.index(org) + {"peer": 0, "ops": 1, "desk": 2, "via": 3}[which]

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def pid(self, org):
        with open(self.path(org, "pid"), encoding="ascii") as file:
            return int(file.read())

    def node_log(self, org):
        with open(self.path(org, "knooppunt.log"), encoding="utf-8") as file:
            return file.read()

    def reload(self, org):
        self.changed()
        before = self.node_log(org).count('"herladen')
        os.kill(self.pid(org), signal.SIGHUP)
        eventually("herladen", lambda: self.node_log(org).count('"herladen') > before)

    def sign(self, *orgs):
        """After a covenant was changed, in the folder of org or of any: a new version that all sign. A reload takes it."""
        self.script("sign", *orgs)

    def command(self, org, user, *args, stdin=""):
        """`ketenbrug ARGS...` at org as user; "-" is the node's own account. A consult comes after all that was changed."""
        if args[:1] == ("consult",):
            self.settle(org)
        elif args and args[0] not in READING:
            self.changed()
        done = self.script("as", org, user, *args, stdin=stdin, check=False)
        described.saw_command(args, done)
        return done

    def command_json(self, org, user, *args, stdin=""):
        done = self.command(org, user, *args, "--json", stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"{args}: {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def token(self, org, user):
        with open(self.path(org, "bewijzen", user), encoding="ascii") as file:
            return file.read().strip()

    def accept_regulation(self, org, user):
        version = self.command_json(org, user, "regulation", "show")["versie"]
        done = self.command(org, user, "regulation", "accept", "--versie", version)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def add_user(self, org, name, *roles, accepts=True):
        """A registered user, who has accepted the privacy regulation."""
        options = [word for role in roles for word in ("--rol", role)]
        done = self.command(org, "-", "user", "add", "--naam", name, *options)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        run(as_owner(["sh", "-c", 'umask 077; cat >"$1"', "sh", self.path(org, "bewijzen", name)]), done.stdout, True)
        if accepts:
            self.accept_regulation(org, name)
        return done.stdout.strip()

    # ---- lookup sets ----

    def changed(self):
        changed()

    def stands_still(self, org):
        """A test stopped it (SIGSTOP): it is there and says nothing."""
        try:
            with open(f"/proc/{self.pid(org)}/stat", encoding="utf-8", errors="replace") as file:
                return file.read().rpartition(")")[2].split()[0] == "T"
        except (OSError, ValueError, IndexError):
            return False

    def metric(self, org, name):
        """As it is now. None: that node does not tell, as it is down or stands still."""
        def look():
            if self.stands_still(org):
                raise ConnectionError(f"{org} staat stil")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port(org, 'ops')}/metrics", timeout=2) as answer:
                    text = answer.read().decode()
            except OSError as error:
                if not isinstance(getattr(error, "reason", error), TimeoutError):
                    raise
                return None  # it is there, and busy
            # A busy node shows what was.
            return text if re.search(r"^ketenbrug_metrics_fresh 1$", text, re.MULTILINE) else None
        try:
            text = eventually(f"{org} kijkt", look)
        except (OSError, http.client.HTTPException):
            return None
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        assert found, f"{org} kent geen {name}"
        return float(found.group(1))

    def set_tick(self, orgs, ms):
        for org in orgs:
            self.stop_one(org)
            run(as_owner(["sed", "-i", f"s/tik_ms = .*/tik_ms = {ms}/", self.path(org, "ketenbrug.ini")]), check=True)
        for org in orgs:
            self.start_one(org)

    def hold_still(self, orgs=ORGANISATIONS):
        """From now on sets stay as they are, and no node writes anything by a tick: for tests of the log itself."""
        for org in orgs:
            self.settle(org)
        with open(self.path(orgs[0], "ketenbrug.ini"), encoding="utf-8") as file:
            self.ticked = re.search(r"^tik_ms = (\d+)$", file.read(), re.MULTILINE)[1]
        self.set_tick(orgs, 86400000)
        self.still = True

    def go_on(self, orgs=ORGANISATIONS):
        """After hold_still()."""
        self.set_tick(orgs, self.ticked)
        self.still = False

    def all_shown(self, org):
        """Waits until the sets of org show all that was changed there."""
        eventually(f"opzoeksets van {org}", lambda: self.metric(org, "ketenbrug_koppeling_wachtend") == 0)

    def published(self, org):
        """Waits until all that was changed at org is in its sets, when it is ready."""
        change = latest["change"]
        if not self.still and self.published_at.get(org) != change and self.metric(org, "ketenbrug_ready") == 1:
            self.all_shown(org)
            self.published_at[org] = change

    def settle(self, org):
        """Waits until the sets that org holds show all that was changed, at nodes that are up."""
        with self.settling:
            change = latest["change"]
            if self.still or self.settled_at.get(org) == change:
                return
            up = [o for o in EVERY if self.metric(o, "ketenbrug_koppeling_wachtend") is not None]
            if org in up:
                up = [o for o in up if o != self.silent]
                eventually("alle opzoeksets gepubliceerd",
                           lambda: not any(self.metric(o, "ketenbrug_koppeling_wachtend") for o in up))
                begun = self.metric(org, "ketenbrug_opzoekrondes_begonnen_total")
                eventually("een ronde langs alle opzoeksets",
                           lambda: (self.metric(org, "ketenbrug_opzoekrondes_klaar_total") or 0) > begun)
                self.settled_at[org] = change

    def current(self, org):
        """Waits until the sets that org holds are of now: after its clock was turned they are of then, and a round may ask a
        partner that has not published since."""
        def all_are():
            held = self.command_json(org, "-", "matching", "status")["setsVanKetenpartners"]
            return held and all(one["toestand"] == "actueel" for one in held)
        eventually(f"{org} heeft opzoeksets van nu", all_are)

    # ---- the log ----

    def log_page(self, org, first, count):
        page = self.command_json(org, "privacy", "audit", "list", "--vanaf", str(first), "--aantal", str(count))
        return page["regels"]

    def mark(self, org):
        """The number of the next record."""
        last = self.command_json(org, "privacy", "audit", "list", "--aantal", "1")["regels"]
        return last[-1]["volgnummer"] + 1 if last else 0

    def records(self, org, since=0, ticks=False):
        """All records from `since`, without those that tell of reading the log or of a new month's key, and of what
        asking.py needed to put a question; those of ticks only when asked."""
        found = []
        left_out = {"logboek-ingezien", "sleutel-gemaakt"} | (set() if ticks else TICKS)
        while True:
            page = self.log_page(org, since, 200)
            found += [r for r in page if r["handeling"] not in left_out and r.get("verzoek") not in self.own_requests]
            if len(page) < 200:
                return found
            since += 200

    def record_of(self, org, since, **wanted):
        """Waits for a record with these fields."""
        def look():
            return [r for r in self.records(org, since) if all(r.get(k) == v for k, v in wanted.items())]
        return eventually(f"een regel met {wanted} bij {org}", look)[0]

    def tests_of(self, org, since):
        """(number, in how many partners' sets) of each person who was looked for at home."""
        found = [r for r in self.records(org, since) if r["handeling"] == "opzoekset-getoetst"]
        return [(r["bsn"], self.command_json(org, "privacy", "audit", "show", str(r["volgnummer"]))["besluit"]["aantal"])
                for r in found]

    def verify(self, org):
        return self.command(org, "-", "audit", "verify")

    # ---- certificates ----

    def issue(self, name, oin=None, organisation="Proef", host="127.0.0.1", ca="ca", **options):
        """Makes pki/NAME.pem and .key, and gives both paths."""
        certificate, key = self.path("pki", f"{name}.pem"), self.path("pki", f"{name}.key")
        words = ["--map", self.path("pki", ca), "--organisatie", organisation, "--host", host, "--certificaat",
                 certificate, "--sleutel", key]
        words += ["--oin", oin] if oin else []
        for option, value in options.items():
            words += [f"--{option}={value}"]
        self.script("pki", "issue", *words)
        return certificate, key

    def certificate(self, org):
        return self.path("pki", f"{org}.pem"), self.path("pki", f"{org}.key")

    def revoke(self, certificate):
        self.script("pki", "revoke", "--map", self.path("pki", "ca"), "--certificaat", certificate)
        self.script("crl")

    # ---- the rest ----

    def consult(self, people, org="gebiedsteam", user="g.jansen", **options):
        """`consult --json`; the answer as {person number: {partner's OIN: entry}}."""
        answer = self.command_json(org, user, *consult_words(**options), stdin="\n".join(people) + "\n")
        return {people[p["volgnummer"] - 1]: {k["oin"]: k for k in p["ketenpartners"]} for p in answer["betrokkenen"]}

    def health(self, org, path="/health/ready"):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port(org, 'ops')}{path}", timeout=WAIT) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def serve_words(self, org):
        """For a test that runs the daemon itself."""
        self.changed()
        return as_owner([self.path("ketenbrug"), "serve", "--config", self.path(org, "ketenbrug.ini")])

    def health_or_none(self, org):
        try:
            return None if self.stands_still(org) else self.health(org)
        except OSError:
            return None

    def sql(self, org, text):
        """The database of a node that is stopped, with SQLite's own program, as the node's user."""
        return run(as_owner(["sqlite3", self.database(org), text]), check=True).stdout.strip()

    def database(self, org):
        folder = self.path(org, "gegevens")
        found = [name for name in os.listdir(folder) if re.fullmatch(r".*\.(db|sqlite3?)", name)]
        assert len(found) == 1, found
        return os.path.join(folder, found[0])


def consult_words(doel="hulpafstemming", grondslag="wmo-5.1.1", zaak="Z-2026-0012", reden=REASON, **more):
    words = ["consult"]
    for name, value in {"doel": doel, "grondslag": grondslag, "zaak": zaak, "reden": reden, **more}.items():
        if value is not None:
            words += [f"--{name}", value]
    return words


def problem_of(test, answer, status):
    """Checks the form of a problem+json answer and gives it."""
    test.assertEqual(answer.status, status, answer)
    test.assertEqual(answer.header("content-type"), "application/problem+json")
    problem = json.loads(answer.body)
    test.assertEqual(problem["status"], status)
    test.assertTrue(problem["title"])
    test.assertTrue(problem["type"].startswith("urn:ketenbrug:fout:"))
    test.assertTrue(problem["fouten"])
    for fault in problem["fouten"]:
        test.assertEqual(set(fault), {"plaats", "melding"})
        test.assertTrue(fault["melding"])
    return problem
