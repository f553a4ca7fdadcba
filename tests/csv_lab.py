"""Tables as text, for the tests that read them."""

import csv
import io

HEADERS = ["접수번호", "접수일시", "분류", "내용", "고객", "처리상태"]


def written(rows, separator=",", end="\r\n"):
    out = io.StringIO(newline="")
    # Python leaves a lone carriage return bare.
    quoting = csv.QUOTE_ALL if any("\r" in cell for row in rows for cell in row) else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()
