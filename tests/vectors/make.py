#!/usr/bin/env python3
"""Makes the numeric vectors tests/vectors/*.bin with an engine that is not Tenon.

What it does: for every instruction of include/tenon/spec/opcodes.def with a fixed signature it builds a small module, runs
it over the operand tables below in the PyPI package `wasmtime` and writes operands, results and traps. Nothing here is
needed to run the tests: the .bin files are committed, vectors_test.cpp reads them.

    python3 tests/vectors/make.py            rewrites the files
    python3 tests/vectors/make.py --check    recomputes with the installed package and compares (any version)

What it is not: a second list of instructions. Rows come from opcodes.def; only operands are chosen here.

Format of a .bin file, little endian
    magic       8 bytes "TNVEC01\\n"
    producer    u16 length, text: engine, version, settings
    traps       u8 count, then for each u8 length and the name of a row of traps.def; status n is name n-1, status 0 a result
    tables      u8 count, then for each: u8 id (a letter), u8 value width in bytes, u8 count, the values
    samples     u16 count, then for each four u8: subscripts into the tables, one an operand position (to be taken modulo
                that position's count)
    blocks      u16 count, then the blocks
  block
    opcode      u8 prefix, u16 code
    immediate   u8 length, the bytes that follow the opcode in a function body
    shape       u8 flags: bit 0 sampled (case k takes row k of samples), else all combinations, last operand fastest
                          bit 1 a status byte for each case follows
                          bit 2 NaNs are classes: see below
                          bit 3 the instruction accesses memory: see below
                          bit 4 two sets of values follow, one after the other: see below
    params      u8 count, then for each u8 type letter (i l f d v m as in opcodes.def), u8 table id, u8 count of values used
    results     u8 count, then for each u8 type letter (w: window, below), u8 width stored (1 when all values fit a byte)
    cases       u16
    status      cases bytes, if bit 1
    values      for each result: cases values of the stored width; zero where the case traps

  NaN classes: where the specification leaves a NaN's bits open, a NaN here stands for its class: the canonical pattern
  (0x7fc00000, 0x7ff8000000000000) for "a canonical NaN of either sign", canonical + 1 for "any arithmetic NaN". In v128
  results the rule holds for each lane of the instruction's float shape. Every other value is exact.

  Two sets: the specification lets an implementation choose, once for all executions, between fused and unfused multiply-add,
  and the proposal between wrapping and saturating sums in the dot products (the specification's text saturates). The first
  set is the engine's own instruction (fused, wrapping), the second is made from other instructions. An implementation agrees
  when it agrees with one set in all cases.

  Where an atomic access is misaligned and out of bounds either trap is permitted.

  Memory: one page, byte a = (a * 167 + (a >> 8) * 13 + 5) mod 256, reset before each case. Result letter w is the 16 bytes
  at (address operand + offset) after the access (bytes beyond the page read as zero).
"""

import argparse
import importlib.metadata
import itertools
import pathlib
import random
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
OPCODES = HERE.parent.parent / "include/tenon/spec/opcodes.def"
WIDTH = {"i": 4, "l": 8, "f": 4, "d": 8, "v": 16, "m": 4, "w": 16}
TYPE = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "v": "v128", "m": "i32"}
TRAPS = ["MemoryOutOfBounds", "HeapMisaligned", "IntegerOverflow", "IntegerDivisionByZero", "BadConversionToInteger",
         "AtomicWaitNonSharedMemory"]
PAGE = 65536
CELLS = -1  # instead of a number of samples: all combinations of operands that fit what is in memory
MAGIC = b"TNVEC01\n"


# ---- operands -------------------------------------------------------------------------------------------------------------

def ints(bits, values):
    """Values as unsigned little-endian bytes of `bits` bits."""
    return [(v % (1 << bits)).to_bytes(bits // 8, "little") for v in values]


def i_values(bits):
    top = bits - 1
    base = [0, 1, -1, 2, -2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 0x5A5A5A5A5A5A5A5A, 0x1234567890ABCDEF,
            (1 << top) - 1, 1 << top, (1 << top) + 1, (1 << top) - 2, 1 << (top // 2), (1 << (bits // 2)) - 1, 1 << (bits // 2),
            (1 << (bits // 2)) + 1, -(1 << (bits // 2)), 10]
    more = [32767, 32768, 65535, 65536, 0x7FFFFF, 0x800000, 0xFFFFFF, 0x1000000, 0x1000001, 0x1000003, 0x7FFFFFBF, 0x7FFFFFC0,
            0x80000080, 0x80000081, -0x8000, -0x8001, -0x81, -0x80, 0x10101010, 0xF0F0F0F0, 0xAAAAAAAA]
    if bits == 64:
        more += [0x80000000, 0xFFFFFFFF, 0x1FFFFFFFFFFFFF, 0x20000000000000, 0x20000000000001, 0x20000000000003,
                 0x7FFFFFFFFFFFFC00, 0x7FFFFFFFFFFFFDFF, 0x7FFFFFFFFFFFFE00, 0x8000000000000400, 0x8000000000000401,
                 0xFFFFFFFFFFFFFBFF, 0xFFFFFFFFFFFFFC00, 0xFFFFFFFFFFFFFFFE, 0x7FFFFFBFFFFFFFFF, 0x7FFFFFC000000000,
                 0x8000008000000000, 0x8000008000000001, 0xFFFFFF7FFFFFFFFF, 0xFFFFFF8000000000, -0x80000000, -0x80000001,
                 0xAAAAAAAAAAAAAAAA]
    return ints(bits, base), ints(bits, more)


F32_BITS = [
    0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000, 0x80800000, 0x7F7FFFFF,
    0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7FC12345, 0x7F800001, 0xFFA00000, 0x3F000000, 0xBF000000,
    0x3FC00000, 0xC0200000, 0x3EFFFFFF, 0x3F7FFFFF, 0xBF7FFFFF, 0x3F800001, 0x3F800800, 0x40490FDB, 0xC2F6E979, 0x4B000001,
    0x4EFFFFFF, 0x2F800001,
    # beyond the first 32: the edges of conversions and of rounding
    0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF, 0x5F000000, 0xDF000000, 0xDF000001, 0x5F7FFFFF,
    0x5F800000, 0x4AFFFFFF, 0xCAFFFFFF, 0x4B7FFFFF, 0x4B800000, 0x40200000, 0x40600000, 0xBFC00000, 0xC0600000, 0x80000010,
    0x0D800000, 0x7F000000, 0x00FFFFFF, 0x42FE0000, 0x43000000, 0x437F0000, 0xFFFFFFFF, 0x7FFFFFFF, 0xFF800001, 0xFFC00001,
]
F64_BITS = [
    0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000, 0x0000000000000001, 0x8000000000000001,
    0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x8010000000000000, 0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFF, 0x7FF0000000000000,
    0xFFF0000000000000, 0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8123456789ABC, 0x7FF0000000000001, 0xFFF4000000000000,
    0x3FE0000000000000, 0xBFE0000000000000, 0x3FF8000000000000, 0xC004000000000000, 0x3FDFFFFFFFFFFFFF, 0x3FEFFFFFFFFFFFFF,
    0xBFEFFFFFFFFFFFFF, 0x3FF0000000000001, 0x3FF0000004000000, 0x400921FB54442D18, 0xC05EDD3C07EE0B0B, 0x4330000000000001,
    0x41DFFFFFFFC00000, 0x3CA0000000000001,
    # beyond the first 32
    0x41E0000000000000, 0xC1E0000000000000, 0xC1E0000000200000, 0xC1E00000001FFFFF, 0x41DFFFFFFFFFFFFF, 0x41EFFFFFFFE00000,
    0x41EFFFFFFFFFFFFF, 0x41F0000000000000, 0x43DFFFFFFFFFFFFF, 0x43E0000000000000, 0xC3E0000000000000, 0xC3E0000000000001,
    0x43EFFFFFFFFFFFFF, 0x43F0000000000000, 0x432FFFFFFFFFFFFF, 0xC32FFFFFFFFFFFFF, 0x433FFFFFFFFFFFFF, 0x4004000000000000,
    0x400C000000000000, 0xBFF8000000000000, 0xC00C000000000000,
    0x47EFFFFFE0000000, 0x47EFFFFFEFFFFFFF, 0x47EFFFFFF0000000, 0xC7EFFFFFF0000000, 0x36A0000000000000, 0x3690000000000000,
    0x3690000000000001, 0x380FFFFFE0000000, 0x380FFFFFF0000000, 0x3FF0000010000000, 0x3FF0000030000000, 0xFFFFFFFFFFFFFFFF,
    0x7FFFFFFFFFFFFFFF, 0x7FF7FFFFFFFFFFFF, 0xFFF0000000000001, 0x7FF0000020000000,
]


def lanes(values, width, step):
    """32 vectors: lane j of vector k is value (k + j * step) mod 32, so that all pairs of vectors give, in every lane, all
    pairs of values."""
    count = 16 // width
    return [b"".join(values[(k + j * step) % 32] for j in range(count)) for k in range(32)]


def pattern():
    return bytes((a * 167 + (a >> 8) * 13 + 5) & 0xFF for a in range(PAGE))


def tables():
    i, i_more = i_values(32)
    l, l_more = i_values(64)
    f = [struct.pack("<I", b) for b in F32_BITS]
    d = [struct.pack("<Q", b) for b in F64_BITS]
    b8 = ints(8, [0, 1, -1, 2, -2, 3, 7, 8, 15, 16, 17, 31, 32, 63, 64, 65, 85, 100, 126, 127, -128, -127, -126, -100, -86, -65,
                  -64, -33, -32, -16, -8, -3])
    h16 = ints(16, [0, 1, -1, 2, -2, 127, 128, 129, 255, 256, 257, -127, -128, -129, -255, -256, 0x3FFF, 0x4000, 0x4001, 0x7FFE,
                    0x7FFF, 0x8000, 0x8001, 0x8002, 0x5A5A, 0xA5A5, 0x00FF, 0xFF00, 0x1234, 0xC000, 181, -182])
    w32 = [v[:4] for v in i]
    generic = lanes(b8, 1, 5)[:6] + lanes(h16, 2, 7)[:6] + lanes(w32, 4, 9)[:6] + lanes(l, 8, 13)[:6] + lanes(f, 4, 8)[9:13] + \
        lanes(d, 8, 16)[9:11] + [bytes(16), b"\xff" * 16]
    shuffles = [bytes(range(16)), bytes(range(15, -1, -1)), bytes(range(16, 32)), bytes([0] * 16), bytes([255] * 16),
                bytes([15, 16] * 8), bytes([128, 1, 2, 255] * 4), bytes([127] * 16), bytes([0x80 | j for j in range(16)]),
                bytes([0xF0 | j for j in range(16)]), bytes([(j * 7 + 3) % 16 for j in range(16)]),
                bytes([(j * 5 + 9) % 24 for j in range(16)]), bytes([0x70 | j for j in range(16)]), bytes([16] * 16)]
    words = [a.to_bytes(4, "little") for a in (
        0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 24, 31, 32, 100, 255, 256, 1000, 4096, 32768, PAGE - 32, PAGE - 17, PAGE - 16,
        PAGE - 15, PAGE - 9, PAGE - 8, PAGE - 7, PAGE - 5, PAGE - 4, PAGE - 3, PAGE - 2, PAGE - 1, PAGE, PAGE + 1, 0x7FFFFFFF,
        0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF)]
    # for compare-and-exchange: addresses, and what is there in each width, also with other bits above
    cells = [0, 8, 24, PAGE - 8]
    image = pattern()
    there = [int.from_bytes(image[a:a + w], "little") for a in cells for w in (1, 2, 4, 8)]
    found = there + [v | 0x5A5A5A5A5A5A5A5A << 8 * w & 0xFFFFFFFFFFFFFFFF for v, w in zip(there, (1, 2, 4, 8) * 4)]
    return {"a": [a.to_bytes(4, "little") for a in cells], "c": ints(32, found), "C": ints(64, found), "i": i + i_more, "l": l + l_more, "f": f, "d": d, "m": words, "v": generic, "b": lanes(b8, 1, 5),
            "h": lanes(h16, 2, 7), "w": lanes(w32, 4, 9), "q": lanes(l, 8, 13), "F": lanes(f[:32], 4, 9),
            "D": lanes(d[:32], 8, 16 + 3), "x": shuffles}


TABLES = tables()
SHAPES = {"i8x16": "b", "i16x8": "h", "i32x4": "w", "i64x2": "q", "f32x4": "F", "f64x2": "D"}


def samples():
    rng = random.Random(20240229)
    return [tuple(rng.randrange(256) for _ in range(4)) for _ in range(1024)]


SAMPLES = samples()


# ---- instructions ---------------------------------------------------------------------------------------------------------

class Row:
    def __init__(self, prefix, code, name, text, feature, imm, sig, mem, flags):
        self.prefix, self.code, self.mem = int(prefix, 16), int(code, 16), int(mem)
        self.name, self.text, self.feature, self.imm, self.sig = name, text, feature, imm, sig
        self.flags = {f.strip() for f in flags.split("|")}
        self.params, _, self.results = sig.partition(":")


def rows():
    pattern = re.compile(r'^OP\((\w+), (\w+), (\w+), "([^"]+)", (\w+), (\w+), "([^"]+)", (\d+), ([^)]*)\)', re.M)
    return [Row(*m.groups()) for m in pattern.finditer(OPCODES.read_text())]


def wanted(row):
    """Fixed signature, and something to observe."""
    return row.sig not in ("*", ":")


def group(row):
    if row.feature == "threads":
        return "atomic"
    if row.mem:
        return "memory"
    if row.feature == "relaxed_simd":
        return "relaxed"
    if row.feature == "wide_arithmetic":
        return "wide"
    return row.text.split(".")[0]


def float_shape(row):
    """Lane width of float results, for classes of NaN."""
    head = row.text.split(".")[0]
    return {"f32": 4, "f32x4": 4, "f64": 8, "f64x2": 8}[head]


def table_for(row, position):
    """Which operand table a position draws from."""
    letter = row.params[position]
    if letter != "v":
        return letter
    head, _, tail = row.text.partition(".")
    if tail in ("swizzle", "relaxed_swizzle"):
        return "bx"[position]
    if tail.startswith("relaxed_dot_i8x16"):
        return "bbw"[position]
    if tail == "relaxed_laneselect" or head == "v128":
        return "v"
    source = re.search(r"(?:i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)", tail)
    return SHAPES[source.group(0) if source else head]


def uleb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sleb(value):
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def immediates(row):
    """(bytes of the immediate, its text, sampled cases or None for all) for each block of an instruction."""
    if row.imm == "None":
        yield b"", "", None
    elif row.imm in ("I32", "I64"):
        bits = 32 if row.imm == "I32" else 64
        for v in TABLES["i" if bits == 32 else "l"]:
            n = int.from_bytes(v, "little", signed=True)
            yield sleb(n), str(n), None
    elif row.imm in ("F32", "F64"):
        for v in TABLES["f" if row.imm == "F32" else "d"]:
            yield v, None, None
    elif row.imm == "V128":
        for v in TABLES["v"]:
            yield v, "i8x16 " + " ".join(map(str, v)), None
    elif row.imm == "Lane":
        count = int(row.text.split(".")[0].split("x")[1])
        for lane in range(count):
            yield bytes([lane]), str(lane), None if lane in (0, count - 1) or len(row.params) == 1 else 48
    elif row.imm == "Shuffle":
        rng = random.Random(7)
        picks = [list(range(16)), list(range(16, 32)), [31 - j for j in range(16)], [0] * 16, [31] * 16,
                 [j // 2 + 16 * (j % 2) for j in range(16)], [8 + j // 2 + 16 * (j % 2) for j in range(16)],
                 [j * 2 for j in range(16)], [j * 2 + 1 for j in range(16)]]
        picks += [[rng.randrange(32) for _ in range(16)] for _ in range(7)]
        for p in picks:
            yield bytes(p), " ".join(map(str, p)), 64
    elif row.imm in ("MemArg", "MemArgLane"):
        log = row.mem.bit_length() - 1
        lanes_count = 16 // row.mem
        if "wait" in row.text:
            offsets = (0, 8)
        else:
            offsets = (0, 8, 3 if row.feature == "threads" else PAGE - row.mem, 0xFFFFFFFF)
        for offset in offsets:
            for align in {log} if row.feature == "threads" else {0, log}:
                if align == 0 and log and offset:
                    continue
                for lane in ({0, lanes_count // 2, lanes_count - 1} if row.imm == "MemArgLane" else {None}):
                    extra = b"" if lane is None else bytes([lane])
                    text = f"offset={offset} align={1 << align}" + ("" if lane is None else f" {lane}")
                    yield uleb(align) + uleb(offset) + extra, text, None if len(row.params) == 1 else 96
        if "cmpxchg" in row.text:
            yield uleb(log) + uleb(0), f"offset=0 align={1 << log}", CELLS
    else:
        raise SystemExit(f"{row.text}: no rule for immediate {row.imm}")


# ---- the engine -----------------------------------------------------------------------------------------------------------

class Peer:
    def __init__(self):
        import wasmtime

        self.w = wasmtime
        config = wasmtime.Config()
        config.wasm_relaxed_simd = True
        config.wasm_relaxed_simd_deterministic = True
        config.wasm_threads = True
        config.wasm_multi_memory = True
        config.wasm_wide_arithmetic = True
        self.engine = wasmtime.Engine(config)
        self.trap_texts = {"out of bounds memory access": "MemoryOutOfBounds", "unaligned atomic": "HeapMisaligned",
                           "integer overflow": "IntegerOverflow", "integer divide by zero": "IntegerDivisionByZero",
                           "invalid conversion to integer": "BadConversionToInteger",
                           "atomic wait on non-shared memory": "AtomicWaitNonSharedMemory"}
        version = importlib.metadata.version("wasmtime")
        self.producer = f"PyPI wasmtime {version}, Cranelift, relaxed SIMD deterministic"

    def trap_status(self, trap):
        words = str(trap).split("wasm trap: ")[-1].strip().splitlines()[0]
        if words not in self.trap_texts:
            raise trap
        return TRAPS.index(self.trap_texts[words]) + 1

    def module(self, row, imm, imm_text, alternative):
        """Case k: operands at k * 64, 16 bytes apart in memory 0; results at 131072 + k * 32; memory 1 is the one tested."""
        def load(p, n):
            return f"({TYPE[p]}.load offset={16 * n} (local.get $p))"
        op = row.text
        if row.imm in ("MemArg", "MemArgLane"):
            body = f"{op} 1 {imm_text}"
        elif row.imm in ("F32", "F64"):
            bits = int.from_bytes(imm, "little")
            t = row.imm.lower()
            body = f"{t}.const {self.float_text(bits, t)}"
        else:
            body = f"{op} {imm_text}".strip()
        args = " ".join(load(p, n) for n, p in enumerate(row.params))
        if alternative:
            args, body = "", self.alternative(op, *(load("v", n) for n in range(len(row.params))))
        locals_ = " ".join(f"(local $r{n} {TYPE[r]})" for n, r in enumerate(row.results))
        sets = " ".join(f"local.set $r{n}" for n in reversed(range(len(row.results))))
        stores = " ".join(f"({TYPE[r]}.store offset={16 * n} (local.get $q) (local.get $r{n}))"
                          for n, r in enumerate(row.results))
        text = f"""(module (memory (export "m") 4) (memory (export "t") 1 1)
          (func $one (export "one") (param $k i32) (local $p i32) (local $q i32) {locals_}
            (local.set $p (i32.mul (local.get $k) (i32.const 64)))
            (local.set $q (i32.add (i32.const 131072) (i32.mul (local.get $k) (i32.const 32))))
            {args} {body} {sets} {stores})
          (func (export "all") (param $n i32) (local $k i32)
            (loop (call $one (local.get $k))
              (br_if 0 (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (local.get $n))))))"""
        return self.w.Module(self.engine, text)

    @staticmethod
    def alternative(op, a, b, c=""):
        """The other permitted behaviour of a relaxed instruction, from instructions that are not relaxed."""
        if "madd" in op:
            shape = op.split(".")[0]
            return f"({shape}.add ({shape}.mul {f'({shape}.neg {a})' if 'nmadd' in op else a} {b}) {c})"
        eight = "(i32.const 8)"
        even = [f"(i16x8.shr_s (i16x8.shl {v} {eight}) {eight})" for v in (a, b)]
        odd = [f"(i16x8.shr_s {v} {eight})" for v in (a, b)]
        dot = f"(i16x8.add_sat_s (i16x8.mul {' '.join(even)}) (i16x8.mul {' '.join(odd)}))"
        return f"(i32x4.add (i32x4.extadd_pairwise_i16x8_s {dot}) {c})" if c else dot

    @staticmethod
    def float_text(bits, kind):
        frac = 23 if kind == "f32" else 52
        total = 32 if kind == "f32" else 64
        sign = "-" if bits >> (total - 1) else ""
        exponent = bits >> frac & ((1 << (total - 1 - frac)) - 1)
        mantissa = bits & ((1 << frac) - 1)
        if exponent == (1 << (total - 1 - frac)) - 1:
            return sign + (f"nan:0x{mantissa:x}" if mantissa else "inf")
        bias = 127 if kind == "f32" else 1023
        if exponent == 0:
            return f"{sign}0x{mantissa:x}p{1 - bias - frac}"
        return f"{sign}0x{mantissa | 1 << frac:x}p{exponent - bias - frac}"

    def run(self, row, imm, imm_text, cases, alternative=False):
        """Statuses and, for each result, the values of all cases."""
        w = self.w
        store = w.Store(self.engine)
        instance = w.Instance(store, self.module(row, imm, imm_text, alternative), [])
        exports = instance.exports(store)
        memory, tested = exports["m"], exports["t"]
        memory.write(store, b"".join(b"".join(v.ljust(16, b"\0") for v in case).ljust(64, b"\0") for case in cases), 0)
        status = bytearray(len(cases))
        windows = []
        if not row.mem and "Traps" not in row.flags:
            exports["all"](store, len(cases))
        else:
            image = pattern()
            offset = int(re.search(r"offset=(\d+)", imm_text).group(1)) if row.mem else 0
            for k, case in enumerate(cases):
                if row.mem:
                    tested.write(store, image, 0)
                try:
                    exports["one"](store, k)
                except w.Trap as trap:
                    status[k] = self.trap_status(trap)
                if row.mem:
                    at = int.from_bytes(case[0], "little") + offset
                    windows.append(bytes(tested.read(store, min(at, PAGE), min(at + 16, PAGE))).ljust(16, b"\0"))
        raw = bytes(memory.read(store, 131072, 131072 + 32 * len(cases)))
        values = []
        for n, r in enumerate(row.results):
            values.append([bytes(WIDTH[r]) if status[k] else raw[32 * k + 16 * n:32 * k + 16 * n + WIDTH[r]]
                           for k in range(len(cases))])
        if row.mem:
            values.append([bytes(16) if status[k] else windows[k] for k in range(len(cases))])
        return status, values


# ---- classes of NaN -------------------------------------------------------------------------------------------------------

def parts(width):
    frac = 23 if width == 4 else 52
    return frac, (1 << (width * 8 - 1 - frac)) - 1


def is_nan(bits, width):
    frac, exponent = parts(width)
    return (bits >> frac & exponent) == exponent and bits & ((1 << frac) - 1) != 0


def canonical(width):
    frac, exponent = parts(width)
    return exponent << frac | 1 << (frac - 1)


def is_canonical(bits, width):
    return bits & ~(1 << (8 * width - 1)) == canonical(width)


def classify(row, case, value):
    """Replaces NaNs by their class, after checking that the engine's NaN is of that class."""
    width = float_shape(row)
    source = width
    if "promote" in row.text:
        source = 4
    elif "demote" in row.text:
        source = 8
    out = bytearray(value)
    for lane in range(len(value) // width):
        bits = int.from_bytes(value[lane * width:lane * width + width], "little")
        if not is_nan(bits, width):
            continue
        operands = []
        for operand in case:
            chunk = operand[lane * source:lane * source + source]
            if len(chunk) == source:
                operands.append(int.from_bytes(chunk, "little"))
        open_bits = all(is_canonical(o, source) for o in operands if is_nan(o, source))
        quiet = bits >> (parts(width)[0] - 1) & 1
        if not quiet or (open_bits and not is_canonical(bits, width)):
            raise SystemExit(f"{row.text}: the engine's NaN {bits:x} is not of the class that the specification asks")
        out[lane * width:lane * width + width] = (canonical(width) + (0 if open_bits else 1)).to_bytes(width, "little")
    return bytes(out)


# ---- writing --------------------------------------------------------------------------------------------------------------

def block(peer, row, imm, imm_text, sampled):
    ids = [table_for(row, n) for n in range(len(row.params))]
    pair_limit = 32 if len(ids) > 1 else 255
    counts = [min(len(TABLES[t]), pair_limit if t != "m" else 255) for t in ids]
    if "wait" in row.text:
        counts[0] = 1  # which of several reasons to trap comes first is not specified: an aligned address in bounds
    if sampled == CELLS:
        ids, counts, sampled = ["a", "c" if row.params[1] == "i" else "C", row.params[2]], [4, 32, 2], None
    elif len(ids) > 2 and not sampled:
        sampled = 1024
    if sampled:
        picks = [tuple(s[n] % c for n, c in enumerate(counts)) for s in SAMPLES[:sampled]]
    else:
        picks = list(itertools.product(*map(range, counts)))
    cases = [tuple(TABLES[t][p] for t, p in zip(ids, pick)) for pick in picks]
    status, values = peer.run(row, imm, imm_text, cases)
    sets = [values]
    if "madd" in row.text or "relaxed_dot" in row.text:
        sets.append(peer.run(row, imm, imm_text, cases, alternative=True)[1])
    nan = "NanResult" in row.flags
    if nan:
        sets = [[[v if status[k] else classify(row, cases[k], v) for k, v in enumerate(column)] for column in values]
                for values in sets]
        values = sets[0]
    letters = row.results + ("w" if row.mem else "")
    flags = (1 if sampled else 0) | (2 if any(status) else 0) | (4 if nan else 0) | (8 if row.mem else 0) | \
        (16 if len(sets) > 1 else 0)
    out = bytearray(struct.pack("<BHB", row.prefix, row.code, len(imm)) + imm + bytes([flags, len(ids)]))
    for p, t, c in zip(row.params, ids, counts):
        out += bytes([ord(p), ord(t), c])
    out.append(len(letters))
    widths = []
    for letter, column in zip(letters, values):
        narrow = letter in "il" and all(not any(v[1:]) for v in column)
        widths.append(1 if narrow else WIDTH[letter])
        out += bytes([ord(letter), widths[-1]])
    out += struct.pack("<H", len(cases))
    if any(status):
        out += status
    for values in sets:
        for width, column in zip(widths, values):
            for v in column:
                out += v[:width]
    return bytes(out), len(cases)


def build(peer, only=None):
    groups = {}
    for row in rows():
        if wanted(row) and (only is None or only == group(row)):
            groups.setdefault(group(row), []).append(row)
    for name, members in sorted(groups.items()):
        blocks, cases = [], 0
        for row in members:
            for imm, text, sampled in immediates(row):
                data, n = block(peer, row, imm, text, sampled)
                blocks.append(data)
                cases += n
        producer = peer.producer.encode()
        out = bytearray(MAGIC + struct.pack("<H", len(producer)) + producer + bytes([len(TRAPS)]))
        for t in TRAPS:
            out += bytes([len(t)]) + t.encode()
        out.append(len(TABLES))
        for ident, values in TABLES.items():
            out += bytes([ord(ident), len(values[0]), len(values)]) + b"".join(values)
        out += struct.pack("<H", len(SAMPLES)) + b"".join(bytes(s) for s in SAMPLES)
        out += struct.pack("<H", len(blocks)) + b"".join(blocks)
        yield name, bytes(out), len(members), len(blocks), cases


def main():
    args = argparse.ArgumentParser(description="make or check the numeric vectors")
    args.add_argument("--check", action="store_true", help="compare with the committed files instead of writing")
    args.add_argument("--group", help="only this file")
    args = args.parse_args()
    peer = Peer()
    bad = total_bytes = total_cases = total_ops = 0
    for name, data, ops, blocks, cases in build(peer, args.group):
        path = HERE / f"{name}.bin"
        total_bytes, total_cases, total_ops = total_bytes + len(data), total_cases + cases, total_ops + ops
        if args.check:
            old = path.read_bytes()
            cut = len(MAGIC) + 2 + struct.unpack_from("<H", old, len(MAGIC))[0]
            new_cut = len(MAGIC) + 2 + struct.unpack_from("<H", data, len(MAGIC))[0]
            same = old[cut:] == data[new_cut:]
            bad += not same
            print(f"{name}: {'same' if same else 'DIFFERENT'} ({cases} cases)")
        else:
            path.write_bytes(data)
            print(f"{name}: {ops} instructions, {blocks} blocks, {cases} cases, {len(data)} bytes")
    print(f"{total_ops} instructions, {total_cases} cases, {total_bytes} bytes, {peer.producer}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
