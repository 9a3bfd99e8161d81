"""Foreign keys look down or sideways within a room, and leave no trace on the other side."""

import pytest
from django.apps import apps
from django.db import models

from tests.house.source import ROOM_FLOOR


def breaches(found: list[type[models.Model]]) -> list[str]:
    out = []
    for model in found:
        room = model._meta.app_label
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey | models.ManyToManyField):
                continue
            target = field.related_model._meta.app_label
            name = f"{room}.{model.__name__}.{field.name}"
            if target not in ROOM_FLOOR:
                out.append(f"{name} points out of the house, to {target}")
            elif room == "audit":
                out.append(f"{name}: no foreign key leaves or stays in audit")
            elif room != target and ROOM_FLOOR[target] >= ROOM_FLOOR[room]:
                out.append(f"{name} points up or sideways, to {target}")
            if field.remote_field.related_name != "+":
                out.append(f'{name} lacks related_name="+"')
            if field.many_to_one and field.remote_field.on_delete is not models.PROTECT:
                out.append(f"{name} is not PROTECT")
    return out


def rooms_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in ROOM_FLOOR]


def test_every_foreign_key_looks_down():
    assert breaches(rooms_models()) == []


def test_a_planted_upward_key_is_caught():
    from counterfoil.apps.submissions.models import Submission

    class Planted(models.Model):
        submission = models.ForeignKey(Submission, on_delete=models.CASCADE)

        class Meta:
            app_label = "partners"
            managed = False

    try:
        found = breaches([Planted])
        assert any("points up" in row for row in found)
        assert any('related_name="+"' in row for row in found)
        assert any("not PROTECT" in row for row in found)
    finally:
        apps.all_models["partners"].pop("planted")
        apps.clear_cache()


@pytest.mark.parametrize("room", sorted(ROOM_FLOOR))
def test_every_room_is_installed(room):
    assert apps.is_installed(f"counterfoil.apps.{room}")
