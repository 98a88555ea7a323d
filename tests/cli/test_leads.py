"""`crmkit lead`: qualify, merge, unmerge."""

import json

from crmkit.app import open_crm
from crmkit.core import LeadDraft, Settings, create_lead


def make_leads():
    """Two leads of one person."""
    with open_crm(Settings()).work() as uow:
        drafts = [
            LeadDraft(name="Pump station", kind="lead", contact_name="Ada Byron"),
            LeadDraft(name="Pumps", phone="+33 1 23 45 67 89"),
        ]
        return [create_lead(uow, draft).id for draft in drafts]


def run(database, *arguments):
    done = database("lead", *map(str, arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_lead_is_qualified_with_a_new_contact(database):
    leads = make_leads()
    said = run(database, "qualify", leads[0], "--contact", "create")
    assert said == "Pump station is an opportunity now.\n"
    again = database("lead", "qualify", str(leads[0]))
    assert (again.exit_code, "is an opportunity already" in again.output) == (1, True)
    wrong = database("lead", "qualify", str(leads[0]), "--contact", "Ada")
    assert wrong.exit_code == 2


def test_leads_are_merged_and_are_several_again(database):
    leads = make_leads()
    foretold = json.loads(run(database, "merge", *leads, "--dry-run", "--json"))
    assert (foretold["lead"]["id"], foretold["merge_id"]) == (leads[1], None)
    merged = json.loads(run(database, "merge", *leads, "--json"))
    assert merged["lead"]["contact_name"] == "Ada Byron"
    assert "2 leads again" in run(database, "unmerge", merged["merge_id"])
    into = run(database, "qualify", leads[0], "--into", leads[1])
    assert into == "Pumps is an opportunity now.\n"
