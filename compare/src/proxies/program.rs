//! The program of a proxy: where it is, and what it calls itself.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Known;

/// Where those are that were fetched, each in a folder of its name.
const FETCHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/proxies");
/// Where Debian has servers, which are not on everybody's path.
const MORE: [&str; 2] = ["/usr/local/sbin", "/usr/sbin"];

/// A proxy's program, which is there.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file.
    pub file: PathBuf,
    /// What stands before `/usr`: nothing where it is installed.
    pub(super) root: PathBuf,
    /// What makes it say its version.
    pub(super) asked: &'static str,
}

impl Known {
    /// Its program: of this machine, or else one that was fetched.
    pub fn find(&self) -> Option<Program> {
        let name = Path::new(self.program).file_name()?;
        let path = env::var_os("PATH").unwrap_or_default();
        let installed = env::split_paths(&path).chain(MORE.map(PathBuf::from)).map(|folder| folder.join(name));
        let found = |file: PathBuf, root| Program { file, root, asked: self.version };
        if let Some(file) = installed.filter(|file| file.is_absolute()).find(|file| file.is_file()) {
            return Some(found(file, PathBuf::new()));
        }
        let root = fs::canonicalize(self.fetched()).ok()?;
        let file = root.join("usr").join(self.program);

        file.is_file().then(|| found(file, root))
    }

    /// Where it is unpacked.
    pub(super) fn fetched(&self) -> PathBuf {
        Path::new(FETCHED).join(self.name)
    }
}

impl Program {
    /// Its version, as its numbers.
    ///
    /// # Errors
    /// When it cannot be started, or says none.
    pub fn version(&self) -> io::Result<String> {
        let output = self.command(&self.file).arg(self.asked).stdin(Stdio::null()).output()?;
        let said = [output.stdout, output.stderr].concat();
        let none = || io::Error::other(format!("{} does not say its version", self.file.display()));

        numbers(&String::from_utf8_lossy(&said)).map(str::to_owned).ok_or_else(none)
    }

    /// Starts a program so that it finds the libraries that were fetched with this one.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if self.is_fetched() {
            command.env("LD_LIBRARY_PATH", self.libraries());
        }

        command
    }

    /// Whether it is not installed, but unpacked somewhere.
    pub(super) fn is_fetched(&self) -> bool {
        !self.root.as_os_str().is_empty()
    }

    /// A file of its package, given from `/`.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        if self.is_fetched() { self.root.join(path.trim_start_matches('/')) } else { path.into() }
    }

    /// Folders of libraries, and those below them in which programs keep their own.
    fn libraries(&self) -> OsString {
        let of_packages = format!("{}-linux-gnu", env::consts::ARCH);
        let [usr, root] = ["usr/lib", "lib"].map(|folder| self.root.join(folder));
        let folders = [usr.join(&of_packages), root.join(&of_packages), usr];
        let below = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        let below = below.map(|entry| entry.path()).filter(|path| path.is_dir());
        let all: Vec<PathBuf> = folders.iter().cloned().chain(below).collect();

        env::join_paths(all).unwrap_or_default() // a colon in the folder's name: it is left to the system's libraries
    }
}

/// The first numbers with points between them.
fn numbers(text: &str) -> Option<&str> {
    let mut words = text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));

    words.find(|word| word.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_first_numbers_with_points() {
        for (said, version) in [
            ("nginx version: nginx/1.22.1\n", "1.22.1"),
            ("HAProxy version 2.6.12-1+deb12u4 2026/01/02 - https://haproxy.org/", "2.6.12"),
            ("nghttpx nghttp2/1.52.0", "1.52.0"),
            ("h2o version 2.2.5.", "2.2.5"),
            ("Squid Cache: Version 5.7", "5.7"),
        ] {
            assert_eq!(numbers(said), Some(version));
        }
        assert_eq!(numbers("h2o, without any. Sorry."), None);
    }
}
