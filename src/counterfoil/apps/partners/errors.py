"""Refusals of partners."""


class PartnerRefused(Exception):
    """Partners refuse; the message is for the person who asked."""


class UnknownPartner(PartnerRefused):
    """No partner of this id can be seen."""


class UnknownField(PartnerRefused):
    """The partner has no such field, or it can't be changed this way."""


class BadValue(PartnerRefused):
    """A value does not fit its field; `field` names it."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(f"{field}: {words}")
        self.field = field


class SourceKeyTaken(PartnerRefused):
    """Another partner is known by this key already."""


class StatusRefused(PartnerRefused):
    """A partner can't go from the present status to the wanted one."""


class UnknownContact(PartnerRefused):
    """The partner has no such contact."""


class UnknownMembership(PartnerRefused):
    """The partner has no such person."""


class MemberAlready(PartnerRefused):
    """The person belongs to the partner already."""


class LastPartnerAdmin(PartnerRefused):
    """Somebody must be left who can invite the partner's people."""


class AgreementRefused(PartnerRefused):
    """The agreement's dates do not fit each other."""
