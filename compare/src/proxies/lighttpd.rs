//! lighttpd.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const LIGHTTPD: Known = Known {
    name: "lighttpd",
    title: "lighttpd",
    package: "lighttpd",
    program: "sbin/lighttpd",
    version: "-v",
    extension: "conf",
    texts: [
        include_str!("../../../deploy/lighttpd/as-it-comes.conf"),
        include_str!("../../../deploy/lighttpd/right.conf"),
    ],
    command,
};

/// Its modules are where its package is.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let file = setting.write("lighttpd.conf", &setting.text)?;
    let mut command = setting.command();
    command.args(["-D", "-f"]).arg(file).arg("-m").arg(setting.program.path("/usr/lib/lighttpd"));

    Ok(command)
}
