//! `fh serve` on a server that falls silent: whoever asks is answered, and it ends when it is told to.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use super::child::Agent;
use crate::harness::{World, invoice};

/// Carries what is said, until it is silent: then it takes everything and carries nothing.
fn line_to(socket: String, is_silent: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let is_silent = is_silent.clone();
    thread::spawn(move || {
        for ours in listener.incoming().map_while(Result::ok) {
            let theirs = UnixStream::connect(&socket).unwrap();
            let both = (ours.try_clone().unwrap(), theirs.try_clone().unwrap());
            carry(ours, theirs, is_silent.clone());
            carry(both.1, both.0, is_silent.clone());
        }
    });
    port
}

trait Ends {
    fn end(&self);
}

impl Ends for TcpStream {
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Ends for UnixStream {
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

fn carry<F: Read + Send + 'static, T: Write + Ends + Send + 'static>(
    mut from: F,
    mut to: T,
    is_silent: Arc<AtomicBool>,
) {
    thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if !is_silent.load(Ordering::SeqCst) && to.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
        to.end();
    });
}

#[test]
fn whoever_asks_is_told_and_it_ends_when_it_is_told_to() {
    let Ok(cluster) = std::env::var("FH_TEST_POSTGRES") else {
        let missing = "FH_TEST_POSTGRES is not set, so a silent server is NOT TESTED; `cargo xtask test` sets it";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
        std::io::stderr().write_all(format!("{missing}\n").as_bytes()).unwrap();
        return;
    };
    let world = World::new();
    let schema = format!("fh_silent_{}", std::process::id());
    let run = |statement: String| {
        world.runtime.block_on(async {
            let none = fh_outbox::tokio_postgres::NoTls;
            let (client, wire) = fh_outbox::tokio_postgres::connect(&cluster, none).await.unwrap();
            tokio::spawn(wire);
            client.batch_execute(&statement).await.unwrap();
        });
    };
    run(format!("CREATE SCHEMA {schema}"));
    let (user, rest) = cluster.split_once('@').unwrap();
    let (host, database) = rest.split_once('/').unwrap();
    let socket = format!("{}/.s.PGSQL.5432", host.replace("%2F", "/").replace("%25", "%"));
    let is_silent = Arc::new(AtomicBool::new(false));
    let port = line_to(socket, &is_silent);
    let address = format!("{user}@127.0.0.1:{port}/{database}?options=-csearch_path%3D{schema}");
    let agent = Agent::with(&world, &["--outbox", &address]);
    assert_eq!(
        agent.post("/v1/documents?wait=30", invoice("INV-1").to_string()).status,
        200
    );
    assert_eq!(agent.get("/readyz").status, 200);

    is_silent.store(true, Ordering::SeqCst);
    let began = Instant::now();
    // All at once: none waits for the others to give up.
    let answers = thread::scope(|scope| {
        let asked = [
            scope.spawn(|| agent.post("/v1/documents", invoice("INV-2").to_string())),
            scope.spawn(|| agent.get("/v1/documents/INV-1")),
            scope.spawn(|| agent.get("/v1/stats")),
            scope.spawn(|| agent.get("/v1/documents")),
            scope.spawn(|| agent.get("/readyz")),
            scope.spawn(|| agent.get("/metrics")),
        ];
        asked.map(|answer| answer.join().unwrap())
    });
    let answered = began.elapsed();
    for answer in &answers {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.problem().contains("within 4 s"), "{}", answer.text());
    }
    let began = Instant::now();
    let ran = agent.stop("-TERM");
    let ended = began.elapsed();
    assert_eq!(ran.code, 0, "{ran:?}");
    // For whoever reads the log: five seconds each is what is promised, and a loaded machine promises nothing.
    println!("answered after {answered:?}, ended after {ended:?}");
    run(format!("DROP SCHEMA {schema} CASCADE"));
}
