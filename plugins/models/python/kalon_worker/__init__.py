"""The parts of worker.py: standard library only, and the NumPy of whoever runs it."""
