"""What a long step tells while it works: under which heading, for how long, and how far it is.

The kernel leaves word in a small file and the runner prints it, so that nothing of it enters the
notebook, which must be the same twice. In JupyterLab the word stands under the cell that works.
"""

import os
import shutil
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Self

FILE = "TRACKWAY_PROGRESS"  # set by the runner: where the kernel leaves word
LOOK_S = 1.0  # between two looks at a query, or at the file
TELL_S = 10.0  # between two lines about one heading, where lines stay


_doing = ""


def tell(doing: str) -> None:
    """Leave word of what is being done, such as "GRU: epoch 3 of at most 15"; "" for done."""
    global _doing
    _doing = doing
    if FILE in os.environ:
        Path(os.environ[FILE]).write_text(doing, encoding="utf-8")
    elif _in_jupyter():
        print(f"\r{doing:<78}", end="", flush=True)


def follow(connection) -> None:
    """Leave word of the share done of each query of `connection`, a DuckDB one, from now on."""
    if FILE not in os.environ:
        return
    connection.execute("SET enable_progress_bar = true")  # else it is not counted
    connection.execute("SET enable_progress_bar_print = false")
    word = Path(os.environ[FILE])
    threading.Thread(target=_follow, args=(weakref.ref(connection), word), daemon=True).start()


def _follow(connection: weakref.ref, word: Path) -> None:
    last = -1.0
    while opened := connection():
        share = opened.query_progress()
        del opened  # or we were the last to hold it
        if share != last:
            working = f"{share:.0f} % of a query" if 0 <= share < 100 else ""
            word.write_text(", ".join(filter(None, [_doing, working])), encoding="utf-8")
        last = share
        time.sleep(LOOK_S)


def _in_jupyter() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return bool(shell) and "IPKernelApp" in shell.config


class Teller:
    """Says which part of a notebook is running, and again every while, as long as it is.

    A context: inside it a thread reads the kernel's word. On a terminal there is one line for
    each heading, kept up to date; elsewhere a plain line each `TELL_S`.
    """

    def __init__(self, word: Path):
        self._word = word
        self._started = self._told = time.monotonic()
        self._now, self._line = "", ""
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._line and sys.stdout.isatty():
            print(flush=True)

    def heading(self, share: str, heading: str) -> None:
        """`heading` begins, after `share` of the notebook's cells."""
        before, self._now = self._now, heading
        self._word.write_text("", encoding="utf-8")
        if before and sys.stdout.isatty():
            print()
        self._say(share, "")

    def _watch(self) -> None:
        often = LOOK_S if sys.stdout.isatty() else TELL_S
        while not self._over.wait(LOOK_S):
            if self._now and time.monotonic() - self._told >= often:
                self._say("", self._word.read_text(encoding="utf-8"))

    def _say(self, share: str, word: str) -> None:
        self._told = time.monotonic()
        self._line = share or self._line
        elapsed = self._told - self._started
        text = f"{elapsed:7.1f} s  {self._now}" + (f": {word}" if word else "")
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be mended
            print(f"\r\x1b[K{f'  {self._line:7}{text}':.{width}}", end="", flush=True)
        else:
            print(f"  {share:7}{text}", flush=True)
