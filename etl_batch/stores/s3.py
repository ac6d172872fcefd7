"""S3 and what speaks like it, by botocore: asked by the process that plans, which alone has the credentials.

They come from the environment, the shared files or the machine's role, as botocore finds them, and go nowhere: readers
get links (`links`) that are signed with them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from etl_batch import sentences
from etl_batch.errors import InputRefused, UsageError
from etl_batch.stores.links import SESSION_OVER, Link
from etl_batch.stores.url import Url, url_of

LINK_SECONDS = 3600
"""How long a link is good, where the credentials are good for so long."""
_ROLE_SECONDS = 600
"""How long one is good for which credentials are over before that: botocore has those renewed that have less to go."""
_MARK = "etl-upload"
_DEFAULT_REGION = "us-east-1"
_ENDPOINTS = {"gs": "https://storage.googleapis.com"}
"""Of stores that are not Amazon's and take its requests."""
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_DENIED = frozenset({"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "400"}) | SESSION_OVER
_SEEN_SECONDS, _MOST_SEEN = 20.0, 10_000
_seen: dict[Url, tuple[float, Stored]] = {}


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as its store lists it."""

    url: Url
    size: int
    tag: str
    """ETag, with its quotes."""
    modified_ns: int
    mark: str = ""
    """Of whoever has uploaded it; a listing does not say."""


def find_object(url: Url) -> Stored | None:
    """The object of that name; None when there is none. Raises `InputRefused` and `UsageError`."""
    if not url.key:
        return None
    with _told(url):
        try:
            found = _client(url).head_object(Bucket=url.bucket, Key=url.key)
        except Exception as error:
            if _code(error) in _MISSING:
                return None
            raise
    mark = found.get("Metadata", {}).get(_MARK, "")
    return _see(Stored(url, int(found["ContentLength"]), found["ETag"], _nanoseconds(found["LastModified"]), mark))


def seen_object(url: Url) -> Stored | None:
    """The object as it was looked at or listed within the last seconds by this process, or as it is.

    Raises `InputRefused` and `UsageError`.
    """
    moment, seen = _seen.get(url, (0.0, None))
    return seen if time.monotonic() - moment < _SEEN_SECONDS and seen is not None else find_object(url)


def _see(stored: Stored) -> Stored:
    if len(_seen) >= _MOST_SEEN:
        _seen.clear()
    _seen[stored.url] = time.monotonic(), stored
    return stored


def list_objects(url: Url) -> Iterator[Stored]:
    """The objects below a prefix that is taken for a folder, in the order of their keys.

    Raises `InputRefused`, and `UsageError`.
    """
    prefix = f"{url.key}/" if url.key else ""
    with _told(url):
        pages = _client(url).get_paginator("list_objects_v2").paginate(Bucket=url.bucket, Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", ()):
                name = each["Key"].removeprefix(prefix)
                if name and not name.endswith("/"):
                    yield _listed(url, each, prefix)


def list_folder(url: Url) -> tuple[list[str], list[Stored]]:
    """Names of the folders that keys make directly below a prefix, and the objects there, in the order of their keys.

    Raises `InputRefused` and `UsageError`.
    """
    prefix = f"{url.key}/" if url.key else ""
    folders, files = list[str](), list[Stored]()
    with _told(url):
        asked = {"Bucket": url.bucket, "Prefix": prefix, "Delimiter": "/"}
        for page in _client(url).get_paginator("list_objects_v2").paginate(**asked):
            folders += [each["Prefix"].removeprefix(prefix).rstrip("/") for each in page.get("CommonPrefixes", ())]
            names = ((each["Key"].removeprefix(prefix), each) for each in page.get("Contents", ()))
            files += [_listed(url, each, prefix) for name, each in names if name not in ("", ".", "..")]
    return folders, files


def _listed(url: Url, said: Mapping[str, Any], prefix: str) -> Stored:
    """Raises `PathRefused` for a key that a path does not tell from another one: nobody may read that in its stead."""
    there = url_of(f"{url}/{said['Key'].removeprefix(prefix)}")
    return _see(Stored(there, int(said["Size"]), said["ETag"], _nanoseconds(said["LastModified"])))


def content_of(stored: Stored) -> bytes:
    """All of an object that is small. Raises `InputRefused`, `UsageError`, and what a link raises."""
    room = bytearray(stored.size)
    return bytes(room[: link_to(stored.url, stored.tag).read_into(memoryview(room), 0)])


def link_to(url: Url, tag: str) -> Link:
    """A link to one version of an object. Raises `InputRefused` and `UsageError`."""
    with _told(url):
        asked = {"Bucket": url.bucket, "Key": url.key, "IfMatch": tag}
        address = _client(url).generate_presigned_url("get_object", Params=asked, ExpiresIn=LINK_SECONDS)
        return Link(address, tag, time.time() + _good_for())


def _good_for() -> int:
    """Seconds for which a link is good that was signed just now: no longer than the credentials, if they say so."""
    credentials = _session(os.getpid()).get_credentials()
    renewed_within = getattr(credentials, "refresh_needed", None)  # of those for some time alone
    return _ROLE_SECONDS if renewed_within is not None and renewed_within(LINK_SECONDS) else LINK_SECONDS


def _client(url: Url) -> Any:
    return _client_of(url.scheme, os.getpid())


@cache
def _session(_process: int) -> Any:
    """What has found the credentials of this process."""
    from botocore.session import Session

    return Session()


@cache
def _client_of(scheme: str, process: int) -> Any:
    """The client of this process for URLs of a scheme."""
    from botocore.config import Config

    session = _session(process)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or _ENDPOINTS.get(scheme)
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region") or _DEFAULT_REGION
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 6},
        # Other stores than Amazon's refuse checksums that it has made usual, and names of buckets as names of hosts.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"} if endpoint else None,
    )
    return session.create_client("s3", region_name=region, endpoint_url=endpoint, config=config)


def begin_upload(url: Url, mark: str) -> str:
    """The id of a new upload to an object, which will have the mark. Raises `InputRefused` and `UsageError`."""
    with _told(url, sentences.outputs.OBJECT_DENIED):
        begun = _client(url).create_multipart_upload(Bucket=url.bucket, Key=url.key, Metadata={_MARK: mark})
    return str(begun["UploadId"])


def link_to_part(url: Url, upload: str, number: int) -> str:
    """An address to put a part at. Raises `InputRefused` and `UsageError`."""
    with _told(url, sentences.outputs.OBJECT_DENIED):
        asked = {"Bucket": url.bucket, "Key": url.key, "UploadId": upload, "PartNumber": number}
        return str(_client(url).generate_presigned_url("upload_part", Params=asked, ExpiresIn=LINK_SECONDS))


def complete_upload(url: Url, upload: str, tags: Sequence[str]) -> bool:
    """Have the object be what its parts are, one behind the other; False when there is no such upload any more.

    Raises `InputRefused` and `UsageError`.
    """
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    asked = {"Bucket": url.bucket, "Key": url.key, "UploadId": upload, "MultipartUpload": {"Parts": parts}}
    return _of_upload(url, "complete_multipart_upload", asked)


def abort_upload(url: Url, upload: str) -> None:
    """Have the store forget an upload. Raises `InputRefused` and `UsageError`."""
    _of_upload(url, "abort_multipart_upload", {"Bucket": url.bucket, "Key": url.key, "UploadId": upload})


def remove_object(url: Url) -> None:
    """Have the store remove an object, if it is there. Raises `InputRefused` and `UsageError`."""
    with _told(url):
        _client(url).delete_object(Bucket=url.bucket, Key=url.key)


def _of_upload(url: Url, operation: str, asked: dict[str, Any]) -> bool:
    with _told(url, sentences.outputs.OBJECT_DENIED):
        try:
            getattr(_client(url), operation)(**asked)
        except Exception as error:
            if _code(error) == "NoSuchUpload":
                return False
            raise
    return True


@contextmanager
def _told(url: Url, denied: str = "") -> Iterator[None]:
    """What the client raises becomes a sentence that names the object, and nothing that was signed.

    `denied`: the sentence for credentials that do not suffice, that of reading unless it is given. Raises `UsageError`
    where there is no client.
    """
    try:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
    except ImportError as error:
        raise UsageError(sentences.command_line.NO_STORE_CLIENT) from error
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise UsageError(sentences.command_line.NO_CREDENTIALS.format(url=url)) from error
    except ClientError as error:
        code = _code(error)
        if code == "NoSuchBucket":
            raise InputRefused(
                sentences.inputs.NO_BUCKET.format(url=url, bucket=url.bucket), source=str(url)
            ) from error
        lasting = code in _DENIED
        sentence = (denied or sentences.inputs.OBJECT_DENIED) if lasting else sentences.inputs.STORE_FAILED
        raise InputRefused(sentence.format(url=url, reason=code), source=str(url), passing=not lasting) from error
    except BotoCoreError as error:
        reason = type(error).__name__
        raise InputRefused(sentences.inputs.STORE_FAILED.format(url=url, reason=reason), passing=True) from error


def _code(error: Exception) -> str:
    """The store's own word for an error."""
    answer = getattr(error, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", type(error).__name__))


def _nanoseconds(moment: Any) -> int:
    return int(moment.timestamp()) * 10**9
