"""The services that neighbours ask for and offer: the 20 of the website, in the order of its list.

One row a category. `label` is French for a page, `sms` is short (it stands after "cherche:" or
"propose:"), `spoken` is for the telephone, `menu` is its place in two short levels of keys
(group, key). The words that people use for each lie beside the understanding; other languages
name the services in their file of texts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    slug: str
    label: str
    sms: str
    spoken: str
    menu: tuple[int, int]


# fmt: off
_ROWS = (
    Category("medicaments", "Acheter des médicaments", "acheter des médicaments", "acheter des médicaments", (1, 2)),
    Category("devoirs", "Aide aux devoirs", "aide aux devoirs", "de l'aide aux devoirs", (3, 2)),
    Category("domicile", "Aide à domicile", "aide à domicile", "de l'aide à la maison", (2, 1)),
    Category("medecin", "Emmener chez le médecin", "aller chez le médecin", "aller chez le médecin", (1, 3)),
    Category("enfants", "Garder des enfants", "garder des enfants", "garder des enfants", (3, 1)),
    Category("impression-3d", "Imprimer du matériel 3D", "impression 3D", "imprimer du matériel en trois dimensions", (5, 3)),
    Category("mecanique", "Mécanique automobile", "mécanique auto", "de la mécanique", (2, 3)),
    Category("informatique", "Assistance informatique", "aide informatique", "de l'aide pour l'ordinateur ou le téléphone", (3, 3)),
    Category("musique", "Cours de musique", "cours de musique", "des cours de musique", (5, 4)),
    Category("denrees-soignants", "Donner des denrées au personnel soignant", "denrées pour soignants", "de la nourriture pour les soignants", (5, 1)),
    Category("materiel-medical", "Donner du matériel médical", "matériel médical", "du matériel médical", (1, 4)),
    Category("veterinaire", "Emmener un animal chez le vétérinaire", "aller chez le vétérinaire", "emmener un animal chez le vétérinaire", (4, 2)),
    Category("courses", "Faire les courses", "faire les courses", "faire les courses", (1, 1)),
    Category("hebergement-soignants", "Héberger du personnel soignant", "loger des soignants", "loger des soignants", (5, 2)),
    Category("impression", "Imprimer des documents", "imprimer des documents", "imprimer des documents", (3, 4)),
    Category("jardinage", "Jardinage", "jardinage", "du jardinage", (2, 2)),
    Category("repas", "Livraison repas", "livrer des repas", "livrer des repas", (2, 4)),
    Category("nouvelles", "Prendre des nouvelles", "prendre des nouvelles", "prendre des nouvelles, tenir compagnie", (4, 3)),
    Category("animaux", "Sortir les animaux", "sortir les animaux", "sortir ou nourrir un animal", (4, 1)),
    Category("autre", "Autre", "autre service", "autre chose", (4, 4)),
)
# fmt: on

CATEGORIES: dict[str, Category] = {row.slug: row for row in _ROWS}
