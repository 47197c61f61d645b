"""Measures Tenon against its peers and writes docs/bench.md.

Usage: bench.py [--runs N] [ROW...]      rows by name or prefix; all without one

Each row times whole processes: both sides run the same work in turn, ten times each (or as often as the row says), pinned to one
processor, in one run of this script; the row gives the median and the spread (least and greatest) of both, and their ratio.
Where the spreads do not overlap, one side is ahead. Where they do, because the machine was slower at some times than at others,
the pairs that ran one after the other tell: a side that won so many that chance does it once in a hundred times is ahead in
pairs. Rows that were not run keep the figures they have.

Peers are found on PATH or named by environment variables: WASM_TOOLS, WASMTIME, WASMI. Large inputs are files named by
TENON_BENCH_RUBY (ruby+stdlib.wasm), TENON_BENCH_STARLINGMONKEY (a JavaScript engine, without its component) and
TENON_BENCH_CLANG (clang as a WASI program). A row without its peer or its input
says so.
"""

import atexit
import dataclasses
import datetime
import functools
import math
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
WORK = ROOT / "build/bench"
REPORT = ROOT / "docs/bench.md"
TENON = ROOT / "build/release/bin/tenon"


class Missing(Exception):
    """A peer or an input is not here; the text says which."""


def tool(variable, name):
    found = os.environ.get(variable) or shutil.which(name)
    if not found:
        raise Missing(f"{name} is not installed (PATH or {variable})")
    return found


def wasm_tools():
    return tool("WASM_TOOLS", "wasm-tools")


def wasmtime():
    return tool("WASMTIME", "wasmtime")


def wasmi():
    return tool("WASMI", "wasmi")


def version(program):
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    return " ".join(done.stdout.split()[:2])


def large(variable):
    def find():
        path = os.environ.get(variable)
        if not path or not pathlib.Path(path).is_file():
            raise Missing(f"{variable} names no file")
        return path

    return find


def text_of(find):
    """The input printed as text, by the peer."""

    def make():
        source = find()
        out = WORK / (pathlib.Path(source).stem + ".wat")
        if not out.exists():
            subprocess.run([wasm_tools(), "print", source, "-o", out], check=True)
        return str(out)

    return make


def guest(source, *options):
    """A guest program, compiled."""

    def make():
        out = WORK / (pathlib.Path(source).stem + ".wasm")
        compiler = "clang++-19" if source.endswith("pp") else "clang-19"
        subprocess.run([compiler, "--target=wasm32-wasi", "-O2", *options, ROOT / source, "-o", out], check=True)
        return str(out)

    return make


@dataclasses.dataclass
class Row:
    name: str
    input: object  # makes the path
    ours: object  # input -> command
    peers: dict  # label -> input -> command
    stdin: object = None  # makes the path of what both sides read
    discard: bool = False  # what they print is too much to be kept and compared: it goes to /dev/null
    check: object = None  # called after each side's first run: raises where it did not do its work
    runs: int = 10  # of each side; more where most of the time is the kernel's and alike on both


def pulley(path):
    """Wasmtime's interpreter on its own bytecode, compiled beforehand: only loading and running is timed."""
    out = str(pathlib.Path(path).with_suffix(".pulley"))
    subprocess.run([wasmtime(), "compile", "--target", "pulley64", path, "-o", out], check=True)
    return [wasmtime(), "run", "--target", "pulley64", "--allow-precompiled", out]


def kernel(name):
    return Row(
        f"interp/{name}",
        guest(f"bench/kernels/{name}.c"),
        lambda path: [TENON, "run", path],
        {
            "Pulley": pulley,
            "wasmi": lambda path: [wasmi(), path],
        },
    )


@functools.cache
def io():
    """Where guests find their files: in memory where there is room, so that no disk is measured. It is gone afterwards."""
    memory = pathlib.Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    path = pathlib.Path(tempfile.mkdtemp(prefix="tenon-bench-", dir=memory if roomy else WORK))
    atexit.register(shutil.rmtree, path)
    return path


def big_file():
    """1 GiB that is not all the same."""
    path = io() / "big"
    if not path.exists() or path.stat().st_size != 1 << 30:
        block = os.urandom(1 << 20)
        with open(path, "wb") as out:
            for number in range(1024):
                out.write(number.to_bytes(8, "little") + block[8:])
    return path


def many_files():
    folder = io() / "many"
    if not (folder / "file 09999").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(10_000):
            (folder / f"file {number:05}").write_bytes(b"")
    return folder


def copied():
    if subprocess.run(["cmp", "-s", big_file(), io() / "copied"]).returncode != 0:
        raise RuntimeError("the copy is not the file")
    (io() / "copied").unlink()


def system(name, source, words, **more):
    """A guest that spends its time in system calls, with `words` behind the module."""
    def options():
        big_file() if "big" in str(words) or more.get("stdin") else many_files()
        return ["--dir", f"{io()}::/io"]

    return Row(
        f"wasi/{name}",
        guest(f"bench/io/{source}.c"),
        lambda path: [TENON, "run", *options(), path, *words],
        {"wasmtime (warm cache)": lambda path: [wasmtime(), "run", "-C", "cache=y", *options(), path, *words]},
        **({"runs": 30} | more),
    )


def collected(name):
    """A guest that lives on the collected heap, from text. V8's row needs node."""

    def make():
        out = WORK / f"{name}.wasm"
        subprocess.run([TENON, "parse", ROOT / f"bench/gc/{name}.wat", "-o", out], check=True)
        return str(out)

    def node(path):
        program = ("const fs = require('fs'); const m = new WebAssembly.Module(fs.readFileSync(process.argv[1]));"
                   "new WebAssembly.Instance(m, {}).exports._start();")
        return [tool("NODE", "node"), "-e", program, path]

    return Row(
        f"gc/{name}",
        make,
        lambda path: [TENON, "run", path],
        {
            "Pulley": pulley,
            "Wasmtime compiled": lambda path: [wasmtime(), "run", "-C", "cache=y", path],
            "V8": node,
        },
    )


def reader(name, find):
    return [
        Row(
            f"validate/{name}",
            find,
            lambda path: [TENON, "validate", path],
            {"wasm-tools": lambda path: [wasm_tools(), "validate", "--features", "all", path]},
        ),
        Row(
            f"print/{name}",
            find,
            lambda path: [TENON, "print", path, "-o", "/dev/null"],
            {"wasm-tools": lambda path: [wasm_tools(), "print", path, "-o", "/dev/null"]},
        ),
        Row(
            f"parse/{name}",
            text_of(find),
            lambda path: [TENON, "parse", path, "-o", "/dev/null"],
            {"wasm-tools": lambda path: [wasm_tools(), "parse", path, "-o", "/dev/null"]},
        ),
    ]


ROWS = [
    *reader("ruby", large("TENON_BENCH_RUBY")),
    *reader("starlingmonkey", large("TENON_BENCH_STARLINGMONKEY")),
    *reader("clang", large("TENON_BENCH_CLANG")),
    *(kernel(path.stem) for path in sorted((ROOT / "bench/kernels").glob("*.c"))),
    *(collected(path.stem) for path in sorted((ROOT / "bench/gc").glob("*.wat"))),
    Row(
        "hello",
        guest("bench/hello.c"),
        lambda path: [TENON, "run", path],
        {"wasmtime (warm cache)": lambda path: [wasmtime(), "run", "-C", "cache=y", path]},
        runs=30,
    ),
    system("stdin-to-stdout-1-GiB", "copy", [], stdin=big_file, discard=True),
    system("100,000-small-writes", "small_writes", []),
    system("list-10,000-files", "list", ["/io/many"]),
    system("open-and-close-10,000-files", "open_close", ["/io/many"]),
    system("copy-1-GiB-file", "copy", ["/io/big", "/io/copied"], check=copied, runs=60),
]


@functools.cache
def measurer():
    """The program that runs one side, and where it leaves its figures."""
    out = WORK / "measure"
    subprocess.run(["clang-19", "-O2", ROOT / "bench/measure.c", "-o", out], check=True)
    return out, WORK / "measured"


def measure(command, row):
    """(seconds, peak resident MiB, output) of one process, which must succeed."""
    sink = open("/dev/null", "w+b") if row.discard else tempfile.TemporaryFile()
    program, figures = measurer()
    # One processor: "on one thread" is then true whatever pools a tool has.
    processor = str(max(os.sched_getaffinity(0)))
    with sink as output, open(row.stdin() if row.stdin else "/dev/null", "rb") as given:
        subprocess.run([program, processor, figures, *map(str, command)], stdin=given, stdout=output, stderr=subprocess.STDOUT,
                       check=True)
        nanoseconds, resident, status = map(int, figures.read_text().split())
        output.seek(0)
        printed = output.read()
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        raise RuntimeError(f"{command}: exit code {code}\n{printed.decode(errors='replace')}")
    return nanoseconds / 1e9, resident / 1024, printed


def compare(ours, theirs, runs, row):
    samples = ([], [])
    # Warms the page cache and the peer's own, and shows that both do the same work.
    printed = []
    for command in (ours, theirs):
        printed.append(measure(command, row)[2])
        if row.check:
            row.check()
    if printed[0] != printed[1]:
        raise RuntimeError(f"{ours} and {theirs} print different things")
    for _ in range(runs):
        for side, command in zip(samples, (ours, theirs)):
            side.append(measure(command, row))
    return samples


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def spread(values):
    return f"{seconds(statistics.median(values))} ({seconds(min(values))}-{seconds(max(values))})"


def verdict(mine, other):
    if max(mine) < min(other):
        return "ahead"
    if min(mine) > max(other):
        return "behind"
    won = sum(a < b for a, b in zip(mine, other))
    best = max(won, len(mine) - won)
    # The sign test: how often a fair coin does as well, on either side.
    chance = 2 * sum(math.comb(len(mine), k) for k in range(best, len(mine) + 1)) / 2 ** len(mine)
    if chance > 0.01:
        return "level"
    return f"{'ahead' if won == best else 'behind'} in {best} of {len(mine)} pairs"


def run(row, runs):
    """Yields lines of the table."""
    for label, peer in row.peers.items():
        name = f"{row.name} / {label}"
        try:
            path = row.input()
            ours, theirs = row.ours(path), peer(path)
        except Missing as why:
            yield name, f"| {name} | not measured: {why} | | | |"
            continue
        a, b = compare(ours, theirs, runs or row.runs, row)
        mine, other = [s for s, _, _ in a], [s for s, _, _ in b]
        ratio = statistics.median(mine) / statistics.median(other)
        memory = f"{statistics.median(m for _, m, _ in a):.0f} / {statistics.median(m for _, m, _ in b):.0f} MiB"
        size = os.path.getsize(path) / 1e6
        label_size = f"{name} ({size:.1f} MB)" if size >= 1 else name
        yield name, f"| {label_size} | {spread(mine)} | {spread(other)}, {version(theirs[0])} | {ratio:.2f}, {verdict(mine, other)} | {memory} |"


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} processors, {platform.system()} {platform.release()}"


def commit():
    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain", "-uno") else "")


def main(arguments):
    runs = None
    if arguments[:1] == ["--runs"]:
        runs = int(arguments[1])
        arguments = arguments[2:]
    chosen = [row for row in ROWS if not arguments or any(row.name.startswith(word) for word in arguments)]
    if not chosen:
        return f"no such row; there are {', '.join(row.name for row in ROWS)}"
    WORK.mkdir(parents=True, exist_ok=True)
    lines = {}
    if REPORT.exists():
        for line in REPORT.read_text().splitlines():
            match = re.match(r"\| ([\w/,-]+ / [^|(]+(?:\(warm cache\))?)", line)
            if match:
                lines[match[1].strip()] = line
    stamp = f"{commit()}, {datetime.date.today()}"
    for row in chosen:
        for name, line in run(row, runs):
            lines[name] = f"{line} {stamp} |"
            print(lines[name], flush=True)
    REPORT.write_text(
        "# Measured\n\n"
        "Written by `./dev bench`: whole processes on one processor, both sides in turn, medians of ten (thirty or more of hello and wasi)\n"
        "with the least and the greatest, as wall time. A ratio below 1 is in Tenon's favour; \"ahead\" and \"behind\" mean that the\n"
        "spreads do not overlap, \"in 26 of 30 pairs\" that they do and that one side was faster in so many of the pairs that ran one\n"
        "after the other, which chance alone does less than once in a hundred times.\n\n"
        f"Machine of the newest rows: {machine()}.\n\n"
        "| Row / peer | Tenon | Peer | Ratio | Memory, Tenon / peer | Commit |\n| --- | --- | --- | --- | --- | --- |\n"
        + "".join(f"{lines[name]}\n" for row in ROWS for name in (f"{row.name} / {label}" for label in row.peers) if name in lines)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
