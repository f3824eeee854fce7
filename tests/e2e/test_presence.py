"""The presence servers of the lab, Prosody and ejabberd: who may sign in is what home says, and what
clients of such a service use is there. Directly at the server inside; what comes through an edge is
the business of other tests, which use the same helpers."""

import asyncio
import contextlib
import pathlib
import socket
import sqlite3
import ssl
import subprocess
import uuid

import pytest

pytest.importorskip("slixmpp")

from slixmpp.exceptions import IqError  # noqa: E402

import xmpp  # noqa: E402
from conftest import BIN, DEADLINE, DOMAIN, ROOT, Site, basic, wait_until  # noqa: E402
from xmpp import CONFERENCE, signed_in, sign_in_fails  # noqa: E402

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", params=["prosody", "ejabberd"])
def place(request, tmp_path_factory):
    made = Site(tmp_path_factory.mktemp(request.param), presence=request.param).up()
    made.kind = request.param
    yield made
    made.down()


def mint(site, user="mac.donald"):
    return site.home_command("token", "mint", user).strip()


def make_older(site, seconds):
    """As if all one-time passwords had been minted so much earlier."""
    with contextlib.closing(sqlite3.connect(site.folder / "home.db", timeout=DEADLINE)) as database:
        with database:
            database.execute("UPDATE one_time_passwords SET expires = expires - ?", (seconds,))


def room_name():
    return f"room-{uuid.uuid4().hex[:8]}@{CONFERENCE}"


# --- who may sign in -----------------------------------------------------------------------------

def test_a_password_of_home_signs_in_and_nothing_else_does(place):
    async def story():
        async with signed_in(place, "mac.donald"):
            pass
        async with signed_in(place, "MAC.Donald", secret=place.password("mac.donald")):
            pass
        for user, secret in (("mac.donald", "wrong"), ("rknotts", place.password("mac.donald")),
                             ("nobody", place.password("mac.donald")), ("mac.donald", "a:b"),
                             ("mac.donald", "x" * 300)):
            assert await sign_in_fails(place, user, secret=secret) == "not-authorized"
    asyncio.run(story())


def test_a_changed_password_counts_at_once(place):
    file = place.folder / "new-password"
    file.write_text("changed-5003\n")
    old = place.password("rknotts")

    async def story():
        async with signed_in(place, "rknotts"):
            pass
        place.home_command("user", "passwd", "rknotts", "--password-file", str(file))
        assert await sign_in_fails(place, "rknotts", secret=old) == "not-authorized"
        async with signed_in(place, "rknotts", secret="changed-5003"):
            pass
    try:
        asyncio.run(story())
    finally:
        file.write_text(old + "\n")
        place.home_command("user", "passwd", "rknotts", "--password-file", str(file))


def test_a_one_time_password_is_good_once_and_for_its_user(place):
    token = mint(place)

    async def story():
        assert await sign_in_fails(place, "rknotts", secret=token) == "not-authorized"
        async with signed_in(place, "mac.donald", secret=token):
            assert await sign_in_fails(place, secret=token) == "not-authorized"
        assert await sign_in_fails(place, secret=token) == "not-authorized"
    asyncio.run(story())
    assert "used or is too old" in place.wait_log("home", "used or is too old")


def test_of_two_who_use_it_at_once_one_gets_in(place):
    async def story():
        for _ in range(5):
            token = mint(place)
            clients = [xmpp.Client(place, "mac.donald", secret=token) for _ in range(2)]
            tries = [client.sign_in(xmpp.presence_door(place)) for client in clients]
            results = await asyncio.gather(*tries, return_exceptions=True)
            assert sum(isinstance(result, xmpp.SignInFailed) for result in results) == 1, results
            for client in clients:
                client.drop()
    asyncio.run(story())


def test_a_one_time_password_is_good_for_ten_minutes(place):
    async def story():
        token = mint(place)
        make_older(place, 9 * 60)
        async with signed_in(place, secret=token):
            pass
        token = mint(place)
        make_older(place, 11 * 60)
        assert await sign_in_fails(place, secret=token) == "not-authorized"
    asyncio.run(story())


def test_what_home_cannot_answer_now_is_nobodys_wrong_password(place):
    place.lab("stop", "home")
    try:
        condition = asyncio.run(sign_in_fails(place))
    finally:
        place.lab("start", "home")
    # ejabberd's external authentication has no word for it.
    assert condition == ("temporary-auth-failure" if place.kind == "prosody" else "not-authorized")

    async def story():
        async with signed_in(place):
            pass
    asyncio.run(story())


def test_home_must_prove_its_name(place, tmp_path):
    """A home with the certificate of somebody else is not asked for anything."""
    subprocess.run([BIN / "sallyport", "cert", "issue", "--ca", place.folder / "ca", "--role", "server",
                    "--name", "DNS:other.lab.example", "--out", tmp_path / "other"], check=True,
                   capture_output=True, timeout=DEADLINE)
    # In home's place: home itself would not start with this certificate.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "other.pem", tmp_path / "other.key")
    place.lab("stop", "home")
    heard = []
    listener = socket.create_server((place.address("home"), 8443))
    listener.settimeout(DEADLINE)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                plain.settimeout(DEADLINE)
                with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as tls:
                    heard.append(tls.recv(65536))

    async def story():
        serving = asyncio.get_running_loop().run_in_executor(None, serve)
        try:
            return await sign_in_fails(place)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            await serving
    try:
        condition = asyncio.run(story())
    finally:
        listener.close()
        place.lab("start", "home")
    assert condition in ("temporary-auth-failure", "not-authorized")
    assert not any(heard), heard


def test_nothing_but_starttls_is_offered_first(place):
    stream = xmpp.RawStream(xmpp.presence_door(place))
    stream.open()
    features = stream.read_until("</stream:features>")
    assert "urn:ietf:params:xml:ns:xmpp-tls" in features and "<required" in features
    assert "mechanism" not in features and "register" not in features
    stream.send(f"<auth xmlns='{xmpp.NS_SASL}' mechanism='PLAIN'>AG1hYwBwdw==</auth>")
    try:
        answer = stream.read_until("failure|error")
    except EOFError as end:
        answer = str(end)
    assert "<success" not in answer
    stream.close()


def test_plain_is_the_only_mechanism_and_nobody_registers(place):
    stream = xmpp.RawStream(xmpp.presence_door(place))
    stream.open()
    stream.read_until("</stream:features>")
    stream.start_tls(place.tls(alpn=()))
    stream.open()
    features = stream.read_until("</stream:features>")
    assert features.count("<mechanism>") == 1 and "<mechanism>PLAIN</mechanism>" in features
    assert "iq-register" not in features
    stream.close()


def test_other_servers_have_no_door(place):
    for port in (5269, 5280, 5281):
        with pytest.raises(OSError):
            socket.create_connection((place.address("presence"), port), DEADLINE)


def test_a_hundred_of_a_hundred_sign_in(place):
    async def story():
        for number in range(100):
            user = ("mac.donald", "rknotts")[number % 2]
            async with signed_in(place, user, online=False):
                pass
    asyncio.run(story())


# --- chat and presence ---------------------------------------------------------------------------

def test_roster_presence_and_messages_both_ways(place):
    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await xmpp.befriend(mac, rita)
            rita.send_presence(pshow="away", pstatus="at lunch")
            seen = await mac.next_presence(lambda p: p["from"] == rita.boundjid and p["show"] == "away")
            assert seen["status"] == "at lunch"
            for one, other, text in ((mac, rita, "hello Rita"), (rita, mac, "hello Mac <&>")):
                one.send_message(mto=other.boundjid, mbody=text, mtype="chat")
                message = await other.next_message(lambda m, text=text: m["body"] == text)
                assert message["from"] == one.boundjid
            items = await mac.come_online()
            assert items["rknotts@" + DOMAIN] == "both"
            await rita.leave()
            await mac.next_presence(lambda p: p["from"].bare == "rknotts@" + DOMAIN
                                    and p["type"] == "unavailable")
    asyncio.run(story())


def test_who_is_not_there_gets_messages_later_and_who_does_not_exist_never(place):
    text = "while you were out " + uuid.uuid4().hex

    async def story():
        async with signed_in(place, "mac.donald") as mac:
            mac.send_message(mto="rknotts@" + DOMAIN, mbody=text, mtype="chat")
            mac.send_message(mto="nobody@" + DOMAIN, mbody=text, mtype="chat")
            refused = await mac.next_message(lambda m: m["type"] == "error")
            assert refused["from"].bare == "nobody@" + DOMAIN
            await mac["xep_0199"].send_ping(DOMAIN, timeout=DEADLINE)
        async with signed_in(place, "rknotts") as rita:
            late = await rita.next_message(lambda m: m["body"] == text)
            assert late["from"].bare == "mac.donald@" + DOMAIN
            assert late["delay"]["stamp"]
        async with signed_in(place, "rknotts") as rita:
            await rita["xep_0199"].send_ping(DOMAIN, timeout=DEADLINE)
            assert not [m for m in rita.messages if m["body"] == text]
    asyncio.run(story())


def test_the_server_says_what_it_can(place):
    async def story():
        async with signed_in(place) as mac:
            info = await mac.ask("get", DOMAIN, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            features = {feature.get("var") for feature in info.iter()}
            own = await mac.ask("get", mac.boundjid.bare,
                                "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            features |= {feature.get("var") for feature in own.iter()}
            identities = {(one.get("category"), one.get("type")) for one in own.iter()}
            for feature in ("urn:xmpp:ping", "jabber:iq:last", "jabber:iq:privacy", "vcard-temp",
                            "http://jabber.org/protocol/pubsub#publish", "msgoffline"):
                assert feature in features, feature
            assert ("pubsub", "pep") in identities
            assert "jabber:iq:register" not in features
            items = await mac.ask("get", DOMAIN, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
            assert CONFERENCE in {item.get("jid") for item in items.iter()}
    asyncio.run(story())


def test_ping_last_activity_and_private_storage(place):
    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await mac.ask("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>")
            await xmpp.befriend(mac, rita)
            await rita.leave()
            await mac.next_presence(lambda p: p["from"].bare == "rknotts@" + DOMAIN
                                    and p["type"] == "unavailable")
            last = await mac.ask("get", "rknotts@" + DOMAIN, "<query xmlns='jabber:iq:last'/>")
            assert 0 <= int(last.find("{jabber:iq:last}query").get("seconds")) < DEADLINE
            secret = uuid.uuid4().hex
            await mac.ask("set", None, "<query xmlns='jabber:iq:private'>"
                          f"<note xmlns='urn:test:note'>{secret}</note></query>")
            kept = await mac.ask("get", None,
                                 "<query xmlns='jabber:iq:private'><note xmlns='urn:test:note'/></query>")
            assert kept.find(".//{urn:test:note}note").text == secret
            with pytest.raises(IqError):
                await mac.ask("get", "rknotts@" + DOMAIN,
                              "<query xmlns='jabber:iq:private'><note xmlns='urn:test:note'/></query>")
    asyncio.run(story())


def test_what_is_published_reaches_who_sees_the_presence(place):
    mood = ("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='http://jabber.org/protocol/mood'><item>"
            "<mood xmlns='http://jabber.org/protocol/mood'><happy/></mood></item></publish></pubsub>")

    async def story():
        plugins = ("xep_0060", "xep_0163")
        async with signed_in(place, "rknotts", plugins=plugins, online=False) as rita:
            # What she wants to hear of is said by her capabilities (XEP-0163 section 4.3.2).
            rita["xep_0163"].add_interest("http://jabber.org/protocol/mood")
            await rita["xep_0115"].update_caps()
            await rita.come_online()
            async with signed_in(place, "mac.donald") as mac:
                await xmpp.befriend(mac, rita)
                await mac.ask("set", None, mood)
                heard = await rita.next_message(
                    lambda m: m.xml.find(".//{http://jabber.org/protocol/mood}happy") is not None)
                assert heard["from"].bare == "mac.donald@" + DOMAIN
    asyncio.run(story())


def test_a_privacy_list_blocks(place):
    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><list name='quiet'>"
                          f"<item type='jid' value='rknotts@{DOMAIN}' action='deny' order='1'>"
                          "<message/></item></list></query>")
            lists = await mac.ask("get", None, "<query xmlns='jabber:iq:privacy'/>")
            assert "quiet" in {one.get("name") for one in lists.iter()}
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><active name='quiet'/></query>")
            rita.send_message(mto=mac.boundjid, mbody="are you there?", mtype="chat")
            await rita.next_message(lambda m: m["type"] == "error")
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><active/></query>")
            rita.send_message(mto=mac.boundjid, mbody="and now?", mtype="chat")
            await mac.next_message(lambda m: m["body"] == "and now?")
            assert not [m for m in mac.messages if m["body"] == "are you there?"]
            await mac.ask("set", None, "<query xmlns='jabber:iq:privacy'><list name='quiet'/></query>")
    asyncio.run(story())


def test_a_stream_that_broke_is_resumed(place):
    async def story():
        async with signed_in(place, "rknotts") as rita:
            mac = xmpp.Client(place, "mac.donald", plugins=("xep_0198",))
            await mac.sign_in(xmpp.presence_door(place))
            await mac.come_online()
            await mac.until(lambda: mac.event_named("sm_enabled"), "stream management")
            whole = mac.boundjid.full
            mac.drop()
            await mac.until(lambda: mac.event_named("disconnected"), "the break")
            rita.send_message(mto=whole, mbody="during the break", mtype="chat")
            await rita.ask("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>")
            await mac.sign_in(xmpp.presence_door(place))
            assert mac.event_named("session_resumed") and mac.boundjid.full == whole
            await mac.next_message(lambda m: m["body"] == "during the break")
            mac.drop()
    asyncio.run(story())


# --- rooms ---------------------------------------------------------------------------------------

OWNER = "<query xmlns='http://jabber.org/protocol/muc#owner'/>"


def test_two_meet_in_a_room(place):
    room = room_name()

    async def story():
        async with signed_in(place, "mac.donald") as mac, signed_in(place, "rknotts") as rita:
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit())
            mac.send_message(mto=room, mbody="anybody?", mtype="groupchat")
            await mac.next_message(lambda m: m["body"] == "anybody?")
            await rita.enter(room, "rita")
            history = await rita.next_message(lambda m: m["body"] == "anybody?")
            assert history["delay"]["stamp"]
            rita.send_message(mto=room, mbody="me", mtype="groupchat")
            answer = await mac.next_message(lambda m: m["body"] == "me")
            assert answer["from"] == room + "/rita"
            # Rooms are not anonymous.
            seen = await mac.next_presence(lambda p: p["from"] == room + "/rita")
            assert seen["muc"]["jid"].bare == "rknotts@" + DOMAIN
            # A participant may change the subject.
            rita["xep_0045"].set_subject(room, "lunch")
            await mac.next_message(lambda m: m["type"] == "groupchat" and m["subject"] == "lunch")
    asyncio.run(story())


# Table 2 of the guide, as far as a room's form shows it. What an owner may not change is there too.
TABLE_2 = {
    "persistentroom": "0", "membersonly": "0", "moderatedroom": "0", "whois": "anyone",
    "maxusers": "50", "changesubject": "1",
}


def test_a_new_room_has_the_preset_values(place):
    room = room_name()

    async def story():
        async with signed_in(place, "mac.donald") as mac:
            await mac.enter(room, "mac")
            form = await mac.ask("get", room, OWNER)
            values = xmpp.form_values(form)
            for name, value in TABLE_2.items():
                assert values["muc#roomconfig_" + name] == value, (name, values)
            assert "muc#roomconfig_roomsecret" in values  # passwords are enabled
            if place.kind == "prosody":
                assert values["muc#roomconfig_historylength"] == "100"
                assert xmpp.form_options(form, "muc#roomconfig_whois") == ["anyone"]
                assert values["{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites"] == "0"
            else:
                assert values["muc#roomconfig_allowinvites"] == "1"
                assert values["allow_private_messages_from_visitors"] == "anyone"
            offered = xmpp.form_options(form, "muc#roomconfig_maxusers")
            assert max(int(one) for one in offered if one.isdigit()) == 100
    asyncio.run(story())


def test_an_owner_changes_what_may_be_changed(place):
    room = room_name()

    async def story():
        async with signed_in(place, "mac.donald") as mac:
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit(
                persistentroom=1, moderatedroom=1, membersonly=1, maxusers=10, changesubject=0))
            values = xmpp.form_values(await mac.ask("get", room, OWNER))
            for name, value in (("persistentroom", "1"), ("moderatedroom", "1"), ("membersonly", "1"),
                                ("maxusers", "10"), ("changesubject", "0")):
                assert values["muc#roomconfig_" + name] == value, (name, values)
            if place.kind == "prosody":
                await mac.ask("set", room, xmpp.submit(whois="moderators", historylength=3,
                                                       maxusers=1000))
                values = xmpp.form_values(await mac.ask("get", room, OWNER))
                assert values["muc#roomconfig_whois"] == "anyone"
                assert values["muc#roomconfig_historylength"] == "100"
                assert values["muc#roomconfig_maxusers"] == "10"
    asyncio.run(story())


def test_a_room_takes_as_many_as_it_may_and_asks_for_its_password(place):
    room = room_name()

    async def story():
        async with contextlib.AsyncExitStack() as people:
            mac = await people.enter_async_context(signed_in(place, "mac.donald"))
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit(maxusers=10, passwordprotectedroom=1,
                                                   roomsecret="sesame"))
            rita = await people.enter_async_context(signed_in(place, "rknotts"))
            for password in (None, "wrong"):
                with pytest.raises(xmpp.Refused, match="not-authorized"):
                    await rita.enter(room, "rita", password=password)
            for number in range(9):
                one = await people.enter_async_context(signed_in(place, "rknotts"))
                await one.enter(room, f"rita{number}", password="sesame")
            late = await people.enter_async_context(signed_in(place, "rknotts"))
            with pytest.raises(xmpp.Refused, match="service-unavailable|resource-constraint"):
                await late.enter(room, "late", password="sesame")
    asyncio.run(story())


# --- BOSH ----------------------------------------------------------------------------------------

def test_the_same_over_bosh(place):
    def bosh():
        return xmpp.Bosh(place, place.address("presence"), "imp-pub." + DOMAIN, 7335, "/httpbinding")

    def body(answer):
        return answer.find(f".//{{{xmpp.NS_CLIENT}}}body")

    async def story():
        loop = asyncio.get_running_loop()
        with contextlib.closing(bosh()) as web:
            jid = await loop.run_in_executor(None, web.sign_in, "mac.donald",
                                             place.password("mac.donald"))
            assert jid.startswith("mac.donald@" + DOMAIN + "/")
            async with signed_in(place, "rknotts") as rita:
                await loop.run_in_executor(
                    None, web.post, f"<message xmlns='{xmpp.NS_CLIENT}' to='{rita.boundjid.full}' "
                    "type='chat'><body>from the web</body></message>")
                await rita.next_message(lambda m: m["body"] == "from the web" and m["from"] == jid)
                rita.send_message(mto=jid, mbody="to the web", mtype="chat")
                heard = await loop.run_in_executor(None, web.post_until, body)
                assert heard.text == "to the web"
    asyncio.run(story())
    with contextlib.closing(bosh()) as web, pytest.raises(xmpp.SignInFailed) as refused:
        web.sign_in("mac.donald", "wrong")
    assert refused.value.condition == "not-authorized"


# --- the processes -------------------------------------------------------------------------------

def processes_of(folder):
    """Those that run from this folder's files."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if f"{folder}/presence" in line:
                    found.append(line)
    return found


def test_a_stop_ends_all_of_it_and_a_start_brings_people_and_rooms_back(place):
    room, text = room_name(), "across a restart " + uuid.uuid4().hex

    async def before():
        async with signed_in(place, "mac.donald") as mac:
            await mac.enter(room, "mac")
            await mac.ask("set", room, xmpp.submit(persistentroom=1, roomname="kept"))
            mac.send_message(mto="rknotts@" + DOMAIN, mbody=text, mtype="chat")
            await mac.ask("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>")

    async def after():
        async with signed_in(place, "rknotts") as rita:
            await rita.next_message(lambda m: m["body"] == text)
            info = await rita.ask("get", room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            assert "kept" in {one.get("name") for one in info.iter()}

    asyncio.run(before())
    place.lab("stop", "presence")
    wait_until(lambda: not processes_of(place.folder), "the processes to end")
    place.lab("start", "presence")
    asyncio.run(after())


def test_home_tells_of_a_user_what_the_edge_config_tells_of_services(place):
    answer = place.ask("GET", "/" + "bGFiLmV4YW1wbGU" + "/get_edge_config",
                       {"Authorization": basic("mac.donald", place.password())})
    assert answer.status == 200, answer
    document = answer.body.decode()
    service = document[document.index("<name>_cuplogin</name>"):]
    assert "<address>imp-pub.lab.example</address>" in service[:service.index("</service>")]
    edges = document[document.index("<xmppEdgeServer>"):document.index("</xmppEdgeServer>")]
    assert f"<address>edge.{DOMAIN}</address><tlsPort>5222</tlsPort>" in edges


def test_the_authentication_program_answers_whatever_it_is_asked():
    """No home at all, and questions that nobody should ask: each gets its no."""
    program = subprocess.Popen(
        [ROOT / "deploy/presence/ejabberd-auth", "--home", "https://127.255.255.254:1", "--ca",
         "/etc/ssl/certs/ca-certificates.crt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    questions = [b"", b"auth", b"auth:a", b"auth:a:b", b"auth:a:b:c:d", b"isuser:a:b", b"isuser:a",
                 b"setpass:a:b:c", b"removeuser:a:b", b"\xff\xfe", b"x" * 65535]
    for question in questions:
        program.stdin.write(len(question).to_bytes(2, "big") + question)
        program.stdin.flush()
        assert program.stdout.read(4) == b"\0\2\0\0", question
    program.stdin.write(b"\0\5aut")  # ejabberd ends in the middle
    program.stdin.close()
    assert program.wait(DEADLINE) == 0
    assert program.stdout.read() == b""
    program.stdout.close()


