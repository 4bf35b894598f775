//! The image, as its Dockerfile makes it. The commands of the first stage are done here, in a clean copy of the project: so no registry is
//! needed. The last stage is made by buildah, where that is, or else by hand. Its program then runs with nothing around it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use shared::testing::Wire;
use tempfile::tempdir;

use crate::{buildah::Buildah, read, root};

/// The way that is built.
const WAY: &str = "sse";
/// As the page says.
const MOST_BYTES: u64 = 10_000_000;
/// For a program that is whole in itself: as the Dockerfile has it, and where that cannot be built for here.
const MUSL: &str = "-unknown-linux-musl";
const GNU: &str = "-unknown-linux-gnu";

#[test]
#[ignore = "needs root, and minutes to build for release: run by ./test --long"]
fn the_image_has_a_server_and_its_files_and_nothing_else() {
    let folder = tempdir().unwrap();
    let dockerfile = Dockerfile::read();
    let image = folder.path().join("image");
    let target = build(&dockerfile, &folder.path().join("source"), &image);
    let buildah = Buildah::find();
    let image = buildah.as_ref().map_or(image, |buildah| buildah.build(&dockerfile.last, folder.path()));
    if let Some(buildah) = &buildah {
        assert_eq!(buildah.says(".OCIv1.Config.User"), "65534:65534");
        assert_eq!(buildah.says(".OCIv1.Config.Entrypoint"), "[/server]");
        assert_eq!(buildah.says("index .Docker.Config.Healthcheck.Test 0"), "CMD");
    }

    let files = files(&image, &image);
    let size: u64 = files.iter().map(|file| fs::metadata(image.join(file)).unwrap().len()).sum();
    let by = if buildah.is_some() { "buildah" } else { "hand" };
    println!("{size} bytes in {} files, for {target}, made by {by}", files.len());
    assert!(size < MOST_BYTES, "{size} bytes");
    let own = [format!("{WAY}/assets/"), "shared/assets/".to_owned()];
    let foreign = |file: &&String| *file != "server" && !own.iter().any(|own| file.starts_with(own));
    assert_eq!(files.iter().filter(foreign).collect::<Vec<_>>(), Vec::<&String>::new());

    its_server_is_well(&dockerfile, &image);
}

fn its_server_is_well(dockerfile: &Dockerfile, image: &Path) {
    fs::create_dir_all(image.join("dev")).unwrap();
    for (device, minor) in [("random", "8"), ("urandom", "9")] {
        let mut mknod = Command::new("mknod"); // as each engine does
        mknod.arg("--mode=666").arg(image.join("dev").join(device)).args(["c", "1", minor]);
        assert!(mknod.status().unwrap().success());
    }
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // free a moment ago
    let run = |words: &[&str]| {
        let mut command = dockerfile.command(image, words);
        command.env("FIVE_WAYS_PORT", address.port().to_string());
        command
    };
    let ask = |path: &str| {
        let mut wire = Wire::to(address);
        wire.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
        wire.rest()
    };
    let health_check = || run(&dockerfile.health_check()).status().unwrap().code();

    let mut server = Server::start(run(&["/server"]));
    let (page, script) = (ask("/"), ask("/assets/client.js"));
    let codes = (health_check(), server.terminate(), health_check());

    assert!([&page, &script].iter().all(|answer| answer.starts_with("HTTP/1.0 200 ")), "{page} {script}");
    assert_eq!(codes, (Some(0), Some(0), Some(1)), "well, ended, and not there");
}

/// Its instructions, each a name and the rest of its line.
struct Dockerfile {
    first: Vec<(String, String)>,
    last: Vec<(String, String)>,
}

impl Dockerfile {
    fn read() -> Self {
        let text = read("Dockerfile");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let lines = lines.join("\n").replace("\\\n", "");
        let words = lines.lines().filter_map(|line| line.split_once(' '));
        let mut first: Vec<_> = words.map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect();
        let last = first.split_off(first.iter().rposition(|(name, _)| name == "FROM").unwrap());

        Self { first, last }
    }

    fn runs(&self) -> impl Iterator<Item = &str> {
        self.first.iter().filter(|(name, _)| name == "RUN").map(|(_, command)| command.as_str())
    }

    fn health_check(&self) -> Vec<&str> {
        let (_, check) = self.last.iter().find(|(name, _)| name == "HEALTHCHECK").unwrap();
        let (_, words) = check.split_once("CMD ").unwrap();

        words.split('"').skip(1).step_by(2).collect()
    }

    /// Runs words in an image with the variables that it sets, as the user that it names.
    fn command(&self, image: &Path, words: &[&str]) -> Command {
        let value = |wanted: &str| self.last.iter().find(|(name, _)| name == wanted).unwrap().1.as_str();
        let mut command = Command::new("chroot");
        command
            .arg(format!("--userspec={}", value("USER")))
            .arg(image)
            .args(words)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.envs(value("ENV").split(' ').map(|pair| pair.split_once('=').unwrap()));

        command
    }
}

/// Does what the first stage does, and gives for what the program is built.
fn build(dockerfile: &Dockerfile, source: &Path, image: &Path) -> &'static str {
    copy(source);
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image"); // or each run would build it all
    fs::create_dir_all(&kept).unwrap();
    symlink(kept, source.join("target")).unwrap();
    let shell = |command: &str| {
        let command = command.replace("/image", &image.to_string_lossy());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &command])
            .current_dir(source)
            .env("WAY", WAY)
            .env("FEATURES", "")
            .env_remove("CARGO_TARGET_DIR");
        shell
    };
    let mut for_gnu = false;
    for run in dockerfile.runs() {
        if run.starts_with("rustup ") {
            for_gnu = !shell(run).status().is_ok_and(|status| status.success());
            continue;
        }
        let mut command = shell(&if for_gnu { run.replace(MUSL, GNU) } else { run.to_owned() });
        if for_gnu {
            command.env("RUSTFLAGS", "-C target-feature=+crt-static");
        }
        assert!(command.status().unwrap().success(), "{run}");
    }

    if for_gnu { GNU } else { MUSL }
}

/// What git has, and nothing that was made of it.
fn copy(to: &Path) {
    let list = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    for file in String::from_utf8(list.stdout).unwrap().split_terminator('\0') {
        let from = root().join(file);
        if from.exists() {
            fs::create_dir_all(to.join(file).parent().unwrap()).unwrap();
            fs::copy(from, to.join(file)).unwrap();
        }
    }
}

/// All files, by their names from the root.
fn files(folder: &Path, root: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();

    entries.flat_map(|path| if path.is_dir() { files(&path, root) } else { vec![name(path)] }).collect()
}

/// It is killed when it is dropped.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// When it prints its first line, it listens.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, output };
        server.output.read_line(&mut String::new()).unwrap();

        server
    }

    /// As a container's engine ends it; and its exit code.
    fn terminate(&mut self) -> Option<i32> {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());

        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended already
        self.child.wait().ok();
    }
}
