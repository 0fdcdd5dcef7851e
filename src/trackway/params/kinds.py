"""What the sections of `params.yaml` are made of: kinds of values, and what a section is."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Share = Annotated[float, Field(gt=0, lt=1)]
ShareOrAll = Annotated[float, Field(gt=0, le=1)]
DURATION = r"^\d+ ?(s|min|h)$"
TIMESTAMP = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?Z?$"
SIZE = r"^\d+ ?(MB|GB)$"
MEANT = {  # said in place of the regular expression
    DURATION: "a number and s, min or h, such as 30min",
    TIMESTAMP: "a date or a moment in UTC, such as 2019-10-01 or 2024-03-15T00:00Z",
    SIZE: "a size such as 4GB",
}
Duration = Annotated[str, Field(pattern=DURATION)]
Timestamp = Annotated[str, Field(pattern=TIMESTAMP)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"no time zone is called {name!r}; an IANA name is meant: Europe/Berlin")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """A section of `params.yaml`: nothing unknown, nothing missing, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)
