//! The shell by itself: what is typed, what it says.

use std::time::Duration;

use serde_json::json;

use super::*;

fn container(image: &str) -> Container {
    let pod = json!({
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "u1"},
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": image, "env": [{"name": "MODE", "value": "demo"}]}]},
        "status": {"containerStatuses": [{"name": "app", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}]},
    });
    Container::of(&pod, None).unwrap()
}

/// A process, what is typed into it, and what it says.
struct Running {
    typed: mpsc::Sender<Typed>,
    said: mpsc::Receiver<Said>,
    ended: tokio::task::JoinHandle<Ended>,
}

fn start(image: &str, command: &[&str], stdin: bool, tty: bool, containers: &Containers) -> Running {
    let container = container(image);
    let (typed, input) = mpsc::channel(8);
    let (output, said) = mpsc::channel(1_000);
    let files = containers.files(&container);
    let command = Some(command.iter().map(|word| (*word).to_owned()).collect());
    let ended = tokio::spawn(Start { container, files, command, stdin, tty, input, output }.run());
    Running { typed, said, ended }
}

impl Running {
    async fn type_in(&self, bytes: &[u8]) {
        self.typed.send(Typed::Bytes(Bytes::copy_from_slice(bytes))).await.unwrap();
    }

    /// Reads until something was said, and answers with all of it.
    async fn until(&mut self, words: &str) -> String {
        let mut all = String::new();
        while !all.contains(words) {
            let said = tokio::time::timeout(Duration::from_mins(1), self.said.recv()).await;
            all.push_str(&String::from_utf8_lossy(&said.expect(&all).expect(&all).bytes));
        }
        all
    }

    /// What it says to its end: outputs, errors, and the end.
    async fn until_it_ends(mut self) -> (Vec<u8>, String, Ended) {
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        while let Some(Said { stream, bytes }) = self.said.recv().await {
            if stream == 1 { &mut out } else { &mut errors }.extend_from_slice(&bytes);
        }
        (out, String::from_utf8(errors).unwrap(), self.ended.await.unwrap())
    }
}

async fn script(text: &str) -> (String, String, Ended) {
    let running = start("web:1", &["sh", "-c", text], false, false, &Containers::default());
    let (out, errors, ended) = running.until_it_ends().await;
    (String::from_utf8(out).unwrap(), errors, ended)
}

#[tokio::test(start_paused = true)]
async fn scripts_do_what_shells_do() {
    for (text, out, errors, code) in [
        ("echo a 'b  c' \"$MODE ${HOSTNAME}\" $?", "a b  c demo web-1 0\n", "", 0),
        ("false || echo yes; true && echo and; exit 7; echo never", "yes\nand\n", "", 7),
        ("pwd; cd /etc && pwd; cat hostname", "/app\n/etc\nweb-1\n", "", 0),
        ("echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f; ls /tmp", "one\ntwo\nf\n", "", 0),
        ("nope", "", "sh: nope: command not found\n", 127),
        ("cat /nope", "", "cat: /nope: No such file or directory\n", 1),
        ("command -v bash >/dev/null && exec echo found; echo never", "found\n", "", 0),
        ("stty size", "", "stty: standard input: not a tty\n", 1),
        ("sleep 100; echo slept # or so", "slept\n", "", 0),
    ] {
        let expected = (out.to_owned(), errors.to_owned(), Ended::Code(code));
        assert_eq!(script(text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn which_shells_there_are_depends_on_the_image() {
    for (image, program, said) in [
        ("web:1", "bash", None),
        ("alpine:3", "bash", Some("exec: \"bash\": executable file not found in $PATH: unknown")),
        ("alpine:3", "/bin/sh", None),
        ("gcr.io/distroless/static", "sh", Some("exec: \"sh\": executable file not found in $PATH: unknown")),
        ("web:1", "/nope", Some("exec: \"/nope\": stat /nope: no such file or directory: unknown")),
    ] {
        let running = start(image, &[program], true, false, &Containers::default());
        running.typed.send(Typed::End).await.unwrap();
        let (_, _, ended) = running.until_it_ends().await;
        match (said, ended) {
            (None, ended) => assert_eq!(ended, Ended::Code(0), "{image} {program}"),
            (Some(said), Ended::Failed(words)) => assert!(words.ends_with(said), "{words}"),
            (_, ended) => panic!("{image} {program}: {ended:?}"),
        }
    }
}

#[tokio::test]
async fn a_terminal_echoes_erases_and_knows_its_size() {
    let mut running = start("web:1", &["bash"], true, true, &Containers::default());
    assert_eq!(running.until("# ").await, "root@web-1:/app# ");
    running.typed.send(Typed::Size(132, 43)).await.unwrap();
    running.type_in(b"stty sizex\x7f\r").await;
    let said = running.until("43 132\r\n").await;
    assert!(said.starts_with("stty sizex\x08 \x08\r\n"), "{said:?}");
    running.type_in("echo ä\u{1a}\r".as_bytes()).await;
    assert!(running.until("\r\nä\r\n").await.contains("^Z"));
    running.type_in(b"exit 5\r").await;
    let (_, errors, ended) = running.until_it_ends().await;
    assert_eq!((errors.as_str(), ended), ("", Ended::Code(5)));
}

#[tokio::test]
async fn ctrl_c_ends_what_runs_and_ctrl_d_the_shell() {
    let mut running = start("web:1", &["sh"], true, true, &Containers::default());
    running.until("# ").await;
    running.type_in(b"sleep 100000\r").await;
    running.until("\r\n").await;
    running.type_in(b"lost\x03").await;
    let said = running.until("# ").await;
    assert_eq!(said, "lost^C\r\n/app # ");
    running.type_in(b"echo $?\r").await;
    running.until("130\r\n/app # ").await;
    running.type_in(b"\x04").await;
    let (out, _, ended) = running.until_it_ends().await;
    assert_eq!((String::from_utf8(out).unwrap().as_str(), ended), ("exit\r\n", Ended::Code(0)));
}

#[tokio::test]
async fn files_are_packed_and_unpacked_and_stay() {
    let containers = Containers::default();
    let start = |command: &[&str], stdin| start("web:1", command, stdin, false, &containers);
    let (packed, complaints, ended) = start(&["tar", "cf", "-", "/app", "nope"], false).until_it_ends().await;
    assert_eq!(ended, Ended::Code(2));
    assert!(
        complaints.contains("Removing leading `/'") && complaints.contains("nope: Cannot stat"),
        "{complaints}"
    );
    // In pieces, and without an end of the input: the archive says where it ends.
    let unpack = start(&["tar", "-xmf", "-", "-C", "/tmp"], true);
    for piece in packed.chunks(300) {
        unpack.type_in(piece).await;
    }
    let typed = unpack.typed.clone();
    assert_eq!(unpack.until_it_ends().await, (Vec::new(), String::new(), Ended::Code(0)));
    drop(typed);
    let (out, _, _) = start(&["sh", "-c", "ls /tmp/app; cat /tmp/app/README"], false).until_it_ends().await;
    assert_eq!(String::from_utf8(out).unwrap(), "README\nconfig.yaml\nA small demonstration program.\n");
}

#[test]
fn links_lead_where_they_say() {
    let mut files = Files::of_image(&container("web:1"));
    files.link("/tmp/etc", "../etc");
    files.link("/tmp/loop", "loop");
    assert_eq!(files.resolve("/tmp/etc/hostname"), "/etc/hostname");
    assert!(files.get("/tmp/loop").is_some_and(|node| matches!(node.content, files::Content::Link(_))));
    assert_eq!(files::absolute("/a/b", "../../../x/./y/"), "/x/y");
}
