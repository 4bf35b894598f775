//! TLS as a browser speaks it to a server of one's own: one certificate is trusted, and the first cipher is Chromium's.

use std::{io, path::Path, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        CipherSuite, ClientConfig, RootCertStore,
        client::Resumption,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// The name in the certificate.
const NAME: &str = "localhost";

/// Asks for one protocol. Each handshake is a whole one, so that all clients cost a server the same.
///
/// # Errors
/// When the certificate cannot be read.
pub(super) fn connector(certificate: &Path, protocol: &[u8]) -> io::Result<TlsConnector> {
    let cannot = |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", certificate.display()));
    let trusted = CertificateDer::from_pem_file(certificate).map_err(|error| cannot(&error))?;
    let mut roots = RootCertStore::empty();
    roots.add(trusted).map_err(|error| cannot(&error))?;
    let mut provider = ring::default_provider();
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);

    let versions = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let mut config = versions.map_err(|error| cannot(&error))?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    config.resumption = Resumption::disabled();

    Ok(TlsConnector::from(Arc::new(config)))
}

/// Does the handshake.
///
/// # Errors
/// When it fails, or the server chose another protocol.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    connector: &TlsConnector,
    stream: S,
    protocol: &[u8],
) -> io::Result<Box<TlsStream<S>>> {
    let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
    let stream = connector.connect(name, stream).await?;
    let chosen = stream.get_ref().1.alpn_protocol().unwrap_or_default();
    if chosen != protocol {
        let [chosen, wanted] = [chosen, protocol].map(String::from_utf8_lossy);
        return Err(io::Error::other(format!("by ALPN the server chose {chosen:?}, not {wanted:?}")));
    }

    Ok(Box::new(stream))
}
