"""Blobs: one copy of equal bytes, in parts, in the database or with a plugin."""

import threading
from hashlib import sha256
from io import BytesIO
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from crmkit.core import Blob, collect_blobs, open_blob, store_blob
from crmkit.core.attachments import attach_file
from crmkit.core.blobs import AwayError, BlobChunk, FullError, TooLargeFileError
from crmkit.core.leads import get_lead
from crmkit.hooks import blob_dropped
from crmkit.hooks import open_blob as ask_for_bytes
from crmkit.hooks import store_blob as ask_to_store
from crmkit.hooks.files import CHUNK
from crmkit.testing import sample_plugin


def noise(size, seed=1):
    return Random(seed).randbytes(size)  # noqa: S311  (bytes for a test)


def store(kit, data, **options):
    with kit.work() as uow:
        return store_blob(uow, BytesIO(data), **options)


def read(kit, blob):
    with kit.read() as uow:
        return list(open_blob(uow, uow.session.get_one(Blob, blob.id)))


def count(kit, table):
    with kit.read() as uow:
        return uow.session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_what_is_stored_comes_back_in_parts(kit, size):
    data = noise(size)
    blob = store(kit, data)
    assert (blob.size, blob.sha256) == (size, sha256(data).hexdigest())
    parts = read(kit, blob)
    assert b"".join(parts) == data
    assert all(len(part) <= CHUNK for part in parts)
    assert count(kit, BlobChunk) == -(-size // CHUNK)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(st.binary(max_size=40), max_size=6))
def test_equal_bytes_are_kept_once(kit, texts):
    blobs = [store(kit, text) for text in texts]
    assert [b"".join(read(kit, blob)) for blob in blobs] == texts
    assert len({blob.id for blob in blobs}) == len(set(texts))


def test_the_content_tells_the_type_unless_who_made_it_does(kit):
    assert store(kit, b"%PDF-1.7").media_type == "application/pdf"
    assert store(kit, b"a;b", media_type="text/csv").media_type == "text/csv"


def test_a_file_is_refused_once_it_has_too_many_bytes(make_kit):
    kit = make_kit(file_megabytes=1)
    store(kit, bytes(2**20))
    with pytest.raises(TooLargeFileError, match=r"plan\.pdf is too large.* 1 MB"):
        store(kit, bytes(2**20 + 1), name="plan.pdf")
    assert count(kit, Blob) == 1


def test_a_file_is_refused_when_all_files_have_their_room(make_kit, monkeypatch):
    monkeypatch.setattr("crmkit.core.blobs.GIGABYTE", 1000)
    kit = make_kit(files_gigabytes=1)
    store(kit, noise(900))
    with pytest.raises(FullError, match="no room"):
        store(kit, noise(101, seed=2))
    store(kit, noise(100, seed=3))
    assert store(kit, noise(900)).size == 900, "what is there takes no more room"


def test_two_who_store_the_same_at_once_share_it(kit):
    data, both, ids = noise(2 * CHUNK), threading.Barrier(2), []

    def run():
        both.wait()
        ids.append(store(kit, data).id)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert count(kit, BlobChunk) == 2


def test_only_blobs_that_nothing_points_at_are_collected_after_a_day(kit, clock):
    used, unused = noise(10), noise(20)
    lead = kit.lead()
    with kit.work() as uow:
        attach_file(uow, get_lead(uow, lead.id), BytesIO(used), "used")
    store(kit, unused)
    with kit.work() as uow:
        assert collect_blobs(uow) == 0
    clock.advance(days=1, minutes=1)
    fresh = store(kit, b"fresh")
    with kit.work() as uow:
        assert collect_blobs(uow) == 1
        assert collect_blobs(uow) == 0
        left = set(uow.session.scalars(select(Blob.sha256)))
    assert left == {sha256(used).hexdigest(), fresh.sha256}
    assert count(kit, BlobChunk) == 2


def vault(kept):
    """A plugin that keeps bytes in `kept`, but for those that begin with `no`."""

    @ask_to_store.impl
    def keep(ctx):
        data = b"".join(ctx.chunks())
        if data.startswith(b"no"):
            return None
        kept[ctx.sha256] = data
        return f"vault:{ctx.sha256}"

    @ask_for_bytes.impl
    def give(ctx):
        name = (ctx.blob.place or "").removeprefix("vault:")
        return iter([kept[name]]) if name in kept else None

    @blob_dropped.impl
    def drop(ctx):
        for place in ctx.places:
            del kept[place.removeprefix("vault:")]

    return sample_plugin("vault", keep, give, drop)


def test_a_plugin_may_keep_the_bytes_elsewhere(make_kit, clock):
    kept: dict[str, bytes] = {}
    kit = make_kit(vault(kept))
    away, here = store(kit, b"away"), store(kit, b"no, here")
    assert list(kept.values()) == [b"away"]
    assert (away.place, here.place) == (f"vault:{away.sha256}", None)
    assert count(kit, BlobChunk) == 1
    assert (read(kit, away), read(kit, here)) == ([b"away"], [b"no, here"])
    clock.advance(days=2)
    with kit.work() as uow:
        assert collect_blobs(uow) == 2
    assert kept == {}


def test_bytes_whose_plugin_is_gone_are_told_to_be_away(make_kit):
    kit = make_kit(vault({}))
    blob = store(kit, b"away")
    with pytest.raises(AwayError):
        read(make_kit(), blob)


def test_where_a_plugin_fails_the_database_keeps_the_bytes(make_kit):
    @ask_to_store.impl
    def fail(ctx):
        ctx.stream.read(2)
        raise OSError

    kit = make_kit(sample_plugin("vault", fail))
    assert read(kit, store(kit, b"all of it")) == [b"all of it"]
