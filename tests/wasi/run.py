"""Runs one guest: compiles tests/wasi/NAME.c for wasm32-wasi and runs it as its header says.

    run.py NAME.c TENON BUILD_FOLDER

Header lines, each beginning with "// ":
    RUN: ARGUMENTS     a call of `tenon run`; NAME.wasm is the guest, {dir} an empty folder, new for each call
    STDIN: TEXT        what the call before is given, without a newline at the end
    STDOUT: LINE       what it prints, line by line; nothing where there is none
    STDERR: TEXT       what its standard error contains; without one, it is empty
    EXIT: CODE         its exit code, 0 where it is not given

Guests find "p1_imports.h" with a declaration of every function of preview 1 (p1_NAME) and preview 0 (p0_NAME), raw: pointers
and sizes are u32. It is made from the table of functions.

Exit code 77: no compiler for the guest is installed.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile


TABLE = pathlib.Path(__file__).resolve().parents[2] / "include/tenon/wasi/p1/p1.def"


def imports_header():
    lines = ["#include <stdint.h>"]
    for name, params, results in re.findall(r'^P1\((\w+), "(\w*)", "(\w*)"\)', TABLE.read_text(), re.M):
        types = ", ".join("uint64_t" if letter == "I" else "uint32_t" for letter in params) or "void"
        for prefix, module in (("p1", "wasi_snapshot_preview1"), ("p0", "wasi_unstable")):
            if module == "wasi_unstable" and name == "sock_accept":
                continue
            where = f'__attribute__((import_module("{module}"), import_name("{name}")))'
            lines.append(f"{where} {'uint32_t' if results else '_Noreturn void'} {prefix}_{name}({types});")
    return "\n".join(lines) + "\n"


def compile_guest(source, folder):
    """The guest's module, made anew where it is older than its source; None without a compiler."""
    compiler = shutil.which("clang-19") or shutil.which("clang")
    if not compiler or not os.path.exists("/usr/lib/wasm32-wasi"):
        return None
    os.makedirs(folder, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    inputs = [source, TABLE, *pathlib.Path(__file__).parent.glob("*.h")]
    guest = os.path.join(folder, os.path.basename(source)[: -len(".c")] + ".wasm")
    if not os.path.exists(guest) or os.path.getmtime(guest) < max(os.path.getmtime(path) for path in inputs):
        with tempfile.TemporaryDirectory(dir=folder) as made:
            pathlib.Path(made, "p1_imports.h").write_text(imports_header())
            subprocess.run([compiler, "--target=wasm32-wasi", "-O1", "-Wall", "-Wno-unused-function", "-D_GNU_SOURCE", "-I", made, "-I",
                            here, source, "-o", os.path.join(made, "guest")], check=True)
            os.replace(os.path.join(made, "guest"), guest)
    return guest


def calls_of(source):
    calls = []
    with open(source, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("// "):
                break
            word, _, rest = line[3:].rstrip("\n").partition(": ")
            if word == "RUN":
                calls.append({"args": rest, "stdin": "", "stdout": [], "stderr": None, "exit": 0})
            elif word == "STDIN":
                calls[-1]["stdin"] = rest
            elif word == "STDOUT":
                calls[-1]["stdout"].append(rest)
            elif word == "STDERR":
                calls[-1]["stderr"] = rest
            elif word == "EXIT":
                calls[-1]["exit"] = int(rest)
    return calls


def main():
    source, tenon, folder = sys.argv[1:4]
    name = os.path.basename(source)[: -len(".c")]
    guest = compile_guest(source, folder)
    if guest is None:
        print("no clang with wasi-libc: not run")
        return 77
    environment = dict(os.environ, TENON_TEST_INHERITED="from the host")
    failures = 0
    calls = calls_of(source)
    for call in calls:
        with tempfile.TemporaryDirectory() as scratch:
            args = [guest if arg == name + ".wasm" else arg.replace("{dir}", scratch) for arg in shlex.split(call["args"])]
            run = subprocess.run([tenon, "run", *args], input=call["stdin"].encode(), capture_output=True, env=environment, timeout=120)
            stdout, stderr = run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")
            wrong = []
            if run.returncode != call["exit"]:
                wrong.append(f"exit code {run.returncode}, not {call['exit']}")
            if stdout.splitlines() != call["stdout"]:
                wrong.append(f"prints {stdout!r}")
            if (stderr != "") if call["stderr"] is None else (call["stderr"] not in stderr):
                wrong.append("other errors than expected")
            if wrong:
                failures += 1
                print(f"tenon run {call['args']}: {', '.join(wrong)}")
                print(stderr, end="")
    print(f"{len(calls) - failures} of {len(calls)} calls as expected")
    return 1 if failures or not calls else 0


if __name__ == "__main__":
    sys.exit(main())
