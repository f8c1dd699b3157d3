//! The line that asks for what leads into a pod: the ports of a forward, the paths of a copy.

use crate::action::Action;
use crate::reach::copy::{self, Way};
use crate::reach::endpoint::Call;
use crate::reach::ports::{Offer, Ports, open_to_others};
use crate::release::Target;
use crate::widget::line_edit::LineEdit;

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachAsk {
    /// For which object.
    pub target: Target,
    /// What is asked.
    pub what: Reach,
    /// What has been typed.
    pub line: LineEdit,
    /// What was typed and could not be done, and why: said until something else is typed.
    pub refused: Option<Box<(String, String)>>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Which ports are forwarded; what the object says it has.
    Ports(Vec<Offer>),
    /// What is copied, and where to: for this container.
    Copy(String),
    /// Which path is asked: the port that is taken when none is typed, and the paths that are offered.
    Endpoint(String, Vec<String>),
}

impl ReachAsk {
    /// Asks for ports; the first that is offered is there already.
    pub fn ports(target: Target, offers: Vec<Offer>) -> Self {
        let line = LineEdit::with(&offers.first().map(Offer::typed).unwrap_or_default());
        Self { target, what: Reach::Ports(offers), line, refused: None }
    }

    /// Asks for paths.
    pub fn copy(target: Target, container: String) -> Self {
        Self { target, what: Reach::Copy(container), line: LineEdit::default(), refused: None }
    }

    /// Asks for the path of an endpoint; the first that is offered is there already.
    pub fn endpoint(target: Target, port: String, paths: Vec<String>) -> Self {
        let line = LineEdit::with(paths.first().map_or("/", String::as_str));
        Self { target, what: Reach::Endpoint(port, paths), line, refused: None }
    }

    /// What stands before the line.
    pub fn prompt(&self) -> String {
        match &self.what {
            Reach::Ports(_) => format!("ports of {}: ", self.target),
            Reach::Copy(container) => format!("copy, {container}: "),
            Reach::Endpoint(..) => format!("GET of {}: ", self.target),
        }
    }

    /// What is said at the right, or why what is typed means nothing.
    pub fn hint(&self) -> Result<String, String> {
        let typed = self.line.text().trim();
        if let Some((refused, why)) = self.refused.as_deref()
            && refused == typed
        {
            return Err(why.clone());
        }
        match &self.what {
            Reach::Copy(_) if typed.is_empty() => Ok(":PATH LOCAL, or LOCAL :PATH".to_owned()),
            Reach::Copy(_) => copy::parse(typed).map(|(way, ..)| {
                match way {
                    Way::Out => "out of the container",
                    Way::In => "into the container",
                }
                .to_owned()
            }),
            Reach::Endpoint(_, paths) if typed.is_empty() => {
                Ok(format!("[PORT]/PATH; Up and Down: {}", paths.join(", ")))
            }
            Reach::Endpoint(port, paths) => Call::parse(typed, &self.target, port)
                .map(|_| format!("[PORT]/PATH; Up and Down: {}", paths.join(", "))),
            Reach::Ports(offers) if typed.is_empty() && offers.is_empty() => {
                Ok("8080:80, or 0:80 for a free one".to_owned())
            }
            Reach::Ports(_) if typed.is_empty() => Ok("Up and Down: the ports that it has".to_owned()),
            Reach::Ports(offers) => {
                let ports = Ports::parse(typed)?;
                let has: Vec<String> = offers.iter().map(Offer::words).collect();
                let local = if ports.local == 0 { "a free port" } else { "LOCAL:REMOTE" };
                if let Some(warning) = ports.address.and_then(open_to_others) {
                    return Ok(warning.to_owned());
                }
                Ok(if has.is_empty() {
                    local.to_owned()
                } else {
                    format!("{local}; it has {}", has.join(", "))
                })
            }
        }
    }

    /// Goes through what is offered; false when the action means nothing here.
    pub fn act(&mut self, action: Action) -> bool {
        let offers: Vec<String> = match &self.what {
            Reach::Ports(offers) => offers.iter().map(Offer::typed).collect(),
            Reach::Endpoint(_, paths) => paths.clone(),
            Reach::Copy(_) => return false,
        };
        let by = match action {
            Action::Down => 1,
            Action::Up => offers.len().saturating_sub(1),
            _ => return false,
        };
        if !offers.is_empty() {
            let typed = self.line.text();
            let at = offers.iter().position(|offer| offer == typed).map_or(0, |at| at + by);
            self.line = LineEdit::with(&offers[at % offers.len()]);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Kind;

    #[test]
    fn the_arrows_go_through_what_it_has() {
        let offer = |port: u16| Offer { port, name: String::new() };
        let target = Target::unborn(Kind::Service.into(), "shop".to_owned(), "web".to_owned());
        let mut ask = ReachAsk::ports(target, vec![offer(80), offer(9090)]);
        let mut seen = vec![ask.line.text().to_owned()];
        for action in [Action::Down, Action::Down, Action::Up] {
            assert!(ask.act(action));
            seen.push(ask.line.text().to_owned());
        }
        assert_eq!(seen, ["8080:80", "9090:9090", "8080:80", "9090:9090"]);
        assert!(!ask.act(Action::PageDown));
        assert_eq!(ask.hint(), Ok("LOCAL:REMOTE; it has 80, 9090".to_owned()));
        for typed in ["0.0.0.0:8080:80", "[::]:8080:80", "::ffff:0.0.0.0:8080:80", "192.168.1.4:0:80"] {
            ask.line = LineEdit::with(typed);
            assert!(ask.hint().unwrap().starts_with("open to others"), "{typed}");
        }
        for typed in ["127.0.0.1:8080:80", "[::1]:8080:80", "localhost:8080:80", "127.9.9.9:8080:80"] {
            ask.line = LineEdit::with(typed);
            assert!(ask.hint().unwrap().starts_with("LOCAL:REMOTE"), "{typed}");
        }
        ask.line = LineEdit::with("x:y:z:");
        assert!(ask.hint().is_err());
    }
}
