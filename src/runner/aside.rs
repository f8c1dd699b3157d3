//! Opens something beside this terminal: a pane or window of tmux that runs this program.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::Tmux;
use crate::model::remote::{Entrance, What};

/// How it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// This program.
    pub program: PathBuf,
    /// The flags that say which cluster and as whom, without the context.
    pub flags: Vec<OsString>,
    /// Variables that tmux would not hand on.
    pub variables: Vec<(String, OsString)>,
    /// What is opened.
    pub tmux: Tmux,
}

impl Aside {
    /// Opens it; the answer says what was opened, or why not.
    pub fn open(
        &self,
        context: &str,
        entrance: &Entrance,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        let arguments = self.arguments(context, entrance);
        let words = match self.tmux {
            Tmux::Pane => format!("{entrance} is in a pane below"),
            Tmux::Window => format!("{entrance} is in a window of its own"),
        };
        async move {
            let run = tokio::process::Command::new("tmux")
                .args(arguments)
                .stdin(std::process::Stdio::null())
                .output();
            match run.await {
                Ok(output) if output.status.success() => Ok(words),
                Ok(output) => Err(format!("tmux: {}", String::from_utf8_lossy(&output.stderr).trim())),
                Err(error) => Err(format!("tmux: {error}")),
            }
        }
    }

    fn arguments(&self, context: &str, entrance: &Entrance) -> Vec<OsString> {
        let mut out: Vec<OsString> = match self.tmux {
            Tmux::Pane => vec!["split-window".into(), "-v".into(), "--".into()],
            Tmux::Window => vec!["new-window".into(), "-n".into(), entrance.pod.clone().into(), "--".into()],
        };
        // Several words are run as they are, without a shell between.
        out.push("env".into());
        for (name, value) in &self.variables {
            let mut pair = OsString::from(format!("{name}="));
            pair.push(value);
            out.push(pair);
        }
        out.push(self.program.clone().into());
        out.extend(self.flags.iter().cloned());
        if !context.is_empty() {
            out.extend(["--context".into(), context.into()]);
        }
        let Entrance { namespace, pod, container, what, .. } = entrance;
        out.extend(
            [entrance.word(), "--wait", "-i", "-t", "-n", namespace, "-c", container, pod]
                .map(OsString::from),
        );
        if let What::Command(command) = what {
            out.push("--".into());
            out.extend(command.iter().map(OsString::from));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cluster_the_same_user_the_same_container() {
        let aside = Aside {
            program: "/opt/dogwatch".into(),
            flags: vec!["--as".into(), "jane".into()],
            variables: vec![("KUBECONFIG".to_owned(), "a b:c".into())],
            tmux: Tmux::Pane,
        };
        let entrance = Entrance {
            namespace: "shop".to_owned(),
            pod: "web-1".to_owned(),
            container: "app".to_owned(),
            what: What::Command(vec!["ls".to_owned(), "-l x".to_owned()]),
            windows: false,
            stdin: true,
            tty: true,
        };
        let words = |aside: &Aside, entrance: &Entrance| {
            let arguments = aside.arguments("prod", entrance);
            arguments.iter().map(|word| word.to_str().unwrap().to_owned()).collect::<Vec<_>>().join("|")
        };
        assert_eq!(
            words(&aside, &entrance),
            "split-window|-v|--|env|KUBECONFIG=a b:c|/opt/dogwatch|--as|jane|--context|prod|exec|--wait|-i|-t|-n|shop|-c|app|\
             web-1|--|ls|-l x"
        );
        let (aside, entrance) =
            (Aside { tmux: Tmux::Window, ..aside }, Entrance { what: What::Attach, ..entrance });
        assert!(words(&aside, &entrance).starts_with("new-window|-n|web-1|--|env|"));
        assert!(words(&aside, &entrance).ends_with("|attach|--wait|-i|-t|-n|shop|-c|app|web-1"));
    }
}
