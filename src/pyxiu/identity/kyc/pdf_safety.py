"""Whether a PDF is only pages: no scripts, no attached files, nothing encrypted, nothing before it or after it.

Names are found however they are escaped, also inside compressed object streams. Invariant: what cannot
be looked into is refused. Limit: this is no virus scanner; the viewer's own bugs remain, so files are only ever
downloaded, never shown inside a page of ours.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

HEADER: Final = re.compile(rb"%PDF-[12]\.\d")
END: Final = b"%%EOF"
#: Object streams may unfold to so much in all.
UNFOLDED_BYTES_MAX: Final = 16 * 1024 * 1024
STREAMS_MAX: Final = 5_000
PIECE_BYTES: Final = 64 * 1024
#: Longer than any name that is looked for, all of it escaped.
NAME_BYTES_MAX: Final = 64
_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
#: Looked for everywhere, compressed pictures included: shorter names, as `/JS`, would be found there by chance. A
#: script needs `/JavaScript` beside its `/JS` anyway.
_ACTIVE: Final = (
    b"JavaScript",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"SubmitForm",
    b"ImportData",
    b"Encrypt",
    b"XFA",
)


def _names(*names: bytes) -> re.Pattern[bytes]:
    """These names, each letter as it is or as `#xx`. (To undo escapes first would cost seconds on a file of them.)"""
    spelt = [b"".join(_spelt(letter) for letter in name) for name in names]
    return re.compile(rb"/(?:" + b"|".join(spelt) + rb")(?![A-Za-z0-9])")


def _spelt(letter: int) -> bytes:
    digits = b"".join(
        b"[%c%c]" % (digit, digit & ~0x20) if digit > 0x60 else b"%c" % digit for digit in b"%02x" % letter
    )
    return b"(?:%c|#%s)" % (letter, digits)


_FORBIDDEN: Final = _names(*_ACTIVE)
_OBJECT_STREAM: Final = _names(b"ObjStm")
_FILTER: Final = re.compile(rb"/([\w#]*(?:Decode|Crypt|#)[\w#]*)")
_PARAMETERS: Final = _names(b"DecodeParms", b"DP", b"F", b"FFilter")
_DICTIONARY_BYTES_MAX: Final = 4096


def is_plain_pdf(content: bytes) -> bool:
    """Whether it begins and ends as a PDF does and has nothing active in it."""
    if HEADER.match(content) is None or not content.rstrip(b"\r\n\t \0").endswith(END):
        return False
    if any(True for _ in _places(_FORBIDDEN, content)):
        return False
    try:
        return not any(True for unfolded in _object_streams(content) for _ in _places(_FORBIDDEN, unfolded))
    except (zlib.error, ValueError):
        return False


def _object_streams(content: bytes) -> Iterator[bytes]:
    """The contents of object streams. Raises ValueError for one that is packed otherwise or unfolds too far."""
    left, unseen, behind = UNFOLDED_BYTES_MAX, sum(1 for _ in _places(_OBJECT_STREAM, content)), 0
    for number, found in enumerate(_places(_STREAM, content)):
        if number >= STREAMS_MAX:
            raise ValueError("more streams than a scan of a document has")
        if found.start() < behind:
            continue  # inside an object stream; if it were one itself, it would be missing in the count
        start = max(0, found.start() - _DICTIONARY_BYTES_MAX)
        dictionary = content[start : found.start()].rpartition(b"obj")[2]
        if not _OBJECT_STREAM.search(dictionary):
            continue
        unseen -= 1
        filters = _FILTER.findall(dictionary)
        if filters not in ([], [b"FlateDecode"]) or _PARAMETERS.search(dictionary):
            raise ValueError("an object stream that is packed in an unusual way")
        behind = content.find(b"endstream", found.end())
        if behind < 0:
            raise ValueError("an object stream without an end")
        body = content[found.end() : behind]
        unfolder = zlib.decompressobj()
        unfolded = unfolder.decompress(body, left) if filters else body
        if unfolder.unconsumed_tail or len(unfolded) > left:
            raise ValueError("object streams that unfold too far")
        left -= len(unfolded)
        yield unfolded
    if unseen:
        raise ValueError("an object stream whose dictionary is written so that we do not find it")


def _places(pattern: re.Pattern[bytes], content: bytes) -> Iterator[re.Match[bytes]]:
    """All matches of a short pattern. Looked for piece by piece: one search over all would stop the whole process
    for as long as it takes, the event loop included.
    """
    for start in range(0, len(content), PIECE_BYTES):
        end = start + PIECE_BYTES
        for found in pattern.finditer(content, start, end + NAME_BYTES_MAX):
            if found.start() < end:
                yield found
