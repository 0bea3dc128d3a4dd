"""`pons-brain --robot URL`: runs a policy on a robot; a slow wave of one joint unless a policy server is named."""
from __future__ import annotations

import argparse
import asyncio

from .brain import Brain, Policy
from .mapping import load_mapping
from .policies import SlowWave


def main() -> None:
    parser = argparse.ArgumentParser(prog="pons-brain", description=__doc__)
    parser.add_argument("--robot", required=True, metavar="URL", help="tls://HOST:PORT, tcp://HOST:PORT or unix:PATH")
    parser.add_argument("--keys", metavar="DIR", help="keys of `conform keys`, for tls://")
    parser.add_argument("--openpi", metavar="ws://HOST:PORT", help="a policy server that speaks openpi's protocol")
    parser.add_argument("--lerobot", metavar="HOST:PORT", help="a policy server that speaks LeRobot's protocol (async inference)")
    parser.add_argument("--mapping", metavar="FILE", help="which of the policy's actions moves which joint (YAML), with a policy server")
    arguments = parser.parse_args()
    policy: Policy = SlowWave()
    if arguments.openpi and arguments.lerobot:
        parser.error("one policy server, please: --openpi or --lerobot")
    if (arguments.openpi or arguments.lerobot) and not arguments.mapping:
        parser.error("a policy server needs --mapping: its protocol does not say which joint an action moves, in which unit")
    try:
        if arguments.openpi:
            from .openpi import OpenPi
            policy = OpenPi(arguments.openpi, load_mapping(arguments.mapping))
        elif arguments.lerobot:
            from .lerobot import LeRobot
            policy = LeRobot(arguments.lerobot, load_mapping(arguments.mapping, wanted=("policy", "checkpoint")))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    try:
        asyncio.run(Brain(policy, arguments.robot, keys=arguments.keys).run())
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
