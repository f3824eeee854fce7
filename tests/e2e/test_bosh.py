"""A web client's library, strophe.js in Node (bosh/client.mjs), signs in and chats over the edge's
8443: BOSH (XEP-0124, XEP-0206) through a host path that a rule of the core's allow list names, to the
presence server's own endpoint. Long polls live as long as the server holds them."""

import json
import shutil
import subprocess

import pytest
from conftest import DOMAIN, ROOT, host_path

pytestmark = pytest.mark.real

FOLDER = ROOT / "tests/e2e/bosh"
BOSH = host_path(DOMAIN, "https", f"imp-pub.{DOMAIN}", "7335") + "/httpbinding"
WAIT = 60  # seconds a poll is held; as long as web clients ask for
CONNECTED, AUTHFAIL = 5, 4  # Strophe.Status


@pytest.fixture(scope="session")
def library():
    """strophe.js, as package-lock.json has it; without it nothing here may count as tested."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is not installed, so BOSH was not tested")
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER,
                              text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=180)
        if done.returncode != 0:
            pytest.fail(f"npm could not install strophe.js, so BOSH was not tested:\n{done.stderr}")


@pytest.fixture(scope="module")
def impatient(place):
    """With limits far below a long poll's time, none of which is one for the wait for an answer."""
    place.change("edge", "\ntunnel:", "\nlimits:\n  head: 5s\n  idle: 10s\n  body: 10s\ntunnel:")
    place.change("core", "first_byte: 75s", "first_byte: 75s\n  idle: 10s")
    place.lab("restart", "edge")
    place.lab("restart", "core")
    return place


def chat(place, users, passwords=None):
    """What client.mjs saw of it: these users, each over connections and a session of its own."""
    plan = {"edge": f"edge.{DOMAIN}", "address": place.edge_address(), "port": 8443,
            "ca": str(place.folder / "ca.pem"), "path": BOSH, "domain": DOMAIN, "wait": WAIT,
            "users": [{"user": user, "password": (passwords or {}).get(user, place.password(user)),
                       "cookie": place.session(user)["Cookie"]} for user in users]}
    done = subprocess.run(["node", "client.mjs"], cwd=FOLDER, input=json.dumps(plan), text=True,
                          capture_output=True, timeout=4 * WAIT)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_two_chat_and_each_holds_a_long_poll(impatient, library):
    seen = chat(impatient, ["mac.donald", "rknotts"])
    assert seen["error"] is None, seen
    for person in seen["people"]:
        assert [CONNECTED] in person["statuses"], person
        # None was cut on its way, by the edge, the core or the server.
        assert {poll["status"] for poll in person["polls"]} == {200}, person
        longest = max(poll["ms"] for poll in person["polls"])
        assert 0.9 * WAIT <= longest / 1000 < WAIT + 10, person


def test_a_wrong_password_is_refused_as_over_any_other_way(place, library):
    seen = chat(place, ["mac.donald"], {"mac.donald": "wrong"})
    (person,) = seen["people"]
    assert any(status[0] == AUTHFAIL for status in person["statuses"]), person
    assert not any(status[0] == CONNECTED for status in person["statuses"]), person


def test_the_way_to_it_is_for_who_signed_in_and_for_nothing_else(place):
    session = place.session()
    headers = {"Content-Type": "text/xml"}
    assert place.ask("POST", BOSH, headers, b"<body/>").status == 401
    assert place.ask("GET", BOSH, session).status == 403
    assert place.ask("POST", BOSH + "/other", {**session, **headers}, b"<body/>").status == 403
    other = host_path(DOMAIN, "https", f"imp-pub.{DOMAIN}", "7336") + "/httpbinding"
    assert place.ask("POST", other, {**session, **headers}, b"<body/>").status == 403
    # The answer is the presence server's own: this is no BOSH.
    answer = place.ask("POST", BOSH, {**session, **headers}, b"<body/>")
    assert b"terminate" in answer.body or answer.status in (400, 404), answer
