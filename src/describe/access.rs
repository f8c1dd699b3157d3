//! Who may do what: roles and bindings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::common::{map, word};
use super::sheet::Sheet;
use crate::release::json::{items, name, text};

/// Name, labels and annotations: kubectl tells no namespace of these.
fn head(sheet: &mut Sheet, object: &Value) {
    sheet.put(0, format!("Name:\t{}", name(object)));
    map(sheet, "Labels", object, "/metadata/labels");
    super::common::annotations(sheet, "Annotations", object, "/metadata/annotations");
}

/// A role: one row for each resource, the verbs of several rules together.
pub fn role(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    sheet.put(0, "PolicyRule:");
    sheet.put(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    sheet.put(1, "---------\t-----------------\t--------------\t-----");
    let mut rows: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for rule in items(object, "/rules") {
        let verbs = items(rule, "/verbs").iter().map(word);
        let names: Vec<String> = match items(rule, "/resourceNames") {
            [] => vec!["[]".to_owned()],
            names => names.iter().map(|name| format!("[{}]", word(name))).collect(),
        };
        let mut keys = Vec::new();
        for resource in items(rule, "/resources").iter().map(word) {
            for group in items(rule, "/apiGroups").iter().map(word) {
                let resource = match (group.is_empty(), resource.split_once('/')) {
                    (true, _) => resource.clone(),
                    (false, Some((resource, sub))) => format!("{resource}.{group}/{sub}"),
                    (false, None) => format!("{resource}.{group}"),
                };
                keys.extend(names.iter().map(|name| (resource.clone(), "[]".to_owned(), name.clone())));
            }
        }
        let urls = items(rule, "/nonResourceURLs").iter().map(word);
        keys.extend(urls.map(|url| (String::new(), format!("[{url}]"), "[]".to_owned())));
        let verbs: Vec<String> = verbs.collect();
        for key in keys {
            let known = rows.entry(key).or_default();
            known.extend(verbs.iter().filter(|verb| !known.contains(verb)).cloned().collect::<Vec<_>>());
        }
    }
    for ((resource, urls, names), verbs) in rows {
        sheet.put(1, format!("{resource}\t{urls}\t{names}\t[{}]", verbs.join(" ")));
    }
    if object["aggregationRule"].is_object() {
        let of = items(object, "/aggregationRule/clusterRoleSelectors").iter().map(super::common::selector);
        sheet.remark(0, &format!("aggregated from {}", of.collect::<Vec<_>>().join("; ")));
    }
}

/// A binding.
pub fn binding(sheet: &mut Sheet, object: &Value) {
    head(sheet, object);
    sheet.put(0, "Role:");
    sheet.put(1, format!("Kind:\t{}", text(object, "/roleRef/kind")));
    sheet.put(1, format!("Name:\t{}", text(object, "/roleRef/name")));
    sheet.put(0, "Subjects:");
    sheet.put(1, "Kind\tName\tNamespace");
    sheet.put(1, "----\t----\t---------");
    for subject in items(object, "/subjects") {
        let [kind, name, namespace] = ["/kind", "/name", "/namespace"].map(|field| text(subject, field));
        sheet.put(1, format!("{kind}\t{name}\t{namespace}"));
    }
}
