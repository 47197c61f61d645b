#!/usr/bin/env python3
"""Says which row of the tables is exercised by which test of our own, and fails where a row has none.

    tests/coverage/coverage.py            check; exit 1 lists rows without a test, stale rows of missing.txt, a stale document
    tests/coverage/coverage.py --write    rewrite docs/coverage.md
    tests/coverage/coverage.py --rows K   print every row of kind K with all its tests

What counts
    opcode    a keyword in instruction position of a module in tests/wast/**.wast on which some assertion of that script acts.
              Keywords in comments, strings, names and clauses do not count. tests/wast/later/ is for instructions that no tier
              runs yet and does not count, but for errors. A script with the line ";; coverage: none" does not count at all.
    trap      the text of an assert_trap, assert_exhaustion, assert_exception or assert_suspension in such a script
    error     the text of an assert_malformed, assert_invalid, assert_unlinkable (or their custom forms)
    option    a RUN line in tests/cli that uses it
    wasi      an import of a module in tests/cli or tests/wasi, or the function's name quoted in src/wasi/**_test.cpp
    limit, and whatever cannot be seen so: an annotation "covers: KIND Row, Row" in a comment of a test (*_test.cpp, or any
              file beneath tests/)

missing.txt holds the rows that no test can reach yet, `kind Row reason` a line, exactly: a row there that has a test fails, too.
What it is not: a measure of how good the tests are.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MISSING = ROOT / "tests/coverage/missing.txt"
DOCUMENT = ROOT / "docs/coverage.md"
SPEC = ROOT / "include/tenon/spec"
KINDS = ["opcode", "trap", "error", "limit", "option", "wasi"]


# ---- tables -----------------------------------------------------------------------------------------------------------------

def table(path, macro):
    """The arguments of each row of a .def file, strings unquoted."""
    if not path.exists():
        return []
    out = []
    for line in path.read_text().splitlines():
        match = re.match(macro + r"\((.*)\)\s*$", line)
        if match:
            fields = re.findall(r'"(?:[^"\\]|\\.)*"|[^,"]+', match[1])
            out.append([f.strip().strip('"').replace('\\"', '"') for f in fields if f.strip()])
    return out


def first(pattern):
    return next(iter(sorted(ROOT.glob(pattern))), ROOT / "none")


class Rows:
    def __init__(self):
        self.opcodes = {r[2]: r[3] for r in table(SPEC / "opcodes.def", "OP")}
        self.traps = {r[0]: [t for t in r[1:] if t] for r in table(SPEC / "traps.def", "TRAP")}
        self.errors = {r[0]: r[2] for r in table(SPEC / "errors.def", "ERROR")}
        self.limits = [r[0] for r in table(SPEC / "limits.def", "LIMIT")]
        options = table(first("tools/tenon/options.def"), "OPTION")
        self.options = [(r[0], r[1].replace("_", "-")) for r in options]
        self.prefixed = [r[1].replace("_", "-") for r in options if r[2] == "Prefixed"]
        self.wasi = [r[0] for r in table(first("include/tenon/wasi/**/p1.def"), "P1")]
        self.by_text = {}
        for name, text in self.opcodes.items():
            self.by_text.setdefault(text, []).append(name)

    def of(self, kind):
        return {"opcode": list(self.opcodes), "trap": list(self.traps), "error": list(self.errors), "limit": self.limits,
                "option": [f"{g}.{n}" for g, n in self.options], "wasi": self.wasi}[kind]


# ---- scripts ----------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r'(?P<space>[ \t\r\n]+)|(?P<line>;;[^\n]*)|(?P<block>\(;)|(?P<open>\()|(?P<close>\))|'
                   r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<atom>[^ \t\r\n()";]+)|(?P<odd>.)', re.S)


def parse(text):
    """The script as nested lists of atoms; strings stay quoted, comments and annotations go."""
    stack, at = [[]], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        at = match.end()
        kind = match.lastgroup
        if kind == "block":
            depth = 1
            while depth and at < len(text):
                two = text[at:at + 2]
                depth += (two == "(;") - (two == ";)")
                at += 2 if two in ("(;", ";)") else 1
        elif kind == "open":
            stack.append([])
        elif kind == "close":
            done = stack.pop()
            if not stack:
                raise ValueError("unbalanced )")
            if not (done and isinstance(done[0], str) and done[0].startswith("@")):
                stack[-1].append(done)
        elif kind in ("string", "atom"):
            stack[-1].append(match[0])
    if len(stack) != 1:
        raise ValueError("unbalanced (")
    return stack[0]


def unquote(token):
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else ""


CLAUSES = {"param", "result", "local", "type", "export", "import", "field", "on", "struct", "array", "sub", "rec", "ref", "start",
           "tag", "pagesize"}
NULLABLE = re.compile(r"(any|eq|i31|struct|array|func|extern|exn|cont|null|nullfunc|nullextern|nullexn|nullcont)ref$")


def instructions(node, by_text, found, parent=""):
    """Adds the names of all instructions that appear below a list of a module."""
    head = node[0] if node and isinstance(node[0], str) else ""
    for k, item in enumerate(node):
        if isinstance(item, list):
            inner = item[0] if item and isinstance(item[0], str) else ""
            if inner in CLAUSES or (inner.startswith("catch") and (head == "try_table" or in_try_table(node, k))):
                continue
            instructions(item, by_text, found, head)
        elif item in by_text:
            names = by_text[item]
            if len(names) > 1:
                after = node[k + 1] if k + 1 < len(node) else []
                if item == "select":
                    other = isinstance(after, list) and after[:1] == ["result"]
                else:
                    other = after[:2] == ["ref", "null"] if isinstance(after, list) else bool(NULLABLE.match(after))
                found.add(names[1] if other else names[0])
            else:
                found.add(names[0])


def in_try_table(node, k):
    """Whether the list at k stands among the clauses of an unfolded try_table."""
    while k > 0:
        k -= 1
        item = node[k]
        if item == "try_table":
            return True
        if isinstance(item, list) and item and isinstance(item[0], str) and (item[0] in CLAUSES or item[0].startswith("catch")):
            continue
        if isinstance(item, str) and item.startswith("$"):
            continue
        return False
    return False


class Module:
    def __init__(self, node):
        self.node, self.run, self.imports = node, False, []
        for item in walk(node):
            if item[:1] == ["import"] and len(item) > 2:
                self.imports.append(unquote(item[1]))


def walk(node):
    for item in node:
        if isinstance(item, list):
            yield item
            yield from walk(item)


class Script:
    """What one script runs and what it asserts."""

    ERRORS = {"assert_malformed", "assert_invalid", "assert_unlinkable", "assert_malformed_custom", "assert_invalid_custom"}
    TRAPS = {"assert_trap", "assert_exhaustion", "assert_exception", "assert_suspension"}

    def __init__(self, text):
        self.modules, self.errors, self.traps, self.assertions = [], [], [], 0
        self.named, self.registered, self.current = {}, {}, None
        for node in parse(text):
            if node and isinstance(node[0], str):
                self.directive(node)
        for module in reversed(self.modules):
            if module.run:
                for name in module.imports:
                    if name in self.registered:
                        self.registered[name].run = True

    def directive(self, node):
        head = node[0]
        if head == "module":
            self.add(node)
        elif head == "register":
            target = self.named.get(node[2]) if len(node) > 2 else self.current
            if target:
                self.registered[unquote(node[1])] = target
        elif head in ("invoke", "get"):
            self.act(node)
        elif head.startswith("assert_"):
            self.assertions += 1
            if head in self.ERRORS:
                self.errors.append(unquote(node[-1]))
                return
            if head in self.TRAPS:
                text = unquote(node[-1]) if isinstance(node[-1], str) else ""
                self.traps.append(text or {"assert_exception": "thrown Wasm exception", "assert_suspension": "unhandled tag",
                                           "assert_exhaustion": "call stack exhausted"}.get(head, ""))
                if head == "assert_exception":
                    self.traps[-1] = "thrown Wasm exception"
                elif head == "assert_suspension":
                    self.traps[-1] = "unhandled tag"
            for item in node[1:]:
                if isinstance(item, list) and item[:1] == ["module"]:
                    module = Module(item)
                    module.run = True
                    self.modules.append(module)
                elif isinstance(item, list) and item[:1] in (["invoke"], ["get"]):
                    self.act(item)
        elif head in ("thread", "wait"):
            for item in node:
                if isinstance(item, list):
                    self.directive(item)

    def add(self, node):
        rest = [x for x in node[1:] if isinstance(x, str)]
        if "instance" in rest[:1]:
            names = [x for x in rest if x.startswith("$")]
            module = self.named.get(names[-1]) if names else self.current
            if module and len(names) > 1:
                self.named[names[0]] = module
            self.current = module
            return
        module = Module(node)
        self.modules.append(module)
        names = [x for x in rest[:2] if x.startswith("$")]
        if names:
            self.named[names[0]] = module
        self.current = module
        if any(isinstance(x, list) and x[:1] == ["start"] for x in node):
            module.run = True

    def act(self, node):
        module = self.named.get(node[1]) if len(node) > 1 and isinstance(node[1], str) and node[1].startswith("$") else self.current
        if module:
            module.run = True

    def instructions(self, by_text):
        found = set()
        for module in self.modules:
            if module.run:
                instructions(module.node[1:], by_text, found)
        return found


# ---- collecting -------------------------------------------------------------------------------------------------------------

def longest_prefix(rows, text):
    """The row whose text begins `text`, the longest."""
    fitting = [(len(t), name) for name, t in rows.items() if t and text.startswith(t)]
    return max(fitting)[1] if fitting else None


def trap_row(rows, text):
    if re.match(r"null .*reference", text):
        return "NullReference"
    best = None
    for name, texts in rows.items():
        for t in texts:
            if text and (t.startswith(text) or text.startswith(t)) and (best is None or len(t) > best[0]):
                best = (len(t), name)
    return best[1] if best else None


class Coverage:
    def __init__(self, rows):
        self.rows = rows
        self.found = {kind: {name: [] for name in rows.of(kind)} for kind in KINDS}
        self.problems = []
        self.scripts = self.assertions = 0
        self.wast()
        self.command_lines()
        self.wasi()
        self.annotations()

    def add(self, kind, name, test):
        if name not in self.found[kind]:
            self.problems.append(f"{test} covers {kind} {name}, which is no row")
        elif test not in self.found[kind][name]:
            self.found[kind][name].append(test)

    def wast(self):
        for path in sorted(ROOT.glob("tests/wast/**/*.wast")):
            test = str(path.relative_to(ROOT / "tests"))
            text = path.read_text()
            script = Script(text)
            self.scripts += 1
            self.assertions += script.assertions
            if re.search(r"^;; coverage: none$", text, re.M):
                continue
            runs = "/later/" not in str(path)
            for name in sorted(script.instructions(self.rows.by_text)) if runs else ():
                self.add("opcode", name, test)
            for message in script.traps if runs else ():
                name = trap_row(self.rows.traps, message)
                if name is None:
                    self.problems.append(f"{test} asserts a trap of no row: {message}")
                else:
                    self.add("trap", name, test)
            for message in script.errors:
                name = longest_prefix(self.rows.errors, message)
                if name is None:
                    if "/off/" not in str(path):  # where a feature is off, wasm-tools' words for that feature
                        self.problems.append(f"{test} asserts an error of no row: {message}")
                else:
                    self.add("error", name, test)

    def command_lines(self):
        letters = {"O": "Optimize", "C": "Codegen", "D": "Debug", "W": "Wasm", "S": "Wasi", "R": "Record"}
        for path in sorted(ROOT.glob("tests/cli/**/*")):
            if not path.is_file() or path.suffix not in (".wat", ".wast", ".txt", ".test"):
                continue
            test = str(path.relative_to(ROOT / "tests"))
            for line in re.findall(r"^;; (?:RUN|FAIL)[^:]*:(.*)$", path.read_text(errors="replace"), re.M):
                for letter, words in re.findall(r"-([OCDWSR])\s*([a-z0-9][^\s]*)", line):
                    for word in words.split(","):
                        name = f"{letters[letter]}.{word.split('=')[0]}"
                        if name not in self.found["option"]:
                            name = next((f"{letters[letter]}.{p}" for p in self.rows.prefixed if word.startswith(f"{p}-")), name)
                        if name in self.found["option"]:
                            self.add("option", name, test)

    def wasi(self):
        for path in sorted([*ROOT.glob("tests/cli/**/*.wat"), *ROOT.glob("tests/wasi/**/*.wat")]):
            for name in re.findall(r'\(import\s+"wasi_snapshot_preview1"\s+"(\w+)"', path.read_text(errors="replace")):
                if name in self.found["wasi"]:
                    self.add("wasi", name, str(path.relative_to(ROOT / "tests")))
        for path in sorted(ROOT.glob("src/wasi/**/*_test.cpp")):
            text = path.read_text()
            for name in self.rows.wasi:
                if f'"{name}"' in text:
                    self.add("wasi", name, str(path.relative_to(ROOT)))

    def annotations(self):
        paths = [*ROOT.glob("src/**/*_test.cpp"), *ROOT.glob("tests/**/*"), *ROOT.glob("tools/**/*_test.cpp")]
        for path in sorted(paths):
            if not path.is_file() or path.suffix in (".bin", ".pyc") or path.parent.name in ("coverage", "__pycache__"):
                continue
            test = str(path.relative_to(ROOT))
            test = test.removeprefix("tests/")
            for kind, names in re.findall(r"\bcovers: (\w+) ([\w., -]+)", path.read_text(errors="replace")):
                if kind not in self.found:
                    self.problems.append(f"{test} covers an unknown kind: {kind}")
                    continue
                for name in re.split(r",\s*|\s+", names.strip().rstrip(".")):
                    if name:
                        self.add(kind, name, test)


# ---- verdict ----------------------------------------------------------------------------------------------------------------

def read_missing(rows, problems):
    out = {}
    for number, line in enumerate(MISSING.read_text().splitlines() if MISSING.exists() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(None, 2)
        if len(parts) < 3 or parts[0] not in KINDS:
            problems.append(f"missing.txt:{number}: not `kind Row reason`")
        elif parts[1] not in rows.of(parts[0]):
            if rows.of(parts[0]):
                problems.append(f"missing.txt:{number}: {parts[1]} is no row")
        elif (parts[0], parts[1]) in out:
            problems.append(f"missing.txt:{number}: {parts[1]} stands twice")
        else:
            out[parts[0], parts[1]] = parts[2]
    return out


def document(coverage, missing):
    titles = {"opcode": "Instructions", "trap": "Traps", "error": "Errors", "limit": "Limits", "option": "Options",
              "wasi": "WASI preview 1"}
    lines = ["# What the tests exercise", "",
             "Generated by `tests/coverage/coverage.py --write`. Each row of the tables with the first of our own tests that exercises",
             "it; rows that nothing reaches yet say why. Suites of others are not counted.", "",
             "| | rows | with a test | not reached yet |", "| --- | --- | --- | --- |"]
    for kind in KINDS:
        rows = coverage.found[kind]
        if rows:
            tested = sum(1 for tests in rows.values() if tests)
            lines.append(f"| {titles[kind]} | {len(rows)} | {tested} | {sum(1 for k, _ in missing if k == kind)} |")
    for kind in KINDS:
        rows = coverage.found[kind]
        if not rows:
            continue
        lines += ["", f"## {titles[kind]}", "", "| row | test |", "| --- | --- |"]
        for name, tests in rows.items():
            shown = coverage.rows.opcodes[name] if kind == "opcode" else name
            where = f"`{tests[0]}`" if tests else missing.get((kind, name), "**none**")
            lines.append(f"| {shown} | {where} |")
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description="which row is exercised by which test")
    arguments.add_argument("--write", action="store_true", help="rewrite docs/coverage.md")
    arguments.add_argument("--rows", metavar="KIND", choices=KINDS, help="print each row of a kind with all its tests")
    arguments = arguments.parse_args()
    rows = Rows()
    coverage = Coverage(rows)
    problems = coverage.problems
    missing = read_missing(rows, problems)
    if arguments.rows:
        for name, tests in coverage.found[arguments.rows].items():
            print(name, ", ".join(tests) or missing.get((arguments.rows, name), "NONE"), sep="\t")
        return 0
    for kind in KINDS:
        for name, tests in coverage.found[kind].items():
            if not tests and (kind, name) not in missing:
                problems.append(f"{kind} {name} has no test")
            elif tests and (kind, name) in missing:
                problems.append(f"{kind} {name} is in missing.txt and has a test: {tests[0]}")
    text = document(coverage, missing)
    if arguments.write:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        problems.append("docs/coverage.md is stale: run tests/coverage/coverage.py --write")
    for problem in problems:
        print(problem)
    for kind in KINDS:
        found = coverage.found[kind]
        if found:
            tested = sum(1 for tests in found.values() if tests)
            print(f"{kind}: {tested} of {len(found)} rows have a test, {sum(1 for k, _ in missing if k == kind)} cannot be reached yet")
    print(f"{coverage.scripts} scripts, {coverage.assertions} assertions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
