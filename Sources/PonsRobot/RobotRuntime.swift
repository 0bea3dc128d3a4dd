public import PonsMessages
public import PonsSafety
public import PonsSession
public import PonsWire

/// A link the driver knows: a connection, or the address of a datagram peer.
public struct LinkID: Hashable, Comparable, Sendable {
    public let number: Int
    public init(_ number: Int) { self.number = number }
    public static func < (left: LinkID, right: LinkID) -> Bool { left.number < right.number }
}

/// What the driver is asked to do.
public enum RobotAction: Sendable {
    case send(LinkID, frames: [[UInt8]])
    /// To where the last datagram of this link's session came from.
    case sendDatagram(LinkID, [UInt8])
    case close(LinkID)
    /// Keep this over a power cycle (SAF-07).
    case store(latch: SafetyState?, epoch: UInt64)
    case record(RecordingAction)
}

/// A robot: sessions, authority, the safety supervisor, motion, and an adapter at the end of it.
///
/// Deterministic: links, bytes and `now` (ns, robot monotonic) in; actions out. The driver owns sockets, clock and entropy.
/// One joint command goes: `receive` → session check → decode and validate → authority → safety → order and time →
/// limits → the shaper → the adapter.
public struct RobotRuntime<Adapter: RobotAdapter, Faults: FaultPort>: Sendable {
    public internal(set) var adapter: Adapter
    public internal(set) var faults: Faults
    public internal(set) var supervisor: SafetySupervisor

    var peers = PeerTable()
    var authority = AuthorityTable()
    var actions: [RobotAction] = []
    var random: any RandomNumberGenerator & Sendable
    var bootID: BootID
    var usedSessionIDs: Set<UInt64> = []
    var nextSource: UInt16 = 16

    var descriptor: Descriptor
    var descriptorBytes: [UInt8]
    var descriptorHash: [UInt8]
    let hashing: @Sendable ([UInt8]) -> [UInt8]
    var timing: SessionTiming
    var limits: [JointLimits]
    var jointCount: Int { limits.count }

    // Motion
    var shaper: MotionShaper
    var command: ActuatorCommand
    var commanded: [Float]
    var source = MotionSource.none
    var setpointDog: Watchdog
    var chunks = ChunkPlayer()
    /// Order and freshness of each gripper's stream, by gripper.
    var gripperGates: [SetpointGate]
    var tasks = TaskList()
    var needsBumpCheck = true
    var enabledNs: Int64 = .max
    var limitedMask: UInt64 = 0
    var applied: (sequence: UInt64, timeNs: Int64)?
    var pendingSequence: UInt64 = 0
    var holderGate: LinkID?
    var lastGrantNs: Int64 = .min / 2
    /// Name of the last holder that went away; a conforming robot never looks at it.
    var stickyHolder = ""
    var keepsQueue = false
    var wasReset: Bool { supervisor.epoch > 1 }

    var standstill = StandstillMonitor()
    var control = ControlSourceSwitch()
    private var spinalGuard = SpinalGuard()
    /// A target that was injected past the small brain, and until when.
    var spinalTarget: (joint: Int, value: Float, untilNs: Int64)?

    // People, heat and charge
    var separation = SeparationMonitor()
    var heat = Heat.none
    /// Since when the smaller limits hold.
    var shrinkNs: Int64?
    var isBatteryCritical = false
    /// °C, by joint; infinite where none is declared.
    let temperatureLimits: [Float]
    let deratedLimits: [JointLimits]

    /// A person or a thing pushed harder than it may in the last cycle.
    var wasTouched = false

    var pictures = PictureStreams()
    var audit = AuditLog()
    /// Who reads the log, and which entry comes next.
    var auditReaders: [LinkID: UInt64] = [:]
    var loop = LoopRecord()
    var episode: Episode?
    /// Where the driver hears datagrams of sessions; without it, DatagramRequest is refused.
    public var datagramPort: UInt32?
    let authentication: DatagramChannel.Authentication?
    /// Whether the driver has a place for recordings; without one, RecordingControl is refused.
    public var canRecord = false
    /// Whether the driver keeps what leads to a stop and what follows (REC-05): everything is recorded then, at any time.
    public var keepsIncidents = false
    var nextAnchorNs: Int64 = .min
    var isRecording: Bool { episode != nil || keepsIncidents }
    /// Where the frame counters of new links begin; any value is legal.
    public var firstCounter: UInt32 = 0
    /// How long nothing may move before standstill is believed; cycles of a millisecond.
    public var standstillCycles: Int {
        get { standstill.settleCycles }
        set { standstill.settleCycles = newValue }
    }

    // Pace
    var nowNs: Int64
    var nextTickNs: Int64
    var tickCount: UInt64 = 0
    /// Cycles from one message of a stream to the next, as its rate is declared.
    let stateCycles, inertiaCycles, forceCycles: UInt64
    var stateSequence: UInt64 = 0
    var statusSequence: UInt64 = 0
    var nextStatusNs: Int64
    var nextHeartbeatNs: Int64
    var selfTestDueNs: Int64?

    // Counters and books
    var failedGreetings = FailedGreetings()
    /// Since when conditions hold that a robot is late to act on.
    var onsets: [TimedReaction: Int64] = [:]
    var wrongSessionFrames: UInt32 = 0
    var integrityErrors: UInt32 = 0
    /// When a frame of more than half the limit came last, and what a broken robot does later for it; ns.
    var largeFrameNs: Int64 = .min / 2
    var lateStop: (request: StopRequest, link: LinkID, dueNs: Int64)?
    var lateAnswers: [(link: LinkID, ack: Ack, dueNs: Int64)] = []
    var lastWrongSessionReplyNs: Int64 = .min / 2
    var refusalTimes: [RejectReason: Int64] = [:]
    var lastChunkStatusNs: Int64 = .min / 2
    var utcStepNs: Int64 = 0
    /// Whether a command time-out has stopped this robot since it was booted.
    var hadTimeout = false
    var stalledUntilNs: Int64 = .min
    /// Of a robot that lies: where it was when it told a stop, and what it follows although it refused it.
    var movesOn: (start: [Float], sinceNs: Int64)?
    var defied: (targets: [Float], untilNs: Int64)?
    /// Of a robot that lies: the newest setpoint that it refused.
    var glossedSequence: UInt64 = 0
    /// What is to be taken back when TEST mode is left.
    var injected = InjectionLedger<Self>()
    /// Until when an injected local control lasts.
    var localUntilNs: Int64?
    /// Network stop sources that must check in, by id.
    var checkIns: [UInt32: CheckIn] = [:]
    /// When the stop path was tested last (SAF-29).
    var stopTestedNs: Int64
    /// How far each joint may lag behind its target, and how long, where it declares that; rad or m, ns.
    let lagLimits: [(distance: Double, timeNs: Int64)?]
    /// Since when a joint has been further from its target than declared.
    var lagsSinceNs: Int64?
    var stored: (SafetyState?, UInt64)?

    enum MotionSource: Equatable { case none, setpoint([Float]), chunk }

    /// - Parameters:
    ///   - authentication: HMAC-SHA-256, for datagrams; a robot without it has none.
    ///   - hashing: SHA-256, from outside: the core links no cryptography.
    ///   - random: unpredictable in a real robot (LNK-02), seeded in virtual time.
    public init(
        adapter: Adapter, faults: Faults, parameters: SafetyParameters, latch: SafetyState? = nil, epoch: UInt64 = 0,
        random: any RandomNumberGenerator & Sendable, hashing: @escaping @Sendable ([UInt8]) -> [UInt8],
        authentication: DatagramChannel.Authentication? = nil, at now: Int64
    ) {
        self.authentication = authentication
        self.adapter = adapter
        self.faults = faults
        self.random = random
        self.hashing = hashing
        supervisor = SafetySupervisor(parameters: parameters, epoch: epoch)
        bootID = BootID(using: &self.random)
        descriptor = Self.described(by: adapter, &self.faults)
        descriptorBytes = descriptor.encoded()
        descriptorHash = hashing(descriptorBytes)
        timing = SessionTiming(descriptor.timing ?? TimingDescription())
        limits = descriptor.joints.map(JointLimits.init)
        temperatureLimits = descriptor.joints.map { $0.temperatureLimit.map(Float.init) ?? .infinity }
        deratedLimits = limits.map { $0.scaled(by: Self.deratedScale) }
        lagLimits = descriptor.joints.map { joint in
            guard let distance = joint.followingErrorLimit, let time = joint.followingErrorTimeNs else { return nil }
            return (distance, time)
        }
        shaper = MotionShaper(jointCount: limits.count)
        command = ActuatorCommand(jointCount: limits.count)
        commanded = Array(repeating: 0, count: limits.count)
        stateCycles = Self.cycles(atHz: descriptor.timing?.stateRateHz, 5)
        inertiaCycles = Self.cycles(atHz: Self.rate(of: .imu, descriptor), 5)
        forceCycles = Self.cycles(atHz: Self.rate(of: .forceTorque, descriptor), 10)
        setpointDog = Watchdog(timeoutNs: timing.setpointDeadlineNs)
        command.gripperOpening = descriptor.grippers.map { _ in 1 }
        gripperGates = Array(
            repeating: SetpointGate(maxLeadNs: timing.setpointMaxLeadNs), count: descriptor.grippers.count)
        stopTestedNs = now
        nowNs = now
        nextTickNs = now
        nextStatusNs = now
        nextHeartbeatNs = now
        for resource in descriptor.resources { authority.declare(resource: resource.id, parent: resource.parentID) }
        for source in descriptor.safety?.stopSources ?? [] {
            supervisor.declare(device: source.id, kind: source.kind)
        }
        powerUp(latch: latch, at: now)
    }

    private static func rate(of kind: SensorKind, _ descriptor: Descriptor) -> Double? {
        descriptor.sensors.first { $0.kind == kind }?.nominalRateHz
    }

    /// A cycle is a millisecond.
    private static func cycles(atHz rate: Double?, _ fallback: UInt64) -> UInt64 {
        guard let rate, rate > 0 else { return fallback }
        return max(1, UInt64((1000 / min(rate, 1000)).rounded()))
    }

    /// The adapter's descriptor; a broken robot leaves things out.
    private static func described(by adapter: Adapter, _ faults: inout Faults) -> Descriptor {
        var descriptor = adapter.descriptor
        if faults.breaks(.dsc07) { descriptor.safety?.stopPlans.removeAll { $0.kind == .emergency } }
        if faults.breaks(.dsc11) {
            for index in descriptor.sensors.indices { descriptor.sensors[index].extrinsics = nil }
        }
        if faults.breaks(.sec12) { descriptor.vulnerabilityContact = "" }
        // A drive that was retuned, and a model that was not.
        if faults.breaks(.dsc09) { descriptor.joints[0].effortLimit? += 1 }
        // A simulator that says the hardware's levels are its own.
        if faults.breaks(.dsc13) { for index in descriptor.claims.indices { descriptor.claims[index].level = "L3" } }
        if faults.breaks(.dsc12) { descriptor.safety?.fallReaction = .unspecified }
        return descriptor
    }

    /// Everything the driver has to do since the last call.
    public mutating func takeActions() -> [RobotAction] {
        // One queue for everybody, and the slowest reader decides.
        let isBlocked = peers.links.contains { peers[$0]!.isCongested } && faults.breaks(.lnk11)
        for link in peers.links where peers[link]!.hasFrames && !isBlocked {
            let hasOverflowed = peers[link]!.outbox.hasOverflowed
            actions.append(.send(link, frames: peers[link]!.drain(at: nowNs)))
            for datagram in peers[link]!.takeDatagrams() { actions.append(.sendDatagram(link, datagram)) }
            if hasOverflowed { drop(link, .peerLost, nowNs) }
        }
        defer { actions = [] }
        return actions
    }

    // MARK: Links

    /// - Parameters:
    ///   - isDatagram: whether each frame travels as one datagram: then none is larger than the declared maximum.
    ///   - trust: who the transport has proven the peer to be.
    public mutating func linkOpened(_ link: LinkID, isDatagram: Bool = false, trust: LinkTrust, at now: Int64) {
        peers[link] = RobotPeer(
            timing: timing, limits: descriptor.limits ?? ProtocolLimits(), isDatagram: isDatagram, trust: trust, at: now
        )
        peers[link]!.sealer = FrameSealer(counter: firstCounter)
    }

    /// Whether a peer that speaks in clear may open a link at all: in lab mode only (SEC-01).
    public mutating func admitsClear() -> Bool { descriptor.labMode || faults.breaks(.sec01) }

    /// Under which identity the frames of a link are sealed; `nil` for a link that there isn't.
    public func identity(of link: LinkID) -> SessionIdentity? { peers[link]?.identity }

    /// Whether more bytes wait on a link than it can carry: pictures are skipped until it has caught up.
    public mutating func setCongestion(_ isCongested: Bool, of link: LinkID) {
        guard peers[link] != nil else { return }
        peers[link]!.isCongested = isCongested && !lets(everythingPileUpOn: link)
    }

    /// A robot that writes into its links whatever happens there.
    private mutating func lets(everythingPileUpOn link: LinkID) -> Bool {
        let takesPictures = peers[link]!.subscriptions.contains(MessageType.image.rawValue)
        return faults.breaks(takesPictures ? .per17 : .lnk12)
    }

    public mutating func linkClosed(_ link: LinkID, at now: Int64) {
        advance(to: now)
        endSession(link, .peerLost, now)
        peers[link] = nil
    }

    /// Bytes of a link: a datagram, or any part of a stream.
    public mutating func receive(_ bytes: [UInt8], on link: LinkID, at now: Int64) {
        advance(to: now)
        guard peers[link] != nil else { return }
        peers[link]!.assembler.append(bytes)
        while peers[link] != nil {
            do throws(FrameError) {
                guard let frame = try peers[link]!.assembler.next() else { break }
                receive(frame: frame, on: link, at: now)
            } catch {
                // One peer's rubbish ends that peer's link and nothing else (LNK-13).
                if faults.breaks(.lnk13) { stalledUntilNs = now + 150_000_000 }
                drop(link, .peerLost, now)
                break
            }
        }
        flushTransitionsToStorage()
    }

    // MARK: Time

    /// Runs every cycle up to `now`. Cost: one plant step a millisecond.
    public mutating func advance(to now: Int64) {
        nowNs = max(nowNs, now)
        while nextTickNs <= now {
            if !faults.breaks(.mot02) { loop.note(lateness: now - nextTickNs, period: 1_000_000) }
            tick(nextTickNs)
            nextTickNs += 1_000_000
        }
    }

    private mutating func tick(_ now: Int64) {
        tickCount += 1
        if now < stalledUntilNs {
            if faults.breaks(.lnk05) { watchPeers(now) }
            return adapter.advance(to: now, command)
        }
        if let due = selfTestDueNs, now >= due {
            selfTestDueNs = nil
            apply(.selfTest(passed: true), now)
            bootEnabledIfBroken(now)
        }
        watch(now)
        undoInjections(now)
        if tickCount % 2 == 0 {
            moveSmallBrain(now)
            recordCycle(now)
        }
        command.permission = supervisor.permission
        breakStop()
        moveOn(now)
        guardSpine(now)
        adapter.advance(to: now, command)
        observe(now)
        watchLag(now)
        watchMeasurement(now)
        publish(now)
    }

    /// What leaves for the actuators keeps the limits, whatever the layers above say (MOT-13).
    private mutating func guardSpine(_ now: Int64) {
        if let target = spinalTarget {
            if now >= target.untilNs { spinalTarget = nil } else { command.position[target.joint] = target.value }
        }
        if spinalTarget != nil && faults.breaks(.mot13) { return }
        if spinalGuard.hold(&command, within: limits) != nil && supervisor.permitsMotion { pulse(.spinalLimit, now) }
    }

    private mutating func observe(_ now: Int64) {
        let measurement = adapter.measurement
        standstill.observe((measurement.isStill || movesOn != nil) && isCommandStill)
        if !standstill.isStill && hangsInStopping() { return }
        apply(.observed(isStill: standstill.isStill, felt(measurement.stability, now)), now)
    }

    private var isCommandStill: Bool {
        switch supervisor.permission {
        case .decelerate, .settle, .run: !shaper.velocity.contains { abs($0) > 0.005 }
        default: true
        }
    }

    /// A power cycle: everything volatile is gone, the boot id is new.
    mutating func powerUp(latch: SafetyState?, at now: Int64) {
        endEpisode("power cycle")
        for link in peers.links { actions.append(.close(link)) }
        peers.removeAll()
        bootID = BootID(using: &random)
        authority.end(where: { _ in true }, { _ in })
        adapter.boot(at: now)
        stopTestedNs = now
        let selfTestNs = descriptor.safety?.selftestTimeNs ?? 100_000_000
        selfTestDueNs = now + selfTestNs
        apply(.boot(latch: latch), now)
    }

    /// A random number that is not 0.
    mutating func random64() -> UInt64 { random.next() | 1 }
}

extension JointLimits {
    /// Limits as the descriptor declares them.
    init(_ joint: JointDescription) {
        func pair(_ interval: Interval?) -> (Float, Float) {
            (Float(interval?.lower ?? 0), Float(interval?.upper ?? 0))
        }
        self.init(
            hard: pair(joint.hardPosition), soft: pair(joint.softPosition), velocity: Float(joint.velocityLimit ?? 0),
            acceleration: Float(joint.accelerationLimit ?? 0), effort: Float(joint.effortLimit ?? 0),
            bumpTolerance: Float(joint.bumpTolerance ?? 0.05))
    }
}
