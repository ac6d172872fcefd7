"""Which layout fits a file: every layout's score with its reasons, and what a run would do."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.layouts import Catalogue, Fit, Speaks
from etl_batch.reporting.formatting import percent
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.pick import automatic_of, fits_of, pick_file, pickable_layouts
from etl_batch.ui.layouts.state import ASKED_KEY, FILE_KEY, open_tab
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen

TONES = {Speaks.FOR: "good", Speaks.AGAINST: "bad", Speaks.NEITHER: "warn"}
GOOD, POSSIBLE = 0.8, 0.5


def show_fits(doors: Doors, catalogue: Catalogue) -> None:
    """Draw every layout's score on a file, with the reasons."""
    path = pick_file(doors)
    if path is None:
        return
    known = pickable_layouts(catalogue)
    labels = {layout.name: label for label, layout in known.items()}
    try:
        fits = fits_of(doors, path, known)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    _automatic(doors, path, catalogue)
    if not fits:
        markup.notice(wording.NO_LAYOUT, tone="warn")
        return
    markup.section(wording.SCORES, wording.FITS_LEAD)
    markup.show("layout_fits.html", fits=[_drawn(fit, labels) for fit in fits])
    with st.container(horizontal=True, vertical_alignment="center"):
        if fits[0].score > 0:
            st.button(wording.SEE, key="layouts-see", on_click=_see, args=(labels[fits[0].layout],))
        if doors.launch_refusal is None:
            doors.link(wording.LAUNCH, Screen.LAUNCH, {"input": path.name})


def _automatic(doors: Doors, path: Path, catalogue: Catalogue) -> None:
    """What a run that detects the layout would do."""
    if catalogue.problem is not None:
        markup.notice(wording.NOT_CHOSEN.format(reason=catalogue.problem.message), tone="bad")
        return
    found = automatic_of(doors, path, catalogue)
    if found.layout is not None:
        markup.notice(wording.CHOSEN.format(name=found.layout), tone="good")
    elif found.format is not None:
        markup.notice(wording.CHOSEN_OTHER.format(format=found.format))
    else:
        markup.notice(wording.NOT_CHOSEN.format(reason=found.refusal), tone="warn")


def _drawn(fit: Fit, labels: dict[str, str]) -> dict[str, object]:
    tone = "good" if fit.score >= GOOD else "warn" if fit.score >= POSSIBLE else "bad" if fit.score == 0 else "plain"
    return {
        "name": labels[fit.layout],
        "score": wording.SCORE.format(share=percent(fit.score)),
        "tone": tone,
        "reasons": [(wording.WORDS[reason.speaks], TONES[reason.speaks], reason.text) for reason in fit.reasons],
    }


def _see(label: str) -> None:
    st.session_state[ASKED_KEY] = st.session_state.get(FILE_KEY), label
    open_tab(wording.HEX_TAB)
