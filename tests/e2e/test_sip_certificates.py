"""The edge's public certificate is what SIP stands on: when it is weak or wrong the core says 437,
no REGISTER is forwarded, the client gets 403, both logs name the cause, and UDS goes on."""

import ssl
import subprocess

import pytest
from conftest import DOMAIN, Site, basic, host_path, wait_until
from sip import SipClient


def openssl(*arguments, cwd):
    done = subprocess.run(["openssl", *arguments], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def forge(site, kind):
    """Writes public.pem and public.key: a certificate for clients with one fault."""
    folder = site.folder
    names = [f"DNS:edge.{DOMAIN}", f"otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_collab-edge._tls.{DOMAIN}"]
    if kind == "name":
        names = [f"DNS:other.{DOMAIN}", names[1]]
    (folder / "san.cnf").write_text(
        f"[x]\nsubjectAltName={','.join(names)}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
    ca = ("ca/ca.pem", "ca/ca.key")
    if kind == "issuer":
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Strangers", "-days", "10",
                "-keyout", "strange.key", "-out", "strange.pem", cwd=folder)
        ca = ("strange.pem", "strange.key")
    if kind == "md5":
        # The lab's authority has an EC key, and there is no ECDSA with MD5: one below it has RSA.
        (folder / "below.cnf").write_text("[x]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Below", "-keyout", "below.key",
                "-out", "below.csr", cwd=folder)
        openssl("x509", "-req", "-sha256", "-in", "below.csr", "-CA", *ca[:1], "-CAkey", ca[1], "-CAcreateserial",
                "-days", "10", "-out", "below.pem", "-extfile", "below.cnf", "-extensions", "x", cwd=folder)
        ca = ("below.pem", "below.key")
    bits = "1024" if kind == "rsa1024" else "2048"
    openssl("req", "-newkey", f"rsa:{bits}", "-nodes", "-subj", "/CN=edge", "-keyout", "public.key",
            "-out", "public.csr", cwd=folder)
    when = ["-days", "10"]
    if kind == "expired":
        # openssl x509 takes no dates before today: `ca` does.
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("77\n")
        (folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
            "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=optional\n")
        openssl("ca", "-batch", "-config", "ca.cnf", "-cert", ca[0], "-keyfile", ca[1], "-in", "public.csr",
                "-out", "public.pem", "-startdate", "20200101000000Z", "-enddate", "20210101000000Z",
                "-extfile", "san.cnf", "-extensions", "x", "-notext", cwd=folder)
        return
    digest = {"md5": "-md5", "sha1": "-sha1"}.get(kind, "-sha256")
    openssl("x509", "-req", digest, "-in", "public.csr", "-CA", ca[0], "-CAkey", ca[1], "-CAcreateserial",
            "-out", "public.pem", *when, "-extfile", "san.cnf", "-extensions", "x", cwd=folder)
    if kind == "md5":
        with (folder / "public.pem").open("a") as chain:
            chain.write((folder / "below.pem").read_text())


class CarelessSite(Site):
    """Clients that look at no certificate: what is under test is what the core says to it."""

    def tls(self, alpn=("http/1.1",)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


@pytest.fixture(scope="module")
def careless_site(tmp_path_factory):
    made = CarelessSite(tmp_path_factory.mktemp("site")).up()
    made.change("core", "session:", "rate_control:\n  authorizations: 64\n  period: 1s\nsession:")
    made.change("edge", "tls:\n  certificate: edge.pem\n  key: edge.key\ntunnel:\n",
                "tls:\n  certificate: public.pem\n  key: public.key\ntunnel:\n"
                "  certificate: edge.pem\n  key: edge.key\n")
    made.lab("restart", "core")
    yield made
    made.down()


@pytest.mark.parametrize("kind, words", [
    ("md5", "md5"), ("sha1", "SHA1"), ("rsa1024", "1024"), ("expired", "expired"),
    ("issuer", "Strangers"), ("name", "not for DNS:edge"),
])
def test_a_certificate_that_will_not_do(careless_site, kind, words):
    site = careless_site
    forge(site, kind)
    site.lab("stop", "edge")
    logs = {name: len(site.log(name)) for name in ("edge", "core", "home")}
    site.lab("start", "edge")
    wait_until(site.is_linked, "the links")
    session = site.session()
    client = SipClient(site)
    answer = client.sign_on()
    assert answer.status == 403, answer
    assert "437" in str(answer) or "ertificate" in str(answer), answer

    def told(name):
        new = site.log(name)[logs[name]:]
        return any("437" in line and words in line for line in new.splitlines())

    for name in ("core", "edge"):
        wait_until(lambda: told(name), f"the cause in {name}.log", 5)
    assert "REGISTER" not in site.log("home")[logs["home"]:], "the REGISTER was forwarded"
    assert site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200
    client.close()
