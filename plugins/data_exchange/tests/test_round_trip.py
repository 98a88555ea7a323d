"""What is exported and imported again is the same, whatever the fields hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmkit.core import (
    ContactDraft,
    ContactKind,
    CustomFieldDraft,
    FieldType,
    LeadDraft,
    ListQuery,
    add_field,
    create_contacts,
    create_leads,
    read_fields,
)
from crmkit_data_exchange.exporting import Asked, list_exported, write_export
from crmkit_data_exchange.imports import Upload, get_import, start_import
from crmkit_data_exchange.results import list_errors
from crmkit_data_exchange.runs import begin_run

pytestmark = pytest.mark.plugins("data_exchange")

CHOICES = ("Red", "red, dark", "Ünïque; no", 'say "yes"')
WORDS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=40).map(
    lambda text: " ".join(text.split())
)
AMOUNTS = st.decimals(-(10**10), 10**10, places=4)
VALUES = {
    FieldType.TEXT: WORDS,
    FieldType.LONG_TEXT: st.lists(WORDS, max_size=3).map("\n".join).map(str.strip),
    FieldType.WHOLE: st.integers(-(10**9), 10**9),
    FieldType.DECIMAL: AMOUNTS,
    FieldType.MONEY: AMOUNTS,
    FieldType.PERCENT: st.decimals(0, 100, places=2),
    FieldType.DATE: st.dates(date(1000, 1, 1), date(2999, 12, 31)),
    FieldType.MOMENT: st.datetimes(
        datetime(1901, 1, 1),  # noqa: DTZ001  (hypothesis adds the zone)
        datetime(2100, 1, 1),  # noqa: DTZ001  (the same)
        timezones=st.just(UTC),
    ).map(lambda moment: moment.replace(microsecond=0)),
    FieldType.YES_NO: st.booleans(),
    FieldType.CHOICE: st.sampled_from(CHOICES),
    FieldType.CHOICES: st.lists(st.sampled_from(CHOICES), max_size=4, unique=True),
    FieldType.LINK: st.just("https://example.org/a?b=c,d;e"),
    FieldType.MAIL: st.sampled_from(["ann@example.org", "x.y+z@sub.example.com"]),
    FieldType.PHONE: st.sampled_from(["+33 6 12 34 56 78", "0612345678"]),
    FieldType.USER: st.sampled_from(["ann", "max"]),
    FieldType.CONTACT: st.just("Acme, Inc."),
}
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"name": WORDS.filter(bool)},
        optional={f"x_{kind}": made for kind, made in VALUES.items()},
    ),
    min_size=1,
    max_size=4,
)
LEFT = {"id", "created_at", "updated_at", "stage_entered_at", "assigned_at"}


def make_fields(kit, entity):
    with kit.work() as uow:
        for kind in VALUES:
            asked = CHOICES if kind in {FieldType.CHOICE, FieldType.CHOICES} else ()
            slug = f"x_{kind}"
            add_field(uow, CustomFieldDraft(entity=entity, slug=slug, label=slug,
                                            type=kind, choices=asked))  # fmt: skip


def make_records(kit, entity, records, named):
    drafts = []
    for record in records:
        custom = {slug: value for slug, value in record.items() if slug != "name"}
        for slug, ids in named.items():
            if slug in custom:
                custom[slug] = ids[custom[slug]]
        drafts.append({"name": record["name"], "custom": custom})
    with kit.work() as uow:
        if entity == "lead":
            leads = create_leads(uow, [LeadDraft(**draft) for draft in drafts])
            return [lead.id for lead in leads]
        contacts = create_contacts(uow, [ContactDraft(**draft) for draft in drafts])
        return [contact.id for contact in contacts]


def read_all(kit, entity, after=0):
    with kit.read() as uow:
        names = list_exported(uow, entity)
        found = list(read_fields(uow, entity, names, ListQuery(f"id > {after}")))
    return [
        {name: value for name, value in one.items() if name not in LEFT}
        for one in found
    ]


@pytest.mark.parametrize("entity", ["lead", "contact"])
def test_an_export_imported_again_is_the_same_for_every_type(make_kit, entity):
    kit = make_kit()
    make_fields(kit, entity)
    with kit.work() as uow:
        draft = ContactDraft(name="Acme, Inc.", kind=ContactKind.COMPANY)
        acme = create_contacts(uow, [draft])[0].id
    people = {"ann": kit.ann, "max": kit.max}
    named = {"x_user": people, "x_contact": {"Acme, Inc.": acme}}

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(RECORDS, st.sampled_from(["csv", "xlsx", "jsonl"]))
    def check(records, form):
        ids = make_records(kit, entity, records, named)
        before = read_all(kit, entity, min(ids) - 1)
        with kit.read() as uow:
            asked = Asked(entity, form, f"id >= {min(ids)}")
            data = b"".join(write_export(uow, asked))
        with kit.work() as uow:
            new = start_import(uow, entity, Upload("all", data))
        begin_run(kit.crm, None, new.id)
        kit.run_jobs()
        with kit.read() as uow:
            assert list_errors(uow, get_import(uow, new.id), str) == []
        assert read_all(kit, entity, max(ids)) == before

    check()
