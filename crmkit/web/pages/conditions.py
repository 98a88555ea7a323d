"""Ready filter texts that chips, bars and links of the pages put into the address."""

CONDITIONS = {
    "mine": "owner = me",
    "late": "next_activity_at < today",
    "today": "next_activity_at = today",
    "planned": "next_activity_at > today",
    "none": "next_activity_at is empty",
    "rotting": "is_rotting = true",
    "unassigned": "owner is empty",
    "won": "status = won",
}


def keep(**parts: object) -> dict[str, str]:
    """The parts of an address that are set, as text."""
    return {
        name: str(value) for name, value in parts.items() if value not in ("", None)
    }
