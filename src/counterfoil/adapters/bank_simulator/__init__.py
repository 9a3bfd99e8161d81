"""A bank for tests, demo and tour; it shares no reader or writer with the product."""

from counterfoil.adapters.bank_simulator.bank import (
    Answer,
    Habits,
    MoodyBank,
    SimulatedBank,
    TourBanks,
    Truth,
    demo_bank,
)
from counterfoil.adapters.bank_simulator.orders import NotUnderstood, Order, Sent, read_orders

__all__ = [
    "Answer",
    "Habits",
    "MoodyBank",
    "NotUnderstood",
    "Order",
    "Sent",
    "SimulatedBank",
    "TourBanks",
    "Truth",
    "demo_bank",
    "read_orders",
]
