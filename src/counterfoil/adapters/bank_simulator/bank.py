"""The simulated bank: takes payment files and answers as banks do, with their bad habits.

Whatever looks like chance comes from the seed and the order's own id, so the same files bring the
same answers, however often and in whatever order they are asked for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from counterfoil.adapters.bank_simulator.letters import (
    Booking,
    Part,
    statement_letter,
    status_letter,
)
from counterfoil.adapters.bank_simulator.orders import Order, Sent, read_orders

REJECTS = (("AC04", "Account closed"), ("AC01", "Account number is wrong"))
RETURNS = (("AC06", "Account blocked"), ("MD07", "End customer deceased"))


@dataclass(frozen=True, slots=True)
class Habits:
    """What this bank does; shares are per thousand of the orders.

    `status` is once, twice or never; `books` is single, batch (with its payments named) or total
    (one sum and a count). `repeats` debits one order a second time, `strays` books a line that is
    not ours, `fee_cents` is charged for each statement with debits.
    """

    rejects: int = 0
    returns: int = 0
    status: str = "once"
    books: str = "single"
    fee_cents: int = 0
    extra_cents: int = 0
    repeats: bool = False
    strays: bool = False
    days_to_book: int = 0
    days_to_return: int = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """A file from the bank: what it is, its name, the day it comes, its bytes."""

    kind: str
    name: str
    on: date
    content: bytes


@dataclass(frozen=True, slots=True)
class Truth:
    """What really became of the orders, by end-to-end id; the tests compare with it."""

    rejected: frozenset[str]
    debited: frozenset[str]
    returned: frozenset[str]
    twice: frozenset[str]
    strays: int
    fees_cents: int


@dataclass(slots=True)
class SimulatedBank:
    """One account at one bank; `cents` is its balance, which every statement carries on."""

    account: str
    currency: str
    seed: int = 0
    habits: Habits = field(default_factory=Habits)
    cents: int = 100_000_000
    number: int = 0

    def take(self, content: bytes, *, on: date) -> tuple[tuple[Answer, ...], Truth]:
        """This will take a payment file that is to be executed on a day, and answer it.

        Answers come in the order of their days: status reports, the statement with the debits, the
        statement with the returns. Raises NotUnderstood.
        """
        sent = read_orders(content)
        rejected = [
            order for order in sent.orders if self._chance(order, "no") < self.habits.rejects
        ]
        good = [order for order in sent.orders if order not in rejected]
        back = [order for order in good if self._chance(order, "back") < self.habits.returns]
        answers = self._statuses(sent, rejected, on)
        answers.append(self._debits(sent, good, on + timedelta(days=self.habits.days_to_book)))
        if back:
            answers.append(self._returns(back, on + timedelta(days=self.habits.days_to_return)))
        twice = good[:1] if self.habits.repeats else []
        truth = Truth(
            rejected=frozenset(order.end_to_end for order in rejected),
            debited=frozenset(order.end_to_end for order in good),
            returned=frozenset(order.end_to_end for order in back),
            twice=frozenset(order.end_to_end for order in twice),
            strays=int(self.habits.strays),
            fees_cents=self.habits.fee_cents + self.habits.extra_cents * len(good),
        )
        return tuple(answers), truth

    def quiet_day(self, *, on: date) -> Answer:
        """This will send a statement of a day without a booking."""
        return self._statement([], on, "")

    def _chance(self, order: Order, what: str) -> int:
        told = f"{self.seed}/{what}/{order.end_to_end}/{order.trace}".encode()
        return int.from_bytes(hashlib.sha256(told).digest()[:4], "big") % 1000

    def _statuses(self, sent: Sent, rejected: Sequence[Order], on: date) -> list[Answer]:
        if self.habits.status == "never" or sent.format == "nacha":
            return []
        reasons = {
            order.end_to_end: REJECTS[self._chance(order, "why") % len(REJECTS)]
            for order in rejected
        }
        letter = status_letter(
            message=f"PSR-{sent.message}", original=sent.message, on=on, reasons=reasons,
            orders=len(sent.orders),
        )  # fmt: skip
        answer = Answer("status", f"pain002-{sent.message}.xml", on, letter)
        return [answer] * (2 if self.habits.status == "twice" else 1)

    def _debits(self, sent: Sent, good: Sequence[Order], on: date) -> Answer:
        extra = self.habits.extra_cents
        bookings: list[Booking] = []
        if good and self.habits.books == "single" and sent.format != "nacha":
            bookings = [
                Booking(
                    -order.cents - extra, f"D{self.number + 1}-{place}",
                    (Part(order.end_to_end, -order.cents - extra, order.payee, order.account),),
                )
                for place, order in enumerate(good, start=1)
            ]  # fmt: skip
        elif good:
            named = self.habits.books == "batch" and sent.format != "nacha"
            parts = tuple(
                Part(order.end_to_end, -order.cents, order.payee, order.account) for order in good
            )
            bookings = [
                Booking(
                    -sum(order.cents for order in good), f"B{self.number + 1}",
                    parts if named else (), message="" if sent.format == "nacha" else sent.message,
                    count=len(good),
                )
            ]  # fmt: skip
        if self.habits.repeats and good:
            first = good[0]
            bookings.append(
                Booking(
                    -first.cents - extra, f"R{self.number + 1}",
                    (Part(first.end_to_end, -first.cents - extra, first.payee, first.account),),
                )
            )  # fmt: skip
        if self.habits.strays:
            bookings.append(
                Booking(
                    -4_321, f"S{self.number + 1}",
                    (Part(f"RENT-{on:%Y%m}", -4_321, "Harbour Offices", ""),),
                )
            )  # fmt: skip
        if self.habits.fee_cents and bookings:
            bookings.append(
                Booking(-self.habits.fee_cents, f"F{self.number + 1}", (), words="Account fee")
            )
        return self._statement(bookings, on, sent.message)

    def _returns(self, back: Sequence[Order], on: date) -> Answer:
        bookings = []
        for place, order in enumerate(back, start=1):
            code, words = RETURNS[self._chance(order, "return") % len(RETURNS)]
            part = Part(order.end_to_end, order.cents, order.payee, "", code, words)
            bookings.append(
                Booking(order.cents, f"Z{self.number + 1}-{place}", (part,), is_reversal=True)
            )
        return self._statement(bookings, on, "")

    def _statement(self, bookings: Sequence[Booking], on: date, about: str) -> Answer:
        self.number += 1
        opening = self.cents
        self.cents += sum(each.cents for each in bookings)
        letter = statement_letter(
            account=self.account, currency=self.currency, number=self.number, on=on,
            opening=opening, closing=self.cents, bookings=bookings,
        )  # fmt: skip
        name = f"camt053-{self.number:05d}{'-' + about if about else ''}.xml"
        return Answer("statement", name, on, letter)


def demo_bank(*, account: str, currency: str) -> SimulatedBank:
    """This will open the bank of the demo and the tour.

    It returns a payment now and then, charges for a statement with debits, and once books a line
    that is not ours.
    """
    habits = Habits(returns=60, fee_cents=350, strays=True)
    return SimulatedBank(account=account, currency=currency, seed=7, habits=habits)


MOODS = (
    Habits(returns=12, fee_cents=350, strays=True),
    Habits(books="batch", status="twice", fee_cents=350),
    Habits(status="never", returns=20),
    Habits(rejects=15, repeats=True, fee_cents=900),
    Habits(books="total", days_to_book=1),
    Habits(rejects=10, returns=10, status="twice", extra_cents=15, strays=True),
)
"""How the bank of the tour is, one file after the other."""


@dataclass(slots=True)
class MoodyBank(SimulatedBank):
    """A bank whose habits change with each file; `is_calm` ends the returns and the strays."""

    files: int = 0
    is_calm: bool = False

    def take(self, content: bytes, *, on: date) -> tuple[tuple[Answer, ...], Truth]:
        """This will take a payment file as SimulatedBank does, in the mood that comes next."""
        self.habits = Habits() if self.is_calm else MOODS[self.files % len(MOODS)]
        self.files += 1
        return SimulatedBank.take(self, content, on=on)


class TourBanks:
    """Opens the banks of the tour."""

    def open(self, *, account: str, currency: str, seed: int) -> MoodyBank:
        """This will open one with an account of the vendor's."""
        return MoodyBank(account=account, currency=currency, seed=seed)
