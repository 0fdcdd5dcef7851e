"""Execute a notebook as a pipeline stage: papermill, made quiet, safe and repeatable.

What a notebook writes goes to a staging folder and replaces the last good results only when it
has run to its end.
"""

import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from errno import ENOSPC
from importlib.metadata import version
from pathlib import Path

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from trackway import ROOT, data, params
from trackway.cleaning import COLOURS, clean
from trackway.errors import InputError

NOTEBOOKS = ROOT / "notebooks"
FAILED = ROOT / "reports" / "failed"


def environment(threads: int) -> dict[str, str]:
    """What a kernel's environment must say so that the same input gives the same bytes."""
    libraries = ["OMP", "OPENBLAS", "MKL", "NUMEXPR", "POLARS"]
    return {
        **{f"{name}_NUM_THREADS": str(threads) for name in libraries},
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONSTARTUP": "",  # nobody's own start-up file takes part
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # torch's deterministic algorithms ask for it
    }


class ThisInterpreter(AsyncKernelManager):
    """Start the interpreter that runs us, whatever kernel the notebook names."""

    @default("transport")
    def _without_warning(self) -> str:
        return "ipc"  # ipykernel warns of TCP at each start

    @default("ip")
    def _beside_the_connection_file(self) -> str:
        return str(Path(os.environ["JUPYTER_RUNTIME_DIR"]) / "kernel")

    async def _async_interrupt_kernel(self) -> None:
        # An idle kernel that is being shut down would print the interrupt as an error.
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class Engine(NBClientEngine):
    """papermill's engine, telling which part of the notebook is running."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options):
        started, shown = time.monotonic(), set()
        start_cell = nb_man.cell_start

        def tell(cell, cell_index=None, **more):
            heading = _headings(nb_man.nb)[cell_index or 0]
            if cell.cell_type == "code" and heading not in shown:
                shown.add(heading)
                elapsed = time.monotonic() - started
                share = f"{cell_index + 1:3d}/{len(nb_man.nb.cells)}"
                print(f"  {share}  {elapsed:5.1f} s  {heading}", flush=True)
            return start_cell(cell, cell_index, **more)

        nb_man.cell_start = tell
        return super().execute_managed_notebook(
            nb_man, kernel_name, kernel_manager_class=ThisInterpreter, **options
        )


papermill_engines.register("trackway", Engine)


def _headings(notebook) -> list[str]:
    """For each cell the heading it stands under."""
    headings, current = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if line.startswith("#")]
            current = lines[-1].lstrip("# ") if lines else current
        headings.append(current)
    return headings


def main(arguments: list[str]) -> int:
    """Run the notebook named in `arguments`; 0 if it ran to its end, else 1."""
    try:
        notebook = _named(arguments)
        return run(notebook)
    except InputError as error:
        print(f"\n{error}", file=sys.stderr)
    except OSError as error:
        print(f"\n{_FULL if error.errno == ENOSPC else error}. {_KEPT}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\ninterrupted. {_KEPT}", file=sys.stderr)
        return 130
    return 1


_FULL = f"The disk is full that holds {ROOT}; make room and run it again"
_DEAD = (
    "The kernel died, most likely killed for want of memory. Study fewer users (sampling.users), "
    "or give the engine less (engine.memory), and run it again."
)
_KEPT = "The results of the last good run are as they were."


def _named(arguments: list[str]) -> Path:
    there = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if len(arguments) != 1 or arguments[0] not in there:
        raise InputError(
            f"usage: python -m trackway.run NOTEBOOK, one of {', '.join(there)}; "
            f"got {' '.join(arguments) or 'nothing'}"
        )
    return NOTEBOOKS / f"{arguments[0]}.ipynb"


def run(notebook: Path) -> int:
    """Execute `notebook`, export its report, and put its results in place."""
    step = notebook.stem.split("_", 1)[1]
    chosen = params.read(ROOT / "params.yaml").model_dump()
    staging = ROOT / ".staging" / notebook.stem
    shutil.rmtree(staging, ignore_errors=True)
    os.environ |= environment(chosen["engine"]["threads"])
    os.environ[data.STAGING] = str(staging)
    executed = data.target(f"reports/notebooks/{notebook.stem}.ipynb")
    print(f"{notebook.stem}", flush=True)
    started = time.monotonic()
    injected = {"settings": chosen[step], "shared": chosen["shared"]}
    computing_s = _execute(notebook, executed, injected)
    if computing_s is None:
        return 1
    _export(executed)
    figures, tables = f"reports/figures/{step}", f"reports/tables/{step}"
    data.settle(staging, [figures, tables])
    _record(notebook.stem, computing_s, time.monotonic() - started)
    (FAILED / f"{notebook.stem}.ipynb").unlink(missing_ok=True)
    return 0


def _execute(notebook: Path, executed: Path, injected: dict) -> float | None:
    """Seconds its cells took, or None if one failed."""
    # The connection file and sockets of the kernel; a short path, as sockets need one.
    with tempfile.TemporaryDirectory(prefix="tw-") as runtime:
        os.environ["JUPYTER_RUNTIME_DIR"] = runtime
        try:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters=injected,
                engine_name="trackway",
                kernel_name="python3",
                cwd=str(NOTEBOOKS),
                progress_bar=False,
                log_output=False,
            )
        except PapermillExecutionError as error:
            _report_failure(executed, error)
            return None
        except DeadKernelError:
            print(f"\n{executed.stem} stopped. {_DEAD} {_KEPT}")
            return None
    result = nbformat.read(executed, as_version=4)
    computing_s = sum(cell.metadata.papermill.get("duration") or 0 for cell in result.cells)
    nbformat.write(clean(result), executed)
    return computing_s


def _report_failure(executed: Path, error: PapermillExecutionError) -> None:
    FAILED.mkdir(parents=True, exist_ok=True)
    half_run = FAILED / executed.name
    executed.replace(half_run)
    shutil.rmtree(os.environ[data.STAGING])
    heading = _headings(nbformat.read(half_run, as_version=4))[error.cell_index]
    print(f'\n{executed.stem} stopped under "{heading}", cell {error.cell_index + 1}:')
    print(f"\n{_explained(error)}\n")
    print(f"The half-run notebook is {half_run.relative_to(ROOT)}. {_KEPT}")


def _explained(error: PapermillExecutionError) -> str:
    """What to tell the user: the cause alone, or the traceback where the fault may be ours."""
    if error.ename == InputError.__name__:
        return error.evalue
    if os.strerror(ENOSPC) in error.evalue:
        return f"{_FULL}: {error.evalue}"
    traceback = "\n".join(error.traceback)
    return traceback if sys.stdout.isatty() else COLOURS.sub("", traceback)


def _export(executed: Path) -> None:
    from trackway.site import webpage
    from trackway.sources.facts import facts

    page = data.target(f"reports/html/{executed.stem}.html")
    steps = webpage.steps(NOTEBOOKS)
    webpage.export(executed, page, simulated=facts().simulated, steps=steps)


def _record(stem: str, computing_s: float, total_s: float) -> None:
    """Facts of this run, untracked: they differ from run to run."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    record = {
        "computing_s": round(computing_s, 2),
        "total_s": round(total_s, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_memory_mb": round(usage.ru_maxrss / 1024),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ["duckdb", "ibis-framework", "pandas"]},
    }
    file = ROOT / "runs" / f"{stem}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
