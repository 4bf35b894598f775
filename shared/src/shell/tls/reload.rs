//! A certificate that is renewed, while the server goes on.

use super::certificate::Certificate;
use crate::Readers;

/// Until the stop, reads the certificate again at each SIGHUP. One that is not good is told in one line, and the old one stays.
pub(in crate::shell) async fn read_again_on_hangup(certificate: Certificate, readers: Readers) {
    tokio::select! {
        () = on_hangup(|| read_again(&certificate)) => {}
        () = readers.stopped() => {}
    }
}

fn read_again(certificate: &Certificate) {
    match certificate.read_again() {
        Ok(()) => tracing::info!("who connects now is shown the new certificate, {certificate}"),
        Err(error) => tracing::error!(%error, "the old certificate stays"),
    }
}

#[cfg(unix)]
async fn on_hangup(mut then: impl FnMut()) {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::hangup()) {
        Ok(mut hangups) => {
            while hangups.recv().await.is_some() {
                then();
            }
        }
        Err(error) => tracing::warn!(%error, "SIGHUP cannot be heard"),
    }
}

/// There is no such signal.
#[cfg(not(unix))]
async fn on_hangup(_: impl FnMut()) {
    std::future::pending().await
}
