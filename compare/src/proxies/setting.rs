//! What surrounds one proxy that is to run: its folder, its addresses, its configuration.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use super::Program;

/// Where the configurations in `deploy` listen, and the port to which they forward.
const LISTENS: &str = "8080";
const FORWARDS: &str = "3004";

/// Starts the words after it, and ends all that they have started when they end, or when its own input does: so also when we
/// are killed. They may leave in order; who is not gone within 3 s is killed.
const UNTIL_INPUT_ENDS: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
id=$!
{ read -r _ <&3; kill -TERM "$id"; sleep 3; kill -KILL 0; } >/dev/null 2>&1 &
exec 3<&-
wait "$id" 2>/dev/null
kill -KILL 0
"#;

/// What a proxy's own function makes a command of.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    pub(super) program: &'a Program,
    /// It may write here, and nowhere else.
    pub(super) folder: &'a Path,
    /// Where it is to listen.
    pub(super) address: SocketAddr,
    /// Whether we are root. Some proxies then work as a user without rights, some do not start.
    pub(super) is_root: bool,
    /// Its configuration, with the addresses in place.
    pub(super) text: String,
}

impl Setting<'_> {
    /// Writes a file into the folder.
    pub(super) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let file = self.folder.join(name);
        fs::write(&file, text)?;

        Ok(file)
    }

    /// Brings a file of its package, given from `/`, into the folder.
    pub(super) fn copy(&self, path: &str) -> io::Result<()> {
        let file = self.program.path(path);
        let name = file.file_name().unwrap_or_default();
        let cannot =
            |error: io::Error| io::Error::new(error.kind(), format!("cannot copy {}: {error}", file.display()));

        fs::copy(&file, self.folder.join(name)).map(drop).map_err(cannot)
    }

    /// The program, without any words of its own.
    pub(super) fn command(&self) -> Command {
        let mut command = self.program.command(Path::new("sh"));
        command.args(["-c", UNTIL_INPUT_ENDS, "sh"]).arg(&self.program.file).current_dir(self.folder);

        command
    }
}

/// A configuration of `deploy` with other addresses. No line of it has both.
pub(super) fn with_addresses(text: &str, listens: SocketAddr, forwards: SocketAddr) -> String {
    let line = |line: &str| {
        if !line.contains(FORWARDS) {
            return line.replace(LISTENS, &listens.port().to_string()) + "\n";
        }
        line.replace("127.0.0.1", &forwards.ip().to_string()).replace(FORWARDS, &forwards.port().to_string()) + "\n"
    };

    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_addresses_are_replaced() {
        let text = "listen 127.0.0.1:8080\nserver 127.0.0.1 3004\n";

        let text = with_addresses(text, "127.0.0.1:30048".parse().unwrap(), "127.0.0.2:80".parse().unwrap());

        assert_eq!(text, "listen 127.0.0.1:30048\nserver 127.0.0.2 80\n");
    }
}
