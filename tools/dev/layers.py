"""Keeps the libraries apart. Three checks, all of which must hold:

1. A file of a library includes only headers of its own library and of those beneath it in layers.toml. Its tests may also include
   what its row of [tests] names, and fixtures (test_*.h, *_test.h) of the libraries beneath.
2. Every public header compiles on its own, and nothing in include/ is left out of a library.
3. Libraries do not print, end the process or throw anything but std::bad_alloc (what may all the same is in ALLOWED).

Usage: layers.py [--no-compile]
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

FORBIDDEN = {
    "prints": re.compile(r"<(iostream|cstdio|stdio\.h|print|fmt/ostream\.h)>|\b(f|v|vf)?printf\s*\(|\bstd::(cout|cerr|clog)\b|\bfmt::print\b|\bf?puts\s*\("),
    "ends the process": re.compile(r"(?<![\w.>:])(?:std::)?(abort|_?exit|quick_exit|terminate)\s*\(|\bassert\s*\(|<cassert>"),
    "throws": re.compile(r"\bthrow\b(?! std::bad_alloc\(\))"),
    "includes a heavy header in a header": re.compile(r"<(regex|iostream|ranges)>"),
}

# (file, what): why.
ALLOWED = {
    ("src/wasi/common/scratch.h", "ends the process"): "test code",
}


def closure(libraries, name):
    seen, todo = set(), [name]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += libraries[at]
    return seen


def library_of(path):
    """The library that a file belongs to: include/tenon/<lib>/x.h, src/<lib>/x.cpp."""
    parts = path.parts
    if parts[0] == "include":
        return parts[2]
    return parts[1]


def strip_comments_and_strings(text):
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)

    def blank(match):
        found = match.group()
        return re.sub(r"[^\n]", " ", found)

    # Includes keep their names: they are looked at before strings go.
    return pattern.sub(blank, text)


def is_fixture(name):
    return name.endswith("_test.h") or (name.startswith("test_") and name.endswith(".h"))


def check_file(path, libraries, for_tests):
    problems = []
    text = (ROOT / path).read_text()
    own = library_of(path)
    if own not in libraries:
        return [f"{path}: layers.toml has no library {own}"]
    allowed = closure(libraries, own)
    is_test = path.name.endswith("_test.cpp") or is_fixture(path.name)
    if is_test:
        for more in for_tests.get(f"{own}-tests", []):
            allowed |= closure(libraries, more)
    for match in INCLUDE.finditer(text):
        target = match.group(2)
        line = text.count("\n", 0, match.start(2)) + 1
        parts = target.split("/")
        library = None
        if parts[0] == "tenon" and len(parts) > 1:
            library = parts[1]
        elif match.group(1) == '"' and len(parts) > 1 and parts[0] in libraries:
            library = parts[0]  # a private header, which only its own library may include
            if library != own and not (is_test and is_fixture(parts[-1])):
                problems.append(f"{path}:{line}: includes the private header {target} of {library}")
                continue
        if library and library not in allowed:
            problems.append(f"{path}:{line}: {own} may not include {target}: {library} is not beneath it")
    if path.name.endswith("_test.cpp"):
        return problems
    code = strip_comments_and_strings(text)
    for what, pattern in FORBIDDEN.items():
        if "in a header" in what and path.suffix != ".h":
            continue
        if (str(path), what) in ALLOWED:
            continue
        for match in pattern.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: {what}: {match.group().strip()}")
    return problems


def compile_alone(path):
    """Twice in one file: `#pragma once` is checked, too."""
    compiler = os.environ.get("CXX", "clang++-19")
    name = path.relative_to("include")
    source = f'#include "{name}"\n#include "{name}"\n'
    command = [compiler, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Iinclude", "-x", "c++", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, cwd=ROOT)
    return [] if done.returncode == 0 else [f"{path}: does not compile alone\n{done.stderr}"]


def main():
    rows = tomllib.loads((ROOT / "layers.toml").read_text())
    libraries = rows["libraries"]
    problems = []
    for name, beneath in libraries.items():
        for other in beneath:
            if list(libraries).index(other) > list(libraries).index(name):
                problems.append(f"layers.toml: {name} names {other}, which stands below it")
    files = [p.relative_to(ROOT) for top in ("include/tenon", "src") for p in sorted((ROOT / top).rglob("*"))]
    files = [p for p in files if p.suffix in (".h", ".cpp", ".def")]
    for path in files:
        problems += check_file(path, libraries, rows["tests"])
    headers = [p for p in files if p.parts[0] == "include" and p.suffix == ".h"]
    if "--no-compile" not in sys.argv:
        with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("TENON_JOBS", os.cpu_count() or 1))) as pool:
            for found in pool.map(compile_alone, headers):
                problems += found
    for problem in problems:
        print(problem)
    print(f"layers: {len(files)} files, {len(headers)} public headers, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
