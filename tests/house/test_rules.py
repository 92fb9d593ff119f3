"""The rules lie in the clone, and every citation of one leads to it (docs/rules/README.md)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RULES = PROJECT / "docs" / "rules"
# Migrations that have run never change, their comments included.
FROZEN = PROJECT / "include" / "sql" / "warehouse" / "migrations"
TEXT = {".py", ".sql", ".yml", ".yaml", ".md", ".toml", ".in", ".typ", ".html", ".css", ".sh"}
PLAIN_NAMES = {"Makefile", "Dockerfile"}

_CITATION = re.compile(r"(?<![\w/-])docs/(?:[\w-]+/)*[\w-]+\.(?:md|txt|png)(?:#[\w-]+)?")
_RULE_WITHOUT_ITS_FOLDER = re.compile(
    r"(?<![\w/#.-])(?:spec/\w+|(?:"
    + "|".join(path.stem for path in sorted(RULES.glob("*.md")) if path.stem != "README")
    + r"|design)\.md)"
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.M)


def files_of_the_project() -> Iterator[Path]:
    """Every file that people write, but the invented world's own and what is made on this machine."""
    for top in sorted(PROJECT.iterdir()):
        if top.is_file():
            yield top
        elif not top.name.startswith("."):
            yield from (path for path in sorted(top.rglob("*")) if path.is_file())


def texts() -> list[Path]:
    return [
        path
        for path in files_of_the_project()
        if (path.suffix in TEXT or path.name in PLAIN_NAMES)
        and not any(part.endswith(".egg-info") for part in path.parts)
    ]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a Markdown page."""
    found: set[str] = set()
    for heading in _HEADING.findall(page.read_text(encoding="utf-8")):
        kept = [
            letter
            for letter in unicodedata.normalize("NFC", heading).lower()
            if letter.isalnum() or letter in " _-"
        ]
        slug = "".join(kept).replace(" ", "-")
        repeated = sum(1 for other in found if re.fullmatch(re.escape(slug) + r"(-\d+)?", other))
        found.add(f"{slug}-{repeated}" if repeated else slug)
    return found


def why_dead(target: Path, anchor: str) -> str | None:
    """What is wrong with a reference to a heading of a page, or None."""
    if not target.resolve().is_relative_to(PROJECT):
        return f"{target} lies outside the project"
    if not target.exists():
        return f"{target} is not there"
    if anchor and anchor not in anchors(target):
        return f"{target} has no heading #{anchor}"
    return None


def dead_citations(text: str) -> list[str]:
    found = (citation.partition("#") for citation in _CITATION.findall(text))
    return [why for path, _, anchor in found if (why := why_dead(PROJECT / path, anchor))]


def dead_links(page: Path) -> list[str]:
    """The relative links of a Markdown page that lead nowhere."""
    found = []
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        why = why_dead((page.parent / path) if path else page, anchor)
        if why:
            found.append(why)
    return found


def named(found: dict[Path, list[str]]) -> dict[str, list[str]]:
    return {path.relative_to(PROJECT).as_posix(): what for path, what in found.items() if what}


def test_every_citation_of_a_page_leads_to_its_heading() -> None:
    assert named({path: dead_citations(path.read_text(encoding="utf-8")) for path in texts()}) == {}


def test_a_rule_is_cited_by_its_whole_path() -> None:
    bare = {}
    for path in texts():
        if not path.is_relative_to(FROZEN):
            text = path.read_text(encoding="utf-8")
            links_out = _LINK.sub("", text) if path.suffix == ".md" else text
            bare[path] = _RULE_WITHOUT_ITS_FOLDER.findall(links_out)
    assert named(bare) == {}


def test_no_link_of_a_page_is_dead() -> None:
    pages = [path for path in texts() if path.suffix == ".md" and path.parent.name != "templates"]
    assert len(pages) > 20
    assert named({page: dead_links(page) for page in pages}) == {}


def test_a_dead_citation_is_found() -> None:
    rules, bare = "docs/rules", "sources" + ".md"
    assert dead_citations("see docs/rules/sources.md#numbers and docs/van-hanh.md") == []
    assert dead_citations(f"see {rules}/sources.md#nowhere")
    assert dead_citations(f"see {rules}/nothing.md")
    assert _RULE_WITHOUT_ITS_FOLDER.findall(f"({bare}), docs/rules/{bare}") == [bare]


def test_the_list_of_rules_names_every_page() -> None:
    listed = set(_LINK.findall((RULES / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in RULES.glob("*.md")} - {"README.md"} <= listed
