#!/usr/bin/env bash
# DVC: `exp run -S` writes small numbers so that PyYAML reads them as text, and the file anew
#
# Version: dvc 3.67.1, PyYAML 6.0.3.
# One would guess: `-S rate=0.00001` changes one value of params.yaml, to a number, and what the
#   study then reads with PyYAML, the usual way from Python, is the number DVC has recorded.
# What happens: the whole file is written again by another library, in YAML 1.2. The number becomes
#   `1e-05`, a float to DVC (dvc.lock, `params diff`) and in YAML 1.2, but without a dot a text to
#   PyYAML, which reads YAML 1.1. Beside it quotes go, `null` becomes nothing and a list of two
#   lines a list of bullets; comments stay. The run itself succeeds.
# Why it matters here: `params/__init__.py` reads params.yaml with PyYAML and refuses a text where
#   a number belongs; README.md tells how the layout is brought back.
# Source: DVC issues 5971 (closed), 8720 and 11018 (open). Own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" dvc==3.67.1 PyYAML==6.0.3 ruamel.yaml==0.19.1 <<'PY'
import subprocess
from importlib.metadata import version
from pathlib import Path

import yaml
from ruamel.yaml import YAML

BEFORE = """\
network:
  rate: 0.01        # learning rate
  name: "six"
  start: null
  hidden: [32,
           16]      # units
"""
AFTER = """\
network:
  rate: 1e-05       # learning rate
  name: six
  start:
  hidden:           # units
  - 32
  - 16
"""


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


print("dvc", version("dvc"), "PyYAML", yaml.__version__)
params = Path("params.yaml")
params.write_text(BEFORE)
Path("train.py").write_text("open('made.txt', 'w').write('made')\n")
Path("dvc.yaml").write_text(
    "stages:\n  train:\n    cmd: python train.py\n"
    "    params: [network.rate]\n    outs: [made.txt]\n"
)
run("git", "init", "--quiet")
run("dvc", "init", "--quiet")
run("dvc", "repro", "--quiet")
run("git", "add", "--all")
run("git", "commit", "--quiet", "--message", "before")
run("dvc", "exp", "run", "--quiet", "-S", "network.rate=0.00001")

print(params.read_text())
reads = {
    "dvc.lock, as DVC reads it": YAML(typ="safe").load(Path("dvc.lock"))["stages"]["train"]
    ["params"]["params.yaml"]["network.rate"],
    "ruamel.yaml": YAML(typ="safe").load(params)["network"]["rate"],
    "PyYAML": yaml.safe_load(params.read_text())["network"]["rate"],
}
for reader, value in reads.items():
    print(f"{reader:26} {value!r}")
assert list(reads.values()) == [1e-05, 1e-05, "1e-05"], reads
assert params.read_text() == AFTER, params.read_text()
PY
