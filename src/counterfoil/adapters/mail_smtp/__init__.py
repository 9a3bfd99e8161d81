"""Mail through an SMTP server."""

from counterfoil.adapters.mail_smtp.smtp import SmtpMail

__all__ = ["SmtpMail"]
