//! Who we are to the server: tokens, token files, passwords, client certificates and credential plugins.
//!
//! Credentials are held here for one session and renewed when they expire or are refused; they are never shown, logged
//! or written. OIDC is left to kube's client, see `super::connect`.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use http::HeaderValue;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::plugin::{Plugin, PluginAnswer};
use super::target::Target;
use crate::model::trouble::{Trouble, TroubleKind};

/// How long a token read from a file is used before the file is read again.
const FILE_LASTS: Duration = Duration::from_mins(1);
/// How long the failure of a plugin is taken for an answer, so that several requests don't run it several times.
const FAILURE_LASTS: Duration = Duration::from_secs(5);
/// A credential this close to its end is renewed.
const MARGIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// A client certificate and its key, PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Certificate chain.
    pub certificate: String,
    /// Private key.
    pub key: SecretString,
}

/// What is presented to the server at the moment.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The `Authorization` header.
    pub header: Option<HeaderValue>,
    /// A client certificate from a plugin (those of the kubeconfig are read by the TLS part).
    pub identity: Option<Identity>,
    expires: Option<Timestamp>,
    read: Option<Instant>,
}

impl Held {
    fn usable(&self) -> bool {
        self.expires.is_none_or(|expires| Timestamp::now() + MARGIN < expires)
            && self.read.is_none_or(|read| read.elapsed() < FILE_LASTS)
    }
}

enum Source {
    None,
    Fixed(HeaderValue),
    File { path: PathBuf, or: Option<SecretString> },
    Plugin(Box<Plugin>),
    Oidc,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failed: Option<(Instant, Trouble)>,
}

/// The credentials of one session.
pub struct Credentials {
    source: Source,
    state: Mutex<State>,
}

impl Credentials {
    /// Those that the target's user entry names, in kubectl's order of precedence.
    pub fn new(target: &Target) -> Result<Self, Trouble> {
        let auth = &target.auth;
        let source = if let Some(file) = auth.token_file.as_ref().filter(|file| !file.is_empty()) {
            Source::File { path: PathBuf::from(file), or: auth.token.clone() }
        } else if let Some(token) = auth.token.as_ref().filter(|token| !token.expose_secret().is_empty()) {
            Source::Fixed(bearer(token.expose_secret())?)
        } else if let Some(user) = auth.username.as_ref().filter(|user| !user.is_empty()) {
            let password = auth.password.as_ref().map_or("", |password| password.expose_secret());
            let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            Source::Fixed(header(&format!("Basic {text}"))?)
        } else if let Some(exec) = &auth.exec {
            Source::Plugin(Box::new(Plugin::new(exec, &target.entry, target.plugin_helper.clone())?))
        } else if let Some(provider) = &auth.auth_provider {
            if provider.name != "oidc" {
                let said = format!(
                    "user {:?} uses the auth-provider {:?}, which Kubernetes has removed; use its exec plugin",
                    target.user, provider.name
                );
                return Err(Trouble::new(TroubleKind::Config, said));
            }
            Source::Oidc
        } else {
            Source::None
        };
        Ok(Self { source, state: Mutex::default() })
    }

    /// Whether kube's OIDC layer has to present the token.
    pub fn is_oidc(&self) -> bool {
        matches!(self.source, Source::Oidc)
    }

    /// What to present now; renewed when it has expired.
    pub async fn get(&self) -> Result<Held, Trouble> {
        match &self.source {
            Source::None | Source::Oidc => return Ok(Held::default()),
            Source::Fixed(header) => return Ok(Held { header: Some(header.clone()), ..Held::default() }),
            Source::File { .. } | Source::Plugin(_) => {}
        }
        // Held while renewing, so that a plugin runs once for all who wait.
        let mut state = self.state.lock().await;
        if let Some(held) = state.held.as_ref().filter(|held| held.usable()) {
            return Ok(held.clone());
        }
        if let Some((at, trouble)) = &state.failed
            && at.elapsed() < FAILURE_LASTS
        {
            return Err(trouble.clone());
        }
        match self.renew(state.held.take()).await {
            Ok(held) => {
                *state = State { held: Some(held.clone()), failed: None };
                Ok(held)
            }
            Err(trouble) => {
                state.failed = Some((Instant::now(), trouble.clone()));
                Err(trouble)
            }
        }
    }

    /// What is waited for, when it is not the server: a plugin that has not answered yet.
    pub fn waits_for(&self) -> Option<Trouble> {
        let Source::Plugin(plugin) = &self.source else { return None };
        // Only who renews holds the lock for longer than a moment.
        self.state.try_lock().is_err().then(|| plugin.pending())
    }

    /// The server refused them (401): the next [`Self::get`] renews.
    pub async fn forget(&self) {
        *self.state.lock().await = State::default();
    }

    async fn renew(&self, before: Option<Held>) -> Result<Held, Trouble> {
        match &self.source {
            Source::File { path, or } => {
                let read = Some(Instant::now());
                match tokio::fs::read_to_string(path).await {
                    Ok(token) => Ok(Held { header: Some(bearer(token.trim())?), read, ..Held::default() }),
                    // The last token read goes on being used: some setups remove the file after the start.
                    Err(error) => match (before, or) {
                        (Some(held), _) => Ok(Held { read, ..held }),
                        (None, Some(token)) => {
                            Ok(Held { header: Some(bearer(token.expose_secret())?), read, ..Held::default() })
                        }
                        (None, None) => {
                            let said = format!("token file {}: {error}", path.display());
                            Err(Trouble::new(TroubleKind::Config, said))
                        }
                    },
                }
            }
            Source::Plugin(plugin) => {
                let PluginAnswer { token, identity, expires } = plugin.run().await?;
                let header = token.map(|token| bearer(token.expose_secret())).transpose()?;
                Ok(Held { header, identity, expires, read: None })
            }
            Source::None | Source::Fixed(_) | Source::Oidc => Ok(Held::default()),
        }
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Trouble> {
    header(&format!("Bearer {token}"))
}

fn header(value: &str) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Trouble::new(TroubleKind::Config, "the token has characters that a header cannot carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn token(credentials: &Credentials) -> Result<String, TroubleKind> {
        let held = credentials.get().await.map_err(|trouble| trouble.kind)?;
        Ok(held.header.map(|header| header.to_str().unwrap().to_owned()).unwrap_or_default())
    }

    fn target(change: impl FnOnce(&mut Target)) -> Target {
        let mut target = Target::embedded("t", "default");
        change(&mut target);
        target
    }

    #[tokio::test(start_paused = true)]
    async fn token_files_are_trimmed_and_read_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "one\n").unwrap();
        let path = file.path().to_string_lossy().into_owned();
        let target = target(|target| {
            target.auth.token_file = Some(path);
            target.auth.token = Some("inline".into());
        });
        let credentials = Credentials::new(&target).unwrap();
        assert_eq!(token(&credentials).await.as_deref(), Ok("Bearer one"));
        std::fs::write(file.path(), "two").unwrap();
        assert_eq!(token(&credentials).await.as_deref(), Ok("Bearer one"), "within its minute");
        tokio::time::advance(FILE_LASTS).await;
        assert_eq!(token(&credentials).await.as_deref(), Ok("Bearer two"));
        std::fs::write(file.path(), "three").unwrap();
        credentials.forget().await;
        assert_eq!(token(&credentials).await.as_deref(), Ok("Bearer three"), "refused: read at once");
        drop(file);
        tokio::time::advance(FILE_LASTS).await;
        assert_eq!(token(&credentials).await.as_deref(), Ok("Bearer three"), "the file is gone");
        credentials.forget().await;
        assert_eq!(token(&credentials).await.as_deref(), Ok("Bearer inline"));
    }

    #[tokio::test]
    async fn passwords_and_odd_tokens() {
        let basic = target(|target| {
            target.auth.username = Some("jane".into());
            target.auth.password = Some("pass:word".into());
        });
        let credentials = Credentials::new(&basic).unwrap();
        assert_eq!(token(&credentials).await.as_deref(), Ok("Basic amFuZTpwYXNzOndvcmQ="));
        let odd = target(|target| target.auth.token = Some("a\nb".into()));
        assert_eq!(Credentials::new(&odd).err().map(|trouble| trouble.kind), Some(TroubleKind::Config));
        let missing = target(|target| target.auth.token_file = Some("/nowhere/token".into()));
        assert_eq!(token(&Credentials::new(&missing).unwrap()).await, Err(TroubleKind::Config));
    }

    #[test]
    fn removed_providers_are_told() {
        let gcp = target(|target| {
            target.auth.auth_provider =
                Some(kube::config::AuthProviderConfig { name: "gcp".into(), ..Default::default() });
        });
        let trouble = Credentials::new(&gcp).err().unwrap();
        assert!(trouble.said.contains("gcp") && trouble.said.contains("exec plugin"), "{}", trouble.said);
    }
}
