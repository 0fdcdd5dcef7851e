"""A headline claim: words that were written once, and whether the present data bear them out.

A finding is computed and so is true of any data. A claim is an assertion of ours; its words never
change by themselves. At each run its predicate is asked again, and where it no longer holds, the
page, the index and `make compare` say so.
"""

import html
from dataclasses import asdict, dataclass

from trackway.core.escaping import inline

STATES = ["broken", "untold", "holds"]  # in the order in which a reader should hear of them


@dataclass(frozen=True)
class Claim:
    """One assertion, and what the data say of it.

    Attributes
    ----------
    name : str
        Its key between runs, in words joined by hyphens: ``network-beats-chain``.
    text : str
        The claim, as it was written: a constant, without a computed number. Plain text, with
        `code` as the only markup.
    holds : bool or None
        The predicate, computed from the data at hand; None where they cannot tell.
    evidence : str
        The numbers the predicate was computed from, or why it cannot be told.
    """

    name: str
    text: str
    holds: bool | None
    evidence: str

    def __post_init__(self):
        if self.holds not in (None, True, False):
            raise ValueError(f"a claim holds, does not, or cannot be told (None): {self.holds!r}")
        # numpy's bool is no JSON, and nothing but True and False is meant
        object.__setattr__(self, "holds", None if self.holds is None else bool(self.holds))

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return {False: "broken", None: "untold", True: "holds"}[self.holds]

    def verdict(self, simulated: bool) -> str:
        """What has become of it, in words."""
        if self.holds is None:
            return "Cannot be told on these data"
        if self.holds:
            return "Holds"
        if simulated:
            return "No longer holds; it held when it was written"
        return "Does not hold on these data; it held on the simulated shop when it was written"

    def html(self, simulated: bool) -> str:
        """The claim with its verdict, to be shown in a report."""
        return (
            f'<aside class="tw-claim {self.state}" id="claim-{html.escape(self.name)}">'
            f"<p><b>Claim.</b> {inline(self.text)}</p>"
            f'<p class="verdict"><b>{self.verdict(simulated)}.</b> {inline(self.evidence)}</p>'
            "</aside>"
        )

    def plain(self, simulated: bool) -> str:
        """The same as a line of text."""
        return f"Claim. {self.text} {self.verdict(simulated)}. {self.evidence}"

    def record(self) -> dict:
        """What is kept of it in ``summary.json``."""
        return asdict(self)
