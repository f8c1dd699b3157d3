//! A process in a container between plain pipes, as kubectl without `-t`.

use std::io::{self, Read as _, Write as _};

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::channel;
use crate::cluster::{Connector, Remote, Said};
use crate::model::remote::{End, Ended, Entrance};

/// Runs it to its end: the input is sent, both outputs are written, each where it belongs.
pub async fn run(connector: &Connector, entrance: &Entrance) -> io::Result<Ended> {
    let began = Instant::now();
    let mut ended = Ended { command: Vec::new(), end: End::Left, took: began.elapsed() };
    let commands = entrance.commands();
    let attach = [Vec::new()];
    let all = if commands.is_empty() { &attach[..] } else { &commands[..] };
    for command in all {
        let end = match connector.run(&entrance.namespace, &entrance.pod, channel(entrance, command)).await {
            Ok(remote) => join(remote, entrance.stdin).await?,
            Err(trouble) => End::Refused(trouble),
        };
        ended = Ended { command: command.clone(), end, took: began.elapsed() };
        // What was read is gone: only a program that is not there is followed by another, and only where nothing was read.
        if !ended.end.is_not_found() || entrance.stdin {
            break;
        }
    }
    Ok(ended)
}

async fn join(remote: Remote, reads: bool) -> io::Result<End> {
    let Remote { input, mut output } = remote;
    let mut typed = reads.then(read);
    loop {
        tokio::select! {
            biased;
            said = output.next() => match said {
                Said::Out(bytes) => {
                    io::stdout().write_all(&bytes)?;
                    io::stdout().flush()?;
                }
                Said::Err(bytes) => io::stderr().write_all(&bytes)?,
                Said::End(end) => return Ok(end),
            },
            // The connection is asked first whether it takes something: what was read and is not sent would be lost.
            piece = async {
                input.ready().await;
                match typed.as_mut() {
                    Some(typed) => typed.recv().await,
                    None => std::future::pending().await,
                }
            } => match piece {
                Some(bytes) => drop(input.send(&bytes).await),
                None => {
                    typed = None;
                    input.close().await;
                }
            },
        }
    }
}

/// Reads the standard input on a thread of its own, which cannot be called back: it ends with the program.
fn read() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 16 << 10];
        loop {
            match io::stdin().read(&mut buffer) {
                Ok(count @ 1..) if sender.blocking_send(buffer[..count].to_vec()).is_ok() => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    });
    receiver
}
