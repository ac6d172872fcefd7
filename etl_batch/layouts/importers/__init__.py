"""Layouts from what others wrote: COBOL copybooks, C structs, Kaitai descriptions, NumPy dtypes."""

from etl_batch.layouts.importers.importing import FORMATS, Imported, file_text, import_layout
from etl_batch.layouts.importers.parts import Wanted

__all__ = ["FORMATS", "Imported", "Wanted", "file_text", "import_layout"]
