"""What no package knows, typed in: points, islands, bridges, estuaries.

These are facts of common geographical knowledge, written down for this project and not copied from
a data set; points are meant to be right to a few kilometres. Corrections are welcome.

Only the build reads this file. Points are in degrees (latitude, longitude, WGS 84).
"""

from __future__ import annotations

from typing import Final

# Collectivities without polygons: the place whose GeoNames point stands for the commune, mostly its
# seat, by INSEE code.
SEATS: Final = {
    "97501": ("PM", "Miquelon"),
    "97502": ("PM", "Saint-Pierre"),
    "97701": ("BL", "Gustavia"),
    "97801": ("MF", "Marigot"),
    "98611": ("WF", "Alo"),
    "98612": ("WF", "Leava"),
    "98613": ("WF", "Mata-Utu"),
    "98711": ("PF", "Tukuhora"),
    "98714": ("PF", "Vaitape"),
    "98719": ("PF", "Rikitea"),
    "98720": ("PF", "Otepa"),
    "98722": ("PF", "Hitiaa"),
    "98723": ("PF", "Atuona"),
    "98724": ("PF", "Fare"),
    "98729": ("PF", "Afareaitu"),
    "98731": ("PF", "Taiohae"),
    "98740": ("PF", "Avatoru"),
    "98742": ("PF", "Tapuarava"),
    "98744": ("PF", "Moerai"),
    "98745": ("PF", "Vaitoare"),
    "98747": ("PF", "Afaahiti"),
    "98748": ("PF", "Vairao"),
    "98753": ("PF", "Mataura"),
    "98754": ("PF", "Tevaitoa"),
    "98801": ("NC", "Wala"),
    "98809": ("NC", "Vao"),
    "98814": ("NC", "Wé"),
    "98815": ("NC", "Tadine"),
    "98817": ("NC", "Mont-Dore"),
    "98832": ("NC", "Yaté-Barrage"),
}

# Communes that GeoNames' short list lacks: about where the seat is, to two decimals.
POINTS: Final = {
    "98713": (-15.25, -146.62),  # Arutua: Rautini
    "98716": (-16.05, -145.62),  # Fakarava: Rotoava
    "98717": (-15.82, -140.88),  # Fangatau: Teana
    "98718": (-10.51, -138.69),  # Fatu-Hiva: Omoa
    "98721": (-17.54, -142.53),  # Hikueru: Tupapati
    "98726": (-16.63, -143.57),  # Makemo: Pouheva
    "98727": (-14.46, -146.06),  # Manihi: Paeua
    "98728": (-16.45, -152.24),  # Maupiti: Vaiea
    "98730": (-14.17, -141.27),  # Napuka: Tepukamaruia
    "98732": (-19.28, -138.77),  # Nukutavake: Tavananui
    "98734": (-17.75, -149.53),  # Papara
    "98737": (-14.81, -138.81),  # Pukapuka: Teonemahina
    "98739": (-23.87, -147.69),  # Raivavae: Rairua
    "98741": (-27.62, -144.33),  # Rapa: Ahuréi
    "98743": (-22.65, -152.81),  # Rimatara: Amaru
    "98746": (-9.94, -139.11),  # Tahuata: Vaitahu
    "98749": (-14.48, -145.03),  # Takaroa: Teavaroa
    "98750": (-16.78, -151.41),  # Taputapuatea: Avera
    "98751": (-17.35, -138.45),  # Tatakoto: Tumukuru
    "98752": (-17.76, -149.41),  # Teva I Uta: Mataiea
    "98755": (-20.77, -138.57),  # Tureia: Fakamaru
    "98756": (-8.94, -139.55),  # Ua-Huka: Vaipaee
    "98757": (-9.36, -140.05),  # Ua-Pou: Hakahau
    "98806": (-21.66, 165.77),  # Farino
    "98833": (-21.40, 165.83),  # Kouaoua
    # The directory has the préfecture de police for the Hôtel de Ville.
    "75056": (48.8566, 2.3522),
    # Communes re-established in 2024 and 2025, not in the package of polygons.
    "15031": (45.12, 2.95),  # Celles
    "15035": (45.15, 2.98),  # Chalinargues
    "15047": (45.13, 2.93),  # Chavagnac
    "15171": (45.15, 2.92),  # Sainte-Anastasie
}

# The six villages destroyed in 1916 have nobody to write to and no code in the package: the code of
# Verdun, which is around them.
POSTAL_CODES: Final = {
    "55039": ("55100",),
    "55050": ("55100",),
    "55139": ("55100",),
    "55189": ("55100",),
    "55239": ("55100",),
    "55307": ("55100",),
}

# Collectivities without polygons: which communes share an island. Everything else in 975, 977, 978,
# 986 and 987 is an island (or a group of atolls) of its own.
ISLANDS: Final = {
    "Tahiti": "98712 98715 98722 98725 98733 98734 98735 98736 98738 98747 98748 98752",
    "Raiatea": "98750 98754 98758",
    "Futuna": "98611 98612",
    # New Caledonia without Belep, L'Île-des-Pins and the Loyalty Islands.
    "Grande Terre": " ".join(
        f"988{number:02}" for number in range(1, 34) if number not in {1, 9, 14, 15, 20}
    ),
}

# Bridges, dams and one ferry between communes that don't touch (INSEE codes).
BRIDGES: Final = (
    ("17297", "17300"),  # Île de Ré: Rivedoux-Plage and La Rochelle
    ("17058", "17093"),  # Oléron: Bourcefranc-le-Chapus and Le Château-d'Oléron
    ("85011", "85012"),  # Noirmoutier: Barbâtre and La Barre-de-Monts
    ("97101", "97103"),  # Guadeloupe: Les Abymes and Baie-Mahault, over the Rivière Salée
    ("29189", "29235"),  # Pont de l'Iroise: Plougastel-Daoulas and Le Relecq-Kerhuon
    ("35241", "35288"),  # Dam of the Rance: La Richardais and Saint-Malo
    ("29006", "29037"),  # Pont de Cornouaille: Bénodet and Combrit
    ("44154", "44184"),  # Saint-Brevin-les-Pins and Saint-Nazaire
    ("14536", "76533"),  # Pont de Normandie: La Rivière-Saint-Sauveur and Rogerville
    ("27388", "76684"),  # Pont de Tancarville: Marais-Vernier and Tancarville
    ("56098", "56121"),  # Lanester and Lorient
    ("44120", "44047"),  # Le Pellerin and Couëron: a ferry, free and every few minutes
)

# Wide rivers whose two banks touch on paper, in the middle of the water, while there is neither
# bridge nor frequent ferry; (latitude, longitude) along the stream.
ESTUARIES: Final = {
    "Gironde": (
        (44.905, -0.541),  # below the Pont d'Aquitaine, Bordeaux
        (44.960, -0.548),
        (45.005, -0.545),
        (45.040, -0.612),
        (45.110, -0.680),
        (45.200, -0.725),
        (45.320, -0.775),
        (45.430, -0.860),
        (45.520, -0.960),
        (45.600, -1.060),
        (45.640, -1.250),
    ),
    "Loire": (
        (47.277, -2.150),  # above the bridge of Saint-Nazaire
        (47.297, -2.080),
        (47.292, -2.000),
        (47.270, -1.920),
        (47.225, -1.830),
        (47.215, -1.750),  # below the ferry of Couëron
    ),
    "Seine": (
        (49.430, 0.290),  # above the Pont de Normandie
        (49.450, 0.400),
        (49.470, 0.450),  # below the Pont de Tancarville
    ),
}

# Départements with a coast (loi Littoral): only there does open water lie between communes.
COASTAL_DEPARTEMENTS: Final = """
    06 11 13 14 17 22 27 29 2A 2B 30 33 34 35 40 44 50 56 59 62 64 66 76 80 83 85
    971 972 973 974 976
"""
