//! How a feed goes on after its process: in the same epoch wherever no id can come twice.

use std::fs;

use super::disk::{Disk, Failed, Life};

impl Life {
    /// The life of a feed from now on.
    ///
    /// After an unclean end in another boot of the system, the power may have been cut, and what was not synced be lost: ids that
    /// somebody has seen would be given again. So that is a new epoch, and a gap for all who were there.
    pub(super) fn begin(disk: &mut impl Disk, durable: bool) -> Result<Self, Failed> {
        Self::begin_in(boot(), disk, durable)
    }

    pub(super) fn begin_in(boot: Option<String>, disk: &mut impl Disk, durable: bool) -> Result<Self, Failed> {
        let before = disk.life()?;
        let goes_on = |life: &Self| life.clean || life.durable || (life.boot.is_some() && life.boot == boot);
        let epoch = before.as_ref().filter(|life| goes_on(life)).map(|life| life.epoch);
        if before.is_some() && epoch.is_none() {
            tracing::warn!("the store was not closed, and the power may have been cut since: clients are told a gap");
        }
        let life = Self { epoch: epoch.unwrap_or_else(rand::random), clean: false, durable, boot };
        disk.live(&life)?;

        Ok(life)
    }

    /// Its end.
    pub(super) fn end(self, disk: &mut impl Disk) -> Result<(), Failed> {
        disk.live(&Self { clean: true, ..self })
    }
}

/// The id of this boot (random(4)).
fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}
