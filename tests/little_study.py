"""A study of three little steps in a checkout of its own, run once: git and DVC as in the real one.

`clean` cleans `raw.csv`; `rfm` counts its lines by code in a folder and a parameter; `index` puts
the report on one page.
"""

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import yaml
from dvc.repo import Repo

DVC = {
    "clean": {
        "cmd": "mkdir -p data; cp raw.csv data/clean.csv",
        "deps": ["raw.csv"],
        "outs": ["data/clean.csv"],
    },
    "rfm": {
        "cmd": "sh src/rfm/count.sh",
        "deps": ["data/clean.csv", "src/rfm"],
        "params": ["rfm"],
        "outs": ["reports/html/03_rfm.html", {"reports/figures/rfm": {"persist": True}}],
        "metrics": [{"reports/metrics/rfm.json": {"cache": False, "persist": True}}],
    },
    "index": {
        "cmd": "cp reports/html/03_rfm.html reports/index.html",
        "deps": ["reports/html/03_rfm.html"],
        "outs": ["reports/index.html"],
    },
}
COUNT = """mkdir -p reports/html reports/metrics reports/figures/rfm
echo '<p data-report="0123456789ab">' > reports/html/03_rfm.html
wc -l < data/clean.csv >> reports/html/03_rfm.html
grep k: params.yaml >> reports/html/03_rfm.html
echo '<svg>' > reports/figures/rfm/k.svg
echo "{\\"lines\\": $(wc -l < data/clean.csv)}" > reports/metrics/rfm.json
"""
FILES = {
    "raw.csv": "user,price\n1,2.5\n2,3.5\n",
    "params.yaml": "rfm:\n  k: 5\n  scores: together\nengine:\n  threads: 2\n",
    "dvc.yaml": yaml.safe_dump({"stages": DVC}, sort_keys=False, width=1000),
    "src/rfm/count.sh": COUNT,
    "src/rfm/words.txt": "few\nmany\n",
    ".gitignore": "/data\n/reports/*\n!/reports/metrics/\n",
}


def git(root: Path, *arguments: str) -> str:
    """Run git in `root`; its output."""
    named = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    done = subprocess.run(
        ["git", *named, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(root: Path, message: str = "as it is") -> str:
    """Commit everything in `root`; the commit's hash."""
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)
    return git(root, "rev-parse", "HEAD").strip()


def repro(root: Path) -> None:
    """Run what is stale."""
    with contextlib.chdir(root), Repo(root) as repo:
        repo.reproduce()


def make(root: Path) -> Path:
    """Write the study to `root`, run it, commit it."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q")
    Repo.init(root).close()
    repro(root)
    commit(root)
    return root


def copy(made: Path, root: Path) -> Path:
    """A copy of a study `made` before, to be changed."""
    return Path(shutil.copytree(made, root, symlinks=True))


def set_param(root: Path, **values: object) -> None:
    """Change values of the section `rfm`."""
    content = yaml.safe_load((root / "params.yaml").read_text())
    content["rfm"] |= values
    (root / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def write_json(file: Path, content: dict) -> None:
    """Write `content` to `file`, and make its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
