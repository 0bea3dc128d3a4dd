"""`pons-robot --manifest manifest.yaml …`: the robot of a manifest, with simulated joints until `--body` names yours."""
from __future__ import annotations

import argparse
import importlib
import random
import socket
import sys
import time
from typing import TYPE_CHECKING

from . import description, in_step, manifest
from .body import Body, SimulatedBody
from .runtime import Robot
from .server import Server, StateFile, robot_context

if TYPE_CHECKING:
    from .incidents import IncidentRecorder


def _body(name: str | None, facts: manifest.Manifest) -> Body:
    if name is None:
        return SimulatedBody(facts)
    module, _, attribute = name.partition(":")
    if not attribute:
        sys.exit(f"pons-robot: --body {name} names no class; write MODULE:CLASS")
    try:
        return getattr(importlib.import_module(module), attribute)(facts)
    except (ImportError, AttributeError) as error:
        sys.exit(f"pons-robot: --body {name}: {error}")


def _recorder(folder: str, described: description.Description) -> IncidentRecorder:
    try:
        from .incidents import IncidentRecorder
    except ImportError as error:
        sys.exit(f'pons-robot: --recordings: {error}; pip install "pons-kit[recordings]"')
    try:
        return IncidentRecorder(folder, described.message)
    except OSError as error:
        sys.exit(f"pons-robot: --recordings {folder}: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="pons-robot", description=__doc__)
    parser.add_argument("--manifest", required=True, help="facts of the robot (schema pons.manifest/1)")
    parser.add_argument("--body", metavar="MODULE:CLASS", help="your body; made with the manifest")
    parser.add_argument("--listen", metavar="HOST:PORT", default="127.0.0.1:7447", help="where it listens (default %(default)s)")
    parser.add_argument("--keys", metavar="DIR", help="keys of `conform keys`; without them links are in clear (lab mode)")
    parser.add_argument("--state", metavar="FILE", help="keeps a latched stop over a power cycle")
    parser.add_argument("--recordings", metavar="DIR", help="keeps ten seconds before and five after each stop, the newest hundred")
    parser.add_argument("--in-step", action="store_true", help="in step with a tester on standard input: virtual time")
    arguments = parser.parse_args()
    try:
        facts = manifest.load(arguments.manifest)
    except manifest.ManifestError as error:
        sys.exit(f"pons-robot: {error}")

    for profile in set(facts.profiles) - set(description.SERVED):
        print(f"pons-robot: {arguments.manifest} claims {profile}, which this kit does not serve: the robot does not claim it",
              file=sys.stderr)

    latch, epoch = None, 0
    state = StateFile(arguments.state) if arguments.state else None
    if state:
        try:
            latch, epoch = state.load()
        except ValueError as error:
            sys.exit(f"pons-robot: {error}: what was latched is unknown. Look at the robot, then remove the file")

    def make(generator: random.Random, now: int) -> Robot:
        is_lab = not arguments.in_step and not arguments.keys
        described = description.describe(facts, "kit-python", is_lab=is_lab)
        recorder = _recorder(arguments.recordings, described) if arguments.recordings else None
        return Robot(described, _body(arguments.body, facts), generator, now, latch=latch, epoch=epoch, recorder=recorder)

    if arguments.in_step:
        return in_step.run(make)
    host, _, port = arguments.listen.rpartition(":")
    listener = socket.create_server((host.strip("[]") or "127.0.0.1", int(port)), reuse_port=False)
    scheme = "tls" if arguments.keys else "tcp"
    print(f"{scheme}://{host}:{listener.getsockname()[1]}", flush=True)
    context = robot_context(arguments.keys) if arguments.keys else None
    Server(make(random.SystemRandom(), time.monotonic_ns()), listener, context, state).run()


if __name__ == "__main__":
    main()
