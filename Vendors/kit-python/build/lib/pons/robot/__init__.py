"""A robot: sessions, authority, the safety state machine and motion, in front of joints that a vendor's code drives."""
