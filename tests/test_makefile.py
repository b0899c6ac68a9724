"""The build graph, driven with a stand-in for the commands so that it takes seconds.

The stand-in logs each command and writes the files that the real one would, with
bytes that depend on its inputs; like the real ones, only where the bytes differ. The
graph and the search for what is stale are the real ones.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

STAND_IN = """\
#!{python} -IS
import hashlib, json, os, pathlib, signal, sys, time, tomllib
P = pathlib.Path
arguments = sys.argv[1:]
REAL = ["value_scaling.commands.build.graph"]
REAL += [f"make/{{name}}.py" for name in ("build", "stage", "fetched")]
if len(arguments) > 1 and arguments[1] in REAL:
    os.execv("{python}", ["{python}", *arguments])
if arguments in (["make/check_python.py"], ["-c", ""]):
    sys.exit()
assert arguments[0] == "-m", arguments
log = " ".join(arguments[2:] if arguments[1] == "value_scaling" else arguments[1:])
with open("log", "a") as file:
    file.write(log + "\\n")

fresh = os.environ.get("VALUE_SCALING_RUNS") == "fresh"
top = "fresh/" if fresh else ""

def zipped(study, part, fresh):
    if fresh:
        return P(f"data/zip/{{study}}_{{part}}.fresh.zip")
    for folder in ("code/value_scaling/studies", "data/studies"):
        file = P(folder, f"{{study}}.toml")
        if file.exists():
            table = tomllib.loads(file.read_text())
    return P("data/zip", table["archives"][part]["file"])

def digest(paths):
    text = b"".join(P(p).read_bytes() for p in paths if P(p).exists())
    return hashlib.sha256(text).hexdigest()

def write(path, content):
    path = P(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if "VALUE_SCALING_JOURNAL" in os.environ:
        with open(os.environ["VALUE_SCALING_JOURNAL"], "a") as file:
            digested = hashlib.sha256(content.encode()).hexdigest()
            file.write(json.dumps([str(path.absolute()), digested]) + "\\n")
    if not path.exists() or path.read_text() != content:
        path.write_text(content)

if P("fail").exists() and P("fail").read_text().strip() in log:
    print("told to fail", file=sys.stderr)
    sys.exit(2)
if P("kill").exists() and P("kill").read_text().strip() in log:
    os.kill(os.getpid(), signal.SIGKILL)
signal.signal(signal.SIGINT, signal.SIG_DFL)
if P("slow").exists():
    time.sleep(0.2)
with open("environment", "a") as file:
    file.write(json.dumps(dict(os.environ)) + "\\n")
if P("during").exists():
    archive = P("during").read_text()
    P("during").unlink()
    P(archive).write_text("changed while a command ran")
command, *rest = log.split()
if command == "fetch":
    for name in P("offered").read_text().split():
        write(f"data/zip/{{name}}.zip", name)
elif command == "preprocess":
    study, part = rest
    text = zipped(study, part, fresh).read_text()
    for v in ("default", "published"):
        # Only the first line counts: a second one is a change that changes nothing.
        write(f"{{top}}data/derived/{{study}}/{{v}}/{{part}}.npz",
              v + text.split("\\n")[0])
elif command in ("hyperparameters", "data-efficiency"):
    for v in ("default", "published"):
        folder = P(f"{{top}}data/derived/{{rest[0]}}/{{v}}")
        sets = {{"hyperparameters": ["sweep"],
                 "data-efficiency": ["ours", "baseline", "hyperparameters"]}}[command]
        found = digest(folder / f"{{s}}.npz" for s in sets)
        outs = {{"hyperparameters": ["hyperparameters"],
                 "data-efficiency": ["data_efficiency", "budget"]}}[command]
        for out in outs:
            write(folder / f"{{out}}.npz", out + found)
elif command == "diagnostics":
    write(f"{{top}}data/derived/{{rest[0]}}/diagnostics.npz",
          zipped(rest[0], "sweep", fresh).read_text().split("\\n")[0])
elif command == "regret":
    print("a table")
    write(f"{{top}}data/derived/{{rest[0]}}/regret.json",
          zipped(rest[0], "sweep", fresh).read_text().split("\\n")[0])
elif command == "choices":
    write(f"{{top}}data/derived/{{rest[0]}}/choices.json",
          digest(sorted(P(f"{{top}}data/derived", rest[0]).glob("*/*.npz"))))
elif command == "sensitivity":
    write(f"{{top}}data/derived/{{rest[0]}}/sensitivity.npz",
          digest(sorted(P(f"{{top}}data/derived", rest[0]).glob("*/*.npz"))))
elif command == "law-choice":
    write(f"{{top}}data/derived/{{rest[0]}}/law_choice.json",
          digest(sorted([*P(f"{{top}}data/derived", rest[0]).glob("*/ours.npz"),
                         *P(f"{{top}}data/derived", rest[0]).glob("*/baseline.npz")])))
elif command == "warnings":
    print("a doubt")
    write(f"{{top}}data/derived/{{rest[0]}}/warnings.json",
          digest(sorted(P(f"{{top}}data/derived", rest[0]).glob("*/*.npz"))))
elif command == "value_scaling.notebook_run":
    notebook, out, _, _, study = rest
    files = sorted(P(f"{{top}}data/derived", study).glob("*/*.npz"))
    if "diagnostics" in notebook:
        files = [P(f"{{top}}data/derived", study, "diagnostics.npz")]
        assert files[0].exists()
    found = digest([notebook, *files])
    write(out + ".html", found)
    write(out + ".ipynb", found)
    write(f"{{top}}figures/{{study}}_{{P(notebook).stem}}.pdf", found)
elif command == "overview":
    for suffix in ("pdf", "png"):
        write(f"{{top}}figures/figure1.{{suffix}}",
              digest(sorted(P(f"{{top}}data/derived").glob("*/*/budget.npz"))))
elif command == "paper":
    found = digest(sorted([*P(f"{{top}}data/derived").glob("*/*/*"),
                           *P(f"{{top}}data/derived").glob("*/*.npz")]))
    write(f"{{top}}paper/generated/numbers.tex", found)
    for study in rest:
        write(f"{{top}}paper/generated/{{study}}_laws.tex", study)
elif command == "report":
    write(f"{{top}}figures/{{rest[0]}}_report.html",
          digest(sorted([*P(f"{{top}}data/derived", rest[0]).glob("*/*"),
                         *P(f"{{top}}data/derived", rest[0]).glob("*.npz")])))
elif command == "compare":
    both = [zipped(rest[0], "sweep", kind) for kind in (True, False)]
    write(f"fresh/build/comparison/{{rest[0]}}.md", digest(both))
    write(f"fresh/build/comparison/{{rest[0]}}_compared.tex", digest(both))
elif command == "train":
    write(f"data/zip/{{rest[0]}}_{{rest[-1]}}{{'.fresh' * fresh}}.zip", "trained")
elif command in ("plan", "gpu-check"):
    print("told")
elif command == "verify":
    print("report card")
else:
    sys.exit(f"unknown: {{log}}")
"""

LATEXMK = """\
#!/bin/bash
echo latexmk >> "$(dirname "$0")/../log"
for option; do case $option in -outdir=*) out=${option#*=} ;; esac; done
cat main.tex generated/numbers.tex > "$out/main.pdf"
echo > "$out/main.log"
"""

METRICS = re.compile(r"^metrics = \[.*?^\]\n", re.M | re.S)
SETS = ("sweep", "ours", "baseline")
ARCHIVES = ("sweep", "ours", "baseline_utd2")
ALL_OF_ONE_STUDY = {
    "preprocess one sweep": 1,
    "preprocess one ours": 1,
    "preprocess one baseline": 1,
    "hyperparameters one": 1,
    "regret one": 1,
    "data-efficiency one": 1,
    "choices one": 1,
    "sensitivity one": 1,
    "law-choice one": 1,
    "warnings one": 1,
    "analyze_grid_search one": 1,
    "analyze_fitted one": 1,
    "overview one": 1,
    "paper one": 1,
    "report one": 1,
}


def inherited() -> dict[str, str]:
    """The environment without the settings of the make that runs the tests."""
    unset = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONPATH", "STUDY"}
    unset |= {"RUNS", "VALUE_SCALING_RUNS"}
    return {k: v for k, v in os.environ.items() if k not in unset}


@dataclass(frozen=True)
class Tree:
    """A small copy of the repository whose Python is the stand-in."""

    folder: Path

    def archive(self, name: str, content: str = "runs") -> Path:
        path = self.folder / "data" / "zip" / f"{name}.zip"
        path.write_text(content)
        return path

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start make in its own process group."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        ours = {"PATH": path, "PYTHON": "bin/python"}
        return subprocess.Popen(
            ["make", *arguments],
            cwd=self.folder,
            env=inherited() | ours | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def make(
        self, *arguments: str, code: int = 0, **environment: str
    ) -> tuple[Counter[str], str]:
        """Run make; return the counts of the commands that it ran, and its output."""
        (self.folder / "log").write_text("")
        process = self.start(*arguments, **environment)
        output, _ = process.communicate()
        assert process.returncode == code, output
        return self.logged(), output

    def logged(self) -> Counter[str]:
        """Return the counts of the commands that ran."""
        notebook = re.compile(r"value_scaling.notebook_run notebooks/(\w+).* (\w+)$")
        lines = (self.folder / "log").read_text().splitlines()
        return Counter(notebook.sub(r"\1 \2", line) for line in lines)

    def outputs(self) -> dict[str, bytes]:
        """The bytes of all that was built, by path."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for name in ("data/derived", "figures", "paper", "build/notebooks")
            for path in (self.folder / name).rglob("*")
            if path.is_file()
        }

    def ran(self, *arguments: str) -> dict[str, int]:
        return dict(self.make(*arguments)[0])


@pytest.fixture(scope="module")
def bare_tree(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Tree:
    if shutil.which("make") is None:
        pytest.skip("no make here")
    folder = tmp_path_factory.mktemp("bare")
    for name in ("Makefile", "make", "code/locks", "code/value_scaling"):
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignored = shutil.ignore_patterns(
                "__pycache__", "*.toml", "learning", "sweep"
            )
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy(source, target)
    package = folder / "code" / "value_scaling"
    shutil.copy(root / "code/value_scaling/registry.toml", package)
    classic = (root / "code/value_scaling/studies/classic.toml").read_text()
    for study in ("one", "two"):
        text = METRICS.sub("", classic).replace("classic_", f"{study}_")
        text = text.replace("_baseline.zip", "_baseline_utd2.zip")
        (package / "studies" / f"{study}.toml").write_text(text)
    for name in ("data/zip", "notebooks", "paper", "figures", "bin"):
        (folder / name).mkdir(parents=True)
    for notebook in (root / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder / "notebooks")
    for name in ("main.tex", "fresh.tex", "replication.sty", "refs.bib"):
        (folder / "paper" / name).write_text(name)
    stand_ins = {
        "python": STAND_IN.format(python=sys.executable),
        "latexmk": LATEXMK,
        "pdflatex": "#!/bin/bash\n",
        "kpsewhich": "#!/bin/bash\n",
    }
    for name, content in stand_ins.items():
        (folder / "bin" / name).write_text(textwrap.dedent(content))
        (folder / "bin" / name).chmod(0o755)
    return Tree(folder)


@pytest.fixture(scope="module")
def built_tree(bare_tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    folder = tmp_path_factory.mktemp("built")
    tree = Tree(shutil.copytree(bare_tree.folder, folder, dirs_exist_ok=True))
    for part in ARCHIVES:
        tree.archive(f"one_{part}")
    assert tree.ran("figures", "paper") == ALL_OF_ONE_STUDY | {"latexmk": 1}
    return tree


@pytest.fixture
def tree(bare_tree: Tree, tmp_path: Path) -> Tree:
    """Two studies and no archive."""
    return Tree(shutil.copytree(bare_tree.folder, tmp_path, dirs_exist_ok=True))


@pytest.fixture
def built(built_tree: Tree, tmp_path: Path) -> Tree:
    """Study `one` with its three archives, figures and paper made."""
    return Tree(shutil.copytree(built_tree.folder, tmp_path, dirs_exist_ok=True))


def test_help_is_the_default_and_names_every_target(tree: Tree) -> None:
    _, output = tree.make()
    assert output == tree.make("help")[1]
    targets = re.findall(
        r"^\.PHONY: (.*?[^\\])$", (tree.folder / "Makefile").read_text(), re.M | re.S
    )
    assert targets
    for target in targets[0].replace("\\", "").split():
        assert re.search(rf"^  make {target} +\w", output, re.M), target


def test_new_hours_of_the_same_runs_remake_the_report(built: Tree) -> None:
    (built.folder / "data" / "zip" / "one_sweep.hours.json").write_text("{}")
    assert built.ran("figures") == {"paper one": 1, "report one": 1}
    assert built.ran("figures") == {}


def test_a_second_time_nothing_runs(built: Tree) -> None:
    assert built.ran("figures", "paper") == {}
    assert built.ran("-j4", "figures") == {}


def test_the_last_lines_say_where_things_are(built: Tree) -> None:
    _, output = built.make("figures")
    assert "figures/figure1.png" in output
    assert "build/notebooks" in output


def test_an_input_that_changes_during_a_run_is_seen_afterwards(built: Tree) -> None:
    archive = built.archive("one_ours", "other runs")
    during = built.folder / "during"
    during.write_text(str(archive))
    assert built.ran("figures")["preprocess one ours"] == 1
    assert not during.exists()
    assert built.ran("figures")["preprocess one ours"] == 1
    assert built.ran("figures") == {}


def test_in_parallel_each_command_runs_once(tree: Tree) -> None:
    for part in ARCHIVES:
        tree.archive(f"one_{part}")
    assert tree.ran("-j8", "figures", "paper", "verify") == ALL_OF_ONE_STUDY | {
        "latexmk": 1,
        "verify one": 1,
    }


def test_a_changed_archive_rebuilds_only_what_lies_below_it(built: Tree) -> None:
    built.archive("one_baseline_utd2", "other runs")
    assert built.ran("figures", "paper") == {
        "preprocess one baseline": 1,
        "data-efficiency one": 1,
        "choices one": 1,
        "sensitivity one": 1,
        "law-choice one": 1,
        "warnings one": 1,
        "analyze_grid_search one": 1,  # for it reads the choices' effects
        "analyze_fitted one": 1,
        "overview one": 1,
        "paper one": 1,
        "report one": 1,
        "latexmk": 1,
    }
    assert built.ran("figures", "paper") == {}


def test_a_change_that_changes_no_record_goes_no_further(built: Tree) -> None:
    built.archive("one_sweep", "runs\nwith another note")
    ran = built.ran("figures", "paper")
    # The notebooks draw from the archives, too, and the report says how they were made.
    notebooks = {"analyze_grid_search one": 1, "analyze_fitted one": 1}
    records = {"preprocess one sweep": 1, "regret one": 1}
    assert ran == records | {"paper one": 1, "report one": 1} | notebooks
    assert built.ran("figures", "paper") == {}


def test_tables_of_stages_go_to_files_and_warnings_to_the_terminal(tree: Tree) -> None:
    tree.archive("one_sweep")
    _, said = tree.make("figures")
    assert "a doubt" in said
    assert "a table" not in said
    assert "build/logs/*.txt" in said
    log = tree.folder / "build" / "logs" / "one.regret.txt"
    assert log.read_text() == "a table\n"


def test_an_unchanged_figure_does_not_rebuild_the_paper(built: Tree) -> None:
    (built.folder / "code/value_scaling/report/drawing/style.py").write_text(
        "# a comment"
    )
    ran = built.ran("paper")
    assert ran["analyze_fitted one"] == 1
    assert "latexmk" not in ran
    assert built.ran("paper") == {}


@pytest.mark.parametrize(
    ("source", "runs", "runs_not"),
    [
        (
            "code/value_scaling/stats/isotonic.py",
            "preprocess one sweep",
            "overview one",
        ),
        (
            "code/value_scaling/workflow/budget.py",
            "data-efficiency one",
            "overview one",
        ),
        (
            "code/value_scaling/workflow/budget.py",
            "sensitivity one",
            "hyperparameters one",
        ),
        (
            "code/value_scaling/report/drawing/style.py",
            "overview one",
            "preprocess one sweep",
        ),
        (
            "code/value_scaling/report/figures/overview.py",
            "overview one",
            "preprocess one sweep",
        ),
        ("code/value_scaling/studies/one.toml", "preprocess one ours", "verify"),
        ("code/locks/cpu.txt", "preprocess one ours", "latexmk"),
        ("notebooks/analyze_fitted.ipynb", "analyze_fitted one", "overview one"),
        ("paper/main.tex", "latexmk", "analyze_fitted one"),
    ],
)
def test_a_changed_source_runs_what_uses_it(
    source: str, runs: str, runs_not: str, built: Tree
) -> None:
    with (built.folder / source).open("a") as file:
        file.write("# changed")
    ran = built.ran("figures", "paper")
    assert runs in ran
    assert runs_not not in ran


@pytest.mark.parametrize("harm", ["removed", "emptied", "cut", "another"])
def test_every_output_that_is_harmed_is_made_again(harm: str, built: Tree) -> None:
    makers = {
        "data/derived/one/default/sweep.npz": "preprocess one sweep",
        "data/derived/one/published/budget.npz": "data-efficiency one",
        "data/derived/one/choices.json": "choices one",
        "data/derived/one/sensitivity.npz": "sensitivity one",
        "data/derived/one/law_choice.json": "law-choice one",
        "figures/figure1.png": "overview one",
        "figures/figure1.pdf": "overview one",
        "figures/one_analyze_fitted.pdf": "analyze_fitted one",
        "build/notebooks/one_analyze_fitted.html": "analyze_fitted one",
        "build/notebooks/one_analyze_grid_search.ipynb": "analyze_grid_search one",
        "paper/generated/numbers.tex": "paper one",
        "paper/generated/one_laws.tex": "paper one",
        "paper/main.pdf": "latexmk",
    }
    before = built.outputs()
    for name in makers:
        path = built.folder / name
        content, times = path.read_bytes(), path.stat()
        if harm == "removed":
            path.unlink()
            continue
        harmed = {"emptied": b"", "cut": content[:-1], "another": content[::-1]}
        path.write_bytes(harmed[harm])
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    ran = built.ran("figures", "paper")
    assert ran == dict.fromkeys(makers.values(), 1)
    assert built.outputs() == before
    assert built.ran("figures", "paper") == {}


def test_a_failed_command_is_run_again(built: Tree) -> None:
    built.archive("one_ours", "other runs")
    (built.folder / "fail").write_text("data-efficiency")
    built.make("figures", code=2)
    (built.folder / "fail").unlink()
    ran = built.ran("figures")
    assert ran["data-efficiency one"] == 1
    assert "preprocess one ours" not in ran


def test_a_failed_report_fails_the_build_and_nothing_goes_on(built: Tree) -> None:
    built.archive("one_ours", "other runs")
    (built.folder / "fail").write_text("paper")
    ran, _ = built.make("figures", "paper", "verify", code=2)
    assert ran["paper one"] == 1
    assert not {"latexmk", "verify one"} & ran.keys()
    ran, _ = built.make("paper", code=2)
    assert ran == {"paper one": 1}
    (built.folder / "fail").unlink()
    assert built.ran("paper") == {"paper one": 1, "latexmk": 1}


def test_a_killed_command_is_told(built: Tree) -> None:
    built.archive("one_ours", "other runs")
    (built.folder / "kill").write_text("data-efficiency")
    _, output = built.make("figures", code=2)
    assert "one.data-efficiency: found that its process was killed" in output
    (built.folder / "kill").unlink()
    assert built.ran("figures")["data-efficiency one"] == 1


@pytest.mark.parametrize("name", ["plan.mk", "lock", "stamps/generated.json"])
def test_what_is_in_the_way_of_the_build_is_told(built: Tree, name: str) -> None:
    path = built.folder / "build" / name
    path.unlink()
    path.mkdir()
    built.archive("one_ours", "other runs")
    _, output = built.make("figures", code=2)
    assert f"build/{name}: Is a directory. What to do: remove or rename" in output
    assert "Traceback" not in output


def exchange(path: Path, content: str) -> None:
    """Replace a file by one of the same size and time, as `mv` of a copy does."""
    times = path.stat()
    assert len(content.encode()) == times.st_size
    other = path.with_name("other")
    other.write_text(content)
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


def rewrite(path: Path, content: str) -> None:
    """Change a file in place, keeping size and time, as `rsync --inplace -t` does."""
    times = path.stat()
    path.write_text(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("change", [exchange, rewrite])
def test_another_content_under_the_same_time_is_seen(
    change: Callable[[Path, str], None], built: Tree
) -> None:
    archive = built.folder / "data/zip/one_sweep.zip"
    change(archive, "RUNS")
    assert built.ran("figures")["preprocess one sweep"] == 1
    change(archive, "suns")
    assert built.ran("figures")["preprocess one sweep"] == 1
    study = built.folder / "code/value_scaling/studies/one.toml"
    change(study, study.read_text().replace("Classic", "CLASSIC"))
    assert built.ran("figures")["preprocess one ours"] == 1
    assert built.ran("figures") == {}


@pytest.mark.parametrize("years", [-30, 30])
def test_times_of_files_decide_nothing(years: int, built: Tree) -> None:
    when = time.time() + years * 365 * 24 * 3600
    for path in built.folder.rglob("*"):
        os.utime(path, (when, when), follow_symlinks=False)
    assert built.ran("figures", "paper") == {}
    archive = built.archive("one_ours", "other runs")
    os.utime(archive, (when, when))
    assert built.ran("figures")["preprocess one ours"] == 1
    assert built.ran("figures") == {}


def test_a_build_that_is_copied_elsewhere_is_up_to_date(
    built: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    there = tmp_path_factory.mktemp("with a space") / "there"
    copy = Tree(shutil.copytree(built.folder, there))
    assert copy.ran("-j8", "figures", "paper") == {}
    copy.archive("one_ours", "other runs")
    assert copy.ran("-j8", "figures", "paper")["latexmk"] == 1
    copy.make("clean")
    (copy.folder / "stray.toml").write_text("")
    assert copy.ran("-j8", "figures") == ALL_OF_ONE_STUDY


@pytest.mark.parametrize("name", ["index.json", "graph.json", "stamps/generated.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_notes_of_the_build_may_be_damaged(
    name: str, content: str, built: Tree
) -> None:
    note = built.folder / "build" / name
    assert note.exists() or name == "index.json"  # which only has what has settled
    note.write_text(content)
    ran = built.ran("figures")
    assert ran == ({"paper one": 1} if "generated" in name else {})


def test_two_builds_at_once_both_end_well(tree: Tree) -> None:
    for part in ARCHIVES:
        tree.archive(f"one_{part}")
    (tree.folder / "slow").write_text("")
    (tree.folder / "log").write_text("")
    builds = [tree.start("-j4", "figures") for _ in range(2)]
    printed = [build.communicate()[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0], printed
    assert tree.logged() == ALL_OF_ONE_STUDY
    assert sum("waiting for the build" in words for words in printed) == 1


def test_after_a_kill_the_next_build_makes_the_same(
    built: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = built.outputs()
    built.make("clean")
    temporary = tmp_path_factory.mktemp("t")
    (built.folder / "slow").write_text("")
    (built.folder / "log").write_text("")
    for commands in (1, 3, 6, 9):
        process = built.start("-j2", "figures", "paper", TMPDIR=str(temporary))
        while built.logged().total() < commands and process.poll() is None:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert list(temporary.iterdir())
    (built.folder / "slow").unlink()
    built.make("figures", "paper", TMPDIR=str(temporary))
    assert built.outputs() == before
    assert not list(temporary.iterdir())


def test_ctrl_c_ends_a_build_and_one_that_waits_without_a_traceback(
    built: Tree,
) -> None:
    before = built.outputs()
    built.make("clean")
    (built.folder / "slow").write_text("")
    (built.folder / "log").write_text("")
    builds = [built.start("figures") for _ in range(2)]
    while not built.logged():
        assert builds[0].poll() is None or builds[1].poll() is None
        time.sleep(0.01)
    for build in builds:
        os.killpg(build.pid, signal.SIGINT)
    for build in builds:
        assert "Traceback" not in build.communicate()[0]
        assert build.returncode
    (built.folder / "slow").unlink()
    built.make("figures", "paper")
    assert built.outputs() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line(built: Tree) -> None:
    (built.folder / "build/stamps/generated.json").unlink()
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            ["make", "figures"],
            cwd=built.folder,
            env=inherited() | {"PYTHON": "bin/python"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (built.folder / "build/stamps/generated.json").exists()


def test_settings_of_the_user_reach_no_command(
    built: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    theirs = tmp_path_factory.mktemp("theirs")
    (theirs / "paper").mkdir()
    (theirs / "rc").write_text("echo of the shell; exit 7\n")
    names = ("CDPATH", "BASH_ENV", "MATPLOTLIBRC", "PYTHONPATH", "MPLCONFIGDIR")
    names += ("PYTHONHOME", "VALUE_SCALING_ROOT", "JUPYTER_CONFIG_DIR", "TEXINPUTS")
    environment = dict.fromkeys(names, str(theirs)) | {"BASH_ENV": f"{theirs}/rc"}
    environment["LC_ALL"] = "C"
    (built.folder / "environment").write_text("")
    before = built.outputs()
    built.make("clean")
    _, output = built.make("figures", "paper", **environment)
    assert "of the shell" not in output
    assert built.outputs() == before
    seen = (built.folder / "environment").read_text()
    assert seen.count("\n") >= len(ALL_OF_ONE_STUDY)
    assert str(theirs) not in seen
    # Nor do modules that lie in the checkout, where commands run.
    assert {json.loads(line)["PYTHONSAFEPATH"] for line in seen.splitlines()} == {"1"}


def test_only_the_goal_notebooks_runs_the_notebook_of_widgets(tree: Tree) -> None:
    tree.archive("two_baseline_utd2")
    assert "explore two" in tree.ran("notebooks")
    (tree.folder / "code/value_scaling/api/explorer.py").write_text("# changed")
    assert "explore two" not in tree.ran("figures")
    assert tree.ran("notebooks") == {"explore two": 1}


def test_a_sweep_alone_gives_its_notebook(tree: Tree) -> None:
    tree.archive("two_sweep")
    ran, output = tree.make("figures")
    assert "analyze_grid_search two" in ran
    assert "analyze_fitted two" not in ran
    assert "data-efficiency two" not in ran
    assert "left out: one" in output


def test_a_baseline_alone_gives_the_fitted_notebook(tree: Tree) -> None:
    tree.archive("two_baseline_utd2")
    ran = tree.ran("figures")
    assert "analyze_fitted two" in ran
    assert "hyperparameters two" not in ran


def test_a_sweep_with_published_coefficients_gives_both(tree: Tree) -> None:
    tree.archive("two_sweep")
    file = tree.folder / "code/value_scaling/studies/two.toml"
    levels = len(tomllib.loads(file.read_text())["fitted_levels"])
    with file.open("a") as text:
        text.write('[published]\nsource = "a paper"\ndata_scale = 1e5\n')
        text.write("data_utds = [1, 2, 4]\n")
        text.write(f"data_coefficients = {[[0.5, 1.0, 1.0]] * levels}\n")
    ran = tree.ran("figures")
    assert "analyze_grid_search two" in ran
    assert "analyze_fitted two" in ran


DIAGNOSTICS = {"diagnostics one": 1, "analyze_diagnostics one": 1}


def with_metrics(tree: Tree, text: str = 'metrics = ["val.critic_loss"]') -> None:
    file = tree.folder / "code/value_scaling/studies/one.toml"
    sweep = "[archives.sweep]\n"
    file.write_text(file.read_text().replace(sweep, f"{sweep}{text}\n"))


def test_diagnostics_are_made_where_the_study_states_metrics(tree: Tree) -> None:
    with_metrics(tree)
    for part in ARCHIVES:
        tree.archive(f"one_{part}")
    assert tree.ran("-j4", "figures") == ALL_OF_ONE_STUDY | DIAGNOSTICS
    assert tree.ran("figures") == {}
    (tree.folder / "data/derived/one/diagnostics.npz").unlink()
    assert tree.ran("figures")["diagnostics one"] == 1


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("metrics=['val.critic_loss']", True),
        ('"metrics"  =  [\n    "val.critic_loss",\n]', True),
        ("metrics = []", False),
        ('# metrics = ["val.critic_loss"]', False),
        ('notes = ["""\nmetrics = [1]"""]', False),
    ],
)
def test_metrics_are_found_however_they_are_written(
    text: str, states: bool, tree: Tree
) -> None:
    with_metrics(tree, text)
    tree.archive("one_sweep")
    ran, output = tree.make("-n", "figures")
    assert not ran
    assert ("one.diagnostics" in output) == states


def test_without_a_sweep_there_are_no_diagnostics(tree: Tree) -> None:
    with_metrics(tree)
    tree.archive("one_ours")
    assert not DIAGNOSTICS.keys() & tree.ran("figures").keys()


def test_what_the_diagnostics_are_made_of(tree: Tree) -> None:
    with_metrics(tree)
    tree.archive("one_sweep")
    tree.archive("one_ours")
    tree.make("figures")
    tree.archive("one_ours", "other runs")
    assert not DIAGNOSTICS.keys() & tree.ran("figures").keys()
    tree.archive("one_sweep", "other runs")
    ran = tree.ran("figures")
    assert DIAGNOSTICS.keys() <= ran.keys()
    assert ran["paper one"] == 1


def own_study(tree: Tree, name: str, **changes: str) -> Path:
    """A study of the user's, like study `one`; `changes` replace parts of its file."""
    file = tree.folder / "data" / "studies" / f"{name}.toml"
    file.parent.mkdir(exist_ok=True)
    text = (tree.folder / "code/value_scaling/studies/one.toml").read_text()
    text = text.replace("one_", f"{name}_")
    for old, new in changes.items():
        assert f"{name}_{old}" in text
        text = text.replace(f"{name}_{old}", new)
    file.write_text(text)
    return file


def test_a_users_own_study_is_found(tree: Tree) -> None:
    own_study(tree, "mine")
    tree.archive("mine_sweep")
    assert "hyperparameters mine" in tree.ran("figures")


def test_one_study_can_be_asked_for(built: Tree) -> None:
    built.archive("two_sweep")
    ran = built.ran("figures", "STUDY=two")
    assert "hyperparameters two" in ran
    alone = [line for line in ran if line.endswith(" one")]
    assert alone == ["paper one"] or not alone
    _, output = built.make("figures", "STUDY=tow", code=2)
    assert "no study tow; there are: one two" in output


def test_the_study_file_alone_says_which_archives_belong_to_a_study(
    tree: Tree,
) -> None:
    own_study(tree, "mine", **{"sweep.zip": "grid.zip"})
    own_study(tree, "one_ours_long")
    own_study(tree, "spaced", **{"sweep.zip": "my grid.zip"})
    for name in ("grid", "one_ours_long_ours", "my grid"):
        tree.archive(name)
    # Nobody's: a browser's second copy, another name, a link to nothing.
    for name in ("one_sweep (1)", "mine_sweep", "two_sweep_new"):
        tree.archive(name)
    (tree.folder / "data/zip/two_sweep.zip").symlink_to("nowhere")
    ran, output = tree.make("-j4", "figures")
    assert {line for line in ran if line.startswith("preprocess")} == {
        "preprocess mine sweep",
        "preprocess one_ours_long ours",
    }
    assert "Left out: study spaced" in output  # for the name of its archive
    assert tree.ran("figures") == {}
    tree.archive("one_ours")
    assert "preprocess one ours" in tree.ran("figures")


def test_an_archive_that_is_named_and_absent_is_said(built: Tree) -> None:
    (built.folder / "data/zip/one_ours.zip").unlink()
    _, output = built.make("figures")
    assert "Study one is built without one_ours.zip" in output


def test_a_study_file_that_cannot_be_read_leaves_the_others_alone(
    built: Tree,
) -> None:
    file = own_study(built, "mine")
    built.archive("mine_sweep")
    file.write_text("title = ")
    ran, output = built.make("figures")
    assert ran == {}
    assert "Left out: study mine" in output
    _, output = built.make("figures", "STUDY=mine", code=2)
    assert "mine.toml" in output
    assert "Traceback" not in output


def test_a_build_of_one_study_takes_nothing_from_the_others(built: Tree) -> None:
    built.archive("two_sweep")
    before = built.outputs()
    ran = built.ran("figures", "STUDY=two")
    assert ran["paper one two"] == 1
    assert built.ran("figures", "STUDY=two") == {}
    after = built.outputs()
    joint = {"paper/generated/numbers.tex", "figures/figure1.pdf"}
    joint |= {"figures/figure1.png"}
    assert not [n for n in before if before[n] != after.get(n) and n not in joint]
    assert built.ran("figures") == {}
    # What is not up to date is left out of what is joint, and stays.
    built.archive("one_sweep", "other runs")
    built.archive("two_sweep", "other runs")
    ran, output = built.make("figures", "STUDY=two")
    assert ran["paper two"] == 1
    assert "leave out studies that are not up to date: one" in output
    assert not [line for line in ran if line.endswith(" one")]
    assert (built.folder / "paper/generated/one_laws.tex").exists()
    ran = built.ran("figures")
    assert ran["paper one two"] == 1
    assert built.ran("figures") == {}


def test_what_a_stage_no_longer_makes_is_removed(built: Tree) -> None:
    built.archive("two_sweep")
    built.make("figures")
    assert (built.folder / "paper/generated/two_laws.tex").exists()
    (built.folder / "data/zip/two_sweep.zip").unlink()
    assert built.ran("figures")["paper one"] == 1
    assert not (built.folder / "paper/generated/two_laws.tex").exists()


def test_a_smoke_test_in_a_folder_with_a_space(
    built: Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("a space") / "there"
    copy = Tree(shutil.copytree(built.folder, folder))
    copy.make("clean")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    copy.make("smoke")
    log = (folder / "build" / "smoke" / "log").read_text()
    assert "verify one" in log
    (folder / "offered").write_text("one_ours")
    subprocess.run(["git", "add", "offered"], cwd=folder, check=True)
    copy.make("smoke", "DATA_MIRROR=the mirror")
    log = (folder / "build" / "smoke" / "log").read_text()
    assert f"fetch --mirror {folder}/the mirror" in log


FRESH = {**ALL_OF_ONE_STUDY, "diagnostics one": 1, "analyze_diagnostics one": 1}


def test_fresh_archives_are_no_part_of_the_published_figures(built: Tree) -> None:
    for part in ("sweep", "ours", "baseline"):
        built.archive(f"one_{part}.fresh", "fresh runs")
    assert built.ran("figures", "paper") == {}


def test_figures_of_fresh_runs_lie_apart(built: Tree) -> None:
    def published() -> dict[Path, int]:
        return {
            path: path.stat().st_mtime_ns
            for name in ("data/derived", "figures", "paper", "build")
            for path in (built.folder / name).rglob("*")
            if path.is_file()
        }

    before = published()
    for part in ("sweep", "ours", "baseline"):
        built.archive(f"one_{part}.fresh", "fresh runs")
    ran = built.ran("-j4", "figures", "paper", "RUNS=fresh")
    assert ran == FRESH | {"compare one": 1, "latexmk": 1}
    assert built.ran("figures", "paper", "RUNS=fresh") == {}
    assert published() == before
    fresh = built.folder / "fresh"
    assert (fresh / "paper" / "main.pdf").read_text().startswith("fresh.tex")
    assert (fresh / "figures" / "figure1.png").exists()
    # The comparison reads the published archives; nothing else of fresh runs does.
    built.archive("one_ours", "other published runs")
    assert built.ran("figures", "RUNS=fresh") == {"compare one": 1}
    built.make("clean")
    assert not fresh.exists()


def test_without_published_runs_there_is_nothing_to_compare(tree: Tree) -> None:
    tree.archive("one_sweep.fresh")
    assert "compare one" not in tree.ran("figures", "RUNS=fresh")


def test_runs_are_published_or_fresh(tree: Tree) -> None:
    _, output = tree.make("figures", "RUNS=frsh", code=2)
    assert "RUNS=frsh: it must be published or fresh" in output
    _, output = tree.make("figures", "RUNS=fresh", code=2)
    assert "make full-replication STUDY=<study>" in output


def test_full_replication_starts_only_when_it_is_confirmed(tree: Tree) -> None:
    ran, output = tree.make("full-replication", "STUDY=one")
    assert ran == {"gpu-check": 1, "plan one --executor local": 1}
    assert "with YES=1" in output
    assert not list((tree.folder / "data" / "zip").iterdir())


def test_full_replication_in_its_order(tree: Tree) -> None:
    tree.archive("one_sweep", "published runs")
    words = ("full-replication", "STUDY=one", "YES=1", "ALLOW_CPU=1")
    part = ("TASKS=A-v4,B-v4", "UTDS=1,2", "SEEDS=3", "EXECUTOR=one")
    ran = list(tree.make(*words, *part)[0])  # in the order of their first run
    assert ran[:2] == [
        "gpu-check --allow-cpu",
        "plan one --tasks A-v4,B-v4 --utds 1,2 --seeds 3 --executor one",
    ]
    train = "train one --tasks A-v4,B-v4 --utds 1,2 --seeds 3 --executor one --set "
    stages = [
        train + "sweep",
        "preprocess one sweep",
        "hyperparameters one",
        train + "ours",
        train + "baseline",
        "preprocess one ours",
        "compare one",
        "latexmk",
        "verify one",
    ]
    assert [line for line in ran if line in stages] == stages
    zips = {path.name for path in (tree.folder / "data" / "zip").iterdir()}
    fresh = {f"one_{part}.fresh.zip" for part in ("sweep", "ours", "baseline")}
    assert zips == fresh | {"one_sweep.zip"}
    # Again: trained parts are only looked at, and nothing is made again.
    again = tree.ran(*words, *part)
    assert again == dict.fromkeys(
        [*ran[:2], *(train + s for s in SETS), "verify one"], 1
    )


def test_a_failed_stage_stops_full_replication_and_it_goes_on(tree: Tree) -> None:
    words = ("full-replication", "STUDY=one two", "YES=1")
    (tree.folder / "fail").write_text("hyperparameters one")
    ran, _ = tree.make(*words, code=2)
    assert not [line for line in ran if line.endswith("ours")]
    (tree.folder / "fail").unlink()
    ran, _ = tree.make(*words)
    assert "preprocess one sweep" not in ran
    assert ran["hyperparameters one"] == ran["hyperparameters two"] == 1
    assert ran["paper one two"] == 1


def test_a_plan_that_fails_stops_before_the_next(tree: Tree) -> None:
    (tree.folder / "fail").write_text("plan one")
    for target in ("full-replication", "replication"):
        ran, _ = tree.make(target, "STUDY=one two", "YES=1", code=2)
        assert "plan one --executor local" in ran
        assert not [words for words in ran if "two" in words or "train" in words]


def test_a_missing_gpu_stops_before_the_plan(tree: Tree) -> None:
    (tree.folder / "fail").write_text("gpu-check")
    ran, _ = tree.make("full-replication", "STUDY=one", "YES=1", code=2)
    assert ran == {"gpu-check": 1}


def test_without_any_archive_one_message_says_what_to_do(tree: Tree) -> None:
    for target in ("figures", "paper", "verify"):
        ran, output = tree.make(target, code=2)
        assert not ran
        assert output.count("No archive in data/zip") == 1
        assert "make data" in output


def test_what_was_just_fetched_is_used_in_the_same_call(tree: Tree) -> None:
    (tree.folder / "offered").write_text("one_sweep one_ours one_baseline_utd2")
    ran, _ = tree.make("-j4", "data", "figures", "paper", "verify")
    assert ran == Counter(
        {"fetch": 1, "latexmk": 1, "verify one": 1} | ALL_OF_ONE_STUDY
    )
    ran, _ = tree.make("data", "DATA_MIRROR=a folder")
    assert list(ran) == ["fetch --mirror a folder"]


def test_a_dry_run_runs_nothing_and_tells_what_would_run(built: Tree) -> None:
    assert "stage.py" not in built.make("-n", "figures")[1]
    built.archive("one_ours", "other runs")
    ran, output = built.make("-n", "figures")
    assert not ran
    assert "stage.py one.preprocess.ours" in output
    assert "stage.py one.preprocess.sweep" not in output


def test_clean_leaves_archives_and_distclean_users_files(built: Tree) -> None:
    built.archive("gym_sweep")
    for name in ("figures", "paper", "data/zip"):
        (built.folder / name / ".x.pdf.123.part").write_text("half")
    built.make("clean")
    assert not list(built.folder.rglob("*.part"))
    left = {path.name for path in (built.folder / "data" / "zip").iterdir()}
    assert left == {
        "one_sweep.zip", "one_ours.zip", "one_baseline_utd2.zip", "gym_sweep.zip"
    }  # fmt: skip
    assert not (built.folder / "build").exists()
    assert not list((built.folder / "figures").iterdir())
    built.make("distclean")
    left = {path.name for path in (built.folder / "data" / "zip").iterdir()}
    assert left == {"one_sweep.zip", "one_ours.zip", "one_baseline_utd2.zip"}


@pytest.mark.parametrize("python", ["", "/bin/false", "/nonexistent/python"])
@pytest.mark.parametrize("goal", ["figures", "gpu-bench"])
def test_what_is_no_python_is_told_so(root: Path, python: str, goal: str) -> None:
    done = subprocess.run(
        ["make", f"PYTHON={python}", goal],
        cwd=root,
        env=inherited(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    first, *others = done.stderr.splitlines()
    assert first.startswith(f"PYTHON={python}: no Python that starts")
    assert len(others) == 1  # make's own


def test_a_python_that_lacks_packages_is_told_so(root: Path) -> None:
    script = root / "make" / "check_python.py"
    subprocess.run([sys.executable, script], check=True)
    done = subprocess.run(
        [sys.executable, "-IS", script], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "without numpy, scipy" in done.stderr
    assert "Traceback" not in done.stderr
