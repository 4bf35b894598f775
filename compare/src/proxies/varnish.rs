//! Varnish.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const VARNISH: Known = Known {
    name: "varnish",
    title: "Varnish",
    package: "varnish",
    program: "sbin/varnishd",
    version: "-V",
    extension: "vcl",
    texts: [include_str!("../../../deploy/varnish/as-it-comes.vcl"), include_str!("../../../deploy/varnish/right.vcl")],
    command,
};

/// It has its configuration compiled by gcc, in its folder. It would lock itself in as users that its package makes.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let file = setting.write("varnish.vcl", &setting.text)?;
    let mut command = setting.command();
    command.args(["-F", "-j", "none", "-s", "malloc,32m", "-a", &setting.address.to_string(), "-f"]).arg(file);
    command.arg("-n").arg(setting.folder.join("varnish"));

    Ok(command)
}
