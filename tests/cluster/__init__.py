"""What a Dask cluster does in earnest: real schedulers and workers, and what becomes of runs when they go away."""
