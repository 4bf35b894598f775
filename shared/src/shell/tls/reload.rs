//! A certificate that is renewed, while the server goes on.

use super::certificate::Certificate;
use crate::Readers;

/// Until the stop, reads the certificate again at each SIGHUP, which is heard from this call on. One that is not good is told
/// in one line, and the old one stays.
#[cfg(unix)]
pub(in crate::shell) fn read_again_on_hangup(
    certificate: Certificate,
    readers: Readers,
) -> impl Future<Output = ()> + use<> {
    use tokio::signal::unix::{SignalKind, signal};
    let hangups = signal(SignalKind::hangup());

    async move {
        let mut hangups = match hangups {
            Ok(hangups) => hangups,
            Err(error) => {
                return tracing::warn!(%error, "SIGHUP cannot be heard: start again to have the certificate read again");
            }
        };
        loop {
            tokio::select! {
                _ = hangups.recv() => read_again(&certificate),
                () = readers.stopped() => return,
            }
        }
    }
}

/// There is no such signal.
#[cfg(not(unix))]
pub(in crate::shell) async fn read_again_on_hangup(_: Certificate, _: Readers) {}

#[cfg(unix)]
fn read_again(certificate: &Certificate) {
    match certificate.read_again() {
        Ok(()) => tracing::info!("who connects now is shown the certificate in {certificate}"),
        Err(error) => tracing::error!("the old certificate stays: {error}"),
    }
}
