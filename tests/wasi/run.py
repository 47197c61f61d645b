"""Runs one guest: compiles tests/wasi/NAME.c for wasm32-wasi and runs it as its header says.

    run.py NAME.c TENON BUILD_FOLDER

Header lines, each beginning with "// ":
    RUN: ARGUMENTS     a call of `tenon run`; NAME.wasm is the guest, {dir} an empty folder, new for each call
    STDIN: TEXT        what the call before is given, without a newline at the end
    STDOUT: LINE       what it prints, line by line; nothing where there is none
    STDERR: TEXT       what its standard error contains; without one, it is empty
    EXIT: CODE         its exit code, 0 where it is not given

Exit code 77: no compiler for the guest is installed.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile


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
    compiler = shutil.which("clang-19") or shutil.which("clang")
    if not compiler or not os.path.exists("/usr/lib/wasm32-wasi"):
        print("no clang with wasi-libc: not run")
        return 77
    name = os.path.basename(source)[: -len(".c")]
    os.makedirs(folder, exist_ok=True)
    guest = os.path.join(folder, name + ".wasm")
    if not os.path.exists(guest) or os.path.getmtime(guest) < os.path.getmtime(source):
        made = guest + "." + str(os.getpid())
        subprocess.run([compiler, "--target=wasm32-wasi", "-O1", "-Wall", "-Wno-unused-function", "-D_GNU_SOURCE", source, "-o", made], check=True)
        os.replace(made, guest)
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


sys.exit(main())
