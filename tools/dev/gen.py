"""Rewrites what is generated, or says what is stale.

Usage: gen.py [--check]

Generated are the parts of Markdown files between `<!-- generated: NAME -->` and `<!-- end -->`, by the functions in PARTS,
and src/spec/spec_instructions.txt where TENON_SPEC names a folder with the specification.
"""

import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import status
import tables


def libraries():
    """The map of libraries: each with what it may include and the first sentence of its README."""
    import tomllib

    lines = ["| Library | | Stands on |", "| --- | --- | --- |"]
    for name, beneath in tomllib.loads((tables.ROOT / "layers.toml").read_text())["libraries"].items():
        readme = tables.ROOT / ("tools/tenon" if name == "cli" else f"src/{name}") / "README.md"
        text = readme.read_text().split("\n\n")[1] if readme.exists() else ""
        sentence = re.split(r"(?<=[.:])\s", " ".join(text.split()), maxsplit=1)[0].rstrip(".:")
        link = f"[{name}]({readme.parent.relative_to(tables.ROOT)})" if readme.exists() else name
        lines.append(f"| {link} | {sentence} | {', '.join(beneath)} |")
    return lines


PARTS = {"features": status.matrix, "libraries": libraries}
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(check):
    stale = []
    made = {}
    for path in [tables.ROOT / "README.md", tables.ROOT / "ARCHITECTURE.md"]:
        text = path.read_text()

        def fill(match):
            name = match[2]
            if name not in made:
                made[name] = "\n".join(PARTS[name]()) + "\n"
            return match[1] + made[name] + match[3]

        filled = PART.sub(fill, text)
        if filled != text:
            stale.append(path.name)
            if not check:
                path.write_text(filled)
    if os.environ.get("TENON_SPEC"):
        command = [sys.executable, tables.ROOT / "tools/dev/spec_extract.py", os.environ["TENON_SPEC"]]
        done = subprocess.run(command + ["--check"], capture_output=True, text=True)
        if done.returncode:
            stale.append("src/spec/spec_instructions.txt")
            if not check:
                subprocess.run(command, check=True)
    for name in stale:
        print(f"{name} {'is stale: run ./dev gen' if check else 'rewritten'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
