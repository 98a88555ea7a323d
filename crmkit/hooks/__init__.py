"""The contract between crmkit and its plugins: manifest, forms, specifications."""

from difflib import get_close_matches
from typing import Any

from crmkit.hooks.fields import (
    FieldGroup,
    FieldsContext,
    FieldUse,
    arrange_fields,
    name_field_uses,
)
from crmkit.hooks.files import (
    BlobContext,
    FileContext,
    PlacesContext,
    blob_dropped,
    check_file,
    open_blob,
    store_blob,
)
from crmkit.hooks.forms import (
    PROJECT,
    AskHook,
    CheckHook,
    DeprecatedHookWarning,
    Deprecation,
    HappenedHook,
    Hook,
    PlaceHook,
    Refusal,
    RegisterHook,
)
from crmkit.hooks.jobs import (
    DailyAt,
    Every,
    JobKind,
    JobSchedule,
    RegisterJobs,
    RegisterSchedules,
    RegisterWatchers,
    Watcher,
    register_jobs,
    register_schedules,
    register_watchers,
)
from crmkit.hooks.leads import (
    Duplicate,
    DuplicatesContext,
    LeadLink,
    LeadMove,
    LeadOwner,
    LeadRows,
    LeadsChanged,
    LeadsContext,
    LeadsMerged,
    LinksContext,
    Reason,
    check_lead_move,
    choose_owner,
    estimate_probability,
    extend_leads,
    find_duplicates,
    lead_changed,
    lead_created,
    lead_deleted,
    lead_lost,
    lead_merged,
    lead_moved,
    lead_qualified,
    lead_restored,
    lead_unmerged,
    lead_won,
    name_lead_links,
)
from crmkit.hooks.manifest import PLUGIN_API, ManifestError, Permission, Plugin
from crmkit.hooks.messages import (
    MessageArrangement,
    MessageContext,
    arrange_message,
)
from crmkit.hooks.pages import (
    Badge,
    CardsContext,
    ContactPanelContext,
    LeadPanelContext,
    ListColumn,
    ListContext,
    NavigationContext,
    NavigationItem,
    OwnTemplate,
    Panel,
    PanelLine,
    PieceError,
    place_card_badges,
    place_contact_panel,
    place_first_steps,
    place_lead_panel,
    place_list_actions,
    place_list_columns,
    place_my_menu,
    place_navigation,
    place_settings,
)
from crmkit.hooks.records import (
    RecordsPurge,
    RegisterUndo,
    check_purge,
    register_undo,
)
from crmkit.hooks.start import (
    RegisterRoutes,
    RegisterTables,
    register_api,
    register_pages,
    register_tables,
)

__all__ = [
    "PLUGIN_API",
    "PROJECT",
    "AskHook",
    "Badge",
    "BlobContext",
    "CardsContext",
    "CheckHook",
    "ContactPanelContext",
    "DailyAt",
    "DeprecatedHookWarning",
    "Deprecation",
    "Duplicate",
    "DuplicatesContext",
    "Every",
    "FieldGroup",
    "FieldUse",
    "FieldsContext",
    "FileContext",
    "HappenedHook",
    "Hook",
    "JobKind",
    "JobSchedule",
    "LeadLink",
    "LeadMove",
    "LeadOwner",
    "LeadPanelContext",
    "LeadRows",
    "LeadsChanged",
    "LeadsContext",
    "LeadsMerged",
    "LinksContext",
    "ListColumn",
    "ListContext",
    "ManifestError",
    "MessageArrangement",
    "MessageContext",
    "NavigationContext",
    "NavigationItem",
    "OwnTemplate",
    "Panel",
    "PanelLine",
    "Permission",
    "PieceError",
    "PlaceHook",
    "PlacesContext",
    "Plugin",
    "Reason",
    "RecordsPurge",
    "Refusal",
    "RegisterHook",
    "RegisterJobs",
    "RegisterRoutes",
    "RegisterSchedules",
    "RegisterTables",
    "RegisterUndo",
    "RegisterWatchers",
    "Watcher",
    "all_hooks",
    "arrange_fields",
    "arrange_message",
    "blob_dropped",
    "check_file",
    "check_lead_move",
    "check_purge",
    "choose_owner",
    "estimate_probability",
    "extend_leads",
    "find_duplicates",
    "lead_changed",
    "lead_created",
    "lead_deleted",
    "lead_lost",
    "lead_merged",
    "lead_moved",
    "lead_qualified",
    "lead_restored",
    "lead_unmerged",
    "lead_won",
    "name_field_uses",
    "name_lead_links",
    "open_blob",
    "place_card_badges",
    "place_contact_panel",
    "place_first_steps",
    "place_lead_panel",
    "place_list_actions",
    "place_list_columns",
    "place_my_menu",
    "place_navigation",
    "place_settings",
    "register_api",
    "register_jobs",
    "register_pages",
    "register_schedules",
    "register_tables",
    "register_undo",
    "register_watchers",
    "store_blob",
]


def all_hooks() -> list[Hook[Any, Any]]:
    """Every hook that the core calls, by name."""
    hooks = (value for value in globals().values() if isinstance(value, Hook))
    return sorted(hooks, key=lambda hook: hook.name)


class UnknownNameError(ImportError):
    """A plugin asked the contract for a name that it does not have."""


def __getattr__(name: str) -> object:
    """Refuse a name that is not there, with the nearest that is.

    An ImportError, so that `from crmkit.hooks import lead_wun` shows this sentence
    and not Python's own, which knows no nearest name.
    """
    if name.startswith("_"):
        raise AttributeError(name)
    nearest = get_close_matches(name, __all__, n=1)
    hint = f" Did you mean “{nearest[0]}”?" if nearest else ""
    sentence = f"crmkit.hooks has no “{name}”.{hint}"
    raise UnknownNameError(sentence)
