"""The stage `demo`, and a shop of any size.

``python -m shopsim`` writes data/raw/demo as `params.yaml` has it. What is given here instead
holds for this once, and what it makes lies in a folder of one's own::

    python -m shopsim --events 42400000 --days 31 --to /tmp/shop
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from shopsim.shop import make
from shopsim.world import SHAPES, World
from trackway import params
from trackway.core import paths
from trackway.core.errors import InputError
from trackway.pipeline import environment, stage


def main(arguments: list[str] | None = None) -> None:
    chosen = _read(arguments or [])
    if chosen.to:
        make(_world(chosen), chosen.to)
        return
    with stage.running("demo", replaced=["data/raw/demo"]):
        make(_world(chosen), paths.target("raw/demo"))


def _world(chosen: Namespace) -> World:
    """The world of `params.yaml`, but for what is chosen."""
    given = {name: getattr(chosen, name) for name in ("events", "days", "shape")}
    demo = params.section("demo").model_copy(update={k: v for k, v in given.items() if v})
    return World.of(demo, params.section("shared").seed)


def _read(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(
        "python -m shopsim", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, help="rows, at least 1000")
    parser.add_argument("--days", type=int, help="at least 7; taobao: nine at most")
    parser.add_argument("--shape", choices=SHAPES)
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="made or, if a demo, replaced")
    chosen = parser.parse_args(arguments)
    if arguments and chosen.to is None:
        parser.error("say with --to where it shall lie; data/raw/demo is as params.yaml has it")
    if (chosen.events or 1000) < 1000 or (chosen.days or 7) < 7:
        parser.error("a shop has 1000 events and 7 days at least")
    if chosen.to and chosen.to.exists() and not (chosen.to / "truth").is_dir():
        parser.error(f"{chosen.to} is there and no demo; name another folder")
    return chosen


if __name__ == "__main__":
    try:
        environment.begin_anew(params.section("engine"))
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"demo: {error}")
    except OSError as error:  # such as a full disk
        sys.exit(f"demo: not written, and nothing replaced: {error}")
