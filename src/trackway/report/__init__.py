"""What a notebook shows and leaves behind: `Page`, its exhibits, claims and figures."""

from trackway.core.escaping import safe
from trackway.report.page import Page, write_csv, write_json

__all__ = ["Page", "safe", "write_csv", "write_json"]
