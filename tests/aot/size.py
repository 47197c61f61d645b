"""Fails when a host that links no reader, text or compiler has some of them all the same, or is large.

Usage: size.py PROGRAM STRIP NM
"""

import os
import subprocess
import sys
import tempfile

LIMIT = 2 << 20
FORBIDDEN = ("tenon::text::", "tenon::validate::", "tenon::binary::", "tenon::front::", "tenon::interp::")


def main(program, strip, nm):
    names = subprocess.run([nm, "-C", program], capture_output=True, text=True, check=True).stdout
    found = sorted({line for line in names.splitlines() if any(f" {word}" in line for word in FORBIDDEN)})
    for line in found[:20]:
        print(f"linked: {line}")
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "host")
        subprocess.run([strip, "-o", stripped, program], check=True)
        size = os.path.getsize(stripped)
    print(f"{size} bytes, {LIMIT} allowed")
    return 1 if found or size > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
