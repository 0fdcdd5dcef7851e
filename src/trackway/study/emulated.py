"""A Python that runs as if on another processor, by QEMU's user mode: ``make verify CPU=EPYC``.

QEMU translates every instruction and answers the libraries as the named processor would, its maker
included. Python is slower by ten to fifty times, so study a few thousand events (`demo.events`).

It cannot show AVX-512, which QEMU does not have; nor what is left to a processor's maker: QEMU
computes the approximate instructions (rcpps, rsqrtps) in its own way.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from trackway.core.errors import InputError

PROGRAM = "qemu-x86_64"
OLDEST = 8  # with 7.2, Debian 12's, numpy's sorts with AVX2 failed
ASKED = (
    "from numpy._core._multiarray_umath import __cpu_features__ as f; print(f['AVX2'], f['FMA3'])"
)


def interpreter(folder: Path, model: str) -> Path:
    """Make a Python in `folder` like the present one, as on a `model`; the folder of its program.

    Raises
    ------
    InputError
        If there is no QEMU, or too old a one, or it knows no such processor, or that one cannot do
        what the libraries are pinned to.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise InputError(
            f"another processor takes {PROGRAM} {OLDEST} or newer, which is not installed; "
            "on Debian 13 and Ubuntu 24.04: apt-get install qemu-user"
        )
    version = re.search(r"version (\d+)[\d.]*", _output(program, "--version"))
    if version is None or int(version[1]) < OLDEST:
        raise InputError(
            f"{program} has {version[0] if version else 'no version'}; {OLDEST} or newer is "
            "needed, as with older ones numpy's sorts fail"
        )
    known = models(_output(program, "-cpu", "help"))
    if model not in known:
        raise InputError(f"{PROGRAM} knows no processor {model!r}; it knows {', '.join(known)}")
    python = _make(folder, program, ",".join([model, *_lacking(program, model)]))
    able = subprocess.run([python, "-c", ASKED], capture_output=True, text=True, check=False)
    if able.stdout.split() != ["True", "True"]:
        raise InputError(f"{model} lacks AVX2 or FMA, which the libraries are pinned to")
    return python.parent


def models(text: str) -> list[str]:
    """The processors that QEMU lists, without their versions.

    >>> models("Available CPUs:\\n  EPYC  (alias)\\n  EPYC-v1  AMD EPYC\\n\\nRecognized flags:")
    ['EPYC']
    """
    listed = text.partition("\n\n")[0].splitlines()[1:]
    names = [words[-1] if words[0] == "x86" else words[0] for words in map(str.split, listed)]
    return [name for name in names if not re.search(r"-v\d+$", name)]


def _lacking(program: str, model: str) -> list[str]:
    """What QEMU cannot do of a `model`, switched off: it would warn of it in every notebook."""
    probe = subprocess.run(
        [program, "-cpu", model, "/bin/true"], capture_output=True, text=True, check=False
    )
    names = re.findall(r"requested feature: \S+\.([\w-]+) \[bit", probe.stderr)
    return [f"{name}=off" for name in names]


def _make(folder: Path, program: str, model: str) -> Path:
    """A virtual environment whose python is a script, which Python takes for itself by `-0`."""
    base = Path(sys._base_executable)
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\n", encoding="utf-8")
    for part in ["lib", "share"]:  # nbconvert's templates lie in the other
        (folder / part).symlink_to(Path(sys.prefix) / part)
    script = folder / "bin" / "python"
    script.write_text(
        f'#!/bin/sh\nexec "{program}" -cpu {model} -0 "{script}" "{base.resolve()}" "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def _output(*command: str) -> str:
    # QEMU ends with 1 when it was asked for help
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
