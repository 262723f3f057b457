//! The client without an asynchronous runtime.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener},
    sync::mpsc,
    thread,
};

use fh_sim::Sim;
use fiscal_harmony::{Delivery, Outcome, blocking};

use crate::{
    LONG, client, invoice,
    listener::{answer, builder_for, read_request},
};

#[test]
fn the_blocking_client_is_the_same_client() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sim = runtime.block_on(Sim::start()).unwrap();
    let client = blocking::Client::new(client(&sim)).unwrap();
    let done = client.fiscalise(&invoice("INV-1")).unwrap();
    let receipt = done.outcome.receipt().unwrap().clone();
    assert_eq!(sim.ledger().of("INV-1").fiscalised, 1);
    let again = client.outcomes([receipt.request_id.clone()]).next().unwrap().unwrap();
    assert!(matches!(again.1, Outcome::Fiscalised(same) if same == receipt));
    assert!(matches!(
        client.wait(&receipt.request_id, LONG).unwrap(),
        Outcome::Fiscalised(_)
    ));
    assert!(client.profile().is_ok());
    assert!(client.pdf(&receipt).is_ok());
}

/// A service that answers one request on each connection, as if it kept it open, and then closes it. It tells when the
/// other side has noticed.
fn closing_service() -> (String, mpsc::Receiver<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, tell) = (stream.unwrap(), tell.clone());
            thread::spawn(move || {
                if read_request(&mut stream).is_none() {
                    return;
                }
                stream.write_all(answer("200 OK", "", "request-1").as_bytes()).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                stream.set_read_timeout(Some(LONG / 12)).unwrap();
                // The other side closes when it has noticed; else nothing comes.
                let _ = tell.send(matches!(stream.read(&mut [0]), Ok(0)));
            });
        }
    });
    (base, told)
}

#[test]
fn a_connection_that_was_closed_between_calls_is_not_sent_on() {
    let (base, noticed) = closing_service();
    let client = blocking::Client::new(builder_for(base).build().unwrap()).unwrap();
    for number in 1..=20 {
        let sent = client.submit(&invoice(&format!("INV-{number}")));
        let doubtful = sent
            .as_ref()
            .is_err_and(|error| error.delivery() == Delivery::MaybeSent);
        assert!(!doubtful, "INV-{number}: {sent:?}");
        assert_eq!(sent.unwrap().as_str(), "request-1");
        assert!(noticed.recv().unwrap(), "INV-{number}: the close went unnoticed");
    }
}

#[test]
fn it_works_inside_of_any_runtime_and_may_be_dropped_there() {
    let service = tokio::runtime::Runtime::new().unwrap();
    let sim = service.block_on(Sim::start()).unwrap();
    let current = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let many = tokio::runtime::Runtime::new().unwrap();
    for (number, runtime) in [current, many].iter().enumerate() {
        let asynchronous = client(&sim);
        let document = invoice(&format!("INV-{number}"));
        let id = format!("INV-{number}");
        runtime.block_on(async {
            let task = tokio::spawn(async move {
                let client = blocking::Client::new(asynchronous).unwrap();
                // More events than a task has budget for.
                for _ in 0..200 {
                    client.profile().unwrap();
                }
                let done = client.fiscalise(&document).unwrap();
                assert!(matches!(done.outcome, Outcome::Fiscalised(_)), "{:?}", done.outcome);
            });
            task.await.unwrap();
        });
        assert_eq!(sim.ledger().of(&id).fiscalised, 1);
    }
}
