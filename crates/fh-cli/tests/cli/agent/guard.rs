//! Who is let in.

use std::{io::Write, net::TcpListener, os::unix::fs::PermissionsExt};

use super::{Agent, Answer};
use crate::harness::{World, invoice};

#[test]
fn nobody_is_answered_without_the_token() {
    let world = World::new();
    let agent = Agent::start(&world);
    let bearer = format!("Bearer {}", agent.token);
    let basic = format!("Basic {}", agent.token);
    let short = bearer[..bearer.len() - 1].to_owned();
    let cookie = format!("fh_session={}", agent.token);
    for (header, value) in [
        ("authorization", ""),
        ("authorization", "Bearer"),
        ("authorization", "Bearer "),
        ("authorization", &basic),
        ("authorization", &agent.token),
        ("authorization", &short),
        ("authorization", &bearer.to_uppercase()),
        ("cookie", &cookie),
    ] {
        for path in ["/healthz", "/v1/documents", "/metrics", "/v1/nothing"] {
            let headers = [("authorization", ""), (header, value)];
            let answer = agent.ask("GET", path, &headers[usize::from(header == "authorization")..], b"");
            assert_eq!(
                (answer.status, answer.header("www-authenticate")),
                (401, Some("bearer")),
                "{header}: {value}"
            );
            assert!(answer.problem().contains("token file"));
        }
    }
    let posted = agent.ask(
        "POST",
        "/v1/documents",
        &[("authorization", "")],
        invoice("INV-1").to_string().as_bytes(),
    );
    assert_eq!(posted.status, 401);
    assert_eq!(
        agent
            .ask(
                "GET",
                "/healthz",
                &[("authorization", &bearer.replace("Bearer", "bearer"))],
                b""
            )
            .status,
        200
    );
    let by_query = agent.ask(
        "GET",
        &format!("/healthz?token={}", agent.token),
        &[("authorization", "")],
        b"",
    );
    assert_eq!(by_query.status, 401, "a token in an address ends up in logs");
    assert_eq!(agent.get("/v1/documents").json().as_array().unwrap().len(), 0);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn a_page_of_another_site_and_another_name_for_this_machine_are_refused_even_with_the_token() {
    let world = World::new();
    let agent = Agent::with(&world, &["--allow-host", "till-server.local"]);
    let port = agent.address.port();
    let document = invoice("INV-1").to_string();
    let post = |headers: &[(&str, &str)]| agent.ask("POST", "/v1/documents", headers, document.as_bytes());
    for host in [
        "evil.example",
        "evil.example:80",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:8490.evil.example",
        "",
    ] {
        let answer = post(&[("host", host)]);
        assert!(
            answer.status == 403 || (host.is_empty() && answer.status == 400),
            "{host:?}: {}",
            answer.status
        );
    }
    let own = agent.address.to_string();
    assert_eq!(
        post(&[("host", &own), ("Host", "evil.example")]).status,
        403,
        "two of them"
    );
    for origin in [
        "http://evil.example",
        "https://evil.example",
        "null",
        "http://127.0.0.1:1",
        "http://localhost",
        &own,
    ] {
        let answer = post(&[("origin", origin)]);
        assert_eq!(answer.status, 403, "{origin}");
        assert!(answer.problem().contains("another origin"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    for site in ["cross-site", "same-site", "unknown"] {
        assert_eq!(post(&[("sec-fetch-site", site)]).status, 403, "{site}");
    }
    let preflight = agent.ask("OPTIONS", "/v1/documents", &[("origin", "http://evil.example")], b"");
    assert_eq!(preflight.status, 403);
    assert_eq!(
        agent.get("/v1/documents").json().as_array().unwrap().len(),
        0,
        "nothing was taken in"
    );

    for host in [
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("[::1]:{port}"),
        "till-server.local".into(),
    ] {
        assert_eq!(
            agent.ask("GET", "/healthz", &[("host", &host)], b"").status,
            200,
            "{host}"
        );
    }
    let at_home = [
        ("origin", format!("http://{own}")),
        ("sec-fetch-site", "same-origin".into()),
    ];
    let at_home = at_home.each_ref().map(|(name, value)| (*name, &**value));
    assert_eq!(post(&at_home).status, 202);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn a_token_file_that_others_may_read_and_a_port_that_is_taken_are_said_with_what_to_do() {
    let world = World::new();
    assert_eq!(Agent::start(&world).stop("-TERM").code, 0);
    let file = world.path(".local/state/fiscal-harmony/agent-token");
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    mode(0o640);
    let ran = world.fh(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(ran.code == 2 && ran.stderr.contains("chmod 600"), "{ran:?}");
    let token = std::fs::read_to_string(&file).unwrap();
    assert!(!ran.stderr.contains(token.trim()));
    mode(0o600);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for option in ["--listen", "--webhook-listen"] {
        let ran = world.fh(&["serve", "--listen", "127.0.0.1:0", option, &address][..]);
        let ran = if option == "--listen" {
            world.fh(&["serve", "--listen", &address])
        } else {
            ran
        };
        assert!(
            ran.code == 7 && ran.stderr.contains("cannot listen") && ran.stderr.contains(option),
            "{ran:?}"
        );
    }
    let ran = world.fh(&["serve", "--listen", "localhost"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn the_receiver_of_webhooks_exposes_nothing_else() {
    let world = World::new();
    let agent = Agent::start(&world);
    for path in ["/", "/healthz", "/v1/documents", "/metrics", "/sign-in"] {
        let mut stream = std::net::TcpStream::connect(agent.webhooks.unwrap()).unwrap();
        let host = agent.address;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
            agent.token
        );
        stream.write_all(request.as_bytes()).unwrap();
        let answer = Answer::read(stream);
        assert_eq!((answer.status, answer.body.len()), (405, 0), "{path}");
    }
    assert_eq!(agent.stop("-INT").code, 0);
}
