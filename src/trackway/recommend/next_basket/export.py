"""The baskets foretold at the end of the data."""

from trackway.core import paths
from trackway.core.cannot import Cannot
from trackway.recommend.next_basket.study import Evaluation


def write(judged: Evaluation | Cannot) -> None:
    """Write ``data/processed/recommend/next_basket.parquet``, where baskets were foretold."""
    if not isinstance(judged, Cannot):
        file = paths.target("processed/recommend/next_basket.parquet")
        judged.next.to_parquet(file, index=False)
