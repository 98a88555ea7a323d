"""Merging: the rules field by field, what moves, and that all of it can go back."""

from io import BytesIO

import pytest

from crmkit.core import (
    ActivityDraft,
    LostReason,
    MergedLeadError,
    MergeDraft,
    NameDraft,
    NoteDraft,
    NotFoundError,
    Status,
    TooFewLeadsError,
    activities_of,
    add_named,
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


def test_the_master_is_an_opportunity_then_further_then_likelier_then_older(kit):
    raw = kit.lead("Raw", kind="lead", stage_id=kit.proposal, probability=90)
    new = kit.lead("New", probability=99)
    further = kit.lead("Further", stage_id=kit.proposal, probability=20)
    likelier = kit.lead("Likelier", stage_id=kit.proposal, probability=30)
    twin = kit.lead("Twin", stage_id=kit.proposal, probability=30)
    merged, _ = merge(kit, raw, new, further, twin, likelier)
    assert merged.lead["id"] == likelier.id
    assert merged.lead["name"] == "Likelier"


def test_a_lead_and_an_opportunity_make_an_opportunity(kit):
    raw = kit.lead("Raw", kind="lead")
    lost = kit.lead("Lost opportunity")
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lost.id), None, "Too dear")
    merged, _ = merge(kit, raw, lost)
    assert (merged.lead["id"], merged.lead["kind"]) == (lost.id, "opportunity")


def test_a_lost_and_an_active_lead_make_an_active_one_with_the_lost_note(kit):
    lost, active = kit.lead("Lost", stage_id=kit.proposal), kit.lead("Active")
    with kit.work() as uow:
        reason = add_named(uow, LostReason, NameDraft(name="Price"))
        lose_lead(uow, get_lead(uow, lost.id), reason, "Too dear")
    lead = merge(kit, lost, active)[0].lead
    assert (lead["id"], lead["status"], lead["closed_at"]) == (lost.id, "open", None)
    assert (lead["lost_note"], lead["lost_reason_id"]) == ("Too dear", None)
    assert (lead["probability"], lead["probability_is_manual"]) == (50, False)


def test_lost_leads_keep_the_reason_that_is_found_first(kit):
    first, second = kit.lead("First"), kit.lead("Second")
    with kit.work() as uow:
        reason = add_named(uow, LostReason, NameDraft(name="Price"))
        lose_lead(uow, get_lead(uow, first.id), None, "First note")
        lose_lead(uow, get_lead(uow, second.id), reason, "Second note")
    lead = merge(kit, first, second)[0].lead
    assert (lead["status"], lead["lost_reason_id"]) == ("lost", reason.id)
    assert lead["lost_note"] == "First note\n\nSecond note"


def test_single_values_are_the_first_that_are_not_empty(kit):
    first = kit.lead("First", owner_id=None, email="a@example.org")
    second = kit.lead("Second", email="b@example.org", phone="0612345678")
    third = kit.lead("Third", phone="0700000000", source="Fair", website="x.example")
    lead = merge(kit, third, second, first)[0].lead
    assert (lead["id"], lead["name"], lead["owner_id"]) == (first.id, "First", kit.ann)
    assert (lead["email"], lead["phone"]) == ("a@example.org", "0612345678")
    assert (lead["source"], lead["website"]) == ("Fair", "x.example")


def test_an_amount_goes_with_its_currency_and_nothing_is_none(kit):
    first = kit.lead("First", currency="USD")
    second = kit.lead("Second", expected_revenue=500, currency="CHF")
    lead = merge(kit, first, second)[0].lead
    assert (lead["expected_revenue"], lead["currency"]) == (500, "CHF")


def test_the_address_is_that_of_whom_most_of_it_is_known(kit):
    first = kit.lead("First", street="1 quai", city="Lyon")
    second = kit.lead("Second", street="2 rue", city="Pau", zip="64000")
    third = kit.lead("Third", street="3 rue", city="Metz", zip="57000")
    address = merge(kit, first, second, third)[0].lead["address"]
    assert (address["street"], address["zip"], address["city"]) == (
        "2 rue",
        "64000",
        "Pau",
    )


def test_priority_is_the_highest_and_tags_are_all_of_them(kit):
    first = kit.lead("First", priority=1, tags=("Hot", "Water"))
    second = kit.lead("Second", priority=3, tags=("hot", "Fair"))
    lead = merge(kit, first, second)[0].lead
    assert lead["priority"] == 3
    assert sorted(lead["tags"]) == ["Fair", "Hot", "Water"]


@pytest.mark.parametrize("manual", [True, False])
def test_the_masters_probability_stays_as_it_is(kit, manual):
    own = {"probability": 0} if manual else {}
    first = kit.lead("First", stage_id=kit.proposal, **own)
    second = kit.lead("Second", probability=90)
    lead = merge(kit, first, second)[0].lead
    assert lead["id"] == first.id
    assert lead["probability"] == (0 if manual else 50)
    assert lead["probability_is_manual"] is manual


def test_a_stage_that_the_new_team_may_not_use_becomes_its_first(kit):
    stage = kit.stage("Lyon only", team_id=kit.lyon)
    first = kit.lead("First", stage_id=stage.id)
    lead = merge(kit, first, kit.lead("Second"), team_id=kit.oslo)[0].lead
    assert (lead["team_id"], lead["stage_id"]) == (kit.oslo, kit.new)


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
