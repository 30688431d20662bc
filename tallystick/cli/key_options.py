"""Options of the commands that change keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

RootKeys: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--root-key",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Root key (OpenSSH, no passphrase) that authorises this; repeatable. [keys/root in the home]",
    ),
]
RootSignatures: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--root-signature",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Signature of the statement by a root key kept elsewhere; may be repeated.",
    ),
]
KeyUri: TypeAlias = Annotated[
    str, typer.Option("--key", metavar="URI", help="The new key: file:PATH, env:NAME or pkcs11:…")
]
Create: TypeAlias = Annotated[bool, typer.Option("--create", help="Make the file of a file: key first.")]
Name: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Beginning of the key's name as `keys list` has it, 8 digits or more."
    ),
]
Principal: TypeAlias = Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Whose key: p-…")]
SuspectFrom: TypeAlias = Annotated[
    int,
    typer.Option("--suspect-from", metavar="N", min=0, help="From which entry on it may have been stolen."),
]
PrivateKeys: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="New private key (OpenSSH) that is here and shows its possession itself.",
    ),
]
PublicKeys: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--public-key", metavar="FILE", exists=True, dir_okay=False, help="Public key: the .pub file."
    ),
]
Possessions: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--possession",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Signature by a new key kept elsewhere, over a line tallystick/possession/v1 and the statement.",
    ),
]
