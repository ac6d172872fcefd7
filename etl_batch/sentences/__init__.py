"""What the engine says of errors and of a run's stages: a table of sentences for each subject.

They are said as `sentences.inputs.EMPTY.format(path=path)`, looked up at that moment (`etl_batch.language`).
"""

from __future__ import annotations

from etl_batch.sentences import (
    audit,
    command_line,
    data,
    estimates,
    imports,
    inputs,
    layouts,
    outputs,
    problems,
    rejects,
    replays,
    runs,
    schemas,
)

__all__ = [
    "audit",
    "command_line",
    "data",
    "estimates",
    "imports",
    "inputs",
    "layouts",
    "outputs",
    "problems",
    "rejects",
    "replays",
    "runs",
    "schemas",
]
