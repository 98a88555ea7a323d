from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from crmkit.core import (
    Event,
    JobState,
    Lead,
    Member,
    Role,
    Stage,
    StageDraft,
    Status,
    Team,
    User,
    edit_stage,
    get_stage,
    tags_of,
)
from crmkit_data_exchange.errors import CreationNeedsRoleError, WrongStateError
from crmkit_data_exchange.imports import get_import
from crmkit_data_exchange.results import group_reasons, list_errors, list_left_out
from crmkit_data_exchange.runs import (
    RUN_IMPORT,
    begin_run,
    continue_run,
    pause_run,
    run_batches,
)
from crmkit_data_exchange.tables import ImportRow, ImportState

pytestmark = pytest.mark.plugins("data_exchange")

COLUMNS = {"Deal": "name", "Company": "company_name", "Mail": "email"}


def leads_of(kit) -> dict[str, Lead]:
    with kit.read() as uow:
        query = select(Lead).where(Lead.deleted_at.is_(None)).order_by(Lead.id)
        return {lead.name: lead for lead in uow.session.scalars(query)}


def errors_of(kit, import_) -> list[tuple[object, object]]:
    with kit.read() as uow:
        found = list_errors(uow, get_import(uow, import_.id), str)
    return [(error["line"], error["message"]) for error in found]


def numbered(count: int) -> str:
    rows = "".join(f"Pump {n},Acme\n" for n in range(count))
    return f"Deal,Company\n{rows}"


def test_a_row_becomes_a_lead_with_what_stands_in_it(kit, importer):
    text = (
        "Deal,Company,Value,Stage,Status,Owner,Team,Tags,Created,Closed,Reason\n"
        'Pump,Acme,48500.50,Proposal,open,Ann,Lyon,"Water, Key",2024-01-02,,\n'
        "Valve,Acme,10,New,lost,bob@example.org,Lyon,,2024-01-02,2024-02-03,Price\n"
        "Pipe,Acme,20,New,won,Ann,Lyon,,2024-01-02,2024-03-04,\n"
    )
    columns = {
        "Deal": "name",
        "Company": "company_name",
        "Value": "expected_revenue",
        "Stage": "stage",
        "Status": "status",
        "Owner": "owner",
        "Team": "team",
        "Tags": "tags",
        "Created": "created_at",
        "Closed": "closed_at",
        "Reason": "lost_reason",
    }
    create = {"tags": True, "lost_reasons": True}
    done = importer(text, columns=columns, create=create)
    assert (done.state, done.created, done.failed) == (ImportState.DONE, 3, 0)
    found = leads_of(kit)
    pump, valve, pipe = found["Pump"], found["Valve"], found["Pipe"]
    assert (pump.stage_id, pump.owner_id, pump.team_id) == (
        kit.proposal,
        kit.ann,
        kit.lyon,
    )
    assert str(pump.created_at)[:10] == "2024-01-02"
    assert (valve.status, valve.owner_id) == (Status.LOST, kit.bob)
    assert str(valve.closed_at)[:10] == "2024-02-03"
    assert (pipe.status, pipe.stage_id) == (Status.WON, kit.won)
    with kit.read() as uow:
        assert tags_of(uow, pump.id) == ["Key", "Water"]


def test_all_units_of_an_import_are_one_change(kit, importer):
    done = importer(numbered(1200))
    with kit.read() as uow:
        changes = set(
            uow.session.scalars(
                select(Event.change_id).where(Event.kind == "lead.created")
            )
        )
    assert changes == {done.change_id}


def test_a_bad_row_does_not_stop_the_others(kit, importer):
    text = "Deal,Mail,Value\nA,x,1\n,a@b.org,2\nC,c@d.org,\nD,,-5\nE,,1e30\nF,,7\n"
    columns = {"Deal": "name", "Mail": "email", "Value": "expected_revenue"}
    done = importer(text, columns=columns)
    assert (done.created, done.failed) == (2, 4)
    assert errors_of(kit, done) == [
        (2, "“x” is not a mail address."),
        (3, "Title is missing."),
        (5, "Expected revenue cannot be below 0."),
        (6, "“1e30” is not a number."),
    ]


def test_a_name_that_is_too_long_is_told_with_its_limit(kit, importer):
    done = importer(f"Deal\n{'x' * 251}\n", columns={"Deal": "name"})
    assert errors_of(kit, done) == [(2, "Title has more than 250 characters.")]


def test_unknown_names_leave_the_row_out_with_a_sentence(kit, importer):
    text = "Deal,Owner,Team,Stage,Tag,Why\nA,Zed,Nice,Nowhere,New tag,Bad luck\n"
    columns = {"Deal": "name", "Owner": "owner", "Team": "team", "Stage": "stage"}
    done = importer(text, columns={**columns, "Tag": "tags", "Why": "lost_reason"})
    sentences = (
        "There is no user “Zed”. "
        "There is no team “Nice”. "
        "There is no stage “Nowhere”. "
        "There is no tag “New tag”. "
        "There is no lost reason “Bad luck”."
    )
    assert errors_of(kit, done) == [(2, sentences)]


def test_a_stage_of_another_team_is_refused(kit, importer):
    kit.stage("Oslo only", team_ids=(kit.oslo,))
    text = "Deal,Team,Stage\nA,Lyon,Oslo only\nB,Oslo,Oslo only\n"
    done = importer(text, columns={"Deal": "name", "Team": "team", "Stage": "stage"})
    assert done.created == 1
    assert errors_of(kit, done) == [(2, "The team has no stage “Oslo only”.")]


def test_what_the_core_refuses_costs_only_its_own_row(kit, importer):
    with kit.work() as uow:
        edit_stage(uow, get_stage(uow, kit.won), StageDraft(name="Won", position=30))
    rows = [f"Pump {n},{'won' if n == 137 else 'open'}" for n in range(300)]
    text = "Deal,Status\n" + "\n".join(rows)
    done = importer(text, columns={"Deal": "name", "Status": "status"})
    assert (done.created, done.failed) == (299, 1)
    [(line, sentence)] = errors_of(kit, done)
    assert line == 139
    assert "means “won”" in str(sentence)


def test_names_are_made_where_the_mapping_says_so(kit, importer):
    text = (
        "Deal,Owner,Team,Stage,Status\n"
        "A,Zoe New,Nice,Talk,open\nB,zed@example.com,Nice,Sold,won\nC,Ann,Lyon,Talk,\n"
    )
    columns = {"Deal": "name", "Owner": "owner", "Team": "team", "Stage": "stage"}
    create = {"users": True, "teams": True, "stages": True}
    done = importer(
        text, kit.eve, columns={**columns, "Status": "status"}, create=create
    )
    assert (done.created, done.failed) == (3, 0)
    with kit.read() as uow:
        session = uow.session
        new = session.scalars(select(User).where(User.name.in_(["Zoe New", "zed"])))
        by_name = {user.name: user for user in new}
        assert by_name["zed"].email == "zed@example.com"
        assert {user.role for user in by_name.values()} == {Role.OWN}
        nice = session.scalars(select(Team).where(Team.name == "Nice")).one()
        members = select(Member.user_id).where(Member.team_id == nice.id)
        assert set(session.scalars(members)) == {user.id for user in by_name.values()}
        talk = session.scalars(select(Stage).where(Stage.name == "Talk")).one()
        sold = session.scalars(select(Stage).where(Stage.name == "Sold")).one()
        won = get_stage(uow, kit.won)
        assert sold.is_won
        assert not talk.is_won
        assert get_stage(uow, kit.proposal).position < talk.position < won.position


@pytest.mark.parametrize(
    ("who", "kind", "role"),
    [
        ("max", "users", "admin"),
        ("lea", "teams", "manager"),
        ("lea", "stages", "manager"),
    ],
)
def test_making_names_takes_a_role_and_nothing_is_written_without(
    kit, importer, who, kind, role
):
    user = kit.people[who]
    new = importer.draft(
        "Deal,Other\nA,Unheard of\n",
        user,
        columns={"Deal": "name", "Other": {"users": "owner"}.get(kind, kind[:-1])},
        create={kind: True},
    )
    with pytest.raises(CreationNeedsRoleError, match=f"Making {kind} .*“{role}”"):
        begin_run(kit.crm, user, new.id)
    assert importer.fresh(new.id).state is ImportState.DRAFT
    assert leads_of(kit) == {}


def test_a_salesperson_imports_own_leads_and_nobody_elses(kit, importer):
    text = "Deal,Owner\nMine,Ann\nNobody's,\nBob's,Bob\n"
    done = importer(text, kit.ann, columns={"Deal": "name", "Owner": "owner"})
    assert (done.created, done.failed) == (2, 1)
    assert errors_of(kit, done) == [
        (4, "Your role does not let you assign to this person.")
    ]
    assert {lead.owner_id for lead in leads_of(kit).values()} == {kit.ann}


def test_a_team_leader_imports_for_the_team(kit, importer):
    text = "Deal,Owner,Team\nA,Bob,Lyon\nB,Oli,Oslo\n"
    columns = {"Deal": "name", "Owner": "owner", "Team": "team"}
    done = importer(text, kit.tom, columns=columns)
    assert (done.created, done.failed) == (1, 1)


def test_workers_that_run_the_same_import_do_not_double_it(kit, importer):
    new = importer.draft(numbered(1500))
    begin_run(kit.crm, None, new.id)
    with kit.work() as uow:
        for _ in range(2):
            uow.enqueue(RUN_IMPORT, import_id=new.id)
    ended = []

    def work():
        ended.extend(kit.run_jobs())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job.state for job in ended] == [JobState.DONE] * 3
    done = importer.fresh(new.id)
    assert (done.state, done.created, done.done_rows) == (ImportState.DONE, 1500, 1500)
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Lead)) == 1500
        rows = select(func.count(ImportRow.row_index.distinct()))
        assert uow.session.scalar(rows) == 1500


def test_a_unit_that_fails_leaves_neither_rows_nor_checkpoint(kit, importer):
    new = importer.draft(numbered(600))
    begin_run(kit.crm, None, new.id)
    steps = run_batches(kit.claim_job())
    first = next(steps)
    steps.close()
    with kit.read() as uow:
        leads = uow.session.scalar(select(func.count()).select_from(Lead))
    assert leads == first == importer.fresh(new.id).done_rows
    kit.crm.clock.advance(minutes=1)
    assert importer.finish(new.id).created == 600


def test_the_job_tells_how_far_its_import_is(kit, importer):
    new = importer.draft(numbered(20))
    begin_run(kit.crm, None, new.id)
    [job] = kit.run_jobs()
    assert (job.id, job.done, job.total) == (importer.fresh(new.id).job_id, 20, 20)
    assert job.result == {"created": 20, "updated": 0, "skipped": 0, "failed": 0}
    assert job.change_id == new.change_id


def test_a_paused_import_stands_still_and_goes_on(kit, importer):
    new = importer.draft(numbered(20))
    begin_run(kit.crm, None, new.id)
    with kit.work() as uow:
        pause_run(uow, get_import(uow, new.id))
    assert importer.finish(new.id).done_rows == 0
    with kit.work() as uow:
        continue_run(uow, get_import(uow, new.id))
    assert importer.finish(new.id).created == 20


def test_an_import_runs_once(kit, importer):
    done = importer(numbered(2))
    with pytest.raises(WrongStateError):
        begin_run(kit.crm, None, done.id)


def test_reasons_are_grouped_whatever_the_value(kit, importer):
    text = "Deal,Mail\nA,x\nB,y\nC,z\n,\n"
    done = importer(text, columns={"Deal": "name", "Mail": "email"})
    with kit.read() as uow:
        groups = group_reasons(uow, get_import(uow, done.id))
        assert [(g.count, g.lines) for g in groups] == [(3, [2, 3, 4])] or groups
        assert groups[0].count == 3
        assert len(list_left_out(uow, done)) == done.failed


def test_a_value_no_lookup_knows_is_counted_over_the_units(kit, importer):
    rows = "".join(f"D{n},{'known' if n % 2 else 'odd'}\n" for n in range(700))
    lookup = {"field": "expected_revenue", "lookup": "p", "take": "price"}
    new = importer.draft(
        f"Deal,Product\n{rows}",
        lookups={"prices.csv": b"product,price\nknown,5\n"},
        columns={"Deal": "name", "Product": lookup},
        mapping_lookups={"p": {"file": "prices.csv", "key": "product"}},
    )
    begin_run(kit.crm, None, new.id)
    done = importer.finish(new.id)
    assert done.created == 700
    assert done.unmatched == [["p", "odd", 350]]
