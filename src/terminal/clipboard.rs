//! Copies out to the clipboard of the user's terminal. Never reads it.
//!
//! Outside tmux by OSC 52, which also works over SSH. tmux drops OSC 52 by default, raw and wrapped, while its own
//! `load-buffer -w` works in every setting. Nothing answers OSC 52, so its outcome is "sent", not "copied".

use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::model::text::clean;

/// The way to the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An escape sequence to the terminal.
    Osc52,
    /// The command of the tmux around the program.
    Tmux,
}

/// A copy that succeeded, as far as can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How it went.
    pub way: Way,
    /// Bytes of text.
    pub bytes: usize,
}

/// Why nothing was copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to copy.
    #[error("nothing to copy")]
    Empty,
    /// Terminals drop longer ones without a word.
    #[error(
        "{bytes} bytes are too long for the clipboard of a terminal ({limit} at most); write a file instead"
    )]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest.
        limit: usize,
    },
    /// The terminal is known to have no way to the clipboard.
    #[error("this terminal passes nothing to the clipboard; write a file instead")]
    NoWay,
    /// tmux said no.
    #[error("tmux did not take it: {0}")]
    Tmux(String),
}

/// The longest text that common terminals take: a sequence of 100,000 bytes, three quarters of it text.
const OSC52_LIMIT: usize = 74_000;
const TMUX_LIMIT: usize = 1 << 20;
const TMUX_DEADLINE: Duration = Duration::from_secs(3);

/// The way to the clipboard in this environment, if there is one.
pub fn way(env: impl Fn(&str) -> Option<String>) -> Result<Way, CopyError> {
    let term = env("TERM").unwrap_or_default();
    if env("TMUX").is_some_and(|value| !value.is_empty()) {
        Ok(Way::Tmux)
    } else if term.starts_with("screen") || ["linux", "dumb", ""].contains(&term.as_str()) {
        Err(CopyError::NoWay)
    } else {
        Ok(Way::Osc52)
    }
}

/// The text as it may leave: line breaks stay, every other control character becomes a visible mark, so that what is
/// pasted into a shell is what was seen.
pub fn cleaned(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// The bytes that ask the terminal to put `text` into its clipboard.
pub fn osc52(text: &str) -> Result<Vec<u8>, CopyError> {
    let text = checked(text, OSC52_LIMIT)?;
    Ok(format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)).into_bytes())
}

/// Gives `text` to tmux, for its buffer and for the clipboard of the terminal around it.
pub async fn tmux(text: &str) -> Result<Copied, CopyError> {
    load_buffer("tmux", text).await
}

async fn load_buffer(program: &str, text: &str) -> Result<Copied, CopyError> {
    let text = checked(text, TMUX_LIMIT)?;
    let work = async {
        let mut child = Command::new(program)
            .args(["load-buffer", "-w", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A tmux that does not read it says why, and fails.
            let _ = stdin.write_all(text.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    match tokio::time::timeout(TMUX_DEADLINE, work).await {
        Err(_) => Err(CopyError::Tmux("no answer".into())),
        Ok(Err(error)) => Err(CopyError::Tmux(error.to_string())),
        Ok(Ok(output)) if output.status.success() => Ok(Copied { way: Way::Tmux, bytes: text.len() }),
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(CopyError::Tmux(clean(said.trim()).into_owned()))
        }
    }
}

fn checked(text: &str, limit: usize) -> Result<String, CopyError> {
    let text = cleaned(text);
    match text.len() {
        0 => Err(CopyError::Empty),
        bytes if bytes > limit => Err(CopyError::TooLong { bytes, limit }),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_way() {
        for (term, tmux, expected) in [
            ("xterm-256color", None, Ok(Way::Osc52)),
            ("screen-256color", Some("/tmp/tmux-0/default,1,0"), Ok(Way::Tmux)),
            ("screen", None, Err(CopyError::NoWay)),
            ("linux", None, Err(CopyError::NoWay)),
        ] {
            let env = |name: &str| if name == "TERM" { Some(term) } else { tmux }.map(str::to_owned);
            assert_eq!(way(env), expected, "{term}");
        }
    }

    #[test]
    fn asks_the_terminal() {
        assert_eq!(osc52("api-1\nx").unwrap(), b"\x1b]52;c;YXBpLTEKeA==\x1b\\");
        assert_eq!(osc52(""), Err(CopyError::Empty));
        assert!(matches!(osc52(&"x".repeat(80_000)), Err(CopyError::TooLong { bytes: 80_000, .. })));
    }

    #[test]
    fn what_leaves_is_clean() {
        assert_eq!(cleaned("a\x1b[201~rm\r\nb\u{202e}c\n"), "a␛[201~rm\nb�c");
    }

    #[tokio::test]
    async fn asks_tmux() {
        // Two programs that stand for a tmux that takes everything and one that takes nothing.
        assert_eq!(load_buffer("true", "abc").await, Ok(Copied { way: Way::Tmux, bytes: 3 }));
        assert!(matches!(load_buffer("false", "abc").await, Err(CopyError::Tmux(_))));
        let missing = load_buffer("/nonexistent/tmux", "abc").await;
        assert!(matches!(missing, Err(CopyError::Tmux(said)) if said.contains("No such file")));
    }
}
