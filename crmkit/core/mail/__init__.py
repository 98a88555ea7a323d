"""Mail: messages of a record, how they are written, and how they go out."""

from crmkit.core.mail.automatic import (
    write_mail_of_stage,
    write_mail_of_template,
)
from crmkit.core.mail.bodies import (
    clean_html,
    text_of_html,
)
from crmkit.core.mail.bounces import (
    BouncedAddress,
    bounce_message,
    bounced_address,
    forget_bounces,
    note_bounce,
)
from crmkit.core.mail.letters import (
    Letter,
    begin_sending,
    letter_to_try,
    note_sent,
    note_unsent,
)
from crmkit.core.mail.messages import (
    MessageDraft,
    ReceivedMail,
    cancel_message,
    get_message,
    messages_of,
    messages_with_id,
    receive_message,
    write_message,
)
from crmkit.core.mail.sending import (
    MailServer,
    MailServerError,
    deliver_letter,
    mail_server,
    outbox_folder,
)
from crmkit.core.mail.table import (
    Message,
    MessageState,
    MessageVisibility,
    ShownMessage,
    show_message,
)
from crmkit.core.mail.templates import (
    FilledTemplate,
    MailTemplate,
    MailTemplateDraft,
    MailWords,
    add_template,
    archive_template,
    edit_template,
    fill_template,
    get_template,
    list_templates,
    places_of_templates,
    shows_lead,
)

__all__ = [
    "BouncedAddress",
    "FilledTemplate",
    "Letter",
    "MailServer",
    "MailServerError",
    "MailTemplate",
    "MailTemplateDraft",
    "MailWords",
    "Message",
    "MessageDraft",
    "MessageState",
    "MessageVisibility",
    "ReceivedMail",
    "ShownMessage",
    "add_template",
    "archive_template",
    "begin_sending",
    "bounce_message",
    "bounced_address",
    "cancel_message",
    "clean_html",
    "deliver_letter",
    "edit_template",
    "fill_template",
    "forget_bounces",
    "get_message",
    "get_template",
    "letter_to_try",
    "list_templates",
    "mail_server",
    "messages_of",
    "messages_with_id",
    "note_bounce",
    "note_sent",
    "note_unsent",
    "outbox_folder",
    "places_of_templates",
    "receive_message",
    "show_message",
    "shows_lead",
    "text_of_html",
    "write_mail_of_stage",
    "write_mail_of_template",
    "write_message",
]
