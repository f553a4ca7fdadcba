"""The people: users with one device each, and what their clocks tell.

A clock is a function from the true instant to what the device reports. Faults carry the names of the classes
that a clock analysis should find.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pipeline.sample.events import DAY, HOUR, MINUTE, SECOND

#: Zones that pass the app's whitelist and some that do not, with their getTimezoneOffset in minutes.
ACCEPTED_ZONES = {
    "Asia/Seoul": -540,
    "Asia/Tokyo": -540,
    "America/Los_Angeles": 420,
    "America/New_York": 240,
    "Europe/Berlin": -120,
}
REFUSED_ZONES = {
    "Australia/Sydney": -600,
    "Pacific/Auckland": -720,
    "Africa/Johannesburg": -120,
    "Pacific/Honolulu": 600,
}

#: Epochs that a clock without battery starts from: 1970, 2000 and 2010, in seconds.
_EPOCHS = (0, 946_684_800, 1_262_304_000)

#: How many users have each fault, at scale 1, with the story of the wrong clocks.
FAULTY_USERS = {
    "unit": 2,
    "epoch_default": 2,
    "zone": 4,
    "dst": 3,
    "drift": 3,
    "constant": 3,
    "queued": 4,
}

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.4 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 13; SM-A346N) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
)


@dataclass(frozen=True)
class Clock:
    """A device's clock: `fault` is `ok` or one of FAULTY_USERS; `amount` its size, in the fault's own unit.

    zone: minutes that the local time runs before UTC, sent as if it were UTC · dst: hours added from `since`
    on · drift: seconds a day, counted from `since` · constant: seconds · epoch_default: seconds since 1970
    that the clock showed at `since` · queued: share of memos sent later · unit: factor between the units.
    """

    fault: str
    amount: float
    base_ms: int
    since: int

    def read(self, at: int, random: Random) -> int:
        """Return the device's idea of an instant, in milliseconds since 1970.

        Args:
            at: the true instant when the memo reached the server, µs.
            random: for the way to the server and the queue.
        """
        way = random.randint(90, 1400)
        if self.fault == "queued" and random.random() < self.amount:
            way += random.randint(10 * MINUTE, 20 * HOUR) // 1000
        true_ms = at // 1000 - way
        return round(true_ms + self._error_ms(at)) + self.base_ms

    def _error_ms(self, at: int) -> float:
        match self.fault:
            case "zone":
                return self.amount * 60_000
            case "dst":
                return self.amount * 3_600_000 if at >= self.since else 0
            case "drift":
                return self.amount * 1000 * (at - self.since) / DAY
            case "constant":
                return self.amount * 1000
            case "unit":
                return at / 1000 / self.amount - at / 1000
            case "epoch_default":
                return self.amount * 1000 - self.since / 1000
            case _:
                return 0


@dataclass(frozen=True)
class User:
    """One user with one device; `weight` says how much they read."""

    id: str
    ip: str
    user_agent: str
    zone: str
    offset: int
    clock: Clock
    books: tuple[str, ...]
    weight: float


def object_id(seconds: int, random: Random) -> str:
    """Return an ObjectId made at that second: 8 hex digits of time, 16 of chance."""
    return f"{seconds:08x}{random.getrandbits(64):016x}"


def population(n: int, start: int, first: int, random: Random) -> list[User]:
    """Return n users with right clocks; the app refuses the zone of every sixtieth, the eighth to begin with.

    Args:
        n: how many.
        start: the number of the first of them.
        first: the first instant of the simulation, µs.
        random: their own stream of chance.
    """
    accepted, refused = list(ACCEPTED_ZONES.items()), list(REFUSED_ZONES.items())
    users = []
    for number in range(start, start + n):
        zone, offset = random.choices(accepted, (90, 4, 2, 2, 2))[0]
        if number % 60 == 7:
            zone, offset = refused[number // 60 % len(refused)]
        clock = Clock("ok", 0, round(random.gauss(0, 4_000)), first)
        users.append(_user(number, zone, offset, clock, first, random))
    return users


def faulty(scale: float, first: int, last: int, random: Random) -> list[User]:
    """Return the users of the clock story: a few for every fault, all of them in Seoul.

    Args:
        scale: of the whole sample; at least one user has each fault.
        first: bound of the simulation, µs: drift and uptime count from it.
        last: its other bound; a summer hour begins between them.
        random: their own stream of chance.
    """
    users: list[User] = []
    for fault, share in FAULTY_USERS.items():
        for number in range(max(1, round(share * min(scale, 1)))):
            amount = _amount(fault, number, random)
            # A switch in the middle leaves both of its levels with enough memos.
            since = first + (last - first) * random.randint(45, 55) // 100 if fault == "dst" else first
            clock = Clock(fault, amount, 0 if fault == "unit" else random.randint(-900, 900), since)
            users.append(_user(10_000 + len(users), "Asia/Seoul", -540, clock, first, random))
    return users


def _amount(fault: str, number: int, random: Random) -> float:
    match fault:
        case "unit":
            return 1000
        case "epoch_default":
            return _EPOCHS[number % len(_EPOCHS)]
        case "zone":
            return 540
        case "dst":
            return 1
        case "drift":
            return random.choice((-1, 1)) * random.randint(15, 60)
        case "constant":
            # Far from every real offset, which are multiples of 15 minutes.
            return random.choice((-1, 1)) * (random.randint(1, 6) * 900 + random.randint(240, 660))
        case _:
            return 0.55


def _user(number: int, zone: str, offset: int, clock: Clock, first: int, random: Random) -> User:
    joined = first // SECOND - random.randint(10, 400) * 86_400
    return User(
        id=object_id(joined, random),
        ip=f"198.{18 + number // 60_000}.{number // 250 % 250}.{number % 250 + 1}",
        user_agent=random.choice(USER_AGENTS),
        zone=zone,
        offset=offset,
        clock=clock,
        books=tuple(object_id(joined + 3600, random) for _ in range(random.randint(2, 5))),
        weight=random.lognormvariate(0, 0.8),
    )
