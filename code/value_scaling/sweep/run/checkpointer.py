"""The checkpoints of one group: when one is due, what it contains, and resuming."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from value_scaling.learning.replay.chunks import Position, is_overwritten, start
from value_scaling.learning.training.group import Group
from value_scaling.store.files.checkpoints import (
    Chunk,
    load_checkpoint,
    read_chunks,
    remove_checkpoint,
    save_checkpoint,
    settings_path,
    tidy_checkpoint,
)
from value_scaling.store.files.outputs import save_json

CHECKPOINTS = "checkpoints"
"""Folder of checkpoints, in the folder of finished settings."""
PAUSE_RATIO = 9.0
"""Least interval between checkpoints, as a multiple of the time that the last one took.
They then take at most a tenth of the time, however slow the disk is."""


class Checkpointer:
    """Saves the checkpoints of a group, and restores the group from them."""

    def __init__(self, path: Path, digests: Sequence[str], seconds: float) -> None:
        """Keep a group's checkpoint at `path`.

        Args:
            digests: digests of the group's settings; a checkpoint with other digests is
                not used.
            seconds: seconds between two checkpoints; 0 for one at every opportunity.
        """
        self.path, self.digests, self.seconds = path, list(digests), seconds
        self._chunks: tuple[Chunk, ...] = ()
        self._positions: dict[str, Position] = {}
        self._next = time.monotonic() + seconds

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() >= self._next

    def resume(self, group: Group) -> dict[str, Any]:
        """Restore `group` from its checkpoint, if there is a matching one.

        A damaged checkpoint is reported, and the one before it is used. A checkpoint of
        other settings, or of code with another state, is not used; the group then
        starts from step 0. Files that a kill left incomplete are removed.

        Returns:
            the note in the checkpoint, or {}.

        Raises:
            ScalingError: a file cannot be read.
        """
        saved, note = load_checkpoint(self.path), {}
        before: tuple[Chunk, ...] = ()
        usable = saved is not None and (
            saved.note.get("digests") == self.digests and group.matches(saved.arrays)
        )
        if saved is not None and saved.damaged:
            then = "the one before is used" if saved.note else "the group starts again"
            text = f"scaling: checkpoint {'; '.join(saved.damaged)}: {then}"
            tqdm.write(text, file=sys.stderr)
        if saved is not None and usable:
            note, self._chunks, before = saved.note, saved.chunks, saved.before
            group.restore_from(saved.arrays, read_chunks(self.path, saved.chunks))
            self._positions = {name: group.position(name) for name in group.REPLAYS}
        else:
            remove_checkpoint(self.path)
            self._positions = {name: start(len(group.runs)) for name in group.REPLAYS}
        tidy_checkpoint(self.path, [*self._chunks, *before])
        save_json(settings_path(self.path), self.digests)  # for `scaling status`
        return note

    def save(self, group: Group, note: dict[str, Any]) -> None:
        """Write a checkpoint: the state, and the transitions since the last one.

        Raises:
            ScalingError: the disk is full; the previous checkpoint is unchanged.
        """
        begun = time.monotonic()
        now = {name: group.position(name) for name in group.REPLAYS}
        self._chunks = save_checkpoint(
            self.path,
            group.arrays(),
            {**note, "digests": self.digests},
            kept=[
                chunk
                for chunk in self._chunks
                if not is_overwritten(
                    chunk.transitions,
                    now[chunk.ring].transitions,
                    group.size(chunk.ring),
                )
            ],
            new=[
                (
                    name,
                    place.transitions,
                    group.chunk_since(name, self._positions[name]),
                )
                for name, place in now.items()
            ],
            before=self._chunks,
        )
        self._positions = now
        took = time.monotonic() - begun
        pause = max(self.seconds, PAUSE_RATIO * took) if self.seconds else 0.0
        self._next = time.monotonic() + pause

    def remove(self) -> None:
        """Remove the checkpoint of a finished group."""
        remove_checkpoint(self.path)
