"""What include/reference/copy_words.yml may say: how a copy for a person names what is stored."""

from __future__ import annotations

from lensan.domain.yaml_file import Spec, Text


class CopyWords(Spec):
    """Entity → its name; column, or entity.column → its name. Both Vietnamese."""

    entities: dict[str, Text]
    columns: dict[str, Text]
