#!/usr/bin/env bash
# mlxtend: FP-Growth and Apriori with low_memory lose itemsets that just reach the support
#
# Version: mlxtend 0.25.0 (the newest).
# One would guess: `min_support=7/25` of 25 baskets keeps what 7 baskets hold, and all algorithms
#   of the package find the same itemsets; `low_memory` is documented to cost time only.
# What happens: Apriori compares shares, 7/25 with 7/25. `fpgrowth` and `apriori(low_memory=True)`
#   make a count of the share, 7/25 * 25 = 7.000000000000001, and then ask for more than 7: single
#   items stay, pairs and triples that exactly 7 hold are gone. Of counts and sizes below 500 one
#   in 30 is rounded up so. Ask for half a basket less, and all agree.
# Why it matters here: `rules/itemsets.py` counts in baskets and sets the one against the other; it
#   asks for `(count - 0.5) / n`.
# Source: mlxtend pull request 1191 (low_memory; merged, in no release). FP-Growth: own trial.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/inside" "$(mktemp -d)" mlxtend==0.25.0 pandas==3.1.1 numpy==2.4.6 \
    scikit-learn==1.9.1 scipy==1.17.1 matplotlib==3.11.2 <<'PY'
import warnings
from importlib.metadata import version

import pandas as pd
from mlxtend.frequent_patterns import apriori, fpgrowth

warnings.simplefilter("ignore")
print("mlxtend", version("mlxtend"))
N, COUNT = 25, 7
baskets = pd.DataFrame(
    {
        "milk": [n < COUNT for n in range(N)],
        "bread": [n < COUNT for n in range(N)],
        "eggs": [n % 2 == 0 for n in range(N)],
        "salt": [n % 3 != 0 for n in range(N)],
    }
)


def found(search, support: float, **more) -> dict[tuple[str, ...], int]:
    sets = search(baskets, min_support=support, use_colnames=True, **more)
    pairs = zip(sets.itemsets, sets.support, strict=True)
    return {tuple(sorted(items)): round(share * N) for items, share in pairs}


rounded_up = sum(c / n * n > c for n in range(2, 500) for c in range(1, n))
print(f"{COUNT}/{N} * {N} = {COUNT / N * N!r}; rounded up for {rounded_up} of {499 * 249} pairs")
for support, lost in [(COUNT / N, {("bread", "milk"): COUNT}), ((COUNT - 0.5) / N, {})]:
    whole = found(apriori, support)
    for name, search, more in [
        ("apriori, low_memory", apriori, {"low_memory": True}),
        ("fpgrowth", fpgrowth, {}),
    ]:
        sets = found(search, support, **more)
        missing = {s: n for s, n in whole.items() if s not in sets}
        print(f"at {support}: apriori {len(whole)}, {name} {len(sets)}; missing {missing}")
        assert sets.items() <= whole.items(), sets
        assert missing == lost, missing
PY
