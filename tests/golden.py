"""Runs one golden test: a file whose first lines say what to run, with the expected output beside it.

Usage: golden.py FILE PROGRAM...   (PROGRAM is tenon, or tenon with words before the subcommand)

A directive is a comment `;; RUN: words` or `;; FAIL: words` (also `RUN[name]:`); a trailing backslash goes on in the next
comment line. Words are split at spaces; `%` is the file, `%tmpdir` a fresh folder that the directives of a file share, `|`
pipes into the next command, leading KEY=VALUE words set its environment. RUN wants exit code 0; FAIL wants 1 or 2, or the
exit code in `FAIL(134):`. Output and errors of the last command are compared with FILE[.name].stdout and .stderr; where
there is no such file, there must be no output. BLESS=1 rewrites them.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

DIRECTIVE = re.compile(r"^(?:;;|//) (RUN|FAIL)(?:\((\d+)\))?(?:\[([\w-]+)\])?:(.*)$")


def directives(lines):
    """Yields (kind, exit code, name, words)."""
    at = 0
    while at < len(lines):
        match = DIRECTIVE.match(lines[at])
        at += 1
        if not match:
            continue
        kind, code, name, text = match.groups()
        while text.endswith("\\") and at < len(lines):
            text = text[:-1] + " " + lines[at].lstrip(";/ ")
            at += 1
        yield kind, int(code) if code else None, name, text.split()


def pipeline(words):
    """Splits at `|` and yields (environment, words)."""
    stage = []
    for word in words + ["|"]:
        if word != "|":
            stage.append(word)
            continue
        env = {}
        while stage and re.match(r"^[A-Z_][A-Z0-9_]*=", stage[0]):
            key, value = stage.pop(0).split("=", 1)
            env[key] = value
        yield env, stage
        stage = []


def run(program, path, words, folder):
    given = b""
    stages = list(pipeline([str(path) if w == "%" else w.replace("%tmpdir", folder) for w in words]))
    for number, (env, stage) in enumerate(stages):
        done = subprocess.run(
            program + stage, input=given, capture_output=True, env={**os.environ, "COLUMNS": "80", **env}, timeout=120
        )
        if number + 1 < len(stages) and done.returncode != 0:
            return done
        given = done.stdout
    return done


def normalize(output, folder, path):
    text = output.decode("utf-8", "replace").replace(folder, "%tmpdir").replace(str(path), "%")
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


def compare(actual, expected_path, what):
    if os.environ.get("BLESS"):
        if actual:
            expected_path.write_text(actual + "\n")
        else:
            expected_path.unlink(missing_ok=True)
        return True
    expected = expected_path.read_text().rstrip() if expected_path.exists() else ""
    expected = "\n".join(line.rstrip() for line in expected.splitlines())
    if actual == expected:
        return True
    print(f"{what} differs from {expected_path}\n--- expected\n{expected}\n--- actual\n{actual}")
    return False


def main(path, program):
    path = pathlib.Path(os.path.relpath(path))
    passed = seen = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, code, name, words in directives(path.read_text().splitlines()):
            seen += 1
            done = run(program, path, words, folder)
            wanted = (0,) if kind == "RUN" else (code,) if code else (1, 2)
            stem = f"{path}.{name}" if name else str(path)
            good = done.returncode in wanted
            if not good:
                print(f"{kind}: {' '.join(words)}\nexit code {done.returncode}\n{done.stderr.decode('utf-8', 'replace')}")
            good &= compare(normalize(done.stdout, folder, path), pathlib.Path(stem + ".stdout"), "stdout")
            good &= compare(normalize(done.stderr, folder, path), pathlib.Path(stem + ".stderr"), "stderr")
            passed += good
    if seen == 0:
        print(f"{path} has no RUN or FAIL line")
    return 0 if seen and passed == seen else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
