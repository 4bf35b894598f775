//! Bodies: those of four transports, and of a POST.

use super::*;

#[test]
fn a_poll_s_answer_is_an_envelope_and_messages() {
    let body = format!(r#"{{"gap":false,"more":false,"next":"1.3","messages":[{JSON},{JSON}]}}"#);
    let empty = r#"{"gap":true,"more":false,"next":"1.0","messages":[]}"#;
    let head = |body: &str| format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());

    let expected = format!(
        "down Envelope Overhead {{\"gap\":false,\"more\":false,\"next\":\"1.3\",\"messages\":[
down Message Payload {JSON}
down Envelope Overhead ,
down Message Payload {JSON}
down Envelope Overhead ]}}
"
    );
    assert_eq!(answer(&head(&body), &body), expected);
    let expected = "down Envelope Overhead {\"gap\":true,\"more\":false,\"next\":\"1.0\",\"messages\":[
down Envelope Overhead ]}
";
    assert_eq!(answer(&head(empty), empty), expected);
}

#[test]
fn where_a_message_ends_is_found_in_its_json() {
    let hostile = r#"{"id":"1.2","text":"\"}],\\\"]}{\\"}"#;
    let body = format!(r#"{{"messages":[{hostile},{hostile}]}}"#);
    let head = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());

    let parts = answer(&head, &body);

    assert_eq!(parts.matches(&format!("down Message Payload {hostile}\n")).count(), 2, "{parts}");
}

#[test]
fn an_event_stream_is_its_lines() {
    let event = format!("id: 1.2\nevent: clock\ndata: {JSON}\n\n");
    let heartbeat = ": heartbeat\nevent: heartbeat\ndata: {}\n\n";
    let body = chunk("retry: 77\n\n") + &chunk(&event) + &chunk(heartbeat) + "0\r\n\r\n";

    let parts = answer(&format!("Content-Type: text/event-stream\r\n{CHUNKED}"), &body);

    let expected = format!(
        "down ChunkSize Overhead B␍␊ (11 bytes)
down Retry Overhead retry: 77␊
down EventEnd Overhead ␊
down ChunkEnd Overhead ␍␊
down ChunkSize Overhead 3C␍␊ (60 bytes)
down Id Overhead id: 1.2␊
down Event Overhead event: clock␊
down Data Overhead data:
down Message Payload {JSON}
down Data+ Overhead ␊
down EventEnd Overhead ␊
down ChunkEnd Overhead ␍␊
down ChunkSize Overhead 27␍␊ (39 bytes)
down Comment Overhead : heartbeat␊
down Event Overhead event: heartbeat␊
down Data Overhead data: {{}}␊
down EventEnd Overhead ␊
down ChunkEnd Overhead ␍␊
down LastChunk Overhead 0␍␊␍␊
"
    );
    assert_eq!(parts, expected);
}

#[test]
fn an_iframe_s_document_is_a_prelude_and_scripts() {
    let json = JSON.replace('<', "\\u003c");
    let script = |json: &str| format!("<script nonce=\"0f\">f({json})</script>\n");
    let prelude = "<!doctype html>\n<script nonce=\"0f\">function f(o){parent.fiveWays?.(o)}</script>\n<!--..-->\n";
    let body = chunk(prelude) + &chunk(&(script(&json) + &script("{\"reopen\":true}")));

    let parts = answer(&format!("Content-Type: text/html; charset=utf-8\r\n{CHUNKED}"), &body);

    let expected = format!(
        "down ChunkSize Overhead 5A␍␊ (90 bytes)
down Prelude Overhead <!doctype html>␊
down Prelude Overhead <script nonce=\"0f\">function f(o){{parent.fiveWays?.(o)}}</script>␊
down Prelude Overhead <!--..-->␊
down ChunkEnd Overhead ␍␊
down ChunkSize Overhead 73␍␊ (115 bytes)
down ScriptStart Overhead <script nonce=\"0f\">f(
down Message Payload {json}
down ScriptEnd Overhead )</script>␊
down ScriptStart Overhead <script nonce=\"0f\">f(
down Notice Overhead {{\"reopen\":true}}
down ScriptEnd Overhead )</script>␊
down ChunkEnd Overhead ␍␊
"
    );
    assert_eq!(parts, expected);
}

#[test]
fn a_text_that_is_posted_is_payload_and_the_answer_is_no_delivery() {
    let created = format!("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\r\n{JSON}");
    let parts = dissect(&[
        (Up, b"POST /messages HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
        (Down, created.as_bytes()),
        (Up, b"POST /messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
    ]);

    let expected = format!(
        "up Text Payload hello
down Body Overhead {JSON}
up ChunkSize Overhead 2␍␊ (2 bytes)
up Text Payload he
up ChunkEnd Overhead ␍␊
up ChunkSize Overhead 3␍␊ (3 bytes)
up Text+ Payload llo
up ChunkEnd Overhead ␍␊
up LastChunk Overhead 0␍␊␍␊
"
    );
    assert_eq!(bodies(&parts), expected);
    let Totals { requests, posts, texts, messages, .. } = totals(&parts);
    assert_eq!((requests, posts, texts, messages), (2, 2, 2, 0));
}

#[test]
fn fields_behind_the_last_chunk_are_trailers() {
    let body = chunk("retry: 77\n\n") + "0\r\nA: 1\r\nB: 2\r\n\r\n";

    let parts = answer(&format!("Content-Type: text/event-stream\r\n{CHUNKED}"), &body);
    let posted = dissect(&[
        (Up, b"POST /messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: 1\r\n\r\n"),
        (Up, GET.as_bytes()),
    ]);

    let trailers = "down ChunkEnd Overhead ␍␊
down LastChunk Overhead 0␍␊
down Trailer Overhead A: 1␍␊
down Trailer Overhead B: 2␍␊
down LastChunk+ Overhead ␍␊
";
    assert!(parts.ends_with(trailers), "{parts}");
    let Totals { requests, texts, .. } = totals(&posted);
    assert_eq!((requests, texts), (2, 1), "{posted:#?}");
    assert!(posted.iter().all(|part| part.kind != Kind::Raw), "{posted:#?}");
}

#[test]
fn a_body_without_a_length_ends_with_the_connection() {
    let body = format!("data: {JSON}\n\nid: cut o");

    let parts = answer("Content-Type: text/event-stream\r\n\r\n", &body);

    let expected = format!(
        "down Data Overhead data:
down Message Payload {JSON}
down Data+ Overhead ␊
down EventEnd Overhead ␊
down Raw Overhead id: cut o
"
    );
    assert_eq!(parts, expected);
}
