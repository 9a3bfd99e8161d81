"""The console script: configures Django, then hands over to the command line."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """This will run `counterfoil …`."""
    _end_in_order()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    import django

    try:
        django.setup()
    except PermissionError as error:
        sys.stderr.write(
            f"{error.filename} can't be read ({error.strerror}).\nRun this as the account that "
            "owns the data folder, or choose another folder with COUNTERFOIL_HOME.\n"
        )
        sys.exit(1)
    from counterfoil.interfaces.cli.app import run  # needs configured settings

    sys.exit(run())


def _end_in_order() -> None:
    """Have a signal to end unwind the stack, so that a database server we started is stopped."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    # Under nohup the end of the terminal is ignored, and stays so.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, end)


if __name__ == "__main__":
    main()
