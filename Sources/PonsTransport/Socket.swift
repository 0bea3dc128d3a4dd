import CPonsSystem

/// A non-blocking socket with kernel time stamps, or a link over shared memory. Owns its descriptor.
public final class Socket {
    /// Bytes that came, and when the kernel had them (monotonic, ns).
    public struct Received {
        public var bytes: [UInt8]
        public var kernelNs: Int64?
        /// Who sent a datagram; empty on a stream.
        public var address: [UInt8]
    }

    public struct Failure: Error, CustomStringConvertible, Sendable {
        public let description: String
        init(_ code: Int32, _ action: String) { description = "\(action): \(String(cString: pons_error_text(code)))" }
    }

    public let descriptor: Int32
    public let isStream: Bool
    /// The link, where it is no socket but shared memory; ``descriptor`` is what can be waited for then.
    private let shared: OpaquePointer?
    /// Whether peers of this listener are handed shared memory.
    private let sharesMemory: Bool
    private let stampsSends: Bool
    /// Whether it ends inside this computer, behind the file system's permissions.
    public let isLocal: Bool
    public private(set) var isClosed = false
    /// TLS, where the link has it; on a stream only.
    public let layer: (any StreamLayer)?
    private var unsent: [UInt8] = []
    private var readSize = 65_536
    private var sentCount: UInt64 = 0

    private init(
        _ descriptor: Int32, isStream: Bool, isLocal: Bool, sharesMemory: Bool = false,
        layer: (any StreamLayer)? = nil, stampsSends: Bool = false
    ) {
        self.descriptor = descriptor
        self.sharesMemory = sharesMemory
        shared = nil
        self.layer = layer
        self.isLocal = isLocal
        self.isStream = isStream
        self.stampsSends = stampsSends && pons_stamp_sends(descriptor) == 1
    }

    private init(_ shared: OpaquePointer) {
        self.shared = shared
        descriptor = pons_shared_descriptor(shared)
        (isStream, isLocal, sharesMemory, layer, stampsSends) = (true, true, false, nil, false)
    }

    deinit { close() }

    // MARK: Opening

    public static func listen(_ endpoint: Endpoint) throws(Failure) -> Socket {
        let (kind, host, service, isStream) = endpoint.parts
        let descriptor = pons_listen(kind, host, service)
        guard descriptor >= 0 else { throw Failure(descriptor, "can't listen on \(endpoint)") }
        var sharesMemory = false
        if case .shared = endpoint { sharesMemory = true }
        return Socket(
            descriptor, isStream: isStream, isLocal: kind == Int32(PONS_UNIX), sharesMemory: sharesMemory)
    }

    /// - Parameters:
    ///   - mayPend: whether a link that is still being made after this time is good as well: what is sent waits, and one that can't be
    ///     made has ended.
    ///   - receiveBytes: how much may wait to be read, and is read at once; `nil` for what the system likes.
    ///   - stampsSends: whether the kernel stamps what is sent. Whoever asks must read ``sendStamps()``; there are none inside
    ///     this computer.
    public static func connect(
        _ endpoint: Endpoint, layer: (any StreamLayer)? = nil, timeoutMs: Int32 = 3000, mayPend: Bool = false,
        receiveBytes: Int? = nil, stampsSends: Bool = false
    ) throws(Failure) -> Socket {
        if case .shared(let path) = endpoint { return try connect(shared: path, timeoutMs, receiveBytes) }
        let (kind, host, service, isStream) = endpoint.parts
        let descriptor = pons_connect(kind, host, service, timeoutMs, mayPend ? 1 : 0, Int32(receiveBytes ?? 0))
        guard descriptor >= 0 else { throw Failure(descriptor, "can't reach \(endpoint)") }
        let socket = Socket(
            descriptor, isStream: isStream, isLocal: kind == Int32(PONS_UNIX), layer: isStream ? layer : nil,
            stampsSends: stampsSends && kind != Int32(PONS_UNIX))
        if let receiveBytes { socket.readSize = receiveBytes }
        socket.flush()
        return socket
    }

    private static func connect(
        shared path: String, _ timeoutMs: Int32, _ receiveBytes: Int?
    ) throws(Failure) -> Socket {
        var error: Int32 = 0
        guard let link = pons_shared_connect(path, timeoutMs, &error) else {
            throw Failure(error, "can't reach shm:\(path)")
        }
        let socket = Socket(link)
        if let receiveBytes { socket.readSize = receiveBytes }
        return socket
    }

    /// The next peer of a listening stream socket.
    public func accept(layer: () -> (any StreamLayer)? = { nil }) -> Socket? {
        if sharesMemory {
            var error: Int32 = 0
            return pons_shared_accept(descriptor, &error).map(Socket.init)
        }
        let peer = pons_accept(descriptor)
        return peer >= 0 ? Socket(peer, isStream: true, isLocal: isLocal, layer: layer()) : nil
    }

    /// The port a listening socket got; 0 for a path.
    public var port: Int { Int(pons_bound_port(descriptor)) }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if let shared { pons_shared_close(shared) } else { pons_close(descriptor) }
    }

    // MARK: Bytes

    /// What has arrived; `nil` when nothing has, empty bytes when the stream has ended or its layer has failed.
    ///
    /// - Parameter wireCount: receives how many bytes of the link were read.
    public func receive(wireCount: inout Int) -> Received? {
        guard let layer else { return receiveWire(&wireCount) }
        while var received = receiveWire(&wireCount) {
            if received.bytes.isEmpty { return received }
            received.bytes = layer.receive(received.bytes)
            flush()
            if case .failed = layer.phase { return Received(bytes: [], kernelNs: nil, address: []) }
            if !received.bytes.isEmpty { return received }
        }
        return nil
    }

    public func receive() -> Received? {
        var count = 0
        return receive(wireCount: &count)
    }

    private func receiveWire(_ wireCount: inout Int) -> Received? {
        guard !isClosed else { return nil }
        var kernelNs: Int64 = 0
        var address = [UInt8](repeating: 0, count: 32)
        var addressLength = 0
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: readSize) { buffer, initialized in
            count =
                if let shared { pons_shared_receive(shared, buffer.baseAddress, buffer.count) } else {
                    pons_receive(descriptor, buffer.baseAddress, buffer.count, &kernelNs, &address, &addressLength)
                }
            initialized = max(0, count)
        }
        // The wake that was taken with it may have said that there is room.
        if shared != nil { flush() }
        if count < 0 {
            let wouldBlock = count == -11 || count == -4
            // A datagram peer that is not there yet is no reason to give up the socket.
            return wouldBlock || !isStream ? nil : Received(bytes: [], kernelNs: nil, address: [])
        }
        wireCount += count
        let isDatagram = !isStream
        return Received(
            bytes: bytes, kernelNs: kernelNs == 0 ? nil : kernelNs,
            address: isDatagram ? Array(address.prefix(addressLength)) : [])
    }

    /// Sends now what the kernel takes; a stream keeps the rest, a datagram is lost like on any network.
    public func send(_ bytes: [UInt8], to address: [UInt8] = []) {
        guard !isClosed else { return }
        if isStream {
            if let layer { layer.send(bytes) } else { unsent += bytes }
            flush()
        } else {
            _ = pons_send(descriptor, bytes, bytes.count, address, address.count)
            sentCount += 1
        }
    }

    public var hasUnsent: Bool { !unsent.isEmpty }
    public var unsentCount: Int { unsent.count }

    public func flush() {
        if let layer { unsent += layer.takeOutput() }
        guard !isClosed, !unsent.isEmpty else { return }
        let count =
            if let shared { pons_shared_send(shared, unsent, unsent.count) } else {
                pons_send(descriptor, unsent, unsent.count, [], 0)
            }
        if count > 0 {
            unsent.removeFirst(count)
            sentCount += UInt64(count)
        }
    }

    /// Identifies what was handed over so far in send stamps: datagrams, or bytes of a stream.
    public var sentMark: UInt32 { UInt32(truncatingIfNeeded: sentCount &- 1) }

    /// Send stamps the kernel has ready: mark and monotonic ns.
    public func sendStamps() -> [(mark: UInt32, kernelNs: Int64)] {
        var stamps: [(UInt32, Int64)] = []
        var mark: UInt32 = 0
        var kernelNs: Int64 = 0
        while stampsSends, stamps.count < 256, !isClosed, pons_send_stamp(descriptor, &mark, &kernelNs) == 1 {
            if kernelNs != 0 { stamps.append((mark, kernelNs)) }
        }
        return stamps
    }

    // MARK: Waiting

    /// Waits until one of the sockets has something to do, or the monotonic clock reaches `deadlineNs`.
    public static func wait(for sockets: [Socket], until deadlineNs: Int64) {
        let descriptors = sockets.map(\.descriptor)
        let wantsWrite = sockets.map { UInt8($0.hasUnsent ? 1 : 0) }
        var ready = [UInt8](repeating: 0, count: max(1, sockets.count))
        _ = pons_wait(descriptors, wantsWrite, &ready, Int32(sockets.count), deadlineNs)
        // Shared memory wakes its writer like its reader.
        for (index, socket) in sockets.enumerated()
        where ready[index] & 2 != 0 || ready[index] != 0 && socket.shared != nil {
            socket.flush()
        }
    }
}

extension Endpoint {
    fileprivate var parts: (kind: Int32, host: String, service: String, isStream: Bool) {
        switch self {
        case .tls(let host, let port), .tcp(let host, let port): (Int32(PONS_TCP), host, "\(port)", true)
        case .udp(let host, let port): (Int32(PONS_UDP), host, "\(port)", false)
        case .unix(let path), .shared(let path): (Int32(PONS_UNIX), path, "", true)
        }
    }
}

/// The system's monotonic clock, ns.
public enum MonotonicClock {
    public static var nowNs: Int64 { pons_monotonic_ns() }
}
