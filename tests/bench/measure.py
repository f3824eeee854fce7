#!/usr/bin/python3
"""Measures what the size of a site does to the cost of a request. Prints markdown tables.

    measure.py [--rounds N] [--secs S] TOPIC...
      rules      10 and 10,000 allow rules
      sessions   100 and 100,000 live sessions
      domains    1 and 100 domains
      threads    1 and 2 workers, as many connections for each worker
      log        traffic log at info and off
      idle       bytes of an idle connection, 1,000 and as many as the descriptors allow
      fairness   a small request alone, beside a download of a GiB (at 400 Mbit/s, and as fast as this
                 machine can, which then has no processor left), beside 1,000 slow readers

The two sites of a comparison run at once and are visited in turn, so that a slow minute of the
machine hits both; what counts is their ratio. Cost is processor time (user and system) of edge and
core for one request. SALLYPORT_BIN: where the programs are (default: the release build).
"""

import argparse
import contextlib
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import json

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = pathlib.Path(os.environ.get("SALLYPORT_BIN", ROOT / "build/release/bin")).resolve()
LOAD = BIN.parent / "bench/https_load"
DOMAIN = "bench.test"
FIRST_PORT = 17000
HZ = os.sysconf("SC_CLK_TCK")
REST = 12  # seconds: more than a program waits until it gives memory back (service/heap_trim.h)


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True,
                          capture_output=True, **options).stdout


def cpu_of(pids):
    """Seconds of processor time, user and system, that these processes took so far."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / HZ


def rss_of(pid):
    """Bytes of memory that this process has for itself or shares."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no Rss")


def wait_at_rest(pids):
    """Until the memory of these processes has not changed for REST seconds; {pid: bytes}."""
    last, since = None, 0
    for _ in range(120):
        now = {pid: rss_of(pid) for pid in pids}
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > REST:
            return now
        time.sleep(1)
    raise RuntimeError(f"memory does not come to rest: {last}")


def wait_quiet(pids):
    """Until these processes take less than a twentieth of a processor."""
    for _ in range(120):
        before = cpu_of(pids)
        time.sleep(1)
        if cpu_of(pids) - before < 0.05:
            return
    raise RuntimeError("the site does not come to rest")


def make_certificates(folder):
    """As the peers' harness lays them out: ec/ca.pem, server.pem, server.key, client.pem, client.key."""
    tool, out = BIN / "sallyport", folder / "ec"
    run(tool, "cert", "ca", "--out", folder / "ca", "--name", "Bench")
    out.mkdir()
    shutil.copy(folder / "ca/ca.pem", out / "ca.pem")
    run(tool, "cert", "issue", "--ca", folder / "ca", "--role", "both", "--name",
        f"DNS:server.{DOMAIN}", "--name", "IP:127.0.0.1", "--out", out / "server")
    run(tool, "cert", "issue", "--ca", folder / "ca", "--role", "both", "--name",
        f"DNS:client.{DOMAIN}", "--out", out / "client")


class Backend:
    """nginx with two bodies: /764.xml and, for downloads, /big.xml of a GiB (a sparse file).

    Its send buffers are bounded: over loopback, where a segment is 64 KiB, the kernel lets each grow
    to megabytes, and those of 1,000 slow readers are more than net.ipv4.tcp_mem has for the machine.
    """

    def __init__(self, folder, port):
        www = folder / "www"
        www.mkdir()
        (www / "764.xml").write_text("x" * 764)
        big = www / "big.xml"
        with open(big, "wb") as file:
            file.truncate(1 << 30)
        # In memory before it is asked for: nginx does nothing else while it reads.
        with open(big, "rb") as file:
            while file.read(1 << 20):
                pass
        certificates = folder / "ec"
        config = folder / "nginx.conf"
        config.write_text(f"""user root; daemon off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 10000; }}
http {{
  access_log off; root {www}; keepalive_timeout 600s; keepalive_requests 100000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  ssl_certificate {certificates}/server.pem; ssl_certificate_key {certificates}/server.key;
  server {{ listen 127.0.0.1:{port} ssl backlog=4096 sndbuf=256k; }}
}}
""")
        self.process = subprocess.Popen(["nginx", "-c", config], stdin=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Site:
    """An edge and a core of their own, by http_chain.sh."""

    def __init__(self, folder, name, number, backend_port, **settings):
        self.name = name
        self.folder = folder / name.replace(" ", "-").replace(",", "")
        self.folder.mkdir()
        port = FIRST_PORT + 20 * (number + 1)
        self.address = f"127.0.0.1:{port}"
        self.trust = folder / "ec/ca.pem"
        environment = {"W": self.folder, "EDGE_PORT": port, "CORE_PORT": port + 1,
                       "BACKEND_PORT": backend_port, "CERTS": folder, "KEY": "ec", "THREADS": 1,
                       "SALLYPORT_BIN": BIN, **settings}
        self.environment = dict(os.environ, **{k: str(v) for k, v in environment.items()})
        self.chain("start")
        self.pids = [int(line.split()[1]) for line in self.chain("pids").splitlines()]
        self.path = self.chain("path", "764").strip()

    def chain(self, *words):
        # Not captured for start: the programs keep that pipe open.
        output = subprocess.DEVNULL if words[0] == "start" else subprocess.PIPE
        return subprocess.run([HERE / "http_chain.sh", *words], env=self.environment, check=True,
                              text=True, stdout=output, stdin=subprocess.DEVNULL).stdout

    def stop(self):
        self.chain("stop")

    def cpu(self):
        return cpu_of(self.pids)

    def edge_rss(self):
        return rss_of(self.pids[0])

    def load_command(self, *arguments, path=None):
        return [str(word) for word in (LOAD, self.address, path or self.path, "--server",
                                       f"server.{DOMAIN}", "--trust", self.trust, "--key",
                                       self.folder / "session.key", "--domain", DOMAIN, "--cookies", self.folder / "cookies",
                                       *arguments)]

    def load(self, *arguments, path=None):
        answer = subprocess.run(self.load_command(*arguments, path=path), text=True,
                                capture_output=True, stdin=subprocess.DEVNULL)
        result = json.loads(answer.stdout) if answer.stdout else {}
        if answer.returncode != 0:
            raise RuntimeError(f"{self.name}: {result or answer.stderr}")
        return result

    def cost(self, *arguments):
        """Processor microseconds of a request, less what the site does anyway."""
        # A log that only grows is given memory that a virtual machine may never have touched; each
        # such page costs more than all else that is done for its lines. So it gets its own again.
        for log in self.folder.glob("*.log"):
            os.truncate(log, 0)
        before, began = self.cpu(), time.monotonic()
        time.sleep(1)
        anyway = (self.cpu() - before) / (time.monotonic() - began)
        before, began = self.cpu(), time.monotonic()
        done = self.load(*arguments)["n"]
        spent = self.cpu() - before - anyway * (time.monotonic() - began)
        return spent / done * 1e6

    @contextlib.contextmanager
    def beside(self, *arguments, path=None, settled=True):
        """Load that is there until the block ends; `settled`: once it has come to rest."""
        process = subprocess.Popen(self.load_command(*arguments, path=path), text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not process.stdout.readline().startswith("ready"):
            raise RuntimeError(f"{self.name}: the load beside it did not start")
        try:
            if settled:
                wait_quiet(self.pids)
            yield
        finally:
            process.stdin.close()
            process.wait(60)


@contextlib.contextmanager
def sites(named):
    """Starts a backend and the sites; {name: settings} -> {name: Site}."""
    with tempfile.TemporaryDirectory(prefix="sallyport-measure.") as name:
        folder = pathlib.Path(name)
        make_certificates(folder)
        backend, made = Backend(folder, FIRST_PORT), {}
        try:
            for number, (title, settings) in enumerate(named.items()):
                made[title] = Site(folder, title, number, FIRST_PORT, **settings)
            yield made
        finally:
            for site in made.values():
                site.stop()
            backend.stop()


def compare(options, title, named, prime=None, arguments=()):
    """Visits the sites in turn; prints the median cost of each and the ratio to the first."""
    costs = {name: [] for name in named}
    with sites(named) as made:
        for name, site in made.items():
            site.load("--requests", 2000)
            if prime:
                prime(name, site)
        for _ in range(options.rounds):
            for name, site in made.items():
                more = arguments(name) if callable(arguments) else arguments
                costs[name].append(site.cost("--requests", options.requests, *more))
    first = None
    print(f"\n| {title} | CPU us a request | ratio |\n| --- | --- | --- |")
    for name, values in costs.items():
        middle = statistics.median(values)
        first = first or middle
        print(f"| {name} | {middle:.1f} ({min(values):.1f}-{max(values):.1f}) | {middle / first:.2f} |")


def rules(options):
    compare(options, "allow rules", {"10": {"RULES": 10}, "10,000": {"RULES": 10_000}})


def domains(options):
    compare(options, "domains", {"1": {"DOMAINS": 1}, "100": {"DOMAINS": 100}})


def sessions(options):
    users = {"100": 100, "100,000": 100_000}

    def prime(name, site):
        site.load("--users", users[name], "--requests", users[name])
    compare(options, "live sessions", {name: {} for name in users}, prime,
            lambda name: ("--users", users[name]))


def threads(options):
    compare(options, "workers", {"1": {"THREADS": 1}, "2": {"THREADS": 2}},
            arguments=lambda name: ("--connections", 32 * int(name)))


def log(options):
    compare(options, "traffic log", {"info": {}, "off": {"LOG_LEVEL": "error"}})


def idle(options):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 1000, most + 1000))
    print("\n| idle connections | HTTP/1.1 KiB each | HTTP/2 KiB each |\n| --- | --- | --- |")
    for count in (1000, min(most, 100_000)):
        row = []
        for protocol in ((), ("--h2",)):
            with sites({"one": {}}) as made:
                site = made["one"]
                site.load("--requests", 3000, *protocol)
                before = site.edge_rss()
                with site.beside("--hold", "--connections", count, *protocol):
                    row.append((site.edge_rss() - before) / count / 1024)
        print(f"| {count:,} | {row[0]:.1f} | {row[1]:.1f} |")


def fairness(options):
    beside = {"alone": None,
              "beside a download at 400 Mbit/s": ("--bytes", 50_000_000, "--connections", 1),
              "beside a download at full speed": ("--bytes", 1 << 40, "--connections", 1),
              "beside 1,000 slow readers": ("--bytes", 1024, "--connections", 1000)}
    # Of all rounds together: the last hundredth of one round's requests is a dozen.
    taken = {name: [] for name in beside}
    with sites({"one": {}}) as made:
        site = made["one"]
        big = site.path.replace("764", "big")
        latencies = site.folder / "latencies"
        for _ in range(options.rounds):
            for name, arguments in beside.items():
                load = site.beside("--slow", *arguments, path=big, settled="slow" in name) \
                    if arguments else contextlib.nullcontext()
                with load:
                    site.load("--rate", 200, "--seconds", options.secs, "--connections", 10,
                              "--latencies", latencies)
                taken[name] += [float(line) for line in latencies.read_text().split()]
                latencies.unlink()
                if arguments:
                    wait_at_rest(site.pids)
    base = None
    print("\n| a small request, 200/s | requests | p50 us | p99 us | ratio |\n"
          "| --- | --- | --- | --- | --- |")
    for name, values in taken.items():
        middle, last = (statistics.quantiles(values, n=100)[at] for at in (49, 98))
        base = base or last
        print(f"| {name} | {len(values)} | {middle:.0f} | {last:.0f} | {last / base:.2f} |")


TOPICS = {topic.__name__: topic for topic in (rules, sessions, domains, threads, log, idle, fairness)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--secs", type=float, default=4)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("topics", nargs="+", choices=TOPICS, metavar="TOPIC")
    options = parser.parse_args()
    if shutil.which("nginx") is None:
        sys.exit("nginx is missing: apt-get install nginx-light")
    if not LOAD.exists():
        sys.exit(f"{LOAD} is missing: cmake --build build/release --target https_load")
    for topic in options.topics:
        TOPICS[topic](options)


if __name__ == "__main__":
    main()
