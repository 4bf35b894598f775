//! What makes the last stage of a Dockerfile, without a registry and without an engine. See <https://buildah.io>.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::{TempDir, tempdir};

use crate::root;

const NAME: &str = "five-ways";

/// Its storage is its own, and goes with it.
pub(crate) struct Buildah {
    storage: TempDir,
}

impl Buildah {
    /// The one that `./test` has unpacked, or the system's.
    pub(crate) fn find() -> Option<Self> {
        let buildah = Self { storage: tempdir().unwrap() };
        let found = buildah.command().arg("--version").output().is_ok_and(|output| output.status.success());

        found.then_some(buildah)
    }

    /// Makes an image of these instructions; what the stage before has made is in the folder `image` of this one. Gives its files.
    pub(crate) fn build(&self, stage: &[(String, String)], folder: &Path) -> PathBuf {
        let of_folder = |rest: &str| rest.replace("--from=build /image", "image");
        let lines: Vec<_> = stage.iter().map(|(name, rest)| format!("{name} {}\n", of_folder(rest))).collect();
        let file = folder.join("Containerfile");
        let policy = folder.join("policy.json");
        fs::write(&file, lines.concat()).unwrap();
        fs::write(&policy, r#"{"default":[{"type":"insecureAcceptAnything"}]}"#).unwrap(); // nothing is fetched
        let words = |words: &[&str], policy: &Path, last: &[&str]| {
            let mut command = self.command();
            command.args(words).arg("--signature-policy").arg(policy).args(last);
            said(&mut command)
        };

        words(
            &["build", "--format=docker", "--tag", NAME, "--file", &file.to_string_lossy()],
            &policy,
            &[&folder.to_string_lossy()],
        );
        let container = words(&["from"], &policy, &[&format!("localhost/{NAME}")]);

        said(self.command().args(["mount", &container])).into()
    }

    /// What the image says of itself: a template of Go's picks it.
    pub(crate) fn says(&self, what: &str) -> String {
        said(self.command().args(["inspect", "--type=image", "--format", &format!("{{{{{what}}}}}"), NAME]))
    }

    fn command(&self) -> Command {
        let own = root().join("target/buildah/usr");
        let program = own.join("bin/buildah");
        let mut command = Command::new(if program.exists() { program } else { "buildah".into() });
        command.env("LD_LIBRARY_PATH", env::join_paths([own.join("lib/x86_64-linux-gnu")]).unwrap());
        command.args(["--storage-driver=vfs", "--root"]).arg(self.storage.path().join("root"));
        command.arg("--runroot").arg(self.storage.path().join("run"));

        command
    }
}

/// What a command prints.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));

    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
