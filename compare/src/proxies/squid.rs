//! Squid.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const SQUID: Known = Known {
    name: "squid",
    title: "Squid",
    package: "squid",
    program: "sbin/squid",
    version: "-v",
    extension: "conf",
    texts: [include_str!("../../../deploy/squid/as-it-comes.conf"), include_str!("../../../deploy/squid/right.conf")],
    command,
};

/// It keeps nothing, and needs none of what is in other folders.
const ALONE: &str = "
pid_filename none
access_log none
cache_log /dev/null
netdb_filename none
pinger_enable off
shutdown_lifetime 0
visible_hostname localhost
";

/// Where Debian has what it does not start without.
const PARTS: [(&str, &str); 4] = [
    ("error_directory", "/usr/share/squid/errors/templates"),
    ("icon_directory", "/usr/share/squid/icons"),
    ("mime_table", "/usr/share/squid/mime.conf"),
    ("unlinkd_program", "/usr/lib/squid/unlinkd"),
];

/// One process, in the foreground, by a name of its own: others with it share memory.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let parts = PARTS.map(|(name, path)| format!("{name} {}\n", setting.program.path(path).display())).concat();
    let file = setting.write("squid.conf", &[&setting.text, ALONE, &parts].concat())?;
    let mut command = setting.command();
    command.args(["-N", "-d", "1", "-n", &format!("five{}", setting.address.port()), "-f"]).arg(file);

    Ok(command)
}
