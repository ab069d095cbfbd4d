from __future__ import annotations

import asyncio
import inspect
import linecache
import traceback
from pathlib import Path

import pytest

from snakepit.inline import block, cached
from snakepit.layout import dedented, scan
from snakepit.script import script


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("", ""),
        ("a\n", "a\n"),
        ("\n    a\n      b\n    c\n  ", "\na\n  b\nc\n"),
        ("\n\ta\n\t\tb", "\na\n\tb"),
        # Other lines say nothing of the margin, and lose what they have of it.
        ("\n    a = (\n  1)\n # c\n", "\na = (\n1)\n# c\n"),
        ('\n    s = """x\n  y\n      z"""\n', '\ns = """x\ny\n  z"""\n'),
        ("\n    s = 1 + \\\n  2\n", "\ns = 1 + \\\n2\n"),
        # Quotes in comments and comments in quotes.
        ("\n    # it's\n    a = '# no'\n", "\n# it's\na = '# no'\n"),
        ("\n    a\n\tb", "\n    a\n\tb"),
    ],
)
def test_dedented(source: str, first: str) -> None:
    assert dedented(source)[0].text == first


def test_dedented_finds_the_way_back() -> None:
    source = "\n    ab\n      cdé\n"
    way = dedented(source)[0]
    assert source[way.at(2, 1)] == "b"
    assert source[way.at(3, 2)] == "c"
    assert way.index(3, len("  cdé".encode())) == source.index("é") + 1


def test_scan() -> None:
    found = scan('x = f\'a\' + rb"""\n""" # c \'d\'\n(\n)')
    assert [(t.kind, t.prefix) for t in found.tokens] == [
        ("string", "f"),
        ("string", "rb"),
        ("comment", ""),
    ]
    assert found.continued == {1, 3}


def test_block_takes_its_names_in_order() -> None:
    assert block("return a - b", ["b", "a"])(1, 5) == 4


def test_cached_is_one_function() -> None:
    assert cached("a + 1", ["a"]) is cached("a + 1", ["a"])
    assert cached("a + 1", ["a"])(2) == 3


def test_a_waiting_block_is_a_coroutine() -> None:
    function = block("\n  import asyncio\n  await asyncio.sleep(0)\n  return 5", [], waits=True)
    assert inspect.iscoroutinefunction(function)
    assert asyncio.run(function()) == 5
    assert not inspect.iscoroutinefunction(block("1", [], waits=True))


def test_places_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    # An astral character is two columns of V8, and four bytes.
    file.write_text(
        "x('😀', py`\n   y = ${ f(`}${ {a: '}'} }`) /* } */ }; y.é; y.nope`)\n", "utf-8"
    )
    function = block("\n   y = _snakepit_0_; y.é; y.nope", ["_snakepit_0_"], [str(file), 1, 12])

    with pytest.raises(AttributeError) as caught:
        function(type("Y", (), {"é": 1})())
    entry = traceback.extract_tb(caught.value.__traceback__)[-1]
    line = file.read_text("utf-8").split("\n")[1]
    assert (entry.filename, entry.lineno, entry.line) == (str(file), 2, line.strip())
    assert entry.colno == len(line[: line.index("y.nope")].encode())
    assert entry.end_colno == len(line[: line.rindex("`)")].encode())


def test_a_file_that_differs_gives_lines_only(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    file.write_text("something else\n" * 5, "utf-8")
    with pytest.raises(NameError) as caught:
        block("\n nope", [], [str(file), 2, 3])()
    entry = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (entry.filename, entry.lineno, entry.colno) == (str(file), 3, None)


def test_a_file_that_is_not_there_has_its_text_all_the_same() -> None:
    first = block("\n  a = _snakepit_0_\n  return nope", ["_snakepit_0_"], ["/gone/x.ts", 7, 4])
    block("other", [], ["/gone/x.ts", 20, 4])
    with pytest.raises(NameError) as caught:
        first(1)
    entry = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (entry.lineno, entry.line) == (9, "return nope")
    assert linecache.getline("/gone/x.ts", 8) == "  a = ${…}\n"
    assert linecache.getline("/gone/x.ts", 20) == "other\n"


@pytest.mark.parametrize(
    "source",
    [
        "break",
        "nonlocal x",
        "\0",
        "'\ud800'",
        "a) + (b",
        "x for x in y",
        "(1 +",
        "f(",
        "\n  if 1:\n",
    ],
)
def test_faulty_text_fails_where_it_is_called(source: str) -> None:
    function = block(source, [], ["/gone/y.ts", 3, 1])
    with pytest.raises(SyntaxError) as caught:
        function()
    assert caught.value.lineno is not None
    assert caught.value.lineno >= 3
    assert caught.value.__cause__ is None


def test_an_error_inside_of_indented_lines_is_the_one_shown() -> None:
    with pytest.raises(SyntaxError, match="invalid syntax") as caught:
        block("\n  x\n    .f(1 +* 2)\n", [])()
    assert caught.value.lineno == 3


def test_script_texts_keep_their_own_source() -> None:
    errors = []
    for name in ("one", "two"):
        with pytest.raises(NameError) as caught:
            script(f"x = 1\n{name}", ["/gone/z.ts", 4, 2]).run()
        errors.append(traceback.extract_tb(caught.value.__traceback__)[-1])
    assert [entry.line for entry in errors] == ["one", "two"]
    assert errors[0].filename == "<py.exec at /gone/z.ts:4>"
    assert errors[1].filename.startswith("<py.exec at /gone/z.ts:4 #")


def test_script_memory_is_bounded() -> None:
    for number in range(1000):
        script(f"x = {number}", ["/gone/many.ts", 1, 1]).run()
    assert sum("many.ts" in file for file in linecache.cache) <= 256


def test_c_code_may_import_in_a_script() -> None:
    made = script("import pickle, datetime\nx = pickle.dumps(datetime.date(2000, 1, 1))", None)
    made.run()
    assert made.take("x")
