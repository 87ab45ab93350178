"""`python -m local`: run | token ROLE | seed N | journey [URL]."""

import sys


def main(arguments: list[str]) -> int:
    """Run one command; each imports only what it needs."""
    match arguments:
        case ["run"]:
            from local import run  # noqa: PLC0415  # see above

            return run.main()
        case ["token", role]:
            from local import tokens  # noqa: PLC0415  # see above

            return tokens.main(role)
        case ["serve", listener]:
            from local import serve  # noqa: PLC0415  # see above

            serve.main(int(listener))
            return 0
        case ["cloud", listener]:
            from local import cloud  # noqa: PLC0415  # see above

            cloud.main(int(listener))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
