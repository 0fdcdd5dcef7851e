"""Run one step: ``python -m trackway.run 03_rfm``. DVC's only door to papermill."""

import sys

from trackway import ROOT, params


def settings(section: str) -> dict:
    """One section of `params.yaml`, checked, as plain values.

    Raises
    ------
    InputError
        If `params.yaml` holds an unknown name, misses one, or a value cannot be used.
    """
    return params.read(ROOT / "params.yaml").model_dump()[section]


def main(arguments: list[str]) -> int:
    """Execute the notebook named in `arguments`; 0 if it ran to its end."""
    from trackway import execution

    return execution.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
