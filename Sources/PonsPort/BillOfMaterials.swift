import Crypto
public import PonsMessages

/// What a robot's software is made of, as SPDX 2.3 (SEC-12).
public struct BillOfMaterials: Sendable {
    public let reference: ContentReference

    public init(of name: String, packages: [String]) {
        let entries = packages.map { #"{"SPDXID":"SPDXRef-\#($0)","name":"\#($0)","downloadLocation":"NOASSERTION"}"# }
        let text =
            #"{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"\#(name)","packages":["#
            + entries.joined(separator: ",") + "]}"
        let bytes = Array(text.utf8)
        var reference = ContentReference()
        reference.mediaType = "application/spdx+json"
        reference.sha256 = Array(SHA256.hash(data: bytes))
        reference.size = UInt64(bytes.count)
        reference.name = name
        self.reference = reference
    }
}
