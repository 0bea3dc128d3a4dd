"""The bridge to openpi's policy servers, against a server that reads and writes with openpi's own code: well, and badly."""
import asyncio
import math
import unittest

import numpy
from openpi_client import msgpack_numpy
from websockets.asyncio.server import serve

from pons import schema
from pons.brain import Observation
from pons.brain.mapping import Mapping
from pons.brain.openpi import OpenPi
from pons.brain.pictures import Picture
from pons.client.session import ProtocolError


def array(rows, kind="<f8"):
    return numpy.array(rows, kind)


def observation(pictures={}):
    described = schema.Descriptor()
    for name in ("a", "b", "c"):
        described.joints.add(name=name)
    return Observation(described, 1, [0.1, 0.2, 0.3], [0, 0, 0], 2, pictures)


MAPPING = Mapping(("c", "a"), math.pi / 180, 20_000_000, "wave", "observation/state")


class OpenPiTests(unittest.TestCase):
    def ask(self, answer, mapping=MAPPING, pictures={}):
        """What the bridge makes of an answer; and the question that the server got."""
        questions = []

        async def policy(connection):
            await connection.send(msgpack_numpy.packb({"name": "fake"}))
            async for message in connection:
                questions.append(msgpack_numpy.unpackb(message))
                await connection.send(answer if isinstance(answer, str) else msgpack_numpy.packb(answer))

        async def play():
            async with serve(policy, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                return await OpenPi(f"ws://127.0.0.1:{port}", mapping).infer(observation(pictures))

        return asyncio.run(play()), questions

    def test_actions_move_the_joints_that_the_mapping_names_in_its_unit(self):
        rows, questions = self.ask({"actions": array([[90, 0], [45, 180]])})
        self.assertEqual(len(rows), 2)
        for got, wanted in zip(rows[0] + rows[1], [0, 0.2, math.pi / 2, math.pi, 0.2, math.pi / 4]):
            self.assertAlmostEqual(got, wanted)
        state = questions[0]["observation/state"]
        self.assertEqual((state.dtype, state.shape), (numpy.float32, (2,)))
        self.assertAlmostEqual(float(state[0]), math.degrees(0.3), places=4)
        self.assertEqual(questions[0]["prompt"], "wave")

    def test_a_picture_is_an_array_of_rows_from_the_top(self):
        _, questions = self.ask({"actions": array([[0, 0]])}, pictures={"observation/image": Picture(3, 2, bytes(range(18)))})
        image = questions[0]["observation/image"]
        self.assertEqual((image.dtype, image.shape), (numpy.uint8, (2, 3, 3)))
        self.assertEqual(image.tolist()[1][0], [9, 10, 11])

    def test_what_is_no_answer_is_named(self):
        for answer, expected in [
            ("Traceback (most recent call last):\n  File \"x.py\"\nValueError: bad image", "ValueError: bad image"),
            ({"actions": array([[1.0, float("nan")]])}, "not finite"),
            ({"actions": array([[1.0, 2.0, 3.0]])}, "3 numbers for 2 joints"),
            ({"actions": [1, 2]}, "not an array"),
            ({"actions": {b"dtype": "<f4", b"shape": [9, 9], b"data": b"1234"}}, "4 bytes where 9 × 9"),
            ({"actions": {b"dtype": "|O", b"shape": [1, 1], b"data": b"\x80\x04N."}}, "type '|O'"),
            ([1, 2, 3], "something else than a map"),
        ]:
            with self.subTest(expected=expected), self.assertRaises(ProtocolError) as caught:
                self.ask(answer)
            self.assertIn(expected, str(caught.exception))

    def test_a_joint_that_the_robot_has_not_is_named(self):
        with self.assertRaises(ProtocolError) as caught:
            self.ask({}, Mapping(("elbow",), 1, 20_000_000, "", "state"))
        self.assertIn("no joint elbow", str(caught.exception))

    def test_a_server_that_is_not_there_is_named(self):
        with self.assertRaises(ProtocolError) as caught:
            asyncio.run(OpenPi("ws://127.0.0.1:1", MAPPING).infer(observation()))
        self.assertIn("ws://127.0.0.1:1", str(caught.exception))

    def test_single_precision_is_read_as_well(self):
        rows, _ = self.ask({"actions": array([[90, 45]], "<f4")})
        self.assertAlmostEqual(rows[0][2], math.pi / 2, places=6)


if __name__ == "__main__":
    unittest.main()
