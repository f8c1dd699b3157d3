//! What `dogwatch plan` is asked for, as words: read into a change and its objects. Pure.

use clap::ValueEnum;

use crate::action::Action;
use crate::release::change::{ContainerImage, Merge, Propagation};
use crate::release::labels::{Field, parse};
use crate::release::{Change, plan};
use crate::screen::manifest::Source;
use crate::state::unattended::Errand;

/// What is to be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deed {
    /// Back to an earlier revision
    Rollback,
    /// New pods of the same template
    Restart,
    /// So many replicas: --replicas
    Scale,
    /// Other images: CONTAINER=IMAGE
    SetImage,
    /// Roll nothing out for now
    Pause,
    /// Roll out again
    Resume,
    /// Another selector of a service: KEY=VALUE
    Switch,
    /// The object goes
    Delete,
    /// A manifest by server-side apply: a file, or - for the standard input
    Apply,
}

/// What is said beside the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct With {
    /// `--replicas`.
    pub replicas: Option<u32>,
    /// `--to-revision`.
    pub revision: Option<i64>,
    /// The time of a restart.
    pub now: i64,
}

impl Deed {
    fn action(self) -> Action {
        match self {
            Self::Rollback => Action::Undo,
            Self::Restart => Action::Restart,
            Self::Scale => Action::Scale,
            Self::SetImage => Action::SetImage,
            Self::Pause => Action::PauseRollout,
            Self::Resume => Action::ResumeRollout,
            Self::Switch => Action::SwitchService,
            Self::Delete => Action::Delete,
            Self::Apply => Action::Apply,
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Reads the words behind the action. What is applied stands in a file, which the caller reads when it is `-`.
pub(super) fn read(deed: Deed, words: &[String], with: With) -> Result<Errand, String> {
    let name = deed.name();
    if with.replicas.is_some() && deed != Deed::Scale {
        return Err(format!("--replicas is not for {name}"));
    }
    // kubectl takes 0 for the one before.
    let revision = with.revision.filter(|number| *number != 0);
    if with.revision.is_some() && deed != Deed::Rollback {
        return Err(format!("--to-revision is not for {name}"));
    }
    if deed == Deed::Apply {
        return match words {
            [file] => Ok(Errand::Apply(Source::File(file.clone()))),
            _ => Err("apply takes one file".to_owned()),
        };
    }
    // The reference of an image has slashes too.
    let (values, objects): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| word.contains('='));
    let objects = objects.into_iter().map(|word| object(word)).collect::<Result<Vec<_>, _>>()?;
    if objects.is_empty() {
        return Err(format!("{name} needs an object: KIND/NAME"));
    }
    let takes_values = matches!(deed, Deed::SetImage | Deed::Switch);
    match values.first() {
        Some(value) if !takes_values => return Err(format!("{name} takes no `{value}`")),
        None if deed == Deed::SetImage => return Err("set-image needs CONTAINER=IMAGE".to_owned()),
        None if deed == Deed::Switch => return Err("switch needs KEY=VALUE".to_owned()),
        _ => {}
    }
    let change = match deed {
        Deed::Rollback => Change::Undo { to: None },
        Deed::Restart => plan::restart(with.now),
        Deed::Scale => match with.replicas {
            Some(replicas) => Change::Scale { replicas },
            None => return Err("scale needs --replicas".to_owned()),
        },
        Deed::SetImage => {
            let images = values.iter().map(|word| image(word)).collect::<Result<_, _>>()?;
            Change::SetImage { images }
        }
        Deed::Pause => Change::Pause,
        Deed::Resume => Change::Resume,
        Deed::Switch => {
            let text = values.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" ");
            let keys = parse(&text, Field::Labels).map_err(|refusal| refusal.0)?;
            Change::Selector { keys, how: Merge::Merge, insist: false }
        }
        Deed::Delete | Deed::Apply => Change::Delete { propagation: Propagation::Background, grace: None },
    };
    Ok(Errand::Change { by: deed.action(), objects, change, revision })
}

fn object(word: &str) -> Result<(String, String), String> {
    match word.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok((kind.to_owned(), name.to_owned()))
        }
        _ => Err(format!("`{word}` is no object: KIND/NAME")),
    }
}

fn image(word: &str) -> Result<ContainerImage, String> {
    match word.split_once('=') {
        Some((container, image)) if !container.is_empty() && !image.is_empty() => {
            Ok(ContainerImage { container: container.to_owned(), image: image.to_owned() })
        }
        _ => Err(format!("`{word}` is not CONTAINER=IMAGE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(deed: Deed, words: &str, with: With) -> Result<Errand, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        read(deed, &words, with)
    }

    #[test]
    fn words_become_a_change() {
        let plain = With { now: 7, ..With::default() };
        let image = |container: &str, image: &str| ContainerImage {
            container: container.to_owned(),
            image: image.to_owned(),
        };
        let keys = vec![("label".to_owned(), Some("green".to_owned()))];
        for (deed, words, with, by, expected) in [
            (Deed::Rollback, "deploy/web", plain, Action::Undo, Change::Undo { to: None }),
            (Deed::Restart, "sts/web", plain, Action::Restart, Change::Restart { at: 7 }),
            (
                Deed::Scale,
                "deploy/web",
                With { replicas: Some(3), ..plain },
                Action::Scale,
                Change::Scale { replicas: 3 },
            ),
            (
                Deed::SetImage,
                "deploy/web app=reg.io:5000/a/b:v2@sha256:ab side=x",
                plain,
                Action::SetImage,
                Change::SetImage {
                    images: vec![image("app", "reg.io:5000/a/b:v2@sha256:ab"), image("side", "x")],
                },
            ),
            (Deed::Pause, "deploy/web", plain, Action::PauseRollout, Change::Pause),
            (Deed::Resume, "deploy/web", plain, Action::ResumeRollout, Change::Resume),
            (
                Deed::Switch,
                "svc/web label=green",
                plain,
                Action::SwitchService,
                Change::Selector { keys, how: Merge::Merge, insist: false },
            ),
            (
                Deed::Delete,
                "pod/x",
                plain,
                Action::Delete,
                Change::Delete { propagation: Propagation::Background, grace: None },
            ),
        ] {
            let kind = words.split('/').next().unwrap().to_owned();
            let name = words.split(['/', ' ']).nth(1).unwrap().to_owned();
            let objects = vec![(kind, name)];
            let read = read_words(deed, words, with);
            assert_eq!(read, Ok(Errand::Change { by, objects, change: expected, revision: None }), "{words}");
        }
        let file = Errand::Apply(Source::File("a=b/c.yaml".to_owned()));
        assert_eq!(read_words(Deed::Apply, "a=b/c.yaml", plain), Ok(file));
    }

    #[test]
    fn revisions_are_kubectls() {
        for (said, meant) in [(None, None), (Some(0), None), (Some(4), Some(4))] {
            let with = With { revision: said, ..With::default() };
            let Ok(Errand::Change { revision, .. }) = read_words(Deed::Rollback, "deploy/a ds/b", with)
            else {
                panic!("{said:?}")
            };
            assert_eq!(revision, meant);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let (none, three) = (With::default(), With { replicas: Some(3), ..With::default() });
        let fourth = With { revision: Some(4), ..With::default() };
        for (deed, words, with, said) in [
            (Deed::Restart, "", none, "restart needs an object"),
            (Deed::Restart, "web", none, "`web` is no object"),
            (Deed::Restart, "deploy/", none, "`deploy/` is no object"),
            (Deed::Restart, "deploy/a/b", none, "is no object"),
            (Deed::Restart, "deploy/a x=y", none, "restart takes no `x=y`"),
            (Deed::Restart, "deploy/a", three, "--replicas is not for restart"),
            (Deed::Restart, "deploy/a", fourth, "--to-revision is not for restart"),
            (Deed::Scale, "deploy/a", none, "scale needs --replicas"),
            (Deed::SetImage, "deploy/a", none, "set-image needs CONTAINER=IMAGE"),
            (Deed::SetImage, "deploy/a =x", none, "is not CONTAINER=IMAGE"),
            (Deed::SetImage, "app=x", none, "set-image needs an object"),
            (Deed::Switch, "svc/a", none, "switch needs KEY=VALUE"),
            (Deed::Switch, "svc/a a=b=c", none, "a=b=c"),
            (Deed::Apply, "", none, "apply takes one file"),
            (Deed::Apply, "a b", none, "apply takes one file"),
        ] {
            let why = read_words(deed, words, with).unwrap_err();
            assert!(why.contains(said), "{deed:?} {words}: {why}");
        }
    }
}
