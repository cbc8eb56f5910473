//! Whether a model's weights fit into memory, or onto a disk.
//!
//! Does not know what the room is for.

use std::path::Path;

use sysinfo::{Disk, Disks, System};

use super::error::EngineError;

/// Bytes that the system can give this process; a container's limit counts. `None` where the system does not tell.
pub(super) fn available() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    if system.total_memory() == 0 {
        return None;
    }
    let free = system.available_memory();
    // Not the container's own figure of what is free: it counts cached files, which would make room.
    let limit = |limits: sysinfo::CGroupLimits| limits.total_memory.saturating_sub(limits.rss);
    Some(
        system
            .cgroup_limits()
            .map_or(free, |limits| free.min(limit(limits))),
    )
}

/// Refuses weights that are larger than the memory.
pub(super) fn check(needed: u64, available: Option<u64>) -> Result<(), EngineError> {
    match available {
        Some(available) if needed > available => {
            Err(EngineError::OutOfMemory { needed, available })
        }
        _ => Ok(()),
    }
}

/// Bytes that are free on the disk of a path, of which the last parts need not exist; `None` where the system does not tell.
#[must_use]
pub fn free_on_disk(path: &Path) -> Option<u64> {
    let real = path.ancestors().find_map(|path| path.canonicalize().ok())?;
    let disks = Disks::new_with_refreshed_list();
    let disks = disks.iter();
    let own = disks.filter(|disk| real.starts_with(disk.mount_point()));
    let nearest = own.max_by_key(|disk| disk.mount_point().as_os_str().len());
    nearest.map(Disk::available_space)
}
