"""Where a run may leave a phone or paper number by mistake: logs, XCom, mails, Data Docs, exports."""

from __future__ import annotations

import io
import mailbox
import re
import subprocess
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy

from sqlalchemy import Engine

from lensan.domain.settings import Settings

_NUMBER = re.compile(r"(?<![0-9A-Za-z._-])\+?\d(?:[ .-]?\d){7,13}(?![0-9A-Za-z_])")


def numbers(engine: Engine) -> set[str]:
    """The last nine digits of every phone and paper number in core, as persons bear them.

    Nine: what is left of each however it is written (0912…, +84 912…, without leading zeros). The
    harvest calendar's contacts are left out: the report prints them.
    """
    found: set[str] = set()
    with engine.connect() as connection:
        columns = connection.exec_driver_sql(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'core' and column_name ~ 'phone|paper_number' "
            "and column_name !~ 'contact'"
        ).all()
        for table, column in columns:
            values = connection.exec_driver_sql(f"select distinct {column} from core.{table}")
            found |= {re.sub(r"\D", "", str(value or ""))[-9:] for value in values.scalars()}
    return {each for each in found if len(each) == 9}


def borne(text: str, needles: set[str]) -> set[str]:
    """The numbers of ``needles`` that stand in a text."""
    return {
        digits[-9:]
        for match in _NUMBER.finditer(text)
        if (digits := re.sub(r"\D", "", match[0]))[-9:] in needles
    }


def files(home: Settings) -> Iterator[tuple[str, str]]:
    """Everything that a run leaves outside core and raw: where, and its text."""
    for folder in (home.logs, home.airflow, home.data_docs, home.reports, home.run):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(home.home)), text_of(path.name, path.read_bytes())
    for key, content in mailbox.Maildir(home.mail, create=False).iteritems():
        message = message_from_bytes(content.as_bytes(), policy=policy.default)
        yield f"mail {key}", str(message.items())
        for part in message.walk():
            if not part.is_multipart():
                name = part.get_filename() or part.get_content_type()
                content_bytes = part.get_payload(decode=True)
                assert isinstance(content_bytes, bytes)
                yield f"mail {key}: {name}", text_of(name, content_bytes)


def text_of(name: str, content: bytes) -> str:
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            return "\n".join(
                re.sub(r"<[^>]+>", "\n", workbook.read(each).decode("utf-8", "replace"))
                for each in workbook.namelist()
                if each.endswith(".xml")
            )
    if name.endswith(".pdf"):
        return subprocess.run(
            ["pdftotext", "-", "-"], input=content, capture_output=True, check=True
        ).stdout.decode("utf-8")
    if name.endswith((".parquet", ".png", ".svg")):
        return (
            ""  # the CSV beside it says the same, as tests/reports/test_export.py proves; pictures
        )
    return content.decode("utf-8", "replace")


def xcom(engine: Engine) -> Iterator[tuple[str, str]]:
    """What Airflow keeps of its runs: XCom, rendered fields, the runs' settings, its log of acts."""
    with engine.connect() as connection:
        for table in ("xcom", "rendered_task_instance_fields", "dag_run", "task_instance", "log"):
            rows = connection.exec_driver_sql(f"select {table}::text from {table}").scalars()
            yield f"airflow.{table}", "\n".join(rows)


def numbers_in(text: str) -> set[str]:
    """Every number as people write phones and papers, in one form: digits only, without a leading 0
    or 84."""
    found = set()
    for run in re.findall(r"\+?\d(?:[ .\-]?\d){7,14}(?!\d)", text):
        digits = re.sub(r"\D", "", run)
        found |= {digits.lstrip("0"), re.sub(r"^84", "", digits)}
    return found


def people(engine: Engine) -> tuple[set[str], set[str]]:
    """Numbers (without leading 0) and names of everybody in the warehouse."""
    with engine.connect() as connection:
        numbers = connection.exec_driver_sql(
            """
            select unnest(array[paper_number, phone]) from core.stall_version
            union select unnest(array[paper_number, phone]) from core.registry_version
            union select unnest(array[paper_number, phone]) from core.wallet_version
            union select unnest(array[paper_number, phone]) from core.training_version
            union select owner_paper_number from core.ocop_version
            union select buyer_phone from core.order_line_version
            union select buyer_phone from core.order_line_waiting
            union select contact_phone from core.season_version
            """
        ).scalars()
        names = connection.exec_driver_sql(
            """
            select unnest(array[owner_name, stall_name]) from core.stall_version
            union select name from core.registry_version
            union select name from core.wallet_version
            union select name from core.training_version
            union select owner_name from core.ocop_version
            union select contact from core.season_version where contact_phone is not null
            """
        ).scalars()
        return (
            {number.lstrip("0") for number in numbers if number},
            {name.casefold() for name in names if name},
        )
