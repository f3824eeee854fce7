#!/usr/bin/python3
"""What streams of XMPP cost two hops: edge and core, and beside them HAProxy twice, which passes TCP
(the client's TLS then ends at the presence node). Prints a markdown table.

    xmpp_streams.py [--streams N] [--rounds R]

Each stream signs in (STARTTLS, PLAIN, bind) at a presence node of this script's, then rests; after
that each sends itself a message of 160 octets R times, all at once. The first 100 streams only warm up.
Memory is resident memory of both hops together, cost their processor time for one message there and
back. SALLYPORT_BIN: where the programs are. Needs haproxy.
"""

import argparse
import asyncio
import base64
import contextlib
import multiprocessing
import pathlib
import re
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import measure

NODE, XMPP, HAPROXY = 17201, 17202, 17203
WARM = 100
NS_TLS, NS_SASL = "urn:ietf:params:xml:ns:xmpp-tls", "urn:ietf:params:xml:ns:xmpp-sasl"
HEADER = (f"<?xml version='1.0'?><stream:stream to='{measure.DOMAIN}' version='1.0' "
          "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>").encode()
MESSAGE = (f"<message to='u1@{measure.DOMAIN}' id='abc' type='chat'><body>hello there, how are you "
           "doing</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>").encode()
BIND = (b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")


def server_header(features):
    return (f"<?xml version='1.0'?><stream:stream from='{measure.DOMAIN}' id='n' version='1.0' "
            "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
            f"<stream:features>{features}</stream:features>").encode()


class Node(asyncio.Protocol):
    """A presence node for clients that do just what Client does. It gives every message back."""

    def __init__(self, loop, context):
        self.loop, self.context, self.seen = loop, context, b""
        self.script = self.steps()
        self.wanted = next(self.script)

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.seen += data
        self.answer()

    def answer(self):
        while self.transport and (came := re.search(self.wanted, self.seen)):
            self.seen = self.seen[came.end():]
            self.wanted = self.script.send(came[0])

    def steps(self):
        end_of_header = b"<stream:stream[^>]*>"
        yield end_of_header
        self.transport.write(server_header(f"<starttls xmlns='{NS_TLS}'><required/></starttls>"))
        yield b"/>"
        self.transport.write(f"<proceed xmlns='{NS_TLS}'/>".encode())
        self.loop.create_task(self.start_tls(self.transport))
        self.transport = None  # until TLS is up; what comes before this knows waits
        yield end_of_header
        self.transport.write(server_header(f"<mechanisms xmlns='{NS_SASL}'>"
                                           "<mechanism>PLAIN</mechanism></mechanisms>"))
        yield b"</auth>"
        self.transport.write(f"<success xmlns='{NS_SASL}'/>".encode())
        yield end_of_header
        self.transport.write(server_header("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"))
        yield b"</iq>"
        self.transport.write(f"<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                             f"<jid>u@{measure.DOMAIN}/r</jid></bind></iq>".encode())
        came = yield b"(?s)<message.*?</message>"
        while True:
            self.transport.write(came)
            came = yield b"(?s)<message.*?</message>"

    async def start_tls(self, plain):
        with contextlib.suppress(OSError):
            self.transport = await self.loop.start_tls(plain, self, self.context, server_side=True)
            self.answer()


def serve(certificate, key):
    async def forever():
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        server = await loop.create_server(lambda: Node(loop, context), "127.0.0.1", NODE, backlog=4096)
        await server.serve_forever()
    asyncio.run(forever())


class Client:
    def __init__(self, port, context, number):
        self.seen = b""
        self.stream = socket.create_connection(("127.0.0.1", port), 60)
        self.ask(HEADER, b"</stream:features>")
        self.ask(f"<starttls xmlns='{NS_TLS}'/>".encode(), b"/>")
        self.stream = context.wrap_socket(self.stream, server_hostname=f"server.{measure.DOMAIN}")
        plain = base64.b64encode(f"\0u{number}\0secret".encode()).decode()
        self.ask(HEADER, b"</stream:features>")
        self.ask(f"<auth xmlns='{NS_SASL}' mechanism='PLAIN'>{plain}</auth>".encode(), b"<success")
        self.until(b"/>")
        self.ask(HEADER, b"</stream:features>")
        self.ask(BIND, b"</iq>")

    def ask(self, octets, end):
        self.stream.sendall(octets)
        self.until(end)

    def until(self, end):
        while end not in self.seen:
            more = self.stream.recv(65536)
            if not more:
                raise RuntimeError(f"the stream ended: {self.seen}")
            self.seen += more
        self.seen = self.seen.split(end, 1)[1]


@contextlib.contextmanager
def sallyport(folder):
    site = measure.Site(folder, "sallyport", 1, NODE, XMPP_PORT=XMPP, XMPP_NODE=NODE)
    try:
        yield XMPP, site.pids
    finally:
        site.stop()


@contextlib.contextmanager
def haproxy(folder):
    hops = ((HAPROXY, HAPROXY + 1), (HAPROXY + 1, NODE))
    processes = []
    for number, (listen, to) in enumerate(hops):
        config = folder / f"haproxy{number}.cfg"
        config.write_text(f"""global
  nbthread 1
  maxconn 9000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend f
  bind 127.0.0.1:{listen}
  default_backend b
backend b
  server s 127.0.0.1:{to}
""")
        processes.append(subprocess.Popen(["haproxy", "-f", config, "-db"], stdin=subprocess.DEVNULL))
    try:
        yield HAPROXY, [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def memory(pids):
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                total += int(line.split()[1])
    return total


def wait_open(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens on {port}")


def costs(chain, folder, options):
    context = ssl.create_default_context(cafile=folder / "ec/ca.pem")
    with chain(folder) as (port, pids):
        wait_open(port)
        warm = [Client(port, context, number) for number in range(WARM)]
        before = memory(pids)
        clients = [Client(port, context, WARM + number) for number in range(options.streams)]
        idle = (memory(pids) - before) / options.streams
        spent = measure.cpu_of(pids)
        for _ in range(options.rounds):
            for client in clients:
                client.stream.sendall(MESSAGE)
            for client in clients:
                client.until(b"</message>")
        spent = measure.cpu_of(pids) - spent
        chatting = (memory(pids) - before) / options.streams
        for client in warm + clients:
            client.stream.close()
    return idle, chatting, spent / (options.rounds * options.streams) * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if shutil.which("haproxy") is None:
        sys.exit("haproxy is missing: apt-get install haproxy")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(f"| {options.streams:,} streams | idle, KiB each | after chatting | CPU us a message |\n"
          "| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="sallyport-streams.") as name:
        folder = pathlib.Path(name)
        measure.make_certificates(folder)
        node = multiprocessing.Process(target=serve, daemon=True,
                                       args=(folder / "ec/server.pem", folder / "ec/server.key"))
        node.start()
        wait_open(NODE)
        for title, chain in (("HAProxy, TCP", haproxy), ("Sallyport", sallyport)):
            idle, chatting, cost = costs(chain, folder, options)
            print(f"| {title} | {idle:.1f} | {chatting:.1f} | {cost:.1f} |", flush=True)
        node.terminate()
        node.join()


if __name__ == "__main__":
    main()
