//! What the page commands, and who may.

use std::net::SocketAddr;

use shared::testing::Wire;

use crate::support::Lab;

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn a_command_is_obeyed() {
    let lab = Lab::start(&[]);

    assert_eq!(lab.command("/feed", r#"{"rate":0,"size":100}"#), "204");
    let published = lab.state()["published"].as_u64().unwrap();
    assert_eq!(lab.command("/burst", r#"{"count":1000}"#), "204");
    let said = lab.ask("POST /say", "Content-Type: text/plain\r\n", "hello from the page");

    let key = "Content-Type: text/plain\r\nIdempotency-Key: 5f1c3b0a-4d2e-4c55\r\n";
    let keyed = [(); 2].map(|()| lab.ask("POST /say", key, "once"));
    let another = lab.ask("POST /say", key, "another text");

    let state = lab.state();
    assert!(keyed.iter().all(|answer| answer.starts_with("HTTP/1.1 204")), "{keyed:?}");
    assert!(another.starts_with("HTTP/1.1 422"), "{another}");
    assert!(said.starts_with("HTTP/1.1 204"), "{said}");
    assert_eq!(state["published"].as_u64().unwrap(), published + 1_002);
    assert_eq!((state["rate"].as_u64(), state["size"].as_u64()), (Some(0), Some(100)));
}

#[test]
fn a_command_that_is_wrong_is_refused_and_says_why() {
    let lab = Lab::start(&[]);

    for (path, body) in [
        ("/feed", r#"{"rate":2}"#),
        ("/feed", r#"{"size":9}"#),
        ("/feed", r#"{"size":4097}"#),
        ("/feed", r#"{"speed":1}"#),
        ("/feed", "not JSON"),
        ("/feed", ""),
        ("/burst", r#"{"count":0}"#),
        ("/burst", r#"{"count":1001}"#),
        ("/fault", r#"{"name":"flood"}"#),
        ("/fault", r#"{"name":"slow"}"#),
        ("/fault", r#"{"name":"slow","rate":0}"#),
        ("/fault", r#"{"name":"cut","transport":"pigeon"}"#),
        ("/between", r#"{"name":"pigeon","form":"right"}"#),
        ("/between", r#"{"name":"nginx","form":"wrong"}"#),
        ("/between", r#"{"name":"nginx"}"#),
        ("/between", r#"{"form":"right"}"#),
        ("/fault", r#"{"name":"kill"}"#), // there is no process but this one
    ] {
        let answer = lab.ask(&format!("POST {path}"), JSON, body);

        assert!(answer.starts_with("HTTP/1.1 400 "), "{path} {body}: {answer}");
        assert!(answer.contains(r#"{"error":""#), "{path} {body}: {answer}");
    }
    let state = lab.state();
    assert_eq!((state["rate"].as_u64(), state["size"].as_u64()), (Some(1), Some(18)), "nothing was set");
    assert!(lab.ask("POST /feed", "", "{}").starts_with("HTTP/1.1 415 "));
    assert!(lab.ask("POST /say", "Content-Type: text/plain\r\n", "").starts_with("HTTP/1.1 400 "));
    assert!(lab.ask("POST /say", "Content-Type: text/plain\r\n", &"x".repeat(4_097)).starts_with("HTTP/1.1 413 "));
    assert!(lab.ask("POST /say", JSON, "\"hello\"").starts_with("HTTP/1.1 415 "));
    assert!(lab.ask("GET /events?wire=pigeon", "", "").starts_with("HTTP/1.1 404 "));
}

#[test]
fn commands_pass_the_same_guards_as_everything_else() {
    let lab = Lab::start(&[]);

    let foreign = lab.ask("POST /fault", &format!("{JSON}Origin: http://evil.example\r\n"), r#"{"name":"cut"}"#);
    let own = lab.ask("POST /fault", &format!("{JSON}Origin: http://localhost\r\n"), r#"{"name":"cut"}"#);
    let method = lab.ask("GET /fault", "", "");
    let page = lab.ask("GET /", "", "");
    let file = lab.ask("GET /assets/page.js", "", "");

    assert!(foreign.starts_with("HTTP/1.1 403 "), "{foreign}");
    assert!(own.starts_with("HTTP/1.1 204 "), "{own}");
    assert!(method.starts_with("HTTP/1.1 405 ") && method.to_lowercase().contains("\r\nallow: post"), "{method}");
    for answer in [&page, &file] {
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
    assert!(page.contains("script-src 'self'; style-src 'self'"), "{page}");
}

#[test]
fn the_page_can_be_asked_by_head_and_options() {
    let lab = Lab::start(&[]);

    for path in ["/", "/events", "/events?wire=sse", "/assets/page.js", "/shared/page.js"] {
        let head = lab.ask(&format!("HEAD {path}"), "", "");
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{path}: {head}");
    }
    for (path, allowed) in [("/", "GET, HEAD, OPTIONS"), ("/say", "POST, OPTIONS")] {
        let answer = lab.ask(&format!("OPTIONS {path}"), "", "");
        assert!(answer.starts_with("HTTP/1.1 204 ") && answer.contains(&format!("allow: {allowed}\r\n")), "{answer}");
    }
}

#[test]
fn each_way_leads_to_the_next_on_its_tap() {
    let lab = Lab::start(&[]);

    for at in 0..5 {
        let mut wire = Wire::to(lab.tap(at));
        wire.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let page = wire.rest();

        let next = lab.tap((at + 1) % 5).port();
        assert!(page.contains(&format!("connect-src 'self' http://localhost:{next};")), "{next}: {page}");
        assert!(page.contains(&format!("id=\"next\" data-port=\"{next}\"")), "{next}: {page}");
    }
}

#[test]
fn the_panels_show_by_whatever_address_the_page_is_called() {
    let lab = Lab::start(&["--allow-host", "five.example", "--allow-embed", "https://show.example"]);
    let ask = |address: SocketAddr, path: &str, host: &str| {
        let mut wire = Wire::to(address);
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: {host}:{}\r\nConnection: close\r\n\r\n", address.port()));
        wire.rest()
    };
    let page = lab.address.port();

    for host in ["localhost", "127.0.0.1", "192.0.2.7", "five.example"] {
        let policy = ask(lab.address, "/", host);
        assert!(!policy.contains("id=\"unnamed\""), "{policy}");
        for at in 0..5 {
            let panel = lab.tap(at);
            let shown = format!("http://{host}:{}", panel.port());
            assert!(policy.contains("frame-src http://") && policy.contains(&shown), "{shown}: {policy}");
            let answer = ask(panel, "/?compact", host);
            let here = format!("https://show.example http://localhost:{page} http://127.0.0.1:{page}");
            let is_here = ["localhost", "127.0.0.1"].contains(&host);
            let embeds = if is_here { here } else { format!("{here} http://{host}:{page}") };
            assert!(answer.contains(&format!("frame-ancestors 'self' {embeds}\r\n")), "{embeds}: {answer}");
            assert!(answer.contains(&format!("data-embed=\"{embeds}\"")), "{embeds}: {answer}");
        }
    }
    let stream = lab.tap(2);
    let mut wire = Wire::to(stream);
    wire.send(format!("GET /messages HTTP/1.1\r\nHost: 192.0.2.7:{}\r\n\r\n", stream.port()));
    assert!(wire.until("\r\n\r\n").contains(&format!(" http://192.0.2.7:{page}")), "its iframe stands in the panel");

    let unnamed = ask(lab.address, "/", "[::1]");
    assert!(unnamed.contains("frame-src 'none';") && unnamed.contains("id=\"unnamed\""), "it says so: {unnamed}");
}
