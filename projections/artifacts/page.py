"""The page of all artifacts: ``python -m projections.artifacts.page`` prints ``docs/artifacts.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from domain.gates.table import GATES
from projections.artifacts.renderer import RENDERER
from projections.artifacts.row import Row
from projections.artifacts.schemas import file_name
from projections.artifacts.table import TABLE

INTRODUCTION = f"""\
# Artifacts

The documents of an incident. Every one is rendered from the facts of the incident's own stream, never
kept by hand: the same facts, the same policies and the same renderer number (now {RENDERER}) give the
same bytes, for every reader, before and after erasure. So an auditor derives them again and compares
(`tallystick verify`, step 10), and hashes of them can be signed.

```
tallystick artifacts list INC-1
tallystick artifacts render INC-1 --out DIR [--readable] [--at-version N | --at TIME]
tallystick artifacts render INC-1 decision-log
curl -s $URL/v1/incidents/INC-1/artifacts/decision-log.json?at_version=40 -H "$AUTH"
```

An artifact exists as soon as there is anything that it is about. All of one incident are as of one
version of its stream, which their headers name. Sealed text shows as `⟦sealed:…⟧`, people as principal
ids; a *readable copy* has words and names in their places, for those who may see them, and is never
hashed into a fact.

## Which there are

Folders are those of the protocol. *Counted*: gate 4 counts it in documentation completeness. *Required*:
a manifest has to list it; of steps 2.1 to 3.1 nothing is owed where nothing had to be executed.

| file | step | gate | read by | counted | required |
|---|---|---|---|---|---|
"""

HEADER = """
## Header

JSON artifacts are one object with sorted keys, indented by two blanks, UTF-8, LF, a final newline, no
fractions (ratios are `{"num","den"}`). Markdown artifacts are CommonMark and carry the same fields as
YAML front matter.

| field | meaning |
|---|---|
| `schema`, `schema_version` | the form of this artifact |
| `protocol_id`, `protocol_version` | `17`, `2.0` |
| `incident_id`, `incident_commander` | stream of the incident; principal id of who commands |
| `generated_from` | `stream`, `version`, `leaf`, `position` of the last fact that went in |
| `generated_at` | when that fact was recorded |
| `policy_sha256` | the policy in force |
| `renderer` | the number of the rendering rules |
| `banners` | what is to be said first: a drill; profile solo, no separation of duties |
| `status`, `metrics`, `data` | what this artifact says |

## Forms

JSON Schemas (draft 2020-12), shipped in `config/schemas/artifacts/`:

"""

MANIFEST = """
## The manifest

`evidence-manifest.json` lists every other artifact and every registered blob (evidence, outputs of
commands, long texts) with SHA-256 and size; of a blob those of the stored ciphertext, which anybody can
check without keys. It names what went in, the transformations, the gates, the waivers, and what is
missing of what is required. It lists neither itself nor the bundle. It is made binding by the fact
`evidence-manifest-sealed`, which names its hash and the version it was made of; each revision names the
hash of the one sealed before. `tallystick manifest verify DIR|FILE.zip` checks it against the files
beside it.
"""


def page() -> str:
    """Return the page, with a final newline."""
    return "".join((INTRODUCTION, *map(_row, TABLE), HEADER, *_forms(), MANIFEST))


def _row(row: Row) -> str:
    gate = "" if row.gate is None else str(GATES[row.gate].number)
    read = ", ".join(f"protocol {name}" if name.isdigit() else name for name in row.consumers)
    marks = ("yes" if row.counted else "", "yes" if row.required else "")
    return f"| {' | '.join((f'`{row.path}`', row.step, gate, read, *marks))} |\n"


def _forms() -> Iterator[str]:
    for row in TABLE:
        if not row.is_markdown:
            yield f"- `{file_name(row)}`\n"


if __name__ == "__main__":
    sys.stdout.write(page())
