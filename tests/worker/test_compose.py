"""docker-compose.yml against the code that it starts: the right names, no password in the file, the right order."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
import yaml
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from ledger.migrate import KEYS, migrate
from worker.main import app
from worker.options import PARTS, Options
from worker.settings import TEMPORAL_GIVEN, Settings
from worker.stack.postgres import (
    APPLICATION_LOGIN,
    APPLICATION_ROLE,
    AUDITOR_LOGIN,
    AUDITOR_ROLE,
    DATABASE,
    KEYS_DATABASE,
    OWNER_ROLE,
    SEALER_LOGIN,
    SEALER_ROLE,
    SUPERUSER,
    PostgresServer,
)
from worker.stack.temporal import NAMESPACE, SEARCH_ATTRIBUTES, TemporalServer, temporal_binary

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if str(service["image"]).startswith("casefold:")}
ONE_SHOTS = {"ledger-roles", "keys-roles", "migrate", "temporal-schema", "temporal-namespace"}
REFERENCE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def test_every_setting_of_our_services_is_one_that_the_code_reads() -> None:
    fields = [*Settings.model_fields.values(), *Options.model_fields.values()]
    read = {str(field.alias) for field in fields} | {*TEMPORAL_GIVEN, "TEMPORAL_NAMESPACE", "CASEFOLD_ORIGIN"}
    assert OURS.keys() >= {"migrate", "worker"}
    for name, service in OURS.items():
        unknown = service["environment"].keys() - read
        assert not unknown, f"{name} sets {unknown}, which neither worker/settings.py nor worker/options.py reads"


def test_our_services_start_with_these_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in OURS.values():
        with monkeypatch.context() as patch:
            for name, value in service["environment"].items():
                patch.setenv(name, REFERENCE.sub(lambda match: match[3] if match[2] == "-" else "s" * 32, value))
            settings = Settings()
            if service["command"][-1] == "sealer":  # it has no other rights, and knows no other password
                assert f"//{SEALER_LOGIN}:" in settings.sealer_url
                continue
            assert settings.namespace == NAMESPACE
            assert f"//{APPLICATION_LOGIN}:" in settings.database_url
            assert settings.database_url.endswith(f"/{DATABASE}")
            assert settings.keys_url.endswith(f"/{KEYS_DATABASE}")
            assert settings.keys_url.partition("@")[2] != settings.database_url.partition("@")[2]
            if settings.given_owner_url is not None:
                assert f"//{OWNER_ROLE}:" in settings.owner_url
            assert settings.matter_key


def test_our_commands_exist() -> None:
    program = typer.main.get_command(app)
    assert isinstance(program, typer.core.TyperGroup)
    assert {service["command"][0] for service in OURS.values()} <= program.commands.keys()


def test_each_part_of_the_worker_runs_in_one_of_the_services() -> None:
    running: list[str] = []
    for service in OURS.values():
        if service["command"][0] == "worker":
            named = [word for word in service["command"][1:] if word != "--part"]
            running += named or PARTS
    assert sorted(running) == sorted(PARTS)


def test_no_password_stands_in_the_file() -> None:
    secret = re.compile("PASSWORD|PWD|KEY|TOKEN|SECRET")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if secret.search(variable) and not variable.endswith("_URL"):  # of addresses the last line speaks
                assert REFERENCE.fullmatch(str(value)), f"{name}: {variable} is written down"
    for match in REFERENCE.finditer(TEXT):
        if secret.search(match[1]):
            assert match[2] == "?", f"{match[1]} has a default or may be empty"
    assert not re.search(r"://[^/\s:@]+:[^$][^@\s]*@", TEXT), "a password stands in an address"


def test_the_example_of_settings_names_what_the_file_asks_for_and_gives_no_secret_away() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    asked = {match[1]: match[2] for match in REFERENCE.finditer(TEXT)}
    assert example.keys() == asked.keys()
    assert all(not example[name] for name, kind in asked.items() if kind == "?")


def test_every_server_says_whether_it_is_well_and_starts_again() -> None:
    for name in SERVICES.keys() - ONE_SHOTS:
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD", name
        assert SERVICES[name]["restart"] == "unless-stopped", name
    for name in ONE_SHOTS:
        assert SERVICES[name]["restart"].startswith("on-failure"), name


def test_everything_waits_for_what_it_needs() -> None:
    def needs(name: str) -> dict[str, str]:
        return {other: how["condition"] for other, how in SERVICES[name].get("depends_on", {}).items()}

    for name in SERVICES:
        for other, condition in needs(name).items():
            expected = "service_completed_successfully" if other in ONE_SHOTS else "service_healthy"
            assert condition == expected, f"{name} waits for {other} to be {condition}"

    def before(name: str) -> set[str]:
        return set(needs(name)).union(*(before(other) for other in needs(name)))

    assert before("worker") == SERVICES.keys() - {"worker", "webhooks", "projector", "api", "sealer", "temporal-ui"}
    assert before("api") == before("projector") == {"ledger", "ledger-roles", "keys", "keys-roles", "migrate"}
    assert before("temporal") == {"temporal-postgres", "temporal-schema"}


def test_servers_are_reachable_from_this_machine_only() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} listens everywhere on {port}"


def test_namespace_search_attributes_and_roles_are_those_of_the_code() -> None:
    script = SERVICES["temporal-namespace"]["command"][0]
    assert f"--namespace {NAMESPACE} " in script
    assert set(re.search(r"for attribute in (.*);", script)[1].split()) == SEARCH_ATTRIBUTES.keys()  # type: ignore[index]
    assert set(SEARCH_ATTRIBUTES.values()) == {"Keyword"}
    assert "--type Keyword" in script
    roles = (ROOT / "worker/stack/roles.sql").read_text()
    for role in (
        OWNER_ROLE,
        APPLICATION_ROLE,
        APPLICATION_LOGIN,
        SEALER_ROLE,
        SEALER_LOGIN,
        AUDITOR_ROLE,
        AUDITOR_LOGIN,
    ):
        assert f"CREATE ROLE {role} " in roles


def run_one_shot(name: str, programs: Path, replace: dict[str, str], **environment: str) -> None:
    """The script of a one-shot, as compose would hand it to the shell."""
    script = SERVICES[name]["command"][0].replace("$$", "$")
    for old, new in replace.items():
        assert old in script
        script = script.replace(old, new)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    shell = SERVICES[name]["entrypoint"]
    subprocess.run(
        [*shell, script], check=True, env={"PATH": path, **environment}, timeout=60, stdin=subprocess.DEVNULL
    )


def test_the_one_shot_for_the_roles_works_and_may_run_again(postgres: PostgresServer) -> None:
    passwords = {"OWNER_PASSWORD": "first'owner", "APP_PASSWORD": "first'app", "SEALER_PASSWORD": "first'sealer"}
    place = {"PGHOST": str(postgres.socket), "PGUSER": SUPERUSER}
    postgres.drop_database(DATABASE)
    for _ in range(2):
        run_one_shot(
            "ledger-roles",
            postgres.program(),
            {"/roles.sql": str(ROOT / "worker/stack/roles.sql")},
            **passwords,
            **place,
        )
    with psycopg.connect(postgres.owner_url) as connection:
        assert connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'casefold'"
        ).fetchone()
    with psycopg.connect(postgres.database_url), psycopg.connect(postgres.url(SUPERUSER)) as connection:
        query = "SELECT count(rolpassword) FROM pg_authid WHERE rolname = ANY(%s)"
        assert connection.execute(query, [[OWNER_ROLE, APPLICATION_LOGIN, SEALER_LOGIN]]).fetchone() == (3,)


def test_the_one_shot_for_the_key_store_works_and_may_run_again(postgres: PostgresServer) -> None:
    postgres.drop_database(KEYS_DATABASE)
    place = {"PGHOST": str(postgres.socket), "PGUSER": SUPERUSER, "OWNER_PASSWORD": "o", "APP_PASSWORD": "a"}
    for _ in range(2):
        run_one_shot("keys-roles", postgres.program(), {"/roles.sql": str(ROOT / "worker/stack/roles.sql")}, **place)
    assert migrate(postgres.keys_owner_url, schema=KEYS)
    with psycopg.connect(postgres.keys_url) as connection:
        assert connection.execute("SELECT count(*) FROM casefold_keys.subject").fetchone() == (0,)


async def test_the_one_shot_for_the_namespace_works_and_may_run_again(
    temporal: TemporalServer, temporal_client: Client
) -> None:
    for _ in range(2):
        run_one_shot(
            "temporal-namespace",
            temporal_binary().parent,
            {"--namespace casefold": "--namespace composed"},
            TEMPORAL_ADDRESS=temporal.address,
            HOME="/nonexistent",
        )
    found = await temporal_client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="composed")
    )
    assert found.custom_attributes.keys() >= SEARCH_ATTRIBUTES.keys()


def test_temporal_has_its_shards_from_the_first_day_and_a_schema_of_its_own_version() -> None:
    server = SERVICES["temporal"]
    assert server["environment"]["NUM_HISTORY_SHARDS"] == "512"
    version = server["image"].split(":")[1]
    assert {SERVICES[name]["image"] for name in ("temporal-schema", "temporal-namespace")} == {
        f"temporalio/admin-tools:{version}"
    }


def test_the_image_holds_every_package_and_nothing_of_the_folder_besides() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = set(project["tool"]["uv"]["build-backend"]["module-name"])
    assert set(re.findall(r"^COPY (\w+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)) == packages
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == packages | {"requirements.lock"}
