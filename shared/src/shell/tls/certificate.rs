//! The certificate that a server shows, which may be read again while it serves.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::ring::default_provider,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{pem, validity::Validity};

/// A certificate and its key, and where they came from. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    shown: Arc<Shown>,
}

impl Certificate {
    /// Reads both.
    pub(super) fn read(cert: &Path, key: &Path) -> io::Result<Self> {
        let shown = Arc::new(Shown(RwLock::new(pem::read(cert, key)?)));

        Ok(Self { cert: cert.to_owned(), key: key.to_owned(), shown })
    }

    /// Reads both again: who connects from now on is shown the new one, and what is open goes on.
    pub(in crate::shell) fn read_again(&self) -> io::Result<()> {
        let new = pem::read(&self.cert, &self.key)?;
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = new;

        Ok(())
    }

    /// What a server speaks TLS by. The provider is named: where a workspace has two, rustls would choose none, and panic.
    /// actix-web adds HTTP/2 and HTTP/1.1 for ALPN.
    pub(in crate::shell) fn config(&self) -> io::Result<ServerConfig> {
        let shown: Arc<dyn ResolvesServerCert> = Arc::clone(&self.shown) as _;
        let config = ServerConfig::builder_with_provider(default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;

        Ok(config.with_no_client_auth().with_cert_resolver(shown))
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cert.display())?;
        match self.shown.now().cert.first().and_then(Validity::of) {
            Some(validity) => write!(f, ", valid until {}", validity.until()),
            None => Ok(()),
        }
    }
}

/// What is shown to who connects.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    fn now(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::self_signed::kept, *};

    #[test]
    fn a_renewed_certificate_is_shown_and_one_that_is_not_good_is_not() {
        let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let (cert, key) = kept(Some(one.path())).unwrap();
        let (new_cert, new_key) = kept(Some(two.path())).unwrap();
        let certificate = Certificate::read(&cert, &key).unwrap();
        let shown = || certificate.shown.now().cert.clone();
        let first = shown();

        fs::copy(new_cert, &cert).unwrap();
        certificate.read_again().unwrap_err();
        assert_eq!(shown(), first, "its key is still the old one");
        fs::copy(new_key, &key).unwrap();
        certificate.read_again().unwrap();
        assert_ne!(shown(), first);
    }
}
