"""A form as visitors see it: at its own address, and in a frame of another site."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import LOCALES, CrmError, UnitOfWork, mark
from crmkit.web import crm_of, for_strangers, page, sentence
from crmkit_web_forms.answers import (
    Sending,
    is_too_often,
    keep_answer,
    turn_away,
    was_sent,
)
from crmkit_web_forms.asking import FILES, Asked, asked_by, said_in
from crmkit_web_forms.forms import PLUGIN, check_redirect, consent_of, find_form
from crmkit_web_forms.reading import Read, WrongAnswerError, raw_of, read_typed
from crmkit_web_forms.sendings import (
    CONSENT,
    PROOF,
    STAMP,
    TRAP,
    Sent,
    files_in,
    origin_in,
    text_in,
)
from crmkit_web_forms.stamps import (
    AGAIN,
    FIRST,
    Stamp,
    is_solved,
    make_challenge,
    make_stamp,
    read_stamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmkit_web_forms.tables import Consent, Form

visits = APIRouter()

PATH = f"/p/{PLUGIN}/f"
THANKS = mark("Thank you. We have what you sent and will be in touch.")
OLD = mark("This page was open for too long. Look it over and send it again.")
SOON = mark("That was very quick. Look it over and send it again.")
OFTEN = mark("This was sent too often from your connection. Try again in an hour.")
PROVE = mark(
    "We could not tell that a person sent this. Look it over, wait ten seconds and "
    "send it again."
)
LOOK = mark("Look it over and send it.")
_WAIT = timedelta(seconds=10)
_NOTHING = FormData()


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a form: what it shows, and how it is shown."""

    request: Request
    uow: UnitOfWork
    form: Form
    is_framed: bool
    consent: Consent | None = None
    asked: Sequence[Asked] = field(default_factory=tuple)

    def say(self, text: str) -> str:
        """A sentence in the visitor's language."""
        return sentence(self.request, self.uow, text, PLUGIN)

    @property
    def address(self) -> str:
        """Where it is sent to."""
        return f"{PATH}/{self.form.slug}{'/embed' if self.is_framed else ''}"


@contextmanager
def _open(request: Request) -> Iterator[UnitOfWork]:
    """A unit of crmkit itself, in the visitor's language."""
    crm = crm_of(request)
    with crm.read() if request.method == "GET" else crm.work() as uow:
        locale = _language(request, uow.settings.locale)
        request.state.locale = locale
        uow.actor = replace(uow.actor, locale=locale)
        yield uow


def _language(request: Request, default: str) -> str:
    chosen = request.query_params.get("lang", "")
    accepted = request.headers.get("accept-language", "").split(",")
    wanted = [chosen, *(part.strip()[:2].lower() for part in accepted)]
    return next((one for one in wanted if one in LOCALES), default)


@contextmanager
def _visit(request: Request, slug: str, *, is_framed: bool) -> Iterator[Visit]:
    with _open(request) as uow:
        form = find_form(uow, slug)
        visit = Visit(request, uow, form, is_framed, consent_of(uow, form))
        yield replace(visit, asked=tuple(asked_by(uow, form, visit.say)))


@visits.get("/f/{slug}")
@for_strangers
def show(request: Request, slug: str) -> Response:
    """The form at its own address."""
    with _visit(request, slug, is_framed=False) as visit:
        return _show(visit)


@visits.get("/f/{slug}/embed")
@for_strangers
def show_framed(request: Request, slug: str) -> Response:
    """The form for a frame of another site."""
    with _visit(request, slug, is_framed=True) as visit:
        return _show(visit)


@visits.get("/f/{slug}/thanks")
@for_strangers
def thank(request: Request, slug: str) -> Response:
    """What is said once the form was sent."""
    with _visit(request, slug, is_framed=False) as visit:
        return _render(visit, "web_forms/thanks.html", thanks=_thanks(visit))


@visits.get("/f/{slug}/embed/thanks")
@for_strangers
def thank_framed(request: Request, slug: str) -> Response:
    """The same in a frame."""
    with _visit(request, slug, is_framed=True) as visit:
        return _render(visit, "web_forms/thanks.html", thanks=_thanks(visit))


@visits.post("/f/{slug}")
@for_strangers
def take(request: Request, slug: str, sent: Sent) -> Response:
    """Keep what was sent, from the form's page or from plain HTML of any site."""
    with _visit(request, slug, is_framed=False) as visit:
        return _take(visit, sent)


@visits.post("/f/{slug}/embed")
@for_strangers
def take_framed(request: Request, slug: str, sent: Sent) -> Response:
    """Keep what was sent from a frame."""
    with _visit(request, slug, is_framed=True) as visit:
        return _take(visit, sent)


def _take(visit: Visit, sent: FormData) -> Response:
    uow, form = visit.uow, visit.form
    if not form.is_open:
        return _show(visit)
    read, sending = _read(visit, sent)
    digest = read.digest([sha for _, sha, _ in sending.files])
    if was_sent(uow, form, sending, digest):
        return _thank(visit)
    if form.has_trap and text_in(sent, TRAP):
        if not is_too_often(uow, form, sending.address):
            keep_answer(uow, form, read, sending, is_trapped=True)
        return _thank(visit)
    if is_too_often(uow, form, sending.address):
        turn_away(uow, form)
        return _again(visit, sent, read, OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
    doubt = _doubt(visit, sent, sending)
    if doubt or read.errors:
        return _again(visit, sent, read, doubt)
    keep_answer(uow, form, read, sending)
    return _thank(visit)


def _read(visit: Visit, sent: FormData) -> tuple[Read, Sending]:
    read = read_typed(visit.uow, visit.asked, raw_of(visit.asked, sent))
    errors = dict(read.errors)
    if visit.consent is not None and not text_in(sent, CONSENT):
        errors[CONSENT] = WrongAnswerError(mark("Tick this to go on."), field=CONSENT)
    try:
        files = files_in(visit.form, sent)
    except WrongAnswerError as error:
        errors[FILES], files = error, []
    needs_file = any(one.input == "files" and one.is_required for one in visit.asked)
    if needs_file and not files and FILES not in errors:
        errors[FILES] = WrongAnswerError(mark("Choose a file."), field=FILES)
    stamp = read_stamp(visit.form, text_in(sent, STAMP), visit.uow.now())
    client = visit.request.client
    sending = Sending(
        _way(visit, sent),
        stamp,
        client.host if client else "",
        origin_in(visit.request, sent),
        files,
        visit.consent.id if visit.consent else None,
    )
    return Read(read.raw, errors), sending


def _way(visit: Visit, sent: FormData) -> str:
    if not text_in(sent, STAMP):
        return "html"
    return "frame" if visit.is_framed else "page"


def _doubt(visit: Visit, sent: FormData, sending: Sending) -> str:
    """What a person who sent this is asked to do, "" where nothing is wrong."""
    stamp, form = sending.stamp, visit.form
    if stamp is None:
        if text_in(sent, STAMP):
            return OLD
        return LOOK if form.needs_proof else ""
    age = stamp.age(visit.uow.now())
    if age < timedelta(seconds=form.least_seconds) and not stamp.is_again:
        return SOON
    if not form.needs_proof or is_solved(form, stamp, text_in(sent, PROOF)):
        return ""
    return "" if stamp.is_again and age >= _WAIT else PROVE


def _show(visit: Visit) -> Response:
    if not visit.form.is_open:
        return _render(visit, "web_forms/closed.html", HTTPStatus.GONE)
    stamp = make_stamp(visit.form, visit.uow.now())
    origin = origin_in(visit.request, _NOTHING)
    shown = _Shown(stamp, origin=origin)
    return _render(visit, "web_forms/visit.html", shown=shown)


def _again(
    visit: Visit,
    sent: FormData,
    read: Read,
    doubt: str,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> Response:
    """The form with everything that was typed, and what is wrong with it."""
    now, form = visit.uow.now(), visit.form
    stamp = read_stamp(form, text_in(sent, STAMP), now)
    is_doubted = doubt in {PROVE, LOOK}
    if stamp is None or (is_doubted and not stamp.is_again):
        # Plain HTML carries no stamp: what it sent is looked over, then sent anew.
        stamp = make_stamp(form, now, AGAIN if is_doubted else FIRST)
    shown = _Shown(
        stamp,
        values=read.raw,
        errors={name: _text(visit, error) for name, error in read.errors.items()},
        doubt=visit.say(doubt) if doubt else "",
        origin=origin_in(visit.request, sent),
        has_consent=bool(text_in(sent, CONSENT)),
    )
    return _render(visit, "web_forms/visit.html", status, shown=shown)


def _text(visit: Visit, error: CrmError) -> str:
    return error.text(visit.say)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a page holds besides the form itself."""

    stamp: Stamp
    values: Mapping[str, str | list[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    has_consent: bool = False


def _thank(visit: Visit) -> Response:
    """Away to where thanks are said; the same whatever became of the answer."""
    address = _away(visit)
    if address is None:
        query = urlencode({"lang": visit.uow.actor.locale})
        address = f"{visit.address}/thanks?{query}"
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def _away(visit: Visit) -> str | None:
    """The page of another site that says thanks, while the settings allow it."""
    if not visit.form.redirect:
        return None
    try:
        check_redirect(visit.uow, visit.form.redirect)
    except CrmError:
        return None
    return visit.form.redirect


def _thanks(visit: Visit) -> str:
    return texts_of(visit.form, visit.uow.actor.locale)["thanks"] or visit.say(THANKS)


def texts_of(form: Form, locale: str) -> dict[str, str]:
    """What a form says in a language, each text in another one where it lacks."""
    names = ("intro", "button", "thanks")
    texts = {
        name: said_in({lang: said[name] for lang, said in form.texts.items()}, locale)
        for name in names
    }
    return {**texts, "title": form.texts.get(locale, {}).get("title") or form.title}


def _render(
    visit: Visit, template: str, status: int = HTTPStatus.OK, **more: object
) -> Response:
    form, locale = visit.form, visit.uow.actor.locale
    texts = texts_of(form, locale)
    answer = page(
        visit.request,
        visit.uow,
        template,
        status,
        visit=visit,
        form=form,
        texts=texts,
        title=texts["title"],
        consent=said_in(visit.consent.texts, locale) if visit.consent else "",
        names={"trap": TRAP, "stamp": STAMP, "proof": PROOF, "consent": CONSENT},
        challenge_of=_challenge_of,
        **more,
    )
    answer.headers["content-security-policy"] = _policy(visit)
    answer.headers["vary"] = "accept-language"
    return answer


def _challenge_of(form: Form, stamp: Stamp) -> object:
    return make_challenge(form, stamp) if form.needs_proof else None


def _policy(visit: Visit) -> str:
    """Who may frame the page, and where its form leads to; all else as everywhere."""
    away = _away(visit)
    target = ""
    if away is not None:
        parts = urlsplit(away)
        target = f" {parts.scheme}://{parts.netloc}"
    hosts = " ".join(visit.form.frame_hosts) if visit.is_framed else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
        f"data:; form-action 'self'{target}; base-uri 'none'; "
        f"frame-ancestors {hosts or _NOBODY}"
    )


_NOBODY = "'none'"
