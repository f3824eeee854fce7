#!/usr/bin/env python3
"""Mints a session cookie for benchmarks, where no home cluster signs anybody in.

usage: mint_session.py KEY.pem USER DOMAIN      prints the token (policy/session.h has its form)
"""

import base64
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import time

CONTEXT = b"sallyport session token v1\0"


def text(value):
    raw = value.encode()
    return bytes([len(raw)]) + raw


def main():
    key, user, domain = sys.argv[1:]
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"],
                            check=True, capture_output=True).stdout[-32:]
    now = int(time.time())
    body = (b"\1" + hashlib.sha256(public).digest()[:8] + os.urandom(16) +
            struct.pack(">QQ", now, now + 8 * 3600) + text(user) + text(domain) + text("") + b"\0")
    with tempfile.NamedTemporaryFile() as file:
        file.write(CONTEXT + body)
        file.flush()
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in",
                                    file.name], check=True, capture_output=True).stdout
    print(base64.urlsafe_b64encode(body + signature).decode().rstrip("="))


main()
