"""Pons in Python: the frame, the session, and robots and brains on top of them. An implementation of its own."""
