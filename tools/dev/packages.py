"""Checks that the Debian packages which `./dev` names are all that building needs: every header that the build in build/release has
read from the system belongs to one of them, or to one that they depend on. A machine with nothing installed has no others.

Usage: packages.py
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
GROUPS = ("build", "test", "guests")


def lines(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()


def main():
    named = [word for group, words in re.findall(r'^  \[(\w+)\]="(.*)"$', (ROOT / "dev").read_text(), re.MULTILINE)
             if group in GROUPS for word in words.split()]
    wanted = ("--recurse", "--installed", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances")
    closure = {line.split(":")[0] for line in lines("apt-cache", "depends", *wanted, *named) if re.match(r"\w", line)}
    headers = {str(pathlib.Path(line.strip()).resolve()) for line in lines("ninja", "-C", "build/release", "-t", "deps") if line.startswith("    /usr/")}
    owners = {}
    for line in lines("dpkg", "-S", *sorted(headers)):
        packages, _, path = line.rpartition(": ")
        for package in packages.split(", "):
            owners.setdefault(package.split(":")[0], path)
    for package in sorted(owners.keys() - closure):
        print(f"{package} has {owners[package]}, and ./dev does not name it")
    print(f"packages: {len(headers)} headers of {len(owners)} packages, {len(owners.keys() - closure)} not named")
    return 1 if owners.keys() - closure or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
