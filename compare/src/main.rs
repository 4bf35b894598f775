//! Starts the five side by side, and the page that shows them; or measures them.

use std::process::ExitCode;

fn main() -> ExitCode {
    compare::site::main(&compare::COMMANDS)
}
