"""Who follows a lead, and who is told of what is written on it."""

import pytest

from crmkit.core import (
    BulkChange,
    BulkDraft,
    LeadDraft,
    NoteDraft,
    NotificationKind,
    QualifyDraft,
    UserDraft,
    add_user,
    count_unread,
    create_lead,
    create_leads,
    edit_lead,
    follow_lead,
    followers_of,
    get_lead,
    list_notifications,
    mark_read,
    qualify_lead,
    start_bulk,
    unfollow_lead,
    write_note,
)
from crmkit.core.followers import UnseenError
from crmkit.testing import statements


@pytest.fixture
def lead(kit):
    """A lead of Ann in Lyon, of which she knows."""
    made = kit.lead()
    with kit.work(kit.ann) as uow:
        mark_read(uow)
    return made


def note(kit, lead, who, text):
    with kit.work(kit.people[who]) as uow:
        return write_note(uow, get_lead(uow, lead.id), NoteDraft(text=text))[1]


def told(kit, who):
    """What somebody was told of, but for the lead that Ann has to begin with."""
    with kit.read(kit.people[who]) as uow:
        notices = list_notifications(uow)
    return [one.kind.value for one in notices if one.actor_id is not None]


def gifts(kit, who):
    """Of the leads that somebody got: who gave them, the first, and how many more."""
    with kit.read(kit.people[who]) as uow:
        return [
            (one.actor_name, one.lead_name, one.more)
            for one in list_notifications(uow)
            if one.kind is NotificationKind.ASSIGNED and one.actor_id is not None
        ]


def following(kit, lead):
    with kit.read() as uow:
        return [user.name for user in followers_of(uow, get_lead(uow, lead.id))]


def test_who_is_mentioned_is_told_and_follows(kit, lead):
    (mention,) = note(kit, lead, "ann", "@Tom, would you look at this?")
    assert (mention.name, mention.is_told) == ("Tom", True)
    assert told(kit, "tom") == ["mention"]
    assert following(kit, lead) == ["Ann", "Tom"]


def test_a_mention_of_who_cannot_see_the_lead_says_so_and_tells_nobody(kit, lead):
    (mention,) = note(kit, lead, "ann", "Ask @oli.")
    assert (mention.name, mention.is_told) == ("Oli", False)
    assert told(kit, "oli") == []
    assert following(kit, lead) == ["Ann"]


def test_followers_and_the_owner_hear_of_a_note_but_not_its_author(kit, lead):
    with kit.work() as uow:
        follow_lead(uow, get_lead(uow, lead.id), kit.lea)
    note(kit, lead, "max", "Rang.")
    assert (told(kit, "ann"), told(kit, "lea"), told(kit, "max")) == (
        ["note"],
        ["note"],
        [],
    )


def test_one_who_follows_no_longer_hears_nothing(kit, lead):
    note(kit, lead, "max", "Mine")
    with kit.work(kit.max) as uow:
        unfollow_lead(uow, get_lead(uow, lead.id), kit.max)
    note(kit, lead, "ann", "Unheard")
    assert told(kit, "max") == []


def test_only_who_sees_a_lead_can_follow_it(kit, lead):
    with kit.work() as uow, pytest.raises(UnseenError, match="Oli cannot see"):
        follow_lead(uow, get_lead(uow, lead.id), kit.oli)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@tom@example.org", ["Tom"]),
        ("write to ann@tom.example", []),
        ("@Tomas is somebody else", []),
        ("@ZOE MARTIN and @zoë", ["Zoë Martin"]),
        ("@Tom @Tom @lea", ["Tom", "Lea"]),
        ("@", []),
        ("@nobody", []),
    ],
)
def test_a_mention_is_a_name_after_an_at(kit, lead, text, names):
    with kit.work() as uow:
        add_user(uow, UserDraft(name="Zoë Martin", role="all"))
    assert [mention.name for mention in note(kit, lead, "ann", text)] == names


def test_a_first_name_that_two_have_is_nobodys(kit, lead):
    with kit.work() as uow:
        add_user(uow, UserDraft(name="Zoë Martin", role="all"))
        add_user(uow, UserDraft(name="Zoe Durand", role="all"))
    found = note(kit, lead, "ann", "@zoe, or @Zoe Durand?")
    assert [mention.name for mention in found] == ["Zoe Durand"]


def test_what_was_read_counts_no_more(kit, lead):
    note(kit, lead, "max", "One")
    note(kit, lead, "max", "Two")
    with kit.work(kit.ann) as uow:
        assert count_unread(uow) == 2
        newest = list_notifications(uow)[0]
        mark_read(uow, [newest.id])
        assert count_unread(uow) == 1
        assert [one.id for one in list_notifications(uow, unread=True)] != [newest.id]
        mark_read(uow)
        assert count_unread(uow) == 0


def test_a_lead_that_one_sees_no_more_is_not_told_of(kit, lead):
    note(kit, lead, "ann", "@bob@example.org and @Tom")
    with kit.work() as uow:
        get_lead(uow, lead.id).team_id = kit.oslo
    with kit.read(kit.tom) as uow:
        assert (count_unread(uow), list_notifications(uow)) == (0, [])


def test_what_crmkit_itself_writes_down_calls_nobody(kit, lead):
    with kit.work() as uow:
        draft = NoteDraft(text="@Tom, said a stranger on the site.")
        assert write_note(uow, get_lead(uow, lead.id), draft)[1] == ()
    assert told(kit, "tom") == []


def test_who_gets_a_lead_is_told_and_who_takes_one_is_not(kit, lead):
    with kit.work(kit.max) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"owner_id": kit.bob})
    with kit.work(kit.max) as uow:
        raw = create_lead(uow, LeadDraft(name="Raw", kind="lead", owner_id=kit.max))
        qualify_lead(uow, raw, QualifyDraft(owner_id=kit.bob))
    with kit.work(kit.bob) as uow:
        draft = LeadDraft(name="Own", owner_id=kit.bob, team_id=kit.lyon)
        create_lead(uow, draft)
    assert gifts(kit, "bob") == [("Max", "Raw", 0), ("Max", "Pump station", 0)]
    assert gifts(kit, "max") == []


def test_many_leads_of_one_change_are_told_of_at_once(kit, lead):
    ids = (lead.id, kit.lead("Second").id, kit.lead("Third").id)
    change = BulkChange(set={"owner_id": kit.bob})
    with kit.work(kit.max) as uow:
        start_bulk(uow, BulkDraft(ids=ids, change=change))
    kit.run_jobs()
    assert gifts(kit, "bob") == [("Max", "Pump station", 2)]


def test_telling_many_of_a_long_change_takes_no_statement_for_each(kit):
    owners = (kit.ann, kit.bob, kit.tom, kit.oli)
    drafts = [
        LeadDraft(name=f"Pump {number}", owner_id=owner)
        for number, owner in enumerate(owners)
    ]
    with kit.work(kit.max) as uow:
        create_leads(uow, drafts)
        change_id = uow.change_id
    with (
        statements(kit.crm) as sent,
        kit.crm.work(kit.max, change_id=change_id) as uow,
    ):
        create_leads(uow, drafts)
    assert len([one for one in sent if "notification" in one]) == 2
    assert gifts(kit, "bob") == [("Max", "Pump 1", 1)]
