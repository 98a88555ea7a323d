"""A plugin whose jobs make leads, and what tests ask about them."""

from __future__ import annotations

from sqlalchemy import select

from crmkit.core import Lead, LeadDraft, create_lead, get_job
from crmkit.hooks import JobKind, register_jobs
from crmkit.jobs.runner import claim_next
from crmkit.testing import sample_plugin

NAMES = ["Pump station", "Harbour crane", "Ferry", "Lighthouse"]


def sampled(run, **values):
    """A plugin with one kind of job, `sample.make_leads`."""

    @register_jobs.impl
    def kinds(ctx):
        return [JobKind(f"{ctx.plugin_id}.make_leads", run, **values)]

    return sample_plugin("sample", kinds)


def make_leads(job):
    """Make a lead for each name, one unit each."""
    names = job.arguments["names"]
    for number in range(job.checkpoint.get("next", 0), len(names)):
        with job.work() as uow:
            create_lead(uow, LeadDraft(name=names[number]))
            job.save(uow, {"next": number + 1}, done=number + 1, total=len(names))


def names_of(kit):
    with kit.read() as uow:
        return list(uow.session.scalars(select(Lead.name).order_by(Lead.id)))


def enqueue(kit, who=None, **arguments):
    with kit.work(who) as uow:
        return uow.enqueue("sample.make_leads", **arguments)


def job_of(kit, job_id):
    with kit.read() as uow:
        return get_job(uow, job_id)


def claimed(kit):
    """The job that is due, claimed by a worker that has not begun."""
    job = claim_next(kit.crm)
    assert job is not None
    return job
