import json

import pytest

from crmkit.app import open_crm
from crmkit.core import Settings
from crmkit.jobs import run_due


@pytest.fixture
def unknown(database):  # noqa: ARG001  (it makes the database)
    """The id of a job that nobody can do, in the database of the commands."""
    crm = open_crm(Settings())
    with crm.work() as uow:
        job_id = uow.enqueue("count_stars", of="the southern sky")
    yield job_id
    crm.close()


def run_what_is_due():
    crm = open_crm(Settings())
    run_due(crm)
    crm.close()


def show(database, job_id):
    return json.loads(database("jobs", "show", str(job_id), "--json").stdout)


def test_jobs_are_listed(database, unknown):
    assert database("jobs", "list", "--state", "done").stdout == (
        "There is no such job.\n"
    )
    lines = database("jobs", "list").stdout.splitlines()
    assert lines[0].split() == "id name state progress created_at error".split()
    assert lines[1].split()[:4] == [str(unknown), "count_stars", "waiting", "0"]
    [job] = json.loads(database("jobs", "list", "--json").stdout)["items"]
    assert job["arguments"] == {"of": "the southern sky"}


def test_a_failed_job_tells_why_and_is_tried_again(database, unknown):
    run_what_is_due()
    job = show(database, unknown)
    assert job["state"] == "failed"
    assert job["error"] == "There is no job called “count_stars”."
    assert "UnknownJobError" in job["trace"]
    assert "error: There is no job called" in database("jobs", "show", "1").stdout
    done = database("jobs", "retry", str(unknown))
    assert done.stdout == f"Job {unknown} waits to be tried again.\n"
    assert show(database, unknown)["state"] == "waiting"


def test_a_waiting_job_is_cancelled(database, unknown):
    done = database("jobs", "cancel", str(unknown))
    assert done.stdout == f"Job {unknown} is cancelled.\n"
    done = database("jobs", "cancel", str(unknown))
    assert (done.exit_code, done.stderr) == (
        1,
        "This job has ended; there is nothing to cancel.\n",
    )


def test_a_job_that_is_not_there_is_one_sentence(database):
    done = database("jobs", "show", "7")
    assert (done.exit_code, done.stderr) == (1, "There is no job 7 here.\n")
