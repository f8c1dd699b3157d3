//! A process in a container: what it says, what is said to it, and how it ends.
//!
//! The API's remote command protocol, `v5.channel.k8s.io`, and `v4` of older servers, which cannot say that the input has ended.

use bytes::Bytes;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use serde::Serialize;

use super::frames::{Frame, Frames, Outgoing};
use crate::cluster::trouble::tidy;
use crate::model::remote::End;
use crate::model::trouble::{Trouble, TroubleKind};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;
/// The error stream says one `Status`; what is longer is none.
const LONGEST: usize = 1 << 20;

/// A process that runs, or did. Dropping it, or its [`Output`], ends the connection; most runtimes leave the process alone then.
pub struct Remote {
    /// What is said to it.
    pub input: Input,
    /// What it says.
    pub output: Output,
}

impl Remote {
    pub(super) fn new(frames: Frames, closes: bool) -> Self {
        let input = Input { frames: frames.outgoing(), closes };
        Self { input, output: Output { frames, said: Vec::new() } }
    }
}

/// Writes to a process.
#[derive(Debug, Clone)]
pub struct Input {
    frames: Outgoing,
    closes: bool,
}

impl Input {
    /// Waits until something can be sent without waiting. Cancel safe.
    pub async fn ready(&self) {
        self.frames.ready().await;
    }

    /// Sends bytes as they are; whether the connection still takes any.
    pub async fn send(&self, bytes: &[u8]) -> bool {
        self.frames.send(STDIN, bytes).await
    }

    /// Tells the size of the terminal in columns and rows.
    pub async fn resize(&self, (width, height): (u16, u16)) -> bool {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Size {
            width: u16,
            height: u16,
        }
        match serde_json::to_vec(&Size { width, height }) {
            Ok(size) => self.frames.send(RESIZE, &size).await,
            Err(_) => true,
        }
    }

    /// Ends the input; whether the protocol of this server can say so.
    pub async fn close(&self) -> bool {
        self.closes && self.frames.send(CLOSE, &[STDIN]).await
    }
}

/// What a process says.
pub struct Output {
    frames: Frames,
    /// What came on the error stream so far.
    said: Vec<u8>,
}

/// Something that a process said, or its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// On its standard output, or its terminal.
    Out(Bytes),
    /// On its standard error.
    Err(Bytes),
    /// It has ended. Nothing comes after this.
    End(End),
}

impl Output {
    /// The next thing it says. Cancel safe.
    pub async fn next(&mut self) -> Said {
        loop {
            match self.frames.next().await {
                Some(Ok(Frame { stream: STDOUT, bytes })) if !bytes.is_empty() => return Said::Out(bytes),
                Some(Ok(Frame { stream: STDERR, bytes })) if !bytes.is_empty() => return Said::Err(bytes),
                Some(Ok(Frame { stream: ERROR, bytes })) => {
                    self.said.extend_from_slice(&bytes);
                    // Pieces of one come in order; only the whole can be read.
                    if let Some(end) = end(&self.said) {
                        return Said::End(end);
                    }
                    if self.said.len() > LONGEST {
                        return Said::End(End::Failed(tidy(&String::from_utf8_lossy(&self.said)).into()));
                    }
                }
                // A stream that has ended, or one that means nothing to us.
                Some(Ok(_)) => {}
                Some(Err(trouble)) => return Said::End(End::Lost(trouble)),
                None if self.said.is_empty() => {
                    let said = "the connection was closed before the command's end was told";
                    return Said::End(End::Lost(Trouble::new(TroubleKind::Unreachable, said)));
                }
                // Older runtimes say plain words.
                None => return Said::End(End::Failed(tidy(&String::from_utf8_lossy(&self.said)).into())),
            }
        }
    }
}

/// The end that a `Status` tells.
fn end(said: &[u8]) -> Option<End> {
    let status: Status = serde_json::from_slice(said).ok()?;
    if status.status.as_deref() == Some("Success") {
        return Some(End::Exit(0));
    }
    let causes = status.details.and_then(|details| details.causes).unwrap_or_default();
    let code = causes.iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"));
    let code = code.and_then(|cause| cause.message.as_deref()?.parse().ok());
    Some(match code {
        Some(code) => End::Exit(code),
        None => {
            let words = status.message.filter(|words| !words.is_empty()).or(status.reason);
            End::Failed(tidy(&words.unwrap_or_default()).into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_from_the_status() {
        for (said, expected) in [
            (r#"{"metadata":{},"status":"Success"}"#, End::Exit(0)),
            (
                r#"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status 3",
                   "reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#,
                End::Exit(3),
            ),
            (
                r#"{"metadata":{},"status":"Failure","message":"exec: \"bash\": executable file not found in $PATH: unknown\u001b[2J",
                   "reason":"InternalError","details":{"causes":[{"message":"no"}]},"code":500}"#,
                End::Failed("exec: \"bash\": executable file not found in $PATH: unknown␛[2J".into()),
            ),
        ] {
            assert_eq!(end(said.as_bytes()), Some(expected), "{said}");
        }
        assert_eq!(end(br#"{"metadata":{},"sta"#), None, "a piece");
    }
}
