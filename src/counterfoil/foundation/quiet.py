"""Logs without secrets: the part of a link that lets its holder in never reaches a log line."""

import logging
import re

SECRET_LINK = re.compile(r"(/(?:join|answer)/)[^/\s?#\"']+")


def masked(text: str) -> str:
    """This will return the text with the secret of each such link replaced."""
    return SECRET_LINK.sub(r"\1***", text)


class MaskLinks(logging.Filter):
    """Masks links in a record before a handler writes it: in its words and in its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """This will let every record pass, masked."""
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        return True
