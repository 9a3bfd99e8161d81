"""Pictures of activities that never took place: rooms, web pages, invitations, banners."""

import functools
import io
import random
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageDraw, ImageFont

_PALETTES = (
    ((214, 224, 233), (58, 84, 112), (231, 111, 81)),
    ((233, 226, 208), (74, 78, 105), (42, 157, 143)),
    ((222, 230, 214), (53, 79, 82), (244, 162, 97)),
    ((235, 219, 219), (69, 50, 73), (90, 130, 180)),
)


class ProofKind(StrEnum):
    """What a proof shows."""

    EVENT_PHOTO = "event_photo"
    SCREENSHOT = "screenshot"
    INVITATION = "invitation"
    BANNER = "banner"


@dataclass(frozen=True, slots=True)
class ProofSpec:
    """One picture: its kind, the words on it, and whether the vendor's logo is there.

    `image_format` is "JPEG" or "PNG"; `size` is in pixels.
    """

    seed: int
    kind: ProofKind
    title: str
    caption: str = ""
    vendor: str = "Vendor"
    has_logo: bool = True
    image_format: str = "JPEG"
    size: tuple[int, int] = (800, 600)


def make_proof_image(spec: ProofSpec) -> bytes:
    """Return the picture's bytes; equal specifications give equal bytes."""
    choice = random.Random(f"picture:{spec.seed}:{spec.kind}")  # noqa: S311 - a demo drawing
    picture = Image.new("RGB", spec.size, choice.choice(_PALETTES)[0])
    draw = ImageDraw.Draw(picture)
    palette = choice.choice(_PALETTES)
    painter = {
        ProofKind.EVENT_PHOTO: _event,
        ProofKind.SCREENSHOT: _screenshot,
        ProofKind.INVITATION: _invitation,
        ProofKind.BANNER: _banner,
    }[spec.kind]
    painter(draw, spec, palette, choice)
    if spec.kind is ProofKind.EVENT_PHOTO:
        picture = _grained(picture, choice)
    out = io.BytesIO()
    if spec.image_format == "PNG":
        picture.save(out, "PNG", compress_level=2)
    else:
        picture.save(out, "JPEG", quality=80)
    return out.getvalue()


Palette = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the typeface that comes with Pillow."""
    return ImageFont.load_default(size)


def _logo(draw: ImageDraw.ImageDraw, spec: ProofSpec, x: int, y: int) -> None:
    """Draw the vendor's mark: a ring, a bar and the name."""
    if not spec.has_logo:
        return
    draw.ellipse((x, y, x + 34, y + 34), outline=(20, 90, 120), width=7)
    draw.rectangle((x + 15, y - 4, x + 19, y + 38), fill=(20, 90, 120))
    draw.text((x + 44, y + 4), spec.vendor, fill=(20, 60, 90), font=_font(24))


def _event(
    draw: ImageDraw.ImageDraw, spec: ProofSpec, palette: Palette, choice: random.Random
) -> None:
    """Draw a room with a stage, a screen and rows of heads."""
    width, height = spec.size
    draw.rectangle((0, int(height * 0.62), width, height), fill=palette[1])
    left, top, right = int(width * 0.18), int(height * 0.1), int(width * 0.82)
    draw.rectangle(
        (left, top, right, int(height * 0.5)), fill=(246, 246, 242), outline=(60, 60, 60)
    )
    draw.text((left + 24, top + 60), spec.title[:44], fill=(30, 30, 30), font=_font(26))
    draw.text((left + 24, top + 104), spec.caption[:56], fill=(80, 80, 80), font=_font(18))
    _logo(draw, spec, left + 24, top + 14)
    for row in range(3):
        y = int(height * (0.68 + 0.1 * row))
        radius = 14 + 5 * row
        for x in range(choice.randrange(20, 60), width, 62 + 8 * row):
            if choice.random() < 0.82:
                shade = choice.randrange(40, 200)
                at = x + choice.randrange(-8, 9)
                draw.ellipse(
                    (at - radius, y - radius, at + radius, y + radius),
                    fill=(shade, shade * 3 // 4, shade // 2),
                )
                draw.rectangle(
                    (at - radius - 6, y + radius, at + radius + 6, y + 3 * radius), fill=palette[2]
                )


def _screenshot(
    draw: ImageDraw.ImageDraw, spec: ProofSpec, palette: Palette, choice: random.Random
) -> None:
    """Draw a browser window with a landing page."""
    width, height = spec.size
    draw.rectangle((0, 0, width, 44), fill=(222, 225, 230))
    for place, color in enumerate(((237, 106, 94), (245, 191, 79), (98, 197, 84))):
        draw.ellipse((14 + 22 * place, 15, 28 + 22 * place, 29), fill=color)
    address = f"https://partner-{choice.randrange(1000, 9999)}.example/campaign"
    draw.rectangle((100, 9, width - 20, 35), fill=(255, 255, 255))
    draw.text((110, 13), address, fill=(70, 70, 70), font=_font(15))
    draw.rectangle((0, 44, width, int(height * 0.5)), fill=palette[1])
    draw.text((40, 150), spec.title[:44], fill=(255, 255, 255), font=_font(32))
    draw.text((40, 205), spec.caption[:64], fill=(235, 235, 235), font=_font(18))
    draw.rectangle((40, 245, 210, 280), fill=palette[2])
    draw.rectangle((0, int(height * 0.5), width, height), fill=(255, 255, 255))
    _logo(draw, spec, 40, int(height * 0.55))
    for row in range(5):
        y = int(height * 0.66) + 30 * row
        draw.rectangle((40, y, choice.randrange(300, width - 40), y + 10), fill=(214, 214, 214))


def _invitation(
    draw: ImageDraw.ImageDraw, spec: ProofSpec, palette: Palette, choice: random.Random
) -> None:
    """Draw a card with a frame."""
    width, height = spec.size
    draw.rectangle((0, 0, width, height), fill=(252, 250, 244))
    inset = choice.randrange(18, 34)
    draw.rectangle((inset, inset, width - inset, height - inset), outline=palette[2], width=6)
    draw.text((90, 120), "You are invited", fill=palette[1], font=_font(34))
    draw.text((90, 190), spec.title[:48], fill=(40, 40, 40), font=_font(26))
    draw.text((90, 240), spec.caption[:64], fill=(80, 80, 80), font=_font(20))
    _logo(draw, spec, 90, height - 130)


def _banner(
    draw: ImageDraw.ImageDraw, spec: ProofSpec, palette: Palette, choice: random.Random
) -> None:
    """Draw an advertisement with slanted bands."""
    width, height = spec.size
    draw.rectangle((0, 0, width, height), fill=palette[0])
    slant = choice.randrange(120, 320)
    draw.polygon(
        ((width - slant, 0), (width, 0), (width, height), (width - 2 * slant, height)),
        fill=palette[2],
    )
    draw.text((50, height // 3), spec.title[:36], fill=palette[1], font=_font(40))
    draw.text((50, height // 3 + 64), spec.caption[:60], fill=(60, 60, 60), font=_font(20))
    _logo(draw, spec, 50, 40)


def _grained(picture: Image.Image, choice: random.Random) -> Image.Image:
    """Return the picture with light and grain, so that no two photos are equal."""
    small = (picture.width // 16, picture.height // 16)
    grain = Image.frombytes("L", small, choice.randbytes(small[0] * small[1]))
    wide = grain.resize(picture.size, Image.Resampling.BILINEAR).convert("RGB")
    return Image.blend(picture, wide, 0.1)
