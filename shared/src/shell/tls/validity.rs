//! From when and until when a certificate is valid.

use std::{
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

/// The two dates of a certificate, in seconds since 1970. rustls serves an expired one without a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validity {
    from: u64,
    until: u64,
}

impl Validity {
    /// The dates are what webpki complains of, at the beginning of time and at its end, before it looks at anything else.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let complaint = |at| {
            let at = UnixTime::since_unix_epoch(Duration::from_secs(at));
            certificate.verify_for_usage(&[], &[], &[], at, KeyUsage::server_auth(), None, None).err()
        };
        let from = match complaint(0) {
            Some(Error::CertNotValidYet { not_before, .. }) => not_before.as_secs(),
            _ => 0,
        };
        let Some(Error::CertExpired { not_after, .. }) = complaint(u64::MAX) else {
            return None;
        };

        Some(Self { from, until: not_after.as_secs() })
    }

    /// One line, unless it is valid now.
    pub(super) fn check(self, file: &Path) -> io::Result<()> {
        let now = now();
        let file = file.display();

        let line = if now > self.until {
            format!("the certificate in {file} has expired, on {}: have it renewed", date(self.until))
        } else if now < self.from {
            format!(
                "the certificate in {file} is valid only from {} on: is the clock of this machine right?",
                date(self.from)
            )
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::InvalidData, line))
    }

    /// How long it is valid from now on.
    pub(super) fn left(self) -> Duration {
        Duration::from_secs(self.until.saturating_sub(now()))
    }

    /// The last moment, as a person reads it.
    pub(super) fn until(self) -> String {
        date(self.until)
    }
}

/// In seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn date(second: u64) -> String {
    let second = i64::try_from(second).unwrap_or(i64::MAX);

    Timestamp::from_second(second).unwrap_or(Timestamp::MAX).to_string()
}
