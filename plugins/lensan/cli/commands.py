"""The commands in groups, each with the module that has it: a module is imported when it is asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from gettext import gettext as _
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from lensan.cli import words

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Every day": {
        "status": ("files", "What has come in from each source, and when"),
        "files": ("files", "The files with their numbers, and why one was refused"),
        "units": ("files", "Which unit has handed in for a week or month"),
        "quarantine": ("files", "Rows held back: list, show, export"),
        "quality": (
            "quality",
            "Checks that did not pass: list, show, trend, stopped, accept, project",
        ),
        "alarms": ("operations", "What somebody must see to: list, ack"),
        "doctor": ("operations", "Is everything in order? Says what to mend"),
        "watchdog": ("operations", "Are the reports out that are owed? For cron"),
    },
    "Reports": {
        "figures": ("figures", "The figures of a week or month as they are now"),
        "pace": ("pace", "What a week must bring to meet the targets, and who will not"),
        "report": ("reports", "Published reports: show, diff, publish, correct"),
        "signature": ("signing", "Signed PDFs of reports: sign, take, trust, distrust, roots"),
        "adhoc": ("adhoc", "Ad-hoc reports of any days: new, list, show, trace, mail"),
        "release": ("reports", "Release a report now, or note why not yet"),
        "trace": ("reports", "The records behind a figure, with file, sheet and row"),
        "forecast": ("forecast", "Surpluses of the eight weeks ahead, and how good forecasts were"),
    },
    "Mails and units": {
        "recipients": ("reports", "Who gets which report by mail"),
        "deliver": ("reports", "The mails of a report: list, resend, confirm"),
        "addresses": ("people", "Whose a mail address is: list, add, page, remove"),
        "reminders": ("correspondence", "Who would be reminded now; sends with --send"),
        "duties": ("duties", "Who owes what by the plan: list, plan, remind, note"),
        "difficulties": ("difficulties", "Difficulties that were told: list, add, sort, answer"),
        "worklist": (
            "worklist",
            "What is to be done for households and products: count, list, sheet",
        ),
        "unit-page": ("unit_page", "Each unit's own page of a report: write, send"),
        "notices": ("correspondence", "All other mails: list, resend"),
        "forms": ("forms", "Blank forms for the units"),
        "form-link": ("forms", "Links of units' forms on the phone"),
        "feedback": ("feedback", "What a unit gets back for a file"),
    },
    "Producers and persons": {
        "duplicates": ("duplicates", "Pairs that may be one producer: list, same, different, undo"),
        "requests": ("requests", "What persons ask about their data: add, list, answer, copy"),
        "forget": ("privacy", "Replace a person's data by pseudonyms, for ever"),
    },
    "Data": {
        "intake": ("intake", "Take in a landing root by hand, without Airflow"),
        "export": ("data", "What of a report may be published openly; --rows: all of mart"),
        "dictionary": ("data", "What the warehouse's tables mean, with example queries"),
        "samples": ("files", "Invented inputs for a trial"),
    },
    "The house": {
        "backup": ("backup", "Back the home up"),
        "restore": ("backup", "Bring a backup back, or verify it"),
        "province": ("province", "A province's folder: new, plan, check"),
        "roles": ("roles", "Who may read what: list, grant, revoke, apply"),
        "audit": ("roles", "Who did what: list, verify"),
    },
}
"""Title of a group → command → its module in this room and what it is for, in a line."""
EPILOG = "lensan COMMAND --help shows examples; every command has --json. make lists what starts and stops."


class _Told:
    """A command that speaks the reader's language: what the code says is English."""

    help: str | None
    epilog: str | None

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, pieces, prefix=f"{_('Usage:')} ")

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words.told(self.help or ""))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            parameter.help = words.told(parameter.help or "")
        super().format_options(ctx, formatter)  # type: ignore[misc]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, each on its line, to be copied."""
        head, _colon, rest = (self.epilog or "").partition(": ")
        if not head.startswith("Example"):
            return
        with formatter.section(_("Examples")):
            for each in rest.split("; "):
                formatter.write(f"{'':{formatter.current_indent}}{each.strip()}\n")


class _Command(_Told, TyperCommand):
    pass


class _Group(_Told, TyperGroup):
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [
            (name, _(words.paragraphs(each.help or "")[0])) for name, each in self.commands.items()
        ]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)


class Commands(typer.Typer):
    """A group of commands of this house."""

    def __init__(self, *, cls: type[TyperGroup] = _Group, **told: Any) -> None:
        told = {"no_args_is_help": True} | told
        super().__init__(cls=cls, rich_markup_mode=None, add_completion=False, **told)

    def command(  # type: ignore[override]
        self, name: str | None = None, *, epilog: str
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a command; ``epilog``: its examples, parted by semicolons."""
        return super().command(name, cls=_Command, epilog=epilog)


class Root(_Group):
    """`lensan` itself. What ends a command that people can mend is a sentence with the next step."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All of them, whether their module is imported or not."""
        return [name for group in GROUPS.values() for name in group]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, of a module that is imported now; None where there is no such."""
        module = {n: m for group in GROUPS.values() for n, (m, _what) in group.items()}.get(
            cmd_name
        )
        if module is not None and cmd_name not in self.commands:
            importlib.import_module(f"lensan.cli.{module}")
            from lensan.cli.shared import app

            self.commands.update(get_group(app).commands)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer does; a mistyped name is compared with all commands, also those not yet imported."""
        said = args[0]
        if not said.startswith("-") and self.get_command(ctx, said) is None:
            close = get_close_matches(said, self.list_commands(ctx))
            # As typer says it: words.of_typer translates both.
            sentence = f"No such command {said!r}."
            if close:
                sentence += f" Did you mean {', '.join(close)}?"
            ctx.fail(sentence)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The groups."""
        width = max(len(name) for name in self.list_commands(ctx))
        for title, group in GROUPS.items():
            with formatter.section(_(title)):
                formatter.write_dl(
                    [(f"{name:<{width}}", _(what)) for name, (_module, what) in group.items()]
                )

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Where to read on."""
        formatter.write_paragraph()
        formatter.write_text(_(EPILOG))

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **more: Any) -> Any:  # type: ignore[override]  # fmt: skip
        """Speak the reader's language; mistakes of usage in it, too."""
        words.speak()
        try:
            status = super().main(args, standalone_mode=False, **more)
        except typer.Abort:
            status = 1
        except Exception as error:
            if not (standalone_mode and hasattr(error, "format_message")):
                raise
            _tell(error)
            status = getattr(error, "exit_code", 1)
        if standalone_mode:
            sys.exit(status if isinstance(status, int) else 0)
        return status


def _tell(error: Any) -> None:
    """A mistake of usage: how the command is used, what is wrong."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
        return
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        print(_("Try '{command} --help' for help.").format(command=context.command_path) + "\n", file=sys.stderr)  # fmt: skip
    print(_("Error: {why}").format(why=words.of_typer(error.format_message())), file=sys.stderr)
