//! Frames in words.

use super::super::show::visible;
use crate::wire::frame::{BINARY, CLOSE, CONTINUATION, FrameHeader, PING, PONG, TEXT};

/// All bits of a header, in their order.
pub(super) fn header(header: &FrameHeader) -> String {
    let opcode = match header.opcode {
        CONTINUATION => "continuation",
        TEXT => "text",
        BINARY => "binary",
        CLOSE => "close",
        PING => "ping",
        PONG => "pong",
        _ => "reserved",
    };
    let FrameHeader { fin, reserved, opcode: number, short, length, mask, size: _ } = *header;
    let (fin, masked) = (u8::from(fin), u8::from(mask.is_some()));
    let mut words = format!("FIN {fin}, RSV {reserved:03b}, opcode {number:x} {opcode}, MASK {masked}, length {short}");
    if short > 125 {
        words += &format!(", extended length {length}");
    }
    if let Some(mask) = mask {
        words += &format!(", mask key {:08x}", u32::from_be_bytes(mask));
    }

    words
}

/// The code of a Close, its name (RFC 6455 §7.4.1), and the reason.
pub(super) fn close(payload: &[u8]) -> String {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return "no code".to_owned();
    };
    let code = u16::from_be_bytes(*code);
    let name = match code {
        1000 => "normal",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "data not accepted",
        1007 => "not UTF-8",
        1008 => "policy",
        1009 => "too big",
        1010 => "extension missing",
        1011 => "server error",
        _ => "another code",
    };
    let reason = if reason.is_empty() { String::new() } else { format!(": {}", visible(reason)) };

    format!("{code} {name}{reason}")
}
