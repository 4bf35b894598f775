//! TLS, as a client speaks it that trusts one certificate.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use crate::shell::{CERTIFICATE, Tls};

/// Trusts the certificate of a server with these options.
pub(super) fn trust(options: &Tls) -> Option<Arc<ClientConfig>> {
    let own = options.folder.as_ref().map(|folder| folder.join(CERTIFICATE));

    options.cert.clone().or(own).map(|file| trusting(&file))
}

/// Trusts the certificate in this file.
pub(super) fn trusting(file: &Path) -> Arc<ClientConfig> {
    let certificate = CertificateDer::from_pem_file(file).expect("it was made before the server began to listen");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("it is a certificate");
    let versions = ClientConfig::builder_with_provider(default_provider().into());
    let versions = versions.with_safe_default_protocol_versions().expect("ring has them");
    let mut config = versions.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];

    Arc::new(config)
}

/// The client's half of a TLS connection. Clones are the same: one may read while another writes.
#[derive(Clone, Debug)]
pub(super) struct Secure(Arc<Mutex<ClientConnection>>);

impl Secure {
    /// Does the handshake.
    pub(super) fn shake_hands(stream: &mut TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let mut connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
        connection.set_buffer_limit(None); // what is to be sent is sent at once
        while connection.is_handshaking() || connection.wants_write() {
            connection.complete_io(stream)?;
        }

        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// What to send so that these bytes arrive.
    pub(super) fn encrypt(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection.writer().write_all(bytes)?;

        Ok(to_send(&mut connection))
    }

    /// What to send so that the server knows that nothing more comes.
    pub(super) fn goodbye(&self) -> Vec<u8> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection.send_close_notify();

        to_send(&mut connection)
    }

    /// Adds to `plain` what has come.
    pub(super) fn decrypt(&self, mut bytes: &[u8], plain: &mut Vec<u8>) -> io::Result<()> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !bytes.is_empty() {
            connection.read_tls(&mut bytes)?;
            let state = connection.process_new_packets().map_err(io::Error::other)?;
            let mut part = vec![0; state.plaintext_bytes_to_read()];
            connection.reader().read_exact(&mut part)?;
            plain.extend(part);
        }

        Ok(())
    }
}

fn to_send(connection: &mut ClientConnection) -> Vec<u8> {
    let mut bytes = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut bytes).expect("a vector takes it");
    }

    bytes
}
