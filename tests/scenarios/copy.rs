//! Files that are copied out of containers and into them. Threads read and write them, so the time here is the machine's.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use dogwatch::demo::Fault;
use dogwatch::journal::Journal;

use crate::harness::{Session, Setup};
use crate::journal::lines;
use crate::steer::changes;

async fn copy(session: &mut Session, line: &str) {
    session.press("t").await;
    session.sees("copy, api-status: ");
    session.type_text(line).await;
    session.press("enter").await;
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn at_a_pod(setup: Setup) -> Session {
    let mut session = Box::pin(setup.live()).await;
    session.press("2").await;
    session
}

#[tokio::test]
async fn files_go_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(&dir.path().join("journal")).unwrap();
    let mut session = at_a_pod(Setup::default().size(200, 40).writes().journal(&journal)).await;
    let at = dir.path().join("app.log");
    copy(&mut session, &format!(":/var/log/app.log {}", at.display())).await;
    // The size is the file's, not the archive's.
    session.until_text("app.log: 14 B, 1 entry, ").await;
    assert_eq!(fs::read_to_string(&at).unwrap(), "started\nready\n");

    let tree = dir.path().join("tree");
    fs::create_dir_all(tree.join("deep")).unwrap();
    fs::write(tree.join("deep/file"), "x".repeat(100_000)).unwrap();
    symlink("deep/file", tree.join("inside")).unwrap();
    symlink("/etc/passwd", tree.join("outside")).unwrap();
    copy(&mut session, &format!("{} :/tmp", tree.display())).await;
    session.until_text(":/tmp/tree: 100.0 kB, 5 entries, ").await;
    // It is there now, and is not written over.
    copy(&mut session, &format!("{} :/tmp/tree2", tree.display())).await;
    session.until_text(":/tmp/tree2: ").await;
    copy(&mut session, &format!("{} :/tmp", tree.display())).await;
    session.until_text("/tmp/tree is there already: it is not written over").await;

    let back = dir.path().join("back");
    copy(&mut session, &format!(":/tmp/tree2 {}", back.display())).await;
    session.until_text("left out: tmp/tree2/outside (a link that leads out)").await;
    assert_eq!(names(&back), ["deep", "inside"]);
    assert_eq!(fs::read_to_string(back.join("inside")).unwrap().len(), 100_000);
    let list = dir.path().join("list");
    copy(&mut session, &format!(":/tmp {}", list.display())).await;
    session.until_text("/list: ").await;
    assert_eq!(names(&list), ["tree", "tree2"], "nothing of a copy's own is left in the container");
    assert_eq!(changes(&session).len(), 0);

    let written = lines(&mut session, &journal, 12).await;
    let outcomes: Vec<&str> = written.iter().map(|line| line.outcome.as_str()).collect();
    assert!(outcomes.iter().step_by(2).all(|outcome| *outcome == "begun"), "{outcomes:?}");
    let written: Vec<_> = written.iter().skip(1).step_by(2).collect();
    assert_eq!(written.len(), 6);
    assert!(written[0].title.starts_with("copy api-status-blue-"), "{:?}", written[0]);
    assert_eq!((written[0].outcome.as_str(), written[3].outcome.as_str()), ("done", "failed"));
    assert!(!fs::read_to_string(journal.path()).unwrap().contains("started"), "never the content");
}

#[tokio::test]
async fn what_cannot_be_copied_is_said_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = at_a_pod(Setup::default().size(200, 40).writes()).await;
    let to = dir.path().join("x");
    copy(&mut session, &format!(":/nosuch {}", to.display())).await;
    session.until_text("Cannot stat").await;
    copy(&mut session, &format!(":/etc/hosts {}/no/such/dir", dir.path().display())).await;
    session.until_text("No such file or directory").await;
    copy(&mut session, "/no/such/file :/tmp/y").await;
    session.until_text("/no/such/file: No such file").await;
    let one = tempfile::NamedTempFile::new().unwrap();
    copy(&mut session, &format!("{} :/no/such/dir/y", one.path().display())).await;
    session.until_text("tar: /no/such/dir: Cannot open: No such file or directory").await;
    let list = dir.path().join("list");
    copy(&mut session, &format!(":/tmp {}", list.display())).await;
    session.until_text("/list: ").await;
    assert!(names(&list).is_empty(), "{:?}", names(&list));
    assert_eq!(names(dir.path()), ["list"]);
}

#[tokio::test]
async fn a_copy_that_is_interrupted_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = at_a_pod(Setup::default().size(200, 40).writes()).await;
    session.cluster.faults().add("GET", "/exec?", Some(1), Fault::CutAfter(700));
    copy(&mut session, &format!(":/var {}/var", dir.path().display())).await;
    session.until_text("copy api-status-blue-").await;
    session.until_text("the connection was lost").await;
    assert!(names(dir.path()).is_empty(), "{:?}", names(dir.path()));

    session.cluster.faults().add("GET", "/exec?", Some(1), Fault::StallAfter(700));
    copy(&mut session, &format!(":/var {}/var", dir.path().display())).await;
    session.press("o").await;
    session.until_text("copy api-status-blue-").await;
    session.press("x").await;
    session.until_text("cancelled: copy").await;
    for _ in 0..100 {
        if names(dir.path()).is_empty() {
            return;
        }
        session.run_for(std::time::Duration::from_millis(20)).await;
    }
    panic!("left: {:?}", names(dir.path()));
}

#[tokio::test]
async fn a_container_without_tar_is_told_as_such() {
    let mut session = Setup::default().size(200, 40).namespace("kube-system").writes().live().await;
    session.press("= 2 /").await;
    session.type_text("coredns").await;
    session.press("enter t").await;
    session.type_text(":/etc/hosts /tmp/never").await;
    session.press("enter").await;
    session.until_text("the container has no tar").await;
}

#[tokio::test(start_paused = true)]
async fn read_only_copies_nothing() {
    let mut session = at_a_pod(Setup::default().size(120, 40)).await;
    session.press("t").await;
    session.sees("read-only: copy needs create pods/exec");
    assert!(!session.cluster.requests().iter().any(|request| request.path_and_query.contains("/exec")));
}
