"""docs/metrics.md, from the table; ``python -m projections.metrics.page`` prints it.

The checked-in page is held equal by a test.
"""

from __future__ import annotations

import sys

from projections.metrics.table import METRICS

HEAD = """\
# Metrics

Generated from the table (`python -m projections.metrics.page`); a test holds this page equal.

`tallystick metrics INCIDENT` and `GET /v1/incidents/{incident}/metrics` say what one incident measured, now
or as of any version or recorded time. `tallystick metrics` and `GET /v1/metrics/incidents` (parameters
`from`, `to`, `severity`, `drills`) say what incidents measured together: `count`, `median`, `p90`, `p95`,
`max` and `total`. `from` and `to` are about when an incident was opened. Drills are left out unless they are
asked for; restricted incidents count, and none is named. Both paths take `format=csv` and `format=jsonl`,
over incidents with a row for each metric and `basis` (`raw`, `recorded`, `late`). In a browser: `/numbers`,
and `/incidents/{incident}/numbers`, with the formula beside each number.

- **Exact.** Seconds have three decimals (spans are whole milliseconds, begun ones count; 0 where the order is
  reversed), ratios are `num/den`, percentiles are by nearest rank: each is a value that was measured.
- **Raw and recorded.** `raw` goes by the times that people and machines stated, `recorded` by the times at
  which the ledger recorded them. A fact recorded more than two minutes after it happened is *reported late*:
  of one incident `reported_late` says so, over incidents `late` has the raw values of those alone that rest
  on such a fact. What an alert's source says of its own clock (`fired_at`) counts for both.
- **Recovery is validated** by the last validation that stands: a success, or any once the resolution is
  confirmed, as long as nothing was planned anew or opened again since.
- **Nothing measured is null**, not 0: an incident that nobody acknowledged has no time to acknowledge. All
  but alert precision is measured of declared incidents.
- Not measured yet, for nothing records it: satisfaction.

| id | metric | unit | formula |
|---|---|---|---|"""


def page() -> str:
    """Return the page, with a final newline."""
    rows = (f"| `{row.id}` | {row.title} | {row.unit} | {row.formula} |" for row in METRICS)
    return "\n".join((HEAD, *rows)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
