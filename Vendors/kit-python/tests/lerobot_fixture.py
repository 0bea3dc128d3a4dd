"""Writes lerobot_actions.pickle as LeRobot's policy server writes an answer, with torch itself: two timed actions of two joints, the
second a row of a larger tensor.

    pip install torch && python3 lerobot_fixture.py      run with LeRobot's own classes, or with their likes of the same names
"""
import dataclasses
import pathlib
import pickle
import sys
import types

import torch

try:
    from lerobot.async_inference.helpers import TimedAction
except ImportError:
    for name in ("lerobot", "lerobot.async_inference", "lerobot.async_inference.helpers"):
        sys.modules[name] = types.ModuleType(name)

    @dataclasses.dataclass
    class TimedAction:
        timestamp: float
        timestep: int
        action: torch.Tensor

    TimedAction.__module__ = "lerobot.async_inference.helpers"
    sys.modules[TimedAction.__module__].TimedAction = TimedAction

chunk = torch.tensor([[0.5, -0.25], [1.0, 0.125], [1.5, 2.0]], dtype=torch.float32)
actions = [TimedAction(timestamp=1_790_000_000.0, timestep=1, action=torch.tensor([90.0, 45.0])),
           TimedAction(timestamp=1_790_000_000.02, timestep=2, action=list(chunk)[1])]
pathlib.Path(__file__).with_name("lerobot_actions.pickle").write_bytes(pickle.dumps(actions))
