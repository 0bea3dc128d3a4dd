"""A big brain: a policy behind the contract that policies alone do not have.

`Brain` keeps a session, a lease and a clock, looks at the state stream, asks the policy, and sends what it answers as action
chunks with stamps, expiry and the observation they rest on. It stops talking when the robot stops, asks for a stop when it
can't see, and never resets or enables a robot that a person must look at first (part BRN).
"""
from .brain import Brain, Observation, Policy
from .policies import SlowWave

__all__ = ["Brain", "Observation", "Policy", "SlowWave"]
