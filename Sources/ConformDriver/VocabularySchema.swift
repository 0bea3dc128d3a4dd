import ConformJudge
import Foundation

/// JSON Schema of test definitions, made from the vocabulary; editors complete and check with it.
public enum VocabularySchema {
    public static func json() throws -> String {
        let text: [String: Any] = ["type": "string"]
        let steps: [String: Any] = [
            "type": "array", "items": ["oneOf": StepVocabulary.steps.map { step($0, extra: [:]) }],
        ]
        let schema: [String: Any] = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Pons conformance test, pons.test/1",
            "type": "object",
            "additionalProperties": false,
            "required": ["schema", "id", "requirements", "stimulus", "checks", "explain"],
            "properties": [
                "schema": ["const": "pons.test/1"], "id": text, "version": ["type": "integer"],
                "status": ["enum": ["required", "provisional", "disputed", "retired"]], "since": text,
                "requirements": ["type": "array", "items": text, "minItems": 1],
                "target": ["enum": TestDefinition.Target.allCases.map(\.rawValue)],
                "level": ["enum": ["MUST", "SHOULD", "MAY"]], "title": ["type": "object"],
                "motion": ["enum": ["M0", "M1", "M2", "M3"]],
                "tier": ["enum": TestDefinition.Tier.allCases.map(\.rawValue)], "applies": text,
                "despite": ["type": "array", "items": text], "amplitude": ["enum": ["whole"]],
                "let": ["type": "object"],
                "stimulus": steps, "finally": steps,
                "checks": [
                    "type": "array", "minItems": 1,
                    "items": [
                        "oneOf": StepVocabulary.oracles.map {
                            step($0, extra: ["id": text, "control": ["type": "boolean"], "applies": text])
                        }
                    ],
                ],
                "mutants": ["type": "array", "items": text], "aliases": ["type": "array", "items": text],
                "explain": ["type": "object", "required": ["en"]],
            ] as [String: Any],
        ]
        let data = try JSONSerialization.data(
            withJSONObject: schema, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    private static func step(_ word: StepVocabulary.Word, extra: [String: Any]) -> [String: Any] {
        var properties: [String: Any] = [:]
        for argument in word.arguments { properties[argument.name] = ["description": argument.meaning] }
        let arguments: [String: Any] = [
            "description": word.meaning, "type": ["object", "string"], "additionalProperties": false,
            "properties": properties, "required": word.arguments.filter(\.isRequired).map(\.name),
        ]
        var all = extra
        all[word.name] = arguments
        let required = [word.name] + (extra["id"] == nil ? [] : ["id"])
        return ["type": "object", "additionalProperties": false, "properties": all, "required": required]
    }
}
