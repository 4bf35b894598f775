//! H2O.

use std::{io, process::Command};

use super::{Known, Setting};

pub(super) const H2O: Known = Known {
    name: "h2o",
    title: "H2O",
    package: "h2o",
    program: "bin/h2o",
    version: "-v",
    extension: "yaml",
    texts: [include_str!("../../../deploy/h2o/as-it-comes.yaml"), include_str!("../../../deploy/h2o/right.yaml")],
    command,
};

/// Where root starts it, it works as nobody.
fn command(setting: &Setting<'_>) -> io::Result<Command> {
    let file = setting.write("h2o.yaml", &setting.text)?;
    let mut command = setting.command();
    command.arg("-c").arg(file).env("H2O_ROOT", setting.program.path("/usr"));

    Ok(command)
}
