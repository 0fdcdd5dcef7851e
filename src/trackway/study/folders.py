"""Which files of a folder changed since DVC last hashed it.

`dvc.lock` knows a folder's hash, not its files, and DVC keeps no copy of what a stage depends on.
Git does: where the folder's state at a commit has the recorded hash, its files can be named.
"""

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

from trackway.study import PASSED_OVER

TRIED = 20  # commits; results are seldom older than that


def changed(root: Path, folder: str, recorded: str) -> list[str]:
    """Files of `folder` that differ from the state of hash `recorded`, each with what happened.

    Empty if none of the last commits that touched the folder has that state.
    """
    tried = _git(root, "log", f"--max-count={TRIED}", "--format=%H", "--", folder).decode()
    for revision in tried.split():
        before = _at(root, revision, folder)
        if before and digest(before) == recorded:
            return _told(folder, before, _now(root / folder))
    return []


def digest(files: dict[str, bytes]) -> str:
    """DVC's hash of a folder: that of the sorted list of its files and their hashes.

    Parameters
    ----------
    files : contents by path, relative to the folder, with ``/``
    """
    listed = [{"md5": _md5(files[name]), "relpath": name} for name in sorted(files)]
    return _md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _told(folder: str, before: dict[str, bytes], now: dict[str, bytes]) -> list[str]:
    words = {(True, True): "changed", (True, False): "is gone", (False, True): "is new"}
    return [
        f"{folder}/{name} {words[name in before, name in now]}"
        for name in sorted(before | now)
        if before.get(name) != now.get(name)
    ]


def _now(folder: Path) -> dict[str, bytes]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in files
        if not PASSED_OVER & set(file.relative_to(folder).parts)
    }


def _at(root: Path, revision: str, folder: str) -> dict[str, bytes]:
    archive = _git(root, "archive", "--format=tar", revision, "--", folder)
    if not archive:
        return {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [member for member in tar.getmembers() if member.isfile()]
        contents = {member.name: tar.extractfile(member).read() for member in members}
    return {Path(name).relative_to(folder).as_posix(): text for name, text in contents.items()}


def _git(root: Path, *arguments: str) -> bytes:
    """What git says; nothing if it cannot (no commit yet, a folder it does not know)."""
    return subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=False).stdout
