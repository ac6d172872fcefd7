"""What is said by what the console's own screens share: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# acting
PASSWORD = "New password"
AGAIN = "New password, once more"
RULES = "At least 10 characters, at most 128. A few words that do not belong together are good."
STRENGTH = "Strength:"
STRENGTH_FOUND = "Strength: {word}."
NOT_TYPED = "Type a password to see how strong it is."
DIFFERENT = "The two passwords differ; type them again."
REFUSED_SCORE = "Too easy to guess: it would be refused."

# proving
PROVE = "Is it you?"
PROVE_LEAD = "To change something here, type your own password again. It is good for 10 minutes."
PROVE_THERE_LEAD = "To change something here, sign in once more by single sign-on. It is good for 10 minutes."
PROVE_THERE = "Sign in once more"
OWN_PASSWORD = "Your password"
CODE = "Code of your second factor"
CODE_HELP = "Six digits that the app shows, each taken once, or a recovery code."
PROVE_BY_PASSKEY = "Use a passkey instead"
PROVE_IT = "Go on"
PROVED = "It is you; go on where you were."

become_table(__name__)
