"""Users, teams, sign-ins and tokens."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from crmkit.app import NotSignedInError
from crmkit.core import (
    AccessToken,
    ForbiddenError,
    MemberDraft,
    NotFoundError,
    Role,
    SignIn,
    TeamDraft,
    UserDraft,
    Who,
    add_member,
    add_team,
    add_token,
    add_user,
    archive_team,
    check_password,
    disable_user,
    edit_team,
    edit_user,
    find_user,
    get_team,
    get_user,
    list_members,
    list_teams,
    list_users,
    note_failure,
    remove_member,
    set_password,
    set_profile,
    sign_in,
    sign_out,
    users_by_name,
)
from crmkit.core.signins import (
    MOST_FAILURES,
    SignInFailure,
    TooManyFailuresError,
    WrongPasswordError,
)
from crmkit.core.teams import AlreadyMemberError, TeamTakenError
from crmkit.core.users import MailTakenError, NoMailError, ShortPasswordError, User

PASSWORD = "correct horse"  # noqa: S105  (of invented people)
MAIL = "ann@example.org"


@pytest.fixture
def ann(kit):
    """Ann, who can sign in."""
    with kit.work(kit.eve) as uow:
        user = get_user(uow, kit.ann)
        set_password(uow, user, PASSWORD)
        return user


def test_a_new_user_is_kept_under_a_normal_mail_address(kit):
    with kit.work(kit.eve) as uow:
        user = add_user(uow, UserDraft(name=" Zoë ", email="Zoe@Example.org"))
    assert (user.name, user.email, user.role) == ("Zoë", "zoe@example.org", Role.OWN)
    with kit.read() as uow:
        found = find_user(uow, "ZOE@example.ORG")
        assert found is not None
        assert found.id == user.id
        assert users_by_name(uow)["zoe"] == user.id


def test_a_user_may_have_no_mail_address_and_cannot_sign_in_then(kit):
    with kit.work(kit.eve) as uow:
        add_user(uow, UserDraft(name="Imported Agent"))
        add_user(uow, UserDraft(name="Another Agent"))
    with kit.read() as uow, pytest.raises(WrongPasswordError):
        check_password(uow, "", PASSWORD)


@pytest.mark.parametrize(
    ("email", "error", "sentence"),
    [
        ("ANN@example.org", MailTakenError, "a user with the address ann@example.org"),
        ("no mail", NoMailError, "“no mail” is no mail address"),
        ("", NoMailError, "is no mail address"),
    ],
)
def test_a_mail_address_is_one_and_nobody_elses(kit, email, error, sentence):
    with kit.work(kit.eve) as uow, pytest.raises(error, match=sentence) as caught:
        add_user(uow, UserDraft(name="Zoë", email=email))
    assert caught.value.field == "email"


@pytest.mark.parametrize("who", ["ann", "tom", "lea", "max"])
def test_only_an_admin_adds_and_disables_users(kit, who):
    with kit.work(kit.people[who]) as uow:
        with pytest.raises(ForbiddenError, match="“admin”"):
            add_user(uow, UserDraft(name="Zoë"))
        with pytest.raises(ForbiddenError):
            disable_user(uow, get_user(uow, kit.bob))


def test_who_is_no_admin_sets_no_password_but_his_own(kit):
    with kit.work(kit.ann) as uow:
        with pytest.raises(ForbiddenError):
            set_password(uow, get_user(uow, kit.eve), "taken over now")
        set_password(uow, get_user(uow, kit.ann), PASSWORD)


def test_an_admin_changes_name_address_and_role_of_a_user(kit):
    with kit.work(kit.eve) as uow:
        bob = get_user(uow, kit.bob)
        draft = UserDraft(name="Robert", email="Robert@Example.org", role=Role.MANAGER)
        edit_user(uow, bob, draft)
        shown = (bob.name, bob.name_folded, bob.email, bob.role, bob.version)
        assert shown == ("Robert", "robert", "robert@example.org", Role.MANAGER, 2)
        edit_user(uow, bob, draft)
        assert bob.version == 2
        taken = get_user(uow, kit.ann).email
        with pytest.raises(MailTakenError):
            edit_user(uow, bob, UserDraft(name="Bob", email=taken))


def test_a_disabled_user_is_listed_no_more(kit):
    with kit.work(kit.eve) as uow:
        disable_user(uow, get_user(uow, kit.bob))
        assert "Bob" not in {user.name for user in list_users(uow)}
        assert "bob" not in users_by_name(uow)
        assert get_user(uow, kit.bob).disabled_at == uow.now()


def test_a_user_sets_his_own_language_and_theme(kit):
    with kit.work(kit.ann) as uow:
        set_profile(uow, locale="fr")
        set_profile(uow, theme="dark")
    with kit.read(kit.ann) as uow:
        assert (uow.actor.locale, uow.actor.theme) == ("fr", "dark")
    with kit.read(kit.bob) as uow:
        assert (uow.actor.locale, uow.actor.theme) == ("en", "system")


def test_a_password_is_stored_as_argon2id_only(kit, ann):
    with kit.read() as uow:
        stored = uow.session.scalar(select(User.password_hash).where(User.id == ann.id))
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_a_short_password_is_refused(kit):
    with (
        kit.work(kit.eve) as uow,
        pytest.raises(ShortPasswordError, match="at least 10 characters"),
    ):
        set_password(uow, get_user(uow, kit.ann), "123456789")


@pytest.mark.usefixtures("ann")
def test_the_right_password_is_known_in_a_reading_unit(kit):
    with kit.read() as uow:
        assert check_password(uow, "Ann@Example.org", PASSWORD).id == kit.ann


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        (MAIL, "wrong horse"),
        ("nobody@example.org", PASSWORD),
        ("bob@example.org", PASSWORD),
        ("no mail", PASSWORD),
        (MAIL, ""),
    ],
)
def test_whatever_is_wrong_the_sentence_is_the_same(kit, email, password):
    with (
        kit.read() as uow,
        pytest.raises(WrongPasswordError, match="do not belong together"),
    ):
        check_password(uow, email, password)


def test_a_disabled_user_does_not_sign_in(kit, ann):
    with kit.work(kit.eve) as uow:
        disable_user(uow, get_user(uow, ann.id))
    with kit.read() as uow, pytest.raises(WrongPasswordError):
        check_password(uow, MAIL, PASSWORD)


@pytest.mark.usefixtures("ann")
def test_ten_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(kit):
    for _ in range(MOST_FAILURES):
        with kit.work() as uow:
            note_failure(uow, "ANN@example.org")
    with kit.read() as uow, pytest.raises(TooManyFailuresError, match="15 minutes"):
        check_password(uow, MAIL, PASSWORD)
    with kit.read() as uow, pytest.raises(WrongPasswordError):
        check_password(uow, "bob@example.org", PASSWORD)
    kit.crm.clock.advance(minutes=16)
    with kit.read() as uow:
        assert check_password(uow, MAIL, PASSWORD).id == kit.ann


def test_old_failures_are_forgotten(kit):
    with kit.work() as uow:
        note_failure(uow, MAIL)
    kit.crm.clock.advance(minutes=16)
    with kit.work() as uow:
        note_failure(uow, MAIL)
        number = uow.session.scalar(select(func.count()).select_from(SignInFailure))
        assert number == 1


def signed_in(kit, user):
    with kit.work() as uow:
        return sign_in(uow, user.id, "A browser " + "x" * 300)


def test_a_sign_in_opens_units_until_it_ends(kit, ann, clock):
    key = signed_in(kit, ann)
    with kit.crm.read(Who(sign_in=key)) as uow:
        assert uow.actor.id == kit.ann
    clock.advance(days=13.9)
    with kit.crm.read(Who(sign_in=key)):
        pass
    clock.advance(days=0.2)
    with pytest.raises(NotSignedInError), kit.crm.read(Who(sign_in=key)):
        pass


def test_a_sign_in_ends_when_its_user_signs_out_or_is_disabled(kit, ann):
    first, second = signed_in(kit, ann), signed_in(kit, ann)
    with kit.work() as uow:
        sign_out(uow, first)
        sign_out(uow, "unknown")
    with pytest.raises(NotSignedInError), kit.crm.read(Who(sign_in=first)):
        pass
    with kit.crm.read(Who(sign_in=second)):
        pass
    with kit.work(kit.eve) as uow:
        disable_user(uow, get_user(uow, ann.id))
    with pytest.raises(NotSignedInError), kit.crm.read(Who(sign_in=second)):
        pass


def test_a_new_password_ends_the_sign_ins_made_with_the_old(kit, ann):
    key = signed_in(kit, ann)
    with kit.work(kit.eve) as uow:
        set_password(uow, get_user(uow, ann.id), "another horse")
    with pytest.raises(NotSignedInError), kit.crm.read(Who(sign_in=key)):
        pass


def test_the_key_of_a_sign_in_or_token_is_not_stored(kit, ann):
    keys = [signed_in(kit, ann)]
    with kit.work() as uow:
        keys.append(add_token(uow, ann, "A script"))
        stored = [
            *uow.session.scalars(select(SignIn.key_hash)),
            *uow.session.scalars(select(AccessToken.key_hash)),
        ]
    assert len(stored) == 2
    assert not set(stored) & set(keys)
    assert not any(key in text for key in keys for text in stored)


def test_old_sign_ins_of_a_user_are_cleared_away(kit, ann, clock):
    signed_in(kit, ann)
    clock.advance(days=15)
    signed_in(kit, ann)
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(SignIn)) == 1


def test_a_token_opens_units_and_a_wrong_one_does_not(kit, ann):
    with kit.work() as uow:
        token = add_token(uow, ann, "A script")
    assert token.startswith("ck_")
    with kit.crm.work(Who(token=token)) as uow:
        assert (uow.actor.id, uow.actor.role) == (kit.ann, Role.OWN)
    for wrong in (token + "x", "ck_", ""):
        with pytest.raises(NotSignedInError), kit.crm.read(Who(token=wrong)):
            pass


def test_an_empty_key_is_nobodys(kit):
    with pytest.raises(NotSignedInError), kit.crm.read(Who(sign_in="")):
        pass


def test_a_team_is_made_named_led_and_archived(kit):
    with kit.work(kit.max) as uow:
        team = add_team(uow, TeamDraft(name="Zürich", leader_id=kit.tom))
        edit_team(uow, team, TeamDraft(name="ZÜRICH"))
        assert [t.name for t in list_teams(uow)] == ["Lyon", "Oslo", "ZÜRICH"]
        archive_team(uow, team)
        assert [t.name for t in list_teams(uow)] == ["Lyon", "Oslo"]
        assert (team.leader_id, team.version) == (None, 3)


@pytest.mark.parametrize("name", ["lyon", "LYÖN"])
def test_two_teams_have_not_one_name(kit, name):
    with kit.work(kit.max) as uow:
        with pytest.raises(TeamTakenError, match="a team named"):
            add_team(uow, TeamDraft(name=name))
        with pytest.raises(TeamTakenError):
            edit_team(uow, get_team(uow, kit.oslo), TeamDraft(name=name))


def test_a_team_has_members_each_once(kit):
    with kit.work(kit.max) as uow:
        team = get_team(uow, kit.oslo)
        add_member(uow, team, MemberDraft(user_id=kit.ann, capacity=12))
        members = [(user.name, m.capacity) for m, user in list_members(uow, team)]
        assert members == [("Ann", 12), ("Oli", 30)]
        with pytest.raises(AlreadyMemberError, match="Ann is a member of Oslo"):
            add_member(uow, team, MemberDraft(user_id=kit.ann))
        remove_member(uow, team, get_user(uow, kit.ann))
        assert len(list_members(uow, team)) == 1


def test_only_a_manager_shapes_teams(kit):
    with kit.work(kit.lea) as uow:
        with pytest.raises(ForbiddenError):
            add_team(uow, TeamDraft(name="Rome"))
        with pytest.raises(ForbiddenError):
            add_member(uow, get_team(uow, kit.oslo), MemberDraft(user_id=kit.lea))
        with pytest.raises(ForbiddenError):
            archive_team(uow, get_team(uow, kit.oslo))


def test_what_is_not_there_is_not_found(kit):
    with kit.work(kit.max) as uow:
        for ask in (get_team, get_user):
            with pytest.raises(NotFoundError, match=r"There is no \w+ 4711 here"):
                ask(uow, 4711)
        with pytest.raises(NotFoundError):
            add_member(uow, get_team(uow, kit.oslo), MemberDraft(user_id=4711))
    with pytest.raises(ValidationError):
        MemberDraft(user_id=1, capacity=-1)


def test_a_sign_in_lasts_as_long_as_the_settings_say(make_kit, clock):
    kit = make_kit(sign_in_days=1)
    with kit.work() as uow:
        key = sign_in(uow, kit.ann, "A browser")
    clock.moment += timedelta(hours=25)
    with pytest.raises(NotSignedInError), kit.crm.read(Who(sign_in=key)):
        pass
