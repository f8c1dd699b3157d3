//! What can be said on the command line: kubectl's flags under kubectl's names, and our own.
//!
//! It only defines; what a flag does is decided by [`crate::cli`]. The docs' table is made from the definition
//! (invariant 10).

use std::ffi::OsString;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgGroup, CommandFactory, Parser, Subcommand, ValueEnum};

use super::check::CheckArgs;
use super::copy::CopyArgs;
use super::get::GetArgs;
use super::journal::JournalArgs;
use super::plan::PlanArgs;
use super::remote::RemoteArgs;
use crate::config::duration;
use crate::theme::Depth;

/// The version, with the commit where it is known: `0.1.0 (0123456789)`.
pub const VERSION: &str = env!("DOGWATCH_VERSION");

const CLUSTER: &str = "Cluster (as kubectl)";
const DEMO: &str = "Embedded cluster";
const SCREEN: &str = "Screen";
const PROGRAM: &str = "Program";

/// The command line.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "dogwatch",
    version = VERSION,
    about = "The terminal from which one person watches a Kubernetes cluster and steers its releases",
    after_help = "Without a cluster at hand: dogwatch --demo\nInside the program, ? shows the keys that work there.",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    group(ArgGroup::new("demo_mode").args(["demo", "demo_listen"]).multiple(true)),
)]
pub struct Args {
    /// The kubeconfig to use, instead of the files in $KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE", global = true, help_heading = CLUSTER)]
    pub kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig, instead of its current one
    #[arg(long, value_name = "NAME", global = true, help_heading = CLUSTER)]
    pub context: Option<String>,

    /// The cluster of the kubeconfig, instead of the context's
    #[arg(long, value_name = "NAME", global = true, help_heading = CLUSTER)]
    pub cluster: Option<String>,

    /// The user of the kubeconfig, instead of the context's
    #[arg(long, value_name = "NAME", global = true, help_heading = CLUSTER)]
    pub user: Option<String>,

    /// The namespace to show, instead of the context's
    #[arg(short, long, value_name = "NAME", global = true, help_heading = CLUSTER)]
    pub namespace: Option<String>,

    /// Show all namespaces, whatever --namespace says
    #[arg(short = 'A', long, global = true, help_heading = CLUSTER)]
    pub all_namespaces: bool,

    /// Impersonate this user, or service account (system:serviceaccount:NAMESPACE:NAME)
    #[arg(long = "as", value_name = "USER", global = true, help_heading = CLUSTER)]
    pub as_user: Option<String>,

    /// Impersonate this group; may be given several times
    #[arg(long, value_name = "GROUP", requires = "as_user", global = true, help_heading = CLUSTER)]
    pub as_group: Vec<String>,

    /// How long one request may take, e.g. 5s or 1m; 0 is without limit. Watches and logs are not limited
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, global = true, help_heading = CLUSTER)]
    pub request_timeout: Option<Duration>,

    /// Open the home screen, and not where this context was left
    #[arg(long, help_heading = SCREEN)]
    pub fresh: bool,

    /// Refuse everything that could change the cluster or open a channel into it
    #[arg(long, global = true, help_heading = CLUSTER)]
    pub readonly: bool,

    /// Undo `readonly` and `readonly-contexts` of the own configuration for this run; not those of the administrator's file
    #[arg(long, global = true, conflicts_with_all = ["readonly", "on_call"], help_heading = CLUSTER)]
    pub write: bool,

    /// On call: as --readonly, and begin with what is wrong (:triage)
    #[arg(long, global = true, help_heading = CLUSTER)]
    pub on_call: bool,

    /// Explore a cluster that lives inside the program; needs no network and no kubeconfig
    #[arg(
        long,
        global = true,
        conflicts_with_all = ["kubeconfig", "context", "cluster", "user", "as_user"],
        help_heading = DEMO
    )]
    pub demo: bool,

    /// Serve the embedded cluster at this address, e.g. 127.0.0.1:8001, so that kubectl can use it too
    #[arg(
        long,
        value_name = "ADDRESS",
        conflicts_with_all = ["kubeconfig", "context", "cluster", "user", "as_user"],
        help_heading = DEMO
    )]
    pub demo_listen: Option<SocketAddr>,

    /// Give the embedded cluster this many more pods
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "demo_mode",
        value_parser = clap::value_parser!(u32).range(0..=1_000_000),
        help_heading = DEMO
    )]
    pub demo_pods: Option<u32>,

    /// The theme: default, dark, light, high-contrast, mono, or one of your own
    #[arg(long, value_name = "NAME", help_heading = SCREEN)]
    pub theme: Option<String>,

    /// The keymap: default, k9s, vim, or one of your own
    #[arg(long, value_name = "NAME", help_heading = SCREEN)]
    pub keymap: Option<String>,

    /// How many colours to use; auto goes by the environment of the terminal
    #[arg(long, value_name = "COLOURS", default_value = "auto", help_heading = SCREEN)]
    pub color: ColorChoice,

    /// Use the mouse: click, double click, wheel; the terminal's own selection then needs Shift
    #[arg(long, help_heading = SCREEN)]
    pub mouse: bool,

    /// Draw lines and signs with ASCII only
    #[arg(long, global = true, help_heading = SCREEN)]
    pub ascii: bool,

    /// The configuration to use, instead of config.yaml in the user's configuration directory
    #[arg(long, value_name = "FILE", global = true, help_heading = PROGRAM)]
    pub config: Option<PathBuf>,

    /// Write what the program does to this file; nothing is ever written to the screen
    #[arg(long, value_name = "FILE", global = true, help_heading = PROGRAM)]
    pub log_file: Option<PathBuf>,

    /// How much to write to the log file
    #[arg(long, value_name = "LEVEL", default_value = "info", help_heading = PROGRAM)]
    pub log_level: LogLevel,

    /// Print this help
    #[arg(short, long, global = true, action = clap::ArgAction::Help, help_heading = PROGRAM)]
    help: (),

    /// Print the version and the commit
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = PROGRAM)]
    version: (),

    /// What is done instead of showing the screen.
    #[command(subcommand)]
    pub inner: Option<Inner>,
}

/// What is done instead of showing the screen.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Inner {
    /// Runs a credential plugin away from the terminal.
    #[command(name = "__exec-plugin", hide = true, disable_help_flag = true)]
    ExecPlugin {
        /// The plugin and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
    /// What is wrong, worst first. Exit code 0: nothing; 1: something; 2: it could not be looked
    Check {
        /// How it is looked, and told.
        #[command(flatten)]
        check: CheckArgs,
    },
    /// The rows of a kind, with the columns of the screen
    Get {
        /// Which rows, and how they are told.
        #[command(flatten)]
        get: GetArgs,
    },
    /// What a change would do; nothing is changed
    Plan {
        /// What is planned, and how it is told.
        #[command(flatten)]
        plan: PlanArgs,
    },
    /// What was changed from this machine, and what became of it; the newest last
    Journal {
        /// Which entries, and how they are told.
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// A shell in a container, or a command, without the screen
    Exec {
        /// Into which container, and how.
        #[command(flatten)]
        remote: RemoteArgs,
        /// The command and its arguments, behind --; without one a shell, whichever there is
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Copy files out of a container or into it, without the screen
    Cp {
        /// What, and where to.
        #[command(flatten)]
        copy: CopyArgs,
    },
    /// Print the completion script for a shell
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    Man {
        /// Of this command, instead of the whole program
        #[arg(value_name = "COMMAND")]
        of: Option<String>,
    },
    /// Join the process of a container, without the screen
    Attach {
        /// Which container, and how.
        #[command(flatten)]
        remote: RemoteArgs,
    },
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// By the environment
    Auto,
    /// None: bold, underline and reverse only
    #[value(alias = "none")]
    Mono,
    /// The terminal's sixteen
    #[value(name = "16")]
    Ansi16,
    /// The 256 indexed ones
    #[value(name = "256")]
    Indexed256,
    /// 24 bit
    #[value(alias = "truecolor")]
    Rgb,
}

impl ColorChoice {
    /// The depth that was asked for; `None` to find out.
    pub fn depth(self) -> Option<Depth> {
        match self {
            Self::Auto => None,
            Self::Mono => Some(Depth::Mono),
            Self::Ansi16 => Some(Depth::Ansi16),
            Self::Indexed256 => Some(Depth::Indexed256),
            Self::Rgb => Some(Depth::Rgb),
        }
    }
}

/// `--log-level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum LogLevel {
    /// What failed
    Error,
    /// And what needs attention
    Warn,
    /// And what happened
    Info,
    /// And how
    Debug,
    /// And every step
    Trace,
}

impl LogLevel {
    /// Its name, as `tracing` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Args {
    /// Whether a flag says that nothing is changed.
    pub fn reads_only(&self) -> bool {
        self.readonly || self.on_call
    }

    /// Whether the embedded cluster was asked for.
    pub fn wants_demo(&self) -> bool {
        self.demo || self.demo_listen.is_some()
    }

    /// The flags with which another of these programs talks to the same cluster as the same user, without the context and the
    /// namespace, which may be others meanwhile.
    pub fn for_another(&self) -> Vec<OsString> {
        let mut out: Vec<OsString> = Vec::new();
        let mut add = |name: &str, value: Option<OsString>| {
            if let Some(value) = value {
                out.extend([OsString::from(name), value]);
            }
        };
        let absolute =
            |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone()).into_os_string();
        add("--kubeconfig", self.kubeconfig.as_ref().map(absolute));
        add("--cluster", self.cluster.as_ref().map(OsString::from));
        add("--user", self.user.as_ref().map(OsString::from));
        add("--as", self.as_user.as_ref().map(OsString::from));
        for group in &self.as_group {
            add("--as-group", Some(group.into()));
        }
        add("--request-timeout", self.request_timeout.map(|time| format!("{}s", time.as_secs()).into()));
        add("--config", self.config.as_ref().map(absolute));
        if self.write {
            out.push("--write".into());
        }
        out
    }
}

/// The table of flags for the docs.
pub fn markdown() -> String {
    let command = Args::command();
    let mut out = String::new();
    for heading in [CLUSTER, DEMO, SCREEN, PROGRAM] {
        let _ = writeln!(out, "### {heading}\n\n| flag | what it does |\n| --- | --- |");
        for arg in command.get_arguments().filter(|arg| arg.get_help_heading() == Some(heading)) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(out, "| {} | {help}{} |", spelling(arg), values(arg));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// `` `-n`, `--namespace NAME` ``.
pub(super) fn spelling(arg: &Arg) -> String {
    let short = arg.get_short().map_or_else(String::new, |short| format!("`-{short}`, "));
    let takes = if arg.get_action().takes_values() {
        arg.get_value_names()
            .and_then(|names| names.first())
            .map_or_else(String::new, |name| format!(" {name}"))
    } else {
        String::new()
    };
    format!("{short}`--{}{takes}`", arg.get_long().unwrap_or_default())
}

/// The values that a flag takes, and its default.
pub(super) fn values(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return String::new();
    }
    let names: Vec<_> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if names.is_empty() {
        return String::new();
    }
    let default = arg
        .get_default_values()
        .first()
        .map_or_else(String::new, |value| format!("; without it `{}`", value.to_string_lossy()));
    format!(": {}{default}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::error::ErrorKind;

    fn args(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(["dogwatch"].into_iter().chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn nothing_said_is_nothing_chosen() {
        let args = args("").unwrap();
        assert_eq!((args.kubeconfig, args.namespace, args.request_timeout), (None, None, None));
        assert_eq!((args.color.depth(), args.log_level.name(), args.inner), (None, "info", None));
        assert!(!args.all_namespaces && !args.readonly && !args.on_call && !args.ascii && !args.demo);
    }

    #[test]
    fn reads_what_kubectl_reads() {
        type Check = fn(&Args) -> bool;
        let cases: [(&str, Check); 17] = [
            ("--kubeconfig /k.yaml", |args| args.kubeconfig.as_deref() == Some("/k.yaml".as_ref())),
            ("--kubeconfig=/k.yaml", |args| args.kubeconfig.as_deref() == Some("/k.yaml".as_ref())),
            ("--context prod", |args| args.context.as_deref() == Some("prod")),
            ("--cluster c --user u", |args| {
                args.cluster.as_deref() == Some("c") && args.user.as_deref() == Some("u")
            }),
            ("-n shop", |args| args.namespace.as_deref() == Some("shop")),
            ("-nshop", |args| args.namespace.as_deref() == Some("shop")),
            ("--namespace=shop", |args| args.namespace.as_deref() == Some("shop")),
            ("-A", |args| args.all_namespaces),
            ("-n shop --all-namespaces", |args| args.all_namespaces),
            ("--as jane --as-group a --as-group b", |args| {
                args.as_user.as_deref() == Some("jane") && args.as_group == ["a", "b"]
            }),
            ("--as system:serviceaccount:x:y", |args| {
                args.as_user.as_deref() == Some("system:serviceaccount:x:y")
            }),
            ("--request-timeout 5s", |args| args.request_timeout == Some(Duration::from_secs(5))),
            ("--request-timeout=1m30s", |args| args.request_timeout == Some(Duration::from_secs(90))),
            ("--request-timeout 7", |args| args.request_timeout == Some(Duration::from_secs(7))),
            ("--request-timeout 0", |args| args.request_timeout == Some(Duration::ZERO)),
            ("--readonly", |args| args.readonly),
            ("--on-call", |args| args.on_call && args.reads_only()),
        ];
        for (line, check) in cases {
            let args = args(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(check(&args), "{line}: {args:?}");
        }
    }

    #[test]
    fn reads_our_own() {
        type Check = fn(&Args) -> bool;
        let cases: [(&str, Check); 17] = [
            ("--demo", |args| args.demo && args.wants_demo()),
            ("--demo --demo-pods 100000", |args| args.demo_pods == Some(100_000)),
            ("--demo-listen 127.0.0.1:8001", |args| {
                args.wants_demo() && args.demo_listen.is_some_and(|address| address.port() == 8001)
            }),
            ("--demo --demo-listen [::1]:0 --demo-pods 5 -n staging", |args| args.demo_pods == Some(5)),
            ("--theme dark --keymap vim", |args| {
                args.theme.as_deref() == Some("dark") && args.keymap.as_deref() == Some("vim")
            }),
            ("--config c.yaml", |args| args.config.as_deref() == Some("c.yaml".as_ref())),
            ("--mouse", |args| args.mouse),
            ("--ascii", |args| args.ascii),
            ("check --ascii", |args| args.ascii && args.inner.is_some()),
            ("journal -o json --ascii", |args| args.ascii && args.inner.is_some()),
            ("--color mono", |args| args.color.depth() == Some(Depth::Mono)),
            ("--color 16", |args| args.color.depth() == Some(Depth::Ansi16)),
            ("--color=256", |args| args.color.depth() == Some(Depth::Indexed256)),
            ("--color rgb", |args| args.color.depth() == Some(Depth::Rgb)),
            ("--log-file x.log --log-level debug", |args| {
                args.log_file.is_some() && args.log_level == LogLevel::Debug
            }),
            ("__exec-plugin aws --region x -n", |args| {
                let command = ["aws", "--region", "x", "-n"].map(OsString::from).to_vec();
                args.inner == Some(Inner::ExecPlugin { command })
            }),
            ("__exec-plugin ./p --help", |args| args.inner.is_some()),
        ];
        for (line, check) in cases {
            let args = args(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(check(&args), "{line}: {args:?}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (line, kind, said) in [
            ("--nope", ErrorKind::UnknownArgument, "--nope"),
            ("prod", ErrorKind::InvalidSubcommand, "prod"),
            ("--as-group a", ErrorKind::MissingRequiredArgument, "--as"),
            ("--request-timeout soon", ErrorKind::ValueValidation, "is not a duration"),
            ("--color blue", ErrorKind::InvalidValue, "auto, mono, 16, 256, rgb"),
            ("--log-level loud", ErrorKind::InvalidValue, "error, warn, info, debug, trace"),
            ("--demo --context prod", ErrorKind::ArgumentConflict, "--context"),
            ("--demo-listen 127.0.0.1:1 --kubeconfig k", ErrorKind::ArgumentConflict, "--kubeconfig"),
            ("--demo-listen nowhere", ErrorKind::ValueValidation, "nowhere"),
            ("--demo-pods 5", ErrorKind::MissingRequiredArgument, "--demo"),
            ("--demo --demo-pods 5000000", ErrorKind::ValueValidation, "5000000"),
            ("--context a --context b", ErrorKind::ArgumentConflict, "--context"),
            ("--help", ErrorKind::DisplayHelp, "kubectl"),
            ("-h", ErrorKind::DisplayHelp, "dogwatch --demo"),
            ("--version", ErrorKind::DisplayVersion, VERSION),
            ("-V", ErrorKind::DisplayVersion, "dogwatch "),
        ] {
            let error = args(line).unwrap_err();
            assert_eq!(error.kind(), kind, "{line}");
            assert!(error.to_string().contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn the_version_is_that_of_the_package() {
        let commit = VERSION.strip_prefix(env!("CARGO_PKG_VERSION")).expect(VERSION);
        let hex = commit.trim_start_matches(" (").trim_end_matches(')');
        assert!(
            commit.is_empty() || (hex.len() == 10 && hex.bytes().all(|b| b.is_ascii_hexdigit())),
            "{VERSION}"
        );
    }

    #[test]
    fn help_and_docs_name_every_flag_but_not_what_is_inside() {
        let (help, docs) = (Args::command().render_long_help().to_string(), markdown());
        let mut flags = 0;
        for arg in Args::command().get_arguments() {
            let long = format!("--{}", arg.get_long().expect("only long flags"));
            assert!(help.contains(&long) && docs.contains(&long), "{long}:\n{help}\n{docs}");
            flags += 1;
        }
        assert_eq!(docs.lines().filter(|line| line.starts_with("| `-")).count(), flags, "{docs}");
        assert!(!help.contains("exec-plugin") && !docs.contains("exec-plugin"), "{help}");
        assert!(
            docs.contains("| `-n`, `--namespace NAME` | The namespace to show, instead of the context's |"),
            "{docs}"
        );
        assert!(docs.contains("`auto`, `mono`, `16`, `256`, `rgb`; without it `auto` |"), "{docs}");
    }
}
