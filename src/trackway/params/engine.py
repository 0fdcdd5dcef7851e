"""Who computes the tables, and with how much."""

from typing import Literal

from pydantic import Field, model_validator

from trackway.params.values import SIZE, Section


class Engine(Section):
    """Who computes the tables; `trackway/engine` and docs/engines.md say more."""

    name: Literal["duckdb", "spark", "warehouse"]
    memory: str = Field(pattern=SIZE)
    threads: int = Field(ge=1)
    instructions: Literal["portable", "native"] = Field(description="of the processor")
    master: str | None = Field(description="of the Spark cluster; null: this machine's threads")
    settings: dict[str, str | int | bool] = Field(description="further ones of Spark, by name")
    tables: str | None = Field(description="where event-level tables lie; null: data/")
    partition: Literal["day"] | None = Field(description="how Spark cuts tables of events")

    @model_validator(mode="after")
    def _fits_the_engine(self):
        if self.name != "spark" and (self.master or self.settings or self.partition):
            raise ValueError(
                f"master, settings and partition are Spark's; name is {self.name}: leave them "
                "null, {} and null"
            )
        if self.partition and not self.tables:
            raise ValueError("folders by day need a place of their own: name it in tables")
        if self.name == "duckdb" and self.tables and "://" in self.tables:
            raise ValueError(f"DuckDB keeps tables in a folder, not at {self.tables!r}")
        if self.name == "warehouse" and not self.tables:
            raise ValueError("a warehouse keeps tables in a schema of its own: name it in tables")
        return self
