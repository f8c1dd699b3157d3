//! A kubelet's version beside the API server's: how far apart they are, and whether Kubernetes supports that
//! (<https://kubernetes.io/releases/version-skew-policy/#kubelet>).

use std::cmp::Ordering;

use crate::model::column::{Cell, Tone};

/// A kubelet may be so many minor versions older than the server.
const OLDEST: i64 = 3;

/// Major and minor of `v1.34.1-eks-1a2b3c`.
fn minor(version: &str) -> Option<(i64, i64)> {
    let mut parts = version.trim_start_matches('v').split('.');
    let number = |text: &str| text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    Some((number(parts.next()?)?, number(parts.next()?)?))
}

/// `v1.34.1 (-2)`; the version alone where they are the same, or where one of them is not known.
pub(super) fn cell<'a>(kubelet: &'a str, server: &str) -> Cell<'a> {
    let apart = match (minor(kubelet), minor(server)) {
        (Some((major, own)), Some((same, of))) if major == same => own - of,
        _ => 0,
    };
    if apart == 0 {
        return Cell::plain(kubelet);
    }
    let supported = (-OLDEST..0).contains(&apart);
    Cell::toned(format!("{kubelet} ({apart:+})"), if supported { Tone::Plain } else { Tone::Warn })
}

/// Versions as numbers: v1.9 before v1.10.
pub(super) fn order(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_by_the_policy() {
        for (kubelet, server, text, tone) in [
            ("v1.36.2", "v1.36.0", "v1.36.2", Tone::Plain),
            ("v1.34.1", "v1.36.2", "v1.34.1 (-2)", Tone::Plain),
            ("v1.33.9", "v1.36.2", "v1.33.9 (-3)", Tone::Plain),
            ("v1.32.0", "v1.36.2", "v1.32.0 (-4)", Tone::Warn),
            ("v1.37.0", "v1.36.2", "v1.37.0 (+1)", Tone::Warn),
            ("v1.34.1-eks-113cf36", "v1.35.0-eks-cc9e4bd", "v1.34.1-eks-113cf36 (-1)", Tone::Plain),
            ("v1.9.0", "v1.10+", "v1.9.0 (-1)", Tone::Plain),
            ("v1.34.1", "", "v1.34.1", Tone::Plain),
            ("", "v1.36.2", "", Tone::Plain),
            ("v2.0.0", "v1.36.2", "v2.0.0", Tone::Plain),
            ("unknown", "v1.36.2", "unknown", Tone::Plain),
        ] {
            let cell = cell(kubelet, server);
            assert_eq!((cell.text.as_ref(), cell.tone), (text, tone), "{kubelet} {server}");
        }
    }
}
