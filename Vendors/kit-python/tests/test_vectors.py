"""Every byte-level vector of the standard: accepted, or refused for the reason it names."""
import json
import pathlib
import unittest

from pons import rules, schema, wire

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "Conformance/v1/vectors"


class VectorTests(unittest.TestCase):
    def test_every_encoding_is_read_as_it_says(self):
        self.assertGreater(self.check(VECTORS, validates=False), 1500)

    def test_every_rule_is_kept_as_it_says(self):
        self.assertGreater(self.check(VECTORS / "rules", validates=True), 10)

    def check(self, folder, validates):
        vectors = [json.loads(line) for path in sorted(folder.glob("*.jsonl"))
                   for line in path.read_text(encoding="utf-8").splitlines()]
        vectors = [vector for vector in vectors if "message" in vector]
        for vector in vectors:
            with self.subTest(message=vector["message"], name=vector["name"]):
                self.assertEqual(self.answer(vector, validates), vector.get("reason", "ACCEPT"))
        return len(vectors)

    @staticmethod
    def answer(vector, validates):
        try:
            message = wire.decode(schema.tables[vector["message"]].cls, bytes.fromhex(vector["bytes"]))
            if validates:
                rules.validate(message, 0)
        except wire.Rejection as rejection:
            return schema.RejectReason(rejection.reason).name
        return "ACCEPT"


if __name__ == "__main__":
    unittest.main()
