//! The line that asks for a manifest: a file's path is typed, or the manifest itself is pasted into it.

use crate::widget::line_edit::LineEdit;

/// Where a manifest comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of this machine.
    File(String),
    /// Text that was pasted.
    Pasted(String),
}

impl Source {
    /// As kubectl takes it after `-f`.
    pub fn name(&self) -> &str {
        match self {
            Self::File(path) => path,
            Self::Pasted(_) => "-",
        }
    }
}

/// The line, and what was pasted into it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManifestAsk {
    /// The path, as far as it is typed.
    pub line: LineEdit,
    /// A manifest that was pasted; it is taken before a path.
    pub pasted: Option<String>,
}

impl ManifestAsk {
    /// Takes a paste: several lines are a manifest, one is a path.
    pub fn paste(&mut self, text: &str) {
        if text.trim().contains(['\n', '\r']) {
            // A terminal may send line ends as carriage returns.
            self.pasted = Some(text.replace("\r\n", "\n").replace('\r', "\n"));
            self.line = LineEdit::default();
        } else {
            self.line.paste(text);
        }
    }

    /// What Enter takes.
    pub fn source(&self) -> Option<Source> {
        match (&self.pasted, self.line.text().trim()) {
            (Some(text), _) => Some(Source::Pasted(text.clone())),
            (None, "") => None,
            (None, path) => Some(Source::File(path.to_owned())),
        }
    }

    /// What is said at the right.
    pub fn hint(&self) -> String {
        match &self.pasted {
            Some(text) => {
                format!("{} lines pasted   Enter shows the plan, Esc drops them", text.lines().count())
            }
            None if self.line.text().is_empty() => "a file's path, or paste the manifest".to_owned(),
            None => "Enter shows the plan".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lines_are_a_manifest_and_one_is_a_path() {
        let mut ask = ManifestAsk::default();
        assert_eq!(ask.source(), None);
        ask.paste("deploy/web.yaml\n");
        assert_eq!(ask.source(), Some(Source::File("deploy/web.yaml".to_owned())));
        ask.paste("kind: Service\rmetadata:\r  name: web\r");
        let text = "kind: Service\nmetadata:\n  name: web\n".to_owned();
        assert_eq!(ask.source(), Some(Source::Pasted(text)), "what was typed before is no part of it");
        assert!(ask.hint().starts_with("3 lines pasted"));
    }
}
