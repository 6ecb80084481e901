"""Whether a file is a photo or a plain PDF, decided by its content alone.

Photos are decoded and written anew: what staff opens are pixels that we encoded, without anything that was hidden
behind, before or between them, and without the place where the photo was taken. Invariant: memory and time are bounded
by the settings before anything is decoded; a name or type that the client claims decides nothing. Limit: PDFs cannot be
written anew, see `pdf_safety.py`.
"""

import asyncio
import io
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Final, ParamSpec, TypeVar

import filetype
import msgspec
from PIL import Image, ImageOps

from pyxiu.identity.kyc.pdf_safety import is_plain_pdf

P = ParamSpec("P")
T = TypeVar("T")

#: Photos that are decoded at a time; each takes up to four bytes a pixel, a few times over.
DECODING_AT_ONCE: Final = 2
JPEG_QUALITY: Final = 90
#: What a decoder that is fed anything at all may raise.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    struct.error,
)
#: What Pillow says of sizes far beyond ours, as a warning that may be made an error.
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_decoders: Final = ThreadPoolExecutor(DECODING_AT_ONCE, thread_name_prefix="pyxiu-decode")


class Unfit(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    FORMAT = "no JPEG, PNG or PDF"
    BROKEN = "cannot be read to its end"
    ACTIVE = "a PDF that is encrypted, or more than pages"


class CheckedFile(msgspec.Struct, frozen=True):
    """What is stored."""

    content: bytes
    content_type: str
    extension: str


async def check_upload(content: bytes, *, bytes_max: int, pixels_max: int) -> CheckedFile | Unfit:
    """The file to store, or why there is none."""
    if not content:
        return Unfit.EMPTY
    if len(content) > bytes_max:
        return Unfit.TOO_LARGE
    kind = filetype.guess_mime(content)
    if kind == "application/pdf":
        plain = await _in_decoder(is_plain_pdf, content)
        return CheckedFile(content, kind, "pdf") if plain else Unfit.ACTIVE
    if kind not in {"image/jpeg", "image/png"}:
        return Unfit.FORMAT
    return await _in_decoder(_encoded_anew, content, pixels_max)


async def _in_decoder(function: Callable[P, T], *arguments: P.args, **_: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_decoders, function, *arguments)


def _encoded_anew(content: bytes, pixels_max: int) -> CheckedFile | Unfit:
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
        if image.width * image.height > pixels_max:
            return Unfit.TOO_MANY_PIXELS
        image.load()
        return _encoded(ImageOps.exif_transpose(image), is_png=image.format == "PNG")
    except _BOMBS:
        return Unfit.TOO_MANY_PIXELS
    except _BROKEN:
        return Unfit.BROKEN


def _encoded(image: Image.Image, *, is_png: bool) -> CheckedFile:
    written = io.BytesIO()
    if is_png:
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
        plain.info = {}
        plain.save(written, "PNG", compress_level=1)
        return CheckedFile(written.getvalue(), "image/png", "png")
    plain = image.convert("RGB")
    plain.info = {}
    plain.save(written, "JPEG", quality=JPEG_QUALITY)
    return CheckedFile(written.getvalue(), "image/jpeg", "jpg")
