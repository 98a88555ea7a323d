"""Merging: the rules field by field, what moves, and that all of it can go back."""

from io import BytesIO

import pytest

from crmkit.core import (
    ActivityDraft,
    MergedLeadError,
    MergeDraft,
    NoteDraft,
    NotFoundError,
    Status,
    TooFewLeadsError,
    activities_of,
    add_note,
    archive_lead,
    attach_file,
    attachments_of,
    edit_lead,
    follow_lead,
    followers_of,
    get_deleted_lead,
    get_lead,
    get_merge,
    lose_lead,
    merge_leads,
    next_of,
    plan_activity,
    preview_merge,
    read_lead,
    timeline_of,
    undo_change,
    unmerge_leads,
    win_lead,
)

MOMENTS = {"version", "updated_at"}


def merge(kit, *leads, who=None, **draft):
    with kit.work(who) as uow:
        merged = merge_leads(uow, MergeDraft(ids=[one.id for one in leads], **draft))
        return merged, uow.change_id


def unmerge(kit, merged, who=None):
    with kit.work(who) as uow:
        return unmerge_leads(uow, get_merge(uow, merged.merge_id))


def everything(kit, *leads):
    """What is read of leads, but for what only tells that something was done."""
    told = []
    with kit.read() as uow:
        for one in leads:
            lead = get_lead(uow, one.id)
            record = read_lead(uow, one.id)
            shown = {k: v for k, v in record.items() if k not in MOMENTS}
            texts = [m.text for m in timeline_of(uow, lead) if m.text]
            acts = [activity.id for activity in activities_of(uow, lead)]
            files = [file.name for file in attachments_of(uow, lead)]
            texts += [user.name for user in followers_of(uow, lead)]
            told.append((shown, texts, acts, files, next_of(uow, lead).id))
    return told


def furnish(kit, lead, word):
    """A note, an activity and a file of `lead`."""
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        add_note(uow, found, NoteDraft(text=f"Note {word}"))
        draft = ActivityDraft(type="call", summary=word, due_on=uow.today())
        plan_activity(uow, found, draft)
        attach_file(uow, found, BytesIO(word.encode()), f"{word}.txt")
        follow_lead(uow, found, kit.lea if word == "First" else kit.max)


def test_chosen_values_win_over_the_rules(kit):
    first, second = kit.lead("First", email="a@example.org"), kit.lead("Second")
    values = {"name": "Chosen", "email": None, "tags": ["Own"]}
    merged, _ = merge(kit, first, second, values=values, owner_id=kit.bob)
    lead = merged.lead
    assert (lead["name"], lead["email"], lead["tags"]) == ("Chosen", None, ["Own"])
    assert lead["owner_id"] == kit.bob


def test_a_won_lead_is_left_out_by_name_and_reason(kit):
    won, first, second = kit.lead("Won"), kit.lead("First"), kit.lead("Second")
    with kit.work() as uow:
        win_lead(uow, get_lead(uow, won.id))
    merged, _ = merge(kit, won, first, second)
    assert [(one.id, one.name) for one in merged.excluded] == [(won.id, "Won")]
    assert kit.fresh(won).status is Status.WON
    with pytest.raises(TooFewLeadsError, match="Won"):
        merge(kit, won, first)


def test_an_archived_lead_comes_back_with_an_active_one(kit):
    first, second = kit.lead("First", stage_id=kit.proposal), kit.lead("Second")
    with kit.work() as uow:
        archive_lead(uow, get_lead(uow, first.id))
    lead = merge(kit, first, second)[0].lead
    assert (lead["id"], lead["archived_at"]) == (first.id, None)


def test_everything_that_belongs_to_the_leads_moves(kit):
    first, second = kit.lead("First"), kit.lead("Second")
    furnish(kit, first, "one")
    furnish(kit, second, "two")
    merge(kit, first, second)
    _, texts, acts, files, following = everything(kit, first)[0]
    assert sorted(texts) == ["Max", "Note one", "Note two"]
    assert (len(acts), sorted(files)) == (2, ["one.txt", "two.txt"])
    assert following == min(acts)


def test_a_visit_to_a_merged_lead_leads_to_its_master(kit):
    first, second = kit.lead("First"), kit.lead("Second")
    merge(kit, first, second)
    with kit.read(kit.ann) as uow:
        with pytest.raises(MergedLeadError) as caught:
            get_lead(uow, second.id)
        assert caught.value.master_id == first.id
        with pytest.raises(NotFoundError):
            get_deleted_lead(uow, second.id)
    with kit.read(kit.oli) as uow, pytest.raises(NotFoundError) as hidden:
        get_lead(uow, second.id)
    assert not isinstance(hidden.value, MergedLeadError)


def test_nobody_merges_what_he_does_not_see(kit):
    mine = kit.lead("Mine")
    foreign = kit.lead("Foreign", owner_id=kit.oli, team_id=kit.oslo)
    with pytest.raises(NotFoundError):
        merge(kit, mine, foreign, who=kit.ann)
    assert kit.fresh(foreign).name == "Foreign"


def test_a_preview_tells_what_a_merge_does_and_does_nothing(kit):
    first, second = kit.lead("First"), kit.lead("Second", phone="0612345678")
    before = everything(kit, first, second)
    with kit.work() as uow:
        foretold = preview_merge(uow, MergeDraft(ids=(first.id, second.id)))
    assert foretold.merge_id is None
    picked = {one.name: one.lead_id for one in foretold.fields}
    assert (picked["name"], picked["phone"]) == (first.id, second.id)
    assert everything(kit, first, second) == before
    merged, _ = merge(kit, first, second)
    assert merged.lead["phone"] == foretold.lead["phone"] == "0612345678"


@pytest.mark.parametrize("way", ["unmerge", "undo"])
def test_merging_and_taking_it_back_changes_nothing(kit, clock, way):
    first = kit.lead("First", tags=("Hot",), owner_id=None)
    second = kit.lead("Second", kind="lead", priority=2, tags=("Cold",), city="Pau")
    third = kit.lead("Third", stage_id=kit.proposal, expected_revenue=70)
    for lead in (first, second, third):
        furnish(kit, lead, lead.name)
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, third.id), None, "Too dear")
    before = everything(kit, first, second, third)
    clock.advance(minutes=5)
    merged, change_id = merge(kit, first, second, third)
    clock.advance(minutes=5)
    if way == "unmerge":
        assert unmerge(kit, merged).kept == ()
    else:
        with kit.work() as uow:
            assert undo_change(uow, change_id).kept == []
    assert everything(kit, first, second, third) == before


def test_what_was_done_since_stays_with_the_master_and_is_listed(kit):
    first, second = kit.lead("First"), kit.lead("Second", phone="0612345678")
    furnish(kit, second, "two")
    merged, _ = merge(kit, first, second)
    furnish(kit, first, "since")
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, first.id), {"phone": "0700000000"})
    unmerged = unmerge(kit, merged)
    assert unmerged.kept == ("phone",)
    assert (kit.fresh(first).phone, kit.fresh(second).phone) == (
        "0700000000",
        "0612345678",
    )
    (_, mine, _, files, _), (_, theirs, *_) = everything(kit, first, second)
    assert (mine, theirs, files) == (
        ["Note since"],
        ["Note two", "Max"],
        ["since.txt"],
    )


def test_merges_of_merged_leads_are_taken_back_one_by_one(kit):
    first, second, third = (kit.lead(name) for name in ("First", "Second", "Third"))
    furnish(kit, third, "three")
    before = everything(kit, first, second, third)
    inner, _ = merge(kit, second, third)
    outer, _ = merge(kit, first, second)
    with kit.read() as uow, pytest.raises(MergedLeadError) as caught:
        get_lead(uow, third.id)
    assert caught.value.master_id == first.id
    unmerge(kit, outer)
    unmerge(kit, inner)
    assert everything(kit, first, second, third) == before


def test_it_takes_the_right_to_see_them_all_to_take_a_merge_back(kit):
    first = kit.lead("First")
    second = kit.lead("Second", owner_id=kit.oli, team_id=kit.oslo)
    merged, _ = merge(kit, first, second, who=kit.lea)
    with pytest.raises(NotFoundError):
        unmerge(kit, merged, kit.ann)
    with pytest.raises(NotFoundError):
        unmerge(kit, merged, kit.oli)
    assert unmerge(kit, merged, kit.lea).lead_ids == (second.id,)
