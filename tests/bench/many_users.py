#!/usr/bin/python3
"""The call manager of a benchmark: user data and device files for users u0, u1, … with any
password, from memory; and the sign-in of some of them at an edge.

    many_users.py serve ADDRESS CERTIFICATE KEY NODE     UDS on 8443, files on 6970
    many_users.py sign-in COUNT EDGE:PORT EDGE_NAME CA DOMAIN PASSWORD       u0 and up, over few connections
    many_users.py time FIRST COUNT EDGE:PORT EDGE_NAME CA DOMAIN PASSWORD    uFIRST and up, each over one of
        its own, one after another; prints how long they took, in ms, as JSON
"""

import asyncio
import base64
import json
import re
import ssl
import sys
import time

WORKERS = 16  # connections that sign in side by side


def document(path, node):
    """The body for a path: (content type, text), or None."""
    found = re.match(r"/cucm-uds/clusterUser\?username=([\w.]+)$", path)
    if found:
        return (f'<users version="9.1.2"><user uri="https://{node}:8443/cucm-uds/user/{found.group(1)}">'
                f"<userName>{found.group(1)}</userName></user></users>")
    if path == "/cucm-uds/servers":
        return f'<servers version="9.1.2"><server>{node}</server></servers>'
    found = re.match(r"/cucm-uds/user/([\w.]+)/devices$", path)
    if found:
        name = "D" + found.group(1)
        return (f'<devices version="9.1.2"><device><id>{name}</id><name>{name}</name><provision><uri>'
                f'http://{node}:6970/{name}.cnf.xml</uri></provision></device></devices>')
    found = re.match(r"/D(\w+)\.cnf\.xml$", path)
    if found:
        return (f'<device><sipProfile><sipLines><line button="1"><name>{found.group(1)}</name></line>'
                "</sipLines></sipProfile></device>")
    return None


async def serve(address, certificate, key, node):
    async def talk(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = document(head.split(b" ", 2)[1].decode(), node)
                status, text = ("200 OK", body) if body else ("404 Not Found", "none")
                writer.write((f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: "
                              f"{len(text)}\r\n\r\n{text}").encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls.set_alpn_protocols(["http/1.1"])
    await asyncio.start_server(talk, address, 8443, ssl=tls)
    files = await asyncio.start_server(talk, address, 6970)
    await files.serve_forever()


class Edge:
    """Where the users sign in."""

    def __init__(self, address, name, ca, domain, password):
        self.host, self.port = address.rsplit(":", 1)
        self.name, self.password = name, password
        self.path = "/" + base64.urlsafe_b64encode(domain.encode()).decode().rstrip("=") + "/get_edge_config"
        self.tls = ssl.create_default_context(cafile=ca)

    async def sign_in(self, numbers):
        """These users, over one connection."""
        reader, writer = await asyncio.open_connection(self.host, int(self.port), ssl=self.tls,
                                                       server_hostname=self.name)
        for number in numbers:
            secret = base64.b64encode(f"u{number}:{self.password}".encode()).decode()
            writer.write((f"GET {self.path} HTTP/1.1\r\nHost: {self.name}\r\n"
                          f"Authorization: Basic {secret}\r\n\r\n").encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if " 200 " not in head.split("\r\n")[0]:
                raise SystemExit(f"u{number} is not signed in: {head}")
            await reader.readexactly(int(re.search(r"(?i)content-length: (\d+)", head).group(1)))
        writer.close()


async def sign_in(count, *edge):
    users = iter(range(int(count)))
    await asyncio.gather(*(Edge(*edge).sign_in(users) for _ in range(WORKERS)))


async def time_sign_ins(first, count, *edge):
    edge, took = Edge(*edge), []
    for number in range(int(first), int(first) + int(count)):
        began = time.monotonic()
        await edge.sign_in([number])
        took.append((time.monotonic() - began) * 1000)
    took.sort()
    print(json.dumps({"p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100]}))


if __name__ == "__main__":
    what = {"serve": serve, "sign-in": sign_in, "time": time_sign_ins}[sys.argv[1]]
    asyncio.run(what(*sys.argv[2:]))
