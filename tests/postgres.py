"""A PostgreSQL server of the test's own: on 127.0.0.1, in a folder that goes with it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PLACES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]  # Debian's
STARTS_S = 60


@dataclass(frozen=True)
class Server:
    """Its folder, its process and its address."""

    folder: Path
    process: subprocess.Popen
    port: int

    @property
    def url(self) -> str:
        return f"postgres://shop@127.0.0.1:{self.port}/postgres"


def programs() -> Path | None:
    """Where the server's programs lie; None if it is not installed."""
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else next(iter(PLACES), None)


def start() -> Server:
    """Make a database and start its server; it refuses to run as root, who becomes its user."""
    folder = Path(tempfile.mkdtemp(prefix="trackway-"))
    run = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:
        run |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres")
    make = ["-D", str(folder / "data"), "-U", "shop", "-A", "trust", "-N", "--locale=C.UTF-8"]
    subprocess.run([str(programs() / "initdb"), *make], check=True, **run)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = ["-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-F"]
    process = subprocess.Popen([str(programs() / "postgres"), *serve], **run)
    server = Server(folder, process, port)
    _wait(server)
    return server


def _wait(server: Server) -> None:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until:
        ready = [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(server.port)]
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.1)
    stop(server)
    raise TimeoutError("PostgreSQL does not start")


def stop(server: Server) -> None:
    """Stop it, whoever is still connected, and remove its folder."""
    server.process.send_signal(signal.SIGINT)
    server.process.wait()
    shutil.rmtree(server.folder, ignore_errors=True)
