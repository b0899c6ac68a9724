"""Hooks of MkDocs, for pages of the site that are not files in docs/.

The README is the first page. The Python reference is made from docstrings. Links that
work in the repository become links that work in the site.
"""

import logging
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from site_reference import reference

ROOT = Path(__file__).parents[1]
AT_THE_TOP = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CITATION.cff": "CITATION.cff",
    "LICENSE": "LICENSE.txt",
}
"""Files in the top folder, and their names in the site."""
_LINK = re.compile(r"(\]\()((?:\.\./)*)([\w./-]+)(?=[#)])")
_FIGURE = re.compile(r"<!-- figure: (\w+) -->")
_MARK = re.compile(r"<!-- /?made.*?-->\n?")


def on_config(config: Any) -> Any:
    """Leave out messages about progress."""
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from the top folder, the reference and the built figures."""
    for name, target in AT_THE_TOP.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        if name.endswith(".md"):
            text = _LINK.sub(_from_the_top, text)
        files.append(File.generated(config, target, content=text))
    files.append(File.generated(config, "reference.md", content=reference()))
    for path in sorted((ROOT / "figures").glob("*.png")):
        picture = File.generated(
            config, f"figures/{path.name}", content=path.read_bytes()
        )
        files.append(picture)
    return files


def on_page_markdown(markdown: str, page: Any, files: Files, **_: Any) -> str:
    """Show the figures that were built, and change links to those of the site."""
    text = _MARK.sub("", markdown)
    if page.file.src_uri not in AT_THE_TOP.values():
        text = _LINK.sub(_to_the_top, text)

    def picture(found: re.Match[str]) -> str:
        name = f"figures/{found[1]}.png"
        return f"![{found[1]}]({name})" if name in files.src_uris else ""

    return _FIGURE.sub(picture, text)


def _from_the_top(link: re.Match[str]) -> str:
    """Change a link of a page in the top folder, which the site has beside docs/."""
    path = AT_THE_TOP.get(link[3], link[3].removeprefix("docs/"))
    return f"{link[1]}{path}"


def _to_the_top(link: re.Match[str]) -> str:
    """Change a link of a page in docs/ to a file in the top folder."""
    if link[2] and link[3] in AT_THE_TOP:
        return f"{link[1]}{link[2].removeprefix('../')}{AT_THE_TOP[link[3]]}"
    return link[0]
