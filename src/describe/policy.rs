//! Network policies.

use serde_json::Value;

use super::common::{at, at_or, has, joined, names, selector, tags, time};
use super::sheet::Sheet;
use crate::release::json::{items, text};

/// A network policy.
pub fn describe(sheet: &mut Sheet, object: &Value) {
    names(sheet, object);
    sheet.put(0, format!("Created on:\t{}", time(object, "/metadata/creationTimestamp")));
    tags(sheet, object);
    sheet.put(0, "Spec:");
    let spec = &object["spec"];
    let chosen = selector(&spec["podSelector"]);
    let chosen = match chosen.as_str() {
        "<none>" => "<none> (Allowing the specific traffic to all pods in this namespace)",
        chosen => chosen,
    };
    sheet.put(1, format!("PodSelector:     {chosen}"));
    for (word, way, peers) in [("Ingress", "ingress", "from"), ("Egress", "egress", "to")] {
        let types = items(spec, "/policyTypes");
        let affects =
            types.iter().any(|one| one == word) || (types.is_empty() && has(spec, &format!("/{way}")));
        if !affects {
            sheet.put(1, format!("Not affecting {way} traffic"));
            continue;
        }
        sheet.put(1, format!("Allowing {way} traffic:"));
        rules(sheet, items(spec, &format!("/{way}")), way, peers);
    }
    sheet.put(1, format!("Policy Types: {}", joined(spec, "/policyTypes", ", ")));
}

fn rules(sheet: &mut Sheet, all: &[Value], way: &str, peers: &str) {
    if all.is_empty() {
        let isolated = format!("<none> (Selected pods are isolated for {way} connectivity)");
        return sheet.put(2, isolated);
    }
    for (nth, rule) in all.iter().enumerate() {
        let ports = items(rule, "/ports");
        if ports.is_empty() {
            sheet.put(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in ports {
            let to = at_or(port, "/port", "<any>");
            let to = if has(port, "/endPort") { format!("{to}-{}", at(port, "/endPort")) } else { to };
            sheet.put(2, format!("To Port: {to}/{}", at_or(port, "/protocol", "TCP")));
        }
        let word = if peers == "from" { "From" } else { "To" };
        let sides = items(rule, &format!("/{peers}"));
        if sides.is_empty() {
            sheet.put(
                2,
                format!(
                    "{word}: <any> (traffic not restricted by {})",
                    if peers == "from" { "source" } else { "destination" }
                ),
            );
        }
        for side in sides {
            sheet.put(2, format!("{word}:"));
            if has(side, "/ipBlock") {
                sheet.put(3, "IPBlock:");
                sheet.put(4, format!("CIDR: {}", text(side, "/ipBlock/cidr")));
                sheet.put(4, format!("Except: {}", joined(side, "/ipBlock/except", ", ")));
            }
            for (title, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")]
            {
                if let Some(chosen) = side.get(field) {
                    sheet.put(3, format!("{title}: {}", selector(chosen)));
                }
            }
        }
        if nth + 1 < all.len() {
            sheet.put(2, "----------");
        }
    }
}
