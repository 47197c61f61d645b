"""Runs a script that is known to fail, and passes when exactly the known lines fail.

Usage: xfail.py LIST SCRIPT COMMAND...

LIST has rows `script:line reason`; `tenon wast` names each failing directive as `path:line:column: message`. A directive that
fails without a row fails this test, and so does a row whose directive passes.
"""

import pathlib
import re
import subprocess
import sys


def main(rows, script, command):
    known = set()
    for row in pathlib.Path(rows).read_text().splitlines():
        match = re.match(r"([^#:\s]+):(\d+)\b", row)
        if match and match[1] == script:
            known.add(int(match[2]))
    done = subprocess.run(command, capture_output=True, text=True)
    failing = {int(line) for line in re.findall(re.escape(command[-1]) + r":(\d+):", done.stderr + done.stdout)}
    if done.returncode < 0:
        print(f"killed by signal {-done.returncode}")
    for line in sorted(failing - known):
        print(f"{script}:{line} fails and is not in {rows}")
    for line in sorted(known - failing):
        print(f"{script}:{line} passes: take it out of {rows}")
    return 0 if done.returncode >= 0 and failing == known else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
