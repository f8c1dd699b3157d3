//! Exit codes and signals of containers in words.

/// The name of a signal of Linux.
pub fn signal(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return None,
    })
}

/// What an exit code says beyond its number: the signal behind it, or what shells and runtimes mean by it; empty when it is the
/// program's own affair.
pub fn words(code: i64) -> String {
    match code {
        126 => "the command cannot be run".to_owned(),
        127 => "the command was not found".to_owned(),
        128 => "the container could not be started".to_owned(),
        129..=192 => signal(code - 128).map(str::to_owned).unwrap_or_default(),
        255 => "the exit status is out of range".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_words() {
        for (code, said) in [
            (0, ""),
            (1, ""),
            (127, "the command was not found"),
            (137, "SIGKILL"),
            (139, "SIGSEGV"),
            (143, "SIGTERM"),
            (160, ""),
        ] {
            assert_eq!(words(code), said, "{code}");
        }
    }
}
