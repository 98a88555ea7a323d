"""Backups: all of a database in one file, consistent while writes go on.

No other program is needed. A file is a zip archive: for SQLite the database as it was
at one moment, for PostgreSQL the rows of each table in one snapshot; and a manifest
with the migrations, row counts and SHA-256 of every part. What no backup holds: files
whose bytes a plugin keeps elsewhere, and the secret key.
"""

from crmkit.core.backups.archive import (
    DamagedArchiveError,
    Manifest,
    NoArchiveError,
    OtherKindError,
)
from crmkit.core.backups.restoring import Destination, NotEmptyError, restore_database
from crmkit.core.backups.taking import back_up_database, size_of

__all__ = [
    "DamagedArchiveError",
    "Destination",
    "Manifest",
    "NoArchiveError",
    "NotEmptyError",
    "OtherKindError",
    "back_up_database",
    "restore_database",
    "size_of",
]
