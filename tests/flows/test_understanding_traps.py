"""Traps that were met by hand, each with its kin: keywords, odd services, answers that mislead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.understanding import understand

TEXTS = Path(__file__).parents[2] / "flows" / "texts"

KEYWORDS = {
    ("NEED", None): "need",
    ("OFFER", None): "offer",
    ("MY LISTINGS", None): "mine",
    ("MORE", None): "more",
    ("CALL ME", None): "human",
    ("REPORT", None): "report",
    ("BACK", None): "start",
    ("MENU", None): "help",
    ("DELETE", None): "delete",
    ("DONE", None): "done",
    ("MY DATA", None): "data",
    ("ERASE ALL", None): "delete",
    ("ERASE", "erase"): "delete",
    ("PUBLISH", "confirmation"): "yes",
    ("LIST", None): "search",
    ("OK", "callback"): "yes",
    ("OTHER", "categories"): "unclear",
    ("PAUSE", None): "pause",
    ("START", None): "start",
    ("STOP", None): "stop",
    ("ENGLISH", None): "language",
    ("FRANCAIS", None): "language",
    ("BESOIN", None): "need",
    ("OFFRE", None): "offer",
    ("SUITE", None): "more",
    ("LISTE", None): "search",
    ("RAPPEL", None): "human",
    ("MES ANNONCES", None): "mine",
    ("FAIT", None): "done",
    ("SUPPRIMER", None): "delete",
    ("OUBLIE", None): "forget",
    ("FERIES OUI", None): "holidays",
    ("FERIES NON", None): "holidays",
    ("FORGET", None): "forget",
    ("HOLIDAYS OK", None): "holidays",
    ("HOLIDAYS NO", None): "holidays",
    ("PUBLIER", "confirmation"): "yes",
    ("EFFACER", "erase"): "delete",
    ("EFFACER TOUT", None): "delete",
    ("MES DONNEES", None): "data",
    ("REPRISE", None): "start",
    ("AIDE", None): "help",
    ("SIGNALER", None): "report",
    ("OUI", "callback"): "yes",
    ("NON", "callback"): "no",
    ("NO", "callback"): "no",
    ("AUTRE", "categories"): "unclear",
}
NO_KEYWORDS = {"SMS", "URGENCE", "DANGER", "EMERGENCY"}


@pytest.mark.parametrize(("keyword", "intent"), KEYWORDS.items())
def test_every_keyword_is_understood(keyword: tuple[str, str | None], intent: str) -> None:
    text, awaiting = keyword
    understood = understand(text, awaiting)
    assert (understood.intent, understood.name) == (intent, None)
    assert not understood.communes


@pytest.mark.parametrize("file", ["fr.toml", "en.toml"])
def test_no_keyword_of_the_texts_is_missing_above(file: str) -> None:
    lines = (TEXTS / file).read_text("utf-8").splitlines()
    words = {
        found
        for line in lines
        if not line.startswith("#")
        for found in re.findall(r"\b[A-Z]{2,}(?: [A-Z]{2,})*\b", line)
    }
    assert words - NO_KEYWORDS <= {text for text, _ in KEYWORDS}


def test_a_keyword_takes_its_number() -> None:
    assert understand("DELETE 1001").numbers == (1001,)
    assert understand("DONE 1001").numbers == (1001,)


@pytest.mark.parametrize(
    ("text", "intent", "categories"),
    [
        ("besoin de qqun pour deneiger devant chez moi a ermont Ginette", "need", ("domicile",)),
        ("enlever la neige devant ma porte svp", "need", ("domicile",)),
        ("besoin d'une perruque pour theatre", "need", ("autre",)),
        ("moi je peux rien faire désolé", "no", ()),
        ("can someone drive me to the doctor in Nice? Mary", "need", ("medecin",)),
        ("merci beaucoup c'est trouvé", "done", ()),
        ("je voudrais promener des chiens, croix rousse lyon, Zoé", "offer", ("animaux",)),
        ("Occupe, je rappelle", "unclear", ()),
        ("Je suis en reunion", "unclear", ()),
        ("je conduis, je vous rappelle", "unclear", ()),
        ("Ceci est un message automatique", "unclear", ()),
    ],
)
def test_what_unusual_people_want(text: str, intent: str, categories: tuple[str, ...]) -> None:
    understood = understand(text)
    assert (understood.intent, understood.categories) == (intent, categories)


@pytest.mark.parametrize(
    "text", ["OFFRE COURSES ERMONT Zoé", "offre courses ermont, zoé", "courses à Ermont. Zoé"]
)
def test_a_name_that_is_a_rare_word_signs(text: str) -> None:
    assert understand(text).name == "Zoé"


def test_two_figures_in_a_row_are_no_departement() -> None:
    assert understand("appelle le 06").communes == ()
    assert understand("coudre 06 - 12").communes == ()
    answer = understand("Marie 06 12", "first_name")
    assert (answer.name, answer.communes, answer.numbers) == ("Marie", (), ())
    assert understand("courses à Saint-Paul 06").commune == "06128"


def test_an_insult_is_neither_a_name_nor_a_place() -> None:
    answer = understand("Salope", "first_name")
    assert (answer.name, answer.communes) == (None, ())


def test_a_yes_with_but_is_a_yes_with_a_condition() -> None:
    answer = understand("oui mais appelle moi au 06 39 98 00 01", "proposal")
    assert (answer.intent, answer.condition) == ("yes", "appelle moi au 06 39 98 00 01")
    assert answer.numbers == ()
    answer = understand("oui mais va sur arnaque.com", "proposal")
    assert (answer.intent, answer.refused) == ("yes", ("link",))
