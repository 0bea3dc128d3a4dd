"""The controller's side: a session that keeps itself alive, and a connection on top of asyncio."""
from .connection import Refused, RobotConnection, StopSeen, connect

__all__ = ["Refused", "RobotConnection", "StopSeen", "connect"]
