//! TLS: what the contract does not ask over it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod polite;
mod program;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use compare::transports::ALL;
use serde_json::Value;
use shared::testing::{LIMIT, Server, Wire};
use tempfile::TempDir;

use crate::program::{Running, program};

const ALERT: u8 = 21;
const STATUS: &str = "GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The files of a certificate that is made anew, in a folder.
fn made(folder: &Path) -> [PathBuf; 2] {
    let options = ["--tls-self-signed", "--tls-folder", folder.to_str().unwrap()];
    drop(Server::start(ALL[0].transport, &options));

    ["localhost.pem", "localhost.key"].map(|name| folder.join(name))
}

#[test]
fn a_request_in_the_clear_gets_an_alert_and_the_connection_ends() {
    let folder = TempDir::new().unwrap();
    for row in ALL {
        let options = ["--tls-self-signed", "--tls-folder", folder.path().to_str().unwrap()];
        let server = Server::start(row.transport, &options);

        let mut clear = Wire::to(server.address);
        clear.send(STATUS);
        let (end, answer) = clear.read_to_the_end(LIMIT);

        assert_eq!(answer.first(), Some(&ALERT), "{}: {end:?} after {answer:?}", row.transport.name);
        assert!(answer.len() < 10, "nothing but an alert: {answer:?}");
        assert!(server.ask("GET /status HTTP/1.1\r\n\r\n").contains("\"open\":0,"), "it goes on");
    }
}

#[test]
fn a_websocket_of_the_https_page_is_let_in_and_one_of_http_is_not() {
    let folder = TempDir::new().unwrap();
    let row = ALL.into_iter().find(|row| row.two_way).unwrap();
    let options = ["--tls-self-signed", "--tls-folder", folder.path().to_str().unwrap()];
    let server = Server::start(row.transport, &options);
    let port = server.address.port();

    for (scheme, wanted) in [("https", "HTTP/1.1 101 "), ("http", "HTTP/1.1 403 ")] {
        let mut wire = server.connect();
        let (own, headers) = (format!("localhost:{port}"), row.headers);
        wire.send(format!("GET /messages HTTP/1.1\r\nHost: {own}\r\nOrigin: {scheme}://{own}\r\n{headers}\r\n"));
        let head = wire.head();
        assert!(head[0].starts_with(wanted), "{scheme}: {head:?}");
    }
}

#[cfg(unix)]
#[test]
#[ignore = "needs a minute to build a program: run by ./test"]
fn a_certificate_is_renewed_while_streams_go_on() {
    let [one, two] = [(); 2].map(|()| TempDir::new().unwrap());
    let [cert, key] = made(one.path());
    let [new_cert, new_key] = made(two.path());
    let first = one.path().join("first.pem");
    fs::copy(&cert, &first).unwrap();
    let mut command = Command::new(program("sse"));
    let server = Running::start(
        command.args(["--port", "0", "--tick", "0"]).arg("--tls-cert").arg(&cert).arg("--tls-key").arg(&key),
    );
    let says = server.line();
    let mut stream = Wire::secure(server.address, &first).unwrap();
    stream.send("GET /messages?after=start HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.until("\r\n\r\n");

    fs::write(&cert, "").unwrap();
    server.signal("HUP");
    let came = server.line();
    let stays = server.line();
    let with_the_old_one = Wire::secure(server.address, &first).is_ok();
    fs::copy(&new_cert, &cert).unwrap();
    fs::copy(&new_key, &key).unwrap();
    server.signal("HUP");
    let renewed = server.line();
    let mut post = Wire::secure(server.address, &new_cert).unwrap();
    post.send("POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nnew");

    assert!(says.contains(&format!("its certificate is {}, valid until ", cert.display())), "{says}");
    assert!(came.contains("client came"), "{came}");
    assert!(
        stays.ends_with(&format!("the old certificate stays: {} is empty: was it written to its end?", cert.display())),
        "{stays}"
    );
    assert!(with_the_old_one, "who connects is shown the old one");
    assert!(
        renewed.contains(&format!("who connects now is shown the certificate in {}, valid until ", cert.display())),
        "{renewed}"
    );
    assert!(Wire::secure(server.address, &first).is_err(), "who connects is not shown the old one");
    stream.until("\"text\":\"new\"");
}

#[test]
#[ignore = "needs a minute to build a program: run by ./test"]
fn a_server_that_makes_its_certificate_keeps_it_and_says_how_to_trust_it() {
    let data = TempDir::new().unwrap();
    let program = program("sse");
    let start = || {
        let mut command = Command::new(&program);
        Running::start(
            command.args(["--port", "0", "--tick", "0", "--tls-self-signed"]).env("XDG_DATA_HOME", data.path()),
        )
    };
    let file = data.path().join("five-ways").join("localhost.pem");

    let server = start();
    let says = server.line();
    let made = fs::read(&file).unwrap();
    let mut clear = Wire::to(server.address);
    clear.send(STATUS);
    let (_, alert) = clear.read_to_the_end(LIMIT);
    let port = server.address.port().to_string();
    let status = Command::new(&program).args(["status", "--port", &port, "--tls-self-signed"]).output().unwrap();
    server.signal("TERM");
    let last = server.line();
    drop(server);
    let again = start();

    assert!(says.contains(&format!("its certificate is {}, valid until ", file.display())), "{says}");
    assert!(says.contains("--cacert") && says.contains("a browser warns once"), "{says}");
    assert_eq!(alert.first(), Some(&ALERT), "{alert:?}");
    assert!(last.contains("stopping"), "of what came in the clear there is no line: {last}");
    assert!(serde_json::from_slice::<Value>(&status.stdout).unwrap()["uptime"].is_number(), "{status:?}");
    assert_eq!(fs::read(&file).unwrap(), made, "it is kept");
    Wire::secure(again.address, &file).unwrap();
}

#[test]
#[ignore = "needs a minute to build a program: run by ./test"]
fn a_certificate_that_cannot_be_used_is_one_line_and_exit_code_1() {
    let program = program("sse");
    let folder = TempDir::new().unwrap();
    let [cert, key] = made(folder.path());

    for (cert, key, wanted) in
        [(&cert, &cert, "are the two swapped?"), (&folder.path().join("nowhere"), &key, "cannot read ")]
    {
        let output = Command::new(&program)
            .args(["--port", "0"])
            .arg("--tls-cert")
            .arg(cert)
            .arg("--tls-key")
            .arg(key)
            .output()
            .unwrap();

        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.starts_with("sse: ") && said.contains(wanted), "{said}");
        assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    }
}
