//! Fetches a proxy: the files of its package, and the libraries that this machine lacks. Nothing is installed, and no service
//! starts.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use super::{Known, Program};

/// Packages come from Debian or Ubuntu, and as root they are fetched by root, who alone may write where we are.
const APT: [&str; 3] = ["-q", "-o", "APT::Sandbox::User=root"];

impl Known {
    /// Its program; where it is not there, it is fetched.
    ///
    /// # Errors
    /// When it cannot be fetched: this is neither Debian nor Ubuntu, or does not reach their packages.
    pub fn get(&self) -> io::Result<Program> {
        if let Some(program) = self.find() {
            return Ok(program);
        }
        let folder = self.fetched();
        let fresh = folder.with_extension("part");
        fs::remove_dir_all(&fresh).or_else(unless_absent)?;
        fs::create_dir_all(&fresh)?;
        let missing = match missing(self.package) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("{error}: install {} as your system does", self.title),
                ));
            }
            Err(_) => update().and_then(|()| missing(self.package))?,
            found => found?,
        };
        run(Command::new("apt-get").args(APT).arg("download").args(missing).current_dir(&fresh))?;
        unpack(&fresh)?;
        fs::remove_dir_all(&folder).or_else(unless_absent)?;
        fs::rename(&fresh, &folder)?;

        self.find().ok_or_else(|| io::Error::other(format!("the package {} has no {}", self.package, self.program)))
    }
}

fn unless_absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The packages that would be installed, were it installed: of these its own parts, and libraries.
fn missing(package: &str) -> io::Result<Vec<String>> {
    let simulated = run(Command::new("apt-get").args(APT).args(["-s", "--no-install-recommends", "install", package]))?;
    let family = package.split('-').next().unwrap_or(package);

    Ok(new(&simulated).filter(|name| name.starts_with(family) || is_library(name)).map(str::to_owned).collect())
}

/// What is new: `Inst NAME (VERSION …)`. An older version would stand between.
fn new(simulated: &str) -> impl Iterator<Item = &str> {
    let installs = simulated.lines().filter_map(|line| line.strip_prefix("Inst ")?.split_once(' '));

    installs.filter(|(_, rest)| rest.starts_with('(')).map(|(name, _)| name)
}

fn is_library(name: &str) -> bool {
    name.starts_with("lib") && !name.ends_with("-dev") && !name.ends_with("-perl")
}

/// The lists of packages anew, which only root may write.
fn update() -> io::Result<()> {
    let direct = run(Command::new("apt-get").args(APT).arg("update"));

    direct.or_else(|error| run(Command::new("sudo").args(["-n", "apt-get", "update"])).map_err(|_| error)).map(drop)
}

fn unpack(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let package = entry?.path();
        if package.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg").arg("-x").arg(&package).arg(folder))?;
            fs::remove_file(package)?;
        }
    }

    Ok(())
}

/// What it writes.
fn run(command: &mut Command) -> io::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.env("LC_ALL", "C").stdin(Stdio::null()).output();
    let output = output.map_err(|error| io::Error::new(error.kind(), format!("cannot run {name}: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().rfind(|line| !line.is_empty()).unwrap_or("it does not say why");
        return Err(io::Error::other(format!("{name}: {line}")));
    }

    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_in_an_older_version_is_not_missing() {
        let simulated = "Reading package lists...\nInst perl [5.36.0-7] (5.36.0-8 Debian:12 [amd64])\n\
            Inst liblua5.3-0 (5.3.6-2 Debian:12 [amd64])\nInst haproxy (2.6.12-1 Debian:12 [amd64])\n\
            Conf haproxy (2.6.12-1 Debian:12 [amd64])\n";

        assert_eq!(new(simulated).collect::<Vec<_>>(), ["liblua5.3-0", "haproxy"]);
        assert!(is_library("liblua5.3-0") && !is_library("libdbi-perl") && !is_library("adduser"));
    }
}
