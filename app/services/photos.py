"""Photos: read from what was uploaded, written anew upright and without EXIF, kept in the data folder.

Reading is slow and touches no database, so it is done before a transaction begins. A file is named by its content and
saved before its row: a failed commit leaves at most a file that no page shows, and a retry finds it there.
"""

import hashlib
import os
import secrets
import warnings
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore

import filetype
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener
from sqlmodel import Session, col, select

from app.config import Settings
from app.exceptions import InvalidInput
from app.i18n import _
from app.models import Assembly, NeedPhoto

register_heif_opener()

MAX_SIDE = 1600
MAX_PHOTOS = 5
# A 64-megapixel phone passes; a small file that unpacks into gigabytes does not.
MAX_PIXELS = 64_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
KINDS = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
# Unpacked pictures are large: two at a time is what a small machine holds.
_unpacking = BoundedSemaphore(2)


@dataclass(frozen=True)
class Picture:
    """A photo ready to keep: ``sha256`` names what was uploaded, ``data`` is the WEBP made from it."""

    sha256: str
    data: bytes
    width: int
    height: int

    @property
    def file_name(self) -> str:
        return f"{hashlib.sha256(self.data).hexdigest()}.webp"


def read(upload: bytes, name: str = "") -> Picture:
    """Turn an uploaded file into a picture. Raises InvalidInput when it is not a photo, or too large to unpack."""
    kind = filetype.guess_mime(upload)
    if kind not in KINDS:
        raise InvalidInput(_("ไฟล์ {name} ไม่ใช่รูปถ่าย ใช้ได้เฉพาะรูป JPG, PNG, WEBP หรือ HEIC").format(name=name))
    try:
        with _unpacking:
            data, size = _rewrite(upload)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise InvalidInput(_("เปิดรูป {name} ไม่ได้ ไฟล์อาจเสียหรือใหญ่เกินไป กรุณาเลือกรูปอื่น").format(name=name)) from error
    return Picture(hashlib.sha256(upload).hexdigest(), data, *size)


def _rewrite(upload: bytes) -> tuple[bytes, tuple[int, int]]:
    with warnings.catch_warnings():
        # Pillow only warns of what it thinks too large; the limit here is ours, and an error.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(BytesIO(upload), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise ValueError("too many pixels")
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is unpacked no larger than it is needed
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", upright.size, "white")  # what is behind see-through parts, and no metadata
    see_through = upright.convert("RGBA") if upright.has_transparency_data else None
    clean.paste(upright.convert("RGB"), mask=see_through)
    written = BytesIO()
    clean.save(written, "WEBP", quality=80, method=4)
    return written.getvalue(), clean.size


def path(settings: Settings, file_name: str) -> Path:
    return settings.data_dir / "photos" / file_name[:2] / file_name


def save(settings: Settings, picture: Picture) -> None:
    """Write the file so that it is whole or absent, whatever happens to the machine."""
    target = path(settings, picture.file_name)
    if target.exists():
        target.touch()  # wanted again: not among what nobody wants
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{secrets.token_hex(4)}")
    with partial.open("wb") as file:
        file.write(picture.data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)


def forget_unused(session: Session, settings: Settings, *, before: datetime) -> int:
    """Delete files older than a time that nothing shows, left behind when a post failed; return how many."""
    count = 0
    for folder in sorted((settings.data_dir / "photos").glob("??")):
        old = {file.name: file for file in folder.iterdir() if file.stat().st_mtime < before.timestamp()}
        used = set(session.exec(select(NeedPhoto.file_name).where(col(NeedPhoto.file_name).startswith(folder.name))))
        used |= set(session.exec(select(Assembly.sheet_file).where(col(Assembly.sheet_file).startswith(folder.name))))
        for name in old.keys() - used:
            old[name].unlink(missing_ok=True)
            count += 1
    return count
