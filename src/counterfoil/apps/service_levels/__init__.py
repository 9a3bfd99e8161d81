"""Calendars, clocks and what is due. The arithmetic is core's."""
