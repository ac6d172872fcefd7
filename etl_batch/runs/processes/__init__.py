"""The processes of a run: starting the engine, stopping it with proof, and telling what became of it."""
