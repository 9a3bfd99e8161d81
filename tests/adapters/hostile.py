"""Builders of hostile and broken files. Everything is made here; nothing is copied."""

import io
import struct
import zipfile
import zlib
from datetime import date

from PIL import Image

from counterfoil.adapters.demo_documents import InvoiceLine, InvoiceSpec, Party, make_invoice_pdf
from counterfoil.core.money import Money

UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY %c "%b">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
    )
    + b"]><l>&j;</l>"
)
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<Invoice xmlns="' + UBL.encode() + b'"><ID>&x;</ID></Invoice>'
)


def invoice_pdf(seed=1, **changes):
    spec = {
        "seed": seed,
        "number": "RE-2026-00042",
        "issued_on": date(2026, 3, 14),
        "due_on": date(2026, 4, 13),
        "supplier": Party("Northlight Events Ltd", ("12 Harbour Road",), "GB123456789"),
        "customer": Party("Acme Bikes GmbH"),
        "lines": (InvoiceLine("Booth rental", 1, Money(520000, "EUR")),),
    }
    return make_invoice_pdf(InvoiceSpec(**(spec | changes)))


def image(image_format="PNG", size=(120, 80), color="teal", **options):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, image_format, **options)
    return out.getvalue()


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width=30_000, height=30_000):
    """A small PNG that decodes to `width` by `height` pixels: 900 million by default."""
    row = b"\x00" + b"\x00" * (width // 8 + 1)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", body)
        + png_chunk(b"IEND", b"")
    )


def office(parts, kind="xl/workbook.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(kind, "<workbook/>")
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def zip_bomb(megabytes=300):
    return office({"xl/media/big.bin": b"\x00" * (megabytes << 20)})


def lying_zip():
    """An archive whose part declares 10 bytes and holds five million."""
    data = bytearray(office({"xl/media/big.bin": b"\x00" * 5_000_000}))
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.rfind(magic)
        struct.pack_into("<I", data, at + offset, 10)
    return bytes(data)


def pdf(objects, *, encrypt=""):
    """A PDF from the bodies of its objects; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<</Size %d/Root 1 0 R%b>>\n" % (len(objects) + 1, encrypt.encode())
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def stream(body, extra=b""):
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(body), extra, body)


def page_pdf(marks, *, catalog=b"", resources=b"", box=b"0 0 595 842", extra=()):
    """A PDF of one page with the given marks in Helvetica /F1."""
    fonts = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>" + resources + b">>"
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox["
            + box
            + b"]/Resources "
            + fonts
            + b"/Contents 4 0 R>>",
            stream(marks),
            *extra,
        ]
    )


def pages_pdf(count):
    kids = b" ".join(b"%d 0 R" % (3 + place) for place in range(count))
    pages = [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>"] * count
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % count,
            *pages,
        ]
    )


def drawing_bomb(depth=40, width=10):
    """A page of forms that draw forms: ten to the power of `depth` boxes in a few kilobytes."""
    forms = []
    for level in range(depth):
        inner = b"/X Do\n" * width if level else b"0 0 9 9 re f\n" * width
        below = b"/Resources<</XObject<</X %d 0 R>>>>" % (4 + level) if level else b""
        forms.append(stream(inner, b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]" + below))
    return page_pdf(b"/X Do", resources=b"/XObject<</X %d 0 R>>" % (4 + depth), extra=forms)


def flate_bomb(megabytes=400):
    """A page whose content unpacks to hundreds of megabytes of blanks."""
    packer = zlib.compressobj(9)
    piece = b" " * (1 << 20)
    body = b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
            stream(body, b"/Filter/FlateDecode"),
        ]
    )


def e_invoice():
    return (
        f'<?xml version="1.0"?><Invoice xmlns="{UBL}"><ID>RE-7</ID>'
        "<LegalMonetaryTotal><PayableAmount currencyID='EUR'>12.00</PayableAmount>"
        "</LegalMonetaryTotal></Invoice>"
    ).encode()
