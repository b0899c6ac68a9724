"""The paper has no typed-in or missing result and the same bytes everywhere."""

import io
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from value_scaling.records import PublishedFits
from value_scaling.records.provenance import MadeSet, Provenance
from value_scaling.records.training import Task, Training
from value_scaling.report.external.figures import EXTERNAL_FIGURES
from value_scaling.report.external.paper_files import external_files
from value_scaling.report.figures import FIGURES, available
from value_scaling.report.paper.paper_files import paper_files
from value_scaling.report.results import StudyResults
from value_scaling.report.sizes.figures import SIZE_FIGURES
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.tables import latex, notes
from value_scaling.report.tables.sources import settings
from value_scaling.report.verify import ReportCard, report_card
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import list_studies, load_study

sys.path.insert(0, str(Path(__file__).parent / "report"))
from planted_results import planted_results
from tests.planted_external import planted_others
from tests.planted_size_results import planted_followup, planted_sizes

Files = dict[str, str]
BOTH = ("sweep", "ours", "baseline")
LIKE_OURS = {"gym": BOTH, "dmc": ("sweep", "baseline"), "classic": BOTH}
"""Sets of the published studies and of the bundled one."""

SETTINGS = (
    r"95\%",  # level of the intervals
    r"y_0,\dots,y_{n-1}",
    r"\Dmin_J \geq 0",
)
"""Numbers that the text may contain, because they are choices and not results."""
NO_PROSE = (
    r"(?<!\\)%.*",  # comments
    r"\\begin\{(equation|align)\}.*?\\end\{\1\}",
    r"\\(label|ref|eqref|cite[tp]?|input|studyfigure|columnfigure|texttt)\{[^}]*\}",
)


def sources(root: Path) -> Files:
    """Text of the hand-written files, by name."""
    return {
        path.name: path.read_text("utf-8") for path in (root / "paper").glob("*.tex")
    }


def expected(root: Path) -> dict[str, Any]:
    files = sorted((root / "data" / "expected").glob("*.toml"))
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in files}


def generated(
    root: Path,
    studies: dict[str, tuple[str, ...]],
    sizes: tuple[SizeResults, ...] = (),
) -> Files:
    """What `scaling paper` makes of planted studies with these sets."""
    everything = tuple(
        replace(
            planted_results(name, sets=sets, measured="sweep" in sets),
            provenance=planted_provenance(sets),
        )
        if name == "classic"
        else of_the_paper(planted_results(name, sets=sets))
        for name, sets in studies.items()
    )
    card: ReportCard = report_card(expected(root), everything)
    captions = {f"{name}_caption.tex": "Caption." for name in figures(everything)}
    files = paper_files(everything, card, sizes)
    return files | captions | external_files(planted_others())


def of_the_paper(results: StudyResults) -> StudyResults:
    published = PublishedFits("here") if results.study.name in ("gym", "dmc") else None
    return replace(results, study=replace(results.study, published=published))


def planted_provenance(sets: tuple[str, ...]) -> Provenance:
    task = Task("A", "gymnasium", steps=100, log_start=10, log_every=10)
    return Provenance(
        Training("classic", (task,)),
        tuple(
            MadeSet(name, 3, 24, 0, 2400, 1.25, ("a CPU",), ("c" * 40,), ())
            for name in sets
        ),
    )


def figures(everything: tuple[StudyResults, ...]) -> list[str]:
    own = [
        f"{r.study.name}_{slug}" for r in everything for slug in available(r.default)
    ]
    return ["figure1", *own]


@pytest.fixture(scope="module")
def made(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    sizes = planted_sizes(tmp_path_factory.mktemp("sizes"))
    return generated(root, LIKE_OURS, (planted_followup(sizes),))


def body(text: str) -> str:
    return text.split(r"\begin{document}")[-1]


def prose(text: str) -> str:
    """Return the text without settings, references and comments."""
    text = body(text)
    for pattern in NO_PROSE:
        text = re.sub(pattern, " ", text, flags=re.DOTALL if "begin" in pattern else 0)
    for setting in SETTINGS:
        text = text.replace(setting, " ")
    return text


def typed_in(text: str) -> list[str]:
    return re.findall(r"(?<![A-Za-z#])\d[\d.,]*", prose(text))


def test_no_result_is_typed_in(root: Path) -> None:
    for name, text in sources(root).items():
        assert typed_in(text) == [], name


@pytest.mark.parametrize(
    "line",
    [
        "The exponent is 0.62.",
        "an error of 3\\% in the median",
        r"$\alpha = 0.7$",
        "falls from $10^{5}$",
        r"95 runs",
    ],
)
def test_a_result_that_is_typed_in_is_seen(line: str) -> None:
    assert typed_in(line)
    assert not typed_in(f"% {line}\nIntervals are 95\\%, see \\ref{{fig:figure1}}.")


def test_everything_that_is_input_is_made(root: Path, made: Files) -> None:
    texts = sources(root) | {n: t for n, t in made.items() if n.endswith(".tex")}
    inputs = {
        target
        for text in texts.values()
        for target in re.findall(r"\\input\{generated/([^}#]+)\}", text)
    }
    assert {f"{target}.tex" for target in inputs} <= made.keys()
    assert len(inputs) > 15
    drawn = {
        slug
        for text in texts.values()
        for slug in re.findall(r"\\(?:study|column)figure\{([^}#]+)\}", text)
    }
    shown = {slug.partition("_")[2] or slug for slug in drawn - EXTERNAL_FIGURES.keys()}
    assert shown <= FIGURES.keys() | SIZE_FIGURES.keys()
    assert {f"{slug}_caption.tex" for slug in drawn} <= made.keys()
    style = (root / "paper" / "replication.sty").read_text("utf-8")
    assert style.count(r"\includegraphics{../figures/#1.pdf}") == 2
    assert not any(r"\includegraphics" in text for text in texts.values())


def test_a_figure_stands_in_the_section_that_it_declares(
    root: Path, made: Files
) -> None:
    known = FIGURES | SIZE_FIGURES

    def shown(text: str) -> set[str]:
        slugs = re.findall(r"\\(?:study|column)figure\{(\w+)\}", text)
        return {
            slug if slug in known else slug.partition("_")[2]
            for slug in slugs
            if slug not in EXTERNAL_FIGURES
        }

    own = sources(root)
    before, results = own["main.tex"].split(r"\section{Results}")
    introduction = before.split(r"\section{Introduction}")[1].partition(r"\section")[0]
    studies = "".join(text for name, text in own.items() if name.startswith("study_"))
    parts = {"Introduction": shown(introduction), "Results": shown(results + studies)}
    parts["Appendix"] = set[str]()
    for name, text in made.items():
        if name.endswith("_section.tex"):
            parts["Results"] |= shown(text)
        if name.endswith("_appendix.tex"):
            parts["Appendix"] |= shown(text)
    for section, slugs in parts.items():
        assert slugs == {s for s, each in known.items() if each.section == section}


def test_an_appendix_shows_diagnostics_where_there_are_any(root: Path) -> None:
    for measured in (True, False):
        everything = (planted_results("mine", measured=measured),)
        files = paper_files(everything, ReportCard(()))
        appendix, section = files["mine_appendix.tex"], files["mine_section.tex"]
        assert (r"norm by \MineParameterNormPerUtdFull{}" in section) == measured
        for slug in ("overfitting", "parameter_norm"):
            assert (rf"\studyfigure{{mine_{slug}}}" in appendix) == measured
        assert (r"\input{generated/mine_diagnostics}" in appendix) == measured


def test_every_reference_is_to_a_label(root: Path, made: Files) -> None:
    texts = [*sources(root).values(), *made.values()]
    labels = {m for t in texts for m in re.findall(r"\\label\{([^}#]+)\}", t)}
    labels |= {
        f"fig:{slug}"
        for text in texts
        for slug in re.findall(r"\\(?:study|column)figure\{([^}#]+)\}", text)
    }
    for name, text in sources(root).items():
        for reference in re.findall(r"\\(?:eq)?ref\{([^}]+)\}", text):
            assert reference in labels, (name, reference)


def test_every_number_is_made(root: Path, made: Files) -> None:
    """The sources' own numbers, of studies that have what the published ones have."""
    numbers = made["numbers.tex"] + made["external_numbers.tex"]
    defined = set(re.findall(r"\\newcommand\{\\(\w+)\}", numbers))
    prefixes = ("Gym", "Dmc", "Classic", "Card", "Published", "Recomputed")
    prefixes += ("Simba", "Flashsac", "Paper", "Followup")
    texts = sources(root) | {n: t for n, t in made.items() if "section" in n}
    used = {
        name
        for text in texts.values()
        for name in re.findall(r"\\([A-Za-z]+)", text)
        if name.startswith(prefixes)
    }
    assert len(used) > 60
    # What is said only where a law is not identifiable, in the place of its numbers.
    reasons = {name for name in used if name.endswith("Unidentified")}
    for text in texts.values():
        for name in reasons & set(re.findall(r"\\([A-Za-z]+)", text)):
            assert rf"\ifdefined\{name}" in text
    assert used - reasons <= defined
    flags = set(re.findall(r"\\newcommand\{\\(Has\w+)\}", made["studies.tex"]))
    asked = {f for t in texts.values() for f in re.findall(r"\\ifdefined\\(\w+)", t)}
    assert asked - flags - defined - reasons == {"HasDmcOurs"}


def chosen(text: str, flags: set[str]) -> str:
    """What TeX takes of `text` where these flags are defined."""
    taking, out = [True], []
    for part in re.split(r"(\\ifdefined\s*\\\w+|\\else\b|\\fi\b)", text):
        if part.startswith("\\ifdefined"):
            taking.append(part.rsplit("\\", 1)[1] in flags)
        elif part == "\\else":
            taking[-1] = not taking[-1]
        elif part == "\\fi":
            taking.pop()
        elif all(taking):
            out.append(part)
    assert taking == [True]
    return "".join(out)


@pytest.mark.parametrize(
    "absent",
    [
        "",
        "Classic",
        "Gym|Dmc|HasPublished",
        "Gym|Dmc|HasPublished|Classic",
        "Dmc",
        "Gym",
    ],
)
def test_no_heading_stands_above_nothing(root: Path, made: Files, absent: str) -> None:
    defined = set(re.findall(r"\\newcommand\{\\(\w+)\}", "".join(made.values())))
    flags = {f for f in defined if not absent or not re.search(absent, f)}
    heading = r"\\(?:sub)*(?:section|paragraph)\*?\{[^}]*\}"
    for name, text in sources(root).items():
        study = re.fullmatch(r"study_(\w+)\.tex", name)
        if study and f"Has{study[1].capitalize()}" not in flags:
            continue  # main.tex does not input it
        plain = re.sub(r"%.*|\\label\{[^}]*\}|\\appendix", "", chosen(text, flags))
        bodies = re.split(heading, plain)
        headings = re.findall(heading, plain)
        for title, body, after in zip(
            headings, bodies[1:], [*headings[1:], ""], strict=True
        ):
            above_lower = "section" in title and len(after) and "para" in after
            assert body.strip() or above_lower, (name, title)


def test_studies_with_most_archives_come_first(root: Path) -> None:
    made = generated(root, {"a": ("baseline",), "b": BOTH})
    assert r"\EachStudy}[1]{#1{b}#1{a}}" in made["studies.tex"]


def test_letters_of_the_study_files_are_known_to_latex(root: Path, made: Files) -> None:
    style = (root / "paper" / "replication.sty").read_text("utf-8")
    declared = re.findall(r"\\DeclareUnicodeCharacter\{(\w{4})\}", style)
    known = {chr(int(code, 16)) for code in declared} | set("–’é±·×²†…")
    folders = Folders.at(root)
    studies = [load_study(name, folders) for name in list_studies(folders)]
    real = [text for s in studies for text in (notes(s), latex(settings(s)))]
    for text in (*real, *(t for n, t in made.items() if n.endswith(".tex"))):
        assert {c for c in text if ord(c) > 127} <= known


# With LaTeX

needs_latex = pytest.mark.skipif(
    shutil.which("latexmk") is None or shutil.which("pdflatex") is None,
    reason="no latexmk and pdflatex here: the paper itself is not made",
)


def lay_out(root: Path, folder: Path, made: Files) -> Path:
    """Put sources, generated files and empty figures below `folder`."""
    paper = folder / "paper"
    (paper / "generated").mkdir(parents=True)
    (folder / "figures").mkdir()
    for path in (root / "paper").glob("*.*"):
        if path.suffix in (".tex", ".bib", ".sty"):
            shutil.copy(path, paper)
    for name, text in made.items():
        (paper / "generated" / name).write_text(text, "utf-8")
    empty = io.BytesIO()
    Figure(figsize=(3.2, 2)).savefig(
        empty, format="pdf", metadata={"CreationDate": None}
    )
    for name in made:
        if name.endswith("_caption.tex"):
            figure = folder / "figures" / name.replace("_caption.tex", ".pdf")
            figure.write_bytes(empty.getvalue())
    return paper


def typeset(root: Path, paper: Path) -> subprocess.CompletedProcess[str]:
    script = root / "make" / "latexmk.sh"
    return subprocess.run(
        ["bash", str(script), str(paper), str(paper.parent / "build")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def overfull(paper: Path) -> list[str]:
    """Return what exceeds its column or page, from LaTeX's log."""
    log = (paper.parent / "build" / "main.log").read_text("utf-8", errors="replace")
    return re.findall(r"Overfull .*", log)


@needs_latex
def test_the_pdf_is_the_same_in_two_folders(
    root: Path, tmp_path: Path, made: Files
) -> None:
    papers = [
        lay_out(root, tmp_path / name, made) for name in ("one", "another/further down")
    ]
    for paper in papers:
        done = typeset(root, paper)
        assert done.returncode == 0, done.stderr
        assert not done.stderr  # where undefined references would be told
        assert overfull(paper) == []
    first, second = ((paper / "main.pdf").read_bytes() for paper in papers)
    assert len(first) > 50_000
    assert first == second


@needs_latex
@pytest.mark.parametrize(
    "studies",
    [
        {"gym": BOTH},
        {"dmc": ("baseline",)},
        {"gym": ("sweep",), "my_study2": BOTH},
        {"gym": ("baseline",), "dmc": ("ours",)},
        {"dmc": BOTH, "gym": ("ours",)},
        {"my_study2": ("sweep",)},
        {"classic": ("sweep",)},
        {"classic": ("ours",), "gym": BOTH},
    ],
    ids=lambda studies: ", ".join(f"{n}: {' '.join(s)}" for n, s in studies.items()),
)
def test_studies_and_sets_may_be_absent(
    root: Path, tmp_path: Path, studies: dict[str, tuple[str, ...]]
) -> None:
    paper = lay_out(root, tmp_path, generated(root, studies))
    done = typeset(root, paper)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert overfull(paper) == []


@needs_latex
def test_a_missing_number_stops_latex(root: Path, tmp_path: Path, made: Files) -> None:
    lines = made["numbers.tex"].splitlines()
    fewer = "\n".join(x for x in lines if r"\GymBatchSizeExponentFull}" not in x)
    paper = lay_out(root, tmp_path, made | {"numbers.tex": fewer})
    done = typeset(root, paper)
    assert done.returncode == 2
    assert "Undefined control sequence" in done.stderr
    assert not (paper / "main.pdf").exists()
