"""Single sign-on by OpenID Connect: whom a provider vouches for signs in without a password of the console's own.

`routes` is the way of a browser, `journeys` what is kept of it meanwhile, `provider` what the provider says of itself,
`tokens` the checks of its word, `accounts` whose account that is.
"""
