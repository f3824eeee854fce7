"""Things break: a call manager, a core, an edge, a link. Sign-ins go on, or say why not."""

import os
import resource
import signal
import socket
import threading
import time

from conftest import DEADLINE, DOMAIN, PATIENCE, basic, host_path, wait_until


def sign_in_status(site, edge=1, user="mac.donald"):
    answer = site.ask("GET", host_path(DOMAIN) + "/get_edge_config",
                      {"Authorization": basic(user, site.password(user))}, edge=edge)
    return answer.status


def test_the_call_manager_stops_and_returns(fresh_site):
    site = fresh_site
    session = site.session()
    site.lab("stop", "home")
    for path, headers in ((site.uds("/cucm-uds/version"), session),
                          (host_path(DOMAIN) + "/get_edge_config",
                           {"Authorization": basic("mac.donald", site.password())})):
        answer = site.ask("GET", path, headers)
        assert answer.status in (502, 503, 504), answer
        assert "WWW-Authenticate" not in answer.headers
    # What could not be judged does not count against the user's rate.
    for _ in range(10):
        assert sign_in_status(site) in (502, 503, 504)
    site.lab("start", "home")
    returned = time.monotonic()
    wait_until(lambda: sign_in_status(site) == 200, "a sign-in after the call manager's return")
    assert time.monotonic() - returned < 5 * PATIENCE
    assert site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200


def test_the_call_manager_hangs(fresh_site):
    site = fresh_site
    site.change("core", "first_byte: 75s", "first_byte: 1s")
    site.lab("restart", "core")
    session = site.session()
    site.kill("home", signal.SIGSTOP)
    try:
        answer = site.ask("GET", site.uds("/cucm-uds/version"), session)
        assert answer.status == 504, answer
    finally:
        site.kill("home", signal.SIGCONT)
    wait_until(lambda: site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200,
               "the call manager's return")


def test_the_core_is_killed_and_returns(fresh_site):
    site = fresh_site
    session = site.session()
    site.kill("core")
    killed = time.monotonic()
    wait_until(lambda: site.ask("GET", site.uds("/cucm-uds/version"), session).status == 503,
               "503 without a core")
    assert time.monotonic() - killed < 1 * PATIENCE
    answer = site.ask("GET", site.uds("/cucm-uds/version"), session)
    assert answer.status == 503 and "Retry-After" in answer.headers
    started = time.monotonic()
    starter = threading.Thread(target=site.lab, args=("start", "core"))
    starter.start()
    wait_until(lambda: site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200,
               "the old session with the new core")
    assert time.monotonic() - started < 3 * PATIENCE  # the start itself is in it
    starter.join()
    wait_until(lambda: site.admin("edge", "/readyz").status == 200, "a link for every worker")
    # Whose device it is, the new core knows from the session alone.
    assert site.ask("GET", site.files("/MDonald.cnf.xml"), session).status == 200
    assert site.ask("GET", site.files("/RKnotts.cnf.xml"), session).status == 403


def test_the_edge_is_killed_and_returns(fresh_site):
    site = fresh_site
    session = site.session()
    site.kill("edge")
    site.lab("restart", "edge")
    assert site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200


def test_a_silent_core_is_noticed(fresh_site):
    site = fresh_site
    session = site.session()
    site.kill("core", signal.SIGSTOP)
    try:
        wait_until(lambda: site.ask("GET", site.uds("/cucm-uds/version"), session).status == 503,
                   "503 after missed PINGs")
    finally:
        site.kill("core", signal.SIGCONT)
    wait_until(lambda: site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200,
               "the link's return")


def signs_in_somewhere(site):
    """As a client does: the next edge when one does not answer."""
    for edge in (1, 2):
        try:
            status = sign_in_status(site, edge)
        except OSError:
            continue
        if status == 200:
            return True
    return False


def test_any_one_of_two_edges_and_two_cores_may_die(wide_site):
    site = wide_site
    wait_until(lambda: all(sign_in_status(site, edge) == 200 for edge in (1, 2)), "both edges")
    for victim in ("core", "core2", "edge", "edge2"):
        site.kill(victim)
        for _ in range(10):
            assert signs_in_somewhere(site), f"no sign-in after {victim} was killed"
        done = site.login()
        assert done.returncode == 0, done.stdout
        site.lab("restart", victim)
        wait_until(site.is_linked, f"{victim} to be back in the links")


def test_requests_survive_the_death_of_a_core(wide_site):
    site = wide_site
    session = site.session()
    statuses, refusals, stop = [], [], threading.Event()

    def ask():
        while not stop.is_set():
            answer = site.ask("GET", site.uds("/cucm-uds/version"), session)
            statuses.append(answer.status)
            if answer.status != 200:
                refusals.append((len(statuses), answer.body))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(statuses) > 20, "some requests")
    site.kill("core")
    seen = len(statuses)
    wait_until(lambda: len(statuses) > seen + 40, "requests after the first core's death")
    site.lab("restart", "core")
    wait_until(site.is_linked, "the first core's return to this edge")
    site.kill("core2")
    seen = len(statuses)
    wait_until(lambda: len(statuses) > seen + 40, "requests after the second core's death")
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}, (len(statuses), refusals)


def test_a_flood_of_https_leaves_descriptors_to_the_others(fresh_site):
    site = fresh_site
    # 400, of which a quarter is the edge's own. HTTPS, SIP and XMPP each have a sixth of the rest.
    resource.prlimit(site.pid("edge"), resource.RLIMIT_NOFILE, (400, 400))
    site.kill("edge", signal.SIGHUP)
    site.wait_log("edge", "configuration loaded anew", 'connections="300" open_files="400"')
    # Workers that ask at the same moment may each let one more in (edge/client_room.h).
    more = os.cpu_count() - 1
    flood = []
    try:
        for _ in range(260 + more):
            flood.append(socket.create_connection((site.edge_address(), 8443), DEADLINE))
        wait_until(lambda: site.status("edge")["counters"]["no_place"] >= 60, "the flood's end")
        assert site.status("edge")["now"]["https_connections"] <= 200 + more
        for port, alpn in ((5061, "sip"), (5222, "xmpp-client")):
            plain = socket.create_connection((site.edge_address(), port), DEADLINE)
            site.tls([alpn]).wrap_socket(plain, server_hostname="edge." + DOMAIN).close()
    finally:
        for connection in flood:
            connection.close()
    wait_until(lambda: site.status("edge")["now"]["https_connections"] == 0, "the flood to be gone")
    assert site.ask("GET", site.uds("/cucm-uds/version"), site.session()).status == 200
