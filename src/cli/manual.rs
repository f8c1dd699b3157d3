//! What is made from the definition of the command line: completion scripts, the manual page, and the README's table of
//! commands (invariant 10).

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use color_eyre::eyre::{Result, eyre};

use super::args::{Args, VERSION, spelling, values};

/// The command line as people may know it: without what the program says to itself.
fn command() -> Command {
    let whole = Args::command();
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    Command::new("dogwatch")
        .about(whole.get_about().cloned().unwrap_or_default())
        .version(VERSION)
        .after_help(whole.get_after_help().cloned().unwrap_or_default())
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(whole.get_arguments().cloned())
        .groups(whole.get_groups().filter(|group| group.get_id() == "demo_mode").cloned())
        .subcommands(shown)
}

/// The completion script for a shell.
pub fn completion(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command(), "dogwatch", &mut out);
    out
}

/// The manual page, in roff: of the program, or of one of its commands.
pub fn page(of: Option<&str>) -> Result<Vec<u8>> {
    let mut whole = command();
    // Global flags are known to the commands from here on.
    whole.build();
    let page = match of {
        None => whole,
        Some(name) => {
            let found = whole.get_subcommands().find(|command| command.get_name() == name).cloned();
            let found = found.ok_or_else(|| eyre!("there is no command {name}"))?;
            found.display_name(format!("dogwatch-{name}"))
        }
    };
    let mut out = Vec::new();
    clap_mangen::Man::new(page).render(&mut out)?;
    Ok(out)
}

/// Writes it to the standard output; a reader that has read enough is no failure.
pub(super) fn print(text: &[u8]) -> Result<ExitCode> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The commands and the flags that only they have, for the README.
pub fn markdown() -> String {
    let mut out = "| command | what it does |\n| --- | --- |\n".to_owned();
    let mut flags = "| command | flag | what it does |\n| --- | --- | --- |\n".to_owned();
    for command in command().get_subcommands_mut() {
        let name = command.get_name().to_owned();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let mut line = format!("dogwatch {name}");
        for arg in command.get_positionals() {
            let value =
                arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
            let dashes = if arg.is_last_set() { "-- " } else { "" };
            // Writing to a string cannot fail.
            let _ = if arg.is_required_set() {
                write!(line, " {dashes}{value}")
            } else {
                write!(line, " [{dashes}{value}]")
            };
        }
        let _ = writeln!(out, "| `{line}` | {about} |");
        let own = command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_global_set());
        for arg in own.filter(|arg| arg.get_long().is_some()) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(flags, "| `{name}` | {} | {help}{} |", spelling(arg), values(arg));
        }
    }
    format!("{out}\n{flags}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_know_every_command_and_flag_and_nothing_hidden() {
        use clap::ValueEnum as _;
        for shell in Shell::value_variants() {
            let script = String::from_utf8(completion(*shell)).unwrap();
            for word in ["kubeconfig", "demo-listen", "attach", "exec", "cp", "completion"] {
                assert!(script.contains(word), "{shell} {word}");
            }
            assert!(!script.contains("exec-plugin"), "{shell}");
        }
    }

    #[test]
    fn pages_are_made_of_the_same_definition() {
        let text = |of| String::from_utf8(page(of).unwrap()).unwrap();
        let whole = text(None);
        assert!(
            whole.contains(".TH dogwatch 1")
                && whole.contains("kubeconfig")
                && !whole.contains("exec\\-plugin")
        );
        assert!(text(Some("cp")).contains(".TH dogwatch-cp 1") && text(Some("cp")).contains("container"));
        assert!(page(Some("nothing")).is_err());
    }

    #[test]
    fn the_table_names_every_command() {
        let docs = markdown();
        for command in command().get_subcommands() {
            assert!(docs.contains(&format!("| `dogwatch {}", command.get_name())), "{docs}");
        }
        assert!(
            docs.contains("| `dogwatch cp SRC DST` |") && docs.contains("| `exec` | `-t`, `--tty` |"),
            "{docs}"
        );
    }
}
