//! A certificate that the server makes for itself, and keeps.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::{
    pem,
    validity::{Validity, now},
};

/// The file of the certificate, in the folder that keeps it.
pub(crate) const CERTIFICATE: &str = "localhost.pem";
const KEY: &str = "localhost.key";
/// Whoever makes a certificate has this file locked: two servers that start at once are to have the same.
const LOCK: &str = "localhost.lock";
/// Whom it is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// It is made anew when it is valid for less.
const SOON: Duration = DAY.saturating_mul(30);

/// The files of the certificate and its key. Both are made if there are none, or none that is good for long: a new one
/// would cut off each page that trusts the old one.
pub(super) fn kept(folder: Option<&Path>) -> io::Result<(PathBuf, PathBuf)> {
    let folder = folder.map_or_else(usual_folder, |folder| Ok(folder.to_owned()))?;
    let files = (folder.join(CERTIFICATE), folder.join(KEY));
    if is_good(&files) {
        return Ok(files);
    }

    let made = in_turn(&folder, || if is_good(&files) { Ok(()) } else { make(&files) });
    made.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!(
                "no certificate can be kept in {} ({error}): choose another folder with --tls-folder",
                folder.display()
            ),
        )
    })?;
    Ok(files)
}

fn usual_folder() -> io::Result<PathBuf> {
    let of_home = || env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".local").join("share"));
    let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|data| data.is_absolute()).or_else(of_home);

    data.map(|data| data.join("five-ways")).ok_or_else(|| {
        io::Error::other("this user has no home to keep a certificate in: choose a folder with --tls-folder")
    })
}

fn is_good((cert, key): &(PathBuf, PathBuf)) -> bool {
    let validity = pem::read(cert, key).ok().and_then(|read| Validity::of(read.cert.first()?));

    validity.is_some_and(|validity| validity.left() > SOON)
}

/// Does it while nobody else does.
fn in_turn(folder: &Path, make: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let lock = fs::File::create(folder.join(LOCK))?;
    lock.lock()?; // until it is dropped

    make()
}

fn make((cert, key): &(PathBuf, PathBuf)) -> io::Result<()> {
    let was_there = cert.exists();
    let pair = KeyPair::generate().map_err(io::Error::other)?;
    let made = params().and_then(|params| params.self_signed(&pair)).map_err(io::Error::other)?;
    write(key, &pair.serialize_pem())?;
    write(cert, &made.pem())?;

    if was_there {
        tracing::warn!(
            "the certificate in {} was not good for long, and is made anew: what trusted the old one must trust it",
            cert.display()
        );
    }
    Ok(())
}

fn params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    let today = date_time_ymd(1970, 1, 1) + Duration::from_secs(now());
    params.not_before = today - DAY; // a clock may be slow
    params.not_after = today + DAY * 365;
    params.distinguished_name.push(DnType::CommonName, "five-ways on localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];

    Ok(params)
}

/// Writes a file that only its owner can read. There is the old one, or the whole new one.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let new = file.with_added_extension("new");
    fs::remove_file(&new).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writer = options.open(&new)?;
    writer.write_all(text.as_bytes())?;
    writer.sync_all()?;

    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tempfile::TempDir;

    use super::*;

    fn texts(folder: &Path) -> [String; 2] {
        let (cert, key) = kept(Some(folder)).unwrap();

        [cert, key].map(|file| fs::read_to_string(file).unwrap())
    }

    #[test]
    fn it_is_kept_and_its_key_is_its_owners() {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("new").join("er");

        let first = texts(&folder);

        assert_eq!(texts(&folder), first);
        let left =
            Validity::of(&pem::read(&folder.join(CERTIFICATE), &folder.join(KEY)).unwrap().cert[0]).unwrap().left();
        assert!(left > DAY * 364 && left <= DAY * 365, "{left:?}");
        #[cfg(unix)]
        for (file, mode) in [(folder.clone(), 0o700), (folder.join(KEY), 0o600)] {
            let permissions = fs::metadata(file).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, mode);
        }
    }

    #[test]
    fn one_that_is_not_good_for_long_is_made_anew() {
        let home = TempDir::new().unwrap();
        let folder = home.path();
        let [_, good] = texts(folder);
        let pair = KeyPair::generate().unwrap();
        let mut soon = params().unwrap();
        soon.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(now()) + SOON - DAY;
        let soon = soon.self_signed(&pair).unwrap().pem();

        for (cert, key) in [(&*soon, pair.serialize_pem()), (&*soon, good), ("", String::new()), ("x", "y".to_owned())]
        {
            fs::write(folder.join(CERTIFICATE), cert).unwrap();
            fs::write(folder.join(KEY), key).unwrap();
            let anew = texts(folder);
            assert_ne!(anew[0], cert);
            assert_eq!(texts(folder), anew, "and kept");
        }
    }

    #[test]
    fn servers_that_start_at_once_have_the_same() {
        let home = TempDir::new().unwrap();
        let start = || {
            thread::scope(|scope| {
                let all = [(); 8].map(|()| scope.spawn(|| texts(home.path())));
                all.map(|one| one.join().unwrap())
            })
        };

        let all = start();

        assert!(all.iter().all(|one| *one == all[0]));
    }

    #[test]
    fn a_folder_that_cannot_be_is_one_line_that_says_what_to_do() {
        let home = TempDir::new().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();

        let line = kept(Some(&file)).unwrap_err().to_string();

        assert!(line.contains("choose another folder with --tls-folder") && line.lines().count() == 1, "{line}");
    }
}
