"""The demo's data: a made-up vendor, its partners and twelve months of requests and claims.

Made by the same flows as real work, from a seed; nothing is copied from anywhere. The play stops
in the middle of its last weeks, so that submissions stand in every state.
"""

import csv
import io
import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from counterfoil.apps.access.selectors import list_active_people
from counterfoil.apps.partners.selectors import list_seats, partner_ids_by_key, partner_names
from counterfoil.apps.programs.selectors import latest_statements
from counterfoil.apps.programs.services import enroll_partner
from counterfoil.apps.programs.types import StatementInfo
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import earn_funds
from counterfoil.flows.import_records import stage_import, take_import
from counterfoil.flows.submit import save_details, start_submission
from counterfoil.flows.verify_log import sequence_log, sign_log
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.output import progress, say
from counterfoil.interfaces.cli.setup_keys import ensure_keys
from counterfoil.interfaces.cli.tour.bank_round import (
    explain_what_waits,
    open_account,
    pay_by_bank,
    record_bank_details,
)
from counterfoil.interfaces.cli.tour.cast import SETUP, Cast, hire_partner, hire_vendor
from counterfoil.interfaces.cli.tour.commission_round import run_months
from counterfoil.interfaces.cli.tour.money_round import pay_what_is_ready
from counterfoil.interfaces.cli.tour.play import Diary, perform, read_ahead
from counterfoil.interfaces.cli.tour.stage import (
    Quarter,
    Stage,
    admit_partner,
    at_hour,
    open_fund,
    open_stage,
    quarters,
    save_mappings,
)
from counterfoil.interfaces.cli.tour.stories import Fault, Purse, Used, write_stories

SEED = 7
SOURCE = "demo-erp"
VENDOR = "Northgate Systems GmbH"
_HEADS = (
    "Alster", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo",
    "Juniper",
    "Keystone", "Lantern", "Meridian", "Nimbus", "Onyx", "Pioneer", "Quartz", "Ridge", "Summit",
    "Tidal",
)  # fmt: skip
_TAILS = (
    "Data Systems", "Networks", "IT Partners", "Cloud Works", "Digital", "Consulting", "Solutions",
    "Technology Group", "Software", "Services",
)  # fmt: skip
_PLACES = (
    ("Germany", "DACH", "Hamburg", "de"), ("Germany", "DACH", "Munich", "de"),
    ("Austria", "DACH", "Vienna", "de"), ("France", "South", "Lyon", "en"),
    ("Spain", "South", "Valencia", "en"), ("Netherlands", "North", "Utrecht", "en"),
    ("Sweden", "North", "Malmo", "en"), ("Ireland", "North", "Cork", "en"),
)  # fmt: skip
_MAPPINGS: dict[str, dict[str, object]] = {
    "demo-partners": {
        "title": "Partners from the ERP",
        "record_type": "partners",
        "source": SOURCE,
        "columns": {
            name: {"column": name}
            for name in ("key", "name", "kind", "segment", "country", "region", "city")
        },
    },
    "demo-sales": {
        "title": "Sales lines from the ERP",
        "record_type": "sales",
        "source": SOURCE,
        "columns": {
            "key": {"column": "line"},
            "partner_key": {"column": "partner"},
            "order_number": {"column": "order"},
            "sold_on": {"column": "date"},
            "product": {"column": "product"},
            "category": {"column": "product"},
            "quantity": {"column": "quantity"},
            "amount": {"column": "amount"},
            "currency": {"column": "currency"},
        },
    },
}


def ensure_demo_data(*, partners: int = 200, now: datetime | None = None) -> None:
    """This will make the demo's data once; an installation that has people is left alone."""
    complete = settings.HOME / "demo-is-complete"
    if list_active_people(limit=1):
        if not complete.exists():
            say(
                "Making the demo data was interrupted, so part of it is missing. "
                f"To make it anew, stop and remove {settings.HOME}."
            )
        return
    ensure_keys()
    moment = now or datetime.now(UTC)
    with progress() as bar:
        task = bar.add_task("Making a year of demo data", total=100)
        _make(partners, moment, lambda share: bar.update(task, completed=share))
    complete.touch()
    say("The demo data is there.")


def _make(partners: int, now: datetime, tell: Callable[[int], None]) -> None:
    today = now.date()
    current = Quarter(today.year, (today.month + 2) // 3)
    past = _before(current, 4)
    opened = datetime.combine(past[0].first, datetime.min.time(), UTC) + timedelta(hours=9)
    stage = _stage(opened)
    stage.reviewed_until = now - timedelta(days=5)
    stage.checked_until = now - timedelta(days=25)
    keys = _bring_partners(stage, partners, opened)
    _bring_sales(stage, keys, past, today, at=min(now, at_hour(today, 0)))
    bank = open_account(stage, holder=VENDOR, calendar="DE", at=opened)
    used: list[Used] = []
    # A small demo, as tests use it, has fewer submissions and is there sooner.
    share = max(6, min(16, partners // 12)) if partners >= 12 else 3
    for number, quarter in enumerate(past):
        tell(20 + 18 * number)
        if quarter.next().first >= today:
            break
        at = at_hour(quarter.next().first + timedelta(days=3), 8)
        if at >= now:
            at = now - timedelta(hours=2)
        fund = open_fund(stage, quarter, budget=Money(400_000_000, "EUR"), at=at)
        with acting_as(staff()):
            earn_funds(fund_id=fund.public_id, by=stage.cast.one("finance_maker"), at=at)
            statements = latest_statements(fund_id=fund.public_id)
            names = partner_names(pks=list(statements))
        purses = _purses(stage, statements, names, number, at, now)
        written = write_stories(
            fund=quarter.code, opens=fund.starts_on, closes=fund.ends_on, currency="EUR",
            purses=purses, requests=share, claims=share + 3, faulty_requests=share // 5,
            faulty_claims=share // 2, used=used,
            seed=SEED + number, first_day=at.date(), days=55,
        )  # fmt: skip
        read_ahead(stage, written)
        diary = Diary()
        perform(stage, written, diary, until=now)
        for story in written:
            used += [
                (c.sent_on, c.bills[0])
                for c in story.claims
                if c.fault is Fault.NONE and c.was_sent
            ]
        pay_at = at_hour(quarter.next().last - timedelta(days=12), 10)
        if pay_at + timedelta(days=10) < now:
            pay_what_is_ready(stage, at=pay_at)
            is_newest = pay_at + timedelta(days=100) > now
            # The newest claims wait in a file for approvals; older exceptions are cleared.
            if not is_newest:
                explain_what_waits(stage, at=pay_at)
                pay_by_bank(stage, bank, at=pay_at + timedelta(hours=1))
    run_months(stage, months=3, zone="Europe/Berlin", sold_until=past[-1].last, now=now)
    pay_by_bank(stage, bank, at=now - timedelta(hours=3), is_sent=False)
    _drafts(stage, now)
    _seal(now)


def _before(quarter: Quarter, count: int) -> list[Quarter]:
    """The `count` quarters before this one, oldest first."""
    year, number = quarter.year, quarter.number - count
    while number < 1:
        year, number = year - 1, number + 4
    return quarters(Quarter(year, number), count)


def _stage(opened: datetime) -> Stage:
    cast = Cast()
    hire_vendor(cast, domain="northgate.example", zone="Europe/Berlin", at=opened)
    stage = open_stage(
        program="partner-plus", name="Partner Plus", vendor=VENDOR, currency="EUR",
        zone="Europe/Berlin", calendar="DE", cast=cast, at=opened,
        store=adapter("evidence_store"), reader=adapter("evidence_reader"),
    )  # fmt: skip
    save_mappings(stage, _MAPPINGS, at=opened)
    return stage


def _csv(heading: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return out.getvalue().encode()


def _import(stage: Stage, mapping: str, name: str, content: bytes, at: datetime) -> None:
    by = stage.cast.one("administrator")
    with acting_as(staff()):
        staged = stage_import(
            mapping_code=mapping, file_name=name, content=content, store=stage.store, by=by, at=at
        )
    with acting_as(staff()):
        take_import(run_id=staged.run_id, skip_bad_rows=False, store=stage.store, by=by, at=at)


def _bring_partners(stage: Stage, count: int, at: datetime) -> list[str]:
    rows = []
    for number in range(count):
        country, region, city, _ = _PLACES[number % len(_PLACES)]
        head, tail = _HEADS[number % len(_HEADS)], _TAILS[(number // len(_HEADS)) % len(_TAILS)]
        rows.append(
            [f"P{number:04d}", f"{head} {tail}", "reseller", ("small", "mid", "large")[number % 3],
             country, region, city]
        )  # fmt: skip
    heading = ["key", "name", "kind", "segment", "country", "region", "city"]
    _import(stage, "demo-partners", "partners.csv", _csv(heading, rows), at)
    with acting_as(staff()):
        for number, pk in enumerate(sorted(partner_ids_by_key(source=SOURCE).values())):
            enroll_partner(
                partner_id=pk, program=stage.program,
                tier=("registered", "registered", "silver", "gold")[number % 4],
                since_on=at.date(), by=SETUP, at=at,
            )  # fmt: skip
    return [row[0] for row in rows]


def _bring_sales(
    stage: Stage, keys: list[str], past: list[Quarter], today: date, *, at: datetime
) -> None:
    rng = random.Random(f"sales:{SEED}")  # noqa: S311  a demo's sales, no secret
    rows = []
    for quarter in past:
        days = (quarter.last - quarter.first).days
        for number, key in enumerate(keys):
            for order in range(2 + number % 4):
                day = quarter.first + timedelta(days=rng.randint(0, days))
                if day >= today:
                    continue
                amount = rng.randint(300_000, 9_000_000) * (1, 1, 12)[number % 3]
                rows.append(
                    [f"{quarter.code}-{key}-{order}", key, f"SO-{quarter.code}-{key}-{order}",
                     day.isoformat(), rng.choice(("gateway", "sensor", "suite", "support")),
                     str(rng.randint(1, 40)), f"{amount // 100}.{amount % 100:02d}", "EUR"]
                )  # fmt: skip
    heading = ["line", "partner", "order", "date", "product", "quantity", "amount", "currency"]
    _import(stage, "demo-sales", "sales.csv", _csv(heading, rows), at)


def _purses(
    stage: Stage,
    statements: Mapping[int, StatementInfo],
    names: dict[int, tuple[str, str, str]],
    number: int,
    at: datetime,
    now: datetime,
) -> list[Purse]:
    """Fourteen partners ask for money in a quarter; four of them do so in each.

    Every third is paid by bank file, the others by the ERP.
    """
    order = sorted(statements)
    chosen = order[:4] + order[4 + number * 10 : 14 + number * 10]
    purses = []
    for pk in chosen:
        name, public_id, country = names[pk]
        if pk not in stage.cast.partners:
            place = next(p for p in _PLACES if p[0] == country)
            admit_partner(
                stage, partner_pk=pk, public_id=public_id, name=name, since=at.date(), at=at,
                country=country, has_payee=pk % 9 != 0,
                route="bank_file" if pk % 3 == 1 else "erp_bill",
            )  # fmt: skip
            person = hire_partner(
                stage.cast, partner_pk=pk, domain=f"{name.lower().replace(' ', '-')}.example",
                at=at, language=place[3], zone="Europe/Berlin",
            )  # fmt: skip
            if pk % 3 == 1 and pk % 9 != 0:
                record_bank_details(
                    stage, partner_pk=pk, public_id=public_id, name=name, person=person.name,
                    at=at, now=now,
                )  # fmt: skip
        purses.append(Purse(pk, name, statements[pk].earned.minor))
    return purses


def _drafts(stage: Stage, now: datetime) -> None:
    """A few partners have begun something and not sent it."""
    newest = max(stage.funds)
    for pk, actor in list(stage.cast.partners.items())[:5]:
        at = now - timedelta(days=1, minutes=pk % 50)
        with acting_as(portal(pk)):
            begun = start_submission(
                playbook_code="mdf-request", fund_id=stage.funds[newest].public_id,
                title="Autumn roadshow", by=actor, at=at,
            )  # fmt: skip
            save_details(
                submission_id=begun.submission_id,
                entries={"activity": "event", "activity_name": "Autumn roadshow"},
                by=actor, at=at,
            )  # fmt: skip


def _seal(now: datetime) -> None:
    with acting_as(worker()):
        while sequence_log(at=now):
            continue
    with acting_as(worker()):
        sign_log(at=now, key=adapter("signing_key"), store=adapter("checkpoint_store"))


def print_personas(url: str) -> None:
    """This will print who one can be, and where the tour begins."""
    say("")
    say(f"Open {url} and choose a person. Some of them:")
    for person in list_active_people(limit=14):
        seats = list_seats(user_pk=person.actor.user_pk or 0)
        role = person.actor.role if person.is_staff_member else seats[0].role if seats else "-"
        where = "" if person.is_staff_member else f" of {seats[0].partner_name}" if seats else ""
        say(f"  {person.actor.name:<18} {role.replace('_', ' ')}{where}")
    say(f"The five-minute tour: {url}/demo/tour")
    say("")
