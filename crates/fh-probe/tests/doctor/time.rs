//! The whole takes as long as its slowest look, and that has a limit.

use std::time::Duration;

use fh_probe::doctor::{AgentPlace, Environment, Patient, Said, Source, Verdict, examine};
use tokio::net::TcpListener;

/// Nothing answers: neither the service, nor the agent, nor the receiver. Time is counted as it would pass, not waited for.
#[tokio::test(start_paused = true)]
async fn a_world_that_is_silent_is_examined_in_under_fifteen_seconds() {
    // Connections are taken by the system and never answered.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "x".repeat(64)).unwrap();
    std::fs::set_permissions(&token_file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut said = Said::default();
    said.api_key = Some("A".repeat(32));
    said.api_secret = Some(format!("{}==", "A".repeat(86)).into());
    said.application = Some("Shop POS".to_owned());
    said.station = Some("till-one".to_owned());
    said.base_url = Some(format!("http://{address}"));
    let mut patient = Patient::new("0.0.1", Source::Environment, Ok(said));
    patient.agent = Some(AgentPlace::new(address.to_string(), token_file));
    patient.webhook_url = Some(format!("http://{address}/hook"));
    patient.environment = Environment::default();
    let began = tokio::time::Instant::now();
    let report = examine(&patient).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert_eq!(report.of("service.answers").unwrap().verdict, Verdict::Fail);
    assert_eq!(report.of("webhook.reachable").unwrap().verdict, Verdict::Fail);
    assert_eq!(report.of("agent.port").unwrap().verdict, Verdict::Fail);
}
