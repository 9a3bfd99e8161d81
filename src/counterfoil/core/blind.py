"""Blind second reviews: who is drawn, when two verdicts agree, and what stands in between.

The draw is a function of a secret that was fixed, and its digest written to the audit log, before
anybody could know what would be drawn (reference: trust, collusion and rubber stamping). Once the
secret is told, everybody can draw again.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from counterfoil.core.money import Money

ALGORITHM = "counterfoil-draw-1"
"""HMAC-SHA256 of "kind:subject" under the secret; its first 64 bits as a share of 2^64."""
_MILLION = 1_000_000
_ALL = 1 << 64


class DrawKind(StrEnum):
    """What a submission may be drawn for."""

    BLIND = "blind"
    AUTOMATIC = "automatic"


class Verdict(StrEnum):
    """What a reviewer says of the whole."""

    APPROVE = "approve"
    DECLINE = "decline"


class Standing(StrEnum):
    """Where the two reviews of a drawn submission stand."""

    NONE = "none"
    FIRST = "first"
    SECOND = "second"
    AGREED = "agreed"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one reviewer found: an outcome for each criterion (and line), the sum, the verdict.

    `results` are `pass`, `fail`, `unknown` or `not_applicable` by criterion, or by criterion and
    line as `MDF-03@line_1`.
    """

    verdict: Verdict
    results: Mapping[str, str]
    payable: Money | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A criterion that the two judged differently."""

    key: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sheets side by side."""

    same_verdict: bool
    same_sum: bool
    differing: tuple[Difference, ...]

    @property
    def needs_third(self) -> bool:
        """Whether somebody else has to settle it: what follows for the partner would differ."""
        return not (self.same_verdict and self.same_sum)


def commitment(secret: bytes, *, month: str) -> str:
    """Return what is published before anything is drawn: SHA-256 over algorithm, month, secret."""
    return hashlib.sha256(f"{ALGORITHM}:{month}:".encode() + secret).hexdigest()


def draw_number(secret: bytes, *, kind: DrawKind, subject: str) -> int:
    """Return the number of a subject in 0 to 999,999; it is drawn when the share is larger."""
    digest = hmac.new(secret, f"{kind}:{subject}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") * _MILLION // _ALL


def is_drawn(secret: bytes, *, kind: DrawKind, subject: str, share_ppm: int) -> bool:
    """Return whether a subject is drawn; everything is at a share of 1,000,000 ppm."""
    return draw_number(secret, kind=kind, subject=subject) < share_ppm


def compare(first: Sheet, second: Sheet) -> Comparison:
    """Return what two reviewers of the same revision judged differently."""
    keys = sorted({*first.results, *second.results})
    differing = tuple(
        Difference(key, first.results.get(key, ""), second.results.get(key, ""))
        for key in keys
        if first.results.get(key, "") != second.results.get(key, "")
    )
    both_decline = first.verdict is second.verdict is Verdict.DECLINE
    return Comparison(
        same_verdict=first.verdict is second.verdict,
        same_sum=both_decline or first.payable == second.payable,
        differing=differing,
    )


def standing(*, is_drawn: bool, first: Sheet | None, second: Sheet | None) -> Standing:
    """Return where the reviews of a submission stand."""
    if not is_drawn:
        return Standing.NONE
    if first is None:
        return Standing.FIRST
    if second is None:
        return Standing.SECOND
    return Standing.DIFFERS if compare(first, second).needs_third else Standing.AGREED


def stops_automation(*, sampled: int, wrong: int, limit_ppm: int) -> bool:
    """Return whether automatic approvals stop: the sampled error rate is above the limit.

    The rate is the plain one, so that the first error in a small sample stops them: a person
    starts them again, with a reason.
    """
    return wrong * _MILLION > sampled * limit_ppm
