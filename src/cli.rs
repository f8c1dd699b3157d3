//! (being built)

pub mod args;

/// The program's entry.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
