"""Files are judged by their content (T-71): bombs, polyglots, broken and active files."""

import io
import zlib

import pytest
from PIL import Image

from pyxiu.identity.kyc.check_upload import CheckedFile, Unfit, check_upload
from pyxiu.identity.kyc.pdf_safety import UNFOLDED_BYTES_MAX
from tests.support.kyc import object_stream, pdf, picture, png_chunk, png_of

SVG = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="x">&x;</svg>'


async def check(content: bytes, *, bytes_max: int = 1024 * 1024, pixels_max: int = 1_000_000) -> CheckedFile | Unfit:
    return await check_upload(content, bytes_max=bytes_max, pixels_max=pixels_max)


@pytest.mark.parametrize(("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
async def test_a_photo_is_taken_and_written_anew(kind: str, content_type: str) -> None:
    checked = await check(picture(kind))
    assert isinstance(checked, CheckedFile)
    assert checked.content_type == content_type
    assert Image.open(io.BytesIO(checked.content)).size == (64, 48)


async def test_t71_what_hides_behind_a_photo_is_gone() -> None:
    for kind in ("PNG", "JPEG"):
        hidden = b"PK\x03\x04<script>alert(1)</script>"
        checked = await check(picture(kind) + hidden)
        assert isinstance(checked, CheckedFile)
        assert b"script" not in checked.content


async def test_the_place_where_a_photo_was_taken_is_gone_and_its_turn_is_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010E] = "at home"
    checked = await check(picture("JPEG", exif=exif, comment=b"at home"))
    assert isinstance(checked, CheckedFile)
    assert b"at home" not in checked.content
    stored = Image.open(io.BytesIO(checked.content))
    assert stored.size == (48, 64)
    assert not stored.getexif()


async def test_t71_a_pixel_bomb_is_refused_before_it_is_decoded() -> None:
    for width, height in ((1001, 1000), (30_000, 30_000), (2_000_000, 2_000)):
        assert await check(png_of(width, height)) is Unfit.TOO_MANY_PIXELS


async def test_t71_a_text_chunk_that_unfolds_without_end_is_refused() -> None:
    bomb = png_chunk(b"zTXt", b"c\0\0" + zlib.compress(bytes(64 * 1024 * 1024)))
    assert await check(png_of(10, 10, bomb)) is Unfit.BROKEN


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_a_photo_that_was_cut_off_is_refused(kind: str) -> None:
    whole = picture(kind, (200, 200))
    for part in (12, len(whole) // 2, len(whole) - 40):
        assert await check(whole[:part]) in {Unfit.BROKEN, Unfit.FORMAT}


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"<html><script>alert(1)</script></html>",
        b"PK\x03\x04" + bytes(200),
        b"\x1f\x8b\x08" + bytes(200),
        b"GIF89a" + bytes(100),
        b"MZ" + bytes(200),
        b"just text",
        b" " + pdf(),
        picture("GIF"),
        picture("BMP"),
        picture("WEBP"),
        picture("TIFF"),
    ],
    ids=["svg", "html", "zip", "gzip", "gif-head", "exe", "text", "late-pdf", "gif", "bmp", "webp", "tiff"],
)
async def test_t71_other_kinds_are_refused_whatever_they_are_called(content: bytes) -> None:
    assert await check(content) is Unfit.FORMAT


async def test_size_limits_are_exact() -> None:
    photo = picture()
    assert await check(b"") is Unfit.EMPTY
    assert await check(photo, bytes_max=len(photo) - 1) is Unfit.TOO_LARGE
    assert isinstance(await check(photo, bytes_max=len(photo)), CheckedFile)
    assert isinstance(await check(photo, pixels_max=64 * 48), CheckedFile)
    assert await check(photo, pixels_max=64 * 48 - 1) is Unfit.TOO_MANY_PIXELS


async def test_a_plain_pdf_is_taken_as_it_is() -> None:
    packed = object_stream(b"1 0 2 30 << /Type /Page >> << /Type /Font >>")
    for content in (pdf(), pdf(packed), pdf(after=b"\r\n\0")):
        checked = await check(content)
        assert checked == CheckedFile(content, "application/pdf", "pdf")


@pytest.mark.parametrize(
    "content",
    [
        pdf(b"3 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj"),
        pdf(b"3 0 obj\n<< /S /Java#53cript /JS (app.alert(1)) >>\nendobj"),
        pdf(b"3 0 obj\n<< /S /Launch /F (cmd.exe) >>\nendobj"),
        pdf(b"3 0 obj\n<< /Names << /EmbeddedFiles 4 0 R >> >>\nendobj"),
        pdf(b"3 0 obj\n<< /AcroForm << /XFA [] >> >>\nendobj"),
        pdf(b"trailer\n<< /Encrypt 9 0 R >>"),
        pdf(object_stream(b"<< /S /JavaScript /JS (x) >>")),
        pdf(object_stream(b"<< /S /JavaScript /JS (x) >>", dictionary=b"/Type /Obj#53tm /Filter /FlateDecode")),
        pdf(object_stream(b"<< /S /JavaScript >>", dictionary=b"/Type /ObjStm /Filter /LZWDecode")),
        pdf(object_stream(b"<< >>", dictionary=b"/Type /ObjStm /Filter [/FlateDecode /ASCIIHexDecode]")),
        pdf(object_stream(b"<< >>", dictionary=b"/Type /ObjStm /Filter /FlateDecode /X (" + b"x" * 5000 + b")")),
        pdf(object_stream(bytes(UNFOLDED_BYTES_MAX + 1))),
        pdf(object_stream(b"<< >>").replace(b"endstream", b"") * 3),
        pdf(object_stream(b"<< >>").replace(b"endstream", b"") * 3 + b"endstream"),
        pdf(after=b"PK\x03\x04 a zip behind it"),
        b"%PDF-1.7 nothing else",
        pdf()[:-8],
    ],
    ids=[
        "script",
        "escaped-script",
        "launch",
        "attachment",
        "xfa",
        "encrypted",
        "packed-script",
        "escaped-packed-script",
        "lzw",
        "two-filters",
        "far-dictionary",
        "bomb",
        "endless",
        "nested",
        "zip-behind",
        "no-end",
        "cut-off",
    ],
)
async def test_t71_a_pdf_that_is_more_than_pages_is_refused(content: bytes) -> None:
    assert await check(content) is Unfit.ACTIVE


async def test_pictures_inside_a_pdf_do_not_make_it_active_by_chance() -> None:
    noise = b"4 0 obj\n<< /Filter /DCTDecode >>\nstream\n" + b"/JS /AA /JSx" * 100 + b"\nendstream\nendobj"
    assert isinstance(await check(pdf(noise)), CheckedFile)
