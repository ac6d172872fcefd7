"""Templates as they were compiled by an earlier process: Jinja takes longer to compile the report's than to fill it."""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from etl_batch import kept


class KeptTemplates(BytecodeCache):
    """Compiled templates of one environment, kept beside the module that sets it up.

    Jinja itself tells what comes of another source, another Jinja or another Python. Of an environment that was set up
    otherwise it cannot tell, so the name holds the digest of that module.
    """

    def __init__(self, module: Path) -> None:
        self.places = kept.folders(module.parent)
        self.setting = hashlib.sha256(module.read_bytes()).hexdigest()[:16]

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what was kept, if there is any."""
        code = kept.read(self._name(bucket), self.places)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, in the first place that can be written."""
        for folder in self.places:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                kept.write(folder / self._name(bucket), bucket.bytecode_to_string())
                return

    def _name(self, bucket: Bucket) -> str:
        return f"template-{self.setting}-{bucket.key[:16]}.{sys.implementation.cache_tag}.bin"
