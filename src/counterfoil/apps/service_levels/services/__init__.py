"""Writes of service_levels: calendars as rows, clocks as event logs, rungs that fire once."""

from counterfoil.apps.service_levels.services.calendars import seed_calendars, store_calendar
from counterfoil.apps.service_levels.services.clocks import (
    agree_deadline,
    approve_pause,
    fire_steps,
    record_clock_event,
    start_clock,
)

__all__ = [
    "agree_deadline",
    "approve_pause",
    "fire_steps",
    "record_clock_event",
    "seed_calendars",
    "start_clock",
    "store_calendar",
]
