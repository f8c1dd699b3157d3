//! Quantities of the API (`500m`, `128Mi`, `1e3`), exact: whole billionths, the finest that the API keeps.
//!
//! Source: `apimachinery/pkg/api/resource/quantity.go` (suffixes, rounding up to a billionth, the canonical form).

use std::fmt;

use serde_json::Value;

/// Billionths in one.
const ONE: i128 = 1_000_000_000;

/// Decimal suffixes from the finest, a thousand apart.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// Binary suffixes, 1024 apart.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// A quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantity {
    nano: i128,
    /// It is written with binary suffixes.
    binary: bool,
}

impl Quantity {
    /// So many of something that is counted.
    pub fn whole(count: i64) -> Self {
        Self { nano: i128::from(count) * ONE, binary: false }
    }

    /// As the API writes it, text or a number; `None`: it is none.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    /// As the API writes it in text.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && part.is_empty() || part.contains('.') {
            return None;
        }
        let mantissa: i128 = format!("{whole}{part}").parse().ok()?;
        let (factor, tens, binary) = scale(suffix)?;
        let tens = tens.checked_add(9)?.checked_sub(i32::try_from(part.len()).ok()?)?;
        let grown = mantissa.checked_mul(factor)?;
        let power = 10_i128.checked_pow(tens.unsigned_abs());
        let nano = match (tens >= 0, power) {
            (true, Some(power)) => grown.checked_mul(power)?,
            (false, Some(power)) => grown.checked_add(power - 1)? / power,
            (true, None) if grown == 0 => 0,
            (true, None) => return None,
            // Finer than anything that is kept.
            (false, None) => i128::from(grown > 0),
        };
        Some(Self { nano: if negative { -nano } else { nano }, binary })
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { nano: self.nano.saturating_add(other.nano), binary: self.binary || other.binary }
    }

    /// This less the other one.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(other.times(-1))
    }

    /// So many of it.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self { nano: self.nano.saturating_mul(i128::from(count)), ..self }
    }

    /// How many whole ones of another it takes to hold this, as the environment of a container counts.
    pub fn divided_up(self, by: Self) -> i128 {
        if by.nano == 0 {
            0
        } else {
            self.nano.div_euclid(by.nano) + i128::from(self.nano.rem_euclid(by.nano) > 0)
        }
    }

    /// How many percent of another one this is, cut off.
    pub fn percent_of(self, all: Self) -> i128 {
        if all.nano == 0 { 0 } else { self.nano.saturating_mul(100) / all.nano }
    }

    /// The greater one.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        if other.nano > self.nano { other } else { self }
    }

    /// Whether it is more than another one, however both are written.
    pub fn exceeds(self, other: Self) -> bool {
        self.nano > other.nano
    }

    /// In billionths; what is negative, or more than anybody has, is cut off.
    pub fn nano(self) -> u64 {
        u64::try_from(self.nano.max(0)).unwrap_or(u64::MAX)
    }

    /// In whole ones, rounded up.
    pub fn ones(self) -> u64 {
        let ones = (self.nano.max(0) + ONE - 1) / ONE;
        u64::try_from(ones).unwrap_or(u64::MAX)
    }

    /// Whether there is any.
    pub fn is_some(self) -> bool {
        self.nano > 0
    }
}

/// What a suffix stands for: a factor, and a power of ten; and whether it is a binary one.
fn scale(suffix: &str) -> Option<(i128, i32, bool)> {
    if let Some(at) = DECIMAL.iter().position(|known| *known == suffix) {
        return Some((1, at as i32 * 3 - 9, false));
    }
    if let Some(at) = BINARY.iter().position(|known| *known == suffix) {
        return Some((1024_i128.pow(at as u32), 0, true));
    }
    suffix.strip_prefix(['e', 'E'])?.parse().ok().map(|tens| (1, tens, false))
}

/// The canonical form: nothing is lost, no fraction, the greatest suffix.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ones = self.nano / ONE;
        let binary = self.binary && self.nano % ONE == 0 && ones.abs() >= 1024;
        let (mut amount, base, suffixes) =
            if binary { (ones, 1024, &BINARY[..]) } else { (self.nano, 1000, &DECIMAL[..]) };
        if amount == 0 {
            return f.write_str("0");
        }
        let mut at = 0;
        while amount % base == 0 && at + 1 < suffixes.len() {
            amount /= base;
            at += 1;
        }
        write!(f, "{amount}{}", suffixes[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn quantity(text: &str) -> Quantity {
        Quantity::of(&json!(text)).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn read_and_written_as_the_api_does() {
        for (text, written) in [
            ("0", "0"),
            ("0.1", "100m"),
            (".5", "500m"),
            ("5.", "5"),
            ("100m", "100m"),
            ("1500m", "1500m"),
            ("2000m", "2"),
            ("1000", "1k"),
            ("1k", "1k"),
            ("1e3", "1k"),
            ("1E3", "1k"),
            ("12e-1", "1200m"),
            ("1E", "1E"),
            ("250000u", "250m"),
            ("1n", "1n"),
            ("0.0000000001", "1n"),
            ("-0.5", "-500m"),
            ("+1", "1"),
            ("128Mi", "128Mi"),
            ("1024Mi", "1Gi"),
            ("1536Mi", "1536Mi"),
            ("0.5Gi", "512Mi"),
            // Less than 1Ki, or no multiple of it, has no binary suffix to be written with.
            ("1.5Ki", "1536"),
            ("0.5Ki", "512"),
            ("1Ki", "1Ki"),
            ("100M", "100M"),
            ("134217728", "134217728"),
            ("8Ei", "8Ei"),
        ] {
            assert_eq!(quantity(text).to_string(), written, "{text}");
        }
        assert_eq!(Quantity::of(&json!(2)).unwrap().to_string(), "2");
        assert_eq!(Quantity::of(&json!(0.25)).unwrap().to_string(), "250m");
        for text in
            ["", "m", ".", "1..2", "1 Gi", "1gi", "1Kib", "--1", "1e", "1ee3", "1e99999999999", "1e40", "x"]
        {
            assert_eq!(Quantity::of(&json!(text)), None, "{text}");
        }
        assert_eq!(Quantity::of(&json!(["1"])), None);
    }

    #[test]
    fn compared_by_what_they_are() {
        for (less, more) in [("999m", "1"), ("1M", "1Mi"), ("0", "1n"), ("1023", "1Ki"), ("-1", "0")] {
            assert!(quantity(more).exceeds(quantity(less)), "{less} < {more}");
            assert!(!quantity(less).exceeds(quantity(more)), "{less} < {more}");
        }
        assert!(!quantity("1Gi").exceeds(quantity("1024Mi")));
        assert_eq!(quantity("600m").plus(quantity("0.4")).to_string(), "1");
        assert_eq!(quantity("128Mi").times(3).to_string(), "384Mi");
        assert_eq!(quantity("1Gi").minus(quantity("1")).to_string(), "1073741823");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nano in -1_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000, binary: bool) {
            let written = Quantity { nano, binary }.to_string();
            prop_assert_eq!(quantity(&written).nano, nano);
        }
    }
}
