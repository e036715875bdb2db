"""What becomes of an uploaded photo before anything is written."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.config import Settings
from app.exceptions import InvalidInput
from app.services import photos
from tests.support.needs import photo


def opened(picture: photos.Picture) -> Image.Image:
    return Image.open(BytesIO(picture.data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_kind_of_photo_a_phone_takes_is_read(kind: str) -> None:
    picture = photos.read(photo(kind, (200, 100)))
    image = opened(picture).convert("RGB")
    assert (image.format or "WEBP", image.size) == ("WEBP", (200, 100))
    red, white = image.getpixel((20, 50)), image.getpixel((180, 50))
    assert (red[0] > 200, red[1] < 60, min(white) > 200) == (True, True, True)  # type: ignore[index, arg-type, operator]


def test_turned_photo_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = photos.read(photo(size=(200, 100), exif=exif))
    assert (picture.width, picture.height) == (100, 200)
    assert dict(opened(picture).getexif()) == {}


def test_large_photo_is_made_smaller() -> None:
    picture = photos.read(photo(size=(4000, 3000)))
    assert (picture.width, picture.height) == (1600, 1200)


def test_see_through_photo_stands_on_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(written, "PNG")
    assert opened(photos.read(written.getvalue())).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"hello",
        b"%PDF-1.7 ...",
        b"GIF89a" + bytes(40),
        photo()[:200],
        photo("PNG")[:60],
        b"\xff\xd8\xff" + bytes(99),
    ],
    ids=["nothing", "text", "pdf", "gif", "half a jpeg", "half a png", "jpeg by its first bytes only"],
)
def test_what_is_no_photo_is_refused(upload: bytes) -> None:
    with pytest.raises(InvalidInput, match="รูป"):
        photos.read(upload, "a.jpg")


@pytest.mark.parametrize("size", [(9000, 9000), (30_000, 30_000)])
def test_small_file_that_would_unpack_into_gigabytes_is_refused(size: tuple[int, int]) -> None:
    written = BytesIO()
    Image.new("1", size).save(written, "PNG")
    assert len(written.getvalue()) < 200_000
    with pytest.raises(InvalidInput):
        photos.read(written.getvalue())


def test_photo_saved_twice_is_one_whole_file(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]  # pydantic's own argument
    picture = photos.read(photo())
    photos.save(settings, picture)
    photos.save(settings, picture)
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [picture.data]
