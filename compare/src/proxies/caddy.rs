//! Caddy.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const CADDY: Known = Known {
    name: "caddy",
    title: "Caddy",
    package: "caddy",
    program: "bin/caddy",
    version: "version",
    extension: "caddyfile",
    texts: [
        include_str!("../../../deploy/caddy/as-it-comes.caddyfile"),
        include_str!("../../../deploy/caddy/right.caddyfile"),
    ],
    command,
};

/// Nobody administers it, so that it needs one port only, and it waits for nobody when it is to end. What it keeps stays in its
/// folder.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let file = setting.write("Caddyfile", &format!("{{\n\tadmin off\n\tgrace_period 100ms\n}}\n{}", setting.text))?;
    let mut command = setting.command();
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(variable, setting.folder);
    }

    Ok(command)
}
