//! How much CPU a server's threads have taken.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::lock::lock;

/// The threads of one server, also of those that it had before a restart. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Threads {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Of threads that are no more.
    ended: Duration,
    /// What each had taken when it was last looked at, by its folder in /proc.
    running: HashMap<String, Duration>,
}

/// A thread that counts, until it ends.
#[derive(Debug)]
struct Enlisted {
    threads: Threads,
    folder: String,
}

thread_local! {
    /// Dropped when the thread ends, and still by that thread: nobody need look at it before.
    static ENLISTED: RefCell<Vec<Enlisted>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Enlisted {
    fn drop(&mut self) {
        let mut inner = lock(&self.threads.inner);
        if let Some(before) = inner.running.remove(&self.folder) {
            inner.ended += time_on_cpu(&self.folder).unwrap_or(before);
        }
    }
}

impl Threads {
    /// Counts the thread that calls.
    pub(super) fn enlist(&self) {
        let Ok(folder) = fs::read_link("/proc/thread-self") else {
            return; // this system does not say
        };
        let folder = format!("/proc/{}", folder.display());
        lock(&self.inner).running.insert(folder.clone(), Duration::ZERO);
        ENLISTED.with_borrow_mut(|enlisted| enlisted.push(Enlisted { threads: self.clone(), folder }));
    }

    /// The CPU time of all, as the kernel counts it; `None` where it does not say. It never decreases.
    pub(super) fn cpu(&self) -> Option<Duration> {
        let mut inner = lock(&self.inner);
        let Inner { ended, running } = &mut *inner;
        running.retain(|folder, taken| match time_on_cpu(folder) {
            Some(now) => {
                *taken = now;
                true
            }
            None => {
                *ended += *taken;
                false
            }
        });
        let any = !running.is_empty() || !ended.is_zero();

        any.then(|| *ended + running.values().sum::<Duration>())
    }
}

/// The first number of `schedstat`: nanoseconds on a CPU.
fn time_on_cpu(folder: &str) -> Option<Duration> {
    let text = fs::read_to_string(format!("{folder}/schedstat")).ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;

    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_has_ended_still_counts() {
        let threads = Threads::default();
        let here = threads.clone();
        std::thread::spawn(move || {
            here.enlist();
            while here.cpu().is_none_or(|taken| taken < Duration::from_millis(5)) {} // it works
        })
        .join()
        .unwrap();

        let once = threads.cpu().unwrap();

        assert!(once >= Duration::from_millis(5), "{once:?}");
        assert_eq!(threads.cpu(), Some(once));
    }

    #[test]
    fn a_thread_that_ends_before_anybody_looks_counts() {
        let threads = Threads::default();
        let here = threads.clone();
        std::thread::spawn(move || {
            here.enlist();
            while time_on_cpu("/proc/thread-self").is_none_or(|taken| taken < Duration::from_millis(5)) {} // it works
        })
        .join()
        .unwrap();

        let taken = threads.cpu().unwrap();

        assert!(taken >= Duration::from_millis(5), "{taken:?}");
    }
}
