"""Plants bugs in the walk of paths and the table of descriptors, one at a time, and shows that the suite finds each.

Usage: planted.py BUILD [NAME...]      BUILD is a built preset's folder; bugs by name, all without one

A bug is a patch beside this file whose first line says what is wrong. It is applied to a scratch copy of its source; only what it
touches is compiled anew, and linked with what BUILD holds. Then the suite runs until something fails. The last line counts.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def command_for(build, target):
    """What ninja runs to make one output."""
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", target], capture_output=True, text=True, check=True).stdout
    return lines.strip().splitlines()[-1]


def suite(tenon, unit, guests):
    """(name, command) of tests, the quick ones first."""
    yield "unit/wasi", [unit, "--gtest_brief=1"]
    for path in sorted((ROOT / "tests/wasi").glob("*.c")):
        yield f"wasi/{path.stem}", [sys.executable, str(ROOT / "tests/wasi/run.py"), str(path), tenon, guests]
    yield "escape", [sys.executable, str(ROOT / "tests/escape/escape.py"), tenon, guests]


def plant(build, patch, scratch):
    """Programs with the bug in them: tenon and the unit tests of wasi."""
    files = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.M)
    archive = os.path.join(scratch, "libtenon_wasi.a")
    shutil.copy(os.path.join(build, "libtenon_wasi.a"), archive)
    for name in files:
        copy = os.path.join(scratch, name)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(ROOT / name, copy)
    subprocess.run(["patch", "-s", "-p1", "-d", scratch, "-i", str(patch)], check=True)
    for name in files:
        made = f"CMakeFiles/tenon_wasi.dir/{name}.o"
        command = command_for(build, made)
        out = os.path.join(scratch, os.path.basename(name) + ".o")
        command = command.replace(str(ROOT / name), os.path.join(scratch, name)).replace(made, out)
        command = re.sub(r"(?<=\s)\S*/" + re.escape(name) + r"(?=\s|$)", os.path.join(scratch, name), command)
        subprocess.run(command, shell=True, cwd=build, check=True)
        subprocess.run(["ar", "r", archive, out], check=True, capture_output=True)
    programs = []
    for target in ("bin/tenon", "tenon_wasi_test"):
        out = os.path.join(scratch, os.path.basename(target))
        command = command_for(build, target)
        command = re.sub(r"-o \S+", f"-o {out}", command, count=1)
        command = re.sub(r"(?<=\s)\S*libtenon_wasi\.a", archive, command)
        command = command.split(" && cd ")[0] if "POST_BUILD" not in command else command
        subprocess.run(command, shell=True, cwd=build, check=True)
        programs.append(out)
    return programs


def main(build, names):
    build = os.path.abspath(build)
    patches = [path for path in sorted(HERE.glob("*.patch")) if not names or path.stem in names]
    found = 0
    with tempfile.TemporaryDirectory() as guests:
        for patch in patches:
            with tempfile.TemporaryDirectory() as scratch:
                tenon, unit = plant(build, patch, scratch)
                by = []
                for name, command in suite(tenon, unit, guests):
                    try:
                        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300)
                        failed = done.returncode not in (0, 77)
                    except subprocess.TimeoutExpired:
                        failed = True
                    if failed:
                        by.append(name)
                        # One of the unit tests and one that runs guests are enough.
                        if len(by) == 2 or name != "unit/wasi":
                            break
                found += bool(by)
                print(f"{patch.stem}: {'found by ' + ', '.join(by) if by else 'NOT FOUND'}", flush=True)
    print(f"{found} of {len(patches)} planted bugs found")
    return 0 if found == len(patches) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
