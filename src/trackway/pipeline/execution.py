"""Execute a notebook as a pipeline stage: papermill, made quiet, safe and repeatable.

What a notebook writes replaces the last good results only when it has run to its end (`stage`).
"""

import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from errno import ENOSPC
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from trackway import ROOT, params
from trackway.core import paths, progress
from trackway.core.errors import InputError
from trackway.pipeline import environment, failure, stage
from trackway.pipeline.cleaning import clean

NOTEBOOKS = ROOT / "notebooks"


class ThisInterpreter(AsyncKernelManager):
    """Start the interpreter that runs us, whatever kernel the notebook names."""

    process: ClassVar[subprocess.Popen]

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

    async def _async_shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        # Whoever interrupts does not want to wait for a query to end.
        await super()._async_shutdown_kernel(now or isinstance(sys.exception(), KeyboardInterrupt))

    shutdown_kernel = _async_shutdown_kernel

    async def _async_post_start_kernel(self, **options) -> None:
        await super()._async_post_start_kernel(**options)
        ThisInterpreter.process = self.provisioner.process  # kept, to tell how it ended

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-m", "trackway.pipeline.kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


class Engine(NBClientEngine):
    """papermill's engine, telling which part of the notebook is running."""

    cell: ClassVar[int | None] = None  # the place of the one that is, from 0

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options):
        shown, start_cell = set(), nb_man.cell_start
        word = Path(os.environ[progress.FILE])

        def begin(cell, cell_index=None, **more):
            cls.cell = cell_index
            heading = failure.headings(nb_man.nb)[cell_index or 0]
            if cell.cell_type == "code" and heading not in shown:
                shown.add(heading)
                teller.heading(f"{cell_index + 1:3d}/{len(nb_man.nb.cells)}", heading)
            return start_cell(cell, cell_index, **more)

        nb_man.cell_start = begin
        with progress.Teller(word) as teller:
            return super().execute_managed_notebook(
                nb_man, kernel_name, kernel_manager_class=ThisInterpreter, **options
            )


papermill_engines.register("trackway", Engine)


def main(arguments: list[str]) -> int:
    """Run the notebook named in `arguments`; 0 if it ran to its end, else 1."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as if interrupted
    try:
        run(_named(arguments))
        return 0
    except (InputError, failure.Stopped) as error:
        print(f"\n{error}", file=sys.stderr)
    except OSError as error:
        message = failure.FULL if error.errno == ENOSPC else error
        print(f"\n{message}. {failure.KEPT}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\ninterrupted. {failure.KEPT}", file=sys.stderr)
        return 130
    return 1


def _named(arguments: list[str]) -> Path:
    there = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if len(arguments) != 1 or arguments[0] not in there:
        raise InputError(
            f"usage: python -m trackway.pipeline.run NOTEBOOK, one of {', '.join(there)}; "
            f"got {' '.join(arguments) or 'nothing'}"
        )
    return NOTEBOOKS / f"{arguments[0]}.ipynb"


def run(notebook: Path) -> None:
    """Execute `notebook`, export its report, and put its results in place.

    Raises
    ------
    InputError
        If `params.yaml` or dvc.yaml cannot be used, or do not say what the stage reads and writes.
    failure.Stopped
        If a cell fails or the kernel dies.
    """
    step = notebook.stem.split("_", 1)[1]
    read = params.read(ROOT / "params.yaml")
    os.environ |= environment.variables(read.engine)
    chosen = read.model_dump()
    if message := failure.killed(step):
        print(f"The last time: {message}\n", flush=True)
    print(f"{notebook.stem}", flush=True)
    started = time.monotonic()
    injected = {"settings": chosen[step], "shared": chosen["shared"]}
    with stage.running(step, replaced=[f"reports/figures/{step}", f"reports/tables/{step}"]):
        executed = paths.target(f"reports/notebooks/{notebook.name}")
        computing_s = _execute(notebook, executed, injected)
        _export(executed, native=read.engine.instructions == "native")
    _record(notebook.stem, computing_s, time.monotonic() - started)
    (failure.FAILED / notebook.name).unlink(missing_ok=True)


def _execute(notebook: Path, executed: Path, injected: dict) -> float:
    """Seconds its cells took."""
    # The connection file and sockets of the kernel; a short path, as sockets need one.
    with tempfile.TemporaryDirectory(prefix="tw-") as runtime:
        os.environ["JUPYTER_RUNTIME_DIR"] = runtime
        os.environ[progress.FILE] = f"{runtime}/progress"
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
            reason = failure.explained(error.ename, error.evalue, error.traceback)
            raise failure.stopped(executed, reason, error.cell_index) from None
        except DeadKernelError:
            reason = failure.death(ThisInterpreter.process.wait())
            raise failure.stopped(executed, reason, Engine.cell) from None
    result = nbformat.read(executed, as_version=4)
    computing_s = sum(cell.metadata.papermill.get("duration") or 0 for cell in result.cells)
    nbformat.write(clean(result), executed)
    return computing_s


def _export(executed: Path, *, native: bool) -> None:
    from trackway.report.html import webpage
    from trackway.report.html.steps import STEPS
    from trackway.tables.facts import facts

    page = paths.target(f"reports/html/{executed.stem}.html")
    webpage.export(executed, page, simulated=facts().simulated, native=native, steps=STEPS)


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
