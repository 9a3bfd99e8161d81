"""Refusals of exchange."""


class ExchangeRefused(Exception):
    """Base of the refusals of this room."""


class UnknownMapping(ExchangeRefused):
    """No mapping has this code."""


class UnknownRun(ExchangeRefused):
    """No import has this id."""


class MappingDoesNotFit(ExchangeRefused):
    """The mapping can't read this file; each line says what does not fit and what would."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class RunIsOver(ExchangeRefused):
    """The import was taken or refused before."""


class BadRows(ExchangeRefused):
    """The file has bad rows and the person did not choose to leave them out."""

    def __init__(self, refused: int) -> None:
        super().__init__(
            f"{refused} rows can't be taken. Mend the file, or choose to import it without them; "
            "nothing was changed."
        )
        self.refused = refused
