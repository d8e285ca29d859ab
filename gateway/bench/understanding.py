"""How fast texts are understood: messages a second, time to load, memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from gateway.bench.run import Options

SAMPLES = (
    "jaurai besoin de qqun pour mes courses a ermont merci jeanne",
    "Je peux faire vos courses à Lyon 3e, mardi ou jeudi. Paul",
    "bonjour qui peut m'emmener chez le docteur lundi, st ouen laumone, Ali",
    "je propose de garder des enfants le mercredi vers Tours. Marie",
    "besoin d'aide ordinateur 95120",
    "LISTE jardinage Dijon",
    "qui propose des courses vers chez moi ?",
    "SUITE",
    "la 2",
    "oui mais seulement jeudi",
    "nn merci",
    "non a eaubonne",
    "MES ANNONCES",
    "FAIT 1001",
    "c bon j'ai trouvé merci",
    "SUPPRIMER 4821",
    "effacez tout ce que vous avez sur moi",
    "comment ca marche",
    "je suis en vacances jusqu'au 15",
    "il m'a demandé de l'argent",
    "rappelez moi svp",
    "bonjour",
    "merci beaucoup",
    "arretez de m'ecrire",
    "mon mari est tombé il ne répond plus",
    "je cherche qqn pour tondre ma pelouse à Sens (Yonne), M. Roy",
    "j'offre des masques en tissu aux soignants de Brest",
    "mon chien doit aller chez le veterinaire, Vire",
    "Votre colis est en attente, réglez ici",
    "I need groceries in Nice. Mary",
)


@dataclass(frozen=True)
class Speed:
    """What was measured. Times are processor seconds, so other programs disturb them little."""

    messages: int
    first_time_per_second: float
    """Texts that this process had never seen."""
    again_per_second: float
    """The same texts once more: words and places are remembered."""
    load_seconds: float
    memory_mb: float


def understanding_speed(texts: Sequence[str] = SAMPLES) -> Speed:
    """Measures the understanding on these texts.

    Loading counts only what this process hasn't loaded before: for honest figures, measure in a
    new one.
    """
    start = time.process_time()
    from flows.understanding import understand
    from gateway.warm_up import warm_up

    warm_up()
    load = time.process_time() - start
    rates = []
    for _ in ("first time", "again"):
        start = time.process_time()
        for text in texts:
            understand(text)
        rates.append(len(texts) / max(time.process_time() - start, 1e-9))
    # Linux counts in KB, macOS in bytes.
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = most / 1024 ** (2 if sys.platform == "darwin" else 1)
    return Speed(len(texts), rates[0], rates[1], load, memory)


def texts_of(path: Path) -> list[str]:
    """The texts of a file: one a line, or a JSON object with a "text" a line."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    if path.suffix == ".jsonl":
        return [str(json.loads(line)["text"]) for line in lines]
    return lines


def measure(options: Options) -> Iterator[Table]:
    """The texts of a file, or the samples of this module."""
    speed = understanding_speed(texts_of(options.messages) if options.messages else SAMPLES)
    table = Table("understanding", "", title=f"{speed.messages} messages")
    table.add_row("unseen messages a second", f"{speed.first_time_per_second:,.0f}")
    table.add_row("seen messages a second", f"{speed.again_per_second:,.0f}")
    table.add_row("loading", f"{speed.load_seconds:.2f} s")
    table.add_row("memory", f"{speed.memory_mb:.0f} MB")
    yield table
