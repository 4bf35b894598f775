//! Starts the server: options, address and stop are in `shared::shell`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::shell::main(iframe_stream::TRANSPORT)
}
