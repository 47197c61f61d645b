"""What is built in, and what shows it: the table of features that README.md holds.

Usage: status.py            prints the table
As a module: matrix() gives its lines.

A feature's instructions come from opcodes.def. Its evidence is found by running: a script in tests/wast needs a feature
when it passes, and fails once that feature is off. A feature runs when a script that needs it executes something
(assert_return, assert_trap, ...) and is only validated when none does.
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
    done = subprocess.run([TENON, "wast", *options, script], capture_output=True, timeout=300)
    return done.returncode == 0


def evidence():
    """option -> (scripts that need it, those of them that execute)."""
    scripts = sorted((tables.ROOT / "tests/wast").rglob("*.wast"))
    found = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        good = [s for s, fine in zip(scripts, pool.map(passes, scripts)) if fine]
        for _, option, _, _ in tables.features():
            without = pool.map(lambda script: passes(script, "-W", f"{option}=n"), good)
            need = [s for s, fine in zip(good, without) if not fine]
            found[option] = (need, [s for s in need if EXECUTES.search(s.read_text())])
    return found


def matrix():
    found = evidence()
    count = {}
    for _, _, feature in tables.opcodes():
        count[feature] = count.get(feature, 0) + 1
    lines = [
        "| Feature | | Default | Instructions | Runs | Scripts of ours that need it |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, option, phase, on in tables.features():
        if name in INTERNAL:
            continue
        need, execute = found[option]
        runs = "yes" if execute or name == "mvp" else "validated only" if need else "no"
        scripts = "all" if name == "mvp" else str(len(need))
        lines.append(f"| {option} | {phase.lower()} | {'on' if on else 'off'} | {count.get(name, '')} | {runs} | {scripts} |")
    return lines


if __name__ == "__main__":
    print("\n".join(matrix()))
