"""Files from strangers: the good ones are read, every hostile one is refused with its remedy."""

import dataclasses
import errno
import io
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as plain_xml
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from counterfoil.adapters.pdf_typst import render
from counterfoil.adapters.reader_sandbox import Limits, SandboxReader, child, inspection, ocr
from counterfoil.adapters.reader_sandbox.names import display_name
from counterfoil.adapters.reader_sandbox.reader import _Lane
from counterfoil.adapters.reader_sandbox.refusals import Refusal
from counterfoil.apps.submissions.ports import (
    FILE_REFUSALS,
    EvidenceKind,
    FileFlag,
    FileToInspect,
    InspectedFile,
    OcrPolicy,
    Refused,
)
from tests.adapters import hostile
from tests.adapters.test_pdf_typst import DATA

LIMITS = Limits(cpu_seconds=4, wall_seconds=10, memory_bytes=768 << 20)


LANE = _Lane(LIMITS)
"""One child for most tests, as in a batch: whoever breaks it also breaks the next test."""


@pytest.fixture(scope="module", autouse=True)
def _end_the_child():
    yield
    LANE.close()


def inspect(data, name="", claimed_type="", *, limits=None, ocr=OcrPolicy.NEVER, previews=False):
    file = FileToInspect(data, name, claimed_type)
    if limits is None:
        return LANE.read(file, previews=previews, ocr=ocr)
    return SandboxReader(limits).inspect(file, previews=previews, ocr=ocr)


def locked(password):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(hostile.invoice_pdf()))
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


GOOD = {
    "pdf": (hostile.invoice_pdf(), "invoice.pdf", "application/pdf", EvidenceKind.PDF),
    "png": (hostile.image("PNG"), "photo.PNG", "image/png", EvidenceKind.IMAGE),
    "jpeg": (hostile.image("JPEG"), "photo.jpeg", "image/jpeg", EvidenceKind.IMAGE),
    "webp": (hostile.image("WEBP"), "photo.webp", "image/webp", EvidenceKind.IMAGE),
    "e-invoice": (hostile.e_invoice(), "re.xml", "text/xml", EvidenceKind.E_INVOICE),
    "csv": (b"a;b\n1;2\n", "list.csv", "application/vnd.ms-excel", EvidenceKind.TABLE),
    "xlsx": (hostile.office({}), "list.xlsx", "", EvidenceKind.TABLE),
    "docx": (hostile.office({}, "word/document.xml"), "a.docx", "", EvidenceKind.DOCUMENT),
    "text": (b"call script", "script.txt", "text/plain", EvidenceKind.TEXT),
    "json": (b'{"a": [1]}', "a.json", "application/json", EvidenceKind.TEXT),
    "no claim": (hostile.image("PNG"), "", "application/octet-stream", EvidenceKind.IMAGE),
}

# name: (bytes, claimed name, claimed type, code, a part of what would be right)
HOSTILE = {
    "empty": (b"", "a.pdf", "", "EMPTY_FILE", "upload it again"),
    "oversize": (b"%PDF-" + bytes(21 << 20), "a.pdf", "", "FILE_TOO_LARGE", "only the pages"),
    "zip bomb": (hostile.zip_bomb(), "a.xlsx", "", "ARCHIVE_BOMB", "save it as a PDF"),
    "lying zip": (hostile.lying_zip(), "a.xlsx", "", "UNREADABLE", "save it again"),
    "too many parts": (
        hostile.office({f"p{number}": "" for number in range(2_001)}),
        "a.xlsx",
        "",
        "ARCHIVE_BOMB",
        "save it as a PDF",
    ),
    "path in archive": (
        hostile.office({"../../etc/cron.d/x": "x"}),
        "a.xlsx",
        "",
        "UNREADABLE",
        "save it again",
    ),
    "macros": (
        hostile.office({"xl/vbaProject.bin": "x"}),
        "a.xlsx",
        "",
        "MACROS",
        "save it as a PDF",
    ),
    "plain zip": (
        hostile.office({}, "readme.txt"),
        "a.zip",
        "",
        "TYPE_NOT_ACCEPTED",
        "unpack it",
    ),
    "900 megapixel": (hostile.png_bomb(), "a.png", "", "TOO_MANY_PIXELS", "Scale it down"),
    "51 pages": (hostile.pages_pdf(51), "a.pdf", "", "TOO_MANY_PAGES", "only the pages"),
    "drawing bomb": (hostile.drawing_bomb(), "a.pdf", "", "READER_", "print it to a new PDF"),
    "xxe": (hostile.XXE, "a.xml", "", "XML_ENTITIES", "without a DOCTYPE"),
    "billion laughs": (hostile.LAUGHS, "a.xml", "", "XML_ENTITIES", "without a DOCTYPE"),
    "deep xml": (
        f'<Invoice xmlns="{hostile.UBL}">{"<a>" * 5000}{"</a>" * 5000}</Invoice>'.encode(),
        "a.xml",
        "",
        "TOO_DEEP",
        "export the invoice again",
    ),
    "deep json": (b"[" * 1_000_000 + b"]" * 1_000_000, "a.json", "", "TOO_DEEP", "flatten it"),
    "other xml": (b"<project><x/></project>", "a.xml", "", "NOT_AN_E_INVOICE", "as PDF"),
    "svg with script": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "logo.svg",
        "image/svg+xml",
        "TYPE_NOT_ACCEPTED",
        "print it to a PDF",
    ),
    "svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "logo.xml",
        "",
        "TYPE_NOT_ACCEPTED",
        "PNG or PDF",
    ),
    "html": (b"<!DOCTYPE html><p>x", "a.html", "", "TYPE_NOT_ACCEPTED", "print it to a PDF"),
    "gif and script": (
        b"GIF89a/*\x00\x00*/=1;alert(1)//",
        "a.gif",
        "",
        "TYPE_NOT_ACCEPTED",
        "save it as a PNG",
    ),
    "pdf behind html": (
        b"<html><script>alert(1)</script>" + hostile.invoice_pdf(),
        "a.pdf",
        "",
        "TYPE_NOT_ACCEPTED",
        "print it to a PDF",
    ),
    "html in a pdf": (
        hostile.invoice_pdf().replace(b"\n", b"\n<html><script>alert(1)</script>\n", 1),
        "a.pdf",
        "",
        "POLYGLOT",
        "print it to a new PDF",
    ),
    "html after a pdf": (
        hostile.invoice_pdf() + b"<script>alert(1)</script>",
        "a.pdf",
        "",
        "POLYGLOT",
        "print it to a new PDF",
    ),
    "pdf and zip": (
        hostile.invoice_pdf() + hostile.office({}),
        "a.pdf",
        "",
        "POLYGLOT",
        "print it to a new PDF",
    ),
    "png and zip": (
        hostile.image("PNG") + hostile.office({}),
        "a.png",
        "",
        "POLYGLOT",
        "save the picture again",
    ),
    "script in a jpeg": (
        hostile.image("JPEG", comment=b"<script>alert(1)</script>"),
        "a.jpg",
        "",
        "POLYGLOT",
        "save the picture again",
    ),
    "png named pdf": (hostile.image("PNG"), "a.pdf", "", "MISLABELLED", ".png"),
    "pdf sent as png": (hostile.invoice_pdf(), "a", "image/png", "MISLABELLED", "application/pdf"),
    "double extension": (hostile.invoice_pdf(), "a.pdf.exe", "", "MISLABELLED", ".pdf"),
    "text named pdf": (b"hello", "a.pdf", "", "MISLABELLED", ".txt"),
    "program": (b"MZ\x90\x00" + bytes(64), "a.pdf", "", "TYPE_NOT_ACCEPTED", "upload a PDF"),
    "old office": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a.doc",
        "",
        "TYPE_NOT_ACCEPTED",
        "save it as PDF",
    ),
    "phone photo": (
        b"\x00\x00\x00\x18ftypheic" + bytes(32),
        "IMG_1.HEIC",
        "",
        "TYPE_NOT_ACCEPTED",
        "save photos as JPEG",
    ),
    "unknown bytes": (bytes(range(256)), "a", "", "TYPE_NOT_ACCEPTED", "upload a PDF"),
    "locked pdf": (locked("secret"), "a.pdf", "", "PASSWORD_NEEDED", "save it without one"),
    "truncated pdf": (hostile.invoice_pdf()[:1500], "a.pdf", "", "UNREADABLE", "upload the new"),
    "truncated png": (hostile.image("PNG")[:-30], "a.png", "", "UNREADABLE", "upload the new"),
    "truncated jpeg": (
        hostile.image("JPEG", (400, 400))[:900],
        "a.jpg",
        "",
        "UNREADABLE",
        "upload the new",
    ),
    "truncated xlsx": (hostile.office({})[:-9], "a.xlsx", "", "UNREADABLE", "upload the new"),
    "pdf of junk": (b"%PDF-1.7\n" + b"junk " * 99 + b"%%EOF", "a.pdf", "", "UNREADABLE", "new"),
}


@pytest.mark.parametrize("case", GOOD)
def test_an_honest_file_is_read(case):
    data, name, claimed, kind = GOOD[case]

    found = inspect(data, name, claimed, previews=True)

    assert isinstance(found, InspectedFile), found
    assert found.kind is kind
    assert found.size == len(data)
    assert bool(found.previews) == (kind in (EvidenceKind.PDF, EvidenceKind.IMAGE))
    assert not set(found.flags) - {FileFlag.NO_TEXT}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_with_its_code_and_remedy(case):
    data, name, claimed, code, remedy = HOSTILE[case]

    found = inspect(data, name, claimed)

    assert isinstance(found, Refused), found
    assert found.code.startswith(code), found
    assert remedy in found.message
    assert len(found.message) < 400


def test_every_code_in_the_source_is_listed_and_every_listed_code_is_used():
    folder = Path(child.__file__).parent
    source = "\n".join(path.read_text() for path in folder.glob("*.py"))
    used = set(re.findall(r'(?:Refusal|Refused)\(\s*"([A-Z_]+)"|"refused": "([A-Z_]+)"', source))

    assert {first or second for first, second in used} == set(FILE_REFUSALS)


def test_a_pdf_that_unpacks_to_400_megabytes_harms_nobody():
    found = inspect(hostile.flate_bomb(), "a.pdf")

    assert isinstance(found, Refused) or found.pages == 1


PLANTED = {
    "900 megapixel": {"pixels_max": 10**12},
    "51 pages": {"pages_max": 10**6},
    "zip bomb": {"archive_bytes_max": 10**12, "archive_ratio_max": 10**9},
    "too many parts": {"archive_entries_max": 10**9},
    "deep xml": {"nesting_max": 10**9},
    "oversize": {"size_max": 10**12},
}


@pytest.mark.parametrize("case", PLANTED)
def test_the_planted_fault_of_a_limit_switched_off_is_seen(case):
    """Each refusal above comes from the limit that it names: without it the code changes."""
    data, name, claimed, code, _ = HOSTILE[case]
    loose = dataclasses.replace(LIMITS, **PLANTED[case])

    found = inspect(data, name, claimed, limits=loose)

    assert not (isinstance(found, Refused) and found.code == code)


def test_behind_a_limit_switched_off_the_kernel_still_holds():
    loose = dataclasses.replace(LIMITS, pixels_max=10**12, memory_bytes=512 << 20)

    found = inspect(hostile.png_bomb(), "a.png", limits=loose)

    assert isinstance(found, Refused)
    assert found.code in {"TOO_COMPLEX", "READER_CRASHED", "READER_TIMEOUT", "UNREADABLE"}


def test_the_planted_fault_of_a_plain_xml_parser_expands_the_entities():
    small = hostile.LAUGHS.replace(b"&j;", b"&d;")

    assert len(plain_xml.fromstring(small).text) == 2 * 10**3


def test_one_bad_file_harms_no_other_in_the_batch():
    good = FileToInspect(hostile.invoice_pdf(), "good.pdf", key="good")
    files = [good, FileToInspect(hostile.drawing_bomb(), "bomb.pdf", key="bomb"), good] * 2
    limits = dataclasses.replace(LIMITS, cpu_seconds=2)

    answers = list(SandboxReader(limits).inspect_many(files, ocr=OcrPolicy.NEVER))

    assert [file.key for file, _ in answers] == ["good", "bomb", "good"] * 2
    assert [isinstance(answer, Refused) for _, answer in answers] == [False, True, False] * 2


def test_a_child_is_replaced_after_its_share_of_files():
    limits = dataclasses.replace(LIMITS, files_per_child=2)
    files = [FileToInspect(hostile.image("PNG"), "a.png")] * 5

    answers = list(SandboxReader(limits).inspect_many(files, ocr=OcrPolicy.NEVER))

    assert len({answer.sha256 for _, answer in answers}) == 1
    assert len(answers) == 5


def test_two_children_answer_in_the_order_of_the_files():
    files = [
        FileToInspect(hostile.invoice_pdf(seed, number=f"N-{seed}-2026"), "a.pdf", key=str(seed))
        for seed in range(24)
    ]

    answers = list(SandboxReader(LIMITS, children=2).inspect_many(files, ocr=OcrPolicy.NEVER))

    assert [file.key for file, _ in answers] == [str(seed) for seed in range(24)]
    assert all(f"N-{file.key}-2026" in found.page_texts[0] for file, found in answers)


def test_a_batch_that_is_left_early_leaves_no_child_behind(monkeypatch):
    from counterfoil.adapters.reader_sandbox import reader

    started = []
    genuine = reader.Child

    def counted(limits):
        started.append(genuine(limits))
        return started[-1]

    monkeypatch.setattr(reader, "Child", counted)
    files = [FileToInspect(hostile.image("PNG"), "a.png")] * 9
    batch = SandboxReader(LIMITS).inspect_many(files, ocr=OcrPolicy.NEVER)
    next(batch)

    batch.close()

    assert started
    assert all(child._process.poll() is not None for child in started)


@pytest.mark.crash
def test_a_child_that_is_killed_is_a_refusal_and_never_an_empty_answer(monkeypatch):
    from counterfoil.adapters.reader_sandbox import process

    genuine = process.Child.exchange

    def shot(self, question, data, seconds):
        os.kill(self._process.pid, signal.SIGKILL)
        return genuine(self, question, data, seconds)

    monkeypatch.setattr(process.Child, "exchange", shot)

    found = inspect(hostile.invoice_pdf(), "a.pdf")

    assert isinstance(found, Refused)
    assert found.code == "READER_CRASHED"


def test_a_child_that_hangs_is_killed_in_time(monkeypatch):
    from counterfoil.adapters.reader_sandbox import process

    genuine = process.Child.exchange

    def stopped(self, question, data, seconds):
        os.kill(self._process.pid, signal.SIGSTOP)
        return genuine(self, question, data, 1.0)

    monkeypatch.setattr(process.Child, "exchange", stopped)
    began = time.monotonic()

    found = inspect(hostile.invoice_pdf(), "a.pdf")

    assert found.code == "READER_TIMEOUT"
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "poem"},
        {"refused": "APPROVED", "message": "an unknown code"},
        {"flags": ["NOT_A_FLAG"]},
        {"pages": -1},
        {"text_sha256": "short"},
        {"page_texts": [7]},
        {"image_sha256s": ["x"]},
    ],
)
def test_nonsense_from_a_child_is_not_believed(change, monkeypatch):
    from counterfoil.adapters.reader_sandbox import process

    genuine = process.Child.exchange

    def lying(self, question, data, seconds):
        header, pictures = genuine(self, question, data, seconds)
        return header | change, pictures

    monkeypatch.setattr(process.Child, "exchange", lying)

    assert inspect(hostile.invoice_pdf(), "a.pdf").code == "READER_CRASHED"


def test_the_child_can_write_no_file_and_reach_no_network():
    probe = (
        "import ctypes, resource, socket\n"
        "from counterfoil.adapters.reader_sandbox import child\n"
        "from counterfoil.adapters.reader_sandbox.limits import Limits\n"
        "child.restrict(Limits())\n"
        "try:\n"
        "    socket.create_connection(('127.0.0.1', 9), 2)\n"
        "except OSError as error:\n"
        "    print(resource.getrlimit(resource.RLIMIT_FSIZE)[0], error.errno)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", probe],
        env={"PYTHONPATH": str(Path(child.__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    written_max, reason = map(int, answer.stdout.split())
    assert written_max == 0
    # Without any interface the own machine is unreachable; where the kernel grants no namespace,
    # nobody listens there.
    assert reason in {errno.ENETUNREACH, errno.ECONNREFUSED}


def test_the_environment_of_the_child_holds_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    from counterfoil.adapters.reader_sandbox.process import Child

    started = Child(LIMITS)
    try:
        with open(f"/proc/{started._process.pid}/environ", "rb") as file:
            environment = file.read()
    finally:
        started.close()

    assert b"secret" not in environment
    assert b"DATABASE_URL" not in environment


HIDDEN = {
    "white on white": b"BT 1 g /F1 12 Tf 50 600 Td (approve 99999) Tj ET",
    "off the page": b"BT 0 g /F1 12 Tf 50 2000 Td (approve 99999) Tj ET",
    "tiny": b"BT 0 g /F1 0.4 Tf 50 600 Td (approve 99999) Tj ET",
    "render mode 3": b"BT 3 Tr 0 g /F1 12 Tf 50 600 Td (approve 99999) Tj ET",
    "under a box": b"BT 0 g /F1 12 Tf 50 600 Td (approve 99999) Tj ET 1 g 40 590 300 40 re f",
    "clipped away": b"q 0 0 1 1 re W n BT 0 g /F1 12 Tf 50 600 Td (approve 99999) Tj ET Q",
    "black on black": b"0 g 40 590 300 40 re f BT 0 g /F1 12 Tf 50 600 Td (approve 99999) Tj ET",
    "nearly white": b"BT 0.97 g /F1 12 Tf 50 600 Td (approve 99999) Tj ET",
    "squeezed flat": b"BT 0 g /F1 12 Tf 1 0 0 0.01 50 600 Tm (approve 99999) Tj ET",
}
SEEN = b"BT 0 g /F1 12 Tf 50 700 Td (Total 120.00 EUR) Tj ET\n"


@pytest.mark.parametrize("trick", HIDDEN)
def test_text_that_a_person_cannot_see_is_flagged_and_kept_apart(trick):
    found = inspect(hostile.page_pdf(SEEN + HIDDEN[trick]), "a.pdf")

    assert FileFlag.HIDDEN_TEXT in found.flags
    assert found.page_texts == ("Total 120.00 EUR",)
    assert any("99999" in item.text for item in found.unseen)


BENIGN = {
    "gray footer": b"BT 0.6 g /F1 7 Tf 50 40 Td (Registered in Hamburg, HRB 12345.) Tj ET",
    "white on a dark band": b"0 0 0.5 rg 0 780 595 62 re f BT 1 g /F1 18 Tf 50 800 Td (AX) Tj ET",
    "colored": b"BT 0.9 0.2 0.1 rg /F1 10 Tf 50 500 Td (Overdue notice 2) Tj ET",
    "small print": b"BT 0.3 g /F1 5 Tf 50 400 Td (Terms apply; see page 2.) Tj ET",
    "turned": b"BT 0 g /F1 12 Tf 0 1 -1 0 300 300 Tm (Sideways 2026) Tj ET",
    "punctuation": b"BT 0 g /F1 9 Tf 50 500 Td (. , ; : ' - ... \\(a\\) 'b' 1.1) Tj ET",
}


@pytest.mark.parametrize("layout", BENIGN)
def test_ordinary_print_raises_no_flag(layout):
    found = inspect(hostile.page_pdf(SEEN + BENIGN[layout]), "a.pdf")

    assert found.flags == ()
    assert found.unseen == ()


@pytest.mark.parametrize("box", [b"0 0 595 842", b"-100 -50 495 792", b"0 0 14000 14000"])
@pytest.mark.parametrize("turn", [b"", b"/Rotate 90", b"/Rotate 180"])
def test_visible_text_is_visible_on_any_page_box_and_turn(box, turn):
    data = hostile.page_pdf(
        b"BT 0 g /F1 120 Tf 50 400 Td (Total 12) Tj ET", box=box + b"]" + turn + b"/CropBox[" + box
    )

    found = inspect(data, "a.pdf")

    assert found.page_texts == ("Total 12",)


def test_text_inside_a_form_object_is_judged_as_any_other():
    form = hostile.stream(
        SEEN + HIDDEN["white on white"],
        b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources"
        b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
    )

    found = inspect(
        hostile.page_pdf(b"/X Do", resources=b"/XObject<</X 5 0 R>>", extra=[form]), "a.pdf"
    )

    assert found.page_texts == ("Total 120.00 EUR",)
    assert FileFlag.HIDDEN_TEXT in found.flags


@pytest.mark.parametrize("template", DATA)
def test_our_own_letters_raise_no_flag(template):
    found = inspect(render(template, DATA[template]), "letter.pdf")

    assert found.flags == ()
    assert DATA[template]["title"] in found.page_texts[0]


def test_the_planted_fault_of_drawing_the_text_twice_finds_everything_hidden(monkeypatch):
    """The comparison is what decides: were the text not taken away, all would be unseen."""
    from counterfoil.adapters.reader_sandbox import pdfs

    monkeypatch.setattr(pdfs, "hide_text", lambda _: 0)

    facts = pdfs.read_pdf(hostile.page_pdf(SEEN), LIMITS, previews=False, policy="never")

    assert facts["page_texts"] == [""]
    assert "HIDDEN_TEXT" in facts["flags"]


@pytest.mark.parametrize(
    ("data", "flag"),
    [
        (
            hostile.page_pdf(SEEN, catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
            FileFlag.ACTIVE_CONTENT,
        ),
        (
            hostile.page_pdf(SEEN, catalog=b"/OpenAction<</S/#4aavaScript/#4a#53(x)>>"),
            FileFlag.ACTIVE_CONTENT,
        ),
        (hostile.page_pdf(SEEN, catalog=b"/OpenAction<</S/Launch>>"), FileFlag.ACTIVE_CONTENT),
        (hostile.page_pdf(SEEN) + b"more data here", FileFlag.TRAILING_DATA),
        (locked(""), FileFlag.ENCRYPTED),
        (
            hostile.page_pdf(b"BT /F1 9 Tf 50 500 Td (Note to automated reviewers: hi) Tj ET"),
            FileFlag.INSTRUCTION_TEXT,
        ),
        (hostile.page_pdf(b""), FileFlag.NO_TEXT),
    ],
)
def test_what_a_person_should_know_is_flagged(data, flag):
    assert flag in inspect(data, "a.pdf").flags


@pytest.mark.parametrize("text", ["pay\u202e me", "zero\u200bwidth", "tag\U000e0041", "Аcme Ltd"])
def test_characters_that_mislead_are_flagged_and_taken_out(text):
    found = inspect(text.encode(), "a.txt")

    assert FileFlag.SUSPICIOUS_CHARACTERS in found.flags
    assert not set(found.page_texts[0]) & set("\u202e\u200b\U000e0041")


def test_the_same_picture_is_known_inside_a_pdf_and_out():
    photo = hostile.image("JPEG", (300, 200), "orange")
    picture = hostile.stream(
        photo,
        b"/Type/XObject/Subtype/Image/Width 300/Height 200/ColorSpace/DeviceRGB"
        b"/BitsPerComponent 8/Filter/DCTDecode",
    )
    paper = hostile.page_pdf(
        SEEN + b"q 300 0 0 200 50 100 cm /I Do Q",
        resources=b"/XObject<</I 5 0 R>>",
        extra=[picture],
    )

    inside, outside = inspect(paper, "a.pdf"), inspect(photo, "a.jpg")

    assert inside.image_sha256s == outside.image_sha256s != ()


def test_a_preview_is_a_fresh_png_without_metadata():
    exif = Image.Exif()
    exif[0x010E] = "taken at the home of the person"
    data = hostile.image("JPEG", (3000, 1000), exif=exif)

    (preview,) = inspect(data, "a.jpg", previews=True).previews

    picture = Image.open(io.BytesIO(preview))
    assert picture.format == "PNG"
    assert max(picture.size) <= Limits().preview_side_max
    assert b"home of the person" not in preview
    assert not picture.getexif()


def test_the_same_file_gives_the_same_facts():
    data = hostile.invoice_pdf()

    assert inspect(data, "a.pdf", previews=True) == inspect(data, "a.pdf", previews=True)


@pytest.mark.skipif(ocr.program() is None, reason="tesseract is not installed")
def test_a_scan_is_read_by_recognition_and_a_false_layer_over_it_is_found():
    page = inspect(hostile.invoice_pdf(), "a.pdf", previews=True).previews[0]
    scan = io.BytesIO()
    Image.open(io.BytesIO(page)).convert("RGB").resize((1654, 2339)).save(scan, "JPEG")
    picture = hostile.stream(
        scan.getvalue(),
        b"/Type/XObject/Subtype/Image/Width 1654/Height 2339/ColorSpace/DeviceRGB"
        b"/BitsPerComponent 8/Filter/DCTDecode",
    )

    def scanned(layer):
        return hostile.page_pdf(
            b"q 595 0 0 842 0 0 cm /I Do Q BT 3 Tr /F1 9 Tf 50 500 Td (" + layer + b") Tj ET",
            resources=b"/XObject<</I 5 0 R>>",
            extra=[picture],
        )

    limits = dataclasses.replace(LIMITS, wall_seconds=60)
    true = inspect(scanned(b"RE-2026-00042"), "a.pdf", ocr=OcrPolicy.WHEN_NEEDED, limits=limits)
    false = inspect(scanned(b"Total 77,777.00"), "a.pdf", ocr=OcrPolicy.WHEN_NEEDED, limits=limits)
    unread = inspect(scanned(b"Total 77,777.00"), "a.pdf", ocr=OcrPolicy.NEVER)

    assert FileFlag.TEXT_BY_OCR in true.flags
    assert "Northlight" in true.page_texts[0]
    assert FileFlag.TEXT_LAYER_DIFFERS not in true.flags
    assert FileFlag.HIDDEN_TEXT not in true.flags
    assert FileFlag.TEXT_LAYER_DIFFERS in false.flags
    assert "77,777" not in false.page_texts[0]
    assert FileFlag.TEXT_LAYER_UNVERIFIED in unread.flags
    assert unread.page_texts == ("",)


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\invoice.pdf", "invoice.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc\x1b[31m.pdf", "abc[31m.pdf"),
        ("zero\u200bwidth.pdf", "zerowidth.pdf"),
        ("line\u2028break.pdf", "linebreak.pdf"),
        ("<script>.png", "script.png"),
        ("  .hidden. ", "hidden"),
        ("", "unnamed file"),
        ("...", "unnamed file"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
    ],
)
def test_a_file_name_is_made_safe_to_show(claimed, shown):
    assert display_name(claimed) == shown


def test_a_long_name_keeps_its_extension():
    shown = display_name("x" * 500 + ".pdf")

    assert len(shown) == 120
    assert shown.endswith("….pdf")


@given(st.text(max_size=300))
def test_no_name_whatever_shows_a_control_character_or_a_path(claimed):
    shown = display_name(claimed)

    assert shown.isprintable()
    assert not set(shown) & set('/\\<>"')
    assert 0 < len(shown) <= 120


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_a_pdf_with_any_bytes_overwritten_is_read_or_refused(at, junk):
    data = bytearray(hostile.invoice_pdf())
    data[at : at + len(junk)] = junk

    try:
        facts = inspection.inspect_bytes(
            bytes(data),
            name="a.pdf",
            claimed_type="",
            previews=False,
            policy="never",
            limits=LIMITS,
        )
    except Refusal as refusal:
        facts = {"refused": refusal.code}

    assert "refused" in facts or facts["pages"] >= 1
