//! Credential plugins (`users[].user.exec`): run so that they cannot touch the screen or wait for a key.
//!
//! Standard input is empty, output and errors are captured, and the plugin runs in a session of its own without a
//! terminal. What it said is shown when it fails.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use kube::config::{Cluster as ClusterEntry, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::credentials::Identity;
use crate::model::text::clean;
use crate::model::trouble::{Trouble, TroubleKind};

/// A plugin that takes longer is ended.
const DEADLINE: Duration = Duration::from_mins(1);
/// What is read at most of each output.
const LONGEST: u64 = 1 << 20;
/// Exit code of the helper when the plugin is not there, as in shells.
const NOT_FOUND: u8 = 127;

/// The hidden first argument with which this program runs a plugin for itself.
pub const EXEC_PLUGIN: &str = "__exec-plugin";

/// What `dogwatch __exec-plugin COMMAND ARGUMENTS...` does: leaves the terminal (a new session has none), then becomes
/// the plugin.
pub fn exec_plugin_child(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let Some(command) = args.next() else { return ExitCode::from(NOT_FOUND) };
    // It fails only for a process group's leader, which then has no other way to lose its terminal: go on.
    let _ = rustix::process::setsid();
    let error = std::process::Command::new(&command).args(args).exec();
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes());
    match error.kind() {
        std::io::ErrorKind::NotFound => ExitCode::from(NOT_FOUND),
        _ => ExitCode::from(126),
    }
}

/// What a plugin answered.
pub struct PluginAnswer {
    /// A bearer token.
    pub token: Option<SecretString>,
    /// A client certificate.
    pub identity: Option<Identity>,
    /// When it ends; without it, it is used until it is refused.
    pub expires: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    #[serde(default)]
    api_version: String,
    status: Option<ExecStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecStatus {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// A plugin as configured.
pub(super) struct Plugin {
    command: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    api_version: String,
    info: String,
    hint: Option<String>,
    helper: Option<PathBuf>,
}

impl Plugin {
    /// It runs and has not answered.
    pub fn pending(&self) -> Trouble {
        let said = format!("{} has not answered yet; it is given {} s", self.command, DEADLINE.as_secs());
        Trouble::new(TroubleKind::PluginWaits, said).trying(&self.line())
    }

    pub fn new(exec: &ExecConfig, cluster: &ClusterEntry, helper: Option<PathBuf>) -> Result<Self, Trouble> {
        let wrong = |said: String| Trouble::new(TroubleKind::Config, said);
        let command = exec.command.clone().filter(|command| !command.is_empty());
        let command = command.ok_or_else(|| wrong("the user's exec entry has no command".to_owned()))?;
        let api_version = match exec.api_version.as_deref() {
            Some(version @ ("client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1")) => {
                version.to_owned()
            }
            other => {
                let version = other.unwrap_or("none");
                return Err(wrong(format!(
                    "exec apiVersion of {command}: {version} is not supported (v1 is)"
                )));
            }
        };
        if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
            let said =
                format!("{command} wants a terminal (interactiveMode: Always); log in with it in a shell");
            return Err(Trouble::new(TroubleKind::CredentialPlugin, said));
        }
        let mut spec = serde_json::json!({ "interactive": false });
        if exec.provide_cluster_info {
            let cluster = ExecAuthCluster::try_from(cluster).map_err(|error| wrong(error.to_string()))?;
            spec["cluster"] = serde_json::to_value(cluster).map_err(|error| wrong(error.to_string()))?;
        }
        let info = serde_json::json!({"kind": "ExecCredential", "apiVersion": api_version, "spec": spec});
        let env = exec.env.iter().flatten().filter_map(|pair| {
            Some((pair.get("name")?.clone(), pair.get("value").cloned().unwrap_or_default()))
        });
        Ok(Self {
            args: exec.args.clone().unwrap_or_default(),
            env: env.collect(),
            info: info.to_string(),
            hint: exec.install_hint.clone().filter(|hint| !hint.trim().is_empty()),
            command,
            api_version,
            helper,
        })
    }

    /// Runs it once.
    pub async fn run(&self) -> Result<PluginAnswer, Trouble> {
        let mut child = match self.prepare().spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(self.not_found()),
            Err(error) => return Err(self.failed(&format!("cannot be run: {error}"), &[])),
        };
        let mut group = Group(child.id());
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        let collected = tokio::time::timeout(DEADLINE, collect(&mut child, &mut out, &mut errors)).await;
        let status = match collected {
            Ok(Ok(status)) => {
                group.finished();
                status
            }
            Ok(Err(error)) => return Err(self.failed(&error.to_string(), &errors)),
            Err(_) => {
                let said = format!("did not answer within {} s and was ended", DEADLINE.as_secs());
                return Err(self.failed(&said, &errors));
            }
        };
        if status.code() == Some(i32::from(NOT_FOUND)) && self.helper.is_some() {
            return Err(self.not_found());
        }
        if !status.success() {
            return Err(self.failed(&format!("failed ({status})"), &errors));
        }
        self.parse(&out).map_err(|why| self.failed(&why, &errors))
    }

    fn prepare(&self) -> Command {
        let mut command = Command::new(self.helper.as_deref().unwrap_or(self.command.as_ref()));
        if self.helper.is_some() {
            command.arg(EXEC_PLUGIN).arg(&self.command);
        } else {
            command.process_group(0);
        }
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", &self.info)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn parse(&self, out: &[u8]) -> Result<PluginAnswer, String> {
        let credential: ExecCredential =
            serde_json::from_slice(out).map_err(|error| format!("answered no ExecCredential: {error}"))?;
        if credential.api_version != self.api_version {
            return Err(format!("answered {}, not {}", credential.api_version, self.api_version));
        }
        let status = credential.status.ok_or("answered without a status")?;
        let expires = status.expiration_timestamp.map(|text| text.parse::<Timestamp>()).transpose();
        let expires = expires.map_err(|error| format!("answered a bad expirationTimestamp: {error}"))?;
        let identity = match (status.client_certificate_data, status.client_key_data) {
            (Some(certificate), Some(key)) => Some(Identity { certificate, key: key.into() }),
            (None, None) => None,
            _ => return Err("answered a certificate without its key, or the reverse".to_owned()),
        };
        let token = status.token.filter(|token| !token.is_empty()).map(SecretString::from);
        if token.is_none() && identity.is_none() {
            return Err("answered neither a token nor a certificate".to_owned());
        }
        Ok(PluginAnswer { token, identity, expires })
    }

    fn not_found(&self) -> Trouble {
        let mut said = format!("{} is not installed", self.command);
        if let Some(hint) = &self.hint {
            said.push_str(": ");
            said.push_str(hint.trim());
        }
        Trouble::new(TroubleKind::CredentialPlugin, said).trying(&self.command)
    }

    /// The whole command, as it is shown.
    fn line(&self) -> String {
        let words: Vec<&str> = std::iter::once(&self.command).chain(&self.args).map(String::as_str).collect();
        clean(&words.join(" ")).into_owned()
    }

    /// What failed, with the last lines the plugin said.
    fn failed(&self, what: &str, errors: &[u8]) -> Trouble {
        let text = String::from_utf8_lossy(errors);
        let mut lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).rev().take(4).collect();
        lines.reverse();
        let mut said = format!("{} {what}", self.command);
        if !lines.is_empty() {
            said = format!("{said}: {}", lines.join("\n"));
        }
        Trouble::new(TroubleKind::CredentialPlugin, said).trying(&self.line())
    }
}

async fn collect(
    child: &mut Child,
    out: &mut Vec<u8>,
    errors: &mut Vec<u8>,
) -> std::io::Result<std::process::ExitStatus> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read_out = async {
        match stdout {
            Some(pipe) => pipe.take(LONGEST).read_to_end(out).await,
            None => Ok(0),
        }
    };
    let read_errors = async {
        match stderr {
            Some(pipe) => pipe.take(LONGEST).read_to_end(errors).await,
            None => Ok(0),
        }
    };
    let (status, read, _) = tokio::join!(child.wait(), read_out, read_errors);
    read?;
    status
}

/// The plugin's process group; it ends when this is dropped before the plugin has ended by itself.
struct Group(Option<u32>);

impl Group {
    /// What the plugin left running (a browser, an agent) is meant to go on.
    fn finished(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let pid = self.0.and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()));
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    fn plugin(script: &str, change: impl FnOnce(&mut ExecConfig)) -> Result<Plugin, Trouble> {
        let mut exec = ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".into()),
            command: Some("/bin/sh".into()),
            args: Some(vec!["-c".into(), script.into()]),
            env: Some(vec![[("name".to_owned(), "WHO".to_owned()), ("value".into(), "jane".into())].into()]),
            ..ExecConfig::default()
        };
        change(&mut exec);
        let cluster = ClusterEntry { server: Some("https://c".into()), ..ClusterEntry::default() };
        Plugin::new(&exec, &cluster, None)
    }

    fn credential(status: &str) -> String {
        format!(
            r#"echo "{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}}""#,
            status.replace('"', "\\\"")
        )
    }

    async fn failure(script: &str) -> Trouble {
        plugin(script, |_| ()).unwrap().run().await.err().unwrap()
    }

    #[tokio::test]
    async fn a_token_with_its_end() {
        let status = r#"{"token":"t-$WHO","expirationTimestamp":"2030-01-02T03:04:05Z"}"#;
        let answer = plugin(&credential(status), |_| ()).unwrap().run().await.unwrap();
        assert_eq!(answer.token.unwrap().expose_secret(), "t-jane");
        assert_eq!(answer.expires.unwrap().to_string(), "2030-01-02T03:04:05Z");
    }

    #[tokio::test]
    async fn it_gets_the_cluster_and_no_input() {
        let script = "read line; printf '%s\\n' \"$KUBERNETES_EXEC_INFO\" >&2; exit 3";
        let plugin = plugin(script, |exec| exec.provide_cluster_info = true).unwrap();
        let said = plugin.run().await.err().unwrap().said;
        assert!(
            said.contains(r#""server":"https://c""#) && said.contains(r#""interactive":false"#),
            "{said}"
        );
    }

    #[tokio::test]
    async fn failures_say_what_the_plugin_said() {
        let trouble = failure("printf 'one\\ntwo\\nthree\\nfour\\n\\033[2Jfive\\n' >&2; exit 2").await;
        assert_eq!(trouble.kind, TroubleKind::CredentialPlugin);
        assert!(
            trouble.said.contains("exit status: 2") && trouble.said.contains("␛[2Jfive"),
            "{}",
            trouble.said
        );
        assert!(!trouble.said.contains("one") && trouble.said.contains("two"));
        for (script, said) in [
            ("echo hello", "no ExecCredential"),
            ("echo '{\"apiVersion\":\"other\",\"status\":{}}'", "answered other"),
            (credential("{}").as_str(), "neither"),
            (credential(r#"{"clientCertificateData":"x"}"#).as_str(), "without its key"),
            (credential(r#"{"token":"x","expirationTimestamp":"soon"}"#).as_str(), "expirationTimestamp"),
        ] {
            let trouble = failure(script).await;
            assert!(trouble.said.contains(said), "{script}: {}", trouble.said);
        }
    }

    #[tokio::test]
    async fn a_helper_becomes_the_plugin() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("helper");
        std::fs::write(&helper, "#!/bin/sh\n[ \"$1\" = __exec-plugin ] || exit 9\nshift\nexec \"$@\"\n")
            .unwrap();
        std::fs::set_permissions(&helper, PermissionsExt::from_mode(0o755)).unwrap();
        let script = format!("[ -t 0 ] && exit 8; {}", credential(r#"{"token":"t"}"#));
        let mut plugin = plugin(&script, |_| ()).unwrap();
        plugin.helper = Some(helper);
        assert_eq!(plugin.run().await.unwrap().token.unwrap().expose_secret(), "t");
        plugin.command = "/nowhere/get-token".into();
        let trouble = plugin.run().await.err().unwrap();
        assert_eq!(trouble.said, "/nowhere/get-token is not installed");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_hangs_is_ended() {
        // The clock stands while the plugin runs, unless it is moved.
        let plugin = plugin("echo waiting for login >&2; exec sleep 1000", |_| ()).unwrap();
        let running = tokio::spawn(async move { plugin.run().await.err().unwrap() });
        let trouble = running.await.unwrap();
        assert!(trouble.said.contains("did not answer within 60 s"), "{}", trouble.said);
    }

    #[tokio::test]
    async fn missing_plugins_give_their_hint() {
        let plugin = plugin("", |exec| {
            exec.command = Some("/nowhere/get-token".into());
            exec.install_hint = Some("brew install it\n".into());
        });
        let trouble = plugin.unwrap().run().await.err().unwrap();
        assert_eq!(trouble.said, "/nowhere/get-token is not installed: brew install it");
    }

    #[test]
    fn unusable_entries_are_told() {
        for (change, said) in [
            (
                Box::new(|exec: &mut ExecConfig| exec.command = None) as Box<dyn FnOnce(&mut ExecConfig)>,
                "command",
            ),
            (
                Box::new(|exec| exec.api_version = Some("client.authentication.k8s.io/v1alpha1".into())),
                "v1alpha1",
            ),
            (Box::new(|exec| exec.interactive_mode = Some(ExecInteractiveMode::Always)), "terminal"),
        ] {
            let trouble = plugin("", change).err().unwrap();
            assert!(trouble.said.contains(said), "{}", trouble.said);
        }
    }
}
