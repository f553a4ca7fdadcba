"""mongodump's BSON: a collection's documents one behind the other, or an archive of many collections.

https://www.mongodb.com/docs/database-tools/mongodump/
"""

from __future__ import annotations

#: The table that its records go to.
KIND = "documents"


def claims(value: object) -> bool:
    """Return whether the value is of a dump: never, BSON is known by its bytes.

    >>> claims({"_id": 1})
    False
    """
    return False
