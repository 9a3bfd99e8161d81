"""Duplicate invoices and self-dealing: what is the same reads the same."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.matching import (
    PartyFacts,
    SelfDealingSign,
    invoice_key,
    invoice_number_key,
    normalize_company_name,
    normalize_invoice_number,
    normalize_tax_id,
    registrable_domain,
    self_dealing,
)
from counterfoil.core.money import Money


@pytest.mark.parametrize(
    "texts",
    [
        ("INV-0042", "inv 42", "INV42", "Inv. 0042", "INV/42", "1NV_42"),
        ("RE-2026/0042", "RE2026-42", "re 2026 0042"),
        ("0042", "42", "O042", "00 42"),
        ("BILL0042", "BILL-42", "bill 042", "BI11 42"),
        ("A-1O1", "A101", "a-l0l"),
        ("\uff21\uff11", "A1"),
    ],
)
def test_spellings_of_one_invoice_number_are_one(texts):
    assert len({normalize_invoice_number(text) for text in texts}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("42", "420"), ("A42", "B42"), ("100", "10"), ("5", "8")]
)
def test_different_numbers_stay_different(one, other):
    assert normalize_invoice_number(one) != normalize_invoice_number(other)


@given(st.text(max_size=20))
@settings(max_examples=150)
def test_a_normal_form_is_its_own_normal_form(text):
    normal = normalize_invoice_number(text)
    assert normalize_invoice_number(normal) == normal

    name = normalize_company_name(text)
    assert normalize_company_name(name) in (name, normalize_company_name(name))
    assert isinstance(registrable_domain(text), str)


def _key(**changes):
    facts = {
        "supplier_tax_id": "DE 123 456 789",
        "supplier_name": "Druckhaus GmbH",
        "number": "RE-0042",
        "issued_on": date(2026, 4, 3),
        "total": Money(125000, "EUR"),
    }
    return invoice_key(**(facts | changes))


def test_the_same_invoice_in_other_clothes_has_the_same_key():
    assert _key() == _key(supplier_tax_id="de123456789", supplier_name="DRUCKHAUS", number="re 42")


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "RE-0043"},
        {"issued_on": date(2026, 4, 4)},
        {"total": Money(125001, "EUR")},
        {"total": Money(125000, "USD")},
        {"supplier_tax_id": "DE999999999"},
    ],
)
def test_another_invoice_has_another_key(changes):
    assert _key() != _key(**changes)


def test_without_a_tax_number_the_name_stands_in():
    assert _key(supplier_tax_id="") == _key(supplier_tax_id="-", supplier_name="Druckhaus  gmbh")
    assert invoice_number_key(
        supplier_tax_id="", supplier_name="Druckhaus", number="RE 42"
    ) == invoice_number_key(supplier_tax_id="", supplier_name="DRUCKHAUS GmbH", number="RE42")


def test_a_key_of_blanks_is_refused():
    with pytest.raises(ValueError, match="missing"):
        _key(number=" - ")
    with pytest.raises(ValueError, match="missing"):
        _key(supplier_tax_id="", supplier_name="...")
    with pytest.raises(ValueError, match="missing"):
        invoice_number_key(supplier_tax_id="", supplier_name="", number="42")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ACME Ltd.", "acme"),
        ("The Acme Company, Inc.", "acme"),
        ("Müller & Söhne GmbH & Co. KG", "muller and sohne"),
        ("Société Générale S.A.", "societe generale"),
        ("Philips B. V.", "philips"),
        ("Firma Sp. z o.o.", "firma"),
        ("SAP SE", "sap"),
        ("Ltd", "ltd"),
        ("", ""),
    ],
)
def test_a_company_name_loses_what_does_not_tell_it_apart(text, normal):
    assert normalize_company_name(text) == normal


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("jo@acme.com", "acme.com"),
        ("Jo@Mail.ACME.co.uk", "acme.co.uk"),
        ("www.acme.com.au", "acme.com.au"),
        ("acme.de.", "acme.de"),
        ("co.uk", ""),
        ("localhost", ""),
        ("", ""),
        ("a@b@acme.fr", "acme.fr"),
        ("x@bad domain.com", ""),
    ],
)
def test_the_registered_part_of_a_domain_is_found(text, domain):
    assert registrable_domain(text) == domain


PARTNER = PartyFacts(
    names=("Acme Reseller GmbH", "Acme Services"),
    tax_ids=("DE 811 569 869",),
    mail=("sales@acme.de", "boss@gmail.com"),
)


@pytest.mark.parametrize(
    ("supplier", "signs"),
    [
        (PartyFacts(names=("ACME RESELLER",)), [SelfDealingSign.SAME_NAME]),
        (PartyFacts(tax_ids=("de811569869",)), [SelfDealingSign.SAME_TAX_ID]),
        (PartyFacts(mail=("billing@print.acme.de",)), [SelfDealingSign.SAME_MAIL_DOMAIN]),
        (
            PartyFacts(names=("acme services ltd",), tax_ids=("DE811569869",)),
            [SelfDealingSign.SAME_TAX_ID, SelfDealingSign.SAME_NAME],
        ),
        (PartyFacts(names=("Druckhaus",), mail=("x@gmail.com",), tax_ids=("",)), []),
        (PartyFacts(), []),
    ],
)
def test_a_supplier_that_is_the_partner_itself_is_named_with_its_sign(supplier, signs):
    hits = self_dealing(supplier, PARTNER)

    assert [hit.sign for hit in hits] == signs
    assert all(hit.shared and hit.supplier_text and hit.partner_text for hit in hits)


@pytest.mark.parametrize(("text", "normal"), [("DE 123-456", "DE123456"), ("n/a", ""), ("--", "")])
def test_a_tax_number_is_its_letters_and_digits(text, normal):
    assert normalize_tax_id(text) == normal
