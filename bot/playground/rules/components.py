"""The rules of message components: rows, buttons, selects, and the parts of components v2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.playground.rules.form import REQUIRED, Form, Path
from bot.playground.wire import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = frozenset({3, 5, 6, 7, 8})
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
IN_CONTAINER = frozenset({ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR})
LINK_STYLE = 5
LEGACY_ROWS, ROW_BUTTONS, V2_COMPONENTS, V2_TEXT = 5, 5, 40, 4000


class ComponentRules:
    """Checks one message's components; `file_names` are those that attachment:// may name."""

    def __init__(self, form: Form, file_names: set[str], *, v2: bool) -> None:
        self._form = form
        self._files = file_names
        self._v2 = v2
        self._custom_ids: set[str] = set()
        self._numbers: set[int] = set()
        self._total = 0
        self._text = 0
        self._check_kind: dict[int, Callable[[Path, Json], None]] = {
            ROW: self._row,
            BUTTON: self._button,
            **dict.fromkeys(SELECTS, self._select),
            SECTION: self._section,
            TEXT_DISPLAY: self._text_display,
            THUMBNAIL: self._thumbnail,
            GALLERY: self._gallery,
            FILE: self._file,
            SEPARATOR: self._separator,
            CONTAINER: self._container,
        }

    def check(self, components: object) -> None:
        """Note everything that Discord would refuse in a message's `components`."""
        legal = IN_CONTAINER | {CONTAINER} if self._v2 else {ROW}
        limit = V2_COMPONENTS if self._v2 else LEGACY_ROWS
        for path, each in self._form.items(components, ("components",), 0, limit):
            self._one(path, each, legal)
        if self._total > V2_COMPONENTS:
            self._form.wrong(("components",), f"The maximum number of components is {V2_COMPONENTS}")
        if self._text > V2_TEXT:
            self._form.wrong(
                ("components",), f"The text of all components must not exceed {V2_TEXT} characters"
            )

    def _one(self, path: Path, component: Json, legal: frozenset[int] | set[int]) -> None:
        self._total += 1
        if not self._form.choice(component.get("type"), (*path, "type"), legal):
            return
        self._unique_number(path, component.get("id"))
        if "custom_id" in component and component["custom_id"] is not None:
            self._unique_custom_id((*path, "custom_id"), component["custom_id"])
        self._check_kind[component["type"]](path, component)

    def _unique_number(self, path: Path, number: Any) -> None:
        self._form.whole(number, (*path, "id"), 0, 2**31 - 1)
        if number and number in self._numbers:
            self._form.wrong((*path, "id"), "Component id cannot be duplicated")
        if isinstance(number, int):
            self._numbers.add(number)

    def _unique_custom_id(self, path: Path, custom_id: Any) -> None:
        self._form.text(custom_id, path, 1, 100)
        if custom_id in self._custom_ids:
            self._form.wrong(path, "Component custom id cannot be duplicated")
        self._custom_ids.add(str(custom_id))

    def _row(self, path: Path, row: Json) -> None:
        inner = self._form.items(row.get("components"), (*path, "components"), 1, ROW_BUTTONS)
        if len(inner) > 1 and any(each.get("type") in SELECTS for _, each in inner):
            self._form.wrong((*path, "components"), "A row holds up to five buttons or a single select")
        for inner_path, each in inner:
            self._one(inner_path, each, SELECTS | {BUTTON})

    def _button(self, path: Path, button: Json) -> None:
        form = self._form
        form.text(button.get("label"), (*path, "label"), 0, 80)
        form.text(button.get("url"), (*path, "url"), 1, 512)
        if not form.choice(button.get("style"), (*path, "style"), range(1, 7)):
            return
        if not (button.get("label") or button.get("emoji") or button["style"] == 6):
            form.wrong((*path, "label"), "A button needs a label or an emoji")
        if not isinstance(button.get("emoji") or {}, dict):
            form.wrong((*path, "emoji"), "Only dictionaries may be used in this field.")
        needed = {LINK_STYLE: "url", 6: "sku_id"}.get(button["style"], "custom_id")
        if not button.get(needed):
            form.wrong((*path, needed), REQUIRED)
        if needed != "custom_id" and button.get("custom_id"):
            form.wrong((*path, "custom_id"), "A custom id and url cannot both be specified")

    def _select(self, path: Path, select: Json) -> None:
        check_select(self._form, path, select)

    def _section(self, path: Path, section: Json) -> None:
        for inner_path, each in self._form.items(section.get("components"), (*path, "components"), 1, 3):
            self._one(inner_path, each, {TEXT_DISPLAY})
        accessory = section.get("accessory")
        if isinstance(accessory, dict):
            self._one((*path, "accessory"), accessory, {BUTTON, THUMBNAIL})
        else:
            self._form.wrong((*path, "accessory"), REQUIRED)

    def _text_display(self, path: Path, display: Json) -> None:
        self._form.text(display.get("content"), (*path, "content"), 1, V2_TEXT, required=True)
        self._text += len(str(display.get("content") or ""))

    def _thumbnail(self, path: Path, thumbnail: Json) -> None:
        self._form.text(thumbnail.get("description"), (*path, "description"), 1, 1024)
        self._media((*path, "media"), thumbnail.get("media"))

    def _gallery(self, path: Path, gallery: Json) -> None:
        for inner_path, item in self._form.items(gallery.get("items"), (*path, "items"), 1, 10):
            self._form.text(item.get("description"), (*inner_path, "description"), 1, 1024)
            self._media((*inner_path, "media"), item.get("media"))

    def _file(self, path: Path, file: Json) -> None:
        self._media((*path, "file"), file.get("file"), attachments_only=True)

    def _separator(self, path: Path, separator: Json) -> None:
        self._form.whole(separator.get("spacing"), (*path, "spacing"), 1, 2)

    def _container(self, path: Path, container: Json) -> None:
        self._form.whole(container.get("accent_color"), (*path, "accent_color"), 0, 0xFFFFFF)
        for inner_path, each in self._form.items(container.get("components"), (*path, "components"), 1, 40):
            self._one(inner_path, each, IN_CONTAINER)

    def _media(self, path: Path, media: Any, *, attachments_only: bool = False) -> None:
        url = media.get("url") if isinstance(media, dict) else None
        self._form.text(url, (*path, "url"), 1, 2048, required=True)
        if not isinstance(url, str):
            return
        name = url.removeprefix("attachment://")
        if name != url and name not in self._files:
            self._form.wrong((*path, "url"), f"The referenced attachment was not found: {name}")
        if name == url and (attachments_only or not url.startswith(("http://", "https://"))):
            self._form.wrong((*path, "url"), 'Scheme "attachment" is required here.')


def check_select(form: Form, path: Path, select: Json) -> None:
    """A select of a message or a modal: custom_id, options, and how many may be picked."""
    form.text(select.get("custom_id"), (*path, "custom_id"), 1, 100, required=True)
    form.text(select.get("placeholder"), (*path, "placeholder"), 0, 150)
    form.whole(select.get("min_values"), (*path, "min_values"), 0, 25)
    form.whole(select.get("max_values"), (*path, "max_values"), 1, 25)
    if select["type"] == STRING_SELECT:
        check_options(form, path, select, 1, 25)


def check_options(form: Form, path: Path, owner: Json, low: int, high: int) -> None:
    """The options of a select, a radio group or a checkbox group, with values that differ."""
    values: set[str] = set()
    for option_path, option in form.items(owner.get("options"), (*path, "options"), low, high):
        form.text(option.get("label"), (*option_path, "label"), 1, 100, required=True)
        form.text(option.get("value"), (*option_path, "value"), 1, 100, required=True)
        form.text(option.get("description"), (*option_path, "description"), 0, 100)
        if option.get("value") in values:
            form.wrong((*option_path, "value"), "The specified option value is already used")
        values.add(str(option.get("value")))
