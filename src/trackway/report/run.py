"""What every computation of a step carries: its settings, the seed, the bootstrap, the source."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

from trackway import params
from trackway.evaluation.bootstrap import Bootstrap
from trackway.params.shared import Shared
from trackway.params.values import Section
from trackway.tables.facts import Facts, facts

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Run(Generic[S]):
    """One run of a step.

    Attributes
    ----------
    step : str
        The step's one word.
    settings : the step's section of `params.yaml`, typed
    shared : Shared
        What all steps share: the seed, the shop's zone, the cut in time.
    facts : Facts or None
        What is known of the source; None in the step that finds it out.
    """

    step: str
    settings: S
    shared: Shared
    facts: Facts | None = None

    @classmethod
    def of(
        cls,
        step: str,
        settings: Section | Mapping | None = None,
        shared: Section | Mapping | None = None,
        known: Facts | None = None,
    ) -> Self:
        """The run of `step` as `params.yaml` has it, or with the sections given.

        Parameters
        ----------
        settings, shared : sections, or dictionaries such as papermill injects
        known : the facts of the source; None for those that `01_sampling` wrote

        Raises
        ------
        InputError
            If a value cannot be used, or `01_sampling` has not run.
        """
        sections = params.checked(step, settings), params.checked("shared", shared)
        return cls(step, *sections, facts() if known is None else known)

    @property
    def seed(self) -> int:
        """Where every draw starts."""
        return self.shared.seed

    @property
    def bootstrap(self) -> Bootstrap:
        """Draws of users behind an interval: ``settings.replicates`` of them, from the seed."""
        return Bootstrap(self.settings.replicates, self.seed)

    def with_settings(self, **changed: object) -> Self:
        """The same run with other values of its section, checked; nested ones as dictionaries."""
        content = self.settings.model_dump() | changed
        return replace(self, settings=params.checked(self.step, content))
