"""Makes the generated half of the client from the description of the API: ``python -m scripts.client``.

A test compares what lies in `client/` with what comes out here.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from api.app import create_app
from api.house import House
from api.identity import routes

FOLDER = Path(__file__).resolve().parents[1] / "client"
REF = "#/components/schemas/"
STREAMED = "text/event-stream"
WIDTH = 105
HEADERS = {
    "Idempotency-Key": ("command_id", "str | None"),
    "If-Match": ("if_match", "int | None"),
    "Happened-At": ("happened_at", "Instant | None"),
    "Hold": ("hold", "int | None"),
}
"""Header → the argument that it becomes, with its type."""
NOT_ASKED = frozenset({"If-None-Match", "Last-Event-ID"})
"""Headers that the client has no use for."""
AMOUNT = "^[0-9]{1,12}"
MADE = "Made by `python -m scripts.client`: do not change it by hand."
MODELS = f'''"""What the API answers, and parts of what it is asked. {MADE}"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict

Instant = datetime | str
"""An instant with its time zone; as text RFC 3339."""
Amount = Decimal | str
"""Money, never a float."""
Point = datetime | str
"""An instant, or a version of a case: ``v12``."""
'''
OPERATIONS = f'''"""A method for each operation of the API. {MADE}"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from client.transport import Download, Transport, Upload
from client.models import ({{names}})


class Operations(Transport):
    """Everything that can be asked, one method each. Whoever is refused gets an exception with the sentence."""
'''

Schema = Mapping[str, Any]


def description() -> dict[str, Any]:
    """The description of the whole API; nothing is connected for it."""
    nothing = cast("Any", None)
    app = create_app(House(nothing, nothing, nothing, {}), routers=[routes.router()])
    found: dict[str, Any] = app.openapi()
    return found


class Generator:
    """Writes both files."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._names = dict(_names(self._schemas))
        self._wanted: dict[str, bool] = {}
        """Schema → whether it comes in, in the order in which they are first needed."""

    def files(self) -> dict[str, str]:
        """Name of a file → its text, as `ruff format` leaves it."""
        methods = "\n".join(
            method
            for path, operations in self._document["paths"].items()
            for verb, operation in operations.items()
            for method in self._method(verb.upper(), path, operation)
        )
        models = MODELS + "".join(self._models())
        known = re.findall(r"^(?:class )?(\w+)(?: = |\()", models, re.MULTILINE)
        used = sorted(name for name in known if re.search(rf"\b{name}\b", methods))
        operations = OPERATIONS.replace("{names}", ", ".join(used)) + methods
        return {"models.py": _formatted(models), "operations.py": _formatted(operations)}

    # ── Models ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _models(self) -> Iterator[str]:
        """Every schema that is needed; a schema may need others."""
        written: set[str] = set()
        texts: dict[str, str] = {}
        while missing := [name for name in self._wanted if self._names[name] not in written]:
            for name in missing:
                written.add(self._names[name])
                texts[self._names[name]] = self._model(name, coming_in=self._wanted[name])
        aliases = [name for name, text in texts.items() if "Literal[" in text.split("\n")[1]]
        for name in sorted(aliases) + sorted(set(texts) - set(aliases)):
            yield texts[name]

    def _model(self, schema_name: str, *, coming_in: bool) -> str:
        schema, name = self._schemas[schema_name], self._names[schema_name]
        if "enum" in schema:
            return f"\n{name} = Literal[{', '.join(map(repr, schema['enum']))}]\n" + _doc(schema, "")
        required = set(schema.get("required", ()))
        fields = {}
        for field, part in schema.get("properties", {}).items():
            kind = self._type(part, coming_in=coming_in)
            fields[field] = kind if field in required else f"NotRequired[{kind}]"
        if any(keyword.iskeyword(field) for field in fields):
            body = ", ".join(f"{field!r}: {kind!r}" for field, kind in fields.items())
            return f"\n{name} = TypedDict({name!r}, {{{body}}})\n" + _doc(schema, "")
        lines = [f"\n\nclass {name}(TypedDict):", _doc(schema, "    ")]
        for field, kind in fields.items():
            lines.append(f"    {field}: {kind}")
            told = schema["properties"][field].get("description", "")
            if told and _sentence(told) != _sentence(field.replace("_", " ").capitalize()):
                lines.append(_text(told, "    "))
        return "\n".join(line for line in lines if line) + "\n"

    def _type(self, schema: Schema, *, coming_in: bool) -> str:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(REF)
            self._wanted[name] = self._wanted.get(name, False) or coming_in
            return self._names[name]
        if "anyOf" in schema:
            kinds = [self._type(part, coming_in=coming_in) for part in schema["anyOf"]]
            return "Point" if "v[1-9]" in str(schema["anyOf"]) else " | ".join(dict.fromkeys(kinds))
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        match schema.get("type"):
            case "string" if coming_in and schema.get("format") == "date-time":
                return "Instant"
            case "string" if coming_in and str(schema.get("pattern", "")).startswith(AMOUNT):
                return "Amount"
            case "string":
                return "str"
            case "array":
                part = self._type(schema.get("items", {}), coming_in=coming_in)
                return f"list[{part}]"
            case "object":
                inner = schema.get("additionalProperties", True)
                part = self._type(inner, coming_in=coming_in) if isinstance(inner, Mapping) else "Any"
                return f"dict[str, {part}]"
            case kind:
                return {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(str(kind), "Any")

    # ── Methods ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _method(self, verb: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
        status, answer = next((s, one) for s, one in operation["responses"].items() if s.startswith("2"))
        content: Mapping[str, Any] = answer.get("content", {})
        if STREAMED in content:
            return  # read by hand: client/feed.py
        arguments = _Arguments()
        for parameter in operation.get("parameters", ()):
            self._parameter(parameter, arguments)
        self._body(operation.get("requestBody"), arguments)
        schema = content.get("application/json", {}).get("schema", {})
        if status == "204":
            returns, wrapped = "None", "self.ask({})"
        elif set(content) == {"application/json"} and schema:
            returns = self._type(schema, coming_in=False)
            wrapped = f"return cast({returns!r}, self.ask({{}}))"
        else:
            returns, wrapped = "Download", "return self.download({})"
        name = operation["operationId"]
        given = [repr(verb), "f" * ("{" in path) + repr(_quoted(path)), *arguments.parts()]
        told = _text(operation.get("description") or operation["summary"], " " * 8)
        yield (
            f"\n    def {name}(self{arguments.signature()}) -> {returns}:\n{told}\n"
            f"        {wrapped.format(', '.join(given))}\n"
        )

    def _parameter(self, parameter: Mapping[str, Any], arguments: _Arguments) -> None:
        place, name, schema = parameter["in"], parameter["name"], parameter["schema"]
        if place == "header":
            if name in NOT_ASKED:
                return
            python, kind = HEADERS[name]
            arguments.add("headers", name, python, kind, "None")
            return
        kind = self._argument(schema)
        if place == "path":
            arguments.add("path", name, name, kind, "")
        else:
            default = "" if parameter.get("required") else _default(schema)
            kind = kind if default != "None" else f"{kind} | None"
            arguments.add("query", name, _python(name), kind, default)

    def _body(self, body: Mapping[str, Any] | None, arguments: _Arguments) -> None:
        if body is None:
            return
        (media, content), *_ = body["content"].items()
        schema: Any = content["schema"]
        for part in schema.get("anyOf", [schema]):
            if "$ref" in part:
                schema = self._schemas[part["$ref"].removeprefix(REF)]
        required = set(schema.get("required", ()))
        place = "form" if media.startswith("multipart/") else "body"
        arguments.has_body = arguments.has_body or place == "body"
        for field, part in schema.get("properties", {}).items():
            if part.get("contentMediaType") == "application/octet-stream" or part.get("format") == "binary":
                arguments.add("file", field, field, "Upload", "")
                continue
            kind = self._argument(part)
            default = "" if field in required else _default(part)
            if default == "None" and "None" not in kind.split(" | "):
                kind += " | None"
            arguments.add(place, field, _python(field), kind, default)

    def _argument(self, schema: Schema) -> str:
        """The type of an argument; a list may be any sequence."""
        kind = self._type(schema, coming_in=True)
        return re.sub(r"^list\[", "Sequence[", re.sub(r"^dict\[", "Mapping[", kind))


class _Arguments:
    """The arguments of a method, and where each goes."""

    def __init__(self) -> None:
        self._all: list[tuple[str, str, str, str, str]] = []
        self.has_body = False

    def add(self, place: str, name: str, python: str, kind: str, default: str) -> None:
        """One more."""
        assert all(python != other[2] for other in self._all), f"two arguments are called {python}"
        self._all.append((place, name, python, kind, default))

    def signature(self) -> str:
        """As it stands between the brackets."""
        path = [f"{python}: {kind}" for place, _name, python, kind, _default in self._all if place in ("path", "file")]
        others = sorted((one for one in self._all if one[0] not in ("path", "file")), key=_rank)
        named = [f"{python}: {kind}" + (f" = {default}" if default else "") for _, _, python, kind, default in others]
        return "".join(f", {one}" for one in path + (["*", *named] if named else []))

    def parts(self) -> Iterator[str]:
        """As they are handed on."""
        for place in ("query", "body", "form", "headers", "file"):
            found = [(name, python) for where, name, python, _kind, _default in self._all if where == place]
            if place == "file" and found:
                yield f"file={found[0][1]}"
            elif found:
                yield f"{place}={{{', '.join(f'{name!r}: {python}' for name, python in found)}}}"
            elif place == "body" and self.has_body:
                yield "body={}"


def _rank(argument: tuple[str, str, str, str, str]) -> tuple[bool, bool]:
    """What must be given comes first, how it is asked last."""
    place, _name, _python, _kind, default = argument
    return bool(default), place == "headers"


def _names(schemas: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    """Schema → the name of its type: the short one, where that means one thing only."""
    short = {name: re.sub(r"-(Out|In)put$", "", name.rpartition("__")[2]) for name in schemas}
    for name in schemas:
        others = [other for other in schemas if short[other] == short[name]]
        same = all(schemas[other].get("enum", other) == schemas[name].get("enum", name) for other in others)
        if same or name == short[name]:
            yield name, short[name]
        else:
            yield name, "".join(part.capitalize() for part in name.split("__")[1:-1]) + short[name]


def _default(schema: Schema) -> str:
    default = schema.get("default")
    return repr(tuple(default) if isinstance(default, list) else default)


def _python(name: str) -> str:
    """As the name of an argument."""
    return name + "_" * (keyword.iskeyword(name) or name in ("id", "type", "from"))


def _quoted(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"{self.quoted(\1)}", path)


def _sentence(text: str) -> str:
    return text.strip().rstrip(".")


def _doc(schema: Schema, indent: str) -> str:
    told = schema.get("description", "")
    return _text(told, indent) + "\n" * (not indent) if told else ""


def _text(text: str, indent: str) -> str:
    """A docstring, wrapped."""
    paragraphs = [" ".join(part.split()) for part in text.replace("\\", "").split("\n\n") if part.strip()]
    first, *others = [textwrap.fill(part, WIDTH) for part in paragraphs]
    whole = "\n\n".join([first, *others])
    end = "\n" if "\n" in whole else ""
    return textwrap.indent(f'"""{whole}{end}"""', indent)


def _formatted(text: str) -> str:
    """As the style of this project has it."""
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "I,F401", "--fix", "-q"], ["format", "-q"]):
        name = ["--stdin-filename", str(FOLDER / "made.py"), "-"]
        done = subprocess.run([*ruff, *command, *name], input=text, capture_output=True, text=True, check=True)
        text = done.stdout
    return text


def main() -> None:
    """Write both files."""
    for name, text in Generator(description()).files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
