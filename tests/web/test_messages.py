"""Mail through the doors: written, shown, held back, never run."""

from crmkit.core import ReceivedMail, clean_html, get_lead, receive_message

from tests.web.doors import HTMX, fields_of_problem

MAIL = {"subject": "Our offer", "text": "Here it is."}


def receive(door, lead_id, **fields):
    values = {
        "from_name": "Zoé",
        "from_address": "zoe@hydrolis.example",
        "to": ("sales@company.example",),
        "cc": (),
        "subject": "Pumps",
        "text": "How much?",
        "html": None,
        "message_id": "<1@hydrolis.example>",
        **fields,
    }
    with door.kit.work() as uow:
        return receive_message(uow, get_lead(uow, lead_id), ReceivedMail(**values)).id


def test_a_script_writes_lists_and_holds_back_a_mail(door):
    lead, ann = door.lead(email="zoe@hydrolis.example"), door.script("ann")
    path = f"/leads/{lead['id']}/messages"
    written = ann.post(path, json=MAIL)
    assert written.status_code == 201, written.text
    mail = written.json()
    assert (mail["to"], mail["state"]) == (["zoe@hydrolis.example"], "queued")
    assert ann.get(path).json()["items"] == [mail]
    moments = ann.get(f"/leads/{lead['id']}/timeline?kind=message").json()["items"]
    assert [one["message"] for one in moments] == [mail]
    held = ann.post(f"/messages/{mail['id']}/cancel").json()
    assert held["state"] == "cancelled"
    assert ann.post(f"/messages/{mail['id']}/cancel").status_code == 409


def test_a_script_is_told_what_a_mail_lacks(door):
    path = f"/leads/{door.lead()['id']}/messages"
    ann = door.script("ann")
    assert set(fields_of_problem(ann.post(path, json={}))) == {"subject", "text"}
    problem = fields_of_problem(ann.post(path, json=MAIL))
    assert problem == {
        "to": "There is nobody to write to: this lead has no mail address."
    }


def test_a_person_writes_from_the_composer_and_sees_where_it_stands(door):
    lead, ann = door.lead(email="zoe@hydrolis.example"), door.person("ann")
    page = ann.get(f"/leads/{lead['id']}").text
    assert 'data-write="mail"' in page
    assert "No mail server is set up" in page
    path = f"/leads/{lead['id']}/messages"
    form = {**MAIL, "to": "zoe@hydrolis.example, bob@example.org"}
    answer = ann("POST", path, data=form, headers=HTMX)
    assert "Mail to zoe@hydrolis.example, bob@example.org goes out" in answer.text
    assert "goes out soon" in answer.text
    refused = ann("POST", path, data={**form, "subject": " "}, headers=HTMX)
    assert (refused.status_code, "Give the mail a subject" in refused.text) == (
        422,
        True,
    )


def test_files_go_along_from_the_composer(door):
    lead, ann = door.lead(email="zoe@hydrolis.example"), door.person("ann")
    path = f"/leads/{lead['id']}/messages"
    offer = ("file", ("offer.pdf", b"%PDF-1.7", "application/pdf"))
    sent = ann("POST", path, data=MAIL, files=[offer], headers=HTMX)
    assert sent.status_code == 200, sent.text
    (mail,) = door.script("ann").get(path).json()["items"]
    assert f'href="/files/{mail["attachment_ids"][0]}" download' in sent.text
    again = {**MAIL, "attachment_ids": str(mail["attachment_ids"][0])}
    assert ann("POST", path, data=again, headers=HTMX).status_code == 200
    program = ("file", ("offer.pdf", b"MZ\x90\x00", "application/pdf"))
    refused = ann("POST", path, data=MAIL, files=[program], headers=HTMX)
    assert refused.status_code == 422
    assert "is a program" in refused.text
    mails = door.script("ann").get(path).json()["items"]
    assert [one["attachment_ids"] for one in mails] == [mail["attachment_ids"]] * 2


def test_a_template_fills_the_composer(door):
    lead, max_ = door.lead(contact_name="Zoé"), door.person("max")
    form = {
        "name": "Greeting",
        "subject_en": "Hello",
        "text_en": "Good day {{ lead.contact_name }}",
    }
    made = max_("POST", "/settings/templates", data=form)
    assert made.status_code == 303
    number = made.headers["location"].rpartition("/")[2]
    assert "Good day" in max_.get(f"/settings/templates/{number}").text
    page = door.person("ann").get(f"/leads/{lead['id']}").text
    assert 'name="template_id"' in page
    path = f"/leads/{lead['id']}/mail?template_id={number}"
    assert "Good day Zoé" in door.person("ann").get(path).text
    wrong = max_("POST", "/settings/templates", data=form | {"text_en": "{{ x }}"})
    assert (wrong.status_code, "cannot show “x”" in wrong.text) == (422, True)


def test_a_formatted_mail_stands_in_a_page_that_runs_nothing(door):
    lead = door.lead()
    html = clean_html(
        '<p onclick=x>Hi</p><script>x()</script><form hx-post="/x"><input></form>'
        '<img src="https://evil.example/p.gif"><a href="javascript:x()">a</a>'
        '<a href="https://hydrolis.example" style="color:red">b</a><style>p{}</style>'
    )
    number = receive(door, lead["id"], html=html, quoted="> earlier")
    answer = door.person("ann").get(f"/messages/{number}/body")
    assert "sandbox" in answer.headers["content-security-policy"]
    for part in ("script", "onclick", "hx-", "form", "img", "javascript", "style"):
        assert part not in answer.text.split("</title>")[1]
    assert '<a href="https://hydrolis.example"' in answer.text
    page = door.person("ann").get(f"/leads/{lead['id']}").text
    assert f'href="/messages/{number}/body"' in page
    assert "<summary" in page


def test_an_admin_tries_the_mail_server_out(door):
    answer = door.person("eve")("POST", "/settings/mail/test")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/jobs/")
    assert "Send me a mail" in door.person("eve").get("/settings").text
    assert door.script("eve").post("/settings/mail/test").status_code == 202
