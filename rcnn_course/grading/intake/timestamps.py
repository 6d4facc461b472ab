"""When something was handed in, as `timestamp.txt` says: read rightly, or not at all.

nbgrader reads the file with dateutil, which makes a time of almost anything: of 'Friday' the next
one, of '10:00' today's, of '01/02/2026' the 2nd of January. A zone that it does not know, such as
CEST, which nbgrader's own exchange writes, it leaves out, and the time then counts as UTC; and
`+02:00` behind a space it takes for two hours to the west.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(.*)", re.DOTALL)
_SHIFT = re.compile(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)?")

_HOURS = {
    **{"UTC": 0, "GMT": 0, "UCT": 0, "Z": 0, "WET": 0, "WEST": 1},
    **{"CET": 1, "CEST": 2, "EET": 2, "EEST": 3},
    **{"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8},
}
"""Hours before UTC of short names that mean one zone: those of RFC 5322, section 4.3, and Europe's.

BST and IST, for instance, mean several, and are not read.
"""


def read_time(text: str) -> datetime:
    """Return a time in UTC, without a zone, as nbgrader has it.

    Read are `2026-11-01 18:00`, with seconds or a `T`, and behind it a zone: `UTC`, `+0100`,
    `CET` or `Europe/Berlin`; and the dates of mails. A time without a zone is in UTC, as
    `nbgrader zip_collect` writes it.

    Raises:
        ValueError: If it is another text.
    """
    text = text.strip()
    if found := _ISO.fullmatch(text):
        day, clock, zone = found.groups()
        time = datetime.fromisoformat(f"{day} {clock[:15].replace(',', '.')}")
        time = time.replace(tzinfo=_zone(zone.strip()))
    elif re.match(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} ", text):
        time = parsedate_to_datetime(text)
        if time.tzinfo is None:
            raise ValueError(f"it names no zone that is known: {text!r}")
    else:
        raise ValueError(f"no time such as 2026-11-01 18:00 UTC: {text!r}")
    return time.astimezone(UTC).replace(tzinfo=None)


def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    if name.upper() in _HOURS:
        return timezone(timedelta(hours=_HOURS[name.upper()]))
    if shift := _SHIFT.fullmatch(name):
        sign, hours, minutes = shift.groups()
        east = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(east if sign == "+" else -east)
    if re.fullmatch(r"[A-Za-z]+(?:/[A-Za-z_+-]+)+", name):
        return ZoneInfo(name)
    raise ValueError(f"{name!r} is no zone that means one time")
