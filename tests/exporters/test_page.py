"""Run the commands and the Python of docs/export.md and compare them with the page.

`EXPORT_PAGE=write` writes the output into the page.
"""

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

import pytest

from value_scaling.__main__ import main

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
_BLOCK = re.compile(r"(?<=^```)(console|python)\n(.*?)(?=^```$)", re.M | re.S)


@pytest.mark.slow
def test_the_page_shows_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "zip").symlink_to(root / "data" / "zip")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}

    def printed(match: re.Match[str]) -> str:
        """Return a block with its output, which is a comment below Python."""
        kind, lines = match[1], match[2].splitlines()
        if kind == "console":
            kept = [line for line in lines if line.startswith("$ scaling ")]
        else:
            kept = [line for line in lines if not line.startswith("# ")]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            if kind == "python":
                exec("\n".join(kept), names)
            else:
                for line in kept:
                    words = shlex.split(line.removeprefix("$ scaling "))
                    assert main(["--root", str(tmp_path), *words]) == 0
        sign = "# " if kind == "python" else ""
        shown = [sign + line for line in out.getvalue().splitlines()]
        return "\n".join([kind, *kept, *shown, ""])

    text = PAGE.read_text(encoding="utf-8")
    found = _BLOCK.sub(printed, text)
    if os.environ.get("EXPORT_PAGE") == "write":
        PAGE.write_text(found, encoding="utf-8")
    assert len(_BLOCK.findall(text)) == 7
    assert found == text  # if not: EXPORT_PAGE=write, and read what has changed
