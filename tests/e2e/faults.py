"""Ways to make a node's disk, limits and clock fail, and a load whose answers are remembered."""
import json
import os
import subprocess
import sys
import threading

from peer import Peer, question
from support import AS_ROOT, REASON, WAIT, as_owner, eventually, new_id, program, run, valid_bsn

LONG = os.environ.get("E2E_LONG") == "1"
ENOSPC, EROFS, EIO = 28, 30, 5
HEADER = "bsn;achternaam;leefgebied;dienst;sinds;contactpersoon;telefoon;bronsleutel\n"


def tell(text):
    print(f"\n  {text}", file=sys.stderr, flush=True)


class Load(threading.Thread):
    """A partner that asks without pause, several questions at a time, and remembers what was answered."""

    def __init__(self, region, org):
        super().__init__(daemon=True)
        self.region, self.org = region, org
        self.answered = []
        self.receipts = []  # as text
        self.wrong = []
        self.lost = None
        self.stopping = False

    def run(self):
        try:
            with Peer(self.region, self.org) as peer:
                while not self.stopping:
                    asked = {new_id(): None for _ in range(8)}
                    for request in asked:
                        asked[request] = peer.ask(question(), request)
                    for request, stream in asked.items():
                        answer = peer.wait(stream)
                        if answer.status == 200:
                            self.answered.append(request)
                            self.receipts.append(json.loads(answer.body)["ontvangstbewijs"])
                        else:
                            self.wrong.append(answer)
        except OSError as lost:  # the node was killed
            self.lost = lost


def answered_in_log(region, org, since):
    return {r["verzoek"] for r in region.records(org, since) if r["handeling"] == "raadpleging-beantwoord"}


# ---- people to bring in ----

def people(prefix, count, first=999600000):
    """An export of `count` rows."""
    numbers = (f"{n:09d}" for n in range(first, 999999999) if valid_bsn(f"{n:09d}"))
    return HEADER + "".join(f"{next(numbers)};Proef;financien;d;2026-01-01;A. Proef;0990555020;{prefix}{i}\n"
                            for i in range(count))


def owned_file(path, text):
    subprocess.run(as_owner(["sh", "-c", 'umask 077; cat >"$1"', "sh", path]), input=text, text=True, check=True)
    return path


def import_words(region, org, path, source="storing"):
    return as_owner(["env", f"KETENBRUG_CONFIG={region.path(org, 'ketenbrug.ini')}", region.path("ketenbrug"), "import",
                     "--adapter", "csv", "--bron", source, "--json", path])


# ---- a disk of a few MB ----

class SmallDisk:
    """A file system of its own in the place of one of a node's folders (`with`): what is in it, and a few MB. As root
    it is mounted; another user mounts it in a namespace of his own, in which the node then runs. The last resort is a
    limit on the size of files. Afterwards the folder is an ordinary one again, with what came in meanwhile."""

    def __init__(self, region, org, folder="gegevens", mib=8, wrap=""):
        """wrap: what the node runs under besides."""
        self.region, self.org, self.mib = region, org, mib
        self.path = self.inside = region.path(org, folder)
        self.holder = None
        self.kind = None
        self.mounted = False
        self.wrap = wrap

    def owner(self, *words):
        return run(as_owner(list(words)), check=True)

    def __enter__(self):
        self.region.stop_one(self.org)
        try:
            self.mount()
            self.region.start_one(self.org)
            self.region.published(self.org)  # before there is no room for it
        except BaseException:
            self.__exit__()
            raise
        return self

    def mount(self):
        size = int(self.owner("du", "-sm", self.path).stdout.split()[0]) + self.mib
        options = f"size={size}m,mode=700"
        self.owner("cp", "-a", self.path, self.path + ".was")
        if AS_ROOT and run(["mount", "-t", "tmpfs", "-o", options + ",uid=nobody,gid=nogroup", "tmpfs",
                            self.path]).returncode == 0:
            self.kind, self.mounted = "een aangekoppelde tmpfs", True
        elif not AS_ROOT and self.hold(options):
            self.kind, self.inside = "een tmpfs in een eigen namespace", f"/proc/{self.holder.pid}/root{self.path}"
            self.region.environment["REGION_WRAP"] = \
                f"nsenter -t {self.holder.pid} -U -m --preserve-credentials --wd=/ {self.wrap}"
        else:
            self.kind = "RLIMIT_FSIZE"
        tell(f"volle schijf: {self.kind}")
        if self.inside != self.path or self.mounted:
            self.owner("cp", "-a", self.path + ".was/.", self.inside)

    def hold(self, options):
        self.holder = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o "$1" tmpfs "$2" && echo ja && exec cat', "sh", options,
             self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return self.holder.stdout.readline() == b"ja\n"

    def __exit__(self, *_):
        self.region.kill_one(self.org)
        if self.inside != self.path or self.mounted:
            self.free()
            self.owner("cp", "-a", self.inside, self.path + ".wordt")
            if self.mounted:
                run(["umount", self.path], check=True)
            self.owner("rm", "-rf", self.path)
            self.owner("mv", self.path + ".wordt", self.path)
        if self.holder is not None:
            self.holder.stdin.close()
            self.holder.wait(10)
            self.holder.stdout.close()
        self.owner("rm", "-rf", self.path + ".was")
        self.region.environment["REGION_WRAP"] = self.wrap
        self.region.start_one(self.org)

    def limit(self, size):
        run(as_owner(["prlimit", "--pid", str(self.region.pid(self.org)), f"--fsize={size}:"]), check=True)

    def fill(self):
        """Until nothing fits; what the node gives back itself is taken again by the next call."""
        if self.kind == "RLIMIT_FSIZE":
            self.limit(16)
        else:
            run(as_owner(["sh", "-c", 'dd if=/dev/zero bs=4096 >>"$1" 2>/dev/null', "sh",
                          os.path.join(self.inside, "vulling")]))

    def free(self):
        if self.kind == "RLIMIT_FSIZE":
            self.limit("unlimited")
        else:
            self.owner("rm", "-f", os.path.join(self.inside, "vulling"))


# ---- a disk that fails ----

class BadDisk:
    """A node behind support/fault_io.c (`with`): rule(...) makes calls on its files fail, or kills it there."""

    def __init__(self, region, org):
        self.region, self.org = region, org
        self.library = region.path("fault-io.so")
        self.rules = region.path(org, "regels")

    def __enter__(self):
        with open(os.path.join(os.path.dirname(program("region-people")), "fault-io.so"), "rb") as file:
            subprocess.run(as_owner(["sh", "-c", 'cat >"$1"', "sh", self.library]), input=file.read(), check=True)
        self.rule()
        self.region.stop_one(self.org)
        self.region.environment["REGION_WRAP"] = f"env LD_PRELOAD={self.library} FAULT_IO_RULES={self.rules}"
        self.region.start_one(self.org)
        self.region.published(self.org)  # before a rule is for that
        return self

    def __exit__(self, *_):
        self.rule()
        self.region.kill_one(self.org)
        self.region.environment.pop("REGION_WRAP", None)
        self.region.start_one(self.org)

    def rule(self, call="", ending="", what="", first=1):
        """Without a call: none. It holds for whatever the node does next, by itself too: a tick, a round of checkpoints."""
        text = f"{call} {ending} {first} {what}\n" if call else ""
        run(as_owner(["sh", "-c", 'printf %s "$2" >"$1.nieuw"; mv "$1.nieuw" "$1"', "sh", self.rules, text]), check=True)


def is_gone(region, org):
    """Ended; whether somebody has waited for it does not matter. While threads of it are left they hold all its files."""
    try:
        process = f"/proc/{region.pid(org)}"
        with open(f"{process}/status", encoding="utf-8") as file:
            return "State:\tZ" in file.read() and len(os.listdir(f"{process}/task")) == 1
    except OSError:
        return True


def await_end(region, org, seconds=WAIT):
    eventually(f"{org} eindigt", lambda: is_gone(region, org), seconds)


def nothing_personal(test, text, *more):
    for secret in (REASON, "Verhoeven", "999000", *more):
        test.assertNotIn(secret, text)
