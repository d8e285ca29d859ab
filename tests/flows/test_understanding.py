"""What people write is understood: the annotated corpus, and the traps one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.understanding import Understood, as_json, understand
from flows.understanding.learn import ANSWERS, LEARNT_FROM, fingerprint
from flows.understanding.learnt import learnt_from
from flows.understanding.messages import UNKNOWN, annotated
from flows.understanding.report import CORPORA, CORPUS, cases_of, figures, share
from flows.understanding.text import plain
from models.categories import CATEGORIES

CORPUS_TEXTS = [json.loads(line)["text"] for line in CORPUS.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("messages", CORPORA, ids=lambda path: path.stem)
def test_the_annotated_messages_are_understood(messages: Path) -> None:
    found = figures(cases_of([messages]))
    assert found["intent"] >= 98
    assert found["need or offer"] >= 99
    assert found["services"] >= 97
    assert found["commune"] >= 97
    assert found["name"] >= 98
    assert found["all at once"] >= 95
    assert found["emergencies"] == 100
    assert found["false alarms"] == 0


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("je peux faire vos courses", "offer"),
        ("je peux plus faire mes courses", "need"),
        ("je peux pas porter mes packs d'eau", "need"),
        ("je cherche à me rendre utile", "offer"),
        ("je cherche quelqu'un à aider", "offer"),
        ("je cherche quelqu'un pour m'aider", "need"),
        ("qui peut m'emmener chez le docteur ?", "need"),
        ("si quelqu'un a besoin de courses je suis là", "offer"),
        ("si quelqu'un pouvait tondre ma pelouse", "need"),
        ("mon père aurait besoin qu'on lui livre ses repas", "need"),
        ("je veux bien garder vos enfants", "offer"),
        ("je voudrais qu'on me garde mon chien", "need"),
        ("aide pour mes courses", "need"),
        ("I need groceries", "need"),
        ("mi rod in moun pou fé mon komisyon", "need"),
        ("man pé fè komisyon ba zot", "offer"),
        ("qui propose du jardinage à Dijon ?", "search"),
        ("qui a besoin d'aide à Dijon ?", "search"),
        ("qui fait du soutien en SVT à Pau", "search"),
        ("qui donne des cours de piano à Sens ? je voudrais voir la liste", "search"),
        ("avez-vous des demandes auxquelles je pourrais répondre ?", "search"),
        ("il me reste 3 fauteuils roulants", "offer"),
        ("il ne me reste plus de masques", "need"),
        ("je dépose du pain aux voisins le samedi", "offer"),
        ("très bon avec les vélos : freins, crevaison", "offer"),
        ("je n'ose plus sortir faire mes courses", "need"),
        ("j'accompagne un monsieur isolé qui aurait besoin qu'on lui livre un repas", "need"),
        ("pour une maman seule : quelqu'un pour garder ses enfants", "need"),
        ("LISTE BESOINS", "search"),
    ],
)
def test_who_does_what_to_whom(text: str, intent: str) -> None:
    assert understand(text).intent == intent


@pytest.mark.parametrize("text", ["STOP", "stop.", "Arrêt !", "ARRET", "stop sms", "STOOOP"])
@pytest.mark.parametrize("awaiting", [None, "proposal", "first_name"])
def test_stop_is_heard_whatever_was_asked(text: str, awaiting: str | None) -> None:
    assert understand(text, awaiting).intent == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "arretez de m'ecrire",
        "arrêtez de m'envoyer des messages",
        "je ne veux plus recevoir vos sms",
        "désinscription",
        "merci de ne plus me contacter",
        "laissez moi tranquille",
    ],
)
def test_stop_in_other_words(text: str) -> None:
    assert understand(text).intent == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "il faudrait m'emmener à l'arrêt de bus à Creil",
        "je suis en arrêt maladie, qui peut faire mes courses à Creil ?",
        "il faut arrêter la fuite du robinet",
    ],
)
def test_stop_inside_a_request_is_no_stop(text: str) -> None:
    assert understand(text).intent == "need"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("mon mari est tombé il ne respire plus", "medical"),
        ("ma mère ne répond plus elle est par terre", "medical"),
        ("j'ai une douleur qui serre dans la poitrine", "medical"),
        ("mon bébé a avalé de la javel", "medical"),
        ("manman mwen tonbé i pa ka réponn", "medical"),
        ("au secours", "medical"),
        ("j'ai une barre dans la poitrine", "medical"),
        ("mon mari a le bras gauche tout engourdi", "medical"),
        ("elle n'arrive plus à parler", "medical"),
        ("il y a le feu dans l'immeuble", "fire"),
        ("ma casserole a brûlé la semaine dernière, et là ça sent le gaz", "fire"),
        ("ça sent le gaz chez moi", "fire"),
        ("mon mari me frappe", "violence"),
        ("mon mari est violent", "violence"),
        ("je crois que mon père fait une attaque", "medical"),
        ("ma voisine a été piquée par une guêpe elle gonfle de partout", "medical"),
        ("jai pris tou mes cachetons", "suicide"),
        ("il m'a menacée avec un couteau", "violence"),
        ("je n'en peux plus je veux que tout s'arrête", "suicide"),
        ("mon ex est devant ma porte il veut me tuer", "violence"),
        ("je veux mourir", "suicide"),
        ("je vais en finir ce soir", "suicide"),
        ("un enfant est battu chez mes voisins", "child"),
    ],
)
def test_danger_is_never_missed(text: str, danger: str) -> None:
    understood = understand(text)
    assert (understood.intent, understood.danger) == ("emergency", danger)


@pytest.mark.parametrize(
    "text",
    [
        "feu mon père jardinait, je cherche quelqu'un pour tondre",
        "urgent besoin de courses",
        "ça urge, qui peut aller à la pharmacie ?",
        "je suis tombée la semaine dernière, il me faut une aide ménagère",
        "j'ai fait un avc l'an dernier, je cherche quelqu'un pour le jardin",
        "ma cuisine a brûlé l'an dernier, je cherche un plat chaud",
        "un coup de coeur pour votre service",
        "hémiplégique, côté droit paralysé, besoin d'aide pour la toilette",
        "mon ordinateur ne répond plus",
        "le feu rouge est cassé devant chez moi",
        "je meurs d'ennui, qui vient jouer aux cartes ?",
        "l'opérateur ne répond pas, ma box est en panne",
    ],
)
def test_words_of_danger_alone_are_no_emergency(text: str) -> None:
    assert understand(text).intent != "emergency"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("AIDE", "help"),
        ("?", "help"),
        ("comment ça marche", "help"),
        ("SUPPRIMER 4821", "delete"),
        ("effacez tout ce que vous avez sur moi", "delete"),
        ("quelles données avez-vous sur moi", "data"),
        ("mes annonces", "mine"),
        ("c'est réglé merci", "done"),
        ("plus besoin, j'ai trouvé", "done"),
        ("pas besoin finalement", "done"),
        ("non en fait supprimez", "delete"),
        ("je sais plus ce que j'ai mis comme annonce", "mine"),
        ("m'envoyez personne pendant 3 semaines je reprends après", "pause"),
        ("passez moi une vraie personne", "human"),
        ("je préfère qu'on m'appelle", "human"),
        ("ou en est ma demande ?", "mine"),
        ("en congé jusqu'à lundi", "pause"),
        ("je reviens de vacances vous pouvez m'envoyer les demandes", "start"),
        ("ne m'envoyez plus rien", "stop"),
        ("je choisis Paul", "choose"),
        ("je regrette mais c'est non", "no"),
        ("tout est rentré dans l'ordre", "done"),
        ("je fais comment pour mettre une annonce", "help"),
        ("comment dois-je procéder pour déposer une demande ?", "help"),
        ("vous m'avez sauvé la vie merci !!", "thanks"),
        ("Ia ora na", "greeting"),
        ("mauruuru roa", "thanks"),
        ("voui volontiers", "yes"),
        ("pause", "pause"),
        ("je suis en vacances jusqu'au 15", "pause"),
        ("reprise", "start"),
        ("signaler 12", "report"),
        ("il m'a demandé de l'argent", "report"),
        ("rappelez moi svp", "human"),
        ("je veux parler à quelqu'un", "human"),
        ("la suite svp", "more"),
        ("merci beaucoup", "thanks"),
        ("bonsoir madame", "greeting"),
        ("le deuxième", "choose"),
        ("avec plaisir", "yes"),
        ("dac", "yes"),
        ("nn merci", "no"),
        ("Votre colis est en attente, réglez ici http://colis.example", "unclear"),
        ("Ceci est une réponse automatique: je suis absent", "unclear"),
        ("", "unclear"),
    ],
)
def test_commands_in_plain_words(text: str, intent: str) -> None:
    assert understand(text).intent == intent


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("besoin de quelqu'un pour promener mon chien", ("animaux",)),
        ("besoin d'emmener mon chien chez le vétérinaire", ("veterinaire",)),
        ("je cherche un prof de guitare", ("musique",)),
        ("je cherche un prof de maths", ("devoirs",)),
        ("besoin d'imprimer une attestation", ("impression",)),
        ("besoin de pièces imprimées en 3d", ("impression-3d",)),
        ("ma box ne marche plus, qui peut venir ?", ("informatique",)),
        ("il me faudrait un plombier, évier bouché", ("domicile",)),
        ("qui peut me conduire à l'hôpital ?", ("medecin",)),
        ("besoin d'aller chercher mon ordonnance à la pharmacie", ("medicaments",)),
        ("je propose une chambre pour un interne de l'hôpital", ("hebergement-soignants",)),
        ("j'offre des repas aux infirmières de l'hôpital", ("denrees-soignants",)),
        ("je prête un fauteuil roulant", ("materiel-medical",)),
        ("besoin d'un coiffeur", ("autre",)),
        ("mon vélo a un pneu crevé", ("mecanique",)),
        ("besoin de courses et de jardinage", ("courses", "jardinage")),
        ("besoin de jardinage et de courses", ("jardinage", "courses")),
        ("courses, jardin", ("courses", "jardinage")),
        ("OFFRE COURSES ANIMAUX", ("courses", "animaux")),
        ("je promène vos bébés", ("enfants",)),
        ("le chat de ma voisine est seul, il faudrait le nourrir", ("animaux",)),
        ("mon pantalon est décousu", ("autre",)),
        ("pour tapisser ma chambre", ("domicile",)),
        ("j'apporte pizza maison aux urgentistes", ("denrees-soignants",)),
        ("mon lapin doit être vacciné, pas de voiture", ("veterinaire",)),
        ("il faut promener Rex", ("animaux",)),
        ("deux billets de train à sortir sur papier", ("impression",)),
        ("la voiture est en panne et j'ai rendez-vous à l'hôpital", ("medecin",)),
        ("j'ai besoin d'aide svp", ()),
    ],
)
def test_services_by_the_words_of_life(text: str, categories: tuple[str, ...]) -> None:
    assert understand(text).categories == categories


@pytest.mark.parametrize(
    ("text", "insee"),
    [
        ("besoin de courses à Nice", "06088"),
        ("besoin de courses. Sens (Yonne). Paul", "89387"),
        ("je cherche quelqu'un pour mon jardin, Tours", "37261"),
        ("courses à Us (95450) svp", "95625"),
        ("besoin courses 95120", "95219"),
        ("besoin de courses vers ermond", "95219"),
        ("besoin de courses sur vitry s/ seine", "94081"),
        ("besoin de courses paris 13e", "75113"),
        ("besoin de courses, lyon 3", "69383"),
        ("rue de Lyon à Mâcon, besoin de courses", "71270"),
        ("une chambre pour un soignant de passage à Quimper", "29232"),
        ("besoin de courses à Castres", "81065"),
        ("je n'habite plus Lyon mais Dijon, besoin de courses", "21231"),
        ("conduire à l'hôpital de Chaumont, j'habite Langres", "52269"),
        ("mi rod in moun pou mon komisyon, Saint-Denis", "97411"),
        ("courses à st denis 93", "93066"),
        ("besoin de courses, abite champini sur marne", "94017"),
        ("besoin de courses ponto combo 77", "77373"),
        ("besoin d'un coiffeur à la maison. Orange. Marie", "84087"),
        ("chez le cardiologue à Lyon le 14, j'habite maintenant à Ceyzériat", "01072"),
        ("l'hosto de Bourg St Maurice cherche des masques", "73054"),
        ("besoin d'un sens de l'orientation", None),
        ("courses svp, perpignan saint jacques, Carmen", "66136"),
        ("repas svp, Le Blanc dans l'Indre, Paul", "36018"),
        ("un repas pour Vihiers dans le Maine et Loire", "49373"),
        ("dans le 13ème à Paris j'aide pour le smartphone. Linh", "75113"),
        ("chatoroux je répare les motos", "36044"),
        ("COURSES SAINTMAURDESFOSSES J AI BESOIN MERCI", "94068"),
        ("Pont labbé : je fais vos courses", "29220"),
        ("mes enfants sont à Paris, je voudrais de la visite. Dieppe", "76217"),
        ("savon de marseille et serpillère, j'ai tout, mais plus de bras pour le ménage", None),
        ("fdf besoin de quelqu'un pour le supermarché", "97209"),
        ("sin etienne, besoin de compagnie", "42218"),
        ("tonte et débroussaillage, j'ai le matos. thonon et autour", "74281"),
        ("besoin courses Marseille Saint Savournin", "13101"),
        ("garde de mes enfants, j'habite à Meaux, je travaille à Lyon", "77284"),
    ],
)
def test_communes_inside_sentences(text: str, insee: str | None) -> None:
    assert understand(text).commune == insee


def test_a_homonym_is_asked_unless_the_person_lives_near_one() -> None:
    unsure = understand("courses à saint denis")
    assert unsure.commune is None
    assert set(unsure.communes) >= {"93066", "97411"}
    assert understand("courses à saint denis", near="93066").commune == "93066"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("besoin de courses merci jeanne", "Jeanne"),
        ("moi c'est Théo, j'offre mes services", "Théo"),
        ("Mme Roques Andrée, besoin de courses", "Andrée"),
        ("je suis madame Lefèvre Simone, il me faut du pain", "Simone"),
        ("courses pour ma mère Odette à Ermont. Paul", "Paul"),
        ("courses pour ma mère Odette à Ermont", None),
        ("besoin de courses, jean claude", "Jean-Claude"),
        ("BESOIN COURSES ERMONT THERESE", "Thérèse"),
        ("courses. Paul et Annie", "Paul"),
        ("courses à Langres. Hubert de La Tour", "Hubert"),
        ("courses. Yann-Ber", "Yann-Ber"),
        ("courses. Ti Louis", "Ti Louis"),
        ("besoin repas 57230 lulu", "Lulu"),
        ("courses, simone lefort doudeville", "Simone"),
        ("Salama, moi Anrafati de Tsingoni, besoin de courses", "Anrafati"),
        ("courses à Ermont. Hélène Vasseur", "Hélène"),
        ("ma chienne Tina doit sortir", None),
        ("slt c jess, cherche qqn pr garder mes minots, g degun pr maider", "Jess"),
        ("Coucou c Sandrine la boulangère, je porte du pain aux infirmières", "Sandrine"),
        ("je tire ce qu'il faut sur papier. Rachid au blanc mesnil", "Rachid"),
        ("courses à Florence svp", None),
        ("j'aide M. Robert Ferrand pour ses courses. Sandrine", "Sandrine"),
    ],
)
def test_the_first_name_of_whoever_writes(text: str, name: str | None) -> None:
    assert understand(text).name == name


@pytest.mark.parametrize(
    ("text", "awaiting", "expected"),
    [
        ("marie", "first_name", {"name": "Marie"}),
        ("c'est jeanne", "prenom", {"name": "Jeanne"}),
        ("Mme Durand Odette", "first_name", {"name": "Odette", "commune": None}),
        ("Florence", "first_name", {"name": "Florence", "commune": None}),
        ("2", "commune", {"intent": "choose", "numbers": (2,)}),
        ("la 2", "commune", {"intent": "choose", "numbers": (2,)}),
        ("Sens", "commune", {"commune": "89387"}),
        ("riom es montagne", "commune", {"commune": "15162"}),
        (
            "je peux faire le jardin et les courses",
            "categories",
            {"categories": ("jardinage", "courses")},
        ),
        ("a saugues en haute loire", "commune", {"commune": "43234"}),
        ("Jean Marie Le Goff", "first_name", {"name": "Jean-Marie"}),
        ("Je m'appelle Ernest, comme mon père d'Alsace", "first_name", {"intent": "unclear"}),
        ("driss, je suis maçon", "first_name", {"name": "Driss", "categories": ()}),
        ("gilberte de saint dié", "first_name", {"name": "Gilberte", "commune": "88413"}),
        ("plutôt pour aider les autres, moi ça va encore", "kind", {"kind": "offer"}),
        ("qu'est ce que vous avez comme choix", "categories", {"intent": "help"}),
        ("je ne vous donne pas mon prénom", "first_name", {"intent": "no", "name": None}),
        ("deux, pour mardi si possible", "choice", {"intent": "choose", "numbers": (2,)}),
        ("pas le deux, le un", "choice", {"intent": "choose", "numbers": (1,)}),
        ("ma foi oui", "proposal", {"intent": "yes"}),
        ("c'est trop loin pour moi, je conduis plus la nuit", "proposal", {"intent": "no"}),
        ("lé bon, i peu mettre", "confirmation", {"intent": "yes"}),
        ("Parfaitement exact, je vous prie de publier", "confirmation", {"intent": "yes"}),
        (
            "je voulais le jardin, pas les courses",
            "confirmation",
            {"categories": ("jardinage",)},
        ),
        ("oui oui enlevez moi tout", "erase", {"intent": "yes"}),
        ("oui... non, tout compte fait ne publiez pas", "confirmation", {"intent": "no"}),
        ("oui alors non, c'est trop loin", "proposal", {"intent": "unclear"}),
        ("aucun des trois", "choice", {"numbers": ()}),
        ("pourquoi pas la 2", "choice", {"intent": "choose", "numbers": (2,)}),
        ("Jeanne, j'habite au 75018 Paris", "first_name", {"commune": "75118", "refused": ()}),
        ("Jean Martin", "first_name", {"name": "Jean"}),
        ("oui sauf que c'est Odile", "confirmation", {"intent": "unclear", "name": "Odile"}),
        ("oui c'est bien Jeanne à Ermont", "confirmation", {"intent": "yes"}),
        ("besoin", "kind", {"kind": "need"}),
        ("je propose", "kind", {"kind": "offer"}),
        ("courses", "service", {"categories": ("courses",), "kind": None}),
        ("oui mais seulement jeudi", "proposal", {"intent": "yes", "condition": "seulement jeudi"}),
        ("oui avec plaisir", "proposal", {"intent": "yes", "condition": None}),
        ("oui merci", "proposal", {"intent": "yes", "condition": None}),
        ("je peux jeudi", "proposal", {"intent": "yes", "condition": "jeudi"}),
        ("je peux pas", "proposal", {"intent": "no"}),
        ("oui 1003", "proposal", {"intent": "yes", "numbers": (1003,)}),
        ("volontiers", "proposal", {"intent": "yes"}),
        ("non a eaubonne", "confirmation", {"correction": True, "commune": "95203"}),
        (
            "c'est pour du jardinage pas les courses",
            "confirmation",
            {"correction": True, "categories": ("jardinage",)},
        ),
        ("je m'appelle Alain pas Ali", "confirmation", {"correction": True, "name": "Alain"}),
        ("plutôt à Creil", "confirmation", {"correction": True, "commune": "60175"}),
        ("non", "confirmation", {"intent": "no", "correction": False}),
        (
            "je cherche aussi qqn pour tondre à Creil",
            "first_name",
            {"intent": "need", "categories": ("jardinage",), "commune": "60175"},
        ),
        ("ENGLISH", "nothing known", {"intent": "language", "language": "en"}),
    ],
)
def test_answers_in_their_context(text: str, awaiting: str, expected: dict[str, object]) -> None:
    understood = understand(text, awaiting)
    assert {part: getattr(understood, part) for part in expected} == expected


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("jardinage 20 euros de l'heure", ("money",)),
        ("ménage contre rémunération", ("money",)),
        ("ménage contre dix euros", ("money",)),
        ("une balle de tennis pour mon chien", ()),
        ("courses gratuit", ()),
        ("pas les sous pour le garage", ()),
        ("je taille vos rosiers contre un café", ()),
        ("voir www.paul-depanne.example", ("link",)),
        ("http://colis.example/1", ("link",)),
        ("appelez le 0899 10 10 10", ("premium_number",)),
        ("appelez le 06 39 98 00 01", ()),
    ],
)
def test_money_links_and_premium_numbers(text: str, refused: tuple[str, ...]) -> None:
    assert understand(text).refused == refused


def test_the_words_that_led_there_are_told() -> None:
    understood = understand("besoin de courses a ermont, jeanne")
    explained = as_json(understood, explain=True)
    assert explained["evidence"]["commune"] == ["ermont"]
    assert explained["evidence"]["name"] == ["jeanne"]
    assert "courses" in explained["evidence"]["categories"][0]
    assert "evidence" not in as_json(understood)


@given(st.text(max_size=400), st.sampled_from([None, "commune", "first_name", "proposal", "kind"]))
@settings(deadline=None, max_examples=150)
def test_any_text_gives_a_result_and_always_the_same(text: str, awaiting: str | None) -> None:
    first = understand(text, awaiting)
    assert isinstance(first, Understood)
    assert understand(text, awaiting) == first
    json.dumps(as_json(first, explain=True))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "oui " * 50_000,
        "\ud800 besoin de courses \udfff",
        "\x00\x01\x02",
        "1" * 5_000,
        "((((((" * 1_000,
        "🙂" * 2_000,
        "\u202e besoin",
    ],
)
def test_hostile_texts_give_a_result(text: str) -> None:
    assert understand(text).intent


@pytest.mark.parametrize(
    "change",
    [str.upper, str.lower, lambda text: text.replace(" ", "  "), plain],
    ids=["capitals", "small", "spaces", "no accents"],
)
def test_the_way_of_typing_does_not_change_what_is_wanted(change) -> None:  # type: ignore[no-untyped-def]
    changed = [
        text for text in CORPUS_TEXTS if understand(change(text)).intent != understand(text).intent
    ]
    assert changed == []


@pytest.mark.parametrize("messages", CORPORA, ids=lambda path: path.stem)
def test_every_annotated_message_is_well_formed(messages: Path) -> None:
    rows = messages.read_text("utf-8").splitlines()
    assert len(rows) >= 60
    assert all(
        {"text", "intent", "categories", "commune", "name"} <= set(json.loads(r)) for r in rows
    )


def test_the_weights_are_learnt_from_the_messages_as_they_are() -> None:
    assert learnt_from() == fingerprint(), "python -m flows.understanding.learn makes them anew"


# Their hundred needs and offers are all written so that they look like commands.
AT_LEAST = {"commands_1": 90, "commands_2": 90}


@pytest.mark.parametrize("path", LEARNT_FROM, ids=lambda path: path.stem)
def test_what_was_learnt_tells_needs_from_offers(path: Path) -> None:
    told = [case for case in cases_of([path]) if case.intent in ("need", "offer")]
    assert share(case.intent_is_right for case in told) >= AT_LEAST.get(path.stem, 97)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_what_was_learnt_tells_answers_from_what_is_none(path: Path) -> None:
    assert share(case.answer_is_right for case in cases_of([path])) >= 85


@pytest.mark.parametrize("path", [*LEARNT_FROM, *ANSWERS], ids=lambda path: path.stem)
def test_every_lesson_is_well_formed(path: Path) -> None:
    slugs = set(CATEGORIES)
    for row in annotated(path):
        assert set(row["categories"] or ()) <= slugs
        assert row["intent"] != UNKNOWN or row["categories"]
