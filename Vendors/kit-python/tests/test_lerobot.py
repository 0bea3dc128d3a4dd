"""The bridge to LeRobot's policy servers, against a server that speaks its protocol: well, and badly."""
import asyncio
import io
import math
import os
import pathlib
import pickle
import pickletools
import struct
import tempfile
import unittest

import grpc
import numpy

from pons import schema
from pons.brain import Observation
from pons.brain.lerobot import MESSAGES, LeRobot, actions_in, pickled, pieces
from pons.brain.mapping import Mapping, load_mapping
from pons.brain.pictures import Picture
from pons.client.session import ProtocolError

#: As torch wrote it (lerobot_fixture.py): 90 and 45 for step 1, 1 and 0.125 for step 2, 20 ms apart.
ANSWER = pathlib.Path(__file__).with_name("lerobot_actions.pickle").read_bytes()
MAPPING = Mapping(("c", "a"), math.pi / 180, 20_000_000, "wave", policy="act", checkpoint="nobody/nothing")


def observation(pictures={}):
    described = schema.Descriptor()
    for name in ("a", "b", "c"):
        described.joints.add(name=name)
    return Observation(described, 1, [0.1, 0.2, 0.3], [0, 0, 0], 2, pictures)


def read_pickle(data):
    """What is in a pickle of the bridge's, with stand-ins for LeRobot's classes, and numpy's own."""
    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            return numpy.ndarray if (module, name) == ("numpy", "ndarray") else type(name, (), {"__module__": module})
    return Reader(io.BytesIO(data)).load()


class Server:
    """A policy server that answers with what it is given, and remembers what it was told."""

    def __init__(self, answers):
        self.answers, self.told = list(answers), []

    async def __aenter__(self):
        async def ready(_, context):
            self.told.append(("Ready", None))
            return MESSAGES["Empty"]()

        async def setup(request, context):
            self.told.append(("setup", read_pickle(request.data)))
            return MESSAGES["Empty"]()

        async def observe(requests, context):
            data, states = b"", []
            async for piece in requests:
                data += piece.data
                states.append(piece.transfer_state)
            self.told.append(("observation", read_pickle(data)))
            self.states = states
            return MESSAGES["Empty"]()

        async def act(_, context):
            return MESSAGES["Actions"](data=self.answers.pop(0))

        def unary(handler, question, answer, make=grpc.unary_unary_rpc_method_handler):
            return make(handler, MESSAGES[question].FromString, MESSAGES[answer].SerializeToString)

        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("transport.AsyncInference", {
            "Ready": unary(ready, "Empty", "Empty"), "SendPolicyInstructions": unary(setup, "PolicySetup", "Empty"),
            "SendObservations": unary(observe, "Observation", "Empty", grpc.stream_unary_rpc_method_handler),
            "GetActions": unary(act, "Empty", "Actions")}),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        return self

    async def __aexit__(self, *_):
        await self._server.stop(None)


def ask(*answers, mapping=MAPPING, resets=False, pictures={}):
    """What the bridge makes of answers, one after the other; and what the server was told."""
    async def play():
        async with Server(answers) as server:
            policy, rows = LeRobot(server.address, mapping), []
            for _ in answers:
                if resets:
                    policy.reset()
                rows.append(await policy.infer(observation(pictures)))
            return rows, server.told
    return asyncio.run(play())


class LeRobotTests(unittest.TestCase):
    def test_actions_move_the_joints_that_the_mapping_names_in_its_unit(self):
        rows, told = ask(ANSWER)
        for got, wanted in zip(sum(rows[0], []), [math.pi / 4, 0.2, math.pi / 2, math.radians(0.125), 0.2, math.radians(1)]):
            self.assertAlmostEqual(got, wanted, places=6)
        self.assertEqual([what for what, _ in told], ["Ready", "setup", "observation"])
        setup, seen = told[1][1], told[2][1]
        self.assertEqual((type(setup).__module__, type(setup).__name__), ("lerobot.async_inference.helpers", "RemotePolicyConfig"))
        self.assertEqual((setup.policy_type, setup.pretrained_name_or_path, setup.actions_per_chunk), ("act", "nobody/nothing", 50))
        self.assertEqual(setup.lerobot_features["observation.state"]["names"], ["c.pos", "a.pos"])
        self.assertEqual((type(seen).__name__, seen.timestep, seen.must_go), ("TimedObservation", 1, True))
        self.assertAlmostEqual(seen.observation["c.pos"], math.degrees(0.3))
        self.assertEqual(seen.observation["task"], "wave")

    def test_a_picture_is_an_array_of_numpy_and_is_announced(self):
        _, told = ask(ANSWER, pictures={"front": Picture(3, 2, bytes(range(18)))})
        feature = told[1][1].lerobot_features["observation.images.front"]
        self.assertEqual(feature, {"dtype": "image", "shape": (2, 3, 3), "names": ["height", "width", "channels"]})
        image = told[2][1].observation["front"]
        self.assertEqual((image.dtype, image.shape, image.tolist()[1][0]), (numpy.uint8, (2, 3, 3), [9, 10, 11]))

    def test_actions_for_another_observation_move_nothing(self):
        with self.assertRaises(ProtocolError) as caught:
            ask(ANSWER, ANSWER)
        self.assertIn("actions for observation 1, asked was 2", str(caught.exception))

    def test_steps_of_another_length_move_nothing(self):
        with self.assertRaises(ProtocolError) as caught:
            ask(ANSWER, mapping=Mapping(("c", "a"), 1, 33_000_000))
        self.assertIn("steps 20.0 ms apart, the mapping says 33 ms", str(caught.exception))

    def test_nothing_in_a_pickle_is_run(self):
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder, "was-here")

            class Trap:
                def __reduce__(self):
                    return os.mkdir, (str(trace),)

            for trap in (Trap(), [Trap()], {"a": Trap()}):
                with self.subTest(trap=trap), self.assertRaises(ProtocolError) as caught:
                    ask(pickle.dumps(trap))
                self.assertIn("posix.mkdir, which is no number", str(caught.exception))
            # Inside the bytes of a tensor, where torch hides a second pickle.
            hidden = pickle.dumps(Trap())
            inner = b"\x80\x03ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(hidden)) + hidden + b"\x85R."
            with self.assertRaises(ProtocolError) as caught:
                actions_in(inner)
            self.assertIn("posix.mkdir", str(caught.exception))
            self.assertFalse(trace.exists())

    def test_what_is_no_answer_is_named(self):
        for answer, expected in [
            (b"", "no actions for this observation"), (b"\x80\x04N.", "no list of timed actions"), (b"nonsense", "can't be read"),
            (pickle.dumps([]), "no list of timed actions"), (pickle.dumps([1, 2]), "no list of timed actions"),
            (pickle.dumps([pickle.PickleBuffer]), "pickle.PickleBuffer, which is no number"),
            (b"\x80\x02]clerobot.async_inference.helpers\nTimedAction\n)\x81a.", "lacks its time"),
            (ANSWER.replace(b"FloatStorage", b"EvilyStorage"), "torch.EvilyStorage, which is no number"),
        ]:
            with self.subTest(expected=expected), self.assertRaises(ProtocolError) as caught:
                ask(answer)
            self.assertIn(expected, str(caught.exception))

    def test_no_part_of_an_answer_is_believed(self):
        for length in range(len(ANSWER)):
            with self.assertRaises(ProtocolError):
                actions_in(ANSWER[:length])

    def test_a_damaged_answer_is_refused_or_gives_numbers_and_never_anything_else(self):
        for place in range(len(ANSWER)):
            for bit in (0x01, 0x80):
                damaged = bytearray(ANSWER)
                damaged[place] ^= bit
                try:
                    actions = actions_in(bytes(damaged))
                except ProtocolError:
                    continue
                for action in actions:
                    self.assertTrue(all(isinstance(value, float) for value in action.action))

    def test_a_large_observation_goes_in_pieces(self):
        data = os.urandom((5 << 20) + 3)
        cut = list(pieces(data))
        self.assertEqual([piece.transfer_state for piece in cut], [1, 2, 3])
        self.assertEqual(b"".join(piece.data for piece in cut), data)
        self.assertEqual([piece.transfer_state for piece in pieces(b"small")], [3])

    def test_what_is_written_is_a_pickle(self):
        pickletools.dis(pickled("TimedObservation", {"observation": {"a.pos": 1.5, "task": "wave"}}), out=io.StringIO())

    def test_a_server_that_is_not_there_is_named(self):
        with self.assertRaises(ProtocolError) as caught:
            asyncio.run(LeRobot("127.0.0.1:1", MAPPING).infer(observation()))
        self.assertIn("127.0.0.1:1", str(caught.exception))

    def test_after_a_stop_the_server_is_told_to_begin_anew(self):
        # The second answer is for the second observation: its steps are numbered from 2.
        second = ANSWER.replace(b"K\x02h\x08", b"K\x03h\x08").replace(b"timestep\x94K\x01", b"timestep\x94K\x02")
        for resets, wanted in ((False, ["Ready", "setup", "observation", "observation"]), (True, ["Ready", "setup", "observation"] * 2)):
            _, told = ask(ANSWER, second, resets=resets)
            self.assertEqual([what for what, _ in told], wanted)

    def test_a_mapping_without_what_the_protocol_lacks_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "policy.yaml")
            for text, expected in [
                ("joints: [a]\nunit: rad\n", "'step_ms' is missing"), ("joints: [a]\nunit: turns\nstep_ms: 20\npolicy: act\ncheckpoint: x\n", "'turns'"),
                ("joints: [a]\nunit: rad\nstep_ms: 20\n", "'policy' is missing"),
                ("joints: [a]\nunit: rad\nstep_ms: 20\npolicy: act\ncheckpoint: x\ncolour: red\n", "unknown colour"), ("[]", "'joints' is missing"),
            ]:
                path.write_text(text, encoding="utf-8")
                with self.subTest(expected=expected), self.assertRaises(ValueError) as caught:
                    load_mapping(path, wanted=("policy", "checkpoint"))
                self.assertIn(expected, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
