"""Settings that would start and not work are refused at the start, with the reason."""

import pytest
from pydantic import ValidationError

from dynaris.core.settings import Settings


@pytest.mark.parametrize(
    "auth", ["https://id.example", "http://d.example", "https://d.example.org", "https://www.d.example/"]
)
def test_sign_in_on_another_host_is_refused_because_its_sessions_would_not_exist_on_this_one(auth: str) -> None:
    with pytest.raises(ValidationError, match=r"must have the scheme and host of DYNARIS_PUBLIC_URL"):
        Settings(public_url="https://d.example", auth_url=auth)


def test_sign_in_may_have_a_port_and_a_path_of_its_own() -> None:
    assert Settings(public_url="https://d.example", auth_url="https://D.example:8443/in").auth_url
    assert Settings(host="127.0.0.1", port=8000, auth_url="http://127.0.0.1:9000").auth_url


def test_a_provider_without_a_client_id_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs DYNARIS_OIDC_CLIENT_ID"):
        Settings(oidc_issuer="https://login.example")
    assert Settings(oidc_issuer="https://login.example", oidc_client_id="dynaris").oidc_issuer
