"""Statements of lists are kept, and yet mean what they say each time."""

from datetime import date, timedelta

from crmkit.core import (
    ListQuery,
    PastLeadDraft,
    StageDraft,
    create_leads,
    edit_stage,
    get_stage,
    list_leads,
)

TODAY = date(2026, 11, 24)


def test_a_filter_asked_again_follows_the_clock(kit, clock):
    with kit.work() as uow:
        drafts = [
            PastLeadDraft(
                name="Pump",
                expected_close=TODAY,
                stage_id=1,
                created_at=uow.now() - timedelta(days=29),
            )
        ]
        create_leads(uow, drafts)
        stage = get_stage(uow, 1)
        draft = StageDraft(name=stage.name, position=stage.position, rotting_days=29)
        edit_stage(uow, stage, draft)

    def count(text):
        with kit.read() as uow:
            return len(list_leads(uow, ListQuery(filter=text)).rows)

    before = [count("expected_close = today"), count("is_rotting = false")]
    clock.advance(days=2)
    assert before == [1, 1]
    assert count("expected_close = today") == 0
    assert count("expected_close = today - 2 days") == 1
    assert count("is_rotting = false") == 0


def test_the_same_filter_means_another_owner_for_another_user(kit):
    with kit.work() as uow:
        create_leads(uow, [PastLeadDraft(name="Pump", owner_id=1, stage_id=1)])
    mine = ListQuery(filter="owner = me")
    with kit.read(1) as uow:
        assert len(list_leads(uow, mine).rows) == 1
    with kit.read(2) as uow:
        assert list_leads(uow, mine).rows == ()
