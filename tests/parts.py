"""Outputs in parts: an input that is large enough for several, and the folder as it stands on the disk."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from etl_batch.files.parted import MANIFEST, PartsManifest

LINES = 240_000


def write_large(folder: Path) -> None:
    """Some 20 MB that no codec makes much smaller; the last record alone makes a text of the numbers in `late`."""
    for name in ("data", "output", "report", ".secrets"):
        (folder / name).mkdir(parents=True)
    draw = random.Random(11)
    rows = (f"{n},{draw.randbytes(32).hex()},{n},k{n % 7}\n" if n % 9973 else f"{n},short\n" for n in range(LINES))
    (folder / "data" / "large.csv").write_text("id,noise,late,kind\n" + "".join(rows) + f"{LINES},end,word,k1\n")


@dataclass(frozen=True)
class Parts:
    """A folder of parts as it stands on the disk."""

    path: Path

    @property
    def files(self) -> list[Path]:
        """The parts, in order."""
        return sorted(self.path.glob("part-*.parquet"))

    @property
    def manifest(self) -> PartsManifest:
        """What it says of them."""
        return PartsManifest.parsed((self.path / MANIFEST).read_bytes())

    @property
    def digests(self) -> list[str]:
        """The checksum of each part."""
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.files]

    @property
    def contents(self) -> dict[str, bytes]:
        """All that is in the folder."""
        return {path.name: path.read_bytes() for path in self.path.iterdir()}

    def agrees(self, metadata: dict[str, Any]) -> None:
        """The files, the manifest and the run's metadata say the same."""
        manifest, files = self.manifest, self.files
        assert {path.name for path in self.path.iterdir()} == {MANIFEST, *(path.name for path in files)}
        assert [(part.name, part.bytes, part.rows, part.sha256) for part in manifest.parts] == [
            (path.name, path.stat().st_size, pq.read_metadata(path).num_rows, digest)
            for path, digest in zip(files, self.digests, strict=True)
        ]
        run_id = metadata["run_id"]
        assert [path.name for path in files] == [f"part-{n:05}-{run_id}.parquet" for n in range(len(files))]
        said, content = json.loads((self.path / MANIFEST).read_text()), (self.path / MANIFEST).read_bytes()
        size, rows = sum(part.bytes for part in manifest.parts), sum(part.rows for part in manifest.parts)
        assert said == {
            "version": 1,
            "run_id": run_id,
            "rows": metadata["counts"]["written"],
            "bytes": size,
            "parts": said["parts"],
        }
        found = metadata["outputs"]["parquet"]
        assert {name: found[name] for name in ("path", "bytes", "rows", "sha256", "parts")} == {
            "path": str(self.path),
            "bytes": size,
            "rows": rows,
            "sha256": hashlib.sha256(content).hexdigest(),
            "parts": {"number": len(files), "manifest_bytes": len(content)},
        }
