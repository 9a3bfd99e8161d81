"""The console script: configures Django, then hands over to the command line."""

import os
import sys


def main() -> None:
    """This will run `counterfoil …`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    import django

    django.setup()
    from counterfoil.interfaces.cli.app import run  # needs configured settings

    sys.exit(run())


if __name__ == "__main__":
    main()
