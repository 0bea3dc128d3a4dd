/// A picture of the humanoid in its cell, or of what it sees.
public struct HumanoidPicture: Sendable {
    public enum View: String, CaseIterable, Sendable {
        /// The head camera.
        case head
        /// The whole cell from aside.
        case cell
    }

    /// 3 bytes a pixel, rows from the top.
    public let rgb: [UInt8]
    public let width = 640
    public let height = 480

    /// - Throws: where nothing can be rendered on this machine.
    public init(of plant: MuJoCoPlant, from view: View) throws(PlantFailure) {
        rgb = try SceneRenderer(view: view, width: width, height: height).render(plant.coordinates).colour
    }
}
