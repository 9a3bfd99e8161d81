"""The refusals of the ledger."""

from counterfoil.core.accounts import AccountKey
from counterfoil.core.money import Money


class LedgerError(ValueError):
    """A refusal of the ledger; the message is for the person who asked."""


class IdempotencyConflict(LedgerError):
    """The key was used before, for another payload."""

    def __init__(self, idem_key: str, entry_id: str) -> None:
        super().__init__(
            f"The key {idem_key!r} belongs to entry {entry_id} already, which says something else."
        )
        self.idem_key, self.entry_id = idem_key, entry_id


class OverBudget(LedgerError):
    """An account that may not go negative would; nothing was posted."""

    def __init__(self, account: AccountKey, *, available: Money, needed: Money) -> None:
        super().__init__(
            f"{account.code} holds {available}; {needed} is needed, "
            f"{Money(needed.minor - available.minor, needed.currency)} more than there is."
        )
        self.account, self.available, self.needed = account, available, needed


class AlreadyReversed(LedgerError):
    """The entry was reversed before; an entry is reversed at most once."""

    def __init__(self, entry_id: str, reversal_id: str) -> None:
        super().__init__(f"Entry {entry_id} was reversed already, by {reversal_id}.")
        self.entry_id, self.reversal_id = entry_id, reversal_id


class UnknownEntry(LedgerError):
    """There is no such entry (for the one who asks)."""


class UnknownPartner(LedgerError):
    """A draft names a partner that does not exist."""


class PeriodClosed(LedgerError):
    """The day belongs to a closed accounting period."""


class PeriodOverlaps(LedgerError):
    """The days of a new period belong to another one already, or are in the wrong order."""


class MonthNotOver(LedgerError):
    """The month can't be closed yet, or is not in order."""


class UnknownPeriod(LedgerError):
    """There is no such accounting period."""


class PortalMayNotPost(LedgerError):
    """A partner's session asked to post; only the vendor's people and the worker post."""
