"""`python -m local`: run | token ROLE | seed N | journey [URL] | scan | drill N [FIGURES]."""

import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run one command; each imports only what it needs."""
    status = 0
    match arguments:
        case ["run"]:
            from local import run  # noqa: PLC0415  # see above

            run.main()
        case ["token", role]:
            from local import tokens  # noqa: PLC0415  # see above

            status = tokens.main(role)
        case ["seed", count] if count.isascii() and count.isdigit():
            from local import fill  # noqa: PLC0415  # see above

            status = fill.main(int(count))
        case ["journey", *url] if len(url) <= 1:
            from local.journey import story  # noqa: PLC0415  # see above

            status = story.main(url)
        case ["drill", count, *kept] if count.isascii() and count.isdigit() and len(kept) <= 1:
            from local import drill  # noqa: PLC0415  # see above

            status = drill.main(int(count), *map(Path, kept))
        case ["scan"]:
            from local import scan  # noqa: PLC0415  # see above

            status = scan.main()
        case ["serve", listener]:
            from local import serve  # noqa: PLC0415  # see above

            serve.main(int(listener))
        case ["cloud", listener]:
            from local import cloud  # noqa: PLC0415  # see above

            cloud.main(int(listener))
        case _:
            print(__doc__, file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
