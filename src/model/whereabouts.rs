//! Where one was in each context, and which namespaces one goes to: what is kept from one session to the next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// So many recent namespaces are kept.
const RECENT: usize = 8;

/// Of all contexts, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Whereabouts {
    /// The contexts.
    pub contexts: BTreeMap<String, Spot>,
}

/// Of one context.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spot {
    /// The kind that filled the screen, as kubectl takes it; empty: the home screen.
    pub kind: String,
    /// The namespaces as one types them; `None`: all.
    pub namespace: Option<String>,
    /// The contexts whose rows were shown together; empty: the context's own.
    pub contexts: String,
    /// The filter of the table; empty: none.
    pub filter: String,
    /// It says where one was, and not only which namespaces one goes to.
    pub left: bool,
    /// The namespaces that were marked.
    pub favourites: Vec<String>,
    /// The namespaces that were gone to, the last first.
    pub recent: Vec<String>,
}

impl Spot {
    /// A namespace, or several, was gone to.
    pub fn visit(&mut self, name: &str) {
        self.recent.retain(|known| known != name);
        self.recent.insert(0, name.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Makes a namespace a favourite, or takes that back.
    pub fn toggle(&mut self, name: &str) {
        match self.favourites.iter().position(|known| known == name) {
            Some(at) => drop(self.favourites.remove(at)),
            None => self.favourites.push(name.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_is_first_and_named_once() {
        let mut spot = Spot::default();
        for at in 0..20 {
            spot.visit(&format!("n{}", at % 10));
        }
        spot.visit("n3");
        assert_eq!(spot.recent, ["n3", "n9", "n8", "n7", "n6", "n5", "n4", "n2"]);
        spot.toggle("n1");
        spot.toggle("n2");
        spot.toggle("n1");
        assert_eq!(spot.favourites, ["n2"]);
    }
}
