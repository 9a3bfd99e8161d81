"""The worker's own entry point: `python -m counterfoil.config.run_worker`."""

import os


def main() -> None:
    """This will run background jobs until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    import django

    django.setup()
    from counterfoil.interfaces.worker.run import run_worker  # needs configured settings

    run_worker()


if __name__ == "__main__":
    main()
