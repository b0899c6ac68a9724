"""Computing time of runs, stored beside their archive in <study>_<set>.hours.json.

The hours are not part of the archive, whose bytes depend on the runs alone. Equal runs
make equal archives, with or without interruptions and on any machine.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from value_scaling.records import ScalingError
from value_scaling.store.files.atomic import replace_if_changed
from value_scaling.store.files.regular import read_file


def hours_path(archive: Path) -> Path:
    """Return the path of the file with the hours of an archive."""
    return archive.with_suffix(".hours.json")


def save_hours(archive: Path, hours: Mapping[str, float]) -> None:
    """Write the hours of one core for each setting, by its label.

    Raises:
        ScalingError: the file cannot be written.
    """
    document = {"unit": "hours of one core", "settings": dict(sorted(hours.items()))}
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    replace_if_changed(hours_path(archive), text.encode())


def load_hours(archive: Path) -> dict[str, float]:
    """Return the known hours of each setting.

    Raises:
        ScalingError: the file exists but does not have the format of `save_hours`.
    """
    path = hours_path(archive)
    try:
        settings = json.loads(read_file(path))["settings"]
        hours = {str(label): float(value) for label, value in settings.items()}
        if not all(math.isfinite(value) and value >= 0 for value in hours.values()):
            raise ValueError("hours below zero, or not finite")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ScalingError(
            path,
            found=f"no hours of settings ({error!r:.200})",
            expected="the file that `scaling train` writes beside its archive",
            fix="put the file back, or remove it: the runs do not need it",
        ) from error
    return hours
