"""The bridge to openpi's policy servers, against a server that speaks its protocol: well, and badly."""
import asyncio
import math
import struct
import unittest

import msgpack
from websockets.asyncio.server import serve

from pons import schema
from pons.brain import Observation
from pons.brain.mapping import Mapping
from pons.brain.openpi import OpenPi, unpack_rows
from pons.client.session import ProtocolError


def array(rows, kind="<f8"):
    code = {"<f8": "d", "<f4": "f"}[kind]
    values = [value for row in rows for value in row]
    return {b"nd": True, b"type": kind, b"kind": b"", b"shape": [len(rows), len(rows[0])],
            b"data": struct.pack(f"<{len(values)}{code}", *values)}


def observation():
    described = schema.Descriptor()
    for name in ("a", "b", "c"):
        described.joints.add(name=name)
    return Observation(described, 1, [0.1, 0.2, 0.3], [0, 0, 0], 2)


MAPPING = Mapping(("c", "a"), math.pi / 180, 20_000_000, "wave", "observation/state")


class OpenPiTests(unittest.TestCase):
    def ask(self, answer, mapping=MAPPING):
        """What the bridge makes of an answer; and the question that the server got."""
        questions = []

        async def policy(connection):
            await connection.send(msgpack.packb({"name": "fake"}))
            async for message in connection:
                questions.append(msgpack.unpackb(message))
                await connection.send(answer if isinstance(answer, str) else msgpack.packb(answer))

        async def play():
            async with serve(policy, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                return await OpenPi(f"ws://127.0.0.1:{port}", mapping).infer(observation())

        return asyncio.run(play()), questions

    def test_actions_move_the_joints_that_the_mapping_names_in_its_unit(self):
        rows, questions = self.ask({"actions": array([[90, 0], [45, 180]])})
        self.assertEqual(len(rows), 2)
        for got, wanted in zip(rows[0] + rows[1], [0, 0.2, math.pi / 2, math.pi, 0.2, math.pi / 4]):
            self.assertAlmostEqual(got, wanted)
        state = struct.unpack("<2f", questions[0]["observation/state"][b"data"])
        self.assertAlmostEqual(state[0], math.degrees(0.3), places=4)
        self.assertEqual(questions[0]["prompt"], "wave")

    def test_what_is_no_answer_is_named(self):
        for answer, expected in [
            ("Traceback (most recent call last):\n  File \"x.py\"\nValueError: bad image", "ValueError: bad image"),
            ({"actions": array([[1.0, float("nan")]])}, "not finite"),
            ({"actions": array([[1.0, 2.0, 3.0]])}, "3 numbers for 2 joints"),
            ({"actions": [1, 2]}, "not an array"),
            ({"actions": {b"type": "<f4", b"shape": [9, 9], b"data": b"1234"}}, "4 bytes where 9 × 9"),
            ({"actions": {b"type": "|O", b"shape": [1, 1], b"data": b"\x80\x04N."}}, "type '|O'"),
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
        self.assertEqual(unpack_rows(array([[0.5, 1.5]], "<f4")), [[0.5, 1.5]])


if __name__ == "__main__":
    unittest.main()
