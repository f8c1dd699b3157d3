//! Durations as kubectl writes them: `30s`, `1m30s`, `1h`; a bare number is seconds, as in `--request-timeout`.

use std::time::Duration;

/// The units, the largest first.
const UNITS: &[(&str, f64)] =
    &[("ms", 0.001), ("us", 0.000_001), ("ns", 0.000_000_001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];

/// More would only be a mistake.
const MOST: f64 = 366.0 * 24.0 * 3600.0;

/// Reads a duration.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write it as 30s, 5m or 1h30m");
    if let Ok(seconds) = text.parse::<u32>() {
        return in_bounds(f64::from(seconds)).ok_or_else(wrong);
    }
    let mut seconds = 0.0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let (unit, factor) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit)).ok_or_else(wrong)?;
        seconds += number * factor;
        rest = &rest[unit.len()..];
    }
    in_bounds(seconds).ok_or_else(wrong)
}

fn in_bounds(seconds: f64) -> Option<Duration> {
    (seconds <= MOST).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// Writes a duration so that [`parse`] reads it.
pub fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds, duration.subsec_millis()) {
        (_, millis) if millis > 0 => format!("{}ms", duration.as_millis()),
        (s, _) if s > 0 && s % 3600 == 0 => format!("{}h", s / 3600),
        (s, _) if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        (s, _) => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubectl_reads() {
        for (text, millis) in [
            ("0", 0),
            ("5", 5_000),
            ("5s", 5_000),
            ("1m", 60_000),
            ("1m30s", 90_000),
            ("1h", 3_600_000),
            ("1.5h", 5_400_000),
            ("100ms", 100),
            ("1h2m3s4ms", 3_723_004),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "5x", "-5s", "5 s", "1d", "five", "1..5s", "5s5", "99999999h", "ß", "1ß"] {
            assert!(parse(text).unwrap_err().contains("is not a duration"), "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["0s", "45s", "90s", "2m", "1h", "1500ms"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
    }
}
