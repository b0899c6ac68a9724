"""Every field of a study file and of a training file refuses invalid values.

Each value in a file that is right is replaced in turn by every wrong value here. What
is accepted all the same is listed with the reason.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from full_files import MIXED, ON_DEVICE, ON_DISCRETE, ON_HOST, STUDY, Place, changed

from value_scaling.records import ArchiveRule, Environment, ScalingError, Study
from value_scaling.records.study import PublishedFits, StepRule
from value_scaling.records.training import Task, Training
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import read_study
from value_scaling.store.studies.training import load_training

WRONG = {
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "-1": -1,
    "-0.5": -0.5,
    "0": 0,
    "1e300": 1e300,
    "1e-300": 1e-300,
    "10^30": 10**30,
    "2.5": 2.5,
    "true": True,
    "a word": "word",
    "no word": "",
    "spaces": "   ",
    "a path": "../x",
    "a control code": "a\x1b[31m",
    "a long text": "x" * 5000,
    "an empty list": [],
    "a list of nan": [math.nan],
    "a list of lists": [[[]]],
    "an empty table": {},
    "a table": {"key": 1},
}
FILES = {
    "study": STUDY,
    "host": ON_HOST,
    "device": ON_DEVICE,
    "discrete": ON_DISCRETE,
    "mixed": MIXED,
}
TEXT, NUMBER, NOTHING = {"a word", "a path"}, {"2.5"}, {"an empty list"}
ALLOWED = {
    # Text for people, which no file is called by.
    "study.title": TEXT,
    "study.algorithm": TEXT,
    "study.facts.0.0": TEXT,
    "study.archives.sweep.notes.0": TEXT,
    "study.published.source": TEXT,
    # A word like any other.
    "study.archives.sweep.metric": {"a word"},
    "study.archives.sweep.top": {"a word"},
    # 2.5 is as good as the number in its place.
    "study.sweep_utds.0": NUMBER,
    "study.sweep_levels.0": NUMBER,
    "study.fitted_levels.0": NUMBER,
    "study.model_size": NUMBER,
    "study.delta": NUMBER,
    "study.proposal_utds.0": NUMBER,
    "study.environments.0.max_return_sweep": NUMBER | {"-1", "-0.5", "0", "1e-300"},
    "study.environments.0.max_return_fitted": NUMBER | {"-1", "-0.5", "0", "1e-300"},
    "study.environments.0.other_grids": {"an empty table"},
    "study.archives.sweep.reset_every": NUMBER,
    "study.published.batch_at_one.Ant-v4": NUMBER,
    "study.published.data_scale": NUMBER,
    "study.published.data_utds.0": NUMBER,
    "study.published.data_coefficients.0.0": NUMBER,
    "host.init_temperature": NUMBER,
    "host.steps_by_utd.3/2": NUMBER,
    "device.steps_by_utd.3/2": NUMBER,
    "discrete.steps_by_utd.3/2": NUMBER,
    "device.reward_scale": NUMBER,
    # So may be left out, or is one of the two words there are.
    "study.decided_at": NOTHING,
    "study.fitted_utds": NOTHING,
    "study.facts": NOTHING,
    "study.environments.0.skipped": NOTHING,
    "study.archives.sweep": {"an empty table"},
    "study.archives.sweep.metrics": NOTHING,
    "study.archives.sweep.notes": NOTHING,
    **{f"{kind}.widths": NOTHING for kind in ("host", "device", "discrete", "mixed")},
    "host.reset_steps": NOTHING,
    "host.steps_by_utd": {"an empty table"},
    "device.steps_by_utd": {"an empty table"},
    "discrete.reset_steps": NOTHING,
    "discrete.steps_by_utd": {"an empty table"},
    "study.archives.sweep.middle_only": {"true"},
    "host.stagger": {"true"},
    "host.critic_layer_norm": {"true"},
    "host.lecun_init": {"true"},
    "device.stagger": {"true"},
    "discrete.stagger": {"true"},
    # No level is held out; steps are counted from 0; training begins at once; no reset.
    "study.held_out_levels": {"0"},
    "study.archives.sweep.steps.start": {"0"},
    "host.start_training": {"0"},
    "host.reset_updates": {"0"},
    "host.actor_learning_rate": {"0", "1e-300"},
    "discrete.start_training": {"0"},
    "discrete.reset_updates": {"0"},
    # The target network is averaged.
    "discrete.target_every": {"0"},
    # An exponent has either sign, and so has an entropy.
    "study.published.batch_slope": NUMBER | {"-1", "-0.5", "0", "1e-300"},
    # A return has either sign, too; max_return lies above min_return = -16.5.
    "study.environments.0.min_return": NUMBER | {"-1", "-0.5", "0", "1e-300"},
    "host.target_entropy": NUMBER | {"-1", "-0.5", "0", "1e-300"},
    # Only the next reward counts.
    "host.discount": {"0", "1e-300"},
    "device.discount": {"0", "1e-300"},
    "discrete.discount": {"0", "1e-300"},
}
"""Accepted values by their place; the comments say why."""
ALLOWED |= {
    f"mixed.{place.removeprefix('host.')}": names
    for place, names in ALLOWED.items()
    if place.startswith("host.")
}


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Return the paths of values in a file, the first of equal items only."""
    if here:
        yield here
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*here, key))
    elif isinstance(value, list):
        yield from places(value[0], (*here, 0))


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, str], object]:
    """Read a study or a training file with this text."""
    folders = Folders.at(tmp_path)
    (folders.studies / "training").mkdir(parents=True)
    path = folders.studies / "own.toml"
    path.write_text(changed(STUDY, ("title",), "Own"))
    study = read_study(path, folders)

    def read(kind: str, text: str) -> object:
        if kind == "study":
            path.write_text(text)
            return read_study(path, folders)
        (folders.studies / "training" / "own.toml").write_text(text)
        return load_training(study, folders)

    return read


CASES = [
    pytest.param(kind, place, id=".".join([kind, *map(str, place)]))
    for kind, table in FILES.items()
    for place in places(table)
]


@pytest.mark.parametrize("kind", FILES)
def test_the_file_as_it_is(kind: str, read: Callable[[str, str], object]) -> None:
    place = ("title",) if kind == "study" else ("seeds",)
    assert read(kind, changed(FILES[kind], place, FILES[kind][place[0]]))


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_no_wrong_value_passes(
    kind: str, place: Place, read: Callable[[str, str], object]
) -> None:
    key = ".".join(str(each) for each in place)
    allowed = ALLOWED.get(f"{kind}.{key}", set())
    passed = set()
    for name, value in WRONG.items():
        try:
            read(kind, changed(FILES[kind], place, value))
        except ScalingError as error:
            message = str(error)
            assert "What to do: correct the" in message
            # Another name is missed elsewhere in the file.
            assert str(place[0]) in message or name == "a word"
            assert len(message) < 3000
        else:
            passed.add(name)
    assert passed == allowed


def test_what_is_allowed_stands_in_the_files() -> None:
    known = {".".join([each.values[0], *map(str, each.values[1])]) for each in CASES}
    assert ALLOWED.keys() <= known


@dataclass(frozen=True)
class Filled:
    """A part of the files above, and the record it is read into."""

    record: type
    table: dict[str, Any]
    computed: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "filled",
    [
        Filled(Study, STUDY, ("name", "digest", "defaults")),
        Filled(Environment, STUDY["environments"][0]),
        Filled(ArchiveRule, STUDY["archives"]["sweep"]),
        Filled(StepRule, STUDY["archives"]["sweep"]["steps"]),
        Filled(PublishedFits, STUDY["published"]),
        Filled(Training, ON_HOST | ON_DEVICE | ON_DISCRETE, ("study",)),
        Filled(Task, MIXED["tasks"][0]),
    ],
    ids=lambda filled: filled.record.__name__,
)
def test_no_field_is_forgotten(filled: Filled) -> None:
    """A new field must be added to these files, or its wrong values are not tested."""
    names = {field.name for field in fields(filled.record)}
    assert names == {*filled.table, *filled.computed}
