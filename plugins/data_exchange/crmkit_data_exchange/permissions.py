"""What not every role may do with imports and exports, and what it is called."""

from crmkit.core import mark
from crmkit.hooks import Permission

IMPORTING = "data_exchange.import_files"
EXPORTING = "data_exchange.export_records"
PERMISSIONS = (
    Permission(name="import_files", label=mark("Import files")),
    Permission(name="export_records", label=mark("Export leads and contacts")),
)
