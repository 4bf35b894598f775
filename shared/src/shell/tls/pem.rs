//! Reads a certificate and its key from files in PEM (RFC 7468), and says in one line what is wrong with them.

use std::{fs, io, path::Path, sync::Arc};

use rustls::{
    Error,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::validity::Validity;

/// The certificate in one file, and its key in the other, if the two fit and it is valid now.
pub(super) fn read(cert: &Path, key: &Path) -> io::Result<Arc<CertifiedKey>> {
    let chain = chain(cert)?;
    let own = own_key(key)?;
    let certified = CertifiedKey::from_der(chain, own, &default_provider()).map_err(|error| match error {
        Error::InconsistentKeys(_) => wrong(format!(
            "the key in {} does not fit the first certificate in {}: write the two that were made together, the server's own \
             certificate first",
            key.display(),
            cert.display()
        )),
        error => wrong(format!("{} and {} cannot be used ({error}): have them made anew", cert.display(), key.display())),
    })?;
    let leaf = certified.end_entity_cert().map_err(io::Error::other)?;
    let validity =
        Validity::of(leaf).ok_or_else(|| wrong(format!("{} has no dates that can be read", cert.display())))?;

    validity.check(cert)?;
    Ok(Arc::new(certified))
}

fn chain(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let text = bytes(file, "--tls-cert")?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|_| no_pem(file, "certificate", "x509"))?;

    if !found.is_empty() {
        return Ok(found);
    }
    Err(match PrivateKeyDer::from_pem_slice(&text) {
        Ok(_) => wrong(format!(
            "{} is a key and no certificate: --tls-cert takes the certificate, --tls-key its key; are the two swapped?",
            file.display()
        )),
        Err(_) => no_pem(file, "certificate", "x509"),
    })
}

fn own_key(file: &Path) -> io::Result<PrivateKeyDer<'static>> {
    let text = bytes(file, "--tls-key")?;
    if let Ok(key) = PrivateKeyDer::from_pem_slice(&text) {
        return Ok(key);
    }

    Err(if String::from_utf8_lossy(&text).contains("ENCRYPTED") {
        wrong(format!(
            "the key in {} has a passphrase, which nobody could enter: write it without one, by openssl pkey -in {0} -out FILE",
            file.display()
        ))
    } else if CertificateDer::from_pem_slice(&text).is_ok() {
        wrong(format!(
            "{} is a certificate and no key: --tls-cert takes the certificate, --tls-key its key; are the two swapped?",
            file.display()
        ))
    } else {
        no_pem(file, "private key", "pkey")
    })
}

fn bytes(file: &Path, option: &str) -> io::Result<Vec<u8>> {
    let bytes = fs::read(file).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot read {} ({error}): write with {option} a file that can be", file.display()),
        )
    })?;

    if bytes.trim_ascii().is_empty() {
        return Err(wrong(format!("{} is empty: was it written to its end?", file.display())));
    }
    Ok(bytes)
}

fn no_pem(file: &Path, what: &str, by: &str) -> io::Error {
    wrong(format!(
        "no {what} in PEM can be read in {}: it is text, from a line with BEGIN to one with END; of DER it is made by openssl {by} \
         -inform der -in {0} -out FILE",
        file.display()
    ))
}

fn wrong(line: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, line)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tempfile::TempDir;

    use super::*;

    /// A certificate for these years, and its key, in PEM.
    fn made(from: i32, until: i32) -> [String; 2] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));

        [params.self_signed(&key).unwrap().pem(), key.serialize_pem()]
    }

    /// What is said of files with these texts.
    fn said(cert: &str, key: &str) -> String {
        let folder = TempDir::new().unwrap();
        let files = ["cert", "key"].map(|name| folder.path().join(name));
        for (file, text) in files.iter().zip([cert, key]) {
            fs::write(file, text).unwrap();
        }
        let read = read(&files[0], &files[1]);

        let line = read.map_or_else(|error| error.to_string(), |read| format!("{} certificates", read.cert.len()));
        assert_eq!(line.lines().count(), 1, "{line}");
        line.replace(&folder.path().to_string_lossy().into_owned(), "")
    }

    #[test]
    fn a_certificate_is_read_with_those_that_vouch_for_it() {
        let [cert, key] = made(2020, 2100);
        let [other, _] = made(2020, 2100);

        assert_eq!(said(&cert, &key), "1 certificates");
        assert_eq!(said(&format!("{cert}{other}"), &key), "2 certificates");
        assert_eq!(said(&format!("{key}{cert}"), &format!("{key}{cert}")), "1 certificates", "both in one file");
    }

    /// Each pair of texts, and how the line begins that is said of them.
    fn all_say(pairs: &[(&str, &str, &str)]) {
        for (cert, key, wanted) in pairs {
            let line = said(cert, key);
            assert!(line.starts_with(wanted), "{wanted}\n{line}");
        }
    }

    #[test]
    fn what_is_no_pem_is_one_line_that_says_what_to_do() {
        let [cert, key] = made(2020, 2100);
        let half = &cert[..cert.len() / 2];
        let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

        all_say(&[
            ("", &key, "/cert is empty: was it written to its end?"),
            (" \n", &key, "/cert is empty: was it written to its end?"),
            (&cert, "", "/key is empty: was it written to its end?"),
            ("x", &key, "no certificate in PEM can be read in /cert: "),
            (half, &key, "no certificate in PEM can be read in /cert: "),
            (&cert, "x", "no private key in PEM can be read in /key: "),
            (no_certificate, &key, "/cert and /key cannot be used ("),
        ]);
    }

    #[test]
    fn a_key_that_is_not_the_certificates_is_one_line_that_says_what_to_do() {
        const SWAPPED: &str = "--tls-cert takes the certificate, --tls-key its key; are the two swapped?";
        const OTHER: &str = "the key in /key does not fit the first certificate in /cert: write the two that were made";
        const PASSPHRASE: &str =
            "the key in /key has a passphrase, which nobody could enter: write it without one, by ";
        let [cert, key] = made(2020, 2100);
        let [other, _] = made(2020, 2100);
        let new = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n-----END RSA PRIVATE KEY-----";

        all_say(&[
            (&key, &cert, &format!("/cert is a key and no certificate: {SWAPPED}")),
            (&cert, &cert, &format!("/key is a certificate and no key: {SWAPPED}")),
            (&other, &key, OTHER),
            (&format!("{other}{cert}"), &key, OTHER),
            (&cert, &new, PASSPHRASE),
            (&cert, old, PASSPHRASE),
        ]);
    }

    #[test]
    fn a_certificate_that_is_not_valid_now_is_one_line_that_says_what_to_do() {
        let [expired, expired_key] = made(2019, 2020);
        let [early, early_key] = made(2100, 2101);

        all_say(&[
            (&expired, &expired_key, "the certificate in /cert has expired, on 2020-01-01T00:00:00Z: have it renewed"),
            (
                &early,
                &early_key,
                "the certificate in /cert is valid only from 2100-01-01T00:00:00Z on: is the clock of this machine right?",
            ),
        ]);
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_its_option() {
        let folder = TempDir::new().unwrap();
        let [cert, key] = made(2020, 2100);
        let [nowhere, there] = ["nowhere", "there"].map(|name| folder.path().join(name));
        fs::write(&there, cert + &key).unwrap();

        for (cert, key, option) in [(&nowhere, &there, "--tls-cert"), (&there, &nowhere, "--tls-key")] {
            let line = read(cert, key).unwrap_err().to_string();
            assert!(line.starts_with("cannot read ") && line.contains("nowhere (No such file"), "{line}");
            assert!(line.ends_with(&format!(": write with {option} a file that can be")), "{line}");
        }
        let line = read(folder.path(), &there).unwrap_err().to_string();
        assert!(line.starts_with("cannot read ") && line.lines().count() == 1, "a folder: {line}");
    }
}
