"""An attacker speaks XMPP to the edge's real port (wire.md 10). What comes before TLS is answered by
the edge alone: the stream error is the right one, and not an octet reaches the core. The full tables
are tests/edge/xmpp_gateway_test.cc and tests/xmpp/reader_test.cc."""

import base64
import socket
import ssl

import pytest
from conftest import DOMAIN, wait_until

STREAMS = "http://etherx.jabber.org/streams"
HEADER = (f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' "
          f"xmlns='jabber:client' xmlns:stream='{STREAMS}'>").encode()
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = (b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
        + base64.b64encode(b"\0mac.donald\0secret") + b"</auth>")


def error(condition):
    return (f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
            "</stream:stream>").encode()


def dial(site):
    return socket.create_connection((site.edge_address(), 5222), timeout=20)


def read_to_end(stream):
    said = b""
    while True:
        try:
            chunk = stream.recv(65536)
        except ConnectionResetError:
            return said
        if not chunk:
            return said
        said += chunk


def read_until(stream, words):
    said = b""
    while words not in said:
        chunk = stream.recv(65536)
        assert chunk, said
        said += chunk
    return said


def say(site, octets):
    """Sends them in plain and returns all that comes until the edge closes."""
    with dial(site) as stream:
        try:
            stream.sendall(octets)
        except OSError:
            pass  # it may close as soon as it has seen enough
        return read_to_end(stream)


def secure(site):
    """STARTTLS, the edge's identity checked."""
    stream = dial(site)
    stream.sendall(HEADER)
    offer = read_until(stream, b"</stream:features>")
    assert offer.count(b"<starttls") == 1 and b"<required/>" in offer and b"mechanism" not in offer
    stream.sendall(STARTTLS)
    assert read_until(stream, b">") == b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    return site.tls(alpn=()).wrap_socket(stream, server_hostname=f"edge.{DOMAIN}")


def lol(depth):
    entities = "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, depth))
    return f"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 'lol'>{entities}]><l>&l{depth - 1};</l>".encode()


BAD = {
    "another domain": (HEADER.replace(DOMAIN.encode(), b"evil.example"), "host-unknown"),
    "no domain": (HEADER.replace(f"to='{DOMAIN}' ".encode(), b""), "host-unknown"),
    "no version": (HEADER.replace(b" version='1.0' ", b" "), "unsupported-version"),
    "a stanza": (HEADER + b"<message/>", "policy-violation"),
    "an entity bomb": (lol(10), "restricted-xml"),
    "a DTD in the stream": (HEADER + b"<!DOCTYPE x>", "restricted-xml"),
    "an entity": (HEADER + b"<message>&x;</message>", "restricted-xml"),
    "a comment": (HEADER + b"<message><!-- x --></message>", "restricted-xml"),
    "an instruction": (HEADER + b"<message><?x y?></message>", "restricted-xml"),
    "1 MiB": (HEADER + b"<message>" + b"x" * 1024 * 1024, "policy-violation"),
    "a header of 1 MiB": (b"<stream:stream a='" + b"x" * 1024 * 1024, "policy-violation"),
    "depth 1,000": (HEADER + b"<a>" * 1000, "policy-violation"),
    "1,000 attributes": (HEADER + b"<a" + b"".join(b" a%d=''" % i for i in range(1000)) + b"/>",
                         "policy-violation"),
    "UTF-16": (HEADER.decode().encode("utf-16"), "unsupported-encoding"),
    "not well-formed": (HEADER + b"<a></b>", "not-well-formed"),
    "no XML": (b"GET / HTTP/1.1\r\n\r\n", "bad-format"),
}


@pytest.mark.parametrize("what", BAD)
def test_before_tls(site, what):
    octets, condition = BAD[what]
    said = say(site, octets)
    assert said.endswith(error(condition)), said
    assert said.count(b"<stream:stream ") == 1 and b"<proceed" not in said


def test_a_password_in_clear(site):
    said = say(site, HEADER + AUTH)
    assert said.endswith(b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><encryption-required/>"
                         b"</failure></stream:stream>"), said
    log = site.wait_log("edge", "encryption-required")
    assert "mechanism='PLAIN'>xxxxx</auth>" in log
    assert base64.b64encode(b"\0mac.donald\0secret").decode() not in log


def test_the_name_is_checked(site):
    """A certificate for the edge and for the domain, as clients of both kinds look for."""
    for name in (f"edge.{DOMAIN}", DOMAIN):
        with dial(site) as plain:
            plain.sendall(HEADER)
            read_until(plain, b"</stream:features>")
            plain.sendall(STARTTLS)
            read_until(plain, b">")
            with site.tls(alpn=()).wrap_socket(plain, server_hostname=name) as stream:
                assert stream.version() == "TLSv1.3"
    with dial(site) as plain:
        plain.sendall(HEADER)
        read_until(plain, b"</stream:features>")
        plain.sendall(STARTTLS)
        read_until(plain, b">")
        with pytest.raises(ssl.SSLCertVerificationError):
            site.tls(alpn=()).wrap_socket(plain, server_hostname="evil.example")


def test_direct_tls(site):
    with site.tls(alpn=("xmpp-client",)).wrap_socket(dial(site), server_hostname=DOMAIN) as stream:
        assert stream.selected_alpn_protocol() == "xmpp-client"
        stream.sendall(HEADER.replace(DOMAIN.encode(), b"evil.example"))
        assert read_to_end(stream).endswith(error("host-unknown"))
    with site.tls(alpn=()).wrap_socket(dial(site), server_hostname=DOMAIN) as stream:
        assert read_to_end(stream).endswith(error("policy-violation"))
    with pytest.raises(ssl.SSLError):
        site.tls(alpn=("h2",)).wrap_socket(dial(site), server_hostname=DOMAIN)


def test_the_domain_stays_the_same(site):
    with secure(site) as stream:
        stream.sendall(HEADER.replace(DOMAIN.encode(), b"evil.example"))
        said = read_to_end(stream)
    assert said.startswith(b"<?xml") and said.endswith(error("host-unknown")), said


def rss(site, name):
    with open(f"/proc/{site.pid(name)}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_flood_of_bad_streams_costs_no_memory(site):
    def flood():
        for octets, _ in BAD.values():
            for _ in range(10):
                say(site, octets)
    flood()
    before = rss(site, "edge")
    for _ in range(3):
        flood()
    assert rss(site, "edge") - before < 4 * 1024, "KiB more after 510 bad streams"
    wait_until(lambda: site.status("edge")["now"]["xmpp_connections"] == 0, "all to be closed")


def test_nothing_of_all_this_came_inside(site):
    """The tests before this sent no good header inside TLS."""
    assert "network.xmpp" not in site.log("core")
    assert site.status("edge")["counters"]["xmpp_signed_in"] == 0


def test_a_password_behind_starttls(site):
    """Put there by whoever stands in the way: it is dropped, and TLS begins as if it had not come."""
    with dial(site) as plain:
        plain.sendall(HEADER)
        read_until(plain, b"</stream:features>")
        plain.sendall(STARTTLS + AUTH)
        assert read_until(plain, b">") == b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
        with site.tls(alpn=()).wrap_socket(plain, server_hostname=DOMAIN) as stream:
            stream.sendall(HEADER)
            said = read_until(stream, b"</stream:features>")
            assert b"<mechanism>PLAIN</mechanism>" in said and b"<success" not in said
