"""Mail that stays: the demo and installations without SMTP read it on the mailbox page."""

from counterfoil.adapters.mail_outbox.keep import KeepInOutbox

__all__ = ["KeepInOutbox"]
