"""XES: one trace for each case, as IEEE 1849 has it, with its extensions concept, time, lifecycle and org."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from ledger.exports.told import Line, Told, Withheld
from ledger.exports.values import kind_of, text_of, xml_text

EXTENSIONS = ("Concept", "Time", "Lifecycle", "Organizational")
PREFIX = {"Organizational": "org"}
TAGS = {"string": "string", "time": "date", "integer": "int", "float": "float", "boolean": "boolean"}
UNKNOWN = "unknown"
NO_DATE = "1970-01-01T00:00:00.000+00:00"
GLOBALS = {
    "trace": (("string", "concept:name", UNKNOWN),),
    "event": (
        ("string", "concept:name", UNKNOWN),
        ("date", "time:timestamp", NO_DATE),
        ("string", "lifecycle:transition", "complete"),
    ),
}
"""What every trace and every event has."""
CLASSIFIERS = {"Activity": "concept:name", "Transition": "concept:name lifecycle:transition"}


class Xes:
    """Writes cases one after the other; keeps none."""

    def __init__(self, file: IO[str], about: Mapping[str, Any]) -> None:
        self._file = file
        self._about = about

    def write(self, cases: Iterable[Told]) -> None:
        """The whole log."""
        put = self._file.write
        put('<?xml version="1.0" encoding="UTF-8"?>\n')
        put('<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n')
        for name in EXTENSIONS:
            prefix = PREFIX.get(name, name.lower())
            put(f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n')
        for scope, attributes in GLOBALS.items():
            put(f'<global scope="{scope}">')
            put("".join(f'<{tag} key="{key}" value="{value}"/>' for tag, key, value in attributes) + "</global>\n")
        for name, keys in CLASSIFIERS.items():
            put(f'<classifier name="{name}" scope="event" keys="{keys}"/>\n')
        put(_attributes(self._about) + "\n")
        for told in cases:
            put(f"<trace>{_attribute('concept:name', told.case)}{_attributes(told.facts)}\n")
            put("".join(f"<event>{_event(line)}</event>\n" for line in told.lines) + "</trace>\n")
        put("</log>\n")


def _event(line: Line) -> str:
    standard = {
        "concept:name": line.name,
        "concept:instance": line.id,
        "time:timestamp": line.happened_at,
        "lifecycle:transition": "complete",
        "org:resource": line.resource,
        "org:role": line.role,
        "org:group": line.group,
    }
    more = {"version": line.entry.version, "recorded_at": line.entry.recorded_at}
    told = {name: value for name, value in standard.items() if value != ""}
    return _attributes(told) + _attributes(more) + _attributes(line.data)


def _attributes(values: Mapping[str, Any]) -> str:
    return "".join(_attribute(name, value) for name, value in values.items())


def _attribute(name: str, value: Any) -> str:
    """One attribute; what is not known, or withheld, is not there."""
    if value in ("", None, ()) or isinstance(value, Withheld):
        return ""
    tag = TAGS[kind_of(value)]
    return f"<{tag} key={quoteattr(name)} value={quoteattr(xml_text(text_of(value)), _BREAKS)}/>"


_BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
"""Line breaks in an attribute are read as spaces unless they are written so."""
