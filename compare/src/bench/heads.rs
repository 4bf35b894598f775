//! The heads of requests, as Chromium 156 sends them from a page of the same origin.
//!
//! What a request costs depends on how much stands in it, and a browser's has ten times as much as it must.

use std::fmt::Write as _;

/// Chromium's name for itself, in all.
const AGENT: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n";
const BRAND: &str = "sec-ch-ua: \"Not:A-Brand\";v=\"8\", \"Chromium\";v=\"156\"\r\nsec-ch-ua-mobile: ?0\r\n";
const PLATFORM: &str = "sec-ch-ua-platform: \"Linux\"\r\n";
const KEPT: &str = "Connection: keep-alive\r\n";
const NO_CACHE: &str = "Pragma: no-cache\r\nCache-Control: no-cache\r\n";
const FETCHED: &str = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n";
const FRAMED: &str = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n";
const DOCUMENT: &str = "Upgrade-Insecure-Requests: 1\r\n";
const DOCUMENTS: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n";
const ENCODINGS: &str = "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n";

/// The request of a way for its channel, at an origin, with more fields in the end.
pub(crate) fn get(way: &str, origin: &str, target: &str, more: &str) -> Vec<u8> {
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n", host(origin));
    let referer = format!("Referer: {origin}/\r\n");
    let origin = format!("Origin: {origin}\r\n");
    let fields: &[&str] = match way {
        "iframe-stream" => &[KEPT, BRAND, PLATFORM, DOCUMENT, AGENT, DOCUMENTS, FRAMED, &referer, ENCODINGS],
        "sse" => {
            &[KEPT, NO_CACHE, PLATFORM, AGENT, "Accept: text/event-stream\r\n", BRAND, FETCHED, &referer, ENCODINGS]
        }
        "websocket" => &[
            "Connection: Upgrade\r\n",
            NO_CACHE,
            AGENT,
            "Upgrade: websocket\r\n",
            &origin,
            "Sec-WebSocket-Version: 13\r\n",
            ENCODINGS,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
        ],
        _ => &[KEPT, NO_CACHE, PLATFORM, AGENT, BRAND, "Accept: */*\r\n", FETCHED, &referer, ENCODINGS],
    };
    fields.iter().for_each(|field| head.push_str(field));
    head.push_str(more);
    head.push_str("\r\n");

    head.into_bytes()
}

/// The request that sends a text, as one that is published.
pub(crate) fn post(origin: &str, target: &str, text: &str) -> Vec<u8> {
    let (host, length) = (host(origin), text.len());
    let mut head = format!("POST {target} HTTP/1.1\r\nHost: {host}\r\n{KEPT}Content-Length: {length}\r\n");
    write!(head, "{NO_CACHE}{PLATFORM}{AGENT}{BRAND}Content-Type: text/plain\r\nAccept: */*\r\n").ok(); // it is a String
    write!(head, "Origin: {origin}\r\n{FETCHED}Referer: {origin}/\r\n{ENCODINGS}\r\n{text}").ok();

    head.into_bytes()
}

/// What stands behind the scheme.
fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use httparse::{EMPTY_HEADER, Request, Status};

    use super::*;
    use crate::transports::ALL;

    #[test]
    fn each_is_a_request_of_a_browser() {
        let all = ALL.map(|row| get(row.transport.name, "http://localhost:1", "/messages?after=9f3c51aa.7", ""));

        for bytes in all.iter().chain([&post("http://localhost:1", "/messages", "x")]) {
            let mut headers = [EMPTY_HEADER; 32];
            let mut request = Request::new(&mut headers);
            let Status::Complete(length) = request.parse(bytes).unwrap() else { panic!("it is cut") };
            let names: Vec<&str> = request.headers.iter().map(|header| header.name).collect();

            assert!(bytes.len() - length <= 1, "only the POST has a body");
            assert!(["Host", "User-Agent", "Accept-Language"].iter().all(|name| names.contains(name)), "{names:?}");
            assert!((380..800).contains(&length), "{length}");
        }
    }
}
