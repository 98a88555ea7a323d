"""The pages and the API of jobs."""

import pytest

from crmkit.core import JobState


@pytest.fixture
def door(own_door):
    """A door whose jobs no other test knows."""
    return own_door


@pytest.fixture
def job_id(door):
    """A job of Ann's that nobody can do."""
    with door.kit.work(door.kit.ann) as uow:
        return uow.enqueue("count_stars")


def test_a_page_without_jobs_says_what_stands_here(door):
    answer = door.person("ann").get("/jobs")
    assert "No jobs yet" in answer.text
    assert "data-refresh" not in answer.text
    assert "No job is failed" in door.person("ann").get("/jobs?state=failed").text


def test_a_list_that_moves_is_fetched_anew(door, job_id):
    text = door.person("ann").get("/jobs").text
    assert f'href="/jobs/{job_id}"' in text
    assert "Count stars" in text
    assert "data-refresh" in text


def test_the_trace_of_a_failure_is_for_admins(door, job_id):
    door.kit.run_jobs()
    for who, has_trace in (("ann", False), ("eve", True)):
        text = door.person(who).get(f"/jobs/{job_id}").text
        assert "There is no job called “count_stars”." in text
        assert ("UnknownJobError" in text) == has_trace
        described = door.script(who).get(f"/jobs/{job_id}").json()
        assert described["error"] == "There is no job called “count_stars”."
        assert ("trace" in described) == has_trace


def test_a_job_is_cancelled_and_tried_again_on_its_page(door, job_id):
    ann = door.person("ann")
    assert "/cancel" in ann.get(f"/jobs/{job_id}").text
    answer = ann.post(f"/jobs/{job_id}/cancel")
    assert answer.headers["location"] == f"/jobs/{job_id}"
    text = ann.get(f"/jobs/{job_id}").text
    assert "cancelled" in text
    assert "/cancel" not in text
    ann.post(f"/jobs/{job_id}/retry")
    assert [job.state for job in door.kit.run_jobs()] == [JobState.FAILED]


def test_scripts_page_through_jobs_cancel_and_retry(door, job_id):
    with door.kit.work(door.kit.ann) as uow:
        second = uow.enqueue("count_stars")
    ann = door.script("ann")
    first_page = ann.get("/jobs?limit=1").json()
    assert [item["id"] for item in first_page["items"]] == [second]
    rest = ann.get(f"/jobs?limit=1&cursor={first_page['next_cursor']}").json()
    assert [item["id"] for item in rest["items"]] == [job_id]
    assert (rest["has_more"], rest["next_cursor"]) == (False, None)
    assert ann.post(f"/jobs/{job_id}/cancel").json()["state"] == "cancelled"
    assert ann.post(f"/jobs/{job_id}/cancel").status_code == 409
    assert ann.post(f"/jobs/{job_id}/retry").json()["state"] == "waiting"
    items = ann.get("/jobs?state=cancelled").json()["items"]
    assert items == []
