# SPDX-License-Identifier: Apache-2.0
"""What the bench is doing, on stderr: on a terminal one line that changes, elsewhere one line per
step."""

from __future__ import annotations

import sys
import threading
import time

SECOND = 1.0  # between looks at the clock on a terminal
WIDTH = 100   # of the line there


class Progress:
    """Steps of several tasks side by side; each is shown from step() on until done()."""

    def __init__(self, tasks: int) -> None:
        self.tasks, self.finished = tasks, 0
        self.steps: dict[str, str] = {}
        self.lock = threading.Lock()
        self.begin = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.ended = threading.Event()
        if self.terminal:
            threading.Thread(target=self._tick, daemon=True).start()

    def step(self, task: str, what: str = "") -> None:
        """`task` does `what` from now on."""
        with self.lock:
            known = task in self.steps
            self.steps[task] = what
            if self.terminal:
                self._show()
            elif not known:
                print(f"bench: {task} ...", file=sys.stderr, flush=True)

    def done(self, task: str) -> None:
        """`task` has ended; its line stays."""
        with self.lock:
            self.finished += 1
            self.steps.pop(task, None)
            if self.terminal:
                print("\r\033[K", end="", file=sys.stderr)
            count = f"{self.finished} of {self.tasks}, {time.monotonic() - self.begin:.0f} s"
            print(f"bench: {task}: done ({count})", file=sys.stderr, flush=True)

    def end(self) -> None:
        """No more."""
        self.ended.set()
        if self.terminal:
            with self.lock:
                print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        seconds = time.monotonic() - self.begin
        now = "; ".join(f"{task}{': ' if what else ''}{what}" for task, what in self.steps.items())
        line = f"\r\033[K[{self.finished}/{self.tasks}, {seconds:.0f} s] {now}"
        print(line[:WIDTH], end="", file=sys.stderr, flush=True)

    def _tick(self) -> None:
        while not self.ended.wait(SECOND):
            with self.lock:
                if self.steps:
                    self._show()
