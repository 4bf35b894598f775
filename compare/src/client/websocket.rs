//! WebSocket: frames in both directions (RFC 6455 §5.2).

use super::{
    event::{End, Event},
    heard::Heard,
    protocol::Client,
    request::{Channel, request},
};
use crate::wire::frame::{CLOSE, FrameHeader, PING, PONG, TEXT, masked};

/// The headers of the handshake (RFC 6455 §4.1), with the key of the RFC's example.
pub const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Reads whole frames, and answers pings and a Close.
#[derive(Debug, Default)]
pub struct WebSocket {
    pending: Vec<u8>,
}

impl Client for WebSocket {
    fn ask(&mut self, channel: &Channel, after: Option<&str>) -> Vec<u8> {
        request("GET", channel, after, HANDSHAKE, "")
    }

    fn hear(&mut self, piece: &[u8], heard: &mut Heard) {
        self.pending.extend_from_slice(piece);
        while let Some((opcode, payload)) = take_frame(&mut self.pending) {
            match opcode {
                TEXT => heard.json(&payload),
                PING => {
                    heard.answer.extend(frame(PONG, &payload));
                    heard.events.push_back(Event::Heartbeat);
                }
                CLOSE => {
                    heard.answer.extend(frame(CLOSE, &payload));
                    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    heard.events.push_back(Event::End(End::Closed(code)));
                }
                other => heard.wrong(format!("a frame of kind {other:#x} is none of this contract")),
            }
        }
    }

    fn ended(&mut self, _heard: &mut Heard) -> Option<End> {
        Some(End::Cut)
    }

    fn say(&self, text: &str) -> Option<Vec<u8>> {
        Some(frame(TEXT, text.as_bytes()))
    }
}

/// Takes a whole frame of a server, which masks none, off the front.
fn take_frame(pending: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let header = FrameHeader::read(pending)?;
    let end = header.size.checked_add(usize::try_from(header.length).ok()?)?;
    if pending.len() < end {
        return None;
    }
    let frame: Vec<u8> = pending.drain(..end).collect();

    Some((header.opcode, frame[header.size..].to_vec()))
}

/// A frame of a client, masked.
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask: [u8; 4] = rand::random();
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(masked(payload, mask, 0));

    frame
}
