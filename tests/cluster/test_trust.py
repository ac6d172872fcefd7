"""Whom a run trusts on a cluster: TLS both ways, and workers that have the same engine."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import dask.config
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from etl_batch.defaults import PROJECT_ROOT
from tests.cluster.clusters import Cluster, cluster
from tests.integration.engine.conftest import Home
from tests.waiting import until

PREFIX = "DASK_DISTRIBUTED__COMM__TLS__"


class Authority:
    """Signs certificates. `folder`: where they stand, with their keys."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.key, self.name = folder, ec.generate_private_key(ec.SECP256R1()), name_of("authority")
        self.file = self._write("ca.pem", self._signed(self.name, self.key.public_key(), authority=True))

    def flags(self) -> dict[str, Path]:
        """Those of a scheduler or a worker, with a certificate of its own."""
        cert, key = self.issue("node")
        return {"--tls-ca-file": self.file, "--tls-cert": cert, "--tls-key": key}

    def environment(self) -> dict[str, str]:
        """What an engine is given, with a certificate of its own."""
        cert, key = self.issue("engine")
        return {
            f"{PREFIX}CA_FILE": str(self.file),
            f"{PREFIX}CLIENT__CERT": str(cert),
            f"{PREFIX}CLIENT__KEY": str(key),
        }

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert = self._write(f"{name}.pem", self._signed(name_of(name), key.public_key(), authority=False))
        file = self.folder / f"{name}.key"
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
        return cert, file

    def _signed(self, name: x509.Name, key: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        constraints = x509.BasicConstraints(ca=authority, path_length=None)
        builder = x509.CertificateBuilder(self.name, name, key, x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(hours=1))
        builder = builder.not_valid_after(now + dt.timedelta(hours=1)).add_extension(constraints, critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self.folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


def name_of(name: str) -> x509.Name:
    """As certificates have it."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def as_config(environment: dict[str, str]) -> dict[str, str]:
    """The same for this process, which also asks the scheduler."""
    words = {key.removeprefix("DASK_").lower().replace("__", "."): value for key, value in environment.items()}
    return {key.replace("ca_file", "ca-file"): value for key, value in words.items()}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that all parts of a cluster trust."""
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Cluster]:
    """A cluster that speaks TLS alone, with certificates on both sides."""
    with dask.config.set(as_config(authority.environment())):
        folder = tmp_path_factory.mktemp("secured") / "cluster"
        with cluster(folder, workers=1, certificates=authority.flags()) as one:
            yield one


def test_with_certificates(home: Home, source: Path, secured: Cluster, authority: Authority) -> None:
    """All that is sent goes through TLS: the same bytes."""
    environment = authority.environment()
    home.run("-i", source, "--chunk-bytes", 1_000_000)
    home.run("-i", source, "--chunk-bytes", 1_000_000, "--cluster", secured.address, name="there", env=environment)
    assert home.csv("there") == home.csv()


def test_without_any(home: Home, source: Path, secured: Cluster) -> None:
    """The sentence names the variables; a plain address does not lead in either."""
    for address, said in ((secured.address, f"{PREFIX}CA_FILE"), (secured.address.replace("tls", "tcp"), "no Dask")):
        outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--cluster", address, "--quiet")
        assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
        assert said in outcome.err


def test_with_those_of_another_authority(home: Home, source: Path, secured: Cluster, tmp_path: Path) -> None:
    """Neither side trusts them."""
    others = Authority(tmp_path / "others").environment()
    outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--cluster", secured.address, "--quiet", env=others)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert "certificates" in outcome.err


@pytest.mark.parametrize("other", ["another version", "none"])
def test_workers_with_another_engine(home: Home, source: Path, tmp_path: Path, other: str) -> None:
    """One sentence, before anything is written; no worker makes bytes that this engine would not make."""
    place = tmp_path / "other"
    if other == "none":
        place.mkdir()
    else:
        shutil.copytree(
            PROJECT_ROOT / "etl_batch", place / "etl_batch", ignore=shutil.ignore_patterns("ui", "__pycache__")
        )
        with (place / "etl_batch" / "stages" / "encode.py").open("a") as file:
            file.write("# of another version\n")
    with cluster(tmp_path / "cluster", workers=0) as one:
        one.join(PYTHONPATH=str(place))
        until(one.known)
        outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--cluster", one.address, "--quiet")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert "same version of Quantum ETL" in outcome.err
    assert not (home.output / "x.csv").exists()


def test_a_scheduler_without_workers(home: Home, source: Path, tmp_path: Path) -> None:
    """Nobody waits for some to come."""
    with cluster(tmp_path / "cluster", workers=0) as one:
        outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--cluster", one.address, "--quiet")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert "has no worker" in outcome.err
