"""Why nobody is let in: the provider's word does not do, or the provider does not answer."""

from __future__ import annotations

from typing import ClassVar

from console.login import SignInRefused


class SignOnRefused(SignInRefused):
    """Whoever comes from the provider is not let in; `reason` is the audit log's word for it."""

    kind: ClassVar[str] = "sign_on_refused"


class ProviderFailed(SignOnRefused):
    """The provider did not answer, or not as a provider does."""

    kind: ClassVar[str] = "provider_failed"
