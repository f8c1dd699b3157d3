//! The programs of a container, and the shell that runs them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::archive;
use super::files::{Content, Files, Node, absolute};
use super::script::{self, When};
use super::{Container, Out, Process};

/// What every image with a shell brings.
const PROGRAMS: &[&str] = &[
    "cat", "echo", "env", "false", "hostname", "id", "ls", "mkdir", "mv", "printf", "pwd", "rm", "sleep",
    "stty", "tar", "test", "true", "uname",
];
/// The code of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

fn base(program: &str) -> &str {
    let name = ["/bin/", "/usr/bin/"].iter().find_map(|dir| program.strip_prefix(dir)).unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn exists(container: &Container, program: &str) -> bool {
    let (name, shells) = (base(program), container.shells());
    shells.contains(&name) || (!shells.is_empty() && PROGRAMS.contains(&name))
}

/// What the runtime says when a container has no such program.
pub(super) fn missing(container: &Container, files: &Mutex<Files>, program: &str) -> Option<String> {
    if exists(container, program) {
        return None;
    }
    let id = "8f1e0c5d4a9b7263";
    if container.windows {
        return Some(format!(
            "error executing command in container: failed to exec in container: failed to start exec \"{id}\": \
             hcs::System::CreateProcess {program}: The system cannot find the file specified.: unknown"
        ));
    }
    let is_file = files.lock().unwrap_or_else(PoisonError::into_inner).get(program).is_some();
    let why = match program.contains('/') {
        true if is_file => format!("exec: \"{program}\": permission denied"),
        true => format!("exec: \"{program}\": stat {program}: no such file or directory"),
        false => format!("exec: \"{program}\": executable file not found in $PATH"),
    };
    Some(format!(
        "error executing command in container: failed to exec in container: failed to start exec \"{id}\": OCI runtime \
         exec failed: exec failed: unable to start container process: {why}: unknown"
    ))
}

impl Process {
    /// Runs a program to its end.
    pub(super) async fn program(&mut self, command: &[String]) -> i32 {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let Some((program, arguments)) = words.split_first() else { return 0 };
        match (base(program), arguments) {
            ("sh" | "bash" | "cmd" | "powershell", []) => Box::pin(self.shell(base(program))).await,
            ("sh" | "bash", ["-c" | "-lc", text, ..])
            | ("cmd", ["/c", text, ..])
            | ("powershell", ["-c", text, ..]) => match Box::pin(self.text(text)).await {
                Flow::Next(code) | Flow::Exit(code) => code,
            },
            ("sh" | "bash" | "cmd" | "powershell", [option, ..]) if option.starts_with('-') => {
                Box::pin(self.shell(base(program))).await
            }
            ("echo", ["-n", words @ ..]) => self.say(&words.join(" ")).await,
            ("echo", words) => self.say(&format!("{}\n", words.join(" "))).await,
            ("printf", words) => self.say(&words.concat().replace("\\n", "\n").replace("%s", "")).await,
            ("true", _) => 0,
            ("false", _) => 1,
            ("pwd", _) => self.say(&format!("{}\n", self.cwd)).await,
            ("hostname", _) => self.say(&format!("{}\n", self.container.pod)).await,
            ("uname", _) => self.say("Linux\n").await,
            ("id", _) => self.say("uid=0(root) gid=0(root) groups=0(root)\n").await,
            ("env", _) => self.say(&environment(&self.env)).await,
            ("stty", ["size", ..]) if self.out.tty => {
                let (width, height) = *self.size.borrow();
                self.say(&format!("{height} {width}\n")).await
            }
            ("stty", _) if self.out.tty => self.say("speed 38400 baud;\n").await,
            ("stty", _) => self.fail("stty: standard input: not a tty").await,
            ("sleep", [time, ..]) => self.sleep(time).await,
            ("test", ["-d", path]) => i32::from(!self.is(path, |content| *content == Content::Dir)),
            ("test", ["-e" | "-f", path]) => i32::from(!self.is(path, |_| true)),
            ("cat", files) => self.cat(files).await,
            ("ls", arguments) => self.ls(arguments).await,
            ("mkdir", arguments) => {
                for path in arguments.iter().filter(|argument| !argument.starts_with('-')) {
                    let path = absolute(&self.cwd, path);
                    self.files(|files| files.make_dirs(&path));
                }
                0
            }
            ("mv", [from, to]) => {
                let (at, there) = (absolute(&self.cwd, from), absolute(&self.cwd, to));
                if self.files(|files| files.rename(&at, &there)) {
                    return 0;
                }
                self.fail(&format!("mv: cannot stat '{from}': No such file or directory")).await
            }
            ("rm", arguments) => {
                let force =
                    arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('f'));
                let mut code = 0;
                for path in arguments.iter().filter(|argument| !argument.starts_with('-')) {
                    let at = absolute(&self.cwd, path);
                    if !self.files(|files| files.remove(&at)) && !force {
                        code = self
                            .fail(&format!("rm: cannot remove '{path}': No such file or directory"))
                            .await;
                    }
                }
                code
            }
            ("command", ["-v", program]) if exists(&self.container, program) => {
                self.say(&format!("/bin/{program}\n")).await
            }
            ("command", _) => 127,
            ("tar", arguments) => self.tar(arguments).await,
            _ => self.fail(&format!("{program}: wrong arguments")).await,
        }
    }

    pub(super) async fn say(&self, words: &str) -> i32 {
        self.out.say(words).await;
        0
    }

    pub(super) async fn fail(&self, words: &str) -> i32 {
        self.out.complain(&format!("{words}\n")).await;
        1
    }

    fn is(&self, path: &str, what: impl Fn(&Content) -> bool) -> bool {
        let path = absolute(&self.cwd, path);
        self.files(|files| files.get(&path).is_some_and(|node| what(&node.content)))
    }

    /// Waits for something, unless Ctrl-C comes first.
    async fn unless_interrupted<T>(&mut self, what: impl AsyncFnOnce(&mut Self) -> T) -> Option<T> {
        let mut interrupt = self.interrupt.clone();
        interrupt.mark_unchanged();
        tokio::select! {
            done = what(self) => Some(done),
            Ok(()) = interrupt.changed() => None,
        }
    }

    async fn sleep(&mut self, time: &str) -> i32 {
        let time =
            if time == "infinity" { Some(1e9) } else { time.trim_end_matches('s').parse::<f64>().ok() };
        let Some(time) = time.filter(|time| (0.0..=1e9).contains(time)) else {
            return self.fail(&format!("sleep: invalid time interval '{}'", time.unwrap_or_default())).await;
        };
        let time = Duration::from_secs_f64(time);
        let slept = self.unless_interrupted(async |_| tokio::time::sleep(time).await).await;
        slept.map_or(INTERRUPTED, |()| 0)
    }

    async fn cat(&mut self, paths: &[&str]) -> i32 {
        if paths.is_empty() || paths == ["-"] {
            let copied = self.unless_interrupted(async |process| {
                while let Some(bytes) = process.stdin.read().await {
                    process.out.write(1, &bytes).await;
                }
            });
            return copied.await.map_or(INTERRUPTED, |()| 0);
        }
        let mut code = 0;
        for path in paths {
            let at = absolute(&self.cwd, path);
            match self.files(|files| files.get(&at).map(|node| node.content.clone())) {
                Some(Content::File(bytes)) => self.out.write(1, &bytes).await,
                Some(_) => code = self.fail(&format!("cat: {path}: Is a directory")).await,
                None => code = self.fail(&format!("cat: {path}: No such file or directory")).await,
            }
        }
        code
    }

    async fn ls(&mut self, arguments: &[&str]) -> i32 {
        let long = arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('l'));
        let mut paths: Vec<&str> =
            arguments.iter().filter(|argument| !argument.starts_with('-')).copied().collect();
        if paths.is_empty() {
            paths.push(".");
        }
        let mut code = 0;
        for path in paths {
            let at = absolute(&self.cwd, path);
            let lines = self.files(|files| {
                let node = files.get(&at)?;
                if node.content != Content::Dir {
                    return Some(entry(path, node, long));
                }
                Some(
                    files
                        .list(&at)
                        .into_iter()
                        .map(|(name, node)| entry(name, node, long))
                        .collect::<String>(),
                )
            });
            match lines {
                Some(lines) => self.out.say(&lines).await,
                None => {
                    self.fail(&format!("ls: cannot access '{path}': No such file or directory")).await;
                    code = 2;
                }
            }
        }
        code
    }

    async fn tar(&mut self, arguments: &[&str]) -> i32 {
        let Some(order) = archive::Order::parse(arguments) else {
            return self.fail("tar: only to the standard output and from the standard input").await;
        };
        let dir = order.dir.map_or_else(|| self.cwd.clone(), |dir| absolute(&self.cwd, dir));
        if !self.is(&dir, |content| *content == Content::Dir) {
            self.fail(&format!("tar: {dir}: Cannot open: No such file or directory")).await;
            return 2;
        }
        if order.create {
            let (bytes, complaints) = self.files(|files| archive::pack(files, &dir, &order.paths));
            self.out.write(1, &bytes).await;
            self.out.complain(&complaints).await;
            return if complaints.contains("Cannot stat") { 2 } else { 0 };
        }
        let read = self.unless_interrupted(async |process| {
            let mut bytes = BytesMut::new();
            while !archive::is_whole(&bytes)
                && let Some(more) = process.stdin.read().await
            {
                bytes.extend_from_slice(&more);
            }
            bytes.freeze()
        });
        let Some(bytes) = read.await else { return INTERRUPTED };
        match self.files(|files| archive::unpack(files, &dir, &bytes)) {
            Ok(()) => 0,
            Err(why) => {
                self.fail(&format!("tar: {why}")).await;
                2
            }
        }
    }

    /// A shell that reads commands until its input ends.
    async fn shell(&mut self, name: &str) -> i32 {
        loop {
            if self.out.tty {
                let prompt = match name {
                    "bash" => format!("root@{}:{}# ", self.container.pod, self.cwd),
                    "powershell" => "PS C:\\> ".to_owned(),
                    "cmd" => "C:\\>".to_owned(),
                    _ => format!("{} # ", self.cwd),
                };
                self.out.say(&prompt).await;
            }
            let Some(line) = self.unless_interrupted(async |process| process.stdin.line().await).await else {
                self.last = INTERRUPTED;
                continue;
            };
            let Some(line) = line else {
                if self.out.tty {
                    self.out.say("exit\n").await;
                }
                return self.last;
            };
            match Box::pin(self.text(&String::from_utf8_lossy(&line))).await {
                Flow::Next(code) => self.last = code,
                Flow::Exit(code) => return code,
            }
        }
    }

    /// Runs commands.
    async fn text(&mut self, text: &str) -> Flow {
        let commands = match script::parse(text, &self.env, self.last) {
            Ok(commands) => commands,
            Err(why) => {
                self.fail(&format!("sh: {why}")).await;
                return Flow::Next(2);
            }
        };
        let mut code = 0;
        for mut command in commands {
            let runs = match command.when {
                When::Always => true,
                When::Success => code == 0,
                When::Failure => code != 0,
            };
            if !runs {
                continue;
            }
            let replaces = command.words[0] == "exec" && command.words.len() > 1;
            if replaces {
                command.words.remove(0);
            }
            match self.command(&command).await {
                Flow::Next(done) if !replaces => code = done,
                Flow::Next(done) | Flow::Exit(done) => return Flow::Exit(done),
            }
            self.last = code;
        }
        Flow::Next(code)
    }

    async fn command(&mut self, command: &script::Command) -> Flow {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        match words[..] {
            ["exit"] => return Flow::Exit(self.last),
            ["exit", code, ..] => return Flow::Exit(code.parse::<i32>().map_or(2, |code| code & 255)),
            ["cd", path] => {
                if !self.is(path, |content| *content == Content::Dir) {
                    return Flow::Next(self.fail(&format!("cd: {path}: No such file or directory")).await);
                }
                self.cwd = absolute(&self.cwd, path);
                return Flow::Next(0);
            }
            ["cd"] => {
                "/root".clone_into(&mut self.cwd);
                return Flow::Next(0);
            }
            ["export", pair] | [pair] if pair.contains('=') => {
                if let Some((name, value)) = pair.split_once('=') {
                    self.env.insert(name.to_owned(), value.to_owned());
                }
                return Flow::Next(0);
            }
            [program, ..] if program != "command" && !exists(&self.container, program) => {
                if !command.quiet {
                    self.fail(&format!("sh: {program}: command not found")).await;
                }
                return Flow::Next(127);
            }
            _ => {}
        }
        let Some((path, append)) = &command.into else {
            return Flow::Next(Box::pin(self.program(&command.words)).await);
        };
        Flow::Next(self.redirected(&command.words, path, *append).await)
    }

    /// Runs a program whose output goes into a file.
    async fn redirected(&mut self, words: &[String], path: &str, append: bool) -> i32 {
        let (output, mut said) = tokio::sync::mpsc::channel(64);
        let shown = std::mem::replace(&mut self.out, Out { output, tty: false });
        let (mut kept, mut complaints) = (BytesMut::new(), BytesMut::new());
        let collect = async {
            while let Some(said) = said.recv().await {
                if said.stream == 2 { &mut complaints } else { &mut kept }.extend_from_slice(&said.bytes);
            }
        };
        let run = async {
            let code = Box::pin(self.program(words)).await;
            self.out = shown;
            code
        };
        let (code, ()) = tokio::join!(run, collect);
        self.out.write(2, &complaints).await;
        if path == "/dev/null" {
            return code;
        }
        let at = absolute(&self.cwd, path);
        let written = self.files(|files| {
            let mut bytes = BytesMut::new();
            if append && let Some(Node { content: Content::File(before), .. }) = files.get(&at) {
                bytes.extend_from_slice(before);
            }
            bytes.extend_from_slice(&kept);
            files.write(&at, Bytes::from(bytes), 0o644, 1_790_000_000)
        });
        match written {
            Ok(()) => code,
            Err(why) => self.fail(&format!("sh: {path}: {why}")).await,
        }
    }
}

/// What comes after a command.
enum Flow {
    Next(i32),
    Exit(i32),
}

fn environment(env: &BTreeMap<String, String>) -> String {
    env.iter().fold(String::new(), |mut out, (name, value)| {
        // A string takes everything that is written to it.
        let _ = writeln!(out, "{name}={value}");
        out
    })
}

fn entry(name: &str, node: &Node, long: bool) -> String {
    if !long {
        return format!("{name}\n");
    }
    let (kind, size) = match &node.content {
        Content::Dir => ('d', 4096),
        Content::File(bytes) => ('-', bytes.len()),
        Content::Link(to) => ('l', to.len()),
    };
    let bits: String = (0..9)
        .rev()
        .map(|bit| if node.mode >> bit & 1 == 1 { b"xwr"[bit % 3] as char } else { '-' })
        .collect();
    format!("{kind}{bits} 1 root root {size:>8} {name}\n")
}
