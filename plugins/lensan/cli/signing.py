"""Signed PDFs of reports: made with a PKCS#12 file, or taken back signed; whose certificates are trusted."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    Kind,
    PeriodName,
    app,
    engine_of,
    fail,
    now,
    parse_period,
    show,
    who,
)
from lensan.domain.periods import Period
from lensan.domain.settings import settings

_signatures = Commands(help="Signed PDFs of reports: sign, take, trust, distrust, roots.")
app.add_typer(_signatures, name="signature")


def _why(reason: str) -> str:
    return {
        "not_pdf": _("it is no PDF of a report"),
        "other_content": _(
            "its content is not that of the report's PDF: sign the very file, without saving it anew"
        ),
        "unsigned": _("there is no signature in it"),
        "altered": _("more than a signature was added to it"),
        "broken": _(
            "its signature does not hold: the file was changed after signing, or is damaged"
        ),
        "foreign": _("the signer's certificate leads to no trusted one, or is not valid now"),
    }[reason]


@_signatures.command(
    "sign",
    epilog="Examples: lensan signature sign week 2021-11-18 --with officer.p12 --out DIR; "
    "lensan signature sign week 2021-11-18 --token 'NGUYEN VAN AN' --module /usr/lib/libtoken.so --out DIR",
)
def sign(
    kind: Kind,
    period_name: PeriodName,
    out: Annotated[Path, typer.Option("--out", help="Folder for the signed PDF.")],
    password: Annotated[
        str,
        typer.Option(
            envvar=["LENSAN_PKCS12_PASSWORD", "LENSAN_TOKEN_PIN"],
            prompt=True,
            hide_input=True,
            help="The file's password, or the token's PIN; never kept.",
        ),
    ],
    with_: Annotated[
        Path | None, typer.Option("--with", help="PKCS#12 file with key and certificate.")
    ] = None,
    token: Annotated[str | None, typer.Option(help="Label of a PKCS#11 token instead.")] = None,
    module: Annotated[
        Path | None, typer.Option(help="The token's library, as its maker installs it.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Label of key and certificate, where the token has several.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Sign the PDF of a report, of one that waits for release its draft, and keep it; mails bring the signed file."""
    from lensan.reports import signing

    period, engine = parse_period(kind, period_name), engine_of(home)
    if (with_ is None) == (token is None) or (token is None) != (module is None):
        fail(_("say either --with FILE, or --token LABEL and --module LIBRARY"))
    candidates = _candidates(engine, period, home)
    base = next(iter(candidates.values()))
    try:
        if with_ is not None:
            signed = signing.sign(base, with_, password)
        elif token is not None and module is not None:
            signed = signing.sign_with_token(base, signing.Token(module, token, key), password)
    except (ValueError, OSError) as error:
        fail(_("{file} cannot be used: {error}").format(file=with_ or token, error=error))
    _keep(engine, period, signed, candidates, out, json_)


@_signatures.command(
    "take",
    epilog="Example: lensan signature take week 2021-11-18 signed.pdf --out DIR",
)
def take(
    kind: Kind,
    period_name: PeriodName,
    file: Annotated[Path, typer.Argument(help="The PDF that came back signed.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write it to, too.")] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Check a report's PDF that was signed elsewhere (with a token, say), and keep it; mails bring the signed file."""
    period, engine = parse_period(kind, period_name), engine_of(home)
    candidates = _candidates(engine, period, home)
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(_("{file} cannot be used: {error}").format(file=file, error=error))
    _keep(engine, period, content, candidates, out, json_)


def _candidates(engine: Engine, period: Period, home: Home) -> dict[str, bytes]:
    from lensan.operations import obligations

    found = obligations.to_be_signed(engine, period, settings(home).reports)
    if not found:
        fail(_("{period} has neither a draft nor a published report").format(period=period))
    return found


def _keep(
    engine: Engine,
    period: Period,
    content: bytes,
    candidates: dict[str, bytes],
    out: Path | None,
    json_: bool,
) -> None:
    from lensan.reports import signature_check, signing

    try:
        kept = signing.keep(engine, period, content, candidates, moment=now(), by=who())
    except signature_check.NotSignedError as error:
        fail(_("the file is not taken: {why}").format(why=_why(error.reason)))
    row = {"name": kept.name, "signer": kept.signer, "sha256": kept.sha256, "new": kept.is_new}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / kept.name).write_bytes(kept.content)
        row["file"] = str(out / kept.name)
    show([row], json_, "")


@_signatures.command("roots", epilog="Example: lensan signature roots")
def roots(home: Home = None, json_: AsJson = False) -> None:
    """Whose certificates are trusted: a signer's chain must lead to one of them. None: the office does not sign."""
    from lensan.reports import signing

    with engine_of(home).begin() as connection:
        found = signing.roots(connection)
    show(found, json_, _("no certificate is trusted: reports go out without a signature"))


@_signatures.command("trust", epilog="Example: lensan signature trust root-ca.pem")
def trust(
    file: Annotated[Path, typer.Argument(help="Certificates, PEM or DER.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Trust the certificates of a file; from then on a mail whose PDF is not signed says so."""
    from lensan.reports import signing

    engine = engine_of(home)
    try:
        told = signing.trust(engine, file.read_bytes(), moment=now(), by=who())
    except (OSError, ValueError) as error:
        fail(_("{file} cannot be used: {error}").format(file=file, error=error))
    show([{"subject": each} for each in told], json_, "")


@_signatures.command("distrust", epilog="Example: lensan signature distrust SHA256")
def distrust(
    sha256: Annotated[str, typer.Argument(help="As lensan signature roots names it.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Trust a certificate no longer. What was signed and kept stays."""
    from lensan.reports import signing

    if not signing.distrust(engine_of(home), sha256, moment=now(), by=who()):
        fail(_("no such certificate is trusted; see: lensan signature roots"))
    show([{"sha256": sha256, "state": "removed"}], json_, "")
