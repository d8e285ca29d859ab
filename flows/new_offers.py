"""A new offer is good news for those nearby who still wait: they are told of it."""

from __future__ import annotations

from flows.alerts import has_had_enough
from flows.day_time import local_date
from flows.matching import Wanted, find_matches
from flows.outgoing import words_for
from flows.turn import Turn
from models.listing import Listing
from models.messages import Purpose


def tell_who_waits(turn: Turn, offer: Listing) -> None:
    """Write to the posters of the nearest waiting needs that a new offer fits.

    Within the limit of what one person is told by itself in a day. Whoever is shown the offer's
    number can ask for it; nobody's number is given by this.
    """
    for match in find_matches(
        turn.session,
        Wanted.for_listing(offer),
        gazetteer=turn.gazetteer,
        radius_km=turn.rules.radius_km,
        now=turn.now,
        limit=turn.rules.wave_size,
    ):
        need = match.listing
        poster = need.person
        today = local_date(turn.now, turn.zone_of(need.commune_insee))
        if has_had_enough(poster, today, turn.rules):
            continue
        words = words_for(poster)
        common = [slug for slug in need.categories if slug in offer.categories]
        turn.tell(
            poster,
            "introduction.new_offer",
            purpose=Purpose.NEWS,
            listing=need,
            association=turn.rules.association,
            first_name=offer.first_name,
            at_place=turn.at_place(offer, poster),
            services=words.services(common, need.details),
            number=offer.id,
        )
        poster.count_alert(now=turn.now, today=today)
