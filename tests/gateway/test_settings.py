"""Settings: everything that is missing is named at once, and no secret ever shows."""

from __future__ import annotations

import pytest

from gateway.settings import DEMO_NUMBER, Settings, SettingsError, read_settings

REAL = {
    "carrier": "twilio",
    "secret_key": "a secret of our own that is long enough",
    "twilio_account_sid": "AC" + "1" * 32,
    "twilio_auth_token": "token",
    "twilio_sms_number": "+33939980000",
    "public_url": "https://fil.example.org",
}


def _read(**given: object) -> Settings:
    return read_settings(_env_file=None, **given)


def test_nothing_needs_to_be_set_for_the_demo() -> None:
    settings = _read()
    assert (settings.carrier, settings.host, settings.port) == ("simulator", "127.0.0.1", 8000)


def test_everything_that_a_real_carrier_needs_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        _read(carrier="twilio")
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SMS_NUMBER", "SECRET_KEY"):
        assert name in str(error.value)


def test_a_real_carrier_with_all_it_needs_is_taken() -> None:
    settings = _read(**REAL)
    assert settings.api_url is None
    assert settings.sender == "+33939980000"


@pytest.mark.parametrize("url", ["ftp://x", "fil.example.org", "https://u:p@x", "https://x/?a=1",
                                 "https://x/#rc=3"])  # fmt: skip
def test_an_address_that_could_not_be_signed_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL"):
        _read(public_url=url)


def test_several_mistakes_are_told_together() -> None:
    with pytest.raises(SettingsError) as error:
        _read(port="many", radius_km=-1, country_codes="33,xx")
    assert all(name in str(error.value) for name in ("PORT", "RADIUS_KM", "COUNTRY_CODES"))


def test_secrets_do_not_show() -> None:
    shown = repr(_read(**REAL))
    assert REAL["secret_key"] not in shown
    assert "token'" not in shown


@pytest.mark.parametrize(
    ("sender", "takes_replies"),
    [("+33939980000", True), ("36105", True), ("MG" + "a" * 32, True), ("FilSolid", False)],
)
def test_a_name_as_sender_cannot_be_answered(sender: str, *, takes_replies: bool) -> None:
    assert _read(twilio_sender=sender).rules.sender_takes_replies is takes_replies


def test_old_and_new_secrets_stand_side_by_side() -> None:
    settings = _read(secret_key="new, old", twilio_auth_token="second,first")
    assert settings.secrets == ["new", "old"]
    assert settings.auth_tokens == ["second", "first"]


HOURS = "Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00; PH off"


def test_the_operators_line_and_its_hours_are_rules() -> None:
    rules = _read(operator_phone="+33199000009", opening_hours=HOURS).rules
    assert (rules.operator_phone, rules.opening_hours) == ("+33199000009", HOURS)
    assert _read().rules.operator_phone is None


@pytest.mark.parametrize(
    "phone", ["0199000009", "3117", "15", "+3315", "+33899123456", "+33826123456", "+4915112345678"]
)
def test_an_operators_line_that_may_not_be_called_is_refused(phone: str) -> None:
    with pytest.raises(SettingsError, match="OPERATOR_PHONE must be"):
        _read(operator_phone=phone)


def test_the_operators_line_is_not_our_own() -> None:
    with pytest.raises(SettingsError, match="OPERATOR_PHONE is our own number"):
        _read(operator_phone=DEMO_NUMBER)


@pytest.mark.parametrize(
    "hours",
    ["lundi 9h-12h", "Mo-Fr 9-12", "Mo-Fr 09h00-12h00", "Mo-Fr 09:00-12:00; SH off", " "],
)
def test_opening_hours_that_cannot_be_read_are_refused(hours: str) -> None:
    with pytest.raises(SettingsError, match="OPENING_HOURS: must be written as OpenStreetMap"):
        _read(operator_phone="+33199000009", opening_hours=hours)


def test_opening_hours_in_which_nobody_answers_are_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(SettingsError) as error:
        _read(carrier="twilio", opening_hours=HOURS)
    assert "OPERATOR_PHONE is missing" in str(error.value)
    assert "TWILIO_AUTH_TOKEN is missing" in str(error.value)
