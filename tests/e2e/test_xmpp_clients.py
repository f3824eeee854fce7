"""Other people's clients through edge and core, each a library of its own: go-sendxmpp (Go's xmpp) and
profanity (libstrophe). slixmpp tells the longer stories, in test_xmpp_edge.py."""

import asyncio
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import uuid

import pytest

pytest.importorskip("slixmpp")

import xmpp  # noqa: E402
from conftest import DEADLINE, DOMAIN, wait_until  # noqa: E402
from test_xmpp_edge import edge_door, outside  # noqa: E402

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", autouse=True)
def programs():
    missing = [name for name in ("go-sendxmpp", "profanity") if shutil.which(name) is None]
    assert not missing, f"{', '.join(missing)} missing: deploy/packages real"


# --- go-sendxmpp ---------------------------------------------------------------------------------

def go_sendxmpp(place, user="mac.donald", secret=None, ca=None):
    environment = dict(os.environ, SSL_CERT_FILE=str(ca or place.folder / "ca.pem"))
    command = ["go-sendxmpp", "-u", f"{user}@{DOMAIN}", "-p", secret or place.password(user),
               "-j", f"{place.edge_address()}:5222"]
    return command, environment


def send_with_go(place, text, *arguments, **more):
    command, environment = go_sendxmpp(place, **more)
    return subprocess.run([*command, *(arguments or (f"rknotts@{DOMAIN}",))], env=environment,
                          input=text, text=True, capture_output=True, timeout=DEADLINE)


def test_go_sendxmpp_sends_and_hears(place):
    command, environment = go_sendxmpp(place, "rknotts")
    heard = subprocess.Popen([*command, "-l"], env=environment, text=True, stdout=subprocess.PIPE,
                             stdin=subprocess.DEVNULL)
    try:
        place.wait_log("edge", f'Jid="rknotts@{DOMAIN}/go-sendxmpp')
        sent = send_with_go(place, "from outside to outside")
        assert sent.returncode == 0, sent.stderr
        ready, _, _ = select.select([heard.stdout], [], [], DEADLINE)
        assert ready and "from outside to outside" in heard.stdout.readline()
    finally:
        heard.kill()
        heard.wait()


def test_go_sendxmpp_finds_what_came_while_it_was_away(place):
    text = f"while away {uuid.uuid4().hex}"
    sent = send_with_go(place, text)
    assert sent.returncode == 0, sent.stderr
    command, environment = go_sendxmpp(place, "rknotts")
    heard = subprocess.Popen([*command, "-l"], env=environment, text=True, stdout=subprocess.PIPE,
                             stdin=subprocess.DEVNULL)
    try:
        while select.select([heard.stdout], [], [], DEADLINE)[0]:
            line = heard.stdout.readline()
            assert line, "it ended without the message"
            if text in line:
                return
        pytest.fail("the message never came")
    finally:
        heard.kill()
        heard.wait()


def test_go_sendxmpp_speaks_in_a_room(place):
    async def story():
        room = xmpp.room_name()
        async with outside(place, "rknotts") as other:
            await other.enter(room, "other")
            await other.ask("set", room, xmpp.submit())
            sent = await asyncio.to_thread(send_with_go, place, "to the room", "-c", "-a", "gopher",
                                           room)
            assert sent.returncode == 0, sent.stderr
            came = await other.next_message(lambda m: m["body"] == "to the room")
            assert came["from"] == f"{room}/gopher"
    asyncio.run(story())


def test_go_sendxmpp_with_a_wrong_password(place):
    sent = send_with_go(place, "x", secret="wrong")
    assert sent.returncode != 0 and "auth failure" in sent.stderr, sent.stderr


def test_go_sendxmpp_with_a_wrong_authority(place):
    sent = send_with_go(place, "x", ca="/etc/ssl/certs/ca-certificates.crt")
    assert sent.returncode != 0 and "unknown authority" in sent.stderr, sent.stderr


# --- profanity -----------------------------------------------------------------------------------

class Profanity:
    """The program on a terminal of its own, with its files in `folder`."""

    def __init__(self, folder, ca):
        folder.mkdir()
        environment = dict(os.environ, HOME=str(folder), XDG_CONFIG_HOME=str(folder / "config"),
                           XDG_DATA_HOME=str(folder / "data"), TERM="xterm", LINES="50",
                           COLUMNS="160", SSL_CERT_FILE=str(ca))
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe("profanity", ["profanity"], environment)
        self.expect("Type '/help' to show complete help")

    def say(self, line):
        os.write(self.terminal, line.encode() + b"\r")

    def expect(self, pattern):
        """Waits until the screen was written a text that fits, and forgets it."""
        end = time.monotonic() + DEADLINE
        while not re.search(pattern, self.shown):
            assert time.monotonic() < end, f"no {pattern} in {self.shown[-2000:]}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                written = os.read(self.terminal, 65536).decode(errors="replace")
                self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>].?|\r", "", written)
        self.shown = ""

    def connect(self, place, user, secret):
        self.say(f"/connect {user}@{DOMAIN} server {place.edge_address()} port 5222 tls force")
        self.expect("Enter password")
        self.say(secret)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture
def profanity(place, tmp_path):
    program = Profanity(tmp_path / "profanity", place.folder / "ca.pem")
    yield program
    program.close()


def test_profanity_chats(place, profanity):
    async def story():
        async with outside(place, "rknotts") as other:
            profanity.connect(place, "mac.donald", place.password("mac.donald"))
            await asyncio.to_thread(profanity.expect, "logged in successfully")
            profanity.say(f"/msg {other.boundjid.bare} from profanity")
            came = await other.next_message(lambda m: m["body"] == "from profanity")
            other.send_message(mto=came["from"], mbody="to profanity", mtype="chat")
            await asyncio.to_thread(profanity.expect, "to profanity")
    asyncio.run(story())
    profanity.say("/quit")
    wait_until(lambda: place.status("core")["xmpp_streams"] == 0, "the streams to end")


def test_profanity_sees_who_is_there_and_meets_in_a_room(place, profanity):
    async def story():
        room = xmpp.room_name()
        async with outside(place, "rknotts") as other:
            profanity.connect(place, "mac.donald", place.password("mac.donald"))
            await asyncio.to_thread(profanity.expect, "logged in successfully")
            other.send_presence_subscription(pto=f"mac.donald@{DOMAIN}", ptype="subscribe")
            await asyncio.to_thread(profanity.expect, "uthorization request")
            profanity.say(f"/sub allow rknotts@{DOMAIN}")
            await other.next_presence(lambda p: p["from"].resource.startswith("profanity"))
            profanity.say(f"/sub request rknotts@{DOMAIN}")
            await other.next_presence(lambda p: p["type"] == "subscribe")
            other.send_presence(pto=f"mac.donald@{DOMAIN}", ptype="subscribed")
            await asyncio.to_thread(profanity.expect, "rknotts.*online")
            await other.enter(room, "other")
            await other.ask("set", room, xmpp.submit())
            profanity.say(f"/join {room} nick mac")
            await other.next_presence(lambda p: p["from"] == f"{room}/mac")
            other.send_message(mto=room, mbody="to the room", mtype="groupchat")
            await asyncio.to_thread(profanity.expect, "to the room")
            profanity.say("from profanity to all")
            await other.next_message(lambda m: m["body"] == "from profanity to all")
    asyncio.run(story())


def test_profanity_with_a_wrong_password(place, profanity):
    profanity.connect(place, "mac.donald", "wrong")
    profanity.expect("Login failed")


def test_profanity_with_a_wrong_authority(place, tmp_path):
    program = Profanity(tmp_path / "profanity", "/etc/ssl/certs/ca-certificates.crt")
    try:
        program.connect(place, "mac.donald", place.password())
        program.expect("certificate")
    finally:
        program.close()


# --- an edge that is another ---------------------------------------------------------------------

@pytest.fixture
def misnamed(fresh_site):
    """Its edge shows a certificate of the right authority that does not name the domain."""
    fresh_site.issue_certificate("edge", f"DNS:edge.{DOMAIN}")
    fresh_site.lab("restart", "edge")
    return fresh_site


def test_nobody_believes_an_edge_of_another_name(misnamed, tmp_path):
    condition = asyncio.run(xmpp.sign_in_fails(misnamed, door=edge_door(misnamed)))
    assert condition == "ssl_invalid_chain"
    sent = send_with_go(misnamed, "x")
    assert sent.returncode != 0 and f"not {DOMAIN}" in sent.stderr, sent.stderr
    program = Profanity(tmp_path / "profanity", misnamed.folder / "ca.pem")
    try:
        program.connect(misnamed, "mac.donald", misnamed.password())
        program.expect("certificate")
    finally:
        program.close()
    assert "Authenticated" not in misnamed.log("edge")


def test_slixmpp_with_a_wrong_authority(place):
    condition = asyncio.run(xmpp.sign_in_fails(place, door=edge_door(place),
                                               ca="/etc/ssl/certs/ca-certificates.crt"))
    assert condition == "ssl_invalid_chain"
