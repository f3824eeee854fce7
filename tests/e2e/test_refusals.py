"""What is refused, and what it costs the inside: nothing (wire.md 4)."""

import base64
import json

import pytest
from conftest import DOMAIN, basic, host_path


def core_requests(site):
    return site.status("core")["counters"]["requests"]


def refused(site, path, headers, status, method="GET", inside=False):
    before = core_requests(site)
    answer = site.ask(method, path, headers)
    assert answer.status == status, answer
    if not inside:
        assert core_requests(site) == before, "a refused request reached the core"
    return answer


def test_no_credentials(site):
    answer = refused(site, site.uds("/cucm-uds/version"), {}, 401)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Cisco-Edge"'
    refused(site, host_path(DOMAIN) + "/get_edge_config", {}, 401)


@pytest.mark.parametrize("cookie", [
    "X-Auth=made-up", "X-Auth=", "X-Auth=a; X-Auth=b", "X-Auth=" + "A" * 4000, "x-auth=made-up",
    "X-Auth=d7be94ee-6f59-40d9-9614-1557e87bb122"])
def test_a_made_up_cookie(site, cookie):
    refused(site, site.uds("/cucm-uds/version"), {"Cookie": cookie}, 401)


def test_a_cookie_with_any_bit_turned(site):
    token = site.sign_in()
    for at in (0, 5, len(token) // 2, len(token) - 2, len(token) - 1):
        turned = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        refused(site, site.uds("/cucm-uds/version"), {"Cookie": "X-Auth=" + turned}, 401)
    for text in (token + "=", token + "A", token[:-1]):
        refused(site, site.uds("/cucm-uds/version"), {"Cookie": "X-Auth=" + text}, 401)


def test_a_wrong_password(site):
    answer = refused(site, host_path(DOMAIN) + "/get_edge_config",
                     {"Authorization": basic("mac.donald", "wrong")}, 401, inside=True)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Cisco-Edge"'
    refused(site, host_path(DOMAIN) + "/get_edge_config",
            {"Authorization": basic("nobody", "wrong")}, 401, inside=True)
    refused(site, site.uds("/cucm-uds/version"),
            {"Authorization": basic("mac.donald", "wrong")}, 401, inside=True)


def test_valid_credentials_without_a_cookie(site):
    headers = {"Authorization": basic("mac.donald", site.password())}
    assert site.ask("GET", site.uds("/cucm-uds/user/mac.donald"), headers).status == 200


def test_a_foreign_domain(site):
    refused(site, host_path("other.example") + "/get_edge_config",
            {"Authorization": basic("mac.donald", site.password())}, 404)


@pytest.mark.parametrize("path", [
    "/", "/x", "//", "/" + "A" * 3000 + "/x", "/dWNsYWIuY29t", "/%64WNsYWIuY29t/x",
    host_path(DOMAIN, "ftp", "ucm-pub.lab.example", "21") + "/x",
    host_path(DOMAIN, "https", "ucm-pub.lab.example", "99999") + "/x",
    host_path(DOMAIN, "https", "", "8443") + "/x",
    host_path(DOMAIN, "https", "ucm-pub.lab.example@evil.example", "8443") + "/x",
    "/" + base64.b64encode(b"lab.example/https/a\x00b/8443").decode() + "/x"])
def test_a_host_path_that_does_not_parse(site, path):
    refused(site, path, {"Authorization": basic("mac.donald", site.password())}, 400)


@pytest.mark.parametrize("host", [
    "127.0.0.1", "169.254.169.254", "localhost", "[::1]", "0.0.0.0", "evil.example",
    "imp-pub.lab.example", "core.lab.example", "ucm-pub.lab.example.evil.example"])
@pytest.mark.parametrize("scheme,port", [("https", "8443"), ("http", "6970")])
def test_a_host_that_no_rule_names(site, host, scheme, port):
    path = host_path(DOMAIN, scheme, host, port) + "/cucm-uds/version"
    refused(site, path, site.session(), 403, inside=True)
    refused(site, path, {"Authorization": basic("mac.donald", site.password())}, 403, inside=True)


@pytest.mark.parametrize("rest", [
    "/cucm-uds/../axl/", "/cucm-uds/%2e%2e/axl/", "/cucm-uds/..;/axl/", "/cucm-uds%2f..%2faxl",
    "/cucm-uds/%252e%252e/axl", "/axl/", "/cucm-udsx", "/", "/cucm-uds/..%5caxl", "/CUCM-UDS/version",
    "//cucm-uds/version"])
def test_a_path_outside_of_the_rule(site, rest):
    refused(site, site.uds(rest), site.session(), 403, inside=True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_a_method_that_is_not_allowed(site, method):
    refused(site, site.uds("/cucm-uds/version"), site.session(), 403, method=method, inside=True)


def test_the_device_file_of_another_user(site):
    mac, rknotts = site.session("mac.donald"), site.session("rknotts")
    assert site.ask("GET", site.files("/MDonald.cnf.xml"), mac).status == 200
    assert site.ask("GET", site.files("/RKnotts.cnf.xml"), rknotts).status == 200
    refused(site, site.files("/RKnotts.cnf.xml"), mac, 403, inside=True)
    refused(site, site.files("/MDonald.cnf.xml"), rknotts, 403, inside=True)
    for spelling in ("/mdonald.cnf.xml", "/MDonald.cnf.xml%20", "/%4dDonald.cnf.xml",
                     "/x/../MDonald.cnf.xml", "/MDonald.cnf.xml;x", "//MDonald.cnf.xml"):
        refused(site, site.files(spelling), rknotts, 403, inside=True)
    refused(site, site.files("/MDonald.cnf.xml"),
            {"Authorization": basic("rknotts", site.password("rknotts"))}, 403, inside=True)


def test_shared_files_are_for_everybody_and_only_with_a_session(site):
    assert site.ask("GET", site.files("/SPDefault.cnf.xml"), site.session("rknotts")).status == 200
    assert site.ask("GET", site.files("/jabber-config.xml"), site.session()).status == 404
    refused(site, site.files("/SPDefault.cnf.xml"), {}, 401)


def test_the_call_managers_own_401_passes_through(site):
    answer = site.ask("GET", site.uds("/cucm-uds/user/rknotts/devices"), site.session())
    assert answer.status == 401
    assert "Cisco Web Services Realm" in answer.headers["WWW-Authenticate"]


def test_a_user_who_is_not_enabled(fresh_site):
    site = fresh_site
    session = site.session("rknotts")
    site.change("core", "session:", "access:\n  denied: [RKnotts]\nsession:")
    site.lab("restart", "core")
    answer = site.ask("GET", host_path(DOMAIN) + "/get_edge_config",
                      {"Authorization": basic("rknotts", site.password("rknotts"))})
    assert answer.status == 403, answer
    assert site.ask("GET", site.uds("/cucm-uds/version"), session).status == 403
    assert site.ask("GET", host_path(DOMAIN) + "/get_edge_config",
                    {"Authorization": basic("rknotts", "wrong")}).status == 401
    assert site.sign_in("mac.donald")


def test_the_ninth_authorization_is_one_too_many(fresh_site):
    headers = {"Authorization": basic("mac.donald", fresh_site.password())}
    path = host_path(DOMAIN) + "/get_edge_config"
    statuses = [fresh_site.ask("GET", path, headers).status for _ in range(8)]
    assert statuses == [200] * 8
    answer = fresh_site.ask("GET", path, headers)
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert fresh_site.sign_in("rknotts"), "another user is not held up"
    done = fresh_site.login()
    assert done.returncode == 1 and "429" in done.stdout


def test_every_refusal_leaves_a_line_with_its_cause(site):
    refused(site, host_path("other.example") + "/mark-foreign", {}, 404)
    session = site.session()
    refused(site, host_path(DOMAIN, "https", "evil.example") + "/mark-host", session, 403,
            inside=True)
    site.wait_log("edge", 'Reason="domain other.example is not served here"')
    site.wait_log("core", "host not allowed: GET https://evil.example:8443/mark-host")
    assert json.loads(site.admin("edge", "/status").body)["counters"]["refused_domain"] > 0
