"""Everything that can be checked, and docs/status.md with the figures and the commit they belong to.

Usage: check.py [STEP...]      steps by name; all without one

A step is a command; its last line is its figure, and a table in what it prints stands below the others. A step that cannot run
here (a tool or the suites are missing) says so.
"""

import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[2]
STATUS = ROOT / "docs/status.md"
FUZZ_SECONDS = "20"
GENERATED = 5000
DIFFER = 20000


def dev_test(preset):
    return ["bash", "-c", f"source ./dev && build {preset} && run_tests {preset} -LE modes"]


def fuzz_targets():
    return sorted(path.stem for path in (ROOT / "fuzz/targets").glob("*.cpp"))


# name, what it shows, command, what it needs beside the packages
STEPS = [
    ("release", "tests, clang 19", dev_test("release"), None),
    ("modes", "suites with memories reserved and guarded, and not reserved",
     ["bash", "-c", "source ./dev && build release && run_tests release -L modes"], None),
    ("assertions", "assertions of the suites in every mode", ["bash", "-c",
     'source ./dev && build release && : "${TENON_SUITES:?}" && python3 tests/tools/assertions.py build/release'], None),
    ("gcc", "tests, g++ and plain dispatch", dev_test("gcc"), None),
    ("debug", "tests under address and undefined behaviour sanitizers", dev_test("debug"), None),
    ("tsan", "unit tests under the thread sanitizer", ["bash", "-c", "source ./dev && build tsan && run_tests tsan -R [Tt]hread"], None),
    ("aot", "a host without reader, text or compiler", ["./dev", "build", "aot"], None),
    ("layers", "includes, headers alone, no printing or ending in libraries", ["./dev", "layers"], None),
    ("packages", "what building reads comes from packages that ./dev installs", ["bash", "-c",
     "source ./dev && build release && python3 tools/dev/packages.py"], "apt-cache"),
    ("lint", "clang-tidy: names and bugs", ["./dev", "lint"], None),
    ("fmt", "format", ["./dev", "fmt", "--check"], None),
    ("text", "modules of the suites are what wasm-tools writes", ["bash", "-c",
     'source ./dev && build release && python3 tests/tools/compare_core_text.py "$(find build/release -name wast_modules -type f)" '
     'wasm-tools "${TENON_SUITES:?}"/core'], "wasm-tools"),
    ("validators", f"the verdicts of wasm-tools on {GENERATED} generated modules", ["bash", "-c",
     "source ./dev && build release tenon generate_modules && python3 tests/tools/compare_validate.py "
     f"build/release/fuzz/generators/generate_modules build/release/bin/tenon wasm-tools {GENERATED}"], "wasm-tools"),
    ("planted", "bugs planted in the walk of paths and the table of descriptors, found by the suite", ["bash", "-c",
     "source ./dev && build release tenon tenon_wasi_test && python3 tests/planted/planted.py build/release wasi"], None),
    ("differ", f"{DIFFER:,} generated modules run as on Wasmtime and V8", ["./dev", "differ", str(DIFFER)], "peers"),
    ("planted-interp", "bugs planted in the interpreter, found by the differential run", ["bash", "-c",
     "source ./dev && build release differ_runner && python3 tests/planted/planted.py build/release interp"], "peers"),
    ("escape", "escapes from the sandbox, 100,000 races each", ["bash", "-c",
     "source ./dev && build release tenon && python3 tests/escape/escape.py build/release/bin/tenon build/release/tests/escape/guests --full"],
     None),
    ("programs", "programs in C, C++, Go and Rust against their native builds", ["bash", "-c",
     "source ./dev && build release tenon && python3 tests/programs/programs.py build/release/bin/tenon"], None),
    ("soak", "100,000 instances, 100,000 opens and closes: nothing grows", ["bash", "-c",
     "source ./dev && build release tenon_soak && build/release/tests/soak/tenon_soak 100000"], None),
    ("gen", "generated files are current", ["./dev", "gen", "--check"], None),
    *((f"fuzz-{name}", f"{FUZZ_SECONDS} s of fuzzing", ["./dev", "fuzz", name, FUZZ_SECONDS], None) for name in fuzz_targets()),
]


def missing(needs):
    """What is not there of what a step needs: a program, or the peers of tests/differential."""
    if needs != "peers":
        return None if not needs or shutil.which(needs) else needs
    python, node = os.environ.get("TENON_WASMTIME_PYTHON", sys.executable), os.environ.get("TENON_NODE", "node")
    if subprocess.run([python, "-c", "import wasmtime"], capture_output=True).returncode:
        return "Wasmtime for Python (TENON_WASMTIME_PYTHON)"
    return None if shutil.which(node) else "node (TENON_NODE)"


def run(command):
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return done.returncode, lines, time.monotonic() - start


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def heading(what):
    return what[0].upper() + what[1:]


def write(rows, tables):
    """Rows and tables of steps that were not run stay as they are."""
    kept = {}
    before, *sections = re.split(r"^## ", STATUS.read_text() if STATUS.exists() else "", flags=re.MULTILINE)
    for line in before.splitlines():
        if match := re.match(r"\| ([\w-]+) \|", line):
            kept[match[1]] = line
    names = {heading(what): name for name, what, *_ in STEPS}
    for section in sections:
        title, _, table = section.partition("\n")
        if title in names:
            tables.setdefault(names[title], table.strip())
    stamp = f"{git('rev-parse', '--short', 'HEAD')}{' with changes' if git('status', '--porcelain', '-uno') else ''}, {datetime.date.today()}"
    for name, what, figure, took in rows:
        kept[name] = f"| {name} | {what} | {figure} | {took} | {stamp} |"
    STATUS.write_text(
        "# Status\n\n"
        "Written by `./dev check`: the last line that each step printed, and the commit it ran on. What each feature can do is in\n"
        "the README's table.\n\n"
        "| Step | | Result | Time | Commit |\n| --- | --- | --- | --- | --- |\n"
        + "".join(f"{kept[name]}\n" for name, *_ in STEPS if name in kept)
        + "".join(f"\n## {heading(what)}\n\n{tables[name]}\n" for name, what, *_ in STEPS if name in tables)
    )


def main(names):
    rows, tables, failed = [], {}, 0
    for name, what, command, needs in STEPS:
        if names and name not in names:
            continue
        if absent := missing(needs):
            rows.append((name, what, f"not run: {absent} is not installed", ""))
            continue
        code, lines, seconds = run(command)
        figure = lines[-1] if lines else "ok" if code == 0 else f"exit code {code}"
        if code:
            failed += 1
            figure = f"FAILED: {figure}"
            print("\n".join(lines[-60:]))
        if table := [line for line in lines if line.startswith("|")]:
            tables[name] = "\n".join(table)
        rows.append((name, what, figure.replace("|", "/"), f"{seconds:.0f} s"))
        print(f"{name}: {figure} ({seconds:.0f} s)", flush=True)
    write(rows, tables)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
