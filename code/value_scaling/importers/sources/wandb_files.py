"""The files that W&B writes beside a run (`run-ID.wandb`), record by record.

The package has had no public reader of them since 0.31. The file is a log of LevelDB:
blocks of 32 KiB hold chunks, each with a checksum, a length and a kind. One or several
chunks are a record, a Protocol Buffers message of wandb's `wandb_internal.proto`. The
parts of the format that are read here have been the same since its first version.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

_BLOCK = 32 * 1024
_CHUNK = struct.Struct("<IHB")
"""Checksum of kind and content, length of the content, kind."""
_START = struct.pack("<4sHB", b":W&B", 0xBEE1, 0)
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4

Fields = list[tuple[int, Any]]
"""Numbers and values of a message's fields; bytes are texts or messages."""


class DamagedLog(Exception):
    """The file is not a W&B log, or ends in the middle of a record."""


def read_records(path: Path) -> Iterator[Fields]:
    """Yield the records of a file.

    Raises:
        DamagedLog: the file is of another format, or the rest of it cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(_START)) != _START:
            raise DamagedLog("not a W&B log")
        offset, record = len(_START), b""
        while True:
            left = _BLOCK - offset % _BLOCK
            if left < _CHUNK.size:
                file.seek(left, 1)
                offset += left
            head = file.read(_CHUNK.size)
            if not head:
                return
            if len(head) < _CHUNK.size:
                raise DamagedLog("half a record at the end")
            checksum, length, kind = _CHUNK.unpack(head)
            content = file.read(length)
            if len(content) < length:
                raise DamagedLog("half a record at the end")
            if zlib.crc32(content, zlib.crc32(bytes([kind]))) != checksum:
                raise DamagedLog("a damaged record")
            offset += _CHUNK.size + length
            record = content if kind in (_FULL, _FIRST) else record + content
            if kind in (_FULL, _LAST):
                yield fields(record)


def fields(message: bytes) -> Fields:
    """Return the fields of a Protocol Buffers message.

    Raises:
        DamagedLog: the bytes are not such a message.
    """
    try:
        unknown = UnknownFieldSet(Empty.FromString(message))
    except DecodeError as error:
        raise DamagedLog("a record that is not a message") from error
    return [(field.field_number, field.data) for field in unknown]
