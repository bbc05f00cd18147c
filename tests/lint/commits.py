#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The messages of commits: a subject `area: what` of at most 72 characters, and a body that says
why, unless the change is small. Run in the repository; status 1 if a message is not so.

usage: tests/lint/commits.py [BASE]     commits after BASE; merges are left out
"""

import re
import subprocess
import sys

# The commit after which every message is written in this way.
BASE = "3b7590e976779dedc0a4063a77eb7177d287e7db"
# Of two columns more, and in main before anybody noticed.
EXCEPT = {"b560bd3ca138167004559988f6afce08c48a3605"}
SUBJECT_LENGTH = 72
# A change of this many lines, added and removed together, needs a body.
LINES = 10
SUBJECT = re.compile(r"[a-z0-9][A-Za-z0-9_./-]*(, [A-Za-z0-9_./-]+)*: \S")


def git(*arguments: str) -> str:
    """What git prints. Raises subprocess.CalledProcessError where it fails."""
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True).stdout


def knows(commit: str) -> bool:
    """False in a folder without history, and in a clone that does not reach back to the commit."""
    try:
        git("cat-file", "-e", commit + "^{commit}")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def changed_lines(numstat: str) -> int:
    """Lines added and removed; a file that is moved counts for what changes in it, a binary one as
    LINES."""
    pairs = [line.split("\t")[:2] for line in numstat.splitlines() if line]
    return sum(LINES if "-" in pair else int(pair[0]) + int(pair[1]) for pair in pairs)


def problems(message: str, lines: int) -> list[str]:
    """What is wrong with the message of a commit that changes so many lines."""
    subject, _, body = message.partition("\n")
    found = []
    if not SUBJECT.match(subject):
        found.append("the subject is not `area: what changed`")
    if len(subject) > SUBJECT_LENGTH:
        found.append(f"the subject has {len(subject)} characters; at most {SUBJECT_LENGTH}")
    if body.split("\n", 1)[0]:
        found.append("no empty line follows the subject")
    if not body.strip() and lines >= LINES:
        found.append(f"{lines} lines changed and no body says why")
    return found


def main() -> int:
    """Print what is wrong, a line each, and return the exit status."""
    base = sys.argv[1] if len(sys.argv) > 1 else BASE
    if not knows(base):
        print(f"skipped: there is no history back to {base[:7]} here")
        return 0
    log = git("log", "--no-merges", "--reverse", "--numstat", "-M", "--format=%x01%H%x00%B%x00", f"{base}..HEAD")
    wrong = []
    for commit in log.split("\1")[1:]:
        name, message, numstat = commit.split("\0")
        subject = message.split("\n", 1)[0]
        if name not in EXCEPT:
            wrong += [f"{name[:7]} {subject}: {problem}" for problem in problems(message, changed_lines(numstat))]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
