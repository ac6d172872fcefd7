"""Object stores: what a URL names, read by ranges through links that are signed where the credentials are."""
