#!/usr/bin/python3
"""The call manager of a benchmark: user data and device files for users u0, u1, … with any
password, from memory; and the sign-in of the first COUNT of them at an edge.

    many_users.py serve ADDRESS CERTIFICATE KEY NODE     UDS on 8443, files on 6970
    many_users.py sign-in COUNT EDGE:PORT EDGE_NAME CA DOMAIN PASSWORD
"""

import asyncio
import base64
import re
import ssl
import sys

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


async def sign_in(count, edge, name, ca, domain, password):
    host, port = edge.rsplit(":", 1)
    path = "/" + base64.urlsafe_b64encode(domain.encode()).decode().rstrip("=") + "/get_edge_config"
    tls = ssl.create_default_context(cafile=ca)
    users = iter(range(int(count)))

    async def work():
        reader, writer = await asyncio.open_connection(host, int(port), ssl=tls, server_hostname=name)
        for number in users:
            secret = base64.b64encode(f"u{number}:{password}".encode()).decode()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {name}\r\nAuthorization: Basic {secret}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if " 200 " not in head.split("\r\n")[0]:
                raise SystemExit(f"u{number} is not signed in: {head}")
            await reader.readexactly(int(re.search(r"(?i)content-length: (\d+)", head).group(1)))
        writer.close()

    await asyncio.gather(*(work() for _ in range(WORKERS)))


if __name__ == "__main__":
    what = {"serve": serve, "sign-in": sign_in}[sys.argv[1]]
    asyncio.run(what(*sys.argv[2:]))
