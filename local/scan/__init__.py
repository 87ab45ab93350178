"""What `make check` asks of programs that know faults by sight: one line each, and the findings.

bandit reads the code, detect-secrets every file that git would keep, pip-audit asks which of the
locked releases have known faults, squawk reads the migrations.
"""

import sys

from local.scan import advisories, code, migrations, secrets
from local.scan.verdict import Verdict


def main() -> int:
    """Print what each says; return 1 when one has a finding."""
    return report([code.judge(), secrets.judge(), migrations.judge(), advisories.judge()])


def report(verdicts: list[Verdict]) -> int:
    """Print verdicts, and the findings below the one they belong to; return the exit status."""
    for each in verdicts:
        print(f"{each.check}: {each.said}", flush=True)
        for finding in each.findings:
            print(f"    {finding}", file=sys.stderr, flush=True)
    return int(any(each.findings for each in verdicts))
