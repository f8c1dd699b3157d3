//! What was freed goes back to the system.
//!
//! glibc keeps small blocks that were freed until the end of its heap is free, which may be never: a program that looked at ten
//! kinds of twenty thousand objects stayed as large as it was (`benches/kinds` measures it). The allocators that give back
//! by themselves keep more while they are used. So it is asked to, when a feed is forgotten: seldom, and beside the loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::spawn_blocking;

/// Asks the allocator to give back what is free.
#[derive(Debug, Clone, Default)]
pub(super) struct Heap {
    asked: Arc<AtomicBool>,
}

impl Heap {
    /// Gives back, soon and in a thread of its own; once for all that was freed until then.
    pub(super) fn give_back(&self) {
        if self.asked.swap(true, Ordering::AcqRel) {
            return;
        }
        let asked = self.asked.clone();
        spawn_blocking(move || {
            asked.store(false, Ordering::Release);
            trim();
        });
    }
}

/// Elsewhere the allocators do it by themselves, or have no such call.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library has no other door, and no well-kept library opens this one")]
fn trim() {
    // SAFETY: `malloc_trim` takes a number and no pointer, gives back only what is free, and takes the locks of the heap itself
    // (malloc_trim(3): MT-Safe).
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
