"""Refusals of service_levels."""


class ServiceLevelRefused(Exception):
    """A clock or calendar can't be what was asked; the message says why."""


class UnknownCalendar(ServiceLevelRefused):
    """No calendar of this code is stored; seed it first."""


class UnknownClock(ServiceLevelRefused):
    """The subject has no clock on this side."""


class BadPolicy(ServiceLevelRefused):
    """The policy lacks a target, or names one that nobody understands."""
