"""What MkDocs cannot do by itself: pages from outside docs/, the reference from what the code says, and links
that hold on the site as they do in the repository.

REPOSITORY_URL: where files that are no pages of the site are to be read; without it their links become plain text.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from pymdownx.slugs import slugify

PROJECT = Path(__file__).resolve().parents[1]
REPOSITORY = os.environ.get("REPOSITORY_URL", "").rstrip("/")
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "deploy/README.md": "deploy.md",
    "deploy/superset/README.md": "dashboards.md",
    "include/provinces/README.md": "include/provinces.md",
    "include/reference/README.md": "include/reference.md",
}
DICTIONARY = PROJECT / ".build" / "dictionary" / "tu-dien-du-lieu.md"
"""What `lensan dictionary` wrote; make docs has it write it."""
_SOURCE = {page: source for source, page in OUTSIDE.items()}
_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")
_TO_TEXT = re.compile(r"(?<!!)\[([^\]]*)\]\(gone\)")


def on_config(config: Any) -> Any:
    """Headings are linked to as the repository's own pages do it: Vietnamese ones keep their letters."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside docs/, and those that are generated. Sections named by a folder hold all of it."""
    for source, page in OUTSIDE.items():
        content = (PROJECT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=content))
    files.append(File.generated(config, "reference/files.md", content=_schemas()))
    files.append(File.generated(config, "reference/help.md", content=_help()))
    if DICTIONARY.exists():
        picture = (DICTIONARY.parent / "so-do.svg").read_bytes()
        content = DICTIONARY.read_text("utf-8")
        files.append(File.generated(config, "reference/so-do.svg", content=picture))
        files.append(File.generated(config, "reference/dictionary.md", content=content))
    config.nav = _spread(config.nav, [file.src_uri for file in files.documentation_pages()])
    return files


def _spread(nav: Any, pages: list[str]) -> Any:
    if isinstance(nav, list):
        spread = [_spread(each, pages) for each in nav]
        return [page for each in spread for page in (each if isinstance(each, list) else [each])]
    if isinstance(nav, dict):
        return {key: _spread(value, pages) for key, value in nav.items()}
    nav = OUTSIDE.get(nav, nav.removeprefix("docs/"))
    if not nav.endswith("/"):
        return nav
    inside = sorted(page for page in pages if page.startswith(nav))
    first = [page for page in inside if page.endswith("README.md")]
    return first + [page for page in inside if page not in first]


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to the page of the site that a file is, else to the repository."""
    here = page.file.src_uri
    source = _SOURCE.get(here, f"docs/{here}")

    def site(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        if not (PROJECT / target).exists():
            return match[0]  # MkDocs says where
        place = OUTSIDE.get(target)
        if place is None and target.startswith("docs/") and (PROJECT / target).is_file():
            place = target.removeprefix("docs/")
        if place:
            return posixpath.relpath(place, posixpath.dirname(here) or ".") + (match[2] or "")
        return f"{REPOSITORY}/blob/main/{target}" if REPOSITORY else "gone"

    return _TO_TEXT.sub(r"\1", _LINK.sub(site, markdown))


def _schemas() -> str:
    """What may stand in each kind of YAML file, from its schema (include/schemas)."""
    lines = ["# What may stand in which file", ""]
    lines += ["Made from the JSON Schemas in `include/schemas`, which editors read too.", ""]
    for path in sorted((PROJECT / "include" / "schemas").glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        lines += [f"## {path.stem}", "", _one_line(schema.get("description", "")), ""]
        lines += _table(schema)
        for name, part in sorted(schema.get("$defs", {}).items()):
            if rows := _table(part):
                lines += [
                    f"### {path.stem}: {name}",
                    "",
                    _one_line(part.get("description", "")),
                    "",
                ]
                lines += rows
    return "\n".join(lines) + "\n"


def _table(schema: dict[str, Any]) -> list[str]:
    properties = schema.get("properties")
    if not properties:
        return []
    needed = set(schema.get("required", ()))
    lines = ["| key | needed | what |", "| --- | --- | --- |"]
    for key, said in properties.items():
        what = _one_line(said.get("description", "")) or _kind(said)
        lines.append(f"| `{key}` | {'yes' if key in needed else ''} | {what} |")
    return [*lines, ""]


def _kind(said: dict[str, Any]) -> str:
    if "enum" in said:
        return ", ".join(f"`{each}`" for each in said["enum"])
    if "$ref" in said:
        return said["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in said:
        return " or ".join(filter(None, (_kind(each) for each in said["anyOf"])))
    return str(said.get("type", said.get("const", "")))


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _help() -> str:
    """Every command's own help."""
    import click
    import typer

    from lensan.cli import app

    lines = ["# All commands", "", "What each says with `--help`.", ""]

    def tell(command: click.Command, path: str, parent: click.Context | None) -> None:
        context = click.Context(command, info_name=path.rsplit(" ", 1)[-1], parent=parent)
        lines.extend([f"## {path}", "", "```text", command.get_help(context).rstrip(), "```", ""])
        for name in getattr(command, "commands", {}):
            tell(command.commands[name], f"{path} {name}", context)  # type: ignore[attr-defined]

    tell(typer.main.get_command(app), "lensan", None)
    return "\n".join(lines)
