"""The record of one run: what its directory holds, written as it goes on and read by everybody."""
