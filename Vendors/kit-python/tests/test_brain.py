"""What a brain makes of pictures that are late, missing or old: a robot of a few lines, and a policy that notes what it is shown."""
import asyncio
import time
import unittest

from pons import schema
from pons.brain import Brain
from pons.brain.pictures import Camera
from pons.client.session import ProtocolError
from pons.schema import PixelEncoding, SafetyState


class Robot:
    """In motion from the start; each look at its state finds a new one."""

    safety_state = SafetyState.OPERATIONAL
    session = None

    def __init__(self):
        self.descriptor = schema.Descriptor()
        self.descriptor.sensors.add(id="eye")
        self.pictures, self.watched, self.played, self.stops = {}, [], [], 0

    @property
    def robot_time_ns(self):
        return time.monotonic_ns()

    @property
    def state_received_ns(self):
        return time.monotonic_ns()

    @property
    def state(self):
        return schema.WholeBodyState(capture_ns=time.monotonic_ns(), position=[0.0], velocity=[0.0])

    def check(self):
        if len(self.played) >= 3 or self.stops:
            raise ProtocolError("enough")

    def show(self, capture_ns):
        header = schema.CaptureHeader(sensor_id="eye", capture_midpoint_ns=capture_ns, valid=True)
        image = schema.Image(header=header, encoding=PixelEncoding.MONO8, width=1, height=1, payload=b"\x07")
        self.pictures["eye"] = image, time.monotonic_ns()

    async def watch(self, *sensors, **options):
        self.watched.append((*sensors, options["width"], options["height"]))

    async def play(self, steps, *, observed_ns, **_):
        self.played.append(observed_ns)

    async def request_stop(self):
        self.stops += 1


class Policy:
    step_ns = 20_000_000

    def __init__(self, sensor="eye"):
        self.cameras, self.shown = {"front": Camera(sensor, 4, 2)}, []

    def reset(self):
        pass

    async def infer(self, observation):
        self.shown.append((observation.pictures["front"].rgb, observation.capture_ns))
        return [[0.0]]


class BrainTests(unittest.TestCase):
    def serve(self, robot, policy, eye):
        async def play():
            looking = asyncio.create_task(eye())
            try:
                await Brain(policy, "")._serve(robot)
            except ProtocolError as error:
                return str(error)
            finally:
                looking.cancel()
        return asyncio.run(asyncio.wait_for(play(), 60))

    def test_it_acts_on_pictures_and_says_how_old_the_oldest_part_was(self):
        robot, policy, shown = Robot(), Policy(), []

        async def eye():
            await asyncio.sleep(0.5)
            self.assertEqual(policy.shown, [], "nothing is done before the first picture")
            while True:
                shown.append(time.monotonic_ns() - 40_000_000)
                robot.show(shown[-1])
                await asyncio.sleep(0.02)

        self.assertEqual(self.serve(robot, policy, eye), "enough")
        self.assertEqual(robot.watched, [("eye", 4, 2)])
        self.assertTrue(policy.shown and all(rgb == b"\x07\x07\x07" for rgb, _ in policy.shown))
        self.assertEqual(robot.played, [capture for _, capture in policy.shown])
        self.assertTrue(set(robot.played) <= set(shown))

    def test_it_asks_for_a_stop_when_pictures_stay_away(self):
        robot, policy = Robot(), Policy()

        async def eye():
            robot.show(time.monotonic_ns())

        self.serve(robot, policy, eye)
        self.assertEqual(robot.stops, 1)

    def test_a_picture_that_was_refused_as_too_old_is_not_used_again(self):
        class Refusing(Robot):
            async def play(self, steps, *, observed_ns, **_):
                from pons.client import Refused
                self.played.append(observed_ns)
                raise Refused("the chunk", schema.RejectReason.STALE)

        robot = Refusing()

        async def eye():
            for _ in range(2):
                capture = time.monotonic_ns()
                for _ in range(30):  # the same picture, again and again
                    robot.show(capture)
                    await asyncio.sleep(0.02)
            robot.stops += 1

        self.serve(robot, Policy(), eye)
        self.assertEqual(len(robot.played), len(set(robot.played)), "each picture once")
        self.assertGreaterEqual(len(robot.played), 1)

    def test_a_camera_that_the_robot_has_not_is_named(self):
        async def eye():
            pass

        self.assertIn("no camera tail for front; it has eye", self.serve(Robot(), Policy("tail"), eye))


if __name__ == "__main__":
    unittest.main()
