"""Table of training settings and costs of runs that `scaling train` made."""

from value_scaling.records import Study
from value_scaling.records.provenance import Provenance
from value_scaling.records.training import Training
from value_scaling.report.tables.formats.table import (
    Code,
    Column,
    Heading,
    Row,
    Table,
    Tex,
)
from value_scaling.report.text.latex import escape

_WHAT: dict[str, str | Tex] = {
    "sweep": "the grid search",
    "ours": Tex(r"the fitted $B^*$, $\eta^*$"),
    "baseline": Tex(r"constant $B$, $\eta$"),
}
_COLUMNS = (
    "set",
    "settings",
    "runs",
    "failed_runs",
    "env_steps",
    "cpu_hours",
    "cpus",
    "commits",
)


def _of_host(t: Training) -> list[Row]:
    """Return the settings of algorithms with one environment per run."""
    own = {"sac": _of_sac, "bro": _of_sac, "bro_minimal": _of_sac, "dqn": _of_dqn}
    rows = dict.fromkeys(own[name] for name in t.algorithms if name in own)
    return [
        *(row for of_algorithm in rows for row in of_algorithm(t)),
        *([("Weights at first", "LeCun normal")] if t.lecun_init else []),
        ("Validation stream", f"one step for every {t.validation_every} of training"),
    ]


def _copies(t: Training) -> bool:
    """Whether every target network is a copy, so that nothing is averaged."""
    return bool(t.target_every) and t.algorithms == ("dqn",)


def _of_dqn(t: Training) -> list[Row]:
    copied = ("Target network", f"copied every {t.target_every} updates")
    return [
        *([copied] if t.target_every else []),
        (
            "Share of random actions",
            f"from 1 to {t.exploration_end:g} within {t.exploration_steps} steps",
        ),
    ]


def _of_sac(t: Training) -> list[Row]:
    """Return the settings of SAC and BRO."""
    return [
        ("First temperature", f"{t.init_temperature:g}, then learned"),
        (
            "Target entropy",
            Tex(f"${t.target_entropy:g}$ times the actions' dimensions"),
        ),
        *(
            [("Learning rate of the actor", f"{t.actor_learning_rate:g}")]
            if t.actor_learning_rate
            else []
        ),
        *([("Critics", "with layer normalisation")] if t.critic_layer_norm else []),
    ]


def _of_pql(t: Training) -> list[Row]:
    """Return the settings of PQL; steps count all environments of a run."""
    validation = max(1, t.num_envs // t.validation_every)
    return [
        ("Environments of a run", f"{t.num_envs}, and {validation} for validation"),
        ("Steps of a return", f"{t.n_step}"),
        ("Replay, in steps", f"{t.replay}"),
        ("Scale of rewards", f"{t.reward_scale:g}"),
    ]


def provenance(study: Study, made: Provenance) -> Table:
    """Return a table of training settings and hours; the CSV file has only the sets."""
    t = made.training
    rows: list[Row | Heading] = [
        ("Hidden layers", " × ".join(map(str, t.hidden))),
        ("Discount", f"{t.discount:g}"),
        *([] if _copies(t) else [("Polyak averaging", f"{t.tau:g}")]),
        ("Random steps at first", f"{t.start_training}"),
        *(_of_pql(t) if t.algorithm == "pql" else _of_host(t)),
    ]
    if t.stagger:
        rows.append(("First episode", "cut at a random length, and not logged"))
    for task in t.tasks:
        lengths = {task.steps * factor for factor in (*t.steps_by_utd.values(), 1.0)}
        algorithm = f"{task.algorithm.upper()}, " if task.algorithm else ""
        text = f"{algorithm}{task.engine}; {min(lengths):g} to {max(lengths):g} steps"
        rows.append((task.name, text))
    rows.append(Heading("What the runs took"))
    for each in made.sets:
        text = f"{each.runs} runs"
        if each.cpu_hours is not None:
            text += f", {each.cpu_hours:.1f} hours of one core"
        if each.failed:
            text += f"; failed: {each.failed}"
        rows.append((_WHAT[each.name], text))
    packages: dict[str, list[str]] = {}
    for name, version in sorted({p for each in made.sets for p in each.packages}):
        packages.setdefault(name, []).append(version)
    rows += [
        (
            "Processor of the host",
            ", ".join(dict.fromkeys(c for s in made.sets for c in s.cpus)),
        ),
        (
            "Packages",
            ", ".join(
                f"{name} {' and '.join(each)}" for name, each in packages.items()
            ),
        ),
    ]
    commits = dict.fromkeys(c[:7] for each in made.sets for c in each.commits)
    rows.append(("Commits", ", ".join(commits)))
    machine = Table(
        slug=f"{study.name}_provenance",
        caption="",
        columns=tuple(map(Column, _COLUMNS)),
        rows=tuple(
            (
                s.name,
                s.settings,
                s.runs,
                s.failed,
                s.steps,
                None if s.cpu_hours is None else round(s.cpu_hours, 3),
                Code("; ".join(s.cpus)),
                Code("; ".join(s.commits)),
            )
            for s in made.sets
        ),
    )
    paragraph = r">{\raggedright\arraybackslash}p"
    return Table(
        slug=machine.slug,
        caption=rf"\textbf{{{escape(study.title)}: how the runs were made.}}",
        columns=(
            Column("setting", "Setting", paragraph + r"{0.3\linewidth}"),
            Column("value", "Value", paragraph + r"{0.62\linewidth}"),
        ),
        rows=tuple(rows),
        machine=machine,
    )
