"""URLs of objects, as paths: whoever shows, sorts and compares files need not know which of them are on no disk."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path, PosixPath
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from etl_batch import sentences
from etl_batch.errors import PathRefused

SCHEMES = ("s3", "gs")
"""Of the stores that speak as S3 does."""
_URL = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+://")
_ROOTS = re.compile(r":(?!//)")


class Url(PosixPath):
    """An object of a store, or all objects with a prefix: `s3://bucket/key`.

    Its parts are `s3:`, the bucket and the segments of the key; the system knows no file of that name.
    """

    def __str__(self) -> str:
        text = super().__str__()
        scheme, sign, rest = text.partition(":/")
        return f"{scheme}://{rest}" if sign and scheme in SCHEMES else text

    def __fspath__(self) -> str:
        return str(self)

    def __rtruediv__(self, folder: object) -> Url:
        return self  # it is below no folder

    def absolute(self) -> Url:
        """It is."""
        return self

    def is_absolute(self) -> bool:
        """It is: no folder leads there."""
        return True

    def stat(self, *, follow_symlinks: bool = True) -> NoReturn:  # noqa: ARG002 - as every path has it
        """Raises `FileNotFoundError`: the file system has none of that name, whatever stands in the current folder."""
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))

    @property
    def scheme(self) -> str:
        """`s3` or `gs`."""
        return self.parts[0].removesuffix(":")

    @property
    def bucket(self) -> str:
        """The bucket, or container."""
        return self.parts[1]

    @property
    def key(self) -> str:
        """What is behind the bucket; empty for the bucket itself."""
        return "/".join(self.parts[2:])


def is_url(text: str) -> bool:
    """Whether a text names something in a store."""
    return _URL.match(text) is not None


def url_of(text: str) -> Url:
    """What a text names. Raises `PathRefused` for a key that a path does not tell from another one."""
    scheme, _, rest = text.partition("://")
    if scheme not in SCHEMES:
        raise PathRefused(sentences.inputs.NO_SCHEME.format(url=text))
    bucket, *segments = rest.split("/")
    if ".." in segments:
        raise PathRefused(sentences.inputs.PARENT_COMPONENT.format(path=text))
    if segments and not segments[-1]:
        segments.pop()  # a prefix that is written as a folder
    if not bucket or any(segment in ("", ".", "..") for segment in segments):
        raise PathRefused(sentences.inputs.NO_URL.format(url=text))
    return Url(f"{scheme}:/{rest}")


def path_of(text: str) -> Path:
    """The path that a text names: a URL as one, and `file:///a/b` as `/a/b`. Raises `PathRefused`."""
    if is_url(text):
        return url_of(text)
    if text.startswith("file://"):
        split = urlsplit(text)
        if split.netloc not in ("", "localhost") or not split.path:
            raise PathRefused(sentences.inputs.NO_URL.format(url=text))
        return Path(unquote(split.path))
    return Path(text)


def again(path: Path) -> Path:
    """The URL that was written as a path, and read as one that is none; any other path as it is."""
    first = path.parts[0] if path.parts else ""
    return Url(path) if first.endswith(":") and first[:-1] in SCHEMES else path


def roots_of(text: str) -> list[Path]:
    """Roots that are separated by `:`, URLs among them. Raises `PathRefused`."""
    return [path_of(part) for part in _ROOTS.split(text) if part]
