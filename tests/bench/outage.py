"""What bench_outage_recovery.sh does at desks: gives tasks, takes steps, waits. Many requests at a time over one connection to
the Unix socket, because a person's pace is not what is measured.
  outage.py give REGION COUNT          gives so many tasks of the area team to debt help; prints their names
  outage.py step REGION TEXTS < NAMES  takes each of them from its acceptance to its completion, with so many messages between
  outage.py counted OPS_PORT EVENTS    waits until that node says that so many wait
  outage.py drained OPS_PORT SECONDS   waits until nothing waits there any more; prints seconds to the first
                                       and to the last, how many (QUEUED, when some may have gone before the first look),
                                       the most that process SENDER_PID held meanwhile, and how many went a second from
                                       the first on"""
import json
import os
import re
import secrets
import socket
import sys
import time
import urllib.request

import h2.config
import h2.connection
import h2.events

AT_ONCE = 48
DOER = "00000099000000005000"
PERSON = "999999011"


class Desk:
    """Requests side by side; an answer that is no 2xx ends the program."""

    def __init__(self, region, org, user):
        with open(os.path.join(region, org, "bewijzen", user), encoding="utf-8") as file:
            self.token = file.read().strip()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(os.path.join(region, org, "contactpunt"))
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.open = {}  # stream: [status, body]

    def post(self, path, body):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [
            (":method", "POST"), (":scheme", "http"), (":authority", "knooppunt"), (":path", path),
            ("authorization", f"Bearer {self.token}"), ("content-type", "application/json")])
        self.h2.send_data(stream, json.dumps(body).encode(), end_stream=True)
        self.open[stream] = [0, b""]

    def take(self):
        """The answers that came in."""
        self.sock.sendall(self.h2.data_to_send())
        data = self.sock.recv(65536)
        if not data:
            sys.exit("outage: het knooppunt sloot de verbinding")
        ended = []
        for event in self.h2.receive_data(data):
            answer = self.open.get(getattr(event, "stream_id", None))
            if isinstance(event, h2.events.ResponseReceived):
                answer[0] = int(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.DataReceived):
                answer[1] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                sys.exit(f"outage: een verzoek is afgebroken: {event}")
            elif isinstance(event, h2.events.StreamEnded):
                ended.append(self.open.pop(event.stream_id))
        self.sock.sendall(self.h2.data_to_send())
        for status, body in ended:
            if status // 100 != 2:
                sys.exit(f"outage: {status} {body.decode(errors='replace')}")
        return [json.loads(body) for _, body in ended]

    def all(self, requests):
        answers = []
        for path, body in requests:
            while len(self.open) >= AT_ONCE:
                answers += self.take()
            self.post(path, body)
        while self.open:
            answers += self.take()
        return answers


def give(region, count):
    # A connection serves so many requests at most; a new one then.
    for begin in range(0, count, 2000):
        desk = Desk(region, "gebiedsteam", "g.jansen")
        body = {"soort": "budgetplan", "ketenpartner": DOER, "zaak": "Z-1", "grondslag": "wmo-5.1.1",
                "leefgebied": "financien", "vraag": "Graag een budgetplan.", "betrokkenen": [{"bsn": PERSON}]}
        for answer in desk.all(("/v1/opdrachten", {"sleutel": secrets.token_hex(16), **body})
                               for _ in range(min(2000, count - begin))):
            print(answer["opdracht"])


def step(region, texts):
    names = [line.strip() for line in sys.stdin if line.strip()]
    rounds = [{"stap": "aanvaarden"}, {"stap": "beginnen"}] + \
        [{"stap": "bericht", "tekst": f"Bericht {i}: het gaat zoals besproken."} for i in range(texts)] + \
        [{"stap": "voltooien"}]
    for one in rounds:
        for begin in range(0, len(names), 2000):
            desk = Desk(region, "schuldhulp", "c.visser")
            desk.all((f"/v1/opdrachten/stappen/{name}", {"sleutel": secrets.token_hex(16), **one})
                     for name in names[begin:begin + 2000])


def waiting(port):
    """As it is now: a busy node shows what was."""
    for _ in range(600):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        if re.search(r"^ketenbrug_metrics_fresh 1$", text, re.M):
            return int(re.search(r"^ketenbrug_messages_waiting (\d+)$", text, re.M).group(1))
        time.sleep(0.05)
    sys.exit("outage: het knooppunt toont geen cijfers van nu")


def counted(port, events):
    """After a start the queue is counted in slices."""
    for _ in range(6000):
        if waiting(port) == events:
            return
        time.sleep(0.05)
    sys.exit(f"outage: er wachten {waiting(port)} berichten in plaats van {events}")


def own_kb(pid):
    """What a process holds that is no file: of the database it maps what it reads."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"^RssAnon:\s+(\d+)", file.read(), re.M).group(1))


def drained(port, seconds):
    begin = time.monotonic()
    most = int(os.environ.get("QUEUED") or waiting(port))
    first = None
    since_first = 0
    pid = os.environ.get("SENDER_PID")
    held = 0
    look = begin
    while time.monotonic() < begin + seconds:
        held = max(held, own_kb(pid)) if pid else 0
        if time.monotonic() < look:
            time.sleep(0.05)
            continue
        left = waiting(port)
        most = max(most, left)
        if left < most and first is None:
            first = time.monotonic() - begin
            since_first = left
        if left == 0:
            last = time.monotonic() - begin
            took = last - (first or 0)
            rate = since_first / took if took > 0.001 else most / max(last, 0.01)  # few: gone at the first look
            print(f"{first or 0:.2f} {last:.2f} {most} {held} {rate:.1f}")
            return
        # A page of figures costs the node what ten messages do: the next is for when a good part of the rest is gone.
        gone = time.monotonic() - begin - (first or 0)
        rest = gone * left / (most - left) if first is not None else 0
        look = time.monotonic() + min(max(0.05, rest / 4), 5)
    sys.exit(f"outage: na {seconds} s wachten er nog {left}")


if __name__ == "__main__":
    act, where, number = sys.argv[1:]
    {"give": give, "step": step, "counted": counted, "drained": drained}[act](where, int(number))
