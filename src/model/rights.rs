//! What the user may do: self-subject reviews as questions and answers. Pure.
//!
//! The rules of a namespace are what `kubectl auth can-i --list` prints, in its columns and its order. They may be incomplete,
//! and rules do not say what a webhook says; an access review is exact.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{flag, items, text};
use super::text::clean;

/// The titles of the table, as kubectl prints them.
pub const TITLES: [&str; 4] = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];

/// What may be done in a namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// A row for each rule: resource, URLs, names, verbs.
    pub rows: Vec<[String; 4]>,
    /// Why there may be more than is told; empty when there is not.
    pub incomplete: String,
    held: Vec<Rule>,
}

impl Rules {
    /// Whether any of them allows it, at least for some object.
    pub fn allows(&self, access: &Access) -> bool {
        self.held.iter().any(|rule| rule.allows(access))
    }
}

/// One right: may this be done?
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// The API's verb.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural.
    pub resource: String,
    /// The subresource; empty: none.
    pub subresource: String,
    /// The namespace; empty: all of them, or the cluster.
    pub namespace: String,
    /// The object; empty: any.
    pub name: String,
    /// What needs it, in words.
    pub for_what: String,
}

/// What the server says of it: allowed or not, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The server's reason, cleaned; empty when it says none.
    pub reason: String,
}

impl Access {
    /// `patch deployments.apps/scale`.
    pub fn right(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let sub = if self.subresource.is_empty() { String::new() } else { format!("/{}", self.subresource) };
        format!("{} {}{group}{sub}", self.verb, self.resource)
    }

    /// `patch deployments.apps/scale of web in namespace shop`.
    pub fn words(&self) -> String {
        let mut out = self.right();
        // Writing to a string cannot fail.
        if !self.name.is_empty() {
            let _ = write!(out, " of {}", self.name);
        }
        let _ = match &*self.namespace {
            "" => Ok(()),
            namespace => write!(out, " in namespace {namespace}"),
        };
        out
    }

    /// The review that asks for it.
    pub fn review(&self) -> Value {
        let Self { verb, group, resource, subresource, namespace, name, .. } = self;
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": resource,
                "subresource": subresource, "namespace": namespace, "name": name}}})
    }
}

/// The review that asks for the rules of a namespace.
pub fn rules_review(namespace: &str) -> Value {
    json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace}})
}

/// What an access review was answered.
pub fn verdict(answer: &Value) -> Verdict {
    let mut reason = text(answer, "/status/reason").to_owned();
    let error = text(answer, "/status/evaluationError");
    if !error.is_empty() {
        let sep = if reason.is_empty() { "" } else { "; " };
        let _ = write!(reason, "{sep}{error}");
    }
    Verdict { allowed: flag(answer, "/status/allowed"), reason: clean(&reason).into_owned() }
}

/// A rule about one resource, or one URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rule {
    verbs: Vec<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    urls: Vec<String>,
}

impl Rule {
    fn allows(&self, access: &Access) -> bool {
        let has = |words: &[String], word: &str| words.iter().any(|one| one == "*" || one == word);
        let Access { verb, group, resource, subresource, name, .. } = access;
        let (whole, any) = match subresource.as_str() {
            "" => (resource.clone(), resource.clone()),
            sub => (format!("{resource}/{sub}"), format!("*/{sub}")),
        };
        let named = self.names.is_empty() || name.is_empty() || self.names.contains(name);
        let of = has(&self.resources, &whole) || has(&self.resources, &any);
        has(&self.verbs, verb) && has(&self.groups, group) && of && named
    }

    /// kubectl sorts by the text that Go makes of a rule.
    fn key(&self) -> String {
        let list = |words: &[String]| format!("[{}]", words.join(" "));
        format!(
            "Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},",
            list(&self.verbs),
            list(&self.groups),
            list(&self.resources),
            list(&self.names),
            list(&self.urls)
        )
    }

    fn row(&self) -> [String; 4] {
        let list = |words: &[String]| clean(&format!("[{}]", words.join(" "))).into_owned();
        [clean(&self.resource()).into_owned(), list(&self.urls), list(&self.names), list(&self.verbs)]
    }

    /// `deployments.apps/scale`.
    fn resource(&self) -> String {
        let Some(resource) = self.resources.first() else { return String::new() };
        let (plural, sub) = match resource.split_once('/') {
            Some((plural, sub)) => (plural, format!("/{sub}")),
            None => (resource.as_str(), String::new()),
        };
        match self.groups.first().map(String::as_str) {
            None | Some("") => format!("{plural}{sub}"),
            Some(group) => format!("{plural}.{group}{sub}"),
        }
    }
}

/// The rules of an answered review: one row for each resource of a group, with all its verbs.
pub fn rules(answer: &Value) -> Rules {
    let words = |rule: &Value, pointer: &str| -> Vec<String> {
        items(rule, pointer).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut all: Vec<Rule> = Vec::new();
    for rule in items(answer, "/status/resourceRules") {
        let (verbs, names) = (words(rule, "/verbs"), words(rule, "/resourceNames"));
        // Each name is a rule of its own, as kubectl has it.
        let names: Vec<Vec<String>> = if names.is_empty() {
            vec![Vec::new()]
        } else {
            names.into_iter().map(|name| vec![name]).collect()
        };
        for group in words(rule, "/apiGroups") {
            for resource in words(rule, "/resources") {
                for names in &names {
                    add(&mut all, &verbs, &group, &resource, names);
                }
            }
        }
    }
    for rule in items(answer, "/status/nonResourceRules") {
        for url in words(rule, "/nonResourceURLs") {
            for verb in words(rule, "/verbs") {
                all.push(Rule { verbs: vec![verb], urls: vec![url.clone()], ..Rule::default() });
            }
        }
    }
    all.sort_by_cached_key(Rule::key);
    let error = text(answer, "/status/evaluationError");
    let incomplete = match (flag(answer, "/status/incomplete"), error) {
        (false, "") => String::new(),
        (_, "") => "the server cannot tell all rules".to_owned(),
        (_, error) => clean(error).into_owned(),
    };
    Rules { rows: all.iter().map(Rule::row).collect(), incomplete, held: all }
}

fn add(all: &mut Vec<Rule>, verbs: &[String], group: &str, resource: &str, names: &[String]) {
    let same = |rule: &&mut Rule| {
        rule.groups == [group] && rule.resources == [resource] && rule.names == names && rule.urls.is_empty()
    };
    match all.iter_mut().find(same) {
        Some(known) => {
            for verb in verbs {
                if !known.verbs.contains(verb) {
                    known.verbs.push(verb.clone());
                }
            }
        }
        None => all.push(Rule {
            verbs: verbs.to_vec(),
            groups: vec![group.to_owned()],
            resources: vec![resource.to_owned()],
            names: names.to_vec(),
            urls: Vec::new(),
        }),
    }
}

/// The rows in columns, the titles first; every column but the last is as wide as its widest cell.
pub fn table(rows: &[[String; 4]]) -> Vec<String> {
    let titles = TITLES.map(str::to_owned);
    let all: Vec<&[String; 4]> = std::iter::once(&titles).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    all.iter()
        .map(|[resource, urls, names, verbs]| {
            let [a, b, c] = widths;
            format!("{resource:<a$}   {urls:<b$}   {names:<c$}   {verbs}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_what_kubectl_prints() {
        let answer = include_str!("../../tests/data/real-api/ssrr.json");
        let rules = rules(&serde_json::from_str(answer).unwrap());
        let printed = include_str!("../../tests/data/kubectl/can-i-list.txt");
        let expected: Vec<&str> = printed.lines().skip(1).filter(|line| !line.is_empty()).collect();
        assert_eq!(table(&rules.rows), expected);
        assert_eq!(rules.incomplete, "");
    }

    #[test]
    fn verbs_of_one_resource_stand_together_and_incomplete_reviews_say_why() {
        let answer = json!({"status": {
            "resourceRules": [
                {"verbs": ["get", "list"], "apiGroups": ["apps"], "resources": ["deployments", "deployments/scale"]},
                {"verbs": ["patch", "get"], "apiGroups": ["apps"], "resources": ["deployments/scale"]},
                {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"]},
            ],
            "incomplete": true, "evaluationError": "webhook authorizer does not support user rule resolution",
        }});
        let rules = rules(&answer);
        let rows: Vec<String> = rules.rows.iter().map(|row| row.join("|")).collect();
        assert_eq!(
            rows,
            [
                "deployments.apps/scale|[]|[]|[get list patch]",
                "deployments.apps|[]|[]|[get list]",
                "secrets|[]|[a]|[get]",
                "secrets|[]|[b]|[get]",
            ]
        );
        assert_eq!(rules.incomplete, "webhook authorizer does not support user rule resolution");
    }

    #[test]
    fn a_right_is_asked_for_exactly() {
        let access = Access {
            verb: "patch".to_owned(),
            group: "apps".to_owned(),
            resource: "deployments".to_owned(),
            subresource: "scale".to_owned(),
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            for_what: "scale".to_owned(),
        };
        assert_eq!(access.words(), "patch deployments.apps/scale of web in namespace shop");
        let asked = &access.review()["spec"]["resourceAttributes"];
        assert_eq!(asked["subresource"], "scale");
        let answer = json!({"status": {"allowed": false, "reason": "no\u{1b}[2J", "evaluationError": "x"}});
        assert_eq!(verdict(&answer), Verdict { allowed: false, reason: "no\u{241b}[2J; x".to_owned() });
    }
}
