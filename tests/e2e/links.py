"""A node behind a link that can be cut, as a cable is: nothing is refused, nothing comes.

As root the node runs in a network namespace of its own, joined to the others by a pair of virtual interfaces of which the
outer one is set down. Its addresses stay those of the region: inside and outside stands a relay that listens where the other
side's node would. The desk (a Unix socket) and the operations port do not go over the link. Another user has no
namespaces: then the proxy cuts, which refuses instead, and that is printed.
"""
import asyncio
import json
import os
import subprocess
import sys

NARROW = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")
CONNECT_S = 3  # of a connection on one machine; over a link that is down it never comes


class Link:
    """`with Link(region, org, proxy)`: the node is started behind it; afterwards it runs as before."""

    def __init__(self, region, org, proxy):
        self.region, self.org, self.proxy = region, org, proxy
        self.name = f"kb{region.port(org)}"
        self.outer, self.inner = f"{self.name}u", f"{self.name}b"
        third = region.port(org) // 100 % 250 + 1
        self.outside, self.inside = f"10.231.{third}.1", f"10.231.{third}.2"
        self.relays = []
        self.real = False
        self.node = None

    def __enter__(self):
        from faults import tell
        self.real = os.geteuid() == 0 and self.make()
        tell("verbinding: " + ("een eigen namespace, ip link set down" if self.real else "de proxy weigert"))
        if self.real:
            self.region.stop_one(self.org)
            self.start()
        return self

    def __exit__(self, *_):
        if not self.real:
            self.proxy.mend(self.org)
            return
        try:
            self.stop()
        finally:
            for relay in self.relays:
                relay.kill()
                relay.wait()
                relay.stdout.close()
            self.remove()
        self.region.start_one(self.org)

    def make(self):
        """False: this root may not (a container without the right to)."""
        self.remove()
        words = [f"netns add {self.name}",
                 f"link add {self.outer} type veth peer name {self.inner} netns {self.name}",
                 f"addr add {self.outside}/30 dev {self.outer}",
                 f"-n {self.name} addr add {self.inside}/30 dev {self.inner}",
                 f"-n {self.name} link set lo up",
                 f"-n {self.name} link set {self.inner} up",
                 f"link set {self.outer} up"]
        if all(ip(*line.split()) for line in words):
            return True
        self.remove()
        return False

    def remove(self):
        ip("link", "del", self.outer)
        ip("netns", "del", self.name)

    def start(self):
        """The node, and who passes on: outside for its peer port and its operations port, inside for all others'."""
        from support import EVERY, as_owner, eventually, run
        region, org, own = self.region, self.org, self.region.port(self.org)
        others = [region.port(one, which) for one in EVERY if one != org for which in ("peer", "via")]
        via = region.path(f"beheer-{org}")
        if os.path.exists(via):
            os.unlink(via)
        inner = [[f"127.0.0.1:{port}", f"{self.outside}:{port}"] for port in others]
        inner += [[f"{self.inside}:{own}", f"127.0.0.1:{own}"], [via, f"127.0.0.1:{own + 1}"]]
        outer = [[f"{self.outside}:{port}", f"127.0.0.1:{port}"] for port in others]
        outer += [[f"127.0.0.1:{own}", f"{self.inside}:{own}"], [f"127.0.0.1:{own + 1}", via]]
        self.relays = [relay(["ip", "netns", "exec", self.name], inner), relay([], outer)]
        words = region.serve_words(org)
        at = words.index(region.path("ketenbrug"))
        words = words[:at] + region.environment.get("REGION_WRAP", "").split() + words[at:]
        ready = self.told_ready()
        with open(region.path(org, "knooppunt.log"), "ab") as log:
            self.node = subprocess.Popen(["ip", "netns", "exec", self.name, *words], stdout=log, stderr=log,
                                         stdin=subprocess.DEVNULL, cwd="/")
        run(as_owner(["sh", "-c", 'echo "$2" >"$1"', "sh", region.path(org, "pid"), str(self.node.pid)]), check=True)
        eventually(f"{org} is gereed", lambda: self.told_ready() > ready and region.health_or_none(org))

    def told_ready(self):
        return self.region.node_log(self.org).count('"gebeurtenis":"gereed"')

    def stop(self):
        from support import WAIT
        if self.node is not None:
            self.node.terminate()
            self.node.wait(WAIT)
            self.node = None
            os.unlink(self.region.path(self.org, "pid"))

    def down(self):
        if not self.real:
            self.proxy.cut(self.org)
        else:
            assert ip("link", "set", self.outer, "down")

    def up(self):
        if not self.real:
            self.proxy.mend(self.org)
        else:
            assert ip("link", "set", self.outer, "up")


def ip(*words):
    try:
        return subprocess.run(["ip", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20).returncode == 0
    except FileNotFoundError:
        return False


def relay(within, ways):
    """A process that passes on: [[where it listens, where it connects], ...]; a path is a Unix socket."""
    one = subprocess.Popen([*within, sys.executable, os.path.abspath(__file__), json.dumps(ways)], stdout=subprocess.PIPE)
    assert one.stdout.readline() == b"gereed\n"
    return one


async def connect(place):
    if place.startswith("/"):
        return await asyncio.open_unix_connection(place)
    host, port = place.split(":")
    return await asyncio.open_connection(host, int(port))


async def serve(ways):
    async def pump(source, target):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()

    async def pass_on(place, reader, writer):
        try:
            onward, back = await asyncio.wait_for(connect(place), CONNECT_S)
            try:
                pumps = [asyncio.ensure_future(pump(reader, back)), asyncio.ensure_future(pump(onward, writer))]
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for one in pumps:
                    one.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
            finally:
                back.close()  # what was read is still written
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            writer.close()

    for listen, place in ways:
        def took(reader, writer, place=place):
            return pass_on(place, reader, writer)
        if listen.startswith("/"):
            await asyncio.start_unix_server(took, listen)
        else:
            host, port = listen.split(":")
            await asyncio.start_server(took, host, int(port))
    print("gereed", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
