//! The thin binary: parses nothing, decides nothing, hands everything to the library.

fn main() -> std::process::ExitCode {
    dogwatch::cli::main()
}
