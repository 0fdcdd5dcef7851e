"""The stage `demo`: ``python -m trackway.demo`` writes data/raw/demo."""

from trackway import data, run
from trackway.demo.shop import make
from trackway.demo.world import Effects, World


def main() -> None:
    settings = run.settings("demo")
    world = World(
        seed=run.settings("shared")["seed"],
        events=settings["events"],
        days=settings["days"],
        effects=Effects.of(settings["effects"]),
    )
    make(world, data.target("raw/demo/.").parent / "demo")


if __name__ == "__main__":
    main()
