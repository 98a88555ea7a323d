from __future__ import annotations

import pytest

from crmkit.core import ListQuery, fields_of, read_fields
from crmkit_data_exchange.errors import WrongStateError
from crmkit_data_exchange.field_making import make_fields
from crmkit_data_exchange.imports import (
    Upload,
    get_import,
    mapping_of,
    set_mapping,
    start_import,
)
from crmkit_data_exchange.results import list_errors
from crmkit_data_exchange.runs import begin_run

pytestmark = pytest.mark.plugins("data_exchange")

HEADS = (
    "Lead name,Visits,Ratio,Code,Agreed,Colour,Seen on,Seen at,Brochure,Remark,Nothing"
)
ROWS = [
    f"Lead {n},{n},{n}.5,0{n},{'Yes' if n % 2 else 'No'},{'Red' if n % 3 else 'Blue'},"
    f"2026-01-{n + 10},2026-01-02T0{n}:30:00Z,https://example.org/{n},Remark {n},"
    for n in range(10)
]
TYPES = {
    "visits": "whole",
    "ratio": "decimal",
    "code": "text",
    "agreed": "yes_no",
    "colour": "choice",
    "seen_on": "date",
    "seen_at": "moment",
    "brochure": "link",
    "remark": "text",
}


def bring(kit, data, entity="lead"):
    """A file, with a field for each column that is left, to the end."""
    with kit.work() as uow:
        new = start_import(uow, entity, Upload("file.csv", data))
        mapping = mapping_of(new)
        creation = mapping.create.model_copy(update={"tags": True})
        set_mapping(uow, new, mapping.model_copy(update={"create": creation}))
        made = make_fields(uow, new)
    begin_run(kit.crm, None, new.id)
    kit.run_jobs()
    with kit.read() as uow:
        done = get_import(uow, new.id)
        assert list_errors(uow, done, str, 5) == []
    return done, made


def test_each_column_that_is_left_becomes_a_field_of_its_type(kit):
    done, made = bring(kit, "\n".join([HEADS, *ROWS]).encode())
    assert (done.created, made) == (10, list(TYPES))
    with kit.read() as uow:
        fields = fields_of(uow, "lead")
        assert {name: fields[name].type.value for name in made} == TYPES
        assert fields["colour"].choices == ("Blue", "Red")
        found = list(read_fields(uow, "lead", ["code", "agreed"], ListQuery()))
    assert found[3] == {"code": "03", "agreed": True}
    with kit.work() as uow, pytest.raises(WrongStateError):
        make_fields(uow, get_import(uow, done.id))


def test_names_that_are_taken_get_a_number(kit):
    _, made = bring(kit, b"Lead name,Height,height\nA,1,2\n")
    assert made == ["height", "height_2"]


def test_an_admin_makes_them_on_the_page_and_nobody_else(doors, kit):
    text = "\n".join([HEADS, *ROWS]).encode()
    for who, is_offered in ((kit.eve, True), (kit.max, False)):
        pages = doors.pages(who)
        answer = pages.post(
            "/p/data_exchange/imports",
            data={"entity": "lead"},
            files={"file": ("deals.csv", text)},
            follow_redirects=False,
        )
        address = answer.headers["location"]
        answer = pages.get(address)
        assert ("columns that are left" in answer.text) == is_offered
        form = {"action": "fields", "date_order": "day first", "decimal_sign": "."}
        form |= {"c0r0-field": "name"}
        done = pages.post(str(answer.url), data=form)
        assert done.status_code == (200 if is_offered else 422)
        with kit.read() as uow:
            assert "colour" in fields_of(uow, "lead")
            rules = mapping_of(get_import(uow, 1)).columns
        assert rules["Colour"][0].field == "colour"


@pytest.mark.realdata
@pytest.mark.parametrize(
    "rows", [200, pytest.param(None, marks=pytest.mark.soak)], ids=["some", "all"]
)
def test_the_courses_of_a_school_come_with_every_column(kit, real_data, rows):
    file = real_data / "leads_xeducation" / "leads_train.csv"
    lines = file.read_text().splitlines(keepends=True)
    data = "".join(lines if rows is None else lines[: rows + 1]).encode()
    done, made = bring(kit, data)
    mapping = mapping_of(done)
    empty = [header for header, rules in mapping.columns.items() if not rules]
    assert (done.created, done.failed) == (rows or 6493, 0)
    assert len(mapping.columns) == 37
    assert empty == []
    assert len(made) > 25
