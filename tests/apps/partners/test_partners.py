"""Partners: every change on record with before and after, and none that was not meant."""

from dataclasses import fields
from datetime import date

import pytest
from django.db import ProgrammingError, transaction

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.partners import selectors, services
from counterfoil.apps.partners.errors import (
    AgreementRefused,
    BadValue,
    LastPartnerAdmin,
    MemberAlready,
    PartnerRefused,
    SourceKeyTaken,
    StatusRefused,
    UnknownContact,
    UnknownField,
    UnknownPartner,
)
from counterfoil.apps.partners.models import Contact, Organization
from counterfoil.apps.partners.services.organizations import STATUS_MOVES
from counterfoil.apps.partners.types import STANDINGS, PartnerData
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.people_stock import AT, SYSTEM, organization, partner_person, staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def update(partner_id: str, **changes: object):
    return services.update_organization(
        partner_id=partner_id, changes=changes, by=SYSTEM, at=AT, reason="asked by phone"
    )


def last_event(saved):
    return events_of(object_type="partner", object_id=saved.id, limit=1)[0]


def test_a_change_is_recorded_field_by_field_with_before_and_after():
    with acting_as(staff()):
        saved = organization(city="Bonn", tags=("gold",))

        assert update(saved.id, city="Köln", tags=("gold", "cloud")).outcome == "changed"

        event = last_event(saved)
        assert event.action == "partner.updated"
        assert event.data == {
            "changes": {
                "city": {"before": "Bonn", "after": "Köln"},
                "tags": {"before": ["gold"], "after": ["gold", "cloud"]},
            },
            "reason": "asked by phone",
        }
        assert event.partner_id == saved.pk


def test_the_same_values_again_change_nothing_and_leave_no_event():
    with acting_as(staff()):
        saved = organization(city="Bonn")
        assert update(saved.id, city=" Bonn ").outcome == "same"

        assert last_event(saved).action == "partner.created"


@pytest.mark.parametrize(
    "name",
    sorted(
        {field.name for field in Organization._meta.get_fields()}
        - {field.name for field in fields(PartnerData)}
    ),
)
def test_no_other_column_is_reachable_by_its_name(name):
    with acting_as(staff()):
        saved = organization()
        with pytest.raises(UnknownField, match=name):
            update(saved.id, **{name: "1"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("time_zone", "Mars/Olympus"),
        ("mail_domains", ["not a domain"]),
        ("mail_domains", ["adler"]),
        ("tags", ["a,b"]),
        ("tags", [""]),
    ],
)
def test_a_value_that_does_not_fit_names_its_field(field, value):
    with acting_as(staff()):
        saved = organization()
        with pytest.raises(BadValue) as refused:
            update(saved.id, **{field: value})

        assert refused.value.field == field


@pytest.mark.parametrize("before", sorted(STANDINGS))
@pytest.mark.parametrize("after", sorted(STANDINGS))
def test_every_pair_of_statuses_is_a_move_or_refused(before, after):
    with acting_as(staff()):
        saved = services.create_organization(
            data=PartnerData(name="Adler", kind="reseller"), status=before, by=SYSTEM, at=AT
        )

        def move():
            return services.change_status(
                partner_id=saved.id, status=after, by=SYSTEM, at=AT, reason="agreed"
            )

        if after not in STATUS_MOVES[before]:
            with pytest.raises(StatusRefused):
                move()
            return
        changed = move()
        assert (changed.before, changed.after) == (before, after)
        assert selectors.get_partner(partner_id=saved.id).standing == STANDINGS[after]
        assert last_event(saved).data == {"before": before, "after": after, "reason": "agreed"}


def test_a_change_of_status_needs_a_reason():
    with acting_as(staff()):
        saved = organization()
        with pytest.raises(StatusRefused, match="reason"):
            services.change_status(
                partner_id=saved.id, status="suspended", by=SYSTEM, at=AT, reason=" "
            )


def test_people_of_an_ended_partner_have_no_seat():
    with acting_as(staff()):
        saved = organization()
        ines = partner_person("Ines", saved.pk)
        services.change_status(
            partner_id=saved.id, status="ended", by=SYSTEM, at=AT, reason="insolvent"
        )

    assert selectors.list_seats(user_pk=ines.user_pk) == ()


def test_an_import_finds_its_partner_again_by_the_key_of_its_system():
    def bring(**changes: object):
        return services.import_organization(
            source="crm", key="A-1", changes=changes, by=SYSTEM, at=AT
        )

    with acting_as(staff()):
        first = bring(name="Adler", city="Bonn")
        assert bring(name="Adler", city="Bonn").outcome == "same"
        second = bring(name="Adler", city="Köln")

        assert (first.outcome, second.outcome, first.id) == ("new", "changed", second.id)
        assert selectors.partner_pks_by_key(source="crm", keys=["A-1", "B"]) == {"A-1": first.pk}
        with pytest.raises(UnknownField):
            bring(name="Adler", status="ended")
        other = organization("Bussard")
        with pytest.raises(SourceKeyTaken):
            services.add_source_key(partner_id=other.id, source="crm", key="A-1", by=SYSTEM, at=AT)


def test_a_list_pages_by_name_and_asks_a_constant_number_of_queries(
    django_assert_num_queries,
):
    with acting_as(staff()):
        ute = staff_person("Ute", "partner_manager")
        for number in range(9):
            saved = organization(f"Partner {number}", region="emea" if number % 2 else "apac")
            services.assign_manager(partner_id=saved.id, manager_id=ute.id, by=SYSTEM, at=AT)

        names, cursor = [], ""
        while True:
            with django_assert_num_queries(2 if cursor else 1):
                page = selectors.list_partners(limit=4, cursor=cursor)
            names += [row.name for row in page.partners]
            cursor = page.next_cursor
            if not cursor:
                break

        assert names == [f"Partner {number}" for number in range(9)]
        assert len(selectors.list_partners(region="emea").partners) == 4
        assert selectors.list_partners(manager_id=ute.id, search="partner 3").partners[0].name
        assert selectors.list_partners(search="nobody").partners == ()


def test_a_manager_is_somebody_of_the_vendor_with_access():
    with acting_as(staff()):
        saved = organization()
        ines = partner_person("Ines", saved.pk)
        with pytest.raises(BadValue, match="manager"):
            services.assign_manager(partner_id=saved.id, manager_id=ines.id, by=SYSTEM, at=AT)


def test_a_new_primary_contact_takes_the_place_of_the_earlier():
    with acting_as(staff()):
        saved = organization()
        first = services.add_contact(
            partner_id=saved.id, name="Jan", email="jan@adler.example", is_primary=True,
            by=SYSTEM, at=AT,
        )  # fmt: skip
        services.add_contact(partner_id=saved.id, name="Eva", is_primary=True, by=SYSTEM, at=AT)

        contacts = selectors.get_partner(partner_id=saved.id).contacts
        assert [(contact.name, contact.is_primary) for contact in contacts] == [
            ("Eva", True), ("Jan", False),
        ]  # fmt: skip
        services.end_contact(contact_id=first, by=SYSTEM, at=AT)
        with pytest.raises(UnknownContact):
            services.end_contact(contact_id=first, by=SYSTEM, at=AT)
        (event,) = [
            e for e in events_of(object_type="contact", object_id=first)
            if e.action == "contact.added"
        ]  # fmt: skip
        assert event.personal == {"name": "Jan", "email": "jan@adler.example"}
        assert "jan@" not in str(event.data)


def test_the_agreement_in_force_is_the_newest_that_covers_the_day():
    def sign(saved, version, begins, ends=None):
        return services.add_agreement(
            partner_id=saved.id, kind="mdf-terms", version=version, signed_on=begins,
            in_force_from=begins, in_force_to=ends, signed_by="Jan", by=SYSTEM, at=AT,
        )  # fmt: skip

    with acting_as(staff()):
        saved = organization()
        sign(saved, "1", date(2024, 1, 1), date(2025, 12, 31))
        sign(saved, "2", date(2025, 7, 1))
        with pytest.raises(AgreementRefused):
            sign(saved, "3", date(2025, 7, 1), date(2025, 6, 30))

        def version_on(on):
            found = selectors.agreement_in_force(partner_pk=saved.pk, kind="mdf-terms", on=on)
            return found and found.version

        days = (date(2023, 12, 31), date(2025, 6, 30), date(2025, 7, 1), date(2030, 1, 1))
        assert [version_on(on) for on in days] == [None, "1", "2", "2"]


def test_a_person_has_one_seat_at_a_partner_and_a_role_that_exists():
    with acting_as(staff()):
        saved = organization()
        ines = partner_person("Ines", saved.pk)
        seat = {"partner_pk": saved.pk, "name": "Ines", "email": "i@x.example", "at": AT}

        with pytest.raises(MemberAlready):
            services.add_member(user_pk=ines.user_pk, role="partner_member", by=SYSTEM, **seat)
        with pytest.raises(PartnerRefused):
            services.add_member(user_pk=ines.user_pk, role="operations", by=SYSTEM, **seat)
        (member,) = selectors.list_members(partner_pk=saved.pk)
        with pytest.raises(LastPartnerAdmin):
            services.change_member_role(
                membership_id=member.id, partner_pk=saved.pk, role="partner_member", by=ines,
                at=AT,
            )  # fmt: skip


def test_a_partner_sees_itself_and_nobody_else():
    with acting_as(staff()):
        own, other = organization("Adler"), organization("Bussard")
        services.add_contact(partner_id=other.id, name="Secret", by=SYSTEM, at=AT)
    with acting_as(portal(own.pk)):
        assert selectors.own_partner(partner_pk=own.pk).name == "Adler"
        with pytest.raises(UnknownPartner):
            selectors.own_partner(partner_pk=other.pk)
        assert list(Organization.objects.values_list("name", flat=True)) == ["Adler"]
        assert Contact.objects.count() == 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Organization.objects.update(status="ended")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Contact(public_id="con_x", partner_id=other.pk, name="x").save(force_insert=True)


def test_the_activity_of_a_partner_is_its_part_of_the_audit_log():
    with acting_as(staff()):
        own, other = organization("Adler"), organization("Bussard")
        update(own.id, city="Bonn")
        update(other.id, city="Köln")

        page = selectors.activity(partner_pk=own.pk)

    assert [event.action for event in page.events] == ["partner.updated", "partner.created"]
