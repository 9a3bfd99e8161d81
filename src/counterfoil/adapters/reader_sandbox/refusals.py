"""The refusal of a file inside the reader; crosses to the parent as its code and message."""


class Refusal(Exception):
    """The file is not taken: `code` is stable, the message says what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def unreadable(what: str) -> Refusal:
    """Return the refusal of a damaged file of the kind `what`, such as "PDF"."""
    return Refusal(
        "UNREADABLE",
        f"This {what} is damaged or was not sent completely; open it on your computer to check, "
        "save it again and upload the new copy.",
    )
