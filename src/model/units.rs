//! Ages and counts as people read them: kubectl's words, and a coarse form for tables that changes seldom.

use super::record::Seconds;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// A time as a clock of this zone shows it: `14:03:09`.
pub fn clock(at: Seconds, zone: &jiff::tz::TimeZone) -> String {
    let time = jiff::Timestamp::from_second(at).unwrap_or_default();
    time.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// The time from `then` to `now` as kubectl prints it: `59s`, `2m5s`, `10m`, `3h5m`, `2d4h`, `30d`, `2y5d`.
pub fn age(now: Seconds, then: Seconds) -> String {
    let all = now.saturating_sub(then);
    let two = |first: i64, first_unit: &str, rest: i64, rest_unit: &str| {
        if rest == 0 {
            format!("{first}{first_unit}")
        } else {
            format!("{first}{first_unit}{rest}{rest_unit}")
        }
    };
    let (minutes, hours) = (all / MINUTE, all / HOUR);
    match () {
        // A clock that is a second behind is no news, one that is minutes behind is.
        () if all < -1 => "<invalid>".to_owned(),
        () if all < 0 => "0s".to_owned(),
        () if all < 2 * MINUTE => format!("{all}s"),
        () if minutes < 10 => two(minutes, "m", all % MINUTE, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 24 * 8 => two(hours / 24, "d", hours % 24, "h"),
        () if all < 2 * YEAR => format!("{}d", all / DAY),
        () if all < 8 * YEAR => two(all / YEAR, "y", all / DAY % 365, "d"),
        () => format!("{}y", all / YEAR),
    }
}

/// The step in which the coarse age moves, by how old something is.
fn step(all: Seconds) -> Seconds {
    match all {
        ..MINUTE => 10,
        MINUTE..10_800 => MINUTE,
        10_800..172_800 => HOUR,
        _ => DAY,
    }
}

/// The age in a table: it changes only when its unit does, so that a screen at rest is not redrawn every second.
///
/// Below a minute in steps of ten seconds, then whole minutes (to 3 hours), hours (to 48), days, years and days.
pub fn coarse_age(now: Seconds, then: Seconds) -> String {
    let all = now.saturating_sub(then);
    match all {
        // The clocks of this machine and of the cluster need not agree to the minute.
        ..0 => "0s".to_owned(),
        0..MINUTE => format!("{}s", all / 10 * 10),
        MINUTE..10_800 => format!("{}m", all / MINUTE),
        10_800..172_800 => format!("{}h", all / HOUR),
        _ if all < 2 * YEAR => format!("{}d", all / DAY),
        _ if all / DAY % 365 == 0 => format!("{}y", all / YEAR),
        _ => format!("{}y{}d", all / YEAR, all / DAY % 365),
    }
}

/// The moment when [`coarse_age`] of `then` changes next.
pub fn next_change(now: Seconds, then: Seconds) -> Seconds {
    let all = now.saturating_sub(then);
    if all < 0 {
        return then.saturating_add(10);
    }
    let step = step(all);
    then.saturating_add((all / step + 1).saturating_mul(step))
}

/// The moment when the coarse time that is left until `then` changes next.
pub fn next_change_before(now: Seconds, then: Seconds) -> Seconds {
    let left = then.saturating_sub(now).max(0);
    now.saturating_add(left % step(left) + 1)
}

/// A count with thousands separated: `1,204`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How often something happened, in words: `1 restart`, `1,204 restarts`. What no object can have lived to see is not told to the digit.
pub fn times(count: u64, word: &str) -> String {
    const MOST: u64 = 1_000_000;
    match count {
        1 => format!("1 {word}"),
        0..=MOST => format!("{} {word}s", self::count(count)),
        _ => format!("more than {} {word}s", self::count(MOST)),
    }
}

/// A kind's name for several of its objects: `Ingresses`, `NetworkPolicies`, `Endpoints`.
pub fn plural(kind: &str) -> String {
    match kind.as_bytes() {
        _ if kind.eq_ignore_ascii_case("Endpoints") => kind.to_owned(),
        [.., b's' | b'x'] | [.., b'c' | b's', b'h'] => format!("{kind}es"),
        [.., before, b'y'] if !b"aeiou".contains(before) => format!("{}ies", &kind[..kind.len() - 1]),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_happened_often_is_told_as_one_says_it() {
        for (count, words) in [
            (0, "0 restarts"),
            (1, "1 restart"),
            (1_204, "1,204 restarts"),
            (1_000_000, "1,000,000 restarts"),
            (1_000_001, "more than 1,000,000 restarts"),
            (4_294_967_295, "more than 1,000,000 restarts"),
        ] {
            assert_eq!(times(count, "restart"), words);
        }
    }

    #[test]
    fn kinds_in_the_plural() {
        for (kind, many) in [
            ("Pod", "Pods"),
            ("Ingress", "Ingresses"),
            ("NetworkPolicy", "NetworkPolicies"),
            ("Gateway", "Gateways"),
            ("Endpoints", "Endpoints"),
        ] {
            assert_eq!(plural(kind), many);
        }
    }

    #[test]
    fn ages_in_kubectls_words() {
        for (seconds, words) in [
            (-100, "<invalid>"),
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (59, "59s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (599, "9m59s"),
            (600, "10m"),
            (659, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_100, "3h5m"),
            (28_799, "7h59m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (187_200, "2d4h"),
            (691_199, "7d23h"),
            (691_200, "8d"),
            (30 * DAY, "30d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + 5 * DAY, "2y5d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR, "8y"),
            (100 * YEAR + DAY, "100y"),
        ] {
            assert_eq!(age(1_000_000_000 + seconds, 1_000_000_000), words, "{seconds}");
        }
        assert_eq!(age(i64::MIN, i64::MAX), "<invalid>");
        assert!(age(i64::MAX, i64::MIN).ends_with('y'));
    }

    #[test]
    fn coarse_ages() {
        for (seconds, words) in [
            (-5, "0s"),
            (0, "0s"),
            (9, "0s"),
            (10, "10s"),
            (59, "50s"),
            (60, "1m"),
            (119, "1m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + DAY, "2y1d"),
        ] {
            assert_eq!(coarse_age(seconds, 0), words, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn coarse_age_changes_at_next_change_and_not_before(all in -100_i64..4 * YEAR, then in 0_i64..2_000_000_000) {
            let now = then + all;
            let next = next_change(now, then);
            prop_assert!(next > now);
            prop_assert_eq!(coarse_age(next - 1, then), coarse_age(now, then));
            prop_assert_ne!(coarse_age(next, then), coarse_age(now, then));
        }

        #[test]
        fn no_panic(now: i64, then: i64) {
            age(now, then);
            coarse_age(now, then);
            next_change(now, then);
        }
    }

    #[test]
    fn counts() {
        for (number, words) in
            [(0, "0"), (999, "999"), (1_204, "1,204"), (10_000, "10,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(number), words);
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn time_that_is_left_changes_when_its_words_do() {
        for (now, then) in [(0, 45), (0, 40), (0, 61), (7, 4000), (0, 20_000), (100, 90)] {
            let at = next_change_before(now, then);
            assert!(at > now, "{now} {then}");
            if then > now {
                let words = |moment| coarse_age(then, moment);
                assert_eq!(words(now), words(at - 1), "{now} {then}");
                assert_ne!(words(now), words(at), "{now} {then}");
            }
        }
    }
}
