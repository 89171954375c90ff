"""Every row of the tables on a real node's peer listener, over TLS; an honest partner is answered after each."""
import itertools
import json
import unittest

import receipts
from asking import nobody
from checker import Connection
from frames import END_HEADERS, END_STREAM, block, data, headers
from peer import question, tls_socket
from support import Region, new_id
from tables import DOCUMENTS, name_of


def setUpModule():
    global region, askers
    region = Region("conformance", REGION_HANDSHAKES_PER_S=100_000).start()  # a connection a row
    # In turn: what is wrong on a stream is charged to the partner, over all its connections.
    askers = itertools.cycle([(org, receipts.log_of(region.dir, org)) for org in ("gebiedsteam", "cjg", "uwv", "schuldhulp")])


def open_socket():
    global asking
    name, asking = next(askers)
    return tls_socket(region.port("school"), region.certificate(name))


def consult(region, stream, log):
    """A question that is answered 200, of the organisation whose log signs; about nobody."""
    key, period = nobody(region)
    body = json.dumps(question(betrokkene={"sleutel": key, "periode": period})).encode().replace(receipts.PLACEHOLDER, log.receipt())
    fields = ((":method", "POST"), (":scheme", "https"), (":authority", "knooppunt"), (":path", "/v1/raadplegingen"),
              ("content-type", "application/json"), ("request-id", new_id()))
    return headers(stream, block(fields), END_HEADERS) + data(stream, body, END_STREAM)


def honest(stream):
    return consult(region, stream, asking)  # of whom the last socket was opened for


class Conformance(unittest.TestCase):
    def judge(self, row):
        for cut in (False, True) if row.can_be_cut() else (False,):
            with self.subTest(cut=cut), open_socket() as sock:
                row.wrong_unless(sock, honest, cut=cut)
        with open_socket() as sock:
            after = Connection(sock, honest)
            after.finish()
        self.assertTrue(after.still_there(True), f"daarna: {after}")


def add_rows():
    for document, rows in DOCUMENTS.items():
        for row in rows:
            name = f"test_{document}_{name_of(row)}"
            if hasattr(Conformance, name):
                raise ValueError(f"twee keer {name}")
            setattr(Conformance, name, lambda self, row=row: self.judge(row))


add_rows()

if __name__ == "__main__":
    unittest.main()
