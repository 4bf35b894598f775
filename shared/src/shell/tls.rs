//! TLS: `https` and `wss`, with a certificate of the server's own making, or a real one.

#[cfg(feature = "tls")]
mod anyone;
#[cfg(feature = "tls")]
mod certificate;
#[cfg(feature = "tls")]
mod pem;
#[cfg(feature = "tls")]
mod reload;
#[cfg(feature = "tls")]
mod self_signed;
#[cfg(feature = "tls")]
mod validity;

#[cfg(not(feature = "tls"))]
use std::fmt;
use std::{
    any::Any,
    io::{self, Read, Write},
    net,
    path::PathBuf,
};

use actix_web::rt::net::TcpStream;
use clap::{Args, builder::FalseyValueParser};

#[cfg(feature = "tls")]
pub(crate) use certificate::Certificate;
#[cfg(feature = "tls")]
pub(super) use reload::read_again_on_hangup;
#[cfg(all(feature = "tls", feature = "testing"))]
pub(crate) use self_signed::CERTIFICATE;

/// What can be set of TLS. Without any of it the server speaks in the clear.
#[derive(Args, Clone, Debug, Default)]
pub struct Tls {
    /// Serve https and wss, by a certificate for localhost of its own making; it says where that is and how to trust it
    #[arg(
        id = "tls-self-signed",
        long = "tls-self-signed",
        env = "FIVE_WAYS_TLS_SELF_SIGNED",
        value_parser = FalseyValueParser::new(),
        conflicts_with_all = ["tls-cert", "tls-key"]
    )]
    pub self_signed: bool,
    /// With --tls-self-signed: the folder that keeps the certificate and its key; without, five-ways in the user's own
    #[arg(
        id = "tls-folder",
        long = "tls-folder",
        env = "FIVE_WAYS_TLS_FOLDER",
        value_name = "FOLDER",
        requires = "tls-self-signed"
    )]
    pub folder: Option<PathBuf>,
    /// Serve https and wss, by the certificate in this file, in PEM, with those that vouch for it below; SIGHUP reads it again
    #[arg(id = "tls-cert", long = "tls-cert", env = "FIVE_WAYS_TLS_CERT", value_name = "FILE", requires = "tls-key")]
    pub cert: Option<PathBuf>,
    /// With --tls-cert: the file with the key of the certificate, in PEM, without a passphrase
    #[arg(id = "tls-key", long = "tls-key", env = "FIVE_WAYS_TLS_KEY", value_name = "FILE", requires = "tls-cert")]
    pub key: Option<PathBuf>,
}

impl Tls {
    /// Whether the server speaks TLS.
    pub fn is_on(&self) -> bool {
        self.self_signed || self.cert.is_some()
    }

    /// The scheme of the server's addresses.
    pub fn scheme(&self) -> &'static str {
        if self.is_on() { "https" } else { "http" }
    }

    /// The options as they are said on a command line.
    pub(super) fn said(&self) -> impl Iterator<Item = String> {
        let files = [("folder", &self.folder), ("cert", &self.cert), ("key", &self.key)];
        let said =
            files.into_iter().filter_map(|(name, file)| Some(format!("--tls-{name} {}", file.as_ref()?.display())));

        self.self_signed.then(|| "--tls-self-signed".to_owned()).into_iter().chain(said)
    }
}

/// There is none without TLS built in.
#[cfg(not(feature = "tls"))]
#[derive(Debug)]
pub(super) enum Certificate {}

#[cfg(not(feature = "tls"))]
impl fmt::Display for Certificate {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// The certificate that the options ask for, if they do.
///
/// # Errors
/// One line that says what is wrong with it, or how to get TLS where it is not built in.
#[cfg(feature = "tls")]
pub(crate) fn certificate(options: &Tls) -> io::Result<Option<Certificate>> {
    match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => Certificate::read(cert, key).map(Some),
        _ if options.self_signed => {
            let (cert, key) = self_signed::kept(options.folder.as_deref())?;
            Certificate::read(&cert, &key).map(Some)
        }
        _ => Ok(None),
    }
}

/// None is asked for, or the line that says how to get TLS.
#[cfg(not(feature = "tls"))]
pub(super) fn certificate(options: &Tls) -> io::Result<Option<Certificate>> {
    if options.is_on() { Err(not_built_in(options)) } else { Ok(None) }
}

#[cfg(not(feature = "tls"))]
fn not_built_in(options: &Tls) -> io::Error {
    let name = if options.self_signed { "tls-self-signed" } else { "tls-cert" };

    io::Error::other(super::lacking::not_built_in(name, "tls"))
}

/// Says which certificate is shown, and of one of its own making what to do so that it is trusted.
pub(super) fn tell(certificate: Option<&Certificate>, options: &Tls) {
    let Some(certificate) = certificate else { return };
    if options.self_signed {
        tracing::info!(
            "its certificate is {certificate}: curl trusts it by --cacert and this file; a browser warns once, and goes on \
             by Advanced, or trusts it once the file is imported as a certificate"
        );
    } else {
        tracing::info!("its certificate is {certificate}");
    }
}

/// A connection on which a server with these options is asked, whoever it is.
pub(super) fn speak(stream: net::TcpStream, options: &Tls) -> io::Result<Box<dyn Line>> {
    if !options.is_on() {
        return Ok(Box::new(stream));
    }
    #[cfg(feature = "tls")]
    return anyone::speak(stream).map(|line| Box::new(line) as _);
    #[cfg(not(feature = "tls"))]
    Err(not_built_in(options))
}

/// What is written to, and read from.
pub(super) trait Line: Read + Write {}

impl<L: Read + Write> Line for L {}

/// The socket below a connection, which may speak TLS.
pub(super) fn socket(connection: &dyn Any) -> Option<&TcpStream> {
    #[cfg(feature = "tls")]
    if let Some(secure) = connection.downcast_ref::<actix_tls::accept::rustls_0_23::TlsStream<TcpStream>>() {
        return Some(secure.get_ref().0);
    }

    connection.downcast_ref()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[cfg(not(feature = "tls"))]
    use super::certificate;
    use crate::shell::{Options, Transport, read};

    const PIGEON: Transport = Transport {
        name: "pigeon",
        title: "Pigeon",
        about: "",
        port: 8199,
        options: Vec::new,
        routes: |_, _| {},
        upgrades: &[],
        silence: Duration::MAX,
    };

    fn options(line: &str) -> Option<Options> {
        read(&PIGEON, ["pigeon"].into_iter().chain(line.split_whitespace())).ok()
    }

    #[test]
    fn a_server_speaks_tls_when_it_is_told_by_which_certificate() {
        for (line, scheme) in [
            ("", "http"),
            ("--tls-self-signed", "https"),
            ("--tls-self-signed --tls-folder a", "https"),
            ("--tls-cert a --tls-key b", "https"),
        ] {
            let options = options(line).unwrap();

            assert_eq!(options.scheme(), scheme, "{line}");
            assert_eq!(options.tls.said().collect::<Vec<_>>().join(" "), line);
        }
    }

    #[test]
    fn there_is_one_certificate_and_it_is_whole() {
        for wrong in ["--tls-cert a", "--tls-key b", "--tls-folder a", "--tls-self-signed --tls-cert a --tls-key b"] {
            assert!(options(wrong).is_none(), "{wrong}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn what_is_not_built_in_says_how_to_get_it() {
        for (line, name) in [("--tls-self-signed", "tls-self-signed"), ("--tls-cert a --tls-key b", "tls-cert")] {
            let says = certificate(&options(line).unwrap().tls).unwrap_err().to_string();

            let wanted = format!("--{name} is not built in: write --features tls before the --, and start it again");
            assert_eq!(says, wanted);
        }
    }
}
