"""Optical character recognition by tesseract, where the machine has it."""

import functools
import io
import re
import shutil
import subprocess

from PIL import Image

from counterfoil.adapters.reader_sandbox.limits import Limits

_SECONDS_PER_PAGE = 20
_NUMBER = re.compile(r"\d[\d.,'’ /-]*\d|\d{3,}")


@functools.cache
def program() -> str | None:
    """Return the path of tesseract, or None where it is not installed."""
    return shutil.which("tesseract")


@functools.cache
def version() -> str:
    """Return "tesseract 5.3.0", or "no OCR"."""
    found = program()
    if found is None:
        return "no OCR"
    answer = subprocess.run([found, "--version"], capture_output=True, timeout=20, check=False)  # noqa: S603 - a fixed program, no shell
    first = (answer.stdout or answer.stderr).decode("utf-8", "replace").splitlines()
    return first[0][:40] if first else "tesseract"


def text_of(picture: Image.Image, limits: Limits) -> str | None:
    """Return the text seen in a picture, or None when recognition failed or is missing.

    Page segmentation 6 (one block) and a cap on the longest side are what was measured best for
    receipts at bearable cost (reference/screening.md, section 1).
    """
    found = program()
    if found is None:
        return None
    grey = picture.convert("L")
    grey.thumbnail((limits.ocr_side_max, limits.ocr_side_max))
    out = io.BytesIO()
    grey.save(out, "PNG", compress_level=1)
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments, no shell
            [found, "stdin", "stdout", "--psm", "6"],
            input=out.getvalue(),
            capture_output=True,
            timeout=_SECONDS_PER_PAGE,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    if answer.returncode != 0:
        return None
    return answer.stdout.decode("utf-8", "replace").replace("\f", "").strip()


def numbers_in(text: str) -> set[str]:
    """Return the numbers of a text as bare digits: what decides money, dates and accounts."""
    digits = (re.sub(r"\D", "", match[0]) for match in _NUMBER.finditer(text))
    return {number for number in digits if len(number) >= 3}


def unseen_numbers(layer: str, seen: str) -> set[str]:
    """Return the numbers of a text layer that the page does not show.

    The digits of the page are joined per line as well, because recognition splits numbers.
    """
    lines = {re.sub(r"\D", "", line) for line in seen.splitlines()}
    shown = numbers_in(seen)
    return {
        number
        for number in numbers_in(layer)
        if number not in shown and not any(number in line for line in lines)
    }
