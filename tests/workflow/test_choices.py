"""Every choice changes a result on data made for it, and nothing else gives a row."""

from dataclasses import asdict, fields, replace
from typing import get_args

import numpy as np
import pytest
from planted_study import (
    FITTED_UTDS,
    make_crossings,
    make_study,
    planted_cells,
    size,
)

from value_scaling.records import (
    PUBLISHED,
    ArchiveRule,
    ChoiceEffect,
    Choices,
    Crossings,
    Curves,
    Runs,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.choices import Reader, read_by
from value_scaling.workflow import choices as choices_module
from value_scaling.workflow.budget import budget
from value_scaling.workflow.choices import SEPARATE, StudyCrossings, choice_effects
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess, relevant_choices

NAMES = [field.name for field in fields(Choices)]


def level_study(**changes: object) -> Study:
    """Return a study with one sweep level in the fitted range, also the last one."""
    return make_study(**{"sweep_levels": (200.0, 800.0), "delta": 2e8} | changes)


def sweep(study: Study) -> Crossings:
    """B* = 512·σ^(-1/2) and η* = 4e-4, on the grid for σ 1, 4, 16."""
    cells = {}
    for env in study.environment_names:
        for utd in study.sweep_utds:
            for batch_size in (64, 128, 256, 512):
                for rate in (2e-4, 4e-4, 8e-4):
                    off = np.log2([batch_size / (512 * utd**-0.5), rate / 4e-4])
                    steps = 1000 + 100 * np.abs(off).sum()
                    key = Setting(env, utd, batch_size, rate)
                    cells[key] = steps * np.arange(1, len(study.sweep_levels) + 1)
    return make_crossings(study, "sweep", cells)


def ours(study: Study, *, offset: float = 0.4) -> Crossings:
    """Return D_J = size·share·(offset + 0.6·σ^-0.7), B = 512·σ^-0.5."""
    cells = {}
    for env in study.environment_names:
        for utd in FITTED_UTDS:
            law = offset + 0.6 * utd**-0.7
            setting = Setting(env, utd, round(512 * utd**-0.5), 4e-4)
            shares = (np.array(study.fitted_levels) / 1000) ** 1.5
            # The optimum moves with the level; otherwise σ*(F) would be flat.
            tilt = utd ** (-0.05 * np.arange(len(shares)))
            cells[setting] = size(env) * law * shares * tilt
    return make_crossings(study, "ours", cells)


def effects(
    study: Study, *sets: Crossings, stored: tuple[Crossings, ...] | None = None
) -> dict[str, list[ChoiceEffect]]:
    """Return rows by choice; `stored` has the crossings under the published test."""
    reach = {crossings.set_name: crossings for crossings in sets}
    other = {c.set_name: c for c in sets if stored is None} | {
        c.set_name: c for c in stored or ()
    }
    found = choice_effects(study, StudyCrossings(reach, other))
    assert found.study == study.name
    rows: dict[str, list[ChoiceEffect]] = {name: [] for name in [*NAMES, "all"]}
    for row in found.effects:
        rows[row.choice].append(row)
    return rows


UTDS = (1.0, 4.0, 16.0)


def unmoved() -> tuple[Study, Crossings, Crossings]:
    """Return data for which only B in C_J and the grid of σ make a difference."""
    study = level_study(sweep_utds=UTDS)
    return study, sweep(study), ours(study)


def test_results_that_do_not_move_give_no_row() -> None:
    rows = effects(*unmoved())
    for name in NAMES:
        expected = name in ("optimum", "batch_in_compute")
        assert bool(rows[name]) == expected, name
    moved = {row.result for row in rows["optimum"]}
    assert moved == {"exponent of sigma*(F) (ours)", "sigma* at the top level (ours)"}
    sweep_alone = effects(unmoved()[0], unmoved()[1])
    assert not any(sweep_alone.values())


def published_test(crossings: Crossings, factor: float) -> Crossings:
    """Return crossings as > J would find them: later, and more so at larger σ."""
    later = [s.utd**factor for s in crossings.settings]
    steps = crossings.steps * np.array(later)[:, None]
    drawn = np.repeat(steps[:, None], crossings.replicates.shape[1], axis=1)
    return replace(crossings, steps=steps, replicates=drawn.astype(np.int32))


def moving(name: str) -> dict[str, list[ChoiceEffect]]:
    """Return effects on data made so that the choice matters."""
    study, swept, ran = unmoved()
    if name == "crossing":
        stored = replace(study.archive("ours"), crossing="exceed")
        study = replace(study, archives=study.archives | {"ours": stored})
        return effects(study, swept, ran, stored=(swept, published_test(ran, 0.1)))
    if name == "best_values":
        drawn = swept.replicates.copy()
        row = [s == Setting(s.env, 1.0, 64, 8e-4) for s in swept.settings]
        drawn[row] = 1050 * np.arange(1, 3)  # the best B of its η, and no more
        return effects(study, replace(swept, replicates=drawn), ran)
    if name == "unreached":
        drawn = swept.replicates.copy()
        drawn[[s.utd == 16 for s in swept.settings], 0] = -1
        return effects(study, replace(swept, replicates=drawn), ran)
    if name == "ties":
        drawn = swept.replicates.copy()
        rows = [s.utd == 16 and s.batch_size in (64, 512) for s in swept.settings]
        drawn[rows] = 1
        return effects(study, replace(swept, replicates=drawn), ran)
    if name == "average":
        drawn = swept.replicates.copy()
        row = [s.utd == 1 and s.batch_size == 64 for s in swept.settings]
        drawn[row, 0] = 1  # in one draw the other end of the grid wins
        return effects(study, replace(swept, replicates=drawn), ran)
    if name == "deciding_levels":
        several = replace(study, sweep_levels=(400.0, 800.0))
        steps, drawn = swept.steps.copy(), swept.replicates.copy()
        row = [s.utd == 16 and s.batch_size == 512 for s in swept.settings]
        steps[row, 0] = drawn[row, :, 0] = 1
        early = replace(
            swept, steps=steps, replicates=drawn, levels=np.array([400.0, 800.0])
        )
        return effects(several, early, ran)
    if name == "separate_fit":
        bent = sweep(study)
        rows = [s.utd == 16 and s.batch_size == 512 for s in bent.settings]
        steps, drawn = bent.steps.copy(), bent.replicates.copy()
        steps[rows], drawn[rows] = 1, 1
        return effects(study, replace(bent, steps=steps, replicates=drawn), ran)
    if name == "asymptote":
        return effects(study, swept, ours(study, offset=-0.05))
    if name == "pooling":  # a steeper environment misses two σ of the top level
        steps = ran.steps.copy()
        for row, setting in enumerate(ran.settings):
            if setting.env == study.environment_names[-1]:
                steps[row] *= setting.utd**-0.1
                steps[row, -1] = np.nan if setting.utd < 2 else steps[row, -1]
        drawn = np.repeat(steps[:, None], ran.replicates.shape[1], axis=1)
        drawn = np.where(np.isnan(drawn), -1, drawn).astype(np.int32)
        return effects(study, swept, replace(ran, steps=steps, replicates=drawn))
    if name == "edge_optima":  # the last of five levels has its optimum beyond σ = 8
        return effects(replace(study, delta=8e8, held_out_levels=1), swept, ran)
    return effects(study, swept, ran)


@pytest.mark.parametrize("name", NAMES)
def test_each_choice_moves_something(name: str) -> None:
    rows = moving(name)
    assert rows[name], name
    assert rows["all"]
    for row in rows[name]:
        assert row.choice == name
        assert row.published != pytest.approx(float(row.default.value), rel=1e-9)
        assert row.was != row.now
    by_separate = [row for row in rows[name] if SEPARATE in row.result]
    # The mean of separate slopes moves by its own choice alone in the table.
    assert not by_separate or name == "separate_fit"


def test_the_numbers_are_those_of_the_stages() -> None:
    study, swept, ran = unmoved()
    rows = {row.result: row for row in moving("asymptote")["asymptote"]}
    ran = ours(study, offset=-0.05)
    ours_now = data_efficiency(ran, study, Choices()).law
    theirs = data_efficiency(ran, study, PUBLISHED).law.value
    row = rows["D_min at the top level (ours)"]
    assert row.default.value == ours_now.value.asymptote[-1] == 0
    assert row.published == theirs.asymptote[-1] < 0
    alpha = rows["alpha of D_J at the top level (ours)"]
    assert alpha.default.value == -ours_now.value.exponent[-1]
    assert alpha.default.low == -ours_now.exponent.high[-1]
    assert alpha.published == -theirs.exponent[-1]

    rows = {row.result: row for row in moving("unreached")["unreached"]}
    row = rows["batch size exponent, shared slope"]
    first = hyperparameters(swept, study, Choices()).batch_size
    assert row.default.value == pytest.approx(first.shared.value.exponent[0])
    assert row.published < row.default.value  # votes for the smallest at σ 16


def test_what_is_not_known_either_way_gives_no_row() -> None:
    """With two σ, of which it reaches levels at one, an environment has no slope."""
    study = level_study(sweep_utds=(1.0, 4.0))
    swept = sweep(study)
    gone = [s.env == "Synthetic1-v0" and s.utd == 4 for s in swept.settings]
    steps, drawn = swept.steps.copy(), swept.replicates.copy()
    steps[gone], drawn[gone] = np.nan, -1
    top = ours(study)
    never, undrawn = top.steps.copy(), top.replicates.copy()
    third = [s.env == "Synthetic2-v0" for s in top.settings]
    never[third, -1], undrawn[third, :, -1] = np.nan, -1
    rows = effects(
        study,
        replace(swept, steps=steps, replicates=drawn),
        replace(top, steps=never, replicates=undrawn),
    )
    found = [row for part in rows.values() for row in part]
    assert found
    for row in found:
        assert np.isfinite(row.default.value), row
        assert np.isfinite(row.published), row


@pytest.mark.parametrize("sets", [("ours",), ("baseline",), ("sweep",), ()])
def test_sets_may_be_absent(sets: tuple[str, ...]) -> None:
    study = level_study(sweep_utds=UTDS)
    made = []
    for name in sets:
        if name == "sweep":
            made.append(sweep(study))
        else:
            made.append(replace(ours(study), set_name=name))
    rows = effects(study, *made)
    results = {row.result for part in rows.values() for row in part}
    if sets in [("ours",), ("baseline",)]:
        assert any(f"({sets[0]})" in result for result in results)
        assert rows["optimum"]
        # Without a sweep there is no fitted B*(σ) to count with.
        assert not rows["batch_in_compute"]
    else:
        assert not results


def test_ours_goes_before_the_baseline() -> None:
    study, swept, ran = unmoved()
    rows = effects(study, replace(ran, set_name="baseline"), ran, swept)
    assert {row.result[-6:] for row in rows["optimum"]} == {"(ours)"}


def test_a_planted_study_moves_little_under_any_choice() -> None:
    """No choice may change the fits of data that follow them."""
    study = make_study()
    rows = effects(
        study,
        *(
            make_crossings(study, name, planted_cells(study, name))
            for name in ("sweep", "ours")
        ),
    )
    for row in rows["all"]:
        if "exponent, shared" in row.result or "alpha" in row.result:
            assert row.published == pytest.approx(float(row.default.value), abs=0.1)


class Watched(Choices):
    """Choices that record which of them are read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", set())

    def __getattribute__(self, name: str) -> object:
        if name in NAMES:
            object.__getattribute__(self, "seen").add(name)
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("stage", get_args(Reader))
def test_a_stage_reads_the_choices_that_say_so(stage: str) -> None:
    """Exactly the choices that a stage reads decide whether it is computed again."""
    study = replace(
        level_study(sweep_utds=UTDS),
        archives={"ours": ArchiveRule("a.zip", "returns", crossing="exceed")},
    )
    seen = set()
    for choices in (Choices(), PUBLISHED):
        watched = Watched(**asdict(choices))
        watched.seen.clear()
        if stage == "preprocess":
            setting = Setting("Synthetic1-v0", 1.0, 64, 2e-4)
            curve = Curves(setting, np.arange(1.0, 4.0), np.ones((3, 2)))
            runs = Runs(study.name, "ours", (curve,))
            preprocess(runs, study, watched, replicates=2, seed=0)
        elif stage == "hyperparameters":
            hyperparameters(sweep(study), study, watched)
        elif stage == "data_efficiency":
            data_efficiency(ours(study), study, watched)
        else:
            law = hyperparameters(sweep(study), study, choices).batch_law()
            second = data_efficiency(ours(study), study, choices)
            budget(second, study, watched, fitted_batch=law)
        seen |= watched.seen
    assert seen == set(read_by(stage))
    assert seen


@pytest.mark.parametrize("name", NAMES)
def test_no_result_is_reused_where_a_choice_decides_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table equals the one made when every stage is computed each time."""
    found = moving(name)

    def nothing_kept(*arguments: object) -> object:
        *given, _ = arguments
        return results(*given, choices_module._ResultCache())

    results = choices_module._results
    monkeypatch.setattr(choices_module, "_results", nothing_kept)
    again = moving(name)
    assert [row.result for row in again["all"]] == [row.result for row in found["all"]]
    for choice, rows in found.items():
        for row, other in zip(rows, again[choice], strict=True):
            assert (row.result, row.published) == (other.result, other.published)


def test_every_choice_declares_its_words_and_stages() -> None:
    for each in fields(Choices):
        words = get_args(each.type)
        assert each.default == words[0]
        assert {*words} >= {each.default, getattr(PUBLISHED, each.name)}
        assert each.metadata["stages"]
        assert {*each.metadata["stages"]} <= {*get_args(Reader)}
        with pytest.raises(ScalingError, match=f"choice {each.name}: found 'spilt'"):
            Choices(**{each.name: "spilt"})
        with pytest.raises(ScalingError, match="found None"):
            replace(Choices(), **{each.name: None})


def test_crossings_are_shared_where_the_test_is_the_same() -> None:
    study = level_study()
    rules = {
        "sweep": ArchiveRule("a.zip", "returns", crossing="exceed"),
        "ours": ArchiveRule("b.zip", "returns"),
    }
    study = replace(study, archives=rules)
    assert relevant_choices(PUBLISHED, study, "ours") == Choices()
    assert relevant_choices(PUBLISHED, study, "sweep") == Choices(crossing="study")
    later = relevant_choices(PUBLISHED, study, "ours", "data_efficiency")
    assert later == Choices(asymptote="free", pooling="every")
