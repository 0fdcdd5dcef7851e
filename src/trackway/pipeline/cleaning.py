"""Take out of an executed notebook what differs between two equal runs."""

import re
from pathlib import Path

from nbformat import NotebookNode

from trackway import ROOT

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
METADATA = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # a terminal's
_DIFFERS = [
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x..."),  # memory addresses
    (re.compile(r"/\S*ipykernel_\d+/\d+\.py"), "cell"),  # a kernel's temporary files
    (COLOURS, ""),
]

_IMAGE = re.compile(r"(data:image/[^\"']+)")


def clean(notebook: NotebookNode) -> NotebookNode:
    """`notebook`, executed, without times, random ids, addresses and places of this machine."""
    notebook.metadata = NotebookNode(METADATA)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        if tags and "injected-parameters" in tags:
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = [_clean_output(output) for output in _joined(cell.outputs)]
    return notebook


def strip(notebook: NotebookNode) -> NotebookNode:
    """`notebook` as git keeps it: no outputs, no counts, no traces of who opened it."""
    notebook.metadata = NotebookNode(METADATA)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """`outputs` with each run of pieces of one stream made one."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _clean_output(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream":
        output.text = _clean_text(output.text)
    elif output.output_type in ("display_data", "execute_result"):
        output.metadata = NotebookNode()
        output.data = NotebookNode(
            {
                kind: _clean_text(value) if kind.startswith("text/") else value
                for kind, value in output.data.items()
                if "widget" not in kind
            }
        )
    return output


def _clean_text(text: str) -> str:
    # An embedded image is bytes, in which anything may look like an address.
    pieces = _IMAGE.split(text)
    return "".join(p if i % 2 else _clean_words(p) for i, p in enumerate(pieces))


def _clean_words(text: str) -> str:
    for pattern, instead in _DIFFERS:
        text = pattern.sub(instead, text)
    return text.replace(f"{ROOT}/", "").replace(str(ROOT), ".").replace(str(Path.home()), "~")
