#!/usr/bin/env bash
# DVC: a date in params.yaml that no stage asks for stops the whole pipeline
#
# Version: dvc 3.67.1.
# One would guess: `from: 2019-10-01` is fine in a params file, since it is valid YAML; and if DVC
#   could not do with dates, only stages that name the key would be concerned.
# What happens: `dvc repro`, `dvc status` and `dvc exp run` end with "unexpected error", at
#   whatever key it stands: the whole file is loaded, for templates that dvc.yaml may hold. Quoted,
#   it is text, and all is well.
# Why it matters here: `sampling.window` and `rfm.as_of` take dates. Who fills one in must quote
#   it, as the examples beside them do; else no step runs, and the message names no remedy.
# Source: DVC issues 9957 and 9503, open. Own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" dvc==3.67.1 <<'PY'
import subprocess
from importlib.metadata import version
from pathlib import Path

print("dvc", version("dvc"))
Path("train.py").write_text("open('made.txt', 'w').write('made')\n")
Path("dvc.yaml").write_text(
    "stages:\n  train:\n    cmd: python train.py\n    params: [k]\n    outs: [made.txt]\n"
)
subprocess.run(["git", "init", "--quiet"], check=True)
subprocess.run(["dvc", "init", "--quiet"], check=True)
subprocess.run(["git", "add", "--all"], check=True)
subprocess.run(["git", "commit", "--quiet", "--message", "first"], check=True)

COMMANDS = ["repro", "status", "exp run"]
for params, end in [
    ("k: 6\nfrom: '2019-10-01'\n", 0),
    ("k: 6\nfrom: 2019-10-01\n", 255),
]:
    Path("params.yaml").write_text(params)
    print(params.strip().replace("\n", "; "))
    for command in COMMANDS:
        done = subprocess.run(["dvc", *command.split()], capture_output=True, text=True)
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        print(f"   dvc {command:12} ends with {done.returncode}", *errors)
        assert done.returncode == end, done.stderr
        assert not end or "Unsupported value of type 'date'" in errors[0], errors
PY
