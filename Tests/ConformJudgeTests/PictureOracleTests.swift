import ConformJudge
import PonsMessages
import PonsReflection
import PonsVocabulary
import Testing

/// Pictures and pieces, frames, and the distance from people.
@Suite struct PictureOracleTests {
    private func image(_ encoding: PixelEncoding, _ width: UInt32, _ height: UInt32, stride: UInt32, bytes: Int)
        -> Image
    {
        make(Image()) {
            ($0.encoding, $0.width, $0.height, $0.stride) = (encoding, width, height, stride)
            ($0.payload, $0.header) = (Array(repeating: 1, count: bytes), make(CaptureHeader()) { $0.sensorID = "eye" })
        }
    }

    private func three<M: FrameMessage & Reflective>(_ messages: [M]) -> Story {
        var story = Story()
        for (index, message) in messages.enumerated() { story.received(message, at: Double(index * 10)) }
        return story
    }

    @Test func `bytes of a picture are what its fields say`() throws {
        func depth(_ encoding: PixelEncoding, _ bytes: Int, scale: Double?, invalid: UInt32?) -> Image {
            make(image(encoding, 4, 2, stride: UInt32(bytes / 2), bytes: bytes)) {
                ($0.depthScale, $0.depthInvalid) = (scale, invalid)
            }
        }
        let images: [Image] = [
            image(.rgb8, 4, 2, stride: 12, bytes: 24), image(.bgr8, 4, 2, stride: 16, bytes: 32),
            image(.rgb8, 4, 2, stride: 11, bytes: 22),
            image(.rgb8, 4, 2, stride: 12, bytes: 23), image(.mono8, 4, 2, stride: 4, bytes: 8),
            image(.mono8, 5, 2, stride: 4, bytes: 8),
            image(.nv12, 4, 2, stride: 4, bytes: 12), image(.nv12, 4, 2, stride: 4, bytes: 8),
            image(.nv12, 3, 2, stride: 4, bytes: 12),
            image(.nv12, 4, 3, stride: 4, bytes: 16), depth(.depth16, 16, scale: 0.001, invalid: 0),
            depth(.depth16, 16, scale: nil, invalid: 0),
            depth(.depth16, 16, scale: 0, invalid: 0), depth(.depth16, 16, scale: 0.001, invalid: nil),
            depth(.depth16, 14, scale: 0.001, invalid: 0),
            depth(.depth32f, 32, scale: nil, invalid: 0), depth(.depth32f, 32, scale: nil, invalid: nil),
            depth(.depth32f, 30, scale: nil, invalid: 0),
            image(.jpeg, 4, 2, stride: 0, bytes: 1), image(.h264, 4, 2, stride: 0, bytes: 0),
            image(.h265, 4, 2, stride: 0, bytes: 1),
            image(.unspecified, 4, 2, stride: 0, bytes: 1), image(.rgb8, .max, .max, stride: .max, bytes: 1),
        ]
        try Golden.expect(
            images.map { judged("pictures", ["peer": "A"], three([$0, $0, $0])) } + [
                judged("pictures", ["peer": "A"], three(Array(images.prefix(2)))),
                judged("pictures", ["peer": "B"], three(Array(images.prefix(3)))),
                judged(
                    "pictures", ["peer": "A", "after": "10 ms", "until": "20 ms"],
                    three([images[3], images[0], images[0], images[3]])),
                judged(
                    "pictures", ["peer": "A", "until": "20 ms"], three([images[0], images[0], images[0], images[3]])),
            ], "pictures")
    }

    @Test func `pictures of one group were taken together`() throws {
        func pair(_ index: UInt64, _ apart: Double, group: UInt32 = 1) -> [Image] {
            [0, apart].map { later in
                make(Image()) {
                    $0.header = make(CaptureHeader()) {
                        ($0.syncGroup, $0.syncIndex) = (group, index)
                        $0.captureMidpointNs = Int64(index) * 100_000_000 + Int64(later * 1e6)
                    }
                }
            }
        }
        let stories: [(String, [Image])] = [
            ("together", (1...3).flatMap { pair($0, 5) }),
            ("apart", (1...3).flatMap { pair($0, $0 == 2 ? -5.001 : 5) }),
            ("two pairs", (1...2).flatMap { pair($0, 5) } + pair(3, 0).prefix(1)),
            ("no group", (1...3).flatMap { pair($0, 50, group: 0) }),
            ("no time", (1...3).flatMap { pair($0, 5) }.map { make($0) { $0.header?.captureMidpointNs = nil } }),
            ("no header", [Image(), Image(), Image()]),
        ]
        try Golden.expect(
            stories.flatMap { what, images in
                ([["peer": "A"], ["peer": "A", "within": "4.9 ms"]] as [Given]).map {
                    "\(what): \(judged("together", $0, three(images)))"
                }
            }, "together")
    }

    @Test func `a picture names a calibration that was announced, and none that is over`() throws {
        func picture(_ hash: UInt8) -> Image {
            make(Image()) {
                $0.header = make(CaptureHeader()) {
                    ($0.sensorID, $0.calibrationSHA256, $0.sequence) = ("eye", Array(repeating: hash, count: 32), 9)
                }
            }
        }
        func status(_ hash: UInt8?) -> StreamStatus {
            make(StreamStatus()) {
                ($0.sensorID, $0.calibrationSHA256) = ("eye", hash.map { Array(repeating: $0, count: 32) } ?? [])
            }
        }
        func story(_ steps: [any FrameMessage & Reflective]) -> Story {
            var story = Story()
            story.evidence.descriptor = make(Descriptor()) {
                $0.sensors = [
                    make(SensorDescription()) {
                        ($0.id, $0.calibrationSHA256) = ("eye", Array(repeating: 1, count: 32))
                    }
                ]
            }
            for (index, step) in steps.enumerated() {
                func tell<M: FrameMessage & Reflective>(_ message: M) { story.received(message, at: Double(index)) }
                tell(step)
            }
            return story
        }
        let stories: [(String, Story)] = [
            ("as described", story([picture(1), picture(1), picture(1)])), ("two", story([picture(1), picture(1)])),
            ("nobody's", story([picture(1), picture(2), picture(1)])),
            ("announced", story([picture(1), status(2), picture(1), picture(2), picture(2)])),
            ("back again", story([status(2), picture(2), picture(1)])),
            (
                "an empty announcement",
                story([picture(1), status(nil), make(picture(1)) { $0.header?.calibrationSHA256 = [] }])
            ),
            ("another camera", story([make(picture(1)) { $0.header?.sensorID = "ear" }])),
            ("no header", story([Image(), picture(1), picture(1), picture(1)])),
        ]
        try Golden.expect(
            stories.flatMap { what, story in
                ["A", "B"].map { "\(what): \(judged("calibrated", ["peer": Given(stringLiteral: $0)], story))" }
            },
            "calibrated")
    }

    @Test func `pieces follow on each other`() throws {
        func piece(_ id: UInt64, _ offset: UInt32, _ size: Int, of total: UInt32 = 10) -> BulkChunk {
            make(BulkChunk()) {
                ($0.messageID, $0.offset, $0.totalSize, $0.payload) = (
                    id, offset, total, Array(repeating: 0, count: size)
                )
            }
        }
        let stories: [(String, [BulkChunk])] = [
            ("whole", [piece(1, 0, 5), piece(1, 5, 5), piece(2, 0, 10)]), ("a gap", [piece(1, 0, 5), piece(1, 6, 4)]),
            ("cut short", [piece(1, 0, 5), piece(2, 0, 5)]),
            ("no beginning", [piece(1, 5, 5)]), ("too much", [piece(1, 0, 5), piece(1, 5, 6), piece(1, 0, 5)]),
            ("two", [piece(1, 0, 5), piece(1, 5, 5)]),
        ]
        try Golden.expect(stories.map { "\($0): \(judged("pieces", ["peer": "A"], three($1)))" }, "pieces")
    }

    // MARK: Frames

    private func frame(_ name: String, in parent: String, _ rotation: (Double, Double, Double, Double)? = nil)
        -> FrameDescription
    {
        make(FrameDescription()) {
            ($0.name, $0.parent) = (name, parent)
            if let rotation { $0.poseInParent = make(Pose()) { $0.orientation = quaternion(rotation) } }
        }
    }

    private func quaternion(_ q: (Double, Double, Double, Double)) -> Quaternion {
        make(Quaternion()) { ($0.x, $0.y, $0.z, $0.w) = q }
    }

    private func vector(_ x: Double, _ y: Double, _ z: Double) -> Vector3 {
        make(Vector3()) { ($0.x, $0.y, $0.z) = (x, y, z) }
    }

    @Test func `frames make a tree, and gravity points up in it`() throws {
        func robot(_ frames: [FrameDescription], sensor: SensorDescription? = nil, samples: [ImuSample] = []) -> Story {
            var story = Story()
            story.evidence.descriptor = make(Descriptor()) {
                ($0.frames, $0.sensors) = (frames, sensor.map { [$0] } ?? [])
            }
            for sample in samples { story.received(sample, at: 5) }
            return story
        }
        func imu(in frame: String = "imu", _ rotation: (Double, Double, Double, Double)?, _ force: Vector3?)
            -> ImuSample
        {
            make(ImuSample()) {
                $0.header = make(CaptureHeader()) { ($0.sensorID, $0.frame) = ("gyro", frame) }
                ($0.orientation, $0.specificForce) = (rotation.map(quaternion), force)
            }
        }
        let tree = [
            frame("base", in: ""), frame("imu", in: "base", (0, 0, 0, 1)), frame("eye", in: "imu", (0.6, 0, 0, 0.8)),
        ]
        let up = vector(0, 0, 9.81)
        // Lying on its side: a quarter turn about x brings what it feels along its y axis up.
        let side = (0.5.squareRoot(), 0.0, 0.0, 0.5.squareRoot())
        func sensor(_ frame: String, _ rotation: (Double, Double, Double, Double)? = nil) -> SensorDescription {
            make(SensorDescription()) {
                ($0.id, $0.frame) = ("lidar", frame)
                if let rotation { $0.extrinsics = make(Pose()) { $0.orientation = quaternion(rotation) } }
            }
        }
        let stories: [(String, Story)] = [
            ("a tree", robot(tree, sensor: sensor("eye", (0, 1, 0, 0)), samples: [imu((0, 0, 0, 1), up)])),
            ("nothing described", Story()),
            ("two of a name", robot(tree + [frame("eye", in: "base")])),
            ("two roots", robot(tree + [frame("world", in: "")])), ("no root", robot([frame("a", in: "a")])),
            ("an unknown parent", robot(tree + [frame("hand", in: "arm")])),
            ("a ring", robot(tree + [frame("a", in: "b"), frame("b", in: "a")])),
            ("no unit quaternion", robot([frame("base", in: ""), frame("a", in: "base", (0, 0, 0, 1.1))])),
            ("nearly one", robot([frame("base", in: ""), frame("a", in: "base", (0, 0, 0, 1.0000009))])),
            ("a sensor nowhere", robot(tree, sensor: sensor("tail"))),
            ("a sensor turned wrong", robot(tree, sensor: sensor("eye", (0, 0, 0, 0.5)))),
            ("a sensor without a pose", robot(tree, sensor: sensor("eye"))),
            ("a sample from nowhere", robot(tree, samples: [imu(in: "tail", nil, up)])),
            ("without orientation", robot(tree, samples: [imu(nil, vector(9.81, 0, 0))])),
            ("without force", robot(tree, samples: [imu((1, 0, 0, 0), nil)])),
            ("on its side", robot(tree, samples: [imu(side, vector(0, -9.81, 0))])),
            ("and right", robot(tree, samples: [imu(side, vector(0, 9.81, 0))])),
            ("off by 1.4", robot(tree, samples: [imu((0, 0, 0, 1), vector(0, 0, 11.2))])),
            ("off by 1.6", robot(tree, samples: [imu((0, 0, 0, 1), vector(0, 0, 8.2))])),
            ("w first", robot(tree, samples: [imu((1, 0, 0, 0), up)])),
            ("a turn about z", robot(tree, samples: [imu((0, 0, 0.6, 0.8), up)])),
            ("about all", robot(tree, samples: [imu((0.5, 0.5, 0.5, 0.5), vector(0, 9.81, 0))])),
            ("half a vector", robot(tree, samples: [imu((0, 0, 0, 1), make(Vector3()) { $0.x = 1 })])),
        ]
        try Golden.expect(
            stories.map { "\($0): \(judged("frames", ["peer": "A"], $1))" } + [
                "another client: \(judged("frames", ["peer": "B"], stories[12].1))"
            ], "frames")
    }

    // MARK: People

    @Test func `the distance from people is at least what the declared terms give`() throws {
        func story(_ distances: [Double?], declared: Bool = true) -> Story {
            var story = Story()
            if declared {
                let terms = make(SeparationParameters()) {
                    ($0.humanSpeed, $0.reactionTimeNs, $0.stoppingTimeNs) = (1.6, 100_000_000, 400_000_000)
                    ($0.stoppingDistance, $0.intrusionDistance) = (0.05, 0.1)
                    ($0.positionUncertaintyHuman, $0.positionUncertaintyRobot) = (0.03, 0.02)
                }
                story.evidence.descriptor = make(Descriptor()) {
                    $0.safety = make(SafetyDescription()) { $0.separation = terms }
                }
            }
            story.sent(make(SafetyStatus()) { $0.protectiveDistance = 0 }, at: 5)
            for (index, distance) in distances.enumerated() {
                story.received(make(SafetyStatus()) { $0.protectiveDistance = distance }, at: Double(index * 10))
            }
            return story
        }
        let stories: [(String, Story)] = [
            ("at rest", story([1, 1, 1.05])), ("more than at rest", story([1, 1, 1.051])),
            ("less", story([1, 0.999, 1])), ("moving", story([1, 1.2, 1.3])),
            ("two", story([1, 1])), ("none shown", story([nil, nil, nil, 1])),
            ("none declared", story([1, 1, 1], declared: false)),
            (
                "nothing of the terms",
                {
                    var story = story([0, 0, 0.01])
                    story.evidence.descriptor?.safety?.separation = SeparationParameters()
                    return story
                }()
            ),
        ]
        let checks: [Given] = [
            ["peer": "A"], ["peer": "A", "more_by": "0.3"], ["peer": "A", "more_by": "0.31"], ["peer": "B"],
            ["peer": "A", "after": "10 ms"], ["peer": "A", "until": "10 ms"],
        ]
        try Golden.expect(
            stories.flatMap { what, story in checks.map { "\(what): \(judged("protective_distance", $0, story))" } },
            "separation")
    }

    @Test func `a robot that moves keeps farther by what it covers before it reacts`() {
        let terms = make(SeparationParameters()) {
            ($0.humanSpeed, $0.reactionTimeNs, $0.stoppingTimeNs) = (2, 100_000_000, 400_000_000)
            ($0.stoppingDistance, $0.intrusionDistance) = (0.05, 0.1)
            ($0.positionUncertaintyHuman, $0.positionUncertaintyRobot) = (0.03, 0.02)
        }
        #expect(abs(terms.protectiveDistance(atSpeed: 0) - 1.2) < 1e-9)
        #expect(abs(terms.protectiveDistance(atSpeed: 3) - 1.5) < 1e-9)
        #expect(SeparationParameters().protectiveDistance(atSpeed: 3) == 0)
    }
}
