"""What a plugin costs does not grow with the number of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import LeadDraft, create_leads
from crmkit.testing.conformance.subject import on_sqlite
from crmkit.testing.counting import statements

if TYPE_CHECKING:
    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.doors import Door
    from crmkit.testing.kit import Kit

FEW, MANY = 5, 50
PAGES = ("/pipeline", "/leads")


@on_sqlite
class CostChecks:
    """No statement and no call per row."""

    def test_pages_take_no_statement_per_row(
        self, company: Door, subject: Subject
    ) -> None:
        """Ten times the leads are shown with as many statements."""

        def count() -> dict[str, int]:
            found = {}
            for path in PAGES:
                with statements(company.kit.crm) as sent:
                    assert company.person("lea").get(path).status_code == 200
                found[path] = len(sent)
            with statements(company.kit.crm) as sent:
                company.script("lea").get(f"/leads?ext={subject.id}")
            return {**found, "api": len(sent)}

        count()
        few = count()
        with company.kit.work() as uow:
            create_leads(uow, [LeadDraft(name=f"Pump {n}") for n in range(MANY)])
        assert count() == few

    def test_many_leads_are_created_with_no_call_per_lead(
        self, kit: Kit, subject: Subject
    ) -> None:
        """Its hooks are called as often for fifty leads as for five."""

        def cost(number: int) -> tuple[int, int]:
            before = _calls(kit, subject)
            drafts = [LeadDraft(name=f"Pump {n}") for n in range(number)]
            with statements(kit.crm) as sent, kit.work() as uow:
                create_leads(uow, drafts)
            return _calls(kit, subject) - before, len(sent)

        cost(FEW)
        calls, few = cost(FEW)
        more_calls, many = cost(MANY)
        assert more_calls == calls
        assert many <= few + 2, "Write and read for all leads of the hook at once."


def _calls(kit: Kit, subject: Subject) -> int:
    timings = kit.crm.timings.by_hook
    return sum(one.calls for (name, _), one in timings.items() if name == subject.id)
