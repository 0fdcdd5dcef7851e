"""What the step leaves: the best network, and what is needed to read its inputs again."""

from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.sequences.models import networks
from trackway.sequences.study import Study


def write(study: Study) -> None:
    """Write the best network to ``data/processed/next_action.safetensors``, or why there is none.

    Beside it ``next_action.json`` holds its shape, the seed, and the moments it was trained and
    chosen before.
    """
    file = paths.target("processed/next_action.safetensors")
    if isinstance(study.ladder, Cannot):
        return networks.save_none(file, study.ladder.reason)
    best = study.ladder.best("network")
    networks.save(
        best.model.network,
        file,
        name=best.name,
        seed=study.run.seed,
        trained_before=study.split.train_end.isoformat(),
        chosen_before=study.split.validation_end.isoformat(),
    )
