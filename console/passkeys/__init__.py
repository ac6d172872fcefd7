"""Passkeys (WebAuthn): signing in with a key that a device holds for this host name, alone or as the second factor.

`pages` is what a browser asks for, `entry` signing in and proving, `own` what people do with theirs, `required` and
`making` how one is made, `store` what is kept of them, `challenges` what is to be signed, `webauthn` the checks of
that, `sites` where it works at all.
"""
