"""Transcripts of what people say: numbers in words, spelt names, hesitations, "répétez"."""

from __future__ import annotations

import pytest

from flows.understanding import understand


@pytest.mark.parametrize(
    ("said", "insee"),
    [
        ("quatre-vingt-quinze mille cent vingt", "95219"),
        ("quatre vingt quinze cent vingt", "95219"),
        ("neuf cinq un deux zéro", "95219"),
        ("95 120", "95219"),
        ("95 mille 120", "95219"),
        ("euh c'est le quatre-vingt-quinze mille cent vingt", "95219"),
        ("soixante-neuf zéro zéro trois", "69383"),
        ("soixante quinze zéro treize", "75113"),
        ("treize mille un", "13201"),
        ("zéro six mille deux cents", "06088"),
        ("quatre-vingt-dix-sept quatre cents", "97411"),
        ("quatre-vingt-dix-sept mille deux cents", "97209"),
        ("à Ermont dans le quatre-vingt-quinze", "95219"),
    ],
)
def test_a_postal_code_may_be_said(said: str, insee: str) -> None:
    assert understand(said, "commune").commune == insee


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("le deux", (2,)),
        ("euh la première", (1,)),
        ("la douze", (12,)),
        ("annonce mille deux cent trois", (1203,)),
        ("numéro quatre mille huit cent vingt et un", (4821,)),
        ("l'annonce trois cent douze", (312,)),
    ],
)
def test_a_number_may_be_said(said: str, numbers: tuple[int, ...]) -> None:
    understood = understand(said)
    assert (understood.intent, understood.numbers) == ("choose", numbers)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("m a r t h e", "Marthe"),
        ("marthe m a r t h e", "Marthe"),
        ("P-I-E-deux R-E", "Pierre"),
        ("m comme marcel a comme anatole r comme robert c comme célestin", "Marc"),
        ("alors euh moi c'est Geneviève", "Geneviève"),
    ],
)
def test_a_name_may_be_spelt(said: str, name: str) -> None:
    assert understand(said, "first_name").name == name


@pytest.mark.parametrize("said", ["j'ai quatre-vingt-trois ans", "deux trois bricoles", "s v p"])
def test_what_is_no_code_stays_as_it_was_said(said: str) -> None:
    understood = understand(said)
    assert (understood.communes, understood.numbers, understood.name) == ((), (), None)


@pytest.mark.parametrize(
    "said",
    [
        "répétez",
        "vous pouvez répéter s'il vous plaît",
        "pardon ?",
        "comment ?",
        "hein",
        "quoi ?",
        "plaît-il ?",
        "j'ai pas bien entendu",
        "euh qu'est-ce que vous dites",
        "encore une fois",
        "plus lentement",
    ],
)
@pytest.mark.parametrize("awaiting", [None, "confirmation", "proposal"])
def test_whoever_did_not_hear_says_so(said: str, awaiting: str | None) -> None:
    understood = understand(said, awaiting)
    assert (understood.intent, understood.call) == ("help", "again")


@pytest.mark.parametrize("said", ["au revoir", "merci au revoir", "bon ben au revoir madame"])
def test_goodbye_ends_a_call(said: str) -> None:
    understood = understand(said)
    assert (understood.intent, understood.call) == ("thanks", "goodbye")


@pytest.mark.parametrize(
    ("said", "awaiting", "intent"),
    [
        ("oui je veux bien", "proposal", "yes"),
        ("euh ben oui", "confirmation", "yes"),
        ("non merci", "proposal", "no"),
        ("ah ben non là je peux pas", "proposal", "no"),
        ("la suivante", None, "more"),
        ("je veux parler à quelqu'un", None, "human"),
        ("allô", None, "greeting"),
    ],
)
def test_answers_are_heard_as_they_are_said(said: str, awaiting: str | None, intent: str) -> None:
    assert understand(said, awaiting).intent == intent
