"""No fragment draws another one: the browser would lose its place for the inner one, and show an empty page."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from etl_batch.defaults import PROJECT_ROOT

Function = tuple[str, str]
"""Module and name."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Everything that draws."""
    for path in [*PROJECT_ROOT.glob("etl_batch/ui/**/*.py"), *PROJECT_ROOT.glob("console/**/*.py")]:
        name = ".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def known_as(module: str, tree: ast.Module) -> dict[str, Function]:
    """What the names of a module stand for: its own functions, and what it imports from others."""
    names = {node.name: (module, node.name) for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: (str(node.module), alias.name) for alias in node.names}
    return names


def used_by(function: ast.FunctionDef, names: dict[str, Function]) -> set[Function]:
    """The functions that a function's body names, `module.function` among them."""
    used = set()
    for node in (inner for statement in function.body for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and node.id in names:
            used.add(names[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            used.add((".".join(names[node.value.id]), node.attr))
    return used


def is_fragment(node: ast.AST) -> bool:
    """Whether an expression is `st.fragment`, called or not."""
    return any(isinstance(inner, ast.Attribute) and inner.attr == "fragment" for inner in ast.walk(node))


def nested(trees: list[tuple[str, ast.Module]]) -> set[tuple[str, str]]:
    """Pairs of a fragment and a function within its reach that makes a fragment itself."""
    uses: dict[Function, set[Function]] = {}
    bodies: set[Function] = set()
    makers: set[Function] = set()
    for module, tree in trees:
        names = known_as(module, tree)
        for node in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            place = (module, node.name)
            uses[place] = used_by(node, names)
            if any(is_fragment(decorator) for decorator in node.decorator_list):
                bodies.add(place)
                makers.add(place)
            for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call) and is_fragment(inner.func)):
                makers.add(place)
                bodies |= {names[arg.id] for arg in call.args if isinstance(arg, ast.Name) and arg.id in names}
    found = set()
    for body in bodies:
        seen, ahead = {body}, list(uses.get(body, ()))
        while ahead:
            place = ahead.pop()
            if place in makers:
                found.add((".".join(body), ".".join(place)))
            if place not in seen:
                seen.add(place)
                ahead += uses.get(place, ())
    return found


def test_no_fragment_draws_another():
    """Whatever a fragment calls makes no fragment."""
    trees = list(modules())
    assert nested(trees) == set()
    assert len(trees) > 50


def test_a_fragment_within_another_is_found():
    """Through an import and a function between them, decorated or called."""
    outer = "from b import middle\n@st.fragment(run_every=1)\ndef tick():\n    middle()\n"
    inner = "def middle():\n    st.fragment(inner)()\ndef inner():\n    pass\n"
    trees = [("a", ast.parse(outer)), ("b", ast.parse(inner))]
    assert nested(trees) == {("a.tick", "b.middle")}
    assert nested([("a", ast.parse(outer.replace("@st.fragment(run_every=1)\n", ""))), trees[1]]) == set()
