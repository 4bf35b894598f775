//! Apache httpd.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const APACHE: Known = Known {
    name: "apache",
    title: "Apache httpd",
    package: "apache2-bin",
    program: "sbin/apache2",
    version: "-v",
    extension: "conf",
    texts: [include_str!("../../../deploy/apache/as-it-comes.conf"), include_str!("../../../deploy/apache/right.conf")],
    command,
};

/// Where Debian has its modules, as the configurations say.
const MODULES: &str = "/usr/lib/apache2/modules";

/// Its modules are where its package is. What it writes stays in its folder; as root it will not answer.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let modules = setting.program.path(MODULES);
    let file = setting.write("apache.conf", &setting.text.replace(MODULES, &modules.to_string_lossy()))?;
    let mut command = setting.command();
    command.args(["-D", "FOREGROUND", "-d"]).arg(setting.folder).arg("-f").arg(file);
    let folder = setting.folder.display();
    for line in ["PidFile pid".to_owned(), "ErrorLog errors".to_owned(), format!("DefaultRuntimeDir {folder}")] {
        command.arg("-C").arg(line);
    }
    if setting.is_root {
        command.args(["-C", "User www-data", "-C", "Group www-data"]);
    }

    Ok(command)
}
