"""Holds Tenon's printer against wasm-tools': the same text, byte for byte, plain, folded, as a skeleton and with offsets.

Usage: compare_print.py TENON WASM_TOOLS [--suite FOLDER] [--generator PROGRAM] [--count N] [--first SEED] [--more]

Modules are those of the scripts beneath FOLDER, as wasm-tools' json-from-wast writes them, broken ones included, and N (2,000)
of the generator's. Output, errors and exit codes must agree. --more adds unnamed items, operand stacks and colours. No difference
is accepted.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

MODES = [[], ["-f"], ["--skeleton"], ["-p"]]
MORE = [["--name-unnamed"], ["--print-operand-stack"], ["-f", "-p", "--name-unnamed"], ["--color", "always"]]


def modules(arguments, folder):
    if arguments.suite:
        for number, script in enumerate(sorted(pathlib.Path(arguments.suite).rglob("*.wast"))):
            into = folder / f"suite{number}"
            into.mkdir()
            subprocess.run([arguments.wasm_tools, "json-from-wast", script, "--wasm-dir", into], capture_output=True)
            yield from sorted(into.glob("*.wasm"))
    if arguments.generator:
        into = folder / "generated"
        into.mkdir()
        subprocess.run([arguments.generator, into, str(arguments.count), str(arguments.first)], check=True, capture_output=True)
        yield from sorted(into.glob("*.wasm"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tenon")
    parser.add_argument("wasm_tools")
    parser.add_argument("--suite")
    parser.add_argument("--generator")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--more", action="store_true")
    arguments = parser.parse_args()
    modes = MODES + (MORE if arguments.more else [])

    def compare(module):
        different = []
        for mode in modes:
            ours, theirs = (subprocess.run([tool, "print", module, *mode], capture_output=True)
                            for tool in (arguments.tenon, arguments.wasm_tools))
            if (ours.stdout, ours.stderr, ours.returncode) != (theirs.stdout, theirs.stderr, theirs.returncode):
                different.append(mode)
        return module, different

    count, counts = 0, collections.Counter()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for module, different in pool.map(compare, modules(arguments, pathlib.Path(folder))):
            count += 1
            for mode in different:
                counts[" ".join(mode) or "plain"] += 1
                if sum(counts.values()) <= 10:
                    print(f"{module.relative_to(folder)}: {' '.join(mode) or 'plain'} differs")
    print(f"{count} modules, {len(modes)} forms each: {sum(counts.values())} differences {dict(counts) if counts else ''}")
    return 1 if counts or not count else 0


if __name__ == "__main__":
    sys.exit(main())
