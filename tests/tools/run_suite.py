"""Runs wasm-tools' own command-line tests with another program.

Usage: run_suite.py ROOT PROGRAM [--xfail FILE] [--only REGEX] [--verbose]

ROOT holds tests/cli, tests/snapshots and, where scripts name it, tests/testsuite; parse-fail may stand beside tests. PROGRAM
is called with wasm-tools' grammar: a link of that name, or `tenon as wasm-tools`.

Three things are compared, each by this script and none by the program's word:

- every `;; RUN:` and `;; FAIL:` line of tests/cli: exit code, standard output, standard error;
- every file beneath tests/snapshots: X.json is what `json-from-wast --pretty` prints for the script, N.print and N.print-folded
  what `print` and `print -f` print for the module of its directive N;
- every text of parse-fail against its .err file.

The rules of a RUN line: words are split at spaces, `%` is the file, `%tmpdir` a folder that the lines of one file share, `|` pipes,
KEY=VALUE words before a command set its environment; RUN wants exit code 0, FAIL 1 or 2. Output is compared with FILE[.name].stdout
and .stderr (absent: empty) after the folder's name, backslashes and the version of what encoded a component are put aside.

Known failures stand in the xfail file, exactly: `case: reason`, one a line. Help pages are not asked for and not run.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LINE = re.compile(r"^(?:;; |// )(RUN|FAIL)(?:\[([\w.-]+)\])?:\s*(.*)$")


class Suite:
    def __init__(self, root, program, testsuite):
        self.root = pathlib.Path(root).resolve()
        self.program = program
        self.testsuite = testsuite

    # ---- RUN lines ----

    def directives(self, path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        at = 0
        while at < len(lines):
            match = LINE.match(lines[at])
            at += 1
            if not match:
                continue
            kind, name, text = match.groups()
            while text.endswith("\\") and at < len(lines):
                text = text[:-1] + " " + lines[at].lstrip(";/ ")
                at += 1
            yield kind, name, text.split()

    def clean(self, text, folder):
        text = text.replace(str(folder), "%tmpdir").replace("\\", "/")
        lines = [re.sub(r'(\(processed-by "wit-component") .*', r'\1 "%version")', line) for line in text.split("\n")]
        return "\n".join(lines).rstrip()

    def run_line(self, path, kind, name, words, folder):
        shown = path.relative_to(self.work).as_posix()
        stages, stage = [], []
        for word in words + ["|"]:
            if word == "|":
                stages.append(stage)
                stage = []
            else:
                stage.append(shown if word == "%" else word.replace("%tmpdir", str(folder)))
        piped = b""
        for number, stage in enumerate(stages):
            env = dict(os.environ, COLUMNS="80", WAST_STRICT_COMPONENT_INDICES="1")
            while stage and re.match(r"^[A-Z_]+=", stage[0]):
                key, value = stage.pop(0).split("=", 1)
                env[key] = value
            done = subprocess.run(self.program + stage, input=piped, capture_output=True, cwd=self.work, env=env, timeout=300)
            piped = done.stdout
            if number + 1 < len(stages) and done.returncode != 0:
                return f"stage {number} ended with {done.returncode}: {done.stderr.decode(errors='replace')[:300]}"
        wanted = (0,) if kind == "RUN" else (1, 2)
        if done.returncode not in wanted:
            return f"exit code {done.returncode}: {done.stderr.decode(errors='replace')[:600]}"
        for stream, output in (("stdout", done.stdout), ("stderr", done.stderr)):
            expected = path.with_name(path.name + (f".{name}" if name else "") + f".{stream}")
            text = self.clean(expected.read_text(encoding="utf-8"), folder) if expected.exists() else ""
            if self.clean(output.decode(errors="replace"), folder) != text:
                return f"{stream} differs"
        return None

    def cli(self, path):
        with tempfile.TemporaryDirectory() as folder:
            for kind, name, words in self.directives(path):
                if any(word in ("-h", "--help") for word in words):
                    continue
                problem = self.run_line(path, kind, name, words, folder)
                yield path.relative_to(self.work).as_posix() + (f"[{name}]" if name else ""), problem

    # ---- Snapshots ----

    def run(self, *words, **more):
        return subprocess.run(self.program + [str(word) for word in words], capture_output=True, cwd=self.work, timeout=300, **more)

    def snapshot(self, json_file):
        stem = json_file.relative_to(self.work / "tests/snapshots").as_posix()[: -len(".json")]
        script = self.work / "tests" / stem
        if not script.exists():
            yield f"snapshots/{stem}.json", "the script is not here"
            return
        with tempfile.TemporaryDirectory() as folder:
            done = self.run("json-from-wast", script.relative_to(self.work), "--pretty", "--wasm-dir", folder)
            good = done.returncode == 0 and done.stdout.decode() == json_file.read_text(encoding="utf-8")
            yield f"snapshots/{stem}.json", None if good else (done.stderr.decode()[:300] or "json differs")
            prints = json_file.with_suffix("")
            if not prints.is_dir():
                return
            # The snapshots' numbers are those of directives; the program's own list of modules leads to the files.
            files = self.module_files(json_file.read_text(encoding="utf-8"), folder)
            for expected in sorted(prints.iterdir()):
                number, kind = expected.name.split(".", 1)
                case = f"snapshots/{stem}/{expected.name}"
                module = files.get(int(number))
                if module is None or not pathlib.Path(module).exists():
                    yield case, "the module was not written"
                    continue
                done = self.run("print", *(["-f"] if kind == "print-folded" else []), module)
                same = done.returncode == 0 and done.stdout == expected.read_bytes()
                yield case, None if same else (done.stderr.decode()[:300] or "text differs")

    @staticmethod
    def module_files(text, folder):
        import json

        def walk(commands, base, scale):
            for index, command in enumerate(commands):
                number = base * scale + index
                if command["type"] == "thread":
                    yield from walk(command["commands"], number, 1000)
                elif "filename" in command:
                    yield number, os.path.join(folder, command.get("binary_filename", command["filename"]))

        return dict(walk(json.loads(text)["commands"], 0, 0))

    # ---- parse-fail ----

    def parse_fail(self, path):
        env = {key: value for key, value in os.environ.items() if key != "WAST_STRICT_COMPONENT_INDICES"}
        with tempfile.TemporaryDirectory() as folder:
            tests = pathlib.Path(folder) / "tests"
            tests.mkdir()
            (tests / "parse-fail").symlink_to(path.parent)
            done = subprocess.run(self.program + ["parse", f"tests/parse-fail/{path.name}"], capture_output=True, cwd=folder, env=env)
            text = done.stderr.decode(errors="replace").removeprefix("error: ").rstrip()
            wanted = path.with_name(path.name + ".err").read_text(encoding="utf-8").rstrip()
            yield f"parse-fail/{path.name}", None if done.returncode != 0 and text == wanted else f"got:\n{text}"

    # ---- Everything ----

    def prepare(self, folder):
        """A tree with tests/testsuite, which may lie elsewhere."""
        self.work = self.root
        if (self.root / "tests/testsuite").exists() or not self.testsuite:
            return
        self.work = pathlib.Path(folder)
        (self.work / "tests").mkdir()
        for name in ("cli", "snapshots"):
            (self.work / "tests" / name).symlink_to(self.root / "tests" / name)
        (self.work / "tests/testsuite").symlink_to(pathlib.Path(self.testsuite).resolve())

    def cases(self, only):
        cli = self.work / "tests/cli"
        jobs = [(self.cli, path) for path in sorted(cli.rglob("*")) if path.suffix in (".wat", ".wast", ".wit")]
        # A link is not followed by rglob.
        jobs = jobs or [(self.cli, path) for path in sorted(pathlib.Path(p) / f for p, _, fs in os.walk(str(cli), followlinks=True) for f in fs
                                                            if f.endswith((".wat", ".wast", ".wit")))]
        jobs += [(self.snapshot, pathlib.Path(p) / f) for p, _, fs in os.walk(str(self.work / "tests/snapshots"), followlinks=True)
                 for f in sorted(fs) if f.endswith(".json")]
        jobs += [(self.parse_fail, path) for path in sorted((self.root / "parse-fail").glob("*.wat"))
                 if path.with_name(path.name + ".err").exists()]
        jobs = [job for job in jobs if re.search(only, str(job[1]))]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for cases in pool.map(lambda job: list(job[0](job[1])), jobs):
                yield from cases


def known_failures(path):
    rows = {}
    for line in pathlib.Path(path).read_text().splitlines() if path and os.path.exists(path) else []:
        if line.strip() and not line.startswith("#"):
            case, _, reason = line.partition(": ")
            rows[case] = reason
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("program", nargs="+")
    parser.add_argument("--testsuite", help="the core suite, where ROOT has none")
    parser.add_argument("--xfail")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--write-xfail", action="store_true", help="rewrite the list; rows that stay keep their reasons")
    arguments = parser.parse_args()
    program = [os.path.abspath(arguments.program[0]), *arguments.program[1:]]
    suite = Suite(arguments.root, program, arguments.testsuite)
    known = known_failures(arguments.xfail)
    failed, passed = {}, set()
    totals = collections.defaultdict(lambda: [0, 0])
    with tempfile.TemporaryDirectory() as folder:
        suite.prepare(folder)
        for case, problem in suite.cases(arguments.only):
            group = "tests/cli" if case.startswith("tests/cli") else case.split("/")[0]
            if known.get(case) != "component model":
                totals[group][problem is None] += 1
            if problem is None:
                passed.add(case)
            else:
                failed[case] = problem
    for group, (bad, good) in sorted(totals.items()):
        print(f"{group}: {good} passed, {bad} failed ({100 * good / max(1, good + bad):.1f}%), component model aside")
    unexpected = {case: problem for case, problem in failed.items() if case not in known}
    stale = [case for case in known if case in passed]
    for case, problem in sorted(unexpected.items()):
        first = problem if arguments.verbose else problem.split("\n")[0][:160]
        print(f"FAIL {case}: {first}")
    for case in stale:
        print(f"passes, take it out of the list: {case}")
    if arguments.write_xfail:
        rows = [f"{case}: {known.get(case, guess_reason(case, problem))}\n" for case, problem in sorted(failed.items())]
        head = "# Cases of wasm-tools' own tests that do not pass, each with its reason. tests/tools/run_suite.py reads this, exactly.\n"
        pathlib.Path(arguments.xfail).write_text(head + "".join(rows))
        return 0
    print(f"{len(passed)} passed, {len(failed)} failed, {len(unexpected)} of them unexpected, {len(stale)} stale rows")
    return 1 if unexpected or stale else 0


def guess_reason(case, problem):
    needs = ("component", "wit", "component-model", "importize", "semver", "unbundle")
    if any(word in case for word in needs) or "component" in problem or "unrecognized subcommand" in problem:
        return "component model"
    return problem.split("\n")[0][:100]


if __name__ == "__main__":
    sys.exit(main())
