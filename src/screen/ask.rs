//! A value that is asked for in one line, before there is a plan: replicas, labels, bounds, a reason.
//!
//! Says while one types what the value would mean, or why it means nothing. Enter leads to the plan and confirms nothing.

use crate::action::Action;
use crate::release::canary::pair::Pair;
use crate::release::labels::{Field, parse};
use crate::release::request::int_or_percent;
use crate::release::{Change, Target};
use crate::widget::line_edit::LineEdit;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// How many replicas: a number, `+2`, `-1`, `50%`.
    Replicas {
        /// How many each object has now.
        now: Vec<u32>,
    },
    /// `key=value key-`.
    Labels,
    /// The same for annotations.
    Annotations,
    /// `surge=25% unavailable=0`.
    Strategy,
    /// How many more replicas meanwhile.
    Surge {
        /// How many it has now.
        now: u32,
        /// The time of the restart.
        at: i64,
    },
    /// The image of an ephemeral container.
    DebugImage {
        /// The container whose processes it is to share; empty: none.
        shared: String,
    },
    /// The share of a canary in percent.
    Share(Box<Pair>),
}

impl Question {
    /// The action that asks it.
    pub fn action(&self) -> Action {
        match self {
            Self::Replicas { .. } => Action::Scale,
            Self::Labels => Action::Label,
            Self::Annotations => Action::Annotate,
            Self::Strategy => Action::Strategy,
            Self::Surge { .. } => Action::Surge,
            Self::DebugImage { .. } => Action::Debug,
            Self::Share(_) => Action::SetShare,
        }
    }
}

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What is asked.
    pub question: Question,
    /// For which objects.
    pub targets: Vec<Target>,
    /// What has been typed.
    pub line: LineEdit,
}

impl Ask {
    /// What stands before the line.
    pub fn prompt(&self) -> String {
        let of = match self.targets.as_slice() {
            [only] => only.to_string(),
            all => format!("{} objects", all.len()),
        };
        match &self.question {
            Question::Replicas { .. } => format!("replicas of {of}: "),
            Question::Labels => format!("labels of {of}: "),
            Question::Annotations => format!("annotations of {of}: "),
            Question::Strategy => format!("strategy of {of}: "),
            Question::Surge { .. } => format!("more replicas of {of} meanwhile: "),
            Question::DebugImage { shared } if shared.is_empty() => format!("image to debug {of} with: "),
            Question::DebugImage { shared } => format!("image to debug {shared} with: "),
            Question::Share(pair) => format!("percent for {}: ", pair.canary.target.name),
        }
    }

    /// What the text means for each object, or why it means nothing; `None` while nothing is typed.
    pub fn meaning(&self) -> Option<Result<Vec<Change>, String>> {
        let text = self.line.text().trim();
        if text.is_empty() {
            return None;
        }
        Some(match &self.question {
            Question::Replicas { now } => now
                .iter()
                .map(|now| replicas(text, *now).map(|replicas| Change::Scale { replicas }))
                .collect(),
            Question::Labels => parse(text, Field::Labels)
                .map(|keys| self.each(&Change::Labels { keys }))
                .map_err(|refusal| refusal.0),
            Question::Annotations => parse(text, Field::Annotations)
                .map(|keys| self.each(&Change::Annotations { keys }))
                .map_err(|refusal| refusal.0),
            Question::Strategy => strategy(text).map(|change| self.each(&change)),
            Question::Surge { now, at } => match text.trim_start_matches('+').parse::<u32>() {
                Ok(more @ 1..) if more < 10_000 => Ok(vec![
                    Change::Scale { replicas: now + more },
                    Change::Restart { at: *at },
                    Change::Scale { replicas: *now },
                ]),
                _ => Err(format!("`{text}` is no number of replicas")),
            },
            Question::DebugImage { .. } if text.contains(char::is_whitespace) => {
                Err(format!("`{text}` is no image"))
            }
            Question::DebugImage { shared } => Ok(self.each(&Change::Debug {
                image: text.to_owned(),
                target: shared.clone(),
                name: String::new(),
            })),
            Question::Share(pair) => percent(text).and_then(|percent| {
                let steps = pair.set_share(percent)?;
                if steps.is_empty() {
                    return Err("that are the replicas that both have now".to_owned());
                }
                Ok(steps.into_iter().map(|(_, change)| change).collect())
            }),
        })
    }

    fn each(&self, change: &Change) -> Vec<Change> {
        vec![change.clone(); self.targets.len()]
    }

    /// What is said at the right: what would be, or how it is written.
    pub fn hint(&self) -> Result<String, String> {
        match (self.meaning(), &self.question) {
            (Some(Err(why)), _) => Err(why),
            (Some(Ok(changes)), Question::Replicas { now }) => {
                let words: Vec<String> = now
                    .iter()
                    .zip(&changes)
                    .filter_map(|(now, change)| match change {
                        Change::Scale { replicas } => Some(format!("{now} -> {replicas}")),
                        _ => None,
                    })
                    .collect();
                Ok(format!("{}   Enter shows the plan", words.join(", ")))
            }
            (Some(Ok(_)), Question::Share(pair)) => {
                let (more, rest) = pair.replicas(percent(self.line.text().trim())?)?;
                Ok(format!("{more} canary, {rest} stable   Enter shows the plan"))
            }
            (Some(Ok(_)), _) => Ok("Enter shows the plan".to_owned()),
            (None, Question::Replicas { .. }) => Ok("5  +2  -1  50%   Up and Down count".to_owned()),
            (None, Question::Labels | Question::Annotations) => {
                Ok("key=value sets, key- takes away".to_owned())
            }
            (None, Question::Strategy) => Ok("surge=25% unavailable=0".to_owned()),
            (None, Question::Surge { now, .. }) => Ok(format!("it has {now}; e.g. 1")),
            (None, Question::DebugImage { .. }) => Ok("e.g. busybox".to_owned()),
            (None, Question::Share(pair)) => Ok(format!("{} % now   Up and Down count pods", pair.percent)),
        }
    }

    /// Counts the replicas of a single object up and down, or the pods of a canary; false for anything else.
    pub fn act(&mut self, action: Action) -> bool {
        if let Question::Share(pair) = &self.question {
            return self.step_share(pair.clone(), action);
        }
        let Question::Replicas { now } = &self.question else { return false };
        let [now] = now.as_slice() else { return false };
        let typed = replicas(self.line.text().trim(), *now).unwrap_or(*now);
        let next = match action {
            Action::Up => typed.saturating_add(1),
            Action::Down => typed.saturating_sub(1),
            Action::PageUp => typed.saturating_add(10),
            Action::PageDown => typed.saturating_sub(10),
            _ => return false,
        };
        self.line = LineEdit::with(&next.to_string());
        true
    }

    /// One pod more or fewer than what is typed means.
    fn step_share(&mut self, mut pair: Box<Pair>, action: Action) -> bool {
        let up = match action {
            Action::Up => true,
            Action::Down => false,
            _ => return false,
        };
        let typed = percent(self.line.text().trim()).and_then(|percent| pair.replicas(percent));
        if let Ok((canary, stable)) = typed {
            (pair.canary.replicas, pair.stable.replicas) = (canary, stable);
        }
        if let Some(percent) = pair.stepped(up) {
            self.line = LineEdit::with(&percent.to_string());
        }
        true
    }
}

/// `25`, `25%`.
pub fn percent(text: &str) -> Result<u32, String> {
    match text.trim_end_matches('%').trim_end().parse::<u32>() {
        Ok(percent @ 0..=100) => Ok(percent),
        _ => Err(format!("`{text}` is no share between 0 and 100")),
    }
}

/// `5`, `+2`, `-1`, `150%` of what is now (rounded up, so that a part is never none).
fn replicas(text: &str, now: u32) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no number of replicas");
    let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    let replicas = if let Some(percent) = text.strip_suffix('%') {
        let percent = u64::from(number(percent)?);
        u32::try_from((u64::from(now) * percent).div_ceil(100)).map_err(|_| wrong())?
    } else if let Some(more) = text.strip_prefix('+') {
        now.checked_add(number(more)?).ok_or_else(wrong)?
    } else if let Some(fewer) = text.strip_prefix('-') {
        now.checked_sub(number(fewer)?).ok_or_else(|| format!("there are only {now}"))?
    } else {
        number(text)?
    };
    i32::try_from(replicas).map(|_| replicas).map_err(|_| wrong())
}

fn strategy(text: &str) -> Result<Change, String> {
    let (mut max_surge, mut max_unavailable) = (None, None);
    for word in text.split_whitespace() {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is not key=value"))?;
        int_or_percent(value).map_err(|refusal| refusal.to_string())?;
        match key {
            "surge" | "maxSurge" => max_surge = Some(value.to_owned()),
            "unavailable" | "maxUnavailable" => max_unavailable = Some(value.to_owned()),
            _ => return Err(format!("`{key}` is neither surge nor unavailable")),
        }
    }
    Ok(Change::Strategy { max_surge, max_unavailable })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_counted_from_what_is() {
        for (text, now, meant) in [
            ("5", 3, Some(5)),
            ("0", 3, Some(0)),
            ("+2", 3, Some(5)),
            ("-1", 3, Some(2)),
            ("-4", 3, None),
            ("50%", 3, Some(2)),
            ("150%", 4, Some(6)),
            ("x", 3, None),
            ("99999999999", 3, None),
            ("3000000000", 3, None),
        ] {
            assert_eq!(replicas(text, now).ok(), meant, "{text} of {now}");
        }
    }
}
