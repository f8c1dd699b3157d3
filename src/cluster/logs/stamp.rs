//! The time at the beginning of a line, read by hand: it is there a hundred thousand times a second.

/// Cuts `2026-11-21T01:00:00.123456789Z text` into its Unix time in nanoseconds and its text; `None` when the line does not begin
/// with a time.
pub(super) fn split(line: &[u8]) -> Option<(i64, &[u8])> {
    let (whole, rest) = line.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2] = *whole
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[mo1, mo2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[mi1, mi2])?, number(&[s1, s2])?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (nanos, rest) = fraction(rest)?;
    let (offset, rest) = offset(rest)?;
    // An empty line has a time and, from some runtimes, no blank behind it.
    let text = match rest {
        [] => rest,
        [b' ', text @ ..] => text,
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some((seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?, text))
}

/// The Unix time in seconds of a `metav1.Time`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    split(text.as_bytes()).filter(|(_, rest)| rest.is_empty()).map(|(at, _)| at.div_euclid(1_000_000_000))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |sum: i64, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = rest else { return Some((0, rest)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let (fraction, rest) = rest.split_at(digits);
    Some((number(fraction)? * 10_i64.pow(9 - digits as u32), rest))
}

/// Seconds that local time is ahead of UTC.
fn offset(rest: &[u8]) -> Option<(i64, &[u8])> {
    match rest {
        [b'Z', rest @ ..] => Some((0, rest)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let ahead = hours * 3_600 + minutes * 60;
            Some((if *sign == b'-' { -ahead } else { ahead }, rest))
        }
        _ => None,
    }
}

/// Days since 1970-01-01 (by eras of 400 years that begin in March, so that the leap day is the last of its year).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn times_are_read_as_a_library_reads_them() {
        for text in [
            "2026-11-21T01:00:00.123456789Z",
            "2026-11-21T01:00:00Z",
            "2024-02-29T23:59:59.5Z",
            "2000-03-01T00:00:00.000000001Z",
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.9Z",
            "2026-01-31T12:00:00+05:30",
            "2026-12-31T23:00:00.25-03:00",
            "2100-02-28T00:00:00Z",
        ] {
            let at: Timestamp = text.parse().unwrap();
            let line = format!("{text} the  text\r");
            let (nanos, rest) = split(line.as_bytes()).unwrap();
            assert_eq!(i128::from(nanos), at.as_nanosecond(), "{text}");
            assert_eq!(rest, b"the  text\r");
            assert_eq!(seconds(text), Some(at.as_nanosecond().div_euclid(1_000_000_000) as i64), "{text}");
        }
        let every = 86_400 * 37 + 12_345;
        for n in -200..2_000_i64 {
            let at = Timestamp::from_second(n * every).unwrap();
            assert_eq!(split(format!("{at} x").as_bytes()).unwrap().0, n * every * 1_000_000_000, "{at}");
        }
    }

    #[test]
    fn what_has_no_time_is_told_apart() {
        assert_eq!(split(b"2026-11-21T01:00:00Z"), Some((1_795_222_800_000_000_000, &b""[..])));
        for odd in [
            "",
            "hello",
            "2026-11-21",
            "2026-13-21T01:00:00Z x",
            "2026-11-21T01:00:00 x",
            "2026-11-21T25:00:00Z x",
            "2026-11-21T01:00:00.Z x",
            "2026-11-21T01:00:00.1234567890Z x",
            "2026-11-21T01:00:00Zx",
            "2026-11-21T01:00:00+99:99 x",
            "2026-11-21T01:00:00+00:60 x",
            "20x6-11-21T01:00:00Z x",
            "9999-12-31T23:59:59Z beyond what fits",
        ] {
            assert_eq!(split(odd.as_bytes()), None, "{odd}");
        }
    }
}
