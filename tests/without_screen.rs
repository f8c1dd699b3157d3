//! The commands without a screen as they are typed: `dogwatch cp` and `dogwatch exec` against an embedded cluster that another
//! process serves, the others against one of this process.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

#[path = "without_screen/here.rs"]
mod here;
#[path = "without_screen/looks.rs"]
mod looks;
#[path = "without_screen/plans.rs"]
mod plans;

/// A cluster that is served until it is dropped.
struct Served {
    child: Child,
    address: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dogwatch(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dogwatch"));
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("XDG_STATE_HOME", home);
    command.env_remove("KUBECONFIG").env_remove("COLUMNS").current_dir(home).stdin(Stdio::null());
    command
}

/// Writes a kubeconfig for a server.
fn kubeconfig(home: &Path, address: &str, namespace: &str) {
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\nusers: [{{name: a, user: {{}}}}]\n\
         clusters: [{{name: a, cluster: {{server: \"http://{address}\"}}}}]\n\
         contexts: [{{name: a, context: {{cluster: a, user: a, namespace: {namespace}}}}}]\n"
    );
    fs::write(home.join("kubeconfig"), config).unwrap();
}

impl Served {
    /// Serves one, and writes a kubeconfig for it.
    fn start(home: &Path) -> Self {
        let mut child = dogwatch(home);
        child.args(["--demo-listen", "127.0.0.1:0", "--color", "mono"]).stdout(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let mut note = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut note).unwrap();
        let (_, rest) = note.split_once("http://").unwrap();
        let address = rest.split(' ').next().unwrap().to_owned();
        kubeconfig(home, &address, "production");
        Self { child, address }
    }

    /// The full name of a pod.
    fn pod(&self, prefix: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /api/v1/namespaces/production/pods HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let name = format!("\"name\":\"{prefix}-");
        let at = answer.find(&name).unwrap() + "\"name\":\"".len();
        answer[at..].split('"').next().unwrap().to_owned()
    }
}

fn cp(home: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        dogwatch(home).args(["cp", "--kubeconfig", "kubeconfig"]).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn files_go_both_ways_and_what_goes_wrong_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let served = Served::start(home);
    let pod = served.pod("api-status-blue");
    let (code, out, err) = cp(home, &[&format!("{pod}:/var/log/app.log"), "app.log"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("copied to app.log: ") && out.contains("1 entry"), "{out}");
    assert_eq!(fs::read_to_string(home.join("app.log")).unwrap(), "started\nready\n");

    fs::write(home.join("new"), "from here").unwrap();
    let to = format!("production/{pod}:/tmp/new");
    let (code, out, err) = cp(home, &["-n", "elsewhere", "-c", "api-status", "new", &to]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains(&format!("copied to {pod}:/tmp/new: ")), "{out}");
    let (code, ..) = cp(home, &[&format!("{pod}:/tmp/new"), "back"]);
    assert_eq!((code, fs::read_to_string(home.join("back")).unwrap().as_str()), (Some(0), "from here"));

    let log = format!("{pod}:/var/log/app.log");
    for (args, said) in [
        (vec![log.as_str(), "app.log"], "app.log is there already: it is not written over"),
        (vec!["new", to.as_str()], "/tmp/new is there already: it is not written over"),
        (vec!["new", "other"], "one of SRC and DST must be in a container: [NAMESPACE/]POD:PATH"),
        (vec!["nobody:/a", "b"], "\"nobody\" not found"),
        (vec!["-c", "nope", log.as_str(), "b"], "choose one of: [api-status]"),
        (vec!["--readonly", log.as_str(), "b"], "read-only: copy needs create pods/exec"),
    ] {
        let (code, out, err) = cp(home, &args);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{args:?}: {err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
    assert!(!home.join("b").exists());
    let journal = fs::read_dir(home.join("dogwatch")).unwrap().next().unwrap().unwrap().path();
    let journal = fs::read_to_string(journal).unwrap();
    for outcome in ["begun", "done", "failed", "refused"] {
        assert!(journal.contains(&format!("\"outcome\":\"{outcome}\"")), "{outcome}: {journal}");
    }
    assert!(!journal.contains("from here") && !journal.contains("started"), "never the content");
}

#[test]
fn a_command_has_its_pipes_and_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let served = Served::start(home);
    let pod = served.pod("api-status-blue");
    let exec = |flags: &[&str], command: &[&str], input: &str| {
        let mut child = dogwatch(home)
            .args(["exec", "--kubeconfig", "kubeconfig"])
            .args(flags)
            .args([pod.as_str(), "--"])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who does not read it has ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code(), text(stdout), text(stderr))
    };
    assert_eq!(exec(&[], &["hostname"], ""), (Some(0), format!("{pod}\n"), String::new()));
    assert_eq!(exec(&["-i"], &["cat"], "a\nb"), (Some(0), "a\nb".to_owned(), String::new()));
    let (code, out, _) = exec(&["-i"], &["sh"], "echo one\nexit 7\n");
    assert_eq!((code, out.as_str()), (Some(7), "one\n"));
    let (code, out, err) = exec(&[], &["ls", "/nowhere"], "");
    assert!(
        code.is_some_and(|code| code != 0) && out.is_empty() && err.contains("/nowhere"),
        "{code:?} {err}"
    );
    let (code, out, err) = exec(&["--readonly"], &["hostname"], "");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("read-only: exec needs create pods/exec"), "{err}");
    // What a rule denies is refused here too; what only the own file says of reading only is undone by a flag.
    let config = home.join("rules.yaml");
    std::fs::write(&config, "readonly: true\npolicy: [{ action: exec, deny: use a debug container }]\n")
        .unwrap();
    let config = config.display().to_string();
    let (code, _, err) = exec(&["--config", &config], &["hostname"], "");
    assert!(code == Some(1) && err.contains("read-only: exec needs create pods/exec"), "{err}");
    let (code, out, err) = exec(&["--config", &config, "--write"], &["hostname"], "");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("policy: use a debug container (rule 1 of "), "{err}");

    // That nothing can be written down is said once.
    let quiet = dogwatch(home)
        .args(["exec", "--kubeconfig", "kubeconfig", pod.as_str(), "--", "hostname"])
        .env("XDG_STATE_HOME", home.join("kubeconfig"))
        .output()
        .unwrap();
    let said = String::from_utf8(quiet.stderr).unwrap();
    assert_eq!(
        (quiet.status.code(), said.matches("the journal cannot be written").count()),
        (Some(0), 1),
        "{said}"
    );

    // Where nobody takes the output, the end is written down all the same.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = dogwatch(home)
        .args(["exec", "--kubeconfig", "kubeconfig", pod.as_str(), "--", "hostname"])
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    let journal = fs::read_to_string(home.join("dogwatch/journal.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes[outcomes.len() - 3..], ["refused", "opened", "failed"], "{journal}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "opened").count(), 5, "{journal}");
    assert!(lines.iter().all(|line| !line["user"].as_str().unwrap().is_empty()), "who: {journal}");
    assert!(!journal.contains("echo one"), "what is typed is nowhere: {journal}");
}
