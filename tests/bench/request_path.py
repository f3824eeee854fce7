#!/usr/bin/python3
"""Finds the functions that every request runs through, and writes cmake/request_path.ld.

    request_path.py [FILE]

The linker lays those functions side by side. They are a tenth of a program, and spread over all of it
each request would fetch its code from some 200 pages: a lone request, one that finds the caches cold,
then costs 8 % more. Order is all that the file decides: a name in it that is gone does no harm, one
that is missing is merely linked where it was. Run this anew when the request path was rebuilt.

Edge and core run under callgrind while HTTP/1.1, HTTP/2 and SIP clients use them; what ran for at least
every second request is in. Needs the release build's programs, https_load and sip_crowd, valgrind and
nginx-light; takes half a minute. SALLYPORT_BIN: where the programs are.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import measure

REQUESTS = 600
PHONES = 300
SIP_PORT = 24100


def callgrind(folder):
    """A folder of programs that run under callgrind, which counts from when it is told to."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "sallyport").symlink_to(measure.BIN / "sallyport")
    for side in ("edge", "core"):
        wrapper = programs / f"sallyport-{side}"
        wrapper.write_text(f"#!/bin/sh\nexec valgrind --tool=callgrind --instr-atstart=no --demangle=no "
                           f"--callgrind-out-file={folder}/%p.callgrind {measure.BIN}/sallyport-{side} \"$@\"\n")
        wrapper.chmod(0o755)
    return programs


def count(pids, on):
    for pid in pids:
        subprocess.run(["callgrind_control", "-i", "on" if on else "off", str(pid)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def instructions(file):
    """{mangled name: instructions} of the program's own functions, from a file of callgrind's."""
    names, spent, current = {}, collections.Counter(), {}
    after_call = False  # such a line is the cost of what was called
    for line in file.read_text().splitlines():
        named = re.match(r"(ob|fn|cfn|cob)=\((\d+)\)(?: (\S+))?", line)
        if named:
            kind, number = named[1].removeprefix("c"), named[2]
            if named[3]:
                names[kind, number] = named[3].split("'")[0]
            current[named[1]] = names[kind, number]
        elif line.startswith("calls="):
            after_call = True
        elif re.match(r"[+\-*\d]", line):
            # Callgrind knows the program's object by .text alone: what the last list moved has "???".
            if not after_call and ("/sallyport-" in current["ob"] or current["ob"] == "???"):
                spent[current["fn"]] += int(line.split()[1])
            after_call = False
    return spent


def https(folder, protocol):
    """Yields what edge and core spent on REQUESTS requests."""
    measure.make_certificates(folder)
    backend = measure.Backend(folder, measure.FIRST_PORT)
    site = measure.Site(folder, "path", 0, measure.FIRST_PORT, SALLYPORT_BIN=callgrind(folder))
    try:
        site.load("--requests", 200, *protocol)
        count(site.pids, True)
        site.load("--requests", REQUESTS, *protocol)
        count(site.pids, False)
    finally:
        site.stop()
        backend.stop()
    for pid in site.pids:
        yield instructions(folder / f"{pid}.callgrind")


def sip(folder):
    """Yields what edge and core spent on PHONES new connections, each with a REGISTER."""
    measure.make_certificates(folder)
    crowd = measure.BIN.parent / "bench/sip_crowd"
    chain = measure.HERE / "sip_chain.sh"
    environment = {"W": folder / "chain", "EDGE_PORT": SIP_PORT, "CORE_PORT": SIP_PORT + 1,
                   "BACKEND_PORT": SIP_PORT + 20, "CERTS": folder, "KEY": "ec", "THREADS": 1,
                   "IDLE": PHONES, "SALLYPORT_BIN": callgrind(folder)}
    environment = dict(os.environ, **{name: str(value) for name, value in environment.items()})
    run = {"env": environment, "check": True, "stdin": subprocess.DEVNULL}
    registrar = subprocess.Popen([crowd, "registrar", f"127.0.0.1:{SIP_PORT + 20}"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        subprocess.run([chain, "start"], stdout=subprocess.DEVNULL, **run)
        lines = subprocess.run([chain, "pids"], stdout=subprocess.PIPE, text=True, **run).stdout
        pids = [int(line.split()[1]) for line in lines.splitlines()]
        count(pids, True)
        phones = subprocess.Popen([crowd, "phones", f"127.0.0.1:{SIP_PORT}",
                                   f"server.{measure.DOMAIN}", folder / "ec/ca.pem", measure.DOMAIN,
                                   "secret", str(PHONES), "60"], text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        if "registered" not in phones.stdout.readline():
            raise RuntimeError("the phones did not register")
        count(pids, False)
        phones.kill()
        phones.wait()
    finally:
        subprocess.run([chain, "stop"], stdout=subprocess.DEVNULL, **run)
        registrar.terminate()
        registrar.wait()
    for pid in pids:
        yield instructions(folder / f"{pid}.callgrind")


def main():
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else measure.ROOT / "cmake/request_path.ld")
    path = {}  # in the order of weight, and each but once
    for job, times in ((lambda folder: https(folder, ()), REQUESTS),
                       (lambda folder: https(folder, ("--h2",)), REQUESTS), (sip, PHONES)):
        with tempfile.TemporaryDirectory(prefix="sallyport-path.") as name:
            for spent in job(pathlib.Path(name)):
                path.update({function: None for function, cost in spent.most_common()
                             if function.startswith("_Z") and cost >= times / 2})
    lines = "\n".join(f"    *(.text.{function})" for function in path)
    target.write_text(f"/* Made by tests/bench/request_path.py: what each request runs through. */\n"
                      f"SECTIONS\n{{\n  .text.request_path :\n  {{\n{lines}\n  }}\n}}\nINSERT BEFORE .text;\n")
    print(f"{target}: {len(path)} functions")


main()
