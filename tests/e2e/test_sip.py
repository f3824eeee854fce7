"""A signed-in client registers its line over SIP: TLS to the edge, the delegated credential check,
the registrar inside, and requests from inside on the very connection the client opened."""

import re
import ssl
import time

import pytest
from conftest import DOMAIN, PATIENCE, basic, host_path, wait_until
from sip import SipClient, challenge_of, credentials, sha256


REFUSAL_REMEMBERED = 2.5  # seconds: the edge does not ask a core again at once


@pytest.fixture
def signed_in(site):
    """Both users of the lab have signed in over HTTPS."""
    for user in ("mac.donald", "rknotts"):
        site.sign_in(user)
    return site


def services(site):
    """SERVICE questions that the edge asked so far."""
    return site.log("edge").count('Detail="Sending Request Method=SERVICE')


def test_a_registration_in_the_logs(signed_in):
    site = signed_in
    client = SipClient(site)
    answer = client.sign_on()
    assert answer.status == 200, answer
    assert answer.get("Expires") == "120"
    own = [value for value in answer.all("Contact") if client.instance in value]
    assert own and f"@{client.local}" in own[0], f"not the client's own Contact: {answer}"
    edge, core = site.edge_address(), site.core_address()
    host, port = client.local.split(":")
    log = site.wait_log("edge", "SIP/2.0 200 OK", f"orig-hostport={client.local}")
    for text in (
            "407 Proxy Authentication Required",
            f'Proxy-Authenticate: Digest realm="edge.{DOMAIN}", nonce="',
            f"SERVICE sip:serviceserver@ucm-pub.{DOMAIN} SIP/2.0",
            f"From: <sip:serviceproxy@ucm-pub.{DOMAIN}>;tag=",
            "Route: <sip:127.0.0.1:22210;transport=tcp;vcs-cate;lr>",
            "Event: service",
            'Identity: "',
            "Content-Type: application/x-x509-ca-cert",
            "-----BEGIN CERTIFICATE-----",
            "<reqtype>collab-edge</reqtype>",
            "Code=200, Method=SERVICE",
            f"Path: <sip:{edge}:7001;transport=tls;lr>",
            f"Path: <sip:{host}:{port};transport=tls;apparent;ds;lr>",
            f"P-Asserted-Identity: <sip:5002@ucm-pub.{DOMAIN}>",
            "X-TAATag: ",
            "Proxy-Authorization: xxxxx"):
        assert text in log, f"{text!r} is not in edge.log"
    assert re.search(r"tvcs: UTCTime=\"[^\"]+\" Module=\"network.sip\" Level=\"INFO\": Action=\"Received\" "
                     r"Local-ip=\"[^\"]+\" Local-port=\"\d+\" Src-ip=\"[^\"]+\" Src-port=\"\d+\" "
                     r"Detail=\"Receive Response Code=200, Method=REGISTER, CSeq=\d+, [^\"]*To=sip:5002@", log)
    assert re.search(r"Via: SIP/2\.0/TLS " + re.escape(edge) + r":7001;egress-zone=TZone;branch=z9hG4bK[0-9a-f]+"
                     r"\.[0-9a-f]+;proxy-call-id=[0-9a-f-]{36};rport", log)
    assert re.search(r"Via: SIP/2\.0/TLS " + re.escape(client.local) +
                     r";branch=z9hG4bK[0-9a-f]+;received=[0-9.]+;ingress-zone=CollaborationEdgeZone", log)
    inside = site.wait_log("core", f"@{core}:5060;transport=tcp;orig-hostport={client.local}",
                           "Method=SERVICE", "SIP/2.0 200 OK", f"Path: <sip:{edge}:7001;transport=tls;lr>")
    # One flow, one grep: the same id on both sides.
    flow = re.search(r'407,[^\n]*Flow-id="([0-9a-f]{32})"', log).group(1)
    assert f'Flow-id="{flow}"' in inside
    password = site.password()
    for name in ("edge", "core", "home"):
        text = site.log(name)
        assert password not in text
        assert not re.search(r"<ha1[^>]*>(?!xxxxx)", text), f"HA1 in {name}.log"
    client.close()


def test_what_arrives_inside_has_neither_credentials_nor_our_own_fields(signed_in):
    client = SipClient(signed_in)
    assert client.sign_on().status == 200
    log = signed_in.wait_log("home", f"orig-hostport={client.local}")
    arrived = log[log.rindex("|REGISTER"):]
    arrived = arrived[:arrived.index("\n|\n")]
    for field in ("Proxy-Authorization", "Sallyport-Flow", "Path:", f"<sip:edge.{DOMAIN}"):
        assert field not in arrived, arrived
    assert f"P-Asserted-Identity: <sip:5002@ucm-pub.{DOMAIN}>" in arrived
    client.close()


def test_a_request_from_inside_comes_down_the_same_connection(signed_in):
    client = SipClient(signed_in)
    assert client.sign_on().status == 200
    options = client.request_from_inside("OPTIONS")
    assert options.start.startswith(f"OPTIONS sip:{client.instance}@{client.local};transport=tls"), options
    assert "Sallyport-Flow" not in dict(options.headers)

    def probed():
        bindings = signed_in.status("home")["bindings"]
        mine = [one for one in bindings if client.local in one["contact"]]
        return mine and (mine[0]["options"] or {}).get("status") == 200

    wait_until(probed, "the registrar to hear the answer")
    client.close()


def test_sha256_is_taken_as_well_when_it_is_offered(fresh_site):
    site = fresh_site
    site.change("edge", "tunnel:\n  trust", "sip:\n  algorithms: [SHA-256, MD5]\ntunnel:\n  trust")
    site.lab("restart", "edge")
    wait_until(site.is_linked, "the links to return")
    site.sign_in()
    for algorithm, hashed in (("SHA-256", sha256), ("MD5", None)):
        client = SipClient(site)
        response = client.register()
        assert [value.split("algorithm=")[1] for value in response.all("Proxy-Authenticate")] == \
            ["SHA-256", "MD5"], response
        challenge = challenge_of(response, algorithm)
        arguments = {"hashed": hashed} if hashed else {}
        answer = client.register(credentials(challenge, client.user, site.password(), client.uri,
                                             **arguments))
        assert answer.status == 200, answer
        client.close()


def refused(answer, *statuses):
    assert answer.status in statuses, answer
    return answer


def test_digest_refusals(signed_in):
    site = signed_in
    client = SipClient(site)
    challenge = client.challenge()
    refused(client.register(client.authorize(challenge, password="wrong")), 407)
    refused(client.register(client.authorize(challenge, uri="sip:other." + DOMAIN)), 400, 403, 407)
    made_up = dict(challenge, nonce=challenge["nonce"][:-4] + "AAAA")
    refused(client.register(client.authorize(made_up)), 407)
    refused(client.register(client.authorize(dict(challenge, realm="other." + DOMAIN))), 407)
    assert client.register(client.authorize(challenge)).status == 200
    # The same again, and one that counts down.
    refused(client.register(client.authorize(challenge)), 407)
    assert client.register(client.authorize(challenge, nc=5)).status == 200
    refused(client.register(client.authorize(challenge, nc=5)), 407)
    refused(client.register(client.authorize(challenge, nc=4)), 407)
    assert client.register(client.authorize(challenge, nc=6)).status == 200
    other = SipClient(site)
    refused(other.register(other.authorize(client.challenge())), 407)
    client.close()
    other.close()


def test_passwords_cannot_be_guessed_on_and_on(signed_in):
    client = SipClient(signed_in)
    statuses = []
    try:
        for number in range(20):
            challenge = client.challenge()
            statuses.append(client.register(client.authorize(challenge, password=f"w{number}")).status)
    except (AssertionError, EOFError, OSError):
        pass  # refused for good, or closed
    assert statuses and 200 not in statuses and len(statuses) < 20, statuses
    client.close()


@pytest.mark.parametrize("change, reason", [
    ({"line": "5003"}, "line"),
    ({"device": "RKnotts"}, "device"),
])
def test_somebody_elses_line_or_device(signed_in, change, reason):
    client = SipClient(signed_in, **change)
    answer = client.sign_on()
    assert answer.status == 403, answer

    def told():
        return any(reason in line for line in signed_in.log("edge").splitlines()
                   if 'Event="Request Refused" Reason="403' in line)

    wait_until(told, f"the {reason} in the reason")
    client.close()


def test_another_users_line_with_ones_own_password(signed_in):
    client = SipClient(signed_in)
    challenge = client.challenge()
    own = client.authorize(challenge)
    answer = client.register(own, To="<sip:5003@ucm-pub.lab.example>",
                             From="<sip:5003@ucm-pub.lab.example>;tag=x")
    assert answer.status == 403, answer
    client.close()


def test_who_never_signed_in_is_refused_with_the_reason(fresh_site):
    client = SipClient(fresh_site)
    answer = client.sign_on()
    assert answer.status == 403 and "no current login" in answer.get("Warning"), answer
    for name in ("edge", "core"):
        wait_until(lambda: re.search(r'Reason="[^"]*(sign|login)', fresh_site.log(name)), f"the reason in {name}.log")
    # Signing in mends it on the same connection, once the refusal is forgotten.
    fresh_site.sign_in()
    time.sleep(REFUSAL_REMEMBERED)
    assert client.sign_on().status == 200
    client.close()


def test_refreshes_cost_no_service(signed_in):
    client = SipClient(signed_in)
    assert client.sign_on().status == 200
    before = services(signed_in)
    for _ in range(3):
        assert client.sign_on().status == 200
    assert client.sign_on(expires=0).status == 200
    assert services(signed_in) == before
    client.close()


def lost(client):
    """Whether the edge has closed the connection; requests from inside are read over."""
    try:
        client.read(0.05)
    except TimeoutError:
        return False
    except (EOFError, OSError):
        return True
    return False


def test_a_revocation_ends_registrations_on_every_edge(wide_site):
    site = wide_site
    site.sign_in()
    clients = [SipClient(site, edge=number) for number in (1, 2)]
    for client in clients:
        assert client.sign_on().status == 200
    assert site.admin("core", f"/revoke?user=mac.donald@{DOMAIN}", "PUT").status == 200
    for client in clients:
        wait_until(lambda: lost(client), "the connection's end", 1 * PATIENCE)
        client.close()
        again = SipClient(site, edge=clients.index(client) + 1)
        assert again.sign_on().status == 403
        again.close()


def test_a_changed_password_ends_the_old_one(fresh_site):
    site = fresh_site
    site.sign_in()
    client = SipClient(site)
    assert client.sign_on().status == 200
    (site.folder / "new").write_text("another-password-5002\n")
    site.home_command("user", "passwd", "mac.donald", "--password-file", str(site.folder / "new"))
    old = site.password()
    # The core hears of it when the new password is used for the first time.
    answer = site.ask("GET", host_path(DOMAIN) + "/get_edge_config",
                      {"Authorization": basic("mac.donald", "another-password-5002")})
    assert answer.status == 200
    # Another request of the same moment, as clients send them, spoils nothing.
    assert site.ask("GET", site.uds("/cucm-uds/user/mac.donald"),
                    {"Authorization": basic("mac.donald", "another-password-5002")}).status == 200
    wait_until(lambda: lost(client), "the end of what the old password proved", 1 * PATIENCE)
    client = SipClient(site)
    challenge = client.challenge()
    assert client.register(client.authorize(challenge, password=old)).status == 407
    challenge = client.challenge()
    assert client.register(client.authorize(challenge, password="another-password-5002")).status == 200
    client.close()


def test_the_registrar_has_a_status_page(signed_in):
    client = SipClient(signed_in)
    assert client.sign_on().status == 200
    assert signed_in.admin("home", "/readyz").status == 200
    assert b"sallyport_home_sip_connections" in signed_in.admin("home", "/metrics").body
    assert any(client.instance in one["contact"] for one in signed_in.status("home")["bindings"])
    assert signed_in.admin("home", "/notify?line=5002&event=service-control", "PUT").status == 200
    assert client.request_from_inside("NOTIFY").get("Event") == "service-control"
    client.close()


def test_only_what_belongs_to_a_registration_is_let_in(signed_in):
    site = signed_in
    client = SipClient(site)

    def ask(method, uri, **fields):
        client.cseq += 1
        text = client.register_text(None, CSeq=f"{client.cseq} {method}", Contact=None, Expires=None, **fields)
        client.send(text.replace(f"REGISTER {client.uri} ", f"{method} {uri} ", 1))
        return client.response()

    assert ask("OPTIONS", "sip:" + client.edge_name, Route=None).status == 200
    for method in ("INVITE", "MESSAGE", "SUBSCRIBE", "SERVICE", "NEWMETHOD"):
        assert ask(method, f"sip:5003@{DOMAIN}").status in (403, 405)
    assert client.sign_on().status == 200
    foreign = f"<sip:5003@ucm-pub.{DOMAIN}>;tag=1"
    assert ask("MESSAGE", f"sip:5003@ucm-pub.{DOMAIN}", From=foreign).status == 403
    assert ask("SERVICE", f"sip:serviceserver@{DOMAIN}").status in (403, 405)
    # The registrar's own answer comes back: it has no messages.
    assert ask("MESSAGE", f"sip:5003@ucm-pub.{DOMAIN}").status in (404, 405)
    client.close()


@pytest.mark.parametrize("route", [
    "<sip:evil.example;transport=tls;lr>",
    "<sip:127.0.0.1:9;transport=tcp;lr>",
    "<sip:edge.lab.example;transport=tls;lr>,<sip:10.1.2.3:5061;transport=tls;lr>",
])
def test_a_route_that_is_not_ours_is_refused(signed_in, route):
    client = SipClient(signed_in)
    answer = client.register(Route=route)
    if answer.status == 407:
        answer = client.register(client.authorize(challenge_of(answer)), Route=route)
    assert answer.status == 403, answer
    client.close()


def test_a_call_manager_that_is_none_is_not_dialled(signed_in):
    site = signed_in
    client = SipClient(site)
    route = client.route().replace(f"ucm-pub.{DOMAIN}", "127.0.20.53")
    challenge = client.challenge()
    assert client.register(client.authorize(challenge), Route=route).status == 403
    client.close()


def test_who_never_registers_is_shown_the_door(fresh_site):
    site = fresh_site
    site.change("edge", "tunnel:\n  trust", "limits:\n  register: 1s\ntunnel:\n  trust")
    site.lab("restart", "edge")
    client = SipClient(site)
    client.register()
    start = time.monotonic()
    wait_until(lambda: lost(client), "the end of an idle connection", 1 + 2 * PATIENCE)
    assert time.monotonic() - start < 1 + 2 * PATIENCE


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_tls(signed_in, version):
    context = signed_in.tls(alpn=())
    context.minimum_version = context.maximum_version = version
    client = SipClient(signed_in, tls=context)
    assert client.sign_on().status == 200
    client.close()


def test_keep_alives(signed_in):
    client = SipClient(signed_in)
    assert client.sign_on().status == 200
    client.request_from_inside()
    client.buffer = b""
    client.send("\r\n\r\n")
    assert client.socket.recv(16) == b"\r\n"
    client.send(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"0123456789ab")
    answer = client.socket.recv(100)
    assert answer[:2] == b"\x01\x01" and answer[8:20] == b"0123456789ab", answer
    client.close()
