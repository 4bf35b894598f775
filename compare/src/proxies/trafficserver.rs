//! Traffic Server.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const TRAFFIC_SERVER: Known = Known {
    name: "trafficserver",
    title: "Traffic Server",
    package: "trafficserver",
    program: "bin/traffic_server",
    version: "--version",
    extension: "config",
    texts: [
        include_str!("../../../deploy/trafficserver/as-it-comes.config"),
        include_str!("../../../deploy/trafficserver/right.config"),
    ],
    command,
};

/// What it lets be elsewhere than where its package has it.
const FOLDERS: [&str; 13] = [
    "prefix",
    "exec_prefix",
    "bindir",
    "sbindir",
    "sysconfdir",
    "datadir",
    "includedir",
    "libdir",
    "libexecdir",
    "localstatedir",
    "runtimedir",
    "logdir",
    "cachedir",
];

/// What `right` has it load.
const MODULE: &str = "/usr/lib/trafficserver/modules/conf_remap.so";

/// Without this file it lets nobody in.
const WHO: &str = "ip_allow: [{apply: in, ip_addrs: 127.0.0.1, action: allow, methods: ALL}]\n";

/// All that it reads and writes is in its folder. As root it will not answer: it works as nobody, who might not reach its package.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let folder = setting.folder.display();
    let folders = FOLDERS.map(|name| format!("{name}: {folder}\n")).concat();
    let file = setting.write("runroot.yaml", &folders)?;
    setting.write("remap.config", &setting.text)?;
    setting.copy(MODULE)?;
    setting.write("ip_allow.yaml", WHO)?;
    setting.write("storage.config", &format!("{folder} 32M\n"))?;
    let mut command = setting.command();
    command.arg(format!("--run-root={}", file.display()));
    command.env("PROXY_CONFIG_HTTP_SERVER_PORTS", format!("{}:ip-in={}", setting.address.port(), setting.address.ip()));
    command.env("PROXY_CONFIG_BODY_FACTORY_TEMPLATE_SETS_DIR", setting.folder);
    command.env("PROXY_CONFIG_LOG_LOGGING_ENABLED", "0");
    command.env("PROXY_CONFIG_ADMIN_USER_ID", if setting.is_root { "nobody" } else { "#-1" });

    Ok(command)
}
