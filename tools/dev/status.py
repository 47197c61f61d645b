"""What is built in, and what shows it: the table of features that README.md holds.

Usage: status.py            prints the table
As a module: matrix() gives its lines.

A feature's instructions come from opcodes.def, and which of them run from the coverage table of our own scripts. The rest is
found by running: a script in tests/wast needs a feature when it passes, and fails once that feature is off. A feature runs
when a script that needs it executes something (assert_return, assert_trap, ...) and all of its instructions run.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tables

TENON = tables.ROOT / "build/release/bin/tenon"
EXECUTES = re.compile(r"\((assert_return|assert_trap|assert_exhaustion|assert_exception|invoke)\b")

# Switches that carry no text or binary of their own: they take something away from others.
INTERNAL = {"floats", "gc_types"}


def passes(script, *options):
    """With the features that the script's head asks for, and then with `options`."""
    wanted = []
    for key, value in re.findall(r"^;;! ([a-z0-9_]+) = (true|false)", script.read_text()[:2000], re.MULTILINE):
        wanted += ["-W", f"{key.replace('_', '-')}={value}"]
    done = subprocess.run([TENON, "wast", *wanted, *options, script], capture_output=True, timeout=300)
    return done.returncode == 0


def evidence():
    """option -> (scripts that need it, those of them that execute)."""
    folder = tables.ROOT / "tests/wast"
    # off/ shows what is refused without a feature, later/ what no tier runs yet: neither is evidence that something works.
    scripts = sorted(s for s in folder.rglob("*.wast") if s.relative_to(folder).parts[0] not in ("off", "later", "malformed", "invalid"))
    found = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        good = [s for s, fine in zip(scripts, pool.map(passes, scripts)) if fine]
        for _, option, _, _ in tables.features():
            without = pool.map(lambda script: passes(script, "-W", f"{option}=n"), good)
            need = [s for s, fine in zip(good, without) if not fine]
            found[option] = (need, [s for s in need if EXECUTES.search(s.read_text())])
    return found


def running():
    """Enumerators of the instructions on which a script acts that runs (tests/coverage), less those that no tier has."""
    missing = set(re.findall(r"^MISSING\((\w+)\)", (tables.ROOT / "src/interp/missing.def").read_text(), re.MULTILINE))
    command = [sys.executable, tables.ROOT / "tests/coverage/coverage.py", "--rows", "opcode"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {row.split("\t")[0] for row in done.stdout.splitlines() if "\t" in row and not row.endswith("\tNONE")} - missing


def matrix():
    found, run = evidence(), running()
    lines = [
        "| Feature | | Default | Runs | Instructions that run | Scripts of ours that need it |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, option, phase, on in tables.features():
        if name in INTERNAL:
            continue
        need, execute = found[option]
        own = [op for op, _, feature in tables.opcodes() if feature == name]
        count = sum(op in run for op in own)
        if name == "mvp" or (execute and count == len(own)):
            runs = "yes"
        elif execute and (count or not own):
            runs = "in part"
        else:
            runs = "no"
        instructions = f"{count} of {len(own)}" if own else ""
        scripts = "all" if name == "mvp" else str(len(need))
        lines.append(f"| {option} | {phase.lower()} | {'on' if on else 'off'} | {runs} | {instructions} | {scripts} |")
    return lines


if __name__ == "__main__":
    print("\n".join(matrix()))
