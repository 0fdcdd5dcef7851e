"""A real Spark cluster on this machine: a master and two workers, each a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

SPARK = Path(pyspark.__file__).parent
ENVIRONMENT = os.environ | {
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_DAEMON_MEMORY": "256m",
    "PYSPARK_PYTHON": sys.executable,
}
STARTS_S = 120  # on a busy machine
# Small data and short lives: Java's quick compiler does, one thread collects the garbage, room for
# the classes is there from the start, and nobody checks the bytecode of a release anew.
QUICK = (
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m "  # all definitions fill more than 48m
    "-XX:+UseSerialGC -XX:MetaspaceSize=400m "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
# Most of the time of a small query goes into compiling Java for it, and into planning it anew. An
# expression interpreted gives the same values, in parts that stay apart, however small they are.
AS_USED = {
    "spark.sql.codegen.wholeStage": True,
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": True,
}
LIGHT = {
    "spark.sql.codegen.wholeStage": False,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": False,
}
PARTS = {"spark.sql.shuffle.partitions": 2}
SETTINGS = (
    {"spark.driver.host": "127.0.0.1"}
    | {f"spark.{who}.extraJavaOptions": QUICK for who in ["driver", "executor"]}
    | LIGHT
    | PARTS
)


PLACE = ["--host", "127.0.0.1", "--webui-port", "0", "--port"]


@dataclass
class Cluster:
    """Its master's address, and its workers' processes; executors die with their worker."""

    folder: Path
    port: int
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def master(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def kill(self, name: str) -> None:
        """Kill -9, with everything it has started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start(self, name: str, *command: str) -> None:
        run = [str(SPARK / "bin" / "spark-class"), *command]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                run, env=ENVIRONMENT, stdout=log, stderr=log, start_new_session=True
            )

    def wait_for(self, words: str, name: str) -> None:
        """Until `words` stand in the log of `name`."""
        log, until = self.folder / f"{name}.log", time.monotonic() + STARTS_S
        while words not in log.read_text():
            assert time.monotonic() < until, f"{name} does not start:\n{log.read_text()}"
            time.sleep(0.1)


def start(folder: Path) -> Cluster:
    """Start it, and wait until both workers have found their master."""
    cluster = Cluster(folder, _free_port())
    place = [*PLACE, str(cluster.port)]
    cluster.start("master", "org.apache.spark.deploy.master.Master", *place)
    cluster.wait_for("I have been elected leader", "master")
    for name in ["one", "two"]:
        add(cluster, name)
    return cluster


def add(cluster: Cluster, name: str) -> None:
    """Start a worker, and wait until it has found its master."""
    size = ["--cores", "1", "--memory", "1g", "--work-dir", str(cluster.folder / name)]
    worker = "org.apache.spark.deploy.worker.Worker"
    cluster.start(name, worker, *PLACE, "0", *size, cluster.master)
    cluster.wait_for("Successfully registered with master", name)


def stop(cluster: Cluster) -> None:
    """Kill whatever still runs."""
    for name in list(cluster.processes):
        cluster.kill(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
