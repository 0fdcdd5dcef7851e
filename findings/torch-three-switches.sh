#!/usr/bin/env bash
# torch: three variables choose its instructions, and none of them reaches what the others do
#
# Version: torch 2.13.0 for CPUs.
# One would guess: ATEN_CPU_CAPABILITY, which torch.backends.cpu.get_cpu_capability() answers to,
#   decides what torch computes with.
# What happens: it reaches torch's own loops (softmax). With it pinned, a linear layer and exp
#   still follow MKL_CBWR, and an LSTM follows ONEDNN_MAX_CPU_ISA, though a GRU beside it follows
#   MKL's; the capability that is told is the pinned one all the same.
# Why it matters here: `pipeline/processor.py` pins all three.
# Source: own trial; the documentation of torch, oneDNN and oneMKL has each its own variable.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" torch==2.13.0 numpy==2.4.6 <<'PY'
import json
import os
import subprocess
import sys

COMPUTED = """
import hashlib, json, torch
torch.set_num_threads(1)
torch.manual_seed(1)
matrix = torch.randn(65, 37)
parts = {
    "softmax": matrix.softmax(1),
    "exp": torch.exp(matrix),
    "linear": torch.nn.Linear(37, 53)(matrix),
    "LSTM": torch.nn.LSTM(37, 8)(matrix)[0],
    "GRU": torch.nn.GRU(37, 8)(matrix)[0],
}
sums = {n: hashlib.md5(p.detach().numpy().tobytes()).hexdigest() for n, p in parts.items()}
print(json.dumps(sums | {"told": torch.backends.cpu.get_cpu_capability()}))
"""
PINNED = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "AVX2"}
LOWER = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "COMPATIBLE"}
FOLLOWS = {"ONEDNN_MAX_CPU_ISA": {"LSTM"}, "MKL_CBWR": {"exp", "linear", "GRU"}}


def computed(variables: dict[str, str]) -> dict[str, str]:
    command = [sys.executable, "-c", COMPUTED]
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


import torch

print("torch", torch.__version__.split("+")[0])
pinned = computed(PINNED)
assert pinned["told"] == "AVX2"
for name, value in LOWER.items():
    lower = computed(PINNED | {name: value})
    changed = {part for part in pinned if lower[part] != pinned[part]}
    print(f"{name}={value}: {', '.join(sorted(changed - {'told'}))}; told: {lower['told']}")
    if name in FOLLOWS:
        assert changed == FOLLOWS[name], changed
    else:
        assert {"softmax", "told"} <= changed, changed
PY
