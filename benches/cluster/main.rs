//! How fast the program is, on a cluster of tens of thousands of pods: `cargo bench --bench cluster`.
//!
//! A server that sends bytes which are there already, the real program in a terminal of its own, and a client that only
//! reads the same stream as the floor. Never a test: what it says depends on the machine. Ratios are of one run.

// Times are taken one after the other, and numbers are written for people.
#![allow(clippy::unchecked_time_subtraction, clippy::float_cmp)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::print_stdout)]

mod floor;
mod pods;
#[allow(dead_code, reason = "the benchmarks share it, and each uses its part")]
#[path = "../support/program.rs"]
mod program;
mod protobuf;
mod server;
#[allow(dead_code, reason = "the benchmarks share it, and each uses its part")]
#[path = "../support/table.rs"]
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Parser;

use floor::Floor;
use pods::{Encoding, Pods};
use program::Program;
use server::Server;
use table::{Line, Table, ms, us};

type Failure = Box<dyn std::error::Error>;

/// The size of the terminal.
const SIZE: (u16, u16) = (200, 50);

/// Measures the program against a floor, and both against the budgets.
#[derive(Parser)]
struct Args {
    /// Pods of a list; several are measured one after the other, the last one in every respect
    #[arg(default_values_t = [10_000, 50_000])]
    pods: Vec<usize>,
    /// What the server speaks, one after the other; the last one in every respect
    #[arg(long, value_delimiter = ',', default_values = ["json", "protobuf"])]
    encodings: Vec<Encoding>,
    /// Lists of each size, the best of which counts
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Changes that are sent as fast as they are taken
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// Keys whose answer is waited for while pods change
    #[arg(long, default_value_t = 300)]
    keys: usize,
    /// Seconds of steady change, and of rest
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Another program than the one of this build
    #[arg(long)]
    program: Option<PathBuf>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured with.
struct Bench {
    args: Args,
    program: PathBuf,
    kubeconfig: PathBuf,
    server: Server,
    table: Table,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if !args.bench {
        // `cargo test --all-targets` runs benchmarks too.
        println!("a benchmark: cargo bench --bench cluster");
        return ExitCode::SUCCESS;
    }
    match run(args) {
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

fn run(args: Args) -> Result<usize, Failure> {
    let home = tempfile::tempdir()?;
    let server = Server::start()?;
    let kubeconfig = kubeconfig(home.path(), &server)?;
    let program = args.program.clone().unwrap_or_else(|| env!("CARGO_BIN_EXE_dogwatch").into());
    let size = |encoding| Pods::new(encoding).size();
    let (json, protobuf) = (size(Encoding::Json), size(Encoding::Protobuf));
    println!("{}; pods of {json} bytes in JSON, {protobuf} in protobuf", program.display());
    let mut bench = Bench { args, program, kubeconfig, server, table: Table::default() };
    let empty = bench.empty()?;
    let (sizes, encodings) = (bench.args.pods.clone(), bench.args.encodings.clone());
    for (at, pods) in sizes.iter().enumerate() {
        let pods = pods.next_multiple_of(pods::BLOCK);
        let last = at + 1 == sizes.len();
        for (at, encoding) in encodings.iter().enumerate() {
            let all = last && at + 1 == encodings.len();
            let floor = bench.floor(*encoding, pods, if all { bench.args.events } else { 0 })?;
            let mut program = bench.list(*encoding, pods, floor, empty)?;
            if all {
                bench.rest(&mut program)?;
                bench.moves(&mut program)?;
                bench.filter(&mut program)?;
                bench.churn(&mut program)?;
                bench.burst(&mut program, floor)?;
            }
        }
    }
    Ok(bench.table.print())
}

fn kubeconfig(home: &Path, server: &Server) -> Result<PathBuf, Failure> {
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

impl Bench {
    fn start(&self) -> Result<Program, Failure> {
        Ok(Program::start(&self.program, &self.kubeconfig, SIZE.0, SIZE.1)?)
    }

    /// The program without a pod; its memory in KiB.
    fn empty(&mut self) -> Result<u64, Failure> {
        self.server.set_pods(0, Encoding::Protobuf);
        let began = Instant::now();
        let program = self.start()?;
        let live = program.until("an empty cluster", |shown| shown.live())?;
        self.table.told("empty: start to live", ms(live - began), "ms");
        program.at_rest()?;
        let (now, peak) = program.memory()?;
        self.table.value("empty: memory", now as f64 / 1024.0, "MB", 20.0);
        self.table.told("empty: memory at its peak", peak as f64 / 1024.0, "MB");
        Ok(now)
    }

    fn floor(&self, encoding: Encoding, pods: usize, events: usize) -> Result<Floor, Failure> {
        let mut best = floor::measure(&self.server, encoding, pods, events)?;
        for _ in 1..self.args.runs {
            let next = floor::measure(&self.server, encoding, pods, events)?;
            best = Floor { list: best.list.min(next.list), event: best.event.min(next.event) };
        }
        Ok(best)
    }

    /// Lists, several times; the program of the last time goes on.
    fn list(
        &mut self,
        encoding: Encoding,
        pods: usize,
        floor: Floor,
        empty: u64,
    ) -> Result<Program, Failure> {
        let (mut first, mut whole, mut cpu) = (Duration::MAX, Duration::MAX, Duration::MAX);
        let mut last = None;
        for _ in 0..self.args.runs.max(1) {
            drop(last.take());
            self.server.set_pods(pods, encoding);
            let program = self.start()?;
            let rows =
                program.until("the first rows", |shown| shown.rows().iter().any(|r| r.contains("team-0")))?;
            let live = program.until("the whole list", |shown| shown.live())?;
            let began = self.server.times().first_byte.ok_or("no list was sent")?;
            first = first.min(rows.saturating_duration_since(began));
            whole = whole.min(live - began);
            program.at_rest()?;
            cpu = cpu.min(program.cpu()?);
            last = Some(program);
        }
        let program = last.ok_or("no run")?;
        let (now, peak) = program.memory()?;
        let name = format!("{pods} pods, {encoding:?}");
        self.table.value(format!("{name}: first rows after the first byte"), ms(first), "ms", 100.0);
        self.table.push(Line {
            what: format!("{name}: whole list"),
            measured: ms(whole),
            floor: Some(ms(floor.list)),
            budget: Some(1.6),
            unit: "ms",
            ratio: true,
            least: false,
        });
        self.table.told(format!("{name}: CPU of start and list, each pod"), us(cpu) / pods as f64, "us");
        self.table.told(format!("{name}: memory"), now as f64 / 1024.0, "MB");
        self.table.value(
            format!("{name}: memory at its peak"),
            peak as f64 / 1024.0,
            "MB",
            (20.0 + pods as f64 / 1024.0).floor(),
        );
        let each = |kib: u64| kib.saturating_sub(empty) as f64 * 1024.0 / pods as f64;
        self.table.value(format!("{name}: each pod, now"), each(now), "B", 1024.0);
        self.table.value(format!("{name}: each pod, at its peak"), each(peak), "B", 1024.0);
        Ok(program)
    }

    /// Nothing changes.
    fn rest(&mut self, program: &mut Program) -> Result<(), Failure> {
        program.keys("2z")?;
        sleep(Duration::from_secs(3));
        program.at_rest()?;
        let (cpu, bytes) = (program.cpu()?, program.shown().bytes);
        sleep(Duration::from_secs(self.args.seconds));
        let cpu = program.cpu()? - cpu;
        let bytes = program.shown().bytes - bytes;
        let percent = cpu.as_secs_f64() * 100.0 / self.args.seconds as f64;
        self.table.value("at rest: CPU (a sign of life each 5 s)", percent, "%", 0.1);
        self.table.value("at rest: bytes to the terminal", bytes as f64, "B", 0.0);
        Ok(())
    }

    /// The cursor, down by one and over the edge of the screen.
    fn moves(&mut self, program: &mut Program) -> Result<(), Failure> {
        program.keys("g")?;
        program.quiet(Duration::from_millis(200));
        let one = |program: &mut Program| -> Result<f64, Failure> {
            let before = program.shown().bytes;
            program.keys("j")?;
            program.until("a frame", |shown| shown.bytes > before)?;
            program.quiet(Duration::from_millis(100));
            Ok((program.shown().bytes - before) as f64)
        };
        let mut down = Vec::new();
        for _ in 0..10 {
            down.push(one(program)?);
        }
        self.table.value("cursor down by one row, at most", largest(&down), "B", 500.0);
        program.keys("gG")?;
        program.quiet(Duration::from_millis(200));
        program.keys("g")?;
        program.quiet(Duration::from_millis(200));
        program.keys(&"j".repeat(usize::from(SIZE.1)))?;
        program.quiet(Duration::from_millis(200));
        let mut scroll = Vec::new();
        for _ in 0..20 {
            scroll.push(one(program)?);
        }
        self.table.value("scroll by one row, median", median(&mut scroll), "B", 800.0);
        self.table.told("scroll by one row, at most", largest(&scroll), "B");
        program.keys("g")?;
        Ok(())
    }

    /// Keystrokes of a filter over all rows.
    fn filter(&mut self, program: &mut Program) -> Result<(), Failure> {
        program.keys("/")?;
        program.quiet(Duration::from_millis(200));
        let mut times = Vec::new();
        for key in ["w", "o", "r", "\x7f", "\x7f", "\x7f", "n", "o", "d", "e", "-", "0", "4", "7"] {
            let (before, began) = (program.shown().bytes, Instant::now());
            program.keys(key)?;
            program.until("a frame", |shown| shown.bytes > before)?;
            // What counts is the last frame: a first one may show only the key.
            program.quiet(Duration::from_millis(200));
            times.push(ms(program.shown().at.saturating_duration_since(began)));
        }
        self.table.value("a key of a filter over all rows, at most", largest(&times), "ms", 50.0);
        self.table.told("a key of a filter over all rows, median", median(&mut times), "ms");
        program.keys(&"\x7f".repeat(8))?;
        program.keys("shop\r")?;
        program.quiet(Duration::from_millis(300));
        Ok(())
    }

    /// Steady change with a filtered, sorted table on the screen.
    fn churn(&mut self, program: &mut Program) -> Result<(), Failure> {
        program.keys("T")?;
        program.quiet(Duration::from_millis(300));
        self.server.set_rate(100);
        sleep(Duration::from_secs(2));
        let (cpu, sent, bytes, began) =
            (program.cpu()?, self.server.sent(), program.shown().bytes, Instant::now());
        sleep(Duration::from_secs(self.args.seconds));
        let (cpu, sent) = (program.cpu()? - cpu, self.server.sent() - sent);
        let seconds = began.elapsed().as_secs_f64();
        let bytes = (program.shown().bytes - bytes) as f64 / seconds;
        let rate = sent as f64 / seconds;
        self.table.value(format!("{rate:.0} changes/s: CPU"), cpu.as_secs_f64() * 100.0 / seconds, "%", 5.0);
        self.table.told("each change, with drawing", us(cpu) / sent as f64, "us");
        self.table.told("bytes to the terminal each second", bytes, "B");
        self.answers(program)?;
        self.server.set_rate(0);
        Ok(())
    }

    /// How soon keys are answered while pods change.
    fn answers(&mut self, program: &mut Program) -> Result<(), Failure> {
        // Away from both ends of the table.
        program.keys(&"j".repeat(20))?;
        program.quiet(Duration::from_millis(40));
        let mut times = Vec::new();
        for at in 0..self.args.keys {
            sleep(Duration::from_millis(23 + (at as u64 * 29) % 41));
            let before = program.shown().under_cursor();
            let began = Instant::now();
            program.keys(if at % 8 < 4 { "j" } else { "k" })?;
            let answered = program.until("the cursor to move", |shown| shown.under_cursor() != before)?;
            times.push(ms(answered.saturating_duration_since(began)));
        }
        let p99 = percentile(&mut times, 99);
        self.table.value("keys answered during change, p99", p99, "ms", 16.0);
        self.table.told("keys answered during change, median", median(&mut times), "ms");
        let mut times = Vec::new();
        for at in 0..(self.args.keys / 6).max(10) {
            sleep(Duration::from_millis(23 + (at as u64 * 29) % 41));
            program.keys("?")?;
            // The help covers the middle of a wide screen only; the cursor's row shows beside it.
            let helping =
                |shown: &program::Shown| shown.rows().iter().any(|row| row.contains("Keys that work here"));
            program.until("the help", helping)?;
            sleep(Duration::from_millis(20));
            let began = Instant::now();
            program.keys("\x1b")?;
            let answered = program.until("the table again", |shown| !helping(shown))?;
            times.push(ms(answered.saturating_duration_since(began)));
        }
        self.table.value("Esc answered during change, p99", percentile(&mut times, 99), "ms", 16.0);
        Ok(())
    }

    /// Changes as fast as they are taken.
    fn burst(&mut self, program: &mut Program, floor: Floor) -> Result<(), Failure> {
        program.at_rest()?;
        let (cpu, began) = (program.cpu()?, Instant::now());
        self.server.burst(self.args.events);
        program.at_rest()?;
        let cpu = us(program.cpu()? - cpu) / self.args.events as f64;
        self.table.push(Line {
            what: "a change, bytes to store (with drawing)".into(),
            measured: cpu,
            floor: Some(us(floor.event)),
            budget: Some(60.0),
            unit: "us",
            ratio: false,
            least: false,
        });
        let rate = self.args.events as f64 / began.elapsed().as_secs_f64();
        self.table.told("changes a second, at least", rate, "");
        let (now, peak) = program.memory()?;
        self.table.told("memory in the end", now as f64 / 1024.0, "MB");
        self.table.told("memory at its peak in the end", peak as f64 / 1024.0, "MB");
        Ok(())
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50)
}

fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values
        .get((values.len() * percent / 100).min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
