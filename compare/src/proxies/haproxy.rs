//! HAProxy.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const HAPROXY: Known = Known {
    name: "haproxy",
    title: "HAProxy",
    package: "haproxy",
    program: "sbin/haproxy",
    version: "-v",
    extension: "cfg",
    texts: [include_str!("../../../deploy/haproxy/as-it-comes.cfg"), include_str!("../../../deploy/haproxy/right.cfg")],
    command,
};

/// It stays in the foreground.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let file = setting.write("haproxy.cfg", &setting.text)?;
    let mut command = setting.command();
    command.args(["-db", "-f"]).arg(file);

    Ok(command)
}
