"""Where a value stands: the page, the characters, and the text that stands there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim piece of a page: `pages[page - 1][start:end] == text`, pages counted from 1."""

    text: str
    page: int
    start: int
    end: int

    def to_json(self) -> dict[str, int | str]:
        """Return the quote as canonical values, for the record."""
        return {"text": self.text, "page": self.page, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """A value in its plain form (blanks removed, capitals) and where it was read."""

    value: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page and where it begins."""

    text: str
    page: int
    start: int

    def quote(self, start: int, end: int) -> Quote:
        """Return the quote of the line's characters from `start` to `end`."""
        return Quote(self.text[start:end], self.page, self.start + start, self.start + end)


def lines_of(pages: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of all pages with their places; empty lines are left out."""
    for number, page in enumerate(pages, start=1):
        start = 0
        for text in page.split("\n"):
            if text.strip():
                yield Line(text, number, start)
            start += len(text) + 1
