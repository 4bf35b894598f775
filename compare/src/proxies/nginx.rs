//! nginx.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const NGINX: Known = Known {
    name: "nginx",
    title: "nginx",
    package: "nginx",
    program: "sbin/nginx",
    version: "-v",
    extension: "conf",
    texts: [include_str!("../../../deploy/nginx/as-it-comes.conf"), include_str!("../../../deploy/nginx/right.conf")],
    command,
};

/// What it gathers, and what it says, stays in its folder.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {name}; ")).concat();
    let text = setting.text.replacen("http {", &format!("http {{ access_log off; {temporary}"), 1);
    let file = setting.write("nginx.conf", &text)?;
    let mut command = setting.command();
    command.arg("-p").arg(setting.folder).arg("-c").arg(file).args(["-e", "stderr"]);
    command.args(["-g", "daemon off; pid nginx.pid; error_log stderr error;"]);

    Ok(command)
}
