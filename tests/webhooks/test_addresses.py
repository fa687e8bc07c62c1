"""Where webhooks may go: nowhere that only our own server can reach, unless whoever runs it allows that."""

from __future__ import annotations

import pytest

from ledger.webhooks.addresses import AddressRefused, Allowed

NOTHING = Allowed()


def refused(url: str, allowed: Allowed = NOTHING) -> str:
    """The code of the refusal."""
    with pytest.raises(AddressRefused) as caught:
        allowed.target(url)
    return caught.value.code


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "2130706433", "0x7f000001", "127.1"),
        *("[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    ],
)
def test_no_address_of_this_machine_or_a_private_network_is_let_through(host: str) -> None:
    assert refused(f"https://{host}/hook") == "webhook_not_public"


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "https://", "https:///hook"),
        *("https://user:secret@1.1.1.1/", "https://1.1.1.1/#part", "https://1.1.1.1:99999/", "https://1.1.1.1/a b"),
        *("https://1.1.1.1\\@127.0.0.1/", "https://1.1.1.1/\n", "https://bücher.example/", "https://[::1/"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert refused(url) == "webhook_url_wrong"


def test_public_addresses_are_reached_by_https_alone() -> None:
    target = NOTHING.target("https://1.1.1.1/hook?a=1")
    assert (target.host, target.port, target.addresses) == ("1.1.1.1", 443, ("1.1.1.1",))
    assert refused("http://1.1.1.1/hook") == "webhook_not_https"


def test_whoever_runs_it_allows_networks_and_hosts_by_name() -> None:
    allowed = Allowed.parse("127.0.0.0/8, [::1] Hooks.Internal")
    assert allowed.target("http://127.0.0.1:9000/").port == 9000
    assert allowed.target("http://localhost/").host == "localhost"
    assert refused("https://10.0.0.1/", allowed) == "webhook_not_public"
    assert refused("http://1.1.1.1/", allowed) == "webhook_not_https"
    assert "hooks.internal" in allowed.hosts
    with pytest.raises(ValueError, match="has host bits set"):
        Allowed.parse("10.0.0.1/8")
