//! What the figures depend on: machine, system, versions.

use std::{collections::BTreeMap, fs, process::Command, thread::available_parallelism};

use serde::{Deserialize, Serialize};

/// What was built in is what stands here.
const LOCK: &str = include_str!("../../../Cargo.lock");
/// The crates that matter most.
const CRATES: [&str; 6] = ["actix-http", "actix-web", "actix-ws", "compare", "mio", "tokio"];

/// Where it was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processors: usize,
    pub(crate) model: String,
    pub(crate) memory_bytes: u64,
    pub(crate) kernel: String,
    /// What was built without optimization says little.
    pub(crate) is_release: bool,
    /// Of crates, and of the compiler that is here now.
    pub(crate) versions: BTreeMap<String, String>,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0_u64);

        Self {
            processors: available_parallelism().map_or(0, usize::from),
            model: field(&read("/proc/cpuinfo"), "model name"),
            memory_bytes: memory * 1_024,
            kernel: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
            is_release: !cfg!(debug_assertions),
            versions: versions(),
        }
    }
}

fn versions() -> BTreeMap<String, String> {
    let blocks = LOCK.split("[[package]]").filter_map(|block| {
        let field = |name| block.lines().find_map(|line| line.strip_prefix(name)?.strip_suffix('"'));
        Some((field("name = \"")?.to_owned(), field("version = \"")?.to_owned()))
    });
    let mut versions: BTreeMap<_, _> = blocks.filter(|(name, _)| CRATES.contains(&name.as_str())).collect();
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.and_then(|output| String::from_utf8(output.stdout).ok());
    versions.extend(compiler.map(|text| ("rustc".to_owned(), text.trim().trim_start_matches("rustc ").to_owned())));

    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_that_matters_has_a_version() {
        let versions = versions();

        assert!(CRATES.iter().all(|name| versions[*name].contains('.')), "{versions:?}");
    }
}
