"""Clients and servers that nobody here wrote: curl, nghttp, openssl and dnsmasq."""

import shutil
import subprocess
import threading

import pytest
from conftest import DEADLINE, DOMAIN, basic, host_path, wait_until

pytestmark = pytest.mark.real


def curl(site, path, *arguments, edge=1):
    name = "edge" if edge == 1 else f"edge{edge}"
    done = subprocess.run(
        ["curl", "-sS", "--cacert", site.folder / "ca.pem", "--resolve",
         f"{name}.{DOMAIN}:8443:{site.edge_address(edge)}", "-o", "/dev/null", "-w",
         "%{http_code} %{http_version}", *arguments, f"https://{name}.{DOMAIN}:8443{path}"],
        text=True, capture_output=True, timeout=DEADLINE)
    return done.stdout, done.stderr


@pytest.mark.parametrize("flag,version", [("--http1.1", "1.1"), ("--http2", "2")])
def test_curl_signs_in_and_fetches(site, flag, version):
    jar = site.folder / f"jar{version}"
    path = host_path(DOMAIN) + "/get_edge_config"
    user = f"mac.donald:{site.password()}"
    assert curl(site, path, flag, "-u", user, "-c", jar)[0] == f"200 {version}"
    assert "X-Auth" in jar.read_text()
    assert curl(site, site.uds("/cucm-uds/version"), flag, "-b", jar)[0] == f"200 {version}"
    assert curl(site, site.files("/MDonald.cnf.xml"), flag, "-b", jar)[0] == f"200 {version}"
    assert curl(site, site.files("/jabber-config.xml"), flag, "-b", jar)[0] == f"404 {version}"
    assert curl(site, site.files("/RKnotts.cnf.xml"), flag, "-b", jar)[0] == f"403 {version}"
    assert curl(site, site.uds("/cucm-uds/version"), flag)[0] == f"401 {version}"
    assert curl(site, path, flag, "-u", "mac.donald:wrong")[0] == f"401 {version}"
    assert curl(site, host_path("other.example") + "/get_edge_config", flag, "-u", user)[0] == (
        f"404 {version}")
    assert curl(site, site.uds("/cucm-uds/version"), flag, "-I", "-b", jar)[0] == f"200 {version}"


@pytest.mark.parametrize("flags", [["--tls-max", "1.2"], ["--tlsv1.3"]])
def test_curl_speaks_tls_12_and_13(site, flags):
    assert curl(site, "/x", *flags)[0].startswith("400")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_old_tls_is_refused(site, version):
    said, error = curl(site, "/x", "--tlsv1.0", "--tls-max", version, "--ciphers", "ALL:@SECLEVEL=0")
    assert said.startswith("000"), (said, error)


def test_nghttp_asks_many_things_at_once(site):
    cookie = site.session()["Cookie"]
    url = f"https://{site.edge_address()}:8443{site.uds('/cucm-uds/version')}"
    done = subprocess.run(["nghttp", "-nv", "-m", "50", "-H", f"cookie: {cookie}", url], text=True,
                          capture_output=True, timeout=DEADLINE)
    assert done.stdout.count(":status: 200") == 50, done.stdout[-3000:]


@pytest.mark.parametrize("clients,streams", [(1, 100), (20, 10)])
def test_h2load_finds_no_failure(site, clients, streams):
    assert shutil.which("h2load")
    cookie = site.session()["Cookie"]
    url = f"https://{site.edge_address()}:8443{site.uds('/cucm-uds/version')}"
    done = subprocess.run(["h2load", "-n", "2000", "-c", str(clients), "-m", str(streams), "-H",
                           f"cookie: {cookie}", url], text=True, capture_output=True,
                          timeout=DEADLINE)
    assert "2000 succeeded, 0 failed, 0 errored" in done.stdout, done.stdout
    assert "status codes: 2000 2xx" in done.stdout


def s_client(site, *arguments):
    return ["openssl", "s_client", "-connect", f"{site.edge_address()}:8443", "-servername",
            f"edge.{DOMAIN}", "-CAfile", site.folder / "ca.pem", "-verify_return_error", *arguments]


SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]


@pytest.mark.parametrize("suite", SUITES)
def test_openssl_changes_its_keys(site, suite):
    """Requests go on over key updates that ask for one in return (K) and that do not (k)."""
    request = (f"GET {site.uds('/cucm-uds/version')} HTTP/1.1\r\nHost: e\r\n"
               f"Cookie: {site.session()['Cookie']}\r\n\r\n")
    client = subprocess.Popen(s_client(site, "-tls1_3", "-ciphersuites", suite), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    watch = threading.Timer(DEADLINE, client.kill)
    watch.start()
    try:
        answers = 0
        for words in (request, "K\n", request, "k\n", "K\n", request):
            # A command is one that is read by itself.
            client.stdin.write(words)
            client.stdin.flush()
            awaited = "HTTP/1.1 200" if words == request else "KEYUPDATE"
            for line in client.stdout:
                if awaited in line:
                    break
            else:
                pytest.fail(f"no {awaited} after {answers} answers")
            answers += words == request
        assert answers == 3
    finally:
        watch.cancel()
        client.kill()
        client.wait()


def test_openssl_gets_no_larger_records_than_it_takes(site):
    request = (f"GET {host_path(DOMAIN)}/get_edge_config HTTP/1.1\r\nHost: e\r\n"
               f"Authorization: {basic('mac.donald', site.password())}\r\nConnection: close\r\n\r\n")
    for version in ("-tls1_2", "-tls1_3"):
        done = subprocess.run(s_client(site, version, "-maxfraglen", "512", "-ign_eof"),
                              input=request, text=True, capture_output=True, timeout=DEADLINE)
        assert "HTTP/1.1 200" in done.stdout and "</getEdgeConfigResponse>" in done.stdout, done


def test_openssl_resumes_a_session(site):
    def connect(*arguments):
        return subprocess.run(
            s_client(site, *arguments), text=True, capture_output=True, timeout=DEADLINE,
            input="GET / HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n")

    for version in ("-tls1_2", "-tls1_3"):
        saved = site.folder / f"session{version}"
        wait_until(lambda: connect(version, "-sess_out", saved, "-ign_eof").returncode == 0 and
                   saved.exists(), "a session to be saved")
        assert "Reused, TLSv1" in connect(version, "-sess_in", saved, "-ign_eof").stdout
