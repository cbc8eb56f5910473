//! Whether a model's weights fit into memory.
//!
//! Does not know what the memory is for.

use sysinfo::System;

use super::error::EngineError;

/// Bytes that the system can give this process; a container's limit counts.
pub(super) fn available() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let free = system.available_memory();
    system
        .cgroup_limits()
        .map_or(free, |limits| free.min(limits.free_memory))
}

/// Refuses weights that are larger than the memory.
pub(super) fn check(needed: u64, available: u64) -> Result<(), EngineError> {
    // A system that does not tell (0) is not a system without memory.
    if available == 0 || needed <= available {
        Ok(())
    } else {
        Err(EngineError::OutOfMemory { needed, available })
    }
}
