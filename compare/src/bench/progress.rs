//! How far it is: a bar on the terminal, and nothing where there is none.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for all of it.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many steps.
    pub(crate) fn of(steps: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}, {elapsed} of about {duration}  {msg}");
        let bar = ProgressBar::new(steps);

        Self(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar, // the usual one
        })
    }

    /// What comes now.
    pub(crate) fn now(&self, what: &str) {
        self.0.set_message(what.to_owned());
        self.0.tick();
    }

    /// A step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// So many steps will not come.
    pub(crate) fn leave_out(&self, steps: u64) {
        self.0.dec_length(steps);
    }

    /// Something to say at once, above the bar.
    pub(crate) fn say(&self, line: &str) {
        self.0.suspend(|| eprintln!("{line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
