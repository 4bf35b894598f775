//! Over TLS: the servers answer as they do in the clear, and the taps, which have no key, count bytes and name records.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    thread::yield_now,
    time::Instant,
};

use compare::{
    dissect::{Direction, Kind},
    transports::ALL,
};
use shared::testing::{LIMIT, newest};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use crate::support::Lab;

type Secure = StreamOwned<ClientConnection, TcpStream>;

/// A laboratory that speaks TLS, and who trusts it.
fn start() -> (Lab, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lab = Lab::start(&["--tls-self-signed", "--tls-folder", &folder.path().to_string_lossy()]);

    (lab, folder)
}

fn connect(address: SocketAddr, folder: &Path) -> Secure {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("localhost.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(default_provider().into());
    let config =
        config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();

    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
}

fn read_until(stream: &mut Secure, is_enough: impl Fn(&str) -> bool) -> String {
    let mut received = Vec::new();
    while !is_enough(&String::from_utf8_lossy(&received)) {
        let mut bytes = [0; 4_096];
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&received));
        received.extend_from_slice(&bytes[..count]);
    }

    String::from_utf8_lossy(&received).into_owned()
}

/// The status of the page's answer to a command.
fn command(lab: &Lab, folder: &Path, path: &str, body: &str) -> String {
    let mut stream = connect(lab.address, folder);
    let length = body.len();
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
    write!(stream, "POST {path} HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n{body}").unwrap();

    read_until(&mut stream, |text| text.contains("\r\n\r\n") && (!text.contains("{\"error\"") || text.ends_with('}')))
}

#[test]
fn over_tls_a_tap_counts_bytes_and_names_records() {
    let (lab, folder) = start();
    assert!(command(&lab, folder.path(), "/feed", r#"{"rate":0}"#).starts_with("HTTP/1.1 204"));
    assert!(command(&lab, folder.path(), "/burst", r#"{"count":3}"#).starts_with("HTTP/1.1 204"));
    let published = newest(lab.feed()).seq;

    for (at, row) in ALL.iter().enumerate() {
        let name = row.transport.name;
        let testbed = &lab.laboratory.testbeds()[at];
        let mut stream = connect(lab.tap(at), folder.path());
        write!(stream, "GET /messages?after=start HTTP/1.1\r\nHost: localhost\r\n{}\r\n", row.headers).unwrap();
        let all = |text: &str| text.matches("\"kind\":\"clock\"").count() as u64 >= published;
        let plain = read_until(&mut stream, all).len() as u64;

        let since = Instant::now();
        let passed = || (testbed.tap().totals(), testbed.figures());
        while passed().0.down != passed().1.down.sealed || passed().0.up != passed().1.up.sealed {
            assert!(since.elapsed() < LIMIT, "{name}: {:?}", passed());
            yield_now();
        }
        let figures = passed().1;
        assert!(figures.down.sealed > plain, "{name}: {figures:?}");
        assert_eq!((figures.requests, figures.messages, figures.opened), (0, 0, 1), "{name}: nobody can tell");
        let entries = testbed.meter().since(0);
        let noted = |direction, word: &str| {
            let of = entries.iter().filter(|entry| entry.shown.dir == direction);
            of.filter_map(|entry| entry.shown.note.as_deref()).any(|note| note.contains(word))
        };
        assert!(noted(Direction::Up, "client hello, for localhost"), "{name}: {entries:?}");
        assert!(noted(Direction::Down, "server hello"), "{name}: {entries:?}");
        assert!(noted(Direction::Down, "application data, length"), "{name}: {entries:?}");
        assert!(
            entries.iter().all(|entry| matches!(entry.shown.kind, Kind::Record | Kind::Sealed)),
            "{name}: {entries:?}"
        );
    }
}

#[test]
fn over_tls_what_acts_on_answers_is_refused_and_says_why() {
    let (lab, folder) = start();

    let buffer = command(&lab, folder.path(), "/fault", r#"{"name":"buffer","transport":null}"#);
    let proxy = command(&lab, folder.path(), "/between", r#"{"name":"nginx","form":"right"}"#);
    let nothing = command(&lab, folder.path(), "/between", r#"{"name":null,"form":null}"#);
    let cut = command(&lab, folder.path(), "/fault", r#"{"name":"cut","transport":null}"#);

    for (refused, why) in [(&buffer, "nobody on the line sees where an answer ends"), (&proxy, "only in the clear")] {
        assert!(refused.starts_with("HTTP/1.1 400") && refused.contains(why), "{refused}");
    }
    for done in [&nothing, &cut] {
        assert!(done.starts_with("HTTP/1.1 204"), "{done}");
    }
}

#[test]
fn over_tls_a_server_that_is_restarted_shows_the_same_certificate() {
    let (lab, folder) = start();
    connect_and_ask(&lab, folder.path());

    assert!(
        command(&lab, folder.path(), "/fault", r#"{"name":"restart","transport":null}"#).starts_with("HTTP/1.1 204")
    );
    let since = Instant::now();
    while lab.laboratory.testbeds().iter().any(|testbed| testbed.restart().over().is_none()) {
        assert!(since.elapsed() < LIMIT, "they do not stand again");
        yield_now();
    }

    connect_and_ask(&lab, folder.path());
}

/// Each of the five serves its page to who trusts the one certificate; its panel may stand in the page, which has it, too.
fn connect_and_ask(lab: &Lab, folder: &Path) {
    for (at, row) in ALL.iter().enumerate() {
        let mut stream = connect(lab.tap(at), folder);
        write!(stream, "GET /?compact HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let page = read_until(&mut stream, |text| text.contains("</html>"));
        let embedder = format!("https://localhost:{}", lab.address.port());
        assert!(page.contains(&embedder), "{}: {page}", row.transport.name);
    }
}
