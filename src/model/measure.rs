//! What a text of a cell or of a filter measures: a number, a share, a quantity, a duration.

use super::record::Seconds;

/// `90s`, `1h30m`, `3d`, as kubectl writes durations; weeks too.
pub fn duration(text: &str) -> Option<Seconds> {
    let mut total: Seconds = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: Seconds = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 7 * 86_400,
            b'y' => 365 * 86_400,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    Some(total)
}

/// `3`, `-2.5`, `500m`, `1Gi`: a number with a suffix of the API's quantities, or without.
pub fn quantity(text: &str) -> Option<f64> {
    if let Some(amount) = text.strip_prefix('-').filter(|amount| !amount.starts_with('-')) {
        return quantity(amount).map(|amount| -amount);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let factor = match &text[end..] {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return None,
    };
    Some(number * factor)
}

/// `2/3` and `67%` as parts of one; nothing of nothing is whole.
pub fn share(text: &str) -> Option<f64> {
    if let Some(percent) = text.strip_suffix('%') {
        return Some(percent.parse::<f64>().ok().filter(|number| *number >= 0.0)? / 100.0);
    }
    let (some, all) = text.split_once('/')?;
    let (some, all): (f64, f64) = (some.parse().ok()?, all.parse().ok()?);
    Some(if all == 0.0 { 1.0 } else { some / all })
}

/// The number that a text begins with: `5 (2d ago)` is 5, `1/3` is 1.
pub fn leading(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_measure_what_they_say() {
        for (text, seconds) in
            [("90s", Some(90)), ("1h30m", Some(5_400)), ("2w", Some(1_209_600)), ("h", None)]
        {
            assert_eq!(duration(text), seconds, "{text}");
        }
        for (text, number) in [
            ("3", Some(3.0)),
            ("500m", Some(0.5)),
            ("1Gi", Some(1_073_741_824.0)),
            ("2k", Some(2_000.0)),
            ("-2.5", Some(-2.5)),
            ("-500m", Some(-0.5)),
            ("--5", None),
            ("1e3", None),
            ("1h", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(quantity(text), number, "{text}");
        }
        for (text, part) in
            [("1/2", Some(0.5)), ("0/0", Some(1.0)), ("50%", Some(0.5)), ("5", None), ("-5%", None)]
        {
            assert_eq!(share(text), part, "{text}");
        }
        assert_eq!((leading("5 (2d ago)"), leading("1/3"), leading("<none>")), (Some(5.0), Some(1.0), None));
    }
}
