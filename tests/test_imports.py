"""Imports go one way: what each room may use stands in docs/architecture.md, and nothing uses more."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pipeline

HOME = Path(pipeline.__file__).parent
PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"
MODULES = sorted(path.relative_to(HOME) for path in HOME.rglob("*.py"))
NAME = re.compile(r"`(\w+)(?:\.py|/)?`")
#: What only the front door may do; click for its colleague who writes the reference pages.
SPEAKING = {"print", "exit", "quit", "input", "breakpoint"}


def rooms():
    """Return what each room may use, by the table of the page."""
    cells = [
        line.strip("|\n ").split(" | ")
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    ground = set(NAME.findall(next(row[0] for row in cells if row[1].strip() == "ground floor")))
    order = [name for row in cells for name in NAME.findall(row[0])]
    uses = {}
    for row in cells:
        neighbours, said = NAME.findall(row[0]), row[2].strip()
        below = order[order.index(neighbours[0]) :] if said == "everything below" else []
        named = order if said == "everything" else NAME.findall(said)
        uses |= {name: {*neighbours, *ground, *named, *below} for name in neighbours}
    return uses


def room_of(module):
    """Return the room that a module lives in: a folder, or a file of its own."""
    return module.parts[0].removesuffix(".py")


def imported(module):
    """Yield the rooms that a module imports, wherever in its text."""
    for node in ast.walk(ast.parse((HOME / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "pipeline" and not node.level:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: imports are written out"
            names = [node.module or ""]
            yield from (name.split(".")[1] for name in names if name.startswith("pipeline."))
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.split(".")[1] for alias in node.names if alias.name.startswith("pipeline.")
            )


def test_every_room_stands_on_the_page_and_every_room_of_the_page_is_there():
    here = {room_of(module) for module in MODULES}
    assert here == set(rooms())


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_uses_only_what_its_room_may(module):
    assert set(imported(module)) <= rooms().get(room_of(module), set())


def dotted(module):
    """Return what a module is called when it is imported."""
    return ".".join(("pipeline", *module.with_suffix("").parts)).removesuffix(".__init__")


def needed(module, names):
    """Return which of these modules one imports, wherever in its text, but for types only."""
    tree = ast.parse((HOME / module).read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & names or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & names


def test_no_module_needs_one_that_needs_it_in_turn():
    """Whatever stands between them; a `CycleError` names the ring."""
    names = {dotted(module) for module in MODULES}
    needs = {dotted(module): needed(module, names) for module in MODULES}
    assert len(needs["pipeline.ingest.records.kernel"]) > 9
    order = list(TopologicalSorter(needs).static_order())
    assert set(order) == names


@pytest.mark.parametrize("module", [m for m in MODULES if room_of(m) != "cli"], ids=str)
def test_only_the_front_door_prints_or_exits(module):
    tree = ast.parse((HOME / module).read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & SPEAKING
    written = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not written & {"stdout", "stderr"}
