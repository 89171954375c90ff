"""What goes over the wire between the nodes of a region, decrypted: everybody's partners connect to a recorder, which
passes on to the node with the caller's own certificate and keeps every byte. The keys are the test's own.

REGION_VIA tells partners of these nodes to connect to a port further on; there the recorder listens.
"""
import asyncio
import base64
import json
import re
import ssl
import threading

import hpack

from support import OIN, WAIT

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, CONTINUATION = 0, 1, 9
END_STREAM, PADDED, PRIORITY, END_HEADERS = 1, 8, 32, 4
NAME_OF = {oin: name for name, oin in OIN.items()}


class Conversation:
    """One connection: who called whom, and what either said."""

    def __init__(self, caller, provider):
        self.caller, self.provider = caller, provider
        self.asked, self.answered = bytearray(), bytearray()


class Exchange:
    """A request and its answer, as far as they came."""

    def __init__(self, caller, provider):
        self.caller, self.provider = caller, provider
        self.request, self.response = [], []  # header fields
        self.body, self.answer = b"", b""
        self.is_asked = self.is_answered = False  # to the end; else it is under way still

    def field(self, name):
        return dict(self.request).get(name, "")

    @property
    def path(self):
        return self.field(":path").partition("?")[0]

    @property
    def status(self):
        return int(dict(self.response).get(":status", "0"))

    def __repr__(self):
        return f"<{self.caller} -> {self.provider} {self.field(':method')} {self.field(':path')} {self.status}>"


class Recorder:
    """`with Recorder(region, orgs)`: between all of them, from then on."""

    def __init__(self, region, orgs):
        self.region, self.orgs = region, orgs
        self.conversations = []
        self.faults = []
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

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT)

    async def end(self):
        for server in self.servers:
            server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def context(self, purpose, org):
        context = ssl.SSLContext(purpose)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(self.region.path("pki", "ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(*self.region.certificate(org))
        context.set_alpn_protocols(["h2"])
        return context

    async def listen(self, org):
        async def took(reader, writer):
            try:
                await self.pass_on(org, reader, writer)
            except (OSError, asyncio.CancelledError):
                pass  # a node that is down, or the end
            except Exception as error:  # what the test has to know
                self.faults.append(repr(error))
            finally:
                writer.close()
        return await asyncio.start_server(took, "127.0.0.1", self.region.port(org, "via"),
                                          ssl=self.context(ssl.PROTOCOL_TLS_SERVER, org))

    async def pass_on(self, org, reader, writer):
        subject = {key: value for part in writer.get_extra_info("peercert")["subject"] for key, value in part}
        caller = NAME_OF[subject["serialNumber"]]
        conversation = Conversation(caller, org)
        self.conversations.append(conversation)
        onward, back = await asyncio.open_connection("127.0.0.1", self.region.port(org),
                                                     ssl=self.context(ssl.PROTOCOL_TLS_CLIENT, caller),
                                                     server_hostname=f"{org}.localhost")

        async def pump(source, target, kept):
            while data := await source.read(65536):
                kept += data
                target.write(data)
                await target.drain()
        try:
            pumps = [asyncio.ensure_future(pump(reader, back, conversation.asked)),
                     asyncio.ensure_future(pump(onward, writer, conversation.answered))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for one in pumps:
                one.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            back.close()

    # ---- what was said ----

    def exchanges(self):
        """All of them, decoded; in the order in which connections and streams began."""
        found = []
        for conversation in list(self.conversations):
            streams = {}
            for raw, is_request in ((bytes(conversation.asked).removeprefix(PREFACE), True),
                                    (bytes(conversation.answered), False)):
                for stream, fields, data, ends in decoded(raw):
                    one = streams.setdefault(stream, Exchange(conversation.caller, conversation.provider))
                    if is_request:
                        one.request += fields
                        one.body += data
                        one.is_asked = one.is_asked or ends
                    else:
                        one.response += fields
                        one.answer += data
                        one.is_answered = one.is_answered or ends
            found += [streams[stream] for stream in sorted(streams)]
        return found

    def bytes(self):
        """Everything that went by, plain and decoded: raw frames, header fields, and what stands in text as hex or base64."""
        for conversation in list(self.conversations):
            yield bytes(conversation.asked)
            yield bytes(conversation.answered)
        for one in self.exchanges():
            yield "\n".join(f"{name}: {value}" for name, value in one.request + one.response).encode()
            for body, is_whole in ((one.body, one.is_asked), (one.answer, one.is_answered)):
                yield body
                if body[:1] == b"{" and is_whole:
                    yield from hidden(body)


def decoded(raw):
    """(stream, header fields, data, whether they are the last) of each frame that has any; an unfinished frame at the end is
    left out."""
    decoder = hpack.Decoder()
    decoder.max_allowed_table_size = 1 << 20
    at, block, ends = 0, b"", False
    while at + 9 <= len(raw):
        size, kind, flags = int.from_bytes(raw[at:at + 3], "big"), raw[at + 3], raw[at + 4]
        stream = int.from_bytes(raw[at + 5:at + 9], "big") & 0x7FFFFFFF
        payload, at = raw[at + 9:at + 9 + size], at + 9 + size
        if at > len(raw):
            return
        if kind in (DATA, HEADERS) and flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        if kind == DATA:
            yield stream, [], payload, bool(flags & END_STREAM)
        elif kind in (HEADERS, CONTINUATION):
            block += payload[5:] if kind == HEADERS and flags & PRIORITY else payload
            ends = bool(flags & END_STREAM) if kind == HEADERS else ends
            if flags & END_HEADERS:
                yield stream, [(text(name), text(value)) for name, value in decoder.decode(block)], b"", ends
                block = b""


def text(part):
    return part.decode() if isinstance(part, bytes) else part


def strings_of(value):
    """Every text and number in a JSON document."""
    if isinstance(value, dict):
        for one in value.values():
            yield from strings_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings_of(one)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def hidden(body):
    """What stands in a JSON document as hexadecimal or base64, as bytes."""
    for string in strings_of(json.loads(body)):
        if len(string) < 8:
            continue
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", string):
            yield bytes.fromhex(string)
        if re.fullmatch(r"[A-Za-z0-9+/_-]+=*", string):
            plain = string.rstrip("=").translate(str.maketrans("-_", "+/"))
            yield base64.b64decode(plain[:len(plain) - (len(plain) % 4 == 1)] + "=" * (-len(plain) % 4))
