#!/usr/bin/env bash
# numpy: in which order equal integers are sorted hangs on the processor, and so do pandas' tables
#
# Version: numpy 2.4.6, pandas 3.1.1.
# One would guess: an order of integers has no last digits, so a table sorted by a column of whole
#   numbers comes out the same everywhere; and a feature of the processor can be switched off by
#   the name it has in /proc/cpuinfo.
# What happens: `argsort` by default, and with it pandas' `sort_values`, order equal keys in one way
#   with AVX-512, in another with AVX2, in a third without. NPY_DISABLE_CPU_FEATURES takes names of
#   groups since 2.4 (X86_V3, X86_V4); AVX2 or AVX512F are told of in a warning, and nothing is
#   switched off. Set beside NPY_ENABLE_CPU_FEATURES, numpy cannot be imported.
# Why it matters here: `pipeline/processor.py` pins the groups; who sorts by a key that ties, in
#   pandas or numpy, asks for a stable order or a total key.
# Source: own trial; numpy's documentation of both variables (the names of groups are in no page).
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" numpy==2.4.6 pandas==3.1.1 <<'PY'
import json
import os
import subprocess
import sys
from importlib.metadata import version

SORTS = """
import json, warnings
import numpy as np
import pandas as pd
keys = np.random.default_rng(1).integers(0, 50, 1000)
table = pd.DataFrame({"key": keys, "row": range(1000)})
first = [np.argsort(keys), table.sort_values("key")["row"].to_numpy()]
stable = [np.argsort(keys, kind="stable")]
print(json.dumps([o[keys[o] == 0].tolist() for o in first + stable]))
"""


def ran(**variables: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-W", "default", "-c", SORTS]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)


print("numpy", version("numpy"), "pandas", version("pandas"))
BEYOND = "X86_V4 AVX512_ICL AVX512_SPR"
avx2, none = ran(NPY_DISABLE_CPU_FEATURES=BEYOND), ran(NPY_DISABLE_CPU_FEATURES="X86_V3 " + BEYOND)
with_avx2, without = json.loads(avx2.stdout), json.loads(none.stdout)
for name, a, b in zip(["argsort", "sort_values", "stable"], with_avx2, without, strict=True):
    print(f"{name}: rows of key 0 with AVX2 {a[:4]}..., without {b[:4]}...")
    assert (a == b) == (name == "stable"), name
named = ran(NPY_DISABLE_CPU_FEATURES="AVX2")
print("by the name AVX2:", " ".join(named.stderr.split())[-150:])
assert "not part of the dispatched optimizations" in named.stderr
assert json.loads(named.stdout) == json.loads(ran().stdout)
both = ran(NPY_DISABLE_CPU_FEATURES=BEYOND, NPY_ENABLE_CPU_FEATURES="X86_V3")
print("both variables: exit status", both.returncode)
assert both.returncode != 0
assert "cannot be set simultaneously" in both.stderr
PY
