#!/usr/bin/env python3
"""Counts a JUnit report of ctest or pytest: prints the numbers of tests that passed and failed.

A doctest program is one test to ctest; here each of its cases counts. No test at all is a failure,
and so is a program that ended badly after its last case."""

import re
import sys
import xml.etree.ElementTree as ElementTree

CASES = re.compile(r"\[doctest\] test cases:\s+\d+ \|\s+(\d+) passed \|\s+(\d+) failed")


def count(case):
    broken = case.get("status") == "fail" or any(
        case.find(kind) is not None for kind in ("failure", "error"))
    if case.find("skipped") is not None:
        return 0, 0
    cases = CASES.search(case.findtext("system-out") or "")
    if not cases:
        return int(not broken), int(broken)
    passed, failed = int(cases.group(1)), int(cases.group(2))
    return passed, max(failed, int(broken))


def main():
    try:
        counts = [count(case) for case in ElementTree.parse(sys.argv[1]).iter("testcase")]
    except (OSError, ElementTree.ParseError) as error:
        print(f"no report: {error}", file=sys.stderr)
        counts = []
    passed, failed = (sum(column) for column in zip(*counts)) if counts else (0, 0)
    print(passed, failed if passed + failed else 1)


main()
