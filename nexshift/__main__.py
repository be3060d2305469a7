"""`python -m nexshift` is the same as `nexshift`."""

from nexshift.cli import main

if __name__ == "__main__":  # the service's worker processes import this module and must not begin again
    main()
