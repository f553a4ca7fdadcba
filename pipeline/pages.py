"""Where published pages lie, what their documents say of them, and which of them lead to which."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import H33Error
from pipeline.lake import disk
from pipeline.render.around import Link, Links, renewed
from pipeline.render.index import Entry
from pipeline.render.panel_words import panel_words
from pipeline.summary import Verdict, Window

_SUFFIX = {Window.DAY: "", Window.WEEK: "-week", Window.MONTH: "-month"}
_PAGE, _DOCUMENT = "kpi.html", "kpi.json"


def folder_name(window: Window, on: date) -> str:
    """Return the folder of a window that ends on a day.

    >>> folder_name(Window.WEEK, date(2025, 6, 20))
    '2025-06-20-week'
    """
    return f"{on}{_SUFFIX[window]}"


def published_pages(reports: Path) -> Iterator[Entry]:
    """Yield every published page of a folder, by what its document says."""
    for folder in sorted(reports.iterdir() if reports.is_dir() else ()):
        document = document_of(folder)
        if document is not None and (folder / _PAGE).is_file():
            yield Entry(
                Window(document["window"]),
                date.fromisoformat(document["date"]),
                Verdict(document["verdict"]),
                f"{folder.name}/{_PAGE}",
                is_provisional=document.get("provisional", False),
                is_revised=document.get("revised", False),
            )


def document_of(folder: Path) -> dict[str, Any] | None:
    """Return the document of a folder; None where there is none, or one of another h33's."""
    try:
        document = orjson.loads((folder / _DOCUMENT).read_bytes())
        Verdict(document["verdict"])
        name = folder_name(Window(document["window"]), date.fromisoformat(document["date"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return document if folder.name == name else None


def links_of(reports: Path, window: Window, on: date, language: str) -> Links:
    """Return the links of the page of a window that ends on a day, to those pages that are there.

    A week's neighbours are the weeks that meet it, not those that share six of its days.
    """
    say = panel_words(language)

    def link(to: Window, end: date, text: str, label: str) -> Link | None:
        name = folder_name(to, end)
        return Link(f"../{name}/{_PAGE}", text, label) if (reports / name / _PAGE).is_file() else None

    def near(side: str, days: int) -> Link | None:
        end = on + timedelta(days=days)
        return link(window, end, str(end), f"{say[side]}: {_span(window, end, language)}")

    others = [one for one in Window if one not in {window, Window.DAY}]
    held = [on - timedelta(days=back) for back in range(window.days - 1, -1, -1)] if window.days > 1 else []
    texts = [say["until_short"].format(days=one.days) for one in others]
    # What a screen reader says holds what is seen, so that it can be asked for by voice.
    wider = [link(one, on, text, f"{text}, {on}") for one, text in zip(others, texts, strict=True)]
    days = [link(Window.DAY, day, f"{day:%m-%d}", str(day)) for day in held]
    return Links(
        index="../index.html",
        before=near("earlier_page", -window.days),
        after=near("later_page", window.days),
        wider=tuple(one for one in wider if one),
        days=tuple(one for one in days if one),
    )


def _span(window: Window, end: date, language: str) -> str:
    """Return what a page is about: "7 days until 2025-06-20"."""
    if window is Window.DAY:
        return str(end)
    return panel_words(language)["until"].format(days=window.days, date=end)


def join(reports: Path, on: date) -> None:
    """Let the pages that end on a day and those around them lead to each other.

    What was published before could not know of them: only its links are written anew.

    Raises:
        H33Error: a page cannot be written.
    """
    for window, end in _around(on):
        folder = reports / folder_name(window, end)
        try:
            text = (folder / _PAGE).read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        language = "ko" if '<html lang="ko"' in text[:64] else "en"
        joined = renewed(text, links_of(reports, window, end, language), language)
        if joined != text:
            publish(folder, {_PAGE: joined})


def _around(on: date) -> Iterator[tuple[Window, date]]:
    """Yield the pages whose links change with a night: its own, their neighbours, those that hold its day."""
    for window in Window:
        ends = {on, on - timedelta(days=window.days), on + timedelta(days=window.days)}
        ends |= {on + timedelta(days=ahead) for ahead in range(window.days)}
        yield from ((window, end) for end in sorted(ends))


def publish(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files into a folder, each whole or not at all; what an older run left there is replaced.

    Raises:
        H33Error: the disk is full, or the folder may not be written.
    """
    try:
        with disk.group_readable():
            disk.make_folders(folder)
            for name, content in files.items():
                temporary = folder / f".{name}.{os.getpid()}"
                try:
                    disk.replace_file(
                        folder / name, content.encode() if isinstance(content, str) else content, temporary
                    )
                finally:
                    temporary.unlink(missing_ok=True)
    except OSError as error:
        raise H33Error(
            f"the page cannot be written: {error.strerror}", where=str(error.filename or folder)
        ) from None
