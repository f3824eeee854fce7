#!/usr/bin/python3
"""Measures what many idle clients cost an edge and a core. Prints a markdown table.

    scale.py [--many N] [--few N] [--sign-ins N]

Half of the clients are phones with a registration each, half hold an HTTPS connection on which they
asked once; all sign-ins of the phones' users are remembered before anything is measured. For few, for
many and for few of them again: memory of edge and core for a connection, beyond that of a site which
has a handful, for they stay: what those who are gone left would be used by the next, and make few look
cheaper than many; and what a sign-in takes then (TLS connection, password, answer), one after
another: processor time of edge and core, and how long its user waits. The edge is one process, so many
are as many as the limit of descriptors leaves, and 100,000 need guest.sh:

    tests/bench/guest.sh /usr/bin/python3 tests/bench/scale.py --many 100000

SALLYPORT_BIN: where the programs are (default: the release build). Needs the targets programs,
sip_crowd and https_load, and dnsmasq.
"""

import argparse
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from measure import BIN, DOMAIN, HERE, LOAD, cpu_of, make_certificates, wait_at_rest

CROWD = LOAD.with_name("sip_crowd")
PORT = 23000
PASSWORD = "secret"
PRIMED = 64  # connections before anything is measured, which stay


class Site:
    """Registrar, call manager, edge and core by sip_chain.sh, and the clients that came to them."""

    def __init__(self, folder, users):
        self.folder, self.clients, self.phones = folder, [], 0
        self.staying = ([], 0)  # of these two
        make_certificates(folder)
        self.address, self.https = f"127.0.0.1:{PORT}", f"127.0.0.1:{PORT + 5}"
        self.name, self.trust = f"server.{DOMAIN}", folder / "ec/ca.pem"
        environment = {"W": folder / "site", "EDGE_PORT": PORT, "CORE_PORT": PORT + 1,
                       "BACKEND_PORT": PORT + 20, "CERTS": folder, "KEY": "ec", "THREADS": 1,
                       "IDLE": users, "SALLYPORT_BIN": BIN}
        self.environment = dict(os.environ, **{k: str(v) for k, v in environment.items()})
        self.registrar = subprocess.Popen([CROWD, "registrar", f"127.0.0.1:{PORT + 20}"])
        self.chain("start", stdout=subprocess.DEVNULL)
        lines = self.chain("pids", stdout=subprocess.PIPE).splitlines()
        self.pids = {line.split()[0]: int(line.split()[1]) for line in lines}

    def chain(self, word, **options):
        return subprocess.run([HERE / "sip_chain.sh", word], env=self.environment, check=True,
                              text=True, stdin=subprocess.DEVNULL, **options).stdout

    def add(self, command, ready):
        client = subprocess.Popen([str(word) for word in command], text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self.clients.append(client)
        said = client.stdout.readline()
        if not said.startswith(ready):
            raise RuntimeError(f"{command[0]}: {said}")

    def grow(self, connections):
        """Lets half as many phones come, and half as many HTTPS clients, to those that are there."""
        phones = connections // 2
        self.add([CROWD, "phones", self.address, self.name, self.trust, DOMAIN, PASSWORD, phones, 0,
                  self.phones], "registered")
        self.phones += phones
        node = base64.urlsafe_b64encode(f"{DOMAIN}/https/ucm.{DOMAIN}/8443".encode()).decode().rstrip("=")
        self.add([LOAD, self.https, f"/{node}/cucm-uds/servers", "--server", self.name, "--trust",
                  self.trust, "--key", self.folder / "site/session.key", "--domain", DOMAIN,
                  "--cookies", self.folder / "cookies", "--hold", "--connections",
                  connections - phones], "ready")

    def memory(self):
        """Bytes of edge and core, at rest."""
        now = wait_at_rest(self.pids.values())
        return {program: now[pid] for program, pid in self.pids.items()}

    def sign_ins(self, first, count):
        """p50 and p99 in ms, cpu in us each."""
        before = cpu_of(self.pids.values())
        done = subprocess.run([sys.executable, HERE / "many_users.py", "time", str(first), str(count), self.https,
                               self.name, self.trust, DOMAIN, PASSWORD], check=True, text=True,
                              stdout=subprocess.PIPE)
        spent = cpu_of(self.pids.values()) - before
        return {"cpu": spent / count * 1e6, **json.loads(done.stdout)}

    def let_stay(self):
        """Those who are there are not among those whom lose_clients() loses."""
        self.staying = (self.clients, self.phones)
        self.clients = []

    def lose_clients(self):
        for client in self.clients:
            client.kill()
            client.wait()
        self.clients, self.phones = [], self.staying[1]

    def stop(self):
        self.clients += self.staying[0]
        self.lose_clients()
        self.chain("stop")
        self.registrar.kill()
        self.registrar.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=16_000)
    parser.add_argument("--few", type=int, default=2_000)
    parser.add_argument("--sign-ins", type=int, default=1_000)
    options = parser.parse_args()
    for program in (LOAD, CROWD):
        if not program.exists():
            sys.exit(f"{program} is missing: cmake --build build/release --target {program.name}")
    with tempfile.TemporaryDirectory(prefix="sallyport-scale.") as name:
        site = Site(pathlib.Path(name), options.many // 2)
        try:
            measure(site, options)
        finally:
            site.stop()


def measure(site, options):
    site.grow(PRIMED)
    site.sign_ins(options.many + PRIMED, PRIMED)
    site.let_stay()
    before, next_user = site.memory(), options.many + 2 * PRIMED
    print("| idle clients | edge, KiB each | core, KiB each | sign-in, CPU us | p50, ms | p99, ms |\n"
          "| --- | --- | --- | --- | --- | --- |", flush=True)
    # Few again, so that what the machine does differently after a while is not taken for their doing;
    # the memory of that row is what many left behind.
    for count in (options.few, options.many, options.few):
        site.grow(count)
        now = site.memory()
        each = {program: (now[program] - before[program]) / count / 1024 for program in now}
        took = site.sign_ins(next_user, options.sign_ins)
        next_user += options.sign_ins
        print(f"| {count:,} | {each['edge']:.2f} | {each['core']:.2f} | {took['cpu']:.0f} | "
              f"{took['p50']:.1f} | {took['p99']:.1f} |", flush=True)
        site.lose_clients()


if __name__ == "__main__":
    main()
