"""Files of stops, and what stands in them (REC-05)."""
import pathlib
import tempfile
import unittest

from mcap.reader import make_reader

from pons import schema
from pons.robot.incidents import IncidentRecorder

SECOND = 1_000_000_000
STEP = SECOND // 100
STOPPING, OPERATIONAL = schema.SafetyState.STOPPING, schema.SafetyState.OPERATIONAL


class Incidents(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name, "deep", "er")
        self.recorder = IncidentRecorder(self.folder, schema.Descriptor(vendor="Acme"))

    def live(self, until, stops, since=0):
        """A state a cycle, a heading when it is due, stops at these seconds."""
        for now in range(since * SECOND, until * SECOND, STEP):
            if self.recorder.wants_heading(now):
                self.recorder.head(b"described", now)
            self.recorder.record("state", "WholeBodyState", bytes(100), now)
            if now % SECOND == 0 and now // SECOND in stops:
                self.recorder.notice(OPERATIONAL, STOPPING, "PROTECTIVE", bytes(16), now)
                self.recorder.notice(STOPPING, schema.SafetyState.PROTECTIVE_STOP, "PROTECTIVE", bytes(16), now)

    def files(self):
        """What is on the disk in the end: messages, metadata and chunks of each file, the oldest first."""
        self.recorder.close()
        files = []
        for path in sorted(self.folder.glob("*"), key=lambda path: path.stat().st_mtime_ns):
            with path.open("rb") as file:
                reader = make_reader(file)
                metadata = {record.name: record.metadata for record in reader.iter_metadata()}
                files.append((list(reader.iter_messages()), metadata, reader.get_summary().chunk_indexes))
        return files

    def test_a_file_reaches_from_ten_seconds_before_to_five_after(self):
        for stops, reach in (([22], (10, 27)), ([19], (5, 24)), ([3], (0, 8)), ([22, 26], (10, 31))):
            with self.subTest(stops):
                self.setUp()
                self.live(60, stops)
                ((messages, metadata, chunks),) = self.files()
                times = [message.log_time for _, channel, message in messages if channel.topic == "/pons/state/WholeBodyState"]
                self.assertEqual((times[0], times[-1]), (reach[0] * SECOND, reach[1] * SECOND))
                self.assertEqual(len(times), (reach[1] - reach[0]) * 100 + 1)
                self.assertEqual(messages[0][1].topic, "/pons/description/Descriptor")
                self.assertEqual(metadata["incident"], {"time_ns": str(stops[0] * SECOND), "cause": "PROTECTIVE"})
                self.assertEqual(metadata["outcome"], {"outcome": "stopped: PROTECTIVE"})
                self.assertTrue(all(chunk.message_end_time - chunk.message_start_time <= SECOND for chunk in chunks))

    def test_each_of_two_stops_far_apart_has_its_file(self):
        self.live(60, [20, 40])
        self.assertEqual([metadata["incident"]["time_ns"] for _, metadata, _ in self.files()],
                         [str(20 * SECOND), str(40 * SECOND)])

    def test_a_robot_that_is_switched_off_soon_after_leaves_what_there_was(self):
        self.live(23, [22])
        ((messages, metadata, _),) = self.files()
        self.assertEqual(messages[-1][2].log_time, 23 * SECOND - STEP)
        self.assertEqual(metadata["outcome"], {"outcome": "stopped: PROTECTIVE"})

    def test_before_anything_is_known_of_the_robot_nothing_is_kept(self):
        self.recorder.record("state", "WholeBodyState", b"", 0)
        self.recorder.notice(OPERATIONAL, STOPPING, "PROTECTIVE", bytes(16), 0)
        self.live(20, [])
        self.assertEqual(self.files(), [])

    def test_the_oldest_files_go(self):
        self.recorder.KEPT = 2
        self.live(100, [20, 40, 60, 80])
        self.assertEqual([metadata["incident"]["time_ns"] for _, metadata, _ in self.files()],
                         [str(60 * SECOND), str(80 * SECOND)])


if __name__ == "__main__":
    unittest.main()
