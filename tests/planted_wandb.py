"""Files as W&B writes them offline, for tests without the package.

Messages are those of wandb's `wandb_internal.proto`, built and written by Protocol
Buffers itself. The log is LevelDB's, written here chunk by chunk.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from planted_logs import single

from value_scaling.records import Runs

_BLOCK = 32 * 1024
_TEXT, _NUMBER, _MESSAGE = 9, 3, 11
_ITEM = {"key": (1, _TEXT), "nested_key": (2, [_TEXT]), "value_json": (16, _TEXT)}
_MESSAGES: dict[str, dict[str, tuple[int, Any]]] = {
    "Item": _ITEM,
    "Step": {"num": (1, _NUMBER)},
    "History": {"item": (1, ["Item"]), "step": (2, "Step")},
    "Config": {"update": (1, ["Item"])},
    "Run": {
        "run_id": (1, _TEXT),
        "config": (4, "Config"),
        "display_name": (8, _TEXT),
        "tags": (10, [_TEXT]),
    },
    "Exit": {"exit_code": (1, _NUMBER)},
    "Record": {
        "num": (1, _NUMBER),
        "history": (2, "History"),
        "config": (5, "Config"),
        "run": (17, "Run"),
        "exit": (18, "Exit"),
        "uuid": (19, _TEXT),
    },
}


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="planted.proto", package="planted", syntax="proto3"
    )
    for name, parts in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for part, (number, kind) in parts.items():
            (one,) = kind if isinstance(kind, list) else [kind]
            field = message.field.add(name=part, number=number)
            field.label = 3 if isinstance(kind, list) else 1
            field.type = _MESSAGE if isinstance(one, str) else one
            if isinstance(one, str):
                field.type_name = f".planted.{one}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"planted.{name}")
        )
        for name in _MESSAGES
    }


_CLASSES = _classes()


def log_of(records: Iterable[bytes]) -> bytes:
    """Return the records as a log of LevelDB with W&B's header."""
    log = bytearray(struct.pack("<4sHB", b":W&B", 0xBEE1, 0))
    for record in records:
        left, begun = record, False
        while True:
            room = _BLOCK - len(log) % _BLOCK
            if room < 7:
                log += bytes(room)
                room = _BLOCK
            part, left = left[: room - 7], left[room - 7 :]
            kind = (2 if left else 1) if not begun else (3 if left else 4)
            checksum = zlib.crc32(bytes([kind]) + part)
            log += struct.pack("<IHB", checksum, len(part), kind) + part
            begun = True
            if not left:
                break
    return bytes(log)


def write_run(
    folder: Path,
    run_id: str,
    rows: Iterable[Mapping[str, Any]],
    config: Mapping[str, Any],
    *,
    name: str = "",
    time: str = "20260101_120000",
    exit_code: int | None = 0,
) -> Path:
    """Write one run folder. Rows without `_step` are numbered."""
    record = _CLASSES["Record"]
    items = [
        _CLASSES["Item"](nested_key=key.split("."), value_json=json.dumps(value))
        for key, value in config.items()
    ]
    run = _CLASSES["Run"](run_id=run_id, display_name=name)
    run.config.update.extend(items)
    records = [record(num=1, run=run)]
    for number, row in enumerate(rows):
        history = _CLASSES["History"]()
        history.step.num = int(row.get("_step", number))
        for key, value in {**row, "_step": history.step.num}.items():
            history.item.add(nested_key=[key], value_json=json.dumps(value))
        records.append(record(num=number + 2, history=history, uuid="x" * 20))
    if exit_code is not None:
        records.append(record(exit=_CLASSES["Exit"](exit_code=exit_code)))
    path = folder / f"offline-run-{time}-{run_id}" / f"run-{run_id}.wandb"
    path.parent.mkdir(parents=True)
    path.write_bytes(log_of(each.SerializeToString() for each in records))
    return path


def write_wandb(folder: Path, runs: Runs) -> None:
    """Write the runs of a synthetic study as if they were trained under W&B offline."""
    for number, run in enumerate(single(runs)):
        rows = [
            {"global_step": int(step), "eval/mean_reward": float(value), "x": 1}
            for step, value in zip(run.steps, run.values, strict=True)
        ]
        write_run(folder / "wandb", f"id{number}", rows, run.config, name=run.name)
