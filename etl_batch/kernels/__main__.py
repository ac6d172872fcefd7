"""`python -m etl_batch.kernels`: compile the kernels for this processor, unless that has been done."""

from __future__ import annotations

import sys

from etl_batch.kernels import library

if __name__ == "__main__" and not library.is_kept():
    print(
        "Compiling the engine's kernels for this processor; this is done once and takes about half a minute.",
        file=sys.stderr,
    )
    library.compile_and_keep()
