"""What becomes of a run with rejects: refused past its limit, told of where they are many."""

from __future__ import annotations

from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import TooManyRejects
from etl_batch.formats.records.decoder import REASONS
from etl_batch.reject_limits import RejectLimit
from etl_batch.stages.finish import Ingested

_NOTABLE_SHARE = 0.01
"""From this share of the records on, rejects are told of in a note."""
_OF_LAYOUTS = frozenset(REASONS)


def refuse_too_many(ingested: Ingested, limit: RejectLimit, rejects: Path) -> None:
    """Raise `TooManyRejects` once there are more than a number allows, whatever is still to come."""
    if limit.is_passed(ingested.counts.rejected):
        raise _refused(sentences.runs.TOO_MANY_REJECTS, ingested, limit, rejects)


def refuse_the_whole(ingested: Ingested, limit: RejectLimit, rejects: Path) -> None:
    """Raise `TooManyRejects` when all is read and most of it, or more than a share, was rejected.

    Not before: until then the rest of the input may make the share smaller.
    """
    counts = ingested.counts
    if not limit.is_passed_at_the_end(counts.written, counts.rejected):
        return
    if not counts.written:
        sentence = sentences.runs.ALL_REJECTED
    else:
        sentence = sentences.runs.TOO_LARGE_A_SHARE if limit.declared else sentences.runs.MOST_REJECTED
    raise _refused(sentence, ingested, limit, rejects)


def repair_notes(ingested: Ingested) -> list[str]:
    """What is said of rows of odd width that were mended."""
    return [sentences.runs.REPAIRED[how].format(number=count) for how, count in sorted(ingested.repaired.items())]


def reject_notes(ingested: Ingested) -> list[str]:
    """What a run that goes well all the same says of its rejects, when they are not few."""
    judged = ingested.counts.written + ingested.counts.rejected
    if not judged or ingested.counts.rejected < judged * _NOTABLE_SHARE:
        return []
    return [sentences.runs.SOME_REJECTED.format(**_facts(ingested))]


def _refused(sentence: str, ingested: Ingested, limit: RejectLimit, rejects: Path) -> TooManyRejects:
    shown = limit.records if limit.share is None else f"{float(limit.share * 100):.10g}%"
    return TooManyRejects(
        sentence.format(limit=shown, rejects=rejects, **_facts(ingested)), rejected=ingested.counts.rejected
    )


def _facts(ingested: Ingested) -> dict[str, object]:
    """The numbers, the most common reason with the first record that has it, and what may help against it."""
    counts = ingested.counts
    reason = max(ingested.reasons, key=lambda each: ingested.reasons[each])
    first = ingested.firsts[reason]
    said = sentences.rejects.FIRST_OF_ITS_KIND if first.field is None else sentences.rejects.FIRST_IN_A_FIELD
    why = said.format(
        reason=reason,
        number=ingested.reasons[reason],
        field=first.field,
        detail=first.detail.rstrip("."),
        source=first.source,
        offset=first.offset,
    )
    otherwise = sentences.rejects.LAYOUT_HELPS if reason in _OF_LAYOUTS else sentences.rejects.LOOKING_HELPS
    helping = sentences.rejects.WHAT_HELPS.get(reason, otherwise)
    judged = counts.written + counts.rejected
    return {
        "rejected": counts.rejected,
        "judged": judged,
        "share": f"{counts.rejected / judged:.3%}",
        "why": why,
        "helping": helping,
    }
