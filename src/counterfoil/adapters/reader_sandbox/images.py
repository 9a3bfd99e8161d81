"""Pictures: limits before decoding, pixels hashed, and a fresh PNG for the page."""

import hashlib
import io
from typing import Any

from PIL import Image, ImageOps

from counterfoil.adapters.reader_sandbox.kinds import JPEG, PNG, Sort
from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.refusals import Refusal, unreadable

# Our own limit is checked before decoding; Pillow's would only warn below twice its figure.
Image.MAX_IMAGE_PIXELS = None


def opened(data: bytes, sort: Sort, limits: Limits) -> Image.Image:
    """Return the decoded picture (first frame). Raises Refusal before too many pixels decode."""
    try:
        picture = Image.open(io.BytesIO(data), formats=(sort.media_type[6:].upper(),))
        expect_few_pixels(*picture.size, limits)
        picture.load()
    except Refusal:
        raise
    except MemoryError:
        raise
    except Exception as error:  # a decoder meets hostile bytes: any failure is "unreadable"
        raise unreadable(sort.words) from error
    return picture


def expect_few_pixels(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture that would fill the memory. Raises Refusal."""
    if width * height > limits.pixels_max or width < 1 or height < 1:
        raise Refusal(
            "TOO_MANY_PIXELS",
            f"This picture is {width} by {height} pixels; at most {limits.pixels_max // 10**6} "
            "million are taken. Scale it down (4000 by 3000 is plenty) and upload that.",
        )


def pixel_hash(picture: Image.Image) -> str:
    """Return the SHA-256 of the decoded pixels: equal pictures are equal however stored."""
    plain = picture.convert("RGB")
    digest = hashlib.sha256(b"%dx%d:" % plain.size)
    digest.update(plain.tobytes())
    return digest.hexdigest()


def png_of(picture: Image.Image, side_max: int) -> bytes:
    """Return the picture as a new PNG of at most `side_max` pixels a side, metadata left out."""
    upright = ImageOps.exif_transpose(picture)
    plain = _on_white(upright)
    plain.thumbnail((side_max, side_max), Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    plain.info.clear()
    plain.save(out, "PNG", compress_level=2)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in RGB, with what is transparent shown on white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return picture.convert("RGB")


def has_trailing_data(data: bytes, sort: Sort) -> bool:
    """Return whether bytes follow the end mark of a PNG or JPEG (W3C PNG 5.6, ITU-T T.81 B.1)."""
    if sort is PNG:
        return not data.endswith(b"IEND\xaeB`\x82")
    if sort is JPEG:
        return not data.rstrip(b"\x00").endswith(b"\xff\xd9")
    return False


def facts_of(picture: Image.Image, data: bytes, sort: Sort) -> dict[str, Any]:
    """Return what is known of a picture without reading its text."""
    return {
        "width": picture.width,
        "height": picture.height,
        "pages": 1,
        "image_sha256s": [pixel_hash(picture)],
        "flags": ["TRAILING_DATA"] if has_trailing_data(data, sort) else [],
    }
