#!/usr/bin/env python3
"""A program of Unitree's own SDK for Python (`unitree_sdk2` from PyPI, unmodified): its channels, its messages, its check sums, its
calls. It finds the robot that pons-native simulates, takes it over, moves a joint, makes the usual mistakes.

    unitree_sdk.py g1|h1|go2 DOMAIN     ends with 1 at the first thing that a robot of Unitree's would not do
"""
import json
import sys
import time
import types

# Version 1.0.1 imports a part that its package lacks, and a library in C for the check sum; it has the same sum in Python for other systems.
sys.modules["unitree_sdk2py.b2"] = types.ModuleType("unitree_sdk2py.b2")
from unitree_sdk2py.core.channel import ChannelFactoryInitialize, ChannelPublisher, ChannelSubscriber
from unitree_sdk2py.idl import default
from unitree_sdk2py.idl.unitree_go.msg import dds_ as go
from unitree_sdk2py.idl.unitree_hg.msg import dds_ as hg
from unitree_sdk2py.rpc.client import Client
from unitree_sdk2py.utils import crc

CHECK_MODE, RELEASE_MODE = 1001, 1003
# A motor that moves alone when it is pushed: G1's and H1's shoulder, Go2's calf.
JOINTS = {"g1": 15, "h1": 12, "go2": 2}


class MotionSwitcher(Client):
    """As the SDK's own client of this service, which the package lacks."""

    def __init__(self):
        super().__init__("motion_switcher", False)
        self._SetApiVerson("1.0.0.1")
        self.SetTimeout(10.0)
        for api in (CHECK_MODE, RELEASE_MODE, 4711):
            self._RegistApi(api, 0)

    def call(self, api):
        return self._Call(api, "{}")


class Robot:
    def __init__(self, kind, domain):
        ChannelFactoryInitialize(domain, "lo")
        messages = hg if kind == "g1" else go
        self.kind, self.joint, self.state = kind, JOINTS[kind], None
        self.make = default.unitree_hg_msg_dds__LowCmd_ if kind == "g1" else default.unitree_go_msg_dds__LowCmd_
        self.publisher = ChannelPublisher("rt/lowcmd", messages.LowCmd_)
        self.publisher.Init()
        self.subscriber = ChannelSubscriber("rt/lowstate", messages.LowState_)
        self.subscriber.Init(self.take, 10)
        crc.platform.system, system = lambda: "", crc.platform.system
        self.sums = crc.CRC()
        crc.platform.system = system

    def take(self, state):
        self.state = state

    @property
    def position(self):
        return self.state.motor_state[self.joint].q

    def push(self, target, seconds, spoil=0, variant=5):
        """Commands the joint every few milliseconds; returns how far it has come."""
        before, end = self.position, time.monotonic() + seconds
        while time.monotonic() < end:
            command = self.make()
            if self.kind == "g1":
                command.mode_machine = variant
            else:
                command.head, command.level_flag = [0xFE, 0xEF], 0xFF
            motor = command.motor_cmd[self.joint]
            motor.mode, motor.q, motor.kp, motor.kd = 1, target, 60.0, 2.0
            command.crc = self.sums.Crc(command) ^ spoil
            self.publisher.Write(command)
            time.sleep(0.002)
        return self.position - before


def require(holds, what):
    print(f"{'ok' if holds else 'NOT'}: {what}", flush=True)
    if not holds:
        sys.exit(1)


def main(kind, domain):
    robot = Robot(kind, domain)
    for _ in range(600):
        if robot.state:
            break
        time.sleep(0.1)
    require(robot.state is not None, "the robot's state arrives")
    # One message: the next may arrive while its sum is reckoned.
    state = robot.state
    require(robot.sums.Crc(state) == state.crc, "its check sum is the SDK's")
    switcher = MotionSwitcher()
    away = robot.position - 0.4
    require(abs(robot.push(away, 0.3)) < 0.02, "while its own controller drives, commands do nothing")
    code, mode = switcher.call(CHECK_MODE)
    require(code == 0 and json.loads(mode)["name"] != "", "it says which controller drives")
    require(switcher.call(RELEASE_MODE)[0] == 0, "it lets go")
    code, mode = switcher.call(CHECK_MODE)
    require(code == 0 and json.loads(mode)["name"] == "", "and says so")
    require(switcher.call(4711)[0] != 0, "it refuses a call that it doesn't know")
    time.sleep(0.6)
    away = robot.position - 0.4
    require(abs(robot.push(away, 0.3, spoil=1)) < 0.05, "a command with a wrong check sum does nothing")
    if kind == "g1":
        require(abs(robot.push(away, 0.3, variant=4)) < 0.05, "a command for another variant does nothing")
    require(robot.push(away, 2) < -0.2, "a command moves the joint")
    require(robot.state.motor_state[robot.joint].mode == 1, "and its motor says that it is on")
    time.sleep(1.5)
    require(robot.state.motor_state[robot.joint].mode == 0, "after a second of silence it is limp")


main(sys.argv[1], int(sys.argv[2]))
