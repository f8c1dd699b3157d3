//! The user's editor, as kubectl chooses it: `KUBE_EDITOR`, then `EDITOR`, then `vi`.

use std::io::Write as _;

use tempfile::Builder;

use crate::release::Target;

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
    // The variable may hold arguments, as a shell would take it. The shell waits for the editor also when Ctrl-C was typed
    // at it, which the editor handles as it likes: a trap is not inherited.
    let status = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(format!("trap : INT QUIT; {editor} \"$1\""))
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

/// Keeps what was typed and not taken in private files, as kubectl does; answers in words where each is.
pub(super) fn keep<'a>(edits: impl Iterator<Item = (&'a Target, &'a str)>) -> Vec<String> {
    edits
        .map(|(target, text)| match kept(text) {
            Ok(path) => format!("A copy of your changes of {target} has been stored to {}", path.display()),
            Err(error) => format!("Your changes of {target} could not be stored: {error}"),
        })
        .collect()
}

fn kept(text: &str) -> std::io::Result<std::path::PathBuf> {
    let mut file = Builder::new().prefix("dogwatch-edit-").suffix(".yaml").tempfile()?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;

    #[test]
    fn what_was_not_taken_is_kept_and_named() {
        let target = Target::unborn(Resource::SERVICES, "shop".to_owned(), "web".to_owned());
        let said = keep(std::iter::once((&target, "kind: Service\n")));
        let path = said[0].strip_prefix("A copy of your changes of service/web has been stored to ").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "kind: Service\n");
        std::fs::remove_file(path).unwrap();
    }
}
