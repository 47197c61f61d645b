"""The program among pipes, terminals, sockets, full disks and peers that go away.

Usage: system.py TENON FOLDER
"""

import json
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wasi"))
import run  # noqa: E402

ERRNO_PIPE, ERRNO_NOSPC, ERRNO_CONNRESET = 64, 51, 15
failures = []
ran = 0


def expect(what, condition, more=""):
    global ran
    ran += 1
    if not condition:
        failures.append(f"{what}{': ' if more else ''}{more}")


def start(*words, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([TENON, "run", *map(str, words)], **options)


def finish(process, given=None, seconds=60):
    """(exit code, output, errors)"""
    try:
        out, err = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "does not end", b"", b""
    return process.returncode, out or b"", err or b""


def piped(*words, given=None, **options):
    return finish(start(*words, stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, **options), given)


def streams(guest):
    data = os.urandom(1 << 20)
    code, out, err = piped(guest, "copy", given=data)
    expect("standard input to output", code == 0 and out == data and not err, f"{code} {len(out)} {err}")

    # What a guest leaves of its input is the next reader's.
    with tempfile.TemporaryFile() as file:
        file.write(b"one\ntwo\nthree\n")
        for line in (b"one", b"two"):
            file.seek(0) if line == b"one" else None
            code, out, _ = finish(start(guest, "first-line", stdin=file, stdout=subprocess.PIPE))
            expect("input that is not read too far", code == 0 and out == line, repr(out))

    # A reader that goes away.
    process = start(guest, "fill", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    process.stdout = None
    code, _, err = finish(process)
    expect("a pipe that nobody reads", code == ERRNO_PIPE and not err, f"{code} {err}")

    with open("/dev/full", "wb") as full:
        code, _, err = finish(start(guest, "fill", stdout=full, stderr=subprocess.PIPE))
        expect("a full standard output", code == ERRNO_NOSPC and not err, f"{code} {err}")
        code, _, err = finish(start("--invoke", "f", write_module("(func (export \"f\") (result i32) i32.const 1)"), stdout=full,
                                    stderr=subprocess.PIPE))
        expect("results on a full standard output", code == 1 and b"No space left on device (os error 28)" in err, f"{code} {err}")

    # Closed streams: nothing is there, and what the program opens itself does not take their numbers.
    for closed in ([0], [1], [2], [0, 1, 2]):
        with tempfile.TemporaryDirectory() as folder:
            process = start("--dir", f"{folder}::/data", guest, "streams", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, preexec_fn=lambda: [os.close(fd) for fd in closed])
            code, out, err = finish(process)
            expect(f"closed streams {closed}", code == 0, f"{code} {out} {err}")
            expect(f"closed streams {closed}", out == (b"" if 1 in closed else b"o") and err == (b"" if 2 in closed else b"e"), f"{out} {err}")

    # Readiness of a pipe: nothing, something, the end.
    process = start(guest, "poll", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out = process.stdout.read()
    expect("a pipe with nothing in it", out.splitlines() == [b"2 0 0 0"], repr(out))
    process.stdin.close()
    process.wait()
    code, out, _ = piped(guest, "poll", given=b"abc")
    expect("a pipe with something in it", out.startswith(b"1 0 3"), repr(out))

    # Time is up while it reads, writes, waits.
    for what, options in (("copy", {"stdin": subprocess.PIPE}), ("fill", {"stdout": subprocess.PIPE})):
        process = start("-W", "timeout=200ms", guest, what, stderr=subprocess.PIPE, **options)
        began = time.monotonic()
        process.wait(timeout=60)
        expect(f"time is up in {what}", process.returncode == 134 and time.monotonic() - began < 20, str(process.returncode))
        expect(f"time is up in {what}", b"wasm trap: interrupt" in process.stderr.read())


def write_module(body):
    path = pathlib.Path(FOLDER) / "module.wat"
    path.write_text(f"(module {body})")
    return str(path)


def terminals(guest):
    def on_terminal(*words, type_in=b""):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(TENON, [TENON, "run", *words])
        if type_in:
            os.write(fd, type_in)
        got = b""
        while True:
            try:
                chunk = os.read(fd, 1000)
            except OSError:
                break
            if not chunk:
                break
            got += chunk
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        return os.waitstatus_to_exitcode(status), got

    code, got = on_terminal(guest, "tty")
    expect("terminals are known", code == 0 and b"1 1 1" in got, repr(got))
    code, out, _ = piped(guest, "tty")
    expect("pipes are no terminals", out == b"0 0 0\n", repr(out))
    code, got = on_terminal(guest, "poll", type_in=b"abc\n")
    expect("a terminal is polled", code == 0 and b"1 0 4" in got, repr(got))
    code, got = on_terminal(guest, "first-line", type_in=b"abc\n")
    expect("a terminal is read", code == 0 and got.count(b"abc") == 2, repr(got))


def full_disk(guest):
    """On a file system with little room; without the right to mount one, on one file that may not grow."""
    with tempfile.TemporaryDirectory() as folder:
        limited = ["prlimit", f"--fsize={1 << 20}"]
        mounted = subprocess.run(["unshare", "-m", "sh", "-c", f"mount -t tmpfs -o size=1m tmpfs {folder}"], capture_output=True)
        if mounted.returncode == 0:
            shell = f'mount -t tmpfs -o size=1m tmpfs {folder} && exec {TENON} run --dir {folder}::/data {guest} fill /data/file'
            done = subprocess.run(["unshare", "-m", "sh", "-c", shell], capture_output=True)
            expect("a full disk", done.returncode == ERRNO_NOSPC and not done.stderr, f"{done.returncode} {done.stderr}")
        done = subprocess.run([*limited, TENON, "run", "--dir", f"{folder}::/data", guest, "fill", "/data/file"], capture_output=True)
        expect("a file that may not grow", done.returncode == 22 and not done.stderr, f"{done.returncode} {done.stderr}")


def vanishing(guest):
    with tempfile.TemporaryDirectory() as folder:
        granted = pathlib.Path(folder, "granted")
        granted.mkdir()
        process = start("--dir", f"{granted}::/data", guest, "list", "/data", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdout.readline()
        granted.rmdir()
        code, out, _ = finish(process, b"\n")
        expect("a directory that vanishes", code == 44 and out == b"", f"{code} {out}")
    code, _, err = piped("--dir", "/nowhere::/data", guest, "list", "/data")
    expect("a directory that is not there", code == 1 and err == b"Error: No such file or directory (os error 2)\n", f"{code} {err}")
    code, out, _ = piped(guest, "list", "/data", given=b"\n")
    expect("a directory that was not granted", code != 0 and out == b"ready\n", f"{code} {out}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port):
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise RuntimeError("nobody listens")


def sockets(guest):
    with tempfile.TemporaryDirectory() as folder:
        # The socket comes after the directory.
        for how, words, fd in (("tcplisten", ["--dir", f"{folder}::/data"], 4), ("tcplisten", [], 3)):
            port = free_port()
            process = start("-S", f"tcplisten=127.0.0.1:{port}", *words, guest, "accept", fd, 0, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with connect(port) as peer:
                peer.sendall(b"hello")
                got = b""
                while len(got) < 5:
                    got += peer.recv(10)
                expect("what a guest sends", got == b"hello", repr(got))
                peer.sendall(b"01234")
                time.sleep(0.1)
                peer.sendall(b"56789")
                code, out, err = finish(process)
            expect("functions on sockets", code == 0 and not out + err, f"{code} {out} {err}")
    # A peer that goes away, and one that is slow: only its own end, or the deadline, ends the wait.
    for words, how, act, wanted in (([], 1, "close", {ERRNO_PIPE, ERRNO_CONNRESET}), (["-W", "timeout=300ms"], 1, "wait", {134}),
                                    (["-W", "timeout=300ms"], 2, "wait", {134}), ([], 2, "close", {0})):
        port = free_port()
        process = start(*words, "-S", f"tcplisten=127.0.0.1:{port}", guest, "accept", 3, how, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with connect(port) as peer:
            if act == "close":
                time.sleep(0.2)
                peer.close()
            code, out, err = finish(process)
        expect(f"a peer that is there to {act}, {how}", code in wanted, f"{code} {out} {err}")
    # Readiness.
    port = free_port()
    process = start("-S", f"tcplisten=127.0.0.1:{port}", guest, "accept", 3, 3, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with connect(port) as peer:
        peer.recv(3)
        time.sleep(0.1)
        peer.sendall(b"now")
        time.sleep(0.1)
        peer.shutdown(socket.SHUT_WR)
        code, out, err = finish(process)
    expect("readiness of sockets", code == 0, f"{code} {out} {err}")
    # Sockets that somebody else opened.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        def pass_on():
            os.dup2(listener.fileno(), 3)
            os.environ["LISTEN_PID"] = str(os.getpid())

        environment = dict(os.environ, LISTEN_FDS="1")
        process = start("-S", "listenfd", guest, "accept", 3, 2, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                        preexec_fn=pass_on, pass_fds=[3])
        with connect(port):
            pass
        code, out, err = finish(process)
        expect("a socket that was passed on", code == 0, f"{code} {out} {err}")
    # A port that is taken.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = piped("-S", f"tcplisten=127.0.0.1:{taken.getsockname()[1]}", guest, "tty")
        expect("a port that is taken", code == 1 and b"Address already in use (os error 98)" in err, f"{code} {err}")


def modules_from_stdin():
    module = b'(module (func (export "_start")) (func (export "f") (result i32) i32.const 7))'
    code, out, err = piped("--invoke", "f", "-", given=module)
    expect("a module from a pipe", code == 0 and out == b"7\n", f"{code} {out} {err}")
    with tempfile.TemporaryFile() as file:
        file.write(module)
        file.seek(0)
        code, out, _ = finish(start("--invoke", "f", "-", stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        expect("a module from a file as standard input", code == 0 and out == b"7\n", f"{code} {out}")
    code, _, err = piped("-", given=b"(module")
    expect("a bad module from a pipe", code == 1 and b"/dev/stdin" in err, f"{code} {err}")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "run").write_bytes(module)
        for words, tool in ((["run", "run"], "wasmtime"), (["--", "run"], "wasmtime"), (["run", "--invoke", "f", "run"], "tenon")):
            command = [TENON, *(["as", tool] if tool == "wasmtime" else []), *words]
            done = subprocess.run(command, cwd=folder, capture_output=True)
            expect(f"a file called run: {words}", done.returncode == 0, f"{done.returncode} {done.stderr}")


def kinds_of_files():
    """What is no module that runs here: messages and exit codes."""
    def write(content):
        path = pathlib.Path(FOLDER, "file.wasm")
        path.write_bytes(content)
        return str(path)

    magic = b"\0asm\1\0\0\0"
    rows = [
        ("a section that is cut", magic + b"\1\5\1", [], ["failed to parse WebAssembly module", "(at offset 0x"]),
        ("an unknown section", magic + b"\x7f\0", [], ["failed to parse WebAssembly module", "malformed section id: 127"]),
        ("a body that is wrong", magic + b"\1\5\1\x60\0\1\x7f" + b"\3\2\1\0" + b"\x0a\4\1\2\0\x0b", [],
         ["failed to compile: wasm[0]::function[0]", "WebAssembly translation error", "Invalid input WebAssembly code at offset "]),
        ("a component", b"\0asm\x0d\0\1\0", [], ["components are not supported yet"]),
        ("a component, disabled", b"\0asm\x0d\0\1\0", ["-W", "component-model=n"],
         ["cannot execute a component without `--wasm component-model`"]),
        ("a precompiled module", b"\x7fELF\2\1\1", [], ["running a precompiled module requires the `--allow-precompiled` flag"]),
        ("a precompiled module, allowed", b"\x7fELF\2\1\1", ["--allow-precompiled"], ["precompiled modules are not supported yet"]),
        ("another version", b"\0asm\2\0\0\0", [], ["failed to parse WebAssembly module", "unknown binary version"]),
        ("bytes that are no text", b"\xff\xfe", [], ["input bytes aren't valid utf-8"]),
        ("an empty file", b"", [], ["Error: "]),
    ]
    for name, content, words, texts in rows:
        code, out, err = piped(*words, write(content))
        expect(name, code == 1 and not out and all(text in err.decode() for text in texts), f"{code} {err.decode()}")
    code, out, err = piped(write(magic))
    expect("an empty module", code == 0 and not out + err, f"{code} {err}")


def leb(number):
    out = b""
    while True:
        number, low = number >> 7, number & 0x7f
        out += bytes([low | (0x80 if number else 0)])
        if not number:
            return out


def large_files():
    """Modules that are read in pieces, and from what can be read once only."""
    filler = b"\0" + leb(3 << 20) + b"\4fill" + bytes((3 << 20) - 5)
    code = leb(40_000) + (b"\x40" + b"\0" + b"\x41\0\x1a" * 20 + b"\1\1" + b"\x0b") * 40_000
    module = (b"\0asm\1\0\0\0" + filler + b"\1\4\1\x60\0\0" + b"\3" + leb(len(leb(40_000)) + 40_000) + leb(40_000) +
              bytes(40_000) + b"\x0a" + leb(len(code)) + code + filler)
    bad = bytearray(module)
    at = len(module) - len(filler) - 20
    bad[at] = 0xff
    path = pathlib.Path(FOLDER, "large.wasm")
    for given, code in ((module, 0), (bad, 1), (module[:-1], 1)):
        path.write_bytes(given)
        from_file = subprocess.run([TENON, "validate", path], capture_output=True)
        from_pipe = subprocess.run([TENON, "validate"], input=given, capture_output=True)
        expect("a large module", from_file.returncode == code, f"{from_file.returncode} {from_file.stderr}")
        expect("a large module", from_file.stderr == from_pipe.stderr and from_file.stdout == b"",
               f"{from_file.stderr} {from_pipe.stderr}")
        expect("a large module", code == 0 or b"at offset 0x" in from_file.stderr, f"{from_file.stderr}")
    fifo = pathlib.Path(FOLDER, "fifo")
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    for command in ("validate", "objdump"):
        process = subprocess.Popen([TENON, command, fifo], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(fifo, "wb") as pipe:
            pipe.write(module)
        code, _, err = finish(process)
        expect(f"{command} of a FIFO", code == 0 and not err, f"{code} {err}")


def profile(guest):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "profile.json")
        body = ('(func $inner (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))'
                '(func $outer (export "_start") (call $inner (i32.const 100000000)))')
        code, _, err = piped("--profile", f"guest,{path},1ms", write_module(body))
        told = json.loads(path.read_text())
        thread = told["threads"][0]
        expect("a profile", code == 0 and thread["samples"]["length"] > 20, f"{code} {err}")
        names = {thread["stringArray"][index] for index in thread["funcTable"]["name"]}
        expect("a profile", {"inner", "outer"} <= names, str(names))
        for table in ("frameTable", "funcTable", "stackTable", "samples"):
            for column, values in thread[table].items():
                if isinstance(values, list):
                    expect("a profile", len(values) == thread[table]["length"], f"{table}.{column}")


def main(tenon, folder):
    global TENON, FOLDER
    TENON, FOLDER = os.path.abspath(tenon), folder
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    guest = run.compile_guest(str(HERE / "guest.c"), folder)
    if guest is None:
        print("no clang with wasi-libc: not run")
        return 77
    streams(guest)
    terminals(guest)
    full_disk(guest)
    vanishing(guest)
    sockets(guest)
    modules_from_stdin()
    kinds_of_files()
    large_files()
    profile(guest)
    for failure in failures:
        print(failure)
    print(f"{ran} checks, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
