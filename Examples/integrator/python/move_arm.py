#!/usr/bin/env python3
"""Walks up to a robot, whoever built it, moves an arm through a chunk, and stops. No line here knows a vendor.

    python3 move_arm.py tls://HOST:PORT --keys keys
"""
import argparse
import asyncio
import math
import sys

from pons.client import Refused, connect
from pons.schema import SafetyState

AMPLITUDE = 0.2  # rad
PERIOD_S = 0.02
STEPS = 75


def wave(joint, start):
    """There and back on a cosine: within the joint's soft limits, towards the side with more room, slow enough."""
    room_up = joint.soft_position.upper - start
    room_down = start - joint.soft_position.lower
    reach = min(AMPLITUDE, 0.8 * max(room_up, room_down), 0.2 * joint.velocity_limit * STEPS * PERIOD_S / math.pi)
    reach = reach if room_up >= room_down else -reach
    return [start + reach * (1 - math.cos(2 * math.pi * (step + 1) / STEPS)) / 2 for step in range(STEPS)], reach


async def move(robot):
    described = robot.descriptor
    arm = next((part for part in described.resources if "arm" in part.name and part.parent_id), described.resources[0])
    index = arm.joint_indices[len(arm.joint_indices) // 2]
    joint = described.joints[index]
    print(f"{described.vendor} {described.model}: {len(described.joints)} joints; moving {joint.name} of {arm.name}")

    await robot.acquire()
    if robot.safety.state == SafetyState.OFF:
        await robot.power()
    await robot.enable()

    posture = list(robot.state.position)
    path, reach = wave(joint, posture[index])
    steps = [[path[step] if j == index else value for j, value in enumerate(posture)] for step in range(STEPS)]
    ack = await robot.play(steps)
    print(f"chunk accepted, first executed step {ack.first_executed_step}")

    farthest = 0.0
    async with asyncio.timeout(STEPS * PERIOD_S + 2):
        async for state in robot.states():
            farthest = max(farthest, abs(state.position[index] - posture[index]))
            if farthest > 0.8 * abs(reach) and abs(state.position[index] - posture[index]) < 0.1 * abs(reach):
                break
    print(f"moved {farthest:.3f} of {abs(reach):.3f} rad and back")

    await robot.stop()
    print(f"stopped: {SafetyState(robot.safety.state).name}")
    await robot.release_stop()
    await robot.resume()
    await robot.power(False)
    await robot.release()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="tls://HOST:PORT, tcp://HOST:PORT or unix:PATH")
    parser.add_argument("--keys", help="folder of `conform keys create`")
    arguments = parser.parse_args()
    try:
        async with await connect(arguments.url, keys=arguments.keys, name="move-arm") as robot:
            await move(robot)
    except (OSError, ValueError, TimeoutError, Refused) as error:
        sys.exit(f"move_arm: {error}")


asyncio.run(main())
