"""Things break under registered clients: the core, the link, an edge, a call manager."""

import signal

from conftest import DOMAIN, PATIENCE, wait_until
from sip import SipClient


def inside_request(site, client, line="5002"):
    """Has the registrar send an OPTIONS now, and waits for it on the client's connection."""
    client.inside.clear()

    def sent():
        return site.admin("home", f"/options?line={line}", "PUT").status == 200

    wait_until(sent, "the registrar to send", 30)
    return client.request_from_inside("OPTIONS")


def test_the_core_is_killed_and_the_registration_lives(fresh_site):
    site = fresh_site
    site.sign_in()
    client = SipClient(site)
    assert client.sign_on().status == 200
    inside_request(site, client)
    site.kill("core")
    wait_until(lambda: site.admin("edge", "/readyz").status == 503, "the edge to miss the core")
    assert client.register().status in (407, 503)
    site.lab("start", "core")
    wait_until(site.is_linked, "the links to return, and what SIP has of them")
    # The same connection, the same registration; nothing was done by the client.
    inside_request(site, client)
    assert client.sign_on().status == 200
    client.close()


def test_the_link_is_cut_and_heals(fresh_site):
    site = fresh_site
    site.sign_in()
    client = SipClient(site)
    assert client.sign_on().status == 200
    site.kill("core", signal.SIGSTOP)
    try:
        wait_until(lambda: "link down" in site.log("edge"), "the link to be given up", 60)
    finally:
        site.kill("core", signal.SIGCONT)
    wait_until(site.is_linked, "the link to heal")
    inside_request(site, client)
    assert client.sign_on().status == 200
    client.close()


def test_an_edge_is_killed_and_its_clients_go_elsewhere(wide_site):
    site = wide_site
    site.sign_in()
    client = SipClient(site, edge=1)
    assert client.sign_on().status == 200
    inside_request(site, client)
    site.kill("edge")
    site.admin("home", "/options?line=5002", "PUT")
    wait_until(lambda: any("SIP/2.0 430" in site.log(name) for name in ("core", "core2")), "430 Flow Failed")
    # It goes back to what its user was told: another edge.
    other = SipClient(site, edge=2)
    other.instance = client.instance
    assert other.sign_on().status == 200
    inside_request(site, other)
    other.close()


def test_the_call_manager_is_killed_and_the_next_one_serves(fresh_site):
    site = fresh_site
    site.sign_in()
    client = SipClient(site)
    assert client.sign_on().status == 200
    site.lab("stop", "home")
    answer = client.sign_on()
    assert answer.status in (503, 504), answer
    site.lab("start", "home")
    wait_until(lambda: client.sign_on().status == 200, "registrations after its return", 10 * PATIENCE)
    inside_request(site, client)
    client.close()


def test_one_of_two_call_managers_is_away(fresh_site):
    site = fresh_site
    site.change("home", f'listen: ["{site.net}.20.82:5060", "{site.net}.20.84:5060"]',
                f'listen: ["{site.net}.20.84:5060"]')
    site.lab("restart", "home")
    wait_until(lambda: site.sign_in(), "a sign-in")
    client = SipClient(site)
    # The client's Route names the one that is away: its next of kin answers.
    assert client.sign_on().status == 200
    client.close()


def test_the_edge_ends_in_order(fresh_site):
    site = fresh_site
    site.sign_in()
    client = SipClient(site)
    assert client.sign_on().status == 200
    site.lab("restart", "edge")
    wait_until(site.is_linked, "the links")
    client = SipClient(site)
    assert client.sign_on().status == 200
    client.close()
