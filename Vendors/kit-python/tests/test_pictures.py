"""Pictures: put together from pieces, turned into what policies take, and named in a mapping."""
import pathlib
import tempfile
import unittest

import fastcrc

from pons import schema
from pons.brain.mapping import load_mapping
from pons.brain.pictures import Camera, picture_of
from pons.client.bulk import MOST_BYTES, BulkAssembler
from pons.client.session import ProtocolError
from pons.schema import PixelEncoding


def pieces(data, size=4, **changed):
    head = {"message_type": 128, "message_id": 7, "total_size": len(data), "crc": fastcrc.crc32.autosar(data)} | changed
    return [schema.BulkChunk(offset=start, payload=data[start:start + size], **head) for start in range(0, len(data), size)]


class PieceTests(unittest.TestCase):
    DATA = bytes(range(10))

    def given(self, pieces):
        assembler = BulkAssembler()
        return [whole for piece in pieces if (whole := assembler.receive(piece))], assembler.dropped

    def test_a_message_is_delivered_once_and_whole(self):
        self.assertEqual(self.given(pieces(self.DATA)), ([(128, self.DATA)], 0))
        self.assertEqual(self.given(pieces(self.DATA) * 2), ([(128, self.DATA)] * 2, 0))

    def test_what_is_not_whole_is_dropped_and_the_next_one_comes(self):
        first, second, third = pieces(self.DATA)
        stranger = pieces(self.DATA, message_id=8)
        for wrong in ([first, third], [first, first, third], [second, third], [first, stranger[1], third], [first, second],
                      pieces(self.DATA, crc=1), pieces(self.DATA, total_size=9), pieces(self.DATA, total_size=MOST_BYTES + 1)):
            with self.subTest(wrong=[piece.offset for piece in wrong]):
                whole, dropped = self.given([*wrong, *pieces(self.DATA)])
                self.assertEqual(whole, [(128, self.DATA)])
                self.assertGreater(dropped, 0)


def image(encoding, width, height, payload, stride=0):
    return schema.Image(header=schema.CaptureHeader(sensor_id="eye"), encoding=encoding, width=width, height=height,
                        stride=stride, payload=bytes(payload))


class PictureTests(unittest.TestCase):
    def test_every_plain_encoding_becomes_red_green_blue(self):
        for given, wanted in [
            (image(PixelEncoding.RGB8, 2, 1, [1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]),
            (image(PixelEncoding.BGR8, 2, 1, [1, 2, 3, 4, 5, 6]), [3, 2, 1, 6, 5, 4]),
            (image(PixelEncoding.MONO8, 2, 2, [1, 2, 3, 4]), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]),
            # Rows that are padded.
            (image(PixelEncoding.RGB8, 1, 2, [1, 2, 3, 0, 4, 5, 6, 0], 4), [1, 2, 3, 4, 5, 6]),
            (image(PixelEncoding.MONO8, 1, 2, [9, 0, 8, 0], 2), [9, 9, 9, 8, 8, 8]),
        ]:
            with self.subTest(encoding=given.encoding, stride=given.stride):
                self.assertEqual(list(picture_of(given).rgb), wanted)

    def test_what_is_no_plain_picture_is_named(self):
        for given, said in [
            (image(PixelEncoding.JPEG, 2, 1, b"abc"), "picture of eye is JPEG"),
            (image(99, 2, 1, b"abc"), "is 99"),
            (image(PixelEncoding.RGB8, 2, 1, b"abc"), "3 bytes where 1 rows of 6 should be"),
            (image(PixelEncoding.RGB8, 2, 1, b"abcdef", 5), "1 rows of 5"),
            (image(PixelEncoding.RGB8, 0, 1, b""), "0 bytes where 1 rows of 0"),
        ]:
            with self.subTest(said=said), self.assertRaises(ProtocolError) as caught:
                picture_of(given)
            self.assertIn(said, str(caught.exception))


class CameraTests(unittest.TestCase):
    def load(self, cameras):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "policy.yaml")
            path.write_text(f"joints: [a]\nunit: rad\nstep_ms: 20\ncameras: {cameras}\n", encoding="utf-8")
            return load_mapping(path).cameras

    def test_a_camera_is_a_sensor_or_one_with_a_size(self):
        self.assertEqual(self.load("{observation/image: eye, wrist: {sensor: hand, width: 224, height: 112}}"),
                         {"observation/image": Camera("eye"), "wrist": Camera("hand", 224, 112)})

    def test_what_is_no_camera_is_named(self):
        for cameras, said in [("[eye]", "cameras are list"), ("{a: 3}", "camera a: 3"), ("{a: {width: 2}}", "camera a"),
                              ("{a: {sensor: eye, depth: 3}}", "camera a"), ("{a: {sensor: eye, width: -1}}", "-1 by 0")]:
            with self.subTest(cameras=cameras), self.assertRaises(ValueError) as caught:
                self.load(cameras)
            self.assertIn(said, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
