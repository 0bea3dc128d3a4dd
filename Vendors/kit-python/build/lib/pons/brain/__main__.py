"""`pons-brain --robot URL`: runs a policy on a robot; a slow wave of one joint unless `--openpi` names a policy server."""
from __future__ import annotations

import argparse
import asyncio

from .brain import Brain, Policy
from .policies import SlowWave


def main() -> None:
    parser = argparse.ArgumentParser(prog="pons-brain", description=__doc__)
    parser.add_argument("--robot", required=True, metavar="URL", help="tls://HOST:PORT, tcp://HOST:PORT or unix:PATH")
    parser.add_argument("--keys", metavar="DIR", help="keys of `conform keys`, for tls://")
    parser.add_argument("--openpi", metavar="ws://HOST:PORT", help="a policy server that speaks openpi's protocol")
    parser.add_argument("--mapping", metavar="FILE", help="which of the policy's actions moves which joint (YAML), with --openpi")
    arguments = parser.parse_args()
    policy: Policy = SlowWave()
    if arguments.openpi:
        from .openpi import OpenPi, load_mapping
        if not arguments.mapping:
            parser.error("--openpi needs --mapping: the protocol does not say which joint an action moves, in which unit")
        policy = OpenPi(arguments.openpi, load_mapping(arguments.mapping))
    try:
        asyncio.run(Brain(policy, arguments.robot, keys=arguments.keys).run())
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
