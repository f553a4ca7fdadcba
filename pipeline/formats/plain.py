"""Which fields of a format hold nothing that JSON escapes: their patterns let no such character in.

What a pattern says need not be looked for in every value.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.formats.line import LineFormat

# Letters, digits and a little punctuation, alone or as a class, and how often they stand. The ends of a range
# within a class are of one alphabet: [A-z] holds the backslash.
_CLASS = r"\[(?:[0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9A-Za-z_:/+.]|-(?=\]))+\]"
_BODY = rf"(?:{_CLASS}|[0-9A-Za-z_:/|-]|[?+*]|\{{[0-9,]+\}})+"
_NAMED = re.compile(rf"\(\?P?<(?P<name>[A-Za-z_][\w.]*)>(?P<plain>{_BODY}\))?")
# The first group, where no class and no other group stands before it: what begins with a question mark may
# be none that is taken out.
_FIRST = re.compile(rf"(?:\\.|[^\\(\[])*\((?P<plain>(?!\?){_BODY}\))", re.DOTALL)
_ESCAPED = re.compile(r'["\\\x00-\x1f]')


@cache
def fields(line_format: LineFormat) -> frozenset[str]:
    """Return the columns of which no value holds a quote, a backslash or a control character.

    Whatever states a column of the format, pattern, field, case or constant, must be plain.
    """
    found: dict[str, bool] = {}
    for pattern in (line_format.head, line_format.pattern, line_format.usual):
        for group in _NAMED.finditer(pattern or ""):
            found[group["name"]] = found.get(group["name"], True) and group["plain"] is not None
    for name, pattern in line_format.fields.items():
        found[name] = found.get(name, True) and _FIRST.match(pattern) is not None
    for given in (line_format.set, *(case.gives for case in line_format.when)):
        for name, value in given.items():
            found[name] = found.get(name, True) and _ESCAPED.search(str(value)) is None
    return frozenset(name for name, plain in found.items() if plain)
