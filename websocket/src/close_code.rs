//! Why a session is closed by us.

use std::io::ErrorKind;

use actix_web::error::PayloadError;
use actix_ws::{CloseCode, ProtocolError};

/// The close code for what was wrong with a client's frame (RFC 6455 §7.4.1).
pub(crate) fn close_code(error: &ProtocolError) -> CloseCode {
    let ProtocolError::Io(error) = error else {
        return if matches!(error, ProtocolError::Overflow) { CloseCode::Size } else { CloseCode::Protocol };
    };
    match error.get_ref().and_then(|inner| inner.downcast_ref::<PayloadError>()) {
        Some(PayloadError::Overflow) => CloseCode::Size,
        Some(_) => CloseCode::Protocol,
        None if error.kind() == ErrorKind::InvalidData => CloseCode::Invalid, // `frame.rs` leaves only bad UTF-8
        None => CloseCode::Size,                                              // of a message in several frames
    }
}
