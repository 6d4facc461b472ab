"""Whole files over HTTP: resumed where they broke off, verified, never left half-written.

A download grows in `<name>.part` beside its place and moves there once it is complete and verified,
so a file that is there is whole. `requests` does the talking; what it, pooch and
`torchvision.datasets.utils` lack is the resuming, by HTTP's Range header (RFC 9110, section 14).
"""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from tqdm.auto import tqdm
from urllib3.util import Retry

_CHUNK = 2**13  # bytes; at most this much is lost when a connection breaks off
_PATIENCE = 3  # breaks without any progress
_TIMEOUT = (10, 60)  # seconds to connect, and between two pieces of the answer
_OVERLOADED = (429, 500, 502, 503, 504)


class DownloadError(OSError):
    """A file could not be fetched whole; the message says which, where from, where to and why."""


def open_session() -> requests.Session:
    """Open a session that tries three times more where a server is busy or does not answer."""
    session = requests.Session()
    retry = Retry(3, backoff_factor=0.2, status_forcelist=_OVERLOADED, raise_on_status=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def download(
    url: str,
    path: Path,
    *,
    session: requests.Session,
    verify: Callable[[Path], None],
    progress: bool = False,
    advice: str = "",
) -> None:
    """Fetch a file unless it is there.

    A connection that breaks off is taken up again while that brings more. What came stays in
    `<path>.part`, and a later call goes on from there.

    Args:
        url: where the file is.
        path: where it goes; folders are made.
        session: from `open_session`.
        verify: raises ValueError, saying why, where the file is not what it should be. Such a
            download is deleted.
        progress: show a bar.
        advice: what to do without the file; the end of an error's message.

    Raises:
        DownloadError: If the server is out of reach, refuses, stops sending, or sends what
            `verify` does not accept; or if `path` is there and `verify` does not accept it.
    """
    if path.exists():
        try:
            verify(path)
        except ValueError as error:
            raise DownloadError(f"{path} is not right: {error}. Remove it and run again") from None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        _receive_whole(url, part, session, progress)
        verify(part)
    except requests.RequestException as error:
        reason = f"cannot fetch {url} to {path}: {_reason(error)}. {advice}"
        raise DownloadError(reason.rstrip()) from None
    except ValueError as error:
        part.unlink()
        reason = f"cannot use {url}: {error}; nothing was kept. {advice}"
        raise DownloadError(reason.rstrip()) from None
    os.replace(part, path)


def require_md5(path: Path, md5: str) -> None:
    """Raise ValueError where a file has another MD5 checksum."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        raise ValueError(f"its MD5 checksum is {found}, not {md5}")


def _receive_whole(url: str, part: Path, session: requests.Session, progress: bool) -> None:
    """Ask again after every break, until that brings nothing more."""
    name = part.name.removesuffix(".part")
    with tqdm(desc=name, unit="B", unit_scale=True, disable=not progress) as bar:
        in_vain = 0
        while in_vain < _PATIENCE:
            before = _size(part)
            if _receive(url, part, session, bar):
                return
            in_vain = 0 if _size(part) > before else in_vain + 1
    raise requests.ConnectionError(f"it broke off after {_size(part)} bytes, again and again")


def _receive(url: str, part: Path, session: requests.Session, bar: tqdm) -> bool:
    """Append what is missing, or start over where the server insists; tell whether all came."""
    start = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        rest = re.match(rf"bytes {start}-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if start and not rest and response.status_code in (206, 416):
            part.unlink()  # it does not fit the server's file
            return False
        response.raise_for_status()
        total = int(rest[1] if rest else response.headers.get("Content-Length", 0))
        bar.reset(total or None)
        bar.update(start if rest else 0)
        with part.open("ab" if rest else "wb") as file:
            try:
                for chunk in response.iter_content(_CHUNK):
                    bar.update(file.write(chunk))
            except requests.RequestException:
                return False
    return _size(part) == total or not total


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: requests.RequestException) -> str:
    """Say what happened without the wrappings of requests and urllib3."""
    if error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    cause: BaseException = error
    while cause.__context__ is not None:
        cause = cause.__context__
    return f"the connection failed ({cause})"
