"""Stages of a build, and which of them are stale by content."""

import os
from pathlib import Path

from content import ABSENT, Contents, read_json, write_json

BUILD = Path(os.environ.get("build", "build"))
PLAN = BUILD / "plan.json"
INDEX = BUILD / "index.json"
STAMPS = BUILD / "stamps"


def stamp(name: str) -> Path:
    """Return the file that lists what the last successful run read and wrote."""
    return STAMPS / f"{name}.json"


def inputs(stage: dict) -> list[str]:
    """Return the files that a stage reads, by name or by folder and suffix."""
    found = list(dict.fromkeys(stage["inputs"]))
    for folder, suffixes in stage.get("folders", ()):
        found += in_folder(folder, suffixes)
    return found


def in_folder(folder: str, suffixes: list[str], *, deep: bool = False) -> list[str]:
    """Return the files in a folder with one of these suffixes, without hidden files."""
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
    """Return whether the command, an input or an output changed since the last run."""
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
    """Record that a stage succeeded, with the hashes of its inputs and outputs."""
    write_json(
        stamp(name), {"command": stage["command"], "inputs": read, "outputs": wrote}
    )
