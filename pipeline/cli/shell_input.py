"""What is typed into the shell: a line editor on a terminal, plain lines where none is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import shell_words
from pipeline.cli.common import GlobalOptions

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.document import Document

_PROMPT = "h33> "
_HISTORY = "shell_history"


def statements(options: GlobalOptions) -> Iterator[str]:
    """Yield what is typed, a statement or a command at a time, until the end of the input."""
    lines = _edited(options) if sys.stdin.isatty() else _plain()
    for text in lines:
        if stripped := text.strip():
            yield stripped


def is_complete(text: str) -> bool:
    """Whether a text is to be taken: a command, a statement with its semicolon, or nothing.

    >>> is_complete("SELECT 1"), is_complete("SELECT 1;"), is_complete(".help")
    (False, True, True)
    """
    stripped = text.strip()
    return not stripped or stripped.startswith(".") or stripped.endswith(";")


def _plain() -> Iterator[str]:
    """Yield what stands on standard input."""
    pending = ""
    for line in sys.stdin:
        pending += line
        if is_complete(pending):
            yield pending
            pending = ""
    yield pending


def _edited(options: GlobalOptions) -> Iterator[str]:
    session = _session(options)
    while True:
        try:
            yield session.prompt(_PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _session(options: GlobalOptions) -> PromptSession[str]:
    """Return a line editor with history and completion; Enter takes what is complete, else begins a line."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import get_app
    from prompt_toolkit.completion import Completer, Completion, ThreadedCompleter
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.history import FileHistory, InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings

    class Names(Completer):
        """Tables, columns, reports and commands, looked up when they are first asked for."""

        def get_completions(self, document: Document, _event: object) -> Iterator[Completion]:
            before = document.text_before_cursor
            word = shell_words.word_before(before)
            for offer in shell_words.candidates(before, *known):
                yield Completion(offer, start_position=-len(word))

    known = _Known(options)
    keys = KeyBindings()

    @keys.add("enter", filter=Condition(lambda: is_complete(get_app().current_buffer.text)))
    def _(event: Any) -> None:
        event.current_buffer.validate_and_handle()

    file = history_file(options.settings.paths.state)
    return PromptSession(
        multiline=True,
        key_bindings=keys,
        completer=ThreadedCompleter(Names()),
        complete_while_typing=False,
        history=FileHistory(str(file)) if file else InMemoryHistory(),
        prompt_continuation="...> ",
    )


class _Known:
    """The names that there are, as two sequences; looked up once, when they are first needed."""

    def __init__(self, options: GlobalOptions) -> None:
        self._options = options
        self._found: tuple[dict[str, list[str]], list[str]] | None = None

    def __iter__(self) -> Iterator[Any]:
        if self._found is None:
            from pipeline import dictionary
            from pipeline.cli.report import known

            columns = {r.name: [entry.column for entry in r.entries] for r in dictionary.relations()}
            self._found = columns, [query.name for query in known(self._options)]
        return iter(self._found)


def history_file(state: Path) -> Path | None:
    """Return the file of what was typed, readable by its owner alone; None where none can be kept."""
    file = state / _HISTORY
    try:
        state.mkdir(mode=0o750, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        file.chmod(0o600)
    except OSError:
        return None
    return file
