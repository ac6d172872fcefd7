"""Compiled loops over arrays: the ground floor of the engine, which imports nothing of it.

A kernel is a Python function over NumPy arrays, marked with `@kernel`. Numba compiles all of them once, at install, to
one object file (`compiling`); a run loads that file with LLVM alone (`library`), which takes a tenth of the time that
importing Numba would. `bits` holds what a processor does to many bytes at once. One module has one subject.
"""
