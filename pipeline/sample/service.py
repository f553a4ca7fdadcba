"""The simulated service: its instances, its routes and how fast and how reliably they answer, its hours."""

from __future__ import annotations

from pipeline.sample.events import HOUR

SERVICE = "habitus33-api"
#: The service's id at Render, and its name there.
RESOURCE, HOST = "srv-cq4k2p5ds78s73", "habitus33-api.onrender.com"
INSTANCES = ("srv-cq4k2p5ds78s73-7k2xp", "srv-cq4k2p5ds78s73-m9qvd", "srv-cq4k2p5ds78s73-t4hzw")
#: Replaces the last of the instances when the release reaches it.
CANARY = "srv-cq4k2p5ds78s73-r8c6n"
#: In the connection string, before and after the release.
PASSWORDS = ("s3cr3t-Haru7", "Xk9%2Fv7%21qLm2")

Route = tuple[str, str]

COMPLETE: Route = ("POST", "/api/sessions/:id/complete")
CREATE: Route = ("POST", "/api/notes")
START: Route = ("POST", "/api/sessions")
THREAD: Route = ("POST", "/api/notes/:id/inline-threads")
MEMO_CREATION = (CREATE, COMPLETE)
HEALTH: Route = ("GET", "/api/health")

#: Median duration (ms) and size (bytes) of an answer, and the share of the browsing (0: not part of it).
ROUTES: dict[Route, tuple[int, int, float]] = {
    ("GET", "/api/notes"): (62, 18_400, 24),
    ("GET", "/api/notes/:id"): (34, 1_250, 9),
    ("GET", "/api/notes/book/:id"): (71, 14_200, 10),
    ("PUT", "/api/notes/:id"): (58, 1_300, 3),
    THREAD: (64, 640, 1.5),
    ("GET", "/api/books"): (48, 9_600, 22),
    ("GET", "/api/books/:id"): (29, 1_900, 11),
    ("GET", "/api/sessions"): (55, 12_800, 9),
    ("GET", "/api/sessions/:id"): (31, 1_400, 6),
    ("POST", "/api/auth/login"): (182, 720, 4.5),
    START: (74, 980, 0),
    CREATE: (92, 810, 0),
    COMPLETE: (148, 1_620, 0),
}
#: Standard deviation of the logarithm of a duration.
SPREAD = 0.38

#: Answers of the 4xx kind: (status, share) by route; they leave no line in the app's output.
REFUSALS: dict[Route, tuple[int, float]] = {
    ("POST", "/api/auth/login"): (401, 0.06),
    ("GET", "/api/notes/:id"): (404, 0.02),
    ("GET", "/api/books/:id"): (404, 0.01),
    THREAD: (400, 0.02),
    CREATE: (404, 0.005),
    COMPLETE: (400, 0.008),
}
#: Routes that answer 201.
CREATING = {START, CREATE, THREAD}

#: Share of answers with status 500 on an ordinary day: memo creation has the weakest code.
FAILING = 0.0008
FAILING_MEMO_CREATION = 0.016

#: Use by hour of the KST day: weekdays with two commutes and a late evening, weekends broad.
WEEKDAY = (9, 5, 3, 2, 2, 4, 14, 34, 36, 22, 18, 20, 32, 24, 18, 17, 19, 26, 36, 42, 52, 62, 56, 26)
WEEKEND = (14, 8, 5, 3, 2, 3, 6, 13, 22, 33, 41, 42, 38, 40, 44, 45, 43, 39, 37, 40, 47, 52, 46, 27)
#: Reading clubs end at these times of the day: many sessions complete in the same instant.
CLUBS = (7 * HOUR + HOUR // 2, 22 * HOUR)
