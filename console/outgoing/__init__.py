"""What the console asks of other machines: to which addresses it goes, and how a call is kept short."""
