"""Reads the results that ctest wrote and ends with the plain line `N passed, N failed`.

Usage: summary.py tests.xml. Prints the output of what failed, and what was not run and why, before that line.
"""

import sys
import xml.etree.ElementTree as ElementTree

LONGEST_OUTPUT = 4000


def main(path):
    passed, failed, skipped = 0, [], {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        output = (case.findtext("system-out") or "").strip()
        if status == "run":
            passed += 1
        elif status in ("notrun", "disabled") and "SKIP" in (case.find("skipped").get("message", "") if case.find("skipped") is not None else ""):
            reason = next((line for line in output.splitlines() if "not run" in line), "skipped")
            skipped.setdefault(reason, []).append(case.get("name"))
        else:
            failed.append((case.get("name"), output or status))
    for name, output in failed:
        print(f"--- {name}")
        print(output if len(output) <= LONGEST_OUTPUT else output[:LONGEST_OUTPUT] + "\n[cut]")
    if failed:
        print("failed:")
        for name, _ in failed:
            print(f"  {name}")
    for reason, names in skipped.items():
        print(f"{reason}: {', '.join(names) if len(names) <= 10 else f'{len(names)} tests'}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
