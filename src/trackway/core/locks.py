"""What a process holds as long as it lives: the system takes it back however the process ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path, patience_s: float) -> Iterator[str | None]:
    """Hold the file `lock`. If another process does, and does not let go, yield its number."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+", encoding="ascii") as file:
        deadline = time.monotonic() + patience_s
        while not (held := _hold(file.fileno())) and time.monotonic() < deadline:
            time.sleep(0.05)
        if held:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield None
        else:
            file.seek(0)
            yield file.read() or "?"


def hold(folder: Path) -> None:
    """Hold `folder` until this process ends."""
    _hold(os.open(folder, os.O_RDONLY | os.O_CLOEXEC))


def abandoned(folder: Path) -> bool:
    """Whether nobody holds `folder` any more."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _hold(descriptor)
    finally:
        os.close(descriptor)


def _hold(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
