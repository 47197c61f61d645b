"""Writes the C++ of Markdown files to a folder, one file a fence: <stem>_<number>.cpp.

Usage: snippets.py FOLDER FILE.md...      prints the names of the files that it wrote

Files whose contents have not changed are left alone, so that nothing is built again for them.
"""

import pathlib
import re
import sys

FENCE = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(folder, documents):
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        for number, match in enumerate(FENCE.finditer(document.read_text()), 1):
            path = folder / f"{document.stem.lower()}_{number}.cpp"
            if not path.exists() or path.read_text() != match[1]:
                path.write_text(match[1])
            print(path)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]])
