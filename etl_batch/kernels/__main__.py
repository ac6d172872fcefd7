"""`python -m etl_batch.kernels`: compile the kernels for this processor, unless that has been done."""

from __future__ import annotations

import sys

from etl_batch.kernels import library

if __name__ == "__main__" and not library.is_kept():
    print(library.COMPILING, file=sys.stderr)
    library.compile_and_keep()
