"""README and docs: generated parts are current, links and files exist, examples run."""

import doctest
import json
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import numpy as np
import pytest

from value_scaling.__main__ import main
from value_scaling.commands.cli import scaling
from value_scaling.commands.results.docs import DOCUMENTS, MEASURED, RESULTS
from value_scaling.records import ScalingError
from value_scaling.report.documents import names, of_files, with_parts
from value_scaling.store.archives.read import RUNS_BYTES, SETTINGS
from value_scaling.store.archives.zips import MEMBER_BYTES
from value_scaling.store.files.regular import ZIP_BYTES
from value_scaling.workflow.pipeline import REPLICATES, STAGES
from value_scaling.workflow.preprocess import MOST_DRAWN, affordable

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`([\w./*]+/[\w*]+\.(?:py|sh|mk|toml|ipynb|tex))`")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
PACKAGE = ROOT / "code" / "value_scaling"


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def read(name: str) -> dict:
    return json.loads(page(name))


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    found = []
    for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.M):
        words = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).replace("\\", "")
        kept = re.sub(r"[^\w\- ]", "", words.lower())
        found.append(kept.replace(" ", "-"))
    return set(found)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_as_made_of_what_was_measured(name: str) -> None:
    made = of_files(read(RESULTS), *map(read, MEASURED))
    assert with_parts(page(name), made, where=name) == page(name)  # if not: make docs


def test_every_made_part_has_a_maker() -> None:
    made = of_files(read(RESULTS), *map(read, MEASURED)).keys()
    marked = [part for name in DOCUMENTS for part in names(page(name))]
    of_a_study = {part for part in marked if " of " in part}
    assert sorted({*marked} - of_a_study) == sorted(made)
    assert {part.rpartition(" ")[2] for part in of_a_study} == (
        read(RESULTS)["studies"].keys()
    )
    elsewhere = {"docs/agreement.md"}  # made by code/agreement; see tests/agreement
    marked_pages = {name for name in NAMES if names(page(name))}
    assert marked_pages == {*DOCUMENTS} | elsewhere


@pytest.mark.slow
def test_the_bundled_study_is_as_its_runs_give(tmp_path: Path) -> None:
    """The last digits may differ between processors, the words may not."""
    for name in (*DOCUMENTS, RESULTS, *MEASURED):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    archives = tmp_path / "data" / "zip"
    shutil.copytree(ROOT / "data" / "expected", tmp_path / "data" / "expected")
    archives.mkdir()
    for path in (ROOT / "data" / "zip").glob("classic_*"):
        shutil.copyfile(path, archives / path.name)
    commands = dict.fromkeys(
        (stage.command, "classic", *filter(None, (stage.argument,))) for stage in STAGES
    )
    for words in [*commands, ("docs",)]:
        assert main(["--root", str(tmp_path), *words]) == 0
    for name in (*DOCUMENTS, RESULTS):
        old, new = page(name), (tmp_path / name).read_text(encoding="utf-8")
        assert _words(new) == _words(old), name  # make docs
        assert [float(n) for n in _NUMBER.findall(new)] == pytest.approx(
            [float(n) for n in _NUMBER.findall(old)], rel=0.02, abs=0.011
        ), name  # make docs


def _words(text: str) -> str:
    """Return a text without its numbers, and without the spaces that align them."""
    return re.sub(" +", " ", _NUMBER.sub("#", text))


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    lost = []
    for link in _LINK.findall(_FENCE.sub("", page(name))):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        path = ((ROOT / name).parent / target) if target else ROOT / name
        if not path.exists() or (
            anchor and anchor not in anchors(path.read_text(encoding="utf-8"))
        ):
            lost.append(link)
    assert lost == []


def lost_paths(text: str) -> list[str]:
    """Return the source files that a text names and that do not exist."""
    named = [
        path for path in _PATH.findall(text) if not path.startswith(("data/", "build/"))
    ]
    folders = (ROOT, PACKAGE, PACKAGE / "report")
    return [p for p in named if not any(any(each.glob(p)) for each in folders)]


@pytest.mark.parametrize("name", NAMES)
def test_files_that_are_named_exist(name: str) -> None:
    assert lost_paths(page(name)) == []


def test_a_lost_file_is_seen() -> None:
    text = "`stats/isotonic.py`, `learning/envs/device_*.py`, `store/pipeline.py`"
    assert lost_paths(text) == ["store/pipeline.py"]


def test_a_lost_link_is_seen() -> None:
    text = "# Which *figure*: `B\\*(σ)`?\n```\n# no heading\n```\n## D_J, and α\n"
    assert anchors(text) == {"which-figure-bσ", "d_j-and-α"}
    assert _LINK.findall("[a](b.md#c) ![d](e.png)") == ["b.md#c", "e.png"]


@pytest.mark.parametrize("name", NAMES)
def test_examples_give_what_they_show(name: str) -> None:
    found = doctest.DocTestParser().get_doctest(page(name), {}, name, name, 0)
    result = doctest.DocTestRunner(verbose=False).run(found)
    assert result.failed == 0


def test_the_method_has_examples() -> None:
    assert len(doctest.DocTestParser().get_examples(page("docs/method.md"))) > 20


def commands(name: str, program: str) -> Iterator[list[str]]:
    """Words of each command in a document's shell blocks and inline code."""
    yield from _of_lines(block_lines(name), program)
    yield from _of_lines(
        re.findall(r"`([^`\n]+)`", _FENCE.sub("", page(name))), program
    )


def block_lines(name: str) -> list[str]:
    """Lines of a document's shell blocks; of a console, those with a prompt."""
    found = []
    for kind, body in _FENCE.findall(page(name)):
        lines = body.replace("\\\n", " ").splitlines()
        if kind in ("", "bash", "sh"):
            found += lines
        elif kind == "console":
            found += [line[2:] for line in lines if line.startswith("$ ")]
    return found


def _of_lines(lines: Iterable[str], program: str) -> Iterator[list[str]]:
    for line in lines:
        plain = re.sub(r"<.*?>|\"[^\"]*\"", "X", line.partition(" #")[0])
        for part in re.split(r"&&|\|", plain):
            words = part.split()
            if words[:1] == [program]:
                yield words


@pytest.mark.parametrize("name", NAMES)
def test_targets_of_make_exist(name: str) -> None:
    rules = "".join(
        path.read_text() for path in [ROOT / "Makefile", *ROOT.glob("make/*.mk")]
    )
    known = set(re.findall(r"^([a-z][a-z-]*):", rules, re.M))
    asked = {
        word
        for words in commands(name, "make")
        for word in words[1:]
        if re.fullmatch(r"[a-z][a-z-]+", word)
    }
    assert sorted(asked - known) == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_of_scaling_exist_with_their_options(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in commands(name, "scaling"):
        text = re.sub(r"^scaling( --(runs|root) \S+)*", "", " ".join(words))
        command, *rest = text.split() or ["--help"]
        code = main([command, "--help"])
        told = capsys.readouterr()
        assert code == 0, f"{text}: {told.err}"
        options = [word.partition("=")[0] for word in rest if word.startswith("--")]
        assert [option for option in options if option not in told.out] == [], text


@pytest.mark.parametrize("name", NAMES)
def test_commands_of_blocks_are_complete(name: str) -> None:
    """Every command of a block has the arguments that it needs, and possible values."""
    wrong = []
    for words in _of_lines(block_lines(name), "scaling"):
        text = re.sub(r"^scaling( --(runs|root) \S+)*", "", " ".join(words))
        command, *rest = shlex.split(text) or ["--help"]
        top = click.Context(scaling, info_name="scaling")
        try:
            known = scaling.get_command(top, command)
            assert known is not None or command == "--help", text
            if known is not None:
                known.make_context(command, rest, parent=top)
        except (click.UsageError, ScalingError) as error:
            wrong.append(f"{text}: {error}")
    assert wrong == []


EXECUTED = {
    "docs/export.md": "tests/exporters/test_page.py",
    "docs/own_runs.md": "tests/test_docs.py",
    "docs/python.md": "tests/api/test_page.py",
}
"""Pages with Python that has no prompt, and the tests that execute it."""


@pytest.mark.parametrize("name", NAMES)
def test_python_of_pages_is_executed(name: str) -> None:
    blocks = [body for kind, body in _FENCE.findall(page(name)) if kind == "python"]
    if not all(">>>" in block for block in blocks):
        assert name in EXECUTED
        assert Path(name).name in page(EXECUTED[name])


def test_the_example_of_own_runs_is_a_study_and_its_archive(tmp_path: Path) -> None:
    """The study file as it stands, its runs packed by the Python that stands there."""
    blocks = dict(_FENCE.findall(page("docs/own_runs.md")))
    (tmp_path / "data" / "studies").mkdir(parents=True)
    (tmp_path / "data" / "zip").mkdir()
    (tmp_path / "data" / "studies" / "my_study.toml").write_text(blocks["toml"])
    steps = np.arange(1, 41) * 1000
    runs = {
        ("Hopper-v4", utd, size, rate): (steps, _returns(steps, utd, size, rate))
        for utd in (1, 2, 4, 8)
        for size in (128, 256, 512)
        for rate in (2e-4, 5e-4, 1e-3)
    }
    code = blocks["python"].replace('"data/zip/', f'"{tmp_path}/data/zip/')
    exec(code, {"runs": runs})
    assert main(["--root", str(tmp_path), "fit", "my_study"]) == 0


def _returns(steps: np.ndarray, utd: int, size: int, rate: float) -> np.ndarray:
    """Curves of six seeds that rise fastest at B = 256, η = 5e-4."""
    away = np.log2(size / 256) ** 2 + np.log2(rate / 5e-4) ** 2
    pace = 1e-4 * utd**0.3 / (1 + 0.2 * away)
    seeds = 1 + 0.03 * np.arange(6)
    return 4000 * (1 - np.exp(-pace * steps[:, None] * seeds))


def test_the_limits_of_large_archives_are_those_of_the_code() -> None:
    text = page("docs/own_runs.md").partition("An archive may have")[2]
    wanted = REPLICATES["sweep"]
    fewer = affordable(wanted, 100_000, 10)
    for limit in (
        f"{MEMBER_BYTES >> 20} MiB per file and {ZIP_BYTES >> 30} GiB in total",
        f"{SETTINGS:,} settings",
        f"Metrics of more than {RUNS_BYTES >> 20} MiB",
        f"settings times levels exceed {MOST_DRAWN // wanted:,}, for example {fewer}",
        f"instead of {wanted} for 100,000 settings and ten levels",
    ):
        assert limit in " ".join(text.split())
