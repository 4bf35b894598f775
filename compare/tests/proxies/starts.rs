//! Each starts in both forms, forwards, and ends.

use std::{
    net::{SocketAddr, TcpStream},
    time::Instant,
};

use compare::proxies::{ALL, Form, Known, Proxy};
use shared::testing::{LIMIT, Server, Wire};

/// A test for each proxy of a list.
macro_rules! starts {
    ($needs:literal: $($name:ident),*) => { $(
        #[test]
        #[ignore = $needs]
        fn $name() {
            starts_forwards_and_ends(Known::named(stringify!($name)).unwrap());
        }
    )* };
}

starts! {
    "needs nginx and HAProxy: run by ./test":
    nginx, haproxy
}

#[cfg(feature = "proxies")]
starts! {
    "needs eight more proxies: run by ./test --long":
    apache, varnish, squid, lighttpd, caddy, trafficserver, h2o, nghttpx
}

fn starts_forwards_and_ends(known: &Known) {
    let program = known.find().expect("it is there: ./test gets it");
    assert!(program.version().is_ok_and(|version| version.contains('.')), "{program:?}");
    for form in Form::ALL {
        let server = Server::start(polling::TRANSPORT, &[]);

        let proxy = Proxy::start(known, &program, form, server.address).unwrap();
        let status = ask(proxy.address, "GET /status HTTP/1.1\r\n", "");
        let text = "Content-Type: text/plain\r\nContent-Length: 7\r\n";
        let posted = ask(proxy.address, &format!("POST /messages HTTP/1.1\r\n{text}"), "through");

        assert!(status.contains("\"epoch\""), "{form:?}: {status}");
        assert!(posted.starts_with("HTTP/1.1 201"), "{form:?}: {posted}");
        assert_eq!(server.held().len(), 1, "{form:?}");
        let address = proxy.address;
        drop(proxy);
        ends(address);
    }
}

/// Asks for a connection of its own, and reads it to its end.
fn ask(address: SocketAddr, head: &str, body: &str) -> String {
    let mut wire = Wire::to(address);
    wire.send(format!("{head}Host: {address}\r\nConnection: close\r\n\r\n{body}"));

    wire.rest()
}

/// Nobody listens there any more.
fn ends(address: SocketAddr) {
    let since = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(since.elapsed() < LIMIT, "it still listens");
        std::thread::yield_now();
    }
}

#[test]
fn each_proxy_is_tested() {
    let tested = include_str!("starts.rs");
    let names = |line: &str| line.trim().split(", ").map(str::to_owned).collect::<Vec<_>>();

    let tested: Vec<String> =
        tested.lines().skip_while(|line| !line.starts_with("starts! {")).flat_map(names).collect();

    for known in ALL {
        assert!(tested.iter().any(|name| name == known.name), "{}", known.name);
    }
}
