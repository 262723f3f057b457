//! What a person sends on for help holds nothing that is secret or anybody's.

use fh_probe::doctor::{Bundle, BundleError, Other, Said, judge, look};

use crate::till::{Till, invoice};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_report_nor_archive_holds_a_secret_a_name_or_a_document() {
    let till = Till::healthy().await;
    let outbox = till.outbox().await;
    // A document that is told of in an alarm: a person's name in its id.
    outbox
        .enqueue_unchecked(&invoice("Chipo-Ncube-77", "NOT-MAPPED", "84439990"))
        .await
        .unwrap();
    outbox
        .run(&till.client, async {
            outbox
                .wait("Chipo-Ncube-77", std::time::Duration::from_secs(60))
                .await
                .unwrap();
        })
        .await;
    let mut other = Said::default();
    other.api_key = Some("OTHERKEYOTHERKEYOTHERKEYOTHERKEY".to_owned());
    other.api_secret = Some("PLANTED-SECRET-OF-ANOTHER-TILL".to_owned().into());
    let mut patient = till.saying(|said| {
        said.previous_api_secret = Some("PLANTED-PREVIOUS-SECRET".to_owned().into());
        said.station = Some("Rudo Chikafu's till".to_owned());
    });
    patient.others = vec![Other::new("other", Ok(other))];
    let sight = look(&patient).await;
    let report = judge(&sight);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.message.contains("Chipo-Ncube-77")),
        "the planted document is told of"
    );
    let bundle = Bundle::of(&sight, &report).unwrap();
    let archive = String::from_utf8_lossy(bundle.bytes()).into_owned();
    let said = patient.said.as_ref().unwrap();
    let shown = format!(
        "{report:?} {} {patient:?} {sight:?}",
        serde_json::to_string(&report).unwrap()
    );
    let secrets = [
        said.api_secret.as_deref().unwrap().as_str(),
        "PLANTED-SECRET-OF-ANOTHER-TILL",
        "PLANTED-PREVIOUS-SECRET",
    ];
    for secret in secrets {
        assert!(!shown.contains(secret), "a secret is shown");
        assert!(!archive.contains(secret), "a secret is in the archive");
    }
    let personal = [
        said.api_key.as_deref().unwrap(),
        "OTHERKEY",
        "Chipo-Ncube-77",
        "Tendai Moyo",
        "INV-1",
        "Mopani",
        "2000123456",
        "220012345",
        "Rudo Chikafu",
        till.folder.path().to_str().unwrap(),
    ];
    for personal in personal {
        assert!(!archive.contains(personal), "{personal} is in the archive");
    }
    assert!(
        archive.contains("\"taxes.mapped\"") && archive.contains("Standard rated 15.5%"),
        "what helps is in it"
    );
    let path = till.path("support.zip");
    bundle.write(&path).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(bundle.write(&path), Err(BundleError::Exists(_))));
}
