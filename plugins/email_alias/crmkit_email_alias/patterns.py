"""How mail programs write heads of quoted mails, and how people end a mail."""

# ruff: noqa: RUF001  (words of other scripts are meant)

from __future__ import annotations

import re

HEADER_WORDS = (
    r"from|de|von|da|van|fra|från|od|от|lähettäjä|sender|"
    r"sent|envoyé|gesendet|inviato|verzonden|sendt|skickat|wysłano|отправлено|"
    r"lähetetty|enviado|date|datum|data|dato|fecha|дата|päivämäärä|päiväys|"
    r"to|à|an|a|aan|til|till|do|para|кому|vastaanottaja|"
    r"cc|subject|objet|betreff|oggetto|onderwerp|emne|ämne|temat|тема|aihe|"
    r"assunto|asunto"
)
HEADER = re.compile(rf"^[>\s*_]*({HEADER_WORDS})\s*[*_]*\s*:[*_]*\s*\S", re.IGNORECASE)
FROM = re.compile(
    r"^[>\s*_]*(from|de|von|da|van|fra|från|od|от|lähettäjä|sender)\s*[*_]*\s*:"
    r"[*_]*\s*\S",
    re.IGNORECASE,
)
# “On …, … wrote:” in the languages in which mail programs write it.
WROTE = re.compile(
    r"^[>\s]*(on|le|am|il|el|em|op|den|på|d\.|w dniu|dnia|ke|ma|ti|to|pe|la|su)?\b.*"
    r"(wrote|writes|a écrit|écrit|schrieb|ha scritto|escribió|escreveu|schreef|skrev|"
    r"napisał(\(a\))?|napisała|kirjoitti|писал\(?а?\)?|написал\(?а?\)?|пишет|"
    r"geschrieben|pisze|a scris|yazdı)\b.{0,60}:\s*$",
    re.IGNORECASE,
)
WROTE_FIRST = re.compile(
    r"^[>\s]*(schrieb|skrev|kirjoitti)\b.{3,200}:\s*$", re.IGNORECASE
)
ORIGINAL = re.compile(
    r"^[>\s]*[-_*=]{2,}\s*(original|ursprüngliche|message d.origine|"
    r"messaggio originale|oorspronkelijk|original message|reply message|"
    r"mensaje original|mensagem original|forwarded|weitergeleitet|message transféré|"
    r"opprinnelig|oprindelig|ursprungligt|alkuperäinen|doorgestuurd|inoltrato|"
    r"исходное|пересылаемое|wiadomość oryginalna|vidarebefordrat|videresendt|"
    r"messaggio inoltrato|mensagem encaminhada|begin forwarded)\b.*$|"
    r"^[>\s]*(begin forwarded message|début du message réexpédié|"
    r"anfang der weitergeleiteten nachricht|inicio del mensaje reenviado)\s*:\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*(_{10,}|-{20,}|={20,})\s*$")
SIGNED = re.compile(r"^\s*(--|—|–|__|-\w|- \w\S* ?\S*$)\s*$|^\s*-- ?$")
DEVICE = re.compile(
    r"^\s*(sent (from|via) (my |the )?|get outlook for|"
    r"envoyé (de|depuis|à partir de) (mon |ma |l|outlook)|"
    r"von meine[mr] .{0,40}gesendet|gesendet (von|mit)|inviato da|"
    r"enviado (desde|do|de)|verzonden (vanaf|met|via)|skickat från|sendt fra|"
    r"lähetetty|отправлено (с|из)|"
    r"wysłane z|obter o outlook|télécharger outlook|enviado a partir)"
    r".{0,70}$",
    re.IGNORECASE,
)
QUOTED = re.compile(r"^\s{0,3}>")
# “… 14:41, "Ada" <ada@example.org>:” of programs that write no verb.
ADDRESSED = re.compile(r"<[^<>\s]+@[^<>\s]+>\s*:\s*$")
# A quick look: without one of these verbs the costly patterns need not be tried.
VERB = re.compile(
    r"wrote|writes|écrit|schrieb|scritto|escribió|escreveu|schreef|skrev|napisał|"
    r"kirjoitti|писал|пишет|geschrieben|pisze|scris|yazdı",
    re.IGNORECASE,
)
# “On … John <john@example.org> wrote” without its colon, or between dashes.
BARE = re.compile(
    r"^[>\s]*(-{2,}\s*)?(on|le|am|el|il|em)\s.{0,300}\S@\S.{0,80}"
    r"(wrote|a écrit|schrieb|escribió|ha scritto|escreveu)\s*(-{2,})?\s*$",
    re.IGNORECASE,
)
OPENS = re.compile(
    r"^[>\s]*(on |le |am |il |el |em |op |den |på |w dniu |dnia |ma |ti |ke |to |pe |"
    r"\d{1,4}[-./]\d|mon|tue|wed|thu|fri|sat|sun|\S{2,3}\.? \d|"
    r".{0,80}<[^<>\s]+@[^<>\s]+>)",
    re.IGNORECASE,
)
TIMED = re.compile(r"\d{1,2}[:.h]\d{2}")
DATED = re.compile(r"\d{1,2}[:.h]\d{2}|\b(19|20)\d{2}\b|<[^<>\s]+@|@\S+\.\w")
CLOSING = re.compile(
    r"^\s*((best|kind|warm|kindest|with best|with kind)\s+)?regards\s*[,.!]?\s*$|"
    r"^\s*((bien|très) )?cordialement\s*[,.!]?\s*$|"
    r"^\s*(mit freundlichen grüßen|viele grüße|mfg)\s*[,.!]?\s*$",
    re.IGNORECASE,
)
