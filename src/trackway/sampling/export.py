"""What later steps and readers find beside the two tables that `study` writes."""

from trackway import engine
from trackway.core import paths
from trackway.sampling.study import Study
from trackway.tables import events, facts
from trackway.tables.sources.read import Raw


def rejects(raw: Raw) -> None:
    """Write ``data/interim/rejects.parquet``: what could not be read, with its line and reason."""
    raw.rejects.to_parquet(paths.target("interim/rejects.parquet"), index=False)


def write(study: Study) -> None:
    """Write ``data/interim/source.json``, and ``ids.parquet``: text ids, and their numbers."""
    facts.write(study.facts)
    ids = events.text_ids(study.rows.raw.rows)
    engine.write(ids, "interim/ids", order_by=["kind", "id", "text"])
