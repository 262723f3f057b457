//! Each lane takes the fields that its profile allows.

use super::{Agent, durability::profile};
use crate::harness::{World, invoice};

#[test]
fn the_agent_takes_the_fields_that_the_profile_of_the_lane_allows() {
    let world = World::new();
    let second = world.sim().add_device();
    let mut profiles = profile(&world, "till-1", &world.sim().device()) + "allow_fields = [\"DueDate\"]\n";
    profiles += &profile(&world, "till-2", &second);
    let path = world.write("profiles.toml", profiles);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut command = world.command([
        "--profile",
        "till-1",
        "--output",
        "json",
        "serve",
        "--with",
        "till-2",
        "--listen",
        "127.0.0.1:0",
    ]);
    let agent = Agent::of(&world, command.env("FH_PROFILES", &path).spawn().unwrap());
    let hand_in = |lane: &str, field: &str| {
        let mut document = invoice("INV-1");
        document[field] = "2026-12-24".into();
        agent.post(&format!("/v1/documents?wait=60&lane={lane}"), document.to_string())
    };
    for (lane, field) in [("till-2", "DueDate"), ("till-1", "Shop"), ("till-1", "isretry")] {
        let refused = hand_in(lane, field);
        assert_eq!(refused.status, 400);
        assert!(
            refused.problem().contains(&format!("`{field}`")),
            "{}",
            refused.problem()
        );
    }
    let done = hand_in("till-1", "DueDate");
    assert_eq!((done.status, &done.json()["state"]), (200, &"fiscalised".into()));
    let warned = done.json()["findings"].to_string();
    assert!(warned.contains("PF40") && warned.contains("DueDate"), "{warned}");
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
    assert_eq!(agent.stop("-INT").code, 0);
}
