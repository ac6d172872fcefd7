"""A look into a file of any size: page by page, from any row on, and the rows that fit conditions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from etl_batch import aside
from etl_batch.datasets import pages
from etl_batch.datasets.find import FoundRows
from etl_batch.datasets.page import PagePlace, TablePage
from etl_batch.datasets.pages import Table
from etl_batch.errors import EtlError
from etl_batch.questions import OPERATORS, Column, Condition
from etl_batch.reporting.formatting import counted, percent, quantity, visible
from etl_batch.ui.data import wording
from etl_batch.ui.shared import chosen, markup
from etl_batch.ui.shared.doors import Doors

MOST_CONDITIONS = 4
CELL_LENGTH = 200
TICK_SECONDS = 1.5
HEIGHT = 420


def show_preview(doors: Doors, table: Table, key: str, run_id: str) -> None:
    """Draw the pages and the search. `key` names the file's content: a place in another one is forgotten."""
    markup.section(wording.PREVIEW_SECTION, wording.PREVIEW_LEAD)
    place_key = f"place-{key}"
    try:
        page = _page(table, st.session_state.get(place_key, PagePlace(0)))
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    if not page.total:
        markup.notice(wording.NO_ROWS)
        return
    _show_controls(page, place_key)
    st.dataframe(page_table(page), hide_index=True, height=markup.table_height(len(page.rows), HEIGHT))
    if page.columns_in_all > len(page.columns):
        st.caption(wording.COLUMNS_CUT.format(shown=len(page.columns), total=quantity(page.columns_in_all)))
    if page.exact:
        last = page.first + len(page.rows)
        st.caption(wording.SHOWN.format(first=quantity(page.first + 1), last=quantity(last), total=total_words(page)))
    else:
        st.caption(wording.ABOUT.format(first=quantity(page.first + 1), total=total_words(page)))
        if pages.counting(table) is not None:
            _watch(doors, table, run_id)
    with st.expander(wording.FIND, key=f"find-{key}"):
        _show_search(table, page, key)


def _page(table: Table, place: PagePlace) -> TablePage:
    """Of a CSV file the bytes of the page alone, which need no library, and the index that grows in this process."""
    return pages.read_page(table, place) if table.kind == "csv" else aside.call(pages.read_page, table, place)


def total_words(page: TablePage) -> str:
    """How many rows there are, and whether that is counted."""
    return quantity(page.total) if page.total_exact else wording.PREVIEW_ABOUT.format(number=quantity(page.total))


@st.fragment(run_every=TICK_SECONDS)
def _watch(doors: Doors, table: Table, run_id: str) -> None:
    """One tick of the counting. When it is over the whole page is drawn again, without a timer."""
    doors.status(run_id)
    share = pages.counting(table)
    if share is None:
        st.rerun()
    markup.show("progress.html", fraction=f"{share:.4f}", percent=percent(share), words=wording.COUNTING)


def _show_controls(page: TablePage, place_key: str) -> None:
    row = f"row-{place_key}"
    if chosen.now(row, 1) != page.first + 1:
        # Another page was turned to; or the file has fewer rows than were asked for.
        chosen.choose(row, page.first + 1)
    row_key, begins = chosen.begin(row, 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        most = max(page.total, page.first + 1)
        st.number_input(
            wording.ROW,
            1,
            most,
            begins,
            step=1,
            key=row_key,
            help=wording.ROW_HELP,
            width=180,
            on_change=_jump,
            args=(place_key, row_key),
        )
        last = max(0, page.total - pages.PAGE_ROWS)
        back = PagePlace(max(0, page.first - pages.PAGE_ROWS))
        at_end = page.exact and page.after.row >= page.total
        for label, place, off in (
            (wording.FIRST, PagePlace(0), page.first == 0),
            (wording.BACK, back, page.first == 0),
            (wording.NEXT, page.after, at_end),
            (wording.LAST, PagePlace(last), at_end),
        ):
            name = f"{label}-{place_key}"
            st.button(label, key=name, disabled=off, on_click=_move, args=(place_key, place))


def _jump(place_key: str, row_key: str) -> None:
    st.session_state[place_key] = PagePlace(int(st.session_state[row_key]) - 1)


def _move(place_key: str, place: PagePlace) -> None:
    st.session_state[place_key] = place


def page_table(page: TablePage) -> pd.DataFrame:
    """The page with the number of each row; an estimated number is left out."""
    first = page.first + 1
    numbers = [quantity(first + place) if page.exact else "" for place in range(len(page.rows))]
    return text_table(page.columns, numbers, page.rows)


def text_table(columns: Sequence[Column], numbers: Sequence[str], rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Cells as visible text, under names that differ; columns of the same name are numbered."""
    names = [wording.NUMBER]
    for column in columns:
        name = visible(column.name, 60) or wording.NO_NAME
        same = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({same + 1})" if same else name)
    lines = [[number, *map(shown_cell, row)] for number, row in zip(numbers, rows, strict=True)]
    return pd.DataFrame(lines, columns=names, dtype="object")


def shown_cell(cell: str) -> str:
    """A cell with what cannot be seen spelled out, by its beginning."""
    return cell if len(cell) <= CELL_LENGTH and cell.isprintable() else visible(cell, CELL_LENGTH)


def _show_search(table: Table, page: TablePage, key: str) -> None:
    number_key, answer_key = f"conditions-{key}", f"answer-{key}"
    number = int(st.session_state.get(number_key, 1))
    conditions = [_condition(page.columns, f"{key}-{place}") for place in range(number)]
    with st.container(horizontal=True):
        search = st.button(wording.PREVIEW_SEARCH, key=f"search-{key}", type="primary")
        count = st.button(wording.COUNT, key=f"count-{key}")
        off = number >= MOST_CONDITIONS
        st.button(wording.ADD, key=f"add-{key}", disabled=off, on_click=_more, args=(number_key, 1))
        st.button(wording.REMOVE, key=f"remove-{key}", disabled=number == 1, on_click=_more, args=(number_key, -1))
    if search or count:
        with st.spinner(wording.SEARCHING):
            try:
                found = _ask(table, conditions, count=count)
                st.session_state[answer_key] = (conditions, found)
            except EtlError as error:
                st.session_state[answer_key] = (conditions, error)
    asked, answer = st.session_state.get(answer_key, (None, None))
    if asked == conditions:
        _show_answer(answer, page)


def _ask(table: Table, conditions: Sequence[Condition], *, count: bool) -> FoundRows | int:
    if count:
        return aside.call(pages.count_rows, table, conditions)
    return aside.call(pages.find_rows, table, conditions)


def _show_answer(answer: FoundRows | int | EtlError, page: TablePage) -> None:
    if isinstance(answer, EtlError):
        markup.notice(answer.message, tone="warn")
    elif isinstance(answer, int):
        markup.notice(wording.COUNTED.format(number=quantity(answer), total=total_words(page)), tone="good")
    elif not answer.rows:
        markup.notice(wording.FOUND_NONE)
    else:
        words = wording.FOUND_SOME if answer.more else wording.FOUND_ALL
        st.caption(words.format(rows=counted(len(answer.rows), "row")))
        numbers = [quantity(number + 1) for number in answer.numbers]
        table = text_table(answer.columns, numbers, answer.rows)
        st.dataframe(table, hide_index=True, height=markup.table_height(len(table), HEIGHT))


def _condition(columns: Sequence[Column], key: str) -> Condition:
    left, middle, right = st.columns(3)
    places = range(len(columns))
    place = left.selectbox(
        wording.COLUMN, places, format_func=lambda place: visible(columns[place].name, 60), key=f"column-{key}"
    )
    operators = OPERATORS[columns[place or 0].kind]
    # The same field for every column: what is chosen while another column's conditions are being drawn counts.
    operator = middle.selectbox(wording.OPERATOR, operators, format_func=str, key=f"operator-{key}") or operators[0]
    value = right.text_input(wording.VALUE, key=f"value-{key}", disabled=not operator.takes_value)
    return Condition(place or 0, operator, value if operator.takes_value else "")


def _more(key: str, change: int) -> None:
    """A button's callback: counted from what there is at the click, so that a second quick one counts as well."""
    st.session_state[key] = min(max(int(st.session_state.get(key, 1)) + change, 1), MOST_CONDITIONS)
