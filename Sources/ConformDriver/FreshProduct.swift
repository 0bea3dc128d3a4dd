import PonsBrain
import PonsSimulator

/// A product of ours that is made anew for every test, on a discrete-event clock of its own: many can live side by side.
enum FreshProduct: Sendable {
    case robot(HumanoidConfiguration)
    /// The reference brain, or one with a fault, on the humanoid that the runner plays.
    case brain(BrainFault?)

    /// The product on its stage, just powered on.
    ///
    /// - Parameter name: what it is for; with the seed it gives every number that is drawn there.
    func stage(for name: String, seed: RunSeed) throws(StageError) -> VirtualStage {
        switch self {
        case .robot(let configuration): return try VirtualStage(configuration, seed: seed.mixed(with: name))
        case .brain(let fault):
            let brain = ReferenceBrain(fault: fault, nonce: seed.mixed(with: name + "/brain"), hashing: Digest.bytes)
            return try VirtualStage(
                HumanoidConfiguration(plant: .exact), guest: brain, seed: seed.mixed(with: name))
        }
    }
}
