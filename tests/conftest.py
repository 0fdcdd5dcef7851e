"""What all tests share."""

import gc
import os
import sys
from pathlib import Path

from trackway import ROOT
from trackway.pipeline import processor

os.environ |= processor.environment("portable")  # before a library reads it; workers inherit it

import ibis
import matplotlib
import pytest


class _WithoutTorch:
    """Asked last: where torch is not installed, whatever imports it is skipped, test or file."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torch":
            pytest.skip("torch is not installed", allow_module_level=True)


# Only where it is said: a run that lacks torch unawares is to fail.
if os.environ.get("WITHOUT_TORCH"):
    sys.meta_path.append(_WithoutTorch)


@pytest.fixture(scope="session")
def shared():
    """Find a file of the shared real data, or skip and say why."""
    folder = Path(os.environ.get("TRACKWAY_SHARED", ROOT.parent / "shared")) / "data"

    def find(name: str) -> Path:
        if not (folder / name).exists():
            pytest.skip(f"the shared data file {name} is absent; set TRACKWAY_SHARED")
        return folder / name

    return find


def pytest_collection_modifyitems(items):
    """Files with slow tests come first, so that no worker ends on one of them while others wait."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _style_stays_in_its_test():
    """Drawing sets the project's style for the whole process; the next test starts without it."""
    with matplotlib.rc_context():
        yield


def pytest_unconfigure():
    """Let go of the connections that Ibis keeps, or DuckDB complains of leaks at the exit."""
    ibis.options.default_backend = None
    gc.collect()
