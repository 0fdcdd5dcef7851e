"""The stage `demo`: ``python -m trackway.demo`` writes data/raw/demo."""

import sys

from trackway import data, params
from trackway.demo.shop import make
from trackway.demo.world import Effects, World
from trackway.errors import InputError


def main() -> None:
    settings = params.settings("demo")
    world = World(
        seed=params.settings("shared")["seed"],
        events=settings["events"],
        days=settings["days"],
        effects=Effects.of(settings["effects"]),
    )
    make(world, data.target("raw/demo"))


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"demo: {error}")
    except OSError as error:  # such as a full disk
        sys.exit(f"demo: not written, and nothing replaced: {error}")
