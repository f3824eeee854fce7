"""Clients of XMPP outside, through edge and core to a presence server inside (wire.md 10): the stories
of xmpp.py with another Door, one-time passwords as the presence service's own mechanism, and what
clients see when something on the way is lost."""

import asyncio
import base64
import re
import signal
import subprocess
import time

import pytest

pytest.importorskip("slixmpp")

import xmpp  # noqa: E402
from conftest import BIN, DEADLINE, DOMAIN, PATIENCE, wait_until  # noqa: E402
from test_presence import make_older, mint  # noqa: E402
from xmpp import signed_in, sign_in_fails  # noqa: E402

pytestmark = pytest.mark.real

NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
# As the presence service's guide prints it.
TOKEN_FAILURE = (f"<failure xmlns='{NS_SASL}'><temporary-auth-failure/>"
                 "<token-expired xmlns='http://protocols.cisco.com/vtg/token'/></failure>")
LOST = "<remote-connection-failed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"


def edge_door(site):
    return xmpp.Door(site.edge_address(), 5222)


def outside(site, user="mac.donald", **more):
    return signed_in(site, user, door=edge_door(site), **more)


class Raw(xmpp.RawStream):
    """A stream through the edge, in TLS, with the features of the node that it reached."""

    def __init__(self, site):
        super().__init__(edge_door(site))
        self.open()
        self.read_until("</stream:features>")
        self.start_tls(site.tls(alpn=()))
        self.open()

    def token(self, secret, user="mac.donald", domain=DOMAIN):
        message = base64.b64encode(f"userid={user}@{domain}\0token={secret}".encode()).decode()
        self.send(f"<auth xmlns='{NS_SASL}' mechanism='CISCO-VTG-TOKEN'>{message}</auth>")
        return self.read_until("<success[^>]*>|</failure>")


def streams(site):
    return site.status("core")["xmpp_streams"]


# --- what clients do -----------------------------------------------------------------------------

def test_two_clients_chat_through_the_edge(place):
    async def story():
        async with outside(place, "mac.donald") as one, outside(place, "rknotts") as other:
            await xmpp.befriend(one, other)
            one.send_message(mto=other.boundjid, mbody="hello", mtype="chat")
            assert (await other.next_message(lambda m: m["body"] == "hello"))["from"] == one.boundjid
            room = xmpp.room_name()
            await one.enter(room, "one")
            await one.ask("set", room, xmpp.submit())
            await other.enter(room, "other")
            other.send_message(mto=room, mbody="to all", mtype="groupchat")
            await one.next_message(lambda m: m["body"] == "to all")
            big = "x" * 50_000
            one.send_message(mto=other.boundjid, mbody=big, mtype="chat")
            await other.next_message(lambda m: m["body"] == big)
    asyncio.run(story())
    wait_until(lambda: streams(place) == 0, "the streams to end")


def test_outside_and_inside_talk_to_each_other(place):
    async def story():
        async with outside(place, "mac.donald") as one, signed_in(place, "rknotts") as other:
            one.send_message(mto=other.boundjid, mbody="in", mtype="chat")
            await other.next_message(lambda m: m["body"] == "in")
            other.send_message(mto=one.boundjid, mbody="out", mtype="chat")
            await one.next_message(lambda m: m["body"] == "out")
            assert streams(place) == 1
    asyncio.run(story())


def test_a_wrong_password_is_the_nodes_answer(place):
    condition = asyncio.run(sign_in_fails(place, secret="wrong", door=edge_door(place)))
    assert condition == "not-authorized"


def test_one_flow_id_follows_a_stream_across_edge_and_core(place):
    async def story():
        async with outside(place, "mac.donald") as client:
            return client.boundjid.full
    jid = asyncio.run(story())
    details = ("Opened", "Secured", "Authenticated", "Bound", "Closed")
    core = place.wait_log("core", f'Jid="{jid}"')
    flow = re.search(rf'Flow-id="(\w+)".*Jid="{re.escape(jid)}"', core).group(1)
    for name in ("edge", "core"):
        def lines():
            return [line for line in place.log(name).splitlines()
                    if flow in line and 'Detail="XMPP Stream' in line]
        wait_until(lambda: any("Stream Closed" in line for line in lines()), f"the end in {name}")
        seen = [re.search(r'Detail="XMPP Stream (\w+)"', line).group(1) for line in lines()]
        assert tuple(seen) == details, seen
    for secret in (place.password(), base64.b64encode(place.password().encode()).decode()[:12]):
        assert secret not in place.log("core")


# --- one-time passwords --------------------------------------------------------------------------

def test_a_one_time_password_is_taken_as_the_services_own_mechanism(place):
    secret = mint(place)
    stream = Raw(place)
    assert "<mechanism xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>CISCO-VTG-TOKEN</mechanism>" in \
        stream.read_until("</stream:features>")
    assert "<success" in stream.token(secret)
    stream.open()
    stream.read_until("</stream:features>")
    stream.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    assert f"mac.donald@{DOMAIN}/" in stream.read_until("</iq>")
    # Used: the same words, on a stream of its own, as often as it is tried.
    again = Raw(place)
    again.read_until("</stream:features>")
    assert again.token(secret) == TOKEN_FAILURE
    assert again.token(secret) == TOKEN_FAILURE
    assert "<success" in again.token(mint(place))
    stream.close()
    again.close()
    assert secret not in place.log("core")


def test_a_one_time_password_that_is_not_good_gets_the_guides_words(place):
    stream = Raw(place)
    stream.read_until("</stream:features>")
    secret = mint(place)
    assert stream.token(secret, user="rknotts") == TOKEN_FAILURE
    assert stream.token(secret, domain="elsewhere.example") == TOKEN_FAILURE
    make_older(place, 11 * 60)
    assert stream.token(secret) == TOKEN_FAILURE
    assert "<success" in stream.token(mint(place))
    stream.close()


# --- what is lost --------------------------------------------------------------------------------

async def lose(site, name):
    """Kills it under two clients: how long both waited for the stream error."""
    async with TwoClients(site) as clients:
        begin = time.monotonic()
        site.kill(name)
        for client in clients:
            _, error = await client.until(lambda c=client: c.event_named("stream_error"), "the error")
            assert error["condition"] == "remote-connection-failed"
        waited = time.monotonic() - begin
    return waited


class TwoClients:
    """Two clients online; nothing is expected of their ends."""

    def __init__(self, site):
        self.clients = [xmpp.Client(site, user) for user in ("mac.donald", "rknotts")]
        self.site = site

    async def __aenter__(self):
        for client in self.clients:
            await client.sign_in(edge_door(self.site))
            await client.come_online()
        return self.clients

    async def __aexit__(self, *_):
        for client in self.clients:
            client.drop()


def test_a_core_that_dies_is_told_at_once_and_one_that_returns_serves_at_once(place):
    waited = asyncio.run(lose(place, "core"))
    assert waited < 1 * PATIENCE
    assert asyncio.run(sign_in_fails(place, door=edge_door(place))) in ("stream_error", "disconnected")
    place.lab("start", "core")
    begin = time.monotonic()

    async def back():
        async with outside(place, "mac.donald"):
            return time.monotonic() - begin
    assert asyncio.run(back()) < 2 * PATIENCE


def test_a_core_that_is_stopped_says_so_at_once(place):
    async def story():
        async with TwoClients(place) as clients:
            begin = time.monotonic()
            stopping = asyncio.get_running_loop().run_in_executor(None, place.lab, "restart", "core")
            for client in clients:
                await client.until(lambda c=client: c.event_named("stream_error"), "the error")
            waited = time.monotonic() - begin
            await stopping
            return waited
    assert asyncio.run(story()) < 2 * PATIENCE  # the lab's own start included


def test_a_node_that_dies_is_told_at_once(place):
    waited = asyncio.run(lose(place, "presence"))
    assert waited < 1 * PATIENCE
    stream = Raw(place)
    assert LOST in stream.read_until("</stream:stream>")
    stream.close()
    place.lab("start", "presence")

    async def back():
        async with outside(place, "mac.donald"):
            pass
    asyncio.run(back())


def test_a_node_that_says_nothing_is_given_up(place):
    place.kill("presence", signal.SIGSTOP)
    try:
        stream = Raw(place)
        wait_until(lambda: streams(place) == 1, "the stream")
        assert LOST in stream.read_until("</stream:stream>")
        stream.close()
        wait_until(lambda: streams(place) == 0, "the end of it")
        place.wait_log("core", "it took too long to become ready")
    finally:
        place.kill("presence", signal.SIGCONT)


def test_an_edge_that_dies_leaves_nothing_at_the_core(place):
    stream = Raw(place)
    stream.read_until("</stream:features>")
    assert streams(place) == 1
    place.kill("edge")
    try:
        wait_until(lambda: streams(place) == 0, "the end of the stream")
    finally:
        place.lab("start", "edge")
    stream.close()


# --- whom the core believes ----------------------------------------------------------------------

@pytest.fixture
def refused(fresh_site):
    """A site whose core reaches no node, and what it then says of it."""
    def look(reason):
        stream = Raw(fresh_site)
        assert LOST in stream.read_until("</stream:stream>")
        stream.close()
        assert reason in fresh_site.wait_log("core", "presence node not reached")
    fresh_site.refused = look
    return fresh_site


def test_a_node_of_another_authority_is_not_believed(refused):
    subprocess.run([BIN / "sallyport", "cert", "ca", "--out", refused.folder / "other-ca", "--name", "other"],
                   check=True, capture_output=True, timeout=DEADLINE)
    refused.issue_certificate("presence", f"DNS:imp-pub.{DOMAIN}", f"DNS:{DOMAIN}", ca="other-ca")
    refused.lab("restart", "presence")
    refused.refused("certificate")
    refused.change("core", "  sasl: plain_only", "  sasl: plain_only\n  trust: other-ca/ca.pem")
    refused.lab("restart", "core")

    async def story():
        async with outside(refused):
            pass
    asyncio.run(story())


def test_a_node_of_another_name_is_not_believed(refused):
    refused.issue_certificate("presence", "DNS:imp-pub.elsewhere.example", f"DNS:conference.{DOMAIN}")
    refused.lab("restart", "presence")
    refused.refused("certificate")
    # One that has its host's name alone is.
    refused.issue_certificate("presence", f"DNS:imp-pub.{DOMAIN}")
    refused.lab("restart", "presence")

    async def story():
        async with outside(refused):
            pass
    asyncio.run(story())


def test_the_next_node_is_taken_when_one_is_down(fresh_site):
    down = f"{fresh_site.net}.20.99:5222"
    fresh_site.change("core", "  sasl: plain_only",
                      f'  sasl: plain_only\n  nodes: ["{down}", imp-pub.{DOMAIN}]\nworkers: 1')
    fresh_site.lab("restart", "core")

    async def story():
        for _ in range(2):
            async with outside(fresh_site):
                pass
    asyncio.run(story())
    assert fresh_site.wait_log("core", "presence node not reached").count("node not reached") == 1
