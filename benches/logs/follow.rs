//! The real program follows a log: is every line there, how often is the screen drawn, how soon are keys answered.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::program::{Program, Shown};
use crate::server::{POD, Server};
use crate::table::{Table, ms};
use crate::{Args, Failure};

/// The size of the terminal.
const SIZE: (u16, u16) = (200, 50);

pub fn measure(args: &Args, table: &mut Table) -> Result<(), Failure> {
    let home = tempfile::tempdir()?;
    let server = Server::start()?;
    let kubeconfig = kubeconfig(home.path(), &server)?;
    let binary = args.program.clone().unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_dogwatch")));
    let mut program = Program::start(&binary, &kubeconfig, SIZE.0, SIZE.1)?;
    program.until("the pod", |shown| shown.rows().iter().any(|row| row.contains(POD)))?;
    program.keys("2l")?;
    program.until("the log", |shown| shown.rows().iter().any(|row| row.contains("Log of")))?;
    let lines = args.rate * args.seconds;
    let (before, _) = program.memory()?;
    let (cpu, began) = (program.cpu()?, Instant::now());
    server.write(lines, args.rate);
    // Half of it is only watched: frames are counted by what the title says.
    let (mut frames, mut last) = (0_u32, String::new());
    let half = Duration::from_secs(args.seconds) / 2;
    program.until("the first half", |shown| {
        let title = shown.rows().into_iter().nth(1).unwrap_or_default();
        if title != last {
            frames += 1;
            last = title;
        }
        began.elapsed() > half
    })?;
    table.at_least("frames a second meanwhile", f64::from(frames) / half.as_secs_f64(), "", 14.0);
    let mut times = Vec::new();
    for at in 0..args.keys {
        if server.sent() >= lines {
            break;
        }
        sleep(Duration::from_millis(23 + (at as u64 * 29) % 41));
        let helping = |shown: &Shown| shown.rows().iter().any(|row| row.contains("Keys that work here"));
        let (key, want) = if at % 2 == 0 { ("?", true) } else { ("\x1b", false) };
        let pressed = Instant::now();
        program.keys(key)?;
        let answered = program.until("the help, or the log again", |shown| helping(shown) == want)?;
        times.push(ms(answered.saturating_duration_since(pressed)));
    }
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    table.value("keys answered meanwhile, p99", at(99), "ms", 16.0);
    table.told("keys answered meanwhile, median", at(50), "ms");
    if times.len() % 2 == 1 {
        program.keys("\x1b")?;
    }
    let newest = format!("line {:09}", lines - 1);
    let took =
        program.until("the newest line", |shown| shown.rows().iter().any(|row| row.contains(&newest)))?;
    let took = took.saturating_duration_since(began);
    table.value(
        format!("time for {lines} lines at {} a second", args.rate),
        took.as_secs_f64(),
        "s",
        args.seconds as f64 * 1.02 + 0.2,
    );
    table.told("CPU meanwhile", (program.cpu()? - cpu).as_secs_f64() / took.as_secs_f64() * 100.0, "%");
    let shown = program.shown();
    let title = shown.rows().into_iter().nth(1).unwrap_or_default();
    drop(shown);
    let taken = number_before(&title, " older ones dropped")? + number_after(&title, "/")?;
    table.value("lines lost", lines as f64 - taken as f64, "", 0.0);
    let (now, _) = program.memory()?;
    table.told("memory that the log took", (now - before) as f64 / 1024.0, "MB");
    Ok(())
}

fn digits(text: &str) -> Result<u64, Failure> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().map_err(|_| format!("no number in {text}").into())
}

fn number_before(title: &str, words: &str) -> Result<u64, Failure> {
    // Nothing is said of nothing.
    let Some((before, _)) = title.split_once(words) else { return Ok(0) };
    digits(before.rsplit(' ').next().unwrap_or_default())
}

fn number_after(title: &str, words: &str) -> Result<u64, Failure> {
    let (_, after) = title.rsplit_once(words).ok_or_else(|| format!("{title} does not say {words}"))?;
    digits(after.split(' ').next().unwrap_or_default())
}

fn kubeconfig(home: &Path, server: &Server) -> Result<PathBuf, Failure> {
    let path = home.join("kubeconfig");
    let address = server.address;
    std::fs::write(
        &path,
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: bench\nclusters:\n- name: bench\n  cluster: {{server: \"http://{address}\"}}\nusers:\n- name: bench\n  user: {{}}\ncontexts:\n- name: bench\n  context: {{cluster: bench, user: bench}}\n"
        ),
    )?;
    Ok(path)
}
