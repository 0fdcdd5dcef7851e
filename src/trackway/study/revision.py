"""A state of the study to read from: what lies in the checkout, a git revision or an experiment.

Of a revision, what is small (parameters, metrics, tables) comes from git and the rest (figures)
from DVC's cache, as far as this checkout has it. Nothing is checked out.
"""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from dvc.api import DVCFileSystem
from dvc_data.index import DataIndexDirError

from trackway.core.errors import InputError

WORKSPACE = "workspace"
LOST = (OSError, DataIndexDirError)  # not made there, or the cache has it no more


@dataclass(frozen=True)
class Revision:
    """One state of the study.

    Attributes
    ----------
    name : as the user named it
    commit : its commit; empty for the workspace
    root : the checkout
    """

    name: str
    commit: str
    root: Path
    _stored: DVCFileSystem | None = field(default=None, repr=False, compare=False)

    @property
    def label(self) -> str:
        """Name and commit, for a heading."""
        return f"{self.name} ({self.commit[:7]})" if self.commit else self.name

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if this state has none, or its cache has lost it."""
        try:
            if self._stored is None:
                return (self.root / path).read_bytes()
            return self._stored.read_bytes(path)
        except LOST:
            return None

    def files(self, folder: str) -> list[str]:
        """Paths of all files below `folder`, in order; none where they are not at hand."""
        if self._stored is None:
            files = [p for p in (self.root / folder).rglob("*") if p.is_file()]
            return sorted(p.relative_to(self.root).as_posix() for p in files)
        try:
            return sorted(self._stored.find(folder))
        except LOST:
            return []


def resolve(name: str, root: Path) -> Revision:
    """The state that `name` means: ``workspace``, a git revision, or else a DVC experiment.

    Raises
    ------
    InputError
        If it is none of them; the experiments there are get named.
    """
    if name == WORKSPACE:
        return Revision(name, "", root)
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    if commit := commit or _experiments(root).get(name, ""):
        return Revision(name, commit, root, DVCFileSystem(str(root), rev=commit))
    there = ", ".join(_experiments(root)) or "none"
    raise InputError(
        f"{name!r} is no revision of git and no experiment of DVC (there are: {there}). "
        f"`git log` and `dvc exp show` list them; {WORKSPACE} is the present state."
    )


def changed_code(one: Revision, other: Revision) -> list[str]:
    """Files of code and notebooks that differ between two states of one checkout."""
    if not (one.commit or other.commit):
        return []
    commits = [state.commit for state in (one, other) if state.commit]
    listed = _git(one.root, "diff", "--name-only", *commits, "--", "src", "notebooks", "dvc.yaml")
    return listed.splitlines()


def _experiments(root: Path) -> dict[str, str]:
    """Commit by name; of several of one name the latest."""
    form = "--format=%(refname:lstrip=4) %(objectname)"
    listed = _git(root, "for-each-ref", "--sort=committerdate", form, "refs/exps/*/*/*")
    return dict(line.split() for line in listed.splitlines())


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", root, *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
