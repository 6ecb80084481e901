"""What tests of KYC share: phones that remember their messages, files of all kinds, good and bad."""

import io
import struct
import zlib

from PIL import Image

from pyxiu.identity.ports import PhoneMessage, PhoneRefusal, PhoneRefusedError

PROFILE = {
    "first_name": "Jean-Luc",
    "last_name": "O'Neill",
    "dob": "1990-10-29",
    "address": "10 Rue de l'Église",
    "postcode": "75001",
    "city": "Paris",
    "country": "FRA",
}
DOCUMENT = {"doc_type": "Passport", "doc_number": "AB 123123", "doc_expire": "2099-01-31"}
NUMBER = "+4915112345678"
OTHER_NUMBER = "+33612345678"


class RememberingPhones:
    """Implements the port `PhoneSender`: what was sent is in `messages`."""

    kind = "remembering"

    def __init__(self) -> None:
        self.messages: list[PhoneMessage] = []
        self.refusal: PhoneRefusal | None = None

    async def send(self, message: PhoneMessage) -> None:
        if self.refusal is not None:
            raise PhoneRefusedError(self.refusal)
        self.messages.append(message)

    @property
    def code(self) -> str:
        """The last code that was sent."""
        return self.messages[-1].code


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(written, kind, **options)
    return written.getvalue()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG whose header says so, whatever its data."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data + png_chunk(b"IEND", b"")


def pdf(inside: bytes = b"", *, after: bytes = b"", before: bytes = b"") -> bytes:
    return (
        before
        + b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        + b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
        + inside
        + b"\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
        + after
    )


def object_stream(content: bytes, *, dictionary: bytes = b"/Type /ObjStm /Filter /FlateDecode") -> bytes:
    packed = zlib.compress(content)
    return b"5 0 obj\n<< %s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (dictionary, len(packed), packed)
