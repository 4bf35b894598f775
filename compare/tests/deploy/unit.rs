//! The unit, as systemd reads it.

use std::{env, fs, os::unix::fs::PermissionsExt as _, process::Command};

use crate::{UNIT, read, root};

#[test]
#[ignore = "needs systemd-analyze: run by ./test"]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("sse");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let unit = read(UNIT).replace("/usr/local/bin", &folder.path().to_string_lossy());
    let file = folder.path().join("five-ways@sse.service");
    let verify = |text: &str| {
        fs::write(&file, text).unwrap();
        let output = systemd_analyze().arg("verify").arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };

    let (good, says) = verify(&unit);
    let (_, of_a_mistake) = verify(&unit.replace("DynamicUser", "DynamicUsers"));
    let (without_program, _) = verify(&unit.replace("/%i\nRestart", "/none\nRestart"));

    assert!(good && says.is_empty(), "{says}");
    assert!(of_a_mistake.contains("DynamicUsers"), "{of_a_mistake}");
    assert!(!without_program, "it looks for the program");
}

/// The system's, or the one that `./test` has unpacked, with the units that are beside it.
fn systemd_analyze() -> Command {
    let own = root().join("target/systemd");
    let program = own.join("usr/bin/systemd-analyze");
    if !program.exists() {
        return Command::new("systemd-analyze");
    }
    let mut command = Command::new(program);
    let libraries = ["usr/lib/x86_64-linux-gnu/systemd", "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];
    command.env("LD_LIBRARY_PATH", env::join_paths(libraries.map(|folder| own.join(folder))).unwrap());
    command.env("SYSTEMD_UNIT_PATH", format!("{}:", own.join("lib/systemd/system").display()));

    command
}
