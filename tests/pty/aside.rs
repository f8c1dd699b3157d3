//! Beside in tmux: a pane of a server of the test's own that runs this program, and what becomes of it when it is closed.
//!
//! Without tmux on the PATH the test says so and passes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use super::PATIENCE;
use super::remote::{PROMPT, Served};

/// A tmux server, until it is dropped.
struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&self.socket).args(["-f", "/dev/null"]).args(args).env_remove("TMUX");
        command
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Asks until the answer is as wanted.
    fn until(&self, args: &[&str], wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.run(args);
            if wanted(&said) {
                return said;
            }
            assert!(Instant::now() < deadline, "{args:?}:\n{said}");
            thread::yield_now();
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It may be gone with its last pane.
        let _ = self.command(&["kill-server"]).output();
    }
}

/// Waits for the last line of the journal.
fn until_written(journal: &Path, outcome: &str) {
    let deadline = Instant::now() + PATIENCE;
    let outcome = format!("\"outcome\":\"{outcome}\"");
    loop {
        let text = fs::read_to_string(journal).unwrap_or_default();
        if text.lines().last().is_some_and(|line| line.contains(&outcome)) {
            return;
        }
        assert!(Instant::now() < deadline, "no {outcome}: {text}");
        thread::yield_now();
    }
}

#[test]
fn a_shell_in_a_pane_beside_has_its_end_written_down_when_the_pane_is_closed() {
    if Command::new("tmux").arg("-V").output().is_err() {
        println!("skipped: there is no tmux on the PATH");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let served = Served::start(home);
    let tmux = Tmux { socket: home.join("socket") };
    let config = served.kubeconfig.to_str().unwrap();
    let begun = tmux
        .command(&["new-session", "-d", "-x", "120", "-y", "40", "--"])
        .args([env!("CARGO_BIN_EXE_dogwatch"), "--kubeconfig", config])
        .env("LANG", "C.UTF-8")
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("XDG_STATE_HOME", home)
        .status()
        .unwrap();
    assert!(begun.success());
    let first = tmux.run(&["list-panes", "-F", "#{pane_id}"]).trim().to_owned();
    let screen = ["capture-pane", "-p", "-t", first.as_str()];
    tmux.until(&screen, |shown| shown.contains("api-status-blue"));
    tmux.run(&["send-keys", "-t", &first, "2/api-status-blue", "Enter"]);
    tmux.until(&screen, |shown| shown.contains("> api-status-blue-"));
    tmux.run(&["send-keys", "-t", &first, "C-x"]);
    let panes = ["list-panes", "-F", "#{pane_id} #{pane_start_command}"];
    let all = tmux.until(&panes, |panes| panes.lines().count() == 2);
    let beside = all.lines().find(|line| !line.starts_with(&first)).unwrap();
    assert!(beside.contains(env!("CARGO_BIN_EXE_dogwatch")) && beside.contains("exec --wait"), "{beside}");
    let beside = beside.split(' ').next().unwrap();
    tmux.until(&["capture-pane", "-p", "-t", beside], |shown| shown.contains(PROMPT));
    tmux.run(&["send-keys", "-t", beside, "echo beside $HOSTNAME", "Enter"]);
    tmux.until(&["capture-pane", "-p", "-t", beside], |shown| shown.contains("\nbeside api-status-blue-"));
    let journal = home.join("dogwatch/journal.jsonl");
    until_written(&journal, "opened");
    tmux.run(&["kill-pane", "-t", beside]);
    until_written(&journal, "left");
    // The first one is there as it was.
    tmux.until(&screen, |shown| shown.contains("> api-status-blue-"));
}
