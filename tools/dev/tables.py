"""Reads the .def tables, for developer scripts. Rows are `NAME(field, field, ...)`, one or more lines each."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]


def split_fields(text):
    """Splits at commas outside strings and parentheses."""
    fields, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(text):
        if char == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted and char in "({<":
            depth += 1
        elif not quoted and char in ")}>":
            depth -= 1
        elif not quoted and depth == 0 and char == ",":
            fields.append(text[start:at])
            start = at + 1
    fields.append(text[start:])
    return [field.strip().strip('"') for field in fields]


def rows(table, macro):
    """Fields of every row `macro(...)` of a table, named by its path below the repository."""
    out = []
    text = (ROOT / table).read_text()
    for match in re.finditer(rf"^{macro}\(", text, re.MULTILINE):
        depth, at, quoted = 1, match.end(), False
        while depth:
            char = text[at]
            if char == '"' and text[at - 1] != "\\":
                quoted = not quoted
            elif not quoted:
                depth += (char == "(") - (char == ")")
            at += 1
        out.append(split_fields(text[match.end() : at - 1]))
    return out


def features():
    """(name, option, phase, on by default)"""
    return [(f[0], f[2], f[3], f[4] == "1") for f in rows("include/tenon/spec/features.def", "FEATURE")]


def opcodes():
    """(enumerator, text, feature)"""
    return [(f[2], f[3], f[4]) for f in rows("include/tenon/spec/opcodes.def", "OP")]
