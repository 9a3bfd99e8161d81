"""Who is paid is entered by one person and checked by another."""

import pytest
from django.db import IntegrityError, transaction

from counterfoil.apps.audit.models import Event
from counterfoil.apps.payouts.errors import BadPayee, SamePerson, UnknownPayee
from counterfoil.apps.payouts.models import Payee
from counterfoil.apps.payouts.selectors import get_payee, list_payees, payees_of
from counterfoil.apps.payouts.services import check_payee, enter_payee, hold_payee
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.core.money import UnknownCurrency
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.money_stock import AT, CHECKER, OPS, make_partner

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def partner():
    with acting_as(staff()):
        yield make_partner()


def _enter(partner, *, by=OPS, name="Alpine GmbH", number="V1", currency="EUR"):
    return enter_payee(
        partner_id=partner.pk, legal_name=name, erp_vendor_number=number, currency=currency,
        by=by, at=AT,
    )  # fmt: skip


def test_a_payee_waits_until_a_second_person_checked_it(partner):
    payee = _enter(partner)
    assert payee.status == "pending"

    checked = check_payee(payee_id=payee.public_id, by=CHECKER, at=AT)

    assert (checked.status, checked.checked_by, checked.checked_at) == ("ready", CHECKER.id, AT)
    assert get_payee(payee.public_id) == checked


def test_nobody_checks_what_they_entered(partner):
    both = Actor("usr_b", "B", (Grant("operations"), Grant("finance_checker")), user_pk=9)
    payee = _enter(partner, by=both)

    with pytest.raises(SamePerson):
        check_payee(payee_id=payee.public_id, by=both, at=AT)
    with pytest.raises(IntegrityError, match="payee_second_person"), transaction.atomic():
        Payee.objects.filter(public_id=payee.public_id).update(status="ready", checked_by=both.id)


def test_the_same_data_again_change_nothing(partner):
    payee = check_payee(payee_id=_enter(partner).public_id, by=CHECKER, at=AT)

    assert _enter(partner) == payee


def test_other_data_make_a_new_payee_that_waits_and_keep_the_old_one(partner):
    old = check_payee(payee_id=_enter(partner).public_id, by=CHECKER, at=AT)

    new = _enter(partner, number="V2")

    assert (new.status, payees_of(partner_id=partner.pk)) == ("pending", (new,))
    assert get_payee(old.public_id).erp_vendor_number == "V1"
    with pytest.raises(UnknownPayee):
        check_payee(payee_id=old.public_id, by=CHECKER, at=AT)


def test_a_partner_has_a_payee_for_each_currency(partner):
    _enter(partner), _enter(partner, currency="USD")

    assert [row.currency for row in payees_of(partner_id=partner.pk)] == ["EUR", "USD"]
    with pytest.raises(UnknownCurrency):
        _enter(partner, currency="EUX")


def test_a_held_payee_needs_a_check_again(partner):
    payee = check_payee(payee_id=_enter(partner).public_id, by=CHECKER, at=AT)

    held = hold_payee(payee_id=payee.public_id, by=OPS, at=AT, reason="Call back first")
    assert held.status == "on_hold"
    assert list_payees(status="on_hold") == (held,)
    assert check_payee(payee_id=payee.public_id, by=CHECKER, at=AT).status == "ready"
    with pytest.raises(BadPayee, match="reason"):
        hold_payee(payee_id=payee.public_id, by=CHECKER, at=AT, reason=" ")


@pytest.mark.parametrize("text", ["", "   ", "a\nb", "x" * 201, "a\x00b"])
def test_a_name_is_one_line(partner, text):
    with pytest.raises(BadPayee, match="legal name"):
        _enter(partner, name=text)


def test_only_those_who_may_enter_check_and_hold(partner):
    auditor = Actor("usr_a", "Ada", (Grant("auditor"),), user_pk=5)
    payee = _enter(partner)

    for act in (
        lambda: _enter(partner, by=auditor),
        lambda: check_payee(payee_id=payee.public_id, by=OPS, at=AT),
        lambda: hold_payee(payee_id=payee.public_id, by=auditor, at=AT, reason="x"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_audit_log_names_no_person_in_the_clear(partner):
    _enter(partner, name="Jane Roe e.K.")

    [canonical] = Event.objects.filter(object_type="payee").values_list("canonical", flat=True)
    assert "Jane" not in canonical
    assert '"erp_vendor_number":"V1"' in canonical


def test_a_partner_sees_its_own_payees_and_enters_none():
    with acting_as(staff()):
        mine, other = make_partner("Mine"), make_partner("Other")
        _enter(mine), _enter(other)
    with acting_as(portal(mine.pk)):
        assert len(payees_of(partner_id=mine.pk)) == 1
        assert payees_of(partner_id=other.pk) == ()
