//! `dogwatch cp`: files out of a container or into it, without the screen.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args as Flags;
use color_eyre::eyre::{Result, bail, eyre};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::args::Args;
use super::remote::{BY_SIGNAL, door, read};
use super::world::world;
use super::written::{Writing, now};
use crate::cluster::{Cluster, ClusterEvent};
use crate::config;
use crate::gate::Mode;
use crate::journal::Entry;
use crate::model::remote::took;
use crate::reach::copy::{Copied, Copy, CopyUpdate, Progress, kubectl};
use crate::state::Who;

/// Its number in the session.
const ID: u64 = 2;
/// So long may it take to take away what a copy that was broken off has left.
const CLEARING: Duration = Duration::from_secs(5);

/// What is copied, as kubectl says it.
#[derive(Debug, Clone, PartialEq, Eq, Flags)]
pub struct CopyArgs {
    /// From where: [NAMESPACE/]POD:PATH, or a path on this machine
    #[arg(value_name = "SRC")]
    pub from: String,

    /// To where: a path on this machine, or [NAMESPACE/]POD:PATH
    #[arg(value_name = "DST")]
    pub to: String,

    /// The container, instead of the pod's default or only one
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,
}

/// How it ended.
enum End {
    Over(Result<Copied, String>),
    /// By this signal, so far.
    Told(u8, Progress),
}

/// Copies, and says what was copied.
pub(super) async fn run(args: &Args, asked: &CopyArgs, who: &Who) -> Result<ExitCode> {
    let loaded = config::load(args.config.as_deref(), config::user_dir().as_deref())
        .map_err(|error| eyre!("{error}"))?;
    for warning in &loaded.warnings {
        let _ = writeln!(io::stderr(), "dogwatch: {warning}");
    }
    // A command line that is wrong is said to be so before anything is connected to.
    kubectl(&asked.from, &asked.to, "").map_err(|why| eyre!("{why}"))?;
    let world = world(args).await?;
    let target = world.target.clone();
    let read_only = args.reads_only() || loaded.config.reads_only(&target.context);
    let mode = if read_only { Mode::ReadOnly } else { Mode::ReadWrite };
    let copy = kubectl(&asked.from, &asked.to, &target.namespace).map_err(|why| eyre!("{why}"))?;
    let (namespace, pod) = (copy.target.namespace.clone(), copy.target.name.clone());
    let writing = Writing::open(loaded.config.journal.required, who, &target);
    writing.may_begin(mode, "copy needs create pods/exec", &namespace, &pod)?;
    let (events, mut inbox) = mpsc::channel(16);
    let cluster = Cluster::open(world.target, world.endpoint, mode, events);
    let doors = read(&cluster, &mut inbox, &namespace, &pod).await?;
    let container = door(asked.container.as_deref(), &pod, &doors)?.container.name.clone();
    let copy = Copy { container, ..copy };
    let title = format!("copy {} ({})", copy.words(), copy.container);
    let entry = Entry { outcome: "begun".to_owned(), ..writing.entry("-cp", &namespace, &pod, &title) };
    writing.write(&entry)?;
    let began = Instant::now();
    cluster.copy_files(ID, copy);
    let end = until(cluster, inbox).await?;
    let seconds = began.elapsed().as_secs_f64();
    let (outcome, words) = match &end {
        End::Over(Ok(copied)) => {
            ("done", [vec![copied.progress.words(seconds)], copied.notes.clone()].concat().join("; "))
        }
        End::Over(Err(why)) => ("failed", why.clone()),
        End::Told(_, progress) => ("cancelled", progress.words(seconds)),
    };
    let told = format!("{words}, in {}", took(began.elapsed()));
    writing.write(&Entry { time: now(), outcome: outcome.to_owned(), words: told, ..entry })?;
    match end {
        End::Over(Ok(Copied { progress, to, notes })) => {
            for note in notes {
                let _ = writeln!(io::stderr(), "dogwatch: {note}");
            }
            writeln!(io::stdout(), "copied to {to}: {}", progress.words(seconds))?;
            Ok(ExitCode::SUCCESS)
        }
        End::Over(Err(why)) => bail!("{why}"),
        End::Told(signal, _) => {
            let _ = writeln!(io::stderr(), "dogwatch: broken off: {words}");
            Ok(ExitCode::from(BY_SIGNAL + signal))
        }
    }
}

/// Until it is over, or a signal breaks it off; then nothing of it is left.
async fn until(cluster: Cluster, mut inbox: mpsc::Receiver<ClusterEvent>) -> Result<End> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut progress = Progress::default();
    let signal = loop {
        tokio::select! {
            event = inbox.recv() => match event {
                Some(ClusterEvent::Copy { update: CopyUpdate::Ended(result), .. }) => {
                    return Ok(End::Over(result));
                }
                Some(ClusterEvent::Copy { update: CopyUpdate::Progress(so_far), .. }) => progress = so_far,
                Some(_) => {}
                None => bail!("the connection has ended"),
            },
            _ = interrupt.recv() => break 2,
            _ = terminate.recv() => break 15,
            _ = hang_up.recv() => break 1,
        }
    };
    drop(cluster);
    // Whoever still has something to take away can still tell of it.
    let _ = timeout(CLEARING, async { while inbox.recv().await.is_some() {} }).await;
    Ok(End::Told(signal, progress))
}
