"""Values of forms and addresses: an empty field is no value."""

from typing import Annotated

from pydantic import BeforeValidator

Blank = Annotated[int | None, BeforeValidator(lambda value: value or None)]
"""A whole number, or nothing."""
