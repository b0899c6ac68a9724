"""Read the values of the options of `scaling import`."""

from collections.abc import Iterable, Mapping
from typing import Any

from value_scaling.records import ScalingError


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Read `a=b,c=d`, given once or several times.

    Raises:
        ScalingError: a part without `=`, or one name twice.
    """
    found: dict[str, str] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        name, sign, value = part.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise ScalingError(
                option,
                found=repr(part),
                expected="NAME=VALUE, several separated by commas",
                fix="correct the option",
            )
        if name.strip() in found:
            raise ScalingError(
                option,
                found=f"{name.strip()!r} twice",
                expected="each name once",
                fix="leave out one of the two",
            )
        found[name.strip()] = value.strip()
    return found


def choices(option: str, texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read `env=A,B,utd=1,2`, given once or several times.

    Raises:
        ScalingError: a value without a name, or a name without a value.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name = ""
        for part in text.split(","):
            before, sign, value = part.partition("=")
            name, value = (before.strip(), value) if sign else (name, before)
            if not name or not value.strip():
                raise ScalingError(
                    option,
                    found=repr(text),
                    expected="NAME=VALUE,VALUE, several separated by commas",
                    fix="correct the option",
                )
            found[name] = (*found.get(name, ()), value.strip())
    return found


def spellings(option: str, texts: Iterable[str]) -> dict[tuple[str, str], str]:
    """Read `utd:05=0.5,batch_size:4k=4096`."""
    found = {}
    for key, value in pairs(option, texts).items():
        name, sign, text = key.partition(":")
        if not sign:
            raise ScalingError(
                option,
                found=repr(key),
                expected="NAME:TEXT=VALUE, e.g. batch_size:4k=4096",
                fix="correct the option",
            )
        found[name, text] = value
    return found


def row_steps(text: str) -> tuple[int, int]:
    """Read the step of the first row and the steps between rows: `25000:25000`."""
    parts = text.split(":")
    if (
        len(parts) != 2
        or not all(part.isdecimal() for part in parts)
        or parts[1] == "0"
    ):
        raise ScalingError(
            "--row-steps",
            found=repr(text),
            expected="START:EVERY, two whole numbers, e.g. 25000:25000",
            fix="correct the option",
        )
    return int(parts[0]), int(parts[1])


def stated(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options that have a value, in the form of the report."""
    return {
        name: {
            ":".join(key) if isinstance(key, tuple) else key: v
            for key, v in value.items()
        }
        if isinstance(value, Mapping)
        else value
        for name, value in options.items()
        if value not in (None, {}, False)
    }
