"""Gives the program input that is truncated, hostile, huge, missing or endless. Each case names the command, the exit code and
words of the message; none may die of a signal or take more than 256 MiB.

Usage: bad_input.py TENON
"""

import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

MOST_MEMORY = 256 << 20
MAGIC = b"\0asm\1\0\0\0"
CALL_ONE_PAGE = '(module (memory (export "memory") 1) (func (export "_start") %s))'
failures = []
ran = 0


def leb(value):
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def section(number, body, size=None):
    return bytes([number]) + leb(len(body) if size is None else size) + body


def function(body):
    """A module with one function [] -> [] whose body (local declarations, code, end) is given."""
    return MAGIC + section(1, b"\1\x60\0\0") + section(3, b"\1\0") + section(7, b"\1\6_start\0\0") + section(10, b"\1" + leb(len(body)) + body)


def case(name, args, code, words, stdin=b"", stdout=subprocess.PIPE):
    """Runs the program; `code` may be a tuple of allowed codes."""
    global ran
    ran += 1
    peak_before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    try:
        done = subprocess.run([program, *args], input=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=60)
    except subprocess.TimeoutExpired:
        failures.append(f"{name}: does not end")
        return None
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    told = done.stderr.decode(errors="replace")
    codes = code if isinstance(code, tuple) else (code,)
    if done.returncode not in codes:
        failures.append(f"{name}: exit code {done.returncode}, not {code}: {told[:300]}")
    for word in [words] if isinstance(words, str) else words:
        if word not in told:
            failures.append(f"{name}: the message lacks {word!r}: {told[:300]}")
    if peak > peak_before and peak * 1024 > MOST_MEMORY:
        failures.append(f"{name}: takes {peak // 1024} MiB")
    return done


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def binaries(folder):
    good = write(folder / "good.wat", CALL_ONE_PAGE % "(i32.store (i32.const 8) (i32.const 7))")
    subprocess.run([program, "parse", good, "-o", str(folder / "good.wasm")], check=True)
    good = (folder / "good.wasm").read_bytes()
    for size in range(4, len(good)):
        cut = write(folder / "cut.wasm", good[:size])
        # Cut between two sections the rest may well be a module.
        case(f"truncated at {size}", ["validate", cut], (0, 1), [])
        case(f"truncated at {size}, run", ["run", cut], (0, 1), [])
    case("cut in a section", ["validate", write(folder / "cut.wasm", good[:-3])], 1, ["error: ", "(at offset 0x"])
    rng = random.Random(1)
    for n in range(100):
        bad = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            bad[rng.randrange(8, len(bad))] = rng.randrange(256)
        case(f"corrupted {n}", ["validate", write(folder / "bad.wasm", bytes(bad))], (0, 1), [])
        case(f"corrupted {n}, run", ["run", "-W", "fuel=1000", str(folder / "bad.wasm")], (0, 1, 134), [])
    four_gib = 0xFFFFFFFF
    for name, module in {
        "a section of 4 GiB": MAGIC + section(1, b"\1\x60\0\0", four_gib),
        "4 billion types": MAGIC + section(1, leb(four_gib) + b"\x60\0\0"),
        "4 billion parameters": MAGIC + section(1, b"\1\x60" + leb(four_gib)),
        "4 billion functions": MAGIC + section(1, b"\1\x60\0\0") + section(3, leb(four_gib) + b"\0"),
        "a name of 4 GiB": MAGIC + section(2, b"\1" + leb(four_gib) + b"a"),
        "a body of 4 GiB": MAGIC + section(1, b"\1\x60\0\0") + section(3, b"\1\0") + section(10, b"\1" + leb(four_gib) + b"\0\x0b"),
        "a segment of 4 GiB": MAGIC + section(5, b"\1\0\1") + section(11, b"\1\0\x41\0\x0b" + leb(four_gib)),
        "4 billion locals": function(b"\1" + leb(four_gib) + b"\x7f\x0b"),
        "a million locals": function(b"\1" + leb(1_000_000) + b"\x7f\x0b"),
        "a br_table of 4 billion labels": function(b"\0\x41\0\x0e" + leb(four_gib) + b"\0\x0b"),
        "a memory of 4 billion pages": MAGIC + section(5, b"\1\0" + leb(four_gib)),
        "another version": b"\0asm\2\0\0\0",
        "a component": b"\0asm\x0d\0\1\0",
        "no magic": b"\0bsm\1\0\0\0",
    }.items():
        case(name, ["validate", write(folder / "hostile.wasm", module)], 1, "error: ")
        case(name + ", run", ["run", str(folder / "hostile.wasm")], 1, "Error: ")
    table = write(folder / "table.wasm", MAGIC + section(4, b"\1\x70\0" + leb(four_gib)))
    case("a table of 4 billion elements, run", ["run", table], 1, "table")
    case("4 billion locals", ["validate", write(folder / "l.wasm", function(b"\1" + leb(four_gib) + b"\x7f\x0b"))], 1, "too many locals")


# Commands that read more of a binary than `validate` and `run`; the file is `%`.
READERS = ["print %", "print -p %", "print -f %", "strip -a %", "objdump %", "dump %", "metadata show %", "metadata show --json %",
           "metadata add --name x %", "demangle %", "addr2line % 0x30", "as wasm-tools print %", "as wasm-tools dump %"]
# Sections that they look into.
CUSTOMS = ["name", "producers", "linking", "reloc.CODE", "dylink.0", "target_features", "metadata.code.branch_hint", ".debug_abbrev",
           ".debug_str", ".debug_line", ".debug_info", "core", "coremodules", "coreinstances", "corestack"]


def custom(name, payload):
    return section(0, leb(len(name)) + name.encode() + payload)


def readers(folder):
    text = write(folder / "rich.wat", '''(module $m (import "m" "n" (func $i)) (memory $mem 1) (table $t 2 funcref) (elem $e (i32.const 0) $f)
        (global $g (mut i32) (i32.const 1)) (data $d (i32.const 0) "abc") (tag $x (param i32)) (export "f" (func $f))
        (func $f (param $p i32) (result i32) (local $l i64) (block $b (br_if $b (local.get $p))) (i32.const 3)))''')
    subprocess.run([program, "parse", "-g", text, "-o", str(folder / "rich.wasm")], check=True)
    rich = (folder / "rich.wasm").read_bytes()
    path = str(folder / "reader.wasm")

    def each(what):
        for words in READERS:
            case(f"{what}, {words}", [path if word == "%" else word for word in words.split()], (0, 1), [])

    for size in range(8, len(rich), 7):
        write(folder / "reader.wasm", rich[:size])
        each(f"truncated at {size}")
    rng = random.Random(2)
    for n in range(40):
        bad = bytearray(rich)
        for _ in range(rng.randrange(1, 4)):
            bad[rng.randrange(8, len(bad))] = rng.randrange(256)
        write(folder / "reader.wasm", bytes(bad))
        each(f"corrupted {n}")
    huge = leb(0xFFFFFFFF)
    debug = rich[rich.index(b"\x0d.debug_abbrev") - 2:]
    for name in CUSTOMS:
        for n, payload in enumerate([b"", huge, b"\1" + huge + huge, b"\2\5" + huge * 3, b"\xff" * 40, bytes(40), b"\1" * 40]):
            # What describes code is only looked at where the other sections of its kind are there.
            beside = debug if name.startswith(".debug") else b""
            write(folder / "reader.wasm", MAGIC + custom(name, payload) + beside)
            each(f"section {name} {n}")


def nesting(folder):
    depth = 100_000
    nested = function(b"\0" + b"\x02\x40" * depth + b"\x0b" * depth + b"\x0b")
    case("100,000 nested blocks", ["validate", write(folder / "nested.wasm", nested)], 0, [])
    case("100,000 nested blocks, run", ["run", str(folder / "nested.wasm")], 0, [])
    blocks = '(module (func (export "_start")' + "(block " * depth + ")" * depth + "))"
    case("100,000 nested blocks, text", ["run", write(folder / "nested.wat", blocks)], 0, [])
    case("100,000 open parentheses", ["parse", write(folder / "open.wat", "(module" + "(" * depth)], 1, "open.wat:1:")
    case("100,000 open comments", ["parse", write(folder / "comment.wat", "(module" + "(;" * depth)], 1, "comment.wat:1:")


def files(folder):
    missing = str(folder / "missing.wasm")
    case("a missing file", ["run", missing], 1, ["missing.wasm", "No such file or directory (os error 2)"])
    case("a missing file, validate", ["validate", missing], 1, ["missing.wasm", "No such file or directory (os error 2)"])
    case("a missing script", ["wast", missing], 1, ["missing.wasm", "No such file or directory (os error 2)"])
    case("a folder", ["validate", str(folder)], 1, "Is a directory (os error 21)")
    case("an empty file", ["validate", write(folder / "empty.wasm", b"")], 1, "error: ")
    case("bytes that are no text", ["parse", write(folder / "latin.wat", b"(module (; \xff\xfe ;))")], 1, "utf-8")
    good = write(folder / "good.wat", "(module)")
    case("a full disk", ["parse", good, "-o", "/dev/full"], 1, "No space left on device (os error 28)")
    case("a folder that is missing", ["parse", good, "-o", str(folder / "no" / "x.wasm")], 1, "No such file or directory (os error 2)")
    with open("/dev/full", "wb") as full:
        case("a full standard output", ["parse", good], 1, "No space left on device (os error 28)", stdout=full)
    case("standard input", ["validate", "-"], 1, "error: ", stdin=b"\0asm\1\0\0")


def command_lines(folder):
    good = write(folder / "good.wat", "(module)")
    case("an unknown command", ["frobnicate"], 2, "frobnicate")
    case("an unknown option", ["validate", "--frobnicate", good], 2, "--frobnicate")
    case("an unknown feature", ["validate", "--features", "frobnicate", good], (1, 2), "unknown feature `frobnicate`")
    case("an unknown option of a group", ["run", "-W", "frobnicate", good], 2, "unknown -W / --wasm option: frobnicate")
    case("a value that is no number", ["run", "-W", "fuel=many", good], 2, "fuel=many")


def guests(folder):
    def run(name, body, args, code, words):
        case(name, ["run", *args, write(folder / "guest.wat", CALL_ONE_PAGE % body)], code, words)

    case("a missing import", ["run", write(folder / "import.wat", '(module (import "m" "n" (func)))')], 1,
         "unknown import: `m::n` has not been defined")
    case("an import of another type", ["run", write(folder / "import.wat", '(module (import "wasi_snapshot_preview1" "proc_exit" (func)))')], 1,
         "incompatible import type for `wasi_snapshot_preview1::proc_exit`")
    run("infinite recursion", "(call 0)", [], 134, "wasm trap: call stack exhausted")
    run("an endless loop under a deadline", "(loop (br 0))", ["-W", "timeout=50ms"], 134, "wasm trap: interrupt")
    run("an endless loop under fuel", "(loop (br 0))", ["-W", "fuel=100000"], 134, "wasm trap: all fuel consumed by WebAssembly")
    run("endless recursion by tail calls under fuel", "(return_call 0)", ["-W", "fuel=100000"], 134, "all fuel consumed")
    grown = "(if (i32.ne (memory.grow (i32.const 9)) (i32.const -1)) (then unreachable))"
    run("a memory grown past its limit", grown, ["-W", "max-memory-size=131072"], 0, [])
    run("a memory grown past its limit, trapping", grown, ["-W", "max-memory-size=131072,trap-on-grow-failure"], (1, 134),
        "forcing trap when growing memory to 655360 bytes")
    run("a memory grown past what there is", "(drop (memory.grow (i32.const -1)))", [], 0, [])
    run("an access out of bounds", "(drop (i32.load (i32.const -1)))", [], 134, "wasm trap: out of bounds memory access")
    run("too large at once", "nop", ["-W", "max-memory-size=1000"], 1, "memory")
    run("no instances left", "nop", ["-W", "max-instances=0"], 1, "resource limit exceeded: instance count too high at")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for group in (binaries, readers, nesting, files, command_lines, guests):
            group(folder)
    for failure in failures:
        print(failure)
    print(f"{ran - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    program = os.path.abspath(sys.argv[1])
    sys.exit(main())
