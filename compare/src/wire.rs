//! The parsers of what passes on the wire: heads and bodies of HTTP, the scripts of an iframe stream, the headers of
//! WebSocket frames.
//!
//! They do no I/O and know nothing of who asks, relays or shows. The [clients](crate::client), the
//! [dissector](crate::dissect), the [tap](crate::tap) and the example `load` all read by them.

pub(crate) mod body;
mod brief;
pub(crate) mod frame;
pub(crate) mod head;
pub(crate) mod headers;
mod malformed;
mod reader;
pub(crate) mod request;
pub(crate) mod script;

pub use brief::Brief;
pub use reader::HttpReader;
