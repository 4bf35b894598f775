//! The shell: what makes a way a program of its own. Options, page, files, clock, and a server that stops in time.
//!
//! It takes any of the five, as a [`Transport`]; none of them stands on it. What is specific to a system is under `cfg`.

mod ask;
pub mod assets;
mod body;
mod card;
pub mod clock;
mod command_line;
mod cors;
mod files;
mod guard;
mod host;
mod keeping;
#[cfg(not(all(feature = "store", feature = "redis", feature = "tls")))]
mod lacking;
mod log;
mod metrics;
pub mod note;
pub mod options;
pub mod page;
mod program;
mod refused;
mod routes;
mod server;
mod site;
mod tls;
mod transport;

pub use command_line::{read, read_with};
pub use files::files;
pub use guard::is_head;
pub use host::named;
pub use keeping::{open_feed, watch_history};
pub use log::Log;
pub use note::{Kind, Note, Text};
pub use options::Options;
pub use program::{Also, Program};
pub use routes::{channel, routes};
pub use server::{bind, check_assets, check_certificate, launch, main, open_many_files, serve, tell_certificate};
pub use site::Site;
pub use tls::Tls;
#[cfg(all(feature = "tls", feature = "testing"))]
pub(crate) use tls::{CERTIFICATE, certificate};
pub use transport::Transport;
