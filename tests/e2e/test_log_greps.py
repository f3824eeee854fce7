"""The greps of docs/support.md find lines of the traffic log, and nothing that a client made up."""

import re
import socket
import subprocess

import pytest
from conftest import DEADLINE, DOMAIN, ROOT
from sip import SipClient

SECTION = (ROOT / "docs/support.md").read_text().split("\n## Grep\n")[1].split("\n## ")[0]
GREPS = re.findall("`(grep [^`]+)`", SECTION)
IDS = {"Txn-id": r'Txn-id="(\d+)"', "Flow-id": r'Flow-id="(\w{32})"', "Call-ID": r"Call-ID=([^ ,]+)",
       "Msg-Hash": r"Msg-Hash=(\d+)"}
LINE = re.compile(r'(\w+\.log:)?\d{4}-\d\d-\d\dT[\d:]{8}\+00:00 \S+ (traffic_server\[\d+\]|tvcs|xcp): '
                  r'UTCTime="[^"]+" Module="[^"]+" Level="[A-Z]+":( [A-Z][A-Za-z-]+="[^"]*")+')


@pytest.fixture(scope="module")
def ids(site):
    """Of one registration, which a client that is not ours may know as well."""
    assert site.login().returncode == 0
    log = site.wait_log("edge", 'Event="Unregistered"', "XMPP Stream Closed")
    found = {"Txn-id": re.findall(IDS["Txn-id"], log)[0]}
    for line in log.splitlines():
        if 'Detail="Sending Request Method=REGISTER' in line:
            return found | {name: re.search(IDS[name], line)[1] for name in IDS if name != "Txn-id"}


@pytest.fixture(scope="module", autouse=True)
def lies(site, ids):
    """What passes for a line if one looks at parts of it. All that is said here says "hostile"."""
    keys = (f'Level="INFO": Detail="XMPP Stream Bound" Txn-id="{ids["Txn-id"]}" Flow-id="{ids["Flow-id"]}" '
            f'Event="Signed In" Reason="5002@hostile of mac.donald" User="mac.donald" Detail="Receive Request '
            f'Method=REGISTER, CSeq=1, To=sip:5002@hostile, Call-ID={ids["Call-ID"]}, Msg-Hash={ids["Msg-Hash"]}"')
    plain = f'hostile tvcs: Module="network.sip" {keys}'
    whole = ('2026-11-29T22:25:54+00:00 hostile tvcs: UTCTime="2026-11-29 22:25:54,994" '
             f'Module="network.sip" {keys}')
    fields = {"X-Note": plain, "X-Line": whole}
    query = ("?hostile&Event=&Event=Registered&Reason=5002@,mac.donald&Module=network.sip&Method=REGISTER,To=sip:5002@"
             "&XMPP%20Stream&User=mac.donald")
    site.ask("GET", site.uds("/cucm-uds/version" + query), site.session() | fields)

    client = SipClient(site)
    for number, call_id in enumerate(("hostile", "hostile, Method=REGISTER, CSeq=1, To=sip:5002@")):
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        client.send(f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS {client.local};branch=z9hG4bK{number}\r\n"
                    f"From: <sip:x@{DOMAIN}>;tag=1\r\nTo: <sip:x@{DOMAIN}>\r\nCall-ID: {call_id}\r\n"
                    f"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n{head}Content-Length: 0\r\n\r\n")
        assert client.response().status
    client.close()

    plain_socket = socket.create_connection((site.edge_address(), 5222), DEADLINE)
    stream = site.tls(("xmpp-client",)).wrap_socket(plain_socket, server_hostname="edge." + DOMAIN)
    stream.sendall(f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                   f"version='1.0' to='{DOMAIN}' id='{plain}\n{whole}'><message>{plain}\n{whole}".encode())
    stream.sendall(b"</message>")
    while stream.recv(65536):
        pass
    stream.close()
    site.wait_log("edge", "<message/> before SASL", "hostile, Method=REGISTER, CSeq=1", "?hostile&")
    site.wait_log("core", "?hostile&")


def test_they_are_all_found_in_the_page():
    assert len(GREPS) == SECTION.count("`grep ") >= 10, GREPS


@pytest.mark.parametrize("command", GREPS)
def test_a_grep_of_the_page_finds_true_lines_only(site, ids, command):
    for name, pattern in IDS.items():
        command = re.sub(pattern, lambda match: match[0].replace(match[1], ids[name]), command)
    done = subprocess.run(command, shell=True, cwd=site.folder, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=DEADLINE)
    hits = done.stdout.splitlines()
    assert hits and not done.stderr, (command, done)
    for hit in hits:
        assert LINE.fullmatch(hit) and "hostile" not in hit, (command, hit)
