"""Objects of a bucket that speaks S3: Amazon's, MinIO, Ceph, and most clouds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from integration.sources.peer import BLOCK, MOST_FILES, Look, RemoteFile
from integration.sources.places import S3, Source
from integration.sources.secret import secret
from integration.sources.web import certificate_file

_REFUSED = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem"}
_UNKNOWN_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "401"}
_MISSING = {"NoSuchKey", "404", "NotFound"}
_CHANGED = {"PreconditionFailed", "412"}
_PASSING = {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503", "504"}


@contextmanager
def open_s3(source: Source, place: S3) -> Iterator["S3Peer"]:
    """Make ready to ask for the objects of a bucket; raises `SourceFailed`. No profile or file of the user is read."""
    try:
        client = _client(source, place)
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise source.failed(
            f"the endpoint {place.endpoint} or the region {place.region} is none that can be asked; correct it in "
            "sources.yaml (a host's name has letters, digits, dots and hyphens)"
        ) from error
    try:
        yield S3Peer(source, place, client)
    finally:
        client.close()


def _client(source: Source, place: S3) -> Any:  # noqa: ANN401 - made from a description at run time
    return boto3.session.Session(
        aws_access_key_id=secret(source, place.access_key_env, "the access key"),
        aws_secret_access_key=secret(source, place.secret_key_env, "the secret key"),
        region_name=place.region,
    ).client(
        "s3",
        endpoint_url=place.endpoint,
        verify=certificate_file(place.ca_file),
        config=Config(
            connect_timeout=30,
            read_timeout=120,
            retries={"max_attempts": 3, "mode": "standard"},
            s3={"addressing_style": "path" if place.endpoint else "auto"},
            response_checksum_validation="when_required",  # half an object has no checksum of its own
            request_checksum_calculation="when_required",
        ),
    )


class S3Peer:
    """An open bucket; a file's path is its key after the prefix."""

    def __init__(self, source: Source, place: S3, client: Any) -> None:  # noqa: ANN401 - made from a description at run time
        self.source = source
        self.place = place
        self.client = client

    def look(self) -> Look:
        """List every object below the prefix."""
        look = Look()
        with self._told("the list of objects"):
            for page in self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.place.bucket, Prefix=self.place.prefix
            ):
                for one in page.get("Contents", ()):
                    path = one["Key"].removeprefix(self.place.prefix)
                    if path and not path.endswith("/"):
                        look.files.append(RemoteFile(path, one["Size"], one["LastModified"].timestamp(), one["ETag"]))
                if len(look.files) > MOST_FILES:
                    raise self.source.failed(f"more than {MOST_FILES:,} objects lie there; name a prefix")
        return look

    def look_again(self, file: RemoteFile) -> RemoteFile | None:
        """Look at one object again; None when it is gone."""
        try:
            with self._told(file.shown, missing_is_error=False):
                head = self.client.head_object(Bucket=self.place.bucket, Key=self._key(file))
        except LookupError:
            return None
        return RemoteFile(file.path, head["ContentLength"], head["LastModified"].timestamp(), head["ETag"])

    def read(self, file: RemoteFile, offset: int) -> tuple[int, Iterator[bytes]]:
        """Read an object from a byte on; the server answers only while it is still the one that was listed."""
        asked = {"Bucket": self.place.bucket, "Key": self._key(file), "IfMatch": file.etag}
        if offset and offset == file.size:
            return offset, iter(())
        with self._told(file.shown):
            body = self.client.get_object(**asked, **({"Range": f"bytes={offset}-"} if offset else {}))["Body"]
        return offset, self._blocks(file, body)

    def _blocks(self, file: RemoteFile, body: Any) -> Iterator[bytes]:  # noqa: ANN401
        try:
            while True:
                with self._told(file.shown):
                    block = body.read(BLOCK)
                if not block:
                    return
                yield block
        finally:
            body.close()

    def _key(self, file: RemoteFile) -> str:
        return self.place.prefix + file.path

    @contextmanager
    def _told(self, what: str, *, missing_is_error: bool = True) -> Iterator[None]:
        """Turn what the server or the line says into a sentence."""
        place, failed = self.place, self.source.failed
        try:
            yield
        except botocore.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _MISSING and not missing_is_error:
                raise LookupError(what) from error
            if code == "NoSuchBucket":
                raise failed(f"there is no bucket {place.bucket}; ask the agency for its name") from error
            if code in _REFUSED:
                raise failed(f"{what} may not be read with this key; ask the agency for permission") from error
            if code in _UNKNOWN_KEY:
                keys = f"{place.access_key_env} and {place.secret_key_env}"
                raise failed(f"the keys in {keys} are refused; ask the agency whether they are still valid") from error
            if code == "RequestTimeTooSkewed":
                raise failed("this machine's clock differs from the server's; set it right (timedatectl)") from error
            if code in _PASSING | _CHANGED | _MISSING:
                raise failed(f"{what}: the server says {code}", passing=True) from error
            raise failed(f"{what}: the server says {code or 'an error without a name'}; ask the agency") from error
        except botocore.exceptions.SSLError as error:
            raise failed(
                "the certificate of the server is not one that is trusted; name the file of its authority with "
                "ca_file, and see whether this machine's clock is right"
            ) from error
        except (botocore.exceptions.BotoCoreError, OSError) as error:
            raise failed(
                f"{what}: it cannot be reached, or broke off ({type(error).__name__})", passing=True
            ) from error
