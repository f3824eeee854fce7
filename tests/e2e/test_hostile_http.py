"""An attacker speaks HTTP/1.1 to the edge's real port. What is malformed is answered 400 and the
connection closed; nothing of it reaches the core. The full table is tests/net/http/h1_cases.h."""

import socket
import ssl
import time

import pytest
from conftest import DOMAIN, host_path, wait_until


def exchange(site, raw, finish=True):
    """Sends bytes, reads until the edge closes, returns what it said."""
    with site.connect(timeout=20) as stream:
        try:
            stream.sendall(raw)
        except OSError:
            pass  # it may close as soon as it has seen enough
        said = b""
        while finish:
            try:
                chunk = stream.recv(65536)
            except (OSError, TimeoutError) as error:
                assert not isinstance(error, TimeoutError), (raw[:80], said)
                break
            if not chunk:
                break
            said += chunk
        return said


GOOD = b"GET /x HTTP/1.1\r\nHost: edge.lab.example\r\n"

BAD = {
    "bare LF": b"GET /x HTTP/1.1\nHost: e\n\n",
    "bare CR": b"GET /x HTTP/1.1\r\nHost: e\rX: y\r\n\r\n",
    "space before colon": GOOD + b"X : y\r\n\r\n",
    "folded line": GOOD + b"X: y\r\n z\r\n\r\n",
    "empty name": GOOD + b": y\r\n\r\n",
    "NUL in value": GOOD + b"X: a\0b\r\n\r\n",
    "control in target": b"GET /\x01 HTTP/1.1\r\nHost: e\r\n\r\n",
    "no host": b"GET /x HTTP/1.1\r\n\r\n",
    "two hosts": GOOD + b"Host: edge.lab.example\r\n\r\n",
    "bad host": b"GET /x HTTP/1.1\r\nHost: a b\r\n\r\n",
    "user in host": b"GET /x HTTP/1.1\r\nHost: u@e\r\n\r\n",
    "absolute form of another host": b"GET http://other/x HTTP/1.1\r\nHost: e\r\n\r\n",
    "HTTP/0.9": b"GET /x\r\n\r\n",
    "HTTP/1.2": b"GET /x HTTP/1.2\r\nHost: e\r\n\r\n",
    "HTTP/2 preface in clear": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "length and chunked": GOOD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": GOOD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "listed length": GOOD + b"Content-Length: 1, 1\r\n\r\nx",
    "signed length": GOOD + b"Content-Length: +1\r\n\r\nx",
    "huge length": GOOD + b"Content-Length: 99999999999999999999999\r\n\r\nx",
    "gzip, chunked": GOOD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": GOOD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "odd chunked": GOOD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "tab in target": b"GET /x\ty HTTP/1.1\r\nHost: e\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_head_is_answered_400_and_closed(site, name):
    before = site.status("core")["counters"]["requests"]
    smuggled = BAD[name] + b"GET /smuggled HTTP/1.1\r\nHost: e\r\n\r\n"
    said = exchange(site, smuggled)
    assert said.startswith(b"HTTP/1.1 400 "), said[:200]
    assert said.count(b"HTTP/1.1 ") == 1, said
    assert site.status("core")["counters"]["requests"] == before


def test_what_the_parser_refuses_leaves_a_line_too(site):
    exchange(site, BAD["bare CR"])
    exchange(site, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: e\r\n\r\n")
    site.wait_log("edge", 'Event="Request Refused" Reason="400: ', 'Reason="414: ')


@pytest.mark.parametrize("raw,status", [
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: e\r\n\r\n", 414),
    (GOOD + b"".join(b"X-%d: y\r\n" % n for n in range(120)) + b"\r\n", 431),
    (GOOD + b"X: " + b"y" * 40000 + b"\r\n\r\n", 431),
    (GOOD + b"x" * 300 + b": y\r\n\r\n", 431)])
def test_what_is_too_large_is_named_so(site, raw, status):
    assert exchange(site, raw).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize("count,size", [(100, 1000), (10, 32 * 1024)])
def test_what_the_edge_takes_the_core_takes_too(site, count, size):
    """Heads of as many fields, and of as many bytes, as the edge takes: it adds some of its own."""
    head = (f"GET {site.uds('/cucm-uds/servers')} HTTP/1.1\r\nHost: e\r\n"
            f"Cookie: {site.session()['Cookie']}\r\nConnection: close\r\n").encode()
    for left in range(count - head.count(b": "), 0, -1):
        value = b"y" * max(1, (size - len(head) - 2) // left - len(b"X-10: \r\n"))
        head += b"X-%d: %s\r\n" % (left, value)
    assert exchange(site, head + b"\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", [b"CONNECT", b"TRACE"])
def test_connect_and_trace_are_refused(site, method):
    target = b"e:443" if method == b"CONNECT" else b"/x"
    said = exchange(site, method + b" " + target + b" HTTP/1.1\r\nHost: e:443\r\n\r\n")
    assert said[:12] in (b"HTTP/1.1 405", b"HTTP/1.1 501", b"HTTP/1.1 400"), said


def chunked(site, session, body):
    path = site.uds("/cucm-uds/user/mac.donald")
    head = (f"PUT {path} HTTP/1.1\r\nHost: e\r\nCookie: {session['Cookie']}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n")
    return exchange(site, head.encode() + body)


@pytest.mark.parametrize("body", [
    b"\r\nx\r\n0\r\n\r\n", b"-1\r\nx\r\n0\r\n\r\n", b"+1\r\nx\r\n0\r\n\r\n", b"0x1\r\nx\r\n0\r\n\r\n",
    b"1\nx\r\n0\r\n\r\n", b"1\r\nxx\r\n0\r\n\r\n", b"11111111111111111\r\nx", b"1 \r\nx\r\n0\r\n\r\n",
    b"1;a=\x00\r\nx\r\n0\r\n\r\n", b"1;" + b"a" * 20000 + b"\r\nx\r\n0\r\n\r\n"])
def test_a_malformed_chunk_ends_the_connection(site, body):
    said = chunked(site, site.session(), body + b"GET /smuggled HTTP/1.1\r\nHost: e\r\n\r\n")
    assert said.count(b"HTTP/1.1 ") <= 1 and b" 200 " not in said[:20], said


def test_pipelined_requests_are_answered_in_order(site):
    cookie = site.session()["Cookie"]
    path = site.uds("/cucm-uds/version")
    one = f"GET {path} HTTP/1.1\r\nHost: e\r\nCookie: {cookie}\r\n\r\n"
    last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    said = exchange(site, (one * 5 + last).encode())
    assert said.count(b"HTTP/1.1 200 OK") == 6


def test_expect_100_continue_is_honoured(site):
    cookie = site.session()["Cookie"]
    with site.connect() as stream:
        stream.sendall((f"PUT {site.uds('/cucm-uds/user/mac.donald')} HTTP/1.1\r\nHost: e\r\n"
                        f"Cookie: {cookie}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                       .encode())
        assert stream.recv(4096).startswith(b"HTTP/1.1 100 ")
        stream.sendall(b"abc")
        assert stream.recv(4096).startswith(b"HTTP/1.1 ")


def test_upgrade_is_ignored(site):
    cookie = site.session()["Cookie"]
    said = exchange(site, (f"GET {site.uds('/cucm-uds/version')} HTTP/1.1\r\nHost: e\r\n"
                           f"Cookie: {cookie}\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade, close\r\n\r\n").encode())
    assert said.startswith(b"HTTP/1.1 200 ")


def test_plain_http_is_closed(site):
    with socket.create_connection((site.edge_address(), 8443), 30) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: e\r\n\r\n")
        while plain.recv(4096):
            pass


def test_half_a_handshake_is_closed_when_its_time_is_over(fresh_site):
    fresh_site.change("edge", "\ntunnel:", "\nlimits:\n  handshake: 2s\ntunnel:")
    fresh_site.lab("restart", "edge")
    for port in (8443, 5061):
        with socket.create_connection((fresh_site.edge_address(), port), 30) as silent:
            silent.sendall(b"\x16\x03\x01\x02\x00\x01")
            started = time.monotonic()
            while silent.recv(4096):
                pass
            assert time.monotonic() - started > 1.5, f"{port}: a client gets the time it was promised"


def records(site, port, alpn, text):
    """A TCP connection after its TLS handshake, and `text` as it is sealed for it, unsent."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = site.tls(alpn).wrap_bio(incoming, outgoing, server_hostname=f"edge.{DOMAIN}")
    plain = socket.create_connection((site.edge_address(), port), 30)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            plain.sendall(outgoing.read())
            incoming.write(plain.recv(65536))
    plain.sendall(outgoing.read())
    tls.write(text)
    return plain, outgoing.read()


def test_a_bad_record_behind_what_is_refused_ends_one_connection(site):
    """The refusal is written before the record is seen to be bad, and must not be sealed after."""
    for port, alpn, text in (
            (8443, ("http/1.1",), b"GET\r\n\r\n"),
            (8443, ("http/1.1",), b"GET / HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n"),
            (8443, ("h2",), b"GET / HTTP/1.1\r\nHost: e\r\n\r\n"),
            (5061, (), b"GET / HTTP/1.1\r\nHost: e\r\n\r\n"),
            (5222, ("xmpp-client",), b"<stream:stream xmlns='x'>")):
        for bad in (b"\x15\x03\x03\x00\x01", b"\x17\x03\x03\x00\x20", b"\x16\x03\x03\xff\xff"):
            plain, sealed = records(site, port, alpn, text)
            with plain:
                plain.sendall(sealed + bad + bytes(64))
                try:
                    while plain.recv(65536):
                        pass
                except ConnectionError:
                    pass
    assert site.ask("GET", host_path(DOMAIN) + "/x", {}).status == 401


def test_a_head_that_never_ends_is_cut_off(site):
    with site.connect(timeout=30) as stream:
        stream.sendall(GOOD)
        said = b""
        while chunk := stream.recv(4096):
            said += chunk
        assert said == b"" or said.startswith(b"HTTP/1.1 408 ")


def test_the_tunnel_port_takes_nobody_without_a_cores_certificate(site):
    before = len(site.status("edge")["links"])
    context = site.tls(("h2",))
    for chain in (None, "home"):
        if chain:
            context.load_cert_chain(site.folder / f"{chain}.pem", site.folder / f"{chain}.key")
        with socket.create_connection((site.edge_address(), 7001), 10) as plain:
            with pytest.raises(OSError):
                with context.wrap_socket(plain, server_hostname=f"edge.{DOMAIN}") as stream:
                    while stream.recv(100):
                        pass
                    raise ConnectionError("closed")
    assert len(site.status("edge")["links"]) == before
    site.wait_log("edge", "link refused")


def test_many_half_open_clients_do_not_keep_others_out(site):
    idle = [socket.create_connection((site.edge_address(), 8443)) for _ in range(500)]
    try:
        wait_until(lambda: site.ask("GET", site.uds("/cucm-uds/version"),
                                    site.session()).status == 200, "an answer beside them")
        assert site.ask("GET", host_path(DOMAIN) + "/x", {}).status == 401
    finally:
        for stream in idle:
            stream.close()
