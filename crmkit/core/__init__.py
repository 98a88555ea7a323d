"""The core: nouns and rules. What plugins may use, each module names in `__all__`."""

from crmkit.core import (
    access,
    activities,
    activity_types,
    agenda,
    around,
    attachments,
    backups,
    blobs,
    board,
    board_order,
    bulk,
    cards,
    clock,
    columns,
    contacts,
    currencies,
    custom,
    db,
    deleted,
    disagreeing,
    dispatch,
    drafts,
    duplicates,
    emptying,
    errors,
    events,
    exchange_rates,
    explaining,
    extensions,
    field_uses,
    fields,
    filters,
    finding,
    followers,
    following,
    grouping,
    hook_failures,
    job_rows,
    jobs,
    leads,
    ledger,
    listing,
    logs,
    lost_reasons,
    mail,
    margin,
    media_types,
    merging,
    named,
    newest,
    notifications,
    opening,
    origins,
    past,
    pauses,
    permissions,
    pipelines,
    plugin_settings,
    plugins,
    purging,
    qualifying,
    rate_changes,
    rate_files,
    reading,
    regrouping,
    remedies,
    repeats,
    samples,
    scopes,
    search,
    secrets,
    setting_rows,
    settings,
    signins,
    stages,
    stored_settings,
    sums,
    switches,
    tags,
    teams,
    timeline,
    today,
    tokens,
    types,
    undo,
    uninstalling,
    uow,
    users,
    views,
    words,
    workers,
)
from crmkit.core.access import *
from crmkit.core.activities import *
from crmkit.core.activity_types import *
from crmkit.core.agenda import *
from crmkit.core.around import *
from crmkit.core.attachments import *
from crmkit.core.backups import *
from crmkit.core.blobs import *
from crmkit.core.board import *
from crmkit.core.board_order import *
from crmkit.core.bulk import *
from crmkit.core.cards import *
from crmkit.core.clock import *
from crmkit.core.columns import *
from crmkit.core.contacts import *
from crmkit.core.currencies import *
from crmkit.core.custom import *
from crmkit.core.db import *
from crmkit.core.deleted import *
from crmkit.core.disagreeing import *
from crmkit.core.dispatch import *
from crmkit.core.drafts import *
from crmkit.core.duplicates import *
from crmkit.core.emptying import *
from crmkit.core.errors import *
from crmkit.core.events import *
from crmkit.core.exchange_rates import *
from crmkit.core.explaining import *
from crmkit.core.extensions import *
from crmkit.core.field_uses import *
from crmkit.core.fields import *
from crmkit.core.filters import *
from crmkit.core.finding import *
from crmkit.core.followers import *
from crmkit.core.following import *
from crmkit.core.grouping import *
from crmkit.core.hook_failures import *
from crmkit.core.job_rows import *
from crmkit.core.jobs import *
from crmkit.core.leads import *
from crmkit.core.ledger import *
from crmkit.core.listing import *
from crmkit.core.logs import *
from crmkit.core.lost_reasons import *
from crmkit.core.mail import *
from crmkit.core.margin import *
from crmkit.core.media_types import *
from crmkit.core.merging import *
from crmkit.core.named import *
from crmkit.core.newest import *
from crmkit.core.notifications import *
from crmkit.core.opening import *
from crmkit.core.origins import *
from crmkit.core.past import *
from crmkit.core.pauses import *
from crmkit.core.permissions import *
from crmkit.core.pipelines import *
from crmkit.core.plugin_settings import *
from crmkit.core.plugins import *
from crmkit.core.purging import *
from crmkit.core.qualifying import *
from crmkit.core.rate_changes import *
from crmkit.core.rate_files import *
from crmkit.core.reading import *
from crmkit.core.regrouping import *
from crmkit.core.remedies import *
from crmkit.core.repeats import *
from crmkit.core.samples import *
from crmkit.core.scopes import *
from crmkit.core.search import *
from crmkit.core.secrets import *
from crmkit.core.setting_rows import *
from crmkit.core.settings import *
from crmkit.core.signins import *
from crmkit.core.stages import *
from crmkit.core.stored_settings import *
from crmkit.core.sums import *
from crmkit.core.switches import *
from crmkit.core.tags import *
from crmkit.core.teams import *
from crmkit.core.timeline import *
from crmkit.core.today import *
from crmkit.core.tokens import *
from crmkit.core.types import *
from crmkit.core.undo import *
from crmkit.core.uninstalling import *
from crmkit.core.uow import *
from crmkit.core.users import *
from crmkit.core.views import *
from crmkit.core.words import *
from crmkit.core.workers import *

__all__: list[str] = []
__all__ += access.__all__
__all__ += activities.__all__
__all__ += activity_types.__all__
__all__ += agenda.__all__
__all__ += around.__all__
__all__ += attachments.__all__
__all__ += backups.__all__
__all__ += blobs.__all__
__all__ += board.__all__
__all__ += board_order.__all__
__all__ += bulk.__all__
__all__ += cards.__all__
__all__ += clock.__all__
__all__ += columns.__all__
__all__ += contacts.__all__
__all__ += currencies.__all__
__all__ += custom.__all__
__all__ += db.__all__
__all__ += deleted.__all__
__all__ += disagreeing.__all__
__all__ += dispatch.__all__
__all__ += drafts.__all__
__all__ += duplicates.__all__
__all__ += emptying.__all__
__all__ += errors.__all__
__all__ += events.__all__
__all__ += exchange_rates.__all__
__all__ += explaining.__all__
__all__ += extensions.__all__
__all__ += field_uses.__all__
__all__ += fields.__all__
__all__ += filters.__all__
__all__ += following.__all__
__all__ += followers.__all__
__all__ += finding.__all__
__all__ += grouping.__all__
__all__ += hook_failures.__all__
__all__ += job_rows.__all__
__all__ += jobs.__all__
__all__ += leads.__all__
__all__ += ledger.__all__
__all__ += listing.__all__
__all__ += logs.__all__
__all__ += lost_reasons.__all__
__all__ += mail.__all__
__all__ += margin.__all__
__all__ += media_types.__all__
__all__ += merging.__all__
__all__ += named.__all__
__all__ += newest.__all__
__all__ += notifications.__all__
__all__ += opening.__all__
__all__ += origins.__all__
__all__ += past.__all__
__all__ += pauses.__all__
__all__ += permissions.__all__
__all__ += pipelines.__all__
__all__ += plugin_settings.__all__
__all__ += plugins.__all__
__all__ += purging.__all__
__all__ += qualifying.__all__
__all__ += rate_changes.__all__
__all__ += rate_files.__all__
__all__ += reading.__all__
__all__ += regrouping.__all__
__all__ += remedies.__all__
__all__ += repeats.__all__
__all__ += samples.__all__
__all__ += scopes.__all__
__all__ += secrets.__all__
__all__ += search.__all__
__all__ += setting_rows.__all__
__all__ += settings.__all__
__all__ += signins.__all__
__all__ += stages.__all__
__all__ += stored_settings.__all__
__all__ += sums.__all__
__all__ += switches.__all__
__all__ += tags.__all__
__all__ += teams.__all__
__all__ += timeline.__all__
__all__ += today.__all__
__all__ += tokens.__all__
__all__ += types.__all__
__all__ += undo.__all__
__all__ += uninstalling.__all__
__all__ += uow.__all__
__all__ += users.__all__
__all__ += views.__all__
__all__ += words.__all__
__all__ += workers.__all__
