"""Sizes as a user writes them."""

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "B": 1}


def parse_size(value: object) -> int:
    """Read a number of bytes such as ``500MB``. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return value
    text = str(value).strip().upper().replace(" ", "")
    for unit, factor in _UNITS.items():
        number = text.removesuffix(unit)
        if text.endswith(unit) and number.replace(".", "", 1).isdigit() and 0 < float(number) * factor < 2**63:
            return int(float(number) * factor)
    raise ValueError("write a size such as `500MB` or `2GB`")


Size = Annotated[int, BeforeValidator(parse_size), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}]})]
