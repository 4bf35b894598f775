//! Servers that speak otherwise than they should, to test who asks them.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What comes instead of an answer, before the connection closes.
pub(super) fn answers() -> Vec<Vec<u8>> {
    let polled = r#"{"gap":false,"more":true,"next":"9f3c51aa.99999999999999999999999","messages":["#;
    let message = r#"{"id":"9f3c51aa.18446744073709551614","at":1,"kind":"message","text":"99999999999999999999 ."}"#;
    let bodies = ["", "0{", "42[", "{", "\0", polled, message, "id: 1\ndata: {\"id\":\n\n", "data: {}\n\n"];
    let lengths = ["Content-Length: 18446744073709551615", "Content-Length: 1", "Transfer-Encoding: chunked", "A: b"];
    let mut all: Vec<Vec<u8>> = ["", "\0\x01\r\n\r\n", "HTTP/1.1 500 No\r\n\r\n", "HTTP/1.1 200 OK\r\n"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
    for (length, body) in lengths.into_iter().flat_map(|length| bodies.map(|body| (length, body))) {
        all.push(format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\n{body}").into_bytes());
    }
    for body in bodies {
        all.push(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
        all.push(format!("HTTP/1.1 200 OK\r\n\r\n<script nonce=\"\">f({body})</script>\n").into_bytes());
    }
    let frames: [&[u8]; 7] = [
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x89\x7f",
        b"\x89\x00",
        b"\x82\x00",
        b"\x88\x00",
        b"\x81\x01{",
        b"\xff",
    ];
    all.extend(frames.map(|frame| [b"HTTP/1.1 101 Yes\r\n\r\n", frame].concat()));
    all.push([&[0x81, message.len() as u8], message.as_bytes()].concat());
    all.push([b"HTTP/1.1 200 OK\r\nA: ", &b"a".repeat(600_000)[..]].concat());
    all.push([b"HTTP/1.1 101 Yes\r\n\r\n\x81\x7f\0\0\0\0\0\xff\xff\xff", &b"a".repeat(600_000)[..]].concat());
    all.push([b"HTTP/1.1 200 OK\r\n\r\n{\"id\":\"9f3c51aa.", &b"1".repeat(600_000)[..]].concat());

    all
}

/// Starts one that is well, and answers so to all else. It ends with the runtime.
pub(super) async fn server(answer: Vec<u8>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move { serve(stream, &answer).await.ok() }); // who asked may be gone
        }
    });

    Ok(address)
}

async fn serve(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    let status = r#"{"epoch":"9f3c51aa","open":0}"#;
    let well = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{status}", status.len());
    let mut request = Vec::new();
    while !request.windows(4).any(|bytes| bytes == b"\r\n\r\n") && stream.read_buf(&mut request).await? > 0 {}
    stream.write_all(if request.starts_with(b"GET /status") { well.as_bytes() } else { answer }).await?;
    stream.shutdown().await?;
    while stream.read_buf(&mut request).await? > 0 {} // what was not read would cut off what was written

    Ok(())
}
