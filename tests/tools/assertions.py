#!/usr/bin/env python3
"""Counts the assertions of the script suites: how many were run, passed and failed, by suite and mode.

    assertions.py BUILD_DIRECTORY

Runs the scripts with the very commands that the tests of a build have, with `--summary` added, and prints a table in Markdown. A
directive is counted by its own result, so that those which stand in tests/xfail count as failed. Exits 1 where more or fewer fail
than stand there.
"""
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys

SUITES = ("core", "custom", "legacy", "threads", "custom-page-sizes", "wide-arithmetic", "custom-descriptors", "misc", "wast", "regress")
# What a script asserts of modules; the mode that runs none passes the other assertions over.
WITHOUT_RUNNING = ("module", "module definition", "assert_malformed", "assert_invalid")
LINE = re.compile(r"^.*: ([a-z_ ]+): (\d+) run, (\d+) failed$")


def scripts(build):
    """Suite, mode and command of each test that runs a script, and whether failures of it are known."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True)
    for test in json.loads(shown.stdout)["tests"]:
        suite, _, rest = test["name"].partition("/")
        mode = rest.rpartition("/")[2]
        command = test.get("command", [])
        if suite not in SUITES or "wast" not in command or "--summary" in command:
            continue
        at = command.index("wast")
        yield suite, mode, [*command[at - 1:at + 1], "--summary", *command[at + 1:]], any(w.endswith("xfail.py") for w in command)


def count(row):
    suite, mode, command, known = row
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    counts = collections.Counter(scripts=1)
    for line in done.stdout.splitlines():
        match = LINE.match(line)
        counts["directives"] += int(match[2]) if match else 0
        if match and (mode != "validate" or match[1] in WITHOUT_RUNNING):
            asserts = "assertions" if match[1].startswith("assert") else "others"
            counts[asserts] += int(match[2])
            counts[asserts + " failed"] += int(match[3])
    fresh = done.returncode not in (0, 1) or (done.returncode == 1) != known or not counts["directives"]
    return suite, mode, counts, f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[:500]}" if fresh else None


def main(build):
    table, problems = collections.defaultdict(collections.Counter), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for suite, mode, counts, problem in pool.map(count, scripts(build)):
            table[suite, mode].update(counts)
            if problem:
                problems.append(problem)
    print("\n".join(problems))
    print("| Suite | Mode | Scripts | Assertions run | passed | failed | Other directives | failed |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    total = collections.Counter()
    for (suite, mode), n in sorted(table.items(), key=lambda row: (SUITES.index(row[0][0]), row[0][1])):
        total.update(n)
        print(f"| {suite} | {mode} | {n['scripts']} | {n['assertions']} | {n['assertions'] - n['assertions failed']} "
              f"| {n['assertions failed']} | {n['others']} | {n['others failed']} |")
    print(f"{total['scripts']} runs of scripts: {total['assertions']} assertions, {total['assertions failed']} failed, "
          f"{len(problems)} scripts not as expected")
    return 1 if problems or not total["assertions"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
