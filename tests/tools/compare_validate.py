"""Holds Tenon's validator against wasm-tools': the same verdict on every generated module.

Usage: compare_validate.py GENERATOR TENON WASM_TOOLS [COUNT [FIRST_SEED]]

Makes COUNT modules (20,000) with the generator, asks both tools with the features that each module was made for, and prints how
many are valid, how many messages agree, and every difference in verdict. A difference that is accepted stands in
tests/differences/validate.txt, `seed tenon-verdict wasm-tools-verdict section-of-the-specification`; an unlisted difference fails,
and so does a row that no longer differs.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ACCEPTED = pathlib.Path(__file__).parent.parent / "differences" / "validate.txt"


def verdict(tool, module, features):
    """(valid, the innermost message)"""
    done = subprocess.run([tool, "validate", f"--features={features}", module], capture_output=True, text=True)
    if done.returncode == 0:
        return True, ""
    if done.returncode != 1:
        return None, f"exit code {done.returncode}: {done.stderr[:200]}"
    lines = [line.strip() for line in done.stderr.strip().splitlines() if line.strip()]
    return False, re.sub(r"^(error|\d+): ", "", lines[-1]) if lines else ""


def accepted():
    rows = {}
    for line in ACCEPTED.read_text().splitlines() if ACCEPTED.exists() else []:
        if line.strip() and not line.startswith("#"):
            seed, ours, theirs, why = line.split(maxsplit=3)
            rows[int(seed)] = (ours, theirs, why)
    return rows


def main(generator, tenon, wasm_tools, count=20000, first=1):
    with tempfile.TemporaryDirectory() as folder:
        missing = subprocess.run([generator, folder, str(count), str(first)], check=True, capture_output=True, text=True).stdout
        counts = collections.Counter()
        differences, messages = {}, []

        def compare(seed):
            stem = f"{folder}/{seed:06}"
            features = pathlib.Path(stem + ".features").read_text()
            return seed, verdict(tenon, stem + ".wasm", features), verdict(wasm_tools, stem + ".wasm", features)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for seed, ours, theirs in pool.map(compare, range(first, first + count)):
                counts["valid" if theirs[0] else "invalid"] += 1
                if ours[0] != theirs[0]:
                    differences[seed] = (ours, theirs)
                elif not ours[0]:
                    counts["same message" if ours[1] == theirs[1] else "other message"] += 1
                    if ours[1] != theirs[1] and len(messages) < 10:
                        messages.append((seed, ours[1], theirs[1]))
    print(f"{count} modules from seed {first}: {counts['valid']} valid, {counts['invalid']} invalid by wasm-tools")
    print(f"messages: {counts['same message']} the same, {counts['other message']} not")
    for seed, ours, theirs in messages:
        print(f"  {seed}: ours    {ours}\n  {' ' * len(str(seed))}  theirs  {theirs}")
    print(missing, end="")
    known = accepted()
    unlisted = {seed: pair for seed, pair in differences.items() if seed not in known}
    for seed, (ours, theirs) in sorted(unlisted.items()):
        print(f"seed {seed}: ours {ours}, theirs {theirs}")
    stale = [seed for seed in known if first <= seed < first + count and seed not in differences]
    for seed in stale:
        print(f"seed {seed} does not differ: take it out of {ACCEPTED}")
    print(f"{len(differences)} differences, {len(unlisted)} not accepted")
    return 1 if unlisted or stale or missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], *map(int, sys.argv[4:])))
