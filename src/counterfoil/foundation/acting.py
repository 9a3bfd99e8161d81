"""Who the database takes us for: the one place that sets a role or a partner on a transaction.

`acting_as` opens the transaction, sets the PostgreSQL role and the partner for this transaction
only, and resets both on the way out. Nothing else may issue SET ROLE or set_config (a house test
looks). Without it the connection is `cf_app`, which owns no table and may read only what log-in
needs. SET ROLE is no defense against SQL injection; it is the second wall behind scoped selectors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Role = Literal["cf_portal", "cf_staff", "cf_worker"]


class AlreadyActing(RuntimeError):
    """A transaction already acts for somebody; two principals never share one."""


class NotActing(RuntimeError):
    """Something that needs a principal ran outside `acting_as`."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The database role of a transaction and, for the portal, the partner it is confined to."""

    role: Role
    partner_id: int | None = None


def portal(partner_id: int) -> Principal:
    """This will confine the transaction to the rows of one partner (row-level security)."""
    assert partner_id > 0
    return Principal("cf_portal", partner_id)


def staff() -> Principal:
    """This will act for a person of the vendor, who sees every partner's rows."""
    return Principal("cf_staff")


def worker() -> Principal:
    """This will act for background work: screening, outbox, sequencing, imports."""
    return Principal("cf_worker")


_RESET = (
    "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; "
    "SET LOCAL ROLE NONE; SELECT set_config('app.partner_id', '', true)"
)


@contextmanager
def acting_as(principal: Principal) -> Iterator[None]:
    """This will run the block in one transaction as `principal` and reset role and partner after.

    Deferred constraints are checked before the role is given back, so that their triggers run
    with the rights of the principal, also inside the outer transaction of a test.
    Raises AlreadyActing when the connection acts for somebody already.
    """
    connection = transaction.get_connection()
    if getattr(connection, "cf_principal", None) is not None:
        raise AlreadyActing(f"already acting as {connection.cf_principal}")  # type: ignore[attr-defined]  # our own mark on Django's connection
    with transaction.atomic():
        _enter(connection, principal)
        try:
            yield
            if not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute(_RESET)
        finally:
            connection.cf_principal = None  # type: ignore[attr-defined]  # our own mark on Django's connection


def _enter(connection: BaseDatabaseWrapper, principal: Principal) -> None:
    partner = "" if principal.partner_id is None else str(int(principal.partner_id))
    with connection.cursor() as cursor:
        # One round trip; both values are ours (a literal and an integer), never a person's text.
        cursor.execute(
            f"SET LOCAL ROLE {principal.role}; "
            f"SELECT set_config('app.partner_id', '{partner}', true)"
        )
    connection.cf_principal = principal  # type: ignore[attr-defined]  # our own mark on Django's connection


def current_principal() -> Principal:
    """This will tell who the transaction acts for; raises NotActing outside `acting_as`."""
    principal: Principal | None = getattr(transaction.get_connection(), "cf_principal", None)
    if principal is None:
        raise NotActing("open acting_as(portal(partner) | staff() | worker()) first")
    return principal


def discard_work() -> None:
    """This will roll the current `acting_as` block back when it ends, without raising."""
    transaction.set_rollback(True)
