"""Backup and restore of a home."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, verdict
from lensan.domain.periods import ICT
from lensan.domain.settings import settings


@app.command(
    epilog="Examples: lensan backup --to /mnt/backup/lensan; lensan backup --to /mnt/backup/lensan "
    "--keep-days 90; lensan backup --to /mnt/backup/lensan --list; "
    "lensan backup --to /mnt/backup/lensan --encrypt-to age1…"
)
def backup(
    to: Annotated[Path, typer.Option(help="Root of the backups, on another disk.")],
    keep_days: Annotated[
        int | None, typer.Option(min=1, help="Afterwards remove backups older than so many days.")
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Only list the backups below --to.")
    ] = False,
    encrypt_to: Annotated[
        list[str] | None,
        typer.Option(
            "--encrypt-to", help="A public key of age, age1…; may be given several times."
        ),
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(
            "--new-key", help="Only write a new private key to this file and print its public key."
        ),
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Back the home up: warehouse, raw store, published reports; with SHA-256 of each. Holds personal
    data. Ends with 1 when raw files are missing."""
    from lensan.operations import backup as backups
    from lensan.operations import sealing

    if new_key is not None:
        if new_key.exists():
            fail(_("{path} is there already; name another file").format(path=new_key))
        print(sealing.new_key(new_key))
        return
    if list_:
        show(backups.backups(to), json_, _("no backups yet"))
        return
    url = engine_of(home).url.render_as_string(hide_password=False)
    try:
        made = backups.make(url, settings(home), to, moment=now(), encrypt_to=encrypt_to or ())
    except backups.BackupError as error:
        fail(str(error))
    if keep_days is not None:
        made["removed"] = backups.prune(to, keep=timedelta(days=keep_days), moment=now())
    show([made], json_, "")
    if made["missing"]:
        fail(
            _("{missing} raw files are missing in the home; the rest is backed up").format(
                missing=made["missing"]
            )
        )
    verdict(
        _(
            "all is backed up: the warehouse and {files} files. Whether it can be read: "
            "lensan restore {folder} --verify"
        ).format(**made),
        json_,
    )


@app.command(
    epilog="Examples: lensan restore /mnt/backup/lensan/20211118T020000 --home /srv/lensan; "
    "lensan restore /mnt/backup/lensan/20211118T020000 --verify; "
    "lensan restore /mnt/backup/lensan/20211118T020000 --raw --home /srv/lensan"
)
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup's folder.", metavar="FOLDER")],
    verify: Annotated[bool, typer.Option("--verify", help="Only check every byte of it.")] = False,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Only bring raw files back that are gone or spoiled in the home."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a warehouse and a home that are not empty.")
    ] = False,
    identity: Annotated[
        Path | None, typer.Option(help="File with the private key, where it is encrypted.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Restore a backup into an empty warehouse and home, after checking all of it; makes the home."""
    from lensan.operations import backup as backups
    from lensan.operations.running import embedded_postgres

    try:
        if verify:
            manifest = backups.verify(folder)
            show([{"made_at": manifest["made_at"], **manifest["counts"]}], json_, "")
            verdict(
                _(
                    "the backup is whole: the warehouse and {files} files, every byte as backed up at {made_at}"
                ).format(files=len(manifest["files"]), made_at=_minute(manifest["made_at"])),
                json_,
            )
            return
        if raw:
            brought = backups.restore_raw(folder, settings(home), identity=identity)
            show([brought], json_, "")
            verdict(
                _("{written} raw files were gone or spoiled and are back").format(**brought)
                if brought["written"]
                else _("no raw file was gone or spoiled: nothing to bring back"),
                json_,
            )
            return
        # Without a migration: a restore wants the warehouse as it is.
        url = os.environ.get("WAREHOUSE_URL") or embedded_postgres.start(settings(home)).url()
        done = backups.restore(
            folder, url, settings(home), moment=now(), force=force, identity=identity
        )
    except backups.BackupError as error:
        fail(str(error))
    show([done], json_, "")
    verdict(
        _(
            "all is restored as of {made_at}: the warehouse and {written} files, in {home}. Next step: make up"
        ).format(
            home=settings(home).home, made_at=_minute(done["made_at"]), written=done["written"]
        ),
        json_,
    )


def _minute(moment: str) -> str:
    """``2021-11-18 02:00`` in Asia/Ho_Chi_Minh, of an ISO moment."""
    return f"{datetime.fromisoformat(moment).astimezone(ICT):%Y-%m-%d %H:%M}"
