//! What may be done in a context, as flags and files say; every command asks here.

use color_eyre::eyre::{Result, eyre};

use super::args::Args;
use crate::config::Config;
use crate::gate::Mode;

/// What may be done in a context. `--write` undoes what the user's own file says of reading only; `--readonly` needs no file.
///
/// # Errors
///
/// `--write` is given and refused: the administrator's file says that the context is read-only.
pub(super) fn mode(args: &Args, config: &mut Config, context: &str) -> Result<Mode> {
    if args.write {
        config.write(context).map_err(|why| eyre!("--write: {why}"))?;
    }
    config.readonly |= args.reads_only();
    Ok(if config.reads_only(context) { Mode::ReadOnly } else { Mode::ReadWrite })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn flags_and_files_say_what_may_be_done() {
        let (yes, no) = (Mode::ReadWrite, Mode::ReadOnly);
        for (flags, administrator, own, expected) in [
            ("", false, false, Ok(yes)),
            ("--readonly", false, false, Ok(no)),
            ("--write", false, false, Ok(yes)),
            ("", false, true, Ok(no)),
            ("--write", false, true, Ok(yes)),
            ("", true, false, Ok(no)),
            ("--write", true, true, Err("--write: /etc/x.yaml says that context c is read-only")),
        ] {
            let mut config = Config { readonly: administrator || own, ..Config::default() };
            config.imposed.readonly = administrator;
            "/etc/x.yaml".clone_into(&mut config.imposed.file);
            let args =
                Args::try_parse_from(["dogwatch"].into_iter().chain(flags.split_whitespace())).unwrap();
            let found = mode(&args, &mut config, "c").map_err(|error| error.to_string());
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{flags}"),
                (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{found}"),
                (found, _) => panic!("{flags}: {found:?}"),
            }
        }
        assert!(Args::try_parse_from(["dogwatch", "--write", "--readonly"]).is_err());
    }
}
