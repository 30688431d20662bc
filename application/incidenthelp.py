"""``VERIFY.md`` of the export of an incident: what a stranger types to check it with tools of their own.

No evidence, only help: the commands take everything from the files beside it. They need bash, coreutils, sed,
grep and openssl. A test runs every block of a real export.
"""

from __future__ import annotations

import msgspec

from application.verifyhelp import filled


class IncidentHelp(msgspec.Struct, frozen=True, kw_only=True):
    """What the page names; ``disclosed`` is whether sealed texts go with the export."""

    incident: str
    origin: str
    vkey: str
    size: int
    disclosed: bool


def incident_help(about: IncidentHelp) -> bytes:
    """Return the page, with commands to be run one after another in the folder of the export."""
    page = _PAGE + _DISCLOSED if about.disclosed else _PAGE
    values = {
        "INCIDENT": about.incident,
        "ORIGIN": about.origin,
        "VKEY": about.vkey,
        "SIZE": str(about.size),
    }
    return filled(page, values).encode()


_PAGE = """\
# How to check this incident

`@INCIDENT@` of the ledger `@ORIGIN@`, with what belongs to it, as of that ledger's
first @SIZE@ entries. Run this here, with bash. No file in here can tell whose log
this is: compare the key below with the one you got another way.

Nothing was damaged on the way:

```bash
sha256sum --check --strict --quiet SHA256SUMS
```

Everything holds together, and that key signed it:

```bash
tallystick verify . --log-key '@VKEY@'
```

By hand: that key signed the checkpoint.

```bash
t=$(mktemp -d)
hex() { od -An -v -tx1 | tr -d ' \\n'; }
bytes() { tr a-f A-F | basenc --base16 -d; }
key() { (printf 302a300506032b6570032100; cat) | bytes | openssl pkey -pubin -inform DER; }
signed() { openssl pkeyutl -verify -rawin -pubin -inkey $1 -sigfile $2 -in $3; }

printf %s '@VKEY@' | cut -d+ -f3- | base64 -d | tail -c 32 | hex | key > $t/log
sed '/^$/,$d' checkpoint > $t/text
sed -n 's|^— @ORIGIN@ ||p' checkpoint | head -1 | base64 -d | tail -c 64 > $t/sig
signed $t/log $t/sig $t/text
```

Each entry of the incident is in the tree of that checkpoint where its proof says (RFC 9162,
2.1.3.2), follows the one before it, and was signed by a recorder that stream `keys` names.
Since when, and until when, a recorder might sign is left to `tallystick verify`.

```bash
hash() { bytes | sha256sum | head -c 64; }
member() { sed 's/.*"'$1'":"\\([^"]*\\)".*/\\1/' $2; }
size=$(sed -n 2p checkpoint)
root=$(sed -n 3p checkpoint | base64 -d | hex)

climb() { # from leaf $1 at position $2 to the root
    local at=$2 last=$((size - 1)) sum=$1 side
    while read -r side; do
        side=$(base64 -d <<< $side | hex)
        if ((at & 1 || at == last)); then
            sum=$(hash <<< 01$side$sum)
            until ((at & 1 || at == 0)); do at=$((at >> 1)) last=$((last >> 1)); done
        else
            sum=$(hash <<< 01$sum$side)
        fi
        at=$((at >> 1)) last=$((last >> 1))
    done
    echo $sum
}

sed 's/.*"payload":"\\([^"]*\\)".*/\\1/' streams/keys.jsonl | while read -r event; do
    base64 -d <<< $event | grep -oE '"(recorderkey|key)":"[0-9a-f]{64}"' | cut -d'"' -f4
done | while read -r recorder; do
    key <<< $recorder > $t/recorder-$(hash <<< $recorder)
done

before=$(printf 'tallystick/genesis/v1\\n%s\\n%s\\n' @ORIGIN@ @INCIDENT@ | sha256sum | head -c 64)
paste streams/@INCIDENT@.idx streams/@INCIDENT@.jsonl | while read -r position envelope; do
    printf %s "$envelope" > $t/entry
    leaf=$( (printf '\\0'; cat $t/entry) | sha256sum | head -c 64)
    proof=proofs/$position.tlog-proof
    member payload $t/entry | base64 -d > $t/event
    member sig $t/entry | base64 -d > $t/sig
    (printf 'DSSEv1 28 application/cloudevents+json %d ' $(wc -c < $t/event); cat $t/event) > $t/text
    sed '1,/^$/d' $proof | cmp - checkpoint &&
        test "$(sed -n 2p $proof)" = "index $position" &&
        test $(sed '1,2d; /^$/,$d' $proof | climb $leaf $position) = $root &&
        test $(member prevhash $t/event) = $before &&
        signed $t/recorder-$(member keyid $t/entry) $t/sig $t/text > $t/said ||
        { echo "entry $position does not hold"; exit 1; }
    before=$leaf
done && echo "every entry of @INCIDENT@ holds"
```
"""

_DISCLOSED = """
Each text in `disclosures.jsonl` is the one that the entries commit to by its `c`:

```bash
while IFS= read -r line; do
    for kind in sealed blob; do
        (printf 'tallystick/%s/v1\\n' $kind; printf %s "${line:80:64}" | bytes
            printf %s "${line:154}" | head -c -1) | sha256sum | head -c 64; echo
    done | grep -x ${line:6:64} > $t/said || { echo "not as committed: ${line:6:64}"; exit 1; }
done < disclosures.jsonl && echo "every disclosed text is as committed"
```
"""
