"""Large bodies flow through both hops, up and down, and nobody keeps them in memory."""

import http.client
import http.server
import socketserver
import threading

import pytest
from conftest import DOMAIN, host_path

GIB = 1024 * 1024 * 1024
PIECE = bytes(range(256)) * 1024  # 256 KiB
PORT = 7070


class BigFiles(http.server.BaseHTTPRequestHandler):
    """GET /big/N answers N bytes; PUT /big/ counts what it is given."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        left = int(self.path.rsplit("/", 1)[1])
        self.send_response(200)
        self.send_header("Content-Length", str(left))
        self.end_headers()
        while left > 0:
            left -= self.wfile.write(PIECE[:left])

    def do_PUT(self):
        got = 0
        if "Content-Length" in self.headers:
            while got < int(self.headers["Content-Length"]):
                got += len(self.rfile.read1(min(len(PIECE), int(self.headers["Content-Length"]) - got)))
        else:
            while size := int(self.rfile.readline(), 16):
                while size > 0:
                    piece = self.rfile.read(min(size, len(PIECE)))
                    size -= len(piece)
                    got += len(piece)
                self.rfile.readline()
            self.rfile.readline()
        body = str(got).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # readers that hang up are what some tests are about


@pytest.fixture(scope="module")
def big(site):
    """A server inside that an allow rule names, and the path to it."""
    address = f"{site.net}.20.90"
    server = Threaded((address, PORT), BigFiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    zone = site.folder / "dns-inside.conf"
    zone.write_text(zone.read_text() + f"host-record=big.{DOMAIN},{address}\n")
    site.lab("restart", "dns-inside")
    site.change("core", "allow:", f"""allow:
  - {{name: big, scheme: http, host: big.{DOMAIN}, port: {PORT}, path: /big/, methods: [GET, PUT]}}""")
    site.lab("restart", "core")
    yield host_path(DOMAIN, "http", f"big.{DOMAIN}", str(PORT)) + "/big/"
    server.shutdown()


def resident_peak(site, name):
    """Most memory the process ever had, in bytes."""
    for line in open(f"/proc/{site.pid(name)}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024


def connection(site):
    made = http.client.HTTPConnection(f"edge.{DOMAIN}", 8443)
    made.sock = site.connect()
    return made


def download(site, path, session, size):
    stream = connection(site)
    stream.request("GET", path + str(size), headers=session)
    response = stream.getresponse()
    assert response.status == 200
    got = 0
    while piece := response.read(len(PIECE)):
        assert piece[:1] == PIECE[got % 256:got % 256 + 1]
        got += len(piece)
    stream.close()
    return got


def pieces(size):
    while size > 0:
        yield PIECE[:size]
        size -= len(PIECE)


def upload(site, path, session, size, chunked):
    stream = connection(site)
    headers = dict(session)
    if not chunked:
        headers["Content-Length"] = str(size)
    stream.request("PUT", path, pieces(size), headers, encode_chunked=chunked)
    response = stream.getresponse()
    assert response.status == 200
    return int(response.read())


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 16 * 1024 * 1024 + 7])
def test_bodies_of_all_sizes_arrive_whole(site, big, size):
    session = site.session()
    assert download(site, big, session, size) == size
    assert upload(site, big, session, size, chunked=False) == size
    assert upload(site, big, session, size, chunked=True) == size


@pytest.mark.heavy
def test_a_gibibyte_up_and_down_with_flat_memory(site, big):
    session = site.session()
    download(site, big, session, 1024)
    before = {name: resident_peak(site, name) for name in ("edge", "core")}
    assert download(site, big, session, GIB) == GIB
    assert upload(site, big, session, GIB, chunked=False) == GIB
    assert upload(site, big, session, GIB // 4, chunked=True) == GIB // 4
    for name, peak in before.items():
        assert resident_peak(site, name) - peak < 32 * 1024 * 1024, name


@pytest.mark.heavy
def test_readers_that_stand_still_hold_their_sources_back_and_nobody_else(site, big):
    session = site.session()
    download(site, big, session, 1024)
    before = {name: resident_peak(site, name) for name in ("edge", "core")}
    slow = [connection(site) for _ in range(300)]
    for stream in slow:
        stream.request("GET", big + str(GIB), headers=session)
        assert stream.getresponse().status == 200  # and nothing more is read
    assert download(site, big, session, 64 * 1024 * 1024) == 64 * 1024 * 1024
    for name, peak in before.items():
        assert resident_peak(site, name) - peak < len(slow) * 1024 * 1024, name
    for stream in slow:
        stream.close()
    assert site.ask("GET", site.uds("/cucm-uds/version"), session).status == 200


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(site, big):
    stream = connection(site)
    stream.putrequest("PUT", big)
    for name, value in site.session().items():
        stream.putheader(name, value)
    stream.putheader("Content-Length", "1000")
    stream.endheaders(b"only this")
    stream.sock.close()
    assert site.ask("GET", site.uds("/cucm-uds/version"), site.session()).status == 200
