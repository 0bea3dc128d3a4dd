"""Manifests that are wrong are told so, with the place and what to do."""
import pathlib
import tempfile
import unittest

from pons.robot import manifest

TEMPLATE = pathlib.Path(__file__).resolve().parents[2] / "templates/common/manifest.yaml"


class ManifestTests(unittest.TestCase):
    CASES = [
        ("velocity: 8,", "velocty: 8,", "unknown key 'velocty'"),
        ("effort: 60", "effort: 0", "0 is a placeholder"),
        ("lower: -2.4", "lower: 3", "is not below upper"),
        ("effort: 60", "effort: much", "another kind of value"),
        ("kind: emergency", "kind: protective", "no emergency stop"),
        ("joints: [left_arm]", "joints: [left_leg]", "which no joint is in"),
        ("pons.manifest/1", "pons.manifest/2", "reads pons.manifest/1"),
        ("name: right_elbow", "name: left_elbow", "two have one name"),
        ("state_rate_hz: 200", "state_rate: 200", "unknown key 'state_rate'"),
        ("schema:", "schema: [", "manifest.yaml"),
    ]

    def test_the_template_is_read(self):
        self.assertEqual(len(manifest.load(TEMPLATE).joints), 4)

    def test_every_mistake_is_named(self):
        for old, new, expected in self.CASES:
            with self.subTest(new=new), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "manifest.yaml")
                text = TEMPLATE.read_text(encoding="utf-8")
                self.assertIn(old, text)
                path.write_text(text.replace(old, new), encoding="utf-8")
                with self.assertRaises(manifest.ManifestError) as caught:
                    manifest.load(path)
                self.assertIn(expected, str(caught.exception))

    def test_a_file_that_is_not_there_is_named(self):
        with self.assertRaises(manifest.ManifestError) as caught:
            manifest.load("/no/such/manifest.yaml")
        self.assertIn("/no/such/manifest.yaml", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
