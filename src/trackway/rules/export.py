"""What later steps and users read: all rules that remained."""

from trackway import report
from trackway.core import paths
from trackway.rules.study import Study


def write(study: Study) -> None:
    """Write all rules as ``processed/rules.parquet``, and as ``rules.csv`` beside the tables."""
    report.write_csv(study.rules, "reports/tables/rules/rules.csv")
    study.rules.to_parquet(paths.target("processed/rules.parquet"), index=False)
