"""An administrator ends the sessions of a user (PUT /revoke on the core's admin port)."""

import time

import pytest
from conftest import DOMAIN, basic, wait_until

USER = f"mac.donald@{DOMAIN}"


def version(site, headers):
    return site.ask("GET", site.uds("/cucm-uds/version"), headers).status


def core_requests(site):
    return site.status("core")["counters"]["requests"]


def test_a_revoked_user_is_out_at_the_edge_within_a_second(fresh_site):
    site = fresh_site
    session, other = site.session(), site.session("rknotts")
    assert version(site, session) == 200

    answer = site.admin("core", "/revoke?user=" + USER, "PUT")
    assert answer.status == 200 and USER in answer.body.decode(), answer
    wait_until(lambda: version(site, session) == 401, "the edge to refuse the session", 1)
    before = core_requests(site)
    assert version(site, session) == 401
    assert core_requests(site) == before, "a revoked session reached the core"
    assert version(site, other) == 200, "another user was signed out too"
    site.wait_log("core", "sessions revoked by an administrator", USER)

    # Sessions count by the second of their issue: the next one is good again.
    second = int(time.time())
    wait_until(lambda: int(time.time()) > second, "the next second")
    again = site.session()
    assert version(site, again) == 200
    assert version(site, session) == 401


def test_a_restarted_edge_and_a_restarted_link_know_what_is_revoked(fresh_site):
    site = fresh_site
    session = site.session()
    assert site.admin("core", "/revoke?user=" + USER, "PUT").status == 200
    wait_until(lambda: version(site, session) == 401, "the edge to refuse the session")
    site.lab("restart", "edge")
    wait_until(lambda: site.admin("edge", "/readyz").status == 200, "the links to return")
    before = core_requests(site)

    def refused_outside():
        # The core refuses too: what counts is that the edge does.
        nonlocal before
        status, now = version(site, session), core_requests(site)
        outside, before = now == before, now
        assert status == 401
        return outside

    wait_until(refused_outside, "the edge to know it again", 2)


def test_remembered_credentials_are_asked_about_anew(fresh_site):
    site = fresh_site
    headers = {"Authorization": basic("mac.donald", site.password())}
    devices = 'Msg="GET /cucm-uds/user/mac.donald/devices'
    assert version(site, headers) == 200
    assert version(site, headers) == 200
    site.wait_log("home", devices)
    first = site.log("home").count(devices)
    assert site.admin("core", "/revoke?user=" + USER, "PUT").status == 200
    wait_until(lambda: version(site, headers) == 200 and site.log("home").count(devices) > first,
               "the call manager to be asked again", 10)


@pytest.mark.parametrize("method,query,status", [
    ("PUT", "", 400), ("PUT", "?user=", 400), ("PUT", "?user=mac.donald", 400),
    ("PUT", "?user=mac.donald@other.example", 400), ("PUT", "?user=../x@" + DOMAIN, 400),
    ("PUT", f"?user={USER}&user=rknotts@{DOMAIN}", 400),
    ("GET", "?user=" + USER, 404), ("POST", "?user=" + USER, 405)])
def test_what_is_not_understood_revokes_nobody(site, method, query, status):
    session = site.session()
    assert site.admin("core", "/revoke" + query, method).status == status
    assert version(site, session) == 200
