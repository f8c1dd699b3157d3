//! What the pods of the other side answered to a smoke check, as lines of the plan.

use super::PlanScreen;
use crate::theme::Role;
use crate::widget::chrome::{Piece, piece};

/// One line for each pod, below what was asked.
pub fn lines(screen: &PlanScreen) -> Vec<Vec<Piece>> {
    let Some(first) = screen.smoked.first() else { return Vec::new() };
    let answered = screen.smoked.iter().filter(|smoked| smoked.answer.is_some()).count();
    let head = format!("GET {}  {answered} of {} answered", first.path, screen.smoked.len());
    let mut out = vec![vec![piece(Role::Dim, "   smoke check      "), piece(Role::Text, head)]];
    let longest = screen.smoked.iter().map(|smoked| smoked.pod.chars().count()).max().unwrap_or(0);
    for smoked in &screen.smoked {
        let (role, words) = match &smoked.answer {
            None => (Role::Dim, "asking…".to_owned()),
            Some(Ok(answer)) if answer.is_good() => (Role::ToneGood, answer.words()),
            Some(Ok(answer)) => (Role::ToneBad, answer.words()),
            Some(Err(why)) => (Role::ToneBad, why.clone()),
        };
        out.push(vec![piece(Role::Text, format!("     {:<longest$}  ", smoked.pod)), piece(role, words)]);
    }
    out
}
