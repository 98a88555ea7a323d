"""Invented firms and people; their domains and numbers lead to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from crmkit.core import fold

if TYPE_CHECKING:
    from random import Random

FRANCE, BRITAIN = "FR", "GB"


def _words(text: str) -> list[str]:
    return text.split()


_STEMS = {
    FRANCE: _words(
        "Orsanel Duvallon Kermadic Sévrine Lacazotte Bocagère Astérane Rivoirel "
        "Tessiane Orvaultine Pontevray Marchesombre Valdorien Chantelune Bellerocaine "
        "Montferrane Saulnaie Roquetour Brévalin Cormeilline Vaubrune Hautegrive "
        "Lormoise Clairvaline Fontebrise Grandval-Lys Jonchère-Bas Périgandes "
        "Quatrevents Sorgemont Thorignel Varennelle Beaucourtin Escaladieu-Nord "
        "Florimel Guérandine Noiremont-Val Ombreval Passerive Rochegrise"
    ),
    BRITAIN: _words(
        "Brightwellow Northgarth Stonewether Tidewick Marlowby Kestrelholm Fenwickle "
        "Penninghurst Haldenpike Ashcombely Birkendale Coldharrow Dunmarrow "
        "Eastlowe Foxgarrow Greyhithe Harrowmere Ivelstone Kirkhollow Larchmoor "
        "Millbarrow Oakhampstead Pellwether Quillhurst Ravensworthy Saltmarch "
        "Thornelby Underwald Wexbourne Yarrowfield Alderwick Brackenshaw "
        "Copperhythe Drummerfold Elmsworthy Farrowdale Hollowick Netherbrook "
        "Otterleigh Wrenbury-Low"
    ),
}
_TRADES = {
    FRANCE: (
        ("Fonderies {}", "Fonderie"),
        ("Ateliers {}", "Mécanique"),
        ("Transports {}", "Transport"),
        ("Laboratoires {}", "Pharmacie"),
        ("Coopérative {}", "Agriculture"),
        ("Boulangeries {}", "Alimentaire"),
        ("Verrerie {}", "Verre"),
        ("Cartonnages {}", "Emballage"),
        ("Imprimerie {}", "Imprimerie"),
        ("Groupe {}", "Services"),
        ("{} Énergies", "Énergie"),
        ("Clinique {}", "Santé"),
        ("Laiterie {}", "Alimentaire"),
        ("Serres {}", "Agriculture"),
        ("Eaux {}", "Eau"),
        ("Hôtels {}", "Hôtellerie"),
    ),
    BRITAIN: (
        ("{} Foods", "Food"),
        ("{} Logistics", "Transport"),
        ("{} Marine", "Marine"),
        ("{} Hotels", "Hospitality"),
        ("{} Dental Group", "Health"),
        ("{} Aviation Parts", "Aerospace"),
        ("{} & Sons", "Construction"),
        ("{} Renewables", "Energy"),
        ("{} Cold Storage", "Cold chain"),
        ("{} Packaging", "Packaging"),
        ("{} Water", "Water"),
        ("{} Breweries", "Food"),
        ("{} Ceramics", "Ceramics"),
        ("{} Glasshouses", "Agriculture"),
        ("{} Print Works", "Printing"),
        ("{} Castings", "Foundry"),
    ),
}
_CITIES = {
    FRANCE: _words("Lyon Nantes Lille Rennes Dijon Grenoble Tours Reims Angers Metz"),
    BRITAIN: _words("London Leeds Bristol Sheffield Norwich Exeter York Derby Hull"),
}
_FIRST = {
    FRANCE: _words(
        "Anne Bastien Claire Damien Élise Fabien Gaëlle Hugo Inès Julien Karim Léa "
        "Marc Nadia Olivier Pauline Quentin Rachida Sophie Théo Valérie Yann Zoé Luc"
    ),
    BRITAIN: _words(
        "Adam Beth Callum Dana Edward Freya Grace Hannah Imran Julia Keith Laura "
        "Mia Neil Oliver Priya Rob Ruth Sam Tara Victor Wendy Dan Joanne"
    ),
}
_LAST = {
    FRANCE: _words(
        "Aubrelle Bellangier Corvaisin Delatrel Ferracci-Lou Gaudinelle Hervouin "
        "Jolivard Kerloc Lemasson-Roy Morvanec Noblecourt Orvaline Perrichon "
        "Quentrec Rouvelin Sarrazy Tournelle Vassalin Villemorin Bourdelat Charvolin"
    ),
    BRITAIN: _words(
        "Aldousley Bramwick Carrowby Dunthorpe Ellingworth Fairbrace Garsdaley "
        "Hathergill Ingleson Jessopham Kettlewick Larkinby Marchbank Nethercote "
        "Oakshotte Pendrigan Quarmley Rushbridger Sandifold Tolliver-May Underhay "
        "Whitlowe"
    ),
}


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented company."""

    name: str
    domain: str
    city: str
    country: str
    industry: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented who works in a firm."""

    name: str
    email: str
    phone: str
    firm: Firm


def invent_firms(rng: Random, count: int) -> list[Firm]:
    """At most `count` firms, half of them French, no two of one name."""
    halves = [_invent(rng, country) for country in (FRANCE, BRITAIN)]
    mixed = [firm for pair in zip(*halves, strict=True) for firm in pair]
    return mixed[:count]


def _invent(rng: Random, country: str) -> list[Firm]:
    pairs = list(product(_STEMS[country], _TRADES[country]))
    rng.shuffle(pairs)
    firms = []
    for stem, (pattern, industry) in pairs:
        name = pattern.format(stem)
        words = "".join(c if c.isalnum() else " " for c in fold(name)).split()
        domain = "-".join(words) + ".example"
        city = rng.choice(_CITIES[country])
        firms.append(Firm(name, domain, city, country, industry))
    return firms


def invent_person(rng: Random, firm: Firm) -> Person:
    """Somebody who works in `firm`."""
    first, last = rng.choice(_FIRST[firm.country]), rng.choice(_LAST[firm.country])
    local = f"{fold(first)}.{fold(last)}"
    return Person(
        f"{first} {last}",
        f"{local}@{firm.domain}",
        invent_phone(rng, firm.country),
        firm,
    )


def invent_phone(rng: Random, country: str) -> str:
    """A number of a range that is kept for fiction."""
    if country == BRITAIN:
        return f"01632 960{rng.randrange(1000):03}"
    start = rng.choice(("01 99 00", "06 39 98"))
    return f"{start} {rng.randrange(100):02} {rng.randrange(100):02}"
