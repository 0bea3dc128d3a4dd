import ConformJudge
import Testing

/// Files of the body's joints.
@Suite struct BodyModelTests {
    @Test func `joints and limits are read from URDF and from MJCF`() throws {
        let urdf = """
            <robot name="r"><link name="a"/><link name="b"/>
            <joint name="elbow" type="revolute"><parent link="a"/><child link="b"/>
            <limit lower="-1.5" upper="2" effort="60" velocity="6.5"/></joint></robot>
            """
        let mjcf = """
            <mujoco><worldbody><body name="a"><joint name="elbow" range="-1.5 2"/><joint name="free"/></body></worldbody></mujoco>
            """
        let elbow = try BodyModel(Array(urdf.utf8)).joints["elbow"]
        #expect(elbow == BodyModel.Joint(lower: -1.5, upper: 2, effort: 60, velocity: 6.5))
        let joints = try BodyModel(Array(mjcf.utf8)).joints
        #expect(joints == ["elbow": BodyModel.Joint(lower: -1.5, upper: 2), "free": BodyModel.Joint()])
    }

    @Test(arguments: [
        "", "no XML", "<robot><joint", "<html/>", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x>&a;</x>",
    ])
    func `what is no body model is refused with a reason`(text: String) {
        let failure = #expect(throws: BodyModel.Failure.self) { try BodyModel(Array(text.utf8)) }
        #expect(failure?.message.isEmpty == false)
    }
}
