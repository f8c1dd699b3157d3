//! How fast logs are: `cargo bench --bench logs`.
//!
//! The kept lines by themselves, then the real program in a terminal of its own that follows a log of 100,000 lines a
//! second. Never a test: what it says depends on the machine. Ratios are of one run.

#![allow(clippy::unchecked_time_subtraction, clippy::float_cmp)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::print_stdout)]

mod follow;
mod kept;
#[allow(dead_code, reason = "the benchmarks share it, and each uses its part")]
#[path = "../support/program.rs"]
mod program;
mod server;
#[allow(dead_code, reason = "the benchmarks share it, and each uses its part")]
#[path = "../support/table.rs"]
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use table::Table;

type Failure = Box<dyn std::error::Error>;

/// Measures what a log costs, against the budgets.
#[derive(Parser)]
struct Args {
    /// Lines a second
    #[arg(long, default_value_t = 100_000)]
    rate: u64,
    /// Seconds of it
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Keys whose answer is waited for meanwhile
    #[arg(long, default_value_t = 100)]
    keys: usize,
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
        println!("a benchmark: cargo bench --bench logs");
        return ExitCode::SUCCESS;
    }
    match run(&args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(over) => {
            eprintln!("{over} over budget");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<usize, Failure> {
    let mut table = Table::default();
    kept::measure(&mut table)?;
    follow::measure(args, &mut table)?;
    Ok(table.print())
}
