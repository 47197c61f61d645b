"""Plants bugs, one at a time, and shows that the tests find each: in the walk of paths and the table of descriptors, which the suite
must find, and in the interpreter, which the differential run must find.

Usage: planted.py BUILD [NAME...]      BUILD is a built preset's folder; bugs or groups (wasi, interp) by name, all without one

A bug is a patch beside this file whose first line says what is wrong; the library of the files that it changes is its group. It is
applied to a scratch copy of its source; only what it touches is compiled anew, and linked with what BUILD holds. Then the group's
tests run until something fails. The last line counts.
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
DIFFER = [sys.executable, str(ROOT / "tests/differential/differ.py")]
MODULES = 8000  # within which the differential run must find a bug


def command_for(build, target):
    """What ninja runs to make one output."""
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", target], capture_output=True, text=True, check=True).stdout
    return lines.strip().splitlines()[-1]


def suite_wasi(programs, guests):
    """(name, command) of tests, the quick ones first."""
    tenon, unit = programs
    yield "unit/wasi", [unit, "--gtest_brief=1"]
    for path in sorted((ROOT / "tests/wasi").glob("*.c")):
        yield f"wasi/{path.stem}", [sys.executable, str(ROOT / "tests/wasi/run.py"), str(path), tenon, guests]
    yield "escape", [sys.executable, str(ROOT / "tests/escape/escape.py"), tenon, guests]


def suite_interp(programs, _):
    yield "differ", [*DIFFER, programs[0], str(MODULES), "--stop"]


# Programs that the tests of a group need, and the tests. One of the unit tests and one that runs guests are enough.
GROUPS = {
    "wasi": (("bin/tenon", "tenon_wasi_test"), suite_wasi),
    "interp": (("tests/differential/differ_runner",), suite_interp),
}


def files_of(patch):
    return re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.M)


def group_of(patch):
    return files_of(patch)[0].split("/")[1]


def plant(build, patch, scratch):
    """The group's programs with the bug in them."""
    files, library = files_of(patch), f"tenon_{group_of(patch)}"
    archive = os.path.join(scratch, f"lib{library}.a")
    shutil.copy(os.path.join(build, f"lib{library}.a"), archive)
    for name in files:
        copy = os.path.join(scratch, name)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(ROOT / name, copy)
    subprocess.run(["patch", "-s", "-p1", "-d", scratch, "-i", str(patch)], check=True)
    for name in files:
        made = f"CMakeFiles/{library}.dir/{name}.o"
        command = command_for(build, made)
        out = os.path.join(scratch, os.path.basename(name) + ".o")
        command = command.replace(str(ROOT / name), os.path.join(scratch, name)).replace(made, out)
        command = re.sub(r"(?<=\s)\S*/" + re.escape(name) + r"(?=\s|$)", os.path.join(scratch, name), command)
        subprocess.run(command, shell=True, cwd=build, check=True)
        subprocess.run(["ar", "r", archive, out], check=True, capture_output=True)
    programs = []
    for target in GROUPS[group_of(patch)][0]:
        out = os.path.join(scratch, os.path.basename(target))
        command = command_for(build, target)
        command = re.sub(r"-o \S+", f"-o {out}", command, count=1)
        command = re.sub(r"(?<=\s)\S*lib" + library + r"\.a", archive, command)
        command = command.split(" && cd ")[0] if "POST_BUILD" not in command else command
        subprocess.run(command, shell=True, cwd=build, check=True)
        programs.append(out)
    return programs


def find(patch, programs, guests):
    """Which tests fail, until one that runs guests does."""
    by = []
    for name, command in GROUPS[group_of(patch)][1](programs, guests):
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
            failed = done.returncode not in (0, 77)
            if failed and name == "differ":
                name += f" ({re.search('^[0-9]+ modules', done.stdout, re.M)[0]})"
        except subprocess.TimeoutExpired:
            failed = True
        if failed:
            by.append(name)
            if len(by) == 2 or not name.startswith("unit/"):
                break
    return by


def main(build, names):
    build = os.path.abspath(build)
    patches = [path for path in sorted(HERE.glob("*.patch")) if not names or path.stem in names or group_of(path) in names]
    if any(group_of(path) == "interp" for path in patches):
        # What fails without a bug would find them all.
        if subprocess.run([*DIFFER, os.path.join(build, GROUPS["interp"][0][0]), "200"], cwd=ROOT, capture_output=True).returncode:
            print("the differential run fails without a bug, or an engine is missing")
            return 1
    found = 0
    with tempfile.TemporaryDirectory() as guests:
        for patch in patches:
            with tempfile.TemporaryDirectory() as scratch:
                by = find(patch, plant(build, patch, scratch), guests)
                found += bool(by)
                print(f"{patch.stem}: {'found by ' + ', '.join(by) if by else 'NOT FOUND'}", flush=True)
    print(f"{found} of {len(patches)} planted bugs found")
    return 0 if found == len(patches) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
