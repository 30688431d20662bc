"""``VERIFY.md``: what a stranger types to check an export with tools of their own.

No evidence, only help: the commands take everything from the files beside it. They need bash, coreutils, sed
and openssl, and ssh-keygen where root keys have signed. A test runs every block of a real export.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Where an entry lies: ``size`` bytes of file ``path`` from byte ``offset``, counted from 0."""

    position: int
    path: str
    offset: int
    size: int


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """What the page names; ``authorised`` is the first entry that root keys signed, if any did."""

    origin: str
    vkey: str
    size: int
    first: Slice
    first_tile: str
    authorised: Slice | None = None


def verify_help(about: Help) -> bytes:
    """Return the page, with commands to be run one after another in the folder of the export."""
    page = _PAGE if about.authorised is None else _PAGE + _AUTHORISED
    values = {
        "ORIGIN": about.origin,
        "VKEY": about.vkey,
        "LAST": str(about.size - 1),
        "TILE": about.first_tile,
        "FIRST": _cut(about.first),
        "ENTRY": "" if about.authorised is None else str(about.authorised.position),
        "CUT": "" if about.authorised is None else _cut(about.authorised),
    }
    return filled(page, values).encode()


def _cut(entry: Slice) -> str:
    return f"dd if={entry.path} bs=1 skip={entry.offset} count={entry.size} status=none"


def filled(page: str, values: Mapping[str, str]) -> str:
    """Return ``page`` with each value in the place of its name between two @."""
    for name, value in values.items():
        page = page.replace(f"@{name}@", value)
    return page


_PAGE = """\
# How to check this ledger

`@ORIGIN@`, entries 0 to @LAST@. Run this here, with bash. No file in here can tell
whose log this is: compare the key below with the one you got another way.

Nothing was damaged on the way:

```bash
sha256sum --check --strict --quiet SHA256SUMS
```

Everything holds together, and that key signed it:

```bash
tallystick verify . --log-key '@VKEY@'
```

By hand: the hash of entry 0 stands first in the tree, and its recorder signed it.

```bash
t=$(mktemp -d)
@FIRST@ > $t/entry
hash=$( (printf '\\0'; cat $t/entry) | sha256sum | head -c 64)
test $hash = "$(head -c 32 @TILE@ | od -An -v -tx1 | tr -d ' \\n')"

member() { sed 's/.*"'$1'":"\\([^"]*\\)".*/\\1/' $t/$2; }
member payload entry | base64 -d > $t/event
member sig entry | base64 -d > $t/sig
(printf 'DSSEv1 28 application/cloudevents+json %d ' $(wc -c < $t/event); cat $t/event) > $t/signed
(printf 302a300506032b6570032100; member recorderkey event) | tr a-f A-F | basenc --base16 -d > $t/key
openssl pkey -pubin -inform DER -in $t/key -out $t/key.pem
openssl pkeyutl -verify -rawin -pubin -inkey $t/key.pem -sigfile $t/sig -in $t/signed
```
"""

_AUTHORISED = """
A root key of entry 0 authorised entry @ENTRY@:

```bash
sed 's/.*"rootkeys":\\["\\([^]]*\\)"\\].*/\\1/; s/","/\\n/g' $t/event | sed 's/^/root /' > $t/roots
@CUT@ > $t/entry
member payload entry | base64 -d > $t/event
data=$(sed -E 's/.*"data":(\\{.*\\}),"datacontenttype".*/\\1/
    s/"(possession|rootsignatures)":("[^"]*"|\\[[^]]*\\]),?//g; s/,\\}$/}/' $t/event)
printf '%s\\n' tallystick/keys/v1 'origin @ORIGIN@' "type $(member type event)" \\
    "after $(member prevhash event)" "data $(printf %s "$data" | sha256sum | head -c 64)" > $t/statement
printf %b "$(sed 's/.*"rootsignatures":\\[[^]]*"signature":"\\([^"]*\\)".*/\\1/' $t/event)" > $t/sig
ssh-keygen -Y verify -f $t/roots -I root -n tallystick/keys@v1 -s $t/sig < $t/statement
```
"""
