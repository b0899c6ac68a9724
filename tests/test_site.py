"""The documentation site: complete, the same bytes each time, and without a network."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import value_scaling as vs

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
_LOADED = re.compile(
    r"<(?:script|img|iframe)[^>]+src=\"?(?:https?:)?//|<link[^>]+href=\"?(?:https?:)?//"
    r"|url\([\"']?(?:https?:)?//|@import"
)
"""What a browser would load from elsewhere."""


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    settings = {"SOURCE_DATE_EPOCH": "1738800000", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "-d", str(site)]
    return subprocess.run(
        command,
        cwd=root,
        env=os.environ | settings | {"PYTHONPATH": str(ROOT / "code")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert (done.returncode, done.stdout) == (0, "")
    return folder


def test_every_page_is_in_the_site_and_in_its_navigation(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8")
    names = [path.relative_to(ROOT / "docs") for path in ROOT.glob("docs/**/*.md")]
    pages = {f"{name.with_suffix('')}.html" for name in names}
    pages |= {"index.html", "reference.html", "CONTRIBUTING.html", "SECURITY.html"}
    assert {page for page in pages if not (site / page).exists()} == set()
    assert {page for page in pages if f'href="{page}"' not in front} == set()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    found = {
        path.name: _LOADED.findall(path.read_text(encoding="utf-8"))
        for path in [*site.rglob("*.html"), *site.rglob("*.css")]
    }
    assert {name: loaded for name, loaded in found.items() if loaded} == {}
    assert _LOADED.search('<script src="https://unpkg.com/iframe-worker/shim">')
    assert _LOADED.search('<link rel="x" href="https://fonts.gstatic.com">')


def test_two_builds_give_the_same_bytes(site: Path, tmp_path: Path) -> None:
    assert build(ROOT, tmp_path).returncode == 0
    first, second = (
        {path.relative_to(each): path.read_bytes() for path in each.rglob("*.*")
         if path.is_file()} for each in (site, tmp_path)
    )  # fmt: skip
    assert first == second


def test_the_reference_has_every_public_name(site: Path) -> None:
    text = (site / "reference.html").read_text(encoding="utf-8")
    headings = set(re.findall(r'<h[23] id="[^"]*">([\w.]+)', text))
    methods = {
        name
        for fit in (vs.Fit, vs.SizeFit)
        for name in vars(fit).keys() - fit.__dataclass_fields__.keys()
        if not name.startswith("_")
    }
    assert headings == {f"vs.{name}" for name in vs.__all__} | methods
    assert "Return the fitted B* and η*" in text
    assert "<em>" not in text


def test_lost_links_stop_the_build(tmp_path: Path) -> None:
    for name in ("docs", "make"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for path in [*ROOT.glob("*.md"), *map(ROOT.joinpath, ("LICENSE", "mkdocs.yml"))]:
        shutil.copy(path, tmp_path)
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    links = {"docs/faq.md": "[a](lost.md)", "README.md": "[a](docs/faq.md#no-heading)"}
    for page, link in links.items():
        with (tmp_path / page).open("a") as file:
            file.write(f"\n{link}\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode == 1
    assert "lost.md" in done.stdout and "#no-heading" in done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_search_works_on_pages_opened_as_files(site: Path) -> None:
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    options += ["--virtual-time-budget=8000"]
    page = f"{(site / 'index.html').as_uri()}?q=isotonic"
    done = subprocess.run(
        [str(CHROMIUM), *options, page], capture_output=True, timeout=60, check=True
    )
    text = done.stdout.decode()
    assert re.search(r"[1-9]\d* matching documents", text)
    assert "method.html?h=isotonic" in text
