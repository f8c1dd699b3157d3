//! The kubectl command that does the same as a change: to copy, to learn, and to trust.

use crate::release::change::{Change, Merge};
use crate::release::target::Target;

/// The command.
pub fn command(change: &Change, target: &Target) -> String {
    let flag = target.namespace_flag();
    match change {
        Change::Scale { replicas } => format!("kubectl{flag} scale {target} --replicas={replicas}"),
        Change::SetImage { images } => {
            let pairs: Vec<String> =
                images.iter().map(|image| quoted(&format!("{}={}", image.container, image.image))).collect();
            format!("kubectl{flag} set image {target} {}", pairs.join(" "))
        }
        Change::Restart { .. } => format!("kubectl{flag} rollout restart {target}"),
        Change::Pause => format!("kubectl{flag} rollout pause {target}"),
        Change::Resume => format!("kubectl{flag} rollout resume {target}"),
        Change::Undo { .. } => format!("kubectl{flag} rollout undo {target}"),
        Change::Strategy { max_surge, max_unavailable } => {
            let bounds: Vec<String> = [("maxSurge", max_surge), ("maxUnavailable", max_unavailable)]
                .iter()
                .filter_map(|(key, value)| Some((key, value.as_ref()?)))
                .map(|(key, value)| match value.parse::<u32>() {
                    Ok(number) => format!("\"{key}\":{number}"),
                    Err(_) => format!("\"{key}\":\"{value}\""),
                })
                .collect();
            let patch =
                format!("{{\"spec\":{{\"strategy\":{{\"rollingUpdate\":{{{}}}}}}}}}", bounds.join(","));
            format!("kubectl{flag} patch {target} -p {}", quoted(&patch))
        }
        Change::Selector { keys, how: Merge::Merge, .. } => {
            let pairs: Vec<String> = keys
                .iter()
                .map(|(key, value)| match value {
                    Some(value) => format!("\"{key}\":\"{value}\""),
                    None => format!("\"{key}\":null"),
                })
                .collect();
            let patch = format!("{{\"spec\":{{\"selector\":{{{}}}}}}}", pairs.join(","));
            format!("kubectl{flag} patch {target} -p {}", quoted(&patch))
        }
        Change::Selector { keys, how: Merge::Replace, .. } => {
            let pairs: Vec<String> =
                keys.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))).collect();
            format!("kubectl{flag} set selector {target} {}", quoted(&pairs.join(",")))
        }
        Change::Labels { keys } => format!("kubectl{flag} label {target} {}", pairs(keys)),
        // It is planned as a change of labels, which is this command with its keys.
        Change::Orphan { .. } => format!("kubectl{flag} label {target}"),
        Change::Annotations { keys } => format!("kubectl{flag} annotate {target} {}", pairs(keys)),
        Change::Delete { propagation, grace } => {
            use crate::release::change::Propagation as P;
            let cascade = match propagation {
                P::Background => "",
                P::Foreground => " --cascade=foreground",
                P::Orphan => " --cascade=orphan",
            };
            let grace = match grace {
                Some(0) => " --grace-period=0 --force".to_owned(),
                Some(seconds) => format!(" --grace-period={seconds}"),
                None => String::new(),
            };
            format!("kubectl{flag} delete {target}{cascade}{grace}")
        }
        Change::Debug { image, target: shared, name } => {
            let shared =
                if shared.is_empty() { String::new() } else { format!(" --target={}", quoted(shared)) };
            format!("kubectl{flag} debug -it {target} --image={}{shared} -c {name}", quoted(image))
        }
        Change::Edit { .. } => format!("kubectl{flag} edit {target}"),
        Change::Apply { force, from, .. } => {
            let force = if *force { " --force-conflicts" } else { "" };
            format!("kubectl{flag} apply --server-side{force} -f {}", quoted(from))
        }
    }
}

/// A merge patch; without its content where that is a Secret's.
pub fn patch(target: &Target, patch: &serde_json::Value) -> String {
    let flag = target.namespace_flag();
    if target.resource == crate::model::resource::Resource::SECRETS {
        return format!("kubectl{flag} edit {target}");
    }
    format!("kubectl{flag} patch {target} --type=merge -p {}", quoted(&patch.to_string()))
}

fn pairs(keys: &[(String, Option<String>)]) -> String {
    let mut words: Vec<String> = keys
        .iter()
        .map(|(key, value)| match value {
            Some(value) => quoted(&format!("{key}={value}")),
            None => quoted(&format!("{key}-")),
        })
        .collect();
    if keys.iter().any(|(_, value)| value.is_some()) {
        words.push("--overwrite".to_owned());
    }
    words.join(" ")
}

/// As a shell takes it as one word.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
