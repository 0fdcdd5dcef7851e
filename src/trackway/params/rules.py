"""The section `rules` of `params.yaml`."""

from pydantic import Field

from trackway.params.values import Section, Share, ShareOrAll


class Supports(Section):
    purchases: ShareOrAll = Field(description="of the baskets of things bought")
    views: ShareOrAll = Field(description="of the baskets of things viewed")


class Rules(Section):
    min_support: Supports = Field(description="least share of baskets a set of items lies in")
    min_count: int = Field(ge=2, description="least number of baskets it lies in")
    min_confidence: ShareOrAll = Field(description="of the left side's baskets, holding the right")
    min_lift: float = Field(ge=0, description="that share over the right side's own")
    max_baskets: int = Field(ge=1000, description="sessions searched, at most; whole users")
    longest_basket: int = Field(ge=2, le=1000, description="items kept of a basket")
    longest_itemset: int = Field(ge=2, le=8, description="items of a rule, both sides together")
    longest_consequent: int = Field(ge=1, le=7, description="items on the right")
    memory_gb: float = Field(gt=0, description="estimated memory above which mining is refused")
    fdr: Share = Field(description="false finds allowed among rules called beyond chance")
    min_users: int = Field(ge=1, description="users whose baskets hold a rule, at least")
    shuffles: int = Field(ge=1, le=1000, description="times the baskets are shuffled")
    network: int = Field(ge=1, le=100, description="strongest rules drawn")
