"""As much of Markdown as the documentation tests need: links, anchors, code blocks and code spans."""

import re
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^ *(```+|~~~+) *([\w-]*)")
INLINE_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
REFERENCE_LINK = re.compile(r"^\[[^\]]+\]: +(\S+)", re.MULTILINE)
CODE_SPAN = re.compile(r"(`+)(.+?)\1")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$")
HTML_ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")

SHELLS = {"sh", "bash", "shell", "console"}


class Located(NamedTuple):
    line: int
    text: str


class Page:
    """A Markdown file, split into prose and code once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.prose: list[Located] = []
        self.shell: list[Located] = []
        fence = ""
        language = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = FENCE.match(line)
            if fence:
                if match and match.group(1).startswith(fence):
                    fence = ""
                elif language in SHELLS:
                    self.shell.append(Located(number, line))
            elif match:
                fence, language = match.groups()
            else:
                self.prose.append(Located(number, line))

    def links(self) -> list[Located]:
        """Targets of links and pictures, as written."""
        found = []
        for number, line in self.prose:
            text = CODE_SPAN.sub("", line)
            found += [Located(number, target) for target in INLINE_LINK.findall(text)]
            found += [Located(number, target) for target in REFERENCE_LINK.findall(text)]
        return found

    def code_spans(self) -> list[Located]:
        return [Located(number, code) for number, line in self.prose for _, code in CODE_SPAN.findall(line)]

    def anchors(self) -> set[str]:
        """What `page.md#…` may name: headings as GitHub spells them, and explicit `<a id="…">`."""
        found: set[str] = set()
        for _, line in self.prose:
            found.update(HTML_ANCHOR.findall(line))
            if match := HEADING.match(line):
                slug = slugify(match.group(1))
                repeats = 0
                while (candidate := slug if not repeats else f"{slug}-{repeats}") in found:
                    repeats += 1
                found.add(candidate)
        return found


def slugify(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link in a heading counts by its text
    text = re.sub(r"[*`]|<[^>]+>", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
