"""Which instructions the libraries use is pinned, whatever the surroundings say."""

import os
import subprocess
import sys

import pytest
import yaml

from trackway import ROOT, params
from trackway.core.errors import InputError
from trackway.pipeline import environment, processor
from trackway.study import emulated

CPUINFO = "processor\t: 0\nmodel name\t: Old One @ 2.0GHz\nflags\t\t: fpu sse2 {}\n"
# What somebody may have set for reasons of their own; each changes last bits where it is obeyed.
SURROUNDINGS = {
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_ENABLE_CPU_FEATURES": "X86_V3",
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "SSE4_2",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "FAISS_SIMD_LEVEL": "NONE",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2",
}
COMPUTED = """
import hashlib
import os
import numpy as np
import torch
import faiss
from scipy import linalg
if os.environ["MKL_NUM_THREADS"] != "1":
    raise SystemExit("threads")
torch.set_num_threads(1)
torch.manual_seed(1)
x = np.random.default_rng(1).normal(size=(203, 67))
matrix = torch.randn(65, 37)
found = [
    np.exp(x), np.log(abs(x)), x.T @ x, np.argsort((x * 3).astype(int).ravel()),
    linalg.eigh(x.T @ x)[0], torch.nn.Linear(37, 53)(matrix), torch.exp(matrix),
    matrix.softmax(1), torch.nn.LSTM(37, 8)(matrix)[0], torch.nn.GRU(37, 8)(matrix)[0],
]
index = faiss.IndexFlatIP(67)
index.add(x.astype("f4"))
found += [index.search(x[:50].astype("f4"), 5)[0]]
parts = [p.detach().numpy() if hasattr(p, "detach") else p for p in found]
print(hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest())
"""


def engine(**values):
    return params.section("engine").model_copy(update={"threads": 1} | values)


def computed(surroundings: dict[str, str]) -> str:
    """A checksum of what the libraries compute, and of what they say."""
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", COMPUTED],
        env=os.environ | surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    return done.stdout


def test_no_variable_of_the_surroundings_reaches_a_library():
    pinned = environment.variables(engine(instructions="portable"))
    assert computed(pinned) == computed(SURROUNDINGS | pinned)


def test_surroundings_that_are_not_pinned_do():
    """Or the test above would show nothing."""
    plain = environment.variables(engine(instructions="native"))
    pinned = environment.variables(engine(instructions="portable"))
    assert computed(pinned) != computed(plain | SURROUNDINGS | {"NPY_DISABLE_CPU_FEATURES": ""})


def test_a_processor_without_is_told_so(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(CPUINFO.format("avx2"))
    with pytest.raises(InputError, match=r"this processor \(Old One @ 2.0GHz\) lacks fma, "):
        processor.check(cpuinfo)
    cpuinfo.write_text(CPUINFO.format("avx2 fma"))
    processor.check(cpuinfo)
    processor.check(tmp_path / "nowhere")


def test_native_leaves_the_machine_its_own():
    assert processor.environment("native") == {}


def test_the_tests_themselves_are_pinned():
    assert processor.PORTABLE.items() <= os.environ.items()


def test_what_hangs_on_instructions_is_stale_when_they_change():
    """Memory and threads never change a result; these do."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    computing = {name for name, stage in stages.items() if "study.index" not in stage["cmd"]}
    asked = {
        name for name, stage in stages.items() if "engine.instructions" in stage.get("params", [])
    }
    assert asked == computing


BEGINS = """
import os, sys
from trackway import params
from trackway.pipeline import environment
environment.begin_anew(params.section("engine"))
print(sys.argv[1:], os.environ["PYTHONHASHSEED"])
"""


def test_a_program_begins_anew_with_its_arguments(tmp_path):
    """Once: what is there already is not asked for again."""
    (tmp_path / "begins.py").write_text(BEGINS)
    done = subprocess.run(
        [sys.executable, tmp_path / "begins.py", "--days", "9"],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "['--days', '9'] 0\n"


def test_another_processor_takes_a_qemu(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="qemu-x86_64 8 or newer, which is not installed"):
        emulated.interpreter(tmp_path / "python", "EPYC")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("qemu-x86_64 version 7.2.22 (Debian)", "has version 7.2.22; 8 or newer is needed"),
        ("qemu-x86_64 version 10.0.13", "knows no processor 'EPYC'; it knows Haswell"),
    ],
)
def test_a_qemu_that_is_too_old_or_knows_no_such_processor(tmp_path, monkeypatch, said, message):
    program = tmp_path / "qemu-x86_64"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{said}" || printf "CPUs:\\n  Haswell  x\\n"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(InputError, match=message):
        emulated.interpreter(tmp_path / "python", "EPYC")
