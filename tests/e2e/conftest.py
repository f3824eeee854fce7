"""End-to-end tests run the real programs: each site is a lab of its own (deploy/lab) on loopback
addresses of its own, with real DNS, certificates and port numbers, so several can run at once."""

import base64
import collections
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SALLYPORT_BIN", ROOT / "build/release/bin"))
DOMAIN = "lab.example"
DEADLINE = 60  # seconds; what takes longer on any machine is a fault
# What users are promised in seconds is looked at too; a build with sanitizers may take longer.
PATIENCE = 1 if "release" in str(BIN) else 10


def pytest_configure(config):
    config.addinivalue_line("markers", "real: needs clients or servers that are not ours")
    config.addinivalue_line("markers", "heavy: moves gigabytes; release build only")


def wait_until(condition, what, deadline=DEADLINE):
    """Polls until condition() gives something true, and returns that."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"waited {deadline} s for {what}"
        time.sleep(0.02)


def host_path(*parts):
    """The first segment of a URL: base64 of domain[/scheme/host[/port]]."""
    return "/" + base64.urlsafe_b64encode("/".join(parts).encode()).decode().rstrip("=")


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:200]!r}>"


class Site:
    """One lab: its addresses, its processes, and a client to ask it things."""

    def __init__(self, folder, edges=1, cores=1, presence="prosody"):
        self.folder = pathlib.Path(folder)
        self.edges, self.cores = edges, cores
        self.lock, self.net = self._take_net()
        self.environment = dict(os.environ, SALLYPORT_LAB=str(folder), SALLYPORT_LAB_NET=self.net,
                                SALLYPORT_BIN=str(BIN), PRESENCE=presence)

    @staticmethod
    def _take_net():
        # A bound socket is the claim on 127.N: it goes away with the process, however that ends.
        for number in range(1, 255):
            claim = socket.socket()
            try:
                claim.bind((f"127.{number}.0.1", 1))
                return claim, f"127.{number}"
            except OSError:
                claim.close()
        raise RuntimeError("no loopback network is free")

    def lab(self, *arguments, check=True):
        done = subprocess.run([ROOT / "deploy/lab", *arguments], env=self.environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=180)
        assert not check or done.returncode == 0, f"{arguments}:\n{done.stdout}\n{done.stderr}"
        return done

    def up(self):
        self.lab("up", "--no-login", "--edges", str(self.edges), "--cores", str(self.cores))
        return self

    def down(self):
        self.lab("down", check=False)
        self.lock.close()

    def password(self, user="mac.donald"):
        return (self.folder / "passwords" / user).read_text().strip()

    def edge_address(self, number=1):
        return f"{self.net}.10.{80 + number}"

    def core_address(self, number=1):
        return f"{self.net}.20.{84 + number}"

    def pid(self, name):
        return int((self.folder / f"{name}.pid").read_text())

    def kill(self, name, number=signal.SIGKILL):
        pid = self.pid(name)
        os.kill(pid, number)
        if number == signal.SIGSTOP:
            # Its threads stop one by one, and may still answer until they do.
            tasks = pathlib.Path(f"/proc/{pid}/task")
            wait_until(lambda: all(task.joinpath("stat").read_text().rsplit(")", 1)[1].split()[0]
                                   == "T" for task in tasks.iterdir()), f"{name} to stop")

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_log(self, name, *texts):
        """The log, once it holds all of `texts`: it is written a moment after the answer."""
        return wait_until(lambda: (lambda log: all(t in log for t in texts) and log)(self.log(name)),
                          f"{texts} in {name}.log")

    def tls(self, alpn=("http/1.1",)):
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    def connect(self, edge=1, timeout=DEADLINE):
        """A TLS connection to an edge, its identity checked."""
        name = "edge" if edge == 1 else f"edge{edge}"
        plain = socket.create_connection((self.edge_address(edge), 8443), timeout)
        return self.tls().wrap_socket(plain, server_hostname=f"{name}.{DOMAIN}")

    def ask(self, method, path, headers=None, body=None, edge=1, timeout=DEADLINE):
        connection = http.client.HTTPConnection("edge." + DOMAIN, 8443)
        connection.sock = self.connect(edge, timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def sign_in(self, user="mac.donald", edge=1):
        """Signs in and returns the session's cookie."""
        answer = self.ask("GET", host_path(DOMAIN) + "/get_edge_config",
                          {"Authorization": basic(user, self.password(user))}, edge=edge)
        assert answer.status == 200, answer
        return re.match(r"X-Auth=([^;]+)", answer.headers["Set-Cookie"]).group(1)

    def session(self, user="mac.donald"):
        return {"Cookie": "X-Auth=" + self.sign_in(user)}

    def login(self, *arguments, user="mac.donald"):
        return self.lab("login", user, *arguments, check=False)

    def home_command(self, *arguments):
        """sallyport-home on the site's own database."""
        done = subprocess.run([BIN / "sallyport-home", *arguments, "--config", self.folder / "home.yaml"],
                              text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE)
        assert done.returncode == 0, done
        return done.stdout

    def address(self, name):
        kind = name.rstrip("0123456789")
        number = int(name[len(kind):] or 1)
        return {"edge": self.edge_address(number), "core": self.core_address(number),
                "home": f"{self.net}.20.82", "presence": f"{self.net}.20.83"}[kind]

    def admin(self, name, path, method="GET"):
        address = self.address(name)
        connection = http.client.HTTPConnection(address, 9443, timeout=DEADLINE)
        connection.request(method, path)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def status(self, name):
        return json.loads(self.admin(name, "/status").body)

    def is_linked(self):
        """Whether every worker of every edge has its link to each core, and a SIP channel on it.

        A core calls itself ready with one edge linked: another edge could not ask it yet.
        """
        for number in range(1, self.edges + 1):
            status = self.status("edge" if number == 1 else f"edge{number}")
            links = collections.Counter(link["core"] for link in status["links"])
            if len(links) < self.cores or set(links.values()) != {status["workers"]}:
                return False
            if status["now"]["sip_channels"] != status["workers"] * self.cores:
                return False
        return True

    def change(self, name, old, new):
        """Changes a configuration file."""
        file = self.folder / f"{name}.yaml"
        text = file.read_text()
        assert old in text, f"{old!r} is not in {file}"
        file.write_text(text.replace(old, new))

    def issue_certificate(self, out, *names, ca="ca"):
        """A server's certificate and key, OUT.pem and OUT.key, in place of those that are there."""
        arguments = [word for name in names for word in ("--name", name)]
        subprocess.run([BIN / "sallyport", "cert", "issue", "--ca", self.folder / ca, "--role", "server",
                        *arguments, "--out", self.folder / out, "--force"],
                       check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE)

    def uds(self, rest):
        return host_path(DOMAIN, "https", f"ucm-pub.{DOMAIN}", "8443") + rest

    def files(self, rest):
        return host_path(DOMAIN, "http", f"ucm-pub.{DOMAIN}", "6970") + rest


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One edge, one core, shared by the tests of a module: they leave it as they found it."""
    made = Site(tmp_path_factory.mktemp("site")).up()
    # Tests sign in more often than people do.
    made.change("core", "session:", "rate_control:\n  authorizations: 64\n  period: 1s\nsession:")
    made.lab("restart", "core")
    yield made
    made.down()


@pytest.fixture
def fresh_site(tmp_path):
    """One edge, one core, for a test that leaves it changed."""
    made = Site(tmp_path / "site").up()
    yield made
    made.down()


@pytest.fixture
def wide_site(tmp_path):
    """Two edges, two cores."""
    made = Site(tmp_path / "site", edges=2, cores=2).up()
    for core in ("core", "core2"):
        made.change(core, "session:", "rate_control:\n  authorizations: 64\n  period: 1s\nsession:")
        made.lab("restart", core)
    wait_until(made.is_linked, "every link of two edges and two cores")
    yield made
    made.down()


@pytest.fixture(scope="module", params=["prosody", "ejabberd"])
def place(request, tmp_path_factory):
    """One edge, one core, and each of the presence servers in turn: place.kind."""
    # Their files hold the folder's path, so it has what a path may have.
    made = Site(tmp_path_factory.mktemp(request.param + " & $x;"), presence=request.param).up()
    made.kind = request.param
    yield made
    made.down()
