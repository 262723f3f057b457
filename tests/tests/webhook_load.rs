//! A thousand posts at once: what is held stays bounded, and nobody waits long.
//!
//! Times are printed and not asserted, since machines differ; `--nocapture` shows them. One test at a time, as the
//! allocator counts for the whole process.

use std::{
    alloc::System,
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fiscal_harmony::{
    auth::ApiSecret,
    webhook::{self, ConnectionLimits, Message, Receiver, Secrets, Sink, SinkError},
};
use futures_util::future::join_all;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Barrier, oneshot},
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const POSTS: usize = 1_000;
const CONNECTIONS: usize = 1_024;
const HEAD: usize = 16 * 1024;

/// Bytes that are allocated and not given back.
fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.wrapping_sub(stats.bytes_deallocated)
}

/// Keeps ids, takes a while over it, and looks at the memory meanwhile.
#[derive(Default)]
struct Slow {
    ids: Mutex<BTreeSet<String>>,
    most_live: AtomicUsize,
}

impl Sink for Slow {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        self.most_live.fetch_max(live(), Ordering::Relaxed);
        // As a write that waits for the disk: other requests go on meanwhile.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let mut ids = self.ids.lock().unwrap();
        ids.extend(message.events.into_iter().map(|event| event.request_id.into()));
        Ok(())
    }
}

/// What one client learnt: the statuses of its attempts, and how long the last one took.
struct Answered {
    attempts: Vec<u16>,
    took: Duration,
}

async fn attempt(stream: &mut TcpStream, parts: [&str; 4]) -> u16 {
    for part in parts {
        // A refusal may come, and the connection end, before all of the body is sent.
        if stream.write_all(part.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await.unwrap_or(0) == 0 {
            return 0;
        }
    }
    String::from_utf8_lossy(&answer[9..12]).parse().unwrap()
}

/// Posts until it is answered well, as the service does, with pauses that grow. All clients share the padding, so that the
/// memory of the process is the receiver's.
async fn post(address: SocketAddr, secret: ApiSecret, id: usize, padding: Arc<str>, start: Arc<Barrier>) -> Answered {
    let begin = format!(r#"[{{"RequestId":"request-{id}","Success":false,"Error":"no","Padding":""#);
    let end = r#""}]"#;
    let head = {
        let body = [&*begin, &*padding, end].concat();
        let signature = webhook::sign(&secret, body.as_bytes());
        let length = body.len();
        format!("POST / HTTP/1.1\r\nhost: x\r\nx-api-signature: {signature}\r\ncontent-length: {length}\r\n\r\n")
    };
    let mut stream = TcpStream::connect(address).await.unwrap();
    start.wait().await;
    let mut attempts = Vec::new();
    loop {
        let began = Instant::now();
        let status = attempt(&mut stream, [&head, &begin, &padding, end]).await;
        let took = began.elapsed();
        attempts.push(status);
        if status == 200 {
            return Answered { attempts, took };
        }
        tokio::time::sleep(Duration::from_millis(20) * u32::try_from(attempts.len()).unwrap()).await;
        // The connection ended with the refusal.
        stream = TcpStream::connect(address).await.unwrap();
    }
}

struct Measured {
    attempts: usize,
    refused: usize,
    held: usize,
    live: usize,
}

async fn load(what: &str, padding: usize, max_held: usize) -> Measured {
    let secret = ApiSecret::unchecked_format("the secret of till 1").unwrap();
    let sink = Arc::new(Slow::default());
    let receiver = Receiver::builder()
        .secrets(Secrets::new().with("till-1", secret.clone()))
        .sink(sink.clone())
        .max_held(max_held)
        .build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = ConnectionLimits::builder().connections(CONNECTIONS).head(HEAD).build();
    let serving = tokio::spawn(webhook::serve(listener, receiver.clone(), limits, async {
        let _ = stopped.await;
    }));

    let padding: Arc<str> = "x".repeat(padding).into();
    let before = live();
    let start = Arc::new(Barrier::new(POSTS));
    let clients = (0..POSTS).map(|id| tokio::spawn(post(address, secret.clone(), id, padding.clone(), start.clone())));
    let answered: Vec<Answered> = join_all(clients).await.into_iter().map(Result::unwrap).collect();
    drop(stop);
    serving.await.unwrap();

    assert_eq!(
        sink.ids.lock().unwrap().len(),
        POSTS,
        "every delivery was kept in the end"
    );
    let attempts: Vec<u16> = answered.iter().flat_map(|answered| answered.attempts.clone()).collect();
    let refused = attempts.iter().filter(|status| **status != 200).count();
    assert!(attempts.iter().all(|status| [200, 503, 0].contains(status)));
    let counts = receiver.counts();
    assert_eq!((counts.kept, counts.held_bytes), (POSTS as u64, 0));
    let live = sink.most_live.load(Ordering::Relaxed).saturating_sub(before);

    let mut times: Vec<Duration> = answered.iter().map(|answered| answered.took).collect();
    times.sort();
    let at = |permille: usize| times[(times.len() - 1) * permille / 1000];
    println!(
        "{what}: {POSTS} posts at once, {} attempts, {refused} refused for want of room; bodies held at most {} KiB, memory grew by at \
         most {} KiB; the last attempt took p50 {:?}, p90 {:?}, p99 {:?}, max {:?} (the sink takes 5 ms)",
        attempts.len(),
        counts.most_held_bytes / 1024,
        live / 1024,
        at(500),
        at(900),
        at(990),
        at(1000),
    );
    Measured {
        attempts: attempts.len(),
        refused,
        held: counts.most_held_bytes,
        live,
    }
}

/// The test has two ends of each connection in one process.
#[cfg(unix)]
fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_posts_at_once_are_kept_in_bounded_memory() {
    #[cfg(unix)]
    allow_many_connections();

    // As the service posts: a record each. None is refused.
    let length = 400;
    let small = load("records of 0.5 KiB", length, 32 << 20).await;
    assert_eq!((small.attempts, small.refused), (POSTS, 0));
    assert!(small.held <= POSTS * (length + 200));

    // 125 MB of bodies against 4 MiB of room: some are told to come again, and the room is never exceeded.
    let (length, room) = (128 * 1024, 4 << 20);
    let large = load("records of 128 KiB", length, room).await;
    assert!(large.refused > 0, "125 MB do not fit into 4 MiB");
    assert!(large.held <= room, "{} bytes were held", large.held);
    // What is held may be there twice, as bytes and as what was read from them, and each connection has its buffers.
    let bound = 2 * room + CONNECTIONS * 4 * HEAD;
    assert!(
        large.live <= bound,
        "{} bytes of memory over a bound of {bound}",
        large.live
    );
}
