//! `dogwatch exec` and `dogwatch attach`: into a container without the screen.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Args as Flags;
use color_eyre::eyre::{Result, bail, eyre};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::args::Args;
use super::world::world;
use super::written::{Writing, now};
use crate::cluster::{self, Cluster, ClusterEvent, Connector, LinkState};
use crate::config;
use crate::gate::Mode;
use crate::journal::Entry;
use crate::model::record::Kind;
use crate::model::remote::{Door, Doors, End, Ended, Entrance, INTERRUPTED, What, not_read};
use crate::remote::{Visit, pipes, treatment};
use crate::state::Who;
use crate::terminal::depth::Depth;
use crate::terminal::encode::Features;
use crate::terminal::report::Rescue;
use crate::terminal::session::{NoTerminal, Options, Terminal, is_gone};

/// The exit code of what a signal ended: this and the signal's number.
pub(super) const BY_SIGNAL: u8 = 128;
/// The exit code where the terminal has gone.
const HUNG_UP: u8 = BY_SIGNAL + 1;

/// Into which container, and how; as kubectl says it.
#[derive(Debug, Clone, PartialEq, Eq, Flags)]
pub struct RemoteArgs {
    /// The pod, POD or pod/POD
    #[arg(value_name = "POD")]
    pub pod: String,

    /// The container, instead of the pod's default or only one
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,

    /// Pass the standard input on
    #[arg(short = 'i', long)]
    pub stdin: bool,

    /// With a terminal at the other end; the standard input must be one
    #[arg(short = 't', long)]
    pub tty: bool,

    /// Wait for a key at the end, for a window that closes with the program
    #[arg(long)]
    pub wait: bool,
}

/// Gets into a container; answers with the exit code of what ran there.
pub(super) async fn run(
    args: &Args,
    remote: &RemoteArgs,
    what: What,
    who: &Who,
    rescue: &Rescue,
) -> Result<ExitCode> {
    let loaded = config::load(args.config.as_deref(), config::user_dir().as_deref())
        .map_err(|error| eyre!("{error}"))?;
    for warning in &loaded.warnings {
        let _ = writeln!(io::stderr(), "dogwatch: {warning}");
    }
    let pod = match remote.pod.split_once('/') {
        None => remote.pod.as_str(),
        Some(("pod" | "pods" | "po", pod)) => pod,
        Some((kind, _)) => bail!("{kind}: only a pod can be named here, POD or pod/POD"),
    };
    let world = world(args).await?;
    let target = world.target.clone();
    let read_only = args.reads_only() || loaded.config.reads_only(&target.context);
    let mode = if read_only { Mode::ReadOnly } else { Mode::ReadWrite };
    let writing = Writing::open(loaded.config.journal.required, who, &target);
    let right =
        if what == What::Attach { "attach needs create pods/attach" } else { "exec needs create pods/exec" };
    writing.may_begin(mode, right, &target.namespace, pod)?;
    let (events, mut inbox) = mpsc::channel(16);
    let cluster = Cluster::open(world.target, world.endpoint, mode, events);
    let doors = read(&cluster, &mut inbox, &target.namespace, pod).await?;
    let Some(connector) = cluster.connector() else { bail!("read-only: {right}") };
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let entrance = entrance(remote, what, pod, &target.namespace, &doors, terminal)?;
    let entry = opened(&writing, &entrance);
    // First: a signal between that line and the channel would leave the line without an end.
    let told = Told::listen()?;
    writing.write(&entry)?;
    // Nobody takes what the link tells; it is told nothing that would be missed.
    let listening = tokio::spawn(async move { while inbox.recv().await.is_some() {} });
    let inside = Inside { connector, entrance: entrance.clone(), context: target.context.clone() };
    let escape = loaded.config.exec.escape;
    let stayed = inside.stay(entrance.tty && terminal, escape, remote.wait, told, rescue).await;
    listening.abort();
    let (ended, code) = match stayed {
        Ok(stayed) => stayed,
        Err(error) => {
            // Nobody takes what is said there; that it was begun is written down, and so is its end.
            writing.write(&Entry {
                time: now(),
                outcome: "failed".to_owned(),
                words: error.to_string(),
                ..entry
            })?;
            return Err(error);
        }
    };
    let words = ended.words(&entrance);
    writing.write(&Entry {
        time: now(),
        outcome: ended.outcome().to_owned(),
        words: words.clone(),
        ..entry
    })?;
    if !matches!(ended.end, End::Exit(_)) {
        let _ = writeln!(io::stderr(), "dogwatch: {words}");
    }
    Ok(ExitCode::from(code.unwrap_or_else(|| ended.code(&entrance))))
}

/// Reads the pod for what there is to get into.
pub(super) async fn read(
    cluster: &Cluster,
    inbox: &mut mpsc::Receiver<ClusterEvent>,
    namespace: &str,
    pod: &str,
) -> Result<Doors> {
    let (namespace, name) = (Some(namespace.into()), pod.into());
    cluster.get(1, cluster::ObjectRef { kind: Kind::Pod, namespace, name });
    while let Some(event) = inbox.recv().await {
        match event {
            ClusterEvent::Object { result, .. } => {
                let json = result.map_err(|trouble| eyre!("{}", not_read(pod, &trouble)))?;
                return Ok(Doors::of(&serde_json::from_slice(&json)?));
            }
            ClusterEvent::Link(LinkState::Down { trouble, .. }) => bail!("{trouble} ({})", trouble.tried),
            _ => {}
        }
    }
    bail!("the connection has ended")
}

/// The container that is named, or meant when none is; it has to run.
pub(super) fn door<'a>(container: Option<&str>, pod: &str, doors: &'a Doors) -> Result<&'a Door> {
    let names: Vec<&str> = doors.doors.iter().map(|door| door.container.name.as_str()).collect();
    let door = match container {
        Some(name) => doors.get(name).ok_or_else(|| {
            eyre!("container {name} is not valid for pod {pod}, choose one of: [{}]", names.join(" "))
        })?,
        None => doors.meant().ok_or_else(|| {
            eyre!("a container name must be specified for pod {pod}, choose one of: [{}]", names.join(" "))
        })?,
    };
    if !door.runs {
        bail!("container {} of pod {pod} does not run: {}", door.container.name, door.container.state);
    }
    Ok(door)
}

fn entrance(
    remote: &RemoteArgs,
    what: What,
    pod: &str,
    namespace: &str,
    doors: &Doors,
    terminal: bool,
) -> Result<Entrance> {
    let door = door(remote.container.as_deref(), pod, doors)?;
    let mut stdin = remote.stdin || remote.tty;
    let mut tty = remote.tty;
    if what == What::Shell && !remote.stdin && !remote.tty {
        // A shell is for somebody who types, or for a script that is given to it.
        (stdin, tty) = (true, terminal);
    }
    if what == What::Attach {
        (stdin, tty) = (stdin && door.stdin, door.tty && (tty || terminal));
    }
    if tty && !terminal {
        let _ =
            writeln!(io::stderr(), "Unable to use a TTY - input is not a terminal or the right kind of file");
        tty = false;
    }
    let container = door.container.name.clone();
    let (namespace, pod, windows) = (namespace.to_owned(), pod.to_owned(), doors.windows);
    Ok(Entrance { namespace, pod, container, what, windows, stdin, tty })
}

/// The signals that end a stay.
struct Told {
    terminate: Signal,
    hang_up: Signal,
    /// A terminal that is the container's sends none; of pipes it is Ctrl-C.
    interrupt: Signal,
}

impl Told {
    /// From here on none of them ends the program by itself, and none is missed.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The exit code for the first that comes.
    async fn code(mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => BY_SIGNAL + 15,
            _ = self.hang_up.recv() => HUNG_UP,
        }
    }
}

/// A way into a container.
struct Inside {
    connector: Connector,
    entrance: Entrance,
    context: String,
}

impl Inside {
    /// Stays until it ends, or a signal says so: then with its exit code.
    async fn stay(
        self,
        tty: bool,
        escape: Option<u8>,
        wait: bool,
        told: Told,
        rescue: &Rescue,
    ) -> Result<(Ended, Option<u8>)> {
        let began = tokio::time::Instant::now();
        let left = |code| (Ended { command: Vec::new(), end: End::Left, took: began.elapsed() }, Some(code));
        if !tty {
            return Ok(tokio::select! {
                ended = pipes::run(&self.connector, &self.entrance) => (ended?, None),
                code = told.code() => left(code),
            });
        }
        // A window that is closed takes its terminal along; that is no failure, whoever notices it first.
        match self.on_terminal(escape, wait, told, rescue).await {
            Ok((Some(ended), code)) => Ok((ended, code)),
            Ok((None, code)) => Ok((left(HUNG_UP).0, code)),
            Err(error) if is_gone(&error) => Ok(left(HUNG_UP)),
            Err(error) => Err(error.into()),
        }
    }

    /// The same on a terminal; nothing where a signal ended it.
    async fn on_terminal(
        self,
        escape: Option<u8>,
        wait: bool,
        told: Told,
        rescue: &Rescue,
    ) -> io::Result<(Option<Ended>, Option<u8>)> {
        let options =
            Options { depth: Depth::Mono, features: Features::default(), mouse: false, focus: false };
        let mut terminal = Terminal::open(options).map_err(|error| match error {
            NoTerminal::NoKeys(error) | NoTerminal::Io(error) if is_gone(&error) => error,
            // It was one a moment ago.
            NoTerminal::NotATerminal => io::ErrorKind::BrokenPipe.into(),
            error => io::Error::other(error.to_string()),
        })?;
        rescue.protect(terminal.restore());
        terminal.end_on_hang_up(|| {})?;
        let line = terminal.lend_line(None, treatment(&self.entrance))?;
        let visit = Visit::new(&line, escape, Vec::new())?.waiting(wait);
        let stayed = tokio::select! {
            ended = visit.run(&self.connector, &self.entrance, &self.context, escape) => ended.map(|ended| (Some(ended), None)),
            code = told.code() => Ok((None, Some(code))),
        };
        line.flush();
        terminal.end_line()?;
        stayed
    }
}

/// The line of its beginning.
fn opened(writing: &Writing<'_>, entrance: &Entrance) -> Entry {
    let Entrance { namespace, pod, container, .. } = entrance;
    Entry {
        values: vec![format!("container: {container}")],
        requests: vec![entrance.request()],
        outcome: "opened".to_owned(),
        ..writing.entry(&format!("-{}", entrance.word()), namespace, pod, &entrance.title())
    }
}
