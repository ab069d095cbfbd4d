"""Text as SymPy expressions, in the spelling that people use on paper."""

from sympy import Expr
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

__all__ = ["parse_implicit"]

_TRANSFORMATIONS = (
    *standard_transformations,
    convert_xor,
    implicit_multiplication_application,
)


def parse_implicit(text: str) -> Expr:
    """The expression that ``text`` means, with ``2x`` for ``2*x`` and ``x^2`` for ``x**2``.

    SymPy evaluates the text as Python: do not pass it what strangers wrote.
    """
    return parse_expr(text, transformations=_TRANSFORMATIONS)
