"""Write docs/agreement.json, and from it the page and its figure."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from agreement import figure, page, rows
from agreement.archive import read_archive
from agreement.curves import CURVES, Side, load, path_of
from agreement.results import results
from agreement.rows import PEER, Row
from value_scaling.report.documents.parts import with_parts
from value_scaling.store.files.atomic import replace_if_changed
from value_scaling.store.files.outputs import draw, save_json, save_text


def write_page(root: Path, published: Sequence[Path]) -> None:
    """Compare all rows and write the page; folders of the archives come first."""
    archives = [*published, *_archive_folders(root)]

    def find(row: Row, side: str) -> Side | None:
        if side == PEER and row.peer == "archive":
            return read_archive(row, archives, root)
        return load(path_of(row, side, CURVES), row.task)

    docs = root / "docs"
    file = docs / "agreement.json"
    previous = json.loads(file.read_text()) if file.exists() else None
    found = results(rows.load(), find, previous)
    save_json(file, found)
    found = json.loads(file.read_text())
    replace_if_changed(docs / "agreement.png", draw(figure.draw(found), "png"))
    document = docs / "agreement.md"
    text = document.read_text(encoding="utf-8")
    made = page.parts(found)
    save_text(document, with_parts(text, made, where="docs/agreement.md"))


def _archive_folders(root: Path) -> list[Path]:
    """Return the folders that may hold the authors' archives, as in the tests."""
    named = os.environ.get("PUBLISHED_ARCHIVES")
    return [
        *([Path(named)] if named else []),
        root / "data" / "zip",
        root.parent / "shared" / "published",
    ]
