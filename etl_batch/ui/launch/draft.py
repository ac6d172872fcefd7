"""Launch view, the draft: what was typed and picked, until it is launched or begun afresh.

It outlives the page, which forgets its fields as soon as another one is shown, and the connection, which ends at a
reload. It belongs to where the form began: another preset, or an address that names a run or an input, begins with its
own values, and what is typed there is another draft, in the place of the one before.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass

import streamlit as st

from etl_batch.ui.shared import chosen

PRESET, INPUTS = "launch-preset", "launch-picked"
_ORIGIN = "origin"
_DRAFT_KEY, _OWN_KEY, _ADDRESS_KEY = "launch-draft", "launch-typed", "launch-address"
_WIDGETS = "launch-"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form begins: an input or a run that the address names, a preset, or nothing of these."""

    picked: str | None = None
    from_run: str | None = None
    preset: str | None = None

    @property
    def addressed(self) -> bool:
        """Whether the address says where to begin."""
        return self.picked is not None or self.from_run is not None


class Draft:
    """What was typed, in a memory that somebody else keeps."""

    def __init__(self, memory: MutableMapping[str, object], origin: Origin) -> None:
        self.memory, self.origin = memory, origin

    def get(self, name: str, default: object = None) -> object:
        """What was typed into a field of the form that is shown; names of fields say where it began."""
        if name == PRESET and self.origin.addressed and not self.begun:
            return default
        return self.memory.get(name, default)

    def put(self, name: str, value: object) -> None:
        """Keep what was typed; a draft of another origin makes way."""
        if not self.begun:
            self.memory.clear()
            self.memory[_ORIGIN], self.memory[PRESET] = self.origin, self.origin.preset or chosen.NONE
        self.memory[name] = value

    @property
    def begun(self) -> bool:
        """Whether anything was typed in the form that is shown."""
        return bool(self.memory.get(_ORIGIN) == self.origin)

    @property
    def untouched(self) -> bool:
        """Whether the form has begun with nothing, or with an input, and nothing was typed in it."""
        return not self.begun and self.origin.preset is None and self.origin.from_run is None

    @property
    def inputs(self) -> tuple[str, ...] | None:
        """What was picked in it; None for what it began with."""
        picked = self.get(INPUTS) if self.begun else None
        return picked if isinstance(picked, tuple) else None


def open_draft(memory: MutableMapping[str, object] | None, address: Origin) -> Draft:
    """The draft of whoever looks. Without an address it is the one that they left, and begins where that began.

    `memory`: theirs alone; None where nobody keeps one, so that it lasts as long as the connection.
    """
    own: dict[str, object] = st.session_state.setdefault(_OWN_KEY, {})
    memory = own if memory is None else memory
    left = memory.get(_ORIGIN)
    draft = Draft(memory, left if isinstance(left, Origin) and not address.addressed else address)
    if address.addressed and st.session_state.get(_ADDRESS_KEY) != address and not draft.begun:
        chosen.let_go(_WIDGETS)
    st.session_state[_ADDRESS_KEY] = address
    st.session_state[_DRAFT_KEY] = draft
    chosen.keep_in(draft)
    return draft


def current_draft() -> Draft | None:
    """The draft of the form that was drawn last; None before any was."""
    draft = st.session_state.get(_DRAFT_KEY)
    return draft if isinstance(draft, Draft) else None


def keep_inputs(inputs: tuple[str, ...]) -> None:
    """Keep what somebody has picked."""
    draft = current_draft()
    if draft is not None:
        draft.put(INPUTS, inputs)


def drop() -> None:
    """Forget what was typed and picked; the form begins afresh."""
    _forget()
    chosen.let_go(_WIDGETS)


def begin_with_preset(key: str) -> None:
    """The callback of the choice of presets: the form has the values of the one chosen, whatever was typed before."""
    _forget()[PRESET] = st.session_state.get(key)
    chosen.let_go(_WIDGETS, but=PRESET)


def _forget() -> MutableMapping[str, object]:
    draft = current_draft()
    memory = {} if draft is None else draft.memory
    memory.clear()
    return memory
