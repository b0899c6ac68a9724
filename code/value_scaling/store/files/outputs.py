"""Writing of figures, texts and JSON, only if they changed."""

import io
import json
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image

from value_scaling.store.files.atomic import replace_if_changed, write_if_changed

_DPI = 200
_NAME = "value-scaling"
# Without dates and versions of libraries, the same figure gives the same file.
_METADATA = {
    "pdf": {"Creator": _NAME, "Producer": _NAME, "CreationDate": None},
    "png": {"Software": None},
}
# `_opaque` packs the pixels, so matplotlib leaves them as they are.
_OPTIONS: dict[str, dict[str, Any]] = {
    "pdf": {},
    "png": {"pil_kwargs": {"compress_level": 0}},
}


def save_figure(figure: Figure, stem: Path) -> bool:
    """Write `stem`.pdf for the paper and `stem`.png (200 dpi) for the screen.

    Returns:
        whether either file changed.

    Raises:
        ScalingError: a file cannot be written; it is then unchanged.
    """
    changed = False
    for kind in _METADATA:
        path = stem.with_name(f"{stem.name}.{kind}")
        changed |= replace_if_changed(path, draw(figure, kind))
    return changed


def draw(figure: Figure, kind: str, *, dpi: int = _DPI) -> bytes:
    """Return the content of the file that `save_figure` writes: `pdf` or `png`."""
    buffer = io.BytesIO()
    # The defaults of Matplotlib replace user settings; journals require TrueType fonts.
    with style.context(["default", {"pdf.fonttype": 42}]):
        figure.savefig(
            buffer, format=kind, dpi=dpi, metadata=_METADATA[kind], **_OPTIONS[kind]
        )
    if kind == "png":
        return _opaque(buffer)
    return buffer.getvalue()


def _opaque(drawn: io.BytesIO) -> bytes:
    """Return a PNG without its unused alpha channel, which makes it a tenth smaller."""
    packed = io.BytesIO()
    with Image.open(drawn) as image:
        image.convert("RGB").save(packed, "png", optimize=True)
    return packed.getvalue()


def save_text(path: Path, text: str) -> bool:
    """Write a text in UTF-8, with one newline at its end; see `save_figure`."""
    return replace_if_changed(path, (text.rstrip("\n") + "\n").encode())


def save_json(path: Path, value: Any) -> bool:
    """Write tables, lists, texts and finite numbers as JSON; see `save_figure`."""
    pieces = json.JSONEncoder(indent=1, allow_nan=False).iterencode(value)

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
            file.write("\n")

    return write_if_changed(path, write)
