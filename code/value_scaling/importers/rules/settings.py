"""The sources of a run's setting and seed.

A field may come from a fixed value, a configuration key or column, or the name; a field
that is stated in two of these ways is refused. A field that is not stated is taken from
a key that is recognised (`fields.recognised`), and the report names the key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.rules.fields import (
    ENV,
    SEED,
    fields,
    make_setting,
    recognised,
    required,
)
from value_scaling.importers.rules.pattern import Pattern
from value_scaling.records import ScalingError, Setting
from value_scaling.records.axes import AXES

_UNCLEAR = re.compile(r"0[0-9]+|.*[0-9][kKmM]")
_FOLDER = re.compile(r"[^A-Za-z0-9 ._+=,()@-]")
_SHOWN = 30
_UTDS = (
    "gradient_steps/train_freq/n_envs",
    "gradient_steps/train_freq",
    "1/train_frequency",
    "gradient_steps",
)
"""Expressions for σ that a message may suggest, with the keys of common trainers."""


class UnknownSetting(Exception):
    """The setting of a run is not known; the message names what is missing."""


@dataclass(frozen=True)
class ResolvedSetting:
    """The setting of a run, and the source of each part of it."""

    setting: Setting
    seed: str
    origins: Mapping[str, str]
    """Source of the value, by field."""
    values: Mapping[str, Any]
    """Values of fields, labels and further names in the pattern, for `--only`."""


def check_options(rules: Rules) -> None:
    """Refuse options that name unknown fields, or one field in two ways.

    Raises:
        ScalingError: an option does so.
    """
    in_name = Pattern(rules.pattern).names if rules.pattern else frozenset()
    for option, keys, more in (
        ("--config", rules.config, ()),
        ("--fixed", rules.fixed, ()),
        ("--only", rules.only, sorted(in_name - {*fields()})),
    ):
        for key in keys:
            if key not in (*fields(), *more):
                raise ScalingError(
                    option,
                    found=f"{key!r}",
                    expected=f"one of {', '.join((*fields(), *more))}",
                    fix="correct the name",
                )
    for key in fields():
        ways = [
            way
            for way, keys in (
                ("--config", rules.config),
                ("--fixed", rules.fixed),
                ("--name", in_name),
            )
            if key in keys
        ]
        if len(ways) > 1:
            raise ScalingError(
                " and ".join(ways),
                found=f"{key} in both",
                expected="one source for each value",
                fix="leave out one of the two",
            )


def resolve(run: Logged, rules: Rules) -> ResolvedSetting:
    """Find the setting and the seed of a run.

    Raises:
        UnknownSetting: a field is missing, or its value has the wrong type.
    """
    labels = dict(run.labels)
    in_name: dict[str, str] = {}
    if rules.pattern:
        found = Pattern(rules.pattern).read(run.name)
        if found is None:
            raise UnknownSetting(f"a name that does not match {rules.pattern!r}")
        in_name = found
        labels |= {name: text for name, text in found.items() if name not in fields()}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    missing: list[str] = []
    needed = required()
    for name in fields():
        text: Any
        if name in rules.fixed:
            text, origin = rules.fixed[name], f"{rules.fixed[name]}, given"
        elif name in rules.config:
            text = _looked_up(labels, rules.config[name])
            origin = f"key {rules.config[name]}"
        elif name in in_name:
            text, origin = in_name[name], f"name {rules.pattern}"
        elif name == SEED and rules.seed_each:
            text, origin = run.name, "each run counts as another seed"
        else:
            text, origin = _recognised(labels, name) if name in needed else (None, "")
        if text is None:
            if name in needed or name in rules.config:
                missing.append(name)
            continue
        spelled = rules.spellings.get((name, str(text)))
        values[name] = _value(name, text if spelled is None else spelled)
        origins[name] = origin
    if missing:
        shown = _suggested(labels) if missing == ["utd"] else ""
        shown = shown or f"keys: {_keys(labels)}"
        raise UnknownSetting(f"no {', '.join(missing)} ({shown})")
    return ResolvedSetting(
        make_setting(values, labels), values[SEED], origins, labels | values
    )


def _looked_up(labels: Mapping[str, Any], expression: str) -> Any:
    """Return the value of a key, or of a product or ratio of keys and numbers.

    It is None if a key is absent.
    """
    if expression in labels:
        return labels[expression]
    parts = re.split(r"([*/])", expression)
    if len(parts) == 1:
        return None
    total = 1.0
    for sign, key in zip(["*", *parts[1::2]], parts[::2], strict=True):
        text = labels.get(key, key)
        try:
            number = float(text)
        except (TypeError, ValueError):
            if key not in labels:
                return None
            raise UnknownSetting(f"{key} = {text!r}, which is not a number") from None
        if sign == "/" and number == 0:
            raise UnknownSetting(f"{key} = 0 as a divisor in {expression}")
        total = total * number if sign == "*" else total / number
    return total


def _recognised(labels: Mapping[str, Any], name: str) -> tuple[Any, str]:
    """Return the value of a field by the keys that are recognised, and its key."""
    there = [key for key in recognised(name) if labels.get(key) is not None]
    if not there:
        return None, ""
    if len({str(labels[key]) for key in there}) > 1:
        shown = ", ".join(f"{key} = {labels[key]}" for key in there)
        raise UnknownSetting(f"several values of {name}: {shown}")
    return labels[there[0]], f"key {there[0]}, recognised"


def _value(name: str, text: Any) -> Any:
    """Convert a text or number to the type of its field, within the field's range."""
    if name == SEED:
        is_whole = isinstance(text, float) and text == int(text)
        return str(int(text)) if is_whole else str(text)
    if name == ENV:
        return _FOLDER.sub("-", str(text)).strip(" -")
    if isinstance(text, str) and _UNCLEAR.fullmatch(text.strip()):
        raise UnknownSetting(
            f"{name} = {text!r}, whose meaning is unknown; state it with, e.g., "
            f"--spelling {name}:{text}=VALUE"
        )
    hint = AXES[name].hint
    kind, meta = get_args(hint)
    try:
        number = float(text)
        if kind is int and number != int(number):
            raise ValueError
        return msgspec.convert(kind(number), hint)
    except (TypeError, ValueError, OverflowError):
        advice = ""
        if name == "utd" and str(text) in ("-1", "-1.0"):
            advice = " (Stable-Baselines3 means one update for each step: σ = 1)"
        raise UnknownSetting(
            f"{name} = {text!r}{advice}, where {meta.description} is expected"
        ) from None


def _suggested(labels: Mapping[str, Any]) -> str:
    """Suggest an expression for σ whose keys the run has."""
    for expression in _UTDS:
        try:
            value = float(_looked_up(labels, expression))
        except (UnknownSetting, TypeError, ValueError):
            continue  # a key is missing or has no number
        if value > 0:
            return f"try --config utd={expression}, which is {value:g} here"
    return ""


def _keys(labels: Mapping[str, Any]) -> str:
    names = sorted(name for name in labels if not name.startswith("_"))
    shown = ", ".join(names[:_SHOWN]) or "none"
    return shown + (f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
