//! What opens a channel, as it goes over the wire, beside what kubectl 1.32 was recorded to send for the same.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::remote::Served;
use super::{PATIENCE, start};

/// Heads of requests as kubectl sent them, with `POD` for the pod's name.
const RECORDED: &str = include_str!("../data/kubectl/channel-requests.txt");

/// A request that opens a channel: its line, and its header fields.
type Head = (String, BTreeMap<String, String>);

fn head(text: &str) -> Head {
    let mut lines = text.lines();
    let line = lines.next().unwrap().to_owned();
    let fields = lines.filter_map(|line| line.split_once(": "));
    (line, fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect())
}

/// What was recorded for a command.
fn recorded(command: &str) -> Head {
    let (_, rest) = RECORDED.split_once(&format!("$ {command}\n")).unwrap();
    head(rest.split("\n\n").next().unwrap())
}

/// Hands on what goes between the two, and tells each head that opens a channel.
fn between(server: String) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, heads) = channel();
    thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect(&server).unwrap());
            let (back, forth) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            let sender = sender.clone();
            thread::spawn(move || carry(forth, far, Some(&sender)));
            thread::spawn(move || carry(back, near, None));
        }
    });
    (address, heads)
}

fn carry(mut from: TcpStream, mut to: TcpStream, heads: Option<&Sender<String>>) {
    let (mut buffer, mut seen) = (vec![0; 16 << 10], Vec::new());
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if let Some(heads) = heads {
            seen.extend_from_slice(&buffer[..count]);
            while let Some(at) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&seen[..at]).into_owned();
                seen.drain(..at + 4);
                if head.to_ascii_lowercase().contains("\r\nupgrade: ") {
                    let _ = heads.send(head);
                }
            }
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn a_channel_is_opened_as_kubectl_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let served = Served::start(home);
    let pod = served.pod(home);
    let (address, heads) = between(served.address.clone());
    served.leads_to(&address);
    let config = served.kubeconfig.to_str().unwrap().to_owned();
    let awkward = "echo 1 '&' 2 + ~*%/é";
    for (command, args) in [
        (
            "kubectl exec -it POD -c api-status -- sh -c 'exit 3'".to_owned(),
            &["exec", "-it", &pod, "-c", "api-status", "--", "sh", "-c", "exit 3"][..],
        ),
        (
            format!("kubectl exec POD -c api-status -- sh -c \"{awkward}\""),
            &["exec", &pod, "-c", "api-status", "--", "sh", "-c", awkward],
        ),
        (
            "kubectl exec -i POD -c api-status -- cat".to_owned(),
            &["exec", "-i", &pod, "-c", "api-status", "--", "cat"],
        ),
        ("kubectl attach -it POD -c api-status".to_owned(), &["attach", "-it", &pod, "-c", "api-status"]),
    ] {
        if args.contains(&"-it") {
            let mut all = vec!["--kubeconfig", config.as_str()];
            all.extend(args);
            let mut program = start(&all, home);
            if args[0] == "attach" {
                program.until_sent("\"msg\":", 0);
                program.press(b"\x03");
            }
            program.ended();
        } else {
            served.pipes(home, args, "");
        }
        let sent = heads.recv_timeout(PATIENCE).unwrap().replace(&pod, "POD");
        let ((line, mut fields), (mut expected, mut wanted)) = (head(&sent), recorded(&command));
        if args[0] == "attach" {
            // The container takes no input: nothing is asked for that nobody reads.
            expected = expected.replace("&stdin=true", "");
        }
        assert_eq!(line, expected, "{command}");
        // What names the client, and what is another one each time.
        for name in ["host", "user-agent", "kubectl-command", "kubectl-session", "sec-websocket-key"] {
            fields.remove(name);
            wanted.remove(name);
        }
        // kubectl falls back to SPDY where a server does not know v5; here v4 of the same protocol is offered for that.
        let protocols = wanted.get_mut("sec-websocket-protocol").unwrap();
        assert_eq!(protocols, "v5.channel.k8s.io");
        protocols.push_str(", v4.channel.k8s.io");
        // A client of JSON says so; nothing comes of it when the connection is upgraded.
        fields.remove("accept");
        fields.remove("accept-encoding");
        assert_eq!(fields, wanted, "{command}");
    }
}
