"""The shipped table of communes is whole, small, and loads into the database."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from smsutil import is_valid_gsm
from sqlalchemy import func, select

from models.commune import Commune, CommuneName
from models.database import Database
from models.geography.load import communes_are_current, load_communes
from models.geography.table import (
    DEPARTEMENTS,
    TABLE,
    city_of,
    read_names,
    read_places,
    read_table,
    read_version,
)


def test_the_shipped_file_is_under_two_megabytes() -> None:
    assert TABLE.stat().st_size < 2_000_000


def test_every_commune_of_the_official_code_is_there() -> None:
    places = read_places()
    assert len(places) == 35_008
    assert len({place.insee for place in places}) == len(places)
    assert sum(city_of(place.insee) is not None for place in places) == 45
    assert {place.departement for place in places} == DEPARTEMENTS.keys()
    assert sum(place.population for place in places if not city_of(place.insee)) > 68_000_000


def test_every_place_has_all_that_is_needed() -> None:
    for place in read_places():
        assert re.fullmatch(r"\d[\dAB]\d{3}", place.insee), place
        assert place.name, place
        assert place.spoken_name, place
        assert place.postal_codes, place
        assert all(re.fullmatch(r"\d{5}", code) for code in place.postal_codes), place
        assert -28 <= place.latitude <= 51.2, place
        assert -180 <= place.longitude <= 168.2, place
        assert (place.latitude, place.longitude) != (0, 0), place
        assert ZoneInfo(place.time_zone), place
        assert place.mairie_phone is None or re.fullmatch(r"\+\d{11,12}", place.mairie_phone), place


def test_metropolitan_communes_lie_in_metropolitan_france() -> None:
    for place in read_places():
        if place.insee < "97":
            assert 41.3 < place.latitude < 51.2, place
            assert -5.2 < place.longitude < 9.6, place


def test_short_names_fit_an_sms() -> None:
    for place in read_places():
        assert is_valid_gsm(place.short_name), place
        assert len(place.short_name) <= 40, place


def test_nearly_every_mairie_has_a_telephone() -> None:
    with_phone = [place for place in read_places() if place.mairie_phone]
    assert len(with_phone) > 34_500


def test_arrondissements_are_short_in_writing_and_whole_in_speech() -> None:
    paris = {place.insee: place for place in read_places()}["75113"]
    assert (paris.short_name, paris.spoken_name) == ("Paris 13e", "Paris treizième")


def test_polynesia_lives_in_three_time_zones() -> None:
    places = {place.insee: place for place in read_places()}
    assert places["98735"].time_zone == "Pacific/Tahiti"
    assert places["98731"].time_zone == "Pacific/Marquesas"
    assert places["98719"].time_zone == "Pacific/Gambier"


def test_every_name_leads_to_a_commune_of_today() -> None:
    known = {place.insee for place in read_places()}
    kinds = set()
    for name, kind, insee in read_names():
        assert name
        assert insee in known, name
        kinds.add(kind)
    assert kinds == {"current", "delegated", "associated", "former", "nickname", "locality"}


def test_being_apart_goes_both_ways() -> None:
    apart = read_table().apart
    assert apart
    for one, others in apart.items():
        assert all(one in apart[other] for other in others)


def test_the_database_holds_what_the_file_holds(database: Database) -> None:
    with database.reading() as session:
        assert communes_are_current(session)
        assert session.scalar(select(func.count()).select_from(Commune)) == 35_008
        ermont = session.get(Commune, "95219")
        assert ermont is not None
        assert (ermont.name, ermont.postal_codes) == ("Ermont", "95120")
        former = select(CommuneName.insee).where(CommuneName.name == "Châlons-sur-Marne")
        assert session.scalar(former) == "51108"


def test_loading_again_changes_nothing(database: Database) -> None:
    calls: list[tuple[int, int]] = []
    with database.writing() as session:
        before = session.scalar(select(func.count()).select_from(CommuneName))
        load_communes(session, progress=lambda done, total: calls.append((done, total)))
        assert session.scalar(select(func.count()).select_from(CommuneName)) == before
        assert session.scalar(select(func.count()).select_from(Commune)) == 35_008
        assert communes_are_current(session)
    assert calls[-1][0] == calls[-1][1]


def test_the_version_is_short_and_says_the_year() -> None:
    assert re.fullmatch(r"\d{4}-[0-9a-f]{12}", read_version())
