"""What stands between the nodes of a region and breaks: connections pass through as they are (TLS is the nodes' own), late,
slowly, not at all, or to the middle.

REGION_VIA tells partners of these nodes to connect to a port further on; there the proxy listens. Who calls is found by
the socket's owner, so a rule can be of one direction between two nodes. Rules are looked up for every piece of data, so a
change holds at once, also for connections that are there.
"""
import asyncio
import collections
import functools
import glob
import os
import random
import socket
import struct
import threading

PIECE = 16384
WAITING = 16  # pieces of one direction that wait
LOOKS = 5
BOUND = 60  # of what is asked of the thread with the connections, on a busy machine
BEAT = 0.02  # between looks whether a stalled direction flows again
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1  # <linux/netlink.h>, <linux/sock_diag.h>
NO_COOKIE = ANY_STATE = 0xFFFFFFFF
AT_INODE = 84  # behind a header and most of struct inet_diag_msg


class Rule:
    """up: from who called, down: to him. cut_up, cut_down: bytes of a connection after which it breaks. stall_down lets the
    handshake of a new connection through: what is asked over it arrives, and no answer comes."""

    def __init__(self, refuse=False, delay=0.0, rate=None, cut_up=None, cut_down=None, stall_up=False, stall_down=False):
        self.refuse, self.delay, self.rate = refuse, delay, rate
        self.cut_after = {"up": cut_up, "down": cut_down}
        self.stall = {"up": stall_up, "down": stall_down}


WHOLE = Rule()


class Line:
    """One connection."""

    def __init__(self, caller, provider, writers):
        self.caller, self.provider, self.writers = caller, provider, writers
        self.passed = {"up": 0, "down": 0}
        self.held = {"up": 0, "down": 0}  # bytes that came and were not passed on
        self.last = None  # direction of what was passed on last,
        self.turns = 0  # and how often it went over to that from who called: twice in a handshake of TLS 1.3

    def stalls(self, rule, way):
        return rule.stall[way] and (way == "up" or self.turns > 1)

    def goes(self, way):
        self.turns += way == "up" and self.last != way
        self.last = way

    def close(self):
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """`with Proxy(region, orgs)`: between all of them, from then on."""

    def __init__(self, region, orgs):
        self.region, self.orgs = region, orgs
        self.rules = {}  # (caller or None, provider or None) -> Rule
        self.lines = set()
        self.taken = collections.Counter()  # (caller, provider) -> connections ever
        self.refused = collections.Counter()  # (caller, provider) -> connections that were not taken
        self.asked = collections.Counter()  # (caller, provider) -> bytes from who called
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.servers = [self.call(self.listen(org)) for org in self.orgs]
        return self

    def __exit__(self, *_):
        self.call(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(BOUND)

    async def end(self):
        for server in self.servers:
            server.close()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    # ---- what a test says ----

    def rule(self, caller=None, provider=None, **how):
        """None: any. The most particular rule holds. Without `how` it goes."""
        if how:
            self.rules[caller, provider] = Rule(**how)
        else:
            self.rules.pop((caller, provider), None)

    def heal(self):
        self.rules.clear()

    def break_off(self, caller=None, provider=None):
        """What is there now between them ends."""
        async def close():
            for line in [line for line in self.lines if self.is_of(line, caller, provider)]:
                line.close()
        self.call(close())

    def cut(self, org):
        """Both ways, for who is there and who comes."""
        self.rule(caller=org, refuse=True)
        self.rule(provider=org, refuse=True)
        self.break_off(caller=org)
        self.break_off(provider=org)

    def mend(self, org):
        self.rule(caller=org)
        self.rule(provider=org)

    def held(self, caller, provider, way):
        """Bytes that stand still in that direction."""
        return sum(line.held[way] for line in list(self.lines) if self.is_of(line, caller, provider))

    def passed(self, caller, provider, way):
        return sum(line.passed[way] for line in list(self.lines) if self.is_of(line, caller, provider))

    @staticmethod
    def is_of(line, caller, provider):
        return caller in (None, line.caller) and provider in (None, line.provider)

    def at_random(self, chance):
        """A fault somewhere, from a seeded random.Random; says which."""
        caller, provider = chance.sample(list(self.orgs), 2)
        how = chance.choice([{"refuse": True}, {"delay": 0.3}, {"rate": 20000}, {"stall_up": True}, {"stall_down": True},
                             {"cut_up": chance.randrange(1, 20000)}, {"cut_down": chance.randrange(1, 20000)}])
        self.rule(caller, provider, **how)
        if chance.random() < 0.5:
            self.break_off(caller, provider)
        return caller, provider, how

    # ---- connections ----

    def holding(self, caller, provider):
        for key in ((caller, provider), (caller, None), (None, provider), (None, None)):
            if key in self.rules:
                return self.rules[key]
        return WHOLE

    async def listen(self, org):
        async def took(reader, writer):
            try:
                await self.pass_on(org, reader, writer)
            except (OSError, asyncio.CancelledError):
                pass  # a node that is down, or the end
            finally:
                writer.transport.abort()
        return await asyncio.start_server(took, "127.0.0.1", self.region.port(org, "via"))

    async def pass_on(self, provider, reader, writer):
        caller = None
        for _ in range(LOOKS):  # what a process has open is read while it changes
            inode = inode_of(writer.get_extra_info("peername")[1], writer.get_extra_info("sockname")[1])
            caller = self.caller_of(inode) if inode else None
            if caller is not None or inode is None:
                break
            await asyncio.sleep(BEAT)
        if self.holding(caller, provider).refuse:
            self.refused[caller, provider] += 1
            return
        onward, back = await asyncio.open_connection("127.0.0.1", self.region.port(provider))
        line = Line(caller, provider, (writer, back))
        self.lines.add(line)
        self.taken[caller, provider] += 1
        pumps = [asyncio.ensure_future(self.pump(line, "up", reader, back)),
                 asyncio.ensure_future(self.pump(line, "down", onward, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.lines.discard(line)
            for one in pumps:
                one.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            back.transport.abort()

    async def pump(self, line, way, source, target):
        """Two tasks: what comes while a piece is held back by a delay is late by no more than that delay, as on a long line."""
        came = asyncio.Queue(WAITING)
        take = asyncio.ensure_future(self.take(line, way, source, came))
        try:
            await self.give(line, way, came, target)
        finally:
            take.cancel()
            await asyncio.gather(take, return_exceptions=True)

    @staticmethod
    async def take(line, way, source, came):
        data = True
        while data:
            try:
                data = await source.read(PIECE)
            except OSError:
                data = b""
            line.held[way] += len(data)
            await came.put((asyncio.get_running_loop().time(), data))

    async def give(self, line, way, came, target):
        while (piece := await came.get())[1]:
            moment, data = piece
            rule = self.holding(line.caller, line.provider)
            while line.stalls(rule, way) and not rule.refuse:
                await asyncio.sleep(BEAT)
                rule = self.holding(line.caller, line.provider)
            limit = rule.cut_after[way]
            if rule.refuse or (limit is not None and line.passed[way] >= limit):
                return
            if rule.delay:
                await asyncio.sleep(moment + rule.delay - asyncio.get_running_loop().time())
            if rule.rate:
                await asyncio.sleep(len(data) / rule.rate)
            whole = len(data)
            if limit is not None:
                data = data[:limit - line.passed[way]]
            line.goes(way)
            target.write(data)
            await target.drain()
            line.held[way] -= whole
            line.passed[way] += len(data)
            self.asked[line.caller, line.provider] += len(data) if way == "up" else 0

    def caller_of(self, inode):
        """The node that has that socket: None when it is none of ours (a test's own client)."""
        for find in (self.recorded, self.running):
            for org, pid in find():
                if holds(pid, inode):
                    return org
        return None

    def recorded(self):
        """(organisation, process) by the files that hold the numbers: these come a moment after a start."""
        for org in self.orgs:
            try:
                yield org, self.region.pid(org)
            except (OSError, ValueError):
                pass  # down

    def running(self):
        """Likewise by what processes run: all of the machine are looked at."""
        configured = {self.region.path(org, "ketenbrug.ini").encode(): org for org in self.orgs}
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            for word in words:
                if word in configured:
                    yield configured[word], int(path.split("/")[2])


def holds(pid, inode):
    """Has that process this socket?"""
    folder = f"/proc/{pid}/fd"
    try:
        return any(target_of(os.path.join(folder, one)) == f"socket:[{inode}]" for one in os.listdir(folder))
    except OSError:
        return False  # down


def target_of(link):
    try:
        return os.readlink(link)
    except OSError:
        return None  # closed just now


def inode_of(port, to):
    """Of the socket on loopback whose own port this is and that is connected to the other (to somewhere else there may be
    one with the same port); None: it is over."""
    return inode_by_kernel(port, to) if kernel_tells() else inode_in_table(port, to)


def inode_by_kernel(port, to):
    """sock_diag(7), of that one alone: the table of all is long on a busy machine, and slower to read than callers wait."""
    here = socket.inet_aton("127.0.0.1").ljust(16, b"\0")
    ident = struct.pack(">HH", port, to) + here * 2 + struct.pack("=III", 0, NO_COOKIE, NO_COOKIE)
    asked = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, ANY_STATE) + ident
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.send(struct.pack("=IHHII", 16 + len(asked), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0) + asked)
        answer = kernel.recv(8192)
    if struct.unpack_from("=H", answer, 4)[0] != SOCK_DIAG_BY_FAMILY:
        return None  # an error: there is none
    return struct.unpack_from("=I", answer, AT_INODE)[0] or None


def inode_in_table(port, to):
    with open("/proc/net/tcp", encoding="ascii") as table:
        for row in table:
            words = row.split()
            if words[1:3] == [f"0100007F:{port:04X}", f"0100007F:{to:04X}"] and words[9] != "0":  # else one that is over
                return int(words[9])
    return None


@functools.lru_cache
def kernel_tells():
    """Not every kernel has that."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        try:
            return inode_by_kernel(client.getsockname()[1], server.getsockname()[1]) == os.fstat(client.fileno()).st_ino
        except OSError:
            return False


def seeded(name):
    """A seed by chance, or the one in the environment; told, so that a run can be had again."""
    seed = os.environ.get(name) or str(random.SystemRandom().randrange(1 << 32))
    print(f"\n  {name}={seed}", flush=True)
    return random.Random(seed)
