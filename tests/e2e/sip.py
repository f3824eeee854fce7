"""A SIP client over TLS, small and strict, for the end-to-end tests (RFC 3261, RFC 7616)."""

import hashlib
import re
import socket
import uuid

from conftest import DEADLINE, DOMAIN


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Message:
    """What came: start line, header fields in order, body."""

    def __init__(self, head, body=b""):
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode(errors="replace")).split("\r\n")
        self.start, self.body = lines[0], body
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]

    @property
    def status(self):
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/") else 0

    @property
    def method(self):
        return "" if self.status else self.start.split(" ")[0]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=""):
        return (self.all(name) or [default])[0]

    def __repr__(self):
        return f"<{self.start} {self.headers} {self.body[:80]!r}>"


def challenge_of(response, algorithm="MD5"):
    """The parameters of the challenge with that algorithm."""
    for value in response.all("Proxy-Authenticate") + response.all("WWW-Authenticate"):
        found = dict(re.findall(r'(\w+)="?([^",]*)"?', value.split(" ", 1)[1]))
        if found.get("algorithm", "MD5").upper() == algorithm:
            return found
    raise AssertionError(f"no {algorithm} challenge in {response}")


def credentials(challenge, user, password, uri, method="REGISTER", nc=1, cnonce="0a4f113b",
                hashed=md5):
    ha1 = hashed(f"{user}:{challenge['realm']}:{password}")
    ha2 = hashed(f"{method}:{uri}")
    response = hashed(f"{ha1}:{challenge['nonce']}:{nc:08x}:{cnonce}:auth:{ha2}")
    return (f'Digest username="{user}", realm="{challenge["realm"]}", nonce="{challenge["nonce"]}", '
            f'uri="{uri}", response="{response}", algorithm={challenge.get("algorithm", "MD5")}, '
            f'qop=auth, nc={nc:08x}, cnonce="{cnonce}"')


class SipClient:
    """One TLS connection of one user's device to an edge."""

    def __init__(self, site, edge=1, user="mac.donald", line="5002", device="MDonald", tls=None):
        self.site, self.user, self.line, self.device = site, user, line, device
        self.edge_name = ("edge" if edge == 1 else f"edge{edge}") + "." + DOMAIN
        self.domain = DOMAIN
        self.call_id, self.tag, self.cseq = uuid.uuid4().hex, uuid.uuid4().hex[:12], 100
        self.instance = str(uuid.uuid4())
        self.buffer = b""
        self.inside = []  # requests that came while we waited for an answer
        plain = socket.create_connection((site.edge_address(edge), 5061), DEADLINE)
        context = tls or site.tls(alpn=())
        self.socket = context.wrap_socket(plain, server_hostname=self.edge_name)
        self.local = "%s:%d" % self.socket.getsockname()[:2]

    def close(self):
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the edge closed the connection; left: {self.buffer!r}")
        self.buffer += data

    def read(self, timeout=DEADLINE):
        """The next message, whatever it is."""
        self.socket.settimeout(timeout)
        while True:
            self.buffer = self.buffer.lstrip(b"\r\n")
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if end:
                message = Message(head)
                length = int(message.get("Content-Length", "0") or 0)
                if len(rest) >= length:
                    message.body, self.buffer = rest[:length], rest[length:]
                    return message
            self._fill()

    def next_is_message(self, timeout=DEADLINE):
        """Whether a message comes next, and not a keep-alive, which is taken away."""
        self.socket.settimeout(timeout)
        while len(self.buffer) < 2:
            self._fill()
        if not self.buffer.startswith(b"\r\n"):
            return True
        self.buffer = self.buffer[2:]
        return False

    def answer(self, request, status="200 OK", extra=""):
        """Answers a request from inside."""
        copied = "".join(f"{name}: {value}\r\n" for name, value in request.headers
                         if name.lower() in ("via", "from", "call-id", "cseq", "record-route"))
        self.send(f"SIP/2.0 {status}\r\n{copied}To: {request.get('To')};tag={self.tag}\r\n{extra}"
                  "Content-Length: 0\r\n\r\n")

    def response(self, timeout=DEADLINE):
        """The next final response; requests from inside are answered meanwhile."""
        while True:
            message = self.read(timeout)
            if message.status >= 200:
                return message
            if message.method and message.method != "ACK":
                self.inside.append(message)
                self.answer(message)

    def request_from_inside(self, method="OPTIONS", timeout=DEADLINE):
        """Waits for a request from inside and answers it."""
        while not any(one.method == method for one in self.inside):
            message = self.read(timeout)
            if message.method:
                self.inside.append(message)
                self.answer(message)
        found = next(one for one in self.inside if one.method == method)
        self.inside.remove(found)
        return found

    def contact(self):
        return (f'<sip:{self.instance}@{self.local};transport=tls>;+sip.instance="<urn:uuid:'
                f'{self.instance}>";+u.sip!devicename.ccm.cisco.com="{self.device}";'
                '+u.sip!model.ccm.cisco.com="503";video')

    def route(self):
        return (f"<sip:{self.edge_name};transport=tls;lr>,<sip:{self.site.core_address()}:5061;"
                f"transport=tls;zone-id=1;directed;lr>,<sip:ucm-pub.{DOMAIN};transport=tcp;lr>")

    @property
    def uri(self):
        return f"sip:ucm-pub.{DOMAIN}"

    def register_text(self, authorization=None, expires=3600, **change):
        """A REGISTER as a Jabber-style client sends it; `change` replaces fields by name, with '_'
        for '-', and None leaves one out."""
        self.cseq += 1
        fields = {
            "Via": f"SIP/2.0/TLS {self.local};branch=z9hG4bK{uuid.uuid4().hex[:10]}",
            "From": f"<sip:{self.line}@ucm-pub.{DOMAIN}>;tag={self.tag}",
            "To": f"<sip:{self.line}@ucm-pub.{DOMAIN}>",
            "Call-ID": f"{self.call_id}@{self.local.split(':')[0]}",
            "Max-Forwards": "70",
            "CSeq": f"{self.cseq} REGISTER",
            "User-Agent": "Cisco-CSF",
            "Contact": self.contact(),
            "Supported": "replaces,join,path,outbound,X-cisco-srtp-fallback",
            "Route": self.route(),
            "Proxy-Authorization": authorization,
            "Expires": str(expires),
        }
        fields.update({name.replace("_", "-"): value for name, value in change.items()})
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        return f"REGISTER {self.uri} SIP/2.0\r\n{head}Content-Length: 0\r\n\r\n"

    def register(self, authorization=None, expires=3600, **change):
        self.send(self.register_text(authorization, expires, **change))
        return self.response()

    def challenge(self, algorithm="MD5"):
        response = self.register()
        assert response.status == 407, response
        return challenge_of(response, algorithm)

    def authorize(self, challenge, nc=1, password=None, user=None, uri=None):
        return credentials(challenge, user or self.user, password or self.site.password(self.user),
                           uri or self.uri, nc=nc)

    def sign_on(self, expires=3600, **change):
        """REGISTER, 407, REGISTER with credentials; the final answer."""
        challenge = self.challenge()
        return self.register(self.authorize(challenge), expires, **change)
