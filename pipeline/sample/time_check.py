"""What the app's TimeProcessor makes of a client's clock: the same tests in the same order."""

from __future__ import annotations

from random import Random

from pipeline.sample import app
from pipeline.sample.events import Check, iso_js, to_fixed
from pipeline.sample.people import REFUSED_ZONES, User

#: Clients further off than this fall back to the server's clock.
LIMIT_MS = 48 * 3_600_000


def time_check(user: User, session_id: str, server_ms: int, random: Random) -> tuple[Check, tuple[str, ...]]:
    """Return what the TimeProcessor finds, in the app's order of tests, and the block that it prints."""
    client_ms = user.clock.read(server_ms * 1000, random)
    chance = random.random()
    late = abs(client_ms - server_ms)
    reason, detail = None, ""
    if chance < 0.012:
        reason = "no_data"
    elif chance < 0.016:
        reason = "client_invalid"
        detail = random.choice(("시간 수집 오류", "Intl API를 사용할 수 없음", "알 수 없는 오류"))
    elif chance < 0.021:
        reason = "bad_timestamp"
        detail = random.choice(_malformed(client_ms))
    elif user.zone in REFUSED_ZONES:
        reason, detail = "bad_zone", f"{user.zone}, offset: {user.offset}"
    elif late > LIMIT_MS:
        reason, detail = "excessive_difference", to_fixed(late / 3_600_000, 1)
    elif chance < 0.023:
        reason, detail = "exception", "Invalid time value"
    if reason:
        check = Check(session_id, user.id, reason, user.zone, server_ms, None)
        return check, app.check_refused(session_id, server_ms, reason, detail)
    check = Check(session_id, user.id, None, user.zone, server_ms, client_ms)
    return check, app.check_used(session_id, server_ms, client_ms, user.zone, user.offset)


def _malformed(client_ms: int) -> tuple[str, str]:
    """Return timestamps that the app does not take: an offset instead of Z, and one digit of milliseconds."""
    return iso_js(client_ms + 9 * 3_600_000)[:19] + "+09:00", iso_js(client_ms)[:21] + "Z"
