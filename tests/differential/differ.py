"""Runs generated modules on Tenon, Wasmtime and V8, and compares what comes of each: results, traps, memories, globals, tables.

Usage: differ.py RUNNER [COUNT [FIRST_SEED]] [--jobs N] [--keep DIR] [--stop]

RUNNER is build/release/tests/differential/differ_runner; COUNT is 20,000 by default. Wasmtime is that of the Python package
`wasmtime`, imported by TENON_WASMTIME_PYTHON (this Python by default); V8 is that of TENON_NODE (`node` by default; version 25 or
later). Peers are processes that live as long as the run. Each job has a runner and peers of its own.

Printed are modules, calls, how many of them returned and how the others ended, how many were discarded and why (a stack that was
exhausted, a module that a peer cannot run), which instructions were executed less than 100 times, and every difference with its
seed. A difference that is accepted stands in tests/differences/run.txt, `seed peer why`; another one fails, and so does a row that
no longer differs. --stop ends at the first difference, --keep writes modules that differ to a folder.
"""

import argparse
import collections
import concurrent.futures
import fcntl
import os
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ACCEPTED = HERE.parent / "differences" / "run.txt"
LEAST = 100
PATIENCE = 120  # seconds for one batch
BATCH = 32
# What V8 has one name for, or, in array.copy, looks for in another order than the specification.
COARSE = {
    "invalid conversion to integer": "integer overflow",
    "indirect call type mismatch": "uninitialized element",
    "out of bounds array access": "null reference",
}
# Ways to end that say more of an engine's limits than of the module.
LIMITS = ("call stack exhausted", "garbage-collected heap exhausted", "no store", "no fuel")
# Instructions that no module here has: the interpreter does not run them.
NOT_RUN = re.findall(r"^MISSING\((\w+)\)", (HERE.parents[1] / "src/interp/missing.def").read_text(), re.MULTILINE)


def peers():
    python, node = os.environ.get("TENON_WASMTIME_PYTHON", sys.executable), os.environ.get("TENON_NODE", "node")
    return {"wasmtime": [python, str(HERE / "peer_wasmtime.py")],
            "v8": [node, "--experimental-wasm-exnref", "--stack-size=900", str(HERE / "peer_v8.js")]}


class Peer:
    """A process that answers records with lines; started again when it dies."""

    def __init__(self, command):
        self.command = command
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, "RUST_BACKTRACE": "0"})
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=(self.process.stdout, self.lines), daemon=True).start()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.put(line.decode().rstrip("\n"))
        lines.put(None)

    def ask(self, records):
        """Outcomes of records; where the peer dies or hangs, that is its outcome, and it starts again behind it."""
        answers = []
        while len(answers) < len(records):
            try:
                self.process.stdin.write(b"".join(records[len(answers):]))
                self.process.stdin.flush()
            except BrokenPipeError:
                pass
            while len(answers) < len(records):
                try:
                    line = self.lines.get(timeout=PATIENCE)
                except queue.Empty:
                    line = None
                if line is None:
                    self.process.kill()
                    answers.append(f"died {self.process.wait()}")
                    self.start()
                    break
                answers.append(line)
        return answers

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)


def coarse(outcome):
    for name, wider in COARSE.items():
        outcome = outcome.replace(name, wider)
    return outcome


class Tally:
    def __init__(self):
        self.counts = collections.Counter()
        self.ends = collections.Counter()
        self.peers = collections.Counter()
        self.opcodes = collections.Counter()
        self.differences = []  # seed, peer, ours, theirs, bytes

    def add(self, other):
        for name in ("counts", "ends", "peers", "opcodes"):
            getattr(self, name).update(getattr(other, name))
        self.differences += other.differences

    def module(self, ours):
        self.counts["modules"] += 1
        if ours.startswith(("invalid", "import")):
            return
        if ours.startswith("start "):
            self.counts["calls"] += 1
            self.ends[ours.split(" ", 1)[1].rsplit(" ", 1)[0]] += 1
            return
        for part in ours.split(";"):
            if match := re.match(r"c\d+([=!])(.*)", part):
                self.counts["calls"] += 1
                self.ends["returned" if match[1] == "=" else match[2]] += 1


def read_records(stream):
    """(seed, peers, record, ours, other mode) of each, at last the counts."""
    while line := stream.readline():
        if line.startswith(b"counts"):
            yield None, None, None, line.decode(), None
            return
        seed, which, _, size, _ = line.decode().split()
        wasm = stream.read(int(size))
        yield int(seed), which, line + wasm, stream.readline().decode().rstrip("\n"), stream.readline().decode().rstrip("\n")


def job(runner, first, count, stride, stop):
    tally = Tally()
    running = {name: Peer(command) for name, command in peers().items()}
    ours = subprocess.Popen([runner, str(first), str(count), str(stride)], stdout=subprocess.PIPE)
    try:
        fcntl.fcntl(ours.stdout, 1031, 1 << 20)  # F_SETPIPE_SZ
    except OSError:
        pass
    counted, latest = False, first
    with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
        batch = []

        def compare():
            asked = {name: [row for row in batch if row[1] in ("both", name)] for name in running}
            answers = {name: pool.submit(running[name].ask, [row[2] for row in rows]) for name, rows in asked.items() if rows}
            for name, answer in answers.items():
                for (seed, _, record, mine, _), theirs in zip(asked[name], answer.result()):
                    judge(seed, name, mine, theirs, record)
            for seed, _, record, mine, other in batch:
                tally.module(mine)
                if other != "-":
                    judge(seed, "tenon's other mode", mine, other, record)
            batch.clear()

        def judge(seed, name, mine, theirs, record):
            tally.peers[name] += 1
            same = mine == theirs or (name == "v8" and coarse(mine) == coarse(theirs))
            if same:
                return
            if any(limit in text for limit in LIMITS for text in (mine, theirs)):
                tally.counts[f"discarded: a limit of {name} or ours"] += 1
            elif theirs.startswith("invalid") and not mine.startswith("invalid"):
                tally.counts[f"discarded: {name}: {re.sub(r'[0-9]+|0x[0-9a-f]+', 'N', theirs)[:90]}"] += 1
                tally.differences.append((seed, name, mine, theirs, record.split(b"\n", 1)[1])) if name != "v8" else None
            else:
                tally.differences.append((seed, name, mine, theirs, record.split(b"\n", 1)[1]))

        for row in read_records(ours.stdout):
            if row[0] is None:
                counted = True
                tally.opcodes.update({name: int(n) for name, n in (pair.split("=") for pair in row[3].split()[1:])})
                break
            latest = row[0]
            batch.append(row)
            if len(batch) == BATCH:
                compare()
                if stop and tally.differences:
                    break
        if batch:
            compare()
    for peer in running.values():
        peer.end()
    if stop and tally.differences:
        ours.kill()
    code = ours.wait()
    if not counted and not (stop and tally.differences):
        tally.differences.append((latest + stride, "tenon", f"the runner ended with {code}", "", b""))
    return tally


def accepted():
    rows = {}
    for line in ACCEPTED.read_text().splitlines() if ACCEPTED.exists() else []:
        if line.strip() and not line.startswith("#"):
            seed, peer, why = line.split(maxsplit=2)
            rows[int(seed), peer] = why
    return rows


def where(ours, theirs):
    """The parts in which two outcomes differ."""
    mine, other = ours.split(";"), theirs.split(";")
    if len(mine) != len(other):
        return f"ours {ours[:300]} | theirs {theirs[:300]}"
    pairs = [(a, b) for a, b in zip(mine, other) if a != b]
    return ", ".join(f"{a} | {b}" for a, b in pairs[:4]) + (f" and {len(pairs) - 4} more" if len(pairs) > 4 else "")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner")
    parser.add_argument("count", type=int, nargs="?", default=20000)
    parser.add_argument("first", type=int, nargs="?", default=1)
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("TENON_JOBS", os.cpu_count())))
    parser.add_argument("--keep")
    parser.add_argument("--stop", action="store_true")
    options = parser.parse_args()
    for name, command in peers().items():
        # Given nothing, a peer ends well; one that cannot start would differ in every module.
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
            print(f"{name} does not start: {' '.join(command)}")
            return 2
    start = time.monotonic()
    tally = Tally()
    jobs = max(1, min(options.jobs, options.count))
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        shares = [pool.submit(job, options.runner, options.first + n, (options.count - n + jobs - 1) // jobs, jobs, options.stop)
                  for n in range(jobs)]
        for share in shares:
            tally.add(share.result())
    seconds = time.monotonic() - start
    modules, calls = tally.counts["modules"], max(tally.counts["calls"], 1)
    print(f"{modules} modules from seed {options.first} in {seconds:.0f} s, {modules / seconds:.0f} a second; "
          f"{tally.peers['wasmtime']} on Wasmtime, {tally.peers['v8']} on V8")
    returned = tally.ends["returned"]
    print(f"{tally.counts['calls']} calls, {100 * returned / calls:.1f}% returned; the others:")
    for end, count in tally.ends.most_common():
        if end != "returned":
            print(f"  {100 * count / calls:5.2f}%  {end}")
    discarded = {name: count for name, count in tally.counts.items() if name.startswith("discarded")}
    share = 100 * sum(discarded.values()) / max(modules, 1)
    print(f"{share:.2f}% discarded")
    for name, count in discarded.items():
        print(f"  {count}  {name.removeprefix('discarded: ')}")
    rare = {name: count for name, count in tally.opcodes.items() if count < LEAST and name not in NOT_RUN}
    print(f"{len(tally.opcodes)} instructions, {len(rare)} executed less than {LEAST} times (every other module is counted)")
    for name, count in sorted(rare.items(), key=lambda row: row[1]):
        print(f"  {count}  {name}")
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
        for seed, peer, _, _, wasm in tally.differences:
            pathlib.Path(options.keep, f"{seed}.wasm").write_bytes(wasm)
    known = accepted()
    fresh = [row for row in tally.differences if (row[0], row[1]) not in known]
    for seed, peer, ours, theirs, _ in sorted(fresh)[:50]:
        print(f"seed {seed}, {peer}: {where(ours, theirs)}")
    differing = {(row[0], row[1]) for row in tally.differences}
    stale = [] if options.stop else [row for row in known if options.first <= row[0] < options.first + options.count and row not in differing]
    for seed, peer in stale:
        print(f"seed {seed} does not differ with {peer}: take it out of {ACCEPTED}")
    # Small runs say nothing about what is rare.
    thin = modules >= 10000 and (rare or share >= 5 or returned < calls / 2)
    if thin:
        print("the run shows too little: see above")
    print(f"{modules} modules, {calls} calls, {100 * returned / calls:.0f}% returned, {share:.1f}% discarded, "
          f"{len(rare)} instructions executed less than {LEAST} times; {len(tally.differences)} differences, {len(fresh)} not accepted")
    return 1 if fresh or stale or thin or not modules else 0


if __name__ == "__main__":
    sys.exit(main())
