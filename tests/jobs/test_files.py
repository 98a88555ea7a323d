"""The job that removes files nobody needs."""

from io import BytesIO

from crmkit.core import (
    attach_file,
    attachments_of,
    detach_file,
    get_attachment,
    get_lead,
    store_blob,
)


def test_bytes_go_when_their_file_was_long_gone_and_what_is_used_stays(kit, clock):
    lead = kit.lead()
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        attach_file(uow, found, BytesIO(b"kept"), "kept.txt")
        gone = attach_file(uow, found, BytesIO(b"gone"), "gone.txt")
    with kit.work() as uow:
        attachment, of = get_attachment(uow, gone.id)
        detach_file(uow, of, attachment)
        for number in range(25):
            store_blob(uow, BytesIO(b"unused %d" % number))
    clock.advance(days=80)
    with kit.work() as uow:
        uow.enqueue("purge_files")
    [job] = kit.run_jobs()
    assert job.result == {"removed": 25}
    clock.advance(days=11)
    with kit.work() as uow:
        uow.enqueue("purge_files")
    [job] = kit.run_jobs()
    assert job.result == {"removed": 1}
    with kit.read() as uow:
        left = attachments_of(uow, get_lead(uow, lead.id))
    assert [file.name for file in left] == ["kept.txt"]
