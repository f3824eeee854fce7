"""The presence servers of the lab, Prosody and ejabberd: who may sign in is what home says. Directly at
the server inside; through an edge is the business of other tests, which use the same helpers."""

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

import xmpp  # noqa: E402
from conftest import DEADLINE, DOMAIN, ROOT, basic, wait_until  # noqa: E402
from xmpp import signed_in, sign_in_fails  # noqa: E402

pytestmark = pytest.mark.real


def mint(site, user="mac.donald"):
    return site.home_command("token", "mint", user).strip()


def make_older(site, seconds):
    """As if all one-time passwords had been minted so much earlier."""
    with contextlib.closing(sqlite3.connect(site.folder / "home.db", timeout=DEADLINE)) as database:
        with database:
            database.execute("UPDATE one_time_passwords SET expires = expires - ?", (seconds,))


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


def test_home_must_prove_its_name(place):
    """A home with the certificate of somebody else is not asked for anything."""
    place.issue_certificate("other", "DNS:other.lab.example")
    # In home's place: home itself would not start with this certificate.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.folder / "other.pem", place.folder / "other.key")
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
    room, text = xmpp.room_name(), "across a restart " + uuid.uuid4().hex

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


