"""The error codes of the carrier: what its REST API answers, and what a person reads about it.

The codes and their meaning: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One error: the HTTP status it travels with, the carrier's English, and our French."""

    http_status: int
    message: str
    french: str


# What refuses a request. `{}` is filled with the value that was refused.
REFUSALS: dict[int, Code] = {
    20001: Code(400, "Invalid parameter: {}", "un paramètre de l'envoi n'est pas valable"),
    20003: Code(401, "Authenticate", "les identifiants du compte sont faux"),
    20009: Code(409, "Cannot delete or redact message in state {}", "le texto est encore en route"),
    20404: Code(404, "The requested resource {} was not found", "cette ressource n'existe pas"),
    20429: Code(429, "Too Many Requests", "trop d'envois à la fois"),
    20500: Code(500, "An internal server error has occurred", "panne de l'opérateur"),
    20501: Code(501, "The simulated carrier does not support {}", "non simulé"),
    21201: Code(400, "No 'To' number is specified", "le numéro à appeler manque"),
    21205: Code(400, "Invalid 'Url': {}", "l'adresse du document est fausse"),
    21210: Code(
        400,
        "'From' phone number not verified: {}",
        "l'appelant n'est pas un numéro du service",
    ),
    21213: Code(400, "'From' phone number is required", "le numéro de l'appelant manque"),
    21215: Code(
        400,
        "Account not authorized to call {}",
        "ce territoire n'est pas ouvert aux appels",
    ),
    21220: Code(
        400, "Unable to update record. Call is not in-progress: {}", "l'appel est déjà terminé"
    ),
    21211: Code(400, "Invalid 'To' Phone Number: {}", "ce numéro n'existe pas"),
    21266: Code(
        400, "'To' and 'From' number cannot be the same: {}", "c'est le numéro du service lui-même"
    ),
    21408: Code(
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To'"
        " number: {}",
        "ce territoire n'est pas ouvert aux envois",
    ),
    21602: Code(400, "Message body is required.", "le texto est vide"),
    21603: Code(400, "A 'From' phone number is required.", "l'expéditeur manque"),
    21604: Code(400, "A 'To' phone number is required.", "le destinataire manque"),
    21606: Code(
        400,
        "The 'From' phone number {} is not a valid, SMS-capable inbound phone number or short code"
        " for your account.",
        "l'expéditeur n'est pas un numéro du service",
    ),
    21609: Code(
        400, "Invalid 'StatusCallback' URL: {}", "l'adresse des accusés de réception est fausse"
    ),
    21610: Code(
        400,
        "Attempt to send to unsubscribed recipient: {}",
        "cette personne a écrit STOP et ne reçoit plus rien",
    ),
    21612: Code(
        400,
        "The 'To' phone number {} is not currently reachable using the 'From' phone number",
        "ce numéro n'est pas joignable par cette route",
    ),
    21614: Code(
        400,
        "'To' number is not a valid mobile number: {}",
        "ce numéro est un fixe, il ne reçoit pas de textos",
    ),
    21617: Code(
        400,
        "The concatenated message body exceeds the 1600 character limit",
        "le texto dépasse 1600 caractères",
    ),
    21635: Code(400, "'To' number cannot be a landline: {}", "ce numéro est un fixe"),
    21701: Code(404, "The Messaging Service {} does not exist", "ce groupe d'envoi n'existe pas"),
    21703: Code(
        400,
        "The Messaging Service {} does not have a phone number available",
        "ce groupe d'envoi n'a pas de numéro",
    ),
    30409: Code(400, "Message cannot be canceled in state {}", "le texto ne peut plus être annulé"),
    35111: Code(
        400, "SendAt cannot be scheduled for {}", "la date d'envoi est trop proche ou trop loin"
    ),
    35118: Code(
        400, "MessagingServiceSid is required to schedule a message", "le groupe d'envoi manque"
    ),
}

# What befalls a message after it was accepted; the HTTP status of these is never used.
FAILURES: dict[int, Code] = {
    30001: Code(400, "Queue overflow", "file d'attente pleine"),
    30002: Code(400, "Account suspended", "compte suspendu"),
    30003: Code(400, "Unreachable destination handset", "téléphone éteint ou hors réseau"),
    30004: Code(400, "Message blocked", "le téléphone refuse ces textos"),
    30005: Code(400, "Unknown destination handset", "ce numéro n'est plus attribué"),
    30006: Code(400, "Landline or unreachable carrier", "ce numéro est un fixe"),
    30007: Code(400, "Message filtered", "filtré par l'opérateur"),
    30008: Code(400, "Unknown error", "erreur inconnue de l'opérateur"),
    30036: Code(400, "Validity period expired", "délai d'envoi dépassé"),
    30410: Code(400, "Provider timeout error", "l'opérateur du destinataire n'a pas répondu"),
    30450: Code(400, "Message delivery blocked", "envois suspendus vers ce préfixe"),
}

# Of the failures, those that happen before anything has left: `failed`, without a `sent` before.
FAIL_BEFORE_SENDING = frozenset({30001, 30002, 30036})

# What goes wrong when the carrier calls the gateway.
WEBHOOK_FAILURES: dict[int, str] = {
    11100: "l'adresse demandée est fausse",
    11200: "le service n'a pas répondu comme il faut",
    11205: "le service n'a pas répondu",
    11770: "la réponse du service est vide",
    12100: "la réponse du service est illisible",
    12200: "la réponse du service contient ce qui n'est pas simulé",
    12300: "la réponse du service n'est pas du XML",
    13214: "l'appel serait présenté sous un numéro qui n'est pas le nôtre",
    13223: "le numéro à joindre n'existe pas",
    13227: "ce territoire n'est pas ouvert aux appels",
    13520: "une phrase à dire est vide",
    13521: "une phrase à dire est trop longue",
}


class Refused(Exception):
    """The carrier refuses a request, with one of `REFUSALS`."""

    def __init__(self, code: int, about: str = "") -> None:
        self.code = code
        self.http_status = REFUSALS[code].http_status
        self.message = REFUSALS[code].message.format(about)
        super().__init__(f"{code}: {self.message}")


def in_english(code: int) -> str:
    """The carrier's own words for a failed message, as its `error_message` gives them."""
    return FAILURES[code].message


def in_french(code: int) -> str:
    """Why, for somebody who reads it under a message; the bare code when it is unknown."""
    known = REFUSALS.get(code) or FAILURES.get(code)
    return known.french if known else f"code {code}"
