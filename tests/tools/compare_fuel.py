#!/usr/bin/env python3
"""Compares the fuel that tests/fuel/*.wat say they consume with what Wasmtime counts.

    compare_fuel.py            run with a Python that has wasmtime 43; exit 1 lists what differs
    compare_fuel.py --write    rewrite the headers, where nothing stands against it

A program imports host functions "host" "nothing" and "host" "call" (which calls its argument) and exports "run". Its header says

    ;; CONSUMED: 81                            of 1000000, by instantiation and run together
    ;; ENDS: ok                                or the message that ends it
    ;; WASMTIME-43: 6 why that is not right    where it is another number, which is then not compared with CONSUMED

CONSUMED of the last kind is what Wasmtime 50 counts. (It has other prices for bulk operations and start functions.)
"""

import pathlib
import re
import sys

import wasmtime
from wasmtime import _bindings as bindings

FOLDER = pathlib.Path(__file__).parents[1] / "fuel"
FUEL = 1_000_000


def engine():
    config = wasmtime.Config()
    config.consume_fuel = True
    for feature in ("exceptions", "function_references", "gc", "tail_call", "threads"):
        getattr(bindings, f"wasmtime_config_wasm_{feature}_set")(config.ptr(), True)
    bindings.wasmtime_config_shared_memory_set(config.ptr(), True)
    return wasmtime.Engine(config)


def run(wat):
    """What a program consumes, and how it ends."""
    store = wasmtime.Store(engine())
    store.set_fuel(FUEL)
    linker = wasmtime.Linker(store.engine)
    linker.define_func("host", "nothing", wasmtime.FuncType([], []), lambda: None)
    linker.define_func("host", "call", wasmtime.FuncType([wasmtime.ValType.funcref()], []), lambda func: func(store))
    ends = "ok"
    try:
        instance = linker.instantiate(store, wasmtime.Module(store.engine, wat))
        instance.exports(store)["run"](store)
    except (wasmtime.WasmtimeError, wasmtime.Trap) as error:
        ends = re.sub(r"^\d+: ", "", str(error).strip().splitlines()[-1].strip())
    return FUEL - store.get_fuel(), ends


def main(write):
    failed = compared = 0
    for path in sorted(FOLDER.glob("*.wat")):
        text = path.read_text()
        header = dict(re.findall(r"^;; ([A-Z0-9-]+): (.*)$", text, re.M))
        consumed, ends = run(text)
        if write and "WASMTIME-43" not in header:
            text = re.sub(r"^;; (CONSUMED|ENDS): .*\n", "", text, flags=re.M)
            path.write_text(f";; CONSUMED: {consumed}\n;; ENDS: {ends}\n{text}")
            continue
        compared += 1
        wanted = [header.get("CONSUMED"), header.get("WASMTIME-43", "none").split()[0]]
        if str(consumed) not in wanted or ends != header.get("ENDS"):
            failed += 1
            print(f"{path.name}: consumed {consumed} and ended with {ends}, the file says {header}")
    print(f"{compared} programs, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--write"]))
