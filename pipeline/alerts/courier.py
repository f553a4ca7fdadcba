"""The process that talks to one channel: `python -m pipeline.alerts.courier`, a JSON object in, one out.

A process of its own, because a library that hangs in a socket can only be stopped from outside. The address
comes on stdin, for arguments are everybody's to read. What is answered holds no address: a status, a kind
of error.
"""

from __future__ import annotations

import json
import logging
import warnings
from typing import Any, BinaryIO

#: What a channel may ask for with Retry-After at most, seconds.
_LONGEST_WAIT = 24 * 3600


def main(asked: BinaryIO, answers: BinaryIO) -> None:
    """Send what is asked; answer `{"sent": true}`, or false with `problem` and `retry_after` in seconds."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    job = json.load(asked)
    heard = _Heard()
    sent = _fetch(job["ping"], heard) if "ping" in job else _notify(job, heard)
    answer: dict[str, Any] = {"sent": sent}
    if not sent:
        answer |= {"problem": heard.problem or "refused", "retry_after": heard.retry_after}
    answers.write(json.dumps(answer).encode())


class _Heard:
    """What the last HTTP answer said; plug-ins keep it to themselves, so the session they share tells it."""

    def __init__(self) -> None:
        import requests

        self.problem: str | None = None
        self.retry_after: float | None = None
        send = requests.Session.send
        heard = self

        def listening(session: requests.Session, *args: Any, **keys: Any) -> requests.Response:
            try:
                response = send(session, *args, **keys)
            except requests.RequestException as error:
                heard.problem = _kind(error)
                raise
            heard.hear(response)
            return response

        setattr(requests.Session, "send", listening)  # noqa: B010 - the type checker admits no other way

    def hear(self, response: Any) -> None:
        """Keep what an answer says of itself."""
        self.problem = None if response.ok else f"HTTP {response.status_code}"
        self.retry_after = None if response.ok else _seconds(response.headers.get("Retry-After"))


def _kind(error: Exception) -> str:
    """Return the kind of a network error; its text would hold the address."""
    import requests

    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "no connection" if isinstance(error, requests.ConnectionError) else type(error).__name__


def _seconds(text: str | None) -> float | None:
    """Return a Retry-After in seconds, whether it is a number or a date. RFC 9110, section 10.2.3.

    >>> _seconds("120"), _seconds("soon")
    (120.0, None)
    """
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    if not text:
        return None
    try:
        wait = float(text)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(wait, 0.0), _LONGEST_WAIT)


def _fetch(address: str, heard: _Heard) -> bool:
    import requests

    try:
        return requests.get(address, timeout=5).ok
    except (requests.RequestException, ValueError):
        heard.problem = heard.problem or "not an address that can be fetched"
        return False


def _notify(job: dict[str, Any], heard: _Heard) -> bool:
    import apprise

    channels = apprise.Apprise()
    if not channels.add(job["url"]):
        heard.problem = "not an address that can be told of anything"
        return False
    return bool(
        channels.notify(title=job["title"], body=job["body"], body_format="text", notify_type=job["kind"])
    )


if __name__ == "__main__":
    with open(0, "rb") as asked, open(1, "wb") as answers:
        main(asked, answers)
