"""Every byte-level vector of the standard: accepted, or refused for the reason it names."""
import json
import pathlib
import unittest

from pons import rules, schema, wire

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "Conformance/v1/vectors"


class VectorTests(unittest.TestCase):
    def test_every_vector_is_read_as_it_says(self):
        count = 0
        for path in sorted(VECTORS.glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                vector = json.loads(line)
                if "message" not in vector:
                    continue
                with self.subTest(message=vector["message"], name=vector["name"]):
                    count += 1
                    self.check(vector)
        self.assertGreater(count, 1500)

    def check(self, vector):
        data = bytes.fromhex(vector["bytes"])
        try:
            message = wire.decode(schema.tables[vector["message"]].cls, data)
            if vector.get("validate"):
                rules.validate(message, vector.get("joints", 3))
        except wire.Rejection as rejection:
            self.assertFalse(vector["accept"], f"refused: {rejection.args}")
            self.assertEqual(schema.RejectReason(rejection.reason).name, vector["reason"])
            return
        self.assertTrue(vector["accept"], f"accepted; expected {vector.get('reason')}")


if __name__ == "__main__":
    unittest.main()
