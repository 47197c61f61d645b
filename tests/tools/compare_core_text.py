#!/usr/bin/env python3
"""Compares what wast_modules makes of each module of a suite's scripts with what wasm-tools makes of it.

    compare_core_text.py WAST_MODULES WASM_TOOLS DIRECTORY...

Every module that wasm-tools writes must be equal byte for byte; every quoted module of assert_malformed must be refused with the
code whose text the suite quotes, others accepted. Where newer grammar has made a quoted module well-formed, wasm-tools must
refuse what we made of it as invalid. Prints what differs and the counts; exits 1 on any difference. Scripts that
wasm-tools cannot parse at all are listed, and their quoted modules are compared all the same.
"""
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile


def compare(arguments):
    ours_tool, theirs_tool, script = arguments
    counts = dict(equal=0, modules=0, refused=0, to_refuse=0, code=0, invalid=0, scripts=1, unparsed=0)
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        ours = subprocess.run([ours_tool, script, scratch], capture_output=True, text=True, errors="replace")
        if ours.returncode != 0:
            return counts, [f"{script}: our script parser failed ({ours.returncode}): {ours.stdout[:400]} {ours.stderr[:400]}"]
        rows = [line.split("\t") for line in ours.stdout.splitlines()]
        their_json = os.path.join(scratch, "x.json")
        theirs = subprocess.run([theirs_tool, "json-from-wast", script, "--wasm-dir", scratch, "-o", their_json],
                                capture_output=True, text=True, errors="replace")
        files = None
        if theirs.returncode == 0:
            files = []

            def walk(commands):
                for command in commands:
                    if "filename" in command and command["type"] not in ("register",):
                        files.append((command["line"], command))
                    inner = command.get("action", {})
                    if isinstance(inner, dict) and "filename" in inner:
                        files.append((command["line"], inner))
                    if command["type"] == "thread":
                        walk(command["commands"])
            walk(json.load(open(their_json))["commands"])
        else:
            counts["unparsed"] += 1
            problems.append(f"note: {script}: wasm-tools: {theirs.stderr.strip().splitlines()[0]}")
        if files is not None and len(files) != len(rows):
            problems.append(f"{script}: {len(rows)} modules, wasm-tools has {len(files)}")
            files = None
        for i, row in enumerate(rows):
            line, form, result, expected = row[0], row[1], row[2], row[3]
            if expected and form == "quote":
                counts["to_refuse"] += 1
                if result == "error":
                    counts["refused"] += 1
                    if expected.startswith(row[4]) or row[4].startswith(expected):
                        counts["code"] += 1
                    else:
                        problems.append(f"{script}:{line}: quoted {expected!r}, code {row[4]!r}, message {row[5]!r}")
                elif subprocess.run([theirs_tool, "validate", result], capture_output=True).returncode == 1:
                    counts["refused"] += 1
                    counts["invalid"] += 1
                else:
                    problems.append(f"{script}:{line}: accepted, but the suite says {expected!r}")
            elif form == "quote" and result == "error":
                problems.append(f"{script}:{line}: quoted module refused: {row[5]}")
            if files is None:
                if form == "text" and result == "error":
                    problems.append(f"{script}:{line}: refused: {row[5]}")
                continue
            command = files[i][1]
            name = command.get("binary_filename") or command["filename"]
            if not name.endswith(".wasm"):
                continue
            counts["modules"] += 1
            if result == "error":
                problems.append(f"{script}:{line}: refused: {row[5]}")
            elif open(result, "rb").read() != open(os.path.join(scratch, name), "rb").read():
                problems.append(f"{script}:{line}: bytes differ from wasm-tools ({name})")
            else:
                counts["equal"] += 1
    return counts, problems


def main():
    ours, theirs, *directories = sys.argv[1:]
    scripts = sorted(s for d in directories for s in glob.glob(os.path.join(d, "**", "*.wast"), recursive=True))
    total = {}
    failed = False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for counts, problems in pool.map(compare, [(ours, theirs, s) for s in scripts]):
            for key, value in counts.items():
                total[key] = total.get(key, 0) + value
            for problem in problems:
                failed = failed or not problem.startswith("note")
                print(problem)
    print("{scripts} scripts ({unparsed} not parsed by wasm-tools): {equal} of {modules} modules equal; "
          "{refused} of {to_refuse} malformed quotes refused, {code} with the suite's code, "
          "{invalid} as invalid".format(**total))
    sys.exit(1 if failed else 0)


main()
