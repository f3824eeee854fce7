"""The test messages of RFC 4475 and RFC 5118, and worse, against the running edge: each gets the
answer its manifest names, nothing passes that must not, and the edge goes on."""

import csv
import re

import pytest
from conftest import DEADLINE, ROOT
from sip import SipClient

TORTURE = ROOT / "tests/sip/torture"


def cases():
    for folder in ("rfc4475", "rfc5118"):
        with open(TORTURE / folder / "manifest.tsv", newline="") as manifest:
            for row in csv.DictReader(manifest, delimiter="\t"):
                yield pytest.param(TORTURE / folder / row["file"], row, id=row["name"])


def statuses_of(client, silence=None):
    """The statuses of everything the edge says until it closes, or answers a ping sent after it, or
    is silent for so many seconds."""
    statuses = []
    try:
        if silence is None:
            client.send("\r\n\r\n")
        while client.next_is_message(silence or DEADLINE):
            statuses.append(client.read(silence or DEADLINE).status)
    except (TimeoutError, EOFError, OSError):
        pass
    return statuses


def allowed(row):
    """The statuses that the manifest allows; None: any, or silence."""
    expected = row["expected"]
    if row["kind"] == "response":
        return set()
    numbers = {int(number) for number in re.findall(r"\b([2-6]\d\d)\b", expected)}
    if row["syntax"] == "invalid":
        return numbers or None
    if expected.startswith(("416", "420", "401", "400 as registrar")) or "483" in expected:
        return numbers | {401, 407}
    return None


@pytest.mark.parametrize("file, row", cases())
def test_a_message_of_the_rfcs(site, file, row):
    client = SipClient(site)
    relayed = site.log("core").count("Method=")
    client.send(file.read_bytes())
    name = row["name"]
    # The one that waits for the rest of its body takes a ping for it.
    statuses = statuses_of(client, silence=0.5 if name == "clerr" else None)
    if row["kind"] == "response" or name == "clerr":
        assert statuses == [], f"an answer to what is none or not whole: {statuses}"
    else:
        assert statuses, f"no answer to {name}"
        permitted = allowed(row)
        if permitted is not None:
            assert statuses[0] in permitted, f"{statuses}, {row['expected']}"
        elif row["syntax"] != "invalid":
            assert statuses[0] not in (400, 500, 505), f"taken for malformed: {statuses}"
    if name == "dblreq":
        assert len(statuses) == 2 and statuses[0] in (401, 403, 404, 407), statuses
    if name in ("intmeth", "esc02"):
        assert statuses[0] in (405, 501), statuses
    assert site.log("core").count("Method=") == relayed, "it went inside"
    client.close()
    probe = SipClient(site)
    assert probe.register().status == 407
    probe.close()


def test_all_of_them_are_here():
    assert len(list(cases())) == 61


HEAD = "OPTIONS sip:edge.lab.example SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKx\r\n" \
       "From: <sip:a@b.example>;tag=1\r\nTo: <sip:c@d.example>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n" \
       "Max-Forwards: 70\r\n"

HOSTILE = {
    "endless start line": b"OPTIONS sip:" + b"a" * 70000,
    "endless header": (HEAD + "X: ").encode() + b"a" * 70000,
    "too many fields": (HEAD + "X: y\r\n" * 5000 + "\r\n").encode(),
    "huge Content-Length": (HEAD + "Content-Length: 99999999999999999999\r\n\r\n").encode(),
    "body beyond the limit": (HEAD + "Content-Length: 1000000\r\n\r\n").encode() + b"x" * 70000,
    "NUL in the head": (HEAD + "X: a\0b\r\nContent-Length: 0\r\n\r\n").encode(),
    "bare LF": HEAD.replace("\r\n", "\n").encode() + b"\n\n",
    "not SIP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "binary": bytes(range(2, 256)) * 64,
    "Via bomb": (HEAD + "Via: " + ",".join(["SIP/2.0/TLS h"] * 2000) + "\r\nContent-Length: 0\r\n\r\n").encode(),
    "quotes without end": (HEAD + 'Contact: "' + "<" * 20000 + "\r\nContent-Length: 0\r\n\r\n").encode(),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_hostile_is_refused_or_closed(site, what):
    client = SipClient(site)
    try:
        client.send(HOSTILE[what])
    except OSError:
        pass  # closed while we were still at it
    statuses = statuses_of(client, silence=0.5)
    assert all(400 <= status < 600 for status in statuses), statuses
    client.close()
    probe = SipClient(site)
    assert probe.register().status == 407
    probe.close()


def test_a_line_in_the_log_cannot_be_forged(site):
    client = SipClient(site)
    forged = '2014-09-01T20:59:14+00:00 edge tvcs: UTCTime="2014-09-01 20:59:14,209" Module="network.sip"'
    client.register(User_Agent=f'x\r\n {forged} Level="INFO": Event="Forged"')
    log = site.wait_log("edge", client.call_id, "407")
    assert not any(line.startswith("2014-09-01") for line in log.splitlines())
    client.close()
