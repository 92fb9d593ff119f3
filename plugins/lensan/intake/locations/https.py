"""HTTPS: a listing page, one file, or a URL template with a date; asked for only what has changed."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from lensan.domain.periods import ICT
from lensan.intake import landing
from lensan.intake.locations.model import (
    CHUNK_BYTES,
    BadObject,
    Errand,
    Fetched,
    Refused,
    Unreachable,
    looks_like_data,
)

LATE_DAYS = 7
_DATE = re.compile(r"\{date(?::([^{}]*))?\}")
_LISTING_BYTES = 16 << 20


def fetch(errand: Errand) -> None:
    """All new and changed files. Raises Unreachable, Refused, OutOfTime."""
    url = errand.location.url
    with _client(errand) as client, _faults(errand):
        if _DATE.search(url):
            today = errand.moment.astimezone(ICT).date()
            for day in days_to_ask(url, errand.known, today, errand.access.days_back):
                _fetch_one(errand, client, on_day(url, day), day=day)
            return
        wanted = {_bare(url): url} if looks_like_data(urlsplit(url).path) else {}
        if not wanted:
            wanted = {_bare(link): link for link in _listing(errand, client)}
        # What was never fetched comes first: a long list of old files cannot keep it out.
        for bare in sorted(
            wanted, key=lambda bare: (bare in errand.troubled, bare in errand.known)
        ):
            _fetch_one(errand, client, wanted[bare])


def probe(errand: Errand) -> None:
    """Ask for the heads of an answer, no more. Raises as ``fetch``."""
    template = errand.location.url
    url = on_day(template, errand.moment.astimezone(ICT).date())
    with _client(errand) as client, _faults(errand):
        status = _checked(errand, client.head(url, timeout=errand.timeout())).status_code
    # A day's file may not be there yet; some servers know only GET (405).
    if status in (404, 410) and url == template:
        raise Refused(
            f"the server answers {status}; correct the location in the contract, or ask its owner "
            "where the files are now"
        )


# ------------------------------------------------------------ which URLs


def on_day(template: str, day: date) -> str:
    """``{date}`` is YYYYMMDD, ``{date:%d-%m-%Y}`` whatever strftime makes of it."""
    return _DATE.sub(lambda match: day.strftime(match[1] or "%Y%m%d"), template)


def days_to_ask(template: str, known: dict[str, str], today: date, days_back: int) -> list[date]:
    """The days since the last one fetched, that one included (it may have been renewed), at most
    ``days_back`` back; and those missing in the week before it, which may only be late."""
    window = [today - timedelta(days=back) for back in range(days_back, -1, -1)]
    fetched = [day for day in window if _bare(on_day(template, day)) in known]
    if not fetched:
        return window
    last = fetched[-1]
    late = last - timedelta(days=LATE_DAYS)
    return [day for day in window if day >= last or (day >= late and day not in fetched)]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attributes if name == "href" and value]


def links(page: str, base: str) -> list[str]:
    """The data files a listing page links to: on the same server, below the page's folder."""
    parser = _Links()
    parser.feed(page)
    parser.close()
    here = urlsplit(base)
    folder = here.path.rsplit("/", 1)[0] + "/"
    found = []
    for link in parser.found:
        try:
            there = urlsplit(urljoin(base, link.strip()))
            same = (there.scheme, there.hostname, there.port) == ("https", here.hostname, here.port)
        except ValueError:
            continue
        # A server may write a path's escapes in two ways, and climb out of the folder by them.
        path = unquote(there.path)
        if (
            same
            and path.startswith(unquote(folder))
            and ".." not in path.split("/")
            and looks_like_data(path)
        ):
            found.append(there._replace(fragment="").geturl())
    return list(dict.fromkeys(found))


def _listing(errand: Errand, client: httpx.Client) -> list[str]:
    page = errand.location.url
    with client.stream("GET", page, timeout=errand.timeout()) as response:
        if _checked(errand, response).status_code != 200:
            raise Refused(
                f"the listing page answers {response.status_code}; correct the location in the "
                "contract, or ask its owner where the files are now"
            )
        body = bytearray()
        for chunk in response.iter_bytes(CHUNK_BYTES):
            errand.remaining()
            body += chunk
            if len(body) > _LISTING_BYTES:
                raise Refused("the listing page is larger than 16 MB; ask its owner for a shorter")
        text = bytes(body).decode(response.charset_encoding or "utf-8", "replace")
        return links(text, str(response.url))


def _bare(url: str) -> str:
    """The URL that is remembered and told: a data file's query is a signature and changes."""
    parts = urlsplit(url)
    if looks_like_data(parts.path):
        parts = parts._replace(query="", fragment="")
    return parts.geturl()


# ------------------------------------------------------------ one file


def _fetch_one(errand: Errand, client: httpx.Client, url: str, day: date | None = None) -> None:
    bare = _bare(url)
    known = errand.known.get(bare)
    with errand.fetching(bare), _faults(errand):
        if known is not None and not known.startswith(("etag ", "modified ")):
            if day is None and _length(errand, client, url) not in (None, known):
                known = None  # It has another size now.
            else:
                return
        with client.stream(
            "GET", url, headers=_conditions(known), timeout=errand.timeout()
        ) as response:
            _refusals(errand, response)
            if response.status_code == 304:
                return
            if response.status_code in (404, 410):
                if day is not None:
                    return  # That day's file is not there, or not yet.
                raise BadObject("is listed but not there (404); ask its owner to put it back")
            if response.status_code == 403:
                raise BadObject("may not be read (403); ask its owner to let this login read it")
            if response.status_code != 200:
                raise BadObject(f"the server answers {response.status_code}; ask its owner why")
            validator = _validator(response)
            if validator is not None and validator == known:
                return  # The server does not heed the condition.
            _no_web_page(errand, response)
            kept = errand.keep(response.iter_bytes(CHUNK_BYTES), _content_length(response))
            modified_at = _moment(response.headers.get("last-modified")) or errand.moment
            arrival = errand.arrival(_name(url, response, day), kept, modified_at)
        errand.got(Fetched(bare, validator or f"size {kept[1]}", arrival))


def _conditions(known: str | None) -> dict[str, str]:
    kind, _, value = (known or "").partition(" ")
    header = {"etag": "If-None-Match", "modified": "If-Modified-Since"}.get(kind)
    return {header: value} if header else {}


def _validator(response: httpx.Response) -> str | None:
    for kind, header in (("etag", "etag"), ("modified", "last-modified")):
        if value := response.headers.get(header):
            return f"{kind} {value}"
    return None


def _length(errand: Errand, client: httpx.Client, url: str) -> str | None:
    """For servers that tell no version: the size now, in the form it is remembered in."""
    response = client.head(url, timeout=errand.timeout())
    length = response.headers.get("content-length")
    return f"size {int(length)}" if response.status_code == 200 and length else None


def _content_length(response: httpx.Response) -> int | None:
    """Bytes to come; unknown when the server packs them (httpx itself then checks the packed length)."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _no_web_page(errand: Errand, response: httpx.Response) -> None:
    if response.headers.get("content-type", "").split(";")[0].strip().lower() == "text/html":
        raise BadObject(
            "a web page comes instead of the file, perhaps one to log in; check token, or login and "
            f"password, in the Airflow connection {errand.location.connection!r}"
        )


def _checked(errand: Errand, response: httpx.Response) -> httpx.Response:
    """The answer to the location's own address, where 403 can only mean the login."""
    _refusals(errand, response)
    if response.status_code == 403:
        raise errand.login_refused("the server answers 403, it does not let this login in")
    return response


def _refusals(errand: Errand, response: httpx.Response) -> None:
    status = response.status_code
    if status in (401, 407):
        raise errand.login_refused(f"the server answers {status}, it does not let this login in")
    if status in (408, 425, 429) or status >= 500:
        raise Unreachable(f"the server answers {status}")


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _name(url: str, response: httpx.Response, day: date | None) -> str:
    """The URL's last part; where that is no file's name (``export.php``), the one the server gives.
    A day that does not stand in it is put in, since it is the export's."""
    name = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    if not looks_like_data(name) and (header := response.headers.get("content-disposition")):
        message = Message()
        message["content-disposition"] = header
        name = message.get_filename() or name
    if day is not None and landing.export_date(name, datetime.min.replace(tzinfo=ICT)) != day:
        path = PurePosixPath(name)
        name = f"{path.stem or 'export'}-{day:%Y%m%d}{path.suffix}"
    return name


# ------------------------------------------------------------ the connection


def _client(errand: Errand) -> httpx.Client:
    access = errand.access
    headers = {"Accept-Encoding": "identity", "User-Agent": "lensan"}
    if access.token:
        headers["Authorization"] = f"Bearer {access.token}"
    basic = (access.login, access.password or "") if access.login and not access.token else None
    # A redirect to another server is followed without the credentials (httpx takes them off).
    return httpx.Client(
        headers=headers,
        auth=basic,
        verify=errand.tls(),
        follow_redirects=True,
        max_redirects=5,
        event_hooks={"request": [_only_https]},
    )


def _only_https(request: httpx.Request) -> None:
    if request.url.scheme != "https":
        raise Refused("the server redirects to an address without TLS; ask its owner to mend that")


@contextmanager
def _faults(errand: Errand) -> Iterator[None]:
    try:
        yield
    except httpx.TooManyRedirects as error:
        raise Refused("the server redirects in a circle; ask its owner to mend that") from error
    except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise errand.untrusted(cause) from error
            cause = cause.__cause__ or cause.__context__
        raise Unreachable(f"{type(error).__name__}: {error}") from error
