"""The words of a commission statement, in the partner's language: for page, PDF and CSV alike.

A statement's content is plain data that is kept as canonical JSON; nothing is looked up to read
it, so what was issued reads the same for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from counterfoil.core.currencies import exponent
from counterfoil.core.statements import Account, Figure, Group

LANGUAGES = ("en", "de")
_MARKS = {"en": (",", "."), "de": (".", ",")}
_MINUS = "\u2212"
_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
           "Oktober", "November", "Dezember"),
}  # fmt: skip
_SAY = {
    "en": {
        "earned": "{component}, {category}",
        "earned_plain": "{component}",
        "floor": "{component}: guaranteed minimum",
        "shared": "Your share in sales of other partners",
        "passed_on": "Share of others in your sales",
        "clawback": "Taken back for refunds: {component}, {category}",
        "clawback_plain": "Taken back for refunds: {component}",
        "commission": "Commission of {period}",
        "correction": "Correction of {period}",
        "adjustment": "Adjustment for {period}",
        "bonus": "Bonus for {period}",
        "paid": "Paid on {on}",
        "came_back": "Payment that came back on {on}",
        "other": "Entry of {on}",
        "title": "Commission statement {period}",
        "number": "Statement",
        "issued": "Issued",
        "month": "Month",
        "replaces": "{number}, replaces number {before}",
        "currency": "In {currency}",
        "what": "What",
        "lines": "Lines",
        "base": "Sales",
        "amount": "Amount",
        "opening": "Open on {on}",
        "closing": "Open on {on}",
        "held": "of it held until the hold of the plan is over",
        "ready": "of it ready to be paid",
        "sent": "of it sent for payment",
        "owed_back": "less what you owe back",
        "ask": "Every figure can be followed down to its lines in the portal; ask there about a "
        "line or a figure, and it is answered with its calculation.",
        "nothing": "Nothing moved in this month.",
        "why earned": "The sum of {lines} lines that the plan counts here. Each line shows how "
        "its commission came about.",
        "why floor": "The plan guarantees a minimum for a month with sales; this lifts the sum of "
        "the lines to it.",
        "why shared": "What the plan gives you of {lines} lines that other partners sold. Their "
        "lines are theirs and are not shown here; ask us, and we check them with you.",
        "why passed_on": "What the plan gives to others of the lines you sold. The last step of "
        "each line shows it.",
        "why clawback": "The sum of {lines} refunds. Each takes back the same part of what its "
        "original line earned.",
        "why commission": "What was posted for {period} under this plan; it can't be divided into "
        "lines here. Ask us about it.",
        "why correction": "{period} was computed again after it was closed; this is the "
        "difference to what was posted before. The statement of {period} is never changed.",
        "why adjustment": "Entered by a person with a reason, and approved by a second one.",
        "why bonus": "Granted by a person with a reason, and approved by a second one.",
        "why paid": "Left for your bank account, or was paid by the ERP, on this day.",
        "why came_back": "The bank did not pay it out; it is owed to you again.",
        "why other": "An entry was reversed; the ledger keeps both.",
    },
    "de": {
        "earned": "{component}, {category}",
        "earned_plain": "{component}",
        "floor": "{component}: garantierter Mindestbetrag",
        "shared": "Ihr Anteil an Verkäufen anderer Partner",
        "passed_on": "Anteil anderer an Ihren Verkäufen",
        "clawback": "Für Erstattungen zurückgenommen: {component}, {category}",
        "clawback_plain": "Für Erstattungen zurückgenommen: {component}",
        "commission": "Provision für {period}",
        "correction": "Korrektur für {period}",
        "adjustment": "Anpassung für {period}",
        "bonus": "Bonus für {period}",
        "paid": "Gezahlt am {on}",
        "came_back": "Zahlung, die am {on} zurückkam",
        "other": "Buchung vom {on}",
        "title": "Provisionsabrechnung {period}",
        "number": "Abrechnung",
        "issued": "Ausgestellt",
        "month": "Monat",
        "replaces": "{number}, ersetzt Nummer {before}",
        "currency": "In {currency}",
        "what": "Was",
        "lines": "Zeilen",
        "base": "Umsatz",
        "amount": "Betrag",
        "opening": "Offen am {on}",
        "closing": "Offen am {on}",
        "held": "davon einbehalten, bis die Haltefrist des Plans um ist",
        "ready": "davon zur Zahlung bereit",
        "sent": "davon zur Zahlung gegeben",
        "owed_back": "abzüglich dessen, was Sie zurückschulden",
        "ask": "Jede Zahl lässt sich im Portal bis zu ihren Zeilen verfolgen; fragen Sie dort zu "
        "einer Zeile oder Zahl, und Sie erhalten ihre Berechnung.",
        "nothing": "In diesem Monat hat sich nichts bewegt.",
        "why earned": "Die Summe von {lines} Zeilen, die der Plan hier zählt. Jede Zeile zeigt, "
        "wie ihre Provision zustande kam.",
        "why floor": "Der Plan garantiert für einen Monat mit Verkäufen einen Mindestbetrag; dies "
        "hebt die Summe der Zeilen darauf an.",
        "why shared": "Was der Plan Ihnen von {lines} Zeilen gibt, die andere Partner verkauft "
        "haben. Diese Zeilen gehören ihnen und stehen nicht hier; fragen Sie uns, und wir prüfen "
        "sie mit Ihnen.",
        "why passed_on": "Was der Plan anderen von den Zeilen gibt, die Sie verkauft haben. Der "
        "letzte Schritt jeder Zeile zeigt es.",
        "why clawback": "Die Summe von {lines} Erstattungen. Jede nimmt denselben Teil dessen "
        "zurück, was ihre ursprüngliche Zeile verdient hat.",
        "why commission": "Was für {period} nach diesem Plan gebucht wurde; hier lässt es sich "
        "nicht in Zeilen teilen. Fragen Sie uns danach.",
        "why correction": "{period} wurde nach dem Abschluss neu berechnet; dies ist der "
        "Unterschied zu dem, was zuvor gebucht war. Die Abrechnung für {period} ändert sich nie.",
        "why adjustment": "Von einer Person mit Begründung erfasst und von einer zweiten "
        "freigegeben.",
        "why bonus": "Von einer Person mit Begründung gewährt und von einer zweiten freigegeben.",
        "why paid": "Ging an diesem Tag an Ihr Bankkonto oder wurde vom ERP gezahlt.",
        "why came_back": "Die Bank hat es nicht ausgezahlt; es steht Ihnen wieder zu.",
        "why other": "Eine Buchung wurde storniert; das Hauptbuch behält beide.",
    },
}


@dataclass(frozen=True, slots=True)
class StatementContent:
    """What a statement says: whose, of which month, what plans are called, and the accounts.

    `plans` maps the use of a plan to its titles: `title` and `components`, each by language.
    """

    partner: str
    partner_name: str
    month: str
    plans: Mapping[str, Mapping[str, Any]]
    accounts: tuple[Account, ...]

    def figure(self, key: str) -> tuple[Account, Figure] | None:
        """Return the figure of a key such as `EUR-0`, or None."""
        currency, _, number = key.partition("-")
        for account in self.accounts:
            if account.currency == currency and number.isdigit():
                place = int(number)
                if place < len(account.figures) and str(place) == number:
                    return account, account.figures[place]
        return None


def to_json(content: StatementContent) -> dict[str, Any]:
    """Return the content as plain data for canonical JSON."""
    return {
        "partner": content.partner,
        "partner_name": content.partner_name,
        "month": content.month,
        "plans": {key: dict(value) for key, value in content.plans.items()},
        "accounts": [
            {
                "currency": a.currency, "opening": a.opening, "closing": a.closing,
                "held": a.held, "ready": a.ready, "sent": a.sent, "owed_back": a.owed_back,
                "figures": [
                    {
                        "group": str(f.group), "minor": f.minor, "use": f.use, "run": f.run,
                        "component": f.component, "category": f.category, "lines": f.lines,
                        "base": f.base, "entry": f.entry, "ref": f.ref, "reason": f.reason,
                        "on": f.on.isoformat() if f.on else None, "period": f.period,
                    }
                    for f in a.figures
                ],
            }
            for a in content.accounts
        ],
    }  # fmt: skip


def from_json(data: Mapping[str, Any]) -> StatementContent:
    """Return the content that `to_json` wrote."""
    accounts = []
    for each in data["accounts"]:
        figures = tuple(
            Figure(
                **{
                    **f,
                    "group": Group(f["group"]),
                    "on": date.fromisoformat(f["on"]) if f["on"] else None,
                }
            )
            for f in each["figures"]
        )
        accounts.append(Account(**{**each, "figures": figures}))
    return StatementContent(
        data["partner"], data["partner_name"], data["month"], data["plans"], tuple(accounts)
    )


def say_figure(content: StatementContent, figure: Figure, language: str) -> str:
    """Return what a figure is, in a line."""
    words = _SAY[_known(language)]
    key = str(figure.group)
    component = ""
    if figure.component >= 0:
        component = _titled(content.plans[figure.use]["components"][figure.component], language)
    if f"{key}_plain" in words and not figure.category:
        key = f"{key}_plain"
    return words[key].format(
        component=component,
        category=figure.category,
        period=say_month(figure.period, language) if figure.period else "",
        on=say_day(figure.on, language) if figure.on else "",
    )


def explain_figure(figure: Figure, language: str) -> str:
    """Return how a figure came about, in a sentence or two."""
    return say(
        f"why {figure.group}", language, lines=str(figure.lines),
        period=say_month(figure.period, language) if figure.period else "",
    )  # fmt: skip


def say_plan(content: StatementContent, use: str, language: str) -> str:
    """Return the title of the plan that a figure is of."""
    return _titled(content.plans[use]["title"], language) if use in content.plans else ""


def say(key: str, language: str, **values: str) -> str:
    """Return one of the statement's fixed words."""
    return _SAY[_known(language)][key].format(**values)


def say_amount(minor: int, currency: str, language: str) -> str:
    """Return `−1,250.00 USD`, or `−1.250,00 USD` in German."""
    decimals, (thousands, mark) = exponent(currency), _MARKS[_known(language)]
    digits = str(abs(minor)).zfill(decimals + 1)
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    grouped = f"{int(whole):,}".replace(",", thousands)
    sign = _MINUS if minor < 0 else ""
    return f"{sign}{grouped}{mark if rest else ''}{rest} {currency}"


def say_month(month: str, language: str) -> str:
    """Return `April 2026` for `2026-04`; any other period as it is."""
    year, _, number = month.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):
        return month
    return f"{_MONTHS[_known(language)][int(number) - 1]} {year}"


def say_day(on: date, language: str) -> str:
    """Return `Apr 30, 2026`, or `30. April 2026` in German."""
    name = _MONTHS[_known(language)][on.month - 1]
    if _known(language) == "de":
        return f"{on.day}. {name} {on.year}"
    return f"{name[:3]} {on.day}, {on.year}"


def open_parts(account: Account, language: str) -> list[tuple[str, int]]:
    """Return what the closing balance is made of, parts of zero left out."""
    parts = (
        ("held", account.held), ("ready", account.ready), ("sent", account.sent),
        ("owed_back", -account.owed_back),
    )  # fmt: skip
    return [(say(key, language), minor) for key, minor in parts if minor]


def document(
    content: StatementContent,
    *,
    number: int,
    issued_on: date,
    first: date,
    last: date,
    sender: Sequence[str],
    language: str,
) -> dict[str, Any]:
    """Return the data of the PDF: words and figures that a template only places.

    `first` is the last day before the month, `last` the month's last.
    """
    shown = _known(language)
    which = str(number)
    if number > 1:
        which = say("replaces", shown, number=which, before=str(number - 1))
    return {
        "language": shown,
        "title": say("title", shown, period=say_month(content.month, shown)),
        "sender": {"name": sender[0], "address": list(sender[1:])},
        "recipient": {"name": content.partner_name, "address": []},
        "date": say_day(issued_on, shown),
        "facts": [
            [say("month", shown), say_month(content.month, shown)],
            [say("number", shown), which],
        ],
        "accounts": [_account(content, each, first, last, shown) for each in content.accounts],
        "notes": [say("ask", shown)],
    }


def _account(
    content: StatementContent, account: Account, first: date, last: date, language: str
) -> dict[str, Any]:
    def money(minor: int) -> str:
        return say_amount(minor, account.currency, language)

    rows = [[say("opening", language, on=say_day(first, language)), "", money(account.opening)]]
    for figure in account.figures:
        words = say_figure(content, figure, language)
        if figure.reason:
            words = f"{words}: {figure.reason}"
        rows.append([words, str(figure.lines) if figure.lines else "", money(figure.minor)])
    closing = say("closing", language, on=say_day(last, language))
    parts = [[words, money(minor)] for words, minor in open_parts(account, language)]
    return {
        "heading": say("currency", language, currency=account.currency),
        "table": {
            "headings": [say(key, language) for key in ("what", "lines", "amount")],
            "rows": rows,
            "right_from": 1,
        },
        "totals": [*parts, [closing, money(account.closing)]],
    }


def _titled(titles: Mapping[str, str], language: str) -> str:
    shown = _known(language)
    return titles.get(shown) or titles.get("en") or next(iter(titles.values()), "")


def _known(language: str) -> str:
    chosen = language.split("-")[0]
    return chosen if chosen in LANGUAGES else "en"
