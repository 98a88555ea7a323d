from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from crmkit.core import add_token, get_user, sign_in
from crmkit.web import create_app
from crmkit_data_exchange.imports import Upload, get_import, start_import
from crmkit_data_exchange.mapping import Mapping as FileMapping
from crmkit_data_exchange.runs import begin_run
from crmkit_data_exchange.undoing import begin_undo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmkit.testing import Kit
    from crmkit_data_exchange.tables import Import


@dataclass(frozen=True)
class PlainField:
    name: str
    type: str
    is_required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


_ADDRESS = [
    PlainField("email", "mail"),
    PlainField("phone", "phone"),
    PlainField("website", "link"),
    PlainField("street", "text"),
    PlainField("zip", "text"),
    PlainField("city", "text"),
    PlainField("state", "text"),
    PlainField("country", "country"),
    PlainField("language", "language"),
    PlainField("owner", "user"),
]


@pytest.fixture
def lead_fields() -> list[PlainField]:
    return [
        PlainField("name", "text", is_required=True),
        PlainField("company_name", "text"),
        PlainField("contact_name", "text"),
        *_ADDRESS,
        PlainField("stage", "stage"),
        PlainField("status", "choice", choices=("open", "won", "lost")),
        PlainField("team", "team"),
        PlainField("priority", "whole"),
        PlainField("tags", "tags"),
        PlainField("expected_revenue", "money"),
        PlainField("currency", "currency"),
        PlainField("probability", "percent"),
        PlainField("expected_close", "date"),
        PlainField("lost_note", "long_text"),
        PlainField("created_at", "moment"),
        PlainField("closed_at", "moment"),
        PlainField("is_urgent", "yes_no"),
        PlainField("kind", "choice", choices=("lead", "opportunity")),
    ]


@pytest.fixture
def contact_fields() -> list[PlainField]:
    return [
        PlainField("name", "text", is_required=True),
        PlainField("kind", "choice", choices=("person", "company")),
        PlainField("company", "contact"),
        *_ADDRESS,
        PlainField("vat", "text"),
        PlainField("industry", "text"),
        PlainField("employees", "text"),
    ]


@dataclass
class Doors:
    """`pages(user_id)` is a browser that is signed in, `api(user_id)` a script."""

    kit: Kit

    def __post_init__(self) -> None:
        self.app = create_app(self.kit.crm)

    def pages(self, user_id: int, language: str = "") -> TestClient:
        with self.kit.work() as uow:
            key = sign_in(uow, user_id, "test")
            if language:
                get_user(uow, user_id).locale = language
        client = self._open({})
        client.cookies.set("crmkit_sign_in", key)
        return client

    def api(self, user_id: int) -> TestClient:
        with self.kit.work() as uow:
            key = add_token(uow, get_user(uow, user_id), "test")
        return self._open({"authorization": f"Bearer {key}"})

    def _open(self, headers: dict[str, str]) -> TestClient:
        address = "https://crm.test"
        return TestClient(self.app, base_url=address, headers=headers)


@pytest.fixture
def doors(kit: Kit) -> Iterator[Doors]:
    doors = Doors(kit)
    with TestClient(doors.app):
        yield doors


@dataclass
class Importer:
    """Imports texts as a user of the kit, to the end."""

    kit: Kit

    def draft(
        self,
        text: str,
        who: int | None = None,
        *,
        entity: Any = "lead",
        lookups: Mapping[str, bytes] | None = None,
        **mapping: Any,
    ) -> Import:
        chosen = None
        if "mapping_lookups" in mapping:
            mapping["lookups"] = mapping.pop("mapping_lookups")
        if mapping:
            chosen = FileMapping.model_validate({"entity": entity, **mapping})
        with self.kit.work(who) as uow:
            file = Upload("file.csv", text.encode())
            return start_import(uow, entity, file, mapping=chosen, lookups=lookups)

    def __call__(self, text: str, who: int | None = None, **options: Any) -> Import:
        new = self.draft(text, who, **options)
        begin_run(self.kit.crm, who, new.id)
        return self.finish(new.id)

    def bring(self, content: bytes, who: int | None = None) -> Import:
        """A file of any kind, as it is proposed, to the end."""
        with self.kit.work(who) as uow:
            new = start_import(uow, "lead", Upload("file", content))
        begin_run(self.kit.crm, who, new.id)
        return self.finish(new.id)

    def finish(self, import_id: int) -> Import:
        self.kit.run_jobs()
        return self.fresh(import_id)

    def undo(self, import_id: int, who: int | None = None) -> Import:
        with self.kit.work(who) as uow:
            begin_undo(uow, get_import(uow, import_id))
        return self.finish(import_id)

    def fresh(self, import_id: int) -> Import:
        with self.kit.read() as uow:
            return get_import(uow, import_id)


@pytest.fixture
def importer(kit: Kit) -> Importer:
    return Importer(kit)
