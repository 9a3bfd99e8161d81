"""Drawing the population and the sample of a dry-run audit: planned first, drawn once."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.engagements.errors import EngagementRefused
from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.apps.engagements.types import EngagementInfo
from counterfoil.core.currencies import UnknownCurrency
from counterfoil.core.engagement_words import say_bound, say_plan, say_rate
from counterfoil.core.money import Money, MoneyError
from counterfoil.core.sampling import BadPlan, Drawn, Method, Plan, promise, select
from counterfoil.flows.engage import SAMPLE_MAX, decisions_in, draw_population, draw_sample
from counterfoil.interfaces.console.acts import ActPage, answer, sentence
from counterfoil.interfaces.console.engagements.words import METHODS, crumbs, money
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Filters, Row, Table, money_cell
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Empty,
    FieldPart,
    OptionPart,
    Tab,
    format_count,
)
from counterfoil.interfaces.web.requests import KnownRequest

CONFIDENCES = (900_000, 950_000, 990_000)
TOLERABLE = (10_000, 20_000, 50_000, 100_000, 150_000, 200_000)
EXPECTED = (0, 1, 2, 3)
_DEFAULTS = {
    "confidence": "950000",
    "tolerable": "50000",
    "expected": "0",
    "size": "25",
    "by": "amount",
}
# What each method asks, beside the confidence.
_ASKED = {
    Method.DISCOVERY: ("tolerable", "expected"),
    Method.RANDOM: ("size",),
    Method.STRATIFIED: ("size", "by", "bands", "top"),
    Method.MONETARY: ("amount", "expected"),
}


@shown_to("engagements.work")
def draw(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will freeze the population of an audit."""
    found = get_engagement(engagement_id)
    rows = decisions_in(found.scope)

    def do() -> str:
        draw_population(engagement_id=engagement_id, by=request.me, at=request.at)
        return _("The population is frozen and tied to the ledger. Plan the sample next.")

    blocked = ""
    if found.population is not None:
        blocked = _("The population was drawn before; it stays as it is.")
    elif not rows:
        blocked = _("No decision lies in this scope; open an audit over other days.")
    act = ActPage(
        title=_("Draw the population"),
        confirm=_("Draw the population"),
        back_url=reverse("console:engagement", args=[engagement_id]),
        facts=[
            (_("Decisions in the scope"), format_count(len(rows))),
            (
                _("Decided"),
                f"{day_text(found.scope.first_on)} – {day_text(found.scope.last_on)}",
            ),
        ],
        notice=_("It is drawn once. What is decided afterwards is not part of this audit."),
        blocked=blocked,
    )
    return answer(request, act, do)


def plan_of(found: EngagementInfo, asked: QueryDict) -> Plan:
    """This will read the plan that an address asks for. Raises BadPlan."""
    try:
        method = Method(asked.get("method", Method.DISCOVERY))
    except ValueError:
        raise BadPlan("method", _("Choose one of the methods.")) from None
    wanted = _ASKED[method]
    has_bands = method is Method.STRATIFIED and asked.get("by", "amount") == "amount"
    return Plan(
        method=method,
        seed=found.seed,
        confidence_ppm=_number(asked, "confidence"),
        tolerable_ppm=_number(asked, "tolerable") if "tolerable" in wanted else 0,
        expected=_number(asked, "expected") if "expected" in wanted else 0,
        size=_number(asked, "size") if "size" in wanted else 0,
        bands=_bands(found, asked) if has_bands else (),
        is_top_whole=has_bands and asked.get("top", "") == "yes",
        tolerable_minor=_amount(found, asked) if method is Method.MONETARY else 0,
    )


def _number(asked: QueryDict, name: str) -> int:
    number = asked_number(asked.get(name, _DEFAULTS[name]))
    if number is None:
        raise BadPlan(name, _("Write a whole number."))
    return number


def _amount(found: EngagementInfo, asked: QueryDict) -> int:
    text = asked.get("amount", "").strip()
    if not text:
        assert found.population is not None
        return max(1, found.population.total_minor // 20)
    return _minor(text, found.scope.currency)


def _bands(found: EngagementInfo, asked: QueryDict) -> tuple[int, ...]:
    text = asked.get("bands", "")
    if not text.strip():
        return _thirds(found)
    return tuple(_minor(each, found.scope.currency) for each in text.split(";") if each.strip())


def _thirds(found: EngagementInfo) -> tuple[int, ...]:
    """This will propose bands: where a third and two thirds of the money are reached."""
    assert found.population is not None
    amounts = sorted(item.minor for item in found.population.items)
    bands: list[int] = []
    passed, total = 0, sum(amounts)
    for minor in amounts:
        if minor and passed * 3 >= total * (len(bands) + 1) and len(bands) < 2:
            bands.append(minor)
        passed += minor
    return tuple(sorted(set(bands)))


def _minor(text: str, currency: str) -> int:
    try:
        return Money.parse(text.strip(), currency).minor
    except (MoneyError, UnknownCurrency) as error:
        raise BadPlan("amount", str(error)) from None


@shown_to("engagements.work")
def plan(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will show what a plan would draw and prove, before anything is drawn."""
    found = get_engagement(engagement_id)
    drawn: tuple[Drawn, ...] = ()
    wrong, chosen = "", None
    if found.population is not None and found.sample is None:
        try:
            chosen = plan_of(found, request.GET)
            drawn = select([each.item for each in found.population.items], chosen)
        except (BadPlan, EngagementRefused) as error:
            wrong = sentence(str(error))
    method = request.GET.get("method", Method.DISCOVERY)
    acts = []
    if chosen is not None and drawn and len(drawn) <= SAMPLE_MAX:
        acts.append(
            Act(
                _("Draw this sample"),
                f"{reverse('console:engagement_sample', args=[found.id])}?{_query(request)}",
                "pass",
                "main-act",
            )
        )
    context = {
        "crumbs": crumbs(found, _("Sample")),
        "head": Head(
            _("Plan the sample"),
            str(METHODS[Method(method)][1]) if method in set(Method) else "",
            acts=acts,
        ),
        "tabs_label": _("Methods"),
        "tabs": [
            Tab(words, f"{request.path}?method={each}", current=each == method)
            for each, (words, _lead) in METHODS.items()
        ],
        "filters": _form(found, request, chosen, method),
        "kpis": _kpis(found, chosen, drawn) if chosen is not None and drawn else [],
        "tables": [_would_draw(found, drawn, wrong)],
    }
    return pages.page(request, "console/list.html", context)


def _query(request: KnownRequest) -> str:
    return urlencode([(name, value) for name, value in request.GET.items() if value])


def _form(
    found: EngagementInfo, request: KnownRequest, chosen: Plan | None, method: str
) -> Filters | None:
    if found.population is None or found.sample is not None or method not in set(Method):
        return None
    wanted = _ASKED[Method(method)]

    def value(name: str) -> str:
        return request.GET.get(name, _DEFAULTS.get(name, ""))

    def pick(name: str, label: str, options: list[tuple[str, str]]) -> FieldPart:
        return FieldPart(
            name, label, kind="select", id=f"by-{name}", value=value(name),
            options=[OptionPart(key, word, key == value(name)) for key, word in options],
        )  # fmt: skip

    fields = [
        pick(
            "confidence",
            _("Confidence"),
            [(str(each), _("%(rate)s confidence") % {"rate": say_rate(each)})
             for each in CONFIDENCES],
        )
    ]  # fmt: skip
    if "tolerable" in wanted:
        fields.append(
            pick(
                "tolerable",
                _("Tolerable rate"),
                [(str(each), _("%(rate)s tolerable") % {"rate": say_rate(each)})
                 for each in TOLERABLE],
            )
        )  # fmt: skip
    if "expected" in wanted:
        fields.append(
            pick(
                "expected",
                _("Expected deviations"),
                [(str(each), _("%(count)s expected") % {"count": each}) for each in EXPECTED],
            )
        )
    if "size" in wanted:
        fields.append(
            FieldPart(
                "size", _("Items"), id="by-size", value=value("size"), inputmode="numeric",
                width="w-s",
            )
        )  # fmt: skip
    if "by" in wanted:
        fields += _strata_fields(found, request, chosen, pick)
    if "amount" in wanted:
        tolerable = request.GET.get("amount", "")
        if not tolerable and chosen is not None:
            tolerable = Money(chosen.tolerable_minor, found.scope.currency).format_number()
        fields.append(
            FieldPart(
                "amount",
                _("Tolerable misstatement"),
                id="by-amount",
                value=tolerable,
                affix=found.scope.currency,
                width="w-m",
            )
        )
    return Filters(
        request.path,
        _("Plan of the sample"),
        fields=fields,
        has_search=False,
        hidden=[("method", method)],
    )


def _strata_fields(
    found: EngagementInfo,
    request: KnownRequest,
    chosen: Plan | None,
    pick: Callable[[str, str, list[tuple[str, str]]], FieldPart],
) -> list[FieldPart]:
    bands = request.GET.get("bands", "")
    if not bands and chosen is not None:
        currency = found.scope.currency
        bands = "; ".join(Money(each, currency).format_number() for each in chosen.bands)
    fields = [
        pick("by", _("Strata"), [("amount", _("by amount")), ("type", _("by type"))]),
    ]
    if request.GET.get("by", "amount") == "amount":
        fields += [
            FieldPart("bands", _("Bands begin at"), id="by-bands", value=bands, width="w-l"),
            pick("top", _("Top band"), [("", _("a part of the top band")),
                                        ("yes", _("the whole top band"))]),
        ]  # fmt: skip
    return fields


def _kpis(
    found: EngagementInfo, chosen: Plan, drawn: Sequence[Drawn]
) -> list[tuple[str, str, str]]:
    assert found.population is not None
    currency = found.scope.currency
    told = promise([each.item for each in found.population.items], chosen, drawn)
    certain = sum(each.is_certain for each in drawn)
    kpis = [
        (
            _("Would be drawn"),
            format_count(len(drawn)),
            _("of %(all)s decisions") % {"all": format_count(len(found.population.items))},
        )
    ]
    if certain:
        kpis.append((_("Of them certain"), format_count(certain), _("too large to be missed")))
    if told.upper_minor is not None:
        kpis.append(
            (_("At most too much"), money(told.upper_minor, currency), _("if nothing is found"))
        )
    elif told.upper is not None and told.upper_ppm is not None:
        kpis.append(
            (
                _("At most deviating"),
                say_rate(told.upper_ppm),
                _("%(count)s decisions, if %(found)s found")
                % {"count": format_count(told.upper), "found": told.deviations or _("none is")},
            )
        )
    if len(drawn) > SAMPLE_MAX:
        kpis.append((_("Too many"), format_count(SAMPLE_MAX), _("papers are the most")))
    return kpis


def _would_draw(found: EngagementInfo, drawn: Sequence[Drawn], wrong: str) -> Table:
    by_id = {} if found.population is None else {e.decision: e for e in found.population.items}
    currency = found.scope.currency
    empty = Empty(_("Nothing can be drawn so"), wrong, "unknown")
    if found.population is None:
        empty = Empty(_("Draw the population first"), _("A sample is drawn from it."), "eye")
    elif found.sample is not None:
        empty = Empty(_("The sample was drawn"), _("An audit has one sample."), "lock")
    shown = drawn[:SAMPLE_MAX]
    return Table(
        "would",
        _("What would be drawn"),
        [
            Column(_("Submission")),
            Column(_("Partner")),
            Column(_("Stratum")),
            Column(_("Amount"), "num"),
        ],
        [
            Row(
                [
                    Cell(by_id[each.id].number),
                    Cell(by_id[each.id].partner),
                    Cell(_stratum(each, currency), css="soft"),
                    money_cell(Money(by_id[each.id].minor, currency)),
                ],
                id=each.id,
            )
            for each in shown
        ],
        empty,
    )


def _stratum(each: Drawn, currency: str) -> str:
    words = each.stratum
    if words == "0":
        words = _("below the bands")
    elif words.isdigit():
        words = _("from %(amount)s") % {"amount": money(int(words), currency)}
    if each.is_certain:
        words = f"{words}, {_('certain')}" if words else _("certain")
    return words


@shown_to("engagements.work")
def sample(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will draw the one sample of an audit, by the plan of the address."""
    found = get_engagement(engagement_id)
    facts, blocked, chosen = [], "", None
    if found.population is None:
        blocked = _("Draw the population first; a sample is drawn from it.")
    elif found.sample is not None:
        blocked = _("The sample was drawn before; an audit has one.")
    else:
        try:
            chosen = plan_of(found, request.GET)
            facts = _plan_facts(found, chosen)
        except BadPlan as error:
            blocked = sentence(str(error))

    def do() -> str:
        draw_sample(
            engagement_id=engagement_id,
            plan=chosen if chosen is not None else plan_of(found, request.GET),
            by=request.me,
            at=request.at,
        )
        return _("The sample is drawn, and each of its decisions was computed again.")

    act = ActPage(
        title=_("Draw the sample"),
        confirm=_("Draw this sample"),
        back_url=reverse("console:engagement", args=[engagement_id]),
        facts=facts,
        notice=_(
            "It is drawn once. Each drawn decision is computed again from its own record, which "
            "takes a moment; nothing is decided by it."
        ),
        blocked=blocked,
    )
    return answer(request, act, do)


def _plan_facts(found: EngagementInfo, chosen: Plan) -> list[tuple[str, str]]:
    assert found.population is not None
    items = [each.item for each in found.population.items]
    drawn = select(items, chosen)
    currency = found.scope.currency
    told = promise(items, chosen, drawn).to_json()
    return [
        (_("Method"), str(METHODS[chosen.method][0])),
        (_("How"), say_plan(chosen, currency=currency)),
        (_("Items"), format_count(len(drawn))),
        (_("If all is well"), say_bound(told, chosen, currency=currency)),
        (_("Seed"), chosen.seed),
    ]
