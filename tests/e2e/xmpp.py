"""An XMPP client for the end-to-end tests: slixmpp, which is not ours, signing in strictly (the lab's
CA, the domain's name), and stories of several clients told one step after another. Where clients
connect is a Door, so that the same tests can look at a presence server and at an edge."""

import asyncio
import base64
import contextlib
import http.client
import itertools
import re
import socket
import ssl
import uuid
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from conftest import DEADLINE, DOMAIN

NS_CLIENT = "jabber:client"
NS_FORM = "jabber:x:data"
NS_MUC = "http://jabber.org/protocol/muc"
NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
CONFERENCE = "conference." + DOMAIN


class Door:
    """Where clients connect: an address and a port, with STARTTLS or with TLS from the start."""

    def __init__(self, address, port=5222, direct_tls=False):
        self.address, self.port, self.direct_tls = address, port, direct_tls


def presence_door(site):
    """The door of a site that was given one; else the server inside."""
    return getattr(site, "door", None) or Door(site.address("presence"))


class Refused(Exception):
    """The condition of a stanza error (RFC 6120 section 8.3.3)."""


class SignInFailed(Exception):
    """What the server said: `condition` as of RFC 6120 section 6.5, or the event that came."""

    def __init__(self, condition, text=""):
        super().__init__(f"{condition} {text}")
        self.condition, self.text = condition, text


class Client(slixmpp.ClientXMPP):
    """One signed-in client. What comes in is kept in `messages` and `presences`, oldest first."""

    def __init__(self, site, user, secret=None, resource=None, ca=None, plugins=()):
        resource = resource or uuid.uuid4().hex[:8]
        super().__init__(f"{user}@{DOMAIN}/{resource}",
                         site.password(user) if secret is None else secret)
        self.ca_certs = str(ca or site.folder / "ca.pem")
        self.messages, self.presences, self.events = [], [], []
        self._news = asyncio.Condition()
        for name in ("xep_0030", "xep_0045", "xep_0115", "xep_0199", "xep_0203", *plugins):
            self.register_plugin(name)
        # Not slixmpp's events: those leave out what has no body, and what is an error.
        for name, kept in (("message", self.messages), ("presence", self.presences)):
            self.register_handler(Callback("kept " + name, MatchXPath(f"{{{NS_CLIENT}}}{name}"),
                                           lambda stanza, kept=kept: self._keep(kept, stanza)))
        for name in ("session_start", "session_resumed", "failed_auth", "ssl_invalid_chain",
                     "connection_failed", "stream_error", "disconnected", "sm_enabled"):
            self.add_event_handler(name, lambda data, name=name: self._keep(self.events, (name, data)))
        # Who fails is told so; slixmpp would try again for ever.
        self.add_event_handler("connection_failed", lambda _: self.cancel_connection_attempt())

    def _keep(self, where, what):
        where.append(what)
        asyncio.ensure_future(self._tell())

    async def _tell(self):
        async with self._news:
            self._news.notify_all()

    async def until(self, condition, what="something"):
        """What condition() gives once it is true; it is looked at whenever something came in."""
        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(condition), DEADLINE)
            except asyncio.TimeoutError:
                raise AssertionError(f"{self.boundjid}: waited {DEADLINE} s for {what}; had "
                                     f"{self.events} {self.messages} {self.presences}") from None
        return condition()

    def event_named(self, *names):
        return next((event for event in self.events if event[0] in names), None)

    async def sign_in(self, door):
        """Through STARTTLS, SASL and bind; raises SignInFailed."""
        self.events.clear()
        self.connect((door.address, door.port), use_ssl=door.direct_tls,
                     force_starttls=not door.direct_tls)
        self.default_domain = DOMAIN  # the name it looks for in the certificate; else it takes any
        name, data = await self.until(lambda: self.event_named(
            "session_start", "session_resumed", "failed_auth", "ssl_invalid_chain",
            "connection_failed", "stream_error", "disconnected"), "the end of the sign-in")
        if name == "failed_auth":
            condition = data["condition"]
            self.drop()
            raise SignInFailed(condition, str(data))
        if name not in ("session_start", "session_resumed"):
            self.drop()
            raise SignInFailed(name, str(data))
        return self

    async def come_online(self):
        """The roster, then presence; returns the roster's items by address."""
        roster = await self.ask("get", None, "<query xmlns='jabber:iq:roster'/>")
        self.send_presence()
        return {item.get("jid"): item.get("subscription")
                for item in roster.iter("{jabber:iq:roster}item")}

    async def ask(self, kind, to, payload):
        """An IQ with that payload (XML text); the answer's element. IqError when it is refused."""
        iq = self.make_iq(itype=kind, ito=to)
        iq.append(ET.fromstring(payload))
        return (await iq.send(timeout=DEADLINE)).xml

    async def next_message(self, fits, what="a message"):
        """The first message that fits and was not taken yet."""
        found = await self.until(lambda: next((m for m in self.messages if fits(m)), None), what)
        self.messages.remove(found)
        return found

    async def next_presence(self, fits, what="a presence"):
        found = await self.until(lambda: next((p for p in self.presences if fits(p)), None), what)
        self.presences.remove(found)
        return found

    async def enter(self, room, nick, password=None):
        """Joins a room (XEP-0045 section 7.2), with what was said in it; raises Refused."""
        presence = self.make_presence(pto=f"{room}/{nick}")
        x = ET.SubElement(presence.xml, f"{{{NS_MUC}}}x")
        if password is not None:
            ET.SubElement(x, f"{{{NS_MUC}}}password").text = password
        presence.send()
        answer = await self.next_presence(
            lambda p: p["from"].bare == room and (p["type"] == "error" or _is_own(p)), "the room")
        if answer["type"] == "error":
            raise Refused(answer["error"]["condition"])
        return answer

    def drop(self):
        """The network goes away: no good-bye. Again: no effect."""
        if self.transport and not self.transport.is_closing():
            self.transport.abort()
        self.cancel_connection_attempt()

    async def leave(self):
        self.disconnect(wait=2)
        await self.until(lambda: self.event_named("disconnected"), "the end of the stream")


def _is_own(presence):
    return presence.xml.find(f".//{{{NS_MUC + '#user'}}}status[@code='110']") is not None


@contextlib.asynccontextmanager
async def signed_in(site, user="mac.donald", door=None, online=True, **more):
    """A client that is signed in, and online, until the block ends."""
    client = Client(site, user, **more)
    await client.sign_in(door or presence_door(site))
    try:
        if online:
            await client.come_online()
        yield client
        if client.is_connected():
            await client.leave()
    finally:
        client.drop()


async def sign_in_fails(site, user="mac.donald", door=None, **more):
    """The condition that the sign-in is refused with."""
    client = Client(site, user, **more)
    try:
        await client.sign_in(door or presence_door(site))
    except SignInFailed as failed:
        return failed.condition
    finally:
        client.drop()
    raise AssertionError(f"{user} was let in")


async def befriend(one, other):
    """Both see the other's presence from now on (RFC 6121 section 3): slixmpp grants what it is
    asked for, and asks for the same."""
    one.send_presence_subscription(pto=other.boundjid.bare)
    await one.until(lambda: _sees(one, other), "the other's presence")
    await other.until(lambda: _sees(other, one), "the other's presence")


def _sees(one, other):
    return any(p["from"] == other.boundjid and p["type"] == "available" for p in one.presences)


def room_name():
    return f"room-{uuid.uuid4().hex[:8]}@{CONFERENCE}"


def form_values(element):
    """The fields of the first data form (XEP-0004): name to value, or to a list of values."""
    form = element.find(f".//{{{NS_FORM}}}x")
    values = {}
    for field in form.iter(f"{{{NS_FORM}}}field"):
        texts = [value.text or "" for value in field.findall(f"{{{NS_FORM}}}value")]
        if field.get("type") == "boolean":
            texts = texts or ["0"]  # the default (XEP-0004 section 3.3)
        values[field.get("var")] = texts[0] if len(texts) == 1 else texts
    return values


def form_options(element, name):
    field = element.find(f".//{{{NS_FORM}}}field[@var='{name}']")
    return [value.text for value in field.findall(f"{{{NS_FORM}}}option/{{{NS_FORM}}}value")]


def submit(**values):
    """A submitted room configuration; names are those behind muc#roomconfig_."""
    fields = "".join(f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
                     for name, value in values.items())
    return ("<query xmlns='http://jabber.org/protocol/muc#owner'>"
            f"<x xmlns='{NS_FORM}' type='submit'><field var='FORM_TYPE'>"
            "<value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            f"{fields}</x></query>")


class RawStream:
    """A stream by hand, for what no client library would do."""

    def __init__(self, door, timeout=DEADLINE):
        self.socket = socket.create_connection((door.address, door.port), timeout)
        self.got = ""

    def send(self, text):
        self.socket.sendall(text.encode())

    def open(self, to=DOMAIN):
        self.send("<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
                  f"xmlns:stream='http://etherx.jabber.org/streams' to='{to}'>")

    def read_until(self, pattern):
        """All that came since the last time, once it matches; EOFError when the stream ends."""
        while not re.search(pattern, self.got):
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(self.got)
            self.got += data.decode()
        got, self.got = self.got, ""
        return got

    def start_tls(self, context):
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.read_until("<proceed")
        self.socket = context.wrap_socket(self.socket, server_hostname=DOMAIN)

    def close(self):
        self.socket.close()


class Bosh:
    """A BOSH session (XEP-0124, XEP-0206) over one HTTPS connection, a request at a time."""

    def __init__(self, site, address, host, port, path, ca=None):
        plain = socket.create_connection((address, port), DEADLINE)
        context = ssl.create_default_context(cafile=str(ca or site.folder / "ca.pem"))
        self.connection = http.client.HTTPConnection(host, port)
        self.connection.sock = context.wrap_socket(plain, server_hostname=host)
        self.path, self.sid, self.rids = path, None, itertools.count(1_000_000)

    def post(self, inner="", attributes="", headers=None):
        """One request; the <body/> that answers it."""
        sid = f" sid='{self.sid}'" if self.sid else ""
        body = (f"<body xmlns='http://jabber.org/protocol/httpbind' rid='{next(self.rids)}'{sid}"
                f" xmlns:xmpp='urn:xmpp:xbosh' {attributes}>{inner}</body>")
        self.connection.request("POST", self.path, body.encode(),
                                {"Content-Type": "text/xml; charset=utf-8", **(headers or {})})
        response = self.connection.getresponse()
        data = response.read()
        assert response.status == 200, (response.status, data)
        answer = ET.fromstring(data)
        assert answer.get("type") != "terminate", data
        self.sid = self.sid or answer.get("sid")
        return answer

    def post_until(self, found, inner="", attributes=""):
        """Asks again, with nothing to say, until found(answer) gives something."""
        answer = self.post(inner, attributes)
        for _ in range(100):
            result = found(answer)
            if result is not None:
                return result
            answer = self.post()
        raise AssertionError(f"it never came; last: {ET.tostring(answer)}")

    def sign_in(self, user, secret, resource="bosh"):
        attributes = (f"to='{DOMAIN}' wait='5' hold='1' ver='1.6' xmpp:version='1.0' "
                      "xml:lang='en' content='text/xml; charset=utf-8'")
        self.post_until(lambda a: a.find(f".//{{{NS_SASL}}}mechanism"), "", attributes)
        plain = base64.b64encode(f"\0{user}\0{secret}".encode()).decode()
        verdict = self.post_until(
            lambda a: next((one for one in a if one.tag.startswith(f"{{{NS_SASL}}}")), None),
            f"<auth xmlns='{NS_SASL}' mechanism='PLAIN'>{plain}</auth>")
        if verdict.tag != f"{{{NS_SASL}}}success":
            raise SignInFailed(verdict[0].tag.split("}")[1])
        bind = "urn:ietf:params:xml:ns:xmpp-bind"
        self.post_until(lambda a: a.find(f".//{{{bind}}}bind"), "",
                        f"xmpp:restart='true' to='{DOMAIN}'")
        jid = self.post_until(
            lambda a: a.find(f".//{{{bind}}}jid"),
            f"<iq xmlns='{NS_CLIENT}' type='set' id='bind'><bind xmlns='{bind}'>"
            f"<resource>{resource}</resource></bind></iq>")
        return jid.text

    def close(self):
        self.connection.close()
