"""Documents that leave: equal bytes for equal data, and what people typed is never markup."""

import pypdfium2
import pytest

from counterfoil.adapters.pdf_typst import TEMPLATES, DataMissing, UnknownTemplate, render
from counterfoil.core.canonical import NotCanonical

PARTIES = {
    "sender": {"name": "Vendor Inc", "address": ["1 Main Street", "Springfield"]},
    "recipient": {"name": "Brückner & Söhne GmbH", "address": ["Hafenstr. 12", "20457 Hamburg"]},
    "date": "14 March 2026",
}
TABLE = {
    "headings": ["Line", "Claimed", "Paid"],
    "rows": [["Booth rental", "5,200.00 EUR", "2,600.00 EUR"]] * 3,
    "right_from": 1,
}
DATA = {
    "decision_letter": {
        **PARTIES,
        "title": "Your claim was partly approved",
        "facts": [["Claim", "sub_abc"], ["Program", "Spring funds"]],
        "paragraphs": ["We checked your claim against the program's criteria."],
        "findings": [
            {
                "criterion": "Proof of payment",
                "seen": "no bank slip",
                "needed": "a bank slip or a statement",
                "by": "28 March 2026",
            },
            {"criterion": "Within the period"},
        ],
        "table": TABLE,
        "totals": [["Claimed", "15,600.00 EUR"], ["Paid", "7,800.00 EUR"]],
        "next_steps": ["Amend the claim.", "Or appeal within 30 days."],
        "closing": "Kind regards",
        "footer": "Vendor Inc, sub_abc",
    },
    "partner_guide": {
        "title": "Market development funds",
        "subtitle": "What you can claim and how",
        "version": "Version 3, in force from 1 January 2026",
        "language": "de",
        "sections": [
            {
                "heading": "Belege",
                "paragraphs": ["Wir brauchen:"],
                "bullets": ["Rechnung", "Foto"],
            },
            {"heading": "Fristen", "facts": [["Antrag", "30 Tage"]], "table": TABLE},
        ],
    },
    "procedure": {
        "title": "Market development fund claim",
        "subtitle": "Standard operating procedure",
        "version": "mdf-claim, version 3",
        "steps": [
            {"who": "Partner", "what": "Sends #strong[it].", "by_when": "", "ways": []},
            {
                "who": "By the routing",
                "what": "Decides.",
                "by_when": "Within 3 business days",
                "ways": [["Otherwise", "Finance, approves"]],
            },
        ],
        "sections": [{"heading": "States", "facts": [["Owner", "Operations"]], "table": TABLE}],
    },
    "audit_report": {
        "title": "Claims of 2026",
        "subtitle": "Dry-run audit, closed 2026-05-10 by Audrey",
        "version": "eng_abc, seed q4",
        "sections": [
            {
                "heading": "Purpose",
                "paragraphs": ["Are claims decided by the rules?"],
                "facts": [["Program", "growth"]],
                "bullets": ["Is the amount right?"],
                "bullets_title": "Each paper answers:",
            },
            {
                "heading": "Work papers",
                "table": {
                    "headings": ["No.", "What", "Amount"],
                    "columns": [1, 6, 3],
                    "right_from": 2,
                    "rows": [["1", "CLM-1, #strong[Adler]", "7,800.00 EUR"]],
                },
            },
            {"heading": "Requests", "paragraphs": ["None."]},
        ],
    },
    "vendor_bill": {
        **PARTIES,
        "title": "Vendor bill VB-2026-0001",
        "facts": [["Due", "13 April 2026"]],
        "table": TABLE,
        "totals": [["Total", "7,800.00 EUR"]],
        "notes": ["Reference: sub_abc"],
        "paper": "letter",
    },
    "statement": {
        **PARTIES,
        "title": "Commission statement April 2026",
        "facts": [["Month", "April 2026"]],
        "accounts": [
            {"heading": "In EUR", "table": TABLE, "totals": [["Open", "7,800.00 EUR"]]},
            {"heading": "In USD", "table": TABLE, "totals": [["Open", "1.00 USD"]]},
        ],
        "notes": ["Ask about a line."],
    },
    "remittance": {
        **PARTIES,
        "title": "Payment advice",
        "facts": [["Reference", "PAY-1"]],
        "table": TABLE,
        "totals": [["Total", "7,800.00 EUR"]],
    },
}


def text_of(document):
    pdf = pypdfium2.PdfDocument(document)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def test_every_template_has_an_example_here():
    assert set(DATA) == set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_equal_data_give_equal_bytes(template):
    first, second = render(template, DATA[template]), render(template, dict(DATA[template]))

    assert first == second
    assert first.startswith(b"%PDF-")


@pytest.mark.parametrize("template", TEMPLATES)
def test_other_data_give_other_bytes(template):
    assert render(template, DATA[template]) != render(template, DATA[template] | {"title": "X"})


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_words_of_the_data_stand_on_the_page(template):
    text = text_of(render(template, DATA[template]))

    assert DATA[template]["title"] in text
    if "table" in DATA[template]:
        assert "Booth rental" in text
        assert "2,600.00 EUR" in text


@pytest.mark.parametrize(
    "typed",
    [
        '#eval("1+1")',
        '#read("parts.typ")',
        '#read("/etc/hostname")',
        "$ x^2 $",
        "*bold* _thin_ `raw`",
        "= Heading",
        "#panic()",
        '#import "parts.typ": *',
        "// comment",
        "a ~ b --- c",
        '"] #pagebreak() [',
        "<label> @reference",
        "\\u{41}",
        "https://example.test",
    ],
)
def test_what_people_typed_is_text_and_never_markup(typed):
    data = DATA["decision_letter"] | {
        "title": typed,
        "paragraphs": [typed],
        "recipient": {"name": typed, "address": [typed]},
        "facts": [[typed, typed]],
        "table": {"headings": [typed], "rows": [[typed]]},
        "next_steps": [typed],
    }

    text = "".join(text_of(render("decision_letter", data)).split())

    assert text.count("".join(typed.split())) >= 8


def test_the_planted_template_that_evaluates_its_data_would_run_them(tmp_path):
    """The test above can fail: a template that evaluates shows 2 where #(1+1) was typed."""
    import typst

    planted = tmp_path / "planted.typ"
    planted.write_text('#eval(sys.inputs.data, mode: "markup")')

    text = text_of(typst.compile(str(planted), sys_inputs={"data": "#(1+1)"}))

    assert text.strip().startswith("2")


def test_an_unknown_template_and_missing_data_are_named():
    with pytest.raises(UnknownTemplate, match="decision_letter"):
        render("../secret", {})
    with pytest.raises(DataMissing, match="closing"):
        render(
            "decision_letter", {k: v for k, v in DATA["decision_letter"].items() if k != "closing"}
        )
    with pytest.raises(DataMissing, match="language code"):
        render("remittance", DATA["remittance"] | {"language": "en; x"})


def test_a_float_never_reaches_a_document():
    with pytest.raises(NotCanonical):
        render("remittance", DATA["remittance"] | {"totals": [["Total", 1.5]]})


def test_a_long_table_goes_on_with_its_headings_on_the_next_page():
    rows = [[f"Line {number}", "1.00 EUR", "1.00 EUR"] for number in range(120)]
    document = render("remittance", DATA["remittance"] | {"table": TABLE | {"rows": rows}})

    text = text_of(document)

    assert text.count("Claimed") >= 3
    assert "Line 119" in text
    assert "1 / 4" in text or "1 / 3" in text
