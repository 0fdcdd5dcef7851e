"""The steps in reading order, as their notebooks introduce them.

A report links its neighbours by title and question. Read from the neighbours' notebooks, these
would make every report depend on three notebooks; so they stand here, and a test holds them to
what the notebooks say.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of the study, as its notebook introduces it.

    Attributes
    ----------
    stem : str
        File name of the notebook and of its report, ``03_rfm``.
    title, question : str
        ``Customers`` and the line in emphasis below the title.
    """

    stem: str
    title: str
    question: str

    @property
    def number(self) -> str:
        """``03``: its place in the argument."""
        return self.stem.split("_", 1)[0]

    @property
    def word(self) -> str:
        """``rfm``: its name everywhere else."""
        return self.stem.split("_", 1)[1]


STEPS = (
    Step(
        "01_sampling",
        "Sampling",
        "Which part of the data do we study, and what does it leave out?",
    ),
    Step("02_eda", "The shop", "What happens in this shop?"),
    Step("03_rfm", "Customers", "Who comes back, and what are they worth?"),
    Step("04_rules", "What goes together", "What is bought, or seen, together?"),
    Step("05_intent", "Intent", "Can a purchase be told before it happens, and how early?"),
    Step("06_sequences", "Sequences", "What does a user do next?"),
    Step("07_recommend", "Recommend", "What should we show to whom?"),
)
