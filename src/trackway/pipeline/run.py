"""Run one step: ``python -m trackway.pipeline.run 03_rfm``. DVC's only door to papermill."""

import sys


def main(arguments: list[str]) -> int:
    """Execute the notebook named in `arguments`; 0 if it ran to its end."""
    from trackway.pipeline import execution

    return execution.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
