"""Which of a processor's instructions the libraries use: the same on every machine.

numpy, torch and their like look at the processor and take the fastest way through a sum or a
matrix. Each way has other last bits, and some order equal values differently, so a cluster or an
early stop may follow them. What every x86-64-v3 processor can do (AVX2 and FMA; Intel's since
2013, AMD's since 2015) is enough for this study. `PORTABLE` pins each library to that, whatever
the surrounding environment says; docs/reproducibility.md tells, library by library, what was seen.

A library reads its variable when it is loaded, glibc when a process starts: `environment` sees to
it that they are there before.
"""

import platform
from pathlib import Path

from trackway.core.errors import InputError

NEEDED = ("avx2", "fma")  # of x86-64-v3, by their names in /proc/cpuinfo

# A variable that is empty is there to undo what the surroundings may say.
PORTABLE = {
    # OpenBLAS of numpy, scipy and faiss: matrices
    "OPENBLAS_CORETYPE": "Haswell",
    # numpy: loops, sorting. Names of what it has beyond AVX2, in groups since numpy 2.4; it says
    # nothing where a processor lacks them.
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "NPY_ENABLE_CPU_FEATURES": "",  # numpy refuses both at once
    # torch: its own loops, oneDNN (LSTM, some functions), MKL (matrices, functions)
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ONEDNN_DEFAULT_FPMATH_MODE": "STRICT",
    # MKL goes by the maker, too: what it calls AVX2 is another way on AMD's processors. This one is
    # the same on all, but for its square root (evaluation/determinism.py).
    "MKL_CBWR": "COMPATIBLE",
    "MKL_ENABLE_INSTRUCTIONS": "",  # it changes results beside MKL_CBWR, too
    # faiss: distances; obeys nothing else
    "FAISS_SIMD_LEVEL": "AVX2",
    # Arrow's sums; no difference was seen, and none is waited for
    "ARROW_USER_SIMD_LEVEL": "AVX2",
    # glibc: nobody's own choice takes part
    "GLIBC_TUNABLES": "",
}


def environment(instructions: str) -> dict[str, str]:
    """What a process's environment must say of instructions, for a value of `engine.instructions`.

    Raises
    ------
    InputError
        If they are to be portable, and this processor lacks some.
    """
    if instructions == "native":
        return {}
    check()
    return dict(PORTABLE)


def check(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Refuse a processor of the x86-64 kind that lacks what the libraries are pinned to.

    Raises
    ------
    InputError
        With what it lacks, and what to do.
    """
    if platform.machine() != "x86_64" or not cpuinfo.exists():
        return
    info = dict(
        (part.strip() for part in line.split(":", 1))
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        if ":" in line
    )
    missing = [name for name in NEEDED if name not in info.get("flags", "").split()]
    if missing:
        raise InputError(
            f"this processor ({info.get('model name', 'of no name')}) lacks {' and '.join(missing)}"
            ", which the libraries are pinned to so that every machine gives the same bytes; "
            "engine.instructions: native in params.yaml takes what it has, with other last digits."
        )
