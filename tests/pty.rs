//! The real program in a terminal of its own: what becomes of the terminal when the program ends, and of the program when
//! the terminal does; that a credential plugin has none; and what is typed in a container.
//!
//! What is waited for is polled with a deadline far beyond what it takes; nothing here measures time.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

#[path = "pty/aside.rs"]
mod aside;
#[path = "pty/remote.rs"]
mod remote;
#[path = "pty/requests.rs"]
mod requests;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Beyond what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Two presses of a key that are so far apart are two presses.
const APART: Duration = Duration::from_secs(1);

/// The program in a terminal.
struct Program {
    child: Child,
    keys: Option<File>,
    bytes: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

/// Starts the program on a controlling terminal of 100x30.
fn start(args: &[&str], home: &Path) -> Program {
    start_with(args, home, &[])
}

/// The same with more variables.
fn start_with(args: &[&str], home: &Path, variables: &[(&str, &str)]) -> Program {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned();
    let line = OpenOptions::new().read(true).write(true).open(path).unwrap();
    tcsetwinsize(&line, Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    // `setsid --ctty` makes the terminal the controlling one, as a login does.
    let child = Command::new("setsid")
        .args(["--ctty", env!("CARGO_BIN_EXE_dogwatch"), "--color", "16"])
        .args(args)
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("XDG_STATE_HOME", home)
        .env_remove("KUBECONFIG")
        .env_remove("KUBE_EDITOR")
        .envs(variables.iter().copied())
        .env_remove("NO_COLOR")
        .stdin(line.try_clone().unwrap())
        .stdout(line.try_clone().unwrap())
        .stderr(line)
        .spawn()
        .unwrap();
    let keys = File::from(master);
    let mut screen = keys.try_clone().unwrap();
    let (sender, bytes) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        // The end of the terminal is an error here.
        while let Ok(count @ 1..) = screen.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    Program { child, keys: Some(keys), bytes, seen: Vec::new() }
}

impl Program {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.as_mut().unwrap().write_all(keys).unwrap();
    }

    /// What the terminal was sent, read as text.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Makes the terminal another size, as its window would.
    fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(self.keys.as_ref().unwrap(), size).unwrap();
    }

    /// What a terminal of 100x30 shows of it.
    fn screen(&self) -> vt100::Parser {
        let mut screen = vt100::Parser::new(30.try_into().unwrap(), 100.try_into().unwrap(), 0);
        screen.process(&self.seen);
        screen
    }

    /// The rows of that.
    fn rows(&self) -> Vec<String> {
        let screen = self.screen();
        screen.screen().rows(0, 100).map(|row| row.trim_end().to_owned()).collect()
    }

    /// Waits until a row of the screen holds a text; that is what is there now, however it came to be.
    fn until_shown(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.rows().iter().any(|row| row.contains(text)) {
            match self.bytes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(why) => panic!("never shown {text:?} ({why}):\n{}", self.rows().join("\n")),
            }
        }
    }

    /// Waits until it has been sent a text since `from`.
    fn until_sent(&mut self, text: &str, from: usize) {
        let deadline = Instant::now() + PATIENCE;
        while !String::from_utf8_lossy(&self.seen[from..]).contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(why) => panic!("never sent {text:?} ({why}): {}", self.text()),
            }
        }
    }

    /// Confirms the plan on the screen, until the journal says so: a key that comes before the plan could be read is not taken,
    /// nor is one that looks like a key that is held down.
    fn confirm(&mut self, journal: &Path) {
        let mut pressed: Option<Instant> = None;
        self.until("the change is written down", |program| {
            if pressed.is_none_or(|at| at.elapsed() > APART) {
                program.press(b"y");
                pressed = Some(Instant::now());
            }
            fs::read_to_string(journal).is_ok_and(|text| text.contains("\"sent\""))
        });
    }

    /// Begins a change that is under way for as long as it is looked at: an image that is nowhere. Where it is written down.
    fn begins_a_change(&mut self, home: &Path) -> PathBuf {
        self.until_shown("api-status-blue");
        // Alone on the screen: the demonstration has another rollout that is stuck.
        self.press(b"/api-status-blue\r");
        self.press(b"i");
        self.press(b":does-not-exist\r");
        self.until_shown("accepted");
        let journal = home.join("dogwatch/journal.jsonl");
        self.confirm(&journal);
        self.until_shown("1 of 3 updated");
        journal
    }

    /// Waits until something is so.
    fn until(&mut self, what: &str, mut wanted: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(self) {
            assert!(Instant::now() < deadline, "not so: {what}");
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(10)) {
                self.seen.extend(bytes);
            }
        }
    }

    /// Waits for its end.
    fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        self.until("the program has ended", |it| {
            status = it.child.try_wait().unwrap();
            status.is_some()
        });
        // What it said last may still be on its way; there is an end of it when nobody holds the terminal any more.
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.seen.extend(bytes);
        }
        status.unwrap()
    }

    /// The letter of its state in `/proc`, e.g. `T` when it is stopped.
    fn state(&self) -> char {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('?')
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Leaving the alternate screen, and showing the cursor again.
const RESTORED: [&str; 2] = ["\x1b[?1049l", "\x1b[?25h"];

#[test]
fn a_hang_up_ends_the_program_and_the_journal_says_what_was_under_way() {
    let home = tempfile::tempdir().unwrap();
    let mut program = start(&["--demo"], home.path());
    let journal = program.begins_a_change(home.path());
    // The reading end in the thread holds the terminal too: both have to go.
    kill_process(program.pid(), Signal::HUP).unwrap();
    let status = program.ended();
    assert_eq!(status.code(), Some(129), "{status}");
    let text = fs::read_to_string(&journal).unwrap();
    assert!(text.lines().last().unwrap().contains("left"), "{status} {text}");
    // The terminal was there all the same.
    assert!(program.text().rfind(RESTORED[0]).is_some(), "{}", program.text());
}

#[test]
fn ending_gives_the_terminal_back() {
    for how in ["SIGTERM", "ctrl-c", "q"] {
        let home = tempfile::tempdir().unwrap();
        let mut program = start(&["--demo"], home.path());
        program.until_sent("Deployments", 0);
        match how {
            "SIGTERM" => kill_process(program.pid(), Signal::TERM).unwrap(),
            "q" => program.press(b"q"),
            _ => program.press(b"\x03"),
        }
        let status = program.ended();
        assert!(status.success(), "{how}: {status}");
        let text = program.text();
        for sequence in RESTORED {
            assert!(
                text.rfind(sequence).is_some_and(|at| at > text.len() - 200),
                "{how}: {sequence:?} is not at the end"
            );
        }
    }
}

#[test]
fn ctrl_z_stops_and_continuing_draws_again() {
    let home = tempfile::tempdir().unwrap();
    let mut program = start(&["--demo"], home.path());
    program.until_sent("Deployments", 0);
    program.press(b"\x1a");
    program.until("it is stopped", |it| it.state() == 'T');
    program.until_sent(RESTORED[0], 0);
    let before = program.seen.len();
    kill_process(program.pid(), Signal::CONT).unwrap();
    program.until_sent("Deployments", before);
    program.press(b"q");
    assert!(program.ended().success());
}

#[test]
fn an_editor_gets_the_terminal_and_gives_it_back() {
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("editor");
    // It reads a line of its own, and changes the file.
    let script =
        "#!/bin/sh\necho EDITOR IS OPEN\nread line\nsed -i \"s/^  replicas: .*/  replicas: $line/\" \"$1\"\n";
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut program = start_with(&["--demo"], home.path(), &[("EDITOR", editor.to_str().unwrap())]);
    program.until_sent("api-status-blue", 0);
    program.press(b"e");
    program.until_sent("EDITOR IS OPEN", 0);
    let before = program.seen.len();
    program.press(b"7\n");
    // The screen is back, with the plan of what was changed.
    program.until_shown("spec.replicas");
    program.until_shown("accepted");
    program.press(b"n");
    program.until_sent("Deployments", before);
    // Other keys do not count so soon after a plan.
    program.press(b"\x03");
    assert!(program.ended().success());
}

#[test]
fn ctrl_c_at_the_editor_is_not_for_the_program() {
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("editor");
    // The first editor goes on after Ctrl-C, as editors do; the second one is ended by it.
    let script = "#!/bin/sh\nif [ -e \"$HOME/once\" ]; then echo THIS ENDS; exec sleep 60; fi\n: > \"$HOME/once\"\n\
                  trap 'echo INTERRUPTED' INT\necho EDITOR IS OPEN\nwhile ! read line; do :; done\n";
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut program = start_with(&["--demo"], home.path(), &[("EDITOR", editor.to_str().unwrap())]);
    program.until_sent("api-status-blue", 0);
    program.press(b"e");
    program.until_sent("EDITOR IS OPEN", 0);
    program.press(b"\x03");
    program.until_sent("INTERRUPTED", 0);
    let before = program.seen.len();
    program.press(b"\n");
    program.until_shown("Edit cancelled, no changes made.");
    program.press(b"e");
    program.until_sent("THIS ENDS", before);
    program.press(b"\x03");
    program.until_shown("nothing was changed");
    program.press(b"q");
    assert!(program.ended().success());
}

#[test]
fn a_termination_ends_the_editor_and_then_the_program() {
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("editor");
    // It has a child that holds the terminal, as wrappers of editors do, and has saved something.
    let script = "#!/bin/sh\nsed -i 's/^  replicas: .*/  replicas: 7/' \"$1\"\n\
                  sh -c 'echo $$ > \"$HOME/pid\"; echo EDITOR IS OPEN; exec sleep 600'\necho AFTER\n";
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let temp = home.path().to_str().unwrap();
    let variables = [("EDITOR", editor.to_str().unwrap()), ("TMPDIR", temp)];
    let mut program = start_with(&["--demo"], home.path(), &variables);
    let journal = program.begins_a_change(home.path());
    // Keys that come just after a plan are not taken.
    let opened = |program: &mut Program| {
        program.press(b"e");
        String::from_utf8_lossy(&program.seen).contains("EDITOR IS OPEN")
    };
    program.until("the editor is open", opened);
    kill_process(program.pid(), Signal::TERM).unwrap();
    let status = program.ended();
    assert!(status.success(), "{status}");
    let pid = fs::read_to_string(home.path().join("pid")).unwrap();
    program.until("the editor has ended", |_| !Path::new("/proc").join(pid.trim()).exists());
    let text = fs::read_to_string(&journal).unwrap();
    assert!(text.lines().last().unwrap().contains("left"), "{text}");
    let text = program.text();
    let at = RESTORED.map(|sequence| text.rfind(sequence).unwrap());
    // What was saved and not sent is kept, and where is said on the terminal as it was.
    let said = text.rfind("A copy of your changes of deployment/api-status-blue").unwrap();
    assert!(at.iter().all(|at| *at < said), "{text}");
}

#[test]
fn a_plugin_has_no_terminal_and_what_it_says_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("login");
    fs::write(
        &script,
        "#!/bin/sh\n(echo intruder > /dev/tty) 2>/dev/null\necho 'please log in first' >&2\nexit 3\n",
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let config = home.path().join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
         clusters: [{{name: a, cluster: {{server: \"http://127.0.0.1:9\"}}}}]\n\
         contexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n\
         users: [{{name: a, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: \"{}\", \
         interactiveMode: IfAvailable}}}}}}]\n",
        script.display()
    );
    fs::write(&config, text).unwrap();
    let mut program = start(&["--kubeconfig", config.to_str().unwrap()], home.path());
    program.until_shown("please log in first");
    program.press(b"q");
    program.ended();
    assert!(!program.text().contains("intruder"), "the plugin wrote on the screen");
}
