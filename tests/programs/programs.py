"""Programs that others wrote, in C, C++, Go and Rust, compiled to WASI and run: what they print and how they end must be what
their native builds print, to the byte.

Usage: programs.py TENON [NAME...]      zlib, cadical, esbuild, ripgrep, clang; all without one

Sources come from Debian (apt-get source), the Go module proxy and crates.io, through their own clients, into build/programs;
what is there is not fetched again. clang is the module of npm's @yowasp/clang, named by TENON_BENCH_CLANG with
llvm-resources.tar beside it; Rust wants that archive, too, and Debian's rustc-web, cargo-web and rust-web-src. A program whose
tools or sources are not here says so; the last line counts.
"""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build/programs"
CLANG = ["--target=wasm32-wasi", "-O2", "-D_WASI_EMULATED_SIGNAL", "-D_WASI_EMULATED_PROCESS_CLOCKS", "-D_WASI_EMULATED_GETPID"]
EMULATED = ["-lwasi-emulated-signal", "-lwasi-emulated-process-clocks", "-lwasi-emulated-getpid"]


class Missing(Exception):
    pass


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")


def do(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise Missing(f"{' '.join(map(str, command))[:200]}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def debian(package):
    """The sources of a Debian package, unpacked."""
    out = WORK / package
    if out.exists():
        return out
    need("apt-get")
    folder = WORK / "debian"
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "list").write_text("deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n")
    options = ["-o", f"Dir::Etc::sourcelist={folder}/list", "-o", "Dir::Etc::sourceparts=-", "-o", f"Dir::State::lists={folder}/lists",
               "-o", f"Dir::Cache={folder}/cache"]
    if not list((folder / "lists").glob("*Sources*")):
        do(["apt-get", *options, "update"])
    do(["apt-get", *options, "source", "--download-only", package], cwd=folder)
    [archive] = folder.glob(f"{package}_*.orig.tar.*")
    unpacked = WORK / f"{package}.unpacked"
    unpacked.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    [top] = unpacked.iterdir()
    top.rename(out)
    return out


def resources():
    """Headers and libraries of @yowasp/clang, unpacked."""
    module = os.environ.get("TENON_BENCH_CLANG", "")
    archive = pathlib.Path(module or "none").with_name("llvm-resources.tar")
    if not module or not archive.exists():
        raise Missing("TENON_BENCH_CLANG names no module with llvm-resources.tar beside it")
    out = WORK / "resources"
    if not out.exists():
        with tarfile.open(archive) as tar:
            tar.extractall(out, filter="data")
    return module, out


def lines_of(paths):
    return sum(path.read_bytes().count(b"\n") for path in paths)


class Program:
    """A native build and a module, run side by side in folders of their own."""

    def __init__(self, name, native, module, lines):
        self.name, self.native, self.module, self.lines = name, native, module, lines
        self.cases = self.wrong = 0
        self.at, self.env = ".", {}  # what the guest calls its directory, and what it is always told

    def folder(self, side):
        return WORK / f"{self.name}.{side}"

    def give(self, name, content):
        for side in ("native", "wasi"):
            path = self.folder(side) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def case(self, *args, stdin=b"", files=(), env=None, code=None):
        """Runs both; `{}` in an argument is the folder. Compares output, errors, exit codes and what is in `files`."""
        self.cases += 1
        env = env or {}

        def content(side, name):
            path = self.folder(side) / name
            return path.read_bytes() if path.exists() else None

        native = subprocess.run([str(self.native), *(a.replace("{}", ".") for a in args)], input=stdin, capture_output=True,
                                cwd=self.folder("native"), env={"PATH": os.environ["PATH"], **env}, timeout=600)
        given = [word for key, value in {**self.env, **env}.items() for word in ("--env", f"{key}={value}")]
        wasi = subprocess.run([TENON, "run", "--dir", f"{self.folder('wasi')}::{self.at}", "--argv0", str(self.native), *given, str(self.module),
                               *(a.replace("{}", ".") for a in args)], input=stdin, capture_output=True, timeout=1800)
        same = native.stdout == wasi.stdout and native.stderr == wasi.stderr and native.returncode == wasi.returncode
        for name in files:
            same &= content("native", name) is not None and content("native", name) == content("wasi", name)
        if not same or (code is not None and native.returncode != code):
            self.wrong += 1
            print(f"{self.name} {' '.join(args)}: exit codes {native.returncode}, {wasi.returncode}; output "
                  f"{'the same' if native.stdout == wasi.stdout else 'differs'}\n{native.stderr[-500:]}\n{wasi.stderr[-1500:].decode(errors='replace')}")


def text(size, seed):
    rng = random.Random(seed)
    words = ["".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randrange(2, 10))) for _ in range(500)]
    out = []
    while sum(map(len, out)) < size:
        out.append(" ".join(rng.choice(words) for _ in range(12)) + "\n")
    return "".join(out).encode()


def zlib():
    """C: minigzip over zlib."""
    need("clang-19")
    source = debian("zlib")
    code = [source / f"{name}.c" for name in "adler32 compress crc32 deflate gzclose gzlib gzread gzwrite infback inffast inflate inftrees trees uncompr zutil".split()]
    native, module = WORK / "minigzip", WORK / "minigzip.wasm"
    words = ["-I", source, "-DHAVE_UNISTD_H", "-Wno-everything", *code, source / "test/minigzip.c"]
    if not module.exists():
        do(["clang-19", "-O2", *words, "-o", native])
        do(["clang-19", *CLANG, *words, "-o", module])
    program = Program("zlib", native, module, lines_of([*source.glob("*.[ch]"), source / "test/minigzip.c"]))
    data = text(300_000, 1)
    program.give("a.txt", data)
    program.give("b.txt", random.Random(2).randbytes(100_000))
    program.case(stdin=data)
    for level in ("-1", "-6", "-9", "-f", "-h", "-r"):
        program.case(level, stdin=data)
    program.case("-d", stdin=subprocess.run([native], input=data, capture_output=True).stdout)
    program.case("-d", stdin=b"this was never compressed")
    program.case("{}/a.txt", "{}/b.txt", files=["a.txt.gz", "b.txt.gz"])
    program.case("-d", "{}/a.txt.gz", "{}/b.txt.gz", files=["a.txt", "b.txt"])
    program.case("-c", "{}/a.txt")
    program.case("{}/none.txt")
    return program


def cadical():
    """C++: a SAT solver."""
    need("clang++-19")
    source = debian("cadical")
    code = sorted(path for path in (source / "src").glob("*.cpp") if path.stem not in ("mobical", "ipasir"))
    shim = WORK / "no_pipes.h"
    shim.write_text("// WASI has no processes: what would read compressed files through a pipe fails; nor timers that end them.\n#include <cstdio>\n"
                    "static inline unsigned alarm(unsigned) { return 0; }\n"
                    "#define ru_maxrss ru_utime.tv_sec  // nobody asks for it\n"
                    "static inline FILE* popen(const char*, const char*) { return nullptr; }\n"
                    "static inline int pclose(FILE*) { return -1; }\nstatic inline int dup2(int, int) { return -1; }\n"
                    "static inline int dup(int) { return -1; }\n")
    native, module = WORK / "cadical.host", WORK / "cadical.wasm"
    words = ["-DNDEBUG", "-DNBUILD", "-DQUIET", "-DNTRACING", "-Wno-everything"]
    if not module.exists():
        for kind, flags in (("native", ["-O2"]), ("wasi", [*CLANG, "-fno-exceptions", "-include", shim])):
            (WORK / f"cadical.objects.{kind}").mkdir(exist_ok=True)
            running = []
            for path in code:
                out = WORK / f"cadical.objects.{kind}" / f"{path.stem}.o"
                # It asks for network addresses elsewhere than on Windows.
                here = ["-D__WIN32"] if kind == "wasi" and path.stem == "random" else []
                running.append(subprocess.Popen([str(w) for w in ["clang++-19", *flags, *words, *here, "-c", path, "-o", out]], stderr=subprocess.PIPE, text=True))
                if len(running) == (os.cpu_count() or 1):
                    first = running.pop(0)
                    if first.wait():
                        raise Missing(first.stderr.read()[-600:])
            for rest in running:
                if rest.wait():
                    raise Missing(rest.stderr.read()[-600:])
        do(["clang++-19", *(WORK / "cadical.objects.native").glob("*.o"), "-o", native])
        do(["clang++-19", "--target=wasm32-wasi", "-Wl,-z,stack-size=1048576", *(WORK / "cadical.objects.wasi").glob("*.o"), *EMULATED, "-o", module])
    program = Program("cadical", native, module, lines_of([*code, *(source / "src").glob("*.hpp")]))
    rng = random.Random(3)

    def formula(variables, clauses):
        rows = [" ".join(str(rng.choice((-1, 1)) * v) for v in rng.sample(range(1, variables + 1), 3)) + " 0" for _ in range(clauses)]
        return f"p cnf {variables} {clauses}\n" + "\n".join(rows) + "\n"

    easy, hard = formula(100, 350), formula(60, 400)
    program.give("easy.cnf", easy)
    program.give("hard.cnf", hard)
    program.give("bad.cnf", "p cnf x y\n")
    program.case("{}/easy.cnf", code=10)
    program.case("{}/hard.cnf", code=20)
    program.case(stdin=easy.encode(), code=10)
    program.case("-n", "{}/hard.cnf", code=20)
    program.case("--no-binary", "{}/hard.cnf", "{}/proof", files=["proof"], code=20)
    program.case("{}/bad.cnf")
    program.case("{}/none.cnf")
    program.case("--version")
    program.case("--nonsense")
    return program


def esbuild():
    """Go: a bundler of JavaScript."""
    need("go")
    folder = WORK / "esbuild"
    native, module = folder / "esbuild", folder / "esbuild.wasm"
    env = dict(os.environ, GOFLAGS="-mod=mod", CGO_ENABLED="0")
    if not module.exists() or not native.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "go.mod").exists():
            do(["go", "mod", "init", "programs"], cwd=folder, env=env)
        do(["go", "get", "github.com/evanw/esbuild@v0.25.10"], cwd=folder, env=env)
        do(["go", "build", "-o", native, "github.com/evanw/esbuild/cmd/esbuild"], cwd=folder, env=env)
        do(["go", "build", "-o", module, "github.com/evanw/esbuild/cmd/esbuild"], cwd=folder, env=dict(env, GOOS="wasip1", GOARCH="wasm"))
    source = pathlib.Path(do(["go", "list", "-m", "-f", "{{.Dir}}", "github.com/evanw/esbuild"], cwd=folder, env=env).strip())
    program = Program("esbuild", native, module, lines_of(source.glob("internal/**/*.go")))
    program.at, program.env = "/", {"PWD": "/"}
    script = b"type T = { a: number };\nexport const f = (x: T): number => x.a ** 2 ?? 1;\nconsole.log(f({ a: 3 }), `t${1 + 1}`);\n"
    program.give("a.ts", script)
    program.give("b.js", "import { f } from './a.ts';\nexport default class C { #x = f({ a: 1 }); static { C.y = 1n } }\n")
    program.give("bad.js", "let x = ;\n")
    program.case("--loader=ts", stdin=script)
    program.case("--loader=ts", "--minify", "--target=es2015", stdin=script)
    program.case("{}/b.js", "--bundle", "--format=esm")
    program.case("{}/b.js", "--bundle", "--minify", "--target=es6,chrome60")
    program.case("{}/b.js", "--bundle", "--outfile={}/out.js", "--sourcemap", "--log-level=error", files=["out.js", "out.js.map"])
    program.case("{}/bad.js", "--color=false", code=1)
    program.case("{}/none.js", "--color=false", code=1)
    program.case("--version", code=0)
    return program


def ripgrep():
    """Rust: a search program."""
    need("/usr/bin/cargo", "/usr/bin/rustc", "wasm-ld-19", "clang-19")
    _, libraries = resources()
    folder = WORK / "ripgrep"
    native, module = folder / "native/bin/rg", folder / "wasi/bin/rg.wasm"
    env = dict(os.environ, RUSTC="/usr/bin/rustc", CARGO_TARGET_DIR=str(folder / "target"))
    install = ["/usr/bin/cargo", "install", "ripgrep", "--version", "14.1.1", "--locked"]
    if not native.exists():
        do([*install, "--root", folder / "native"], env=env)
    if not module.exists():
        library = libraries / "lib/wasm32-wasip1"
        env.update(RUSTC_BOOTSTRAP="1", CC_wasm32_wasip1="clang-19", AR_wasm32_wasip1="llvm-ar-19",
                   RUSTFLAGS=f"-C linker=/usr/bin/wasm-ld-19 -L {library} -C link-self-contained=no -C panic=abort -C link-arg={library}/crt1-command.o")
        do([*install, "--root", folder / "wasi", "-Zbuild-std=std,panic_abort", "--target", "wasm32-wasip1"], env=env)
    sources = list(pathlib.Path.home().glob(".cargo/registry/src/*/ripgrep-14.1.1/**/*.rs")) + [
        path for crate in ("grep-", "ignore-", "globset-", "regex-automata-")
        for path in pathlib.Path.home().glob(f".cargo/registry/src/*/{crate}*/src/**/*.rs")]
    program = Program("ripgrep", native, module, lines_of(sources))
    program.give("d/a.txt", text(200_000, 5))
    program.give("d/b.txt", text(50_000, 6) + b"Needle in the haystack\n")
    program.give("d/c.bin", b"\0\1needle\0")
    flags = ["--no-config", "--color=never", "-j1", "--sort=path"]
    for words in (["needle", "{}/d"], ["-i", "needle", "{}/d"], ["-n", "-w", "[aeiou][a-z]{2}", "{}/d/a.txt"], ["-c", "a.*z", "{}/d"],
                  ["--files", "{}/d"], ["-l", "-i", "NEEDLE", "{}/d"], ["-o", "-r", "<$1>", "(n[a-z]+e)\\b", "{}/d/b.txt"],
                  ["nothing at all", "{}/d"], ["(", "{}/d"], ["-v", "-m2", "e", "{}/d"], ["-U", "-A1", "-B1", "haystack", "{}/d"]):
        program.case(*flags, *words)
    # On WASI it does not look whether standard input is worth reading.
    program.case(*flags, "an?", "-", stdin=text(20_000, 7))
    return program


def clang():
    """clang and wasm-ld compile and link programs, which then run."""
    module, libraries = resources()
    folder = WORK / "clang"
    folder.mkdir(parents=True, exist_ok=True)

    def run(*words):
        return subprocess.run([TENON, "run", "--dir", f"{folder}::/w", "--dir", f"{libraries}::/usr", *map(str, words)], capture_output=True, text=True)

    library, built_ins = "/usr/lib/wasm32-wasip1", "/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a"
    if not (libraries / "lib/wasm32-unknown-wasip1").exists():
        built_ins = "/usr/lib/wasm32-wasip1/libclang_rt.builtins.a"
    cases = wrong = 0
    programs = {
        "hello.c": ('#include <stdio.h>\nint main(int c, char** v) { printf("hello, %s, %d\\n", v[1], c); return 7; }\n', ["world"], "hello, world, 2\n", 7),
        "primes.c": ('#include <stdio.h>\nint main(void) { int n = 0; for (int i = 2; i < 20000; ++i) { int p = 1; for (int j = 2; j * j <= i; ++j) '
                     'if (i % j == 0) { p = 0; break; } n += p; } printf("%d\\n", n); return 0; }\n', [], "2262\n", 0),
        "words.cpp": ('#include <map>\n#include <string>\n#include <cstdio>\nint main(int c, char** v) { std::map<std::string, int> m; '
                      'for (int i = 1; i < c; ++i) ++m[v[i]]; for (auto& [k, n] : m) std::printf("%s %d\\n", k.c_str(), n); }\n',
                      ["b", "a", "b"], "a 1\nb 2\n", 0),
    }
    for name, (source, args, printed, code) in programs.items():
        cases += 1
        (folder / name).write_text(source)
        cpp = name.endswith("pp")
        compiled = run("--argv0", "clang++" if cpp else "clang", module, "-c", "-O2", *(["-fno-exceptions"] if cpp else []), f"/w/{name}", "-o", f"/w/{name}.o")
        linked = run("--argv0", "wasm-ld", module, f"{library}/crt1-command.o", f"/w/{name}.o", f"-L{library}", *(["-lc++", "-lc++abi"] if cpp else []),
                     "-lc", built_ins, "-o", f"/w/{name}.wasm")
        ran = run(folder / f"{name}.wasm", *args) if linked.returncode == 0 else linked
        if compiled.returncode or linked.returncode or ran.stdout != printed or ran.returncode != code:
            wrong += 1
            print(f"clang {name}: {compiled.returncode} {linked.returncode} {ran.returncode} {ran.stdout!r}\n{compiled.stderr[-600:]}{linked.stderr[-600:]}")
    program = Program("clang", None, module, 0)
    program.cases, program.wrong = cases, wrong
    return program


PROGRAMS = [zlib, cadical, esbuild, ripgrep, clang]


def main(tenon, names):
    global TENON
    TENON = os.path.abspath(tenon)
    WORK.mkdir(parents=True, exist_ok=True)
    ran = wrong = cases = 0
    for make in PROGRAMS:
        if names and make.__name__ not in names:
            continue
        try:
            program = make()
        except Missing as why:
            print(f"{make.__name__}: not run: {why}", flush=True)
            continue
        ran += 1
        wrong += program.wrong
        cases += program.cases
        size = os.path.getsize(program.module) / 1e6
        print(f"{make.__name__}: {make.__doc__} {program.lines} lines, {size:.1f} MB; {program.cases - program.wrong} of {program.cases} runs are the same",
              flush=True)
    print(f"{ran} programs, {cases - wrong} of {cases} runs as the native builds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
