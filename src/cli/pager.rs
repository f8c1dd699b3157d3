//! The user's pager: `PAGER`, or `less`.

use std::io::Write as _;

use tempfile::Builder;

use super::editor::run;

/// Opens a text in the pager, until it is left or `told` to end. The file is private, and gone afterwards.
pub(super) async fn page(text: &str, told: impl Future<Output = ()>) -> Result<(), String> {
    let pager = std::env::var("PAGER").ok().filter(|value| !value.trim().is_empty());
    let pager = pager.unwrap_or_else(|| "less".to_owned());
    let failed = |error: std::io::Error| format!("the pager {pager}: {error}");
    let mut file = Builder::new().prefix("dogwatch-log-").suffix(".log").tempfile().map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    match run(&pager, file.path(), told).await.map_err(failed)? {
        Some(status) if !status.success() => Err(format!("the pager {pager} ended with {status}")),
        _ => Ok(()),
    }
}
