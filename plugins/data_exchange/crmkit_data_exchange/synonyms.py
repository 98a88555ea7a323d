"""What people call the fields of leads and contacts, in several languages.

Each entry is a field and the folded headers that mean it, the most certain first; a
header may hold more words than these (`main contact email` holds `email`).
"""

from __future__ import annotations

import re

from crmkit_data_exchange.names import fold_header

_ANY = """
email: email, e mail, mail, email address, e mail address, email 1, email work, work
    email, courriel, adresse email, adresse e mail, adresse mail, mel, e mail adresse,
    mail adresse, correo, correo electronico, email home
phone: phone, phone number, telephone, tel, telephone number, business phone, work
    phone, phone work, office phone, direct phone, numero de telephone, tel fixe,
    fixe, telefon, telefonnummer, rufnummer, telefono, contact phone number, mobile
    phone, mobile, cell, cell phone, portable, tel portable, handy, movil, home phone
website: website, web site, url, web, homepage, home page, web page, link, company
    website, site web, site internet, site, webseite, internet, pagina web, sitio web,
    company link to gpg info, company link
street: street, street address, address, address 1, address line 1, adresse, rue,
    voie, adresse 1, strasse, anschrift, direccion, calle, indirizzo, business
    address, home address
street2: street 2, address 2, address line 2, adresse 2, complement d adresse,
    complement adresse, adresszusatz
zip: zip, zip code, zipcode, postal code, postcode, post code, code postal, cp, plz,
    postleitzahl, codigo postal, cap
city: city, town, ville, commune, localite, ort, stadt, wohnort, ciudad, poblacion,
    comune
state: state, region, province, county, departement, etat, bundesland, provincia,
    estado
country: country, country code, pays, code pays, land, staat, pais, office location
language: language, lang, langue, locale, sprache, idioma
owner: owner, salesperson, sales person, sales rep, sales agent, account owner,
    account manager, assigned to, responsible, lead owner, deal owner, opportunity
    owner, contact owner, proprietaire, commercial, vendeur, responsable, attribue a,
    gestionnaire, besitzer, verantwortlich, zustandig, vertriebsmitarbeiter, vendedor,
    propietario, agente, sales
tags: tags, tag, labels, label, categories, category, etiquettes, mots cles,
    categorie, schlagworter, etiquetas
currency: currency, currency code, devise, monnaie, wahrung, moneda
"""
_LEAD = """
name: lead name, opportunity name, deal name, opportunity, deal, lead, title, subject,
    deal title, name, affaire, opportunite, nom de l opportunite, intitule, objet,
    sujet, titre, libelle, piste, bezeichnung, betreff, verkaufschance, titel,
    oportunidad, asunto, titulo, nombre
contact_name: contact name, contact, contact person, full name, person, person name,
    customer name, nom du contact, interlocuteur, personne, nom complet,
    ansprechpartner, kontakt, contacto, persona
company_name: company name, company, account, account name, organization,
    organisation, organization name, customer, client, business, employer name,
    employer, societe, entreprise, raison sociale, nom de la societe, compte, firma,
    unternehmen, kunde, empresa, compania, cliente
kind: kind, type, record type
stage: stage, deal stage, pipeline stage, sales stage, lead stage, opportunity stage,
    step, etape, phase, stade, phase de vente, stufe, verkaufsphase, etapa, fase
status: status, lead status, deal status, opportunity status, state of deal, outcome,
    result, statut, etat, resultat, ergebnis, estado, resultado
team: team, sales team, regional office, office, department, equipe, equipe
    commerciale, agence, vertriebsteam, abteilung, equipo
priority: priority, rating, priorite, prioritat, prioridad
source: source, lead source, origin, origine, provenance, quelle, herkunft, origen,
    fuente
medium: medium, channel, canal, kanal
campaign: campaign, campaign name, campagne, kampagne, campana
expected_revenue: expected revenue, amount, value, deal value, close value, deal
    amount, revenue, opportunity amount, expected amount, price, montant, montant ht,
    valeur, chiffre d affaires, ca, ca attendu, revenu attendu, betrag, wert, umsatz,
    erwarteter umsatz, importe, monto, valor, ingresos
probability: probability, probability percent, win probability, chance, probabilite,
    wahrscheinlichkeit, probabilidad
expected_close: expected close, expected close date, close date, closing date,
    expected closing, estimated close date, date de cloture, cloture prevue, date de
    signature, echeance, abschlussdatum, erwarteter abschluss, fecha de cierre
lost_reason: lost reason, loss reason, reason lost, closed lost reason, raison de la
    perte, motif de perte, motif, verlustgrund, motivo de perdida
lost_note: lost note, loss note, loss comment, closing note
description: description, notes, note, comment, comments, remarks, background,
    commentaire, commentaires, remarques, bemerkung, notizen, beschreibung, notas,
    comentarios, descripcion
closed_at: closed at, closed on, date closed, closed date, won date
created_at: created at, created on, created, create date, creation date, date created,
    engage date, date de creation, cree le, erstellt am, fecha de creacion
"""
_CONTACT = """
name: name, full name, contact name, display name, company name, employer name,
    organization name, organisation name, account name, account, raison sociale, nom
    complet, nom, denomination, nom de la societe, societe, entreprise, firmenname,
    firma, vollstandiger name, nombre, nombre completo, razon social, security,
    gestore, company, organization, organisation
company: company, company name, organization, organisation, account, employer,
    societe, entreprise, firma, unternehmen, empresa
job_title: job title, title, position, role, function, responsible title, fonction,
    poste, titre, funktion, berufsbezeichnung, cargo, puesto, occupation
kind: kind, contact kind, record type
vat: vat, vat number, vat id, tax id, tax number, tva, numero de tva, n tva, tva
    intracommunautaire, ust id, ust idnr, umsatzsteuer id, nif, cif, iva, partita iva
registration_number: registration number, company number, company registration number,
    siren, siret, numero siren, n siren, n siret, handelsregisternummer,
    registernummer, certification number
industry: industry, sector, sic codes, sic code, sic, naics code, naics, gics sector,
    line of business, activite principale, activite, secteur, secteur d activite, code
    naf, naf, ape, code ape, branche, wirtschaftszweig, sector de actividad, actividad
employees: employees, employer size, company size, number of employees, employee
    count, headcount, size, staff, tranche effectifs, effectif, effectifs, tranche d
    effectifs, nombre de salaries, mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter,
    empleados, numero de empleados
description: description, notes, note, comment, comments, remarks, background,
    commentaire, commentaires, remarques, bemerkung, notizen, notas, comentarios
"""
_WORDS = """
first_name: first, first name, firstname, forename, given name, nombre de pila,
    prenom, vorname
last_name: apellido, apellidos, family name, last, last name, lastname, nachname, nom
    de famille, surname
persons_title: titel, title, titre, titulo
won: closed won, conclu, gagne, gagnee, ganada, ganado, gewonnen, signe, success, win,
    won
lost: abandoned, annule, closed lost, dead, loss, lost, perdida, perdido, perdu,
    perdue, verloren
open: abierta, abierto, en cours, in arbeit, in progress, new, nouveau, offen, open,
    ouvert, ouverte
"""


def _read_words(text: str) -> dict[str, tuple[str, ...]]:
    entries = re.findall(r"^(\w+): (.+(?:\n .+)*)", text, re.MULTILINE)
    return {name: tuple(map(fold_header, words.split(","))) for name, words in entries}


_SETS = {name: frozenset(words) for name, words in _read_words(_WORDS).items()}

FIRST_NAMES = _SETS["first_name"]
LAST_NAMES = _SETS["last_name"]
# In a list of people these are what they do, not what a deal is called.
PERSONS_TITLES = _SETS["persons_title"]
WON_WORDS = _SETS["won"]
LOST_WORDS = _SETS["lost"]
OPEN_WORDS = _SETS["open"]
HEADERS: dict[str, dict[str, tuple[str, ...]]] = {
    "lead": _read_words(_ANY) | _read_words(_LEAD),
    "contact": _read_words(_ANY) | _read_words(_CONTACT),
}
