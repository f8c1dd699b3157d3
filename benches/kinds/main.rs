//! What it costs to open any kind: `cargo bench --bench kinds`.
//!
//! A server with thousands of kinds and tens of thousands of objects of each, the real program in a terminal of its own,
//! and a client that only reads the same bytes as the floor. Never a test: what it says depends on the machine. Ratios are
//! of one run.

#![allow(clippy::unchecked_time_subtraction, clippy::float_cmp)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::print_stdout)]

mod floor;
#[allow(dead_code, reason = "the benchmarks share it, and each uses its part")]
#[path = "../support/program.rs"]
mod program;
mod server;
#[allow(dead_code, reason = "the benchmarks share it, and each uses its part")]
#[path = "../support/table.rs"]
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;

use program::{Program, Shown};
use server::Server;
use table::{Line, Table, ms};

type Failure = Box<dyn std::error::Error>;

/// The size of the terminal.
const SIZE: (u16, u16) = (200, 50);
/// How long a kind that was left is kept: long enough for all of them to be open at once.
const LINGER: Duration = Duration::from_secs(20);

/// Measures what kinds cost, against a floor and the budgets.
#[derive(Parser)]
struct Args {
    /// Objects of each kind
    #[arg(long, default_value_t = 20_000)]
    objects: usize,
    /// Kinds that the server has
    #[arg(long, default_value_t = 3_000)]
    kinds: usize,
    /// Kinds that are open at once
    #[arg(long, default_value_t = 10)]
    open: usize,
    /// Another program than the one of this build
    #[arg(long)]
    program: Option<PathBuf>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if !args.bench {
        // `cargo test --all-targets` runs benchmarks too.
        println!("a benchmark: cargo bench --bench kinds");
        return ExitCode::SUCCESS;
    }
    match run(&args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(over) => {
            println!("\n{over} over budget");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<usize, Failure> {
    let home = tempfile::tempdir()?;
    let server = Server::start(args.kinds, args.objects)?;
    let kubeconfig = written(home.path(), &server)?;
    let path = args.program.clone().unwrap_or_else(|| env!("CARGO_BIN_EXE_dogwatch").into());
    println!("{}; {} kinds, {} objects of each", path.display(), args.kinds, args.objects);
    let mut table = Table::default();
    let mut program = Program::start(&path, &kubeconfig, SIZE.0, SIZE.1)?;
    program.until("an empty cluster", Shown::live)?;
    program.at_rest()?;
    let empty = program.memory()?.0;
    table.told("empty: memory", megabytes(empty), "MB");

    let floor = floor::discovery(&server)?;
    // The last one is the furthest behind.
    let name = format!("gizmo{:04}s", args.kinds - 1);
    let began = Instant::now();
    let opened = open(&mut program, &name)?;
    table.push(Line {
        what: format!("discovery of {} kinds, to the first row", args.kinds),
        measured: ms(opened - began),
        floor: Some(ms(floor)),
        budget: Some(1000.0),
        unit: "ms",
        ratio: false,
        least: false,
    });
    whole(&program, args.objects)?;
    leave(&mut program)?;
    let known = program.memory()?.0;
    table.told(format!("with {} kinds known: memory", args.kinds), megabytes(known), "MB");

    let floor = floor::list(&server, args.objects)?;
    let began = Instant::now();
    let first = open(&mut program, "gizmo0000s")?;
    let all = whole(&program, args.objects)?;
    program.at_rest()?;
    let one = program.memory()?;
    table.value(format!("{} objects: first rows", args.objects), ms(first - began), "ms", 200.0);
    table.push(Line {
        what: format!("{} objects: all rows", args.objects),
        measured: ms(all - began),
        floor: Some(ms(floor)),
        budget: Some(4.0),
        unit: "ms",
        ratio: true,
        least: false,
    });
    let each = |kib: u64| kib.saturating_sub(known) as f64 * 1024.0 / args.objects as f64;
    table.value("an object, now", each(one.0), "B", 1024.0);
    table.told("memory at its peak", megabytes(one.1), "MB");

    for at in 1..args.open {
        open(&mut program, &format!("gizmo{at:04}s"))?;
        whole(&program, args.objects)?;
    }
    program.at_rest()?;
    let many = program.memory()?.0;
    let objects = (args.objects * args.open) as f64;
    table.told(format!("{} kinds open: memory", args.open), megabytes(many), "MB");
    table.value(
        "an object of many kinds, now",
        many.saturating_sub(known) as f64 * 1024.0 / objects,
        "B",
        1024.0,
    );

    leave(&mut program)?;
    let left = program.memory()?.0;
    table.push(Line {
        what: "memory when they are left".into(),
        measured: megabytes(left),
        floor: Some(megabytes(known)),
        budget: Some(1.5),
        unit: "MB",
        ratio: true,
        least: false,
    });
    Ok(table.print())
}

fn megabytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Opens a kind by its name; answers when its first row is there.
fn open(program: &mut Program, plural: &str) -> Result<Instant, Failure> {
    program.keys(&format!(":{plural}"))?;
    program.quiet(Duration::from_millis(50));
    program.keys("\r")?;
    let row = format!("{}-000000", plural.trim_end_matches('s'));
    Ok(program.until("the first rows", |shown| shown.rows().iter().any(|line| line.contains(&row)))?)
}

/// Waits until all rows are there.
fn whole(program: &Program, objects: usize) -> Result<Instant, Failure> {
    let count = dogwatch::model::units::count(objects as u64);
    let counted = move |shown: &Shown| {
        shown.rows().get(1).is_some_and(|title| title.contains(&count) && !title.contains("so far"))
    };
    Ok(program.until("all rows", counted)?)
}

/// Goes home, and waits until what was left is forgotten.
fn leave(program: &mut Program) -> Result<(), Failure> {
    program.keys("\x1b")?;
    program.until("the home screen", |shown| shown.rows().iter().any(|row| row.contains("1 Deployments")))?;
    sleep(LINGER + Duration::from_secs(3));
    // Watches end when something happens: a key is something.
    program.keys("jk")?;
    sleep(Duration::from_secs(2));
    Ok(program.at_rest()?)
}

fn written(home: &Path, server: &Server) -> Result<PathBuf, Failure> {
    let dir = home.join("dogwatch");
    std::fs::create_dir_all(&dir)?;
    std::fs::write(dir.join("config.yaml"), format!("linger: {}s\n", LINGER.as_secs()))?;
    let path = home.join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: bench\n\
         clusters: [{{name: bench, cluster: {{server: \"http://{}\"}}}}]\n\
         users: [{{name: bench, user: {{}}}}]\n\
         contexts: [{{name: bench, context: {{cluster: bench, user: bench}}}}]\n",
        server.address
    );
    std::fs::write(&path, text)?;
    Ok(path)
}
