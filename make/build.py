"""Bring GOAL up to date: make/build.py MAKE GOAL, run by the Makefile.

GOAL is figures, notebooks, paper, records, verify, or one stage, e.g. hyperparameters.
This script decides by content which stages are stale. A second make (build/plan.mk)
then runs the stages that may be needed in order, and in parallel under -j. Each stage
checks again whether it is stale (make/stage.py): if the outputs of a stage did not
change, the stages that depend on it do not run.
"""

import json
import os
import subprocess
import sys

from alone import fail, hold, plain_signals
from content import Contents, read_json, write_json
from stage import discard
from stages import BUILD, INDEX, PLAN, STAMPS, in_folder, is_stale

RUNS = os.environ.get("VALUE_SCALING_RUNS", "published")
FRESH = RUNS == "fresh"
PACKAGE = os.environ.get("package", "code/value_scaling")
ARCHIVES = os.environ.get("zip", "data/zip")
GRAPH = BUILD / "graph.json"
NOTEBOOK_RUN = "value_scaling.notebook_run"
HOW_TO_GET = (
    "make full-replication STUDY=<study> makes fresh ones"
    if FRESH
    else "make data fetches the published ones and make replication STUDY=<study> "
    f"trains ours; put your own in {ARCHIVES}, under the name in the study file"
)


class Refused(Exception):
    """An error of the user; its text is the message."""


def main(make: str, goal: str) -> None:
    """Write the plan, and replace this process with the make that runs it."""
    lock = None
    if not dry_run():
        lock = hold(BUILD / "lock", "the build that runs in this checkout")
        for note in STAMPS.glob("*.tmp"):
            discard(note.stem)
    contents = Contents(INDEX)
    graph = current_graph(contents)
    wanted = wanted_studies(graph, os.environ.get("STUDY", "").split(), goal)
    stages = planned(graph, wanted, goal, contents)
    contents.save()
    verify = ["-m", "value_scaling", "verify", *wanted] if goal == "verify" else []
    if not stages and verify:
        if lock is not None:
            os.close(lock)
        os.execvp(os.environ["PYTHON"], [os.environ["PYTHON"], *verify])
    if not stages:
        return
    # A dry run has its own plan, because a build may be running.
    plan = BUILD / ("dry.mk" if dry_run() else "plan.mk")
    plan.write_text(rules(stages, verify))
    if not dry_run():
        write_json(PLAN, stages)
    os.execvp(make, [make, "-f", str(plan), "goal"])


def dry_run() -> bool:
    """Return whether make was asked to run nothing (-n)."""
    words = os.environ.get("MAKEFLAGS", "").split()
    return bool(words) and "n" in words[0] and not words[0].startswith("-")


def current_graph(contents: Contents) -> dict:
    """Return the graph; the package makes it again if it may have changed."""
    seen = contents.hashes(
        [
            *in_folder(PACKAGE, [".py", ".toml"], deep=True),
            *in_folder("data/studies", [".toml"], deep=True),
            *in_folder("notebooks", [".ipynb"]),
        ]
    )
    listed = in_folder("data/expected", [".toml"])
    old = read_json(GRAPH) or {}
    key = {
        "seen": seen,
        "listed": listed,
        "there": present(old.get("watched", [])),
        "decided": contents.hashes(old.get("deciding", [])),
    }
    if all(old.get(name) == value for name, value in key.items()):
        return old
    command = [os.environ["PYTHON"], "-m", "value_scaling.commands.build.graph"]
    made = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if made.returncode:
        raise Refused("")  # the command has printed the reason
    graph = json.loads(made.stdout)
    graph |= key | {
        "there": present(graph["watched"]),
        "decided": contents.hashes(graph["deciding"]),
    }
    write_json(GRAPH, graph)
    return graph


def present(paths: list[str]) -> list[str]:
    """Return the files that exist."""
    return [path for path in paths if os.path.exists(path)]


def wanted_studies(graph: dict, named: list[str], goal: str) -> list[str]:
    """Return the studies to build, and print which are left out and why."""
    problems, studies = graph["problems"], graph["studies"]
    for name in named:
        if name in problems:
            raise Refused(problems[name])
        if name not in studies:
            there = " ".join(sorted({*studies, *problems}))
            raise Refused(f"STUDY: no study {name}; there are: {there}")
    asked = sorted(set(named)) or sorted(studies)
    wanted = [name for name in asked if studies[name]["sets"]]
    if not named:
        for name, problem in problems.items():
            print(f"Left out: study {name}. {problem}", file=sys.stderr)
    if not wanted:
        raise Refused(
            f"No archive in {ARCHIVES} for any of: {' '.join(asked)}. {HOW_TO_GET}."
        )
    if goal in ("figures", "notebooks"):
        if skipped := [name for name in asked if name not in wanted]:
            print(f"No archive, left out: {' '.join(skipped)}. {HOW_TO_GET}.")
        for name in wanted:
            if absent := studies[name]["absent"]:
                print(f"Study {name} is built without {', '.join(absent)}: not here.")
    sys.stdout.flush()
    return wanted


def planned(
    graph: dict, wanted: list[str], goal: str, contents: Contents
) -> dict[str, dict]:
    """Return the stages of the goal that are stale or depend on a stale one."""
    stages = {name: stage | {"tidy": True} for name, stage in graph["stages"].items()}
    own = [name for name in stages if name.split(".")[0] in wanted]
    notebooks = [n for n in own if NOTEBOOK_RUN in stages[n]["command"]]
    # The notebook with widgets draws no figure of the paper.
    drawn = [name for name in own if not name.endswith(".explore")]
    records = {r for study in wanted for r in graph["studies"][study]["records"]}
    records.update(graph.get("others", []))
    chosen = {
        "figures": drawn,
        "paper": drawn,
        "notebooks": [*(n for n in own if n in records), *notebooks],
        "records": sorted(records),
        "verify": sorted(records),
    }.get(goal)
    if chosen is None:
        chosen = [f"{study}.{goal}" for study in wanted if f"{study}.{goal}" in stages]
    if goal in ("figures", "paper"):
        for name, stage in joint(graph, wanted, stages, contents).items():
            stages[name] = stage
            chosen = [*chosen, name]
    if goal == "paper":
        stages["paper"] = paper()
        chosen = [*chosen, "paper"]
    makers = {out: name for name, stage in stages.items() for out in stage["outputs"]}
    after = {
        name: {makers[path] for path in stage["inputs"] if path in makers}
        for name, stage in stages.items()
    }
    if goal == "paper":
        after["paper"] = set(chosen) - {"paper"}
    needed = closure(chosen, after)
    run = {name for name in needed if is_stale(name, stages[name], contents)}
    while below := {n for n in needed - run if after[n] & run}:
        run |= below
    return {
        name: stages[name] | {"after": sorted(after[name] & run)}
        for name in stages
        if name in run
    }


def closure(names: list[str], after: dict[str, set[str]]) -> set[str]:
    """Return these stages and all stages that they depend on."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += after[name]
    return found


def joint(
    graph: dict, wanted: list[str], stages: dict[str, dict], contents: Contents
) -> dict[str, dict]:
    """Return the stages over several studies.

    They cover the wanted studies and all other studies whose records are up to date.
    A build of one study therefore keeps the others in the report.
    """
    found = {}
    for name, template in graph["joint"].items():
        others = [study for study in template["each"] if study not in wanted]
        current = [
            study
            for study in others
            if not any(
                is_stale(record, stages[record], contents)
                for record in graph["studies"][study]["records"]
            )
        ]
        over = [s for s in template["each"] if s in wanted or s in current]
        if over:
            read = [path for study in over for path in template["each"][study]]
            found[name] = template | {
                "command": [*template["command"], *over],
                "inputs": [*template["inputs"], *read],
                # While a study is left out, its files in the report stay.
                "tidy": set(over) == set(template["each"]) and not graph["problems"],
            }
        if name == "generated" and (left := sorted(set(others) - set(current))):
            words = "Figure 1 and the tables leave out studies that are not up to date"
            print(f"{words}: {' '.join(left)}", flush=True)
    return found


def paper() -> dict:
    """Return the stage that typesets the paper, or the report of fresh runs."""
    typeset = os.environ.get("typeset", "paper")
    return {
        "command": ["bash", "make/latexmk.sh", typeset, str(BUILD / "paper"), RUNS],
        "inputs": ["make/latexmk.sh"],
        "folders": [
            ["paper", [".tex", ".bib", ".sty"]],
            [f"{typeset}/generated", [".tex"]],
            [os.environ.get("figures", "figures"), [".pdf"]],
        ],
        "outputs": [f"{typeset}/main.pdf"],
        "tidy": True,
    }


def rules(stages: dict[str, dict], verify: list[str]) -> str:
    """Return the makefile of a plan; it contains no file names."""
    lines = [
        "SHELL := /bin/bash",
        ".SHELLFLAGS := -euo pipefail -c",
        f".PHONY: goal {' '.join(stages)}",
        f"goal: {' '.join(stages)}",
    ]
    if verify:
        lines.append(f'\t@"$$PYTHON" {" ".join(verify)}')
    else:
        lines.append("\t@:")
    for name, stage in stages.items():
        lines.append(f"{name}: {' '.join(stage['after'])}")
        lines.append(f'\t@"$$PYTHON" -ESs make/stage.py {name}')
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    plain_signals()
    try:
        main(*sys.argv[1:])
    except Refused as error:
        if str(error):
            print(error, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        fail("build", error)
