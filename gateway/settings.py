"""What an operator may set: the only reader of the environment and of `.env`.

Without any setting everything is made for the demo on one's own machine. With CARRIER=twilio all
that a real number needs must be there, and everything that is missing is named at once.
"""

from __future__ import annotations

import os
import re
from datetime import time
from typing import Literal, Self
from urllib.parse import urlsplit

import phonenumbers
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.opening_hours import are_opening_hours
from flows.phone_numbers import may_be_called
from flows.rules import Rules

# The demo's own: they open nothing, and are refused with a real carrier.
DEMO_SECRET_KEY = "for-the-demo-only-this-key-protects-nothing"  # noqa: S105
DEMO_ACCOUNT_SID = "AC" + "0" * 32
DEMO_AUTH_TOKEN = "for-the-demo-only-this-token-opens-nothing"  # noqa: S105
# In the range for technical platforms, as a real one would be; no such series is given out.
DEMO_NUMBER = "+33939980000"
SIMULATOR_URL = "http://127.0.0.1:8001"


class SettingsError(Exception):
    """What is wrong with the settings, every line of it, in words for an operator."""


class Settings(BaseSettings):
    """One frozen object. Secrets don't show when it is printed."""

    model_config = SettingsConfigDict(env_file=".env", frozen=True, extra="ignore")

    database_url: str = "sqlite:///var/fil-solidaire.db"
    public_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = SecretStr(DEMO_SECRET_KEY)
    carrier: Literal["simulator", "twilio"] = "simulator"

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_sms_number: str = ""
    twilio_voice_number: str = ""
    twilio_sender: str = ""
    twilio_api_url: str = ""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    web_processes: int = Field(2, ge=1)
    web_threads: int = Field(4, ge=1)

    association: str = "Fil Solidaire"
    country_codes: str = "33,590,594,596,262,508,687,689,681"
    radius_km: float = Field(10, gt=0, le=50)
    wave_size: int = Field(5, ge=1, le=50)
    wave_minutes: float = Field(60.0, gt=0)
    waves: int = Field(3, ge=1)
    alerts_per_day: int = Field(3, ge=1)
    quiet_from: str = "20:00"
    quiet_until: str = "8:30"
    need_days: int = Field(30, ge=1)
    offer_days: int = Field(90, ge=1)
    posts_per_day: int = Field(10, ge=1)
    messages_per_day: int = Field(100, ge=1)
    calls_per_day: int = Field(50, ge=1)
    call_tries: int = Field(3, ge=1, le=10)
    sender_segments_per_second: float = Field(1.0, gt=0)
    operator_phone: str = ""
    opening_hours: str = ""

    @field_validator("public_url", "twilio_api_url")
    @classmethod
    def _is_a_plain_address(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address that begins with https:// (or http://)")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must have no user, no query and no fragment: they aren't signed")
        return url.rstrip("/")

    @field_validator("twilio_sms_number", "twilio_voice_number")
    @classmethod
    def _is_a_number(cls, number: str) -> str:
        if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}|[0-9]{3,6}", number):
            raise ValueError("must be a number such as +33939980000, or a short code")
        return number

    @field_validator("quiet_from", "quiet_until")
    @classmethod
    def _is_a_time(cls, clock: str) -> str:
        _time(clock)
        return clock

    @field_validator("country_codes")
    @classmethod
    def _are_country_codes(cls, codes: str) -> str:
        known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        wrong = [code for code in codes.split(",") if not code.isdigit() or int(code) not in known]
        if wrong:
            raise ValueError(f"must be country codes with commas between them, not {wrong}")
        return codes

    @field_validator("opening_hours")
    @classmethod
    def _are_opening_hours(cls, hours: str) -> str:
        if hours and not are_opening_hours(hours):
            raise ValueError(
                "must be written as OpenStreetMap does, without school holidays (SH):"
                " Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00; PH off"
            )
        return hours

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        messages = self._what_its_carrier_lacks() + self._what_is_wrong_with_the_operators_line()
        if messages:
            raise ValueError("; ".join(messages))
        return self

    def _what_its_carrier_lacks(self) -> list[str]:
        if self.carrier == "simulator":
            return []
        messages = [
            f"{name} is missing"
            for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SMS_NUMBER")
            if not _plain(getattr(self, name.lower()))
        ]
        if not self.secrets or DEMO_SECRET_KEY in self.secrets:
            messages.append("SECRET_KEY is missing: a long secret of your own")
        return messages

    def _what_is_wrong_with_the_operators_line(self) -> list[str]:
        phone, messages = self.operator_phone, []
        if phone in (self.voice_number, self.sms_number):
            messages.append("OPERATOR_PHONE is our own number: callers would be led in a circle")
        elif phone and not may_be_called(phone, country_codes=self._country_codes):
            messages.append(
                "OPERATOR_PHONE must be a number of COUNTRY_CODES, written like +33199000001;"
                " no short number, and none that costs more than a call"
            )
        if self.opening_hours and not phone:
            messages.append("OPERATOR_PHONE is missing: who answers in OPENING_HOURS?")
        return messages

    @property
    def secrets(self) -> list[str]:
        """The secrets for data at rest, the current one first (they stand with commas between)."""
        return [part.strip() for part in _plain(self.secret_key).split(",") if part.strip()]

    @property
    def account_sid(self) -> str:
        return self.twilio_account_sid or DEMO_ACCOUNT_SID

    @property
    def auth_tokens(self) -> list[str]:
        """The tokens that may sign webhooks; the first one also signs in at the REST API.

        Two stand there, with a comma between, while a token is being rotated.
        """
        tokens = [part.strip() for part in _plain(self.twilio_auth_token).split(",")]
        return [token for token in tokens if token] or [DEMO_AUTH_TOKEN]

    @property
    def sms_number(self) -> str:
        return self.twilio_sms_number or DEMO_NUMBER

    @property
    def voice_number(self) -> str:
        return self.twilio_voice_number or self.sms_number

    @property
    def sender(self) -> str:
        return self.twilio_sender or self.sms_number

    @property
    def api_url(self) -> str | None:
        """Another base address for the carrier's REST API, or None for Twilio's own."""
        if self.twilio_api_url:
            return self.twilio_api_url
        return SIMULATOR_URL if self.carrier == "simulator" else None

    @property
    def _country_codes(self) -> frozenset[int]:
        return frozenset(int(code) for code in self.country_codes.split(","))

    @property
    def rules(self) -> Rules:
        return Rules(
            association=self.association,
            sms_number=self.sms_number,
            voice_number=self.voice_number,
            # A Messaging Service (MG…) sends from numbers; a name can't be answered.
            sender_takes_replies=bool(re.fullmatch(r"\+?[0-9]+|MG[0-9a-f]{32}", self.sender)),
            country_codes=self._country_codes,
            radius_km=self.radius_km,
            wave_size=self.wave_size,
            wave_minutes=self.wave_minutes,
            waves=self.waves,
            alerts_per_day=self.alerts_per_day,
            quiet_from=_time(self.quiet_from),
            quiet_until=_time(self.quiet_until),
            need_days=self.need_days,
            offer_days=self.offer_days,
            posts_per_day=self.posts_per_day,
            messages_per_day=self.messages_per_day,
            calls_per_day=self.calls_per_day,
            call_tries=self.call_tries,
            operator_phone=self.operator_phone or None,
            opening_hours=self.opening_hours,
        )


def _time(clock: str) -> time:
    """ "8:30", "08h30" or "20h" as a time of the day; ValueError for anything else."""
    match = re.fullmatch(r"(\d{1,2})(?:[:hH](\d{2})?)?", clock.strip())
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        raise ValueError("must be a time such as 20:00 or 8:30")
    return time(int(match[1]), int(match[2] or 0))


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def read_settings(**given: object) -> Settings:
    """The settings of this process; SettingsError names everything that is wrong with them."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for wrong in error.errors():
            name = ".".join(str(part) for part in wrong["loc"]).upper()
            message = wrong["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {message}" if name else message)
        raise SettingsError("\n".join(lines)) from None


def keep_to_our_threads() -> None:
    """Before numpy is imported: it shall begin no threads to multiply matrices, which we never do.

    One that is begun before `until_signalled` asks for it is not deaf to signals, and a signal to
    it would end the process in the midst of its work.
    """
    os.putenv("OPENBLAS_NUM_THREADS", "1")
