//! The user's editor, as kubectl chooses it: `KUBE_EDITOR`, then `EDITOR`, then `vi`.

use std::io::Write as _;

use tempfile::Builder;

/// Opens a text in the editor; answers with it as it is when the editor is left. The file is private, and gone afterwards.
pub(super) async fn edit(text: &str) -> Result<String, String> {
    let editor = ["KUBE_EDITOR", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty())
        .unwrap_or_else(|| "vi".to_owned());
    let failed = |error: std::io::Error| format!("the editor {editor}: {error}");
    // Mode 0600, as everything that this makes.
    let mut file = Builder::new().prefix("dogwatch-edit-").suffix(".yaml").tempfile().map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    // The variable may hold arguments, as a shell would take it.
    let status = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file.path())
        .status()
        .await
        .map_err(failed)?;
    if !status.success() {
        return Err(format!("the editor {editor} ended with {status}; nothing was changed"));
    }
    // Editors that replace the file leave another one under its name.
    tokio::fs::read_to_string(file.path()).await.map_err(failed)
}
