"""Runs modules on Wasmtime, of the PyPI package `wasmtime`, for differ.py: records on the standard input (see runner.cpp), a line
with the outcome of each on the standard output.
"""

import ctypes
import sys
import zlib

import wasmtime as w
from wasmtime import _bindings as c

SETTINGS = {"wasm_threads": True, "wasm_tail_call": True, "wasm_reference_types": True, "wasm_simd": True, "wasm_bulk_memory": True,
           "wasm_multi_value": True, "wasm_multi_memory": True, "wasm_memory64": True, "wasm_relaxed_simd": True,
           "wasm_relaxed_simd_deterministic": True, "wasm_exceptions": True, "wasm_function_references": True, "wasm_gc": True,
           "wasm_wide_arithmetic": True, "wasm_custom_page_sizes": True, "shared_memory": True, "parallel_compilation": False,
           "cranelift_opt_level": "none"}
MASK = (1 << 64) - 1
ENGINE_MODULES = 500  # a new engine after so many: it keeps types


def engine(canonical):
    config = w.Config()
    for name, value in SETTINGS.items():
        setattr(config, name, value)
    config.cranelift_nan_canonicalization = canonical
    c.wasmtime_config_cranelift_regalloc_algorithm_set(config.ptr(), 1)  # the quick one
    return w.Engine(config)


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Host:
    def __init__(self):
        self.seen = 0

    def see(self, value):
        self.seen = (((self.seen << 9) | (self.seen >> 55)) + value) & MASK

    def h0(self, a):
        a &= 0xffffffff
        self.see(a)
        return signed(a * 2654435761 + 12345, 32)

    def h1(self, a, b):
        a &= 0xffffffff
        b &= MASK
        self.see(b ^ a)
        return signed((((b << 17) | (b >> 47)) & MASK) ^ (a * 0x9e3779b97f4a7c15), 64)


def import_of(store, name, host):
    if name == "h0":
        return w.Func(store, w.FuncType([w.ValType.i32()], [w.ValType.i32()]), host.h0)
    if name == "h1":
        return w.Func(store, w.FuncType([w.ValType.i32(), w.ValType.i64()], [w.ValType.i64()]), host.h1)
    if name == "gi":
        return w.Global(store, w.GlobalType(w.ValType.i32(), False), w.Val.i32(77))
    if name == "gl":
        return w.Global(store, w.GlobalType(w.ValType.i64(), True), w.Val.i64(0x123456789))
    if name == "mem":
        return w.Memory(store, w.MemoryType(w.Limits(1, 4)))
    return w.Table(store, w.TableType(w.ValType.funcref(), w.Limits(10, 30)), None)


def reason(error):
    text = error.message if isinstance(error, w.Trap) else str(error)
    for line in text.splitlines():
        if "wasm trap: " in line:
            return line.split("wasm trap: ")[1].strip()
    if "thrown Wasm exception" in text:
        return "exception"
    return text.replace("\n", " ")


def size_of(store, item):
    return item.data_len() if isinstance(item, w.SharedMemory) else item.data_len(store)


def bytes_of(store, item):
    at = item.data_ptr() if isinstance(item, w.SharedMemory) else item.data_ptr(store)
    return ctypes.string_at(at, size_of(store, item))


def outcome(engine, wasm, calls):
    store = w.Store(engine)
    try:
        module = w.Module(engine, wasm)
    except w.WasmtimeError as error:
        return "invalid " + str(error).replace("\n", " ")
    host = Host()
    imports = [import_of(store, item.name, host) for item in module.imports]
    try:
        instance = w.Instance(store, module, imports)
    except (w.Trap, w.WasmtimeError) as error:
        return f"start {reason(error)} {host.seen:x}"
    exports = instance.exports(store)
    out = []
    for name, a, b in calls:
        try:
            result = exports[name](store) if name == "d" else exports[name](store, signed(a, 64), signed(b, 64))
            out.append(f"{name}={result & MASK:x}")
        except (w.Trap, w.WasmtimeError) as error:
            out.append(f"{name}!{reason(error)}")
        except Exception as error:  # what this package has no name for
            out.append(f"{name}!{reason(error)}")
    for name, item in exports.items():
        if isinstance(item, (w.Memory, w.SharedMemory)):
            out.append(f"{name}:{size_of(store, item)}:{zlib.crc32(bytes_of(store, item)):x}")
        elif isinstance(item, w.Table):
            out.append(f"{name}:{item.size(store)}")
        elif isinstance(item, w.Global):
            wide = item.type(store).content == w.ValType.i64()
            out.append(f"{name}:{item.value(store) & (MASK if wide else 0xffffffff):x}")
    out.append(f"host:{host.seen:x}")
    return ";".join(out)


def main():
    engines = {}
    count = 0
    source = sys.stdin.buffer
    while head := source.readline():
        seed, _, canonical, size, calls = head.decode().split()
        wasm = source.read(int(size))
        calls = [] if calls == "-" else [(n, int(a, 16), int(b, 16)) for n, a, b in (call.split(":") for call in calls.split(","))]
        if count % ENGINE_MODULES == 0:
            engines = {"engine": engine(True), "code": engine(False)}
        count += 1
        print(outcome(engines[canonical], wasm, calls), flush=True)


if __name__ == "__main__":
    main()
