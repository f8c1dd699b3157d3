//! Panics and errors, as they are told to the user: after the terminal was given back, to a standard error that may
//! be gone.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use color_eyre::config::HookBuilder;
use color_eyre::eyre::Result;

use super::session::Restore;

/// Where a panic finds the terminal that it must give back.
#[derive(Debug, Clone, Default)]
pub struct Rescue(Arc<Mutex<Option<Restore>>>);

impl Rescue {
    /// From now on a panic gives this terminal back.
    pub fn protect(&self, restore: Restore) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(restore);
    }

    /// Gives the terminal back now.
    pub fn restore(&self) {
        // A panic while the lock is held must not wait for itself.
        if let Ok(restore) = self.0.try_lock()
            && let Some(restore) = restore.as_ref()
        {
            restore.now();
        }
    }
}

/// Installs the hooks for panics and errors, once, at the start of the process.
pub fn install() -> Result<Rescue> {
    let rescue = Rescue::default();
    let (panics, errors) = HookBuilder::default().display_env_section(false).try_into_hooks()?;
    errors.install()?;
    let on_panic = rescue.clone();
    std::panic::set_hook(Box::new(move |panic| {
        on_panic.restore();
        // Not `eprintln!`: a panic in here, over a terminal that is gone, would abort with a core dump.
        let _ = writeln!(std::io::stderr(), "{}", panics.panic_report(panic));
    }));
    Ok(rescue)
}
