"""Runs one fuzz target for a while, and says how often it ran and how much of its library it covered.

Usage: run.py TARGET [SECONDS]      (built by the preset `fuzz`; `./dev fuzz` does that)

The corpus lies in build/fuzz/corpus/TARGET and starts from the scripts in tests/, from generated modules and, where TENON_SUITES
is set, from the suites. An input that fails is kept in build/fuzz/crashes/TARGET-*: it becomes a file in tests/regress.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
BUILD = ROOT / "build/fuzz"
GENERATED = "1000"
QUIET = {**os.environ, "LLVM_PROFILE_FILE": "/dev/null"}


def scripts():
    folders = [ROOT / "tests/wast", ROOT / "tests/regress"]
    if os.environ.get("TENON_SUITES"):
        folders.append(pathlib.Path(os.environ["TENON_SUITES"]) / "core")
    return sorted(str(path) for folder in folders if folder.is_dir() for path in folder.rglob("*.wast"))


def seed(target, corpus):
    if target == "text":
        for number, path in enumerate(scripts()):
            data = pathlib.Path(path).read_bytes()
            if len(data) < 64 << 10:
                (corpus / f"seed-{number}").write_bytes(data)
    else:
        for number, path in enumerate(scripts()):
            folder = corpus / str(number)
            folder.mkdir()
            subprocess.run([BUILD / "tests/tools/wast_modules", path, folder], stdout=subprocess.DEVNULL, env=QUIET)
        generated = corpus / "generated"
        generated.mkdir()
        subprocess.run([BUILD / "fuzz/generators/generate_modules", generated, GENERATED, "1"], stdout=subprocess.DEVNULL, env=QUIET)
        for beside in (*generated.glob("*.features"), *generated.glob("*.intent")):
            beside.unlink()


def library(target):
    """The library whose lines count: a target's second line names it."""
    return re.search(r"^// library: (\S+)$", (ROOT / f"fuzz/targets/{target}.cpp").read_text(), re.MULTILINE)[1]


def line_coverage(program, corpus, name):
    profile = BUILD / f"{program.name}.profraw"
    environment = {**os.environ, "LLVM_PROFILE_FILE": str(profile)}
    subprocess.run([program, "-runs=0", corpus], env=environment, check=True, capture_output=True)
    merged = profile.with_suffix(".profdata")
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", profile, "-o", merged], check=True)
    done = subprocess.run(
        ["llvm-cov-19", "export", "-summary-only", f"-instr-profile={merged}", program, ROOT / "src" / name],
        check=True, capture_output=True, text=True,
    )
    files = json.loads(done.stdout)["data"][0]["files"]
    lines = [(f["filename"], f["summary"]["lines"]) for f in files if f"/src/{name}/" in f["filename"]]
    for path, row in lines:
        print(f"  {row['percent']:5.1f}%  {os.path.relpath(path, ROOT)}")
    count, covered = (sum(row[key] for _, row in lines) for key in ("count", "covered"))
    return 100 * covered / max(count, 1)


def main(target, seconds):
    program = BUILD / f"fuzz/fuzz_{target}"
    corpus = BUILD / "corpus" / target
    crashes = BUILD / "crashes"
    crashes.mkdir(parents=True, exist_ok=True)
    if not corpus.is_dir():
        corpus.mkdir(parents=True)
        seed(target, corpus)
    command = [program, f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1", "-verbosity=0",
               "-reload=0", f"-artifact_prefix={crashes}/{target}-", corpus]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=QUIET)
    found = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    if done.returncode != 0:
        print(done.stderr[-6000:])
        print(f"{target}: failed; the input is in {crashes}")
        return 1
    name = library(target)
    percent = line_coverage(program, corpus, name)
    print(f"{target}: {found[1]} executions in {seconds} s, {sum(1 for p in corpus.rglob('*') if p.is_file())} inputs, {percent:.1f}% of the lines of src/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60))
