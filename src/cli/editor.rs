//! The user's editor, as kubectl chooses it: `KUBE_EDITOR`, then `EDITOR`, then `vi`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::Builder;

use crate::release::Target;

/// How long an editor that was told to end may take.
const GRACE: std::time::Duration = std::time::Duration::from_secs(2);

/// Opens a text in the editor; answers with it as it is when the editor is left. The file is private, and gone afterwards.
///
/// When `told` to end before that, the editor is ended too, and the answer is what it has left in the file.
pub(super) async fn edit(text: &str, told: impl Future<Output = ()>) -> Result<String, String> {
    let editor = ["KUBE_EDITOR", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty())
        .unwrap_or_else(|| "vi".to_owned());
    let failed = |error: std::io::Error| format!("the editor {editor}: {error}");
    // Mode 0600, as everything that this makes.
    let mut file = Builder::new().prefix("dogwatch-edit-").suffix(".yaml").tempfile().map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    let status = run(&editor, file.path(), told).await.map_err(failed)?;
    if let Some(status) = status.filter(|status| !status.success()) {
        return Err(format!("the editor {editor} ended with {status}; nothing was changed"));
    }
    // Editors that replace the file leave another one under its name.
    tokio::fs::read_to_string(file.path()).await.map_err(failed)
}

/// Runs a program with a file until it is left; `None`: it was told to end before that.
pub(super) async fn run(
    program: &str,
    file: &Path,
    told: impl Future<Output = ()>,
) -> std::io::Result<Option<ExitStatus>> {
    // The variable may hold arguments, as a shell would take it. The shell waits for the program also when Ctrl-C was typed
    // at it, which the program handles as it likes: a trap is not inherited.
    let mut child = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(format!("trap : INT QUIT; {program} \"$1\""))
        .arg("sh")
        .arg(file)
        .spawn()?;
    tokio::select! {
        status = child.wait() => status.map(Some),
        () = told => {
            end(&mut child).await;
            Ok(None)
        }
    }
}

/// Asks the child, and everything that it has started, to end, and gives them a moment to save what they hold. The shell
/// does not pass a signal on, and the process group may be that of a script that has started us.
async fn end(child: &mut tokio::process::Child) {
    let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) else { return };
    for pid in family(pid, &parents()) {
        for signal in [Signal::TERM, Signal::CONT] {
            // It may have ended by itself.
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, signal));
        }
    }
    // One that does not listen does not keep the program.
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
}

/// All processes with their parents, where the system tells (Linux).
fn parents() -> Vec<(i32, i32)> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read(entry.path().join("stat")).ok()?;
            // The name before it may hold anything.
            let stat = String::from_utf8_lossy(&stat);
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect()
}

/// A process and everything that descends from it.
fn family(pid: i32, parents: &[(i32, i32)]) -> Vec<i32> {
    let mut family = vec![pid];
    let mut at = 0;
    while let Some(&parent) = family.get(at) {
        let children = parents.iter().filter(|(_, its)| *its == parent).map(|(child, _)| *child);
        let new: Vec<i32> = children.filter(|child| !family.contains(child)).collect();
        family.extend(new);
        at += 1;
    }
    family
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
    fn a_family_is_a_process_with_its_descendants() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 3), (6, 1), (7, 6)];
        assert_eq!(family(2, &parents), [2, 3, 4, 5]);
        assert_eq!(family(9, &parents), [9]);
    }

    #[test]
    fn what_was_not_taken_is_kept_and_named() {
        let target = Target::unborn(Resource::SERVICES, "shop".to_owned(), "web".to_owned());
        let said = keep(std::iter::once((&target, "kind: Service\n")));
        let path = said[0].strip_prefix("A copy of your changes of service/web has been stored to ").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "kind: Service\n");
        std::fs::remove_file(path).unwrap();
    }
}
