"""What was planted in the simulated shop, as it lies beside the demo's raw files.

Only the sections "Beside the truth" read it. Of a real shop nobody knows the truth; there the
reading is None.
"""

import pandas as pd
import pyarrow as pa
from pyarrow.compute import field

from trackway.core import paths
from trackway.core.errors import InputError
from trackway.tables.facts import facts

TRUTH = "raw/demo/truth"


def read(name: str, users: pd.Series | None = None) -> pd.DataFrame | None:
    """A table of the truth: `users`, `sessions`, `products`, `complements` or `dates`.

    Its users are those who might come: join by those seen, or ask for the rows of some `users`
    alone, who may be few of millions. None where the data under study are not simulated.

    Raises
    ------
    InputError
        If they are, but the truth is not there.
    """
    if not facts().simulated:
        return None
    file = paths.path(f"{TRUTH}/{name}.parquet")
    if not file.exists():
        raise InputError(f"data/{TRUTH}/{name}.parquet is missing; run: python -m shopsim")
    rows = None if users is None else field("user_id").isin(pa.array(users, pa.int64()))
    return pd.read_parquet(file, filters=rows)
