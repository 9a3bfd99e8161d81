"""A small PDF writer: text in the standard fonts, lines and boxes, one stream a page.

Typst takes 30 ms a document; thousands of demo files need less. Streams stay uncompressed, so
the bytes do not depend on the zlib of the machine (ISO 32000-1, 7.5 and 9.6.2.2).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date

A4 = (595, 842)
LETTER = (612, 792)

_FONTS = ("Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Bold", "Courier")
REGULAR, BOLD, SERIF, SERIF_BOLD, MONO = range(5)

# Widths of Helvetica in 1/1000 of the font size, characters 32 to 126 (Adobe Core 14 AFM).
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_USUAL_WIDTH = 556


def width_of(text: str, size: int, font: int = REGULAR) -> float:
    """Return the width of a text in points (near enough for the fonts other than Helvetica)."""
    if font == MONO:
        return len(text) * 0.6 * size
    units = sum(
        _WIDTHS[ord(char) - 32] if 32 <= ord(char) <= 126 else _USUAL_WIDTH for char in text
    )
    return units * size / 1000


@dataclass(slots=True)
class Paper:
    """A document in the making; places are in points from the left and from the top."""

    title: str
    dated: date
    size: tuple[int, int] = A4
    pages: list[list[str]] = field(default_factory=lambda: [[]])

    def new_page(self) -> None:
        """Go on with a blank page."""
        self.pages.append([])

    def text(
        self, x: float, y: float, text: str, size: int = 10, font: int = REGULAR, gray: float = 0
    ) -> None:
        """Write a line of text that begins at x."""
        self._write(x, y, text, size, font, gray)

    def text_right(
        self, x: float, y: float, text: str, size: int = 10, font: int = REGULAR
    ) -> None:
        """Write a line of text that ends at x."""
        self.text(x - width_of(text, size, font), y, text, size, font)

    def white_text(self, x: float, y: float, text: str, size: int, font: int = BOLD) -> None:
        """Write white text, for colored bands."""
        self._write(x, y, text, size, font, 1)

    def _write(self, x: float, y: float, text: str, size: int, font: int, gray: float) -> None:
        """Add the operators of one line of text."""
        place = f"{x:.1f} {self.size[1] - y:.1f} Td"
        self.pages[-1].append(
            f"BT {gray:.2f} g /F{font} {size} Tf {place} ({_escaped(text)}) Tj ET"
        )

    def box(
        self, x: float, y: float, width: float, height: float, rgb: tuple[float, float, float]
    ) -> None:
        """Fill a box whose upper left corner is at x, y."""
        red, green, blue = rgb
        self.pages[-1].append(
            f"{red:.2f} {green:.2f} {blue:.2f} rg "
            f"{x:.1f} {self.size[1] - y - height:.1f} {width:.1f} {height:.1f} re f"
        )

    def rule(self, x: float, y: float, width: float, thickness: float = 0.5) -> None:
        """Draw a level line."""
        self.box(x, y, width, thickness, (0.4, 0.4, 0.4))

    def to_bytes(self) -> bytes:
        """Return the PDF."""
        objects = _objects(self)
        out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        for place in places:
            out += b"%010d 00000 n \n" % place
        # An identity of the content, not a secret: PDF wants 16 bytes here.
        mark = hashlib.sha256(bytes(out)).hexdigest()[:32].encode()
        out += b"trailer\n<</Size %d/Root 1 0 R/Info 2 0 R/ID[<%b><%b>]>>\n" % (
            len(objects) + 1,
            mark,
            mark,
        )
        out += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(out)


def _objects(paper: Paper) -> list[bytes]:
    """Return the bodies of the objects: catalog, information, page tree, fonts, pages."""
    first_font, first_page = 4, 4 + len(_FONTS)
    numbers = [first_page + 2 * place for place in range(len(paper.pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    fonts = b"".join(b"/F%d %d 0 R" % (place, first_font + place) for place in range(len(_FONTS)))
    made = f"D:{paper.dated:%Y%m%d}090000Z".encode()
    objects = [
        b"<</Type/Catalog/Pages 3 0 R>>",
        b"<</Title(%b)/CreationDate(%b)>>" % (_encoded(_escaped(paper.title)), made),
        b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 %d %d]>>"
        % (kids, len(numbers), *paper.size),
    ]
    objects += [
        b"<</Type/Font/Subtype/Type1/BaseFont/%b/Encoding/WinAnsiEncoding>>" % name.encode()
        for name in _FONTS
    ]
    for number, marks in zip(numbers, paper.pages, strict=True):
        stream = _encoded("\n".join(marks))
        objects.append(
            b"<</Type/Page/Parent 3 0 R/Resources<</Font<<%b>>>>/Contents %d 0 R>>"
            % (fonts, number + 1)
        )
        objects.append(b"<</Length %d>>\nstream\n%b\nendstream" % (len(stream), stream))
    return objects


def _escaped(text: str) -> str:
    """Return text for a PDF string: backslash and parentheses escaped, line breaks as blanks."""
    plain = text.replace("\r", " ").replace("\n", " ")
    return plain.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _encoded(text: str) -> bytes:
    """Return text in WinAnsi, what it lacks as a question mark."""
    return text.encode("cp1252", "replace")
