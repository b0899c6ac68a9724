"""The stages of a build: which are stale, by content alone."""

import os
from pathlib import Path

from content import ABSENT, Contents, read_json, write_json

BUILD = Path(os.environ.get("build", "build"))
PLAN = BUILD / "plan.json"
INDEX = BUILD / "index.json"
STAMPS = BUILD / "stamps"


def stamp(name: str) -> Path:
    """The file that says what the last good run of a stage read and wrote."""
    return STAMPS / f"{name}.json"


def inputs(stage: dict) -> list[str]:
    """What a stage reads: files by name, and those in `folders` by suffix."""
    found = list(dict.fromkeys(stage["inputs"]))
    for folder, suffixes in stage.get("folders", ()):
        found += in_folder(folder, suffixes)
    return found


def in_folder(folder: str, suffixes: list[str], *, deep: bool = False) -> list[str]:
    """The files in a folder with one of these suffixes, hidden ones left out."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.name.endswith(tuple(suffixes)):
                    found.append(f"{folder}/{entry.name}")
                elif deep and entry.is_dir():
                    found += in_folder(entry.path, suffixes, deep=True)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found)


def is_stale(name: str, stage: dict, contents: Contents) -> bool:
    """Whether the command, an input or an output is not as after the last good run."""
    last = read_json(stamp(name))
    if last is None or last.get("command") != stage["command"]:
        return True
    wrote = last.get("outputs")
    if not isinstance(wrote, dict) or not set(stage["outputs"]) <= wrote.keys():
        return True
    return (
        last.get("inputs") != contents.hashes(inputs(stage))
        or ABSENT in wrote.values()
        or wrote != contents.hashes(list(wrote))
    )


def record(name: str, stage: dict, read: dict, wrote: dict) -> None:
    """Say that a stage ran well: the hashes of what it read and of what it wrote."""
    write_json(
        stamp(name), {"command": stage["command"], "inputs": read, "outputs": wrote}
    )
