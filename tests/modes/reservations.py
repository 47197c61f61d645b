"""`tenon wast` and `tenon run` reserve address space for memories as -O says: looks at the process while its guest waits.

Usage: reservations.py TENON
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
GUEST = """(module
  (memory $plain (export "memory") 1)
  (memory $shared 1 257 shared)
  (func (export "_start") (drop (memory.atomic.wait32 $shared (i32.const 0) (i32.const 0) (i64.const 20000000000))))
  (func (export "f") (drop (memory.atomic.wait32 $shared (i32.const 0) (i32.const 0) (i64.const 20000000000)))))
"""


def without_access(pid):
    """Sizes of the mappings that nothing may touch."""
    out = []
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        begin, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
        if access.startswith("---"):
            out.append(int(end, 16) - int(begin, 16))
    return out


def looks(command, guard, fits):
    """Whether the process looks so once the guest's memories are there: the shared one reserves what it may grow to."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        sizes = []
        for _ in range(500):
            sizes = without_access(process.pid)
            if 16 * MIB + guard in sizes:
                break
            time.sleep(0.01)
        if 16 * MIB + guard in sizes and fits(sizes):
            return True
        print(f"{' '.join(command)}: mappings without access {[hex(s) for s in sizes]}")
        return False
    finally:
        process.kill()
        process.wait()


def main(tenon):
    failed = 0
    # With the guest's one page of 64 KiB accessible, the rest of reservation and guard is one mapping.
    rest = (4096 + 32) * MIB - 65536
    cases = [
        ("memory-reservation=0x100000000,memory-guard-size=0x2000000", 32 * MIB, lambda sizes: rest in sizes),
        ("memory-reservation=0x100000000,memory-guard-size=0", 0, lambda sizes: rest - 32 * MIB in sizes),
        ("memory-reservation=0x1000000,memory-guard-size=0", 0, lambda sizes: 16 * MIB - 65536 in sizes),
        ("memory-reservation=0,memory-guard-size=0", 0, lambda sizes: max(sizes) == 16 * MIB),
    ]
    if b"__asan_init" in pathlib.Path(tenon).read_bytes():
        print("an address sanitizer has large mappings of its own: that there is no reservation is not looked for")
        cases.pop()
    with tempfile.TemporaryDirectory() as folder:
        wat = pathlib.Path(folder, "guest.wat")
        wat.write_text(GUEST)
        wast = pathlib.Path(folder, "guest.wast")
        wast.write_text(GUEST + '(invoke "f")\n')
        for option, guard, fits in cases:
            for command in ([tenon, "run", "-O", option, str(wat)], [tenon, "wast", "-O", option, str(wast)]):
                failed += not looks(command, guard, fits)
    print(f"{2 * len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
