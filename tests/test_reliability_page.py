"""The page of promises names tests that there are, and leaves none of its promises without one."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (R\d+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`(tests/\w+\.py)::(\w+)`", PAGE)))


def test_the_promises_stand_in_their_order_each_with_its_proof():
    numbers = [int(number[1:]) for number, _, _ in ROWS]
    assert numbers == [*range(1, 35)]
    assert all("`tests/" in proof for _, _, proof in ROWS)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_proves_a_promise_is_there(file, name):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert name in made
