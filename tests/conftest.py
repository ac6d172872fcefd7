"""What all tests share: an environment without the caller's settings, and properties without a stop-watch."""

from __future__ import annotations

import os

from hypothesis import settings

# `make test` and a developer's shell may name a home, roots or a port: no test may depend on them.
for name in [name for name in os.environ if name.startswith("ETL_") or name == "PORT"]:
    del os.environ[name]

# How long an example takes says something about the machine, not about the property.
settings.register_profile("plain", deadline=None, print_blob=True)
settings.load_profile("plain")
