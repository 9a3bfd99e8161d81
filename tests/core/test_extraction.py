"""Fields of an invoice are read by rules, each with its verbatim quote, or not at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.extraction import (
    DocumentKind,
    ExtractedAmount,
    ExtractedDate,
    ExtractedText,
    Quote,
    extract_invoice,
    find_mention,
    is_iban,
)
from counterfoil.core.money import Money

ENGLISH = """Northlight Events Ltd
12 Harbour Road
INVOICE
Invoice number: NL-2026/0042
Invoice date: 14 March 2026
Due date: 13 April 2026
Service period: 1 March 2026 - 3 March 2026
VAT ID: GB 123 4567 89
Bill to
Acme Bikes GmbH
Booth rental 1 5,200.00 5,200.00
Flyers 1000 0.35 350.00
Subtotal 5,550.00 EUR
VAT 19 % 1,054.50 EUR
Total amount due 6,604.50 EUR
Bank details: IBAN DE89 3704 0044 0532 0130 00"""

GERMAN = """Brückner & Söhne Eventtechnik GmbH
Rechnung
Rechnungsnummer: RE-2026-00005
Rechnungsdatum: 14.03.2026
Zahlbar bis: 13.04.2026
Leistungszeitraum: 01.03.2026 - 03.03.2026
USt-IdNr.: DE136695976
Nettobetrag 5.550,00 EUR
MwSt. 19 % 1.054,50 EUR
Gesamtbetrag 6.604,50 EUR"""

AMERICAN = """Summit Signs LLC
Invoice # 10077
Date: 03/04/2026
EIN: 12-3456789
Subtotal $1,200.00
Sales tax 7.5% $90.00
Total $1,290.00"""


def quotes_of(value):
    """Yield every quote that an extraction carries."""
    if isinstance(value, Quote):
        yield value
    elif isinstance(value, ExtractedText | ExtractedDate | ExtractedAmount):
        yield value.quote
    elif isinstance(value, tuple):
        for item in value:
            yield from quotes_of(item)


def all_quotes(invoice):
    return [quote for name in invoice.__slots__ for quote in quotes_of(getattr(invoice, name))]


def test_an_english_invoice_gives_every_field():
    invoice = extract_invoice([ENGLISH])

    assert invoice.kind is DocumentKind.INVOICE
    assert invoice.number.value == "NL-2026/0042"
    assert invoice.issued_on.value == date(2026, 3, 14)
    assert invoice.due_on.value == date(2026, 4, 13)
    assert invoice.supplied_from.value == date(2026, 3, 1)
    assert invoice.supplied_to.value == date(2026, 3, 3)
    assert invoice.net.money == Money(555000, "EUR")
    assert invoice.tax.money == Money(105450, "EUR")
    assert invoice.total.money == Money(660450, "EUR")
    assert invoice.is_balanced is True
    assert invoice.supplier.value == "Northlight Events Ltd"
    assert [iban.value for iban in invoice.ibans] == ["DE89370400440532013000"]
    assert [tax_id.value for tax_id in invoice.tax_ids] == ["GB123456789"]


def test_a_german_invoice_gives_the_same_amounts():
    invoice = extract_invoice([GERMAN])

    assert invoice.number.value == "RE-2026-00005"
    assert invoice.issued_on.value == date(2026, 3, 14)
    assert invoice.due_on.value == date(2026, 4, 13)
    assert invoice.supplied_to.value == date(2026, 3, 3)
    assert invoice.total.money == Money(660450, "EUR")
    assert invoice.is_balanced is True
    assert invoice.supplier.value == "Brückner & Söhne Eventtechnik GmbH"
    assert [tax_id.value for tax_id in invoice.tax_ids] == ["DE136695976"]


def test_an_american_invoice_reads_its_date_month_first_and_reports_the_other_reading():
    invoice = extract_invoice([AMERICAN])

    assert invoice.number.value == "10077"
    assert invoice.issued_on.value == date(2026, 3, 4)
    assert invoice.issued_on.other == date(2026, 4, 3)
    assert invoice.total.money == Money(129000, "USD")
    assert invoice.is_balanced is True
    assert extract_invoice([AMERICAN], is_day_first=True).issued_on.value == date(2026, 4, 3)


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, AMERICAN])
def test_every_quote_stands_verbatim_in_its_place(text):
    pages = ["A cover page\nwithout figures", text]

    found = all_quotes(extract_invoice(pages))

    assert len(found) >= 6
    for quote in found:
        assert pages[quote.page - 1][quote.start : quote.end] == quote.text


def test_amounts_that_do_not_add_up_are_said_and_not_mended():
    invoice = extract_invoice([ENGLISH.replace("6,604.50", "9,604.50")])

    assert invoice.total.money == Money(960450, "EUR")
    assert invoice.is_balanced is False


def test_the_candidate_that_adds_up_wins_over_a_later_total():
    text = ENGLISH.replace("Bank details", "Total amount due next month 12.00 EUR\nBank details")

    assert extract_invoice([text]).total.money == Money(660450, "EUR")


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Quotation", DocumentKind.QUOTATION),
        ("Angebot", DocumentKind.QUOTATION),
        ("PRO FORMA INVOICE", DocumentKind.PRO_FORMA),
        ("Credit note", DocumentKind.CREDIT_NOTE),
        ("Gutschrift", DocumentKind.CREDIT_NOTE),
        ("Order confirmation", DocumentKind.ORDER),
        ("Hello", DocumentKind.UNKNOWN),
    ],
)
def test_the_heading_tells_what_the_document_is(heading, kind):
    assert extract_invoice([f"Acme Ltd\n{heading}\nTotal 12.00 EUR"]).kind is kind


@pytest.mark.parametrize(
    ("line", "minor", "currency"),
    [
        ("Total 1'200.50 CHF", 120050, "CHF"),
        ("Total CHF 1’200.50", 120050, "CHF"),
        ("Total: 1 200,50 €", 120050, "EUR"),
        ("Total JPY 120,000", 120000, "JPY"),
        ("Gesamtbetrag 29.490.848 JPY", 29490848, "JPY"),
        ("Total 1.200 EUR", 120000, "EUR"),
        ("Total -80.00 USD", -8000, "USD"),
        ("Total (80.00) USD", -8000, "USD"),
        ("Total 1.234,567 KWD", 1234567, "KWD"),
        ("Total £12", 1200, "GBP"),
        ("Total\n75.00 EUR", 7500, "EUR"),
    ],
)
def test_totals_of_many_countries_are_read(line, minor, currency):
    assert extract_invoice([line]).total.money == Money(minor, currency)


@pytest.mark.parametrize(
    "line", ["Total 19 %", "Total 14.03.2026", "Total 5 items", "Total AB123", "Total 1.2.3"]
)
def test_what_is_no_amount_is_not_taken_for_one(line):
    assert extract_invoice([line], currency="EUR").total is None


def test_without_any_currency_no_amount_is_guessed():
    assert extract_invoice(["Total 12.00"]).total is None
    assert extract_invoice(["Total 12.00"], currency="EUR").total.money == Money(1200, "EUR")


def test_an_impossible_date_is_not_found():
    assert extract_invoice(["Invoice date: 31.02.2026"]).issued_on is None


@pytest.mark.parametrize(
    "iban", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NO9386011117947"]
)
def test_an_iban_is_known_by_its_check_digits(iban):
    assert is_iban(iban)
    wrong = iban[:-1] + ("1" if iban[-1] != "1" else "2")
    assert not is_iban(wrong)
    assert extract_invoice([f"IBAN {wrong}"]).ibans == ()
    assert len(extract_invoice([f"IBAN {iban} BIC COBADEFF"]).ibans) == 1


@pytest.mark.parametrize(
    "name",
    ["Bruckner & Sohne Eventtechnik", "BRÜCKNER UND".replace("UND", "& SÖHNE EVENTTECHNIK GMBH")],
)
def test_a_known_name_is_found_whatever_its_spelling(name):
    quote = find_mention([GERMAN], name)

    assert quote.text == "Brückner & Söhne Eventtechnik GmbH"


@pytest.mark.parametrize("name", ["Acme Bikes", "Eventtechnikum", "AG", "GmbH", ""])
def test_a_name_that_is_not_there_is_not_found(name):
    assert find_mention([GERMAN], name) is None


UBL = """/Invoice/ID: RE-7
/Invoice/IssueDate: 2026-03-14
/Invoice/DocumentCurrencyCode: EUR
/Invoice/InvoicePeriod/StartDate: 2026-03-01
/Invoice/AccountingSupplierParty/Party/PartyTaxScheme/CompanyID: DE136695976
/Invoice/AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName: Northlight GmbH
/Invoice/PaymentMeans/PayeeFinancialAccount/ID: DE89370400440532013000
/Invoice/TaxTotal/TaxAmount: 19 EUR
/Invoice/LegalMonetaryTotal/TaxExclusiveAmount: 100.00 EUR
/Invoice/LegalMonetaryTotal/TaxInclusiveAmount: 119.00 EUR"""

_CII = "/CrossIndustryInvoice/SupplyChainTradeTransaction/ApplicableHeaderTrade"
CII = f"""/CrossIndustryInvoice/ExchangedDocument/ID: RE-7
/CrossIndustryInvoice/ExchangedDocument/IssueDateTime/DateTimeString: 20260314
{_CII}Agreement/SellerTradeParty/Name: Northlight GmbH
{_CII}Agreement/SellerTradeParty/SpecifiedTaxRegistration/ID: DE136695976
{_CII}Delivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString: 20260301
{_CII}Settlement/InvoiceCurrencyCode: EUR
{_CII}Settlement/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID: \
DE89370400440532013000
{_CII}Settlement/SpecifiedTradeSettlementHeaderMonetarySummation/TaxBasisTotalAmount: 100.00
{_CII}Settlement/SpecifiedTradeSettlementHeaderMonetarySummation/TaxTotalAmount: 19.00 EUR
{_CII}Settlement/SpecifiedTradeSettlementHeaderMonetarySummation/GrandTotalAmount: 119.00"""


@pytest.mark.parametrize("text", [UBL, CII])
def test_an_e_invoice_is_read_by_its_paths(text):
    invoice = extract_invoice([text])

    assert invoice.number.value == "RE-7"
    assert invoice.issued_on.value == date(2026, 3, 14)
    assert invoice.supplied_from.value == date(2026, 3, 1)
    assert invoice.supplier.value == "Northlight GmbH"
    assert invoice.total.money == Money(11900, "EUR")
    assert invoice.is_balanced is True
    assert [tax_id.value for tax_id in invoice.tax_ids] == ["DE136695976"]
    assert [iban.value for iban in invoice.ibans] == ["DE89370400440532013000"]
    for quote in all_quotes(invoice):
        assert text[quote.start : quote.end] == quote.text


@given(st.lists(st.text(max_size=300), max_size=3))
def test_junk_gives_quotes_that_are_true_or_nothing(pages):
    for quote in all_quotes(extract_invoice(pages, currency="EUR")):
        assert pages[quote.page - 1][quote.start : quote.end] == quote.text


@given(st.integers(0, len(ENGLISH)))
def test_a_truncated_text_gives_what_is_left_and_never_fails(end):
    invoice = extract_invoice([ENGLISH[:end]])

    assert invoice.total is None or invoice.total.quote.end <= end


@given(st.integers(1, 10**11), st.sampled_from(["EUR", "USD", "JPY", "KWD"]))
def test_every_amount_that_we_write_is_read_back(minor, currency):
    money = Money(minor, currency)

    assert extract_invoice([f"Total {money.format_plain()}"]).total.money == money
