"""What partners hands out."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """A portal person's place at a partner."""

    partner_id: int
    partner_public_id: str
    partner_name: str
    role: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a status means for what a partner can do; `words` say it to a person."""

    can_sign_in: bool
    can_submit: bool
    can_be_paid: bool
    words: str


STANDINGS: dict[str, Standing] = {
    "prospect": Standing(
        can_sign_in=True,
        can_submit=False,
        can_be_paid=False,
        words="Can sign in and prepare drafts; can't submit or be paid until active.",
    ),
    "active": Standing(
        can_sign_in=True, can_submit=True, can_be_paid=True, words="Can submit and be paid."
    ),
    "suspended": Standing(
        can_sign_in=True,
        can_submit=False,
        can_be_paid=False,
        words="Can sign in and answer what is open; new submissions and payments are held.",
    ),
    "ended": Standing(
        can_sign_in=False,
        can_submit=False,
        can_be_paid=True,
        words="Nobody of the partner can sign in; what was approved before is still paid.",
    ),
}


@dataclass(frozen=True, slots=True)
class PartnerData:
    """What a partner is made of when it is first entered; only name and kind must be given."""

    name: str
    kind: str
    legal_name: str = ""
    segment: str = ""
    region: str = ""
    country: str = ""
    city: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    tax_id: str = ""
    mail_domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner as lists show it; `pk` is the number that isolation compares."""

    id: str
    pk: int
    name: str
    kind: str
    segment: str
    region: str
    country: str
    status: str
    manager_name: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Addressee:
    """A partner as a document addresses it: public id, legal name, language."""

    id: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """A page of partners by name, and the cursor of the next one (empty at the end)."""

    partners: tuple[PartnerRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person to talk to at a partner."""

    id: str
    name: str
    email: str
    phone: str
    job_title: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """A signed agreement; `file_sha256` names its file in the store, empty without one."""

    id: str
    kind: str
    version: str
    signed_by: str
    signed_on: date
    in_force_from: date
    in_force_to: date | None
    file_sha256: str

    def is_in_force(self, on: date) -> bool:
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A portal person's place at the partner."""

    id: str
    name: str
    email: str
    role: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner with what belongs to it: data, standing, contacts, agreements and people."""

    id: str
    pk: int
    data: PartnerData
    status: str
    standing: Standing
    manager_name: str
    created_at: datetime
    source_keys: tuple[tuple[str, str], ...] = ()
    contacts: tuple[ContactRow, ...] = ()
    agreements: tuple[AgreementRow, ...] = ()
    members: tuple[MemberRow, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.data.name


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving a partner did: its ids and what changed; "new", "changed" or "same"."""

    id: str
    pk: int
    outcome: str


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A change of status and what it means from here on."""

    before: str
    after: str
    standing: Standing
