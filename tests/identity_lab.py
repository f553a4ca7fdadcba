"""Logs whose growth, moves and copies tests follow, and what a run says of them."""

FIRST = b"".join(b"2025-06-20T10:00:%02d.000Z INFO first %d\n" % (n, n) for n in range(30))
MORE = b"".join(b"2025-06-20T11:00:%02d.000Z INFO more %d\n" % (n, n) for n in range(30))
OTHER = b"".join(b"2025-06-20T12:00:%02d.000Z INFO other %d\n" % (n, n) for n in range(10))


def statuses(landing, **options):
    return {path: result.status for path, result in landing.ingest(**options).items()}


def said(landing):
    """Return the last word of each message, sorted, with how often it was stored."""
    return sorted(text.rpartition("INFO ")[2] for text in landing.texts())


def words(kind, n):
    return sorted(f"{kind} {i}" for i in range(n))
