//! The real program in a terminal: keys in, screen and bytes out, and what the kernel says of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A program in a terminal of its own.
pub struct Program {
    child: Child,
    keys: File,
    seen: Arc<Seen>,
}

struct Seen {
    shown: Mutex<Shown>,
    changed: Condvar,
}

/// What the terminal shows.
pub struct Shown {
    terminal: vt100::Parser,
    /// Bytes that came, all in all.
    pub bytes: u64,
    /// When the last came.
    pub at: Instant,
    ended: bool,
}

impl Shown {
    /// The rows of the screen.
    pub fn rows(&self) -> Vec<String> {
        let (_, width) = self.terminal.screen().size();
        self.terminal.screen().rows(0, width.get()).collect()
    }

    /// Whether the header says that everything is there.
    pub fn live(&self) -> bool {
        self.rows().first().is_some_and(|row| row.trim_end().ends_with("live"))
    }

    /// The row under the cursor, without the sign of a change.
    pub fn under_cursor(&self) -> Option<String> {
        let rows = self.rows();
        let row = rows.iter().find(|row| row.starts_with('>'))?;
        Some(row.chars().skip(2).take_while(|c| *c != '/').take(40).collect())
    }
}

impl Program {
    /// Starts it on a terminal of this size.
    pub fn start(program: &Path, kubeconfig: &Path, width: u16, height: u16) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let line = OpenOptions::new().read(true).write(true).open(path)?;
        tcsetwinsize(&line, Winsize { ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 })?;
        let home = kubeconfig.parent().unwrap_or(kubeconfig);
        let child = Command::new(program)
            .args(["--all-namespaces", "--color", "256", "--kubeconfig"])
            .arg(kubeconfig)
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home)
            .env_remove("NO_COLOR")
            .stdin(line.try_clone()?)
            .stdout(line.try_clone()?)
            .stderr(line)
            .spawn()?;
        let size = |n: u16| NonZeroU16::new(n).ok_or(io::ErrorKind::InvalidInput);
        let terminal = vt100::Parser::new(size(height)?, size(width)?, 0);
        let shown = Shown { terminal, bytes: 0, at: Instant::now(), ended: false };
        let seen = Arc::new(Seen { shown: Mutex::new(shown), changed: Condvar::new() });
        let keys = File::from(master);
        let (mut screen, watching) = (keys.try_clone()?, seen.clone());
        thread::spawn(move || {
            let mut bytes = vec![0; 64 << 10];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                let at = Instant::now();
                let mut shown = watching.shown();
                shown.terminal.process(&bytes[..count]);
                shown.bytes += count as u64;
                shown.at = at;
                drop(shown);
                watching.changed.notify_all();
            }
            watching.shown().ended = true;
            watching.changed.notify_all();
        });
        Ok(Self { child, keys, seen })
    }

    /// Presses keys.
    pub fn keys(&mut self, keys: &str) -> io::Result<()> {
        self.keys.write_all(keys.as_bytes())
    }

    /// Waits until the screen is as wanted, and says when it became so.
    pub fn until(&self, what: &str, mut wanted: impl FnMut(&Shown) -> bool) -> io::Result<Instant> {
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut shown = self.seen.shown();
        while !wanted(&shown) {
            let left = deadline.saturating_duration_since(Instant::now());
            if shown.ended || left.is_zero() {
                let rows = shown.rows().join("\n");
                return Err(io::Error::other(format!("waited in vain for {what}; the screen:\n{rows}")));
            }
            let (next, _) =
                self.seen.changed.wait_timeout(shown, left).unwrap_or_else(PoisonError::into_inner);
            shown = next;
        }
        Ok(shown.at)
    }

    /// Waits until nothing has been drawn for so long.
    pub fn quiet(&self, pause: Duration) {
        loop {
            let since = self.shown().at.elapsed();
            if since >= pause {
                return;
            }
            thread::sleep(pause - since);
        }
    }

    /// Waits until the process has nothing to do.
    pub fn at_rest(&self) -> io::Result<()> {
        loop {
            let before = self.cpu()?;
            thread::sleep(Duration::from_millis(250));
            if self.cpu()? - before < Duration::from_millis(1) {
                return Ok(());
            }
        }
    }

    /// What is shown.
    pub fn shown(&self) -> MutexGuard<'_, Shown> {
        self.seen.shown()
    }

    /// CPU time of all its threads, to the nanosecond (`/proc/PID/stat` counts in ticks).
    pub fn cpu(&self) -> io::Result<Duration> {
        let mut sum = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
            let nanos = text.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default();
            sum += Duration::from_nanos(nanos);
        }
        Ok(sum)
    }

    /// Resident memory in KiB: now, and at its peak.
    pub fn memory(&self) -> io::Result<(u64, u64)> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
        };
        Ok((value("VmRSS:"), value("VmHWM:")))
    }
}

impl Seen {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
