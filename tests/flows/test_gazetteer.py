"""The gazetteer finds what people mean, asks when it can't know, and never looks across the sea."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.gazetteer import Gazetteer, gazetteer, normalise
from models.geography.table import Place

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "commune_cases.jsonl").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return gazetteer()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["text"]))
def test_what_people_write_leads_to_their_commune_or_to_a_question(
    places: Gazetteer, case: dict[str, str | None]
) -> None:
    found = places.resolve(str(case["text"]))
    assert (found.insee if isinstance(found, Place) else None) == case["insee"]


def test_a_former_town_and_a_village_of_its_name_are_both_offered(places: Gazetteer) -> None:
    assert [candidate.place.insee for candidate in places.search("evry")[:2]] == ["91228", "89162"]


def test_two_large_homonyms_are_offered_largest_first(places: Gazetteer) -> None:
    found = places.resolve("saint denis")
    assert isinstance(found, list)
    assert [place.insee for place in found[:2]] == ["97411", "93066"]


def test_the_commune_named_before_tells_homonyms_apart(places: Gazetteer) -> None:
    near_paris = places.resolve("saint denis", near="95219")
    near_saint_paul = places.resolve("saint denis", near="97415")
    assert isinstance(near_paris, Place)
    assert isinstance(near_saint_paul, Place)
    assert (near_paris.insee, near_saint_paul.insee) == ("93066", "97411")


def test_a_postal_code_gives_its_communes_largest_first(places: Gazetteer) -> None:
    found = places.by_postal_code("51300")
    assert len(found) == 46
    assert found[0].name == "Vitry-le-François"
    populations = [place.population for place in found]
    assert populations == sorted(populations, reverse=True)


def test_the_postal_code_of_an_arrondissement_is_not_the_whole_city(places: Gazetteer) -> None:
    assert [place.insee for place in places.by_postal_code("75013")] == ["75113"]
    assert [place.insee for place in places.by_postal_code("75000")] == ["75056"]


def test_a_cedex_code_leads_to_its_town(places: Gazetteer) -> None:
    assert [place.name for place in places.by_postal_code("44042")] == ["Nantes"]


def test_marseille_13_may_be_the_city_or_the_arrondissement(places: Gazetteer) -> None:
    found = places.resolve("marseille 13")
    assert isinstance(found, list)
    assert {place.insee for place in found} == {"13055", "13213"}


def test_a_departement_alone_is_a_hint_but_no_commune(places: Gazetteer) -> None:
    assert places.resolve("val d'oise") is None
    assert places.departements_in("val d'oise") == {"95"}
    assert places.departements_in("dept 93") == {"93"}
    assert places.departements_in("en guadeloupe") == {"971"}


def test_a_departement_that_contradicts_the_name_makes_a_question(places: Gazetteer) -> None:
    found = places.resolve("ermont 77")
    assert not isinstance(found, Place)


def test_former_names_lead_to_todays_commune(places: Gazetteer) -> None:
    names = places.lookup_name("chalons sur marne")
    assert [(name.kind, name.insee) for name in names] == [("former", ("51108",))]


def test_names_are_normalised_as_texts_are() -> None:
    assert normalise("St-Ouen l'Aumône") == normalise("saint ouen l aumone")
    assert normalise("Vitry s/ Seine") == normalise("VITRY-SUR-SEINE")
    assert normalise("Œuf-en-Ternois") == "oeuf en ternois"


def test_an_unknown_code_is_an_error(places: Gazetteer) -> None:
    assert places.get("99999") is None
    with pytest.raises(KeyError):
        places["99999"]


# Neighbours


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("33009", "33236", id="Arcachon, Lège-Cap-Ferret"),
        pytest.param("29019", "29042", id="Brest, Crozon"),
        pytest.param("56121", "56181", id="Lorient, Port-Louis"),
        pytest.param("17306", "33544", id="Royan, Le Verdon"),
        pytest.param("33058", "33146", id="Blaye, Cussac: the Gironde"),
        pytest.param("17019", "85294", id="Île de Ré, La Tranche"),
        pytest.param("97209", "97231", id="Fort-de-France, Les Trois-Îlets"),
        pytest.param("97105", "97131", id="Basse-Terre, Les Saintes"),
        pytest.param("97608", "97611", id="Petite-Terre, Grande-Terre of Mayotte"),
        pytest.param("98735", "98729", id="Tahiti, Moorea"),
        pytest.param("98754", "98745", id="Raiatea, Tahaa"),
        pytest.param("97501", "97502", id="Miquelon, Saint-Pierre"),
        pytest.param("97701", "97801", id="Saint-Barthélemy, Saint-Martin"),
        pytest.param("56087", "56088", id="Île-aux-Moines, Île-d'Arz"),
    ],
)
def test_the_sea_keeps_apart(places: Gazetteer, one: str, other: str) -> None:
    assert places.distance_km(one, other) < 50
    assert other not in dict(places.neighbours(one, 50))
    assert one not in dict(places.neighbours(other, 50))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("17300", "17297", id="La Rochelle, Île de Ré: bridge"),
        pytest.param("17058", "17093", id="Oléron: bridge"),
        pytest.param("85012", "85011", id="Noirmoutier: bridge"),
        pytest.param("44184", "44154", id="Saint-Nazaire, Saint-Brevin: bridge"),
        pytest.param("29019", "29189", id="Brest, Plougastel: bridge"),
        pytest.param("35288", "35093", id="Saint-Malo, Dinard: dam"),
        pytest.param("97101", "97103", id="Les Abymes, Baie-Mahault: bridge"),
        pytest.param("01071", "74012", id="Pays de Gex, Annemasse: Switzerland, not the sea"),
        pytest.param("98735", "98715", id="Papeete, Faaa"),
        pytest.param("98611", "98612", id="Futuna"),
    ],
)
def test_bridges_and_land_join(places: Gazetteer, one: str, other: str) -> None:
    assert other in dict(places.neighbours(one, 50))


def test_neighbours_start_with_the_commune_itself_and_go_outwards(places: Gazetteer) -> None:
    found = places.neighbours("95219", 5)
    assert found[0] == ("95219", 0.0)
    distances = [km for _, km in found]
    assert distances == sorted(distances)
    assert all(km <= 5 for km in distances)
    assert "95203" in dict(found)


def test_a_city_and_its_arrondissements_are_always_near(places: Gazetteer) -> None:
    assert {f"751{number:02}" for number in range(1, 21)} <= dict(
        places.neighbours("75056", 2)
    ).keys()
    assert dict(places.neighbours("75116", 2))["75056"] <= 1


def test_nearness_goes_both_ways(places: Gazetteer) -> None:
    for insee in ("29019", "33009", "75056", "97101", "2A004", "98735"):
        for other, km in places.neighbours(insee, 15):
            assert dict(places.neighbours(other, 15))[insee] == pytest.approx(km)


def test_distances_are_right_to_a_kilometre_or_two(places: Gazetteer) -> None:
    assert places.distance_km("75056", "13055") == pytest.approx(661, abs=3)
    assert places.distance_km("95219", "95219") == 0


# Any text at all


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_result_and_always_the_same(text: str) -> None:
    places = gazetteer()
    found = places.resolve(text)
    assert found is None or isinstance(found, Place) or 1 <= len(found) <= 6
    fresh = places.search(text)
    assert fresh == places.search(text)
    assert all(0 < candidate.score <= 100 for candidate in fresh)


@given(st.text(max_size=60))
@settings(deadline=None)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.sampled_from(gazetteer().places), st.sampled_from(["{0} {1}", "{0} ({1})", "{1} {0}"]))
@settings(max_examples=200, deadline=None)
def test_a_whole_name_with_its_departement_is_found(place: Place, form: str) -> None:
    found = gazetteer().search(form.format(place.name, place.departement))
    assert place.insee in [candidate.place.insee for candidate in found]
    # Ahead of it may only be a name that more people mean, such as a town's former one.
    assert found[0].place.insee == place.insee or found[0].population > place.population
