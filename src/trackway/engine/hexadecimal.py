"""A number in hexadecimal digits: DuckDB casts a text that begins with 0x, others are told how."""

import ibis.expr.operations as ops


def is_hexadecimal(op: ops.Cast) -> bool:
    """Whether what is cast to an integer is written as ``"0x" + digits``."""
    if not (op.to.is_integer() and isinstance(op.arg, ops.StringConcat)):
        return False
    first = op.arg.arg[0]
    return isinstance(first, ops.Literal) and first.value == "0x"
