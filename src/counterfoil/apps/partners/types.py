"""What partners hands out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seat:
    """A portal person's place at a partner."""

    partner_id: int
    partner_public_id: str
    partner_name: str
    role: str
