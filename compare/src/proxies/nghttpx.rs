//! nghttpx.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const NGHTTPX: Known = Known {
    name: "nghttpx",
    title: "nghttpx",
    package: "nghttp2-proxy",
    program: "sbin/nghttpx",
    version: "-v",
    extension: "conf",
    texts: [
        include_str!("../../../deploy/nghttpx/as-it-comes.conf"),
        include_str!("../../../deploy/nghttpx/right.conf"),
    ],
    command,
};

/// It stays in the foreground by itself.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let file = setting.write("nghttpx.conf", &setting.text)?;
    let mut command = setting.command();
    command.arg(format!("--conf={}", file.display()));

    Ok(command)
}
