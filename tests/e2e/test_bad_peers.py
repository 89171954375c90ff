"""What a node does with partners, and others, who send what they should not. It answers honest partners all along."""
import json
import os
import socket
import ssl
import time
import unittest

from peer import CASE, Peer, question, tls_socket
from support import (DAAN, FAMILY, MILAN, OIN, REASON, SAMIRA, WAIT, Region, eventually, new_id, problem_of, run)

# What silence costs; and so long an honest partner's program may be kept from its work in the middle of a request.
HANDSHAKE_MS, HEADERS_MS, BODY_MS = 4000, 4000, 4000


def setUpModule():
    global region
    region = Region("bad-peers", REGION_HANDSHAKE_MS=HANDSHAKE_MS, REGION_HEADERS_MS=HEADERS_MS,
                    REGION_BODY_MS=BODY_MS, REGION_DRAIN_MS=20_000).start()


class BadPeerTest(unittest.TestCase):
    def setUp(self):
        self.mark = region.mark("school")

    def tearDown(self):
        with Peer(region, "school") as peer:
            answer = peer.consult(question())
        self.assertEqual(answer.status, 200, "daarna krijgt een eerlijke partner antwoord")
        self.assertEqual(len(json.loads(answer.body)["betrokkenheden"]), 2)

    def refused_record(self, **wanted):
        """The record of the refusal; or, past the rate of records of their own, the one that it was counted into."""
        def look():
            refused = [r for r in region.records("school", self.mark) if r["handeling"] == "geweigerd"]
            return [r for r in refused if all(r.get(k) == v for k, v in wanted.items())] or \
                   [r for r in refused if "aantal" in r and r.get("ketenpartner") == wanted.get("ketenpartner")]
        return eventually(f"een weigering met {wanted}", look)[0]


class Certificates(BadPeerTest):
    def assert_no_connection(self, certificate, alpn=("h2",)):
        """TLS 1.3: the server's verdict on the client's certificate comes with the first read."""
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with Peer(region, "school", alpn=alpn) if certificate is None else \
                    Peer(region, "school", certificate, alpn=alpn) as peer:
                peer.consult(question())
        self.assertEqual(region.records("school", self.mark), [], "wie er niet in komt laat geen regel na")

    def test_a_certificate_of_another_authority_is_refused(self):
        region.script("pki", "ca", "--map", region.path("pki", "vreemd"), "--naam", "Vreemde autoriteit")
        self.assert_no_connection(region.issue("vreemd", OIN["gebiedsteam"], ca="vreemd"))

    def test_an_expired_certificate_is_refused(self):
        self.assert_no_connection(region.issue("verlopen", OIN["gebiedsteam"], vanaf=-30, dagen=-1))

    def test_a_certificate_that_is_not_valid_yet_is_refused(self):
        self.assert_no_connection(region.issue("te-vroeg", OIN["gebiedsteam"], vanaf=2, dagen=30))

    def test_a_certificate_without_oin_is_refused(self):
        self.assert_no_connection(region.issue("zonder-oin"))

    def test_a_self_signed_certificate_is_refused(self):
        certificate, key = region.path("zelf.pem"), region.path("zelf.key")
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9",
             "-subj", f"/O=Gebiedsteam/serialNumber={OIN['gebiedsteam']}", "-keyout", key, "-out", certificate],
            check=True)
        self.assert_no_connection((certificate, key))

    def test_no_certificate_is_refused(self):
        sock = tls_socket(region.port("school"))
        with sock, self.assertRaises((ssl.SSLError, ConnectionError)):
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
            if sock.recv(100) == b"":
                raise ConnectionError("gesloten")

    def test_an_oin_that_is_no_party_gets_403_and_a_record(self):
        other = "00000099000000009000"
        with Peer(region, "school", region.issue("onbekend", other)) as peer:
            for method, path in (("POST", "/v1/raadplegingen"), ("GET", "/v1/bestaat-niet")):
                body = json.dumps(question()).encode() if method == "POST" else None
                problem = problem_of(self, peer.request(method, path, body, [("content-type", "application/json")]),
                                     403)
                self.assertIn("geen partij", problem["detail"])
        self.refused_record(ketenpartner=other, fout="niet-toegestaan")

    def test_the_nodes_own_certificate_is_no_partner_of_itself(self):
        with Peer(region, "school", region.certificate("school")) as peer:
            problem_of(self, peer.consult(question()), 403)

    def test_an_identity_in_the_body_or_the_headers_is_not_believed(self):
        with Peer(region, "school", region.certificate("uwv")) as peer:
            body = peer.signed(question())
            forged = [("content-type", "application/json"), ("request-id", new_id()), ("oin", OIN["gebiedsteam"]),
                      ("x-forwarded-for", "10.0.0.1"), ("authorization", "Bearer " + region.token("school", "z.smit"))]
            answer = peer.request("POST", "/v1/raadplegingen", body, forged)
            self.assertEqual((answer.status, json.loads(answer.body)["betrokkenheden"]), (200, []))
            problem_of(self, peer.consult(question(oin=OIN["gebiedsteam"])), 400)
        region.record_of("school", self.mark, handeling="raadpleging-beantwoord", ketenpartner=OIN["uwv"],
                         uitkomst="niet-bekend")


class Revocation(BadPeerTest):
    def test_a_revoked_certificate_ends_its_connections_and_no_others(self):
        certificate = region.issue("ingetrokken", OIN["cjg"], host="cjg.localhost")
        with Peer(region, "school", certificate, "cjg") as bad, Peer(region, "school") as good:
            self.assertEqual(bad.consult(question()).status, 200)
            self.assertEqual(good.consult(question()).status, 200)
            region.revoke(certificate[0])
            self.assertEqual(bad.consult(question()).status, 200, "nog niet herladen")
            region.reload("school")
            self.assertLess(bad.until_closed(), WAIT)
            self.assertTrue(bad.closed)
            self.assertEqual(good.consult(question()).status, 200, "deze verbinding blijft")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with Peer(region, "school", certificate) as again:
                again.consult(question())

    def test_without_a_valid_revocation_list_a_reload_keeps_the_old_one(self):
        crl = region.path("school", "intrekkingen", "ca.crl")
        with open(crl, "rb") as file:
            good = file.read()
        try:
            with open(crl, "wb") as file:
                file.write(b"geen lijst")
            before = region.node_log("school").count("herladen-mislukt")
            region.reload("school")
            self.assertGreater(region.node_log("school").count("herladen-mislukt"), before)
            with Peer(region, "school") as peer:
                self.assertEqual(peer.consult(question()).status, 200)
        finally:
            with open(crl, "wb") as file:
                file.write(good)
            region.reload("school")

    def test_with_an_expired_revocation_list_nobody_is_let_in(self):
        crl = region.path("school", "intrekkingen", "ca.crl")
        with open(crl, "rb") as file:
            good = file.read()
        try:
            with open(crl, "wb") as file:
                file.write(self.expired_list())
            region.reload("school")
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                with Peer(region, "school") as peer:
                    peer.consult(question())
        finally:
            with open(crl, "wb") as file:
                file.write(good)
            region.reload("school")

    def expired_list(self):
        """Signed by the region's authority with OpenSSL, and over since a day."""
        folder = region.path("verlopen-lijst")
        os.mkdir(folder)
        config, crl = os.path.join(folder, "ca.cnf"), os.path.join(folder, "ca.crl")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\ndefault_md=sha256\n")
        with open(os.path.join(folder, "index"), "w", encoding="ascii"):
            pass
        day = time.strftime("%Y%m%d", time.gmtime(time.time() - 86400))
        run(["openssl", "ca", "-gencrl", "-config", config, "-keyfile", region.path("pki", "ca", "ca.key"), "-cert",
             region.path("pki", "ca.pem"), "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", day + "000000Z",
             "-out", crl], check=True)
        return run(["openssl", "crl", "-in", crl, "-outform", "DER"], check=True, text=False).stdout


class Protocols(BadPeerTest):
    def plain_http(self):
        with socket.create_connection(("127.0.0.1", region.port("school")), WAIT) as raw:
            raw.sendall(b"GET /v1/raadplegingen HTTP/1.1\r\nHost: school.localhost\r\n\r\n")
            got = b""
            try:
                while piece := raw.recv(4096):
                    got += piece
            except ConnectionResetError:
                pass
        return got

    def test_plain_http_is_closed_without_an_answer_and_named_in_the_operational_log(self):
        def named():
            self.assertNotIn(b"HTTP/", self.plain_http())
            return "HTTP zonder TLS" in region.node_log("school")
        eventually("een regel", named)  # refusals within a second are one line, with the first one's reason

    def test_http_1_1_over_tls_is_refused_in_the_handshake(self):
        for alpn in (("http/1.1",), ()):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                with tls_socket(region.port("school"), region.certificate("gebiedsteam"), alpn) as sock:
                    sock.sendall(b"GET / HTTP/1.1\r\nHost: school.localhost\r\n\r\n")
                    if sock.recv(100) == b"":
                        raise ConnectionError("gesloten")

    def test_tls_1_2_is_refused(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2"])
        context.load_cert_chain(*region.certificate("gebiedsteam"))
        with socket.create_connection(("127.0.0.1", region.port("school")), WAIT) as raw, self.assertRaises(ssl.SSLError):
            context.wrap_socket(raw)

    def test_curl_as_third_implementation_gets_its_answer(self):
        certificate, key = region.certificate("gebiedsteam")
        with Peer(region, "school") as peer:
            body = peer.signed(question()).decode()
        done = run(["curl", "-sS", "--http2", "--cacert", region.path("pki", "ca.pem"), "--cert", certificate, "--key",
                    key, "-H", "content-type: application/json", "-H", f"request-id: {new_id()}", "--data-binary", "@-",
                    "-w", "%{http_version} %{http_code}", "-o", "/dev/null",
                    f"https://127.0.0.1:{region.port('school')}/v1/raadplegingen"], body, check=True)
        self.assertEqual(done.stdout, "2 200")

    def test_bytes_that_are_no_http2_end_the_connection(self):
        with tls_socket(region.port("school"), region.certificate("gebiedsteam")) as sock:
            sock.sendall(b"\x16\x03\x01 dit is geen HTTP/2 " * 20)
            with self.assertRaises((ConnectionError, ssl.SSLError)):
                while sock.recv(4096):
                    pass
                raise ConnectionError("gesloten")


class Sizes(BadPeerTest):
    def test_oversize_headers_get_431_and_a_record(self):
        with Peer(region, "school") as peer:
            for headers in ([("x-groot", "a" * 20000)], [(f"x-{i}", "a") for i in range(100)]):
                problem_of(self, peer.request("GET", "/v1/raadplegingen", None, headers), 431)
        self.refused_record(fout="kop-te-groot", ketenpartner=OIN["gebiedsteam"])

    def test_an_announced_oversize_body_gets_413_at_once_and_a_record(self):
        with Peer(region, "school") as peer:
            stream = peer.begin("POST", "/v1/raadplegingen",
                                [("content-type", "application/json"), ("content-length", "16385")], end=False)
            problem_of(self, peer.wait(stream), 413)
        self.refused_record(fout="te-groot")

    def test_an_oversize_body_without_announcement_gets_413(self):
        with Peer(region, "school") as peer:
            stream = peer.begin("POST", "/v1/raadplegingen", [("content-type", "application/json")], end=False)
            peer.data(stream, b" " * 20000, end=False)
            problem_of(self, peer.wait(stream), 413)
            self.assertEqual(peer.consult(question()).status, 200, "dezelfde verbinding werkt nog")

    def test_a_body_of_exactly_the_ceiling_is_read(self):
        with Peer(region, "school") as peer:
            body = peer.signed(question())
            self.assertEqual(peer.consult(body + b" " * (16384 - len(body))).status, 200)
            problem_of(self, peer.consult(body + b" " * (16385 - len(body))), 413)


class Silence(BadPeerTest):
    def test_half_a_tls_handshake_and_silence_is_closed(self):
        begin = time.monotonic()
        with socket.create_connection(("127.0.0.1", region.port("school")), WAIT) as raw:
            raw.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            while raw.recv(4096):
                pass
            self.assertTrue(HANDSHAKE_MS / 1000 * 0.8 < time.monotonic() - begin < HANDSHAKE_MS / 1000 + WAIT)

    def test_no_byte_at_all_is_closed(self):
        with socket.create_connection(("127.0.0.1", region.port("school")), WAIT) as raw:
            self.assertEqual(raw.recv(4096), b"")

    def test_half_a_header_block_and_silence_is_closed(self):
        with Peer(region, "school") as peer:
            self.assertEqual(peer.consult(question()).status, 200)
            # HEADERS without END_HEADERS: the CONTINUATION never comes.
            block = b"\x82\x84"
            peer.sock.sendall(len(block).to_bytes(3, "big") + b"\x01\x00" + (3).to_bytes(4, "big") + block)
            self.assertLess(peer.until_closed(), HEADERS_MS / 1000 + WAIT)
            self.assertIsNotNone(peer.goaway)

    def test_half_a_body_and_silence_gets_408_and_a_record(self):
        with Peer(region, "school") as peer:
            begin = time.monotonic()
            stream = peer.begin("POST", "/v1/raadplegingen", [("content-type", "application/json")], end=False)
            peer.data(stream, json.dumps(question()).encode()[:40], end=False)
            problem_of(self, peer.wait(stream), 408)
            self.assertTrue(BODY_MS / 1000 * 0.8 < time.monotonic() - begin < BODY_MS / 1000 + WAIT)
            self.assertEqual(peer.consult(question()).status, 200, "dezelfde verbinding werkt nog")
        self.refused_record(fout="te-traag")

    def test_a_body_that_drips_is_held_to_the_same_time(self):
        with Peer(region, "school") as peer:
            stream = peer.begin("POST", "/v1/raadplegingen", [("content-type", "application/json")], end=False)
            begin = time.monotonic()
            while peer.answers[stream].status is None and time.monotonic() - begin < WAIT:
                peer.data(stream, b" ", end=False)
                try:
                    peer.take(0.1)
                except TimeoutError:
                    pass
            problem_of(self, peer.wait(stream), 408)

    def test_many_silent_connections_leave_room_for_an_honest_partner(self):
        silent = [socket.create_connection(("127.0.0.1", region.port("school")), WAIT) for _ in range(200)]
        try:
            with Peer(region, "school") as peer:
                self.assertEqual(peer.consult(question()).status, 200)
        finally:
            for raw in silent:
                raw.close()


class Routes(BadPeerTest):
    def test_a_wrong_method_gets_405_with_allow_and_a_record(self):
        with Peer(region, "school") as peer:
            for method in ("GET", "PUT", "DELETE", "PATCH"):
                answer = peer.request(method, "/v1/raadplegingen")
                problem_of(self, answer, 405)
                self.assertEqual(answer.header("allow"), "POST")
        self.refused_record(fout="methode", ketenpartner=OIN["gebiedsteam"])

    def test_an_unknown_path_gets_404(self):
        with Peer(region, "school") as peer:
            for path in ("/", "/v1", "/v1/raadplegingen/", "/v1/raadplegingen/../gebruikers", "/v1/raadplegingen%00"):
                problem_of(self, peer.request("POST", path, b"{}", [("content-type", "application/json")]), 404)

    def test_the_desk_is_not_on_the_peer_listener(self):
        token = [("authorization", "Bearer " + region.token("school", "z.smit"))]
        with Peer(region, "school") as peer:
            for path in ("/v1/logboek", "/v1/gebruikers", "/v1/betrokkenen", "/v1/importen", "/health/live"):
                problem_of(self, peer.request("GET", path, None, token), 404)

    def test_another_media_type_gets_415(self):
        with Peer(region, "school") as peer:
            for media_type in ("text/plain", "application/xml", "application/jsonx", ""):
                problem_of(self, peer.consult(question(), media_type=media_type), 415)
        self.refused_record(fout="mediatype")

    def test_every_answer_names_the_version_and_may_not_be_kept(self):
        with Peer(region, "school") as peer:
            for answer in (peer.consult(question()), peer.request("GET", "/x")):
                self.assertEqual(answer.header("api-version"), "1.0.0")
                self.assertEqual(answer.header("cache-control"), "no-store")


def deep(levels):
    return b"[" * levels + b"]" * levels


KEY = "00112233445566778899aabbccddeeff"
GOOD = json.dumps(question()).encode()
BROKEN = {
    "nothing": b"",
    "not_json": b"bsn=999000020",
    "broken": GOOD[:-1],
    "trailing_text": GOOD + b" en meer",
    "two_documents": GOOD + GOOD,
    "deep": b'{"betrokkene":' + deep(7000) + b"}",
    "duplicate_keys": GOOD[:-1] + b',"doel":"hulpafstemming"}',
    "duplicate_key_escaped": GOOD[:-1] + b',"d\\u006fel":"hulpafstemming"}',
    "not_utf8": GOOD.replace(b"generalist", b"general\xff\xfest"),
    "overlong_utf8": GOOD.replace(b"generalist", b"general\xc0\xafst"),
    "lone_surrogate": GOOD.replace(b"generalist", b"general\\ud800st"),
    "zero_byte": GOOD.replace(b"generalist", b"general\\u0000st"),
    "control_character": GOOD.replace(b"generalist", b"general\nist"),
    "byte_order_mark": b"\xef\xbb\xbf" + GOOD,
    "leading_zero": GOOD[:-1] + b',"x":01}',
    "an_array": b"[" + GOOD + b"]",
    "a_text": b'"hallo"',
    "null": b"null",
}
WRONG = {
    "unknown_field": question(extra="ja"),
    "wrong_type_of_purpose": question(doel=7),
    "wrong_type_of_person": question(betrokkene=MILAN),
    "person_without_a_key": question(betrokkene={}),
    "person_by_number": question(betrokkene={"bsn": MILAN}),
    "person_with_more": question(betrokkene={"sleutel": KEY, "periode": 1, "naam": "Milan"}),
    "key_as_number": question(betrokkene={"sleutel": 7, "periode": 1}),
    "key_too_short": question(betrokkene={"sleutel": KEY[1:], "periode": 1}),
    "key_too_long": question(betrokkene={"sleutel": KEY + "0", "periode": 1}),
    "key_that_is_not_hexadecimal": question(betrokkene={"sleutel": "g" + KEY[1:], "periode": 1}),
    "key_without_a_period": question(betrokkene={"sleutel": KEY}),
    "period_as_text": question(betrokkene={"sleutel": KEY, "periode": "1"}),
    "period_below_zero": question(betrokkene={"sleutel": KEY, "periode": -1}),
    "period_too_large": question(betrokkene={"sleutel": KEY, "periode": 2**32}),
    "period_and_a_half": question(betrokkene={"sleutel": KEY, "periode": 1.5}),
    "no_purpose": question(doel=None),
    "unknown_purpose": question(doel="fraudeopsporing"),
    "unknown_basis": question(grondslag="wet-die-er-niet-is"),
    "unknown_role": question(rol="tovenaar"),
    "no_user": question(gebruiker=None),
    "user_that_is_no_pseudonym": question(gebruiker="g.jansen"),
    "no_case_and_no_report": question(zaak=None),
    "case_and_report": question(melding=CASE),
    "case_that_is_no_pseudonym": question(zaak="Z-2026-0012"),
    "null_value": {**question(), "rol": None},
}


class Questions(BadPeerTest):
    """Each a 400 that names what is wrong, repeats nothing personal, and leaves a record."""

    def assert_refused(self, body):
        request = new_id()
        with Peer(region, "school") as peer:
            answer = peer.consult(body, request)
        problem_of(self, answer, 400)
        text = answer.body.decode()
        for word in (*FAMILY, KEY[1:], "Milan", "g.jansen", "Z-2026-0012", "general", CASE):
            self.assertNotIn(word, text)
        record = self.refused_record(verzoek=request, ketenpartner=OIN["gebiedsteam"])
        self.assertIn(record["fout"], ("syntaxis", "ongeldige-invoer"))

    def test_a_request_without_request_id_is_refused(self):
        with Peer(region, "school") as peer:
            for request in ("", "kort", "g" * 32, new_id() + "0", "%20" + new_id()[3:]):
                problem = problem_of(self, peer.consult(question(), request or None) if request else
                                     peer.request("POST", "/v1/raadplegingen", GOOD,
                                                  [("content-type", "application/json")]), 400)
                self.assertEqual(problem["fouten"][0]["plaats"], "request-id")
        self.refused_record(fout="ongeldige-invoer")

    def test_all_faults_of_a_question_come_at_once_without_the_name_of_an_unknown_field(self):
        with Peer(region, "school") as peer:
            problem = problem_of(self, peer.consult(question(DAAN, doel=7, grondslag=None, **{MILAN: 1}), "kort"), 400)
        places = {fault["plaats"] for fault in problem["fouten"]}
        self.assertLessEqual({"request-id", "", "/doel", "/grondslag"}, places, problem)
        self.assertNotIn(MILAN, json.dumps(problem))

    def test_a_period_that_does_not_serve_is_refused_with_those_that_do(self):
        with Peer(region, "school") as peer:
            for period in (0, 1, 2**32 - 1):
                problem = problem_of(self, peer.consult(question(betrokkene={"sleutel": KEY, "periode": period})), 422)
                self.assertEqual([fault["plaats"] for fault in problem["fouten"]], ["/betrokkene/periode"])
                self.assertRegex(problem["fouten"][0]["melding"], r"\d")
        self.refused_record(ketenpartner=OIN["gebiedsteam"])

    def test_a_syntax_fault_names_line_and_column(self):
        with Peer(region, "school") as peer:
            problem = problem_of(self, peer.consult(b'{\n  "doel": fout}'), 400)
        self.assertEqual(problem["fouten"][0]["plaats"], "regel 2, kolom 11")


def add_question_tests():
    for name, body in {**BROKEN, **WRONG}.items():
        setattr(Questions, f"test_{name}_is_refused", lambda self, body=body: self.assert_refused(body))


add_question_tests()


class Afterwards(unittest.TestCase):
    """Runs in the same region as all of the above."""

    def test_no_personal_data_in_the_operational_log_and_the_log_verifies(self):
        text = region.node_log("school")
        for word in (*FAMILY, "Verhoeven", CASE, REASON, SAMIRA[:8]):
            self.assertNotIn(word, text)
        for line in text.splitlines():
            self.assertLessEqual({"tijd", "niveau", "gebeurtenis"}, set(json.loads(line)))
        self.assertEqual(region.verify("school").returncode, 0)


def load_tests(loader, tests, pattern):
    """Afterwards comes last."""
    last = loader.loadTestsFromTestCase(Afterwards)
    flat = [test for case in tests for test in case if not isinstance(test, Afterwards)]
    return unittest.TestSuite([*flat, *last])


if __name__ == "__main__":
    unittest.main()
