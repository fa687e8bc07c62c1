"""The history as PDF, set by Typst: archival (PDF/A), with the Chinese glyphs right, or not made at all."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from console.dossier.glyphs import characters, printable
from console.dossier.page import Page
from console.words import N_, _

FONT = "Noto Sans CJK TC"
"""It has the glyphs of all of Chinese, Japanese and Korean; which are set follows from the language."""
PACKAGE, FILE = "cvttf_NotoSansCJK_Regular", "NotoSansCJKtc-Regular.otf"
STANDARD: Literal["a-2u"] = "a-2u"
NO_FONT = N_(
    "The PDF cannot be made: its font is not installed (pip install cvttf-notosanscjk-regular). With --no-pdf the rest "
    "is made without it."
)
NOT_SET = N_("The PDF cannot be made ({reason}). With --no-pdf the rest is made without it.")


class NoPaper(Exception):
    """The PDF cannot be made as it should be; the text is a sentence that says why."""


def font_file() -> Path:
    """Where the font is. Raises NoPaper."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        if (file := Path(folder) / FILE).is_file():
            return file
    raise NoPaper(_(NO_FONT))


def pdf_of(page: Page) -> bytes:
    """The page as PDF. Raises NoPaper, for a mere warning too: it may mean empty boxes instead of words."""
    import typst

    font = font_file()
    there = characters(font)
    data = json.dumps(_printable(asdict(page), there), ensure_ascii=False)
    source = files("console.dossier").joinpath("dossier.typ").read_bytes()
    try:
        inputs = {"page": data, "font": FONT}
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[font.parent])
        compiler = typst.Compiler(source, font_paths=fonts, sys_inputs=inputs)
        pdf, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards=STANDARD)
    except RuntimeError as error:
        raise NoPaper(_(NOT_SET, reason=_reason(error))) from error
    if warnings:
        raise NoPaper(_(NOT_SET, reason=_reason(warnings[0])))
    assert isinstance(pdf, bytes)
    return pdf


def _reason(error: Any) -> str:
    return str(getattr(error, "message", error)).strip().rstrip(".")


def _printable(value: Any, there: frozenset[int]) -> Any:
    """The same data with nothing in it that the font cannot show."""
    if isinstance(value, str):
        return printable(value, there)
    if isinstance(value, Mapping):
        return {name: _printable(part, there) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part, there) for part in value]
    return value
