"""What a check finds when it compares a record with what the audit log says of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that is not as it was recorded: which check, on what, and a sentence."""

    check: str
    subject: str
    message: str
