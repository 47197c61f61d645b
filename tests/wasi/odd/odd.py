"""Each function of preview 1 with odd values in each parameter, in a guest: an errno, or the end of the guest with an error of a
pointer; never the end of the host, never a wait.

Usage: odd.py TENON FOLDER
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import run  # noqa: E402

# Bounds, and numbers of descriptors: streams, a directory, a file, one that was closed.
SMALL = [0, 1, 3, 4, 5, 6, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
LARGE = [0, 1, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 253402300800000000000 & (2**64 - 1), 18446744073709551]
ENDS = re.compile(r"Pointer (out of bounds|not aligned|overflow)|requested len \d+ exceeds limit|exit with invalid exit status")


def attempt(tenon, guest, function, parameter, value):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "file").write_text("0123456789")
        try:
            done = subprocess.run([tenon, "run", "--dir", f"{folder}::/data", guest, function, str(parameter), hex(value)],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        except subprocess.TimeoutExpired:
            return "does not end"
        errors = done.stderr.decode(errors="replace")
        if done.returncode == 0 and not errors:
            return None
        if done.returncode == 1 and ENDS.search(errors):
            return None
        if function == "proc_exit" and not errors:
            return None if done.returncode == value else f"exit code {done.returncode}"
        if function in ("fd_close", "fd_renumber") and not errors and done.returncode in (0, 70, 71):
            return None
        return f"exit code {done.returncode}: {errors.strip()[-300:]}"


def main(tenon, folder):
    guest = run.compile_guest(str(HERE / "odd.c"), folder)
    if guest is None:
        print("no clang with wasi-libc: not run")
        return 77
    cases = []
    for function, parameters in re.findall(r'^P1\((\w+), "(\w*)"', run.TABLE.read_text(), re.M):
        cases.append((function, -1, 0))
        for number, letter in enumerate(parameters):
            cases += [(function, number, value) for value in (LARGE if letter == "I" else SMALL)]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, wrong in zip(cases, pool.map(lambda case: attempt(tenon, guest, *case), cases)):
            if wrong:
                failures += 1
                print("%s, parameter %d, value %#x: %s" % (*case, wrong))
    print(f"{len(cases) - failures} of {len(cases)} calls end well")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
