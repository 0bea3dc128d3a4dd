"""A policy server as openpi's is, with openpi's own code for arrays: leads the first joint it is told of to and fro, and says a line for
every question.

    policy_server.py CAMERA       prints its address; ends with its standard input
"""
import asyncio
import math
import sys

import numpy
from openpi_client import msgpack_numpy
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def main(camera):
    home = None

    async def policy(connection):
        try:
            await answer(connection)
        except ConnectionClosed:
            pass

    async def answer(connection):
        nonlocal home
        await connection.send(msgpack_numpy.packb({"camera": camera}))
        asked = 0
        async for message in connection:
            question = msgpack_numpy.unpackb(message)
            image, state = question[camera], question["observation/state"]
            home = state if home is None else home
            rows = numpy.tile(home, (25, 1))
            rows[:, 0] += 0.1 * numpy.sin(math.pi * (asked * 0.2 + numpy.arange(25) * 0.02))
            asked += 1
            await connection.send(msgpack_numpy.packb({"actions": rows}))
            print("asked", *image.shape, image.dtype, int(image.max()) - int(image.min()), float(state[0]), flush=True)

    async with serve(policy, "127.0.0.1", 0, max_size=None) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main(sys.argv[1]))
