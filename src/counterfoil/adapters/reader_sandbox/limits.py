"""How much a file may ask of the reader. Every limit has one place: here."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reader grants one file: bytes, pages, pixels, seconds and memory.

    The first group is checked by rule and gives a precise refusal; the second is enforced on the
    child process by the operating system and catches whatever the rules did not foresee.
    """

    size_max: int = 20 * MIB
    pages_max: int = 50
    pixels_max: int = 40_000_000
    archive_bytes_max: int = 200 * MIB
    archive_ratio_max: int = 200
    archive_entries_max: int = 2_000
    nesting_max: int = 100
    page_text_max: int = 50_000
    text_max: int = 500_000
    images_max: int = 60
    preview_pages_max: int = 20
    preview_side_max: int = 1_600
    preview_dpi: int = 100
    ocr_pages_max: int = 5
    ocr_side_max: int = 2_200

    memory_bytes: int = 1024 * MIB
    cpu_seconds: int = 20
    wall_seconds: int = 40
    answer_bytes_max: int = 64 * MIB
    files_per_child: int = 500
