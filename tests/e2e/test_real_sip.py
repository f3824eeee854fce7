"""Clients and a registrar that nobody here wrote: baresip, linphonec and SIPp (behind stunnel,
since it has no TLS) register through the edge; Kamailio takes the registrar's place."""

import os
import re
import signal
import socket
import subprocess
import textwrap
import threading
import uuid

import pytest
from conftest import DEADLINE, DOMAIN, wait_until
from sip import Message, SipClient

pytestmark = pytest.mark.real


class Program:
    """A process of the test's own: its output in a file, its end at the end of the test."""

    def __init__(self, folder, name, command, stdin=None):
        self.out = folder / f"{name}.out"
        self.process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, cwd=folder,
                                        stdout=self.out.open("w"), stderr=subprocess.STDOUT,
                                        start_new_session=True)

    def text(self):
        return self.out.read_text(errors="replace")

    def wait_for(self, pattern, deadline=DEADLINE):
        def seen():
            found = re.search(pattern, self.text())
            assert found or self.process.poll() is None, f"it ended: {self.text()}"
            return found
        return wait_until(seen, f"{pattern} in {self.out}", deadline)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)


@pytest.fixture
def programs(tmp_path):
    """Starts programs and ends them."""
    started = []

    def start(name, command, **options):
        started.append(Program(tmp_path, name, command, **options))
        return started[-1]

    start.folder = tmp_path
    yield start
    for program in started:
        program.end()


def bindings(site, line):
    return [one for one in site.status("home")["bindings"] if one["line"] == line]


def registered_and_probed(site, line):
    """A binding of the line that answered an OPTIONS from inside."""
    return any((one["options"] or {}).get("status") == 200 for one in bindings(site, line))


def test_baresip(site, programs):
    site.sign_in()
    folder = programs.folder
    (folder / "config").write_text(textwrap.dedent(f"""\
        module_path /usr/lib/baresip/modules
        module uuid.so
        module_app account.so
        dns_server {site.net}.10.53:53
        sip_cafile {site.folder}/ca.pem
        sip_listen 127.0.0.1:0
        """))
    (folder / "accounts").write_text(
        f"<sip:5002@{DOMAIN};transport=tls>;auth_user=mac.donald;auth_pass={site.password()};"
        f'outbound="sip:edge.{DOMAIN};transport=tls";sipnat=outbound;regint=60\n')
    baresip = programs("baresip", ["baresip", "-f", str(folder), "-s", "-t", "120"])
    baresip.wait_for(r"200 OK")
    wait_until(lambda: registered_and_probed(site, "5002"), "an OPTIONS from inside to be answered")
    baresip.end(signal.SIGINT)
    wait_until(lambda: not bindings(site, "5002"), "it to be unregistered")


def start_linphonec(site, programs, *options):
    """linphonec as 5003, registered and reached from inside."""
    site.sign_in("rknotts")
    folder = programs.folder
    (folder / ".local/share/linphone").mkdir(parents=True)
    (folder / ".config/linphone").mkdir(parents=True)
    (folder / "resolv.conf").write_text(f"nameserver {site.net}.10.53\n")
    (folder / "linphonerc").write_text(textwrap.dedent(f"""\
        [sip]
        sip_port=-1
        sip_tcp_port=-1
        sip_tls_port=-1
        root_ca={site.folder}/ca.pem
        verify_server_certs=1
        verify_server_cn=1
        default_proxy=0

        [proxy_0]
        reg_proxy=<sip:edge.{DOMAIN};transport=tls>
        reg_route=<sip:edge.{DOMAIN};transport=tls;lr>
        reg_identity=sip:5003@{DOMAIN}
        reg_expires=60
        reg_sendregister=1
        publish=0

        [auth_info_0]
        username=5003
        userid=rknotts
        passwd={site.password("rknotts")}
        realm=edge.{DOMAIN}
        """))
    # It reads no configuration for DNS but the system's: it gets a system of its own.
    command = " ".join(["linphonec", *options, "-c", f"{folder}/linphonerc", "-d", "6", "-l", f"{folder}/linphone.log"])
    inner = f"mount --bind {folder}/resolv.conf /etc/resolv.conf && exec {command}"
    linphone = programs("linphonec", ["unshare", "--mount", "env", f"HOME={folder}", "sh", "-c", inner],
                        stdin=subprocess.PIPE)

    def say(command):
        linphone.process.stdin.write(f"{command}\n".encode())
        linphone.process.stdin.flush()

    linphone.say = say
    wait_until(lambda: registered_and_probed(site, "5003"), "linphonec to register and to answer an OPTIONS")
    return linphone


def test_linphonec(site, programs):
    linphone = start_linphonec(site, programs)
    linphone.say("quit")
    linphone.process.wait(30)


class CallManager:
    """Calls what is registered, as a call manager does: over TCP to the core, from an address inside."""

    def __init__(self, site):
        self.address = f"{site.net}.20.82"
        self.socket = socket.create_connection((site.core_address(), 5060), DEADLINE, (self.address, 0))
        self.buffer = b""
        self.call_id, self.tag = uuid.uuid4().hex, uuid.uuid4().hex[:8]

    def send(self, method, uri, number, to, extra="", body=""):
        host, port = self.socket.getsockname()
        self.socket.sendall((
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TCP {host}:{port};branch=z9hG4bK{uuid.uuid4().hex}\r\n"
            f"From: <sip:6001@{self.address}>;tag={self.tag}\r\nTo: {to}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {number} {method}\r\nMax-Forwards: 70\r\nContact: <sip:6001@{self.address}:5060;transport=tcp>\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n{body}").encode())

    def next(self):
        while b"\r\n\r\n" not in self.buffer:
            data = self.socket.recv(65536)
            assert data, "the core closed the connection"
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        message = Message(head)
        length = int(message.get("Content-Length", "0"))
        while len(self.buffer) < length:
            self.buffer += self.socket.recv(65536)
        message.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return message

    def wait_for(self, wanted):
        while not wanted(message := self.next()):
            assert message.status < 300, message
        return message


def test_a_phone_that_was_called_hangs_up(site, programs):
    """By whatever name it was called: in the dialog that is its own."""
    linphone = start_linphonec(site, programs, "-a")
    manager = CallManager(site)
    called = f"<sip:8000@{manager.address}>"  # a hunt group, say
    sdp = (f"v=0\r\no=- 1 1 IN IP4 {manager.address}\r\ns=-\r\nc=IN IP4 {manager.address}\r\nt=0 0\r\n"
           "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
    uri = re.search(r"<(sip:[^>]+)>|(sip:\S+)", bindings(site, "5003")[0]["contact"])
    manager.send("INVITE", uri[1] or uri[2], 1, called, "Content-Type: application/sdp\r\n", sdp)
    answer = manager.wait_for(lambda message: message.status == 200)
    route = "".join(f"Route: {value}\r\n" for value in reversed(answer.all("Record-Route")))
    target = re.search(r"<([^>]+)>", answer.get("Contact"))[1]
    manager.send("ACK", target, 1, answer.get("To"), route)
    linphone.wait_for("Media streams established")
    linphone.say("terminate")
    # The home cluster, to which it goes as the call manager at this address, knows of no call.
    log = site.wait_log("core", "|BYE sip:6001@", "Detail=\"Receive Response Code=4", "Method=BYE")
    bye = re.findall(r"\|BYE .*?\n\|", log, re.DOTALL)[-1]
    assert f"From: {called};tag=" in bye, bye
    assert "P-Asserted-Identity" not in bye, bye
    linphone.say("quit")
    linphone.process.wait(30)


SIPP_SCENARIO = """<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="register">
  <send retrans="500"><![CDATA[
    REGISTER sip:lab.example SIP/2.0
    Via: SIP/2.0/TLS [local_ip]:[local_port];branch=[branch]
    From: <sip:[field0]@lab.example>;tag=[call_number]
    To: <sip:[field0]@lab.example>
    Call-ID: [call_id]
    CSeq: 1 REGISTER
    Contact: <sip:[field0]@[local_ip]:[local_port];transport=tls>
    Max-Forwards: 70
    Expires: 120
    Content-Length: 0

  ]]></send>
  <recv response="407" auth="true"></recv>
  <send retrans="500"><![CDATA[
    REGISTER sip:lab.example SIP/2.0
    Via: SIP/2.0/TLS [local_ip]:[local_port];branch=[branch]
    From: <sip:[field0]@lab.example>;tag=[call_number]
    To: <sip:[field0]@lab.example>
    Call-ID: [call_id]
    CSeq: 2 REGISTER
    Contact: <sip:[field0]@[local_ip]:[local_port];transport=tls>
    [field1]
    Max-Forwards: 70
    Expires: 120
    Content-Length: 0

  ]]></send>
  <recv response="200"></recv>
</scenario>
"""
SIPP_USERS = 500


def import_users(site, count):
    """Users u1 ... with lines 7001 ..., who then sign in."""
    lines = ["users:"]
    for number in range(1, count + 1):
        lines += [f"  - name: u{number}", f"    first_name: U{number}", "    last_name: Load",
                  f"    password: secret-{number}", "    devices:", f"      - name: D{number}",
                  f"        lines: [{7000 + number}]"]
    (site.folder / "many.yaml").write_text("\n".join(lines) + "\n")
    site.home_command("import", str(site.folder / "many.yaml"))
    for number in range(1, count + 1):
        (site.folder / "passwords" / f"u{number}").write_text(f"secret-{number}\n")
        site.sign_in(f"u{number}")


def test_sipp_registers_500_users(site, programs):
    import_users(site, SIPP_USERS)
    folder = programs.folder
    (folder / "stunnel.conf").write_text(textwrap.dedent(f"""\
        foreground = yes
        pid =
        [sip]
        client = yes
        accept = {site.net}.0.9:5061
        connect = {site.edge_address()}:5061
        CAfile = {site.folder}/ca.pem
        verifyChain = yes
        checkHost = edge.{DOMAIN}
        sni = edge.{DOMAIN}
        """))
    (folder / "scenario.xml").write_text(SIPP_SCENARIO)
    rows = [f"{7000 + n};[authentication username=u{n} password=secret-{n}]" for n in range(1, SIPP_USERS + 1)]
    (folder / "users.csv").write_text("SEQUENTIAL\n" + "\n".join(rows) + "\n")
    stunnel = programs("stunnel", ["stunnel4", str(folder / "stunnel.conf")])
    stunnel.wait_for("Configuration successful")

    def answers():
        try:
            socket.create_connection((f"{site.net}.0.9", 5061), 1).close()
            return True
        except OSError:
            return False

    wait_until(answers, "stunnel to listen")
    done = subprocess.run(
        ["sipp", f"{site.net}.0.9:5061", "-t", "tn", "-max_socket", "2000", "-sf", "scenario.xml",
         "-inf", "users.csv", "-r", "50", "-m", str(SIPP_USERS), "-auth_uri", DOMAIN, "-i", f"{site.net}.0.8",
         "-timeout", "120s", "-timeout_error", "-trace_err", "-nostdin"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    errors = "".join(file.read_text()[:2000] for file in folder.glob("*errors.log"))
    assert done.returncode == 0, f"{done.stdout[-3000:]} {done.stderr[-1000:]} {errors}"


KAMAILIO = """
#!KAMAILIO
debug=2
log_stderror=yes
children=1
tcp_children=2
disable_tcp=no
auto_aliases=no
alias="{domain}"
listen=tcp:{net}.20.82:5060
listen=tcp:{net}.20.84:5060
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("registrar", "use_path", {path})
modparam("registrar", "path_mode", 0)
modparam("registrar", "max_expires", 120)
request_route {{
  if (is_method("REGISTER")) {{
    xlog("L_NOTICE", "REGISTERED $tu via $ct path $hdr(Path)\\n");
    save("location");
    exit;
  }}
  if (!lookup("location")) {{
    sl_send_reply("404", "Not Found");
    exit;
  }}
  t_relay();
}}
"""


def options_by_kamailio(site, line):
    """Sends an OPTIONS for the line through Kamailio; the final status."""
    with socket.create_connection((f"{site.net}.20.82", 5060), DEADLINE) as plain:
        host, port = plain.getsockname()
        plain.sendall((f"OPTIONS sip:{line}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TCP {host}:{port};"
                       f"branch=z9hG4bK{uuid.uuid4().hex};rport\r\nFrom: <sip:probe@{DOMAIN}>;tag=1\r\n"
                       f"To: <sip:{line}@{DOMAIN}>\r\nCall-ID: {uuid.uuid4().hex}\r\nCSeq: 1 OPTIONS\r\n"
                       "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode())
        buffer = b""
        plain.settimeout(DEADLINE)
        while True:
            while b"\r\n\r\n" not in buffer:
                data = plain.recv(65536)
                assert data, "Kamailio closed the connection"
                buffer += data
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            message = Message(head)
            buffer = buffer[int(message.get("Content-Length", "0")):]
            if message.status >= 200:
                return message


@pytest.mark.parametrize("path", [True, False], ids=["path", "contact"])
def test_kamailio_is_the_registrar(fresh_site, programs, path):
    site = fresh_site
    listen = f'sip:\n  listen: ["{site.net}.20.82:5060", "{site.net}.20.84:5060"]\n'
    site.lab("stop", "home")
    site.change("home", listen, "")
    site.lab("start", "home")
    site.change("core", "sip:\n", f"sip:\n  path_headers: {str(path).lower()}\n")
    folder = programs.folder
    (folder / "kamailio.cfg").write_text(
        KAMAILIO.format(domain=DOMAIN, net=site.net, path=int(path)).lstrip())
    kamailio = programs("kamailio", ["kamailio", "-DD", "-E", "-f", str(folder / "kamailio.cfg"), "-w", str(folder),
                                     "-Y", str(folder), "-m", "32", "-M", "8"])
    site.lab("restart", "core")
    wait_until(site.is_linked, "the links")
    site.sign_in()
    client = SipClient(site)
    answer = wait_until(lambda: (lambda a: a.status == 200 and a)(client.sign_on()), "a registration", 20)
    kamailio.wait_for("REGISTERED")
    text = kamailio.text()
    if path:
        assert f"<sip:{client.instance}@{client.local};transport=tls>" in text, text
        assert re.search(rf"path <sip:[\w-]+@{site.core_address()}:5060;transport=tcp;lr>", text), text
    else:
        assert f"@{site.core_address()}:5060;transport=tcp;orig-hostport={client.local}" in text, text
    assert client.local in answer.get("Contact"), answer

    result = []
    asking = threading.Thread(target=lambda: result.append(options_by_kamailio(site, "5002")))
    asking.start()
    request = client.request_from_inside("OPTIONS")
    assert request.start.startswith(f"OPTIONS sip:{client.instance}@{client.local}"), request
    asking.join(DEADLINE)
    assert result and result[0].status == 200, result
    # Gone is gone: the flow fails at once, and nobody waits for a timeout.
    client.close()
    wait_until(lambda: options_by_kamailio(site, "5002").status == 430, "430 Flow Failed")
