"""What a selector hands out is a frozen dataclass, a plain value or a tuple of them."""

import importlib
import inspect
import pkgutil
import typing

from django.db import models
from django.db.models.query import QuerySet

import counterfoil.apps
from tests.house.source import ROOM_FLOOR


def selector_modules():
    for room in ROOM_FLOOR:
        package = importlib.import_module(f"counterfoil.apps.{room}")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".selectors" in info.name:
                yield importlib.import_module(info.name)


def public_functions(module):
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield name, function


def leaks(hint: object) -> bool:
    """True when a return hint names a model or a QuerySet."""
    if isinstance(hint, type):
        return issubclass(hint, models.Model | QuerySet)
    origin = typing.get_origin(hint)
    if isinstance(origin, type) and issubclass(origin, models.Model | QuerySet):
        return True
    return any(leaks(part) for part in typing.get_args(hint))


def test_no_selector_hands_out_a_model():
    assert counterfoil.apps
    found = []
    for module in selector_modules():
        for name, function in public_functions(module):
            hints = typing.get_type_hints(function)
            if "return" not in hints:
                found.append(f"{module.__name__}.{name} has no return type")
            elif leaks(hints["return"]):
                found.append(f"{module.__name__}.{name} hands out {hints['return']}")
    assert found == []


def test_a_planted_model_is_caught():
    from counterfoil.apps.partners.models import Organization

    assert leaks(tuple[Organization, ...])
    assert leaks(QuerySet[Organization])
    assert not leaks(tuple[str, ...])
