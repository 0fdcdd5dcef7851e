#!/usr/bin/env bash
# torch: with MKL_CBWR=COMPATIBLE a square root is not the nearest number, and Adam learns by it
#
# Version: torch 2.13.0 for CPUs.
# One would guess: a square root is rounded correctly, as IEEE 754 asks, so it is the one function
#   that no library and no processor can have differently; and the mode of MKL that is there for
#   the same results on all processors has it, too.
# What happens: torch.sqrt of float32 asks MKL's vector functions. In that mode about a fifth of
#   the roots are off in the last digit (under QEMU other ones as on AMD's EPYC than as on Intel's
#   Haswell); with MKL's AVX2 none was, in its own choice on a processor with AVX-512 a few. Adam
#   takes that root at each step. Its fused form does not: it has the processor's own.
# Why it matters here: `evaluation/determinism.py`: `adam`, `SparseAdam`; `pipeline/processor.py`.
# Source: own trial; oneMKL's developer guide for the mode.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" torch==2.13.0 numpy==2.4.6 <<'PY'
import os
import subprocess
import sys

TRIED = """
import hashlib
import numpy as np
import torch
torch.set_num_threads(1)
x = torch.rand(10007, generator=torch.Generator().manual_seed(1)) + 0.001


def learned(**form):
    weight = torch.nn.Parameter(torch.zeros(10007))
    adam = torch.optim.Adam([weight], lr=0.01, **form)
    for _ in range(5):
        weight.grad = x * (1 + weight.detach())
        adam.step()
    return hashlib.md5(weight.detach().numpy().tobytes()).hexdigest()


wrong = int((torch.sqrt(x).numpy() != np.sqrt(x.numpy())).sum())
print(torch.__version__.split("+")[0], wrong, learned(), learned(fused=True))
"""


def tried(mode: str) -> list[str]:
    command = [sys.executable, "-c", TRIED]
    done = subprocess.run(
        command, env=os.environ | {"MKL_CBWR": mode}, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


version, wrong, adam, fused = tried("COMPATIBLE")
_, wrong_avx2, adam_avx2, fused_avx2 = tried("AVX2")
print("torch", version)
print(f"not the nearest number, of 10,007 roots: {wrong} with COMPATIBLE, {wrong_avx2} with AVX2")
print(f"Adam learns the same with both: {adam == adam_avx2}; its fused form: {fused == fused_avx2}")
assert int(wrong) > 500, wrong
assert adam != adam_avx2
assert fused == fused_avx2
PY
