"""XML with the place of every tag: what changes is spliced in, every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from lensan.units.marking.model import Unmarkable

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass
class Node:
    """An element and where it stands: [start, opened) its tag, [opened, closing) what is in it."""

    name: str
    attributes: dict[str, str]
    start: int
    opened: int
    closing: int = -1
    end: int = -1
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    def child(self, local: str) -> Node | None:
        """The first element of a name in it, or null."""
        return next((node for node in self.children if node.local == local), None)

    def of(self, local: str) -> Iterator[Node]:
        """The elements of a name in it."""
        return (node for node in self.children if node.local == local)

    def get(self, local: str, default: str = "") -> str:
        """An attribute, by its name without prefix."""
        for name, value in self.attributes.items():
            if name.rpartition(":")[2] == local:
                return value
        return default

    def whole_text(self) -> str:
        """The text in it and in all its elements."""
        return self.text + "".join(node.whole_text() for node in self.children)


def prefix_of(node: Node) -> str:
    """The prefix of an element's name with its colon, or nothing."""
    prefix = node.name.rpartition(":")[0]
    return f"{prefix}:" if prefix else ""


def check_encoding(data: bytes) -> None:
    """Raises Unmarkable where a part is not in UTF-8: places are counted in bytes."""
    declared = re.match(
        rb"(?:\xef\xbb\xbf)?\s{0,99}<\?xml[^>]{0,200}encoding\s{0,9}=\s{0,9}[\"']([^\"']{1,40})",
        data,
    )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")
    ):
        raise Unmarkable("a part is not in UTF-8")


def outline(data: bytes) -> Node:
    """The elements of a small part."""
    check_encoding(data)
    parser = expat.ParserCreate()
    root = Node("", {}, 0, 0)
    stack = [root]

    def opened(name: str, attributes: dict[str, str]) -> None:
        tag = tag_at(data, parser.CurrentByteIndex)
        node = Node(name, attributes, tag.start(), tag.end())
        stack[-1].children.append(node)
        stack.append(node)

    def closed(name: str) -> None:
        node = stack.pop()
        if data[node.opened - 2 : node.opened] == b"/>":
            node.closing = node.end = node.opened
        else:
            node.closing = parser.CurrentByteIndex
            node.end = data.index(b">", node.closing) + 1

    def text(content: str) -> None:
        stack[-1].text += content

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = text
    parser.Parse(data, True)
    return root.children[0]


def tag_at(data: bytes, at: int) -> re.Match[bytes]:
    """The tag that begins at a byte. Raises Unmarkable where none does."""
    tag = _TAG.match(data, at)
    if tag is None:
        raise Unmarkable(f"no tag at byte {at}")
    return tag


def with_attribute(tag: bytes, name: str, value: object) -> bytes:
    """A start tag with an attribute set."""
    wanted = f"{name}={quoteattr(str(value))}".encode()
    pattern = rb"(?<=\s)" + re.escape(name.encode()) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    if re.search(pattern, tag):
        return re.sub(pattern, lambda _: wanted, tag, count=1)
    head = re.match(rb"<[^\s/>]+", tag)
    assert head is not None
    return tag[: head.end()] + b" " + wanted + tag[head.end() :]


def without_attribute(tag: bytes, name: str) -> bytes:
    """A start tag without an attribute."""
    return re.sub(rb"\s" + name.encode() + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", tag)


def plain(text: str) -> str:
    """Text that every XML parser takes and that Excel does not read as an escape of its own."""
    text = re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text))


class Edits:
    """Replacements of byte ranges of one part."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._edits: list[tuple[int, int, int, bytes]] = []

    def put(self, start: int, end: int, new: bytes | str) -> None:
        """Replace the bytes from ``start`` up to ``end``."""
        new = new.encode() if isinstance(new, str) else new
        self._edits.append((start, end, len(self._edits), new))

    def into(self, node: Node, new: bytes | str) -> None:
        """Append to what is in an element, be it written <a/>."""
        new = new.encode() if isinstance(new, str) else new
        tag = self.data[node.start : node.opened]
        if node.opened == node.end and tag.endswith(b"/>"):
            close = f"</{node.name}>".encode()
            self.put(node.start, node.end, tag[:-2].rstrip() + b">" + new + close)
        else:
            self.put(node.closing, node.closing, new)

    def set(self, node: Node, name: str, value: object) -> None:
        """Set an attribute of an element."""
        self.put(
            node.start,
            node.opened,
            with_attribute(self.data[node.start : node.opened], name, value),
        )

    def done(self) -> bytes:
        """The part with all changes. Raises Unmarkable where two change the same bytes."""
        parts, at = [], 0
        for start, end, _, new in sorted(self._edits, key=_place_of_edit):
            if start < at:
                raise Unmarkable("two changes of one tag")
            parts += [self.data[at:start], new]
            at = end
        return b"".join([*parts, self.data[at:]])


def _place_of_edit(edit: tuple[int, int, int, bytes]) -> tuple[int, bool, int]:
    """What is put before a tag comes before what replaces it."""
    start, end, number, _ = edit
    return start, end > start, number
