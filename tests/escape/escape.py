"""Attempts to escape from the sandbox, by number; each must be refused as the guest expects, and nothing outside may change.

    escape.py TENON FOLDER [--full] [NUMBER...]

 1-6   `..` in every form, beyond the root and back            28     renumbering onto streams, grants, closed numbers
 7-8   absolute paths                                          29     a grant given back
 9     empty, zero bytes, malformed UTF-8, too long            30     rights asked back
 10-13 links that the guest makes: absolute, up, chain, loop   31     FIFO, device, socket, file as directory
 14-17 links that the host made: out, ending in / /. //        32     sockets without a grant
 18    a link swapped by another process                       36     environment and arguments that were not granted
 19    /proc, mounted in                                       39     escape sequences to a terminal
 20    a directory moved out during the walk                   40-42  memory and tables beyond their ends
 21-22 rename and link between grants, between file systems    44     bytes never written are zero
 23-27 a read-only grant                                       45     all descriptors, all memory, endless growth

Those on paths run with openat2 allowed, and refused by a seccomp filter (with EPERM and with ENOSYS), on a read-write and a
read-only grant. That the mode is in force is seen by calling openat2 behind the filter.
"""

import ctypes
import hashlib
import os
import pathlib
import pty
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wasi"))
import run  # noqa: E402

PATHS = [*range(1, 18), 19, 21, 22, *range(23, 28), 29, 31, 32, 36]
WAYS = {"allowed": 0, "EPERM": 1, "ENOSYS": 38}
SYS_OPENAT2 = 437
failures = []
ran = 0


# ---- the filter -------------------------------------------------------------------------------------------------------------

def refuse_openat2(errno):
    """Installs a seccomp filter in this process that answers `errno` to openat2 and allows all else."""
    libc = ctypes.CDLL(None, use_errno=True)

    def instruction(code, jt, jf, k):
        return struct.pack("HBBI", code, jt, jf, k)

    program = b"".join([
        instruction(0x20, 0, 0, 0),                   # the number of the call
        instruction(0x15, 0, 1, SYS_OPENAT2),         # openat2?
        instruction(0x06, 0, 0, 0x00050000 | errno),  # errno
        instruction(0x06, 0, 0, 0x7FFF0000),          # allow
    ])
    buffer = ctypes.create_string_buffer(program)

    class Prog(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    prog = Prog(len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.byref(prog), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def openat2_answer():
    """What openat2 says to this process: 0, or the errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    how = struct.pack("QQQ", os.O_RDONLY | os.O_DIRECTORY, 0, 8)
    fd = libc.syscall(SYS_OPENAT2, -100, b".", how, 24)
    if fd >= 0:
        os.close(fd)
        return 0
    return ctypes.get_errno()


def in_way(way):
    """For preexec_fn: puts the way in force, and fails where it is not."""

    def prepare():
        if WAYS[way]:
            refuse_openat2(WAYS[way])
        if openat2_answer() != WAYS[way]:
            os._exit(120)

    return prepare


# ---- the world --------------------------------------------------------------------------------------------------------------

class World:
    """root is granted, other is granted with the opposite rights, outside is what nobody may touch."""

    def __init__(self, folder):
        self.base = pathlib.Path(folder)
        self.root, self.other, self.outside = (self.base / name for name in ("root", "other", "outside"))
        for path in (self.root / "a/b", self.root / "empty", self.root / "dir", self.other, self.outside / "dir/deep"):
            path.mkdir(parents=True)
        (self.root / "inside.txt").write_text("inside")
        (self.other / "theirs.txt").write_text("theirs")
        (self.outside / "secret").write_text("secret")
        (self.outside / "dir/secret").write_text("secret")
        links = {"out": "../outside", "absolute": str(self.outside), "file-out": "../outside/secret", "evil": "../outside",
                 "out-slash": "../outside/", "out-dot": "../outside/.", "out-slashes": "../outside//",
                 "link-slash": "evil/", "link-dot": "evil/.", "link-slashes": "evil//"}
        for name, target in links.items():
            (self.root / name).symlink_to(target)
        os.mkfifo(self.root / "fifo")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.root / "socket"))
        self.elsewhere = None
        for candidate in ("/dev/shm", "/run", "/var/tmp"):
            if os.path.isdir(candidate) and os.access(candidate, os.W_OK) and os.stat(candidate).st_dev != os.stat(folder).st_dev:
                self.elsewhere = tempfile.TemporaryDirectory(dir=candidate)
                (pathlib.Path(self.elsewhere.name) / "theirs.txt").write_text("theirs")
                break

    def close(self):
        if self.elsewhere:
            self.elsewhere.cleanup()

    def digest(self, *folders):
        """Of names, kinds, modes, owners, times, link targets and contents beneath some folders."""
        digest = hashlib.sha256()
        for folder in folders:
            for path in [folder, *sorted(folder.rglob("*"))]:
                info = path.lstat()
                digest.update(f"{path.relative_to(self.base)} {info.st_mode} {info.st_uid} {info.st_nlink} {info.st_mtime_ns}".encode())
                if stat.S_ISLNK(info.st_mode):
                    digest.update(os.readlink(path).encode())
                elif stat.S_ISREG(info.st_mode):
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    def grants(self, mode):
        opposite = "ro" if mode == "rw" else "rw"
        words = ["--dir", f"{self.root}::/data::{mode}", "--dir", f"{self.other}::/other::{opposite}"]
        words += ["--dir", f"{self.elsewhere.name if self.elsewhere else self.other}::/elsewhere::rw"]
        return words + ["--dir", "/proc::/proc::rw"]


def call(world, guest, way, mode, attempts, **options):
    environment = dict(os.environ, TENON_SECRET="secret")
    command = [TENON, "run", *world.grants(mode), guest, mode, *attempts]
    return subprocess.Popen(command, env=environment, preexec_fn=in_way(way), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **options)


def expect(what, condition, more=""):
    if not condition:
        failures.append(f"{what}{': ' if more else ''}{more}")


def guest_attempts(guest, wanted):
    """Every attempt on paths, each in a world of its own, in every way and mode."""
    global ran
    for way in WAYS:
        for mode in ("rw", "ro"):
            for number in wanted:
                with tempfile.TemporaryDirectory() as folder:
                    world = World(folder)
                    try:
                        if number == 22 and (not world.elsewhere or mode == "ro"):
                            continue  # nothing to move to; read-only is what 25 and 26 try
                        protected = [world.outside] + ([world.root] if mode == "ro" else [world.other])
                        before = world.digest(*protected)
                        process = call(world, guest, way, mode, [str(number)])
                        out, err = process.communicate(timeout=60)
                        ran += 1
                        name = f"attempt {number}, {mode}, openat2 {way}"
                        expect(name, process.returncode == 0 and not err, f"exit code {process.returncode}\n{out}{err}")
                        expect(name, world.digest(*protected) == before, "what may not change has changed")
                    finally:
                        world.close()


def races(guest, wanted, rounds):
    """18 and 20: the host changes the tree while the guest walks it."""
    global ran
    for way in WAYS:
        for mode in ("rw", "ro"):
            for number in wanted:
                with tempfile.TemporaryDirectory() as folder:
                    world = World(folder)
                    over = threading.Event()
                    swaps = [0]

                    def swap():
                        link, real = world.root / "swap", world.root / "swap.dir"
                        real.mkdir()
                        (real / "secret").write_text("inner!")
                        while not over.is_set():
                            (world.root / "tmp").symlink_to("../outside")
                            os.rename(world.root / "tmp", link)
                            os.unlink(link)
                            os.rename(real, link)
                            os.rename(link, real)
                            swaps[0] += 1

                    def move():
                        (world.root / "mover/deep").mkdir(parents=True)
                        while not over.is_set():
                            os.rename(world.root / "mover", world.outside / "mover")
                            os.rename(world.outside / "mover", world.root / "mover")
                            swaps[0] += 1

                    thread = threading.Thread(target=swap if number == 18 else move)
                    protected = [world.outside / "dir", world.outside / "secret"]
                    before = world.digest(*protected)
                    thread.start()
                    while swaps[0] == 0:
                        time.sleep(0.001)
                    # A busy machine may give this thread few turns while the guest runs: then the guest runs again.
                    first, end = swaps[0], time.monotonic() + 60
                    while True:
                        process = call(world, guest, way, mode, [f"{number}:{rounds}"])
                        out, err = process.communicate(timeout=600)
                        during = swaps[0] - first
                        if during > 20 or process.returncode != 0 or err or time.monotonic() > end:
                            break
                    over.set()
                    thread.join()
                    ran += 1
                    name = f"attempt {number}, {mode}, openat2 {way}"
                    expect(name, process.returncode == 0 and not err, f"exit code {process.returncode}\n{out}{err}")
                    expect(name, during > 20, f"only {during} changes in the meantime")
                    expect(name, world.digest(*protected) == before, "what lies outside has changed")
                    expect(name, not {"new", "newdir"} & set(os.listdir(world.outside)), "something was made outside")
                    world.close()


def descriptors(guest, rounds):
    """28: how many descriptors the host has open is the same after any number of renumberings."""
    global ran
    counts = []
    for amount in (40, rounds):
        with tempfile.TemporaryDirectory() as folder:
            world = World(folder)
            process = call(world, guest, "allowed", "rw", [f"28:{amount}"])
            line = process.stderr.readline()
            counts.append(len(os.listdir(f"/proc/{process.pid}/fd")))
            out, err = process.communicate(timeout=600)
            ran += 1
            expect("attempt 28", line == "now\n" and process.returncode == 0, f"{line}{out}{err}")
            world.close()
    expect("attempt 28", counts[0] == counts[1], f"{counts[0]} descriptors after 40 rounds, {counts[1]} after {rounds}")


def rights(guest):
    global ran
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        process = call(world, guest, "allowed", "rw", ["30"])
        out, err = process.communicate(timeout=60)
        ran += 1
        expect("attempt 30", process.returncode == 0, out + err)
        world.close()


def terminal(guest):
    """39: what a terminal gets has no control sequence in it."""
    global ran
    ran += 1
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(TENON, [TENON, "run", guest, "rw", "39"])
    got = b""
    try:
        while chunk := os.read(fd, 1000):
            got += chunk
    except OSError:
        pass
    os.waitpid(pid, 0)
    os.close(fd)
    expect("attempt 39", b"red" in got and not any(c < 0x20 and c not in b"\n\r\t" or 0x7F == c for c in got), repr(got))
    expect("attempt 39", "\x9b" not in got.decode(), repr(got))


def bombs(guest):
    """45: with few descriptors and little memory allowed."""
    global ran
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        command = [TENON, "run", "-W", "max-memory-size=67108864", *world.grants("rw"), guest, "rw", "45"]
        done = subprocess.run(["prlimit", "--nofile=128"] + command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        ran += 1
        expect("attempt 45", done.returncode == 0, done.stdout + done.stderr)
        world.close()


def modules(names):
    """40, 41, 42, 44 and what of 45 needs no descriptors: modules beside this file whose heads say how they run."""
    global ran
    for path in sorted(HERE.glob("*.wat")):
        if names and not any(path.name.startswith(f"{name}-") for name in names):
            continue
        for line in path.read_text().splitlines():
            if not line.startswith(";; RUN"):
                continue
            head, _, words = line[6:].partition(":")
            code = int(head[1:-1]) if head else 0
            done = subprocess.run([TENON, "run", *words.split()], cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=60)
            ran += 1
            expect(f"{path.name}: {words}", done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}")


def main(arguments):
    global TENON
    full = "--full" in arguments
    arguments = [word for word in arguments if word != "--full"]
    TENON, folder = os.path.abspath(arguments[0]), arguments[1]
    names = [int(word) for word in arguments[2:]]
    wanted = lambda numbers: [n for n in numbers if not names or n in names]  # noqa: E731
    guest = run.compile_guest(str(HERE / "escape.c"), folder)
    if guest is None:
        print("no clang with wasi-libc: not run")
        return 77
    guest_attempts(guest, wanted(PATHS))
    races(guest, wanted([18, 20]), 100_000 if full else 4_000)
    if wanted([28]):
        descriptors(guest, 100_000 if full else 10_000)
    if wanted([30]):
        rights(guest)
    if wanted([39]):
        terminal(guest)
    if wanted([45]):
        bombs(guest)
    modules(names)
    for failure in failures:
        print(failure)
    print(f"{ran} attempts, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
