"""Whoever visits a form is asked what it asks; what he sends becomes a lead."""

import base64
import json
from hashlib import sha256

import pytest

from crmkit.core import (
    CustomFieldDraft,
    FieldType,
    add_field,
    attachments_of,
    get_lead,
    timeline_of,
)

from .conftest import FORMS

pytestmark = pytest.mark.plugins("web_forms")

# What these show happens before anything is asked of a database.
ONE_IS_ENOUGH = pytest.mark.databases("sqlite")
CROSS = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}


def the_lead(kit, answers):
    """The lead of the newest answer, once its job has run."""
    kit.run_jobs()
    answer = answers()[0]
    assert answer["state"] == "lead", answer
    with kit.read() as uow:
        return get_lead(uow, answer["lead_id"])


def test_an_answer_is_kept_first_and_becomes_a_lead(kit, make_form, answers):
    visitor = make_form(team_id=kit.lyon, owner_id=kit.ann, tags=["Site"], source="Web")
    hidden = visitor.look("?utm_source=News&utm_campaign=Spring")
    sent = visitor.send(hidden, unknown="x", owner_id="7", stage="Won")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"{visitor.path}/thanks")
    (kept,) = answers()
    assert (kept["state"], kept["lead_id"], kept["way"]) == ("waiting", None, "page")
    assert kept["values"]["message"] == "Hello"
    assert kept["values"].keys() == {"contact_name", "email", "message"}
    lead = the_lead(kit, answers)
    assert (lead.name, lead.email) == ("Contact: Zoé Martin", "zoe@example.org")
    assert (lead.team_id, lead.owner_id, lead.kind) == (kit.lyon, kit.ann, "lead")
    with kit.read() as uow:
        texts = [moment.text for moment in timeline_of(uow, lead)]
    assert "Hello" in texts
    shown = visitor.door.script("eve").get(f"/leads/{lead.id}").json()
    assert (shown["source"], shown["campaign"]) == ("News", "Spring")
    page = visitor.door.person("ann").get(f"/leads/{lead.id}").text
    assert "From a web form" in page
    assert "No consent was asked for" in page
    assert shown["tags"] == ["Site"]


@ONE_IS_ENOUGH
def test_the_page_speaks_french_to_who_asks_for_it(make_form):
    visitor = make_form(texts={"fr": {"title": "Écrivez-nous"}, "en": {"title": "Hi"}})
    french = {"accept-language": "fr-CH,fr;q=0.9"}
    page = visitor.door.stranger.get(visitor.path, headers=french).text
    assert "Écrivez-nous" in page
    assert '<html lang="fr">' in page
    assert "Envoyer" in page
    english = visitor.door.stranger.get(f"{visitor.path}?lang=en", headers=french).text
    assert "<h1>Hi</h1>" in english


def test_the_same_sent_twice_is_one_lead_and_looks_the_same(kit, make_form, answers):
    visitor = make_form()
    hidden = visitor.look()
    first, second = visitor.send(hidden), visitor.send(hidden)
    assert first.headers["location"] == second.headers["location"]
    kit.run_jobs()
    third = visitor.send(hidden)
    assert third.headers["location"] == first.headers["location"]
    (answer,) = answers()
    assert (answer["repeats"], answer["state"]) == (2, "lead")


def test_what_is_corrected_after_sending_lands_on_the_same_lead(
    kit, make_form, answers
):
    visitor = make_form()
    hidden = visitor.look()
    visitor.send(hidden)
    first = the_lead(kit, answers)
    visitor.send(hidden, email="zoe.martin@example.org")
    visitor.send(hidden, email="zoe.martin@example.org")
    kit.run_jobs()
    again = answers()[0]
    assert (again["state"], again["lead_id"]) == ("duplicate", first.id)
    assert (len(answers()), again["repeats"]) == (2, 1)
    with kit.read() as uow:
        texts = [moment.text or "" for moment in timeline_of(uow, first)]
    assert any("zoe.martin@example.org" in text for text in texts)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "nobody"}, "Write a mail address like"),
        ({"email": None}, "Fill this in."),
        ({"email": "a@example.org" * 40}, "At most 320 characters."),
        ({"contact_name": "Zoé\x00"}, "control character"),
        ({"message": "x" * 16_000}, "At most 15000 characters."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    make_form, answers, typed, said
):
    visitor = make_form()
    answer = visitor.send(visitor.look(), **{"message": "Kept words", **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert ("Kept words" in answer.text) or "message" in typed
    assert answers() == []


@ONE_IS_ENOUGH
def test_the_trap_keeps_robots_out_and_does_not_tell_them(kit, make_form, answers):
    visitor = make_form()
    answer = visitor.send(visitor.look(), fax_number="555")
    assert answer.headers["location"].startswith(f"{visitor.path}/thanks")
    assert kit.run_jobs() == []
    (kept,) = answers()
    assert kept["state"] == "refused"
    assert "a robot" in kept["reason"]
    again = visitor.door.script("lea").post(f"/p/web_forms/answers/{kept['id']}/run")
    assert again.json()["state"] == "waiting"
    assert the_lead(kit, answers).email == "zoe@example.org"


@ONE_IS_ENOUGH
def test_who_is_too_quick_or_too_slow_sends_it_again(clock, make_form, answers):
    visitor = make_form(least_seconds=3)
    hidden = visitor.look()
    quick = visitor.send(hidden)
    assert (quick.status_code, "very quick" in quick.text) == (422, True)
    clock.advance(minutes=1)
    assert visitor.send(hidden).status_code == 303
    clock.advance(hours=25)
    old = visitor.send(hidden, message="Later")
    assert (old.status_code, "open for too long" in old.text) == (422, True)
    assert "Later" in old.text
    assert len(answers()) == 1


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("stamp", ["x", "1.f.ab.cd", "é", "..", "9" * 300])
def test_a_forged_stamp_is_none(make_form, answers, stamp):
    visitor = make_form()
    assert visitor.send({"stamp": stamp}).status_code == 422
    assert answers() == []


def test_one_computer_sends_a_form_so_often_an_hour(clock, make_form):
    visitor = make_form(per_hour=2)
    for number in range(2):
        assert visitor.send(visitor.look(), message=str(number)).status_code == 303
    often = visitor.send(visitor.look(), message="Once more")
    assert often.status_code == 429
    assert "Once more" in often.text
    assert "in an hour" in often.text
    eve = visitor.door.script("eve")
    numbers = eve.get(f"{FORMS}/1/numbers").json()
    assert (numbers["received"], numbers["refused"]) == (3, 1)
    reasons = [(one["reason"], one["count"]) for one in numbers["items"]]
    assert ("One computer sent the form too often in an hour.", 1) in reasons
    clock.advance(minutes=61)
    assert visitor.send(visitor.look(), message="Once more").status_code == 303


def test_plain_html_of_any_site_is_taken_and_sent_twice_is_one(kit, make_form, answers):
    visitor = make_form()
    data = {"contact_name": "Ada", "email": "ada@example.org"}
    for _ in range(2):
        post = visitor.door.person("eve")
        sent = post("POST", visitor.path, data=data, headers=CROSS)
        assert sent.status_code == 303
    assert the_lead(kit, answers).created_by_id is None
    (answer,) = answers()
    assert (answer["way"], answer["repeats"]) == ("html", 1)


def solve(page):
    """What a browser's script makes of the challenge of a page."""
    found = dict(
        part.split("=", 1)
        for part in page.text.split('name="proof"')[1].split(">")[0].split()
        if "=" in part
    )
    said = {name[5:]: value.strip('"') for name, value in found.items()}
    number = next(
        n
        for n in range(int(said["most"]) + 1)
        if sha256(f"{said['salt']}{n}".encode()).hexdigest() == said["challenge"]
    )
    names = ("challenge", "salt", "signature")
    payload = {"number": number, **{name: said[name] for name in names}}
    return base64.b64encode(json.dumps(payload).encode()).decode()


@ONE_IS_ENOUGH
def test_a_proof_of_work_is_asked_for_by_choice(clock, make_form, answers):
    visitor = make_form(needs_proof=True)
    page = visitor.door.stranger.get(visitor.path)
    proof, hidden = solve(page), visitor.look()
    assert visitor.send({**hidden, "proof": proof}).status_code == 422, "another's"
    page = visitor.door.stranger.get(visitor.path)
    stamp = page.text.split('name="stamp" value="')[1].split('"')[0]
    done = visitor.send({"stamp": stamp, "proof": solve(page)})
    assert done.status_code == 303
    without = visitor.send(visitor.look(), message="No scripts here")
    assert "wait ten seconds" in without.text
    stamp = without.text.split('name="stamp" value="')[1].split('"')[0]
    assert visitor.send({"stamp": stamp}, message="No scripts").status_code == 422
    clock.advance(minutes=1)
    assert visitor.send({"stamp": stamp}, message="No scripts").status_code == 303
    assert len(answers()) == 2


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("proof", ["", "x", "e30=", "bnVsbA==", "W10=", "A" * 5000])
def test_a_proof_that_is_none_is_none(make_form, answers, proof):
    visitor = make_form(needs_proof=True)
    assert visitor.send({**visitor.look(), "proof": proof}).status_code == 422
    assert answers() == []


def test_who_agrees_agrees_to_a_version_of_the_text(make_form, answers):
    visitor = make_form(consent={"en": "You may write to me."})
    hidden = visitor.look()
    refused = visitor.send(hidden)
    assert (refused.status_code, "Tick this" in refused.text) == (422, True)
    assert visitor.send(hidden, consent="yes").status_code == 303
    assert answers()[0]["consent_id"] == 1


@ONE_IS_ENOUGH
def test_who_may_frame_it_and_where_it_leads_is_in_the_policy(make_form):
    eve = make_form().door.script("eve")
    eve.patch("/settings", {"web_forms.redirect_hosts": ["www.example.org"]})
    visitor = make_form(
        frame_hosts=["https://shop.example"], redirect="https://www.example.org/thanks"
    )
    get = visitor.door.stranger.get
    policy = get(visitor.path).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    framed = get(f"{visitor.path}/embed").headers["content-security-policy"]
    assert "frame-ancestors https://shop.example" in framed
    assert "form-action 'self' https://www.example.org;" in framed
    sent = visitor.send(visitor.look())
    assert sent.headers["location"] == "https://www.example.org/thanks"
    eve.patch("/settings", {"web_forms.redirect_hosts": []})
    assert visitor.send(visitor.look()).headers["location"].startswith(visitor.path)


@ONE_IS_ENOUGH
def test_a_closed_form_takes_nothing(make_form, answers):
    visitor = make_form()
    hidden = visitor.look()
    visitor.door.script("eve").patch("/p/web_forms/forms/1", {"is_open": False})
    answer = visitor.send(hidden)
    assert (answer.status_code, "closed just now" in answer.text) == (410, True)
    assert answers() == []
    assert visitor.door.stranger.get("/p/web_forms/f/none").status_code == 404


@ONE_IS_ENOUGH
def test_files_come_along_by_choice(kit, make_form, answers):
    visitor = make_form(most_files=1, fields=[{"name": "email"}, {"name": "files"}])
    post, data = visitor.door.stranger, {"email": "a@example.org"}

    def send(*files):
        named = [("files", file) for file in files]
        return post("POST", visitor.path, data={**data, **visitor.look()}, files=named)

    program = send(("plan.pdf", b"MZ\x90\x00"))
    assert (program.status_code, "not of a kind" in program.text) == (422, True)
    page = send(("x.html", b"<script>alert(1)</script>"))
    assert page.status_code == 422
    pdf = ("..\\pl<b>an.pdf", b"%PDF-1.7 plan")
    assert "At most 1 files" in send(pdf, pdf).text
    assert send(pdf).status_code == 303
    lead = the_lead(kit, answers)
    with kit.read() as uow:
        (file,) = attachments_of(uow, lead)
    assert (file.name, file.media_type) == ("pl_b_an.pdf", "application/pdf")


@ONE_IS_ENOUGH
def test_too_much_at_once_is_not_read(make_form):
    visitor = make_form()
    headers = {"content-length": str(30 * 1024 * 1024)}
    answer = visitor.door.stranger("POST", visitor.path, content=b"x", headers=headers)
    assert answer.status_code == 413


def test_custom_fields_are_asked_in_their_types(kit, make_form, answers):
    kinds = {
        "count": FieldType.WHOLE,
        "budget": FieldType.MONEY,
        "start": FieldType.DATE,
        "fuel": FieldType.CHOICE,
        "uses": FieldType.CHOICES,
        "news": FieldType.YES_NO,
        "page": FieldType.LINK,
    }
    choices = {"fuel": ("Gas", "Oil"), "uses": ("Heat", "Steam")}
    with kit.work(kit.eve) as uow:
        for slug, kind in kinds.items():
            more = {"choices": choices.get(slug, ()), "label": slug}
            add_field(uow, CustomFieldDraft(slug=slug, type=kind, **more))
    visitor = make_form(fields=[{"name": name} for name in ("email", *kinds)])
    visitor = type(visitor)(visitor.door, f"{visitor.path}?lang=fr")
    wrong = {"count": "many", "start": "soon", "fuel": "Coal", "page": "javascript:x"}
    refused = visitor.send(visitor.look(), **wrong)
    assert refused.status_code == 422
    assert refused.text.count('class="wrong"') == len(wrong)
    typed = {"count": "1 200", "budget": "48 500,50", "start": "2026-12-31"}
    typed |= {"fuel": "Oil", "news": "yes", "page": "example.org"}
    sent = visitor.send(visitor.look(), **typed, uses=["Heat", "Steam"])
    assert sent.status_code == 303
    lead = the_lead(kit, answers)
    custom = visitor.door.script("eve").get(f"/leads/{lead.id}").json()["custom"]
    assert (custom["count"], custom["budget"]) == (1200, "48500.5")
    assert custom["uses"] == ["Heat", "Steam"]
    assert custom["page"] == "https://example.org"
    assert (custom["fuel"], custom["news"]) == ("Oil", True)


def test_marks_of_computers_and_robots_are_forgotten(kit, make_form, answers):
    visitor = make_form()
    visitor.send(visitor.look(), fax_number="1")
    visitor.send(visitor.look())
    kit.run_jobs()
    kit.run_schedules()
    kit.crm.clock.advance(days=40)
    kit.run_schedules()
    assert [answer["state"] for answer in answers()] == ["lead"]


@pytest.mark.realdata
@pytest.mark.databases("sqlite")
def test_hostile_words_are_only_words(kit, make_form, real_data):
    visitor = make_form(per_hour=1000, most_files=1)
    lines = (real_data / "hostile" / "owasp_xss.jsonl").read_text("utf-8").splitlines()
    payloads = [json.loads(line)["payload"] for line in lines]
    hostile = [text for text in payloads if "<" in text and len(text) < 200][:15]
    for text in hostile:
        data = {"contact_name": text, "email": "a@example.org", "message": text}
        assert visitor.door.stranger("POST", visitor.path, data=data).status_code == 303
    wrong = {"contact_name": hostile[0], "email": hostile[1], "stamp": hostile[2]}
    pages = [
        visitor.door.stranger("POST", f"{visitor.path}?utm_source=<i>x", data=wrong)
    ]
    kit.run_jobs()
    eve = visitor.door.person("eve")
    pages += [eve.get(f"{FORMS}/1/answers"), eve.get("/leads"), eve.get("/leads/1")]
    for page in pages:
        assert page.status_code in {200, 422}
        assert "<i>x" not in page.text
        assert [text for text in hostile if text in page.text] == []
