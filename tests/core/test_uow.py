import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crmkit.app import NotSignedInError
from crmkit.core import (
    ForbiddenError,
    Lead,
    LeadDraft,
    MailTemplateDraft,
    MailWords,
    Role,
    Stage,
    StageDraft,
    add_stage,
    add_template,
    archive_stage,
    archive_template,
    create_lead,
    disable_user,
    edit_stage,
    get_stage,
    get_user,
    list_stages,
    list_templates,
    order_stages,
    restore_stage,
)
from crmkit.testing import statements


def names_of_leads(crm):
    with crm.read() as uow:
        return list(uow.session.scalars(select(Lead.name)))


def test_a_write_in_a_reading_unit_is_an_error_and_leaves_nothing(kit):
    with pytest.raises(DBAPIError), kit.read() as uow:
        create_lead(uow, LeadDraft(name="Pump station"))
    assert names_of_leads(kit.crm) == []


def test_a_block_that_raises_leaves_nothing(kit):
    def fail(uow):
        create_lead(uow, LeadDraft(name="Pump station"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), kit.work() as uow:
        fail(uow)
    assert names_of_leads(kit.crm) == []


def test_a_block_that_ends_is_committed(kit):
    with kit.work() as uow:
        create_lead(uow, LeadDraft(name="Pump station"))
    assert names_of_leads(kit.crm) == ["Pump station"]


def test_what_a_savepoint_wrote_does_not_outlive_a_rollback(kit):
    with kit.work() as uow:
        with uow.session.begin_nested():
            create_lead(uow, LeadDraft(name="Pump station"))
        uow.session.rollback()
    assert names_of_leads(kit.crm) == []


@pytest.mark.databases("sqlite")
def test_a_reading_unit_sees_one_state_of_the_database(kit):
    with kit.read() as reading:
        before = list(reading.session.scalars(select(Lead.name)))
        kit.lead("Pump station")
        assert list(reading.session.scalars(select(Lead.name))) == before


def test_writers_take_turns_instead_of_failing(kit):
    """Two units that read first and write then, at the same time."""
    failed: list[Exception] = []
    both_run = threading.Barrier(2)

    def write(name):
        both_run.wait()
        try:
            for number in range(10):
                with kit.work() as uow:
                    list_stages(uow)
                    create_lead(uow, LeadDraft(name=f"{name} {number}"))
        except Exception as error:  # noqa: BLE001  (shown by the assertion)
            failed.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    assert len(names_of_leads(kit.crm)) == 20


def test_a_reader_does_not_wait_for_a_writer(kit):
    with kit.work() as writing:
        create_lead(writing, LeadDraft(name="Pump station"))
        assert names_of_leads(kit.crm) == []
    assert names_of_leads(kit.crm) == ["Pump station"]


def test_a_connection_that_wrote_is_read_only_when_it_comes_back(make_crm):
    crm = make_crm(pool_size=1)
    with crm.work() as uow:
        add_stage(uow, StageDraft(name="New"))
    with pytest.raises(DBAPIError), crm.read() as uow:
        uow.session.execute(text("DELETE FROM stage"))
    with crm.read() as uow:
        assert uow.session.scalars(select(Stage.name)).all() == ["New"]


def test_a_unit_is_opened_with_one_statement(kit):
    with statements(kit.crm) as sent, kit.read(kit.ann):
        pass
    assert len(sent) == 1, sent


def test_a_unit_remembers_the_stages_and_templates_as_they_are(kit):
    def change(act):
        with kit.work() as uow:
            act(uow, get_stage(uow, kit.proposal, archived=True))
        with kit.read() as uow:
            known = [(one.id, one.name, one.position) for one in uow.catalogue.stages]
            there = list_stages(uow)
            assert known == [(one.id, one.name, one.position) for one in there]
            assert [name for _, name in uow.catalogue.mail_templates] == [
                one.name for one in list_templates(uow)
            ]
        return [name for _, name, _ in known]

    words = MailWords(subject="Hello", text="Hello")
    hello = MailTemplateDraft(name="Hello", texts={"en": words})
    change(lambda uow, _: add_template(uow, hello))
    assert "Offer" in change(
        lambda uow, stage: edit_stage(uow, stage, StageDraft(name="Offer"))
    )
    assert change(lambda uow, stage: order_stages(uow, [stage.id]))[0] == "Offer"
    assert "Offer" not in change(archive_stage)
    assert "Offer" in change(restore_stage)
    assert "Last" in change(lambda uow, _: add_stage(uow, StageDraft(name="Last")))
    change(lambda uow, _: archive_template(uow, list_templates(uow)[0]))


def test_a_unit_knows_who_works_and_in_which_teams(kit):
    with kit.read(kit.tom) as uow:
        actor = uow.actor
    assert (actor.id, actor.name, actor.role) == (kit.tom, "Tom", Role.TEAM)
    assert actor.team_ids == (kit.lyon,)


def test_crmkit_itself_has_every_right(kit):
    with kit.read() as uow:
        assert uow.actor.id is None
        uow.require(Role.ADMIN)


def test_a_lower_role_is_told_which_it_takes(kit):
    with kit.read(kit.ann) as uow, pytest.raises(ForbiddenError, match="“manager”"):
        uow.require(Role.MANAGER)


def test_nobody_opens_a_unit_who_is_not_known(kit):
    with pytest.raises(NotSignedInError, match=r"Sign in first\."), kit.read(4711):
        pass


def test_a_disabled_user_opens_no_unit(kit):
    with kit.work(kit.eve) as uow:
        disable_user(uow, get_user(uow, kit.ann))
    with pytest.raises(NotSignedInError), kit.read(kit.ann):
        pass


def test_the_day_is_that_of_the_settings_zone(make_crm, clock):
    clock.advance(hours=14.5)  # 23:30 in UTC
    for zone, day in (("Europe/Paris", 25), ("UTC", 24)):
        with make_crm(time_zone=zone).read() as uow:
            assert uow.today().day == day


def test_units_name_different_changes_unless_told_otherwise(crm):
    with crm.work() as one, crm.read() as other:
        assert one.change_id != other.change_id
    with crm.work(change_id="a" * 32) as uow:
        assert uow.change_id == "a" * 32
