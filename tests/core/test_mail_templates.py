"""Templates of mails: checked places, filled as text, sent by a stage, held back."""

import re

import pytest

from crmkit.core import (
    CrmError,
    LeadDraft,
    MailTemplateDraft,
    MailWords,
    Message,
    MessageState,
    StageDraft,
    add_template,
    archive_template,
    create_lead,
    create_leads,
    edit_stage,
    fill_template,
    get_lead,
    get_stage,
    get_template,
    messages_of,
    move_lead,
    note_bounce,
    undo_change,
    win_lead,
)

ZOE = "zoe@hydrolis.example"
WORDS = {
    "en": MailWords(
        subject="About {{ lead.name }}",
        text="Good day {{lead.contact_name}},\n{{ lead.expected_revenue }} until "
        "{{ lead.expected_close }}.\n{{ sender.name }}, {{ company }}",
    ),
    "fr": MailWords(subject="{{ lead.name }}", text="Bonjour {{ lead.contact_name }}"),
}


def add(kit, **texts):
    with kit.work(kit.max) as uow:
        draft = MailTemplateDraft(name="Offer", texts=texts or WORDS)
        return add_template(uow, draft).id


def fill(kit, template_id, **fields):
    with kit.work(kit.ann) as uow:
        lead = create_lead(uow, LeadDraft(**{"name": "Pumps", **fields}))
        return fill_template(uow, get_template(uow, template_id), lead)


def test_places_take_the_values_of_a_lead_in_its_language(kit):
    template = add(kit)
    filled = fill(
        kit,
        template,
        contact_name="Zoé",
        expected_revenue="48500.5",
        expected_close="2026-12-24",
    )
    assert filled.subject == "About Pumps"
    assert filled.text.split("\n") == [
        "Good day Zoé,",
        "€48,500.50 until December 24, 2026.",
        "Ann, crmkit",
    ]
    french = fill(kit, template, contact_name="Zoé", language="fr")
    assert (french.language, french.text) == ("fr", "Bonjour Zoé")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ lead.nam }}", "cannot show “lead.nam”; it can show lead.name"),
        ("{{ lead.__class__ }}", "cannot show “lead.__class__”"),
        ("{{ lead.name.upper() }}", "cannot show"),
        ("{{ 7 * 7 }}", "cannot show"),
        ("{% for a in b %}", "other braces mean nothing"),
        ("{{ lead.name }", "other braces mean nothing"),
        ("{{ lead.owner_id }}", "cannot show"),
    ],
)
def test_what_a_template_cannot_show_is_refused_when_it_is_saved(kit, text, sentence):
    with pytest.raises(CrmError, match=re.escape(sentence)):
        add(kit, en=MailWords(subject="Hello", text=text))


def test_a_value_is_never_read_as_a_place(kit):
    filled = fill(
        kit,
        add(kit),
        name="{{ lead.email }} {0.__class__}",
        contact_name="{% x %}",
        email=ZOE,
    )
    assert filled.subject == "About {{ lead.email }} {0.__class__}"
    assert filled.text.startswith("Good day {% x %},")


@pytest.fixture
def sending(make_kit, tmp_path):
    """The company, whose stage Proposal writes to the customer."""
    kit = make_kit(outbox=tmp_path / "outbox")
    template = add(kit)
    with kit.work(kit.max) as uow:
        stage = get_stage(uow, kit.proposal)
        values = {"name": stage.name, "mail_template_id": template}
        edit_stage(uow, stage, StageDraft(**values))
    return kit


def move(kit, lead, stage_id=None):
    with kit.work(kit.ann) as uow:
        stage = get_stage(uow, stage_id or kit.proposal)
        move_lead(uow, get_lead(uow, lead.id), stage)
        return uow.change_id


def mails(kit, lead):
    kit.run_jobs()
    with kit.read(kit.ann) as uow:
        return messages_of(uow, get_lead(uow, lead.id))


def test_a_stage_writes_to_the_customer_a_minute_after_a_lead_comes(sending, clock):
    lead = sending.lead(email=ZOE)
    move(sending, lead)
    (mail,) = mails(sending, lead)
    assert (mail.state, mail.to) == (MessageState.QUEUED, (ZOE,))
    clock.advance(minutes=1.1)
    (mail,) = mails(sending, lead)
    assert mail.state is MessageState.SENT
    with sending.read() as uow:
        assert uow.session.get_one(Message, mail.id).is_automatic
    move(sending, lead, sending.new)
    move(sending, lead)
    assert len(mails(sending, lead)) == 1, "nobody gets the same twice"


def test_it_writes_however_a_person_brings_a_lead_into_the_stage(sending):
    made = LeadDraft(
        name="There", email=ZOE, stage_id=sending.proposal, owner_id=sending.ann
    )
    with sending.work(sending.ann) as uow:
        created = create_lead(uow, made)
    assert len(mails(sending, created)) == 1
    with sending.work() as uow:
        by_itself = create_lead(uow, made)
        (imported,) = create_leads(uow, [made])
    assert mails(sending, by_itself) == mails(sending, imported) == []
    with sending.work(sending.max) as uow:
        template = get_stage(uow, sending.proposal).mail_template_id
        won = get_stage(uow, sending.won)
        values = {"name": won.name, "is_won": True, "mail_template_id": template}
        edit_stage(uow, won, StageDraft(**values))
    lead = sending.lead(email="bob@hydrolis.example")
    with sending.work(sending.ann) as uow:
        win_lead(uow, get_lead(uow, lead.id))
    assert len(mails(sending, lead)) == 1


def test_undoing_the_move_within_the_minute_holds_the_mail_back(sending, clock):
    lead = sending.lead(email=ZOE)
    change_id = move(sending, lead)
    assert len(mails(sending, lead)) == 1
    with sending.work(sending.ann) as uow:
        assert undo_change(uow, change_id).kept == []
    clock.advance(minutes=2)
    (mail,) = mails(sending, lead)
    assert mail.state is MessageState.CANCELLED
    assert sending.fresh(lead).stage_id == sending.new


def test_an_undo_after_the_minute_names_the_mail(sending, clock):
    lead = sending.lead(email=ZOE)
    change_id = move(sending, lead)
    mails(sending, lead)
    clock.advance(minutes=2)
    mails(sending, lead)
    with sending.work(sending.ann) as uow:
        kept = undo_change(uow, change_id).kept
    assert [one.fields for one in kept] == [("message.written",)]
    assert sending.fresh(lead).stage_id == sending.new


def test_nobody_is_written_to_who_cannot_be_or_by_a_template_out_of_use(sending):
    silent, bounced = sending.lead(), sending.lead(email="gone@hydrolis.example")
    with sending.work() as uow:
        note_bounce(uow, "gone@hydrolis.example", "5.1.1")
    for lead in (silent, bounced):
        move(sending, lead)
        assert mails(sending, lead) == []
    with sending.work(sending.max) as uow:
        stage = get_stage(uow, sending.proposal)
        archive_template(uow, get_template(uow, stage.mail_template_id or 0))
    lead = sending.lead(email=ZOE)
    move(sending, lead)
    assert mails(sending, lead) == []
