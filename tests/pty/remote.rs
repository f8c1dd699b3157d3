//! In a container, from a terminal: what is typed arrives there and only there, and afterwards everything is as it was.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use rustix::process::{Signal, kill_process};

use super::{PATIENCE, Program, RESTORED, start};

const ALTERNATE: &str = "\x1b[?1049h";
/// How the prompt of the shell there ends.
pub(super) const PROMPT: &str = ":/app#";

/// The program with its cursor on a pod, and nothing else in its panes.
fn on_a_pod(home: &Path) -> Program {
    let mut program = start(&["--demo"], home);
    program.until_shown("api-status-blue");
    program.press(b"2/api-status-blue\r");
    program.until("all of it is there", |program| {
        let whole = |row: &String| row.contains("filter api-status-blue─") && row.ends_with("─ 3 ready");
        program.rows().iter().any(whole) && program.rows()[0].ends_with("live")
    });
    program.until_shown("? help");
    program.until_shown("> api-status-blue-");
    // What hangs on the pods comes in its own time.
    program.until_shown("app=api-status,label=blue  3/3 ready");
    program.until_shown("app=api-status  label=blue");
    program
}

impl Program {
    /// Sends a line to the shell, and waits for what it has to answer in a row of its own, and for the prompt after that: what is
    /// typed before it may be echoed before it.
    fn says(&mut self, line: &str, answer: &str) {
        let before = self.seen.len();
        self.press(format!("{line}\r").as_bytes());
        self.until_sent(&format!("{line}\r\n{answer}\r\n"), before);
        let answered = before + self.text_since(before).find(&format!("\r\n{answer}\r\n")).unwrap();
        self.until_sent(PROMPT, answered);
    }

    /// Opens a shell in the pod, and waits for its prompt; one of an earlier shell may still be shown.
    fn opens_a_shell(&mut self) {
        let before = self.seen.len();
        self.press(b"x");
        self.until_sent(PROMPT, before);
    }

    /// Sends a line until it is answered so: what it asks for is on its way, by another way than keys.
    fn comes_to_say(&mut self, line: &str, answer: &str) {
        self.until(answer, |program| {
            let before = program.seen.len();
            program.press(format!("{line}\r").as_bytes());
            program.until_sent(PROMPT, before);
            program.text_since(before).contains(&format!("{line}\r\n{answer}\r\n"))
        });
    }

    fn text_since(&self, from: usize) -> String {
        String::from_utf8_lossy(&self.seen[from..]).into_owned()
    }

    /// Waits until the screen is as it was.
    fn is_as(&mut self, before: &[String]) {
        self.until(&before.join("\n"), |program| body(&program.rows()) == before);
    }

    /// Waits until the screen is back with words at its bottom.
    fn is_back(&mut self, words: &str) {
        self.until(words, |program| {
            let screen = program.screen();
            let bottom = program.rows().pop().unwrap();
            screen.screen().alternate_screen() && screen.screen().hide_cursor() && bottom.contains(words)
        });
    }

    /// How many times a text was sent.
    fn times(&self, text: &str) -> usize {
        self.text().matches(text).count()
    }
}

/// What stands below the deployments and above the bottom line: the others tell of what goes on in the cluster.
fn body(rows: &[String]) -> Vec<String> {
    rows[2..rows.len() - 1].to_vec()
}

#[test]
fn a_shell_answers_knows_its_size_and_tells_its_code() {
    let home = tempfile::tempdir().unwrap();
    let mut program = on_a_pod(home.path());
    let before = body(&program.rows());
    program.opens_a_shell();
    assert!(!program.screen().screen().alternate_screen());
    program.says("echo one two", "one two");
    program.says("stty size", "30 100");
    program.resize(90, 28);
    program.comes_to_say("stty size", "28 90");
    program.resize(100, 30);
    program.comes_to_say("stty size", "30 100");
    program.press(b"exit 3\r");
    program.is_back("bash ended with exit code 3 after");
    program.is_as(&before);
    program.press(b"q");
    assert!(program.ended().success());
    // Once for the program and once after the shell, and all of them given back.
    assert_eq!((program.times(ALTERNATE), program.times(RESTORED[0])), (2, 2), "{}", program.text());
}

#[test]
fn ctrl_c_is_for_the_container() {
    let home = tempfile::tempdir().unwrap();
    let mut program = on_a_pod(home.path());
    program.opens_a_shell();
    let before = program.seen.len();
    program.press(b"sleep 1000\r");
    program.until_sent("sleep 1000\r\n", before);
    let before = program.seen.len();
    program.press(b"\x03");
    program.until_sent("^C\r\n", before);
    program.until_sent(PROMPT, before);
    // The shell goes on, and so does everything around it; Ctrl-Z stops nobody here.
    program.says("echo $?", "130");
    program.press(b"\x1a");
    program.until_shown("# ^Z");
    assert_ne!(program.state(), 'T');
    let before = program.seen.len();
    program.press(b"\x03");
    program.until_sent(PROMPT, before);
    program.press(b"\x04");
    program.is_back("bash ended with exit code 130");
    program.press(b"q");
    assert!(program.ended().success());
}

#[test]
fn the_way_out_leaves_a_command_that_hangs() {
    let home = tempfile::tempdir().unwrap();
    let mut program = on_a_pod(home.path());
    let before = body(&program.rows());
    program.opens_a_shell();
    program.press(b"sleep 1000\r");
    program.until_shown("sleep 1000");
    program.press(b"~.");
    program.is_back("left after");
    program.is_as(&before);
    // A second look begins below the first one, in a line of its own.
    program.opens_a_shell();
    program.says("echo again", "again");
    program.press(b"unfinished");
    program.until_shown("# unfinished");
    program.press(b"\x15\r~.");
    program.is_back("left after");
    program.press(b"q");
    assert!(program.ended().success());
    let rows = program.rows();
    let greetings: Vec<usize> = (0..rows.len())
        .filter(|at| rows[*at].starts_with("a shell in container api-status of pod"))
        .collect();
    let slept = rows.iter().position(|row| row.ends_with("# sleep 1000")).unwrap();
    assert!(
        matches!(greetings[..], [first, second] if first < slept && slept < second),
        "{greetings:?}\n{}",
        rows.join("\n")
    );
}

#[test]
fn no_key_is_lost_or_doubled_on_the_way_in_and_out() {
    let home = tempfile::tempdir().unwrap();
    let mut program = on_a_pod(home.path());
    // In one piece, and then right behind each other: before the pod was even read.
    program.press(b"xecho 0123");
    for key in b"456789\r" {
        program.press(&[*key]);
    }
    // Each key once as its echo and once in the answer; what is typed ahead may be echoed before the prompt is there, so
    // that the answer stands behind it.
    let line = "0123456789\r\n";
    program.until("echo and answer", |program| program.times(line) == 2);
    program.press(b"exit\r");
    program.is_back("bash ended after");
    assert_eq!((program.times(line), program.times("echo 0123456789\r\n")), (2, 1), "{}", program.text());
    assert_eq!(program.times("0123"), 2, "{}", program.text());
    // Keys count again, each once: a filter is what was typed, and nothing of what the shell was told.
    program.press(b"/-7\x7fx");
    program.until_shown(" /api-status-blue-x");
    program.press(b"\r");
    program.until_shown("0/3  filter api-status-blue-x──");
    program.press(b"q");
    assert!(program.ended().success());
}

#[test]
fn a_command_waits_to_be_read_and_attach_looks() {
    let home = tempfile::tempdir().unwrap();
    let mut program = on_a_pod(home.path());
    let before = body(&program.rows());
    program.press(b":exec false\r");
    program.until_shown("[false ended with exit code 1 after");
    assert!(!program.screen().screen().alternate_screen());
    // The key that returns does nothing else.
    program.press(b"q");
    program.is_back("false ended with exit code 1 after");
    program.is_as(&before);
    program.press(b"a");
    program.until_shown("it takes no input; Ctrl-C leaves");
    program.press(b"\x03");
    program.is_back("it goes on");
    program.is_as(&before);
    program.press(b"q");
    assert!(program.ended().success());
}

/// The embedded cluster for others, and how they reach it.
pub(super) struct Served {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// How it is reached.
    pub kubeconfig: PathBuf,
}

impl Served {
    pub fn start(home: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dogwatch"))
            .args(["--demo-listen", "127.0.0.1:0"])
            .env("XDG_CONFIG_HOME", home)
            .env("XDG_STATE_HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let address = said.split_whitespace().find_map(|word| word.strip_prefix("http://")).unwrap();
        let served = Self { child, address: address.to_owned(), kubeconfig: home.join("kubeconfig") };
        served.leads_to(address);
        served
    }

    /// Lets the kubeconfig lead to an address.
    pub fn leads_to(&self, address: &str) {
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
             clusters: [{{name: a, cluster: {{server: \"http://{address}\"}}}}]\n\
             contexts: [{{name: a, context: {{cluster: a, namespace: production}}}}]\n"
        );
        std::fs::write(&self.kubeconfig, text).unwrap();
    }

    /// The name of a pod in which there is a shell.
    pub fn pod(&self, home: &Path) -> String {
        let mut program = start(&["--kubeconfig", self.kubeconfig.to_str().unwrap()], home);
        program.until_shown("api-status-blue");
        program.press(b"2/api-status-blue\r");
        let mut found = None;
        program.until("a pod is shown", |program| {
            let rows = program.rows();
            found = rows.iter().flat_map(|row| row.split_whitespace()).map(str::to_owned).find(|word| {
                word.strip_prefix("api-status-blue-")
                    .is_some_and(|rest| rest.len() == "785856497f-qwdgc".len())
            });
            found.is_some()
        });
        program.press(b"q");
        program.ended();
        found.unwrap()
    }

    /// A subcommand without a terminal, with what is written to it.
    pub fn pipes(&self, home: &Path, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dogwatch"))
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(args)
            .env("XDG_CONFIG_HOME", home)
            .env("XDG_STATE_HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What does not read its input may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_subcommand_pipes_and_ends_as_the_command_did() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::start(home.path());
    let pod = served.pod(home.path());
    let pod = pod.as_str();
    let path = format!("pod/{pod}");
    for (args, input, code, out, err) in [
        (&["exec", "-i", pod, "--", "cat"][..], "a\r\nb", 0, "a\r\nb", ""),
        (
            &["exec", path.as_str(), "--", "sh", "-c", "echo out; cat /nothing; exit 7"][..],
            "",
            7,
            "out\n",
            "cat: /nothing",
        ),
        // A shell takes a script.
        (&["exec", pod][..], "echo from a script; exit 4", 4, "from a script\n", ""),
        (&["exec", pod, "--", "nothing"][..], "", 1, "", "executable file not found"),
        (&["exec", "nowhere", "--", "ls"][..], "", 1, "", "dogwatch: pods \"nowhere\" not found"),
        (&["exec", pod, "-c", "none", "--", "ls"][..], "", 1, "", "choose one of: [api-status]"),
        (&["exec", pod, "--readonly", "--", "ls"][..], "", 1, "", "read-only: exec needs create pods/exec"),
    ] {
        let ended = served.pipes(home.path(), args, input);
        let said = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
        assert_eq!((ended.status.code(), said.0.as_str()), (Some(code), out), "{args:?}: {}", said.1);
        assert!(said.1.contains(err) && said.1.is_empty() == err.is_empty(), "{args:?}: {}", said.1);
    }
    // On a terminal too, and nobody waits for a key.
    let config = served.kubeconfig.to_str().unwrap();
    let mut program =
        start(&["--kubeconfig", config, "exec", "-it", pod, "--", "sh", "-c", "stty; exit 6"], home.path());
    assert_eq!(program.ended().code(), Some(6), "{}", program.text());
    assert!(program.text().contains("speed 38400 baud;\r\n"), "{}", program.text());
    assert_eq!(program.times(ALTERNATE), 0);
    // Left as ssh is left: with its code.
    let mut program = start(&["--kubeconfig", config, "exec", pod], home.path());
    program.until_shown(PROMPT);
    program.press(b"sleep 1000\r~.");
    assert_eq!(program.ended().code(), Some(255), "{}", program.text());
    program.until_shown("dogwatch: left after");
    let mut program = start(&["--kubeconfig", config, "exec", pod], home.path());
    program.until_shown(PROMPT);
    program.press(b"sleep 1000\r");
    program.until_shown("sleep 1000");
    // The cluster goes: what is lost is told, after the line that is there.
    drop(served);
    let status = program.ended();
    assert_eq!(status.code(), Some(1), "{}", program.text());
    program.until_shown("dogwatch: connection lost after");
}

#[test]
fn a_window_that_is_closed_while_it_begins_has_its_end_written_down() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::start(home.path());
    let pod = served.pod(home.path());
    let config = served.kubeconfig.to_str().unwrap();
    let journal = home.path().join("dogwatch/journal.jsonl");
    let times = |outcome: &str| {
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        text.matches(&format!("\"outcome\":\"{outcome}\"")).count()
    };
    for round in 1..=3 {
        let mut program = start(&["--kubeconfig", config, "attach", &pod], home.path());
        // As soon as the line is there, which is before anything else is.
        let deadline = Instant::now() + PATIENCE;
        while times("opened") < round {
            assert!(Instant::now() < deadline, "never opened: {}", program.text());
        }
        kill_process(program.pid(), Signal::HUP).unwrap();
        let status = program.ended();
        assert_eq!((status.code(), times("left")), (Some(129), round), "{status} {}", program.text());
    }
}

#[test]
fn a_termination_leaves_a_container_and_gives_the_terminal_back() {
    let home = tempfile::tempdir().unwrap();
    let mut program = on_a_pod(home.path());
    program.opens_a_shell();
    kill_process(program.pid(), Signal::TERM).unwrap();
    assert!(program.ended().success());
    let text = program.text();
    assert!(RESTORED.iter().all(|sequence| text.rfind(sequence) > text.rfind(ALTERNATE)), "{text:?}");
}
