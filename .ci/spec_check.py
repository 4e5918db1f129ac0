# ruff: noqa: INP001 (a script, not a package)
"""Hold recorded traffic against the vendors' own specifications.

    clearance twin --record traffic.jsonl &          # or TEST_TRAFFIC=$PWD/traffic.jsonl pytest tests/connectors
    python .ci/spec_check.py --spec SPECS --traffic traffic.jsonl

SPECS is a folder with a sub-folder for each system (salesforce, marketo, hubspot, sendgrid) of OpenAPI 3 or
Swagger 2 documents, which you bring: none are shipped. `tests/connectors/shapes` is such a folder too, in our
own words. Exits with 1 when anything differs that `--known` does not explain.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

from specs import documents, exchanges
from specs.checking import check
from specs.report import Known, Report

KNOWN = Path(__file__).parent / "specs" / "known.toml"


def main() -> int:
    """Read, check, print."""
    words = argparse.ArgumentParser(description="Hold recorded traffic against specifications.")
    words.add_argument("--spec", type=Path, required=True, help="folder of documents, a sub-folder a system")
    words.add_argument("--traffic", type=Path, required=True, nargs="+", help="recorded exchanges")
    words.add_argument("--system", default="", help="this system's exchanges alone")
    words.add_argument("--known", type=Path, default=KNOWN, help="differences that are known, with reasons")
    words.add_argument("--rows", type=int, default=0, help="of lists, check only so many rows at each end")
    asked = words.parse_args()
    operations = documents.read(asked.spec)
    report = Report(known=known(asked.known))
    for path in asked.traffic:
        for each in exchanges.read(path):
            if asked.system in {"", each.system}:
                report.add(each, check(each, operations, rows=asked.rows))
    for line in report.lines():
        sys.stdout.write(line + "\n")
    return 1 if report.found else 0


def known(path: Path) -> list[Known]:
    """The known differences of a TOML file: `[[known]]` with `match`, a regular expression, and `why`."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["known"]
    return [Known(re.compile(each["match"]), each["why"]) for each in listed]


if __name__ == "__main__":
    sys.exit(main())
