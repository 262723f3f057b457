//! A mapping that was made a moment ago counts at once, also for an agent that has run for hours.

use super::Agent;
use crate::harness::{World, invoice};

#[test]
fn a_sale_that_was_refused_for_a_code_is_taken_as_soon_as_the_code_is_mapped() {
    let world = World::new();
    let agent = Agent::start(&world);
    // Its worker is there once this is through.
    assert_eq!(
        agent.post("/v1/documents?wait=60", invoice("FIRST").to_string()).status,
        200
    );
    let mut sale = invoice("SALE");
    sale["LineItems"][0]["TaxCode"] = "ZERO-NEW".into();
    let refused = agent.post("/v1/documents", sale.to_string());
    assert!(
        refused.status == 422 && refused.problem().contains("PF10"),
        "{} {}",
        refused.status,
        refused.problem()
    );
    world.write(
        "more.toml",
        "[taxes]\nZERO-NEW = { tax = 'Zero rated 0%', percent = 0 }\n",
    );
    let applied = world.fh(&["mappings", "apply", "more.toml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let taken = agent.post("/v1/documents?wait=60", sale.to_string());
    assert!(
        taken.status == 200 && taken.json()["state"] == "fiscalised",
        "{}",
        taken.json()
    );
    assert_eq!(agent.stop("-INT").code, 0);
}
