//! Starts the server: options, address and stop are in `shared::server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::server::main(websocket::TRANSPORT)
}
