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
